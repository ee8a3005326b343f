/* SPDX-License-Identifier: BSD-2-Clause */
/* How does optimised code on AArch64 load, store and change memory? */
#include "jit/a64_opt.h"

/* Where an operand is: base and displacement, or base and index. */
struct place {
	unsigned int base, index;
	bool scaled;
	int32_t disp;
};
enum {
	NONE = XZR
};

/* The base becomes base + (index << scale), in S1. */
static void add_index(struct a64_fn *x, struct place *at, unsigned int index, unsigned int scale)
{
	if (at->base == XSP)
		x->p = a64_add_sp(x->p, S1, index, scale);
	else
		x->p = a64_alu_shifted(x->p, true, A64_ADD, S1, at->base, index, scale);
	at->base = S1;
}

/* What is left over is collected in S1, by way of S2. */
static struct place find(struct a64_fn *x, const struct opt_ins *i)
{
	struct opt_address from = opt_address_of(x->f, i);
	const struct opt_ins *base = opt_at(x->f, from.base);
	struct place at = { .base = XSP, .index = NONE };
	int64_t disp = from.disp;
	unsigned int index;

	if (base->op == OPT_FP)
		disp += x->fp;
	else
		at.base = a64_use(x, from.base, S1);
	if (from.index) {
		index = a64_use(x, from.index, S2);
		if (!disp && (!from.scale || 8u << from.scale == i->w)) {
			at.index = index;
			at.scaled = from.scale;
			return at;
		}
		add_index(x, &at, index, from.scale);
	}
	if (a64_is_disp(i->w, disp)) {
		at.disp = (int32_t)disp;
		return at;
	}
	x->p = a64_mov_ri(x->p, S2, (uint64_t)disp);
	at.index = S2;
	return at;
}

static void access(struct a64_fn *x, enum a64_mem op, unsigned int bits, unsigned int t,
		   const struct place *at)
{
	if (at->index != NONE)
		x->p = a64_mem_index(x->p, op, bits, t, at->base, at->index, at->scaled);
	else
		x->p = a64_mem(x->p, op, bits, t, at->base, at->disp);
}

/* The address of the operand, for what takes nothing else. */
static unsigned int one_register(struct a64_fn *x, const struct opt_ins *i)
{
	struct place at = find(x, i);

	if (at.index != NONE) {
		add_index(x, &at, at.index, at.scaled ? (unsigned int)__builtin_ctz(i->w / 8) : 0);
	} else if (at.disp) {
		x->p = a64_mov_ri(x->p, S2, (uint64_t)(int64_t)at.disp);
		add_index(x, &at, S2, 0);
	}
	return at.base;
}

void a64_opt_load(struct a64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);
	unsigned int d = a64_result(x, v), base;
	struct place at;

	if (i->aux & OPT_ORDERED) {
		base = one_register(x, i);
		x->p = a64_ldar(x->p, i->w, d, base);
		a64_keep(x, v, d);
		return;
	}
	at = find(x, i);
	access(x,
	       i->aux & OPT_HALF     ? A64_LOAD_HALF
	       : i->aux & OPT_SIGNED ? A64_LOAD_SIGNED
				     : A64_LOAD,
	       i->w, d, &at);
	a64_keep(x, v, d);
}

void a64_opt_store(struct a64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);
	unsigned int base, value;
	struct place at;

	if (i->aux & OPT_ORDERED) {
		base = one_register(x, i);
		value = a64_use_or_zero(x, i->arg[1], S0);
		x->p = a64_stlr(x->p, i->w, value, base);
		return;
	}
	at = find(x, i);
	value = a64_use_or_zero(x, i->arg[1], S0);
	access(x, A64_STORE, i->w, value, &at);
}

/* What was there is left in S2. */
void a64_opt_atomic(struct a64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);
	unsigned int at = one_register(x, i), operand = a64_use(x, i->arg[1], S0);
	struct a64_rmw rmw = {
		.op = (enum isa_atomic)i->aux,
		.w = i->w == 64,
		.at = at,
		.operand = operand,
		.old = S2,
		.spare = { S3, S4 },
	};

	if (i->aux == ISA_ATOMIC_CMPXCHG)
		a64_fetch(x, S2, i->arg[2]);
	x->p = a64_atomic_op(x->gen, x->p, &rmw);
	if (a64_fetches(rmw.op))
		a64_keep(x, v, S2);
}
