/* SPDX-License-Identifier: BSD-2-Clause */
/* How does a helper of the host's own get the host's data? */
#include "abi/host_thunk.h"

#include "run/rt.h"

#define EIGHT(X, k) X(k##0) X(k##1) X(k##2) X(k##3) X(k##4) X(k##5) X(k##6) X(k##7)
/* Octal digits: numbers 000 to 077. */
#define ALL(X)       \
	EIGHT(X, 00) \
	EIGHT(X, 01) EIGHT(X, 02) EIGHT(X, 03) EIGHT(X, 04) EIGHT(X, 05) EIGHT(X, 06) EIGHT(X, 07)

#define THUNK(n)                                                                                   \
	static uint64_t thunk_##n(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, \
				  struct run *run)                                                 \
	{                                                                                          \
		return run->rt->host_helpers[n].fn(r1, r2, r3, r4, r5, run->rt->host_data);        \
	}
ALL(THUNK)
#undef THUNK

helper_fn host_thunk(uint32_t n)
{
#define ROW(n) thunk_##n,
	static const helper_fn rows[HOST_MAX_HELPERS] = { ALL(ROW) };
#undef ROW

	return rows[n];
}
