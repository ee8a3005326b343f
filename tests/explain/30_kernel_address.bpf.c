/* SPDX-License-Identifier: BSD-2-Clause */
/* Follows a pointer that belongs to the kernel. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct filename_like {
	const char *name;
	int refcnt;
};

SEC("kprobe/do_unlinkat")
int BPF_KPROBE(trace_unlink, int dfd, struct filename_like *fn)
{
	if (fn->refcnt > 1)
		return 0;
	bpf_printk("unlink dfd=%d", dfd);
	return 0;
}
char _license[] SEC("license") = "Dual BSD/GPL";
