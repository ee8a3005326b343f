/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes a dynptr of the packet with the kernel function of another hook. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

int bpf_dynptr_from_skb(struct __sk_buff *s, __u64 flags, struct bpf_dynptr *ptr) __ksym;

SEC("xdp")
int only_ipv6(struct xdp_md *ctx)
{
	struct bpf_dynptr packet;
	struct ethhdr eth;

	if (bpf_dynptr_from_skb((void *)ctx, 0, &packet))
		return XDP_PASS;
	if (bpf_dynptr_read(&eth, sizeof(eth), &packet, 0, 0))
		return XDP_PASS;
	return eth.h_proto == bpf_htons(ETH_P_IPV6) ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
