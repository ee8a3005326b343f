/* SPDX-License-Identifier: BSD-2-Clause */
/* Which functions are the bodies of kfuncs?  One per row of kfuncs.def. */
#ifndef HELPER_KFUNCS_H
#define HELPER_KFUNCS_H

#include "helper/bodies.h"

#define KBODY(name)                                                                \
	uint64_t k_##name(uint64_t r1 MAYBE, uint64_t r2 MAYBE, uint64_t r3 MAYBE, \
			  uint64_t r4 MAYBE, uint64_t r5 MAYBE, struct run *run MAYBE)

#define KFUNC(name, ret, args, flags)                                                      \
	uint64_t k_##name(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, \
			  struct run *run);
#define ITER(name, ret, args, step, size, item) KFUNC(name, ret, args, 0)
#define KFUNC_ONLY(name, ret, args, flags, why)
#include "helper/kfuncs.def"
#undef KFUNC
#undef KFUNC_ONLY
#undef ITER

#endif
