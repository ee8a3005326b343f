/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which bits of a number are known?  A tnum: bits set in `mask` are unknown, the others equal those
 * of `value`; value & mask is 0.  By value, no state; 32-bit views are casts.
 */
#ifndef VERIFY_TNUM_H
#define VERIFY_TNUM_H

#include <stdbool.h>
#include <stdint.h>

struct text;

struct tnum {
	uint64_t value, mask;
};

#define TNUM_UNKNOWN ((struct tnum){ .value = 0, .mask = UINT64_MAX })

static inline uint64_t tnum_low_bits(unsigned int bits)
{
	return bits >= 64 ? UINT64_MAX : (1ULL << bits) - 1;
}

static inline struct tnum tnum_make(uint64_t value, uint64_t mask)
{
	return (struct tnum){ .value = value & ~mask, .mask = mask };
}

static inline struct tnum tnum_const(uint64_t value)
{
	return tnum_make(value, 0);
}

/* The smallest tnum around the unsigned interval [min, max]. */
static inline struct tnum tnum_range(uint64_t min, uint64_t max)
{
	uint64_t differ = min ^ max;

	if (!differ)
		return tnum_make(min, 0);
	return tnum_make(min, tnum_low_bits(64 - (unsigned int)__builtin_clzll(differ)));
}

static inline bool tnum_is_const(struct tnum t)
{
	return !t.mask;
}
static inline bool tnum_is_unknown(struct tnum t)
{
	return t.mask == UINT64_MAX;
}
static inline bool tnum_has(struct tnum t, uint64_t x)
{
	return (x & ~t.mask) == t.value;
}
static inline bool tnum_equal(struct tnum a, struct tnum b)
{
	return a.value == b.value && a.mask == b.mask;
}
static inline uint64_t tnum_umin(struct tnum t)
{
	return t.value;
}
static inline uint64_t tnum_umax(struct tnum t)
{
	return t.value | t.mask;
}
/* Every member of `in` is a member of `out`. */
static inline bool tnum_subset(struct tnum in, struct tnum out)
{
	return !(in.mask & ~out.mask) && tnum_has(out, in.value);
}

static inline bool tnum_aligned(struct tnum t, uint64_t size)
{
	return !size || !((t.value | t.mask) & (size - 1));
}

/* A carry can differ between the smallest and the largest sum only where their bits differ. */
static inline struct tnum tnum_add(struct tnum a, struct tnum b)
{
	uint64_t smallest = a.value + b.value;
	uint64_t largest = smallest + a.mask + b.mask;

	return tnum_make(smallest, (smallest ^ largest) | a.mask | b.mask);
}

/* The same for borrows: the extremes are all unknown bits of a set and of b clear, and reverse. */
static inline struct tnum tnum_sub(struct tnum a, struct tnum b)
{
	uint64_t diff = a.value - b.value;
	uint64_t most = diff + a.mask, least = diff - b.mask;

	return tnum_make(diff, (most ^ least) | a.mask | b.mask);
}

struct tnum tnum_mul(struct tnum a, struct tnum b);

static inline struct tnum tnum_and(struct tnum a, struct tnum b)
{
	uint64_t maybe = (a.value | a.mask) & (b.value | b.mask);

	return tnum_make(a.value & b.value, maybe & ~(a.value & b.value));
}

static inline struct tnum tnum_or(struct tnum a, struct tnum b)
{
	uint64_t set = a.value | b.value;

	return tnum_make(set, (a.mask | b.mask) & ~set);
}

static inline struct tnum tnum_xor(struct tnum a, struct tnum b)
{
	return tnum_make(a.value ^ b.value, a.mask | b.mask);
}

/* Shift counts are < 64. */
static inline struct tnum tnum_lsh(struct tnum a, unsigned int n)
{
	return tnum_make(a.value << n, a.mask << n);
}

static inline struct tnum tnum_rsh(struct tnum a, unsigned int n)
{
	return tnum_make(a.value >> n, a.mask >> n);
}

/* Arithmetic shift of the low `bits` (32 or 64; fewer in tests), result cut to them. */
struct tnum tnum_arsh(struct tnum a, unsigned int n, unsigned int bits);

/* The low `bits`, the rest zero; and the low `bits` sign extended to 64. */
static inline struct tnum tnum_zext(struct tnum a, unsigned int bits)
{
	return tnum_make(a.value & tnum_low_bits(bits), a.mask & tnum_low_bits(bits));
}

struct tnum tnum_sext(struct tnum a, unsigned int bits);
struct tnum tnum_bswap(struct tnum a, unsigned int bits);

/* Replaces the low 32 bits of a by those of low. */
static inline struct tnum tnum_with_low32(struct tnum a, struct tnum low)
{
	uint64_t high = ~tnum_low_bits(32);

	return tnum_make((a.value & high) | (low.value & ~high),
			 (a.mask & high) | (low.mask & ~high));
}

/* What is in both; false when nothing is. */
static inline bool tnum_intersect(struct tnum a, struct tnum b, struct tnum *ret)
{
	if ((a.value ^ b.value) & ~a.mask & ~b.mask)
		return false;
	*ret = tnum_make(a.value | b.value, a.mask & b.mask);
	return true;
}

static inline struct tnum tnum_union(struct tnum a, struct tnum b)
{
	return tnum_make(a.value, a.mask | b.mask | (a.value ^ b.value));
}

/* Smallest member >= x (unsigned); false when there is none. */
bool tnum_at_least(struct tnum t, uint64_t x, uint64_t *ret);
/* Largest member <= x (unsigned); false when there is none. */
bool tnum_at_most(struct tnum t, uint64_t x, uint64_t *ret);

/* "(0x0; 0xff)" as the kernel prints var_off. */
void tnum_print(struct text *t, struct tnum a);

#endif
