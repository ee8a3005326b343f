/* SPDX-License-Identifier: BSD-2-Clause */
/* How are thread records found, waited for and recycled? */
#include "hook/thread.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/os.h"
#include "hook/patch.h"
#include "hook/return_site.h"

enum {
	DEAD_PAUSES = 1000 /* for a thread that died inside, if it is that */
};

struct hook_thread *hook_threads;
uint32_t thread_home;
OWN_VAR struct hook_thread *own_hook_thread;
#ifdef RING3_GUEST
OWN_VAR struct slot_gate *own_hook_gate;
OWN_VAR uint64_t own_hook_key;

static int32_t own_off(const void *var)
{
	return (int32_t)((const char *)var - __start_ring3_own);
}

struct thread_way thread_way(void)
{
	return (struct thread_way){
		.by_gs = true,
		.gate = own_off(&own_hook_gate),
		.self = own_off(&own_hook_thread),
		.key = own_off(&own_hook_key),
		.id_at = own_off(&own_id_at),
		.id = own_off(&own_id),
		.arena_at = (int32_t)((uintptr_t)own_arena.blocks >> OWN_ARENA_BITS),
	};
}

/* A thread without FS base cannot be told from those that it makes. */
static void set_key(void)
{
	uint64_t fs;

	__asm__("rdfsbase %0" : "=r"(fs));
	OWN(own_hook_key) = fs ? fs + 1 : 0;
}
#else
/* Of threads that were not hit yet. */
static struct slot_gate nobody;
OWN_VAR struct slot_gate *own_hook_gate = &nobody;

struct thread_way thread_way(void)
{
	uintptr_t fs = (uintptr_t)__builtin_thread_pointer();
	uintptr_t gate = (uintptr_t)&own_hook_gate, self = (uintptr_t)&own_hook_thread;

	/* Whole: linkers do not know how to relax the load of half an offset. */
	__asm__("" : "+r"(gate), "+r"(self));
	return (struct thread_way){ .gate = (int32_t)(gate - fs), .self = (int32_t)(self - fs) };
}

static void set_key(void)
{
}
#endif

/* A process that only shares our memory is no thread of ours, but lives. */
static bool is_dead(uint32_t tid)
{
	long pid = os_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0);

	return os_syscall(SYS_tgkill, pid, (int)tid, 0, 0, 0, 0) == -ESRCH &&
	       os_syscall(SYS_tgkill, (int)tid, (int)tid, 0, 0, 0, 0) == -ESRCH;
}

static bool take(struct hook_thread *t, uint32_t old, uint32_t tid)
{
	if (!__atomic_compare_exchange_n(&t->tid, &old, tid, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED))
		return false;
	t->n_returns = 0;
	t->full = t->in_vain = 0;
	t->registry = NULL;
	slot_give_up(t->kept_of, t->gate);
	thread_revive(t);
	return true;
}

/* A record of nobody, of an earlier thread with our id, or of one that is dead.  How many are
 * asked about is bounded: the rest are other live threads. */
static struct hook_thread *recycle(uint32_t tid)
{
	struct hook_thread *t = __atomic_load_n(&hook_threads, __ATOMIC_ACQUIRE);
	int asked = 0;

	for (; t; t = t->next) {
		uint32_t owner = __atomic_load_n(&t->tid, __ATOMIC_ACQUIRE);

		if (owner != 0 && owner != tid && (asked++ >= 16 || !is_dead(owner)))
			continue;
		if (take(t, owner, tid))
			return t;
	}
	return NULL;
}

/* Where nobody tells us of fork(): the child's thread has its return addresses in the record that
 * its parent's thread had, whose place is its own now. */
static struct hook_thread *inherit(uint32_t tid)
{
	struct hook_thread *t = __atomic_load_n(&hook_threads, __ATOMIC_ACQUIRE);

	while (t && t->own != &hook_self)
		t = t->next;
	if (t) {
		t->tid = tid;
		thread_revive(t);
	}
	return t;
}

static bool is_astray(void)
{
	return thread_home && (uint32_t)os_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0) != thread_home;
}

/* Who waits for an earlier owner goes on. */
void thread_revive(struct hook_thread *t)
{
	struct slot_gate *gate = t->gate;

	gate->there = 1;
	gate->idle = SLOT_OPEN;
	__atomic_store_n(&gate->left, gate->left + 1, __ATOMIC_RELEASE);
	__atomic_store_n(&gate->gate, SLOT_OPEN, __ATOMIC_RELEASE);
}

void thread_ignore(struct hook_thread *t)
{
	slot_give_up(t->kept_of, t->gate);
	t->gate->idle = SLOT_SHUT;
	__atomic_store_n(&t->gate->gate, SLOT_SHUT, __ATOMIC_RELEASE);
}

/* A record, and behind it the page of its gate. */
static struct hook_thread *new_record(uint32_t tid)
{
	const long page = 4096, size = ((long)sizeof(struct hook_thread) + page - 1) & -page;
	long got = os_syscall(SYS_mmap, 0, size + page, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct hook_thread *t = (struct hook_thread *)got;

	if (got < 0 && got > -4096)
		return NULL;
	t->tid = tid;
	t->page = (struct thread_page *)(got + size);
	t->gate = &t->page->gate;
	t->may_keep = !os_syscall(SYS_madvise, got + size, page, MADV_WIPEONFORK, 0, 0, 0);
	t->keeper.gate = t->gate;
	thread_revive(t);
	t->next = __atomic_load_n(&hook_threads, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&hook_threads, &t->next, t, true, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED))
		;
	slot_add_keeper(&t->keeper);
	return t;
}

struct hook_thread *thread_self(void)
{
	struct hook_thread *t = hook_self;
	uint32_t tid;
	bool astray;

	if (t)
		return t;
	tid = (uint32_t)os_gettid();
	astray = is_astray();
	t = astray ? inherit(tid) : NULL;
	if (!t)
		t = recycle(tid);
	if (!t)
		t = new_record(tid);
	if (!t)
		return NULL;
	t->own = &hook_self;
	if (astray)
		thread_ignore(t);
	hook_self = t;
	OWN(own_hook_gate) = t->gate;
	set_key();
	return t;
}

void thread_quiesce(void)
{
	struct timespec pause = { .tv_nsec = 20000 };
	struct hook_thread *t;

	/* Pairs with the plain stores of the hit path: after it, a thread that looks outside will
	 * see what was unpublished before. */
	patch_sync();
	for (t = __atomic_load_n(&hook_threads, __ATOMIC_ACQUIRE); t; t = t->next) {
		uint32_t left = __atomic_load_n(&t->gate->left, __ATOMIC_ACQUIRE);
		uint32_t tid = __atomic_load_n(&t->tid, __ATOMIC_ACQUIRE);

		/* A thread may go on in the block of a dead one whose stack and FS base it has. */
		for (int dead = 0; t != hook_self && !slot_gate_passed(t->gate, left) &&
				   __atomic_load_n(&t->tid, __ATOMIC_ACQUIRE) == tid;) {
			if (is_dead(tid) && ++dead > DEAD_PAUSES)
				break;
			os_syscall(SYS_nanosleep, (long)&pause, 0, 0, 0, 0, 0);
		}
	}
}

void thread_release(uint32_t tag)
{
	struct hook_thread *t = __atomic_load_n(&hook_threads, __ATOMIC_ACQUIRE);

	for (; t; t = t->next) {
		if (__atomic_load_n(&t->gate->idle, __ATOMIC_ACQUIRE) == tag)
			slot_give_up(t->kept_of, t->gate);
	}
}

void thread_after_fork(void)
{
	for (struct hook_thread *t = hook_threads; t; t = t->next) {
		/* A slot that it kept is the parent's thread's. */
		thread_revive(t);
		t->tid = t == hook_self ? (uint32_t)os_gettid() : 0;
	}
}

/* Does the stack still hold a return site there?  The stack may be gone. */
static bool still_there(uint64_t slot)
{
	uint64_t now = 0;
	struct iovec local = { .iov_base = &now, .iov_len = sizeof(now) };
	struct iovec remote = { .iov_base = (void *)(uintptr_t)slot, .iov_len = sizeof(now) };
	long pid = os_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0);

	os_syscall(SYS_process_vm_readv, pid, (long)&local, 1, (long)&remote, 1, 0);
	return now == (uint64_t)(uintptr_t)return_site;
}

/* Below an entry for the slot that is no link of a chain, others are of frames that were left. */
static bool is_covered(const struct hook_thread *t, uint32_t from, uint64_t slot)
{
	for (uint32_t i = from; i < HOOK_MAX_RETURNS; i++)
		if (t->returns[i].slot == slot)
			return t->returns[i].ret != (uint64_t)(uintptr_t)return_site;
	return false;
}

/* The table is full of frames that were left by longjmp, or by a stack that went away. */
static void sweep(struct hook_thread *t)
{
	uint32_t first = HOOK_MAX_RETURNS;

	for (uint32_t i = HOOK_MAX_RETURNS; i-- > 0;) {
		struct hook_return r = t->returns[i];

		if (r.slot && !is_covered(t, first, r.slot) && still_there(r.slot))
			t->returns[--first] = r;
	}
	t->n_returns = 0;
	while (first < HOOK_MAX_RETURNS)
		t->returns[t->n_returns++] = t->returns[first++];
	for (uint32_t i = 0; i < 1 << HOOK_HINT_BITS; i++)
		t->hints[i] = UINT16_MAX;
}

/* Where the last entry for a slot with this hash was put. */
static uint16_t *hint_of(struct hook_thread *t, uint64_t slot)
{
	return &t->hints[(slot >> 3) * 0x9e3779b97f4a7c15ull >> (64 - HOOK_HINT_BITS)];
}

/* An entry for the slot, on top unless the hint tells of one: a frame that was left by longjmp or
 * an exception, whose slot is used anew.  Of several the topmost is the one that a return finds;
 * the hint may be of another, since machine code (tramp_lean.c) adds entries without it. */
static struct hook_return *new_entry(struct hook_thread *t, uint64_t slot, bool chained)
{
	uint16_t *hint = hint_of(t, slot);

	if (!chained && *hint < t->n_returns && t->returns[*hint].slot == slot)
		return thread_find_return(t, slot);
	/* Deep recursion is no reason to look at all entries at each call. */
	if (t->n_returns < HOOK_MAX_RETURNS / 2)
		t->full = 0;
	if (t->n_returns == HOOK_MAX_RETURNS && t->full++ % HOOK_MAX_RETURNS == 0)
		sweep(t);
	if (t->n_returns == HOOK_MAX_RETURNS)
		return NULL;
	*hint = (uint16_t)t->n_returns;
	return &t->returns[t->n_returns++];
}

bool thread_push_return(struct hook_thread *t, uint64_t slot, struct hook_site *site)
{
	uint64_t ret = *(uint64_t *)(uintptr_t)slot, final = ret;
	bool chained = ret == (uint64_t)(uintptr_t)return_site;
	struct hook_return *r;

	if (chained) {
		r = thread_find_return(t, slot);
		if (!r)
			return false;
		final = r->final;
	}
	r = new_entry(t, slot, chained);
	if (!r)
		return false;
	r->ret = ret;
	r->final = final;
	r->site = site;
	r->slot = slot;
	return true;
}

struct hook_return *thread_find_return(struct hook_thread *t, uint64_t slot)
{
	for (uint32_t i = t->n_returns; i > 0; i--) {
		if (t->returns[i - 1].slot == slot)
			return &t->returns[i - 1];
	}
	return NULL;
}

void thread_pop_return(struct hook_thread *t, struct hook_return *r)
{
	uint32_t n = t->n_returns;

	/* Whose place of the stack it was last stays known of the topmost (tramp_lean.c). */
	if (r == &t->returns[n - 1])
		n--;
	else
		r->slot = 0;
	while (n && !t->returns[n - 1].slot)
		n--;
	t->n_returns = n;
}
