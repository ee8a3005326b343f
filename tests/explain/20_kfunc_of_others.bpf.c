/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes a reference to a task in a packet program. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct task_struct;

struct task_struct *bpf_task_from_pid(int pid) __ksym;
void bpf_task_release(struct task_struct *p) __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} owner SEC(".maps");

SEC("xdp")
int only_while_alive(struct xdp_md *ctx)
{
	__u32 key = 0, *pid = bpf_map_lookup_elem(&owner, &key);
	struct task_struct *task;

	if (!pid)
		return XDP_PASS;
	task = bpf_task_from_pid(*pid);
	if (!task)
		return XDP_DROP;
	bpf_task_release(task);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
