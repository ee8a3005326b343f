/* SPDX-License-Identifier: BSD-2-Clause */
/* How often is each system call made, and how often does it return? */
#ifndef TESTS_HOOK_CALLS_H
#define TESTS_HOOK_CALLS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 512);
	__type(key, __u32);
	__type(value, __u64);
} enter SEC(".maps"), leave SEC(".maps"), raw_enter SEC(".maps"), raw_leave SEC(".maps"),
	named SEC(".maps");

/* As the kernel's format files have it. */
struct sys_enter {
	__u64 common;
	int nr;
	__u64 args[6];
};

struct sys_exit {
	__u64 common;
	int nr;
	long ret;
};

static __always_inline int add(void *map, __u32 key)
{
	__u64 *n = bpf_map_lookup_elem(map, &key);

	if (n)
		__sync_fetch_and_add(n, 1);
	return 0;
}

SEC("tracepoint/raw_syscalls/sys_enter") int on_enter(struct sys_enter *ctx)
{
	return add(&enter, ctx->nr);
}

SEC("tp/raw_syscalls/sys_exit") int on_exit(struct sys_exit *ctx)
{
	return add(&leave, ctx->nr);
}

/* regs->orig_ax */
static __always_inline __u32 nr_of(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 nr = 511;

	bpf_probe_read_kernel(&nr, sizeof(nr), (void *)ctx->args[0] + 120);
	return nr;
}

SEC("raw_tp/sys_enter") int on_raw_enter(struct bpf_raw_tracepoint_args *ctx)
{
	return add(&raw_enter, nr_of(ctx) == ctx->args[1] ? ctx->args[1] : 511);
}

SEC("raw_tp/sys_exit") int on_raw_exit(struct bpf_raw_tracepoint_args *ctx)
{
	return add(&raw_leave, nr_of(ctx));
}

#endif
