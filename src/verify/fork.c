/* SPDX-License-Identifier: BSD-2-Clause */
/* What do paths that fork have in common, and what of it was passed on already?  See fork.h. */
#include "verify/fork.h"

enum {
	WORTH = 6 /* entries before a fork that are walked back over once, not by each path */
};

bool fork_path(struct verifier *v)
{
	struct state *cur = v->cur;
	struct fork *up = cur->fork, *f;
	uint32_t from = up ? up->n : 0, i = cur->n_path, asked = 0;

	while (i > from && cur->path[i - 1] & ENTRY_NOTE)
		asked += entry_is_asking(cur->path[--i]);
	/* The instruction itself belongs to each path. */
	if (i <= from || --i < from + WORTH)
		return true;
	f = state_new_fork(&v->pool);
	if (!f)
		return false;
	*f = (struct fork){ .up = up, .refs = 1, .n = i };
	f->unsettled = cur->n_asked - asked;
	if (up)
		f->unsettled += up->unsettled;
	else if (cur->parent)
		f->unsettled += cur->parent->unsettled;
	cur->n_asked = asked;
	cur->fork = f;
	return true;
}

static bool has_want(const struct passed *p, const struct want *w)
{
	if ((w->slot ? p->slots[w->frame] : p->regs[w->frame]) >> w->n & 1)
		return true;
	for (uint32_t i = 0; i < p->n_wants; i++)
		if (p->want[i].frame == w->frame && p->want[i].n == w->n &&
		    p->want[i].slot == w->slot && want_implies(&p->want[i], w))
			return true;
	return false;
}

static bool has_reach(const struct passed *p, const struct reach *r)
{
	for (uint32_t i = 0; i < p->n_reach; i++)
		if (p->reach[i].base == r->base && p->reach[i].bytes >= r->bytes &&
		    spot_equal(p->reach[i].at, r->at))
			return true;
	return false;
}

static bool has_all(const struct passed *p, const struct request *q)
{
	for (uint32_t f = 0; f < STATE_FRAMES; f++)
		if (q->regs[f] & ~p->regs[f] || q->slots[f] & ~p->slots[f])
			return false;
	for (uint32_t i = 0; i < q->n_wants; i++)
		if (!has_want(p, &q->want[i]))
			return false;
	for (uint32_t i = 0; i < q->n_reach; i++)
		if (!has_reach(p, &q->reach[i]))
			return false;
	return !q->n_same;
}

static void remember(struct passed *p, const struct request *q)
{
	for (uint32_t f = 0; f < STATE_FRAMES; f++) {
		p->regs[f] |= q->regs[f];
		p->slots[f] |= q->slots[f];
	}
	for (uint32_t i = 0; i < q->n_wants; i++)
		if (p->n_wants < FORK_WANTS && !has_want(p, &q->want[i]))
			p->want[p->n_wants++] = q->want[i];
	for (uint32_t i = 0; i < q->n_reach; i++)
		if (p->n_reach < FORK_REACH && !has_reach(p, &q->reach[i]))
			p->reach[p->n_reach++] = q->reach[i];
}

bool fork_passed(struct state_pool *pool, struct fork *f, const struct request *q)
{
	if (f->passed && has_all(f->passed, q))
		return true;
	/* Nobody else comes by. */
	if (f->refs == 1)
		return false;
	if (!f->passed) {
		f->passed = state_new_passed(pool);
		if (!f->passed)
			return false;
		memset((void *)f->passed, 0, offsetof(struct passed, want));
	}
	remember(f->passed, q);
	return false;
}

void fork_settled(struct state_pool *pool, struct state *st)
{
	bool shared = false;

	for (struct fork *f = st->fork; f; f = f->up) {
		f->unsettled = 0;
		shared |= f->refs > 1;
	}
	if (!shared)
		state_join_path(pool, st);
}
