/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where are constants put into registers that no instruction can hold?  Right before their use, or
 * before the outermost loop around it, once for all uses in it.
 */
#include "opt/ir.h"

enum {
	MAX_STEPS = 256
};

/* Would an instruction show a constant that the program's author chose?  What is returned is put
 * together anyway; masks of whole parts have short forms. */
static bool must_hide(const struct opt_ins *i, unsigned int k, int64_t imm)
{
	bool is_mask = imm == 0xff || imm == 0xffff || imm == UINT32_MAX;

	if (i->op == OPT_RET || imm == (int8_t)imm)
		return false;
	return i->op != OPT_AND || k == 0 || !is_mask;
}

/* Is the operand part of an instruction, which holds 32 bits, sign extended? */
static bool needs_place(const struct opt_fn *f, const struct opt_ins *i, unsigned int k)
{
	uint64_t imm = (uint64_t)opt_at(f, i->arg[k])->imm;

	if (!opt_is_k(f, i->arg[k]))
		return false;
	if (i->folded)
		return i->op == OPT_ADD && !k;
	if (f->in->hides && must_hide(i, k, (int64_t)imm))
		return true;
	/* What an address ends in is added to it: the sum may not fit. */
	if (opt_is_imm32(f, i->arg[k]))
		return !k && (i->op == OPT_LOAD || i->op == OPT_STORE || i->op == OPT_ATOMIC);
	if (i->op == OPT_AND && imm <= UINT32_MAX)
		return false;
	if (i->op == OPT_STORE && k == 1)
		return i->w == 64;
	return i->op != OPT_RET;
}

/* Ends up before the last operation of the block; 0: that is too far to look for it. */
static opt_ref put_at_end(struct opt_fn *f, uint32_t block, uint64_t imm)
{
	struct opt_block *b = &f->blocks[block];
	opt_ref *link = &b->head, v;
	int steps = 0;

	for (; *link != b->tail; link = &f->ins[*link].next)
		if (f->ins[*link].op == OPT_IMM && (uint64_t)f->ins[*link].imm == imm)
			return *link;
		else if (steps++ == MAX_STEPS)
			return 0;
	v = opt_new(f, &(struct opt_ins){ .op = OPT_IMM, .imm = (int64_t)imm });
	if (!v)
		return 0;
	for (link = &b->head; *link != b->tail; link = &f->ins[*link].next)
		;
	f->ins[v].next = *link;
	f->ins[v].block = block;
	*link = v;
	return v;
}

/* Behind `before`, which is 0 where the block begins. */
static opt_ref put_behind(struct opt_fn *f, uint32_t block, opt_ref before, uint64_t imm)
{
	opt_ref v = opt_new(f, &(struct opt_ins){ .op = OPT_IMM, .imm = (int64_t)imm });
	opt_ref *link;

	if (!v)
		return 0;
	link = before ? &f->ins[before].next : &f->blocks[block].head;
	f->ins[v].next = *link;
	f->ins[v].block = block;
	*link = v;
	return v;
}

/* `before` stands before the user, and is what does so afterwards. */
static void place(struct opt_fn *f, uint32_t block, opt_ref user, unsigned int k, opt_ref *before)
{
	uint64_t imm = (uint64_t)opt_at(f, opt_at(f, user)->arg[k])->imm;
	uint32_t at = block;
	opt_ref v;

	while (f->blocks[at].loop != OPT_DEAD)
		at = f->blocks[f->blocks[at].loop].idom;
	f->at = opt_at(f, user)->at;
	v = at == block ? 0 : put_at_end(f, at, imm);
	if (!v)
		v = *before = put_behind(f, block, *before, imm);
	if (!v)
		return;
	f->ins[v].uses++;
	f->ins[user].arg[k] = v;
}

void opt_place(struct opt_fn *f)
{
	for (uint32_t n = 0; n < f->n_order; n++) {
		opt_ref before = 0, v = f->blocks[f->order[n]].head;

		for (; v && !f->err; before = v, v = f->ins[v].next)
			for (unsigned int k = 0; k < opt_rows[f->ins[v].op].n_args; k++)
				if (needs_place(f, &f->ins[v], k))
					place(f, f->order[n], v, k, &before);
	}
}
