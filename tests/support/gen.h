/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which random program is safe by construction?  Registers hold numbers, memory is the function's
 * own stack, loops count down, so every engine and the kernel's verifier can take it, and its
 * result depends on all it did.  Only a wild program may be unsafe: that is for the verifier to
 * find.
 */
#ifndef SUPPORT_GEN_H
#define SUPPORT_GEN_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/bpf.h>

#include "support/rng.h"

enum {
	GEN_MAX_INSNS = 4096,
	GEN_INPUTS = 10
};

struct gen_opts {
	uint32_t statements; /* about, per function */
	uint32_t max_trips;  /* of a loop */
	uint32_t functions;  /* beside the main one, at most 3 */
	bool no_acquire;     /* without load-acquire and store-release (kernels before 6.15) */
	bool has_map;        /* look up keys 0 to 2 of an array of 8-byte values (map_fd 0) */
	bool has_input;      /* r1 is a struct __sk_buff whose numbers are read */
	bool has_memory;     /* r1 is GEN_INPUTS numbers, for the registers to begin with */
	bool cuts;           /* as for machines without operations on 32 bits: cut off afterwards */
	bool wild;           /* unknown offsets into 16-byte map values, bounded well or not */
};

struct gen_prog {
	struct bpf_insn insns[GEN_MAX_INSNS];
	uint32_t n;
	uint32_t map_at[64]; /* wide loads of the map */
	uint32_t n_map_at;
};

void gen_program(struct rng *rng, const struct gen_opts *opts, struct gen_prog *ret_prog);

#endif
