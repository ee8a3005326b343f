/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which numbers would have done as well?  A check asks for an interval, not for the value that was
 * observed; on the way back over the path each instruction turns it into an interval of its
 * operand.  Every inverse is exact or smaller: what it names is enough.  Where there is no simple
 * one, the exact value is asked for.
 */
#include "verify/backward.h"
#include "verify/refine.h"

#include <string.h>

bool want_implies(const struct want *a, const struct want *b)
{
	if (a->low != b->low || a->at != b->at)
		return false;
	return a->low ? range32_subset(a->r32, b->r32) : range64_subset(a->r64, b->r64);
}

static bool same_place(const struct want *a, const struct want *b)
{
	return a->frame == b->frame && a->n == b->n && a->slot == b->slot;
}

static void ask_exact(struct request *q, const struct want *w)
{
	if (w->slot)
		q->slots[w->frame] |= 1ULL << w->n;
	else if (w->n != BPF_REG_10)
		q->regs[w->frame] |= (uint16_t)(1u << w->n);
}

static void drop(struct request *q, uint32_t i)
{
	q->want[i] = q->want[--q->n_wants];
}

void want_exact(struct request *q, uint32_t i)
{
	ask_exact(q, &q->want[i]);
	drop(q, i);
}

bool want_meet(const struct want *a, const struct want *b, struct want *ret)
{
	struct want w = *a;

	if (a->low != b->low || a->at != b->at ||
	    !(a->low ? range32_meet(a->r32, b->r32, &w.r32) : range64_meet(a->r64, b->r64, &w.r64)))
		return false;
	*ret = w;
	return true;
}

/* Intersections of intervals need not be intervals: two wants of one register may stand side by
 * side. */
void want_add(struct request *q, const struct want *w)
{
	for (uint32_t i = 0; i < q->n_wants; i++)
		if (same_place(&q->want[i], w) && want_meet(&q->want[i], w, &q->want[i]))
			return;
	if (q->n_wants == MAX_WANTS)
		ask_exact(q, w);
	else
		q->want[q->n_wants++] = *w;
}

/* NULL: nothing that is held whole. */
static const struct reg *reg_of(const struct want *w, const struct state *st)
{
	const struct frame *f;

	if (w->frame >= st->n_frames)
		return NULL;
	f = st->frame[w->frame];
	if (w->slot && (w->n >= f->n_slots || !slot_is_full_spill(&f->slot[w->n])))
		return NULL;
	return w->slot ? slot_reg(&f->slot[w->n]) : &f->reg[w->n];
}

bool want_holds(const struct want *w, const struct state *st)
{
	const struct reg *r = reg_of(w, st);

	if (!r)
		return false;
	if (w->at)
		return offset_holds(w, r);
	if (r->kind != KIND_SCALAR)
		return false;
	return w->low ? range32_subset(r->s.r32, w->r32) : range64_subset(r->s.r64, w->r64);
}

bool want_where(enum isa_cond cond, unsigned int bits, uint64_t k, uint64_t *ret_first,
		uint64_t *ret_last)
{
	uint64_t all = UINT64_MAX >> (64 - bits), least = 1ULL << (bits - 1), most = least - 1;

	k &= all;
	*ret_first = *ret_last = k;
	switch (cond) {
	case ISA_COND_JEQ: return true;
	case ISA_COND_JNE:
		*ret_first = (k + 1) & all;
		*ret_last = (k - 1) & all;
		return true;
	case ISA_COND_JGT:
		*ret_first = k + 1;
		*ret_last = all;
		return k != all;
	case ISA_COND_JGE: *ret_last = all; return true;
	case ISA_COND_JLT:
		*ret_first = 0;
		*ret_last = k - 1;
		return k != 0;
	case ISA_COND_JLE: *ret_first = 0; return true;
	case ISA_COND_JSGT:
		*ret_first = (k + 1) & all;
		*ret_last = most;
		return k != most;
	case ISA_COND_JSGE: *ret_last = most; return true;
	case ISA_COND_JSLT:
		*ret_first = least;
		*ret_last = (k - 1) & all;
		return k != least;
	case ISA_COND_JSLE: *ret_first = least; return true;
	case ISA_COND_JSET:
	case ISA_N_COND: break;
	}
	return false;
}

bool want_compare(const struct bpf_insn *insn, const struct isa_row *row, uint64_t constant,
		  struct compare *ret)
{
	bool left = constant >> 32 & 1;

	*ret = (struct compare){ .cond = row->op,
				 .bits = row->bits,
				 .reg = insn->dst_reg,
				 .other = BPF_REG_10,
				 .k = (uint64_t)(int64_t)insn->imm };
	if (row->op == ISA_COND_JSET)
		return false;
	if (row->form == ISA_F_JMP_K)
		return true;
	if (row->form != ISA_F_JMP_X || !constant)
		return false;
	ret->k = (uint64_t)(int64_t)(int32_t)constant;
	ret->other = insn->src_reg;
	if (left) {
		ret->cond = refine_swap(row->op);
		ret->reg = insn->src_reg;
		ret->other = insn->dst_reg;
	}
	return true;
}

static bool fits(const struct reg *r)
{
	int64_t k = (int64_t)scalar_const_value(&r->s);

	return reg_is_const(r) && k == (int32_t)k;
}

uint64_t want_constant(const struct verifier *v, const struct bpf_insn *insn,
		       const struct isa_row *row)
{
	const struct frame *f = state_top(v->cur);
	const struct reg *a = &f->reg[insn->dst_reg], *b = &f->reg[insn->src_reg];

	if (v->exact_observed || row->form != ISA_F_JMP_X || insn->dst_reg == insn->src_reg ||
	    a->kind != KIND_SCALAR || b->kind != KIND_SCALAR)
		return 0;
	if (fits(b))
		return ENTRY_CONST | (uint32_t)scalar_const_value(&b->s);
	if (fits(a))
		return ENTRY_CONST | (uint32_t)scalar_const_value(&a->s) | 1ULL << 32;
	return 0;
}

bool want_of_edge(const struct compare *c, bool taken, struct want *ret)
{
	uint64_t first, last;

	if (!want_where(taken ? c->cond : refine_negate(c->cond), c->bits, c->k, &first, &last))
		return false;
	*ret = (struct want){ .n = c->reg, .low = c->bits == 32 };
	if (ret->low)
		ret->r32 = range32_between((uint32_t)first, (uint32_t)last);
	else
		ret->r64 = range64_between(first, last);
	return true;
}

bool want_of_other(const struct compare *c, struct want *ret)
{
	*ret = (struct want){ .n = c->other, .r64 = range64_const(c->k) };
	return c->other != BPF_REG_10;
}

enum outcome {
	OUT_KEEP, /* the want says what is asked of the operand */
	OUT_DROP, /* nothing is asked of what was before */
	OUT_EXACT
};

/* Of a number whose upper half is zero. */
static enum outcome to_low(struct want *w)
{
	uint64_t last = range64_last(w->r64);

	if (w->low)
		return OUT_KEEP;
	if (range64_is_full(w->r64))
		return OUT_DROP;
	if (range64_wraps_unsigned(w->r64) || w->r64.base > UINT32_MAX)
		return OUT_EXACT;
	w->low = true;
	w->r32 = range32_between((uint32_t)w->r64.base,
				 last > UINT32_MAX ? UINT32_MAX : (uint32_t)last);
	return range32_is_full(w->r32) ? OUT_DROP : OUT_KEEP;
}

/* dst op= k on the low half. */
static enum outcome back_low(struct want *w, enum isa_alu op, uint32_t k)
{
	switch (op) {
	case ISA_ALU_ADD: w->r32.base -= k; return OUT_KEEP;
	case ISA_ALU_SUB: w->r32.base += k; return OUT_KEEP;
	case ISA_ALU_AND: return range32_before_and(w->r32, k, &w->r32) ? OUT_KEEP : OUT_EXACT;
	case ISA_ALU_OR: return range32_before_or(w->r32, k, false, &w->r32) ? OUT_KEEP : OUT_EXACT;
	case ISA_ALU_XOR: return range32_before_or(w->r32, k, true, &w->r32) ? OUT_KEEP : OUT_EXACT;
	case ISA_ALU_LSH: return range32_before_lsh(w->r32, k & 31, &w->r32) ? OUT_KEEP : OUT_EXACT;
	case ISA_ALU_RSH: return range32_before_rsh(w->r32, k & 31, &w->r32) ? OUT_KEEP : OUT_EXACT;
	case ISA_ALU_ARSH:
		return range32_before_arsh(w->r32, k & 31, &w->r32) ? OUT_KEEP : OUT_EXACT;
	case ISA_ALU_MOV: return range32_has(w->r32, k) ? OUT_DROP : OUT_EXACT;
	case ISA_ALU_MUL:
	case ISA_ALU_DIV:
	case ISA_ALU_SDIV:
	case ISA_ALU_MOD:
	case ISA_ALU_SMOD:
	case ISA_N_ALU: break;
	}
	return OUT_EXACT;
}

static enum outcome back_lsh(struct want *w, unsigned int n)
{
	/* Of numbers below and above zero, those above. */
	if (range64_wraps_unsigned(w->r64) && !range64_is_full(w->r64))
		w->r64 = range64_between(0, range64_last(w->r64));
	if (!range64_before_lsh(w->r64, n, &w->r64))
		return OUT_EXACT;
	/* The upper half is shifted out: whatever it was. */
	if (n == 32)
		return to_low(w);
	return OUT_KEEP;
}

/* dst op= k on all of it. */
static enum outcome back_whole(struct want *w, enum isa_alu op, uint64_t k)
{
	switch (op) {
	case ISA_ALU_ADD: w->r64.base -= k; return OUT_KEEP;
	case ISA_ALU_SUB: w->r64.base += k; return OUT_KEEP;
	case ISA_ALU_AND: return range64_before_and(w->r64, k, &w->r64) ? OUT_KEEP : OUT_EXACT;
	case ISA_ALU_OR: return range64_before_or(w->r64, k, false, &w->r64) ? OUT_KEEP : OUT_EXACT;
	case ISA_ALU_XOR: return range64_before_or(w->r64, k, true, &w->r64) ? OUT_KEEP : OUT_EXACT;
	case ISA_ALU_LSH: return back_lsh(w, k & 63);
	case ISA_ALU_RSH: return range64_before_rsh(w->r64, k & 63, &w->r64) ? OUT_KEEP : OUT_EXACT;
	case ISA_ALU_ARSH:
		return range64_before_arsh(w->r64, k & 63, &w->r64) ? OUT_KEEP : OUT_EXACT;
	case ISA_ALU_MOV: return range64_has(w->r64, k) ? OUT_DROP : OUT_EXACT;
	case ISA_ALU_MUL:
	case ISA_ALU_DIV:
	case ISA_ALU_SDIV:
	case ISA_ALU_MOD:
	case ISA_ALU_SMOD:
	case ISA_N_ALU: break;
	}
	return OUT_EXACT;
}

static enum outcome back_alu_k(struct want *w, const struct bpf_insn *insn,
			       const struct isa_row *row)
{
	enum outcome out;

	if (w->at && (row->bits == 32 || (row->op != ISA_ALU_ADD && row->op != ISA_ALU_SUB)))
		return OUT_EXACT;
	if (row->bits == 32) {
		out = to_low(w);
		return out == OUT_KEEP ? back_low(w, row->op, (uint32_t)insn->imm) : out;
	}
	if (!w->low)
		return back_whole(w, row->op, (uint64_t)(int64_t)insn->imm);
	/* Shifts move the upper half in. */
	if (row->op == ISA_ALU_LSH || row->op == ISA_ALU_RSH || row->op == ISA_ALU_ARSH)
		return OUT_EXACT;
	return back_low(w, row->op, (uint32_t)insn->imm);
}

static enum outcome back_move(struct want *w, const struct bpf_insn *insn,
			      const struct isa_row *row)
{
	enum outcome out = OUT_KEEP;

	if (row->op != ISA_ALU_MOV || (w->at && row->bits == 32))
		return OUT_EXACT;
	if (row->bits == 32)
		out = to_low(w);
	if (out == OUT_KEEP)
		w->n = insn->src_reg;
	return out;
}

static enum outcome back_fill(struct want *w, const struct isa_row *row, uint64_t entry)
{
	if (!(entry & ENTRY_STACK))
		return OUT_DROP;
	if (row->bits != 64 || row->form != ISA_F_LDX)
		return OUT_EXACT;
	w->frame = entry >> 25 & 7;
	w->n = entry >> 28 & 63;
	w->slot = true;
	return OUT_KEEP;
}

/* Where the other edge is taken, this want does not count. */
static enum outcome back_edge(struct want *w, const struct compare *c, bool taken)
{
	struct want other;

	if (!want_of_edge(c, !taken, &other))
		return OUT_EXACT;
	if (w->low)
		return other.low && range32_unite(w->r32, other.r32, &w->r32) ? OUT_KEEP
									      : OUT_EXACT;
	/* Of numbers without an upper half, the other edge takes these. */
	if (other.low) {
		if (range32_wraps_unsigned(other.r32))
			return OUT_EXACT;
		other.r64 = range64_make(other.r32.base, other.r32.size);
	}
	return range64_unite(w->r64, other.r64, &w->r64) ? OUT_KEEP : OUT_EXACT;
}

static enum outcome back_jump(struct want *w, const struct verifier *v, uint32_t at, uint32_t later,
			      uint64_t constant)
{
	const struct bpf_insn *insn = &v->cfg.insns[at];
	const struct isa_row *row = isa_row(v->cfg.op[at]);
	const uint32_t *next = v->cfg.node[at].next;
	bool is_right = row->form == ISA_F_JMP_X && w->n == insn->src_reg;
	struct compare c;

	if ((w->n != insn->dst_reg && !is_right) || next[0] == next[1])
		return OUT_KEEP;
	if (!want_compare(insn, row, constant, &c))
		return OUT_EXACT;
	return w->n == c.reg ? back_edge(w, &c, later == next[1]) : OUT_KEEP;
}

/* Over a call that was not entered, or into a function from its first instruction. */
static enum outcome back_call(struct want *w, uint32_t frame, bool entered, bool is_static)
{
	if (entered && w->frame <= frame)
		return OUT_KEEP;
	if (entered) {
		/* What a function is given is the caller's. */
		if (!is_static || w->slot || !(ARG_REGS >> w->n & 1))
			return OUT_EXACT;
		w->frame = (uint8_t)frame;
		return OUT_KEEP;
	}
	if (w->slot || w->frame != frame || w->n > BPF_REG_5)
		return OUT_KEEP;
	return w->n ? OUT_EXACT : OUT_DROP;
}

static enum outcome back_slot(struct want *w, const struct verifier *v, uint64_t entry)
{
	const struct bpf_insn *insn = &v->cfg.insns[entry_insn(entry)];
	const struct isa_row *row = isa_row(v->cfg.op[entry_insn(entry)]);

	if (!(entry & ENTRY_STACK) || w->frame != (entry >> 25 & 7) || w->n != (entry >> 28 & 63))
		return OUT_KEEP;
	if (row->form == ISA_F_LDX || row->form == ISA_F_LDSX || row->form == ISA_F_LOAD_ACQ)
		return OUT_KEEP;
	if (row->form != ISA_F_STX || row->bits != 64)
		return OUT_EXACT;
	w->frame = (uint8_t)entry_frame(entry);
	w->n = insn->src_reg;
	w->slot = false;
	return OUT_KEEP;
}

/* A register of the frame that the instruction ran in. */
static enum outcome back_reg(struct want *w, const struct verifier *v, uint64_t entry,
			     uint32_t later, uint64_t constant)
{
	uint32_t at = entry_insn(entry);
	const struct bpf_insn *insn = &v->cfg.insns[at];
	const struct isa_row *row = isa_row(v->cfg.op[at]);

	if (row->form == ISA_F_JMP_K || row->form == ISA_F_JMP_X)
		return w->at ? OUT_KEEP : back_jump(w, v, at, later, constant);
	if (!(v->cfg.node[at].writes >> w->n & 1))
		return OUT_KEEP;
	switch ((enum isa_form)row->form) {
	case ISA_F_ALU_K: return back_alu_k(w, insn, row);
	case ISA_F_ALU_X: return back_move(w, insn, row);
	case ISA_F_LDX:
	case ISA_F_LOAD_ACQ:
	case ISA_F_LDSX: return back_fill(w, row, entry);
	case ISA_F_LD_IMM64: return OUT_DROP;
	case ISA_F_MOVSX:
	case ISA_F_CAST:
	case ISA_F_NEG:
	case ISA_F_END:
	case ISA_F_JMP_X:
	case ISA_F_JMP_K:
	case ISA_F_JA:
	case ISA_F_JA32:
	case ISA_F_MAY_GOTO:
	case ISA_F_CALL:
	case ISA_F_CALL_SUB:
	case ISA_F_CALL_KFUNC:
	case ISA_F_CALLX:
	case ISA_F_EXIT:
	case ISA_F_ST:
	case ISA_F_STX:
	case ISA_F_ATOMIC:
	case ISA_F_STORE_REL:
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: break;
	}
	return OUT_EXACT;
}

static bool is_linked(const struct want *w, uint64_t linked)
{
	uint32_t me = w->frame | (uint32_t)w->slot << 3 | (w->n + 1u) << 4;

	for (int i = 0; i < PATH_MAX_LINKED; i++)
		if ((linked >> (i * 10) & 0x3ff) == me)
			return true;
	return false;
}

/* Does the jump compare this very register with a number? */
static bool is_compared(const struct want *w, const struct verifier *v, uint64_t entry,
			uint64_t constant)
{
	uint32_t at = entry_insn(entry);
	struct compare c;

	return !w->slot && !w->at && w->frame == entry_frame(entry) &&
	       want_compare(&v->cfg.insns[at], isa_row(v->cfg.op[at]), constant, &c) &&
	       w->n == c.reg;
}

static enum outcome back_one(struct want *w, const struct verifier *v, uint64_t entry,
			     uint32_t later, uint64_t linked, uint64_t constant)
{
	uint32_t at = entry_insn(entry), frame = entry_frame(entry);
	enum isa_form form = v->cfg.node[at].form;
	bool of_frame = !w->slot && w->frame == frame;

	/* What learnt with others through the jump: all of them. */
	if (linked && is_linked(w, linked) && !is_compared(w, v, entry, constant))
		return OUT_EXACT;
	if (form == ISA_F_EXIT)
		return w->frame + 1u >= frame && !w->slot && w->n <= BPF_REG_5 ? OUT_EXACT
									       : OUT_KEEP;
	if (form == ISA_F_CALL || form == ISA_F_CALL_SUB || form == ISA_F_CALL_KFUNC)
		return back_call(w, frame, later != at + 1, form == ISA_F_CALL_SUB);
	if (w->slot)
		return back_slot(w, v, entry);
	return of_frame ? back_reg(w, v, entry, later, constant) : OUT_KEEP;
}

/* Wants that counted on a register's being a number ask for that. */
static void ask_number(struct verifier *v, struct request *q, uint64_t entry, uint64_t constant)
{
	uint32_t at = entry_insn(entry);
	struct compare c;
	struct want w;

	if (!want_compare(&v->cfg.insns[at], isa_row(v->cfg.op[at]), constant, &c) ||
	    !want_of_other(&c, &w))
		return;
	w.frame = (uint8_t)entry_frame(entry);
	want_add(q, &w);
}

/* Does the instruction say nothing about it? */
static bool stays(const struct want *w, uint64_t entry, uint64_t touches)
{
	if (touches & TOUCHES_ALL)
		return false;
	if (w->slot)
		return !(entry & ENTRY_STACK);
	return w->frame != entry_frame(entry) || !(touches >> (w->n + WANT_SHIFT) & 1);
}

/* Of a pointer that the instruction made from another and a number? */
static bool is_sum(const struct want *w, const struct verifier *v, uint64_t entry)
{
	const struct isa_row *row = isa_row(v->cfg.op[entry_insn(entry)]);

	return w->at && !w->slot && w->frame == entry_frame(entry) && row->form == ISA_F_ALU_X &&
	       row->op == ISA_ALU_ADD && w->n == v->cfg.insns[entry_insn(entry)].dst_reg;
}

static void split(struct request *q, const struct want *w, const struct verifier *v, uint64_t entry,
		  uint64_t added)
{
	struct want ptr, num;

	if (!offset_before_add(w, &v->cfg.insns[entry_insn(entry)], added, &ptr, &num)) {
		ask_exact(q, w);
		return;
	}
	want_add(q, &ptr);
	want_add(q, &num);
}

void want_back(struct verifier *v, struct request *q, uint64_t entry, uint32_t later,
	       uint64_t linked, uint64_t constant)
{
	/* What is asked before the instruction and what behind it must not meet in one list. */
	uint64_t touches = v->entries[entry_insn(entry)] >> ENTRY_TOUCHES;
	uint32_t n = 0, n_stay = 0;
	struct want behind[MAX_WANTS];
	bool counted = false;

	for (uint32_t i = 0; i < q->n_wants; i++)
		if (linked || !stays(&q->want[i], entry, touches))
			behind[n++] = q->want[i];
		else if (n_stay++ != i)
			q->want[n_stay - 1] = q->want[i];
	q->n_wants = n_stay;
	for (uint32_t i = 0; i < n; i++) {
		struct want w = behind[i];
		enum outcome out;

		if (is_sum(&w, v, entry) && !linked) {
			split(q, &w, v, entry, constant);
			continue;
		}
		counted |= constant && is_compared(&w, v, entry, constant);
		out = back_one(&w, v, entry, later, linked, constant);
		if (out == OUT_EXACT)
			ask_exact(q, &behind[i]);
		else if (out == OUT_KEEP &&
			 !(w.low ? range32_is_full(w.r32) : range64_is_full(w.r64)))
			want_add(q, &w);
	}
	if (counted)
		ask_number(v, q, entry, constant);
}
