/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where do paths multiply, and what keeps them apart?  Each checkpoint remembers where the last
 * state that it did not cover was different; the instructions with the most checkpoints and visits,
 * and the places that differ most often there, are what the author can do something about.
 */
#include "verify/explain.h"

#include <inttypes.h>
#include <string.h>

enum {
	MAX_MERGES = 5,
	MAX_APART = 3,
	MAX_PLACES = STATE_FRAMES * PLACES
};

struct spread {
	uint32_t n;              /* checkpoints that differ there */
	const struct reg *some;  /* one of the values */
	int64_t low, high;       /* of scalars */
	bool scalars, constants; /* all are */
};

static uint32_t count_kept(const struct state *st)
{
	uint32_t n = 0;

	for (; st; st = st->next)
		n++;
	return n;
}

static const struct reg *value_at(const struct state *st, uint32_t place)
{
	uint32_t f = place / PLACES, k = place % PLACES;

	if (f >= st->n_frames)
		return NULL;
	if (k < PLACE_SLOTS)
		return k < STATE_REGS ? &st->frame[f]->reg[k] : NULL;
	k -= PLACE_SLOTS;
	return k < st->frame[f]->n_slots && slot_is_spill(&st->frame[f]->slot[k])
		       ? slot_reg(&st->frame[f]->slot[k])
		       : NULL;
}

static void spread_add(struct spread *s, const struct reg *r)
{
	if (!s->n++) {
		s->scalars = s->constants = true;
		s->low = INT64_MAX;
		s->high = INT64_MIN;
	}
	if (!r || r->kind != KIND_SCALAR) {
		s->scalars = false;
		s->some = r ? r : s->some;
		return;
	}
	s->some = r;
	s->constants &= scalar_is_const(&r->s);
	if (scalar_smin(&r->s) < s->low)
		s->low = scalar_smin(&r->s);
	if (scalar_smax(&r->s) > s->high)
		s->high = scalar_smax(&r->s);
}

/* In how many neighbours, oldest against next, is the value at each place another? */
static void compare_kept(const struct state *st, struct spread *all)
{
	for (; st && st->next; st = st->next)
		for (uint32_t p = 0; p < st->n_frames * PLACES; p++) {
			const struct reg *a = value_at(st, p), *b = value_at(st->next, p);

			if (!a != !b)
				spread_add(&all[p], a ? a : b);
			else if (a && a->kind != KIND_NOT_INIT && b->kind != KIND_NOT_INIT &&
				 (a->kind != b->kind || a->off != b->off || a->range != b->range ||
				  !scalar_equal(&a->s, &b->s)))
				spread_add(&all[p], a);
		}
}

static const char *place_name(struct explain *x, uint32_t insn, uint32_t place)
{
	uint32_t k = place % PLACES;
	const char *name = k < PLACE_SLOTS ? source_name_at(x, insn, k) : NULL;
	const char *where = k < PLACE_SLOTS
				    ? say(x, "R%u", k)
				    : say(x, "the slot at fp-%u", 8 * (k - PLACE_SLOTS + 1));

	return name ? say(x, "`%s` (%s)", name, where) : where;
}

static const char *spread_text(struct explain *x, const struct spread *s)
{
	if (!s->scalars)
		return s->some && s->some->kind != KIND_NOT_INIT
			       ? say(x, "other in %u kept states, such as %s", s->n,
				     fact_text(x, s->some, UINT32_MAX))
			       : "there on some paths only";
	if (s->constants && s->low >= INT32_MIN && s->high <= INT32_MAX)
		return say(x, "a constant that differs in %u kept states, %" PRId64 " to %" PRId64,
			   s->n, s->low, s->high);
	return say(x, "limits that differ in %u kept states, such as %s", s->n,
		   fact_range(x, &s->some->s));
}

/* Returns how many states the first of them keeps apart. */
static uint32_t tell_apart(struct explain *x, struct verify_merge *m, const struct state *kept)
{
	uint32_t weight = 0;
	struct spread *all = arena_alloc(&x->a, MAX_PLACES * sizeof(*all));

	if (!all)
		return 0;
	compare_kept(kept, all);
	while (m->n_apart < MAX_APART) {
		uint32_t best = 0;

		for (uint32_t p = 1; p < MAX_PLACES; p++)
			if (all[p].n > all[best].n)
				best = p;
		if (!all[best].n)
			break;
		if (!m->n_apart)
			weight = all[best].n;
		m->apart[m->n_apart].what = place_name(x, m->at.insn, best);
		m->apart[m->n_apart++].why = spread_text(x, &all[best]);
		all[best].n = 0;
	}
	return weight;
}

/* The instruction with the most visits below `limit`; of a line only the first counts. */
static bool next_most(const struct verifier *v, const uint32_t *taken, uint32_t n_taken,
		      uint32_t *ret_at)
{
	uint32_t best = UINT32_MAX;

	for (uint32_t at = 0; at < v->cfg.n; at++) {
		bool seen = false;

		if (!v->info[at].seen || !v->info[at].visits)
			continue;
		for (uint32_t i = 0; i < n_taken; i++)
			seen |= at == taken[i] ||
				(source_of(v, at).line &&
				 source_of(v, at).line == source_of(v, taken[i]).line);
		if (!seen && (best == UINT32_MAX || v->info[at].visits > v->info[best].visits))
			best = at;
	}
	*ret_at = best;
	return best != UINT32_MAX;
}

/* The place that keeps most states apart, of all that were told. */
static const char *most_apart(const struct explain *x, const uint32_t *weight)
{
	const char *what = NULL;
	uint32_t best = 0;

	for (uint32_t i = 0; i < x->out.n_merges; i++)
		if (weight[i] > best) {
			best = weight[i];
			what = x->out.merges[i].apart[0].what;
		}
	return what;
}

static void tell_hint(struct explain *x, const uint32_t *weight)
{
	const struct verify_merge *m = &x->out.merges[0];
	const char *what = most_apart(x, weight), *where;

	if (!x->out.n_merges)
		return;
	where = m->at.line ? say(x, "line %u", m->at.line) : say(x, "instruction %u", m->at.insn);
	x->out.summary =
		say(x, "paths multiply: the walk came %" PRIu64 " times to %s, and not to an end",
		    m->visits, where);
	if (!what)
		return;
	x->out.summary = say(x, "%s; most of all %s made the states differ", x->out.summary, what);
	x->out.hint =
		say(x,
		    "let fewer paths differ in %s: mask or compare it right before it is used, in "
		    "place of counting with it through the branches; or make the body of the loop "
		    "a callback of bpf_loop() or a global function, which is walked once",
		    what);
}

void multiply_tell(struct explain *x)
{
	struct verifier *v = x->v;
	struct verify_merge *m = arena_alloc(&x->a, MAX_MERGES * sizeof(*m));
	uint32_t taken[MAX_MERGES], weight[MAX_MERGES], n = 0, at;

	if (!m || !v->info)
		return;
	while (n < MAX_MERGES && next_most(v, taken, n, &at)) {
		struct source s = source_of(v, at);

		m[n] = (struct verify_merge){
			.at = { s.file, s.text, s.line, s.column, at },
			.visits = v->info[at].visits,
			.states = count_kept(v->info[at].seen),
		};
		weight[n] = tell_apart(x, &m[n], v->info[at].seen);
		taken[n++] = at;
	}
	x->out.merges = m;
	x->out.n_merges = n;
	x->out.needed = say(x, "at most %u instructions walked", v->in->policy.max_visits);
	x->out.known = say(x, "%u walked, in %u states", v->stats.visited, v->stats.total_states);
	tell_hint(x, weight);
}
