/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which parts of the stack are variables?  Those that are only ever loaded and stored by r10 and a
 * constant.  Where an address goes anywhere else, what can be reached by it stays in memory.
 * Addresses are followed within a block; one that is still alive at its end has gone elsewhere.
 */
#include <string.h>

#include "opt/ir.h"

enum {
	FRAME = 512,
	NOWHERE = INT32_MIN
};

struct stack {
	struct opt_fn *f;
	int32_t reg[OPT_N_REGS];    /* offset from r10, or NOWHERE */
	uint8_t is_memory[FRAME];   /* by byte, r10 - 512 first */
	uint8_t is_used[FRAME + 1]; /* some access begins there or goes over it */
	uint8_t is_joined[FRAME];   /* to the byte before it */
};

static void reach(struct stack *s, int64_t from, int64_t end)
{
	from = from < -FRAME ? -FRAME : from;
	end = end > 0 ? 0 : end;
	if (from < end)
		memset(s->is_memory + FRAME + from, 1, (size_t)(end - from));
}

static void access(struct stack *s, int64_t off, unsigned int bytes)
{
	if (off < -FRAME || off + (int64_t)bytes > 0) {
		reach(s, off, off + bytes);
		return;
	}
	for (unsigned int i = 0; i < bytes; i++) {
		s->is_used[FRAME + off + i] = 1;
		s->is_joined[FRAME + off + i] |= i > 0;
	}
}

/* The address in a register goes where nobody follows it. */
static void lose(struct stack *s, unsigned int reg)
{
	if (s->reg[reg] != NOWHERE)
		reach(s, -FRAME, 0);
}

static void call(struct stack *s, uint32_t at, enum isa_form form)
{
	struct opt_callee callee = { .n_args = OPT_MAX_ARGS };

	s->f->in->callee(s->f->in->arg, at, form, &callee);
	for (unsigned int k = 0; k < callee.n_args; k++) {
		int32_t off = s->reg[k + 1];

		if (off == NOWHERE)
			continue;
		switch ((enum opt_reads)callee.reads[k]) {
		case OPT_READS_ANY: reach(s, -FRAME, 0); break;
		case OPT_READS_UP: reach(s, off, 0); break;
		case OPT_READS_BYTES: reach(s, off, (int64_t)off + callee.size[k]); break;
		}
	}
}

static void compute(struct stack *s, const struct isa_row *row, const struct bpf_insn *insn)
{
	int32_t *dst = &s->reg[insn->dst_reg], src = s->reg[insn->src_reg];
	bool is_k = row->form == ISA_F_ALU_K;

	if (row->bits == 64 && row->op == ISA_ALU_MOV && !is_k) {
		*dst = src;
		return;
	}
	if (row->bits == 64 && is_k && *dst != NOWHERE && *dst > -4096 && *dst < 4096 &&
	    insn->imm > -4096 && insn->imm < 4096 &&
	    (row->op == ISA_ALU_ADD || row->op == ISA_ALU_SUB)) {
		*dst += row->op == ISA_ALU_ADD ? insn->imm : -insn->imm;
		return;
	}
	if (row->op != ISA_ALU_MOV)
		lose(s, insn->dst_reg);
	if (!is_k)
		lose(s, insn->src_reg);
	*dst = NOWHERE;
}

static void step(struct stack *s, uint32_t at)
{
	const struct bpf_insn *insn = &s->f->in->insns[at];
	const struct isa_row *row = isa_row(s->f->in->ops[at]);
	struct isa_regs regs = opt_regs_of(s->f, at);
	int32_t dst = s->reg[insn->dst_reg], src = s->reg[insn->src_reg];
	unsigned int bytes = row->bits / 8;

	switch ((enum isa_form)row->form) {
	case ISA_F_ALU_X:
	case ISA_F_ALU_K: compute(s, row, insn); return;
	case ISA_F_LDX:
	case ISA_F_LDSX:
		if (src != NOWHERE)
			access(s, (int64_t)src + insn->off, bytes);
		break;
	case ISA_F_STX: lose(s, insn->src_reg); __attribute__((fallthrough));
	case ISA_F_ST:
		if (dst != NOWHERE)
			access(s, (int64_t)dst + insn->off, bytes);
		break;
	case ISA_F_LOAD_ACQ:
		if (src != NOWHERE)
			reach(s, (int64_t)src + insn->off, (int64_t)src + insn->off + bytes);
		break;
	case ISA_F_STORE_REL:
	case ISA_F_ATOMIC:
		lose(s, insn->src_reg);
		if (dst != NOWHERE)
			reach(s, (int64_t)dst + insn->off, (int64_t)dst + insn->off + bytes);
		break;
	case ISA_F_CALL:
	case ISA_F_CALL_SUB:
	case ISA_F_CALL_KFUNC:
	case ISA_F_CALLX: call(s, at, row->form); break;
	case ISA_F_MOVSX:
	case ISA_F_CAST:
	case ISA_F_NEG:
	case ISA_F_END:
	case ISA_F_JMP_X:
	case ISA_F_JMP_K:
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND:
	case ISA_F_EXIT:
		for (unsigned int r = 0; r < OPT_N_REGS; r++)
			if (regs.reads >> r & 1)
				lose(s, r);
		break;
	case ISA_F_JA:
	case ISA_F_JA32:
	case ISA_F_MAY_GOTO:
	case ISA_F_LD_IMM64: break;
	}
	for (unsigned int r = 0; r < OPT_N_REGS - 1; r++)
		if (regs.writes >> r & 1)
			s->reg[r] = NOWHERE;
}

static void scan(struct stack *s, const struct opt_block *b)
{
	uint64_t live = 0;

	for (unsigned int r = 0; r < OPT_N_REGS - 1; r++)
		s->reg[r] = NOWHERE;
	s->reg[OPT_N_REGS - 1] = 0;
	for (uint32_t i = b->start; i < b->end; i++) {
		step(s, i);
		i += isa_is_wide(s->f->in->insns[i].code);
	}
	for (uint32_t k = 0; k < b->n_succ; k++)
		live |= s->f->blocks[b->succ[k]].live_in;
	for (unsigned int r = 0; r < OPT_N_REGS - 1; r++)
		if (live >> r & 1)
			lose(s, r);
}

/* Joined bytes that are all variable become one slot. */
static void collect(struct stack *s)
{
	struct opt_fn *f = s->f;

	for (int from = 0, end; from < FRAME; from = end) {
		bool is_memory = s->is_memory[from];

		end = from + 1;
		if (!s->is_used[from])
			continue;
		for (; end < FRAME && s->is_joined[end]; end++)
			is_memory |= s->is_memory[end];
		if (!is_memory && end - from <= 8 && f->n_slots < OPT_MAX_SLOTS)
			f->slots[f->n_slots++] =
				(struct opt_slot){ .off = (int16_t)(from - FRAME),
						   .bytes = (uint8_t)(end - from) };
	}
}

int opt_slot_at(const struct opt_fn *f, int32_t off, uint32_t bytes)
{
	for (uint32_t k = 0; k < f->n_slots; k++) {
		const struct opt_slot *slot = &f->slots[k];

		if (off >= slot->off && off + (int32_t)bytes <= slot->off + slot->bytes)
			return (int)k;
	}
	return -1;
}

/* Addresses are still where scan() saw them: what blocks do to slots. */
static void note_access(struct stack *s, struct opt_block *b, uint32_t at)
{
	const struct bpf_insn *insn = &s->f->in->insns[at];
	const struct isa_row *row = isa_row(s->f->in->ops[at]);
	bool loads = row->form == ISA_F_LDX || row->form == ISA_F_LDSX;
	bool stores = row->form == ISA_F_ST || row->form == ISA_F_STX;
	int32_t base = s->reg[loads ? insn->src_reg : insn->dst_reg];
	uint64_t bit;
	int k;

	if (base == NOWHERE || (!loads && !stores))
		return;
	k = opt_slot_at(s->f, base + insn->off, row->bits / 8);
	if (k < 0)
		return;
	bit = 1ULL << (OPT_N_REGS + k);
	if (loads || s->f->slots[k].bytes * 8 != row->bits)
		b->reads |= bit & ~b->writes;
	if (stores)
		b->writes |= bit;
}

static bool names_stack(const struct opt_fn *f)
{
	for (uint32_t i = f->in->start; i < f->in->end; i++)
		if (f->in->insns[i].dst_reg == OPT_N_REGS - 1 ||
		    f->in->insns[i].src_reg == OPT_N_REGS - 1)
			return true;
	return false;
}

void opt_slots(struct opt_fn *f)
{
	struct stack *s;

	if (!names_stack(f))
		return;
	s = arena_alloc(f->arena, sizeof(*s));
	if (!s)
		return;
	s->f = f;
	for (uint32_t k = 0; k < f->n_order; k++)
		scan(s, &f->blocks[f->order[k]]);
	collect(s);
	for (uint32_t k = 0; k < f->n_order && f->n_slots; k++) {
		struct opt_block *b = &f->blocks[f->order[k]];

		for (unsigned int r = 0; r < OPT_N_REGS - 1; r++)
			s->reg[r] = NOWHERE;
		for (uint32_t i = b->start; i < b->end; i++) {
			note_access(s, b, i);
			step(s, i);
			i += isa_is_wide(f->in->insns[i].code);
		}
	}
}
