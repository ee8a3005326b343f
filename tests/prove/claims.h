/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do the verifier's pure functions promise?  A claim is a function claim_X: any() is every
 * number at once, assume() keeps some of them, prove() is what then must hold.  See prover_main.c.
 *
 * A contract holds in the claims of its own file (which the section of a function tells), and where
 * its section is "shared" in all: it speaks of the numbers that a claim follows.
 */
#ifndef PROVE_CLAIMS_H
#define PROVE_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>

#include "verify/range.h"
#include "verify/scalar.h"
#include "verify/tnum.h"

#define CLAIM(name)                                        \
	__attribute__((noinline)) void claim_##name(void); \
	void claim_##name(void)

uint64_t any(const char *name);
void assume(bool holds);
void prove(bool holds);

/* The members that a claim follows through its calls: operands and result. */
extern uint64_t follow_x, follow_y, follow_r;

static inline struct tnum any_tnum(const char *value, const char *mask)
{
	struct tnum t = { any(value), any(mask) };

	assume(!(t.value & t.mask));
	return t;
}

static inline struct range64 any_range64(const char *base, const char *size)
{
	struct range64 r = { any(base), any(size) };

	/* There is one way to write the full interval. */
	assume(r.size != UINT64_MAX || r.base == 0);
	return r;
}

static inline struct range32 any_range32(const char *base, const char *size)
{
	struct range32 r = { (uint32_t)any(base), (uint32_t)any(size) };

	assume(r.size != UINT32_MAX || r.base == 0);
	return r;
}

static inline struct scalar any_scalar(void)
{
	return (struct scalar){ any_tnum("bits.value", "bits.mask"),
				any_range64("r64.base", "r64.size"),
				any_range32("r32.base", "r32.size") };
}

/* Any scalar that x is a member of. */
static inline struct scalar any_scalar_with(uint64_t x)
{
	struct scalar s = any_scalar();

	assume(scalar_has(&s, x));
	return s;
}

/* As far as s knows a low half: is that of x one? */
static inline bool has_low(const struct scalar *s, uint64_t x)
{
	return range32_has(s->r32, (uint32_t)x) && tnum_has(tnum_zext(s->bits, 32), (uint32_t)x);
}

static inline bool tnum_is_tidy(struct tnum t)
{
	return !(t.value & t.mask);
}

static inline bool scalar_is_tidy(const struct scalar *s)
{
	return tnum_is_tidy(s->bits) && (s->r64.size != UINT64_MAX || s->r64.base == 0) &&
	       (s->r32.size != UINT32_MAX || s->r32.base == 0);
}

#endif
