/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which random program puts the verdict on counted loops to the test?  Counters in registers and on
 * the stack, of 64 bits and of 32, up and down, nested; memory indexed by them, right up to its end
 * or just past it; ways round that are only taken in late rounds and then count otherwise.
 */
#ifndef SUPPORT_GEN_LOOPS_H
#define SUPPORT_GEN_LOOPS_H

#include <stdint.h>
#include <linux/bpf.h>

#include "support/rng.h"

enum {
	LOOPS_MAX_INSNS = 512,
	LOOPS_ROOM = 64 /* bytes that are indexed: value of the array map, start of the packet */
};

/* For XDP; instruction map_at is a wide load of the map, UINT32_MAX: it has none. */
struct loops_prog {
	struct bpf_insn insns[LOOPS_MAX_INSNS];
	uint32_t n, map_at;
	uint32_t to_end[LOOPS_MAX_INSNS], n_to_end; /* jumps to the last two instructions */
};

void gen_loops(struct rng *rng, struct loops_prog *ret_prog);

#endif
