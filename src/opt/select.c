/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which branches are better a choice between two values?  Those around a few cheap operations, both
 * sides of which lead to the same place: a wrong guess of the machine costs more than the
 * operations.  Sides may only compute: what loads, stores or divides stays behind its branch.
 */
#include <errno.h>
#include <string.h>

#include "opt/ir.h"

enum {
	MAX_MOVED = 1,   /* operations of both sides: more, and a good guess would be cheaper */
	MAX_CHOICES = 2, /* phis that become choices */
	MAX_LOOKS = 12,  /* at operations that a condition comes from */
	MAX_PREDS = 64,  /* of what sides lead to: they are gone through each time */
};

struct diamond {
	uint32_t top, side[2], end;
	uint32_t pred[2]; /* which predecessor of `end` each side is */
};

static bool is_cheap(const struct opt_ins *i)
{
	switch ((enum opt_op)i->op) {
	case OPT_ADD:
	case OPT_SUB:
	case OPT_OR:
	case OPT_AND:
	case OPT_XOR:
	case OPT_SHL:
	case OPT_SHR:
	case OPT_SAR:
	case OPT_ROL:
	case OPT_NEG:
	case OPT_ZX:
	case OPT_SX:
	case OPT_SELECT: return true;
	case OPT_NOP:
	case OPT_COPY:
	case OPT_K:
	case OPT_FP:
	case OPT_IMM:
	case OPT_PARAM:
	case OPT_PHI:
	case OPT_MUL:
	case OPT_MULH:
	case OPT_DIV:
	case OPT_SDIV:
	case OPT_MOD:
	case OPT_SMOD:
	case OPT_SWAP:
	case OPT_POPCNT:
	case OPT_LOAD:
	case OPT_STORE:
	case OPT_ATOMIC:
	case OPT_FUNC:
	case OPT_CALL:
	case OPT_SUB_CALL:
	case OPT_ANY_CALL:
	case OPT_TAIL:
	case OPT_PACKET:
	case OPT_FENCE:
	case OPT_JMP:
	case OPT_BR:
	case OPT_FUEL:
	case OPT_RET:
	case OPT_N_OP: break;
	}
	return false;
}

/* How many operations the block is before its jump; more than any limit: it may not be moved. */
static uint32_t cost_of(const struct opt_fn *f, uint32_t block)
{
	uint32_t n = 0;

	for (opt_ref v = f->blocks[block].head; v != f->blocks[block].tail; v = f->ins[v].next)
		if (++n > MAX_MOVED || !is_cheap(opt_at(f, v)))
			return MAX_MOVED + 1;
	return n;
}

static bool find_diamond(const struct opt_fn *f, uint32_t top, struct diamond *ret)
{
	const struct opt_block *b = &f->blocks[top], *side[2];

	*ret = (struct diamond){ .top = top };
	if (!b->tail || opt_at(f, b->tail)->op != OPT_BR || b->succ[0] == b->succ[1])
		return false;
	for (int s = 0; s < 2; s++) {
		ret->side[s] = b->succ[s];
		side[s] = &f->blocks[b->succ[s]];
		if (side[s]->n_preds != 1 || side[s]->n_succ != 1 || side[s]->phis)
			return false;
		ret->pred[s] = side[s]->nth;
	}
	ret->end = side[0]->succ[0];
	return ret->end == side[1]->succ[0] && ret->end != top &&
	       f->blocks[ret->end].n_preds <= MAX_PREDS;
}

/* Is `v` computed from what is loaded from an address that is computed from `from`?  With few
 * looks. */
static bool comes_by_load(const struct opt_fn *f, opt_ref v, opt_ref from, bool loaded, int *looks)
{
	const struct opt_ins *i;

	v = opt_val(f, v);
	if (v == from)
		return loaded;
	i = opt_at(f, v);
	if (i->op == OPT_PHI || opt_rows[i->op].floats || --*looks < 0)
		return false;
	loaded |= i->op == OPT_LOAD;
	for (unsigned int k = 0; k < opt_rows[i->op].n_args; k++)
		if (comes_by_load(f, i->arg[k], from, loaded, looks))
			return true;
	return false;
}

/* Does the choice between two places wait for what is at one of them?  Then so does what is looked
 * at next; a guess would not. */
static bool waits_for_memory(const struct opt_fn *f, const struct opt_ins *cond, opt_ref a,
			     opt_ref b)
{
	const opt_ref from[] = { a, b };

	for (int k = 0; k < 4; k++) {
		int looks = MAX_LOOKS;

		if (!opt_rows[opt_at(f, from[k / 2])->op].floats &&
		    comes_by_load(f, cond->arg[k % 2], from[k / 2], false, &looks))
			return true;
	}
	return false;
}

static bool is_worth_it(const struct opt_fn *f, const struct diamond *d)
{
	uint32_t n = cost_of(f, d->side[0]) + cost_of(f, d->side[1]), n_choices = 0;
	const struct opt_ins *cond = opt_at(f, f->blocks[d->top].tail);

	for (opt_ref v = f->blocks[d->end].phis; v; v = f->ins[v].next) {
		const opt_ref *from = &f->pool[f->ins[v].more];

		opt_ref a = opt_val(f, from[d->pred[0]]), b = opt_val(f, from[d->pred[1]]);

		n_choices += a != b;
		if (a != b && waits_for_memory(f, cond, a, b))
			return false;
	}
	return n <= MAX_MOVED && n_choices <= MAX_CHOICES;
}

/* All but the jump goes to the end of f->block. */
static void move_up(struct opt_fn *f, uint32_t from)
{
	struct opt_block *b = &f->blocks[from];
	opt_ref v = b->head;

	while (v != b->tail) {
		opt_ref next = f->ins[v].next;

		f->ins[v].next = 0;
		opt_link(f, f->block, v);
		v = next;
	}
	b->head = b->tail;
}

/* The edge from side[1] is gone, the one from side[0] comes from the top. */
static void join(struct opt_fn *f, const struct diamond *d, opt_ref branch)
{
	struct opt_block *end = &f->blocks[d->end], *top = &f->blocks[d->top];
	const struct opt_ins cond = *opt_at(f, branch);
	uint32_t keep = d->pred[0], drop = d->pred[1];

	for (opt_ref v = end->phis; v; v = f->ins[v].next) {
		uint32_t more = f->ins[v].more;
		opt_ref a = opt_val(f, f->pool[more + keep]), b = opt_val(f, f->pool[more + drop]);
		struct opt_ins choice = { .op = OPT_SELECT,
					  .w = cond.w,
					  .aux = cond.aux,
					  .arg = { cond.arg[0], cond.arg[1], a, b } };

		f->pool[more + keep] = a == b ? a : opt_append(f, &choice);
		for (uint32_t p = drop; p + 1 < f->ins[v].n_more; p++)
			f->pool[f->ins[v].more + p] = f->pool[f->ins[v].more + p + 1];
		f->ins[v].n_more--;
	}
	f->pool[end->preds + keep] = d->top;
	for (uint32_t p = drop; p + 1 < end->n_preds; p++)
		f->pool[end->preds + p] = f->pool[end->preds + p + 1];
	end->n_preds--;
	for (uint32_t p = 0; p < end->n_preds; p++)
		f->blocks[f->pool[end->preds + p]].nth = p;
	top->n_succ = 1;
	top->succ[0] = d->end;
}

static void convert(struct opt_fn *f, const struct diamond *d)
{
	struct opt_block *top = &f->blocks[d->top];
	opt_ref branch = top->tail, *link = &top->head, last = 0;

	while (*link != branch) {
		last = *link;
		link = &f->ins[last].next;
	}
	*link = 0;
	top->tail = last;
	f->block = d->top;
	f->at = opt_at(f, branch)->at;
	move_up(f, d->side[0]);
	move_up(f, d->side[1]);
	join(f, d, branch);
	opt_append(f, &(struct opt_ins){ .op = OPT_JMP });
	for (int s = 0; s < 2; s++)
		f->blocks[d->side[s]].rpo = OPT_DEAD;
}

static bool may_merge(const struct opt_fn *f, uint32_t end)
{
	const struct opt_block *b = &f->blocks[end];

	for (uint32_t s = 0; s < b->n_succ; s++)
		if (f->blocks[b->succ[s]].n_preds > MAX_PREDS)
			return false;
	return b->n_preds == 1 && !f->err;
}

/* A block that control only gets to from one that leads nowhere else is the end of that one.
 * Operations learn of it in renumber(): a block may be merged after others were merged with it. */
static void merge(struct opt_fn *f, uint32_t top, uint32_t *merged)
{
	struct opt_block *b = &f->blocks[top], *end = &f->blocks[b->succ[0]];
	opt_ref *link = &b->head;

	for (opt_ref v = end->phis; v; v = f->ins[v].next) {
		f->ins[v].op = OPT_COPY;
		f->ins[v].arg[0] = f->pool[f->ins[v].more];
		f->ins[v].n_more = 0;
	}
	while (*link != b->tail)
		link = &f->ins[*link].next;
	*link = end->head;
	b->tail = end->tail;
	merged[b->succ[0]] = top;
	end->rpo = OPT_DEAD;
	b->n_succ = end->n_succ;
	b->nth = end->nth;
	memcpy(b->succ, end->succ, sizeof(b->succ));
	for (uint32_t s = 0; s < b->n_succ; s++) {
		const struct opt_block *to = &f->blocks[b->succ[s]];

		for (uint32_t p = 0; p < to->n_preds; p++)
			if (&f->blocks[f->pool[to->preds + p]] == end)
				f->pool[to->preds + p] = top;
	}
}

static void renumber(struct opt_fn *f, const uint32_t *merged)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < f->n_order; k++) {
		struct opt_block *b = &f->blocks[f->order[k]];

		if (b->rpo == OPT_DEAD)
			continue;
		while (f->blocks[b->idom].rpo == OPT_DEAD)
			b->idom = merged[b->idom];
		for (opt_ref v = b->head; v; v = f->ins[v].next)
			f->ins[v].block = f->order[k];
		b->rpo = n;
		f->order[n++] = f->order[k];
	}
	f->n_order = n;
}

/* Branches on what was chosen ask what the choice was made by. */
static void fold_branches(struct opt_fn *f)
{
	for (uint32_t k = 0; k < f->n_order && !f->err; k++) {
		struct opt_block *b = &f->blocks[f->order[k]];
		struct opt_ins cond = *opt_at(f, b->tail);

		if (cond.op != OPT_BR)
			continue;
		if (opt_fold_cond(f, &cond)) {
			uint32_t to = b->succ[0];

			b->succ[0] = b->succ[1];
			b->succ[1] = to;
		}
		f->ins[b->tail] = cond;
	}
}

/* Inner branches before those around them. */
bool opt_select(struct opt_fn *f)
{
	uint32_t *merged = arena_alloc_raw(f->arena, f->n_blocks * sizeof(*merged));
	bool any = false;

	if (!merged)
		f->err = -ENOMEM;
	for (uint32_t k = f->n_order; k-- > 0 && !f->err;) {
		struct diamond d;

		if (f->blocks[f->order[k]].rpo == OPT_DEAD || !find_diamond(f, f->order[k], &d) ||
		    !is_worth_it(f, &d))
			continue;
		convert(f, &d);
		if (may_merge(f, d.end))
			merge(f, d.top, merged);
		any = true;
	}
	if (!any || f->err)
		return any;
	renumber(f, merged);
	fold_branches(f);
	return any;
}
