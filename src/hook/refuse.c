/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said to who wants hooks on a machine that ring3 cannot patch?  That, and nothing is done.
 */
#include <errno.h>

#include "hook/hook.h"
#include "hook/inject.h"

const char *hook_refusal(void)
{
	return "functions cannot be hooked on this machine: ring3 patches x86-64 only";
}

bool inject_is_in(pid_t pid, const char *dir)
{
	(void)pid;
	(void)dir;
	return false;
}

bool inject_is_at_work(pid_t pid)
{
	(void)pid;
	return false;
}

int inject_agent(const struct inject_opts *opts, struct text *why)
{
	(void)opts;
	text_add(why, "%s", hook_refusal());
	return -EOPNOTSUPP;
}
