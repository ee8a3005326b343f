/* SPDX-License-Identifier: BSD-2-Clause */
/* How does a program run: what is put down for it, on which engine, on whose slot? */
#include "run/prog.h"

#include <errno.h>

#include "base/os.h"
#include "run/keep.h"
#include "run/rt.h"
#include "run/slot.h"

enum {
	FUEL = 1 << 23
}; /* the kernel's budget of may_goto */

static inline void put_context(const struct prog *p, void *ctx, struct run *run)
{
	run->ctx = ctx;
	run->packet = p->takes_packet ? ctx : NULL;
}

static inline void prepare(const struct prog *p, void *ctx, struct run *run)
{
	struct ring3 *rt = p->rt;

	run->prog = p;
	run->rt = rt;
	run->env = &rt->env;
	put_context(p, ctx, run);
}

static uint64_t run_on(const struct prog *p, void *ctx, struct run *run, bool interpret)
{
	const struct jit_image *image = prog_image(p);

	return image && !interpret ? image->entry(ctx, run) : interp_run(&p->code, ctx, run);
}

static uint64_t run_counted(const struct prog *p, void *ctx, struct run *run, bool interpret)
{
	uint64_t begin, r0;

	prepare(p, ctx, run);
	if (!run->fuel)
		run->fuel = FUEL;
	if (!__atomic_load_n(&p->rt->registry->stats_enabled, __ATOMIC_RELAXED))
		return run_on(p, ctx, run, interpret);
	begin = os_now_ns();
	r0 = run_on(p, ctx, run, interpret);
	__atomic_add_fetch(&p->count->run_ns, os_now_ns() - begin, __ATOMIC_RELAXED);
	__atomic_add_fetch(&p->count->run_cnt, 1, __ATOMIC_RELAXED);
	return r0;
}

uint64_t prog_run(const struct prog *p, void *ctx, struct run *run)
{
	return run_counted(p, ctx, run, false);
}

/* What is the same for all runs is put down once; what a tail call changes, for each. */
uint64_t prog_run_times(const struct prog *p, void *ctx, struct run *run, uint32_t times)
{
	const uint32_t *stats = &p->rt->registry->stats_enabled;
	uint64_t r0 = 0;

	prepare(p, ctx, run);
	for (uint32_t i = 0; i < times; i++) {
		const struct jit_image *image = prog_image(p);

		run->tail_calls = 0;
		run->fuel = FUEL;
		run->prog = p;
		r0 = image && !__atomic_load_n(stats, __ATOMIC_RELAXED)
			     ? image->entry(ctx, run)
			     : run_counted(p, ctx, run, false);
	}
	return r0;
}

uint64_t prog_interpret(const struct prog *p, void *ctx, struct run *run)
{
	return run_counted(p, ctx, run, true);
}

static uint32_t any_slot(struct ring3 *rt)
{
	uint32_t slot = slot_enter(rt->registry);

	/* What is given back may be somebody else's before it is this thread's. */
	while (slot == SLOT_NONE && !slot_is_inside() && keep_take_back(rt->registry, rt->tag))
		slot = slot_enter(rt->registry);
	return slot;
}

/* On whichever slot is free. */
static int __attribute__((noinline)) run_on_any(struct prog *p, void *ctx, uint64_t *ret_r0)
{
	struct run run;

	/* Field by field: what nobody reads before it is written is most of it. */
	run.cookie = 0;
	run.tail_calls = 0;
	run.fuel = FUEL;
	run.func_ip = 0;
	run.regs = NULL;
	run.engine = NULL;
	run.invoke = NULL;
	run.overridden = false;
	run.n_rings = 0;
	run.slot = any_slot(p->rt);
	if (run.slot == SLOT_NONE) {
		__atomic_add_fetch(&p->count->missed, 1, __ATOMIC_RELAXED);
		return -EBUSY;
	}
	*ret_r0 = prog_run(p, ctx, &run);
	slot_leave(p->rt->registry, run.slot);
	return 0;
}

/* What a run may have changed, beside what prepare() puts down. */
static void renew(struct run *run)
{
	run->fuel = FUEL;
	run->tail_calls = 0;
	run->n_rings = 0;
	run->overridden = run->pad = false;
}

/* Outside the common case: no machine code, or runs are counted. */
static int __attribute__((noinline))
run_otherwise(const struct prog *p, void *ctx, uint64_t *ret_r0, struct keep *k)
{
	*ret_r0 = run_counted(p, ctx, &k->run, false);
	keep_leave(k);
	return 0;
}

static inline __attribute__((always_inline)) int run_kept(const struct prog *p, void *ctx,
							  uint64_t *ret_r0, struct keep *k)
{
	const struct jit_image *image = prog_image(p);
	struct run *run = &k->run;

	renew(run);
	if (__builtin_expect(!image || __atomic_load_n(p->has_stats, __ATOMIC_RELAXED), 0))
		return run_otherwise(p, ctx, ret_r0, k);
	/* A keep is of one runtime, so there is more to change only with the program. */
	if (__builtin_expect(run->prog != p, 0))
		prepare(p, ctx, run);
	put_context(p, ctx, run);
	*ret_r0 = image->entry(ctx, run);
	keep_leave(k);
	return 0;
}

static int __attribute__((noinline)) run_asking(struct prog *p, void *ctx, uint64_t *ret_r0)
{
	struct keep *k = keep_ask(p->rt->registry, p->rt->tag);

	return k ? run_kept(p, ctx, ret_r0, k) : run_on_any(p, ctx, ret_r0);
}

/* What is not common is called last, so that the common case saves few registers. */
int prog_run_once(struct prog *p, void *ctx, uint64_t *ret_r0)
{
	struct keep *k;

	if (__builtin_expect(!keep_enter(p->slot_tag, &k), 0))
		return run_asking(p, ctx, ret_r0);
	return run_kept(p, ctx, ret_r0, k);
}
