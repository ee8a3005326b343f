/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What came of this arithmetic the last time?  Paths repeat the same operations on the same
 * numbers; scalar_alu() is pure, and a result that is remembered is found sooner than made again.
 */
#include "verify/env.h"

enum {
	PLACES = 128, /* a power of two: where a result may be, one each */
	WORTH = 192   /* instructions visited until remembering pays */
};

struct memo {
	uint32_t what; /* operation and width; 0: nothing yet */
	struct scalar a, b, result;
};

static struct memo *place_of(struct memo *memo, uint32_t what, const struct scalar *a,
			     const struct scalar *b)
{
	uint64_t h = (a->bits.value ^ what) * 0x9e3779b97f4a7c15;

	h = (h ^ a->bits.mask ^ b->bits.value) * 0xc2b2ae3d27d4eb4f;
	h = (h ^ h >> 32 ^ a->r64.base ^ a->r64.size ^ b->r64.size) * 0x9e3779b97f4a7c15;
	return &memo[h >> 57 & (PLACES - 1)];
}

struct scalar memo_alu(struct verifier *v, enum isa_alu op, unsigned int bits,
		       const struct scalar *a, const struct scalar *b)
{
	bool exact = v->in->policy.exact_kernel;
	uint32_t what = ((uint32_t)op + 1) << 8 | bits;
	struct memo *m;

	if (!exact && scalar_is_const(a) && scalar_is_const(b))
		return scalar_alu(op, bits, a, b, false);
	if (!v->memo && v->stats.visited > WORTH)
		v->memo = arena_alloc(&v->arena, PLACES * sizeof(*v->memo));
	if (!v->memo)
		return scalar_alu(op, bits, a, b, exact);
	m = place_of(v->memo, what, a, b);
	if (m->what != what || !scalar_equal(&m->a, a) || !scalar_equal(&m->b, b)) {
		m->what = what;
		m->a = *a;
		m->b = *b;
		m->result = scalar_alu(op, bits, a, b, exact);
	}
	return m->result;
}
