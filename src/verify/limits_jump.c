/* SPDX-License-Identifier: BSD-2-Clause */
/* What would Linux 6.18 learn from a branch, and does it know where it goes?  See limits.h. */
#include "verify/limits.h"

static bool is_known(const struct limits *l, unsigned int bits, uint64_t *ret)
{
	*ret = bits == 64 ? l->bits.value : (uint32_t)l->bits.value;
	return !(bits == 64 ? l->bits.mask : (uint32_t)l->bits.mask);
}

static struct tnum view(struct tnum t, unsigned int bits)
{
	return bits == 64 ? t : tnum_zext(t, 32);
}

static void set_view(struct limits *l, unsigned int bits, struct tnum t)
{
	l->bits = bits == 64 ? t : tnum_with_low32(l->bits, t);
}

#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define MIN(a, b) ((a) < (b) ? (a) : (b))

static void learn_equal(unsigned int bits, struct limits *a, struct limits *b)
{
	struct tnum t = limits_meet(view(a->bits, bits), view(b->bits, bits));

	if (bits == 64) {
		a->umin = b->umin = MAX(a->umin, b->umin);
		a->umax = b->umax = MIN(a->umax, b->umax);
		a->smin = b->smin = MAX(a->smin, b->smin);
		a->smax = b->smax = MIN(a->smax, b->smax);
	} else {
		a->umin32 = b->umin32 = MAX(a->umin32, b->umin32);
		a->umax32 = b->umax32 = MIN(a->umax32, b->umax32);
		a->smin32 = b->smin32 = MAX(a->smin32, b->smin32);
		a->smax32 = b->smax32 = MIN(a->smax32, b->smax32);
	}
	set_view(a, bits, t);
	set_view(b, bits, t);
}

/* Only where the excluded constant is the very end. */
static void learn_differ(unsigned int bits, struct limits *a, struct limits *b)
{
	uint64_t k;

	if (!is_known(b, bits, &k)) {
		struct limits *swap = a;

		a = b;
		b = swap;
	}
	if (!is_known(b, bits, &k))
		return;
	if (bits == 64) {
		a->umin += a->umin == k;
		a->umax -= a->umax == k;
		a->smin = (int64_t)((uint64_t)a->smin + (a->smin == (int64_t)k));
		a->smax = (int64_t)((uint64_t)a->smax - (a->smax == (int64_t)k));
		return;
	}
	a->umin32 += a->umin32 == (uint32_t)k;
	a->umax32 -= a->umax32 == (uint32_t)k;
	a->smin32 = (int32_t)((uint32_t)a->smin32 + (a->smin32 == (int32_t)k));
	a->smax32 = (int32_t)((uint32_t)a->smax32 - (a->smax32 == (int32_t)k));
}

/* One bit that is tested and set, or all tested bits, which are clear. */
static void learn_test(unsigned int bits, bool set, struct limits *a, struct limits *b)
{
	struct tnum t;
	uint64_t k;

	if (!is_known(b, bits, &k)) {
		struct limits *swap = a;

		a = b;
		b = swap;
	}
	if (!is_known(b, bits, &k) || (set && (!k || k & (k - 1))))
		return;
	/* That bits are clear makes it forget between which limits they were. */
	if (!set) {
		limits_forget64(a);
		limits_forget32(a);
	}
	t = view(a->bits, bits);
	set_view(a, bits, set ? tnum_or(t, tnum_const(k)) : tnum_and(t, tnum_const(~k)));
}

/* a < b, or a <= b. */
static void learn_below(unsigned int bits, bool strict, struct limits *a, struct limits *b)
{
	if (bits == 64) {
		a->umax = MIN(a->umax, b->umax - strict);
		b->umin = MAX(b->umin, a->umin + strict);
	} else {
		a->umax32 = MIN(a->umax32, b->umax32 - strict);
		b->umin32 = MAX(b->umin32, a->umin32 + strict);
	}
}

static void learn_less(unsigned int bits, bool strict, struct limits *a, struct limits *b)
{
	if (bits == 64) {
		int64_t max = (int64_t)((uint64_t)b->smax - strict), min;

		a->smax = MIN(a->smax, max);
		min = (int64_t)((uint64_t)a->smin + strict);
		b->smin = MAX(b->smin, min);
	} else {
		int32_t max = (int32_t)((uint32_t)b->smax32 - strict), min;

		a->smax32 = MIN(a->smax32, max);
		min = (int32_t)((uint32_t)a->smin32 + strict);
		b->smin32 = MAX(b->smin32, min);
	}
}

static void learn(enum isa_cond cond, unsigned int bits, struct limits *a, struct limits *b)
{
	switch (cond) {
	case ISA_COND_JEQ: learn_equal(bits, a, b); return;
	case ISA_COND_JNE: learn_differ(bits, a, b); return;
	case ISA_COND_JSET: learn_test(bits, true, a, b); return;
	case ISA_N_COND: learn_test(bits, false, a, b); return;
	case ISA_COND_JLT: learn_below(bits, true, a, b); return;
	case ISA_COND_JLE: learn_below(bits, false, a, b); return;
	case ISA_COND_JGT: learn_below(bits, true, b, a); return;
	case ISA_COND_JGE: learn_below(bits, false, b, a); return;
	case ISA_COND_JSLT: learn_less(bits, true, a, b); return;
	case ISA_COND_JSLE: learn_less(bits, false, a, b); return;
	case ISA_COND_JSGT: learn_less(bits, true, b, a); return;
	case ISA_COND_JSGE: learn_less(bits, false, b, a); return;
	}
}

/* Signed limits that go through 0 and unsigned ones that go through the sign, both of which leave
 * something out that nothing else tells: an interval can leave out one of the two. */
static unsigned int parts_of(const struct limits *l)
{
	struct scalar s = limits_pack(l);
	struct limits kept = limits_of(&s);

	if (kept.umin != l->umin || kept.umax != l->umax || kept.smin != l->smin ||
	    kept.smax != l->smax)
		return l->umin <= INT64_MAX && l->umax > INT64_MAX ? 64 : 0;
	if (kept.umin32 != l->umin32 || kept.umax32 != l->umax32 || kept.smin32 != l->smin32 ||
	    kept.smax32 != l->smax32)
		return l->umin32 <= INT32_MAX && l->umax32 > INT32_MAX ? 32 : 0;
	return 0;
}

struct scalar limits_half(const struct scalar *s, unsigned int bits, bool negative)
{
	struct limits l = limits_of(s);

	if (bits == 64 && negative) {
		l.umin = MAX(l.umin, (uint64_t)INT64_MIN);
		l.smax = MIN(l.smax, -1);
	} else if (bits == 64) {
		l.umax = MIN(l.umax, (uint64_t)INT64_MAX);
		l.smin = MAX(l.smin, 0);
	} else if (negative) {
		l.umin32 = MAX(l.umin32, (uint32_t)INT32_MIN);
		l.smax32 = MIN(l.smax32, -1);
	} else {
		l.umax32 = MIN(l.umax32, (uint32_t)INT32_MAX);
		l.smin32 = MAX(l.smin32, 0);
	}
	limits_settle(&l);
	return limits_pack(&l);
}

static void one_side(enum isa_cond cond, unsigned int bits, bool same, const struct scalar *a,
		     const struct scalar *b, struct refined *ret, struct limits_parts *ret_parts)
{
	struct limits x = limits_of(a), y = limits_of(b);
	struct limits *other = same ? &x : &y;

	learn(cond, bits, &x, other);
	limits_sync(&x);
	if (!same)
		limits_sync(&y);
	limits_settle(&x);
	/* Settled once: what contradictory limits leave is not learned from the bits again. */
	if (!same)
		limits_settle(&y);
	if (!ret_parts->a)
		ret_parts->a = parts_of(&x);
	if (!ret_parts->b && !same)
		ret_parts->b = parts_of(&y);
	*ret = (struct refined){ limits_pack(&x), limits_pack(other) };
}

static bool disjoint(unsigned int bits, const struct limits *a, const struct limits *b)
{
	if (bits == 64 &&
	    (a->umin > b->umax || a->umax < b->umin || a->smin > b->smax || a->smax < b->smin))
		return true;
	return a->umin32 > b->umax32 || a->umax32 < b->umin32 || a->smin32 > b->smax32 ||
	       a->smax32 < b->smin32;
}

static int knows_equal(unsigned int bits, const struct limits *a, const struct limits *b)
{
	struct tnum s = view(a->bits, bits), t = view(b->bits, bits);

	if (!s.mask && !t.mask)
		return s.value == t.value;
	if ((s.value ^ t.value) & ~(s.mask | t.mask))
		return 0;
	return disjoint(bits, a, b) ? 0 : -1;
}

static int knows_test(unsigned int bits, const struct limits *a, const struct limits *b)
{
	uint64_t k;

	if (!is_known(b, bits, &k)) {
		const struct limits *swap = a;

		a = b;
		b = swap;
	}
	if (!is_known(b, bits, &k))
		return -1;
	if (a->bits.value & k)
		return 1;
	return tnum_umax(a->bits) & k ? -1 : 0;
}

static int knows_below(unsigned int bits, bool strict, const struct limits *a,
		       const struct limits *b)
{
	uint64_t amin = bits == 64 ? a->umin : a->umin32, amax = bits == 64 ? a->umax : a->umax32;
	uint64_t bmin = bits == 64 ? b->umin : b->umin32, bmax = bits == 64 ? b->umax : b->umax32;

	if (strict ? amax < bmin : amax <= bmin)
		return 1;
	return (strict ? amin >= bmax : amin > bmax) ? 0 : -1;
}

static int knows_less(unsigned int bits, bool strict, const struct limits *a,
		      const struct limits *b)
{
	int64_t amin = bits == 64 ? a->smin : a->smin32, amax = bits == 64 ? a->smax : a->smax32;
	int64_t bmin = bits == 64 ? b->smin : b->smin32, bmax = bits == 64 ? b->smax : b->smax32;

	if (strict ? amax < bmin : amax <= bmin)
		return 1;
	return (strict ? amin >= bmax : amin > bmax) ? 0 : -1;
}

static int knows(enum isa_cond cond, unsigned int bits, const struct limits *a,
		 const struct limits *b)
{
	int eq;

	switch (cond) {
	case ISA_COND_JEQ: return knows_equal(bits, a, b);
	case ISA_COND_JNE: eq = knows_equal(bits, a, b); return eq < 0 ? eq : !eq;
	case ISA_COND_JSET: return knows_test(bits, a, b);
	case ISA_COND_JLT: return knows_below(bits, true, a, b);
	case ISA_COND_JLE: return knows_below(bits, false, a, b);
	case ISA_COND_JGT: return knows_below(bits, true, b, a);
	case ISA_COND_JGE: return knows_below(bits, false, b, a);
	case ISA_COND_JSLT: return knows_less(bits, true, a, b);
	case ISA_COND_JSLE: return knows_less(bits, false, a, b);
	case ISA_COND_JSGT: return knows_less(bits, true, b, a);
	case ISA_COND_JSGE: return knows_less(bits, false, b, a);
	case ISA_N_COND: break;
	}
	return -1;
}

int limits_both(enum isa_cond cond, unsigned int bits, bool same, const struct scalar *a,
		const struct scalar *b, struct refined *ret_taken, struct refined *ret_fall,
		struct limits_parts *ret_parts)
{
	struct limits x = limits_of(a), y = limits_of(b);
	int decided = knows(cond, bits, &x, &y);

	if (decided >= 0)
		return decided;
	*ret_parts = (struct limits_parts){ 0 };
	one_side(cond, bits, same, a, b, ret_taken, ret_parts);
	one_side(refine_negate(cond), bits, same, a, b, ret_fall, ret_parts);
	return -1;
}
