/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extensions of extended.bpf.c and programs attached to its functions.  Each one's name says its
 * verdict.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct xdp_buff {
	void *data;
} __attribute__((preserve_access_index));

#define EXT(fn, name) SEC("freplace/" #fn) int name

EXT(with_context, accept_context)(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	return data + 14 <= end ? *(__u8 *)data : 0;
}

EXT(with_numbers, accept_numbers)(int a, long b)
{
	return a > b ? 1 : 1000;
}

EXT(extended, accept_main)(struct xdp_md *ctx)
{
	return 100000;
}

EXT(that_moves, accept_moving)(struct xdp_md *ctx)
{
	return (int)bpf_xdp_adjust_head(ctx, 4);
}

EXT(with_context, reject_packet_unchecked)(struct xdp_md *ctx)
{
	return *(__u8 *)(long)ctx->data;
}

EXT(with_context, reject_moving)(struct xdp_md *ctx)
{
	return (int)bpf_xdp_adjust_head(ctx, 4);
}

EXT(with_context, reject_other_context)(struct __sk_buff *skb)
{
	return (int)skb->len;
}

EXT(with_numbers, reject_fewer_arguments)(int a)
{
	return a;
}

EXT(with_numbers, reject_wider_argument)(long a, long b)
{
	return a > b;
}

EXT(with_numbers, reject_pointer_argument)(struct xdp_md *a, long b)
{
	return a && b;
}

EXT(with_memory, reject_memory)(int *p)
{
	return p ? *p : 0;
}

SEC("freplace/with_context") struct xdp_md *reject_returns_pointer(struct xdp_md *ctx)
{
	return ctx;
}

EXT(local, reject_static)(struct xdp_md *ctx, int n)
{
	return n;
}

EXT(with_numbers, reject_other_helper)(int a, long b)
{
	return (int)bpf_skb_pull_data((struct __sk_buff *)(long)a, 1);
}

SEC("fentry/with_context") int BPF_PROG(accept_fentry, struct xdp_buff *xdp)
{
	return 0;
}

SEC("fexit/with_numbers") int BPF_PROG(accept_fexit, int a, long b, int ret)
{
	bpf_printk("%d %ld %d", a, b, ret);
	return 0;
}

SEC("fexit/local")
int BPF_PROG(accept_fexit_static, long a, long b, long c, long d, long e, long ret)
{
	bpf_printk("%ld %ld %ld", a, e, ret);
	return 0;
}

SEC("fentry/local")
int BPF_PROG(reject_fentry_sixth, long a, long b, long c, long d, long e, long f)
{
	bpf_printk("%ld", f);
	return 0;
}

SEC("fentry/with_numbers") int BPF_PROG(reject_fentry_third, int a, long b, long c)
{
	bpf_printk("%ld", c);
	return 0;
}

SEC("fentry/extended") int BPF_PROG(accept_member, struct xdp_buff *xdp)
{
	bpf_printk("%p", xdp->data);
	return 0;
}

SEC("fentry/with_context") int BPF_PROG(reject_member_written, struct xdp_buff *xdp)
{
	xdp->data = 0;
	return 0;
}

SEC("fexit/with_memory") int BPF_PROG(accept_number_pointer, int *p, int ret)
{
	bpf_printk("%p %d", p, ret);
	return 0;
}

SEC("fmod_ret/with_context") int BPF_PROG(reject_fmod_ret, struct xdp_buff *xdp, int ret)
{
	return 0;
}

SEC("fentry.s/with_context") int BPF_PROG(reject_sleepable, struct xdp_buff *xdp)
{
	return 0;
}

SEC("fentry/with_context") int BPF_PROG(reject_returned, struct xdp_buff *xdp)
{
	return 1;
}

char _license[] SEC("license") = "GPL";
