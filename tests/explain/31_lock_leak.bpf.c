/* SPDX-License-Identifier: BSD-2-Clause */
/* Leaves with the lock held where there are no tokens. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bucket {
	__u32 tokens;
	struct bpf_spin_lock lk;
};
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 100);
	__type(key, __u32);
	__type(value, struct bucket);
} buckets SEC(".maps");
SEC("xdp")
int limit(struct xdp_md *ctx)
{
	__u32 q = ctx->rx_queue_index;
	struct bucket *b = bpf_map_lookup_elem(&buckets, &q);

	if (!b)
		return XDP_PASS;
	bpf_spin_lock(&b->lk);
	if (b->tokens == 0)
		return XDP_DROP;
	b->tokens--;
	bpf_spin_unlock(&b->lk);
	return XDP_PASS;
}
