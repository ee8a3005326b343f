/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What would Linux 6.18 know about a number?  Under the policy exact_kernel values are computed the
 * way it does: four pairs of limits beside the known bits, each pair moved by its own rules, and a
 * fixed sequence of deductions after every step, some of which forget.  The rules were found by
 * comparing logs; tests/prop/ranges_test.c does it still.  Results are scalars that are never
 * normalised; where two pairs leave out different numbers, one interval keeps only the larger gap:
 * before a comparison that would come to that, a path goes on with each half of the number.
 */
#ifndef VERIFY_LIMITS_H
#define VERIFY_LIMITS_H

#include "verify/refine.h"
#include "verify/scalar.h"

struct limits {
	struct tnum bits;
	uint64_t umin, umax;
	int64_t smin, smax;
	uint32_t umin32, umax32;
	int32_t smin32, smax32;
	bool forgotten; /* contradictory ones: not even those of the bits are left */
};

struct limits limits_of(const struct scalar *s);
struct scalar limits_pack(const struct limits *l);
/* The deductions of one step. */
void limits_sync(struct limits *l);
/* A step that ends: contradictory limits are forgotten. */
void limits_settle(struct limits *l);
/* The low half with zeroes above. */
void limits_cut32(struct limits *l);
void limits_forget64(struct limits *l);
void limits_forget32(struct limits *l);
void limits_learn64(struct limits *l); /* from the bits */
void limits_learn32(struct limits *l);
/* Bits of both; contradictions are not noticed. */
struct tnum limits_meet(struct tnum a, struct tnum b);

/* As scalar_alu() and its neighbours. */
struct scalar limits_alu(enum isa_alu op, unsigned int bits, const struct scalar *a,
			 const struct scalar *b);
struct scalar limits_neg(unsigned int bits, const struct scalar *a);
struct scalar limits_end(enum isa_end op, unsigned int bits, const struct scalar *a);
struct scalar limits_sext(const struct scalar *a, unsigned int from, unsigned int bits);
struct scalar limits_zext(const struct scalar *a, unsigned int bits);
struct scalar limits_add_const(const struct scalar *a, uint64_t k);

/* Of which operand the width at whose sign to part it, so that nothing is lost; 0: as it is. */
struct limits_parts {
	unsigned int a, b;
};
/* As refine_both().  same: both operands are one register, of which each side learns twice. */
int limits_both(enum isa_cond cond, unsigned int bits, bool same, const struct scalar *a,
		const struct scalar *b, struct refined *ret_taken, struct refined *ret_fall,
		struct limits_parts *ret_parts);
/* The negative numbers among them, or the others. */
struct scalar limits_half(const struct scalar *s, unsigned int bits, bool negative);

/* The one or the other, by policy. */
static inline struct scalar exact_zext(bool exact, const struct scalar *a, unsigned int bits)
{
	return exact ? limits_zext(a, bits) : scalar_zext(a, bits);
}

static inline struct scalar exact_sext(bool exact, const struct scalar *a, unsigned int from,
				       unsigned int bits)
{
	return exact ? limits_sext(a, from, bits) : scalar_sext(a, from, bits);
}

static inline struct scalar exact_neg(bool exact, unsigned int bits, const struct scalar *a)
{
	return exact ? limits_neg(bits, a) : scalar_neg(bits, a);
}

static inline struct scalar exact_end(bool exact, enum isa_end op, unsigned int bits,
				      const struct scalar *a)
{
	return exact ? limits_end(op, bits, a) : scalar_end(op, bits, a);
}

static inline struct scalar exact_add_const(bool exact, const struct scalar *a, uint64_t k)
{
	return exact ? limits_add_const(a, k) : scalar_add_const(a, k);
}

#endif
