/* SPDX-License-Identifier: BSD-2-Clause */
/* Where do tests get repeatable random numbers?  splitmix64, biased to boundary values on demand.
 */
#ifndef SUPPORT_RNG_H
#define SUPPORT_RNG_H

#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* 0 .. n - 1 */
static inline uint32_t rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)((rng_next(r) >> 32) * n >> 32);
}

/* Any 64 bits, but half of the time near a boundary of some width. */
static inline uint64_t rng_value(struct rng *r)
{
	static const uint64_t edges[] = { 0,
					  1,
					  0x7f,
					  0x80,
					  0xff,
					  0x7fff,
					  0x8000,
					  0xffff,
					  0x7fffffff,
					  0x80000000,
					  0xffffffff,
					  0x100000000,
					  63,
					  31,
					  0x7fffffffffffffff,
					  0x8000000000000000 };
	uint64_t v = edges[rng_below(r, 16)];

	switch (rng_below(r, 6)) {
	case 0: return v;
	case 1: return 0 - v;
	case 2: return v + rng_below(r, 5) - 2;
	case 3: return rng_below(r, 16);
	default: return rng_next(r);
	}
}

#endif
