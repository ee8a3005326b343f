/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hit path: no lock, no system call (but for a thread's first hit), no allocation, no vector
 * register.  The thread's epoch is odd meanwhile: a hit inside a hit is counted as missed, and who
 * detaches waits for it.  Its stores need no fence, since who waits brings one (thread_quiesce).
 */
#include "hook/dispatch.h"

#include <asm/ptrace.h>

#include "base/os.h"
#include "hook/thread.h"
#include "run/prog.h"
#include "run/rt.h"
#include "run/slot.h"

enum {
	USER_CS = 0x33,
	USER_SS = 0x2b,
	MAY_GOTO_BUDGET = 8 << 20,
};

static void barrier(void)
{
	__asm__ volatile("" ::: "memory");
}

static void count(uint64_t *counter)
{
	if (counter)
		__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static void count_missed(const struct hook_entry *e, uint32_t n)
{
	for (; n; n--, e++)
		count(e->missed);
}

static bool is_set(const uint32_t *word)
{
	return __builtin_expect(__atomic_load_n(word, __ATOMIC_RELAXED), 0);
}

static void run_plain(const struct prog *prog, struct pt_regs *regs, struct run *run)
{
	const struct jit_image *image = prog_image(prog);

	if (image)
		image->entry(regs, run);
	else
		interp_run(&prog->code, regs, run);
}

/* While somebody holds BPF_ENABLE_STATS. */
static void run_timed(const struct prog *prog, struct pt_regs *regs, struct run *run)
{
	uint64_t begin = os_now_ns();

	run_plain(prog, regs, run);
	__atomic_fetch_add(&prog->count->run_ns, os_now_ns() - begin, __ATOMIC_RELAXED);
	__atomic_fetch_add(&prog->count->run_cnt, 1, __ATOMIC_RELAXED);
}

static void run_one(const struct hook_entry *e, struct pt_regs *regs, uint32_t slot)
{
	const struct prog *prog = __atomic_load_n(&e->prog, __ATOMIC_ACQUIRE);
	struct run run;

	if (!prog)
		return;

	run.prog = prog;
	run.rt = prog->rt;
	run.ctx = regs;
	run.slot = slot;
	run.tail_calls = 0;
	run.fuel = MAY_GOTO_BUDGET;
	run.cookie = e->cookie;
	run.func_ip = e->ip;
	run.regs = regs;
	run.packet = NULL;
	run.env = &prog->rt->env;
	run.overridden = false;
	run.n_rings = 0;
	if (e->registry && is_set(&e->registry->stats_enabled))
		run_timed(prog, regs, &run);
	else
		run_plain(prog, regs, &run);
	count(e->hits);
}

/* Consecutive programs of one runtime share a slot.  t->registry: for hook_abandon_run(). */
static void run_all(struct hook_thread *t, const struct hook_entry *e, uint32_t n,
		    struct pt_regs *regs)
{
	const struct hook_entry *end = e + n;

	regs->orig_rax = (unsigned long)-1;
	regs->cs = USER_CS;
	regs->ss = USER_SS;
	while (e < end) {
		struct store_registry *registry = e->registry;
		uint32_t slot = 0;

		t->registry = registry;
		barrier();
		if (registry)
			slot = slot_enter(registry);
		for (; e < end && e->registry == registry; e++) {
			if (slot == SLOT_NONE)
				count(e->missed);
			else
				run_one(e, regs, slot);
		}
		if (registry && slot != SLOT_NONE)
			slot_leave(registry, slot);
		barrier();
		t->registry = NULL;
	}
}

/* This thread is inside a program, so the list cannot go away under us. */
static void miss_all(const struct hook_site *site)
{
	const struct hook_list *list = __atomic_load_n(&site->list, __ATOMIC_ACQUIRE);

	if (list)
		count_missed(list->entries, list->n_enter + list->n_leave);
}

/* In or out: only this thread writes, who waits for it reads. */
static void turn(struct hook_thread *t)
{
	__atomic_store_n(&t->epoch, t->epoch + 1, __ATOMIC_RELEASE);
}

uint64_t hook_enter(struct pt_regs *regs, struct hook_site *site)
{
	struct hook_thread *t = hook_self;
	const struct hook_list *list;
	uint64_t moved = 0;

	if (!t) {
		t = thread_self();
		if (!t)
			return 0;
	}
	if (t->epoch & 1) {
		if (!t->ignored)
			miss_all(site);
		return 0;
	}
	turn(t);
	barrier();
	list = __atomic_load_n(&site->list, __ATOMIC_ACQUIRE);
	if (list) {
		regs->rip = list->entries[0].ip;
		run_all(t, list->entries, list->n_enter, regs);
		if (list->n_leave) {
			moved = thread_push_return(t, regs->rsp, site);
			if (!moved)
				count_missed(list->entries + list->n_enter, list->n_leave);
		}
	}
	barrier();
	turn(t);
	return moved;
}

void hook_abandon_run(void)
{
	struct hook_thread *t = hook_self;

	if (!t || t->ignored || !(t->epoch & 1))
		return;
	if (t->registry)
		slot_abandon(t->registry);
	t->registry = NULL;
	barrier();
	turn(t);
}

uint64_t hook_leave(struct pt_regs *regs)
{
	struct hook_thread *t = thread_self();
	struct hook_return *r;
	const struct hook_list *list;
	uint64_t slot = (uint64_t)(uintptr_t)(regs + 1), ret;
	bool nested;

	/* It had one when it left; in a forked child it has the same. */
	if (!t)
		__builtin_trap();
	nested = t->epoch & 1;

	if (!nested)
		turn(t);
	barrier();
	r = thread_find_return(t, slot);
	if (!r)
		__builtin_trap();
	ret = r->ret;
	regs->rsp = slot + 8;
	regs->rip = r->final;
	list = __atomic_load_n(&r->site->list, __ATOMIC_ACQUIRE);
	if (list && nested && !t->ignored)
		count_missed(list->entries + list->n_enter, list->n_leave);
	else if (list && !nested)
		run_all(t, list->entries + list->n_enter, list->n_leave, regs);
	thread_pop_return(t, r);
	barrier();
	if (!nested)
		turn(t);
	return ret;
}
