/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes the time while a lock is held. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bucket {
	struct bpf_spin_lock lock;
	__u64 tokens;
	__u64 refilled_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bucket);
} buckets SEC(".maps");

SEC("tc")
int police(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct bucket *b = bpf_map_lookup_elem(&buckets, &key);
	int verdict = 0;

	if (!b)
		return 0;
	bpf_spin_lock(&b->lock);
	if (b->tokens < skb->len) {
		b->tokens = 1 << 20;
		b->refilled_ns = bpf_ktime_get_ns();
	}
	if (b->tokens >= skb->len)
		b->tokens -= skb->len;
	else
		verdict = 2;
	bpf_spin_unlock(&b->lock);
	return verdict;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
