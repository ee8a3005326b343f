/* SPDX-License-Identifier: BSD-2-Clause */
/* Stores the context where a value is wanted. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct request {
	__u64 regs[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct request);
} requests SEC(".maps");

SEC("uprobe//usr/bin/server:handle")
int remember(void *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();

	bpf_map_update_elem(&requests, &id, ctx, BPF_ANY);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
