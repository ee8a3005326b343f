/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a context field that only devmap programs have. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u64);
} sent SEC(".maps");

SEC("xdp")
int count_egress(struct xdp_md *ctx)
{
	__u32 to = ctx->egress_ifindex;
	__u64 *n = bpf_map_lookup_elem(&sent, &to);

	if (n)
		__sync_fetch_and_add(n, 1);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
