/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is this how compilers count bits where the machine has no instruction for it?  In pairs, in fours
 * and in eights, which a multiplication adds up in the highest byte.
 */
#include "opt/ir.h"

#define EVERY(byte) ((byte)*0x0101010101010101ULL)

struct shape {
	const struct opt_fn *f;
	unsigned int w;
};

/* The operand that is no constant of an operation with one, or 0.  ANDs have 64 bits always. */
static opt_ref of_k(const struct shape *s, opt_ref v, enum opt_op op, uint64_t k)
{
	const struct opt_ins *i = opt_at(s->f, v);

	if (i->op != op || (i->w != s->w && op != OPT_AND) || !opt_is_k(s->f, i->arg[1]))
		return 0;
	if (((uint64_t)opt_at(s->f, i->arg[1])->imm ^ k) & opt_mask(s->w))
		return 0;
	return opt_val(s->f, i->arg[0]);
}

static opt_ref masked_shift(const struct shape *s, opt_ref v, uint64_t mask, unsigned int n)
{
	opt_ref shifted = of_k(s, v, OPT_AND, mask);

	return shifted ? of_k(s, shifted, OPT_SHR, n) : 0;
}

/* v - (v >> 1 & 0x55...) */
static opt_ref pairs(const struct shape *s, opt_ref v)
{
	const struct opt_ins *i = opt_at(s->f, v);
	opt_ref of;

	if (i->op != OPT_SUB || i->w != s->w)
		return 0;
	of = masked_shift(s, opt_val(s->f, i->arg[1]), EVERY(0x55), 1);
	v = opt_val(s->f, i->arg[0]);
	if (!of || of == v)
		return of;
	/* A bit that is known to be set is left out where it is shifted away. */
	i = opt_at(s->f, v);
	return i->op == OPT_OR && opt_is_k(s->f, i->arg[1]) &&
			       !(opt_at(s->f, i->arg[1])->imm & EVERY(0xaa) & opt_mask(s->w)) &&
			       opt_val(s->f, i->arg[0]) == of
		       ? v
		       : 0;
}

/* (p & 0x33...) + (p >> 2 & 0x33...) */
static opt_ref fours(const struct shape *s, opt_ref v)
{
	const struct opt_ins *i = opt_at(s->f, v);

	if (i->op != OPT_ADD || i->w != s->w)
		return 0;
	for (int k = 0; k < 2; k++) {
		opt_ref a = of_k(s, opt_val(s->f, i->arg[k]), OPT_AND, EVERY(0x33));
		opt_ref b = masked_shift(s, opt_val(s->f, i->arg[1 - k]), EVERY(0x33), 2);

		if (a && a == b)
			return pairs(s, a);
	}
	return 0;
}

/* q + (q >> 4) & 0x0f... */
static opt_ref eights(const struct shape *s, opt_ref v)
{
	opt_ref sum = of_k(s, v, OPT_AND, EVERY(0x0f));
	const struct opt_ins *i = opt_at(s->f, sum);

	if (!sum || i->op != OPT_ADD || i->w != s->w)
		return 0;
	for (int k = 0; k < 2; k++) {
		opt_ref q = opt_val(s->f, i->arg[k]);

		if (of_k(s, opt_val(s->f, i->arg[1 - k]), OPT_SHR, 4) == q)
			return fours(s, q);
	}
	return 0;
}

opt_ref opt_popcount(struct opt_fn *f, const struct opt_ins *shift)
{
	struct shape s = { .f = f, .w = shift->w };
	opt_ref sum, v;

	if (!f->in->counts_bits)
		return 0;
	sum = of_k(&s, opt_val(f, shift->arg[0]), OPT_MUL, EVERY(0x01));
	v = sum ? eights(&s, sum) : 0;
	return v ? opt_unary(f, OPT_POPCNT, s.w, 0, v) : 0;
}
