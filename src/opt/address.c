/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which additions can be left to the operand of a load or store?  Those that nothing else wants:
 * base + (index << scale) + displacement.
 */
#include <errno.h>
#include <string.h>

#include "opt/ir.h"

enum {
	MAX_DISP = (1 << 28) - 1,
	MAX_SCALE = 3
};

/* How much of an address may still be in an operation: nothing, one register and a displacement,
 * the same or a register shifted, or all. */
enum budget {
	NOTHING,
	PLAIN,
	SHIFTED,
	ALL
};

struct folder {
	struct opt_fn *f;
	uint32_t *wanted; /* uses as part of an address */
	uint8_t *budget;
};

static bool is_memory(const struct opt_ins *i)
{
	return i->op == OPT_LOAD || i->op == OPT_STORE || i->op == OPT_ATOMIC;
}

static void want(struct folder *d, opt_ref v, enum budget budget)
{
	d->wanted[v]++;
	if (d->budget[v] > budget)
		d->budget[v] = (uint8_t)budget;
}

static bool is_small(const struct opt_fn *f, opt_ref v)
{
	const struct opt_ins *i = opt_at(f, v);

	int64_t max = f->in->hides ? INT8_MAX : MAX_DISP;

	return i->op == OPT_K && i->imm >= -max && i->imm <= max;
}

static void try_fold(struct folder *d, opt_ref v)
{
	struct opt_ins *i = opt_at(d->f, v);
	enum budget budget = d->wanted[v] == i->uses ? d->budget[v] : NOTHING;

	if (!i->uses || i->w != 64 || budget == NOTHING)
		return;
	if (i->op == OPT_ADD && is_small(d->f, i->arg[1])) {
		i->folded = true;
		want(d, i->arg[0], budget == SHIFTED ? PLAIN : budget);
	} else if (i->op == OPT_ADD && budget == ALL && !opt_is_k(d->f, i->arg[1])) {
		i->folded = true;
		want(d, i->arg[0], PLAIN);
		want(d, i->arg[1], SHIFTED);
	} else if (i->op == OPT_ADD && budget == ALL) {
		/* A table at a constant address: place.c puts that into a register. */
		opt_ref k = i->arg[1];

		i->folded = true;
		i->arg[1] = i->arg[0];
		i->arg[0] = k;
		want(d, i->arg[1], SHIFTED);
	} else if (i->op == OPT_SHL && budget == SHIFTED && opt_is_k(d->f, i->arg[1]) &&
		   opt_at(d->f, i->arg[1])->imm > 0 && opt_at(d->f, i->arg[1])->imm <= MAX_SCALE) {
		i->folded = true;
	}
}

/* Users before what they use. */
void opt_addresses(struct opt_fn *f)
{
	struct folder d = { .f = f };
	opt_ref *list = arena_alloc_raw(f->arena, f->n_ins * sizeof(*list));
	uint32_t n;

	d.wanted = arena_alloc(f->arena, f->n_ins * sizeof(*d.wanted));
	d.budget = arena_alloc_raw(f->arena, f->n_ins);
	if (!list || !d.wanted || !d.budget) {
		f->err = -ENOMEM;
		return;
	}
	memset(d.budget, ALL, f->n_ins);
	for (uint32_t k = f->n_order; k-- > 0;) {
		const struct opt_block *b = &f->blocks[f->order[k]];

		n = 0;
		for (opt_ref v = b->head; v; v = f->ins[v].next)
			list[n++] = v;
		while (n) {
			const struct opt_ins *i = opt_at(f, list[--n]);

			if (is_memory(i))
				want(&d, i->arg[0], ALL);
			else
				try_fold(&d, list[n]);
		}
	}
}

/* Register and displacement of one part. */
static opt_ref plain(const struct opt_fn *f, opt_ref v, int64_t *disp)
{
	const struct opt_ins *i = opt_at(f, v);

	while (i->folded && i->op == OPT_ADD) {
		*disp += opt_at(f, i->arg[1])->imm;
		v = i->arg[0];
		i = opt_at(f, v);
	}
	if (i->op == OPT_FP)
		*disp += i->imm;
	return v;
}

struct opt_address opt_address_of(const struct opt_fn *f, const struct opt_ins *ins)
{
	struct opt_address a = { .disp = ins->imm };
	opt_ref v = ins->arg[0];
	const struct opt_ins *i = opt_at(f, v);

	while (i->folded && i->op == OPT_ADD && is_small(f, i->arg[1])) {
		a.disp += opt_at(f, i->arg[1])->imm;
		v = i->arg[0];
		i = opt_at(f, v);
	}
	if (!i->folded) {
		a.base = plain(f, v, &a.disp);
		return a;
	}
	a.base = plain(f, i->arg[0], &a.disp);
	a.index = i->arg[1];
	i = opt_at(f, a.index);
	if (i->folded && i->op == OPT_SHL) {
		a.scale = (uint8_t)opt_at(f, i->arg[1])->imm;
		a.index = i->arg[0];
	} else {
		a.index = plain(f, a.index, &a.disp);
	}
	if (opt_at(f, a.index)->op == OPT_FP && !a.scale) {
		opt_ref base = a.base;

		a.base = a.index;
		a.index = base;
	}
	return a;
}
