/* SPDX-License-Identifier: BSD-2-Clause */
/* May a program of this type be loaded with these flags? */
#include <ring3/bpf.h>

#include "verify/env.h"

static bool may_sleep(const struct verify_input *in)
{
	switch (in->type->type) {
	case BPF_PROG_TYPE_TRACING:
		return in->expected_attach_type == BPF_TRACE_FENTRY ||
		       in->expected_attach_type == BPF_TRACE_FEXIT ||
		       in->expected_attach_type == BPF_MODIFY_RETURN ||
		       in->expected_attach_type == BPF_TRACE_ITER;
	case BPF_PROG_TYPE_LSM: return in->expected_attach_type != BPF_LSM_CGROUP;
	case BPF_PROG_TYPE_KPROBE:
	case BPF_PROG_TYPE_STRUCT_OPS: return true;
	}
	return false;
}

int program_check_flags(struct verifier *v)
{
	bool sleepable = v->in->prog_flags & BPF_F_SLEEPABLE;

	if (v->type->sleeps)
		return sleepable ? 0
				 : reject(v, PROG_FLAGS, "Syscall programs can only be sleepable");
	if (sleepable && !may_sleep(v->in))
		return reject(v, PROG_FLAGS,
			      "Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops "
			      "programs can be sleepable");
	return 0;
}
