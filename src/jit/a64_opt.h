/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do the files that lower optimised functions to AArch64 share?  Values are in registers or in
 * places of the frame: sp points to the places, the program's own stack lies above them.  x9 to x11
 * and x16, x17 are free within one operation, the run is in x28 where the program needs it.
 */
#ifndef JIT_A64_OPT_H
#define JIT_A64_OPT_H

#include "jit/a64.h"
#include "opt/alloc.h"

struct a64_fix {
	uint64_t target;
	uint32_t at; /* in the bytes of the block */
	uint32_t block;
	enum jit_fix_kind kind;
};

/* Bytes of a block without the jumps at its end, and what these are. */
struct a64_body {
	uint32_t from, to; /* of the buffer */
	uint32_t off;      /* where it will be */
	uint32_t target[2];
	uint8_t n_targets;
	uint8_t cc; /* of the first, where there are two */
	bool is_left_out, is_conditional;
};

struct a64_fn {
	struct jit_gen *gen;
	struct opt_fn *f;
	struct opt_alloc alloc;
	const struct jit_fn *fn;
	uint8_t *buf, *p;
	size_t room;
	struct a64_body *bodies; /* by block */
	struct a64_fix *fixes;
	uint32_t n_fixes, fix_room;
	uint32_t block;       /* being lowered */
	uint8_t pairs[12];    /* registers to keep for the caller, by twos */
	uint32_t n_pairs;     /* of registers, or of one and xzr */
	uint32_t frame;       /* bytes below saved registers */
	uint32_t fp;          /* what r10 is above sp */
	uint32_t n_insns;     /* of the function itself */
	uint32_t *insn_off;   /* of the function's instructions, in the buffer; OPT_DEAD: none */
	uint32_t *insn_block; /* and their block */
};

enum {
	S0 = A64_T0,
	S1 = A64_T1, /* what a64_alu.c puts immediates into */
	S2 = A64_T2,
	S3 = X16,
	S4 = X17
};

static inline bool a64_in_reg(const struct a64_fn *x, opt_ref v)
{
	return x->alloc.reg[v] != OPT_NO_REG;
}

static inline bool a64_is_k(const struct a64_fn *x, opt_ref v)
{
	return opt_at(x->f, v)->op == OPT_K;
}

/* A constant as an operation of w bits has it. */
static inline uint64_t a64_k(const struct a64_fn *x, opt_ref v, unsigned int w)
{
	return (uint64_t)opt_at(x->f, v)->imm & opt_mask(w);
}

/* a64_move.c: reg = v; moves that happen all at once. */
void a64_fetch(struct a64_fn *x, unsigned int reg, opt_ref v);
/* The register that holds v: its own, or `scratch` after a load.  Flags stay what they are. */
unsigned int a64_use(struct a64_fn *x, opt_ref v, unsigned int scratch);
/* The same, or xzr. */
unsigned int a64_use_or_zero(struct a64_fn *x, opt_ref v, unsigned int scratch);
/* Register to leave the result in, and its way from there to where it lives. */
unsigned int a64_result(const struct a64_fn *x, opt_ref v);
void a64_keep(struct a64_fn *x, opt_ref v, unsigned int reg);

struct a64_move {
	uint32_t to, from; /* register, A64_FIRST_PLACE + place, or A64_VALUE: none of both */
	opt_ref value;
};
enum {
	A64_FIRST_PLACE = 32
};
#define A64_VALUE UINT32_MAX
uint32_t a64_where(const struct a64_fn *x, opt_ref v);
void a64_moves(struct a64_fn *x, struct a64_move *moves, uint32_t n);

/* a64_arith.c: what computes. */
void a64_opt_binary(struct a64_fn *x, opt_ref v);
void a64_opt_unary(struct a64_fn *x, opt_ref v);
void a64_opt_division(struct a64_fn *x, opt_ref v);
/* Sets flags; the condition code that then holds. */
enum a64_cc a64_opt_cond(struct a64_fn *x, const struct opt_ins *cond);
void a64_opt_select(struct a64_fn *x, opt_ref v);

/* a64_access.c: memory. */
void a64_opt_load(struct a64_fn *x, opt_ref v);
void a64_opt_store(struct a64_fn *x, opt_ref v);
void a64_opt_atomic(struct a64_fn *x, opt_ref v);

/* a64_leave.c: calls and ends. */
void a64_opt_callout(struct a64_fn *x, opt_ref v);
void a64_opt_tail(struct a64_fn *x, opt_ref v);
void a64_opt_packet(struct a64_fn *x, opt_ref v);
void a64_opt_return(struct a64_fn *x, opt_ref v);
void a64_opt_fuel(struct a64_fn *x);
void a64_opt_enter(struct a64_fn *x);

/* a64_layout.c: puts the blocks one after the other. */
int a64_lay_out(struct a64_fn *x, size_t *size);

#endif
