/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints what the kernel's structs hold, as if they were its own. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct task_struct {
	int pid, tgid;
} __attribute__((preserve_access_index));

SEC("kprobe/do_unlinkat")
int removed(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	bpf_printk("%d of %d", task->pid, task->tgid);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
