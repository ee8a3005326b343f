/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does compiled code ask of C besides helpers?  Functions with the arguments that the machine
 * lowering puts in registers.  No lock, no allocation, no system call.
 */
#ifndef JIT_CALLOUT_H
#define JIT_CALLOUT_H

#include <stdint.h>

struct map;
struct packet;
struct prog;
struct run;

/* Where a tail call goes: entry(ctx, run, prog), or NULL when it does not happen. */
struct jit_tail {
	uint64_t (*entry)(void *ctx, struct run *run, const struct prog *prog);
	const struct prog *prog;
};
struct jit_tail jit_tail_target(struct run *run, struct map *map, uint64_t index);

/* LD_ABS and LD_IND: the value, or negative: it is not in the packet. */
int64_t jit_load_packet(const struct packet *packet, int32_t off, uint32_t bits);

#endif
