/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a conditional jump teach about its operands?  See refine.h. */
#include "verify/refine.h"

#include "isa/alu.h"

enum isa_cond refine_negate(enum isa_cond cond)
{
	switch (cond) {
	case ISA_COND_JEQ: return ISA_COND_JNE;
	case ISA_COND_JNE: return ISA_COND_JEQ;
	case ISA_COND_JGT: return ISA_COND_JLE;
	case ISA_COND_JLE: return ISA_COND_JGT;
	case ISA_COND_JGE: return ISA_COND_JLT;
	case ISA_COND_JLT: return ISA_COND_JGE;
	case ISA_COND_JSGT: return ISA_COND_JSLE;
	case ISA_COND_JSLE: return ISA_COND_JSGT;
	case ISA_COND_JSGE: return ISA_COND_JSLT;
	case ISA_COND_JSLT: return ISA_COND_JSGE;
	case ISA_COND_JSET:
	case ISA_N_COND: break;
	}
	return ISA_N_COND;
}

enum isa_cond refine_swap(enum isa_cond cond)
{
	switch (cond) {
	case ISA_COND_JGT: return ISA_COND_JLT;
	case ISA_COND_JLT: return ISA_COND_JGT;
	case ISA_COND_JGE: return ISA_COND_JLE;
	case ISA_COND_JLE: return ISA_COND_JGE;
	case ISA_COND_JSGT: return ISA_COND_JSLT;
	case ISA_COND_JSLT: return ISA_COND_JSGT;
	case ISA_COND_JSGE: return ISA_COND_JSLE;
	case ISA_COND_JSLE: return ISA_COND_JSGE;
	case ISA_COND_JEQ:
	case ISA_COND_JNE:
	case ISA_COND_JSET:
	case ISA_N_COND: break;
	}
	return cond;
}

/* The three cuts below keep what is in [first, last], in the order that the bounds are of. */
static bool keep64(struct scalar *s, uint64_t first, uint64_t last)
{
	return range64_intersect(s->r64, range64_between(first, last), &s->r64);
}

static bool keep32(struct scalar *s, uint32_t first, uint32_t last)
{
	return range32_intersect(s->r32, range32_between(first, last), &s->r32);
}

static bool keep_bits(struct scalar *s, unsigned int bits, struct tnum t)
{
	if (bits == 32)
		t = tnum_with_low32(TNUM_UNKNOWN, t);
	return tnum_intersect(s->bits, t, &s->bits);
}

static bool equal(unsigned int bits, struct scalar *a, struct scalar *b)
{
	struct range32 low;

	if (bits == 64) {
		if (!scalar_intersect(a, b, a))
			return false;
		*b = *a;
		return true;
	}
	if (!range32_intersect(a->r32, b->r32, &low))
		return false;
	a->r32 = b->r32 = low;
	return keep_bits(a, 32, b->bits) && keep_bits(b, 32, a->bits);
}

/* Takes one value out of a: at the ends of its intervals, or one of the last two of its bits. */
static bool exclude(unsigned int bits, struct scalar *a, uint64_t x)
{
	uint64_t free = bits == 64 ? a->bits.mask : (uint32_t)a->bits.mask;
	struct tnum low = bits == 64 ? a->bits : tnum_zext(a->bits, 32);
	struct range32 r32;
	struct range64 r64;

	if (free && !(free & (free - 1)) && tnum_has(low, x) &&
	    !keep_bits(a, bits, tnum_const(x ^ free)))
		return false;
	/* An interval without limits makes way for one that has some. */
	if (bits == 32 && range32_is_boundless(a->r32))
		return range32_without(range32_full(), (uint32_t)x, &r32) &&
		       range32_intersect(a->r32, r32, &a->r32);
	if (bits == 64 && range64_is_boundless(a->r64))
		return range64_without(range64_full(), x, &r64) &&
		       range64_intersect(a->r64, r64, &a->r64);
	if (bits == 32)
		return range32_without(a->r32, (uint32_t)x, &a->r32);
	return range64_without(a->r64, x, &a->r64);
}

/* Repeats while intervals and bits move each other's ends onto the excluded value. */
static bool exclude_all(unsigned int bits, struct scalar *a, uint64_t x)
{
	struct scalar before;
	unsigned int round;

	for (round = 0; round < 4; round++) {
		before = *a;
		if (!exclude(bits, a, x))
			return false;
		if (scalar_equal(&before, a))
			break;
		if (!scalar_normalise(a))
			return false;
	}
	return true;
}

static bool differ(unsigned int bits, struct scalar *a, struct scalar *b)
{
	bool a_const = bits == 64 ? scalar_is_const(a) : scalar_is_const32(a);
	bool b_const = bits == 64 ? scalar_is_const(b) : scalar_is_const32(b);

	if (b_const && !exclude_all(bits, a, bits == 64 ? b->bits.value : b->r32.base))
		return false;
	if (a_const && !exclude_all(bits, b, bits == 64 ? a->bits.value : a->r32.base))
		return false;
	return true;
}

/* a < b, or a <= b, unsigned. */
static bool below(unsigned int bits, bool strict, struct scalar *a, struct scalar *b)
{
	uint64_t max, min;

	if (bits == 64) {
		max = scalar_umax(b);
		min = scalar_umin(a);
		if (strict && (max == 0 || min == UINT64_MAX))
			return false;
		return keep64(a, 0, max - strict) && keep64(b, min + strict, UINT64_MAX);
	}
	max = scalar_umax32(b);
	min = scalar_umin32(a);
	if (strict && (max == 0 || min == UINT32_MAX))
		return false;
	return keep32(a, 0, (uint32_t)(max - strict)) &&
	       keep32(b, (uint32_t)(min + strict), UINT32_MAX);
}

/* a < b, or a <= b, signed. */
static bool less(unsigned int bits, bool strict, struct scalar *a, struct scalar *b)
{
	int64_t max, min;

	if (bits == 64) {
		max = scalar_smax(b);
		min = scalar_smin(a);
		if (strict && (max == INT64_MIN || min == INT64_MAX))
			return false;
		return keep64(a, (uint64_t)INT64_MIN, (uint64_t)(max - strict)) &&
		       keep64(b, (uint64_t)(min + strict), (uint64_t)INT64_MAX);
	}
	max = scalar_smax32(b);
	min = scalar_smin32(a);
	if (strict && (max == INT32_MIN || min == INT32_MAX))
		return false;
	return keep32(a, (uint32_t)INT32_MIN, (uint32_t)(max - strict)) &&
	       keep32(b, (uint32_t)(min + strict), (uint32_t)INT32_MAX);
}

/* Some bit is set in both: when only one can be, it is. */
static bool share_bit(unsigned int bits, struct scalar *a, struct scalar *b)
{
	uint64_t both = tnum_umax(a->bits) & tnum_umax(b->bits);
	struct tnum set;

	if (bits == 32)
		both = (uint32_t)both;
	if (!both)
		return false;
	if (both & (both - 1))
		return true;
	set = (struct tnum){ .value = both, .mask = ~both };
	return keep_bits(a, bits, set) && keep_bits(b, bits, set);
}

/* No bit is set in both: what is set in one is clear in the other. */
static bool disjoint(unsigned int bits, struct scalar *a, struct scalar *b)
{
	struct tnum not_b = { .value = 0, .mask = ~b->bits.value };
	struct tnum not_a = { .value = 0, .mask = ~a->bits.value };

	return keep_bits(a, bits, not_b) && keep_bits(b, bits, not_a);
}

static bool apply(enum isa_cond cond, unsigned int bits, struct scalar *a, struct scalar *b)
{
	switch (cond) {
	case ISA_COND_JEQ: return equal(bits, a, b);
	case ISA_COND_JNE: return differ(bits, a, b);
	case ISA_COND_JLT: return below(bits, true, a, b);
	case ISA_COND_JLE: return below(bits, false, a, b);
	case ISA_COND_JGT: return below(bits, true, b, a);
	case ISA_COND_JGE: return below(bits, false, b, a);
	case ISA_COND_JSLT: return less(bits, true, a, b);
	case ISA_COND_JSLE: return less(bits, false, a, b);
	case ISA_COND_JSGT: return less(bits, true, b, a);
	case ISA_COND_JSGE: return less(bits, false, b, a);
	case ISA_COND_JSET: return share_bit(bits, a, b);
	case ISA_N_COND: return disjoint(bits, a, b);
	}
	return true;
}

bool refine_branch(enum isa_cond cond, unsigned int bits, bool taken, struct scalar *a,
		   struct scalar *b)
{
	struct scalar x = *a, y = *b;

	if (!apply(taken ? cond : refine_negate(cond), bits, &x, &y))
		return false;
	if (!scalar_normalise(&x) || !scalar_normalise(&y))
		return false;
	*a = x;
	*b = y;
	return true;
}

int refine_both(enum isa_cond cond, unsigned int bits, const struct scalar *a,
		const struct scalar *b, struct refined *ret_taken, struct refined *ret_fall)
{
	if (scalar_is_const(a) && scalar_is_const(b))
		return isa_cond(cond, bits, scalar_const_value(a), scalar_const_value(b));
	*ret_taken = *ret_fall = (struct refined){ *a, *b };
	if (!refine_branch(cond, bits, true, &ret_taken->a, &ret_taken->b))
		return 0;
	return refine_branch(cond, bits, false, &ret_fall->a, &ret_fall->b) ? -1 : 1;
}
