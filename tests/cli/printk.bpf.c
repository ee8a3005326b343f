/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints a line for each call of probed(). */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

SEC("uprobe/./work:probed")
int BPF_KPROBE(say, long x)
{
	bpf_printk("probed %d of %s\n", (int)x, "work");
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
