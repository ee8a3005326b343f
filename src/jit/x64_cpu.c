/* SPDX-License-Identifier: BSD-2-Clause */
/* Which instructions has this machine beyond those that every x86-64 has? */
#include "jit/x64.h"

#if defined(__x86_64__)
#include <cpuid.h>

enum {
	FEATURES = 1,
	POPCNT = 1 << 23, /* in ecx */
	EXTENDED_FEATURES = 7,
	BMI2 = 1 << 8 /* in ebx */
};

/* Every CPU with BMI2 counts bits as well, but a hypervisor may hide either. */
bool x64_has_bmi2(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid(FEATURES, &a, &b, &c, &d) && c & POPCNT &&
	       __get_cpuid_count(EXTENDED_FEATURES, 0, &a, &b, &c, &d) && b & BMI2;
}
#else
bool x64_has_bmi2(void)
{
	return false;
}
#endif
