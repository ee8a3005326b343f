/* SPDX-License-Identifier: BSD-2-Clause */
/* Follows a pointer that a map has kept. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} saved SEC(".maps");

SEC("xdp")
int parse(struct xdp_md *ctx)
{
	__u32 k = 0;
	__u64 *slot = bpf_map_lookup_elem(&saved, &k);
	struct ethhdr *eth;

	if (!slot)
		return XDP_PASS;
	eth = (struct ethhdr *)*slot;
	return eth->h_proto ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
