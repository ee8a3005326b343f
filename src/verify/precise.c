/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which registers and stack slots of earlier checkpoints have to keep their exact range?  When a
 * check depends on a scalar, the path that led here is walked backwards, and the registers and
 * slots that the value came from are marked in every checkpoint passed.  A checkpoint's unmarked
 * scalars match anything (prune.c), so a missing mark would be unsound: whatever is not understood
 * marks every scalar on the path.
 *
 * Of packet pointers not the bytes that were proven matter, but those that somebody read: each
 * access asks for bytes behind a base (an id), back to the comparison that showed them, and a
 * checkpoint remembers how many were asked for (reg_needed()).
 *
 * The path is kept per state, as the instructions walked since its parent checkpoint; backward.h
 * says what an entry is, and backward.c takes the steps.
 *
 * What instructions ask for is only noted in the path.  The walk backwards is one for all of them,
 * when marks are about to be used: the path gets a checkpoint, ends, or closes a loop.
 *
 * A checkpoint that ends other paths (backedges) passes new marks on to them at once, so marks are
 * complete whenever a comparison uses them.
 */
#include <string.h>

#include "verify/backward.h"

static uint64_t *path_slot(struct verifier *v, struct state *st)
{
	if (st->n_path == st->cap_path && !state_grow_path(&v->pool, st, st->n_path + 1))
		return NULL;
	return &st->path[st->n_path++];
}

int path_grow(struct verifier *v)
{
	if (state_grow_path(&v->pool, v->cur, v->cur->n_path + 1))
		return 0;
	return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
}

/* A load fills the register that it writes; all else may change what is asked of slots. */
static bool is_load(const struct verifier *v, uint32_t at)
{
	enum isa_form form = v->cfg.node[at].form;

	return form == ISA_F_LDX || form == ISA_F_LDSX || form == ISA_F_LOAD_ACQ;
}

void path_stack(struct verifier *v, uint32_t frame, unsigned int slot)
{
	struct state *st = v->cur;
	uint32_t i = st->n_path;
	uint64_t *entry;

	while (i && st->path[i - 1] & ENTRY_NOTE)
		i--;
	if (!i)
		return;
	entry = &st->path[i - 1];
	*entry |= ENTRY_STACK | (uint64_t)frame << 25 | (uint64_t)slot << 28;
	if (!is_load(v, entry_insn(*entry)))
		*entry |= (uint64_t)TOUCHES_ALL << ENTRY_TOUCHES;
}

static int path_note(struct verifier *v, struct state *st, uint64_t note)
{
	uint64_t *e = path_slot(v, st);

	if (!e)
		return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	*e = note;
	return 0;
}

int path_linked(struct verifier *v, uint64_t linked)
{
	return path_note(v, v->cur, linked | ENTRY_LINKED);
}

int path_compared(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row)
{
	uint64_t constant = want_constant(v, insn, row);

	return constant ? path_note(v, v->cur, constant) : 0;
}

int path_learnt(struct verifier *v, struct state *st, const struct reg *packet, uint16_t bytes)
{
	return path_note(v, st, ENTRY_LEARNT | reach_base(packet) | (uint64_t)bytes << 32);
}

static uint32_t touches_wants(const struct verifier *v, uint32_t at)
{
	const struct bpf_insn *insn = &v->cfg.insns[at];
	enum isa_form form = v->cfg.node[at].form;

	if (form == ISA_F_JMP_X)
		return 1u << insn->dst_reg | 1u << insn->src_reg;
	return form == ISA_F_JMP_K ? 1u << insn->dst_reg : v->cfg.node[at].writes;
}

static uint32_t touches(const struct verifier *v, uint32_t at)
{
	uint32_t what = back_touches(&v->cfg.insns[at], v->cfg.op[at]);

	return (what & (TOUCHES_REGS | TOUCHES_ALL)) | (touches_wants(v, at) & TOUCHES_REGS)
							       << WANT_SHIFT;
}

int precise_prepare(struct verifier *v)
{
	v->entries = arena_alloc_raw(&v->arena, v->cfg.n * sizeof(*v->entries));
	if (!v->entries)
		return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	for (uint32_t at = 0; at < v->cfg.n; at++)
		if (v->cfg.op[at] != CFG_NO_OP)
			v->entries[at] = at | (uint64_t)touches(v, at) << ENTRY_TOUCHES;
	return 0;
}

/* Where the walk is: what is asked for, and what the path asks from the next instruction on. */
struct back_walk {
	uint64_t linked, constant; /* of the instruction whose entry comes next */
	uint64_t moved;            /* likewise: where the pointer was */
	uint32_t later;            /* the instruction walked after it */
	uint32_t unmet;            /* notes of the path that the walk has yet to pass */
	bool has_asked, exact_asked, skip, edge;
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
static void add_asked(struct back_walk *b)
{
	b->has_asked = false;
	if (!b->exact_asked)
		return;
	for (int f = 0; f < STATE_FRAMES; f++) {
		b->q.regs[f] |= b->asked.regs[f];
		b->q.slots[f] |= b->asked.slots[f];
	}
	memset(&b->asked, 0, offsetof(struct request, frame));
	b->exact_asked = false;
}

/* Which entries have to do with what is asked for, by bits of them: with exact values, with wants,
 * with either; or a note. */
struct touched {
	uint64_t exact, wants, any;
};

static struct touched touched(const struct request *q)
{
	uint64_t exact = q->regs[q->frame] | TOUCHES_ALL, wants = TOUCHES_ALL;

	for (uint32_t k = 0; k < q->n_wants; k++)
		if (!q->want[k].slot && q->want[k].frame == q->frame)
			wants |= 1u << (q->want[k].n + WANT_SHIFT);
	if (q->n_reach)
		exact |= TOUCHES_REACH;
	exact <<= ENTRY_TOUCHES;
	wants <<= ENTRY_TOUCHES;
	return (struct touched){ exact, wants, exact | wants | ENTRY_NOTE };
}

static enum back back_entry(struct verifier *v, struct back_walk *b, uint64_t entry,
			    const struct touched *what)
{
	struct request *q = &b->q;

	if (q->n_wants && !b->skip && (b->linked || entry & what->wants))
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
	add_wants(v, b, entry);
	b->constant = 0;
	b->later = entry_insn(entry);
	q->frame = entry_frame(entry);
	if (!b->has_asked)
		return BACK_OK;
	add_asked(b);
	return BACK_OK;
}

int path_moved(struct verifier *v, const struct reg *packet, uint32_t id, uint16_t bytes)
{
	int err;

	if (v->exact_observed)
		return 0;
	err = path_note(v, v->cur, ENTRY_MOVED | id | (uint64_t)bytes << 32);
	return err ? err : path_note(v, v->cur, ENTRY_MOVED | MOVED_FROM | reach_base(packet));
}

static bool is_asking(uint64_t entry)
{
	const unsigned int asking = 1u << (ENTRY_ASKED >> 60) | 1u << (ENTRY_REACH >> 60) |
				    1u << (ENTRY_WANT >> 60) | 1u << (ENTRY_EDGE >> 60);

	return asking >> (entry >> 60) & 1;
}

/* The two signed numbers of a WANT. */
static struct range64 noted_range(uint64_t entry)
{
	int64_t min = (int64_t)(entry << 32) >> 36, max = (int64_t)(entry << 4) >> 36;

	return range64_between((uint64_t)min, (uint64_t)max);
}

static enum back back_note(struct back_walk *b, uint64_t entry)
{
	uint64_t note = entry & ENTRY_NOTE;
	bool ok = true;

	b->unmet -= is_asking(entry);
	if (note == ENTRY_LEARNT)
		back_learnt(&b->q, entry);
	else if (note == ENTRY_REACH)
		ok = back_reach(&b->q, entry & (1ULL << 48 | UINT32_MAX), entry >> 32 & UINT16_MAX);
	else if (note == ENTRY_WANT)
		want_add(&b->asked, &(struct want){ .n = entry & 15, .r64 = noted_range(entry) });
	else if (note == ENTRY_EDGE)
		b->edge = true;
	else if (note == ENTRY_CONST)
		b->constant = entry;
	else if (note == ENTRY_ASKED) {
		back_asked(&b->asked, entry);
		b->exact_asked = true;
	} else if (note == ENTRY_MOVED && entry & MOVED_FROM) {
		b->moved = entry;
	} else if (note == ENTRY_MOVED) {
		ok = back_moved(&b->q, entry, b->moved);
	} else {
		b->linked = entry;
	}
	b->has_asked |= note == ENTRY_ASKED || note == ENTRY_WANT || note == ENTRY_EDGE;
	return ok ? BACK_OK : BACK_UNKNOWN;
}

void precise_sum(struct state *st)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < st->n_path; i++) {
		uint64_t note = st->path[i] & ENTRY_NOTE;

		if (!note)
			sum |= st->path[i];
		else if (note == ENTRY_LEARNT)
			sum |= (uint64_t)TOUCHES_REACH << ENTRY_TOUCHES;
		/* A CONST tells of a jump that touches. */
		else if (note != ENTRY_CONST)
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

/* Back to the checkpoint above.  *ret_done: nothing is asked for any more. */
static enum back back_segment(struct verifier *v, struct back_walk *b, const struct state *st,
			      bool *ret_done)
{
	struct touched what = touched(&b->q);
	bool busy = is_busy(b);

	*ret_done = false;
	for (uint32_t i = st->n_path; i;) {
		uint32_t from = i;
		uint64_t entry;

		/* Most instructions say nothing about what is asked for. */
		while (i && !(st->path[i - 1] & what.any) && !busy)
			i--;
		if (i < from) {
			b->later = entry_insn(st->path[i]);
			b->constant = 0;
		}
		if (!i)
			break;
		entry = st->path[--i];
		if (entry & ENTRY_NOTE) {
			if (back_note(b, entry) == BACK_UNKNOWN)
				return BACK_UNKNOWN;
			busy = is_busy(b);
			continue;
		}
		if (busy || b->q.n_wants) {
			if (back_entry(v, b, entry, &what) == BACK_UNKNOWN)
				return BACK_UNKNOWN;
		} else {
			if (back_insn(v, &b->q, entry, b->later) == BACK_UNKNOWN)
				return BACK_UNKNOWN;
			b->constant = 0;
			b->later = entry_insn(entry);
			b->q.frame = entry_frame(entry);
		}
		if (!b->unmet && request_empty(&b->q)) {
			*ret_done = true;
			return BACK_OK;
		}
		what = touched(&b->q);
		busy = false;
	}
	return BACK_OK;
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

/* From where `from` is, or (skip_last) before its last instruction, which is being judged. */
static void walk_back(struct verifier *v, struct state *from, const struct request *q,
		      bool skip_last, struct work *w)
{
	struct back_walk b;
	struct state *st = from;
	bool done;

	memset(&b, 0, offsetof(struct back_walk, q));
	memset(&b.q, 0, offsetof(struct request, reach));
	memset(&b.asked, 0, offsetof(struct request, reach));
	b.q.n_wants = b.asked.n_wants = 0;
	b.q.frame = from->n_frames - 1;
	b.later = from->insn;
	b.unmet = from->n_asked;
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
		st = st->parent;
		if (done || !st)
			break;
		if (!mark_checkpoint(v, &b.q, st))
			return;
		mark_work(w, st);
	}
	/* Only the arguments of a function verified on its own come from nowhere. */
	b.q.regs[0] &= (uint16_t)~ARG_REGS;
	b.q.n_reach = b.q.n_wants = 0;
	if (!request_empty(&b.q))
		mark_path_all(from, w);
}

/* What is wanted once is wanted ever after. */
static void sift(struct state *old, const struct want *w, const struct state *cur)
{
	if (w->slot || w->frame + 1u != cur->n_frames ||
	    state_top(cur)->reg[w->n].kind != KIND_SCALAR)
		return;
	old->sieve = (struct sieve){ .reg = w->n,
				     .bits = w->low ? 32 : 64,
				     .base = w->low ? w->r32.base : w->r64.base,
				     .size = w->low ? w->r32.size : w->r64.size };
}

bool precise_covers(struct state *old, const struct state *cur)
{
	for (const struct need *n = old->needs; n; n = n->next)
		if (!want_holds(&n->want, cur)) {
			sift(old, &n->want, cur);
			return false;
		}
	return true;
}

/* Asks of cur's register what matters to old's.  False: too much is asked for. */
static bool request_reg(const struct reg *o, struct reg *c, struct request *q, bool *ret_exact)
{
	*ret_exact = false;
	if (reg_is_packet(o))
		return !reg_needed(o) || !reg_is_packet(c) ||
		       back_reach(q, reach_base(c), reg_needed(o));
	*ret_exact = o->kind == KIND_SCALAR && o->flags & REG_PRECISE && mark_exact(c);
	return true;
}

/* Asks in cur for what matters to old. */
static bool request_of(const struct state *old, struct state *cur, struct request *q)
{
	bool ok = true, exact;

	memset(q, 0, offsetof(struct request, reach));
	q->n_wants = 0;
	q->frame = cur->n_frames - 1;
	for (const struct need *n = old->needs; n; n = n->next)
		want_add(q, &n->want);
	for (uint32_t f = 0; f < old->n_frames; f++) {
		const struct frame *o = old->frame[f];
		struct frame *c = cur->frame[f];
		uint32_t regs = o->asked_regs & ((1u << BPF_REG_10) - 1);
		uint64_t slots = o->asked_slots;

		for (; regs; regs &= regs - 1) {
			unsigned int r = (unsigned int)__builtin_ctz(regs);

			ok &= request_reg(&o->reg[r], &c->reg[r], q, &exact);
			q->regs[f] |= (uint16_t)(exact << r);
		}
		for (; slots; slots &= slots - 1) {
			unsigned int s = (unsigned int)__builtin_ctzll(slots);

			if (s >= o->n_slots || s >= c->n_slots)
				break;
			if (!slot_is_spill(&o->slot[s]) || !slot_is_spill(&c->slot[s]))
				continue;
			ok &= request_reg(slot_reg(&o->slot[s]), slot_reg(&c->slot[s]), q, &exact);
			q->slots[f] |= (uint64_t)exact << s;
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

static int ask(struct verifier *v, uint32_t frame, uint64_t what)
{
	v->cur->n_asked++;
	return path_note(v, v->cur, ENTRY_ASKED | what | (uint64_t)frame << 7);
}

int precise_reach(struct verifier *v, const struct reg *packet, uint32_t bytes)
{
	if (v->exact_observed || !bytes)
		return 0;
	v->cur->n_asked++;
	return path_note(v, v->cur, ENTRY_REACH | reach_base(packet) | (uint64_t)bytes << 32);
}

int precise_mark(struct verifier *v, unsigned int r)
{
	if (v->all_precise || reg_at(v, r)->kind != KIND_SCALAR || r == BPF_REG_10)
		return 0;
	return ask(v, v->cur->n_frames - 1, r);
}

int precise_want(struct verifier *v, unsigned int r, int64_t min, int64_t max)
{
	const struct reg *reg = reg_at(v, r);
	int64_t fits = 1 << 27;

	if (v->exact_observed || reg->kind != KIND_SCALAR || min < -fits || max >= fits ||
	    min > max || scalar_smin(&reg->s) < min || scalar_smax(&reg->s) > max)
		return precise_mark(v, r);
	v->cur->n_asked++;
	return path_note(v, v->cur,
			 ENTRY_WANT | r | ((uint64_t)min << 36) >> 32 | ((uint64_t)max << 36) >> 4);
}

/* What would keep a decided jump as it is.  False: only the values as they are. */
static bool edge_wants(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row,
		       bool taken, uint64_t constant)
{
	const struct reg *dst = reg_at(v, insn->dst_reg);
	struct compare c;
	struct want w;

	/* What counts the rounds of a loop is another number in each. */
	if (v->exact_observed || dst->kind != KIND_SCALAR ||
	    (v->cfg.scc[v->at] && reg_is_const(dst)))
		return false;
	if (!want_compare(insn, row, constant, &c) || !want_of_edge(&c, taken, &w))
		return false;
	w.frame = (uint8_t)(v->cur->n_frames - 1);
	return want_holds(&w, v->cur);
}

int precise_edge(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row,
		 bool taken)
{
	uint64_t constant = want_constant(v, insn, row);
	int err;

	if (edge_wants(v, insn, row, taken, constant)) {
		err = constant ? path_note(v, v->cur, constant) : 0;
		v->cur->n_asked++;
		return err ? err : path_note(v, v->cur, ENTRY_EDGE);
	}
	err = precise_mark(v, insn->dst_reg);
	if (!err && row->form == ISA_F_JMP_X)
		err = precise_mark(v, insn->src_reg);
	return err;
}

int precise_mark_slot(struct verifier *v, uint32_t frame, unsigned int slot)
{
	return v->all_precise ? 0 : ask(v, frame, ASKED_SLOT | slot);
}

/* What was asked for on the current path has been passed on. */
static void strip_asked(struct state *cur)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < cur->n_path; i++)
		if (!is_asking(cur->path[i]))
			cur->path[n++] = cur->path[i];
	cur->n_path = n;
	cur->n_asked = 0;
}

void precise_settle(struct verifier *v, bool skip_last)
{
	struct state *cur = v->cur;
	struct work w = { 0 };

	if (!cur->n_asked)
		return;
	walk_back(v, cur, NULL, skip_last, &w);
	strip_asked(cur);
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

	if (v->all_precise)
		return;
	if (!request_of(old, cur, &q))
		mark_path_all(cur, &w);
	else if (cur->n_asked || !request_empty(&q))
		walk_back(v, cur, &q, false, &w);
	/* The path is walked no further. */
	cur->n_path = cur->n_asked = 0;
	work_finish(v, &w);
}
