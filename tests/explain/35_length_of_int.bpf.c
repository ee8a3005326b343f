/* SPDX-License-Identifier: BSD-2-Clause */
/* A length that is a difference: it may be 0, and wrap around. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int diff(struct __sk_buff *skb)
{
	char b[100];
	int len = skb->len - 14;

	if (len > 100)
		len = 100;
	bpf_skb_load_bytes(skb, 14, b, len);
	return b[0] == 'G';
}
