/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do operations become once the ends of loops are known?  Each is looked at again, in the
 * order of the walk; a phi of one value is that value.
 */
#include <errno.h>
#include <string.h>

#include "opt/ir.h"

/* What a phi's operands are, as far as is known; 0: nothing is. */
static opt_ref meet(const struct opt_fn *f, const opt_ref *stands_for, opt_ref phi)
{
	const struct opt_ins *i = opt_at(f, phi);
	opt_ref only = 0;

	for (uint32_t k = 0; k < i->n_more; k++) {
		opt_ref v = opt_val(f, f->pool[i->more + k]);

		if (opt_at(f, v)->op == OPT_PHI)
			v = stands_for[v];
		if (!v || v == only || v == phi)
			continue;
		if (only)
			return phi;
		only = v;
	}
	return only;
}

/* Phis that only hand each other one value are that value: all are taken to be until one is seen
 * not to.  False: there was no end to it. */
static bool find_copies(const struct opt_fn *f, opt_ref *stands_for, uint32_t *rounds)
{
	bool changed = true;

	while (changed) {
		changed = false;
		if (++*rounds > OPT_MAX_ROUNDS)
			return false;
		for (uint32_t k = 0; k < f->n_order; k++)
			for (opt_ref v = f->blocks[f->order[k]].phis; v; v = opt_at(f, v)->next) {
				opt_ref new = stands_for[v] == v ? v : meet(f, stands_for, v);

				if (new == stands_for[v])
					continue;
				stands_for[v] = stands_for[v] ? v : new;
				changed = true;
			}
	}
	return true;
}

static bool drop_phis(struct opt_fn *f, opt_ref *stands_for, uint32_t *rounds)
{
	bool changed = false;

	memset(stands_for, 0, f->n_ins * sizeof(*stands_for));
	if (!find_copies(f, stands_for, rounds))
		return false;
	for (uint32_t k = 0; k < f->n_order; k++) {
		opt_ref *link = &f->blocks[f->order[k]].phis;

		while (*link) {
			struct opt_ins *i = opt_at(f, *link);

			if (!stands_for[*link] || stands_for[*link] == *link) {
				link = &i->next;
				continue;
			}
			i->op = OPT_COPY;
			i->arg[0] = stands_for[*link];
			*link = i->next;
			changed = true;
		}
	}
	return changed;
}

static void drop_all_phis(struct opt_fn *f)
{
	opt_ref *stands_for = arena_alloc_raw(f->arena, f->n_ins * sizeof(*stands_for));
	uint32_t rounds = 0;

	if (!stands_for)
		f->err = -ENOMEM;
	while (!f->err && drop_phis(f, stands_for, &rounds))
		;
}

static void remember_constants(struct opt_fn *f)
{
	memset(f->buckets, 0, f->n_buckets * sizeof(*f->buckets));
	for (opt_ref v = 1; v < f->n_ins; v++) {
		struct opt_ins i = *opt_at(f, v);

		if (opt_rows[i.op].floats)
			opt_share_again(f, v, &i);
	}
}

static bool is_shift_of(const struct opt_fn *f, opt_ref v, int64_t n)
{
	const struct opt_ins *i = opt_at(f, v);
	opt_ref count = opt_val(f, i->arg[1]);

	return i->op == OPT_SHL && i->w == 64 && opt_is_k(f, count) && opt_at(f, count)->imm == n;
}

/* To where the sign is and back by more. */
static struct opt_ins sign_shifted(struct opt_fn *f, struct opt_ins i, opt_ref a, opt_ref count)
{
	int64_t n = opt_is_k(f, count) ? opt_at(f, count)->imm & 63 : 0;

	if (n > 32 && is_shift_of(f, a, 32)) {
		i.arg[0] = opt_at(f, a)->arg[0];
		i.arg[1] = opt_k(f, (uint64_t)n - 32);
		i.w = 32;
	}
	return i;
}

/* The same in 32 bits, which clear the others. */
static struct opt_ins halved(struct opt_fn *f, struct opt_ins i)
{
	opt_ref first = opt_val(f, i.arg[0]), second = opt_val(f, i.arg[1]);

	switch (i.op) {
	case OPT_SAR: return sign_shifted(f, i, first, second);
	case OPT_SHL:
		if (!opt_is_k(f, second) || (opt_at(f, second)->imm & 63) > 31)
			return i;
		__attribute__((fallthrough));
	case OPT_ADD:
	case OPT_SUB:
	case OPT_MUL:
	case OPT_OR:
	case OPT_XOR:
		if (i.op != OPT_SHL && opt_is_k(f, second))
			i.arg[1] = opt_k(f, (uint64_t)(int32_t)opt_at(f, second)->imm);
		__attribute__((fallthrough));
	case OPT_NEG: i.w = 32;
	}
	return i;
}

/* What stays as it is keeps its number. */
static void compute(struct opt_fn *f, opt_ref v, struct opt_ins i)
{
	opt_ref new = opt_simplify(f, &i);

	if (new) {
		f->ins[v].op = OPT_COPY;
		f->ins[v].arg[0] = new;
	} else if (!f->err) {
		opt_share_again(f, v, &i);
	}
}

/* `want`: bits that are wanted of it. */
static void again(struct opt_fn *f, opt_ref v, uint64_t want)
{
	const struct opt_ins *i = opt_at(f, v);

	f->at = i->at;
	if (i->op == OPT_COPY || i->op == OPT_NOP)
		return;
	if (opt_rows[i->op].pure) {
		compute(f, v, i->w == 64 && want <= UINT32_MAX ? halved(f, *i) : *i);
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
	const uint64_t *want;

	/* What is built without loops is folded as far as it will go. */
	if (f->n_straight == f->n_order && !f->waits && !opt_cuts(f)) {
		f->counted = true;
		return;
	}
	if (f->n_straight < f->n_order)
		drop_all_phis(f);
	if (f->err)
		return;
	opt_may_all(f);
	opt_count_uses(f);
	f->counted = true;
	want = opt_want(f);
	remember_constants(f);
	for (uint32_t k = 0; k < f->n_order && !f->err; k++) {
		struct opt_block *b = &f->blocks[f->order[k]];
		opt_ref v = b->head;

		f->block = f->order[k];
		b->head = b->tail = 0;
		while (v && !f->err) {
			opt_ref next = f->ins[v].next;

			again(f, v, want ? want[v] : UINT64_MAX);
			v = next;
		}
	}
}
