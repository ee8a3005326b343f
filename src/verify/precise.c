/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which registers and stack slots of earlier checkpoints have to keep their exact range?  When a
 * check depends on a scalar, the path that led here is walked backwards, and the registers and
 * slots that the value came from are marked in every checkpoint passed.  A checkpoint's unmarked
 * scalars match anything (prune.c), so a missing mark would be unsound: whatever is not understood
 * marks every scalar on the path.
 *
 * Of pointers into plain memory not the offset matters, but that accesses stay inside: offsets.c.
 * Of packet pointers not the bytes that were proven matter, but those that somebody read, back to
 * the comparison that showed them (packets.c); a checkpoint remembers how many (reg_needed()).
 *
 * The path is kept per state, as the instructions walked since its parent checkpoint, and what they
 * ask for (precise_ask.c); backward.h says what an entry is, and backward.c takes the steps.
 *
 * What instructions ask for is only noted in the path.  The walk backwards is one for all of them,
 * when marks are about to be used: the path ends, closes a loop, or a loop is made general.
 *
 * A checkpoint that ends other paths (backedges) passes new marks on to them at once, so marks are
 * complete whenever a comparison uses them.
 */
#include <string.h>

#include "verify/fork.h"
#include "verify/passage.h"
#include "verify/sieve.h"

/* Where the walk is: what is asked for, and what the path asks from the next instruction on. */
struct back_walk {
	uint64_t linked, constant; /* of the instruction whose entry comes next */
	uint64_t moved;            /* likewise: where the pointer was */
	uint32_t later;            /* the instruction walked after it */
	uint32_t unmet;            /* notes of the path that the walk has yet to pass */
	bool has_asked, skip, edge;
	uint8_t asked_frames; /* of which it asks for exact values */
	bool settled;         /* notes that ask were passed on before */
	bool relisted;        /* other wants, bytes or places than before */
	struct request q;
	struct request asked; /* by the instruction whose entry comes next */
};

/* Wants of the instruction's own, and of a jump that was decided. */
static void add_wants(struct verifier *v, struct back_walk *b, uint64_t entry)
{
	uint32_t at = entry_insn(entry);
	struct compare c;
	struct want w;

	for (uint32_t i = 0; i < b->asked.n_wants; i++) {
		b->asked.want[i].frame = (uint8_t)entry_frame(entry);
		want_add(&b->q, &b->asked.want[i]);
	}
	b->asked.n_wants = 0;
	if (!b->edge)
		return;
	b->edge = false;
	/* Both ways lead to the same place: nothing was decided. */
	if (v->cfg.node[at].next[0] == v->cfg.node[at].next[1])
		return;
	want_compare(&v->cfg.insns[at], isa_row(v->cfg.op[at]), b->constant, &c);
	want_of_edge(&c, b->later == v->cfg.node[at].next[1], &w);
	w.frame = (uint8_t)entry_frame(entry);
	want_add(&b->q, &w);
	if (!want_of_other(&c, &w))
		return;
	w.frame = (uint8_t)entry_frame(entry);
	want_add(&b->q, &w);
}

/* By the instruction, of any frame. */
static enum back add_asked(struct back_walk *b)
{
	enum back back = BACK_OK;

	b->has_asked = false;
	for (uint32_t i = 0; i < b->asked.n_reach; i++) {
		b->asked.reach[i].at.frame = (uint8_t)b->q.frame;
		if (!back_reach(&b->q, &b->asked.reach[i]))
			back = BACK_UNKNOWN;
	}
	b->asked.n_reach = 0;
	for (uint32_t left = b->asked_frames; left; left &= left - 1) {
		unsigned int f = (unsigned int)__builtin_ctz(left);

		b->q.regs[f] |= b->asked.regs[f];
		b->q.slots[f] |= b->asked.slots[f];
		b->asked.regs[f] = 0;
		b->asked.slots[f] = 0;
	}
	b->asked_frames = 0;
	return back;
}

/* Which entries have to do with what is asked for, by bits of them: with exact values, with wants,
 * with packet pointers, with any of these; or a note. */
struct touched {
	uint64_t exact, wants, spots, any;
};

static uint64_t touched_spot(const struct request *q, struct spot at)
{
	return at.slot || at.frame != q->frame ? 0 : 1u << (at.n + WANT_SHIFT);
}

/* Where only exact values are asked for, as mostly. */
static inline struct touched touched_exact(const struct request *q)
{
	const uint64_t all = (uint64_t)TOUCHES_ALL << ENTRY_TOUCHES;
	uint64_t exact = all | (uint64_t)q->regs[q->frame] << ENTRY_TOUCHES;

	return (struct touched){ exact, all, all, exact | ENTRY_NOTE };
}

__attribute__((noinline)) static struct touched touched_all(const struct request *q)
{
	uint64_t exact = q->regs[q->frame] | TOUCHES_ALL, wants = TOUCHES_ALL, spots = TOUCHES_ALL;

	for (uint32_t k = 0; k < q->n_wants; k++)
		if (!q->want[k].slot && q->want[k].frame == q->frame)
			wants |= 1u << (q->want[k].n + WANT_SHIFT);
	for (uint32_t k = 0; k < q->n_reach; k++)
		spots |= touched_spot(q, q->reach[k].at);
	for (uint32_t k = 0; k < q->n_same; k++)
		spots |= touched_spot(q, q->same[k].a) | touched_spot(q, q->same[k].b);
	if (q->n_reach)
		exact |= TOUCHES_REACH;
	exact <<= ENTRY_TOUCHES;
	wants <<= ENTRY_TOUCHES;
	spots <<= ENTRY_TOUCHES;
	return (struct touched){ exact, wants, spots, exact | wants | spots | ENTRY_NOTE };
}

/* The lists are as they were, of the same frame. */
static inline void touch_again(struct touched *what, const struct request *q)
{
	uint64_t reach = q->n_reach ? TOUCHES_REACH : 0;

	what->exact = (q->regs[q->frame] | TOUCHES_ALL | reach) << ENTRY_TOUCHES;
	what->any = what->exact | what->wants | what->spots | ENTRY_NOTE;
}

static inline struct touched touched(const struct request *q)
{
	return q->n_wants | q->n_reach | q->n_same ? touched_all(q) : touched_exact(q);
}

static enum back back_entry(struct verifier *v, struct back_walk *b, uint64_t entry,
			    const struct touched *what)
{
	struct request *q = &b->q;
	bool spots = q->n_reach | q->n_same && !b->skip && entry & what->spots;
	bool wants = q->n_wants && !b->skip && (b->linked || entry & what->wants);

	b->relisted = spots || wants || b->edge || b->asked.n_wants || b->asked.n_reach ||
		      q->frame != entry_frame(entry);
	if (spots && packet_back(v, q, entry, b->later, b->constant) == BACK_UNKNOWN)
		return BACK_UNKNOWN;
	if (wants)
		want_back(v, q, entry, b->later, b->linked, b->constant);
	if (b->linked)
		back_linked(q, b->linked);
	/* Wants may have become exact ones. */
	if (!b->skip && entry & (what->exact | (uint64_t)q->regs[q->frame] << ENTRY_TOUCHES) &&
	    back_insn(v, q, entry, b->later) == BACK_UNKNOWN)
		return BACK_UNKNOWN;
	if (b->linked)
		back_linked(q, b->linked);
	b->linked = 0;
	b->skip = false;
	if (b->asked.n_wants || b->edge)
		add_wants(v, b, entry);
	b->constant = 0;
	b->later = entry_insn(entry);
	q->frame = entry_frame(entry);
	if (!b->has_asked)
		return BACK_OK;
	return add_asked(b);
}

/* The two signed numbers of a WANT. */
static struct range64 noted_range(uint64_t entry)
{
	int64_t min = (int64_t)(entry << 32) >> 36, max = (int64_t)(entry << 4) >> 36;

	return range64_between((uint64_t)min, (uint64_t)max);
}

/* before: the instruction that the note is on. */
static enum back back_note(struct verifier *v, struct back_walk *b, uint64_t entry, uint64_t before)
{
	uint64_t note = entry & ENTRY_NOTE;
	bool ok = true;

	if (entry_is_asking(entry)) {
		if (b->settled)
			return BACK_OK;
		b->unmet--;
	}
	if (note == ENTRY_LEARNT)
		back_learnt(&b->q, &v->cfg.insns[entry_insn(before)], entry);
	else if (note == ENTRY_REACH)
		ok = back_reach(&b->asked,
				&(struct reach){ .base = entry & (1ULL << 48 | UINT32_MAX),
						 .at.n = entry >> 49 & 15,
						 .bytes = entry >> 32 & UINT16_MAX });
	else if (note == ENTRY_WANT)
		want_add(&b->asked, &(struct want){ .n = entry & 15, .r64 = noted_range(entry) });
	else if (note == ENTRY_OFFSET)
		want_add(&b->asked,
			 &(struct want){ .n = entry & 15, .at = true, .r64 = noted_range(entry) });
	else if (note == ENTRY_EDGE)
		b->edge = true;
	else if (note == ENTRY_CONST || note == ENTRY_ADDED)
		b->constant = entry;
	else if (note == ENTRY_ASKED) {
		back_asked(&b->asked, entry);
		b->asked_frames |= (uint8_t)(1u << (entry >> 7 & 7));
	} else if (note == ENTRY_MOVED && entry & MOVED_FROM) {
		b->moved = entry;
	} else if (note == ENTRY_MOVED) {
		back_moved(&b->q, entry, b->moved);
	} else {
		b->linked = entry;
	}
	b->has_asked |= note == ENTRY_ASKED || note == ENTRY_WANT || note == ENTRY_EDGE ||
			note == ENTRY_OFFSET || note == ENTRY_REACH;
	return ok ? BACK_OK : BACK_UNKNOWN;
}

static void sum_up(struct state *st)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < st->n_path; i++) {
		uint64_t note = st->path[i] & ENTRY_NOTE;

		if (!note)
			sum |= st->path[i];
		else if (note == ENTRY_LEARNT)
			sum |= (uint64_t)TOUCHES_REACH << ENTRY_TOUCHES;
		/* These tell of an instruction that touches. */
		else if (note != ENTRY_CONST && note != ENTRY_ADDED)
			sum |= (uint64_t)TOUCHES_ALL << ENTRY_TOUCHES;
	}
	/* Whoever passes it has to know where it begins. */
	if (st->n_path)
		sum |= st->path[0] & ENTRY_NOTE;
	st->path_sum = sum;
}

/* Has what comes next to be looked at, whatever it is? */
static bool is_busy(const struct back_walk *b)
{
	return b->linked || b->has_asked || b->skip;
}

static bool is_done(const struct back_walk *b)
{
	return !b->unmet && !b->q.regs[b->q.frame] && request_empty(&b->q);
}

/* The entry of the instruction that note i is on. */
static uint64_t insn_before(const struct state *st, uint32_t i)
{
	while (i && st->path[i] & ENTRY_NOTE)
		i--;
	return st->path[i];
}

/* Over the place where paths forked.  False: the rest of the way has been walked for as much. */
static bool back_fork(struct verifier *v, struct back_walk *b, struct fork *f)
{
	if (!f->unsettled)
		b->unmet = 0;
	b->settled = !f->unsettled;
	if (is_busy(b) || b->constant || !fork_passed(&v->pool, f, &b->q))
		return true;
	return b->unmet;
}

/* Over the entries [end, i), all of one passage.  It stops where nothing is asked for any more. */
static enum back back_entries(struct verifier *v, struct back_walk *b, const struct state *st,
			      uint32_t end, uint32_t i)
{
	struct touched what = touched(&b->q);
	bool busy = is_busy(b);

	while (i > end) {
		uint32_t from = i;
		uint64_t entry;

		/* Most instructions say nothing about what is asked for. */
		while (i > end && !(st->path[i - 1] & what.any) && !busy)
			i--;
		if (i < from) {
			b->later = entry_insn(st->path[i]);
			b->constant = 0;
		}
		if (i == end)
			break;
		entry = st->path[--i];
		if (entry & ENTRY_NOTE) {
			if (back_note(v, b, entry, insn_before(st, i)) == BACK_UNKNOWN)
				return BACK_UNKNOWN;
			busy = is_busy(b);
			/* Others speak of the instruction that they are on. */
			if ((entry & ENTRY_NOTE) == ENTRY_LEARNT ||
			    (entry & ENTRY_NOTE) == ENTRY_MOVED)
				what = touched(&b->q);
			continue;
		}
		b->relisted = false;
		if (busy || b->q.n_wants | b->q.n_reach | b->q.n_same) {
			if (back_entry(v, b, entry, &what) == BACK_UNKNOWN)
				return BACK_UNKNOWN;
		} else {
			if (back_insn(v, &b->q, entry, b->later) == BACK_UNKNOWN)
				return BACK_UNKNOWN;
			b->constant = 0;
			b->later = entry_insn(entry);
			b->q.frame = entry_frame(entry);
		}
		if (is_done(b))
			break;
		if (b->relisted)
			what = touched(&b->q);
		else
			touch_again(&what, &b->q);
		busy = false;
	}
	return BACK_OK;
}

/* What is remembered has to be what is found. */
static void audit_passage(struct verifier *v, struct back_walk *b, const struct back_walk *known,
			  const struct state *st, uint32_t end, uint32_t i)
{
	if (back_entries(v, b, st, end, i) == BACK_UNKNOWN || b->unmet != known->unmet ||
	    (!is_done(b) && (b->later != known->later || b->q.frame != known->q.frame)) ||
	    !passage_same(&b->q, &known->q))
		v->misremembers = true;
}

/* The same at once, if it is known what comes of it. */
static enum back back_passage(struct verifier *v, struct back_walk *b, const struct state *st,
			      uint32_t end, uint32_t i)
{
	uint32_t asking = b->unmet;
	struct back_walk before;
	struct passage p;

	/* Notes speak of the instruction before them: it is in the passage, too. */
	if (i < end + PASSAGE_LEAST || is_busy(b) || b->constant || st->path[end] & ENTRY_NOTE)
		return back_entries(v, b, st, end, i);
	if (v->in->policy.audit_needed)
		before = *b;
	if (passage_known(v, &p, st->path + end, i - end, b->later, b->settled, &b->q, &asking)) {
		b->unmet -= asking;
		b->later = entry_insn(st->path[end]);
		b->q.frame = entry_frame(st->path[end]);
		if (v->in->policy.audit_needed)
			audit_passage(v, &before, b, st, end, i);
		return BACK_OK;
	}
	if (back_entries(v, b, st, end, i) == BACK_UNKNOWN)
		return BACK_UNKNOWN;
	passage_learn(v, &p, &b->q, asking - b->unmet);
	return BACK_OK;
}

/* Back to the checkpoint above.  *ret_done: nothing is asked for any more, or nothing new. */
static enum back back_segment(struct verifier *v, struct back_walk *b, const struct state *st,
			      bool *ret_done)
{
	uint32_t i = st->n_path, end;

	b->settled = false;
	for (struct fork *f = st->fork;; f = f->up) {
		end = f ? f->n : 0;
		if (i > end && back_passage(v, b, st, end, i) == BACK_UNKNOWN)
			return BACK_UNKNOWN;
		*ret_done = is_done(b) || (f && !back_fork(v, b, f));
		if (*ret_done || !f)
			return BACK_OK;
		i = end;
	}
}

/* The same of a checkpoint, whose path as a whole may say nothing. */
static enum back back_checkpoint(struct verifier *v, struct back_walk *b, const struct state *st,
				 bool *ret_done)
{
	if (is_busy(b) || st->path_sum & touched(&b->q).any)
		return back_segment(v, b, st, ret_done);
	*ret_done = false;
	if (st->n_path) {
		b->later = entry_insn(st->path[0]);
		b->constant = 0;
	}
	return BACK_OK;
}

static uint32_t unsettled(const struct state *st)
{
	if (st->fork)
		return st->n_asked + st->fork->unsettled;
	return st->n_asked + (st->parent ? st->parent->unsettled : 0);
}

void precise_keep(struct state *st)
{
	sum_up(st);
	st->unsettled = unsettled(st);
}

/* Is there no checkpoint above st that a pending path may come to? */
static bool asks_nobody(const struct verifier *v, const struct state *st)
{
	return st->parent ? is_left_behind(v, st->parent->insn) : v->leaves_behind;
}

/* From where `from` is, or (skip_last) before its last instruction, which is being judged. */
static void walk_back(struct verifier *v, struct state *from, const struct request *q,
		      bool skip_last, struct work *w)
{
	struct back_walk b;
	struct state *st = from;
	bool done;

	/* What is asked for is asked of checkpoints. */
	if (!from->parent || asks_nobody(v, from))
		return;
	memset(&b, 0, offsetof(struct back_walk, q));
	memset(&b.q, 0, offsetof(struct request, reach));
	memset(&b.asked, 0, offsetof(struct request, reach));
	b.q.n_wants = b.asked.n_wants = 0;
	b.q.n_same = b.asked.n_same = 0;
	b.q.frame = from->n_frames - 1;
	b.later = from->insn;
	b.unmet = unsettled(from);
	b.skip = skip_last;
	if (q)
		memcpy(&b.q, q, offsetof(struct request, want) + q->n_wants * sizeof(q->want[0]));
	while (st) {
		enum back back = st == from ? back_segment(v, &b, st, &done)
					    : back_checkpoint(v, &b, st, &done);

		if (back == BACK_UNKNOWN) {
			mark_path_all(from, w);
			return;
		}
		/* A fork told that no more is new. */
		if (done && !request_empty(&b.q))
			return;
		st = st->parent;
		if (done || !st)
			break;
		if (!st->unsettled)
			b.unmet = 0;
		if (mark_checkpoint(v, &b.q, st))
			mark_work(w, st);
		else if (!b.unmet)
			return;
		if (asks_nobody(v, st))
			return;
	}
	/* Only the arguments of a function verified on its own come from nowhere. */
	b.q.regs[0] &= (uint16_t)~ARG_REGS;
	b.q.n_reach = b.q.n_same = b.q.n_wants = 0;
	if (!request_empty(&b.q))
		mark_path_all(from, w);
}

/* What is wanted once is wanted ever after. */
static void sift(struct state *old, const struct want *w)
{
	if (!w->at)
		sieve_add(old, &(struct sieve){ .at = { w->frame, w->n, w->slot },
						.low = w->low,
						.base = w->low ? w->r32.base : w->r64.base,
						.size = w->low ? w->r32.size : w->r64.size });
}

bool precise_covers(struct state *old, const struct state *cur)
{
	for (const struct need *n = old->needs; n; n = n->next)
		if (!want_holds(&n->want, cur)) {
			sift(old, &n->want);
			return false;
		}
	return packet_holds(old, cur);
}

/* Does the value or offset of old's register matter?  Then cur's does. */
static bool is_exact(const struct reg *o, struct reg *c)
{
	return (o->kind == KIND_SCALAR || reg_roams(o)) && o->flags & REG_PRECISE && mark_exact(c);
}

/* The bytes that a packet pointer of old's needs; of all else none. */
static inline bool request_bytes(const struct state *old, const struct state *cur, struct spot at,
				 const struct reg *o, struct request *q)
{
	return !reg_is_packet(o) || packet_request(old, cur, at, q);
}

/* Asks in cur for what matters to old. */
static bool request_of(const struct state *old, struct state *cur, struct request *q)
{
	bool ok = true;

	memset(q, 0, offsetof(struct request, reach));
	q->n_wants = 0;
	q->frame = cur->n_frames - 1;
	for (const struct need *n = old->needs; n; n = n->next)
		want_add(q, &n->want);
	if (old->sames)
		packet_request_same(old, q);
	for (uint32_t f = 0; f < old->n_frames; f++) {
		const struct frame *o = old->frame[f];
		struct frame *c = cur->frame[f];
		uint32_t regs = o->asked_regs & ((1u << BPF_REG_10) - 1);
		uint64_t slots = o->asked_slots;
		struct spot at = { .frame = (uint8_t)f };

		for (; regs; regs &= regs - 1) {
			at.n = (uint8_t)__builtin_ctz(regs);
			ok &= request_bytes(old, cur, at, &o->reg[at.n], q);
			q->regs[f] |= (uint16_t)(is_exact(&o->reg[at.n], &c->reg[at.n]) << at.n);
		}
		at.slot = true;
		for (; slots; slots &= slots - 1) {
			at.n = (uint8_t)__builtin_ctzll(slots);
			if (at.n >= o->n_slots || at.n >= c->n_slots)
				break;
			if (!slot_is_spill(&o->slot[at.n]) || !slot_is_spill(&c->slot[at.n]))
				continue;
			ok &= request_bytes(old, cur, at, slot_reg(&o->slot[at.n]), q);
			q->slots[f] |= (uint64_t)is_exact(slot_reg(&o->slot[at.n]),
							  slot_reg(&c->slot[at.n]))
				       << at.n;
		}
	}
	return ok;
}

static void propagate(struct verifier *v, const struct state *old, struct state *cur,
		      struct work *w)
{
	struct request q;

	if (!request_of(old, cur, &q))
		mark_path_all(cur, w);
	else if (!request_empty(&q))
		walk_back(v, cur, &q, false, w);
}

static void work_finish(struct verifier *v, struct work *w)
{
	while (w->list) {
		struct state *st = w->list;

		w->list = st->work_next;
		st->queued = false;
		for (struct backedge *b = st->backedges; b; b = b->next)
			propagate(v, st, b->from, w);
	}
}

/* Others may count the entries before the fork. */
static void strip_one(struct verifier *v, struct state *st)
{
	uint32_t n;

	fork_settled(&v->pool, st);
	n = st->fork ? st->fork->n : 0;
	for (uint32_t i = n; i < st->n_path; i++)
		if (!entry_is_asking(st->path[i]))
			st->path[n++] = st->path[i];
	st->n_path = n;
	st->n_asked = 0;
}

/* What was asked for on the way to st has been passed on. */
static void strip_above(struct verifier *v, struct state *st)
{
	while ((st = st->parent) && st->unsettled) {
		if (st->n_asked || st->fork) {
			strip_one(v, st);
			sum_up(st);
		}
		st->unsettled = 0;
	}
}

void precise_settle(struct verifier *v, bool skip_last)
{
	struct state *cur = v->cur;
	struct work w = { 0 };

	if (!unsettled(cur) || asks_nobody(v, cur))
		return;
	walk_back(v, cur, NULL, skip_last, &w);
	strip_one(v, cur);
	strip_above(v, cur);
	work_finish(v, &w);
}

void precise_propagate(struct verifier *v, const struct state *old, struct state *cur)
{
	struct work w = { 0 };

	if (v->all_precise)
		return;
	propagate(v, old, cur, &w);
	work_finish(v, &w);
}

void precise_demand(struct verifier *v, struct state *st, uint32_t frame, uint16_t regs,
		    uint64_t slots)
{
	struct work w = { 0 };
	struct request q;

	memset(&q, 0, offsetof(struct request, reach));
	q.n_wants = 0;
	q.frame = st->n_frames - 1;
	q.regs[frame] = regs;
	q.slots[frame] = slots;
	if (v->all_precise || !mark_checkpoint(v, &q, st))
		return;
	mark_work(&w, st);
	walk_back(v, st, &q, false, &w);
	work_finish(v, &w);
}

void precise_ends(struct verifier *v, const struct state *old)
{
	struct state *cur = v->cur;
	struct work w = { 0 };
	struct request q;

	if (v->all_precise || asks_nobody(v, cur))
		return;
	if (!request_of(old, cur, &q))
		mark_path_all(cur, &w);
	else if (unsettled(cur) || !request_empty(&q))
		walk_back(v, cur, &q, false, &w);
	/* The path is walked no further. */
	fork_settled(&v->pool, cur);
	state_end_path(&v->pool, cur);
	strip_above(v, cur);
	work_finish(v, &w);
}
