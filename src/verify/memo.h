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
