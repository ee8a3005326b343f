/* SPDX-License-Identifier: BSD-2-Clause */
/* A function that is given a pointer, without the size of what it points to. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u16[32]);
} hist SEC(".maps");
static __noinline void bump(__u16 *slots, __u32 which)
{
	slots[which] += 1;
}
SEC("cgroup_skb/ingress")
int lens(struct __sk_buff *skb)
{
	__u32 proto = skb->protocol, idx = skb->len / 64;
	__u16 *h = bpf_map_lookup_elem(&hist, &proto);

	if (h)
		bump(h, idx);
	return 1;
}
