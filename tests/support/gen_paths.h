/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which random program has many paths that meet again?  Branches on unknown input that change a
 * number, checks of the packet's length, clamps, spills, small loops; then uses of that number as
 * an index and of the packet, with bounds that fit or do not.  About half of the programs are safe.
 */
#ifndef SUPPORT_GEN_PATHS_H
#define SUPPORT_GEN_PATHS_H

#include <stdint.h>
#include <linux/bpf.h>

#include "support/rng.h"

enum {
	PATHS_MAX_INSNS = 512,
	PATHS_VALUE = 16 /* bytes of the map's value; the map is an array */
};

/* For sched_cls; instruction map_at is a wide load of the map. */
struct paths_prog {
	struct bpf_insn insns[PATHS_MAX_INSNS];
	uint32_t n, map_at;
	uint32_t to_end[PATHS_MAX_INSNS], n_to_end; /* jumps to the last two instructions */
};

void gen_paths(struct rng *rng, uint32_t statements, struct paths_prog *ret_prog);

#endif
