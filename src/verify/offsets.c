/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which offsets of a pointer would have done as well?  What counts of a pointer into plain memory
 * is that each access through it stays inside: every access asks for an interval of offsets, and
 * on the way back over the path (wanted.c) sums of a pointer and a number ask for one of each.
 * Whatever else is done with such a pointer asks for the very offset that it has.
 */
#include "verify/backward.h"

enum {
	NOTED = 1 << 27, /* signed numbers of a note lie below */
	FAR_OFF = 1 << 20,
};

static bool is_followed(const struct verifier *v, const struct reg *r)
{
	return !v->exact_observed && reg_roams(r);
}

bool offset_limits(const struct reg *r, int64_t *ret_low, int64_t *ret_high)
{
	int64_t low = scalar_smin(&r->s), high = scalar_smax(&r->s);

	if (low < -FAR_OFF || high > INT32_MAX)
		return false;
	*ret_low = r->off + low;
	*ret_high = r->off + high;
	return true;
}

bool offset_holds(const struct want *w, const struct reg *r)
{
	int64_t first = (int64_t)w->r64.base, last = (int64_t)range64_last(w->r64), low, high;

	/* Nothing passes below the pointer but at constant distances. */
	if (!reg_roams(r) || first > last || !offset_limits(r, &low, &high) ||
	    scalar_smin(&r->s) < 0)
		return false;
	/* In a packet the fixed offset alone says what is in front of the pointer. */
	return first <= (r->kind == KIND_PACKET ? r->off : low) && high <= last;
}

bool offset_is_near(const struct reg *r)
{
	int64_t low, high;

	return offset_limits(r, &low, &high) && low > -FAR_OFF && high < FAR_OFF;
}

/* --- forwards: what is asked for --- */

int offset_exact(struct verifier *v, unsigned int r)
{
	return is_followed(v, reg_at(v, r)) ? precise_ask(v, r) : 0;
}

/* Fields with a meaning of their own, values that are known beforehand, and addresses that must be
 * multiples of something lie at offsets, not between them. */
static bool is_plain(const struct verifier *v, const struct reg *r)
{
	const struct vmap *m;

	if (v->in->policy.strict_alignment)
		return false;
	if (r->kind != KIND_MAP_VALUE)
		return true;
	m = &v->maps[r->obj];
	return !m->record.n && m->desc->spin_lock_off < 0 && m->desc->timer_off < 0 &&
	       !(m->frozen && m->desc->flags & BPF_F_RDONLY_PROG);
}

int offset_accessed(struct verifier *v, const struct mem_op *op, uint32_t limit)
{
	const struct reg *r = reg_at(v, op->reg);
	int64_t first = -(int64_t)op->off, last = (int64_t)limit - op->size - op->off;
	struct want w = { .at = true };

	if (!is_followed(v, r))
		return 0;
	if (last >= NOTED)
		last = NOTED - 1;
	if (!is_plain(v, r) || op->is_atomic || first > last)
		return precise_ask(v, op->reg);
	w.r64 = range64_between((uint64_t)first, (uint64_t)last);
	if (!offset_holds(&w, r))
		return precise_ask(v, op->reg);
	return precise_ask_offset(v, op->reg, first, last);
}

/* A static function goes on with what it is given. */
static uint32_t exact_by_contract(const struct subprog_info *callee)
{
	uint32_t regs = 0;

	for (unsigned int r = 1; callee->global && r <= callee->sig.n; r++)
		if (callee->sig.arg[r - 1].kind != SIG_MEM)
			regs |= 1u << r;
	return regs;
}

int offset_operands(struct verifier *v, uint32_t at)
{
	uint32_t regs = v->exact_uses[at];
	int err = 0;

	if (v->cfg.op[at] == ISA_CALL_SUB)
		regs = exact_by_contract(&v->subs[v->cfg.callee[at]]);
	for (; regs && !err; regs &= regs - 1)
		err = offset_exact(v, (unsigned int)__builtin_ctz(regs));
	return err;
}

uint16_t offset_exact_uses(struct verifier *v, uint32_t at)
{
	const uint32_t calls = 1u << ISA_F_CALL | 1u << ISA_F_CALL_KFUNC;
	const uint32_t passes = 1u << ISA_F_CALL_SUB | 1u << ISA_F_CALLX;
	const uint32_t atomic = 1u << ISA_F_ATOMIC | 1u << ISA_F_LOAD_ACQ | 1u << ISA_F_STORE_REL;
	const struct bpf_insn *insn = &v->cfg.insns[at];
	uint32_t form = 1u << v->cfg.node[at].form;

	if (!(form & (calls | passes | atomic)))
		return 0;
	if (form & calls)
		return call_exact_args(v, at);
	return form & passes ? ARG_REGS : (uint16_t)(1u << insn->dst_reg | 1u << insn->src_reg);
}

static uint64_t added_note(bool reversed, bool of_number, int64_t low, int64_t high, bool packet)
{
	if (low <= -NOTED || high >= NOTED)
		return 0;
	return ENTRY_ADDED | (packet ? ADDED_PACKET : 0) | (uint64_t)reversed |
	       (uint64_t)of_number << 1 | ((uint64_t)low << 36) >> 34 | ((uint64_t)high << 36) >> 6;
}

/* The sum is inside for any pair of an offset from one interval and a number from another.  One of
 * them is what was observed: of a pointer that has not moved yet its offset, else the number.  The
 * other is what room this leaves. */
int offset_added(struct verifier *v, const struct bpf_insn *insn, const struct reg *ptr,
		 const struct reg *num, bool *ret_done)
{
	bool reversed = !reg_is_ptr(reg_at(v, insn->dst_reg)), of_number;
	int64_t low, high, smin = scalar_smin(&num->s), smax = scalar_smax(&num->s);
	bool packet = ptr->kind == KIND_PACKET;
	uint64_t note;

	*ret_done = false;
	if (!is_followed(v, ptr) || !offset_limits(ptr, &low, &high) ||
	    smin < (packet ? 0 : 1 - NOTED) || smax >= NOTED)
		return 0;
	of_number = low != high || smin < 0 || ptr->off;
	note = of_number ? added_note(reversed, true, smin, smax, packet)
			 : added_note(reversed, false, low, high, packet);
	if (!note)
		return 0;
	*ret_done = true;
	return path_added(v, reversed ? insn->dst_reg : insn->src_reg, note);
}

/* --- backwards --- */

bool offset_before_add(const struct want *w, const struct bpf_insn *insn, uint64_t note,
		       struct want *ret_ptr, struct want *ret_num)
{
	bool reversed = note & 1, of_number = note >> 1 & 1;
	int64_t low = (int64_t)(note << 34) >> 36, high = (int64_t)(note << 6) >> 36;
	int64_t first = (int64_t)w->r64.base - low, last = (int64_t)range64_last(w->r64) - high;

	/* A number that varies does not count as room in front of a packet pointer. */
	if (note & ADDED_PACKET && of_number && low != high)
		first = (int64_t)w->r64.base;
	if (!of_number && first < 0)
		first = 0;
	if (!of_number && note & ADDED_PACKET && first)
		return false;
	if ((note & ENTRY_NOTE) != ENTRY_ADDED || first > last)
		return false;
	*ret_ptr = *ret_num = *w;
	ret_ptr->n = reversed ? insn->src_reg : insn->dst_reg;
	ret_num->n = reversed ? insn->dst_reg : insn->src_reg;
	ret_num->at = false;
	ret_num->r64 = range64_between((uint64_t)low, (uint64_t)high);
	ret_ptr->r64 = range64_between((uint64_t)first, (uint64_t)last);
	if (of_number)
		return true;
	ret_ptr->r64 = range64_between((uint64_t)low, (uint64_t)high);
	ret_num->r64 = range64_between((uint64_t)first, (uint64_t)last);
	return true;
}
