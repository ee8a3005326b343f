/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do operations become once the ends of loops are known?  Each is made anew, in the order of
 * the walk; a phi of one value is that value.
 */
#include <string.h>

#include "opt/ir.h"

/* The one value that a phi has besides itself, or 0. */
static opt_ref only_value(const struct opt_fn *f, opt_ref phi)
{
	const struct opt_ins *i = opt_at(f, phi);
	opt_ref only = 0;

	for (uint32_t k = 0; k < i->n_more; k++) {
		opt_ref v = opt_val(f, f->pool[i->more + k]);

		if (v == phi || v == only)
			continue;
		if (only)
			return 0;
		only = v;
	}
	return only;
}

static bool drop_phis(struct opt_fn *f)
{
	bool changed = false;

	for (uint32_t k = 0; k < f->n_order; k++) {
		opt_ref *link = &f->blocks[f->order[k]].phis;

		while (*link) {
			struct opt_ins *i = opt_at(f, *link);
			opt_ref only = only_value(f, *link);

			if (!only) {
				link = &i->next;
				continue;
			}
			*link = i->next;
			i->op = OPT_COPY;
			i->arg[0] = only;
			changed = true;
		}
	}
	return changed;
}

static void remember_constants(struct opt_fn *f)
{
	opt_ref end = f->n_ins;

	memset(f->buckets, 0, f->n_buckets * sizeof(*f->buckets));
	for (opt_ref v = 1; v < end; v++) {
		struct opt_ins *i = opt_at(f, v);
		opt_ref same;

		if (!opt_rows[i->op].floats)
			continue;
		same = opt_share(f, i);
		if (!same)
			return;
		i = opt_at(f, v);
		i->op = OPT_COPY;
		i->arg[0] = same;
	}
}

static void again(struct opt_fn *f, opt_ref v)
{
	struct opt_ins *i = opt_at(f, v);
	opt_ref new;

	f->at = i->at;
	if (i->op == OPT_COPY || i->op == OPT_NOP)
		return;
	if (opt_rows[i->op].pure) {
		new = opt_fold(f, *i);
		i = opt_at(f, v);
		i->op = OPT_COPY;
		i->arg[0] = new;
		return;
	}
	if (i->op == OPT_BR) {
		struct opt_ins cond = *i;
		struct opt_block *b = &f->blocks[f->block];

		if (opt_fold_cond(f, &cond)) {
			uint32_t to = b->succ[0];

			b->succ[0] = b->succ[1];
			b->succ[1] = to;
		}
		f->ins[v] = cond;
	}
	f->ins[v].next = 0;
	opt_link(f, f->block, v);
}

void opt_refold(struct opt_fn *f)
{
	for (int round = 0; round < OPT_MAX_ROUNDS && drop_phis(f); round++)
		;
	opt_may_all(f);
	opt_count_uses(f);
	f->counted = true;
	remember_constants(f);
	for (uint32_t k = 0; k < f->n_order && !f->err; k++) {
		struct opt_block *b = &f->blocks[f->order[k]];
		opt_ref v = b->head;

		f->block = f->order[k];
		b->head = b->tail = 0;
		while (v && !f->err) {
			opt_ref next = f->ins[v].next;

			again(f, v);
			v = next;
		}
	}
}
