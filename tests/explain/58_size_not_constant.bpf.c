/* SPDX-License-Identifier: BSD-2-Clause */
/* Reserves as many bytes as the packet is long. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");

SEC("tc")
int look(struct __sk_buff *skb)
{
	char *e = bpf_ringbuf_reserve(&events, skb->len, 0);

	if (!e)
		return 0;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
