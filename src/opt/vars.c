/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which variables does a block need when it begins?  Variables are r0 to r9 of each function that
 * is written out, and the slots of the stack that slot.c found.  r10 never changes.
 */
#include "opt/ir.h"

static uint64_t bit(uint8_t var)
{
	return var == OPT_FRAME ? 0 : 1ULL << var;
}

/* What a call is made of: moves, sums and comparisons, between functions' registers. */
static struct opt_regs made(const struct opt_step *step)
{
	const struct isa_row *row = isa_row(step->op);
	struct opt_regs regs = { bit(step->dst), bit(step->dst) };

	if (row->form == ISA_F_ALU_X || row->form == ISA_F_JMP_X)
		regs.reads |= bit(step->src);
	if (row->form == ISA_F_JMP_X || row->form == ISA_F_JMP_K)
		regs.writes = 0;
	else if (row->op == ISA_ALU_MOV)
		regs.reads = row->form == ISA_F_ALU_X ? bit(step->src) : 0;
	return row->form == ISA_F_JA32 ? (struct opt_regs){ 0 } : regs;
}

struct opt_regs opt_regs_of(const struct opt_fn *f, uint32_t at)
{
	const struct opt_step *step = &f->steps[at];
	enum isa_form form = isa_row(step->op)->form;
	struct isa_regs regs = isa_regs_of(&step->insn, step->op);
	struct opt_callee callee;

	if (step->is_made)
		return made(step);
	if (form == ISA_F_CALL || form == ISA_F_CALL_SUB || form == ISA_F_CALL_KFUNC ||
	    form == ISA_F_CALLX) {
		callee.n_args = OPT_MAX_ARGS;
		f->in->callee(f->in->arg, step->at, form, &callee);
		regs.reads |= (uint16_t)(((1u << callee.n_args) - 1) << 1);
	}
	return (struct opt_regs){ (regs.reads & 0x3ffULL) << step->base, (regs.writes & 0x3ffULL)
										 << step->base };
}

void opt_vars(struct opt_fn *f)
{
	for (uint32_t k = 0; k < f->n_order; k++) {
		struct opt_block *b = &f->blocks[f->order[k]];

		for (uint32_t i = b->start; i < b->end; i++) {
			struct opt_regs regs = opt_regs_of(f, i);

			b->reads |= regs.reads & ~b->writes;
			b->writes |= regs.writes;
			i += isa_is_wide(f->steps[i].insn.code);
		}
	}
}

void opt_vars_live(struct opt_fn *f)
{
	bool changed = true;
	int round = 0;

	while (changed && !f->err) {
		changed = false;
		if (round++ == OPT_MAX_ROUNDS)
			opt_refuse(f, "control too tangled");
		for (uint32_t k = f->n_order; k-- > 0;) {
			struct opt_block *b = &f->blocks[f->order[k]];
			uint64_t live = 0;

			for (uint32_t s = 0; s < b->n_succ; s++)
				live |= f->blocks[b->succ[s]].live_in;
			live = b->reads | (live & ~b->writes);
			changed |= live != b->live_in;
			b->live_in = live;
		}
	}
	/* A loop writes what its blocks and the loops in it write. */
	for (uint32_t k = f->n_order; k-- > 0;) {
		const struct opt_block *b = &f->blocks[f->order[k]];

		for (uint32_t h = b->loop; h != OPT_DEAD; h = f->blocks[h].outer)
			f->blocks[h].loop_writes |= b->writes;
	}
}
