/* SPDX-License-Identifier: BSD-2-Clause */
/* What would Linux 6.18 know about a number?  The limits and what they learn from each other; see
 * limits.h. */
#include "verify/limits.h"

/* Each keeps what is in both; an empty result is limits that cross. */
static void keep_u64(struct limits *l, uint64_t min, uint64_t max)
{
	l->umin = l->umin > min ? l->umin : min;
	l->umax = l->umax < max ? l->umax : max;
}

static void keep_s64(struct limits *l, int64_t min, int64_t max)
{
	l->smin = l->smin > min ? l->smin : min;
	l->smax = l->smax < max ? l->smax : max;
}

static void keep_u32(struct limits *l, uint32_t min, uint32_t max)
{
	l->umin32 = l->umin32 > min ? l->umin32 : min;
	l->umax32 = l->umax32 < max ? l->umax32 : max;
}

static void keep_s32(struct limits *l, int32_t min, int32_t max)
{
	l->smin32 = l->smin32 > min ? l->smin32 : min;
	l->smax32 = l->smax32 < max ? l->smax32 : max;
}

struct tnum limits_meet(struct tnum a, struct tnum b)
{
	uint64_t mask = a.mask & b.mask;

	return (struct tnum){ .value = (a.value | b.value) & ~mask, .mask = mask };
}

void limits_forget64(struct limits *l)
{
	l->umin = 0;
	l->umax = UINT64_MAX;
	l->smin = INT64_MIN;
	l->smax = INT64_MAX;
}

void limits_forget32(struct limits *l)
{
	l->umin32 = 0;
	l->umax32 = UINT32_MAX;
	l->smin32 = INT32_MIN;
	l->smax32 = INT32_MAX;
}

/* The next number with those bits, or the last one. */
static uint64_t next_of(struct tnum bits, uint64_t x)
{
	uint64_t next;

	return x < UINT64_MAX && tnum_at_least(bits, x + 1, &next) ? next : tnum_umax(bits);
}

static void set_known(struct limits *l, uint64_t k)
{
	l->bits = tnum_const(k);
	l->umin = l->umax = k;
	l->smin = l->smax = (int64_t)k;
	l->umin32 = l->umax32 = (uint32_t)k;
	l->smin32 = l->smax32 = (int32_t)k;
}

/* Only one number between the limits has those bits. */
static void learn_single(struct limits *l)
{
	uint64_t next = next_of(l->bits, l->umin);

	if (tnum_has(l->bits, l->umin)) {
		if (next > l->umax)
			set_known(l, l->umin);
	} else if (next == tnum_umax(l->bits) ||
		   (next <= l->umax && next_of(l->bits, next) > l->umax)) {
		set_known(l, next);
	}
}

void limits_learn64(struct limits *l)
{
	const uint64_t sign = (uint64_t)INT64_MIN;

	keep_s64(l, (int64_t)(l->bits.value | (l->bits.mask & sign)),
		 (int64_t)(l->bits.value | (l->bits.mask & ~sign)));
	keep_u64(l, tnum_umin(l->bits), tnum_umax(l->bits));
	learn_single(l);
}

void limits_learn32(struct limits *l)
{
	const uint32_t sign = 1u << 31;
	uint32_t value = (uint32_t)l->bits.value, mask = (uint32_t)l->bits.mask;

	keep_s32(l, (int32_t)(value | (mask & sign)), (int32_t)(value | (mask & ~sign)));
	keep_u32(l, value, value | mask);
}

/* Limits whose upper halves agree, or follow each other, are limits of the low half. */
static void low_of(struct limits *l, uint64_t min, uint64_t max, bool is_unsigned)
{
	uint32_t low_min = (uint32_t)min, low_max = (uint32_t)max;

	if (min >> 32 == max >> 32) {
		if (is_unsigned || low_min <= low_max)
			keep_u32(l, low_min, low_max);
		if ((int32_t)low_min <= (int32_t)low_max)
			keep_s32(l, (int32_t)low_min, (int32_t)low_max);
	}
}

static void low_across(struct limits *l, uint64_t min, uint64_t max)
{
	if ((uint32_t)(min >> 32) + 1 == (uint32_t)(max >> 32) && (int32_t)min < 0 &&
	    (int32_t)max >= 0)
		keep_s32(l, (int32_t)min, (int32_t)max);
}

static void deduce32(struct limits *l)
{
	low_of(l, l->umin, l->umax, true);
	low_of(l, (uint64_t)l->smin, (uint64_t)l->smax, false);
	low_across(l, l->umin, l->umax);
	low_across(l, (uint64_t)l->smin, (uint64_t)l->smax);
	if ((int32_t)l->umin32 <= (int32_t)l->umax32)
		keep_s32(l, (int32_t)l->umin32, (int32_t)l->umax32);
	if ((uint32_t)l->smin32 <= (uint32_t)l->smax32) {
		keep_u32(l, (uint32_t)l->smin32, (uint32_t)l->smax32);
	} else if (l->umax32 < (uint32_t)l->smin32) {
		l->smin32 = (int32_t)l->umin32;
		l->umax32 = l->umax32 < (uint32_t)l->smax32 ? l->umax32 : (uint32_t)l->smax32;
	} else if ((uint32_t)l->smax32 < l->umin32) {
		l->smax32 = (int32_t)l->umax32;
		l->umin32 = l->umin32 > (uint32_t)l->smin32 ? l->umin32 : (uint32_t)l->smin32;
	}
}

static void deduce64(struct limits *l)
{
	if ((int64_t)l->umin <= (int64_t)l->umax)
		keep_s64(l, (int64_t)l->umin, (int64_t)l->umax);
	if ((uint64_t)l->smin <= (uint64_t)l->smax) {
		keep_u64(l, (uint64_t)l->smin, (uint64_t)l->smax);
	} else if (l->umax < (uint64_t)l->smin) {
		/* Of the signed numbers only those from 0 upwards ... */
		l->smin = (int64_t)l->umin;
		l->umax = l->umax < (uint64_t)l->smax ? l->umax : (uint64_t)l->smax;
	} else if ((uint64_t)l->smax < l->umin) {
		/* ... or only the negative ones are among the unsigned. */
		l->smax = (int64_t)l->umax;
		l->umin = l->umin > (uint64_t)l->smin ? l->umin : (uint64_t)l->smin;
	}
}

static void deduce_mixed(struct limits *l)
{
	const uint64_t high = ~(uint64_t)UINT32_MAX;

	keep_u64(l, (l->umin & high) | l->umin32, (l->umax & high) | l->umax32);
	keep_s64(l, (int64_t)(((uint64_t)l->smin & high) | l->umin32),
		 (int64_t)(((uint64_t)l->smax & high) | l->umax32));
	/* A sign extended number whose low half is not negative is its low half; what was known
	 * about it more exactly is forgotten. */
	if (l->smin32 >= 0 && l->smin >= INT32_MIN && l->smax <= INT32_MAX) {
		l->smin = l->smin32;
		l->smax = l->smax32;
		l->umin = (uint64_t)l->smin;
		l->umax = (uint64_t)l->smax;
		l->bits = limits_meet(l->bits, tnum_range(l->umin, l->umax));
	}
}

static void learn_bits(struct limits *l)
{
	struct tnum all = limits_meet(l->bits, tnum_range(l->umin, l->umax));
	struct tnum low = limits_meet(tnum_zext(all, 32), tnum_range(l->umin32, l->umax32));

	l->bits = tnum_with_low32(all, low);
}

void limits_sync(struct limits *l)
{
	limits_learn32(l);
	limits_learn64(l);
	for (int i = 0; i < 3; i++) {
		deduce32(l);
		deduce64(l);
		deduce_mixed(l);
	}
	learn_bits(l);
	limits_learn32(l);
	limits_learn64(l);
}

static bool is_sane(const struct limits *l)
{
	uint64_t k = l->bits.value;

	if (l->umin > l->umax || l->smin > l->smax || l->umin32 > l->umax32 ||
	    l->smin32 > l->smax32)
		return false;
	if (!l->bits.mask &&
	    (l->umin != k || l->umax != k || l->smin != (int64_t)k || l->smax != (int64_t)k))
		return false;
	return (uint32_t)l->bits.mask || (l->umin32 == (uint32_t)k && l->umax32 == (uint32_t)k &&
					  l->smin32 == (int32_t)k && l->smax32 == (int32_t)k);
}

void limits_settle(struct limits *l)
{
	limits_sync(l);
	if (is_sane(l))
		return;
	limits_forget64(l);
	limits_forget32(l);
	l->forgotten = true;
}

void limits_cut32(struct limits *l)
{
	bool negative = l->smin32 < 0;

	l->bits = tnum_zext(l->bits, 32);
	l->umin = l->umin32;
	l->umax = l->umax32;
	l->smin = negative ? 0 : l->smin32;
	l->smax = negative ? (int64_t)UINT32_MAX : l->smax32;
}

struct limits limits_of(const struct scalar *s)
{
	return (struct limits){ .bits = s->bits,
				.umin = scalar_umin(s),
				.umax = scalar_umax(s),
				.smin = scalar_smin(s),
				.smax = scalar_smax(s),
				.umin32 = scalar_umin32(s),
				.umax32 = scalar_umax32(s),
				.smin32 = scalar_smin32(s),
				.smax32 = scalar_smax32(s) };
}

struct scalar limits_pack(const struct limits *l)
{
	struct range64 u = range64_between(l->umin, l->umax);
	struct range64 s = range64_between((uint64_t)l->smin, (uint64_t)l->smax);
	struct range32 u32 = range32_between(l->umin32, l->umax32);
	struct range32 s32 = range32_between((uint32_t)l->smin32, (uint32_t)l->smax32);

	if (l->forgotten)
		return (struct scalar){ l->bits,
					{ SCALAR_FORGOTTEN, UINT64_MAX },
					{ SCALAR_FORGOTTEN, UINT32_MAX } };
	return (struct scalar){ l->bits, s.size < u.size ? s : u, s32.size < u32.size ? s32 : u32 };
}
