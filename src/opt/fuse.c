/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which loads can be the memory operand of what uses them?  Those with one user, in the same block,
 * with nothing between that changes memory.  Not where the function stores to the same place: a
 * plain load of what was just stored costs the machine nothing, one within an operation waits for
 * memory.  For machines that have such operands; what the rules
 * allow x64_arith.c and x64_cond.c lower.
 */
#include <errno.h>

#include "opt/ir.h"

enum {
	STORED = 1024
};

struct fuser {
	struct opt_fn *f;
	uint32_t *stamp; /* of loads: how often memory has changed before; 0: may not be moved */
	uint32_t now;
	uint64_t stored[STORED / 64]; /* places, hashed */
};

static unsigned int hash(const struct opt_ins *i)
{
	uint64_t h = ((uint64_t)i->arg[0] << 32 | (uint32_t)i->imm) * 0x9e3779b97f4a7c15ULL;

	return (unsigned int)(h >> 32) % STORED;
}

static bool is_stored(const struct fuser *d, const struct opt_ins *i)
{
	return d->stored[hash(i) / 64] >> hash(i) % 64 & 1;
}

static void note_stores(struct fuser *d)
{
	for (uint32_t k = 0; k < d->f->n_order; k++)
		for (opt_ref v = d->f->blocks[d->f->order[k]].head; v; v = opt_at(d->f, v)->next) {
			const struct opt_ins *i = opt_at(d->f, v);

			if (i->op == OPT_STORE)
				d->stored[hash(i) / 64] |= 1ULL << hash(i) % 64;
		}
}

static bool is_free(const struct fuser *d, opt_ref v)
{
	return d->stamp[v] == d->now && opt_at(d->f, v)->uses == 1;
}

/* Does an operation of w bits read what the load reads, or its beginning? */
static bool is_as_wide(const struct opt_ins *load, unsigned int w)
{
	return load->w == w || (load->w == 64 && w == 32);
}

static bool is_signed(enum isa_cond cond)
{
	return cond == ISA_COND_JSGT || cond == ISA_COND_JSGE || cond == ISA_COND_JSLT ||
	       cond == ISA_COND_JSLE;
}

/* May a comparison be of as few bits as the load has?  An immediate of 16 bits takes decoders long.
 */
static bool may_narrow(const struct opt_fn *f, const struct opt_ins *cond,
		       const struct opt_ins *load, opt_ref other)
{
	uint64_t may = opt_at(f, other)->may & opt_mask(cond->w);

	if (load->w >= cond->w || is_signed(cond->aux) || may > opt_mask(load->w))
		return false;
	if (cond->aux == ISA_COND_JSET)
		return opt_is_k(f, other) && (load->w != 16 || may <= UINT8_MAX);
	return load->w != 16 || !opt_is_k(f, other) || (int16_t)may == (int8_t)may;
}

static bool may_compare(const struct fuser *d, const struct opt_ins *cond, int k)
{
	const struct opt_ins *load = opt_at(d->f, cond->arg[k]);
	opt_ref other = cond->arg[1 - k];

	if (!is_free(d, cond->arg[k]) || cond->arg[k] == other)
		return false;
	if (cond->aux == ISA_COND_JSET && !opt_is_k(d->f, other))
		return false;
	return is_as_wide(load, cond->w) || may_narrow(d->f, cond, load, other);
}

static void fuse_compared(struct fuser *d, const struct opt_ins *cond)
{
	for (int k = 0; k < 2; k++)
		if (may_compare(d, cond, k)) {
			opt_at(d->f, cond->arg[k])->folded = true;
			return;
		}
}

static bool may_add(const struct fuser *d, const struct opt_ins *i, int k)
{
	return is_free(d, i->arg[k]) && is_as_wide(opt_at(d->f, i->arg[k]), i->w);
}

/* The second operand is the one in memory. */
static void fuse_binary(struct fuser *d, struct opt_ins *i)
{
	opt_ref first = i->arg[0];

	if (opt_is_k(d->f, i->arg[1]) || first == i->arg[1])
		return;
	if (!may_add(d, i, 1)) {
		if (!opt_rows[i->op].commutes || !may_add(d, i, 0))
			return;
		i->arg[0] = i->arg[1];
		i->arg[1] = first;
	}
	opt_at(d->f, i->arg[1])->folded = true;
}

static void visit(struct fuser *d, opt_ref v)
{
	struct opt_ins *i = opt_at(d->f, v);

	if (i->folded)
		return;
	switch (i->op) {
	case OPT_ADD:
	case OPT_SUB:
	case OPT_AND:
	case OPT_OR:
	case OPT_XOR:
	case OPT_MUL: fuse_binary(d, i); break;
	case OPT_POPCNT:
		if (may_add(d, i, 0))
			opt_at(d->f, i->arg[0])->folded = true;
		break;
	case OPT_BR:
	case OPT_SELECT: fuse_compared(d, i); break;
	case OPT_LOAD:
		if (i->aux & OPT_ORDERED)
			d->now++;
		else if (!i->aux && !is_stored(d, i))
			d->stamp[v] = d->now;
		break;
	}
	d->now += opt_rows[i->op].effect;
}

static bool is_either(const struct opt_ins *select, opt_ref a, opt_ref b)
{
	return (select->arg[2] == a && select->arg[3] == b) ||
	       (select->arg[2] == b && select->arg[3] == a);
}

/* x > k is x >= k + 1, x > y is y < x: where a choice or a number is made of it, a condition that
 * asks for carry and zero at once takes many machines an operation more. */
static void ask_carry(struct opt_fn *f, opt_ref v)
{
	struct opt_ins i = *opt_at(f, v);
	int64_t k = opt_at(f, i.arg[1])->imm;

	/* Where both sides are 0 if it is, it does not matter on which side 0 is. */
	if (opt_is_k(f, i.arg[1]) && !k && is_either(&i, i.arg[0], i.arg[1]) &&
	    !(opt_at(f, i.arg[0])->may & ~opt_mask(i.w)))
		i.aux = i.aux == ISA_COND_JSGT   ? ISA_COND_JSGE
			: i.aux == ISA_COND_JSLE ? ISA_COND_JSLT
						 : i.aux;
	f->ins[v] = i;
	if (i.aux != ISA_COND_JGT && i.aux != ISA_COND_JLE)
		return;
	if (!opt_is_k(f, i.arg[1])) {
		opt_ref first = i.arg[0];

		i.arg[0] = i.arg[1];
		i.arg[1] = first;
		i.aux = i.aux == ISA_COND_JGT ? ISA_COND_JLT : ISA_COND_JGE;
	} else if (k >= 0 && k < (f->in->hides ? INT8_MAX : INT32_MAX)) {
		i.arg[1] = opt_k(f, (uint64_t)k + 1);
		i.aux = i.aux == ISA_COND_JGT ? ISA_COND_JGE : ISA_COND_JLT;
	}
	f->ins[v] = i;
}

static void ask_carries(struct opt_fn *f)
{
	for (uint32_t k = 0; k < f->n_order && !f->err; k++)
		for (opt_ref v = f->blocks[f->order[k]].head; v; v = opt_at(f, v)->next)
			if (opt_at(f, v)->op == OPT_SELECT)
				ask_carry(f, v);
}

void opt_fuse(struct opt_fn *f)
{
	struct fuser d = { .f = f };

	ask_carries(f);
	d.stamp = arena_alloc(f->arena, f->n_ins * sizeof(*d.stamp));
	if (!d.stamp) {
		f->err = -ENOMEM;
		return;
	}
	note_stores(&d);
	for (uint32_t k = 0; k < f->n_order; k++) {
		d.now++;
		for (opt_ref v = f->blocks[f->order[k]].head; v; v = opt_at(f, v)->next)
			visit(&d, v);
	}
}
