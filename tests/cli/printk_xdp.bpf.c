/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints in a test run: by bpf_trace_printk() and, with more arguments, bpf_trace_vprintk(). */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int say(struct xdp_md *ctx)
{
	bpf_printk("one %d", 1);
	bpf_printk("%d %d %d %d %d", 1, 2, 3, 4, 5);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
