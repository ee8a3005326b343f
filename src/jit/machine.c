/* SPDX-License-Identifier: BSD-2-Clause */
/* Which machine is this?  Lowering is portable; which one's code can run is not. */
#include "jit/machine.h"

#if defined(__x86_64__)
#define THIS_MACHINE &x64_machine
#elif defined(__aarch64__)
#define THIS_MACHINE &a64_machine
#else
#define THIS_MACHINE NULL
#endif

const struct jit_machine *jit_machine(void)
{
	return THIS_MACHINE;
}
