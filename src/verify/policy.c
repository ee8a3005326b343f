/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may load what, and how much of it may be known?  The named policies. */
#include <string.h>

#include "verify/verify.h"

struct verify_policy verify_policy_privileged(void)
{
	return (struct verify_policy){
		.leak_pointers = true,
		.read_uninit_stack = true,
		.var_stack_access = true,
		.cap_bpf = true,
		.cap_perfmon = true,
		.cap_sleepable = true,
		.learn_needed = true,
		.summarise = 16,
		.max_insns = 1000000,
		.max_visits = 1000000,
		.max_pending = 8192,
		.max_subprogs = 256,
		.max_maps = 64,
		.max_memory = (size_t)1 << 30,
		.threads_from = 4000,
	};
}

struct verify_policy verify_policy_cap_bpf(void)
{
	struct verify_policy p = verify_policy_privileged();

	p.cap_perfmon = false;
	p.leak_pointers = false;
	p.read_uninit_stack = false;
	p.var_stack_access = false;
	p.guard_speculation = true;
	p.learn_needed = false;
	return p;
}

struct verify_policy verify_policy_unprivileged(void)
{
	struct verify_policy p = verify_policy_cap_bpf();

	p.cap_bpf = false;
	p.cap_sleepable = false;
	p.max_insns = 4096;
	return p;
}

bool verify_policy_named(const char *name, struct verify_policy *ret_policy)
{
	if (!strcmp(name, "cap_bpf"))
		*ret_policy = verify_policy_cap_bpf();
	else if (!strcmp(name, "unprivileged"))
		*ret_policy = verify_policy_unprivileged();
	else if (!strcmp(name, "privileged") || !strcmp(name, "exact_kernel"))
		*ret_policy = verify_policy_privileged();
	else
		return false;
	ret_policy->exact_kernel = !strcmp(name, "exact_kernel");
	return true;
}
