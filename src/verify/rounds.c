/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where is the number that counts a loop's rounds, and does it?  See rounds.h.
 *
 * Why this ends every run: take the checkpoints that a run comes by again and again, and of these
 * the first that was made, r.  The others were made below it.  The run comes to r by paths that it
 * ended, so r is general (or counts by itself: iterators, may_goto).  From r on the number is
 * followed along paths; where a path was ended by another checkpoint y, rounds_agree() saw to it
 * that what is known of the number on the way to y holds on the way that was ended, too.  So from r
 * to r it goes up (down) by constants, always one way, without leaving an interval.
 */
#include "verify/rounds.h"

#include <string.h>

const struct reg *spot_number(const struct state *st, struct spot at)
{
	const struct frame *f = at.frame < st->n_frames ? st->frame[at.frame] : NULL;
	const struct reg *r;

	if (!f || (at.slot && (at.n >= f->n_slots || !slot_is_spill(&f->slot[at.n]))))
		return NULL;
	r = at.slot ? slot_reg(&f->slot[at.n]) : &f->reg[at.n];
	return r->kind == KIND_SCALAR ? r : NULL;
}

struct copy *track_find(struct track *t, struct spot at)
{
	for (uint32_t i = 0; i < t->n; i++)
		if (spot_equal(t->copy[i].at, at))
			return &t->copy[i];
	return NULL;
}

static void forget(struct track *t, struct spot at)
{
	struct copy *c = track_find(t, at);

	if (c)
		*c = t->copy[--t->n];
}

static void forget_regs(struct track *t, uint8_t frame, uint32_t regs)
{
	for (uint32_t i = t->n; i-- > 0;) {
		const struct spot *at = &t->copy[i].at;

		if (at->frame == frame && !at->slot && regs >> at->n & 1)
			t->copy[i] = t->copy[--t->n];
	}
}

/* Of frames from this one on. */
static void forget_frames(struct track *t, uint32_t frame)
{
	for (uint32_t i = t->n; i-- > 0;)
		if (t->copy[i].at.frame >= frame)
			t->copy[i] = t->copy[--t->n];
}

static void copy_to(struct track *t, struct spot from, struct spot to, bool low)
{
	const struct copy *c = track_find(t, from);
	struct copy copied;

	/* The lower half of zeroes. */
	if (c && low && c->up) {
		forget(t, to);
		return;
	}
	if (spot_equal(from, to)) {
		if (c && low)
			track_find(t, to)->low = true;
		return;
	}
	if (c)
		copied = *c;
	forget(t, to);
	if (!c || t->n == COPIES)
		return;
	copied.at = to;
	copied.low |= low;
	t->copy[t->n++] = copied;
}

static void step_alu(struct track *t, struct spot dst, const struct bpf_insn *insn,
		     const struct isa_row *row)
{
	uint64_t k = (uint64_t)(int64_t)insn->imm;
	struct copy *c = track_find(t, dst);

	if (!c)
		return;
	/* As compilers without 32-bit instructions cut a number to 32 bits. */
	if (row->bits == 64 && insn->imm == 32 &&
	    (c->up ? row->op == ISA_ALU_RSH || row->op == ISA_ALU_ARSH : row->op == ISA_ALU_LSH)) {
		c->up = !c->up;
		c->low = true;
		return;
	}
	if ((row->op != ISA_ALU_ADD && row->op != ISA_ALU_SUB) || c->up) {
		forget(t, dst);
		return;
	}
	c->delta += row->op == ISA_ALU_ADD ? k : 0 - k;
	c->low |= row->bits == 32;
}

/* Half a slot is the lower half where its address says so. */
static bool is_lower_half(const struct bpf_insn *insn, unsigned int base, const struct isa_row *row)
{
	return row->bits == 32 && base == BPF_REG_10 && !(insn->off & 7);
}

static void step_stack(struct track *t, uint64_t entry, const struct bpf_insn *insn,
		       const struct isa_row *row)
{
	uint8_t frame = (uint8_t)(entry >> 34 & 7);
	struct spot slot = { .frame = entry >> 25 & 7, .n = entry >> 28 & 63, .slot = true };
	struct spot src = { .frame = frame, .n = insn->src_reg };
	struct spot dst = { .frame = frame, .n = insn->dst_reg };

	if (row->form == ISA_F_LDX) {
		if (row->bits == 64 || is_lower_half(insn, insn->src_reg, row))
			copy_to(t, slot, dst, row->bits != 64);
		else
			forget(t, dst);
	} else if (row->form == ISA_F_STX) {
		if (row->bits == 64 || is_lower_half(insn, insn->dst_reg, row))
			copy_to(t, src, slot, row->bits != 64);
		else
			forget(t, slot);
	} else {
		forget(t, slot);
	}
}

void track_step(const struct verifier *v, struct track *t, uint64_t entry)
{
	uint32_t at = (uint32_t)(entry & 0xffffff);
	uint8_t frame = (uint8_t)(entry >> 34 & 7);
	const struct bpf_insn *insn = &v->cfg.insns[at];
	const struct isa_row *row = isa_row(v->cfg.op[at]);
	struct spot dst = { .frame = frame, .n = insn->dst_reg };
	struct spot src = { .frame = frame, .n = insn->src_reg };
	bool stack = entry >> 24 & 1;

	switch ((enum isa_form)row->form) {
	case ISA_F_JMP_X:
	case ISA_F_JMP_K:
	case ISA_F_JA:
	case ISA_F_JA32:
	case ISA_F_MAY_GOTO: return;
	case ISA_F_ALU_K: step_alu(t, dst, insn, row); return;
	case ISA_F_ALU_X:
		if (row->op == ISA_ALU_MOV) {
			copy_to(t, src, dst, row->bits != 64);
			return;
		}
		break;
	case ISA_F_LDX:
	case ISA_F_STX:
	case ISA_F_ST:
	case ISA_F_STORE_REL:
	case ISA_F_ATOMIC:
		if (stack)
			step_stack(t, entry, insn, row);
		if (stack && row->form == ISA_F_LDX)
			return;
		break;
	case ISA_F_CALL:
	case ISA_F_CALL_SUB:
	case ISA_F_CALL_KFUNC:
	case ISA_F_CALLX:
		forget_frames(t, frame + 1u);
		forget_regs(t, frame, 0x3f);
		return;
	case ISA_F_EXIT:
		forget_frames(t, frame);
		if (frame)
			forget_regs(t, frame - 1, 0x3f);
		return;
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: forget_regs(t, frame, 0x3f); return;
	case ISA_F_MOVSX:
	case ISA_F_CAST:
	case ISA_F_NEG:
	case ISA_F_END:
	case ISA_F_LDSX:
	case ISA_F_LOAD_ACQ:
	case ISA_F_LD_IMM64: break;
	}
	forget_regs(t, frame, v->cfg.node[at].writes);
}

/* Has the path left the loop, as far as one can see?  Then it has no more to do with it: not to
 * follow the number only means that nothing counts. */
static bool has_left(const struct verifier *v, const struct loop *l)
{
	const struct state *cur = v->cur;

	return cur->n_frames < l->n_frames ||
	       (cur->n_frames == l->n_frames && v->cfg.scc[cur->insn] != v->cfg.scc[l->head]);
}

/* From the checkpoint above v->cur to it.  False: the loop is over, or not above. */
static bool follow(const struct verifier *v, const struct loop *l, struct track *ret)
{
	const struct state *cur = v->cur;
	const struct track *t = cur->parent ? cur->parent->tracks : NULL;

	while (t && t->loop != l)
		t = t->next;
	if (!t || !l->open || has_left(v, l))
		return false;
	*ret = *t;
	for (uint32_t i = 0; i < cur->n_path && ret->n; i++)
		if (!(cur->path[i] >> 60))
			track_step(v, ret, cur->path[i]);
	for (uint32_t i = ret->n; i-- > 0;)
		if (!spot_number(cur, ret->copy[i].at))
			ret->copy[i] = ret->copy[--ret->n];
	return true;
}

int rounds_follow(struct verifier *v, struct track **ret)
{
	const struct track *above = v->cur->parent ? v->cur->parent->tracks : NULL;
	struct track *list = NULL;

	for (; above; above = above->next) {
		struct track here, *t;

		if (!follow(v, above->loop, &here))
			continue;
		t = arena_dup(&v->arena, &here, sizeof(here));
		if (!t)
			return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
		t->next = list;
		list = t;
	}
	*ret = list;
	return 0;
}

static uint64_t fewest_rounds(const struct loop *l)
{
	uint64_t least = UINT64_MAX;

	for (unsigned int i = 0; i < l->n; i++)
		if (l->alive >> i & 1 && l->counter[i].rounds < least)
			least = l->counter[i].rounds;
	return least;
}

/* Loops that this one is in, or that are behind one another in the same. */
static bool is_too_long(const struct verifier *v, const struct loop *l)
{
	uint64_t rounds = fewest_rounds(l);

	if (rounds > MAX_ROUNDS)
		return true;
	for (const struct track *t = v->cur->parent->tracks; t; t = t->next) {
		uint64_t other = t->loop == l || !t->loop->open ? 1 : fewest_rounds(t->loop);

		if (other > 1 && other <= MAX_ROUNDS)
			rounds *= other;
		if (rounds > MAX_NESTED)
			return true;
	}
	return false;
}

/* Does counter i go one way from the general checkpoint to here, without leaving its interval? */
static bool counts(const struct verifier *v, const struct state *general, struct loop *l,
		   struct track *t, unsigned int i)
{
	const struct reg *from = spot_number(general, l->counter[i].at);
	const struct reg *to = spot_number(v->cur, l->counter[i].at);
	const struct copy *c = track_find(t, l->counter[i].at);
	uint64_t stride, turn;
	int64_t delta;
	int way;

	if (!from || !to || !c || c->of != i || c->up)
		return false;
	delta = c->low ? (int32_t)c->delta : (int64_t)c->delta;
	way = (delta > 0) - (delta < 0);
	if (!way || (l->counter[i].way && l->counter[i].way != way))
		return false;
	stride = delta < 0 ? 0 - (uint64_t)delta : (uint64_t)delta;
	/* Both lie in an interval so short that nothing but the stride is between them, of all
	 * that agrees with it modulo 2^64 or 2^32. */
	turn = c->low ? 1ULL << 32 : 0;
	if (from->s.r64.size >= turn - stride || !range64_subset(to->s.r64, from->s.r64))
		return false;
	l->counter[i].way = (int8_t)way;
	l->counter[i].rounds += to->s.r64.size / stride + 1;
	return l->counter[i].rounds <= MAX_ROUNDS;
}

bool rounds_advance(struct verifier *v, const struct state *general)
{
	struct loop *l = general->loop;
	struct track here;
	uint8_t alive = l->alive;

	if (!follow(v, l, &here))
		return false;
	for (unsigned int i = 0; i < l->n; i++)
		if (alive >> i & 1 && !counts(v, general, l, &here, i))
			alive &= (uint8_t) ~(1u << i);
	if (!alive)
		return false;
	l->alive = alive;
	return !is_too_long(v, l);
}

static bool is_live(const struct verifier *v, const struct state *st, struct spot at)
{
	return at.slot || at.frame + 1u != st->n_frames || v->live.regs[st->insn] >> at.n & 1;
}

/* Counters that the track of `old` may have counted on, and that are elsewhere here. */
static uint8_t moved(const struct verifier *v, const struct state *old, const struct track *t)
{
	uint8_t lost = 0;
	struct track here;

	if (!follow(v, t->loop, &here))
		return t->loop->alive;
	for (uint32_t i = 0; i < t->n; i++) {
		const struct copy *o = &t->copy[i], *c = track_find(&here, o->at);

		if (!is_live(v, old, o->at))
			continue;
		if (!c || c->of != o->of || c->low != o->low || c->up != o->up ||
		    c->delta != o->delta)
			lost |= (uint8_t)(1u << o->of);
	}
	return lost;
}

bool rounds_agree(struct verifier *v, const struct state *old)
{
	for (const struct track *t = old->tracks; t; t = t->next) {
		uint8_t left;

		if (!t->loop->open || t->loop == old->loop)
			continue;
		left = t->loop->alive & (uint8_t)~moved(v, old, t);
		if (!left)
			return false;
		t->loop->alive = left;
	}
	return true;
}
