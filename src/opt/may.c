/* SPDX-License-Identifier: BSD-2-Clause */
/* Which bits can a result have? */
#include "opt/ir.h"

enum {
	PATIENCE = 1 /* times around a loop before its numbers are taken to grow for ever */
};

/* All bits up to the highest of v. */
static uint64_t up_to(uint64_t v)
{
	return v ? UINT64_MAX >> __builtin_clzll(v) : 0;
}

static uint64_t may_of(const struct opt_fn *f, opt_ref v)
{
	return opt_at(f, opt_val(f, v))->may;
}

static uint64_t may_shift(const struct opt_fn *f, const struct opt_ins *i, uint64_t a)
{
	unsigned int n;

	if (!opt_is_k(f, opt_val(f, i->arg[1])))
		return i->op == OPT_SHR ? up_to(a) : opt_mask(i->w);
	n = (unsigned int)opt_at(f, opt_val(f, i->arg[1]))->imm & (i->w - 1u);
	if (i->op == OPT_SHL)
		return a << n & opt_mask(i->w);
	if (i->op == OPT_SHR || !(a >> (i->w - 1)))
		return a >> n;
	return opt_mask(i->w);
}

static uint64_t may_unary(const struct opt_ins *i, uint64_t a)
{
	if (i->op == OPT_POPCNT)
		return 127;
	if (i->op == OPT_ZX)
		return a & opt_mask(i->aux);
	if (i->op == OPT_SX && !(a >> (i->aux - 1u) & 1))
		return a & opt_mask(i->aux);
	return opt_mask(i->w);
}

static uint64_t may_binary(const struct opt_fn *f, const struct opt_ins *i)
{
	uint64_t all = opt_mask(i->w);
	uint64_t a = may_of(f, i->arg[0]) & all, b = may_of(f, i->arg[1]) & all;

	switch (i->op) {
	case OPT_ADD: return (up_to(a | b) << 1 | 1) & all;
	case OPT_OR:
	case OPT_XOR: return a | b;
	case OPT_AND: return a & b;
	case OPT_SHL:
	case OPT_SHR:
	case OPT_SAR: return may_shift(f, i, a);
	case OPT_MUL:
		if (opt_mulh(up_to(a), up_to(b)))
			break;
		return up_to(up_to(a) * up_to(b)) & all;
	case OPT_MULH: return up_to(opt_mulh(up_to(a), up_to(b)));
	case OPT_MOD:
		if (opt_is_k(f, opt_val(f, i->arg[1])) && b)
			return up_to(a) & up_to(b - 1);
		return up_to(a);
	case OPT_DIV: return up_to(a);
	}
	return all;
}

static uint64_t may_load(const struct opt_ins *i)
{
	return i->aux & OPT_HALF ? UINT32_MAX : i->aux & OPT_SIGNED ? UINT64_MAX : opt_mask(i->w);
}

static uint64_t may_phi(const struct opt_fn *f, const struct opt_ins *i)
{
	uint64_t may = 0;

	for (uint32_t k = 0; k < i->n_more; k++)
		may |= may_of(f, f->pool[i->more + k]);
	return may;
}

/* Of what computes. */
static inline uint64_t may_pure(const struct opt_fn *f, const struct opt_ins *i)
{
	if (i->op == OPT_SELECT)
		return may_of(f, i->arg[2]) | may_of(f, i->arg[3]);
	if (!i->arg[0])
		return UINT64_MAX;
	return opt_rows[i->op].n_args == 1 ? may_unary(i, may_of(f, i->arg[0])) : may_binary(f, i);
}

uint64_t opt_may(const struct opt_fn *f, const struct opt_ins *i)
{
	switch (i->op) {
	case OPT_K:
	case OPT_IMM: return (uint64_t)i->imm;
	case OPT_LOAD: return may_load(i);
	case OPT_PHI: return may_phi(f, i);
	}
	return opt_rows[i->op].pure ? may_pure(f, i) : UINT64_MAX;
}

static uint64_t widen(uint64_t may)
{
	return may <= UINT32_MAX ? UINT32_MAX : UINT64_MAX;
}

static bool pass(struct opt_fn *f, int round)
{
	bool changed = false;

	/* What stands before the first phi that changes is what it was the last time. */
	for (uint32_t k = f->n_straight; k < f->n_order; k++) {
		const struct opt_block *b = &f->blocks[f->order[k]];

		for (opt_ref v = b->phis; v; v = f->ins[v].next) {
			uint64_t may = may_phi(f, &f->ins[v]) | f->ins[v].may;

			if (may == f->ins[v].may)
				continue;
			f->ins[v].may = round > PATIENCE ? widen(may) : may;
			changed = true;
		}
		for (opt_ref v = changed || !round ? b->head : 0; v; v = f->ins[v].next)
			if (opt_rows[f->ins[v].op].pure)
				f->ins[v].may = may_pure(f, &f->ins[v]);
	}
	return changed;
}

static void forget(struct opt_fn *f, opt_ref v)
{
	for (; v; v = f->ins[v].next)
		if (opt_rows[f->ins[v].op].pure || f->ins[v].op == OPT_PHI)
			f->ins[v].may = 0;
}

/* From nothing upwards, until nothing is added.  What stands before all loops is known already. */
void opt_may_all(struct opt_fn *f)
{
	int round = 0;

	for (uint32_t k = f->n_straight; k < f->n_order; k++) {
		forget(f, f->blocks[f->order[k]].phis);
		forget(f, f->blocks[f->order[k]].head);
	}
	/* The first time phis do not see yet what the ends of loops give. */
	while (!f->err && (pass(f, round) || !round))
		if (round++ == OPT_MAX_ROUNDS)
			opt_refuse(f, "numbers too tangled");
}
