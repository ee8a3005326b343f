/* SPDX-License-Identifier: BSD-2-Clause */
/* Uses a packet pointer after bpf_skb_pull_data(). */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int mark(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data;
	void *data_end = (void *)(long)skb->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);

	if ((void *)(ip + 1) > data_end)
		return 0;
	bpf_skb_pull_data(skb, 64);
	ip->tos = 1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
