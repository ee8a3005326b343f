/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may callbacks do that run later: those of timers, which may not sleep whatever set them may,
 * and those of work queues and task work, which may; and which functions may be called with a lock
 * held?  named_test.sh
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define PROG(name)                 SEC("tc") int name(void *ctx)
#define SLEEPS(name)               SEC("syscall") int name(void *ctx)
#define RUN_LATER(queue, callback) bpf_wq_set_callback_impl(queue, callback, 0, (void *)0)

char _license[] SEC("license") = "GPL";

struct task_struct {
	int pid;
	struct task_struct *real_parent;
} __attribute__((preserve_access_index));
struct bpf_map {
	__u32 max_entries;
} __attribute__((preserve_access_index));
struct bpf_wq {
	__u64 opaque[2];
} __attribute__((aligned(8)));
struct bpf_task_work {
	__u64 opaque;
} __attribute__((aligned(8)));
struct bpf_res_spin_lock {
	__u32 val;
} __attribute__((aligned(4)));
struct bpf_iter_num {
	__u64 opaque;
} __attribute__((aligned(8)));

int bpf_wq_set_callback_impl(struct bpf_wq *queue, int (*f)(void *, int *, void *),
			     unsigned int flags, void *aux) __ksym;
int bpf_task_work_schedule_signal_impl(struct task_struct *task, struct bpf_task_work *work,
				       void *map, int (*f)(struct bpf_map *, void *, void *),
				       void *aux) __ksym;
int bpf_copy_from_user_str(void *to, __u32 size, const void *from, __u64 flags) __ksym;
int bpf_copy_from_user_task_str(void *to, __u32 size, const void *from, struct task_struct *task,
				__u64 flags) __ksym;
struct task_struct *bpf_task_acquire(struct task_struct *task) __ksym;
void bpf_task_release(struct task_struct *task) __ksym;
void bpf_rcu_read_lock(void) __ksym;
void bpf_rcu_read_unlock(void) __ksym;
int bpf_res_spin_lock(struct bpf_res_spin_lock *lock) __ksym;
void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock) __ksym;
int bpf_iter_num_new(struct bpf_iter_num *it, int from, int to) __ksym;
int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;

struct timed {
	struct bpf_timer timer;
	int runs;
};
struct queued {
	struct bpf_wq queue;
	struct bpf_task_work work;
	int runs;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct timed);
} timers SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct queued);
} queues SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct queued);
} works SEC(".maps");

int zero, sum;
const void *somewhere;
struct bpf_spin_lock plain SEC(".data.plain") __hidden;
struct bpf_res_spin_lock resilient SEC(".data.resilient") __hidden;

static int by_helper(void *map, int *key, void *value)
{
	char bytes[4];

	return bpf_copy_from_user(bytes, sizeof(bytes), somewhere) & 0;
}

static int by_function(void *map, int *key, void *value)
{
	char bytes[4];

	return bpf_copy_from_user_str(bytes, sizeof(bytes), somewhere, 0) & 0;
}

static int by_typed_function(void *map, int *key, void *value)
{
	char bytes[4];

	return bpf_copy_from_user_task_str(bytes, sizeof(bytes), somewhere,
					   bpf_get_current_task_btf(), 0) &
	       0;
}

__attribute__((noinline)) int copies(long from)
{
	char bytes[4];

	return bpf_copy_from_user(bytes, sizeof(bytes), (void *)from);
}

static int by_global(void *map, int *key, void *value)
{
	return copies((long)somewhere) & 0;
}

static int keep_parent(void *map, int *key, void *value)
{
	struct task_struct *task = bpf_get_current_task_btf();

	task = bpf_task_acquire(task->real_parent);
	if (task)
		bpf_task_release(task);
	return 0;
}

static int keep_parent_in_section(void *map, int *key, void *value)
{
	struct task_struct *task = bpf_get_current_task_btf();

	bpf_rcu_read_lock();
	task = task->real_parent ? bpf_task_acquire(task->real_parent) : 0;
	bpf_rcu_read_unlock();
	if (task)
		bpf_task_release(task);
	return 0;
}

static int any_number(struct bpf_map *map, void *key, void *value)
{
	struct queued *q = value;
	char bytes[4];

	bpf_copy_from_user(bytes, sizeof(bytes), somewhere);
	return q->runs & 3;
}

static __always_inline int on_timer(int (*f)(void *, int *, void *))
{
	struct timed *t = bpf_map_lookup_elem(&timers, &zero);

	return t ? bpf_timer_set_callback(&t->timer, f) : 0;
}

static __always_inline int on_queue(int (*f)(void *, int *, void *))
{
	struct queued *q = bpf_map_lookup_elem(&queues, &zero);

	return q ? RUN_LATER(&q->queue, f) : 0;
}

static __always_inline int on_task(struct task_struct *task, void *map)
{
	struct queued *q = bpf_map_lookup_elem(&works, &zero);

	return q ? bpf_task_work_schedule_signal_impl(task, &q->work, map, any_number, 0) : 0;
}

SLEEPS(reject_timer_sleeps_by_helper)
{
	return on_timer(by_helper);
}

SLEEPS(reject_timer_sleeps_by_function)
{
	return on_timer(by_function);
}

SLEEPS(reject_timer_sleeps_by_typed_function)
{
	return on_timer(by_typed_function);
}

SLEEPS(reject_timer_sleeps_by_global)
{
	return on_timer(by_global);
}

/* No read section can end while a timer's callback runs. */
SLEEPS(accept_timer_keeps_parent)
{
	return on_timer(keep_parent);
}

PROG(accept_queue_sleeps_by_helper)
{
	return on_queue(by_helper);
}

PROG(accept_queue_sleeps_by_function)
{
	return on_queue(by_function);
}

PROG(accept_queue_sleeps_by_typed_function)
{
	return on_queue(by_typed_function);
}

PROG(reject_queue_sleeps_by_global)
{
	return on_queue(by_global);
}

PROG(reject_queue_keeps_parent)
{
	return on_queue(keep_parent);
}

PROG(accept_queue_keeps_parent_in_section)
{
	return on_queue(keep_parent_in_section);
}

PROG(accept_task_work)
{
	return on_task(bpf_get_current_task_btf(), &works);
}

PROG(reject_task_work_of_another_map)
{
	return on_task(bpf_get_current_task_btf(), &queues);
}

PROG(reject_task_work_of_no_task)
{
	return on_task(0, &works);
}

PROG(reject_task_work_of_a_task_that_may_go)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return on_task(task->real_parent, &works);
}

static __always_inline void add_up(void)
{
	struct bpf_iter_num it;
	int *i;

	bpf_iter_num_new(&it, 0, 10);
	while ((i = bpf_iter_num_next(&it)))
		sum += *i;
	bpf_iter_num_destroy(&it);
}

PROG(accept_iterator_under_lock)
{
	bpf_spin_lock(&plain);
	add_up();
	bpf_spin_unlock(&plain);
	return 0;
}

PROG(accept_iterator_under_resilient_lock)
{
	if (bpf_res_spin_lock(&resilient))
		return 1;
	add_up();
	bpf_res_spin_unlock(&resilient);
	return 0;
}

PROG(reject_section_under_resilient_lock)
{
	if (bpf_res_spin_lock(&resilient))
		return 1;
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	bpf_res_spin_unlock(&resilient);
	return 0;
}

SEC("kprobe/ignored") int reject_resilient_lock_in_kprobe(void *ctx)
{
	if (bpf_res_spin_lock(&resilient))
		return 1;
	bpf_res_spin_unlock(&resilient);
	return 0;
}
