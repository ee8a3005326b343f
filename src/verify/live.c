/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which registers and stack bytes may still be read?  Backward over the graph until nothing
 * changes; where stack pointers go is found by a forward pass first (live_frame.c).
 */
#include "verify/live.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "verify/live_frame.h"

enum {
	CALL_ARGS = 0x3e
};

static uint16_t registers_read(const struct cfg *cfg, uint32_t at, live_args_fn n_args, void *arg)
{
	struct isa_regs rw = isa_regs_of(&cfg->insns[at], cfg->op[at]);

	if (cfg->op[at] == ISA_CALL || cfg->op[at] == ISA_CALL_KFUNC)
		return (uint16_t)((2U << n_args(arg, at)) - 2);
	if (cfg->op[at] == ISA_CALL_SUB || cfg->op[at] == ISA_CALLX)
		return rw.reads | CALL_ARGS;
	return rw.reads;
}

static bool regs_step(struct live *live, const struct cfg *cfg, uint32_t at, uint16_t reads)
{
	struct isa_regs rw = isa_regs_of(&cfg->insns[at], cfg->op[at]);
	uint32_t succ[2], n = cfg_successors(cfg, at, succ), i;
	unsigned int after = 0, before;

	for (i = 0; i < n; i++)
		after |= live->regs[succ[i]];
	before = reads | (after & ~(unsigned int)rw.writes);
	if (before == live->regs[at])
		return false;
	live->regs[at] = (uint16_t)before;
	return true;
}

static bool stack_step(struct live *live, const struct cfg *cfg, uint32_t at,
		       const struct live_effect *effect)
{
	uint32_t succ[2], n = cfg_successors(cfg, at, succ), i, w;
	struct live_stack after = { { 0, 0 } };
	bool changed = false;

	for (i = 0; i < n; i++) {
		after.w[0] |= live->stack[succ[i]].w[0];
		after.w[1] |= live->stack[succ[i]].w[1];
	}
	for (w = 0; w < 2; w++) {
		uint64_t before = effect->reads.w[w] | (after.w[w] & ~effect->writes.w[w]);

		changed |= before != live->stack[at].w[w];
		live->stack[at].w[w] = before;
	}
	return changed;
}

/* The postorder has successors first, so that without loops one round settles all. */
static void solve(struct live *live, const struct cfg *cfg, const struct live_effect *effects,
		  live_args_fn n_args, void *arg)
{
	bool changed = true;
	uint32_t k, at;

	while (changed) {
		changed = false;
		for (k = 0; k < cfg->n_postorder; k++) {
			at = cfg->postorder[k];
			changed |= regs_step(live, cfg, at, registers_read(cfg, at, n_args, arg));
			changed |= stack_step(live, cfg, at, &effects[at]);
		}
		changed &= cfg->has_loop;
	}
}

int live_build(struct live *live, const struct cfg *cfg, live_args_fn n_args, void *arg,
	       struct arena *arena)
{
	struct live_effect *effects = mem_array(cfg->n, sizeof(*effects));
	int r = -ENOMEM;

	live->regs = arena_alloc(arena, cfg->n * sizeof(*live->regs));
	live->stack = arena_alloc(arena, cfg->n * sizeof(*live->stack));
	if (effects && live->regs && live->stack)
		r = live_frame_effects(cfg, n_args, arg, effects);
	if (!r)
		solve(live, cfg, effects, n_args, arg);
	mem_free(effects);
	return r;
}
