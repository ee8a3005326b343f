/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hit path: no lock, no locked instruction for a thread that keeps a slot, no system call (but
 * for a thread's first hit), no allocation, no vector register.  The thread's gate is shut
 * meanwhile: a hit inside a hit is counted as missed, and who detaches waits for it.  Its stores
 * need no fence, since who waits brings one (thread_quiesce).
 */
#include "hook/dispatch.h"

#include <asm/ptrace.h>

#include "base/order.h"
#include "base/os.h"
#include "hook/thread.h"
#include "map/sync.h"
#include "run/link.h"
#include "run/prog.h"
#include "run/rt.h"
#include "run/slot.h"

enum {
	USER_CS = 0x33,
	USER_SS = 0x2b,
	ASK_AGAIN = 256, /* runs until a thread asks again for a slot to keep */
};

static void barrier(void)
{
	__asm__ volatile("" ::: "memory");
}

static void count_missed(const struct hook_entry *e, uint32_t n)
{
	for (; n; n--, e++)
		if (e->missed)
			__atomic_fetch_add(e->missed, 1, __ATOMIC_RELAXED);
}

/* Nobody else counts on this slot. */
static void count_hit(const struct hook_entry *e, uint32_t slot)
{
	if (slot < e->n_hits)
		__atomic_store_n(&e->hits[slot].n, e->hits[slot].n + 1, __ATOMIC_RELAXED);
}

static bool is_set(const uint32_t *word)
{
	return __builtin_expect(__atomic_load_n(word, __ATOMIC_RELAXED), 0);
}

static uint64_t run_plain(const struct prog *prog, void *ctx, struct run *run)
{
	const struct jit_image *image = prog_image(prog);

	return image ? image->entry(ctx, run) : interp_run(&prog->code, ctx, run);
}

/* While somebody holds BPF_ENABLE_STATS. */
static uint64_t run_timed(const struct prog *prog, void *ctx, struct run *run)
{
	uint64_t begin = os_now_ns(), ret;

	ret = run_plain(prog, ctx, run);
	__atomic_fetch_add(&prog->count->run_ns, os_now_ns() - begin, __ATOMIC_RELAXED);
	__atomic_fetch_add(&prog->count->run_cnt, 1, __ATOMIC_RELAXED);
	return ret;
}

/* What a run begins with. */
static inline __attribute__((always_inline)) void prepare(struct run *run,
							  const struct hook_entry *e,
							  const struct prog *prog, void *ctx,
							  struct pt_regs *regs, uint32_t slot)
{
	run->prog = prog;
	run->rt = prog->rt;
	run->ctx = ctx;
	run->slot = slot;
	run->tail_calls = 0;
	run->fuel = HOOK_FUEL;
	run->cookie = e->cookie;
	run->func_ip = e->ip;
	run->regs = regs;
	run->packet = NULL;
	run->env = &prog->rt->env;
	run->overridden = false;
	run->n_rings = 0;
}

static uint64_t run_one(const struct hook_entry *e, void *ctx, struct pt_regs *regs, uint32_t slot)
{
	const struct prog *prog = __atomic_load_n(&e->prog, __ATOMIC_ACQUIRE);
	struct run run;
	uint64_t ret;

	if (!prog)
		return 0;

	prepare(&run, e, prog, ctx, regs, slot);
	if (e->registry && is_set(&e->registry->stats_enabled))
		ret = run_timed(prog, ctx, &run);
	else
		ret = run_plain(prog, ctx, &run);
	count_hit(e, slot);
	return ret;
}

/* As the caller has it. */
static void run_leaving(const struct hook_entry *e, struct pt_regs *regs, uint32_t slot)
{
	uint64_t rip = regs->rip, rsp = regs->rsp;

	regs->rip = *(const uint64_t *)(uintptr_t)rsp;
	regs->rsp = rsp + sizeof(uint64_t);
	run_one(e, regs, regs, slot);
	regs->rip = rip;
	regs->rsp = rsp;
}

static bool keeps(const struct hook_thread *t, uint32_t tag)
{
	return t->gate->idle == tag;
}

/* A slot that nobody else uses until leave(), SLOT_NONE: there is none. */
static uint32_t enter(struct hook_thread *t, const struct hook_entry *e)
{
	struct slot_gate *gate = t->gate;
	uint32_t slot = SLOT_NONE;

	if (!e->registry)
		return 0;
	t->held = sync_held();
	t->registry = e->registry;
	barrier();
	if (keeps(t, e->tag))
		return gate->slot;
	if (gate->idle == SLOT_OPEN && t->may_keep && t->in_vain++ % ASK_AGAIN == 0) {
		t->kept_of = e->registry;
		slot = slot_keep(e->registry, gate, e->tag);
		t->page->run.slot = slot;
		t->page->line = slot * sizeof(struct link_count);
	}
	return slot == SLOT_NONE ? slot_enter(e->registry) : slot;
}

static void leave(struct hook_thread *t, const struct hook_entry *e, uint32_t slot)
{
	if (slot != SLOT_NONE && e->registry && !keeps(t, e->tag))
		slot_leave(e->registry, slot);
	barrier();
	t->registry = NULL;
}

/* Consecutive programs of one runtime share a slot. */
static void run_all(struct hook_thread *t, const struct hook_entry *e, uint32_t n,
		    struct pt_regs *regs)
{
	const struct hook_entry *end = e + n;

	regs->orig_rax = (unsigned long)-1;
	regs->cs = USER_CS;
	regs->ss = USER_SS;
	while (e < end) {
		const struct hook_entry *first = e;
		uint32_t slot = enter(t, e);

		for (; e < end && e->registry == first->registry && e->tag == first->tag; e++) {
			if (slot == SLOT_NONE)
				count_missed(e, 1);
			else if (e->leaves)
				run_leaving(e, regs, slot);
			else
				run_one(e, regs, regs, slot);
		}
		leave(t, first, slot);
	}
}

bool hook_run(struct hook_thread *t, const struct hook_entry *e, void *ctx, struct pt_regs *regs,
	      uint64_t *ret_r0)
{
	uint32_t slot = enter(t, e);

	if (slot == SLOT_NONE)
		count_missed(e, 1);
	else
		*ret_r0 = run_one(e, ctx, regs, slot);
	leave(t, e, slot);
	return slot != SLOT_NONE;
}

/* As run_one(), of a program in machine code that is not timed: others have no lean way. */
void hook_run_kept(struct pt_regs *regs, const struct hook_entry *e, const struct slot_gate *gate)
{
	struct hook_thread *t = hook_self;
	const struct prog *prog;
	struct run run;

	ORDER_AFTER(e);
	prog = __atomic_load_n(&e->prog, __ATOMIC_ACQUIRE);
	if (!prog)
		return;
	t->held = sync_held();
	t->registry = e->registry;
	barrier();
	count_hit(e, gate->slot);
	prepare(&run, e, prog, regs, regs, gate->slot);
	prog_image(prog)->entry(regs, &run);
	ORDER_BEFORE(e);
	barrier();
	t->registry = NULL;
}

bool hook_push(uint64_t slot, struct hook_site *site)
{
	const struct hook_list *list = __atomic_load_n(&site->list, __ATOMIC_ACQUIRE);

	if (thread_push_return(hook_self, slot, site))
		return true;
	/* Whoever takes the last program away waits for this thread with the list gone already. */
	if (list)
		count_missed(list->entries + list->n_enter, list->n_leave);
	return false;
}

/* This thread is inside a program, so the list cannot go away under us. */
static void miss_all(const struct hook_site *site)
{
	const struct hook_list *list = __atomic_load_n(&site->list, __ATOMIC_ACQUIRE);

	if (list)
		count_missed(list->entries, list->n_enter + list->n_leave);
}

/* Only this thread writes, who waits for it reads. */
bool hook_go_in(struct hook_thread *t)
{
	struct slot_gate *gate = t->gate;

	/* Of a child that was forked behind our back: its thread's id is not known. */
	if (__builtin_expect(!gate->there, 0)) {
		thread_revive(t);
		t->may_keep = false;
	}
	if (gate->gate == SLOT_INSIDE || gate->gate == SLOT_SHUT)
		return false;
	__atomic_store_n(&gate->gate, SLOT_INSIDE, __ATOMIC_RELEASE);
	barrier();
	return true;
}

void hook_come_out(struct hook_thread *t)
{
	struct slot_gate *gate = t->gate;

	barrier();
	__atomic_store_n(&gate->left, gate->left + 1, __ATOMIC_RELEASE);
	__atomic_store_n(&gate->gate, gate->idle, __ATOMIC_RELEASE);
}

bool hook_is_ignored(const struct hook_thread *t)
{
	return t->gate->gate == SLOT_SHUT;
}

uint64_t hook_enter(struct pt_regs *regs, struct hook_site *site)
{
	void (*always)(void) = __atomic_load_n(&site->always, __ATOMIC_ACQUIRE);
	struct hook_thread *t;
	const struct hook_list *list;
	uint64_t moved = 0;

	if (__builtin_expect(always != NULL, 0))
		always();
	t = hook_self;
	if (!t) {
		t = thread_self();
		if (!t)
			return 0;
	}
	if (!hook_go_in(t)) {
		if (!hook_is_ignored(t))
			miss_all(site);
		return 0;
	}
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
	hook_come_out(t);
	return moved;
}

void hook_abandon_run(void)
{
	struct hook_thread *t = hook_self;

	if (!t || !t->gate->there || t->gate->gate != SLOT_INSIDE)
		return;
	if (t->registry && t->gate->idle != SLOT_OPEN && t->kept_of == t->registry)
		sync_abandon(t->held);
	else if (t->registry)
		slot_abandon(t->registry);
	t->registry = NULL;
	hook_come_out(t);
}

uint64_t hook_leave(struct pt_regs *regs)
{
	struct hook_thread *t = thread_self();
	struct hook_return *r;
	const struct hook_list *list;
	uint64_t slot = (uint64_t)(uintptr_t)(regs + 1), ret;
	bool alone;

	/* It had one when it left; in a forked child it has the same. */
	if (!t)
		__builtin_trap();
	alone = hook_go_in(t);
	r = thread_find_return(t, slot);
	if (!r)
		__builtin_trap();
	ret = r->ret;
	regs->rsp = slot + 8;
	regs->rip = r->final;
	list = __atomic_load_n(&r->site->list, __ATOMIC_ACQUIRE);
	if (list && !alone && !hook_is_ignored(t))
		count_missed(list->entries + list->n_enter, list->n_leave);
	else if (list && alone)
		run_all(t, list->entries + list->n_enter, list->n_leave, regs);
	thread_pop_return(t, r);
	if (alone)
		hook_come_out(t);
	return ret;
}
