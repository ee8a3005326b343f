/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does an accepted program become machine code?  jit_compile() turns facts into an image:
 * executable memory that is never writable at the same time, with an entry that takes the context
 * and the run.  A backend that lacks an instruction answers -EOPNOTSUPP before it allocates, and
 * the program runs on the interpreter.
 *
 * Hardened code is for programs whose authors are not trusted.  Constants of more than a byte are
 * made of random numbers (x86-64: on arm64 instructions do not begin inside of others), so that
 * code holds no bytes that an author chose.  Calls of an address, and tail calls, lead to where
 * the pool's tag stands before a function or nowhere.  Behind a branch, accesses that a wrong guess
 * could misdirect wait until it is known.  Around all code, hardened or not, are pages without
 * access.
 */
#ifndef JIT_JIT_H
#define JIT_JIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jit/code.h"
#include "run/engine.h"

typedef uint64_t (*jit_entry)(void *ctx, struct run *run);

struct jit_image {
	jit_entry entry;
	const uint8_t *code; /* executable view */
	size_t size;
	uint32_t *insn_off; /* byte offset of each rewritten instruction; n_insns + 1 of them */
	uint32_t n_insns;
	uint32_t *fn_off; /* where each function begins; n_fns + 1 of them */
	uint32_t n_fns;
	void *tail_entry; /* where a tail call enters: same arguments, caller's frame is gone */
	uint64_t compile_ns;
	enum jit_tier tier;
	bool harden;
	uint32_t tag;          /* hardened: stands before each function */
	const char *why_plain; /* what the optimiser cannot do in it; else NULL */
	bool closed;           /* its code calls nothing outside of itself */
	bool examined;         /* hook/need.c was here: */
	uint32_t written;      /* machine registers that may not be what they were, */
	uint32_t named;        /* and those that any instruction names; */
	uint8_t *body;         /* its code as it may stand in a trampoline; NULL: it may not */
	uint32_t n_body;
	uint64_t serial; /* never that of another image of this process */
	struct code_pool *pool;
	struct code_block block;
};

int jit_compile(const struct code *code, struct jit_image **ret_image);
/* The optimising tier or nothing.  -EOPNOTSUPP with *reterr_why: it cannot do this program. */
int jit_optimise(const struct code *code, struct jit_image **ret_image, const char **reterr_why);
/* Unverified code of a conformance suite: entry(mem, len). */
int jit_compile_raw(const struct raw_prog *prog, struct jit_image **ret_image);
/* tier.c */
const char *jit_tier_name(enum jit_tier tier);
int jit_tier_of(const char *name, enum jit_tier *ret_tier); /* -EINVAL: none of them */
struct jit_image *jit_free(struct jit_image *image); /* the caller made sure that nobody runs it */

#endif
