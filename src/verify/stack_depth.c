/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How deep may the frames of calling functions lie below each other?  512 bytes, fewer above a tail
 * call.  Programs that trace keep larger frames on a stack of their own, which does not count;
 * what runs later by itself begins anew.
 */
#include "verify/env.h"

enum {
	TAIL_CALL_STACK = 256,
	STACK_UNIT = 16,
	PRIVATE_MIN = 64 /* bytes of frame from which a stack of its own is worth it */
};

static uint32_t round_up(uint32_t bytes)
{
	return (bytes + STACK_UNIT - 1u) / STACK_UNIT * STACK_UNIT;
}

static uint32_t rounded(const struct verifier *v, uint32_t subprog)
{
	return round_up(v->subs[subprog].stack);
}

/* What a frame takes of the common stack. */
static uint32_t counted(const struct verifier *v, uint32_t subprog)
{
	uint32_t bytes = round_up(fastcall_stack(&v->subs[subprog]));

	return v->subs[subprog].private_stack && bytes >= PRIVATE_MIN ? 0 : bytes;
}

static bool calls_out(const struct verifier *v, uint32_t at)
{
	/* Linux counts frames of calls that are never made, too. */
	return v->cfg.op[at] == ISA_CALL_SUB ||
	       (v->info[at].visited && v->cfg.op[at] == ISA_LD_FUNC &&
		!v->subs[v->cfg.callee[at]].async);
}

/* May this program have private stacks at all? */
static bool type_has_private(const struct verifier *v)
{
	const uint64_t types = HELPER_GROUP_KPROBE | HELPER_GROUP_TRACEPOINT | HELPER_GROUP_RAW_TP |
			       HELPER_GROUP_PERF_EVENT | HELPER_GROUP_BTF_TP | HELPER_GROUP_FENTRY;

	if (!(v->type->groups & types))
		return false;
	for (uint32_t i = 0; i < v->cfg.n_subprogs; i++)
		if (v->cfg.subprogs[i].has_tail_call)
			return false;
	return true;
}

/* What an asynchronous callback calls may run while the program does. */
static void find_private(struct verifier *v)
{
	bool any = type_has_private(v), again = any;

	for (uint32_t i = 0; i < v->cfg.n_subprogs; i++)
		v->subs[i].private_stack = any && !v->subs[i].async;
	while (again) {
		again = false;
		for (uint32_t k = 0; k < v->cfg.n_calls; k++) {
			uint32_t at = v->cfg.calls[k];
			struct subprog_info *callee;

			if (!calls_out(v, at) || v->subs[v->cfg.subprog[at]].private_stack)
				continue;
			callee = &v->subs[v->cfg.callee[at]];
			again |= callee->private_stack;
			callee->private_stack = false;
		}
	}
}

/* A call: the callee's frame lies below everything above the caller and the caller's own. */
static int add_chain(struct verifier *v, uint32_t from, uint32_t callee, bool *ret_changed)
{
	struct subprog_info *c = &v->subs[callee], *caller = &v->subs[from];
	uint32_t above = caller->above + counted(v, from), frames = caller->frames + 1;
	uint32_t deep = caller->deep + rounded(v, from), total = above + counted(v, callee);

	if (frames > STATE_FRAMES)
		return reject(v, CALL_DEPTH, STATE_FRAMES, " !");
	if (v->cfg.subprogs[callee].has_tail_call && above >= TAIL_CALL_STACK)
		return reject(v, CALL_STACK_TAIL, above);
	if (total > STACK_BYTES)
		return reject(v, CALL_STACK, frames, total);
	if (deep + rounded(v, callee) > v->facts->stack_total)
		v->facts->stack_total = deep + rounded(v, callee);
	*ret_changed |= above > c->above || frames > c->frames || deep > c->deep;
	if (above > c->above)
		c->above = above;
	if (deep > c->deep)
		c->deep = deep;
	if (frames > c->frames)
		c->frames = frames;
	return 0;
}

/* The longest chain above each function, until no call makes one longer; recursion shows as a
 * chain of too many frames. */
int subprog_check_stack(struct verifier *v)
{
	bool changed = true;

	find_private(v);
	v->subs[0].frames = 1;
	v->facts->stack_total = rounded(v, 0);
	for (uint32_t i = 1; i < v->cfg.n_subprogs; i++)
		if (v->subs[i].async) {
			v->subs[i].frames = 1;
			if (rounded(v, i) > v->facts->stack_total)
				v->facts->stack_total = rounded(v, i);
		}
	while (changed) {
		changed = false;
		for (uint32_t k = 0; k < v->cfg.n_calls; k++) {
			uint32_t caller = v->cfg.subprog[v->cfg.calls[k]];
			int err;

			v->at = v->cfg.calls[k];
			if (!calls_out(v, v->at) || !v->subs[caller].frames)
				continue;
			err = add_chain(v, caller, v->cfg.callee[v->at], &changed);
			if (err)
				return err;
		}
	}
	v->at = v->cfg.n;
	return 0;
}
