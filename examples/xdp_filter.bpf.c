/* SPDX-License-Identifier: BSD-2-Clause */
/* Drops UDP to ports in a blocklist and counts packets by protocol: the usual first XDP program. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

const volatile __u16 blocked_port = 9999;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u64);
} packets_by_protocol SEC(".maps");

/* Protocol behind the network header, which *ret_next then follows; -1: none of ours. */
static __always_inline int parse_network(void *data, void *end, void **ret_next)
{
	struct ethhdr *eth = data;

	if ((void *)(eth + 1) > end)
		return -1;
	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = (void *)(eth + 1);

		if ((void *)(ip + 1) > end || ip->ihl < 5)
			return -1;
		*ret_next = (void *)ip + ip->ihl * 4;
		return ip->protocol;
	}
	if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip6 = (void *)(eth + 1);

		if ((void *)(ip6 + 1) > end)
			return -1;
		*ret_next = ip6 + 1;
		return ip6->nexthdr;
	}
	return -1;
}

SEC("xdp")
int filter(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end, *next;
	int protocol = parse_network(data, end, &next);
	struct udphdr *udp;
	__u32 key = protocol;
	__u64 *n;

	if (protocol < 0)
		return XDP_PASS;
	n = bpf_map_lookup_elem(&packets_by_protocol, &key);
	if (n)
		__sync_fetch_and_add(n, 1);
	if (protocol != IPPROTO_UDP)
		return XDP_PASS;
	udp = next;
	if ((void *)(udp + 1) > end)
		return XDP_PASS;
	return udp->dest == bpf_htons(blocked_port) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
