/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which program and map types may be made under this runtime's policy?  What the kernel asks
 * capabilities for before it looks at the program.
 */
#include "abi/caps.h"

#include <errno.h>
#include <ring3/bpf.h>

#include "run/rt.h"

static bool needs_perfmon(uint32_t type)
{
	switch (type) {
	case BPF_PROG_TYPE_KPROBE:
	case BPF_PROG_TYPE_TRACEPOINT:
	case BPF_PROG_TYPE_PERF_EVENT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
	case BPF_PROG_TYPE_TRACING:
	case BPF_PROG_TYPE_LSM:
	case BPF_PROG_TYPE_STRUCT_OPS:
	case BPF_PROG_TYPE_EXT: return true;
	}
	return false;
}

int caps_prog(const struct ring3 *rt, uint32_t type, uint32_t n_insns)
{
	const struct verify_policy *p = rt->policy;

	if (!p)
		return 0;
	if (!n_insns || n_insns > p->max_insns)
		return -E2BIG;
	if (!p->cap_bpf && type != BPF_PROG_TYPE_SOCKET_FILTER && type != BPF_PROG_TYPE_CGROUP_SKB)
		return -EPERM;
	return !p->cap_perfmon && needs_perfmon(type) ? -EPERM : 0;
}

int caps_map(const struct ring3 *rt, uint32_t type)
{
	if (!rt->policy || rt->policy->cap_bpf)
		return 0;
	switch (type) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
	case BPF_MAP_TYPE_CGROUP_ARRAY:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_USER_RINGBUF:
	case BPF_MAP_TYPE_CGROUP_STORAGE:
	case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE: return 0;
	}
	return -EPERM;
}

int caps_btf(const struct ring3 *rt)
{
	return rt->policy && !rt->policy->cap_bpf ? -EPERM : 0;
}
