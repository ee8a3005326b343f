/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which registers and stack slots of earlier checkpoints have to keep their exact range?  When a
 * check depends on a scalar, the path that led here is walked backwards, and the registers and
 * slots that the value came from are marked in every checkpoint passed.  A checkpoint's unmarked
 * scalars match anything (prune.c), so a missing mark would be unsound: whatever is not understood
 * marks every scalar on the path.
 *
 * The path is kept per state, as the instructions walked since its parent checkpoint.  An entry is
 *   bits 0-23 instruction, bit 24 "stack slot touched", 25-27 frame, 28-33 slot
 * or, with bit 63, up to six linked registers or slots of the conditional jump before it, ten bits
 * each: 3 frame, 1 is slot, 6 number plus one.
 *
 * A checkpoint that ends other paths (backedges) passes new marks on to them at once, so marks are
 * complete whenever a comparison uses them.
 */
#include <string.h>

#include "verify/env.h"

enum {
	ENTRY_STACK = 1 << 24
};
#define ENTRY_LINKED (1ULL << 63)

struct request {
	uint32_t regs[STATE_FRAMES];
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

int path_add(struct verifier *v, uint32_t insn)
{
	uint64_t *e = path_slot(v, v->cur);

	if (!e)
		return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	*e = insn;
	return 0;
}

void path_stack(struct verifier *v, uint32_t frame, unsigned int slot)
{
	struct state *st = v->cur;

	if (!st->n_path)
		return;
	st->path[st->n_path - 1] |= ENTRY_STACK | (uint64_t)frame << 25 | (uint64_t)slot << 28;
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
	if (q->regs[q->frame] || q->slots[q->frame])
		return false;
	for (int i = 0; i < STATE_FRAMES; i++)
		if (q->regs[i] || q->slots[i])
			return false;
	return true;
}

static bool is_set(const struct request *q, unsigned int r)
{
	return q->regs[q->frame] >> r & 1;
}
static void set_reg(struct request *q, unsigned int r)
{
	if (r != BPF_REG_10)
		q->regs[q->frame] |= 1u << r;
}
static void clear_reg(struct request *q, unsigned int r)
{
	q->regs[q->frame] &= ~(1u << r);
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
	q->regs[q->frame] &= ~(uint32_t)written;
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
	uint32_t args = q->regs[q->frame] & ARG_REGS;

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
				q->regs[frame] |= 1u << (n - 1);
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
				q->regs[f] &= ~(1u << r);
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

/* `later` is the instruction that `from` is about to walk, or UINT32_MAX when its last path entry
 * is the instruction that asks. */
static void walk_back(struct verifier *v, struct state *from, struct request *q, bool skip_last,
		      struct work *w)
{
	struct state *st = from;
	uint32_t later = from->insn;
	bool skip = skip_last;

	while (st) {
		for (uint32_t i = st->n_path; i-- > 0;) {
			uint64_t entry = st->path[i], linked = 0;

			if (entry & ENTRY_LINKED) {
				linked = entry;
				back_linked(q, linked);
				entry = st->path[--i];
			}
			if (!skip && back_insn(v, q, entry, later) == BACK_UNKNOWN) {
				mark_path_all(from, w);
				return;
			}
			skip = false;
			if (linked)
				back_linked(q, linked);
			if (request_empty(q))
				return;
			later = entry & 0xffffff;
		}
		st = st->parent;
		if (!st)
			break;
		if (!mark_checkpoint(q, st))
			return;
		work_add(w, st);
	}
	/* Only the arguments of a function verified on its own come from nowhere. */
	q->regs[0] &= ~(uint32_t)ARG_REGS;
	if (!request_empty(q))
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
				q->regs[f] |= 1u << r;
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

int precise_mark(struct verifier *v, unsigned int r)
{
	struct request q = { .frame = v->cur->n_frames - 1 };
	struct work w = { 0 };

	if (v->all_precise || reg_at(v, r)->kind != KIND_SCALAR || r == BPF_REG_10)
		return 0;
	set_reg(&q, r);
	walk_back(v, v->cur, &q, true, &w);
	work_finish(v, &w);
	return 0;
}

void precise_mark_slot(struct verifier *v, uint32_t frame, unsigned int slot)
{
	struct request q = { .frame = v->cur->n_frames - 1 };
	struct work w = { 0 };

	if (v->all_precise)
		return;
	q.slots[frame] |= 1ULL << slot;
	walk_back(v, v->cur, &q, true, &w);
	work_finish(v, &w);
}

int precise_propagate(struct verifier *v, const struct state *old, struct state *cur)
{
	struct work w = { 0 };

	if (v->all_precise)
		return 0;
	propagate(v, old, cur, &w);
	work_finish(v, &w);
	return 0;
}
