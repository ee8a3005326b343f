/* SPDX-License-Identifier: BSD-2-Clause */
/* Only the upper bound of a signed index is checked. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct table {
	__u64 count[64];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct table);
} tables SEC(".maps");

SEC("tracepoint/syscalls/sys_exit_openat")
int on_open(long *ctx)
{
	__u32 key = 0;
	struct table *t = bpf_map_lookup_elem(&tables, &key);
	long fd = ctx[2];

	if (!t)
		return 0;
	if (fd >= 64)
		return 0;
	t->count[fd]++;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
