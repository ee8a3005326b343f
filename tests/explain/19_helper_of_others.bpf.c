/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads packet bytes with the helper of another hook. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u64);
} sources SEC(".maps");

SEC("xdp")
int by_source(struct xdp_md *ctx)
{
	struct iphdr ip;
	__u64 one = 1, *n;

	if (bpf_skb_load_bytes(ctx, ETH_HLEN, &ip, sizeof(ip)))
		return XDP_PASS;
	n = bpf_map_lookup_elem(&sources, &ip.saddr);
	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(&sources, &ip.saddr, &one, BPF_ANY);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
