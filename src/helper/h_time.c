/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers that tell the time.  clock_gettime() is no system call for these clocks. */
#include <time.h>

#include "helper/bodies.h"
#include "helper/clock.h"

/* The kernel's usual tick rate; user space cannot ask for the real one. */
enum {
	TICKS_PER_SECOND = 250,
	NS_PER_SECOND = 1000000000
};

static uint64_t now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SECOND + (uint64_t)ts.tv_nsec;
}

BODY(ktime_get_ns)
{
	return run->env && run->env->clock_follows ? clock_follow() : now(CLOCK_MONOTONIC);
}

BODY(ktime_get_boot_ns)
{
	return now(CLOCK_BOOTTIME);
}

BODY(ktime_get_coarse_ns)
{
	return now(CLOCK_MONOTONIC_COARSE);
}

BODY(ktime_get_tai_ns)
{
	return now(CLOCK_TAI);
}

BODY(jiffies64)
{
	return now(CLOCK_MONOTONIC_COARSE) / (NS_PER_SECOND / TICKS_PER_SECOND);
}
