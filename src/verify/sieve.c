/* SPDX-License-Identifier: BSD-2-Clause */
/* Which numbers does a checkpoint need as they are?  See sieve.h. */
#include "verify/sieve.h"

static bool counts(const struct verifier *v, const struct reg *r)
{
	return r->kind == KIND_SCALAR && (v->all_precise || r->flags & REG_PRECISE);
}

/* What nobody reads before the instruction is not compared. */
static void add_frame(const struct verifier *v, struct state *st, unsigned int frame, uint32_t at)
{
	const struct frame *f = st->frame[frame];
	uint32_t regs = v->live.regs[at] & ((1u << BPF_REG_10) - 1);
	struct spot spot = { .frame = (uint8_t)frame };

	for (; regs && st->n_sieves < SIEVES; regs &= regs - 1) {
		spot.n = (uint8_t)__builtin_ctz(regs);
		if (counts(v, &f->reg[spot.n]))
			sieve_add_number(st, spot, &f->reg[spot.n].s);
	}
	spot.slot = true;
	for (uint64_t left = f->reg_slots; left && st->n_sieves < SIEVES; left &= left - 1) {
		const struct slot *s = &f->slot[__builtin_ctzll(left)];

		spot.n = (uint8_t)__builtin_ctzll(left);
		if (slot_is_spill(s) && v->live.stack[at].w[spot.n / 32] >> (spot.n % 32 * 2) & 3 &&
		    counts(v, slot_reg(s)))
			sieve_add_number(st, spot, &slot_reg(s)->s);
	}
}

void sieve_all(const struct verifier *v, struct state *st)
{
	uint32_t at = st->insn;

	sieve_none(st);
	st->sifts = true;
	for (uint32_t f = st->n_frames; f-- > 0;) {
		add_frame(v, st, f, at);
		at = st->frame[f]->callsite;
	}
}
