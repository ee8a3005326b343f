/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long is a checkpoint kept?  One whose marks are final is only compared with: nothing walks
 * back over its path any more, and the states that it ended have heard all.  Once it is off its
 * instruction's list too, nothing is left of it.
 *
 * Who finished but waits for another checkpoint (state.wait) is looked at again when it is next
 * compared; who others wait for stays, since they ask it whether it is final.
 */
#include "verify/env.h"

static bool is_final(const struct state *st)
{
	return !st->branches && !st->wait;
}

/* What final marks have no use for. */
static void forget_way(struct verifier *v, struct state *st)
{
	for (struct backedge *b = st->backedges; b; b = b->next)
		state_drop(&v->pool, b->from);
	st->backedges = NULL;
	state_drop_path(&v->pool, st);
}

static void settle(struct verifier *v, struct state *st)
{
	if (v->keeps_all)
		return;
	if (st->off_list && !st->is_awaited) {
		forget_way(v, st);
		state_drop(&v->pool, st);
	} else if (st->backedges || st->cap_path) {
		forget_way(v, st);
	}
}

bool keep_is_final(struct verifier *v, struct state *st)
{
	const struct state *on = st;

	while (!on->branches && on->wait)
		on = on->wait;
	if (on->branches)
		return false;
	if (st->wait) {
		st->wait = NULL;
		settle(v, st);
	}
	return true;
}

void keep_finished(struct verifier *v, struct state *st)
{
	if (is_final(st))
		settle(v, st);
}

void keep_off_list(struct verifier *v, struct state *st)
{
	st->off_list = true;
	if (is_final(st))
		settle(v, st);
}

static void forget_mark(struct reg *r)
{
	r->flags &= (uint8_t)~REG_PRECISE;
	if (r->kind == KIND_PACKET || r->kind == KIND_PACKET_META)
		r->uid = 0;
}

void keep_begin(struct state *st)
{
	st->off_list = st->is_awaited = false;
	st->backedges = NULL;
	st->needs = NULL;
	st->wait = NULL;
	st->loop = NULL;
	st->tracks = NULL;
	for (uint32_t i = 0; i < st->n_frames; i++) {
		struct frame *f = st->frame[i];

		f->asked_regs = 0;
		f->asked_slots = 0;
		for (unsigned int r = 0; r < STATE_REGS; r++)
			forget_mark(&f->reg[r]);
		for (uint64_t left = f->reg_slots; left; left &= left - 1) {
			const struct slot *s = &f->slot[__builtin_ctzll(left)];

			if (slot_is_spill(s))
				forget_mark(slot_reg(s));
		}
	}
}
