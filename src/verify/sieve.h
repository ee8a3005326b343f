/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which states does a checkpoint not cover, at first sight?  Those with other numbers in its
 * sieves, whatever else is asked of it later.  What stopped a state last is looked at first.
 */
#ifndef VERIFY_SIEVE_H
#define VERIFY_SIEVE_H

#include "verify/env.h"

static inline void sieve_none(struct state *st)
{
	st->n_sieves = 0;
	st->sifts = false;
}

/* Where there is no room, in place of the last. */
static inline void sieve_add(struct state *st, const struct sieve *s)
{
	unsigned int at = 0;

	while (at < st->n_sieves && !spot_equal(st->sieve[at].at, s->at))
		at++;
	if (at == SIEVES)
		at--;
	else if (at == st->n_sieves)
		st->n_sieves++;
	st->sieve[at] = *s;
}

static inline void sieve_add_number(struct state *st, struct spot at, const struct scalar *n)
{
	sieve_add(st, &(struct sieve){ .at = at,
				       .more = n->r64.size,
				       .base = n->r64.base,
				       .size = n->r64.size });
}

/* All numbers that count as they are, of a checkpoint whose marks are final. */
void sieve_all(const struct verifier *v, struct state *st);

static inline bool sieve_holds(const struct sieve *s, const struct reg *o, const struct reg *c)
{
	if (c->kind != KIND_SCALAR)
		return true;
	if (s->low)
		return range32_subset(c->s.r32, range32_make((uint32_t)s->base, (uint32_t)s->size));
	if (!range64_subset(c->s.r64, range64_make(s->base, s->size)))
		return false;
	return !s->more || o->kind != KIND_SCALAR || scalar_subset(&c->s, &o->s);
}

/* Of bytes that are no spill anything may be read, and of a spill of less than all of them only
 * that (covers.c: slot_covers()). */
static inline bool sieve_stops_slot(const struct sieve *s, const struct slot *o,
				    const struct frame *f)
{
	const struct slot *c = &f->slot[s->at.n];
	bool full = slot_is_full_spill(o);

	if (s->at.n >= f->n_slots || !slot_is_spill(c))
		return !full || (!s->low && s->size != UINT64_MAX);
	if (full && !slot_is_full_spill(c))
		return true;
	return !sieve_holds(s, slot_reg(o), slot_reg(c));
}

static inline bool sieve_stops_at(const struct sieve *s, const struct frame *o,
				  const struct frame *c)
{
	if (s->at.slot)
		return sieve_stops_slot(s, &o->slot[s->at.n], c);
	return !sieve_holds(s, &o->reg[s->at.n], &c->reg[s->at.n]);
}

/* Does one of them stop cur, which has as many frames? */
static inline bool sieve_stops(struct state *st, const struct state *cur)
{
	for (struct sieve *s = st->sieve, *end = s + st->n_sieves; s < end; s++) {
		unsigned int f = s->at.frame;

		if (!sieve_stops_at(s, st->frame[f], cur->frame[f]))
			continue;
		if (s > st->sieve) {
			struct sieve first = st->sieve[0];

			st->sieve[0] = *s;
			*s = first;
		}
		return true;
	}
	return false;
}

#endif
