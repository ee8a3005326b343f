/* SPDX-License-Identifier: BSD-2-Clause */
/* Which numbers do tests of arithmetic try?  A generator with a fixed start, biased to edges. */
#ifndef TESTS_SUPPORT_RND_H
#define TESTS_SUPPORT_RND_H

#include <stdint.h>

struct scalar;

struct rnd {
	uint64_t state;
};

uint64_t rnd_next(struct rnd *r);
uint64_t rnd_below(struct rnd *r, uint64_t n);
/* Near powers of two, near zero, small, or anything. */
uint64_t rnd_edge(struct rnd *r);
/* A scalar that has x as a member. */
struct scalar rnd_scalar_with(struct rnd *r, uint64_t x);
/* A member of s, or of its 64-bit interval where none is found quickly (then false). */
_Bool rnd_member(struct rnd *r, const struct scalar *s, uint64_t *ret_x);

#endif
