/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known about a number in a register?  Known bits, an interval of the 64-bit value and one
 * of its low half; three views of the same set, kept consistent by scalar_normalise().  A scalar is
 * never empty: what may come out empty returns bool.  By value, pure.
 */
#ifndef VERIFY_SCALAR_H
#define VERIFY_SCALAR_H

#include <stdbool.h>
#include <stdint.h>

#include "isa/isa.h"
#include "verify/range.h"
#include "verify/tnum.h"

struct text;

struct scalar {
	struct tnum bits;
	struct range64 r64;
	struct range32 r32;
};

static inline struct scalar scalar_unknown(void)
{
	return (struct scalar){ TNUM_UNKNOWN, range64_full(), range32_full() };
}

/* All numbers of so many bits, at most 32. */
static inline struct scalar scalar_low(unsigned int bits)
{
	uint32_t all = UINT32_MAX >> (32 - bits);

	return (struct scalar){ { 0, all }, range64_make(0, all), range32_make(0, all) };
}

static inline struct scalar scalar_const(uint64_t value)
{
	return (struct scalar){ tnum_const(value), range64_const(value),
				range32_const((uint32_t)value) };
}

struct scalar scalar_from_u64(uint64_t min, uint64_t max);
struct scalar scalar_from_s64(int64_t min, int64_t max);
struct scalar scalar_from_tnum(struct tnum bits);
/* Lets the three views learn from each other until nothing changes.  False: they have no member in
 * common, and *s is not changed. */
bool scalar_normalise(struct scalar *s);

static inline bool scalar_is_const(const struct scalar *s)
{
	return tnum_is_const(s->bits);
}

static inline bool scalar_is_unknown(const struct scalar *s)
{
	return tnum_is_unknown(s->bits) && range64_is_full(s->r64) && range32_is_full(s->r32);
}

/* Of the low half. */
static inline bool scalar_is_const32(const struct scalar *s)
{
	return range32_is_const(s->r32);
}

static inline bool scalar_has(const struct scalar *s, uint64_t x)
{
	return tnum_has(s->bits, x) && range64_has(s->r64, x) && range32_has(s->r32, (uint32_t)x);
}

static inline bool scalar_equal(const struct scalar *a, const struct scalar *b)
{
	return tnum_equal(a->bits, b->bits) && range64_equal(a->r64, b->r64) &&
	       range32_equal(a->r32, b->r32);
}

/* Every member of `in` is one of `out`. */
static inline bool scalar_subset(const struct scalar *in, const struct scalar *out)
{
	return range64_subset(in->r64, out->r64) && range32_subset(in->r32, out->r32) &&
	       tnum_subset(in->bits, out->bits);
}

struct scalar scalar_join(const struct scalar *a, const struct scalar *b);
/* False when nothing is in both. */
bool scalar_intersect(const struct scalar *a, const struct scalar *b, struct scalar *ret);

/* Of scalar_is_const(). */
static inline uint64_t scalar_const_value(const struct scalar *s)
{
	return s->bits.value;
}

/* Where an interval of all numbers begins whose limits are not those that the bits have:
 * exact_kernel only, of a number that Linux forgot all limits of. */
#define SCALAR_FORGOTTEN 0x80000001u

/* The first (last) number from there that bits and low half allow, in unsigned order, or `from`:
 * for limits of an order whose boundary the interval goes through. */
uint64_t scalar_first(const struct scalar *s, uint64_t from);
uint64_t scalar_last(const struct scalar *s, uint64_t from);
uint32_t scalar_first32(const struct scalar *s, uint32_t from);
uint32_t scalar_last32(const struct scalar *s, uint32_t from);

static inline uint64_t scalar_umin(const struct scalar *s)
{
	return range64_wraps_unsigned(s->r64) ? scalar_first(s, 0) : s->r64.base;
}

static inline uint64_t scalar_umax(const struct scalar *s)
{
	return range64_wraps_unsigned(s->r64) ? scalar_last(s, UINT64_MAX) : range64_last(s->r64);
}

static inline int64_t scalar_smin(const struct scalar *s)
{
	return range64_wraps_signed(s->r64) || range64_is_full(s->r64)
		       ? (int64_t)scalar_first(s, (uint64_t)INT64_MIN)
		       : (int64_t)s->r64.base;
}

static inline int64_t scalar_smax(const struct scalar *s)
{
	return range64_wraps_signed(s->r64) || range64_is_full(s->r64)
		       ? (int64_t)scalar_last(s, INT64_MAX)
		       : (int64_t)range64_last(s->r64);
}

static inline uint32_t scalar_umin32(const struct scalar *s)
{
	return range32_wraps_unsigned(s->r32) ? scalar_first32(s, 0) : s->r32.base;
}

static inline uint32_t scalar_umax32(const struct scalar *s)
{
	return range32_wraps_unsigned(s->r32) ? scalar_last32(s, UINT32_MAX) : range32_last(s->r32);
}

static inline int32_t scalar_smin32(const struct scalar *s)
{
	return range32_wraps_signed(s->r32) || range32_is_full(s->r32)
		       ? (int32_t)scalar_first32(s, 1u << 31)
		       : (int32_t)s->r32.base;
}

static inline int32_t scalar_smax32(const struct scalar *s)
{
	return range32_wraps_signed(s->r32) || range32_is_full(s->r32)
		       ? (int32_t)scalar_last32(s, INT32_MAX)
		       : (int32_t)range32_last(s->r32);
}

/* dst op= src at 64 or 32 bits (a 32-bit result is zero extended); ISA_ALU_MOV included.
 * exact_kernel: as Linux 6.18 does, by limits_alu(). */
struct scalar scalar_alu(enum isa_alu op, unsigned int bits, const struct scalar *a,
			 const struct scalar *b, bool exact_kernel);
struct scalar scalar_neg(unsigned int bits, const struct scalar *a);
struct scalar scalar_end(enum isa_end op, unsigned int bits, const struct scalar *a);
/* The low `from` bits (8, 16, 32), sign extended to `bits` (64, or 32 with zeroes above). */
struct scalar scalar_sext(const struct scalar *a, unsigned int from, unsigned int bits);
/* The low `bits` (8, 16, 32) with zeroes above: narrow stores and loads, 32-bit moves. */
struct scalar scalar_zext(const struct scalar *a, unsigned int bits);
/* a + constant: the other end of a linked register. */
struct scalar scalar_add_const(const struct scalar *a, uint64_t k);

/* As the kernel prints it: "5", "scalar(smin=0,smax=umax=255,var_off=(0x0; 0xff))" without the
 * opening and with `id` (0: none) and delta: scalar_print(t, s, id, 0) gives "scalar(id=1,...)". */
void scalar_print(struct text *t, const struct scalar *s, uint32_t id, int32_t delta);
/* Only the comma separated limits: "smin=0,smax=..."; `sep` is what goes before the first. */
void scalar_print_limits(struct text *t, const struct scalar *s, const char *sep);

#endif
