/* SPDX-License-Identifier: BSD-2-Clause */
/* How do values get where they are wanted? */
#include "jit/x64_opt.h"
#include "jit/x64_priv.h"

void x64_fetch(struct x64_fn *x, unsigned int reg, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);
	struct x64_addr at;

	if (x64_in_reg(x, v)) {
		if (x->alloc.reg[v] != reg)
			x->p = x64_mov_rr(x->p, i->may > UINT32_MAX, reg, x->alloc.reg[v]);
	} else if (i->op == OPT_K || i->op == OPT_IMM) {
		x->p = x64_put(x->gen, x->p, reg, (uint64_t)i->imm);
	} else if (i->op == OPT_FP) {
		x->p = x64_lea(x->p, true, reg, RSP, (int32_t)(x->fp + i->imm));
	} else {
		at = x64_place(x, v);
		x->p = x64_load_a(x->p, 64, reg, &at);
	}
}

unsigned int x64_use(struct x64_fn *x, opt_ref v, unsigned int scratch)
{
	if (x64_in_reg(x, v))
		return x->alloc.reg[v];
	x64_fetch(x, scratch, v);
	return scratch;
}

unsigned int x64_result(const struct x64_fn *x, opt_ref v)
{
	return x64_in_reg(x, v) ? x->alloc.reg[v] : S0;
}

void x64_keep(struct x64_fn *x, opt_ref v, unsigned int reg)
{
	struct x64_addr at;

	if (x64_in_reg(x, v)) {
		if (x->alloc.reg[v] != reg)
			x->p = x64_mov_rr(x->p, true, x->alloc.reg[v], reg);
	} else if (x->alloc.place[v] != OPT_DEAD) {
		at = x64_place(x, v);
		x->p = x64_store_a(x->p, 64, &at, reg);
	}
}

uint32_t x64_where(const struct x64_fn *x, opt_ref v)
{
	if (x64_in_reg(x, v))
		return x->alloc.reg[v];
	return x64_is_stored(x, v) ? X64_FIRST_PLACE + x->alloc.place[v] : X64_VALUE;
}

static struct x64_addr place_of(uint32_t where)
{
	return (struct x64_addr){ .base = RSP,
				  .index = X64_NONE,
				  .disp = (int32_t)(where - X64_FIRST_PLACE) * 8 };
}

static void move(struct x64_fn *x, const struct x64_move *m)
{
	struct x64_addr from, to;
	unsigned int reg = m->to < X64_FIRST_PLACE ? m->to : S0;

	if (m->from == X64_VALUE) {
		x64_fetch(x, reg, m->value);
	} else if (m->from >= X64_FIRST_PLACE) {
		from = place_of(m->from);
		x->p = x64_load_a(x->p, 64, reg, &from);
	} else if (m->to >= X64_FIRST_PLACE) {
		reg = m->from;
	} else if (m->from != reg) {
		x->p = x64_mov_rr(x->p, true, reg, m->from);
	}
	if (m->to >= X64_FIRST_PLACE) {
		to = place_of(m->to);
		x->p = x64_store_a(x->p, 64, &to, reg);
	}
}

static bool is_source(const struct x64_move *moves, uint32_t n, uint32_t where, uint32_t but)
{
	for (uint32_t k = 0; k < n; k++)
		if (k != but && moves[k].from == where)
			return true;
	return false;
}

/* A move whose target nobody has to read any more; n: there are only cycles. */
static uint32_t find_free(const struct x64_move *moves, uint32_t n)
{
	uint32_t k = 0;

	while (k < n && is_source(moves, n, moves[k].to, k))
		k++;
	return k;
}

void x64_moves(struct x64_fn *x, struct x64_move *moves, uint32_t n)
{
	uint32_t left = 0;

	for (uint32_t k = 0; k < n; k++)
		if (moves[k].to != moves[k].from)
			moves[left++] = moves[k];
	while (left) {
		uint32_t k = find_free(moves, left), broken;
		struct x64_move spare;

		if (k < left) {
			move(x, &moves[k]);
			moves[k] = moves[--left];
			continue;
		}
		broken = moves[0].from;
		spare = (struct x64_move){ .to = S1, .from = broken };
		move(x, &spare);
		for (k = 0; k < left; k++)
			if (moves[k].from == broken)
				moves[k].from = S1;
	}
}
