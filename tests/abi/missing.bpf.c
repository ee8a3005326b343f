/* SPDX-License-Identifier: BSD-2-Clause */
/* A probe on a function that libc does not have. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>

SEC("uprobe/libc.so.6:no_such_function")
int probe(struct pt_regs *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
