/* SPDX-License-Identifier: BSD-2-Clause */
/* Members of sched_ext_ops, for the kernel of scx_kernel.bpf.c.  Names say the verdict: scx_test.sh
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

struct sched_ext_entity {
	__u64 slice, dsq_vtime;
	_Bool disallow;
} __attribute__((preserve_access_index));
struct cpumask {
	unsigned long bits[8];
};
struct task_struct {
	int pid;
	struct task_struct *parent;
	const struct cpumask *cpus_ptr;
	struct sched_ext_entity scx;
} __attribute__((preserve_access_index));
struct bpf_iter_scx_dsq {
	__u64 opaque[6];
} __attribute__((aligned(8)));

__s32 scx_bpf_create_dsq(__u64 dsq_id, __s32 node) __ksym;
void scx_bpf_dsq_insert(struct task_struct *p, __u64 dsq_id, __u64 slice, __u64 enq_flags) __ksym;
_Bool scx_bpf_dsq_move_to_local(__u64 dsq_id) __ksym;
_Bool scx_bpf_dsq_move(struct bpf_iter_scx_dsq *it__iter, struct task_struct *p, __u64 dsq_id,
		       __u64 enq_flags) __ksym;
int bpf_iter_scx_dsq_new(struct bpf_iter_scx_dsq *it, __u64 dsq_id, __u64 flags) __ksym;
struct task_struct *bpf_iter_scx_dsq_next(struct bpf_iter_scx_dsq *it) __ksym;
void bpf_iter_scx_dsq_destroy(struct bpf_iter_scx_dsq *it) __ksym;
const struct cpumask *scx_bpf_get_idle_cpumask(void) __ksym;
void scx_bpf_put_idle_cpumask(const struct cpumask *idle_mask) __ksym;
struct task_struct *scx_bpf_cpu_curr(__s32 cpu) __ksym;
__s32 scx_bpf_pick_idle_cpu(const struct cpumask *cpus_allowed, __u64 flags) __ksym;

SEC("struct_ops/accept_select_cpu")
int BPF_PROG(accept_select_cpu, struct task_struct *p, int prev_cpu, __u64 wake_flags)
{
	int cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);

	if (cpu < 0)
		return prev_cpu;
	scx_bpf_dsq_insert(p, 1, 20000000, 0);
	return cpu;
}

SEC("struct_ops/accept_enqueue")
int BPF_PROG(accept_enqueue, struct task_struct *p, __u64 enq_flags)
{
	p->scx.slice = 20000000;
	p->scx.dsq_vtime += 1;
	scx_bpf_dsq_insert(p, 1, p->scx.slice, enq_flags);
	return 0;
}

SEC("struct_ops/reject_write_pid")
int BPF_PROG(reject_write_pid, struct task_struct *p, __u64 enq_flags)
{
	p->pid = 1;
	return 0;
}

SEC("struct_ops/accept_dispatch")
int BPF_PROG(accept_dispatch, int cpu, struct task_struct *prev)
{
	struct bpf_iter_scx_dsq it;
	struct task_struct *p;

	bpf_iter_scx_dsq_new(&it, 1, 0);
	while ((p = bpf_iter_scx_dsq_next(&it)))
		if (p->pid != (prev ? prev->pid : 0))
			scx_bpf_dsq_move(&it, p, 2, 0);
	bpf_iter_scx_dsq_destroy(&it);
	scx_bpf_dsq_move_to_local(1);
	return 0;
}

SEC("struct_ops/reject_dispatch_null")
int BPF_PROG(reject_dispatch_null, int cpu, struct task_struct *prev)
{
	return prev->pid;
}

SEC("struct_ops/reject_move_without_iterator")
int BPF_PROG(reject_move_without_iterator, int cpu, struct task_struct *prev)
{
	struct bpf_iter_scx_dsq it = {};

	if (prev)
		scx_bpf_dsq_move(&it, prev, 2, 0);
	return 0;
}

SEC("struct_ops/accept_running")
int BPF_PROG(accept_running, struct task_struct *p)
{
	struct task_struct *t = scx_bpf_cpu_curr(0);
	const struct cpumask *idle = scx_bpf_get_idle_cpumask();

	scx_bpf_pick_idle_cpu(idle, 0);
	scx_bpf_put_idle_cpumask(idle);
	return t ? t->pid : 0;
}

SEC("struct_ops/reject_running_leak")
int BPF_PROG(reject_running_leak, struct task_struct *p)
{
	scx_bpf_get_idle_cpumask();
	return 0;
}

SEC("struct_ops.s/accept_init")
int BPF_PROG(accept_init)
{
	return scx_bpf_create_dsq(1, -1);
}

SEC("struct_ops/reject_init_that_may_not_sleep")
int BPF_PROG(reject_init_that_may_not_sleep)
{
	return scx_bpf_create_dsq(1, -1);
}

SEC("struct_ops.s/reject_enqueue_that_sleeps")
int BPF_PROG(reject_enqueue_that_sleeps, struct task_struct *p, __u64 enq_flags)
{
	return 0;
}

SEC("struct_ops.s/reject_curr_outside_rcu")
int BPF_PROG(reject_curr_outside_rcu)
{
	struct task_struct *t = scx_bpf_cpu_curr(0);

	return t ? t->pid : 0;
}

struct cpumask whole;

struct sched_ext_ops {
	void *select_cpu, *enqueue, *dispatch, *running, *init, *exit;
	__u64 of_another_kernel;
	char name[128];
};

#define OPS(name, ...) SEC(".struct_ops.link") struct sched_ext_ops name = { __VA_ARGS__ }

OPS(good, .select_cpu = accept_select_cpu, .enqueue = accept_enqueue, .dispatch = accept_dispatch,
    .running = accept_running, .init = accept_init, .name = "good");
OPS(bad, .enqueue = reject_write_pid, .dispatch = reject_dispatch_null,
    .running = reject_running_leak, .init = reject_init_that_may_not_sleep);
OPS(worse, .enqueue = reject_enqueue_that_sleeps, .dispatch = reject_move_without_iterator,
    .init = reject_curr_outside_rcu);
