/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Would a process's seccomp filters bear an agent?  A filter is a program that is told a call's
 * number, arguments and place, and has no loops: each of its ways is followed, for each call that
 * an agent makes, with what is not known left open.
 */
#ifndef HOOK_SECCOMP_JUDGE_H
#define HOOK_SECCOMP_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/filter.h>

#include "base/text.h"

/* Does the filter let all calls of hook/agent_calls.def be made?  False: with the reason. */
bool seccomp_bears_agent(const struct sock_filter *filter, size_t n, struct text *why);

#endif
