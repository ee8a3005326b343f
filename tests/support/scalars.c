/* SPDX-License-Identifier: BSD-2-Clause */
/* Which scalar around this number?  See scalars.h. */
#include "support/scalars.h"

/* Small distances as often as large ones. */
static uint64_t distance(struct rng *r)
{
	return rng_value(r) >> rng_below(r, 64);
}

struct scalar scalars_with(struct rng *r, uint64_t x)
{
	struct scalar s = scalar_unknown();
	uint64_t before = distance(r), after = distance(r), mask = distance(r) & rng_next(r);
	uint32_t which = rng_below(r, 64);

	if (which & 1 && before + after >= before)
		s.r64 = range64_make(x - before, before + after);
	before = distance(r);
	after = distance(r);
	if (which & 2 && (uint32_t)before + (uint64_t)(uint32_t)after <= UINT32_MAX)
		s.r32 = range32_make((uint32_t)(x - before), (uint32_t)(before + after));
	if (which & 4)
		s.bits = (struct tnum){ .value = x & ~mask, .mask = mask };
	if (which >= 60)
		s = scalar_const(x);
	/* When it fails, the caller's check that x is a member does, too. */
	if (!scalar_normalise(&s))
		s = scalar_const(~x);
	return s;
}
