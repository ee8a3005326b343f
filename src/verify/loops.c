/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does the walk of a loop come to an end that no counter bounds?  Iterators, callbacks that
 * repeat, and may_goto: values that no check needed so far lose their limits from one round to
 * the next, so that the state comes to lie within that of an earlier round.  Losing limits is
 * always sound; a check that needs them fails or marks them.
 */
#include "verify/backward.h"

static void widen_reg(const struct reg *before, struct reg *now)
{
	if (before->kind != KIND_SCALAR || now->kind != KIND_SCALAR)
		return;
	if ((before->flags | now->flags) & REG_PRECISE)
		return;
	if (scalar_equal(&before->s, &now->s) && !before->id == !now->id && before->off == now->off)
		return;
	reg_set_unknown(now);
}

static bool is_needed(const struct state *st, uint32_t frame, bool slot, int n)
{
	for (const struct need *need = st->needs; need; need = need->next)
		if (need->want.frame == frame && need->want.slot == slot && need->want.n == n)
			return true;
	return false;
}

void loop_widen(struct verifier *v, const struct state *before, struct state *now)
{
	v->widened = true;
	for (uint32_t f = 0; f < before->n_frames && f < now->n_frames; f++) {
		const struct frame *o = before->frame[f];
		struct frame *n = now->frame[f];

		for (int r = 0; r < STATE_REGS; r++)
			if (!is_needed(before, f, false, r))
				widen_reg(&o->reg[r], &n->reg[r]);
		for (int s = 0; s < o->n_slots && s < n->n_slots; s++)
			if (slot_is_spill(&o->slot[s]) && slot_is_spill(&n->slot[s]) &&
			    !is_needed(before, f, true, s))
				widen_reg(slot_reg(&o->slot[s]), slot_reg(&n->slot[s]));
	}
}

/* may_goto: the fall-through is the next round, the jump is the way out. */
int rule_may_goto(struct verifier *v, const struct bpf_insn *insn)
{
	struct state *before, *round;
	int err = 0;

	round = walk_push(v, v->at + 1, &err);
	if (!round)
		return err;
	before = prune_previous(v, v->at);
	round->may_goto_depth++;
	if (before)
		loop_widen(v, before, round);
	v->facts->uses_fuel = true;
	v->cur->insn = (uint32_t)((int32_t)v->at + 1 + insn->off);
	return STEP_JUMPED;
}
