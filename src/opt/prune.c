/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which branches go one way only?  Those that compare constants, as after a lookup of an element
 * that is there.  The other way goes, with what only it leads to.  Loops stay as they are: what is
 * known of them counts on their blocks.
 */
#include <errno.h>

#include "opt/ir.h"

/* Which successor the block goes on to, or -1: any. */
static int way_of(const struct opt_fn *f, const struct opt_block *b)
{
	const struct opt_ins *i = opt_at(f, b->tail);
	struct opt_ins cond = *i;
	int is_true;

	if (i->op != OPT_BR || b->loop != OPT_DEAD)
		return -1;
	cond.arg[0] = opt_val(f, i->arg[0]);
	cond.arg[1] = opt_val(f, i->arg[1]);
	if (!opt_is_k(f, cond.arg[0]) || !opt_is_k(f, cond.arg[1]))
		return -1;
	is_true = opt_decide(f, &cond);
	return is_true < 0 ? -1 : !is_true;
}

/* True: there is something to do. */
static bool decide(struct opt_fn *f)
{
	bool any = false;

	for (uint32_t k = 0; k < f->n_order; k++) {
		struct opt_block *b = &f->blocks[f->order[k]];
		int way = way_of(f, b);

		if (b->is_irreducible)
			return false;
		any |= way >= 0;
	}
	for (uint32_t k = 0; k < f->n_order && any; k++) {
		struct opt_block *b = &f->blocks[f->order[k]];
		int way = way_of(f, b);

		if (way < 0)
			continue;
		b->succ[0] = b->succ[way];
		b->n_succ = 1;
		*opt_at(f, b->tail) = (struct opt_ins){ .op = OPT_JMP,
							.block = f->order[k],
							.at = opt_at(f, b->tail)->at };
	}
	return any;
}

static bool leads_to(const struct opt_fn *f, uint32_t from, uint32_t to)
{
	const struct opt_block *b = &f->blocks[from];

	for (uint32_t s = 0; s < b->n_succ; s++)
		if (b->succ[s] == to && b->rpo != OPT_DEAD)
			return true;
	return false;
}

/* Predecessors are those that lead there; a phi of one value is that value. */
static void close_ways(struct opt_fn *f, uint32_t number)
{
	struct opt_block *b = &f->blocks[number];
	uint32_t n = 0, n_preds = b->n_preds;

	for (uint32_t p = 0; p < n_preds; p++) {
		uint32_t pred = f->pool[b->preds + p];

		if (!leads_to(f, pred, number))
			continue;
		for (opt_ref v = b->phis; v; v = opt_at(f, v)->next)
			f->pool[opt_at(f, v)->more + n] = f->pool[opt_at(f, v)->more + p];
		if (f->blocks[pred].succ[0] == number)
			f->blocks[pred].nth = n;
		f->pool[b->preds + n++] = pred;
	}
	b->n_preds = n;
	for (opt_ref v = b->phis; v; v = opt_at(f, v)->next) {
		opt_at(f, v)->n_more = n;
		if (n != 1)
			continue;
		opt_at(f, v)->op = OPT_COPY;
		opt_at(f, v)->arg[0] = f->pool[opt_at(f, v)->more];
		opt_at(f, v)->n_more = 0;
	}
	if (n == 1)
		b->phis = 0;
}

/* Blocks come after all that leads there, but for the ends of loops, whose beginning comes first:
 * a block none of whose predecessors is left when the walk reaches it is gone. */
static void drop_blocks(struct opt_fn *f)
{
	uint32_t n = 1;

	for (uint32_t k = 1; k < f->n_order; k++) {
		struct opt_block *b = &f->blocks[f->order[k]];
		bool is_left = false;

		for (uint32_t p = 0; p < b->n_preds && !is_left; p++) {
			uint32_t pred = f->pool[b->preds + p];

			is_left = f->blocks[pred].rpo < b->rpo && leads_to(f, pred, f->order[k]);
		}
		if (!is_left)
			b->rpo = OPT_DEAD;
	}
	for (uint32_t k = 1; k < f->n_order; k++)
		if (f->blocks[f->order[k]].rpo != OPT_DEAD)
			f->order[n++] = f->order[k];
	f->n_order = n;
	for (uint32_t k = 0; k < n; k++) {
		f->blocks[f->order[k]].rpo = k;
		close_ways(f, f->order[k]);
	}
}

bool opt_prune(struct opt_fn *f)
{
	if (f->err || !decide(f))
		return false;
	drop_blocks(f);
	return true;
}
