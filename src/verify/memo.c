/* SPDX-License-Identifier: BSD-2-Clause */
/* What came of these numbers the last time?  See memo.h. */
#include "verify/memo.h"

#include "isa/alu.h"
#include "verify/env.h"

enum {
	PLACES = 128, /* powers of two: where a result may be, one each */
	JUMP_PLACES = 64,
	WORTH = 192 /* instructions visited until remembering pays */
};

struct sum {
	uint32_t what; /* operation and width; 0: nothing yet */
	struct scalar a, b, result;
};

struct jump {
	uint32_t what;
	int decided;
	struct scalar a, b;
	struct sides sides;
};

struct memo {
	struct sum sum[PLACES];
	struct jump jump[JUMP_PLACES];
};

/* NULL: not yet. */
static struct memo *memo_of(struct verifier *v)
{
	if (!v->memo && v->stats.visited > WORTH)
		v->memo = arena_alloc(&v->arena, sizeof(*v->memo));
	return v->memo;
}

/* The upper bits are the best ones. */
static uint64_t hash_of(uint32_t what, const struct scalar *a, const struct scalar *b)
{
	uint64_t h = (a->bits.value ^ what) * 0x9e3779b97f4a7c15;

	h = (h ^ a->bits.mask ^ b->bits.value) * 0xc2b2ae3d27d4eb4f;
	return (h ^ h >> 32 ^ a->r64.base ^ a->r64.size ^ b->r64.size) * 0x9e3779b97f4a7c15;
}

static bool is_folded(enum isa_alu op, unsigned int bits, const struct scalar *a,
		      const struct scalar *b)
{
	return memo_is_plain(a) && memo_is_plain(b) && memo_folds(op, bits, b->bits.value);
}

struct scalar memo_alu(struct verifier *v, enum isa_alu op, unsigned int bits,
		       const struct scalar *a, const struct scalar *b)
{
	bool exact = v->in->policy.exact_kernel;
	uint32_t what = ((uint32_t)op + 1) << 8 | bits;
	struct memo *memo;
	struct sum *m;

	if (exact ? is_folded(op, bits, a, b) : scalar_is_const(a) && scalar_is_const(b))
		return scalar_const(
			isa_alu(op, bits, scalar_const_value(a), scalar_const_value(b)));
	memo = memo_of(v);
	if (!memo)
		return scalar_alu(op, bits, a, b, exact);
	m = &memo->sum[hash_of(what, a, b) >> 57 & (PLACES - 1)];
	if (m->what != what || !scalar_equal(&m->a, a) || !scalar_equal(&m->b, b)) {
		m->what = what;
		m->a = *a;
		m->b = *b;
		m->result = scalar_alu(op, bits, a, b, exact);
	}
	return m->result;
}

static int compare(bool exact, enum isa_cond cond, unsigned int bits, bool same,
		   const struct scalar *a, const struct scalar *b, struct sides *ret)
{
	if (exact)
		return limits_both(cond, bits, same, a, b, &ret->taken, &ret->fall, &ret->parts);
	return refine_both(cond, bits, a, b, &ret->taken, &ret->fall);
}

int memo_jump(struct verifier *v, enum isa_cond cond, unsigned int bits, bool same,
	      const struct scalar *a, const struct scalar *b, struct sides *room,
	      const struct sides **ret_sides)
{
	uint32_t what = ((uint32_t)cond + 1) << 8 | bits | (uint32_t)same << 16;
	bool exact = v->in->policy.exact_kernel;
	struct memo *memo;
	struct jump *j;

	if (memo_is_plain(a) && memo_is_plain(b))
		return isa_cond(cond, bits, scalar_const_value(a), scalar_const_value(b));
	memo = memo_of(v);
	if (!memo) {
		*ret_sides = room;
		return compare(exact, cond, bits, same, a, b, room);
	}
	j = &memo->jump[hash_of(what, a, b) >> 57 & (JUMP_PLACES - 1)];
	if (j->what != what || !scalar_equal(&j->a, a) || !scalar_equal(&j->b, b)) {
		j->what = what;
		j->a = *a;
		j->b = *b;
		j->decided = compare(exact, cond, bits, same, a, b, &j->sides);
	}
	*ret_sides = &j->sides;
	return j->decided;
}
