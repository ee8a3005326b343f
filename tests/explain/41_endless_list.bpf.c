/* SPDX-License-Identifier: BSD-2-Clause */
/* Follows a list of the kernel that may be a ring. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct node {
	struct node *next;
	__u64 value;
};

SEC("kprobe/do_exit")
int BPF_KPROBE(on_exit, struct node *head)
{
	struct node *n = head, next;
	int sum = 0;

	while (n) {
		bpf_probe_read_kernel(&next, sizeof(next), n);
		sum += next.value;
		n = next.next;
	}
	return sum;
}

char LICENSE[] SEC("license") = "GPL";
