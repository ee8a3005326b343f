/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which registers and stack slots of earlier checkpoints have to keep their exact range?  When a
 * check depends on a scalar, the path that led here is walked backwards, and the registers and
 * slots that the value came from are marked in every checkpoint passed.  A checkpoint's unmarked
 * scalars match anything (prune.c), so a missing mark would be unsound: whatever is not understood
 * marks every scalar on the path.
 *
 * The path is kept per state, as the instructions walked since its parent checkpoint.  An entry is
 *   bits 0-23 instruction, bit 24 "stack slot touched", 25-27 its frame, 28-33 slot, 34-36 frame
 *   that the instruction ran in
 * or, with bit 63, up to six linked registers or slots of the conditional jump before it, ten bits
 * each: 3 frame, 1 is slot, 6 number plus one; or, with bit 62, what the instruction before it
 * asked for: bits 0-5 register, or slot with bit 6 set, 7-9 frame.
 *
 * What instructions ask for is only noted in the path.  The walk backwards is one for all of them,
 * when marks are about to be used: the path gets a checkpoint, ends, or closes a loop.
 *
 * A checkpoint that ends other paths (backedges) passes new marks on to them at once, so marks are
 * complete whenever a comparison uses them.
 */
#include <string.h>

#include "verify/env.h"

enum {
	ENTRY_STACK = 1 << 24,
	ASKED_SLOT = 1 << 6
};
#define ENTRY_LINKED (1ULL << 63)
#define ENTRY_ASKED  (1ULL << 62)

struct request {
	uint16_t regs[STATE_FRAMES];
	uint64_t slots[STATE_FRAMES];
	uint32_t frame; /* where the walk backwards is */
};

enum back {
	BACK_OK,
	BACK_UNKNOWN
};

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

static uint32_t entry_frame(uint64_t entry)
{
	return entry >> 34 & 7;
}

void path_stack(struct verifier *v, uint32_t frame, unsigned int slot)
{
	struct state *st = v->cur;
	uint32_t i = st->n_path;

	while (i && st->path[i - 1] & (ENTRY_LINKED | ENTRY_ASKED))
		i--;
	if (i)
		st->path[i - 1] |= ENTRY_STACK | (uint64_t)frame << 25 | (uint64_t)slot << 28;
}

int path_linked(struct verifier *v, uint64_t linked)
{
	uint64_t *e = path_slot(v, v->cur);

	if (!e)
		return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	*e = linked | ENTRY_LINKED;
	return 0;
}

static bool request_empty(const struct request *q)
{
	uint64_t any = 0;

	for (int i = 0; i < STATE_FRAMES; i++)
		any |= q->regs[i] | q->slots[i];
	return !any;
}

static bool is_set(const struct request *q, unsigned int r)
{
	return q->regs[q->frame] >> r & 1;
}
static void set_reg(struct request *q, unsigned int r)
{
	if (r != BPF_REG_10)
		q->regs[q->frame] |= (uint16_t)(1u << r);
}
static void clear_reg(struct request *q, unsigned int r)
{
	q->regs[q->frame] &= (uint16_t) ~(1u << r);
}

static enum back back_alu(struct request *q, const struct bpf_insn *insn, const struct isa_row *row)
{
	if (!is_set(q, insn->dst_reg))
		return BACK_OK;
	if (row->form == ISA_F_MOVSX || row->form == ISA_F_CAST || row->op == ISA_ALU_MOV)
		clear_reg(q, insn->dst_reg);
	if (row->form != ISA_F_ALU_K)
		set_reg(q, insn->src_reg);
	return BACK_OK;
}

static enum back back_load(struct request *q, const struct bpf_insn *insn, uint64_t entry)
{
	if (!is_set(q, insn->dst_reg))
		return BACK_OK;
	clear_reg(q, insn->dst_reg);
	if (entry & ENTRY_STACK)
		q->slots[entry >> 25 & 7] |= 1ULL << (entry >> 28 & 63);
	return BACK_OK;
}

static enum back back_store(struct request *q, const struct bpf_insn *insn, uint64_t entry,
			    bool from_reg)
{
	uint64_t bit = 1ULL << (entry >> 28 & 63);
	uint32_t frame = entry >> 25 & 7;

	/* An address that must be precise is a difference of pointers: not followed. */
	if (is_set(q, insn->dst_reg))
		return BACK_UNKNOWN;
	if (!(entry & ENTRY_STACK) || !(q->slots[frame] & bit))
		return BACK_OK;
	q->slots[frame] &= ~bit;
	if (from_reg)
		set_reg(q, insn->src_reg);
	return BACK_OK;
}

static enum back back_atomic(struct request *q, const struct bpf_insn *insn,
			     const struct isa_row *row, uint64_t entry)
{
	uint16_t written = isa_regs_of(insn, (enum isa_op)(row - isa_row(0))).writes;
	uint64_t *slots = &q->slots[entry >> 25 & 7], bit = 1ULL << (entry >> 28 & 63);
	bool fetched = q->regs[q->frame] & written;

	if (is_set(q, insn->dst_reg) && !(written >> insn->dst_reg & 1))
		return BACK_UNKNOWN;
	q->regs[q->frame] &= (uint16_t)~written;
	/* Afterwards the slot holds anything; before it, what was fetched. */
	if (entry & ENTRY_STACK)
		*slots = fetched ? *slots | bit : *slots & ~bit;
	return BACK_OK;
}

enum {
	ARG_REGS = 0x3e
};

/* Backwards over a call of a static function's entry: its arguments are the caller's. */
static enum back back_leave_callee(struct request *q, bool to_callback)
{
	uint16_t args = q->regs[q->frame] & ARG_REGS;

	if ((q->regs[q->frame] & ~(uint32_t)ARG_REGS) || q->slots[q->frame] || !q->frame)
		return BACK_UNKNOWN;
	q->regs[q->frame] = 0;
	q->frame--;
	if (!to_callback)
		q->regs[q->frame] |= args;
	return BACK_OK;
}

static enum back back_call(struct verifier *v, struct request *q, uint32_t at, uint32_t later,
			   const struct isa_row *row)
{
	bool into_callee = later != at + 1;

	if (row->form == ISA_F_CALL_SUB && into_callee)
		return back_leave_callee(q, false);
	if (into_callee && v->info[at].repeats_callback)
		return back_leave_callee(q, true);
	clear_reg(q, BPF_REG_0);
	return q->regs[q->frame] & ARG_REGS ? BACK_UNKNOWN : BACK_OK;
}

/* Backwards over an exit, into the function that returned. */
static enum back back_exit(struct verifier *v, struct request *q, uint32_t later)
{
	bool from_call = later && v->cfg.op[later - 1] == ISA_CALL_SUB;
	bool to_callback = v->info[later].repeats_callback;
	bool r0 = is_set(q, BPF_REG_0) && from_call && !to_callback;

	/* A callback returns to the call that repeats it, whose arguments stay in r1-r5 of the
	 * caller's frame. */
	if (!to_callback && q->regs[q->frame] & ARG_REGS)
		return BACK_UNKNOWN;
	clear_reg(q, BPF_REG_0);
	if (q->frame + 1 >= STATE_FRAMES)
		return BACK_UNKNOWN;
	q->frame++;
	if (r0)
		set_reg(q, BPF_REG_0);
	return BACK_OK;
}

static enum back back_jump(struct request *q, const struct bpf_insn *insn,
			   const struct isa_row *row)
{
	if (row->form == ISA_F_JMP_X && (is_set(q, insn->dst_reg) || is_set(q, insn->src_reg))) {
		set_reg(q, insn->dst_reg);
		set_reg(q, insn->src_reg);
	}
	return BACK_OK;
}

static void back_linked(struct request *q, uint64_t linked)
{
	bool any = false;

	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < PATH_MAX_LINKED; i++) {
			uint32_t e = linked >> (i * 10) & 0x3ff;
			uint32_t frame = e & 7, n = e >> 4 & 63;
			bool slot = e >> 3 & 1;

			/* Numbers are kept one up, so that zero is no entry. */
			if (!e)
				continue;
			if (!pass)
				any |= slot ? q->slots[frame] >> (n - 1) & 1
					    : q->regs[frame] >> (n - 1) & 1;
			else if (any && slot)
				q->slots[frame] |= 1ULL << (n - 1);
			else if (any)
				q->regs[frame] |= (uint16_t)(1u << (n - 1));
		}
}

static enum back back_insn(struct verifier *v, struct request *q, uint64_t entry, uint32_t later)
{
	uint32_t at = entry & 0xffffff;
	const struct bpf_insn *insn = &v->cfg.insns[at];
	const struct isa_row *row = isa_row(v->cfg.op[at]);

	switch ((enum isa_form)row->form) {
	case ISA_F_ALU_X:
	case ISA_F_ALU_K:
	case ISA_F_MOVSX:
	case ISA_F_CAST: return back_alu(q, insn, row);
	case ISA_F_NEG:
	case ISA_F_END:
	case ISA_F_JMP_K:
	case ISA_F_JA:
	case ISA_F_JA32:
	case ISA_F_MAY_GOTO: return BACK_OK;
	case ISA_F_JMP_X: return back_jump(q, insn, row);
	case ISA_F_CALL:
	case ISA_F_CALL_SUB:
	case ISA_F_CALL_KFUNC: return back_call(v, q, at, later, row);
	case ISA_F_EXIT: return back_exit(v, q, later);
	case ISA_F_LDX:
	case ISA_F_LDSX:
	case ISA_F_LOAD_ACQ: return back_load(q, insn, entry);
	case ISA_F_ST: return back_store(q, insn, entry, false);
	case ISA_F_STX:
	case ISA_F_STORE_REL: return back_store(q, insn, entry, true);
	case ISA_F_ATOMIC: return back_atomic(q, insn, row, entry);
	case ISA_F_LD_IMM64: clear_reg(q, insn->dst_reg); return BACK_OK;
	case ISA_F_CALLX: return BACK_UNKNOWN;
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: return is_set(q, BPF_REG_0) ? BACK_UNKNOWN : BACK_OK;
	}
	return BACK_UNKNOWN;
}

static bool mark(struct reg *r)
{
	if (r->kind != KIND_SCALAR || r->flags & REG_PRECISE)
		return false;
	r->flags |= REG_PRECISE;
	return true;
}

/* Marks what is asked for in a checkpoint; what was marked before needs no further walk. */
static bool mark_checkpoint(struct request *q, struct state *st)
{
	bool news = false;

	for (uint32_t f = 0; f < STATE_FRAMES; f++) {
		uint32_t regs = q->regs[f];
		uint64_t slots = q->slots[f];

		for (unsigned int r = 0; regs >> r; r++)
			if (regs >> r & 1 && (f >= st->n_frames || !mark(&st->frame[f]->reg[r])))
				q->regs[f] &= (uint16_t) ~(1u << r);
		for (; slots; slots &= slots - 1) {
			unsigned int s = (unsigned int)__builtin_ctzll(slots);

			if (f >= st->n_frames || s >= st->frame[f]->n_slots ||
			    !slot_is_spill(&st->frame[f]->slot[s]) ||
			    !mark(&st->frame[f]->slot[s].spill))
				q->slots[f] &= ~(1ULL << s);
		}
		news |= q->regs[f] || q->slots[f];
	}
	return news;
}

static bool mark_all(struct state *st)
{
	bool news = false;

	for (uint32_t f = 0; f < st->n_frames; f++) {
		for (int r = 0; r < STATE_REGS; r++)
			news |= mark(&st->frame[f]->reg[r]);
		for (int s = 0; s < st->frame[f]->n_slots; s++)
			if (slot_is_spill(&st->frame[f]->slot[s]))
				news |= mark(&st->frame[f]->slot[s].spill);
	}
	return news;
}

/* Checkpoints with new marks whose backedges have not heard of them yet. */
struct work {
	struct state *list;
};

static void work_add(struct work *w, struct state *st)
{
	if (!st->backedges || st->queued)
		return;
	st->queued = true;
	st->work_next = w->list;
	w->list = st;
}

static void mark_path_all(struct state *st, struct work *w)
{
	for (st = st->parent; st; st = st->parent)
		if (mark_all(st))
			work_add(w, st);
}

/* A request for one of these registers, or any request (TOUCHES_ALL), changes behind it. */
enum {
	TOUCHES_ALL = 1 << 15
};

static uint16_t touched(const struct bpf_insn *insn, enum isa_op op)
{
	uint16_t dst = (uint16_t)(1u << insn->dst_reg), src = (uint16_t)(1u << insn->src_reg);

	switch ((enum isa_form)isa_row(op)->form) {
	case ISA_F_ALU_X:
	case ISA_F_MOVSX:
	case ISA_F_CAST:
	case ISA_F_LDX:
	case ISA_F_LDSX:
	case ISA_F_LOAD_ACQ:
	case ISA_F_LD_IMM64:
	case ISA_F_ALU_K: return dst;
	case ISA_F_ST:
	case ISA_F_STX:
	case ISA_F_STORE_REL: return dst;
	case ISA_F_JMP_X: return dst | src;
	case ISA_F_NEG:
	case ISA_F_END:
	case ISA_F_JMP_K:
	case ISA_F_JA:
	case ISA_F_JA32:
	case ISA_F_MAY_GOTO: return 0;
	case ISA_F_CALL:
	case ISA_F_CALL_SUB:
	case ISA_F_CALL_KFUNC:
	case ISA_F_EXIT:
	case ISA_F_ATOMIC:
	case ISA_F_CALLX:
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: break;
	}
	return TOUCHES_ALL;
}

int precise_prepare(struct verifier *v)
{
	v->touches = arena_alloc_raw(&v->arena, v->cfg.n * sizeof(*v->touches));
	if (!v->touches)
		return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	for (uint32_t at = 0; at < v->cfg.n; at++)
		v->touches[at] =
			v->cfg.op[at] == CFG_NO_OP ? 0 : touched(&v->cfg.insns[at], v->cfg.op[at]);
	return 0;
}

static void add_asked(struct request *q, uint64_t entry)
{
	uint32_t frame = entry >> 7 & 7;

	if (entry & ASKED_SLOT)
		q->slots[frame] |= 1ULL << (entry & 63);
	else
		q->regs[frame] |= (uint16_t)(1u << (entry & 63));
}

/* Where the walk is: what is asked for, and what the path asks from the next instruction on. */
struct back_walk {
	struct request q;
	struct request asked; /* by the instruction whose entry comes next */
	uint64_t linked;
	uint32_t later; /* the instruction walked after it */
	uint32_t unmet; /* notes of the path that the walk has yet to pass */
	bool has_asked, skip;
};

static enum back back_entry(struct verifier *v, struct back_walk *b, uint64_t entry)
{
	struct request *q = &b->q;

	if (b->linked)
		back_linked(q, b->linked);
	if (!b->skip && back_insn(v, q, entry, b->later) == BACK_UNKNOWN)
		return BACK_UNKNOWN;
	if (b->linked)
		back_linked(q, b->linked);
	b->linked = 0;
	b->skip = false;
	b->later = entry & 0xffffff;
	q->frame = entry_frame(entry);
	if (!b->has_asked)
		return BACK_OK;
	for (int f = 0; f < STATE_FRAMES; f++) {
		q->regs[f] |= b->asked.regs[f];
		q->slots[f] |= b->asked.slots[f];
	}
	memset(&b->asked, 0, sizeof(b->asked));
	b->has_asked = false;
	return BACK_OK;
}

/* Back to the checkpoint above.  *ret_done: nothing is asked for any more. */
static enum back back_segment(struct verifier *v, struct back_walk *b, const struct state *st,
			      bool *ret_done)
{
	*ret_done = false;
	for (uint32_t i = st->n_path; i-- > 0;) {
		uint64_t entry = st->path[i];
		uint32_t at = entry & 0xffffff;

		/* Most instructions say nothing about what is asked for. */
		if (!(entry & (ENTRY_LINKED | ENTRY_ASKED | ENTRY_STACK)) &&
		    !(v->touches[at] & (b->q.regs[b->q.frame] | TOUCHES_ALL)) && !b->linked &&
		    !b->has_asked && !b->skip) {
			b->later = at;
			continue;
		}
		if (entry & ENTRY_LINKED) {
			b->linked = entry;
			continue;
		}
		if (entry & ENTRY_ASKED) {
			add_asked(&b->asked, entry);
			b->has_asked = true;
			b->unmet--;
			continue;
		}
		if (back_entry(v, b, entry) == BACK_UNKNOWN)
			return BACK_UNKNOWN;
		if (!b->unmet && request_empty(&b->q)) {
			*ret_done = true;
			return BACK_OK;
		}
	}
	return BACK_OK;
}

/* From where `from` is, or (skip_last) before its last instruction, which is being judged. */
static void walk_back(struct verifier *v, struct state *from, const struct request *q,
		      bool skip_last, struct work *w)
{
	struct back_walk b = { .q.frame = from->n_frames - 1,
			       .later = from->insn,
			       .unmet = from->n_asked,
			       .skip = skip_last };
	struct state *st = from;
	bool done;

	if (q)
		b.q = *q;
	while (st) {
		if (back_segment(v, &b, st, &done) == BACK_UNKNOWN) {
			mark_path_all(from, w);
			return;
		}
		st = st->parent;
		if (done || !st)
			break;
		if (!mark_checkpoint(&b.q, st))
			return;
		work_add(w, st);
	}
	/* Only the arguments of a function verified on its own come from nowhere. */
	b.q.regs[0] &= (uint16_t)~ARG_REGS;
	if (!request_empty(&b.q))
		mark_path_all(from, w);
}

/* Asks in cur for what is precise in old. */
static void request_of(const struct state *old, struct state *cur, struct request *q)
{
	memset(q, 0, sizeof(*q));
	q->frame = cur->n_frames - 1;
	for (uint32_t f = 0; f < old->n_frames; f++) {
		const struct frame *o = old->frame[f];
		struct frame *c = cur->frame[f];

		for (unsigned int r = 0; r < STATE_REGS; r++)
			if (o->reg[r].kind == KIND_SCALAR && o->reg[r].flags & REG_PRECISE &&
			    mark(&c->reg[r]))
				q->regs[f] |= (uint16_t)(1u << r);
		for (unsigned int s = 0; s < o->n_slots && s < c->n_slots; s++)
			if (slot_is_spill(&o->slot[s]) && slot_is_spill(&c->slot[s]) &&
			    o->slot[s].spill.kind == KIND_SCALAR &&
			    o->slot[s].spill.flags & REG_PRECISE && mark(&c->slot[s].spill))
				q->slots[f] |= 1ULL << s;
	}
}

static void propagate(struct verifier *v, const struct state *old, struct state *cur,
		      struct work *w)
{
	struct request q;

	request_of(old, cur, &q);
	if (!request_empty(&q))
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
	uint64_t *e = path_slot(v, v->cur);

	if (!e)
		return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	*e = ENTRY_ASKED | what | (uint64_t)frame << 7;
	v->cur->n_asked++;
	return 0;
}

int precise_mark(struct verifier *v, unsigned int r)
{
	if (v->all_precise || reg_at(v, r)->kind != KIND_SCALAR || r == BPF_REG_10)
		return 0;
	return ask(v, v->cur->n_frames - 1, r);
}

int precise_mark_slot(struct verifier *v, uint32_t frame, unsigned int slot)
{
	return v->all_precise ? 0 : ask(v, frame, ASKED_SLOT | slot);
}

void precise_settle(struct verifier *v, bool skip_last)
{
	struct state *cur = v->cur;
	struct work w = { 0 };
	uint32_t n = 0;

	if (!cur->n_asked)
		return;
	walk_back(v, cur, NULL, skip_last, &w);
	for (uint32_t i = 0; i < cur->n_path; i++)
		if ((cur->path[i] & (ENTRY_ASKED | ENTRY_LINKED)) != ENTRY_ASKED)
			cur->path[n++] = cur->path[i];
	cur->n_path = n;
	cur->n_asked = 0;
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
