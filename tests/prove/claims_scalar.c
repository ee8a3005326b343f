/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do the three views of a number learn only what is true?  Each step of scalar_normalise() at 64
 * bits: a number that is in all views before is in all of them after, and a step that finds a
 * contradiction was given one.  scalar_normalise() repeats the steps; its contract, which the
 * claims about operators use, is that of each step.
 */
#include "claims.h"

#pragma clang section text = "scalar"

#include "verify/scalar.c"

static struct scalar with(uint64_t *ret_x)
{
	struct scalar s = any_scalar();
	uint64_t k = any("member behind r64.base");

	assume(k <= s.r64.size);
	*ret_x = s.r64.base + k;
	assume(scalar_has(&s, *ret_x));
	return s;
}

static void in(const struct scalar *s, uint64_t x)
{
	prove(tnum_has(s->bits, x));
	prove(range64_has(s->r64, x));
	prove(range32_has(s->r32, (uint32_t)x));
	prove(scalar_is_tidy(s));
}

CLAIM(bits_of64)
{
	uint64_t x;
	struct scalar s = with(&x);

	prove(tnum_has(bits_of64(s.r64), x));
}

CLAIM(bits_of32)
{
	uint64_t x;
	struct scalar s = with(&x);

	prove(tnum_has(bits_of32(s.r32), (uint32_t)x));
}

CLAIM(learn_low)
{
	uint64_t x;
	struct scalar s = with(&x);

	prove(learn_low(&s.r32, s.r64));
	in(&s, x);
}

CLAIM(trim64_to_low)
{
	uint64_t x;
	struct scalar s = with(&x);

	prove(trim64_to_low(&s.r64, s.r32));
	in(&s, x);
}

CLAIM(learn_bits)
{
	uint64_t x;
	struct scalar s = with(&x);

	prove(learn_bits(&s));
	in(&s, x);
}

CLAIM(trim64_to_bits)
{
	uint64_t x;
	struct scalar s = with(&x);

	prove(trim64_to_bits(&s.r64, s.bits));
	in(&s, x);
}

CLAIM(trim32_to_bits)
{
	uint64_t x;
	struct scalar s = with(&x);

	prove(trim32_to_bits(&s.r32, tnum_zext(s.bits, 32)));
	in(&s, x);
}

/* What claims_tnum.c proves of the nearest member on either side, of the number that is followed
 * and of its low half. */
#define NEAREST(name, op)                                                           \
	bool contract_tnum_##name(struct tnum t, uint64_t from, uint64_t *ret);     \
	bool contract_tnum_##name(struct tnum t, uint64_t from, uint64_t *ret)      \
	{                                                                           \
		uint64_t r = any("nearest"), x = follow_x, low = (uint32_t)x;       \
		bool found = any("found") & 1;                                      \
                                                                                    \
		assume(!found || (r op from && tnum_has(t, r)));                    \
		assume(!tnum_has(t, x) || !(x op from) || (found && x op r));       \
		assume(!tnum_has(t, low) || !(low op from) || (found && low op r)); \
		if (found)                                                          \
			*ret = r;                                                   \
		return found;                                                       \
	}
NEAREST(at_least, >=)
NEAREST(at_most, <=)

CLAIM(scalar_umin)
{
	uint64_t x;
	struct scalar s = with(&x);

	follow_x = x;
	prove(scalar_umin(&s) <= x && x <= scalar_umax(&s));
	prove(scalar_smin(&s) <= (int64_t)x && (int64_t)x <= scalar_smax(&s));
}

CLAIM(scalar_umin32)
{
	uint64_t x = any("x");
	struct scalar s = any_scalar();

	follow_x = x;
	assume(has_low(&s, x));
	prove(scalar_umin32(&s) <= (uint32_t)x && (uint32_t)x <= scalar_umax32(&s));
	prove(scalar_smin32(&s) <= (int32_t)x && (int32_t)x <= scalar_smax32(&s));
}

CLAIM(scalar_is_const)
{
	uint64_t x;
	struct scalar s = with(&x);

	prove(!scalar_is_const(&s) || scalar_const_value(&s) == x);
	prove(!scalar_is_const32(&s) || s.r32.base == (uint32_t)x);
}

CLAIM(scalar_subset)
{
	uint64_t x;
	struct scalar a = with(&x), b = any_scalar();

	prove(!scalar_subset(&a, &b) || scalar_has(&b, x));
}

CLAIM(scalar_join)
{
	uint64_t x;
	struct scalar a = with(&x), b = any_scalar(), r = scalar_join(&a, &b);

	in(&r, x);
	r = scalar_join(&b, &a);
	in(&r, x);
}

CLAIM(scalar_intersect)
{
	uint64_t x;
	struct scalar a = with(&x), b = any_scalar(), r;

	follow_r = x;
	assume(scalar_has(&b, x));
	prove(scalar_intersect(&a, &b, &r));
	in(&r, x);
}

#pragma clang section text = "shared"
static void keeps(const struct scalar *before, const struct scalar *after, bool found, uint64_t x)
{
	assume(!scalar_has(before, x) || (found && scalar_has(after, x)));
}

/* What scalar_normalise() is taken for elsewhere: it keeps the numbers that are followed. */
bool contract_scalar_normalise(struct scalar *s);
bool contract_scalar_normalise(struct scalar *s)
{
	struct scalar r = any_scalar();
	bool found = any("consistent") & 1;

	keeps(s, &r, found, follow_r);
	keeps(s, &r, found, follow_x);
	if (found)
		*s = r;
	return found;
}
