/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which values are alive at the beginning of a block?  From each use upwards to the definition: as
 * much work as there are answers.
 */
#include <errno.h>
#include <string.h>

#include "opt/alloc.h"

struct finder {
	struct opt_fn *f;
	struct opt_live *live;
	uint32_t n, room;
	uint32_t n_operands, operand_room;
	opt_ref *last;  /* by block: the value noted last */
	uint32_t *work; /* blocks */
};

static void note(struct finder *d, uint32_t block, opt_ref v)
{
	if (d->n == d->room) {
		struct opt_alive *new =
			arena_alloc_raw(d->f->arena, (size_t)d->room * 2 * sizeof(*new));

		if (!new) {
			d->f->err = -ENOMEM;
			return;
		}
		memcpy(new, d->live->list, d->n * sizeof(*new));
		d->live->list = new;
		d->room *= 2;
	}
	d->live->list[d->n] = (struct opt_alive){ v, d->live->first[block] };
	d->live->first[block] = d->n++;
}

/* v is alive at the end of `block`. */
static void walk_up(struct finder *d, uint32_t block, opt_ref v)
{
	uint32_t n = 0, home = opt_at(d->f, v)->block;

	d->work[n++] = block;
	while (n && !d->f->err) {
		uint32_t k = d->work[--n];
		const struct opt_block *b = &d->f->blocks[k];

		if (k == home || d->last[k] == v)
			continue;
		d->last[k] = v;
		note(d, k, v);
		for (uint32_t p = 0; p < b->n_preds; p++)
			d->work[n++] = d->f->pool[b->preds + p];
	}
}

static uint32_t gather(struct finder *d, opt_ref user)
{
	struct opt_live *live = d->live;

	if (d->operand_room - d->n_operands < OPT_MAX_OPERANDS) {
		opt_ref *new =
			arena_alloc_raw(d->f->arena, (size_t)d->operand_room * 2 * sizeof(*new));

		if (!new) {
			d->f->err = -ENOMEM;
			return 0;
		}
		memcpy(new, live->operands, d->n_operands * sizeof(*new));
		live->operands = new;
		d->operand_room *= 2;
	}
	live->begin[user] = d->n_operands;
	live->n[user] = (uint8_t)opt_operands(d->f, user, live->operands + d->n_operands);
	d->n_operands += live->n[user];
	return live->n[user];
}

/* A phi's value is made before everything in its block. */
static void find_uses(struct finder *d, uint32_t block)
{
	const struct opt_fn *f = d->f;
	const struct opt_block *b = &f->blocks[block];

	for (opt_ref phi = b->phis; phi; phi = f->ins[phi].next)
		for (uint32_t p = 0; p < b->n_preds; p++) {
			opt_ref v = f->pool[f->ins[phi].more + p];

			if (!opt_rows[f->ins[v].op].floats)
				walk_up(d, f->pool[b->preds + p], v);
		}
	for (opt_ref user = b->head; user; user = f->ins[user].next) {
		uint32_t n = f->ins[user].folded ? 0 : gather(d, user);
		const opt_ref *operands = d->live->operands + d->live->begin[user];

		for (uint32_t k = 0; k < n; k++)
			if (opt_at(f, operands[k])->block != block)
				walk_up(d, block, operands[k]);
	}
}

int opt_find_live(struct opt_fn *f, struct opt_live *ret)
{
	struct finder d = { .f = f, .live = ret, .n = 1, .room = f->n_ins + 64 };

	d.operand_room = f->n_ins * 2 + 2 * OPT_MAX_OPERANDS;
	ret->begin = arena_alloc(f->arena, f->n_ins * sizeof(*ret->begin));
	ret->n = arena_alloc(f->arena, f->n_ins);
	ret->operands = arena_alloc_raw(f->arena, d.operand_room * sizeof(*ret->operands));
	ret->first = arena_alloc(f->arena, f->n_blocks * sizeof(*ret->first));
	ret->list = arena_alloc_raw(f->arena, d.room * sizeof(*ret->list));
	d.last = arena_alloc(f->arena, f->n_blocks * sizeof(*d.last));
	d.work = arena_alloc_raw(f->arena, ((size_t)f->n_blocks * 2 + 2) * sizeof(*d.work));
	if (!ret->begin || !ret->n || !ret->operands || !ret->first || !ret->list || !d.last ||
	    !d.work)
		return f->err = -ENOMEM;
	for (uint32_t k = 0; k < f->n_order && !f->err; k++)
		find_uses(&d, f->order[k]);
	return f->err;
}
