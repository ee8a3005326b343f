/* SPDX-License-Identifier: BSD-2-Clause */
/* Which functions are the bodies of helpers?  One per row of helpers.def that runs. */
#ifndef HELPER_BODIES_H
#define HELPER_BODIES_H

#include "helper/helper.h"

#define RUNS(id, name, ret, args, flags, maps, who)                                        \
	uint64_t h_##name(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, \
			  struct run *run);
#define RUNS_TOO(id, name, ret, args, flags, maps, who)
#define REFUSED(id, name, ret, args, flags, maps, who, why)
#define REFUSED_TOO(id, name, ret, args, flags, maps, who, why)
#include "helper/helpers.def"
#undef RUNS
#undef RUNS_TOO
#undef REFUSED
#undef REFUSED_TOO

/* Defines h_<name>(r1 .. r5, run). */
#define MAYBE __attribute__((unused))
#define BODY(name)                                                                 \
	uint64_t h_##name(uint64_t r1 MAYBE, uint64_t r2 MAYBE, uint64_t r3 MAYBE, \
			  uint64_t r4 MAYBE, uint64_t r5 MAYBE, struct run *run MAYBE)

/* A negative errno as R0. */
#define ERR(err) ((uint64_t)(int64_t) - (err))

#endif
