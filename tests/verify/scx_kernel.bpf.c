/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The types of a kernel with sched_ext, as much of them as scx.bpf.c needs: judged programs are
 * told that this is the kernel (ring3 verify --btf).
 */
#include <linux/types.h>

struct sched_ext_entity {
	__u64 slice, dsq_vtime;
	_Bool disallow;
};
struct cpumask {
	unsigned long bits[8];
};
struct task_struct {
	int pid;
	struct task_struct *parent;
	const struct cpumask *cpus_ptr;
	struct sched_ext_entity scx;
};
/* By this the kernel says which members live until the end of an RCU section. */
struct task_struct__safe_rcu {
	const struct cpumask *cpus_ptr;
};
struct scx_exit_info {
	int kind;
	const char *reason;
};
struct bpf_iter_scx_dsq {
	__u64 opaque[6];
} __attribute__((aligned(8)));
struct rq {
	int cpu;
};

struct sched_ext_ops {
	__s32 (*select_cpu)(struct task_struct *p, __s32 prev_cpu, __u64 wake_flags);
	void (*enqueue)(struct task_struct *p, __u64 enq_flags);
	void (*dispatch)(__s32 cpu, struct task_struct *prev);
	void (*running)(struct task_struct *p);
	__s32 (*init)(void);
	void (*exit)(struct scx_exit_info *info);
	__u32 flags;
	char name[128];
};
struct bpf_struct_ops_sched_ext_ops {
	__u64 common;
	struct sched_ext_ops data;
};

/* What is only pointed to has no members in BTF. */
int members(struct bpf_struct_ops_sched_ext_ops *v, struct scx_exit_info *i, struct rq *r,
	    struct task_struct__safe_rcu *t)
{
	return v->common + i->kind + r->cpu + t->cpus_ptr->bits[0];
}

void sched_ext_ops__dispatch(__s32 cpu, struct task_struct *prev__nullable)
{
}

__s32 scx_bpf_create_dsq(__u64 dsq_id, __s32 node)
{
	return 0;
}

void scx_bpf_dsq_insert(struct task_struct *p, __u64 dsq_id, __u64 slice, __u64 enq_flags)
{
}

_Bool scx_bpf_dsq_move_to_local(__u64 dsq_id)
{
	return 0;
}

_Bool scx_bpf_dsq_move(struct bpf_iter_scx_dsq *it__iter, struct task_struct *p, __u64 dsq_id,
		       __u64 enq_flags)
{
	return 0;
}

int bpf_iter_scx_dsq_new(struct bpf_iter_scx_dsq *it, __u64 dsq_id, __u64 flags)
{
	return 0;
}

struct task_struct *bpf_iter_scx_dsq_next(struct bpf_iter_scx_dsq *it)
{
	return 0;
}

void bpf_iter_scx_dsq_destroy(struct bpf_iter_scx_dsq *it)
{
}

const struct cpumask *scx_bpf_get_idle_cpumask(void)
{
	return 0;
}

void scx_bpf_put_idle_cpumask(const struct cpumask *idle_mask)
{
}

struct task_struct *scx_bpf_cpu_curr(__s32 cpu)
{
	return 0;
}

__s32 scx_bpf_pick_idle_cpu(const struct cpumask *cpus_allowed, __u64 flags)
{
	return 0;
}
