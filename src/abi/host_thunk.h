/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a helper of the host's own get the host's data?  Helpers are called with the run as last
 * argument, the host's expect its data there; one small function per helper number translates.
 */
#ifndef ABI_HOST_THUNK_H
#define ABI_HOST_THUNK_H

#include "helper/helper.h"

enum {
	HOST_MAX_HELPERS = 64
};

/* Entry for the host's n-th helper, n < HOST_MAX_HELPERS. */
helper_fn host_thunk(uint32_t n);

#endif
