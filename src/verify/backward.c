/* SPDX-License-Identifier: BSD-2-Clause */
/* What must be known before an instruction?  See backward.h. */
#include "verify/backward.h"

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

	q->regs[q->frame] &= (uint16_t)~written;
	/* Afterwards the slot holds anything; before it, what was fetched. */
	if (entry & ENTRY_STACK)
		*slots = fetched ? *slots | bit : *slots & ~bit;
	return BACK_OK;
}

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

void back_linked(struct request *q, uint64_t linked)
{
	uint64_t all = linked & ~ENTRY_NOTE;
	bool any = false;

	/* Numbers are kept one up, so that zero is no entry: the rest is empty. */
	for (uint64_t left = all; left && !any; left >>= 10) {
		uint32_t frame = left & 7, n = left >> 4 & 63;

		any = left >> 3 & 1 ? q->slots[frame] >> (n - 1) & 1
				    : q->regs[frame] >> (n - 1) & 1;
	}
	for (uint64_t left = all; left && any; left >>= 10) {
		uint32_t frame = left & 7, n = left >> 4 & 63;

		if (left >> 3 & 1)
			q->slots[frame] |= 1ULL << (n - 1);
		else
			q->regs[frame] |= (uint16_t)(1u << (n - 1));
	}
}

enum back back_insn(struct verifier *v, struct request *q, uint64_t entry, uint32_t later)
{
	uint32_t at = entry_insn(entry);
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

uint32_t back_touches(const struct bpf_insn *insn, enum isa_op op)
{
	const uint32_t fills = 1u << ISA_F_ALU_X | 1u << ISA_F_MOVSX | 1u << ISA_F_CAST |
			       1u << ISA_F_LDX | 1u << ISA_F_LDSX | 1u << ISA_F_LOAD_ACQ |
			       1u << ISA_F_LD_IMM64 | 1u << ISA_F_ST | 1u << ISA_F_STX |
			       1u << ISA_F_STORE_REL;
	const uint32_t nothing = 1u << ISA_F_NEG | 1u << ISA_F_END | 1u << ISA_F_JMP_K |
				 1u << ISA_F_JA | 1u << ISA_F_JA32 | 1u << ISA_F_MAY_GOTO;
	const struct isa_row *row = isa_row(op);
	uint32_t dst = 1u << insn->dst_reg, src = 1u << insn->src_reg;

	if (fills >> row->form & 1)
		return dst;
	/* What else comes of a register and a constant asks for the same register. */
	if (row->form == ISA_F_ALU_K)
		return row->op == ISA_ALU_MOV ? dst : 0;
	if (nothing >> row->form & 1)
		return 0;
	return row->form == ISA_F_JMP_X ? dst | src : TOUCHES_ALL;
}

void back_asked(struct request *q, uint64_t entry)
{
	uint32_t frame = entry >> 7 & 7;

	if (entry & ASKED_SLOT)
		q->slots[frame] |= 1ULL << (entry & 63);
	else
		q->regs[frame] |= (uint16_t)(1u << (entry & 63));
}
