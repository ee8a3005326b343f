/* SPDX-License-Identifier: BSD-2-Clause */
/* A global function that is given what may be NULL. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define __arg_nonnull __attribute__((btf_decl_tag("arg:nonnull")))

struct stats {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct stats);
} stats SEC(".maps");

__noinline int account(struct stats *s __arg_nonnull, __u64 bytes)
{
	s->packets++;
	s->bytes += bytes;
	return 0;
}

SEC("xdp")
int count(struct xdp_md *ctx)
{
	__u32 key = ctx->rx_queue_index;
	struct stats *s = bpf_map_lookup_elem(&stats, &key);

	account(s, ctx->data_end - ctx->data);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
