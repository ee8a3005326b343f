/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which bits of each value does anybody want?  From users to what they use, from nothing upwards
 * until nothing is added.  Code of machines without operations on 32 bits (BPF before -mcpu=v3)
 * does everything in 64 and cuts off later: where nobody wants the upper half, refold.c makes
 * operations of 32 bits of such.
 */
#include <errno.h>

#include "opt/ir.h"

enum {
	MAX_ROUNDS = 8 /* then nothing is known */
};

struct wanter {
	struct opt_fn *f;
	uint64_t *want;
	opt_ref at;   /* the value whose operands are looked at */
	bool changed; /* of what was looked at before */
};

static uint64_t up_to(uint64_t v)
{
	return v ? UINT64_MAX >> __builtin_clzll(v) : 0;
}

static uint64_t may_of(const struct wanter *d, opt_ref v)
{
	return opt_at(d->f, opt_val(d->f, v))->may;
}

static void add(struct wanter *d, opt_ref v, uint64_t bits)
{
	v = opt_val(d->f, v);
	d->changed |= v >= d->at && bits & ~d->want[v];
	d->want[v] |= bits;
}

/* All that an operation of so many bits can see. */
static void add_all(struct wanter *d, const struct opt_ins *i, uint64_t bits)
{
	for (unsigned int k = 0; k < opt_rows[i->op].n_args; k++)
		add(d, i->arg[k], bits);
	for (uint32_t k = 0; k < i->n_more; k++)
		add(d, d->f->pool[i->more + k], bits);
}

/* By a constant number of places; else 64. */
static unsigned int places(const struct wanter *d, const struct opt_ins *i)
{
	opt_ref count = opt_val(d->f, i->arg[1]);

	return opt_is_k(d->f, count) ? (unsigned int)opt_at(d->f, count)->imm & (i->w - 1u) : 64;
}

static void shift(struct wanter *d, const struct opt_ins *i, uint64_t want)
{
	uint64_t all = opt_mask(i->w), sign = i->op == OPT_SAR ? 1ULL << (i->w - 1) : 0;
	unsigned int n = places(d, i);

	add(d, i->arg[1], i->w - 1u);
	if (n == 64)
		add(d, i->arg[0], i->op == OPT_SHL ? up_to(want) : all);
	else
		add(d, i->arg[0], i->op == OPT_SHL ? want >> n : (want << n & all) | sign);
}

static void extend(struct wanter *d, const struct opt_ins *i, uint64_t want)
{
	uint64_t part = want & opt_mask(i->aux);

	if (i->op == OPT_SX && want & ~opt_mask(i->aux - 1u))
		part |= 1ULL << (i->aux - 1u);
	add(d, i->arg[0], part);
}

/* What the operation wants of its operands when `want` of its result is wanted. */
static void visit(struct wanter *d, const struct opt_ins *i, uint64_t want)
{
	uint64_t all = opt_mask(i->w);

	if (opt_rows[i->op].pure && !want)
		return;
	switch (i->op) {
	case OPT_PHI: add_all(d, i, want); return;
	case OPT_ADD:
	case OPT_SUB:
	case OPT_MUL:
	case OPT_NEG: add_all(d, i, up_to(want & all)); return;
	case OPT_OR:
	case OPT_XOR: add_all(d, i, want & all); return;
	case OPT_AND:
		add(d, i->arg[0], want & all & may_of(d, i->arg[1]));
		add(d, i->arg[1], want & all & may_of(d, i->arg[0]));
		return;
	case OPT_SHL:
	case OPT_SHR:
	case OPT_SAR: shift(d, i, want & all); return;
	case OPT_ZX:
	case OPT_SX: extend(d, i, want); return;
	case OPT_SELECT:
		add(d, i->arg[0], all);
		add(d, i->arg[1], all);
		add(d, i->arg[2], want);
		add(d, i->arg[3], want);
		return;
	case OPT_STORE:
		add(d, i->arg[0], UINT64_MAX);
		add(d, i->arg[1], all);
		return;
	case OPT_BR: add_all(d, i, all); return;
	}
	add_all(d, i, UINT64_MAX);
}

static bool is_k_of(const struct opt_fn *f, opt_ref v, int64_t k)
{
	return opt_is_k(f, v) && opt_at(f, v)->imm == k;
}

bool opt_cuts(const struct opt_fn *f)
{
	for (opt_ref v = 1; v < f->n_ins; v++) {
		const struct opt_ins *i = opt_at(f, v);

		if ((i->op == OPT_ZX && i->aux == 32) ||
		    (i->op == OPT_SHL && is_k_of(f, i->arg[1], 32)) ||
		    (i->op == OPT_AND && opt_is_k(f, i->arg[1]) &&
		     (uint64_t)opt_at(f, i->arg[1])->imm >> 31 == 1))
			return true;
	}
	return false;
}

/* Operands come before their users but for what goes around a loop. */
static void pass(struct wanter *d)
{
	for (opt_ref v = d->f->n_ins; v-- > 1;) {
		const struct opt_ins *i = opt_at(d->f, v);

		d->at = v;
		if (i->op != OPT_COPY && i->op != OPT_NOP && !opt_rows[i->op].floats)
			visit(d, i, d->want[v]);
	}
}

const uint64_t *opt_want(struct opt_fn *f)
{
	struct wanter d = { .f = f };

	if (f->err || !opt_cuts(f))
		return NULL;
	d.want = arena_alloc(f->arena, f->n_ins * sizeof(*d.want));
	if (!d.want) {
		f->err = -ENOMEM;
		return NULL;
	}
	for (int round = 0; round < MAX_ROUNDS; round++) {
		d.changed = false;
		pass(&d);
		if (!d.changed)
			return d.want;
	}
	return NULL;
}
