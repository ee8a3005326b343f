/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs of one object, some of which are refused; the kernel knows three by the same name. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} next SEC(".maps");

SEC("xdp")
int of_a_long_name_one(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &next, 0);
	return XDP_PASS;
}

/* Reads without a look at where the packet ends. */
SEC("xdp")
int of_a_long_name_two(struct xdp_md *ctx)
{
	return *(char *)(long)ctx->data;
}

SEC("xdp")
int of_a_long_name_three(struct xdp_md *ctx)
{
	return XDP_DROP;
}

SEC("xdp")
int test(struct xdp_md *ctx)
{
	return *(char *)(long)ctx->data;
}

SEC("xdp")
int fourth(struct xdp_md *ctx)
{
	return XDP_PASS;
}

/* By itself it may have the array, which is one of XDP programs by then. */
SEC("socket")
int other_type(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &next, 0);
	return 0;
}

SEC("socket")
int last(struct __sk_buff *skb)
{
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
