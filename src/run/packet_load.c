/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a legacy packet load (LD_ABS, LD_IND) read?  See linux/filter.h for the offsets. */
#include "run/packet_load.h"

#include <stddef.h>
#include <linux/filter.h>

#include "helper/packet.h"

static const uint8_t *base_of(const struct packet *packet, int32_t *off)
{
	if (*off >= 0)
		return packet->data;
	if (*off >= SKF_NET_OFF) {
		*off -= SKF_NET_OFF;
		return packet->net;
	}
	if (*off >= SKF_LL_OFF) {
		*off -= SKF_LL_OFF;
		return packet->mac;
	}
	return NULL;
}

bool packet_load(const struct packet *packet, int32_t off, unsigned int bits, uint64_t *ret_value)
{
	const uint8_t *base = base_of(packet, &off);
	uint64_t value = 0;

	if (!base || base > packet->data_end || off > packet->data_end - base ||
	    bits / 8 > (uint64_t)(packet->data_end - base - off))
		return false;
	for (unsigned int i = 0; i < bits / 8; i++)
		value = value << 8 | base[off + (int32_t)i];
	*ret_value = value;
	return true;
}
