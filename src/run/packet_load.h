/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a legacy packet load (LD_ABS, LD_IND) read?
 */
#ifndef RUN_PACKET_LOAD_H
#define RUN_PACKET_LOAD_H

#include <stdbool.h>
#include <stdint.h>

struct packet;

/* `bits` at `off` from the first byte, or from the network or link header for offsets from
 * SKF_NET_OFF or SKF_LL_OFF, in host order.  false: not in the packet; the program ends with 0. */
bool packet_load(const struct packet *packet, int32_t off, unsigned int bits, uint64_t *ret_value);

#endif
