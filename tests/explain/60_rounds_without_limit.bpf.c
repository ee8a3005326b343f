/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts up to a number that only the packet knows. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int total;

SEC("tc")
int add(struct __sk_buff *skb)
{
	for (int i = 0; i != skb->len; i++)
		total += i;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
