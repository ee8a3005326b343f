/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes a lock that it holds. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct counter {
	struct bpf_spin_lock lock;
	__u64 packets;
	__u64 last_ns;
	__u32 last_cpu;
};
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct counter);
} counters SEC(".maps");

SEC("tc")
int count(struct __sk_buff *skb)
{
	__u32 key = skb->ifindex;
	struct counter *c = bpf_map_lookup_elem(&counters, &key);

	if (!c)
		return 0;
	bpf_spin_lock(&c->lock);
	c->packets++;
	bpf_spin_lock(&c->lock);
	c->last_cpu = 1;
	bpf_spin_unlock(&c->lock);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
