/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does the driver (jit.c) ask of a machine?  One table for each machine; the driver never asks
 * which it is.
 */
#ifndef JIT_MACHINE_H
#define JIT_MACHINE_H

#include <stddef.h>
#include <stdint.h>

#include "jit/gen.h"

struct jit_machine {
	const char *name;
	uint32_t prologue_max;  /* bytes of a prologue, stub or thunk at most */
	uint32_t insn_max;      /* bytes of one lowered instruction at most */
	uint32_t size_max;      /* bytes of a program at most */
	uint32_t veneer_size;   /* a jump to anywhere */
	uint32_t veneer_target; /* where in it the address is */
	int64_t reach;          /* how far away, either way, a call may lead */
	uint32_t harden_max;    /* bytes that a hardened instruction has more */
	uint8_t trap;           /* a byte that, repeated, stops whoever runs it */

	/* Upper bound of the bytes that a row takes. */
	unsigned int (*bound)(const struct isa_row *row, const struct bpf_insn *insn);
	/* Decides what the function saves. */
	void (*plan)(const struct jit_gen *gen, struct jit_fn *fn);
	uint8_t *(*prologue)(struct jit_gen *gen, uint8_t *p, const struct jit_fn *fn);
	/* Lowers the instruction at *at, and the ones it was merged with; *at becomes the next. */
	uint8_t *(*insn)(struct jit_gen *gen, uint8_t *p, uint32_t *at);
	/* What run->invoke points to: (run, fn, a1..a5) enters function fn as a callback. */
	uint8_t *(*thunk)(const struct jit_gen *gen, uint8_t *p);
	/* Waits until all branches before are known. */
	uint8_t *(*fence)(uint8_t *p);
	/* Entry of a raw program, which has no run: its register holds the fuel instead. */
	uint8_t *(*raw_entry)(struct jit_gen *gen, uint8_t *p);
	/* A jump to instruction `target`, wherever it is. */
	uint8_t *(*stub_jump)(struct jit_gen *gen, uint8_t *p, uint32_t target);
	uint8_t *(*veneer)(uint8_t *p, uint64_t target);
	/* Resolves a displacement: `at` will be at address pc, its target rel bytes from there.
	 * -EFAULT: it is too far away, which the lowering had to prevent. */
	int (*patch)(uint8_t *at, enum jit_fix_kind kind, uint64_t pc, int64_t rel);
	/* Appends the function's optimised code to gen->out.  -EOPNOTSUPP with *ret_why. */
	int (*optimise)(struct jit_gen *gen, const struct jit_fn *fn, size_t *size,
			const char **ret_why);
};

/* The machine that this process runs on, or NULL: it has no compiler. */
const struct jit_machine *jit_machine(void);

extern const struct jit_machine x64_machine, a64_machine;

#endif
