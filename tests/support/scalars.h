/* SPDX-License-Identifier: BSD-2-Clause */
/* Which scalar around this number?  Random knowledge that does not exclude it. */
#ifndef SUPPORT_SCALARS_H
#define SUPPORT_SCALARS_H

#include "support/rng.h"
#include "verify/scalar.h"

/* A scalar that has x as a member. */
struct scalar scalars_with(struct rng *r, uint64_t x);

#endif
