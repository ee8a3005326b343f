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
	VGEN_MAX_SUBS = 8
};

/* The maps that a program may name: imm of a wide load is one of these. */
enum vgen_map {
	VGEN_ARRAY, /* 4 -> 24, 3 entries */
	VGEN_HASH,  /* 8 -> 32 */
	VGEN_RINGBUF,
	VGEN_LOCKED, /* array, 4 -> 32, 2 entries, bpf_spin_lock at 8 */
	VGEN_PROGS,  /* prog array */
	VGEN_PERCPU, /* 4 -> 16, 2 entries */
	VGEN_LRU,    /* 8 -> 32 */
	VGEN_QUEUE,  /* of 8 bytes */
	VGEN_N_MAPS
};

/* How a function is called: the types of its arguments go with that. */
enum vgen_sub {
	VGEN_STATIC,
	VGEN_LOOP, /* callbacks */
	VGEN_EACH,
	VGEN_GLOBAL, /* (int, pointer to 16 bytes) */
	VGEN_N_SUBS
};

/* The kfuncs that a program may call: imm of such a call is one of these. */
enum vgen_kfunc {
	VGEN_ITER_NEW,
	VGEN_ITER_NEXT,
	VGEN_ITER_DESTROY,
	VGEN_FROM_SKB,
	VGEN_FROM_XDP,
	VGEN_SLICE,
	VGEN_SLICE_RDWR,
	VGEN_DYNPTR_SIZE,
	VGEN_DYNPTR_ADJUST,
	VGEN_N_KFUNCS
};
extern const char *const vgen_kfuncs[VGEN_N_KFUNCS];

struct vgen_prog {
	struct bpf_insn insns[VGEN_MAX_INSNS];
	uint32_t n;
	uint32_t type; /* BPF_PROG_TYPE_* */
	bool strict_alignment;
	uint32_t ref_at[VGEN_MAX_REFS]; /* wide loads of maps */
	uint32_t n_refs;
	uint32_t kfunc_at[VGEN_MAX_REFS]; /* calls of kfuncs */
	uint32_t n_kfuncs;
	uint32_t sub_at[VGEN_MAX_SUBS]; /* first instructions, main is [0] */
	enum vgen_sub sub[VGEN_MAX_SUBS];
	uint32_t n_subs;
};

void vgen_program(struct rng *rng, struct vgen_prog *ret_prog);
/* More of everything (vgen_wide.c): other map types, helpers, contexts. */
void vgen_wide_program(struct rng *rng, struct vgen_prog *ret_prog);

#endif
