/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known about a number in a register?  Making, comparing and consistency; see scalar.h. */
#include "verify/scalar.h"

#include "base/text.h"

/* Each round of deduction only shrinks the views; what has not settled after so many rounds moves
 * by single steps and is not worth more. */
enum {
	MAX_ROUNDS = 6
};

static struct scalar from_range64(struct range64 r)
{
	struct scalar s = scalar_unknown();

	s.r64 = r;
	scalar_normalise(&s);
	return s;
}

struct scalar scalar_from_u64(uint64_t min, uint64_t max)
{
	return from_range64(range64_between(min, max));
}

struct scalar scalar_from_s64(int64_t min, int64_t max)
{
	return from_range64(range64_between((uint64_t)min, (uint64_t)max));
}

struct scalar scalar_from_tnum(struct tnum bits)
{
	struct scalar s = scalar_unknown();

	s.bits = bits;
	scalar_normalise(&s);
	return s;
}

/* The smallest tnum around a circular interval. */
static struct tnum bits_of64(struct range64 r)
{
	if (range64_wraps_unsigned(r))
		return tnum_union(tnum_range(r.base, UINT64_MAX), tnum_range(0, range64_last(r)));
	return tnum_range(r.base, range64_last(r));
}

static struct tnum bits_of32(struct range32 r)
{
	if (range32_wraps_unsigned(r))
		return tnum_union(tnum_range(r.base, UINT32_MAX), tnum_range(0, range32_last(r)));
	return tnum_range(r.base, range32_last(r));
}

/* Moves both ends of the interval inwards to members of the tnum. */
static bool trim64_to_bits(struct range64 *r, struct tnum bits)
{
	uint64_t first, last;

	if (r->base <= range64_last(*r) && tnum_has(bits, r->base) &&
	    tnum_has(bits, range64_last(*r)))
		return true;
	if (!tnum_at_least(bits, r->base, &first))
		first = tnum_umin(bits);
	if (!range64_has(*r, first))
		return false;
	if (!tnum_at_most(bits, range64_last(*r), &last))
		last = tnum_umax(bits);
	*r = range64_between(first, last);
	/* All the way around, but for what lies between two members: from the first to the last of
	 * all may be shorter. */
	if (last < first)
		range64_intersect(*r, range64_between(tnum_umin(bits), tnum_umax(bits)), r);
	return true;
}

static bool trim32_to_bits(struct range32 *r, struct tnum low)
{
	uint64_t first, last;

	if (r->base <= range32_last(*r) && tnum_has(low, r->base) &&
	    tnum_has(low, range32_last(*r)))
		return true;
	if (!tnum_at_least(low, r->base, &first))
		first = tnum_umin(low);
	if (!range32_has(*r, (uint32_t)first))
		return false;
	if (!tnum_at_most(low, range32_last(*r), &last))
		last = tnum_umax(low);
	*r = range32_between((uint32_t)first, (uint32_t)last);
	if (last < first)
		range32_intersect(
			*r, range32_between((uint32_t)tnum_umin(low), (uint32_t)tnum_umax(low)), r);
	return true;
}

/* Moves both ends of the 64-bit interval inwards to values whose low half is in the 32-bit one. */
static bool trim64_to_low(struct range64 *r, struct range32 low)
{
	uint64_t last = range64_last(*r), skip = 0, drop = 0;

	if (!range32_has(low, (uint32_t)r->base))
		skip = (uint32_t)(low.base - (uint32_t)r->base);
	if (!range32_has(low, (uint32_t)last))
		drop = (uint32_t)((uint32_t)last - range32_last(low));
	if (skip > r->size || drop > r->size - skip)
		return false;
	if (skip || drop)
		*r = range64_make(r->base + skip, r->size - skip - drop);
	return true;
}

/* The low half of a short 64-bit interval is an interval. */
static bool learn_low(struct range32 *low, struct range64 r)
{
	if (r.size >= UINT32_MAX)
		return true;
	return range32_intersect(*low, range32_make((uint32_t)r.base, (uint32_t)r.size), low);
}

static bool learn_bits(struct scalar *s)
{
	struct tnum low;

	if (!tnum_intersect(s->bits, bits_of64(s->r64), &s->bits))
		return false;
	if (!tnum_intersect(tnum_zext(s->bits, 32), bits_of32(s->r32), &low))
		return false;
	s->bits = tnum_with_low32(s->bits, low);
	return true;
}

static bool deduce_once(struct scalar *s)
{
	return learn_low(&s->r32, s->r64) && trim64_to_low(&s->r64, s->r32) && learn_bits(s) &&
	       trim64_to_bits(&s->r64, s->bits) && trim32_to_bits(&s->r32, tnum_zext(s->bits, 32));
}

bool scalar_normalise(struct scalar *s)
{
	struct scalar now = *s, before;
	unsigned int round;

	if (tnum_is_const(s->bits)) {
		if (!scalar_has(s, s->bits.value))
			return false;
		*s = scalar_const(s->bits.value);
		return true;
	}
	if (scalar_is_unknown(s))
		return true;
	for (round = 0; round < MAX_ROUNDS; round++) {
		before = now;
		if (!deduce_once(&now))
			return false;
		if (scalar_equal(&before, &now))
			break;
	}
	if (tnum_is_const(now.bits) || range64_is_const(now.r64)) {
		uint64_t only = tnum_is_const(now.bits) ? now.bits.value : now.r64.base;

		if (!scalar_has(&now, only))
			return false;
		now = scalar_const(only);
	}
	*s = now;
	return true;
}

/* Not normalised: each view of the result holds those of both operands, so that they are subsets.
 */
struct scalar scalar_join(const struct scalar *a, const struct scalar *b)
{
	return (struct scalar){ tnum_union(a->bits, b->bits), range64_join(a->r64, b->r64),
				range32_join(a->r32, b->r32) };
}

bool scalar_intersect(const struct scalar *a, const struct scalar *b, struct scalar *ret)
{
	struct scalar s;

	if (!tnum_intersect(a->bits, b->bits, &s.bits) ||
	    !range64_intersect(a->r64, b->r64, &s.r64) ||
	    !range32_intersect(a->r32, b->r32, &s.r32) || !scalar_normalise(&s))
		return false;
	*ret = s;
	return true;
}

/*
 * Limits of an order whose boundary the interval goes through: the smallest (largest) number that
 * the known bits and the low half allow, starting from the end of the order.
 */

static uint64_t first_from(const struct scalar *s, uint64_t from)
{
	uint64_t x = from;

	if (!range32_has(s->r32, (uint32_t)x))
		x += (uint32_t)(s->r32.base - (uint32_t)x);
	if (x < from || !tnum_at_least(s->bits, x, &x))
		return from;
	return x;
}

static uint64_t last_from(const struct scalar *s, uint64_t from)
{
	uint64_t x = from;

	if (!range32_has(s->r32, (uint32_t)x))
		x -= (uint32_t)((uint32_t)x - range32_last(s->r32));
	if (x > from || !tnum_at_most(s->bits, x, &x))
		return from;
	return x;
}

static bool is_forgotten(const struct scalar *s)
{
	return range64_is_full(s->r64) && s->r64.base == SCALAR_FORGOTTEN;
}

static bool is_forgotten32(const struct scalar *s)
{
	return range32_is_full(s->r32) && s->r32.base == SCALAR_FORGOTTEN;
}

uint64_t scalar_first(const struct scalar *s, uint64_t from)
{
	if (is_forgotten(s))
		return from;
	return tnum_is_unknown(s->bits) && range32_is_full(s->r32) ? from : first_from(s, from);
}

uint64_t scalar_last(const struct scalar *s, uint64_t from)
{
	if (is_forgotten(s))
		return from;
	return tnum_is_unknown(s->bits) && range32_is_full(s->r32) ? from : last_from(s, from);
}

uint32_t scalar_first32(const struct scalar *s, uint32_t from)
{
	struct tnum low = tnum_zext(s->bits, 32);
	uint64_t x;

	if (is_forgotten32(s))
		return from;
	return (uint32_t)(tnum_at_least(low, from, &x) ? x : tnum_umin(low));
}

uint32_t scalar_last32(const struct scalar *s, uint32_t from)
{
	struct tnum low = tnum_zext(s->bits, 32);
	uint64_t x;

	if (is_forgotten32(s))
		return from;
	return (uint32_t)(tnum_at_most(low, from, &x) ? x : tnum_umax(low));
}

/* One limit as the log names it: printed unless it says nothing. */
struct limit {
	const char *name;
	uint64_t value;
	bool is_signed, silent;
};

static void print_signed(struct text *t, int64_t x)
{
	if (x >= INT16_MIN && x <= INT16_MAX)
		text_add(t, "%lld", (long long)x);
	else
		text_add(t, "%#llx", (unsigned long long)x);
}

static void print_unsigned(struct text *t, uint64_t x)
{
	text_add(t, x <= UINT16_MAX ? "%llu" : "%#llx", (unsigned long long)x);
}

/* Small numbers keep their sign, others are cut to 32 bits. */
static uint64_t show32(int32_t x)
{
	return x >= INT16_MIN && x <= INT16_MAX ? (uint64_t)(int64_t)x : (uint32_t)x;
}

/* Limits of equal value share one number: "smin=umin=3".  Signed and unsigned limits alternate in
 * pairs (min, max), so a min only meets mins. */
static void print_limit(struct text *t, struct limit *l, const struct limit *end)
{
	bool negative = l->is_signed && (int64_t)l->value < 0;
	struct limit *m;

	text_add(t, "%s=", l->name);
	for (m = l + 2; m < end; m += 2) {
		bool m_negative = m->is_signed && (int64_t)m->value < 0;

		if (m->silent || m->value != l->value || m_negative != negative)
			continue;
		m->silent = true;
		text_add(t, "%s=", m->name);
	}
	if (l->is_signed)
		print_signed(t, (int64_t)l->value);
	else
		print_unsigned(t, l->value);
}

void scalar_print_limits(struct text *t, const struct scalar *s, const char *sep)
{
	int64_t smin = scalar_smin(s), smax = scalar_smax(s);
	int32_t smin32 = scalar_smin32(s), smax32 = scalar_smax32(s);
	struct limit limits[] = {
		{ "smin", (uint64_t)smin, true, smin == INT64_MIN },
		{ "smax", (uint64_t)smax, true, smax == INT64_MAX },
		{ "umin", scalar_umin(s), false, scalar_umin(s) == 0 },
		{ "umax", scalar_umax(s), false, scalar_umax(s) == UINT64_MAX },
		{ "smin32", show32(smin32), true, smin32 == INT32_MIN },
		{ "smax32", show32(smax32), true, smax32 == INT32_MAX },
		{ "umin32", scalar_umin32(s), false, scalar_umin32(s) == 0 },
		{ "umax32", scalar_umax32(s), false, scalar_umax32(s) == UINT32_MAX },
	};
	struct limit *end = limits + sizeof(limits) / sizeof(limits[0]), *l;

	for (l = limits; l < end; l++) {
		if (l->silent)
			continue;
		text_add(t, "%s", sep);
		sep = ",";
		print_limit(t, l, end);
	}
	if (!tnum_is_unknown(s->bits)) {
		text_add(t, "%svar_off=", sep);
		tnum_print(t, s->bits);
	}
}

void scalar_print(struct text *t, const struct scalar *s, uint32_t id, int32_t delta)
{
	const char *sep = "";

	if (scalar_is_const(s)) {
		print_signed(t, (int64_t)scalar_const_value(s));
		return;
	}
	text_add(t, "scalar(");
	if (id) {
		text_add(t, delta ? "id=%u%+d" : "id=%u", id, delta);
		sep = ",";
	}
	scalar_print_limits(t, s, sep);
	text_add(t, ")");
}
