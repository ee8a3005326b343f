/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of a checkpoint has to stay as it was, so that it may end other paths?  Marks of exact
 * values, intervals that were enough, bytes of packets that were asked for.  precise.c says who
 * asks.
 */
#include "verify/backward.h"

bool mark_exact(struct reg *r)
{
	if (r->kind != KIND_SCALAR || r->flags & REG_PRECISE)
		return false;
	r->flags |= REG_PRECISE;
	return true;
}

/* Packet pointers of that base have to know of so many bytes from now on, or of all they know:
 * less may have been asked of those than of others of the same base. */
static bool need_bytes(struct reg *r, uint64_t base, uint32_t bytes)
{
	if (!reg_is_packet(r) || reach_base(r) != base)
		return false;
	if (bytes > r->range)
		bytes = r->range;
	if (reg_needed(r) >= bytes)
		return false;
	r->uid = bytes;
	return true;
}

static bool mark_reach(struct state *st, uint64_t base, uint32_t bytes)
{
	bool news = false;

	for (uint32_t f = 0; f < st->n_frames; f++) {
		struct frame *fr = st->frame[f];

		for (unsigned int r = 0; r < BPF_REG_10; r++)
			if (need_bytes(&fr->reg[r], base, bytes)) {
				fr->asked_regs |= (uint16_t)(1u << r);
				news = true;
			}
		for (unsigned int s = 0; s < fr->n_slots; s++)
			if (slot_is_spill(&fr->slot[s]) &&
			    need_bytes(slot_reg(&fr->slot[s]), base, bytes)) {
				fr->asked_slots |= 1ULL << s;
				news = true;
			}
	}
	return news;
}

static bool is_precise(const struct want *w, const struct state *st)
{
	const struct frame *f = st->frame[w->frame];

	return (w->slot ? slot_reg(&f->slot[w->n])->flags : f->reg[w->n].flags) & REG_PRECISE;
}

enum marked {
	MARK_OLD, /* it was there already */
	MARK_NEW, /* and is asked of what was before */
	MARK_EXACT
};

static enum marked mark_want(struct verifier *v, const struct want *w, struct state *st)
{
	struct need *need;
	unsigned int n = 0;

	for (need = st->needs; need; need = need->next) {
		if (need->want.frame != w->frame || need->want.n != w->n ||
		    need->want.slot != w->slot)
			continue;
		if (want_implies(&need->want, w))
			return MARK_OLD;
		n++;
	}
	/* An inverse named less than was observed, or every round of a loop asks for another
	 * interval. */
	if (!want_holds(w, st) || n == MAX_NEEDS)
		return MARK_EXACT;
	if (is_precise(w, st))
		return MARK_OLD;
	need = arena_alloc_raw(&v->arena, sizeof(*need));
	if (!need)
		return MARK_EXACT;
	need->want = *w;
	need->next = st->needs;
	st->needs = need;
	return MARK_NEW;
}

/* Slots of bytes, and what is not a number, are compared as they are. */
static bool is_number(const struct want *w, const struct state *st)
{
	const struct frame *f = w->frame < st->n_frames ? st->frame[w->frame] : NULL;

	if (!f)
		return false;
	if (w->slot)
		return w->n < f->n_slots && slot_is_spill(&f->slot[w->n]) &&
		       slot_reg(&f->slot[w->n])->kind == KIND_SCALAR;
	return f->reg[w->n].kind == KIND_SCALAR;
}

static bool mark_wants(struct verifier *v, struct request *q, struct state *st)
{
	bool news = false;

	for (uint32_t i = q->n_wants; i-- > 0;) {
		enum marked m = MARK_OLD;

		if (is_number(&q->want[i], st))
			m = mark_want(v, &q->want[i], st);
		news |= m == MARK_NEW;
		if (m == MARK_EXACT)
			want_exact(q, i);
		else if (m == MARK_OLD)
			q->want[i] = q->want[--q->n_wants];
	}
	return news;
}

bool mark_checkpoint(struct verifier *v, struct request *q, struct state *st)
{
	bool news;

	/* Nothing is known of it any more: keep.c. */
	if (!st->n_frames)
		return true;
	news = mark_wants(v, q, st);
	for (uint32_t i = q->n_reach; i-- > 0;)
		if (mark_reach(st, q->reach[i].base, q->reach[i].bytes))
			news = true;
		else
			q->reach[i] = q->reach[--q->n_reach];

	if (!request_has_exact(q))
		return news;
	for (uint32_t f = 0; f < STATE_FRAMES; f++) {
		uint32_t regs = q->regs[f];
		uint64_t slots = q->slots[f];

		for (unsigned int r = 0; regs >> r; r++)
			if (regs >> r & 1 &&
			    (f >= st->n_frames || !mark_exact(&st->frame[f]->reg[r])))
				q->regs[f] &= (uint16_t) ~(1u << r);
		for (; slots; slots &= slots - 1) {
			unsigned int s = (unsigned int)__builtin_ctzll(slots);

			if (f >= st->n_frames || s >= st->frame[f]->n_slots ||
			    !slot_is_spill(&st->frame[f]->slot[s]) ||
			    !mark_exact(slot_reg(&st->frame[f]->slot[s])))
				q->slots[f] &= ~(1ULL << s);
		}
		if (!q->regs[f] && !q->slots[f])
			continue;
		st->frame[f]->asked_regs |= q->regs[f];
		st->frame[f]->asked_slots |= q->slots[f];
		news = true;
	}
	return news;
}

/* Its value, or all bytes that it knows of. */
static bool mark_reg(struct reg *r)
{
	return reg_is_packet(r) ? need_bytes(r, reach_base(r), r->range) : mark_exact(r);
}

static bool mark_all(struct state *st)
{
	bool news = false;

	for (uint32_t f = 0; f < st->n_frames; f++) {
		struct frame *fr = st->frame[f];

		for (int r = 0; r < STATE_REGS; r++)
			news |= mark_reg(&fr->reg[r]);
		for (int s = 0; s < fr->n_slots; s++)
			if (slot_is_spill(&fr->slot[s]))
				news |= mark_reg(slot_reg(&fr->slot[s]));
		fr->asked_regs = UINT16_MAX;
		fr->asked_slots = UINT64_MAX;
	}
	return news;
}

void mark_work(struct work *w, struct state *st)
{
	if (!st->backedges || st->queued)
		return;
	st->queued = true;
	st->work_next = w->list;
	w->list = st;
}

void mark_path_all(struct state *st, struct work *w)
{
	for (st = st->parent; st; st = st->parent)
		if (mark_all(st))
			mark_work(w, st);
}
