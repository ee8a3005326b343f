/* SPDX-License-Identifier: BSD-2-Clause */
/* What may be handed to a global function that takes an object of the kernel?  trusted_test.sh */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define TRUSTED  __attribute__((btf_decl_tag("arg:trusted")))
#define NULLABLE __attribute__((btf_decl_tag("arg:nullable")))

struct task_struct {
	int pid;
	struct task_struct *group_leader, *last_wakee;
} __attribute__((preserve_access_index));

extern void *bpf_rdonly_cast(const void *obj, __u32 type) __ksym;

__attribute__((noinline)) int pid_of(struct task_struct *task TRUSTED)
{
	return task->pid;
}

__attribute__((noinline)) int pid_if_any(struct task_struct *task TRUSTED NULLABLE)
{
	return task ? task->pid : 0;
}

__attribute__((noinline)) int pid_untested(struct task_struct *task TRUSTED NULLABLE)
{
	return task->pid;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(accept_argument, struct task_struct *task)
{
	return pid_of(task);
}

SEC("tp_btf/task_newtask")
int BPF_PROG(accept_null, struct task_struct *task)
{
	return pid_if_any(task) + pid_if_any(0);
}

SEC("tp_btf/task_newtask")
int BPF_PROG(reject_null, struct task_struct *task)
{
	return pid_of(0);
}

SEC("tp_btf/task_newtask")
int BPF_PROG(accept_member, struct task_struct *task)
{
	return pid_of(task->group_leader);
}

SEC("tp_btf/task_newtask")
int BPF_PROG(accept_unsaid, struct task_struct *task)
{
	return pid_of(task->last_wakee);
}

SEC("tp_btf/task_newtask")
int BPF_PROG(reject_cast, struct task_struct *task)
{
	return pid_of(bpf_rdonly_cast(task, bpf_core_type_id_kernel(struct task_struct)));
}

SEC("tp_btf/task_newtask")
int BPF_PROG(reject_number, struct task_struct *task)
{
	return pid_of((void *)(long)task->pid);
}

SEC("tp_btf/task_newtask")
int BPF_PROG(reject_untested, struct task_struct *task)
{
	return pid_untested(task);
}

char LICENSE[] SEC("license") = "GPL";
