/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In which order do blocks stand?  How often each runs is guessed from loops; then, edge by edge,
 * the most travelled first, what an edge leads to is put right behind where it comes from, if both
 * are still free.  So a loop may begin in its middle, where that spares it a jump.
 */
#include <errno.h>
#include <stdlib.h>

#include "opt/ir.h"

enum {
	ONCE = 1 << 16, /* how often the function runs */
	ROUNDS = 8,     /* of a loop, where nothing is known */
	DEEPEST = 8,    /* loops deeper than this count as this deep */
	WHOLE = 16,     /* parts of what leaves a block */
	STAYS = 14,     /* in the loop, when the other way leaves it */
	FALLS = 9,      /* to what compilers put right behind */
	FEW = 64,       /* edges that are sorted by exchanging neighbours */
	COLD = 8,       /* run this many times less often than the function: kept apart */
	NONE = OPT_DEAD
};

struct edge {
	uint64_t weight;
	uint32_t from, to;
};

struct chains {
	const struct opt_fn *f;
	const struct opt_exits *exits;
	uint64_t *often; /* by block */
	uint32_t *next, *prev;
	uint32_t *other; /* end of the chain, for its ends */
	struct edge *edges;
	uint32_t n_edges;
};

static bool is_inside(const struct opt_fn *f, uint32_t header, uint32_t block)
{
	uint32_t loop = f->blocks[block].loop;

	while (loop != OPT_DEAD && loop != header)
		loop = f->blocks[loop].outer;
	return loop == header;
}

/* Does the program go on with `to` right behind the block? */
static bool falls(const struct opt_fn *f, uint32_t block, uint32_t to)
{
	const struct opt_block *b = &f->blocks[to];

	if (b->start == b->end)
		b = &f->blocks[b->succ[0]];
	return b->start == f->blocks[block].end;
}

/* Of WHOLE, how much takes the t-th of two ways? */
static uint32_t share(const struct chains *c, uint32_t block, unsigned int t)
{
	const struct opt_fn *f = c->f;
	const uint32_t *to = c->exits[block].to;
	const struct opt_block *b = &f->blocks[block];
	bool stays[2];

	for (int k = 0; k < 2; k++)
		stays[k] = b->loop == OPT_DEAD || is_inside(f, b->loop, to[k]);
	if (stays[0] != stays[1])
		return stays[t] ? STAYS : WHOLE - STAYS;
	if (falls(f, block, b->succ[0]) == falls(f, block, b->succ[1]))
		return WHOLE / 2;
	return falls(f, block, b->succ[t]) ? FALLS : WHOLE - FALLS;
}

static void guess(struct chains *c)
{
	const struct opt_fn *f = c->f;

	c->often[0] = ONCE;
	for (uint32_t k = 0; k < f->n_order; k++) {
		uint32_t block = f->order[k];
		const struct opt_block *b = &f->blocks[block];
		const struct opt_exits *e = &c->exits[block];

		if (b->is_header && b->loop_depth <= DEEPEST)
			c->often[block] *= ROUNDS;
		for (unsigned int t = 0; t < e->n; t++) {
			uint64_t part = e->n < 2 ? WHOLE : share(c, block, t);
			uint64_t weight = c->often[block] * part / WHOLE;

			if (f->blocks[e->to[t]].rpo > b->rpo)
				c->often[e->to[t]] += weight;
			if (e->gone)
				continue;
			/* A jump that is not there at all is worth more than one not taken. */
			c->edges[c->n_edges++] = (struct edge){
				.weight = e->n < 2 ? weight + weight / 2 : weight,
				.from = block,
				.to = e->to[t],
			};
		}
	}
}

static int by_weight(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->from != y->from ? (x->from < y->from ? -1 : 1) : 0;
}

/* Most functions have few edges, and those that come later are mostly lighter. */
static void sort(struct edge *edges, uint32_t n)
{
	if (n > FEW) {
		qsort(edges, n, sizeof(*edges), by_weight);
		return;
	}
	for (uint32_t k = 1; k < n; k++) {
		struct edge e = edges[k];
		uint32_t at = k;

		for (; at && by_weight(&edges[at - 1], &e) > 0; at--)
			edges[at] = edges[at - 1];
		edges[at] = e;
	}
}

static void join(struct chains *c, const struct edge *e)
{
	uint32_t head, tail;

	if (c->next[e->from] != NONE || c->prev[e->to] != NONE || !e->to ||
	    c->other[e->from] == e->to)
		return;
	head = c->other[e->from];
	tail = c->other[e->to];
	c->next[e->from] = e->to;
	c->prev[e->to] = e->from;
	c->other[head] = tail;
	c->other[tail] = head;
}

/* Chains as the walk comes to them, those that hardly ever run behind all others. */
static uint32_t put_down(const struct chains *c, uint8_t *done, uint32_t *ret_order)
{
	uint32_t n = 0;

	for (int cold = 0; cold < 2; cold++)
		for (uint32_t k = 0; k < c->f->n_order; k++) {
			uint32_t block = c->f->order[k];

			if (done[block] || c->exits[block].gone)
				continue;
			while (c->prev[block] != NONE)
				block = c->prev[block];
			if (!cold && block && c->often[block] < ONCE / COLD)
				continue;
			for (; block != NONE; block = c->next[block]) {
				done[block] = 1;
				ret_order[n++] = block;
			}
		}
	return n;
}

int opt_chain(struct opt_fn *f, const struct opt_exits *exits, uint32_t *ret_order, uint32_t *ret_n)
{
	struct chains c = { .f = f, .exits = exits };
	uint8_t *done = arena_alloc(f->arena, f->n_blocks);

	c.often = arena_alloc(f->arena, f->n_blocks * sizeof(*c.often));
	c.next = arena_alloc_raw(f->arena, f->n_blocks * 3 * sizeof(*c.next));
	c.edges = arena_alloc_raw(f->arena, f->n_blocks * 2 * sizeof(*c.edges));
	if (!done || !c.often || !c.next || !c.edges)
		return -ENOMEM;
	c.prev = c.next + f->n_blocks;
	c.other = c.prev + f->n_blocks;
	for (uint32_t k = 0; k < f->n_blocks; k++) {
		c.next[k] = c.prev[k] = NONE;
		c.other[k] = k;
	}
	guess(&c);
	sort(c.edges, c.n_edges);
	for (uint32_t k = 0; k < c.n_edges; k++)
		join(&c, &c.edges[k]);
	*ret_n = put_down(&c, done, ret_order);
	return 0;
}

bool opt_begins_loop(const struct opt_fn *f, uint32_t block, uint32_t before)
{
	uint32_t loop = f->blocks[block].loop;

	return loop != OPT_DEAD && !is_inside(f, loop, before);
}
