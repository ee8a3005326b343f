/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects that are kept in maps.  The name of each program says its verdict: named_test.sh */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <stdbool.h>
#include <stddef.h>

#define UNREF       __attribute__((btf_type_tag("kptr_untrusted")))
#define KPTR        __attribute__((btf_type_tag("kptr")))
#define PERCPU_KPTR __attribute__((btf_type_tag("percpu_kptr")))
#define UPTR        __attribute__((btf_type_tag("uptr")))
#define PERCPU      __attribute__((btf_type_tag("percpu")))
#define NEW(type)   ((type *)bpf_obj_new_impl(__builtin_btf_type_id(*(type *)0, 0), NULL))
#define NEW_PERCPU(type) \
	((type PERCPU *)bpf_percpu_obj_new_impl(__builtin_btf_type_id(*(type *)0, 0), NULL))

char _license[] SEC("license") = "GPL";

struct mm_struct;
struct task_struct {
	int pid;
	struct task_struct *parent;
	struct mm_struct *mm;
} __attribute__((preserve_access_index));
struct cpumask {
	unsigned long bits[1];
} __attribute__((preserve_access_index));
struct bpf_cpumask {
	struct cpumask cpumask;
} __attribute__((preserve_access_index));

struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
void bpf_task_release(struct task_struct *p) __ksym;
struct bpf_cpumask *bpf_cpumask_create(void) __ksym;
void bpf_cpumask_release(struct bpf_cpumask *m) __ksym;
bool bpf_cpumask_empty(const struct cpumask *m) __ksym;
void bpf_cpumask_set_cpu(unsigned int cpu, struct bpf_cpumask *cpumask) __ksym;
void bpf_rcu_read_lock(void) __ksym;
void bpf_rcu_read_unlock(void) __ksym;
extern void *bpf_obj_new_impl(__u64 type, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *object, void *meta) __ksym;
extern void *bpf_refcount_acquire_impl(void *object, void *meta) __ksym;
extern void *bpf_percpu_obj_new_impl(__u64 type, void *meta) __ksym;
extern void bpf_percpu_obj_drop_impl(void *object, void *meta) __ksym;

/* Newer than Debian's linux/bpf.h. */
struct bpf_refcount {
	__u32 : 32;
} __attribute__((aligned(4)));
struct bpf_rb_node {
	__u64 : 64;
	__u64 : 64;
	__u64 : 64;
	__u64 : 64;
} __attribute__((aligned(8)));

struct item {
	long a;
	struct bpf_refcount ref;
	struct bpf_rb_node node;
};
struct plain {
	long a, b;
};
struct inner {
	long x;
};
struct holder {
	struct plain KPTR *p;
	long y;
};
struct value {
	long first;
	struct task_struct UNREF *un;
	struct task_struct KPTR *ref;
	struct bpf_cpumask KPTR *mask;
	struct plain KPTR *plain;
	struct plain PERCPU_KPTR *pc;
	struct holder KPTR *holder;
	struct item KPTR *node;
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, struct value);
} values SEC(".maps");

struct element {
	long x;
	struct task_struct KPTR *t;
};
struct elements {
	struct element one[2], two[2][2];
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, struct elements);
} arrays SEC(".maps");

struct pair {
	int a[4];
	union {
		int b;
		long c;
	};
};
struct depth_2 {
	struct pair pair;
};
struct depth_3 {
	struct depth_2 d;
};
struct depth_4 {
	struct depth_3 d;
};
struct has_pointer {
	long a;
	void *p;
};
struct has_pairs {
	struct pair pair[2];
};
struct has_rows {
	int row[2][2];
};

struct page_of_user {
	long a[4];
} user;
struct shared {
	struct page_of_user UPTR *u;
};
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct shared);
} of_tasks SEC(".maps");

static struct value *get(void)
{
	int k = 0;

	return bpf_map_lookup_elem(&values, &k);
}

/* clang-format off: one line a program */
#define PROG(name, ...)                                           \
	SEC("tp_btf/task_newtask")                                \
	int BPF_PROG(name, struct task_struct *task, __u64 flags) \
	{                                                         \
		struct value *v = get();                          \
		if (v) {                                          \
			__VA_ARGS__                               \
		}                                                 \
		return 0;                                         \
	}
#define SLEEPS(name, ...)                \
	SEC("syscall")                   \
	int name(void *ctx)              \
	{                                \
		struct value *v = get(); \
		if (v) {                 \
			__VA_ARGS__      \
		}                        \
		return 0;                \
	}
#define USER(name, ...)                                                            \
	PROG(name, struct shared *s = bpf_task_storage_get(&of_tasks, task, 0, 0); \
	     if (s){ __VA_ARGS__ })

#define ARRAY(name, ...)                                                             \
	PROG(name, int k = 0; struct elements *e = bpf_map_lookup_elem(&arrays, &k); \
	     if (e){ __VA_ARGS__ })
#define PERCPU_OF(type)                                  \
	struct type PERCPU *p = NEW_PERCPU(struct type); \
	if (p)                                           \
		bpf_percpu_obj_drop_impl((void *)p, 0);

PROG(accept_load_un, struct task_struct *t = v->un; if (!t) return 0; return t->pid;)
PROG(reject_load_un_nullable, struct task_struct *t = v->un; return t->pid;)
PROG(accept_load_ref, struct task_struct *t = v->ref; if (!t) return 0; return t->pid;)
PROG(accept_load_ref_acquire, struct task_struct *t = v->ref; if (!t) return 0;
     t = bpf_task_acquire(t); if (!t) return 0; bpf_task_release(t);)
PROG(reject_load_un_acquire, struct task_struct *t = v->un; if (!t) return 0;
     t = bpf_task_acquire(t); if (!t) return 0; bpf_task_release(t);)
PROG(reject_load_ref_release, struct task_struct *t = v->ref; if (!t) return 0;
     bpf_task_release(t);)
SLEEPS(reject_s_load_ref_acquire, struct task_struct *t = v->ref; if (!t) return 0;
       t = bpf_task_acquire(t); if (!t) return 0; bpf_task_release(t);)
SLEEPS(
	accept_s_load_ref_rcu, bpf_rcu_read_lock(); struct task_struct *t = v->ref; if (!t) {
		bpf_rcu_read_unlock();
		return 0;
	} t = bpf_task_acquire(t);
	bpf_rcu_read_unlock(); if (!t) return 0; bpf_task_release(t);)
SLEEPS(reject_s_load_ref_after, bpf_rcu_read_lock(); struct task_struct *t = v->ref;
       bpf_rcu_read_unlock(); if (!t) return 0; t = bpf_task_acquire(t); if (!t) return 0;
       bpf_task_release(t);)
SLEEPS(accept_s_load_ref_read, struct task_struct *t = v->ref; if (!t) return 0; return t->pid;)
PROG(accept_store_un, v->un = task;)
PROG(accept_store_un_null, v->un = 0;)
PROG(reject_store_un_other, *(void *volatile *)&v->un = task->mm;)
PROG(accept_store_un_untrusted, v->un = v->un;)
PROG(accept_store_un_untrusted2, struct task_struct *t = v->un; if (t) v->un = t->parent;)
PROG(reject_store_un_scalar, *(__u64 *)&v->un = flags;)
PROG(reject_store_un_const, *(volatile __u64 *)&v->un = 5;)
PROG(reject_store_ref, v->ref = task;)
PROG(reject_store_ref_null, v->ref = 0;)
PROG(reject_load_half, return *(volatile __u32 *)&v->un;)
PROG(reject_load_mis, return *(volatile __u64 *)((char *)v + 9);)
PROG(reject_load_var, __u64 i = flags & 8; return *(volatile __u64 *)((char *)v + i + 8);)
PROG(reject_helper_access, int k = 1; bpf_map_update_elem(&values, &k, v, 0);)
PROG(reject_helper_access_mem, bpf_probe_read_kernel(v, sizeof(*v), task);)
PROG(accept_helper_access_mem_first, bpf_probe_read_kernel(v, 8, task);)
PROG(accept_xchg_null, struct task_struct *t = bpf_kptr_xchg(&v->ref, 0);
     if (t) bpf_task_release(t);)
PROG(reject_xchg_leak, bpf_kptr_xchg(&v->ref, 0);)
PROG(accept_xchg_put, struct task_struct *t = bpf_task_acquire(task); if (!t) return 0;
     t = bpf_kptr_xchg(&v->ref, t); if (t) bpf_task_release(t);)
PROG(reject_xchg_put_use, struct task_struct *t = bpf_task_acquire(task), *o; if (!t) return 0;
     o = bpf_kptr_xchg(&v->ref, t); if (o) bpf_task_release(o); return t->pid;)
PROG(reject_xchg_put_unref, struct task_struct *t = bpf_kptr_xchg(&v->ref, task);
     if (t) bpf_task_release(t);)
PROG(reject_xchg_nullable, struct task_struct *t = bpf_task_acquire(task);
     t = bpf_kptr_xchg(&v->ref, t); if (t) bpf_task_release(t);)
PROG(reject_xchg_un, struct task_struct *t = bpf_kptr_xchg(&v->un, 0); if (t) bpf_task_release(t);)
PROG(reject_xchg_wrong_off, struct task_struct *t = bpf_kptr_xchg((void *)v, 0);
     if (t) bpf_task_release(t);)
PROG(reject_xchg_wrong_type, struct bpf_cpumask *t = bpf_cpumask_create(); if (!t) return 0;
     t = bpf_kptr_xchg((struct bpf_cpumask **)&v->ref, t); if (t) bpf_cpumask_release(t);)
PROG(accept_xchg_mask, struct bpf_cpumask *t = bpf_cpumask_create(); if (!t) return 0;
     t = bpf_kptr_xchg(&v->mask, t); if (t) bpf_cpumask_release(t);)
PROG(accept_mask_load, struct bpf_cpumask *t = v->mask; if (!t) return 0;
     return bpf_cpumask_empty((void *)t);)
PROG(accept_mask_set, struct bpf_cpumask *t = v->mask; if (!t) return 0; bpf_cpumask_set_cpu(0, t);)
SLEEPS(reject_s_mask_set, struct bpf_cpumask *t = v->mask; if (!t) return 0;
       bpf_cpumask_set_cpu(0, t);)
PROG(reject_xchg_var, __u64 i = flags & 8;
     struct task_struct *t = bpf_kptr_xchg((struct task_struct **)((char *)v + i + 16), 0);
     if (t) bpf_task_release(t);)
PROG(reject_xchg_scalar, struct task_struct *t = bpf_kptr_xchg(&v->ref, (void *)flags);
     if (t) bpf_task_release(t);)
PROG(accept_plain_put, struct plain *p = NEW(struct plain); if (!p) return 0;
     p = bpf_kptr_xchg(&v->plain, p); if (p) bpf_obj_drop_impl(p, 0);)
PROG(reject_plain_put_use, struct plain *p = NEW(struct plain), *o; if (!p) return 0;
     o = bpf_kptr_xchg(&v->plain, p); if (o) bpf_obj_drop_impl(o, 0); return p->a;)
PROG(accept_plain_take, struct plain *p = bpf_kptr_xchg(&v->plain, 0); if (!p) return 0; p->a = 1;
     bpf_obj_drop_impl(p, 0);)
PROG(accept_plain_load, struct plain *p = v->plain; if (!p) return 0; return p->a;)
PROG(accept_plain_load_write, struct plain *p = v->plain; if (!p) return 0; p->a = 1;)
PROG(reject_plain_load_drop, struct plain *p = v->plain; if (!p) return 0; bpf_obj_drop_impl(p, 0);)
PROG(reject_plain_load_nullable, struct plain *p = v->plain; return p->a;)
SLEEPS(accept_s_plain_load, struct plain *p = v->plain; if (!p) return 0; return p->a;)
SLEEPS(reject_s_plain_load_write, struct plain *p = v->plain; if (!p) return 0; p->a = 1;)
SLEEPS(reject_s_plain_after, bpf_rcu_read_lock(); struct plain *p = v->plain; bpf_rcu_read_unlock();
       if (!p) return 0; return p->a;)
SLEEPS(
	reject_s_plain_after_write, bpf_rcu_read_lock(); struct plain *p = v->plain; if (!p) {
		bpf_rcu_read_unlock();
		return 0;
	} bpf_rcu_read_unlock();
	p->a = 1;)
PROG(reject_plain_wrong, struct inner *p = NEW(struct inner); if (!p) return 0;
     p = bpf_kptr_xchg((struct inner **)&v->plain, p); if (p) bpf_obj_drop_impl(p, 0);)
PROG(accept_node_ref, struct item *p = v->node; if (!p) return 0;
     p = bpf_refcount_acquire_impl(p, 0); if (!p) return 0; bpf_obj_drop_impl(p, 0);)
PROG(reject_node_ref_untested, struct item *p = v->node; if (!p) return 0;
     p = bpf_refcount_acquire_impl(p, 0); bpf_obj_drop_impl(p, 0);)
PROG(accept_node_put, struct item *p = NEW(struct item); if (!p) return 0;
     p = bpf_kptr_xchg(&v->node, p); if (p) bpf_obj_drop_impl(p, 0);)
PROG(accept_pc_put, struct plain PERCPU *p = NEW_PERCPU(struct plain); if (!p) return 0;
     p = bpf_kptr_xchg(&v->pc, p); if (p) bpf_percpu_obj_drop_impl((void *)p, 0);)
PROG(accept_pc_put_use, struct plain PERCPU *p = NEW_PERCPU(struct plain), *o; struct plain * q;
     if (!p) return 0; o = bpf_kptr_xchg(&v->pc, p); if (o) bpf_percpu_obj_drop_impl((void *)o, 0);
     q = bpf_this_cpu_ptr(p); q->a = 1;)
PROG(reject_pc_new_use, struct plain PERCPU *p = NEW_PERCPU(struct plain); struct plain * q;
     if (!p) return 0; q = bpf_this_cpu_ptr(p); q->a = 1; bpf_percpu_obj_drop_impl((void *)p, 0);)
PROG(accept_pc_load, struct plain PERCPU *p = (void *)v->pc; struct plain * q; if (!p) return 0;
     q = bpf_this_cpu_ptr(p); q->a = 1; return q->b;)
PROG(accept_pc_load_per, struct plain PERCPU *p = (void *)v->pc; struct plain * q; if (!p) return 0;
     q = bpf_per_cpu_ptr(p, 1); if (!q) return 0; return q->b;)
PROG(reject_pc_load_direct, struct plain *p = (void *)v->pc; if (!p) return 0;
     return *(volatile long *)&p->a;)
SLEEPS(reject_s_pc_load, struct plain PERCPU *p = (void *)v->pc; struct plain * q; if (!p) return 0;
       q = bpf_this_cpu_ptr(p); q->a = 1; return q->b;)
PROG(
	accept_holder_stash, struct holder *ho = NEW(struct holder); struct plain * p;
	if (!ho) return 0; p = NEW(struct plain); if (!p) {
		bpf_obj_drop_impl(ho, 0);
		return 0;
	} p = bpf_kptr_xchg(&ho->p, p);
	if (p) bpf_obj_drop_impl(p, 0); bpf_obj_drop_impl(ho, 0);)
PROG(reject_holder_direct, struct holder *ho = NEW(struct holder); if (!ho) return 0;
     long x = *(volatile long *)&ho->p; bpf_obj_drop_impl(ho, 0); return x;)
PROG(reject_holder_loaded, struct holder *ho = v->holder; struct plain * p; if (!ho) return 0;
     p = bpf_kptr_xchg(&ho->p, 0); if (p) bpf_obj_drop_impl(p, 0);)
PROG(accept_holder_y, struct holder *ho = v->holder; if (!ho) return 0; ho->y = 4;)
PROG(accept_two_loads, struct task_struct *a = v->ref, *b = v->ref; if (!a) return 0;
     return b->pid;)
USER(accept_uptr_load, struct page_of_user *g = s->u; if (!g) return 0; g->a[1] = 3;
     return g->a[0];)
USER(reject_uptr_load_beyond, struct page_of_user *g = s->u; if (!g) return 0; return g->a[4];)
USER(reject_uptr_store, s->u = 0;)
USER(reject_uptr_xchg, bpf_kptr_xchg(&s->u, 0);)
ARRAY(reject_first, *(volatile __u64 *)&e->one[0].t = flags;)
ARRAY(reject_second, *(volatile __u64 *)&e->one[1].t = flags;)
ARRAY(reject_nested, *(volatile __u64 *)&e->two[1][0].t = flags;)
ARRAY(reject_last, *(volatile __u64 *)&e->two[1][1].t = flags;)
ARRAY(accept_between, e->two[1][1].x = flags;)
ARRAY(accept_xchg_nested, struct task_struct *t = bpf_kptr_xchg(&e->two[0][1].t, 0);
      if (t) bpf_task_release(t);)
PROG(accept_pc_deep, PERCPU_OF(depth_3))
PROG(reject_pc_deeper, PERCPU_OF(depth_4))
PROG(reject_pc_pointer, PERCPU_OF(has_pointer))
PROG(reject_pc_structs, PERCPU_OF(has_pairs))
PROG(reject_pc_rows, PERCPU_OF(has_rows))
