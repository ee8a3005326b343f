/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Can a loop's remaining rounds be walked as one?  At the head of a loop that came round a few
 * times the state is made one for all rounds to come, if plan.c knows such a state, and the walk
 * goes on from that: where it comes back to the head within that state, and something counts
 * (rounds.c), the path ends.
 *
 * It is a try.  When anything is refused before all paths from there have ended, or they take too
 * long, all that was done since is undone, and the loop is walked round by round: nothing is
 * refused for being generalised.  Tries lie within one another, and the innermost is undone first.
 */
#include "verify/general.h"

#include <string.h>

#include "verify/backward.h"

enum {
	FIRST_ROUNDS = 3, /* rounds walked before the first try */
	LATER = 4,        /* times as many before the next, after one that failed */
	NEVER = UINT16_MAX,
	MAX_FAILS = 3,      /* of one loop */
	MAX_ALL_FAILS = 24, /* of one program */
	MAX_WIDENED = 4,    /* times that one try loses more limits */
	LEAST_BUDGET = 1000,
};

struct attempt {
	struct attempt *below;
	struct state *saved;   /* the state that was generalised */
	struct state *root;    /* the checkpoint that it became */
	struct state *pending; /* what is left when all paths from there have ended */
	uint32_t n_pending;
	uint32_t began, limit, wasted; /* visits */
	uint32_t head, widened;
	bool was_widened;
	struct insn_info *info; /* what the walk had learnt by then */
	struct subprog_info *subs;
	struct verify_facts facts;
};

static int no_memory(struct verifier *v)
{
	return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
}

static uint32_t budget(const struct verifier *v)
{
	uint32_t n = LEAST_BUDGET + 4 * v->cfg.n + (v->stats.visited - v->wasted) / 2;
	uint32_t limit = v->stats.visited + n;

	return v->tries && v->tries->limit < limit ? v->tries->limit : limit;
}

/* One with room for what the walk has learnt, again and again the same. */
static struct attempt *new_attempt(struct verifier *v)
{
	struct attempt *t = v->free_tries;

	if (t) {
		v->free_tries = t->below;
		return t;
	}
	t = arena_alloc(&v->arena, sizeof(*t));
	if (!t)
		return NULL;
	t->info = arena_alloc_raw(&v->arena, v->cfg.n * sizeof(*t->info));
	t->subs = arena_alloc_raw(&v->arena, v->cfg.n_subprogs * sizeof(*t->subs));
	return t->info && t->subs ? t : NULL;
}

static void free_attempt(struct verifier *v, struct attempt *t)
{
	state_drop(&v->pool, t->saved);
	t->below = v->free_tries;
	v->free_tries = t;
}

static int begin(struct verifier *v)
{
	struct attempt *t = new_attempt(v);

	if (!t)
		return no_memory(v);
	t->saved = state_save(&v->pool, v->cur);
	if (!t->saved || !state_copy_path(&v->pool, t->saved, v->cur))
		return no_memory(v);
	memcpy(t->info, v->info, v->cfg.n * sizeof(*t->info));
	memcpy(t->subs, v->subs, v->cfg.n_subprogs * sizeof(*t->subs));
	t->root = NULL;
	t->widened = 0;
	t->facts = *v->facts;
	t->pending = v->pending;
	t->n_pending = v->n_pending;
	t->began = v->stats.visited;
	t->wasted = v->wasted;
	t->limit = budget(v);
	t->head = v->cur->insn;
	t->was_widened = v->widened;
	t->below = v->tries;
	v->tries = t;
	v->look_at = 0;
	return 0;
}

static int generalise(struct verifier *v, struct state *last, const struct plan *p)
{
	struct loop *l = arena_alloc(&v->arena, sizeof(*l));

	if (!l)
		return no_memory(v);
	l->head = v->cur->insn;
	l->n_frames = v->cur->n_frames;
	l->open = true;
	l->n = (uint8_t)p->n_counters;
	l->alive = (uint8_t)((1u << l->n) - 1);
	for (uint32_t i = 0; i < p->n_counters; i++)
		l->counter[i].at = p->counter[i];
	l->before = last->loop;
	v->loop = l;
	return plan_apply(v, last, p);
}

static bool is_eligible(const struct verifier *v, uint32_t at)
{
	return v->generalises && !v->auditing && v->cfg.flags[at] & CFG_LOOP_HEAD &&
	       !(v->cfg.flags[at] & CFG_FORCE) && !v->info[at].is_iter_next &&
	       !v->info[at].repeats_callback && v->info[at].next_try != NEVER;
}

int general_arrive(struct verifier *v, bool *ret_keep)
{
	struct insn_info *info = &v->info[v->cur->insn];
	struct state *last = NULL;
	uint32_t rounds;
	struct plan p;
	int err;

	v->loop = NULL;
	v->rounds = 0;
	*ret_keep = false;
	if (!is_eligible(v, v->cur->insn))
		return 0;
	rounds = plan_rounds(v, &last);
	*ret_keep = !rounds;
	if (!rounds)
		return 0;
	v->rounds = rounds < NEVER ? (uint16_t)rounds : NEVER;
	*ret_keep = last->loop;
	if (last->loop) {
		/* The try came out of its own state. */
		if (v->tries->widened++ == MAX_WIDENED || !plan_make(v, last, true, &p))
			return GENERAL_FAILED;
		return generalise(v, last, &p);
	}
	if (rounds < (info->next_try ? info->next_try : FIRST_ROUNDS))
		return 0;
	precise_settle(v, false);
	if (!plan_make(v, last, !(info->fails & 1), &p)) {
		info->next_try = rounds * 2 < NEVER ? (uint16_t)(rounds * 2) : NEVER;
		return 0;
	}
	*ret_keep = true;
	err = begin(v);
	return err ? err : generalise(v, last, &p);
}

int general_made(struct verifier *v, struct state *st)
{
	struct loop *l = v->loop;
	uint16_t regs = 0;
	uint64_t slots = 0;
	struct track *t;

	st->rounds = v->rounds;
	v->rounds = 0;
	v->loop = NULL;
	if (!l)
		return 0;
	st->loop = l;
	t = arena_alloc(&v->arena, sizeof(*t));
	if (!t)
		return no_memory(v);
	t->loop = l;
	t->n = l->n;
	for (uint32_t i = 0; i < l->n; i++) {
		struct spot at = l->counter[i].at;

		t->copy[i] = (struct copy){ .at = at, .of = (uint8_t)i };
		/* Who is ended by this or an earlier checkpoint has to count from there, too. */
		if (at.slot)
			slots |= 1ULL << at.n;
		else
			regs |= (uint16_t)(1u << at.n);
		precise_demand(v, st, at.frame, regs, slots);
		regs = 0;
		slots = 0;
	}
	/* Of two general states of one try, nothing ends in the narrower any more from here. */
	for (struct track **link = &st->tracks; *link;)
		if (l->before && (*link)->loop == l->before)
			*link = (*link)->next;
		else
			link = &(*link)->next;
	t->next = st->tracks;
	st->tracks = t;
	if (!v->tries->root)
		v->tries->root = st;
	return 0;
}

void general_done(struct verifier *v, struct state *st)
{
	struct attempt *t = v->tries;

	st->loop->open = false;
	if (!t || t->root != st)
		return;
	v->tries = t->below;
	v->look_at = 0;
	v->generalised = true;
	v->info[t->head].next_try = 2;
	free_attempt(v, t);
}

/* --- undoing --- */

static void drop_pending(struct verifier *v, const struct attempt *t)
{
	while (v->pending != t->pending) {
		struct state *st = v->pending;

		v->pending = st->next;
		state_drop(&v->pool, st);
	}
	v->n_pending = t->n_pending;
}

static void drop_backedges(struct verifier *v, const struct attempt *t, struct state *st)
{
	struct backedge **link = &st->backedges;

	while (*link && (*link)->from->made_at >= t->began) {
		state_drop(&v->pool, (*link)->from);
		*link = (*link)->next;
	}
}

/* Those made since.  Some were shown safe without the general state, but what the walk learnt of
 * instructions on the way there is put back. */
static void drop_checkpoints(struct verifier *v, const struct attempt *t)
{
	for (uint32_t at = 0; at < v->cfg.n; at++) {
		struct state **link = &v->info[at].seen, *st;

		while ((st = *link)) {
			if (st->made_at < t->began) {
				drop_backedges(v, t, st);
				link = &st->next;
				continue;
			}
			*link = st->next;
			if (!st->branches && keep_is_final(v, st))
				keep_off_list(v, st);
		}
	}
	while (v->made && v->made->made_at >= t->began)
		v->made = v->made->made_next;
}

static void put_back(struct verifier *v, const struct attempt *t)
{
	for (uint32_t at = 0; at < v->cfg.n; at++) {
		struct state *seen = v->info[at].seen;
		uint32_t visits = v->info[at].visits;
		uint16_t next_try = v->info[at].next_try;
		uint8_t fails = v->info[at].fails;

		v->info[at] = t->info[at];
		v->info[at].seen = seen;
		v->info[at].visits = visits;
		v->info[at].next_try = next_try;
		v->info[at].fails = fails;
	}
	memcpy(v->subs, t->subs, v->cfg.n_subprogs * sizeof(*v->subs));
	*v->facts = t->facts;
	v->widened = t->was_widened;
	v->wasted = t->wasted + (v->stats.visited - t->began);
}

bool general_undo(struct verifier *v, int err)
{
	struct attempt *t = v->tries;
	struct insn_info *info;
	uint32_t next;

	if (!t || err == -ENOMEM || v->diag.reason == REASON_INTERNAL)
		return false;
	v->tries = t->below;
	v->look_at = 0;
	drop_pending(v, t);
	drop_checkpoints(v, t);
	for (struct state *st = t->saved->parent; st; st = st->parent)
		drop_backedges(v, t, st);
	put_back(v, t);
	if (!state_load(&v->pool, v->cur, t->saved) || !state_copy_path(&v->pool, v->cur, t->saved))
		return false;
	info = &v->info[t->head];
	free_attempt(v, t);
	diag_init(&v->diag);
	v->loop = NULL;
	next = (info->next_try ? info->next_try : FIRST_ROUNDS) * LATER;
	info->next_try = ++info->fails < MAX_FAILS && next < NEVER ? (uint16_t)next : NEVER;
	if (++v->n_fails == MAX_ALL_FAILS)
		v->generalises = false;
	return true;
}

uint32_t general_limit(const struct verifier *v)
{
	return v->tries ? v->tries->limit : UINT32_MAX;
}
