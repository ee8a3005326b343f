/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may be handed to a global function that trusts nothing, and what may it do?  The name of
 * each program says its verdict: named_test.sh.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define UNTRUSTED __attribute__((btf_decl_tag("arg:untrusted")))
#define NULLABLE  __attribute__((btf_decl_tag("arg:nullable")))
#define NOINLINE  __attribute__((noinline))

struct task_struct {
	int pid;
	struct task_struct *group_leader;
} __attribute__((preserve_access_index));

struct unknown_to_kernels {
	int x;
};

NOINLINE int object(struct task_struct *task UNTRUSTED)
{
	return task->pid + task->group_leader->pid;
}

NOINLINE int memory(void *p UNTRUSTED)
{
	return *(int *)p;
}

NOINLINE int bytes(char *p UNTRUSTED)
{
	return p[0] + p[100000];
}

NOINLINE int write_memory(int *p UNTRUSTED)
{
	*p = 1;
	return 0;
}

NOINLINE int write_object(struct task_struct *task UNTRUSTED)
{
	task->pid = 1;
	return 0;
}

NOINLINE int combined(struct task_struct *task UNTRUSTED NULLABLE)
{
	return task ? task->pid : 0;
}

NOINLINE int unknown(struct unknown_to_kernels *p UNTRUSTED)
{
	return p->x;
}

NOINLINE int key_of(int *p UNTRUSTED)
{
	char comm[4];

	return bpf_probe_read_kernel(p, 4, comm);
}

SEC("socket")
int accept_number(struct __sk_buff *ctx)
{
	return object((void *)(long)ctx->len);
}

SEC("socket")
int accept_null(struct __sk_buff *ctx)
{
	return object(0) + memory(0);
}

SEC("socket")
int accept_context(struct __sk_buff *ctx)
{
	return memory(ctx);
}

SEC("socket")
int accept_stack(struct __sk_buff *ctx)
{
	int x = ctx->len;

	return bytes((char *)&x) + object((void *)&x);
}

SEC("socket")
int reject_write_memory(struct __sk_buff *ctx)
{
	volatile int x = ctx->len;

	return write_memory((int *)&x) + x;
}

SEC("socket")
int reject_write_object(struct __sk_buff *ctx)
{
	return write_object(0);
}

SEC("socket")
int reject_two_tags(struct __sk_buff *ctx)
{
	return combined(0);
}

SEC("socket")
int reject_unknown_type(struct __sk_buff *ctx)
{
	return unknown(0);
}

SEC("raw_tp/sched_switch")
int reject_filled_by_helper(void *ctx)
{
	int x = 0;

	return key_of(&x);
}

char LICENSE[] SEC("license") = "GPL";
