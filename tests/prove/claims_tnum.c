/* SPDX-License-Identifier: BSD-2-Clause */
/* What do known bits promise?  At 64 bits, for all members; multiplication of few bits. */
#include "claims.h"

#pragma clang section text = "tnum"

#include "verify/tnum.c"

uint64_t follow_x, follow_y, follow_r;

static struct tnum with(uint64_t x)
{
	struct tnum t = any_tnum("value", "mask");

	assume(tnum_has(t, x));
	return t;
}

static void in(struct tnum t, uint64_t x)
{
	prove(tnum_has(t, x));
	prove(tnum_is_tidy(t));
}

#define BINARY(name, op)                              \
	CLAIM(tnum_##name)                            \
	{                                             \
		uint64_t x = any("x"), y = any("y");  \
		struct tnum a = with(x), b = with(y); \
                                                      \
		in(tnum_##name(a, b), (op));          \
	}
BINARY(add, x + y)
BINARY(sub, x - y)
BINARY(and, x &y)
BINARY(or, x | y)
BINARY(xor, x ^ y)

static struct tnum few_bits(uint64_t x)
{
	struct tnum t = { any("value") & 0x3f, any("mask") & 0x3f };

	assume(tnum_is_tidy(t) && tnum_has(t, x));
	return t;
}

/* The sum over the bits of a, each step of which claim_tnum_add proves: six of them. */
CLAIM(tnum_mul)
{
	uint64_t x = any("x") & 0x3f, y = any("y") & 0x3f;

	in(tnum_mul(few_bits(x), few_bits(y)), x * y);
}

#define SHIFT(name, op)                                          \
	CLAIM(tnum_##name)                                       \
	{                                                        \
		uint64_t x = any("x"), n = any("n");             \
                                                                 \
		assume(n < 64);                                  \
		in(tnum_##name(with(x), (unsigned int)n), (op)); \
	}
SHIFT(lsh, x << n)
SHIFT(rsh, x >> n)

CLAIM(tnum_arsh__64)
{
	uint64_t x = any("x"), n = any("n");

	assume(n < 64);
	in(tnum_arsh(with(x), (unsigned int)n, 64), (uint64_t)((int64_t)x >> n));
}

CLAIM(tnum_arsh__32)
{
	uint64_t x = any("x"), n = any("n");

	assume(n < 32);
	in(tnum_arsh(with(x), (unsigned int)n, 32), (uint32_t)((int32_t)(uint32_t)x >> n));
}

CLAIM(tnum_range)
{
	uint64_t min = any("min"), max = any("max"), x = any("x");

	assume(min <= x && x <= max);
	in(tnum_range(min, max), x);
}

/* It is the smallest: its members agree on no bit that the ends do not agree on from the top. */
CLAIM(tnum_range__best)
{
	uint64_t min = any("min"), max = any("max");
	struct tnum r;

	assume(min <= max);
	r = tnum_range(min, max);
	prove(!r.mask || ((min ^ max) & ~(r.mask >> 1)) != 0);
	prove(((min ^ max) & ~r.mask) == 0 && (r.mask & (r.mask + 1)) == 0);
}

CLAIM(tnum_subset)
{
	uint64_t x = any("x");
	struct tnum a = with(x), b = any_tnum("value", "mask");

	prove(!tnum_subset(a, b) || tnum_has(b, x));
}

/* And where it says no, some member of a is not one of b. */
CLAIM(tnum_subset__best)
{
	struct tnum a = any_tnum("value", "mask"), b = any_tnum("value", "mask");
	uint64_t extra = a.mask & ~b.mask, flip = a.value | (extra & (0 - extra));

	prove(tnum_subset(a, b) || !tnum_has(b, a.value) || !tnum_has(b, flip));
}

CLAIM(tnum_aligned)
{
	uint64_t x = any("x"), size = any("size");
	struct tnum a = with(x);

	assume(size && !(size & (size - 1)));
	prove(!tnum_aligned(a, size) || !(x & (size - 1)));
}

CLAIM(tnum_umin)
{
	uint64_t x = any("x");
	struct tnum a = with(x);

	prove(tnum_umin(a) <= x && x <= tnum_umax(a));
	prove(tnum_has(a, tnum_umin(a)) && tnum_has(a, tnum_umax(a)));
}

#define WIDTHS(name, width, op)                        \
	CLAIM(tnum_##name##__##width)                  \
	{                                              \
		uint64_t x = any("x");                 \
                                                       \
		in(tnum_##name(with(x), width), (op)); \
	}
WIDTHS(zext, 8, x & 0xff)
WIDTHS(zext, 16, x & 0xffff)
WIDTHS(zext, 32, x & 0xffffffff)
WIDTHS(sext, 8, (uint64_t)(int8_t)x)
WIDTHS(sext, 16, (uint64_t)(int16_t)x)
WIDTHS(sext, 32, (uint64_t)(int32_t)x)
WIDTHS(bswap, 16, __builtin_bswap16((uint16_t)x))
WIDTHS(bswap, 32, __builtin_bswap32((uint32_t)x))
WIDTHS(bswap, 64, __builtin_bswap64(x))

CLAIM(tnum_with_low32)
{
	uint64_t x = any("x"), y = any("y");
	struct tnum a = with(x), b = with(y);

	in(tnum_with_low32(a, b), (x & ~0xffffffffULL) | (uint32_t)y);
}

CLAIM(tnum_intersect)
{
	uint64_t x = any("x"), out = any("out");
	struct tnum a = with(x), b = with(x), r = { 0, 0 };

	prove(tnum_intersect(a, b, &r));
	in(r, x);
	/* Exact: nothing that is not in both. */
	prove(!tnum_has(r, out) || (tnum_has(a, out) && tnum_has(b, out)));
}

CLAIM(tnum_union)
{
	uint64_t x = any("x"), y = any("y");
	struct tnum a = with(x), b = with(y), r = tnum_union(a, b);

	in(r, x);
	in(r, y);
}

/* What is found is a member on the right side, whether or not another one was asked for: of this
 * many bits, which the solver can do; the steps are the same at any width. */
#define NARROW 48

CLAIM(tnum_at_least__found)
{
	uint64_t from = any("from"), r = 0;
	struct tnum a = any_tnum("value", "mask");

	assume(!((a.value | a.mask | from) >> NARROW));
	if (tnum_at_least(a, from, &r))
		prove(tnum_has(a, r) && from <= r);
}

/* No member lies between x and the answer. */
CLAIM(tnum_at_least)
{
	uint64_t from = any("from"), x = any("x"), r = 0;
	struct tnum a = with(x);

	assume(!((a.value | a.mask | from) >> NARROW) && x >= from);
	prove(tnum_at_least(a, from, &r));
	prove(tnum_has(a, r) && from <= r && r <= x);
}

CLAIM(tnum_at_most__found)
{
	uint64_t to = any("to"), r = 0;
	struct tnum a = any_tnum("value", "mask");

	assume(!((a.value | a.mask | to) >> NARROW));
	if (tnum_at_most(a, to, &r))
		prove(tnum_has(a, r) && to >= r);
}

CLAIM(tnum_at_most)
{
	uint64_t to = any("to"), x = any("x"), r = 0;
	struct tnum a = with(x);

	assume(!((a.value | a.mask | to) >> NARROW) && x <= to);
	prove(tnum_at_most(a, to, &r));
	prove(tnum_has(a, r) && to >= r && r >= x);
}
