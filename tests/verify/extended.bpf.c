/* SPDX-License-Identifier: BSD-2-Clause */
/* A program whose functions extend.bpf.c replaces and is attached to. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__attribute__((noinline)) int with_context(struct xdp_md *ctx)
{
	volatile int ret = (int)ctx->rx_queue_index;

	return ret;
}

__attribute__((noinline)) int with_numbers(int a, long b)
{
	volatile int ret = a;

	return ret + (int)b;
}

__attribute__((noinline)) int that_moves(struct xdp_md *ctx)
{
	return (int)bpf_xdp_adjust_head(ctx, 0);
}

__attribute__((noinline)) int with_memory(int *p)
{
	return p ? *p : 0;
}

static __attribute__((noinline)) int local(struct xdp_md *ctx, int n)
{
	volatile int ret = n + (int)ctx->ingress_ifindex;

	return ret;
}

SEC("xdp")
int extended(struct xdp_md *ctx)
{
	int n = 1;

	if (with_context(ctx) == 7 || local(ctx, 3) == 4)
		return with_numbers(1, 2) + with_memory(&n);
	return that_moves(ctx) ? 1 : 2;
}

char _license[] SEC("license") = "GPL";
