/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes room before the packet, and writes through the address of before. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int stamp(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	__u32 *meta = (void *)(long)ctx->data_meta;

	if (bpf_xdp_adjust_meta(ctx, -4))
		return XDP_PASS;
	if ((void *)(meta + 1) > data)
		return XDP_PASS;
	*meta = 5;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
