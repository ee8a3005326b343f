/* SPDX-License-Identifier: BSD-2-Clause */
/* What are the tiers called, on command lines and in the environment? */
#include <errno.h>
#include <string.h>

#include "jit/jit.h"

static const char *const names[] = {
	[JIT_PLAIN] = "plain",
	[JIT_OPTIMISED] = "optimised",
	[JIT_AUTO] = "auto",
};

const char *jit_tier_name(enum jit_tier tier)
{
	return names[tier];
}

int jit_tier_of(const char *name, enum jit_tier *ret_tier)
{
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i])) {
			*ret_tier = (enum jit_tier)i;
			return 0;
		}
	return -EINVAL;
}
