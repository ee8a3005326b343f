/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does CLOCK_MONOTONIC show, for less than the vdso asks?  Most of the vdso's time goes into
 * keeping the processor from reading its counter ahead of older instructions.  A thread's reading
 * here follows the processor's counter from the vdso's last answer to it, a tenth of a millisecond
 * old at most, and never goes back.  Against another thread's it may be out of order by as much as
 * a processor runs ahead, some 100 ns.
 */
#ifndef HELPER_CLOCK_H
#define HELPER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Does the kernel itself take its time from the processor's counter?  Reads a file. */
bool clock_can_follow(void);
uint64_t clock_follow(void);

#endif
