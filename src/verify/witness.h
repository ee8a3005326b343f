/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a path run on numbers?  What witness.c, which looks for an input, and witness_run.c share.
 */
#ifndef VERIFY_WITNESS_H
#define VERIFY_WITNESS_H

#include "verify/explain.h"

enum {
	MAX_INPUTS = 64, /* bits of a mask */
	MAX_RUNS = 3000,
	MAX_STEPS = 20000,
	MAX_WORK = 20000000,
	MAX_TOLD = 6,
	MAX_STORED = 64,
	PACKET_LEN_DEFAULT = 1500
};

/* Objects lie this far apart, so that an address tells its object and offset. */
#define OBJECT_SHIFT  40
#define OBJECT(n)     ((uint64_t)((n) + 1) << OBJECT_SHIFT)
#define PACKET_BASE   OBJECT(0)
#define CTX_BASE      OBJECT(1)
#define STACK_BASE(f) OBJECT(8 + (f))
#define FIRST_OBJECT  32

struct input {
	uint32_t step;
	uint8_t kind; /* of what it is read from: enum ptr_kind; NOT_INIT: a call's result */
	int32_t off;
	uint32_t size;
	bool pointer, is_len;
	bool limited; /* it is known to lie in `known` */
	struct scalar known;
	uint64_t value;
};

struct word {
	uint64_t value, from; /* mask of inputs */
};

struct machine {
	struct word reg[STATE_FRAMES][STATE_REGS];
	uint8_t stack[STATE_FRAMES][STACK_BYTES];
	uint64_t from[STATE_FRAMES][STATE_SLOTS];
	/* What was stored elsewhere in this run, the latest last. */
	struct stored {
		uint64_t at;
		uint32_t size;
		struct word w;
	} mem[MAX_STORED];
	uint32_t n_mem;
};

struct search {
	struct explain *x;
	struct machine *m;
	struct input in[MAX_INPUTS];
	uint32_t n, n_used; /* made, and used by this run */
	uint64_t seed, relevant;
	/* Where the run stopped, and what decided. */
	uint32_t stopped;
	struct word a, b;
	bool lost; /* something that cannot be run */
};

static inline uint64_t witness_cut(uint64_t value, uint32_t size)
{
	return size < 8 ? value & ((UINT64_C(1) << size * 8) - 1) : value;
}

/* Runs the path with the inputs as they are, making those that are missing; returns how far it
 * came: n - 1 is the refused step, n with its violation. */
uint32_t witness_run(struct search *s);

#endif
