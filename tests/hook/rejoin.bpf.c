// SPDX-License-Identifier: BSD-2-Clause
/* Calls of a target's function, for rejoin_test.sh. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} calls SEC(".maps");

static __always_inline int count(__u32 which)
{
	__u64 *n = bpf_map_lookup_elem(&calls, &which);

	if (n)
		__sync_fetch_and_add(n, 1);
	return 0;
}

SEC("uprobe/./live:probed")
int enter(void *ctx)
{
	return count(0);
}

SEC("uretprobe/./live:probed")
int leave(void *ctx)
{
	return count(1);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
