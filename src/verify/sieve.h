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

/* Where there is no room, in place of the one that stopped fewest. */
static inline void sieve_add(struct state *st, struct sieve s)
{
	unsigned int at = st->n_sieves < SIEVES ? st->n_sieves++ : SIEVES - 1u;

	st->sieve[at] = s;
}

static inline void sieve_add_reg(struct state *st, unsigned int r, const struct reg *reg)
{
	sieve_add(st, (struct sieve){ .reg = (uint8_t)r,
				      .base = reg->s.r64.base,
				      .size = reg->s.r64.size });
}

/* All numbers on top that count as they are, of a checkpoint whose marks are final. */
static inline void sieve_all(const struct verifier *v, struct state *st)
{
	const struct reg *reg = state_top(st)->reg;
	uint32_t left = v->live.regs[st->insn] & ((1u << BPF_REG_10) - 1);

	sieve_none(st);
	st->sifts = true;
	for (; left && st->n_sieves < SIEVES; left &= left - 1) {
		unsigned int r = (unsigned int)__builtin_ctz(left);

		if (reg[r].kind == KIND_SCALAR && (v->all_precise || reg[r].flags & REG_PRECISE))
			sieve_add_reg(st, r, &reg[r]);
	}
}

static inline bool sieve_holds(const struct sieve *s, const struct reg *reg)
{
	if (reg->kind != KIND_SCALAR)
		return true;
	if (!s->low)
		return range64_subset(reg->s.r64, range64_make(s->base, s->size));
	return range32_subset(reg->s.r32, range32_make((uint32_t)s->base, (uint32_t)s->size));
}

/* Does one of them stop a state with these registers on top? */
static inline bool sieve_stops(struct state *st, const struct reg *regs)
{
	for (unsigned int i = 0; i < st->n_sieves; i++) {
		struct sieve s = st->sieve[i];

		if (sieve_holds(&s, &regs[s.reg]))
			continue;
		if (i) {
			st->sieve[i] = st->sieve[0];
			st->sieve[0] = s;
		}
		return true;
	}
	return false;
}

#endif
