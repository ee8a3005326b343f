/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which registers and stack bytes may still be read?  Backward over the graph until nothing
 * changes; where stack pointers go is found by a forward pass first (live_frame.c).
 */
#include "verify/live.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "verify/live_frame.h"

/* Arguments that the call at `at` reads. */
static uint16_t call_reads(const struct cfg *cfg, uint32_t at, live_args_fn n_args, void *arg)
{
	if (cfg->op[at] == ISA_CALL || cfg->op[at] == ISA_CALL_KFUNC)
		return (uint16_t)((2U << n_args(arg, at)) - 2);
	return cfg->op[at] == ISA_CALL_SUB || cfg->op[at] == ISA_CALLX ? LIVE_CALL_ARGS : 0;
}

/* What is live before the instruction, from what is live before those that may come next. */
static inline bool step(struct live *live, const struct cfg *cfg, uint32_t at, uint16_t args,
			const struct live_effect *effect)
{
	const struct cfg_node *node = &cfg->node[at];
	struct live_stack stack = { { 0, 0 } };
	unsigned int regs = 0;
	bool changed;

	for (unsigned int i = 0; i < node->n_next; i++) {
		regs |= live->regs[node->next[i]];
		stack.w[0] |= live->stack[node->next[i]].w[0];
		stack.w[1] |= live->stack[node->next[i]].w[1];
	}
	regs = node->reads | args | (regs & ~(unsigned int)node->writes);
	stack.w[0] = effect->reads.w[0] | (stack.w[0] & ~effect->writes.w[0]);
	stack.w[1] = effect->reads.w[1] | (stack.w[1] & ~effect->writes.w[1]);
	changed = regs != live->regs[at] || stack.w[0] != live->stack[at].w[0] ||
		  stack.w[1] != live->stack[at].w[1];
	live->regs[at] = (uint16_t)regs;
	live->stack[at] = stack;
	return changed;
}

/* The postorder has successors first, so that without loops one round settles all. */
static void solve(struct live *live, const struct cfg *cfg, const struct live_effect *effects,
		  const uint16_t *args)
{
	bool changed = true;
	uint32_t k, at;

	while (changed) {
		changed = false;
		for (k = 0; k < cfg->n_postorder; k++) {
			at = cfg->postorder[k];
			changed |= step(live, cfg, at, args[at], &effects[at]);
		}
		changed &= cfg->has_loop;
	}
}

int live_build(struct live *live, const struct cfg *cfg, live_args_fn n_args, void *arg,
	       struct arena *arena)
{
	struct live_effect *effects;
	struct arena_mark mark;
	uint16_t *args;
	int r = -ENOMEM;
	uint32_t k;

	live->regs = arena_alloc(arena, cfg->n * sizeof(*live->regs));
	live->stack = arena_alloc(arena, cfg->n * sizeof(*live->stack));
	mark = arena_mark(arena);
	effects = arena_alloc(arena, cfg->n * sizeof(*effects));
	args = arena_alloc(arena, cfg->n * sizeof(*args));
	if (effects && args && live->regs && live->stack)
		r = live_frame_effects(cfg, n_args, arg, effects, arena);
	for (k = 0; !r && k < cfg->n_calls; k++)
		args[cfg->calls[k]] = call_reads(cfg, cfg->calls[k], n_args, arg);
	if (!r)
		solve(live, cfg, effects, args);
	arena_rewind(arena, mark);
	return r;
}

int live_assume_all(struct live *live, const struct cfg *cfg, struct arena *arena)
{
	size_t regs = cfg->n * sizeof(*live->regs), stack = cfg->n * sizeof(*live->stack);

	live->regs = arena_alloc_raw(arena, regs);
	live->stack = arena_alloc_raw(arena, stack);
	if (!live->regs || !live->stack)
		return -ENOMEM;
	memset(live->regs, 0xff, regs);
	memset(live->stack, 0xff, stack);
	return 0;
}
