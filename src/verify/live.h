/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which registers and which bytes of its own stack may a subprogram still read after a point?
 * What is not live may be forgotten before states are compared.  Over instructions only; errs on
 * the side of "may be read".
 *
 * Stack bytes in grains of 4: grain g is [r10 - 4 (g + 1), r10 - 4 g), 128 grains for 512 bytes.
 * Slots that hold iterators or dynptrs, and what a caller's frame holds while a callee runs, are
 * read by other rules: the caller's frame is as live as live_stack() says before its call.
 */
#ifndef VERIFY_LIVE_H
#define VERIFY_LIVE_H

#include "verify/cfg.h"

struct live_stack {
	uint64_t w[2]; /* bit g % 64 of word g / 64: grain g may be read before it is overwritten */
};

struct live {
	uint16_t *regs; /* per instruction: bit r: r may be read from here on */
	struct live_stack *stack;
};

/* How many arguments (r1 ..) the call at `at` reads: helpers and kfuncs; 5 when not known. */
typedef unsigned int (*live_args_fn)(void *arg, uint32_t at);

/* 0 or -ENOMEM. */
int live_build(struct live *live, const struct cfg *cfg, live_args_fn n_args, void *arg,
	       struct arena *arena);

/* The same for whoever compares no states: all may be read. */
int live_assume_all(struct live *live, const struct cfg *cfg, struct arena *arena);

static inline bool live_reg(const struct live *live, uint32_t at, unsigned int reg)
{
	return live->regs[at] >> reg & 1;
}
/* Bits 0 (upper half, bytes 4..7 of the slot) and 1 (lower half, bytes 0..3): which halves of the
 * 8-byte slot n (bytes [r10 - 8 (n + 1), r10 - 8 n)) may be read. */
static inline unsigned int live_slot(const struct live *live, uint32_t at, unsigned int slot)
{
	return (unsigned int)(live->stack[at].w[slot / 32] >> (slot % 32 * 2)) & 3;
}

#endif
