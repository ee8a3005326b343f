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

struct tnum tnum_const(uint64_t value);
/* The smallest tnum around the unsigned interval [min, max]. */
struct tnum tnum_range(uint64_t min, uint64_t max);

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
bool tnum_subset(struct tnum in, struct tnum out);
bool tnum_aligned(struct tnum t, uint64_t size);

struct tnum tnum_add(struct tnum a, struct tnum b);
struct tnum tnum_sub(struct tnum a, struct tnum b);
struct tnum tnum_neg(struct tnum a);
struct tnum tnum_mul(struct tnum a, struct tnum b);
struct tnum tnum_and(struct tnum a, struct tnum b);
struct tnum tnum_or(struct tnum a, struct tnum b);
struct tnum tnum_xor(struct tnum a, struct tnum b);
/* Shift counts are < 64. */
struct tnum tnum_lsh(struct tnum a, unsigned int n);
struct tnum tnum_rsh(struct tnum a, unsigned int n);
/* Arithmetic shift of the low `bits` (32 or 64; fewer in tests), result cut to them. */
struct tnum tnum_arsh(struct tnum a, unsigned int n, unsigned int bits);
/* The low `bits`, the rest zero; and the low `bits` sign extended to 64. */
struct tnum tnum_zext(struct tnum a, unsigned int bits);
struct tnum tnum_sext(struct tnum a, unsigned int bits);
struct tnum tnum_bswap(struct tnum a, unsigned int bits);
/* Replaces the low 32 bits of a by those of low. */
struct tnum tnum_with_low32(struct tnum a, struct tnum low);

/* What is in both; false when nothing is. */
bool tnum_intersect(struct tnum a, struct tnum b, struct tnum *ret);
struct tnum tnum_union(struct tnum a, struct tnum b);
/* Smallest member >= x (unsigned); false when there is none. */
bool tnum_at_least(struct tnum t, uint64_t x, uint64_t *ret);
/* Largest member <= x (unsigned); false when there is none. */
bool tnum_at_most(struct tnum t, uint64_t x, uint64_t *ret);

/* "(0x0; 0xff)" as the kernel prints var_off. */
void tnum_print(struct text *t, struct tnum a);

#endif
