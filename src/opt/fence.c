/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where must a machine that guesses branches wait for them?  Before the first access behind a
 * branch whose address may be what the branch was to keep out: all but those by a constant offset
 * from the frame or from what the program was given, and of constant addresses.
 */
#include <errno.h>

#include "opt/ir.h"

/* What others are given may come by a guess of who calls them. */
static bool is_main(const struct opt_fn *f)
{
	return !f->in->start;
}

static bool may_be_wrong(const struct opt_fn *f, const struct opt_ins *i)
{
	struct opt_address a;
	const struct opt_ins *base;

	if (i->op != OPT_LOAD && i->op != OPT_STORE && i->op != OPT_ATOMIC)
		return false;
	a = opt_address_of(f, i);
	base = opt_at(f, a.base);
	if (base->op == OPT_PARAM && is_main(f))
		return a.index;
	return a.index ||
	       (a.base && base->op != OPT_FP && base->op != OPT_IMM && base->op != OPT_K);
}

/* The first such access of the block and what stands before it. */
static opt_ref find_access(const struct opt_fn *f, uint32_t block, opt_ref *ret_before)
{
	opt_ref before = 0;

	for (opt_ref v = f->blocks[block].head; v; before = v, v = opt_at(f, v)->next)
		if (may_be_wrong(f, opt_at(f, v))) {
			*ret_before = before;
			return v;
		}
	return 0;
}

static void put_fence(struct opt_fn *f, uint32_t block, opt_ref user, opt_ref before)
{
	opt_ref v, *link;

	f->at = opt_at(f, user)->at;
	v = opt_new(f, &(struct opt_ins){ .op = OPT_FENCE, .block = block });
	if (!v)
		return;
	link = before ? &f->ins[before].next : &f->blocks[block].head;
	f->ins[v].next = user;
	*link = v;
}

/* Is it guessed that control gets to the block?  Ends of loops are not known yet: they may be. */
static bool is_guess(const struct opt_fn *f, const struct opt_block *b, const uint8_t *leaves)
{
	for (uint32_t p = 0; p < b->n_preds; p++) {
		uint32_t pred = f->pool[b->preds + p];

		if (f->blocks[pred].rpo >= b->rpo || f->blocks[pred].n_succ > 1 || leaves[pred])
			return true;
	}
	return !b->n_preds && !is_main(f);
}

void opt_fences(struct opt_fn *f)
{
	uint8_t *leaves = arena_alloc(f->arena, f->n_blocks); /* a guess is still open there */

	if (!leaves)
		f->err = -ENOMEM;
	for (uint32_t k = 0; k < f->n_order && !f->err; k++) {
		uint32_t block = f->order[k];
		opt_ref before = 0, v = find_access(f, block, &before);

		leaves[block] = is_guess(f, &f->blocks[block], leaves);
		if (!v || !leaves[block])
			continue;
		put_fence(f, block, v, before);
		leaves[block] = false;
	}
}
