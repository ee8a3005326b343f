/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which counter does the end of a loop ask for?  Compilers for BPF compare the counter as it was
 * before it went on, so that both are alive at the end.  i < n is i + k < n + k where neither
 * overflows, and i == n is i + k == n + k in any case.  Uses stay counted.
 */
#include "opt/ir.h"

enum {
	SMALL = 1 << 30 /* three of them do not overflow 32 bits */
};

static bool is_small(const struct opt_fn *f, opt_ref v)
{
	return opt_is_k(f, v) && opt_at(f, v)->imm >= 0 && opt_at(f, v)->imm < SMALL;
}

/* Does the loop go on only while its counter is below a constant?  `taken` is the branch back. */
static bool is_bounded(const struct opt_ins *cond, bool taken)
{
	switch ((enum isa_cond)cond->aux) {
	case ISA_COND_JLT:
	case ISA_COND_JLE: return taken;
	case ISA_COND_JGT:
	case ISA_COND_JGE: return !taken;
	case ISA_COND_JEQ:
	case ISA_COND_JSET:
	case ISA_COND_JNE:
	case ISA_COND_JSGT:
	case ISA_COND_JSGE:
	case ISA_COND_JSLT:
	case ISA_COND_JSLE:
	case ISA_N_COND: break;
	}
	return false;
}

/* The block with the condition that leads back over pred, which may do nothing itself. */
static uint32_t decider(const struct opt_fn *f, uint32_t pred)
{
	const struct opt_block *b = &f->blocks[pred];

	return b->start == b->end && b->n_preds == 1 ? f->pool[b->preds] : pred;
}

/* The old counter goes on to be what the new one is made of. */
static void shift_cond(struct opt_fn *f, const struct opt_block *header, uint32_t p)
{
	uint32_t edge = f->pool[header->preds + p], at = decider(f, edge);
	struct opt_ins *cond = opt_at(f, f->blocks[at].tail);
	const struct opt_ins *phi, *next;
	opt_ref first, after;
	bool equality, taken = f->blocks[at].succ[0] == edge;

	if (at == edge || cond->op != OPT_BR || !is_small(f, cond->arg[1]))
		return;
	phi = opt_at(f, cond->arg[0]);
	if (phi->op != OPT_PHI || &f->blocks[phi->block] != header)
		return;
	first = f->pool[phi->more + 1 - p];
	after = f->pool[phi->more + p];
	next = opt_at(f, after);
	equality = cond->aux == ISA_COND_JEQ || cond->aux == ISA_COND_JNE;
	if (next->op != OPT_ADD || next->arg[0] != cond->arg[0] || next->w < cond->w ||
	    !is_small(f, next->arg[1]) || !opt_dominates(f, next->block, at))
		return;
	if (!equality && (!is_bounded(cond, taken) || !is_small(f, first)))
		return;
	first = opt_k(f, (uint64_t)(opt_at(f, cond->arg[1])->imm + opt_at(f, next->arg[1])->imm));
	cond = opt_at(f, f->blocks[at].tail);
	opt_at(f, cond->arg[0])->uses--;
	opt_at(f, cond->arg[1])->uses--;
	cond->arg[0] = after;
	cond->arg[1] = first;
	opt_at(f, after)->uses++;
	opt_at(f, first)->uses++;
}

void opt_loops(struct opt_fn *f)
{
	for (uint32_t k = 0; k < f->n_order && !f->err; k++) {
		const struct opt_block *b = &f->blocks[f->order[k]];

		for (uint32_t p = 0; b->is_header && b->n_preds == 2 && p < 2; p++)
			if (f->blocks[f->pool[b->preds + p]].rpo >= b->rpo)
				shift_cond(f, b, p);
	}
}
