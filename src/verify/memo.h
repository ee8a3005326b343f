/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What came of these numbers the last time?  Paths repeat the same operations on the same numbers;
 * they are pure, and a result that is remembered is found sooner than made again.  All of them
 * under the policy: as Linux does, or better.
 */
#ifndef VERIFY_MEMO_H
#define VERIFY_MEMO_H

#include "verify/limits.h"

struct verifier;

/* A constant of which all views say the same. */
static inline bool memo_is_plain(const struct scalar *s)
{
	return !(s->bits.mask | s->r64.size | s->r32.size);
}

/* Does Linux, too, make one constant of two?  Not by divisions and shifts that are too far. */
static inline bool memo_folds(enum isa_alu op, unsigned int bits, uint64_t k)
{
	const unsigned int shifts = 1u << ISA_ALU_LSH | 1u << ISA_ALU_RSH | 1u << ISA_ALU_ARSH;
	const unsigned int always = 1u << ISA_ALU_ADD | 1u << ISA_ALU_SUB | 1u << ISA_ALU_MUL |
				    1u << ISA_ALU_AND | 1u << ISA_ALU_OR | 1u << ISA_ALU_XOR;

	return always >> op & 1 || (shifts >> op & 1 && k < bits);
}

/* scalar_alu() */
struct scalar memo_alu(struct verifier *v, enum isa_alu op, unsigned int bits,
		       const struct scalar *a, const struct scalar *b);

/* What is known of two scalars on each side of a comparison. */
struct sides {
	struct refined taken, fall;
	struct limits_parts parts; /* as Linux: limits_both() */
};
/* refine_both(); *ret_sides, of a comparison that is not decided, until the next one: in `room` as
 * long as nothing is remembered. */
int memo_jump(struct verifier *v, enum isa_cond cond, unsigned int bits, bool same,
	      const struct scalar *a, const struct scalar *b, struct sides *room,
	      const struct sides **ret_sides);

#endif
