/* SPDX-License-Identifier: BSD-2-Clause */
/* A map key with a hole between its members. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

struct key {
	__u16 proto;
	/* two bytes that nobody names */
	__u32 ifindex;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct key);
	__type(value, __u64);
} packets SEC(".maps");

SEC("socket")
int by_protocol(struct __sk_buff *skb)
{
	struct key key;
	__u64 one = 1, *n;

	key.proto = skb->protocol;
	key.ifindex = skb->ifindex;
	n = bpf_map_lookup_elem(&packets, &key);
	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(&packets, &key, &one, BPF_ANY);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
