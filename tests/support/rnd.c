/* SPDX-License-Identifier: BSD-2-Clause */
/* Which numbers do tests of arithmetic try?  See rnd.h. */
#include "support/rnd.h"

#include "verify/scalar.h"

uint64_t rnd_next(struct rnd *r)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return r->state;
}

uint64_t rnd_below(struct rnd *r, uint64_t n)
{
	return rnd_next(r) % n;
}

uint64_t rnd_edge(struct rnd *r)
{
	uint64_t x = rnd_next(r);

	switch (x % 6) {
	case 0: return rnd_next(r);
	case 1: return (1ULL << (x >> 8 & 63)) - 2 + (x >> 16 & 3);
	case 2: return (uint64_t)0 - (x >> 8 & 255);
	case 3: return x >> 8 & 255;
	case 4: return (uint64_t)(int64_t)(int32_t)rnd_next(r);
	default: return rnd_next(r) >> (x >> 8 & 63);
	}
}

struct scalar rnd_scalar_with(struct rnd *r, uint64_t x)
{
	struct scalar s = scalar_unknown();
	uint64_t before = rnd_edge(r), after = rnd_edge(r), mask = rnd_edge(r);
	uint64_t which = rnd_next(r);

	if (which & 1 && before + after >= before)
		s.r64 = range64_make(x - before, before + after);
	before = rnd_edge(r);
	after = rnd_edge(r);
	if (which & 2 && (uint32_t)before + (uint64_t)(uint32_t)after <= UINT32_MAX)
		s.r32 = range32_make((uint32_t)(x - before), (uint32_t)(before + after));
	if (which & 4)
		s.bits = (struct tnum){ .value = x & ~mask, .mask = mask };
	if ((which & 0xf0) == 0)
		s = scalar_const(x);
	/* When it fails, the caller's check that x is a member does, too. */
	if (!scalar_normalise(&s))
		s = scalar_const(~x);
	return s;
}

_Bool rnd_member(struct rnd *r, const struct scalar *s, uint64_t *ret_x)
{
	unsigned int k;

	for (k = 0; k < 8; k++) {
		uint64_t x = s->r64.base;

		if (range64_is_full(s->r64))
			x = rnd_edge(r);
		else if (k)
			x += rnd_below(r, s->r64.size + 1);
		x = s->bits.value | (x & s->bits.mask);
		if (scalar_has(s, x)) {
			*ret_x = x;
			return 1;
		}
	}
	return 0;
}
