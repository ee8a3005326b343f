/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which random program handles pointers the way drivers do?  Packets, map values that may be NULL,
 * spills, helpers that take memory, callbacks, iterators; bounds that fit exactly, or by one byte
 * do not, so that the verifier has to decide.
 */
#ifndef SUPPORT_GEN_TYPED_H
#define SUPPORT_GEN_TYPED_H

#include "support/gen.h"

enum {
	TYPED_VALUE = 48, /* bytes of a value of either map */
	TYPED_ENTRIES = 2,
	TYPED_MAPS = 2, /* array with 4-byte keys, hash with 8-byte keys */
	TYPED_REFS = 256
};

struct typed_prog {
	struct bpf_insn insns[GEN_MAX_INSNS];
	uint32_t n;
	uint32_t map_at[TYPED_REFS], map_of[TYPED_REFS]; /* wide loads, and the map of each */
	uint32_t n_map_at;
	uint32_t kfunc_at[TYPED_REFS];
	const char *kfunc[TYPED_REFS];
	uint32_t n_kfuncs;
};

/* A program for XDP of about `statements` statements, one in `wrong` of which is flawed. */
void gen_typed(struct rng *rng, uint32_t statements, uint32_t wrong, struct typed_prog *ret_prog);

#endif
