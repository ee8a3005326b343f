/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers that call back, go elsewhere, or say where this run is. */
#include <errno.h>

#include "helper/bodies.h"

BODY(loop)
{
	uint32_t n = (uint32_t)r1;

	if (r4)
		return ERR(EINVAL);
	if (n > HELPER_MAX_LOOPS)
		return ERR(E2BIG);
	for (uint32_t i = 0; i < n; i++)
		if (run->invoke(run, r2, i, r3, 0, 0, 0))
			return i + 1;
	return n;
}

/* Engines make tail calls themselves; whoever calls this has none to go to. */
BODY(tail_call)
{
	return ERR(EINVAL);
}

BODY(get_smp_processor_id)
{
	return run->slot;
}

BODY(get_attach_cookie)
{
	return run->cookie;
}

BODY(get_func_ip)
{
	return run->func_ip;
}

BODY(override_return)
{
	run->override_ret = (int64_t)r2;
	run->overridden = true;
	return 0;
}
