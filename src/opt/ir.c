/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a function of the intermediate form kept and changed? */
#include "opt/ir.h"

#include <errno.h>
#include <string.h>

enum {
	MAX_LOOKS = 32
};

const struct opt_row opt_rows[OPT_N_OP] = {
#define B(name, text, value, pure, commutes, ends, floats, effect, n) \
	[OPT_##name] = { text, value, pure, commutes, ends, floats, effect, n },
	OPT_OP_LIST(B)
#undef B
};

/* The old array stays in the arena: it goes with everything else of the function. */
static void *grow(struct arena *arena, const void *old, size_t n, uint32_t *room, size_t size)
{
	uint32_t want = *room * 2;
	void *new = want > *room ? arena_alloc_raw(arena, want * size) : NULL;

	if (!new)
		return NULL;
	memcpy(new, old, n * size);
	*room = want;
	return new;
}

int opt_fn_init(struct opt_fn *f, const struct opt_input *in, struct arena *arena)
{
	uint32_t n = in->end - in->start;

	*f = (struct opt_fn){ .in = in, .arena = arena };
	f->room = n * 2 + 64;
	f->pool_room = n + 64;
	for (f->n_buckets = 64; f->n_buckets < n; f->n_buckets *= 2)
		;
	f->ins = arena_alloc_raw(arena, f->room * sizeof(*f->ins));
	f->pool = arena_alloc_raw(arena, f->pool_room * sizeof(*f->pool));
	f->buckets = arena_alloc(arena, f->n_buckets * sizeof(*f->buckets));
	if (!f->ins || !f->pool || !f->buckets)
		return f->err = -ENOMEM;
	f->ins[f->n_ins++] = (struct opt_ins){ 0 };
	return 0;
}

void opt_refuse(struct opt_fn *f, const char *why)
{
	if (f->err)
		return;
	f->err = -EOPNOTSUPP;
	f->why = why;
}

opt_ref opt_new(struct opt_fn *f, const struct opt_ins *ins)
{
	struct opt_ins *i;

	if (f->n_ins == f->room) {
		void *new = grow(f->arena, f->ins, f->n_ins, &f->room, sizeof(*f->ins));

		if (!new) {
			f->err = -ENOMEM;
			return 0;
		}
		f->ins = new;
	}
	i = &f->ins[f->n_ins];
	*i = *ins;
	i->next = i->chain = 0;
	i->at = f->at;
	i->may = opt_may(f, i);
	return f->n_ins++;
}

void opt_link(struct opt_fn *f, uint32_t block, opt_ref v)
{
	struct opt_block *b = &f->blocks[block];

	f->ins[v].block = block;
	if (f->ins[v].op == OPT_PHI) {
		f->ins[v].next = b->phis;
		b->phis = v;
		return;
	}
	if (b->tail)
		f->ins[b->tail].next = v;
	else
		b->head = v;
	b->tail = v;
}

opt_ref opt_append(struct opt_fn *f, const struct opt_ins *ins)
{
	opt_ref v = opt_new(f, ins);

	if (v)
		opt_link(f, f->block, v);
	return v;
}

uint32_t opt_pool(struct opt_fn *f, uint32_t n)
{
	uint32_t at = f->n_pool;

	while (f->n_pool + n > f->pool_room) {
		void *new = grow(f->arena, f->pool, f->n_pool, &f->pool_room, sizeof(*f->pool));

		if (!new) {
			f->err = -ENOMEM;
			return 0;
		}
		f->pool = new;
	}
	f->n_pool += n;
	return at;
}

static uint32_t hash(const struct opt_fn *f, const struct opt_ins *i)
{
	uint64_t first = i->arg[0] | (uint64_t)i->arg[1] << 32;
	uint64_t last = i->arg[2] | (uint64_t)i->arg[3] << 32;
	uint64_t h = (uint64_t)i->op | (uint64_t)i->w << 8 | (uint64_t)i->aux << 16;

	h ^= first * 0x9e3779b97f4a7c15ULL;
	h ^= last * 0xc2b2ae3d27d4eb4fULL;
	h = (h ^ (uint64_t)i->imm) * 0x9e3779b97f4a7c15ULL;
	return (uint32_t)(h >> 32) & (f->n_buckets - 1);
}

static bool is_same(const struct opt_ins *a, const struct opt_ins *b)
{
	return a->op == b->op && a->w == b->w && a->aux == b->aux && a->imm == b->imm &&
	       !memcmp(a->arg, b->arg, sizeof(a->arg));
}

bool opt_dominates(const struct opt_fn *f, uint32_t a, uint32_t b)
{
	return f->blocks[b].dom_in >= f->blocks[a].dom_in &&
	       f->blocks[b].dom_in < f->blocks[a].dom_out;
}

static inline opt_ref find(const struct opt_fn *f, const struct opt_ins *ins, uint32_t bucket)
{
	bool floats = opt_rows[ins->op].floats;
	opt_ref v = f->buckets[bucket];
	int looks = 0;

	/* The same operation may stand in any number of blocks of which none dominates another. */
	for (; v && looks < MAX_LOOKS; v = f->ins[v].chain, looks++)
		if (is_same(&f->ins[v], ins) &&
		    (floats || opt_dominates(f, f->ins[v].block, f->block)))
			return v;
	return 0;
}

static void remember(struct opt_fn *f, opt_ref v, uint32_t bucket)
{
	f->ins[v].chain = f->buckets[bucket];
	f->buckets[bucket] = v;
}

static inline opt_ref share(struct opt_fn *f, const struct opt_ins *ins)
{
	uint32_t bucket = hash(f, ins);
	opt_ref v = find(f, ins, bucket);

	if (v)
		return v;
	v = opt_rows[ins->op].floats ? opt_new(f, ins) : opt_append(f, ins);
	if (v)
		remember(f, v, bucket);
	return v;
}

opt_ref opt_share(struct opt_fn *f, const struct opt_ins *ins)
{
	return share(f, ins);
}

void opt_share_again(struct opt_fn *f, opt_ref v, const struct opt_ins *ins)
{
	uint32_t bucket = hash(f, ins);
	opt_ref same = find(f, ins, bucket);
	struct opt_ins *i = &f->ins[v];

	if (same) {
		i->op = OPT_COPY;
		i->arg[0] = same;
		return;
	}
	*i = *ins;
	i->next = 0;
	i->may = opt_may(f, i);
	if (!opt_rows[i->op].floats)
		opt_link(f, f->block, v);
	remember(f, v, bucket);
}

opt_ref opt_k(struct opt_fn *f, uint64_t value)
{
	return share(f, &(struct opt_ins){ .op = OPT_K, .imm = (int64_t)value });
}

opt_ref opt_fp(struct opt_fn *f, int64_t off)
{
	return share(f, &(struct opt_ins){ .op = OPT_FP, .imm = off });
}

static uint32_t add_operand(const struct opt_fn *f, opt_ref v, opt_ref *ret, uint32_t n)
{
	const struct opt_ins *i = &f->ins[v];

	if (!v || opt_rows[i->op].floats)
		return n;
	if (!i->folded) {
		ret[n] = v;
		return n + 1;
	}
	for (int k = 0; k < 2; k++)
		n = add_operand(f, i->arg[k], ret, n);
	return n;
}

uint32_t opt_operands(const struct opt_fn *f, opt_ref v, opt_ref *ret)
{
	const struct opt_ins *i = &f->ins[v];
	uint32_t n = 0;

	if (i->op == OPT_PHI)
		return 0;
	for (unsigned int k = 0; k < opt_rows[i->op].n_args; k++)
		n = add_operand(f, i->arg[k], ret, n);
	for (uint32_t k = 0; k < i->n_more; k++)
		n = add_operand(f, f->pool[i->more + k], ret, n);
	return n;
}

static opt_ref *count(const struct opt_fn *f, opt_ref *v, opt_ref *end)
{
	*v = opt_val(f, *v);
	if (*v && !f->ins[*v].uses++)
		*end++ = *v;
	return end;
}

/* Those that are used for the first time are added at the end of a list, which is returned. */
static opt_ref *count_operands(const struct opt_fn *f, opt_ref v, opt_ref *end)
{
	struct opt_ins *i = &f->ins[v];

	for (unsigned int k = 0, n = opt_rows[i->op].n_args; k < n; k++)
		end = count(f, &i->arg[k], end);
	for (uint32_t k = 0; k < i->n_more; k++)
		end = count(f, &f->pool[i->more + k], end);
	return end;
}

/* A load that acquires is wanted for that. */
static bool has_effect(const struct opt_ins *i)
{
	return opt_rows[i->op].effect || (i->op == OPT_LOAD && i->aux & OPT_ORDERED);
}

void opt_count_uses(struct opt_fn *f)
{
	opt_ref *work = arena_alloc_raw(f->arena, f->n_ins * sizeof(*work)), *end = work;

	if (!work) {
		f->err = -ENOMEM;
		return;
	}
	for (opt_ref v = 0; v < f->n_ins; v++)
		f->ins[v].uses = 0;
	for (uint32_t k = 0; k < f->n_order; k++)
		for (opt_ref v = f->blocks[f->order[k]].head; v; v = f->ins[v].next)
			if (has_effect(&f->ins[v]))
				end = count_operands(f, v, end);
	while (end != work) {
		opt_ref v = *--end;

		if (!opt_rows[f->ins[v].op].floats)
			end = count_operands(f, v, end);
	}
}

static void sweep_list(struct opt_fn *f, opt_ref *head, opt_ref *tail)
{
	opt_ref *link = head;

	*tail = 0;
	for (opt_ref v = *head; v; v = f->ins[v].next) {
		if (!f->ins[v].uses && !has_effect(&f->ins[v]))
			continue;
		*link = v;
		link = &f->ins[v].next;
		*tail = v;
	}
	*link = 0;
}

void opt_sweep(struct opt_fn *f)
{
	opt_ref unused;

	opt_count_uses(f);
	for (uint32_t k = 0; k < f->n_order && !f->err; k++) {
		struct opt_block *b = &f->blocks[f->order[k]];

		sweep_list(f, &b->head, &b->tail);
		sweep_list(f, &b->phis, &unused);
	}
}
