/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of a packet pointer has to be known so that the bytes behind it are there?  On the way back
 * over a path a request for bytes follows the register or slot of the pointer, up to a comparison
 * with the packet's end that showed them.  That comparison was of another pointer, as a rule: the
 * two have to be as far apart as they were, from one base, and the one that was compared must not
 * lie so far behind its base that nothing is learnt of it.  Where both come from the same place is
 * nothing left to ask.
 */
#include "verify/backward.h"

enum {
	MAX_SAME = 12, /* at one checkpoint */
};

static bool is_near(const struct reg *r)
{
	return r->off >= 0 && scalar_smin(&r->s) >= 0 && offset_is_near(r);
}

static const struct reg *packet_at(const struct state *st, struct spot at)
{
	const struct frame *f = at.frame < st->n_frames ? st->frame[at.frame] : NULL;
	const struct reg *r;

	if (!f || (at.slot && (at.n >= f->n_slots || !slot_is_spill(&f->slot[at.n]))))
		return NULL;
	r = at.slot ? slot_reg(&f->slot[at.n]) : &f->reg[at.n];
	return reg_is_packet(r) ? r : NULL;
}

/* --- of checkpoints --- */

bool packet_roams(const struct reg *o, const struct reg *c)
{
	int32_t needed = (int32_t)reg_needed(o);

	return is_near(o) && is_near(c) &&
	       (!needed || (int32_t)c->range - c->off >= needed - o->off);
}

bool packet_holds(const struct state *old, const struct state *cur)
{
	for (const struct same *s = old->sames; s; s = s->next) {
		const struct reg *oa = packet_at(old, s->a), *ob = packet_at(old, s->b);
		const struct reg *ca = packet_at(cur, s->a), *cb = packet_at(cur, s->b);

		if (!oa || !ob || !ca || !cb || ca->id != cb->id || ca->kind != cb->kind ||
		    ca->off - cb->off != oa->off - ob->off)
			return false;
	}
	return true;
}

/* False: it was marked so before.  No more is asked than is known there: what shows more stands
 * between. */
static bool mark_bytes(struct state *st, const struct reach *q)
{
	struct frame *f = st->frame[q->at.frame];
	struct reg *r = q->at.slot ? slot_reg(&f->slot[q->at.n]) : &f->reg[q->at.n];

	if (reg_needed(r) >= q->bytes)
		return false;
	r->uid = q->bytes;
	if (q->at.slot)
		f->asked_slots |= 1ULL << q->at.n;
	else
		f->asked_regs |= (uint16_t)(1u << q->at.n);
	return true;
}

static bool is_marked(const struct state *st, struct spot a, struct spot b)
{
	for (const struct same *s = st->sames; s; s = s->next)
		if ((spot_equal(s->a, a) && spot_equal(s->b, b)) ||
		    (spot_equal(s->a, b) && spot_equal(s->b, a)))
			return true;
	return false;
}

enum marked {
	MARK_OLD,
	MARK_NEW,
	MARK_EXACT
};

static enum marked mark_same(struct verifier *v, struct state *st, const struct same *q)
{
	const struct reg *a = packet_at(st, q->a), *b = packet_at(st, q->b);
	unsigned int n = 0;
	struct same *same;

	if (is_marked(st, q->a, q->b))
		return MARK_OLD;
	for (same = st->sames; same; same = same->next)
		n++;
	same = arena_alloc(&v->arena, sizeof(*same));
	if (!a || !b || a->id != b->id || n == MAX_SAME || !same)
		return MARK_EXACT;
	*same = (struct same){ .a = q->a, .b = q->b, .next = st->sames };
	st->sames = same;
	return MARK_NEW;
}

static void ask_exact(struct request *q, struct spot at)
{
	if (at.slot)
		q->slots[at.frame] |= 1ULL << at.n;
	else
		q->regs[at.frame] |= (uint16_t)(1u << at.n);
}

bool packet_mark(struct verifier *v, struct request *q, struct state *st, bool *ret_lost)
{
	bool news = false;

	*ret_lost = false;
	for (uint32_t i = q->n_reach; i-- > 0;) {
		const struct reg *r = packet_at(st, q->reach[i].at);

		if (!r || reach_base(r) != q->reach[i].base)
			*ret_lost = true;
		else if (mark_bytes(st, &q->reach[i]))
			news = true;
		else
			q->reach[i] = q->reach[--q->n_reach];
	}
	for (uint32_t i = q->n_same; i-- > 0;) {
		enum marked m = mark_same(v, st, &q->same[i]);

		news |= m != MARK_OLD;
		if (m == MARK_NEW)
			continue;
		if (m == MARK_EXACT) {
			ask_exact(q, q->same[i].a);
			ask_exact(q, q->same[i].b);
		}
		q->same[i] = q->same[--q->n_same];
	}
	return news;
}

bool packet_request(const struct state *old, const struct state *cur, struct spot at,
		    struct request *q)
{
	const struct reg *o = packet_at(old, at), *c = packet_at(cur, at);

	if (!o || !c || !reg_needed(o))
		return true;
	return back_reach(q, &(struct reach){ .at = at,
					      .base = reach_base(c),
					      .bytes = (uint32_t)((int32_t)reg_needed(o) - o->off +
								  c->off) });
}

void packet_request_same(const struct state *old, struct request *q)
{
	for (const struct same *s = old->sames; s; s = s->next)
		back_same(q, s->a, s->b);
}

/* --- one step backwards --- */

bool back_reach(struct request *q, const struct reach *r)
{
	for (uint32_t i = 0; i < q->n_reach; i++) {
		if (q->reach[i].base != r->base || !spot_equal(q->reach[i].at, r->at))
			continue;
		if (q->reach[i].bytes < r->bytes)
			q->reach[i].bytes = r->bytes;
		return true;
	}
	if (q->n_reach == MAX_REACH)
		return false;
	q->reach[q->n_reach++] = *r;
	return true;
}

void back_same(struct request *q, struct spot a, struct spot b)
{
	if (spot_equal(a, b))
		return;
	for (uint32_t i = 0; i < q->n_same; i++)
		if ((spot_equal(q->same[i].a, a) && spot_equal(q->same[i].b, b)) ||
		    (spot_equal(q->same[i].a, b) && spot_equal(q->same[i].b, a)))
			return;
	if (q->n_same == MAX_SAMES) {
		ask_exact(q, a);
		ask_exact(q, b);
		return;
	}
	q->same[q->n_same++] = (struct same){ .a = a, .b = b };
}

void back_moved(struct request *q, uint64_t entry, uint64_t from)
{
	uint64_t base = (entry & UINT32_MAX) | (from & 1ULL << 48);

	for (uint32_t i = 0; i < q->n_reach; i++)
		if (q->reach[i].base == base) {
			q->reach[i].base = from & (1ULL << 48 | UINT32_MAX);
			q->reach[i].bytes += entry >> 32 & UINT16_MAX;
		}
}

/* A comparison with the end showed so many bytes: no more is asked of what was before. */
void back_learnt(struct request *q, const struct bpf_insn *insn, uint64_t entry)
{
	uint64_t base = entry & (1ULL << 48 | UINT32_MAX);
	uint32_t bytes = entry >> 32 & UINT16_MAX;
	bool open = entry & LEARNT_OPEN, used = false;
	struct spot by = { .frame = (uint8_t)q->frame,
			   .n = entry & LEARNT_SRC ? insn->src_reg : insn->dst_reg };
	struct want w = { .frame = by.frame, .n = by.n, .at = true };

	for (uint32_t i = q->n_reach; i-- > 0;) {
		if (q->reach[i].base != base || q->reach[i].bytes > bytes)
			continue;
		used = true;
		/* Meta data is compared as it is. */
		if (!(base >> 48))
			back_same(q, q->reach[i].at, by);
		q->reach[i] = q->reach[--q->n_reach];
	}
	if (!used || base >> 48)
		return;
	/* As far as packet_learn() counts: one byte more of a pointer before the end. */
	w.r64 = range64_between(open ? 0 : 1, open ? UINT16_MAX - 1 : UINT16_MAX);
	want_add(q, &w);
}

enum origin {
	FOLLOWED, /* it was there, or stayed where it is */
	MADE,     /* by this instruction, from nothing that matters */
	SUM,      /* of the pointer that was there and a number */
	LOST,
};

static enum origin over_call(struct spot *s, uint32_t frame, bool entered, bool is_static)
{
	if (entered && s->frame <= frame)
		return FOLLOWED;
	if (entered) {
		if (!is_static || s->slot || !(ARG_REGS >> s->n & 1))
			return LOST;
		s->frame = (uint8_t)frame;
		return FOLLOWED;
	}
	if (s->slot || s->frame != frame || s->n > BPF_REG_5)
		return FOLLOWED;
	return s->n ? LOST : MADE;
}

static enum origin over_exit(const struct verifier *v, struct spot *s, uint32_t frame,
			     uint32_t later)
{
	bool from_call = later && v->cfg.op[later - 1] == ISA_CALL_SUB;

	if (s->slot || s->frame + 1u != frame || s->n > BPF_REG_5)
		return FOLLOWED;
	if (s->n || !from_call || v->info[later].repeats_callback)
		return LOST;
	s->frame = (uint8_t)frame;
	return FOLLOWED;
}

static enum origin over_slot(const struct bpf_insn *insn, const struct isa_row *row, struct spot *s,
			     uint64_t entry)
{
	if (!(entry & ENTRY_STACK) || s->frame != (entry >> 25 & 7) || s->n != (entry >> 28 & 63))
		return FOLLOWED;
	if (row->form == ISA_F_LDX || row->form == ISA_F_LDSX || row->form == ISA_F_LOAD_ACQ)
		return FOLLOWED;
	if (row->form != ISA_F_STX || row->bits != 64)
		return LOST;
	*s = (struct spot){ .frame = (uint8_t)entry_frame(entry), .n = insn->src_reg };
	return FOLLOWED;
}

static enum origin over_reg(const struct bpf_insn *insn, const struct isa_row *row, struct spot *s,
			    uint64_t entry)
{
	bool whole = row->bits == 64;

	if (row->form == ISA_F_ALU_K)
		return whole && (row->op == ISA_ALU_ADD || row->op == ISA_ALU_SUB) ? FOLLOWED
										   : LOST;
	if (row->form == ISA_F_ALU_X && whole && row->op == ISA_ALU_MOV) {
		s->n = insn->src_reg;
		return FOLLOWED;
	}
	if (row->form == ISA_F_ALU_X)
		return whole && row->op == ISA_ALU_ADD ? SUM : LOST;
	if (row->form != ISA_F_LDX)
		return LOST;
	if (!(entry & ENTRY_STACK))
		return MADE;
	*s = (struct spot){ .frame = entry >> 25 & 7, .n = entry >> 28 & 63, .slot = true };
	return whole ? FOLLOWED : LOST;
}

static enum origin step_spot(const struct verifier *v, struct spot *s, uint64_t entry,
			     uint32_t later)
{
	uint32_t at = entry_insn(entry), frame = entry_frame(entry);
	const struct bpf_insn *insn = &v->cfg.insns[at];
	const struct isa_row *row = isa_row(v->cfg.op[at]);

	if (row->form == ISA_F_EXIT)
		return over_exit(v, s, frame, later);
	if (row->form == ISA_F_CALL || row->form == ISA_F_CALL_SUB || row->form == ISA_F_CALL_KFUNC)
		return over_call(s, frame, later != at + 1, row->form == ISA_F_CALL_SUB);
	if (s->slot)
		return over_slot(insn, row, s, entry);
	if (s->frame != frame || !(v->cfg.node[at].writes >> s->n & 1))
		return FOLLOWED;
	return over_reg(insn, row, s, entry);
}

/* The same, and what else has to be known.  The number that was added has to be the one that it
 * was. */
static enum origin follow(const struct verifier *v, struct request *q, struct spot *s,
			  uint64_t entry, uint32_t later, uint64_t added)
{
	const struct bpf_insn *insn = &v->cfg.insns[entry_insn(entry)];
	enum origin o = step_spot(v, s, entry, later);
	struct spot num = *s;

	if (o != SUM)
		return o;
	if ((added & ENTRY_NOTE) != ENTRY_ADDED)
		return LOST;
	s->n = added & 1 ? insn->src_reg : insn->dst_reg;
	num.n = added & 1 ? insn->dst_reg : insn->src_reg;
	ask_exact(q, num);
	return FOLLOWED;
}

/* Those that come from one place become one: each round of a loop leaves more of them. */
static bool follow_reaches(const struct verifier *v, struct request *q, uint64_t entry,
			   uint32_t later, uint64_t added)
{
	uint32_t n = q->n_reach;

	q->n_reach = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct reach r = q->reach[i];

		if (follow(v, q, &r.at, entry, later, added) != FOLLOWED)
			return false;
		back_reach(q, &r);
	}
	return true;
}

enum back packet_back(const struct verifier *v, struct request *q, uint64_t entry, uint32_t later,
		      uint64_t added)
{
	struct same behind[MAX_SAMES];
	uint32_t n = q->n_same;

	if (!follow_reaches(v, q, entry, later, added))
		return BACK_UNKNOWN;
	memcpy(behind, q->same, n * sizeof(behind[0]));
	q->n_same = 0;
	for (uint32_t i = 0; i < n; i++) {
		enum origin a = follow(v, q, &behind[i].a, entry, later, added);
		enum origin b = follow(v, q, &behind[i].b, entry, later, added);

		if (a == LOST || b == LOST)
			return BACK_UNKNOWN;
		/* At the packet's start, where the other has to be as far from as it was. */
		if (a == MADE && b == FOLLOWED)
			ask_exact(q, behind[i].b);
		else if (b == MADE && a == FOLLOWED)
			ask_exact(q, behind[i].a);
		else if (a == FOLLOWED)
			back_same(q, behind[i].a, behind[i].b);
	}
	return BACK_OK;
}
