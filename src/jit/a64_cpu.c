/* SPDX-License-Identifier: BSD-2-Clause */
/* Which instructions has this machine beyond those that every AArch64 has? */
#include "jit/a64.h"

#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>

bool a64_has_atomics(void)
{
	return getauxval(AT_HWCAP) & HWCAP_ATOMICS;
}
#else
bool a64_has_atomics(void)
{
	return false;
}
#endif
