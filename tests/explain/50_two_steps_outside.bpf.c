/* SPDX-License-Identifier: BSD-2-Clause */
/* Follows two pointers of the kernel, one after the other. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct inner {
	int value;
};
struct outer {
	struct inner *in;
};

SEC("kprobe/do_exit")
int BPF_KPROBE(on_exit, struct outer *o)
{
	if (o->in->value > 3)
		return 1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
