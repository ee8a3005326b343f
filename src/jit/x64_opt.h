/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do the files that lower optimised functions to x86-64 share?  Values are in registers or in
 * places of the frame: rsp points to the places, the program's own stack lies above them.  r10 and
 * r11 are free within one operation, the run is in r12 where the program needs it.
 */
#ifndef JIT_X64_OPT_H
#define JIT_X64_OPT_H

#include "jit/gen.h"
#include "jit/x64_addr.h"
#include "opt/alloc.h"

struct x64_fix {
	uint64_t target;
	uint32_t at; /* in the bytes of the block */
	uint32_t block;
	enum jit_fix_kind kind;
};

/* Bytes of a block without the jumps at its end, and what these are. */
struct x64_body {
	uint32_t from, to; /* of the buffer */
	uint32_t off;      /* where it will be */
	uint32_t target[2];
	uint8_t n_targets;
	uint8_t cc;    /* of the first, where there are two */
	uint8_t longs; /* bit n: the n-th jump takes four bytes */
	bool is_left_out, is_conditional;
	const struct x64_body *returns; /* what stands at its end as well, or NULL */
};

struct x64_fn {
	struct jit_gen *gen;
	struct opt_fn *f;
	struct opt_alloc alloc;
	const struct jit_fn *fn;
	uint8_t *buf, *p;
	size_t room;
	struct x64_body *bodies; /* by block */
	struct x64_fix *fixes;
	uint32_t n_fixes, fix_room;
	uint32_t block;          /* being lowered */
	struct opt_ins compared; /* what flags say at compared_at in the buffer */
	size_t compared_at;
	opt_ref result; /* what flags say at result_at that it is: negative, or 0 */
	uint8_t result_w;
	size_t result_at;
	uint16_t saved;       /* registers to keep for the caller */
	uint32_t frame;       /* bytes below saved registers */
	uint32_t fp;          /* what r10 is above rsp */
	uint32_t n_insns;     /* of the function itself */
	uint32_t *insn_off;   /* of the function's instructions, in the buffer; OPT_DEAD: none */
	uint32_t *insn_block; /* and their block */
};

enum {
	S0 = R11,
	S1 = R10
};

static inline bool x64_in_reg(const struct x64_fn *x, opt_ref v)
{
	return x->alloc.reg[v] != OPT_NO_REG;
}

static inline struct x64_addr x64_place(const struct x64_fn *x, opt_ref v)
{
	return (struct x64_addr){ .base = RSP,
				  .index = X64_NONE,
				  .disp = (int32_t)x->alloc.place[v] * 8 };
}

/* On the stack, rather than in a register or easily made again? */
static inline bool x64_is_stored(const struct x64_fn *x, opt_ref v)
{
	return !x64_in_reg(x, v) && !opt_rows[opt_at(x->f, v)->op].floats &&
	       opt_at(x->f, v)->op != OPT_IMM;
}

/* x64_move.c: reg = v; moves that happen all at once. */
void x64_fetch(struct x64_fn *x, unsigned int reg, opt_ref v);
/* The register that holds v: its own, or `scratch` after a load. */
unsigned int x64_use(struct x64_fn *x, opt_ref v, unsigned int scratch);
/* Register to leave the result in, and its way from there to where it lives. */
unsigned int x64_result(const struct x64_fn *x, opt_ref v);
void x64_keep(struct x64_fn *x, opt_ref v, unsigned int reg);

struct x64_move {
	uint32_t to, from; /* register, X64_FIRST_PLACE + place, or X64_VALUE: none of both */
	opt_ref value;
};
enum {
	X64_FIRST_PLACE = 16
};
#define X64_VALUE UINT32_MAX
uint32_t x64_where(const struct x64_fn *x, opt_ref v);
void x64_moves(struct x64_fn *x, struct x64_move *moves, uint32_t n);

/* x64_access.c: an operand that may be memory: on the stack, or a load that fuse.c left to its
 * user. Asked before anything else is put into S0 or S1. */
struct x64_operand {
	bool in_memory;
	uint8_t reg; /* its own, or S1 */
	struct x64_addr at;
};
struct x64_operand x64_operand(struct x64_fn *x, opt_ref v);
static inline bool x64_is_fused(const struct x64_fn *x, opt_ref v)
{
	return opt_at(x->f, v)->op == OPT_LOAD && opt_at(x->f, v)->folded;
}
/* Is the register needed to get at v? */
bool x64_reads_reg(const struct x64_fn *x, opt_ref v, unsigned int reg);

/* x64_arith.c: what computes; x64_access.c: memory; x64_leave.c: calls and ends. */
void x64_lower_binary(struct x64_fn *x, opt_ref v);
/* Is this code for CPUs with BMI2 and POPCNT? */
bool x64_may_use_bmi2(struct jit_gen *gen);
void x64_lower_unary(struct x64_fn *x, opt_ref v);
void x64_lower_multiply_high(struct x64_fn *x, opt_ref v);
void x64_lower_division(struct x64_fn *x, opt_ref v);
/* x64_cond.c: sets flags; the condition code that then holds. */
enum x64_cc x64_lower_cond(struct x64_fn *x, const struct opt_ins *cond);
void x64_lower_select(struct x64_fn *x, opt_ref v);
void x64_lower_load(struct x64_fn *x, opt_ref v);
void x64_lower_store(struct x64_fn *x, opt_ref v);
void x64_lower_atomic(struct x64_fn *x, opt_ref v);
void x64_lower_callout(struct x64_fn *x, opt_ref v);
void x64_lower_tail(struct x64_fn *x, opt_ref v);
void x64_lower_packet(struct x64_fn *x, opt_ref v);
void x64_lower_return(struct x64_fn *x, opt_ref v);
void x64_lower_fuel(struct x64_fn *x);
void x64_enter(struct x64_fn *x);
void x64_add_fix(struct x64_fn *x, enum jit_fix_kind kind, uint64_t target);

/* x64_layout.c: puts the blocks one after the other. */
int x64_lay_out(struct x64_fn *x, size_t *size);

/* x64_opt.c: appends the function's code to gen->out.  -EOPNOTSUPP with *ret_why. */
int x64_compile(struct jit_gen *gen, const struct jit_fn *fn, size_t *size, const char **ret_why);

#endif
