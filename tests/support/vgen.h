/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which random program is interesting to judge?  Registers of all kinds, indices bounded nearly
 * right, spills, map values, packets, loops, functions and callbacks; about half of the programs
 * are safe.
 */
#ifndef SUPPORT_VGEN_H
#define SUPPORT_VGEN_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/bpf.h>

#include "support/rng.h"

enum {
	VGEN_MAX_INSNS = 512,
	VGEN_MAX_REFS = 64,
	VGEN_MAX_SUBS = 6
};

/* The maps that a program may name: imm of a wide load is one of these. */
enum vgen_map {
	VGEN_ARRAY, /* 4 -> 24, 3 entries */
	VGEN_HASH,  /* 8 -> 32 */
	VGEN_RINGBUF,
	VGEN_N_MAPS
};

struct vgen_prog {
	struct bpf_insn insns[VGEN_MAX_INSNS];
	uint32_t n;
	uint32_t type; /* BPF_PROG_TYPE_* */
	bool strict_alignment;
	uint32_t ref_at[VGEN_MAX_REFS]; /* wide loads of maps */
	uint32_t n_refs;
	uint32_t sub_at[VGEN_MAX_SUBS]; /* first instructions, main is [0] */
	uint32_t n_subs;
};

void vgen_program(struct rng *rng, struct vgen_prog *ret_prog);

#endif
