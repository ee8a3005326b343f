/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of a checkpoint has to stay as it was, so that it may end other paths?  Marks of exact
 * values, intervals that were enough, bytes of packets that were asked for.  precise.c says who
 * asks.
 */
#include "verify/backward.h"

bool mark_exact(struct reg *r)
{
	if ((r->kind != KIND_SCALAR && !reg_roams(r)) || r->flags & REG_PRECISE)
		return false;
	r->flags |= REG_PRECISE;
	return true;
}

/* Of a packet pointer all bytes that it knows of. */
static bool need_all(struct reg *r)
{
	if (!reg_is_packet(r) || reg_needed(r) == r->range)
		return false;
	r->uid = r->range;
	return true;
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

static enum marked mark_want(struct verifier *v, struct want *w, struct state *st)
{
	struct need *need, *wider = NULL;
	unsigned int n = 0;
	struct want both;

	for (need = st->needs; need; need = need->next) {
		if (need->want.frame != w->frame || need->want.n != w->n ||
		    need->want.slot != w->slot)
			continue;
		if (want_implies(&need->want, w))
			return MARK_OLD;
		if (want_meet(&need->want, w, &both)) {
			*w = both;
			wider = need;
		}
		n++;
	}
	/* An inverse named less than was observed, or there are too many. */
	if (!want_holds(w, st) || (wider ? wider->times == MAX_TIMES : n == MAX_NEEDS))
		return MARK_EXACT;
	if (is_precise(w, st))
		return MARK_OLD;
	if (wider) {
		wider->want = *w;
		wider->times++;
		return MARK_NEW;
	}
	need = arena_alloc_raw(&v->arena, sizeof(*need));
	if (!need)
		return MARK_EXACT;
	need->want = *w;
	need->times = 0;
	need->next = st->needs;
	st->needs = need;
	return MARK_NEW;
}

/* Slots of bytes, and what is neither a number nor a pointer whose offset may vary, are compared as
 * they are. */
static bool is_wanted_kind(const struct want *w, const struct state *st)
{
	const struct frame *f = w->frame < st->n_frames ? st->frame[w->frame] : NULL;
	const struct reg *r;

	if (!f || (w->slot && (w->n >= f->n_slots || !slot_is_spill(&f->slot[w->n]))))
		return false;
	r = w->slot ? slot_reg(&f->slot[w->n]) : &f->reg[w->n];
	return r->kind == KIND_SCALAR || (w->at && reg_roams(r));
}

static bool mark_wants(struct verifier *v, struct request *q, struct state *st)
{
	bool news = false;

	for (uint32_t i = q->n_wants; i-- > 0;) {
		enum marked m = MARK_OLD;

		if (is_wanted_kind(&q->want[i], st))
			m = mark_want(v, &q->want[i], st);
		news |= m == MARK_NEW;
		if (m == MARK_EXACT)
			want_exact(q, i);
		else if (m == MARK_OLD)
			q->want[i] = q->want[--q->n_wants];
	}
	return news;
}

/* Its value or offset, and all bytes that it knows of. */
static bool mark_reg(struct reg *r)
{
	bool news = need_all(r);

	return mark_exact(r) || news;
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

/* Leaves in *regs and *slots what is new. */
static bool mark_frame(struct frame *f, uint16_t *regs, uint64_t *slots)
{
	for (uint32_t left = *regs; left; left &= left - 1) {
		unsigned int r = (unsigned int)__builtin_ctz(left);

		if (!mark_exact(&f->reg[r]))
			*regs &= (uint16_t) ~(1u << r);
	}
	for (uint64_t left = *slots; left; left &= left - 1) {
		unsigned int s = (unsigned int)__builtin_ctzll(left);

		if (s >= f->n_slots || !slot_is_spill(&f->slot[s]) ||
		    !mark_exact(slot_reg(&f->slot[s])))
			*slots &= ~(1ULL << s);
	}
	f->asked_regs |= *regs;
	f->asked_slots |= *slots;
	return *regs | *slots;
}

bool mark_checkpoint(struct verifier *v, struct request *q, struct state *st)
{
	bool news = false, lost = false;

	/* Nothing is known of it any more: keep.c. */
	if (!st->n_frames)
		return true;
	if (q->n_wants)
		news = mark_wants(v, q, st);
	if (q->n_reach | q->n_same)
		news |= packet_mark(v, q, st, &lost);
	if (lost)
		news |= mark_all(st);
	for (uint32_t f = 0; f < st->n_frames; f++)
		if (q->regs[f] | q->slots[f])
			news |= mark_frame(st->frame[f], &q->regs[f], &q->slots[f]);
	for (uint32_t f = st->n_frames; f < STATE_FRAMES; f++) {
		q->regs[f] = 0;
		q->slots[f] = 0;
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
