/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which loads are parts of one?  Compilers read what may not be aligned by bytes, and put them
 * together: one half with another, shifted, that lies right behind it.  Both are loaded at once,
 * where the later one was, if nothing changes memory between them.  Asked when uses have just been
 * counted.
 */
#include <errno.h>

#include "opt/ir.h"

struct pairer {
	struct opt_fn *f;
	uint32_t *place;   /* of loads, in the order of the walk */
	uint32_t *changes; /* of loads: how often memory has changed before */
	uint32_t n, now;
};

/* A load that nothing else wants: one half. */
static bool is_half(const struct opt_fn *f, opt_ref v, unsigned int bits)
{
	const struct opt_ins *i = opt_at(f, v);

	return i->op == OPT_LOAD && !i->aux && i->w == bits && i->uses == 1;
}

/* The half that is shifted to where it belongs, or 0; *ret_bits: of a half. */
static opt_ref upper_half(const struct opt_fn *f, opt_ref v, unsigned int *ret_bits)
{
	const struct opt_ins *i = opt_at(f, v);
	opt_ref count = opt_val(f, i->arg[1]);

	if (i->op != OPT_SHL || i->uses != 1 || !opt_is_k(f, count))
		return 0;
	*ret_bits = (unsigned int)opt_at(f, count)->imm & 63;
	if ((*ret_bits != 8 && *ret_bits != 16 && *ret_bits != 32) || 2 * *ret_bits > i->w ||
	    !is_half(f, opt_val(f, i->arg[0]), *ret_bits))
		return 0;
	return opt_val(f, i->arg[0]);
}

static void join(struct pairer *d, opt_ref v, opt_ref low, opt_ref high, unsigned int bits)
{
	struct opt_ins *i = opt_at(d->f, v), *a = opt_at(d->f, low), *b = opt_at(d->f, high);
	opt_ref later = d->place[low] < d->place[high] ? high : low;
	struct opt_ins *load = opt_at(d->f, later);
	bool turned = b->imm < a->imm;
	int64_t at = turned ? b->imm : a->imm;

	load->imm = at;
	load->w = (uint8_t)(2 * bits);
	load->may = opt_mask(2 * bits);
	if (!turned)
		load->uses = i->uses;
	i->op = turned ? OPT_SWAP : OPT_COPY;
	i->w = load->w;
	i->arg[0] = later;
	i->arg[1] = 0;
	i->may = load->may;
}

static bool try_join(struct pairer *d, opt_ref v)
{
	const struct opt_ins *i = opt_at(d->f, v);

	for (int k = 0; k < 2; k++) {
		opt_ref low = opt_val(d->f, i->arg[k]), high;
		const struct opt_ins *a = opt_at(d->f, low), *b;
		unsigned int bits;

		high = upper_half(d->f, opt_val(d->f, i->arg[1 - k]), &bits);
		b = opt_at(d->f, high);
		if (!high || high == low || !is_half(d->f, low, bits) || 2 * bits > i->w)
			continue;
		if (opt_val(d->f, a->arg[0]) != opt_val(d->f, b->arg[0]) || a->block != b->block ||
		    d->changes[low] != d->changes[high])
			continue;
		if (b->imm != a->imm + bits / 8 && (bits != 8 || b->imm != a->imm - 1))
			continue;
		join(d, v, low, high, bits);
		return true;
	}
	return false;
}

static bool visit(struct pairer *d, opt_ref v)
{
	const struct opt_ins *i = opt_at(d->f, v);

	if (i->op == OPT_LOAD) {
		d->now += (i->aux & OPT_ORDERED) != 0;
		d->place[v] = d->n++;
		d->changes[v] = d->now;
	}
	d->now += opt_rows[i->op].effect;
	return (i->op == OPT_OR || i->op == OPT_ADD || i->op == OPT_XOR) && try_join(d, v);
}

bool opt_pairs(struct opt_fn *f)
{
	struct pairer d = { .f = f };
	bool any = false;

	d.place = arena_alloc_raw(f->arena, f->n_ins * 2 * sizeof(*d.place));
	if (!d.place) {
		f->err = -ENOMEM;
		return false;
	}
	d.changes = d.place + f->n_ins;
	for (uint32_t k = 0; k < f->n_order; k++)
		for (opt_ref v = f->blocks[f->order[k]].head; v; v = opt_at(f, v)->next)
			any |= visit(&d, v);
	return any;
}
