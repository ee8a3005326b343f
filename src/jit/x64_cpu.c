/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which instructions has this machine beyond those that every x86-64 has?  The compiler's runtime
 * asked when the process began: the instruction that asks takes many microseconds in a virtual
 * machine.
 */
#include "jit/x64.h"

/* Every CPU with BMI2 counts bits as well, but a hypervisor may hide either. */
bool x64_has_bmi2(void)
{
#if defined(__x86_64__)
	return __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
#else
	return false;
#endif
}
