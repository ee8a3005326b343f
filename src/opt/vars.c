/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which variables does a block need when it begins?  Variables are r0 to r9, and the slots of the
 * stack that slot.c found.  r10 never changes.
 */
#include "opt/ir.h"

struct isa_regs opt_regs_of(const struct opt_fn *f, uint32_t at)
{
	enum isa_op op = f->in->ops[at];
	enum isa_form form = isa_row(op)->form;
	struct isa_regs regs = isa_regs_of(&f->in->insns[at], op);
	struct opt_callee callee;

	if (form != ISA_F_CALL && form != ISA_F_CALL_SUB && form != ISA_F_CALL_KFUNC &&
	    form != ISA_F_CALLX)
		return regs;
	callee.n_args = OPT_MAX_ARGS;
	f->in->callee(f->in->arg, at, form, &callee);
	regs.reads |= (uint16_t)(((1u << callee.n_args) - 1) << 1);
	return regs;
}

void opt_vars(struct opt_fn *f)
{
	for (uint32_t k = 0; k < f->n_order; k++) {
		struct opt_block *b = &f->blocks[f->order[k]];

		for (uint32_t i = b->start; i < b->end; i++) {
			struct isa_regs regs = opt_regs_of(f, i);

			b->reads |= regs.reads & ~b->writes & 0x3ff;
			b->writes |= regs.writes & 0x3ff;
			i += isa_is_wide(f->in->insns[i].code);
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
