/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long is a checkpoint kept?  One whose marks are final is only compared with: nothing walks
 * back over its path any more, and the states that it ended have heard all.  Once it is off its
 * instruction's list too, nothing is left of it.
 *
 * Who finished but waits for another checkpoint (state.wait) is looked at again when it is next
 * compared; who others wait for stays, since they ask it whether it is final.
 *
 * Where much memory is in use, what a checkpoint knows goes before it does: one that is compared no
 * more, far up the current path, is only a part of the way back.  Then go finished ones that ended
 * few paths, which costs visits.
 */
#include "verify/env.h"

enum {
	SPARE_FROM = 16 << 20, /* memory in use from which some is given back */
	FORGET_FROM = 48 << 20,
	SPARE_EVERY = 4 << 20,
	NEAR = 128, /* checkpoints above the current state that stay: plan.c looks for a round */
};

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
	st->sames = NULL;
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

/* What is asked of it goes on to those above. */
static void strip_above(struct verifier *v)
{
	struct state *st = v->cur->parent;

	for (uint32_t n = 0; st && n < NEAR; n++)
		st = st->parent;
	/* The first of them know what the function was given. */
	for (; st && st->depth > NEAR; st = st->parent)
		if (st->off_list && !st->backedges && !st->loop && !st->tracks)
			state_strip(&v->pool, st);
}

static void forget_finished(struct verifier *v)
{
	for (uint32_t at = 0; at < v->cfg.n; at++) {
		struct state **link = &v->info[at].seen, *st;

		while ((st = *link)) {
			if (st->branches || st->hits > v->spare_hits || !keep_is_final(v, st)) {
				link = &st->next;
				continue;
			}
			*link = st->next;
			keep_off_list(v, st);
		}
	}
	v->spare_hits++;
}

void keep_spare(struct verifier *v)
{
	if (v->arena.used < SPARE_FROM || v->arena.used < v->spare_at || v->keeps_all)
		return;
	strip_above(v);
	if (v->arena.used >= FORGET_FROM)
		forget_finished(v);
	v->spare_at = v->arena.used + SPARE_EVERY;
}
