/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a division by a constant a multiplication?  For x of n bits, x / k is x * m >> s, where m
 * is the smallest number above 2^s / k, as soon as m * k - 2^s is at most 2^(s - n).  Where m has
 * one bit more than the machine's words, its highest bit is added by hand.
 */
#include "opt/ir.h"

__extension__ typedef unsigned __int128 wide;

struct factor {
	wide m;
	unsigned int s;
};

static unsigned int bits_of(uint64_t v)
{
	return v ? 64 - (unsigned int)__builtin_clzll(v) : 0;
}

/* For numbers of n bits; s is at most n + bits of k. */
static struct factor factor_for(uint64_t k, unsigned int n)
{
	struct factor f = { .s = n };

	for (;; f.s++) {
		wide power = (wide)1 << f.s;

		f.m = power / k + 1;
		if (f.m * k - power <= (wide)1 << (f.s - n))
			return f;
	}
}

static opt_ref shift(struct opt_fn *f, opt_ref v, unsigned int n)
{
	return n ? opt_binary(f, OPT_SHR, 64, v, opt_k(f, n)) : v;
}

static opt_ref quotient(struct opt_fn *f, opt_ref x, uint64_t k, unsigned int n)
{
	struct factor by = factor_for(k, n);
	opt_ref t, rest;

	/* Zeros at the end of k are shifted away first where that makes a shorter product. */
	if (by.m >> (64 - n) != 0 && !(k & 1)) {
		unsigned int zeros = (unsigned int)__builtin_ctzll(k);

		return quotient(f, shift(f, x, zeros), k >> zeros, n - zeros);
	}
	if (by.m >> (64 - n) == 0)
		return shift(f, opt_binary(f, OPT_MUL, 64, x, opt_k(f, (uint64_t)by.m)), by.s);
	if (by.s < 64 && by.m >> by.s == 0)
		return opt_binary(f, OPT_MULH, 64, x, opt_k(f, (uint64_t)(by.m << (64 - by.s))));
	t = opt_binary(f, OPT_MULH, 64, x, opt_k(f, (uint64_t)by.m));
	if (by.s >= 64 && by.m >> 64 == 0)
		return shift(f, t, by.s - 64);
	rest = shift(f, opt_binary(f, OPT_SUB, 64, x, t), 1);
	return shift(f, opt_binary(f, OPT_ADD, 64, rest, t), by.s - 65);
}

/* x has at most 64 bits, k is no power of two and fits the operation. */
opt_ref opt_divide(struct opt_fn *f, const struct opt_ins *i, uint64_t k)
{
	opt_ref x = i->w == 32 ? opt_unary(f, OPT_ZX, 64, 32, i->arg[0]) : i->arg[0], q;
	unsigned int n = bits_of(opt_at(f, x)->may);
	uint64_t may = opt_may(f, i);

	if (n < bits_of(k))
		return i->op == OPT_DIV ? opt_k(f, 0) : x;
	q = quotient(f, x, k, n);
	if (i->op == OPT_DIV || f->err)
		return q;
	q = opt_binary(f, OPT_SUB, 64, x, opt_binary(f, OPT_MUL, 64, q, opt_k(f, k)));
	/* A difference could be anything, a rest is below what was divided by. */
	opt_at(f, q)->may &= may;
	return q;
}
