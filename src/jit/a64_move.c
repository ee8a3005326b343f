/* SPDX-License-Identifier: BSD-2-Clause */
/* How do values get where they are wanted on AArch64? */
#include "jit/a64_opt.h"

/* d = sp + n */
static uint8_t *frame_address(uint8_t *p, unsigned int d, int64_t n)
{
	if (a64_is_imm12((uint64_t)n))
		return a64_add_ri(p, true, A64_ADD, d, XSP, (uint32_t)n);
	return a64_add_sp(a64_mov_ri(p, d, (uint64_t)n), d, d, 0);
}

void a64_fetch(struct a64_fn *x, unsigned int reg, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);

	if (a64_in_reg(x, v))
		x->p = a64_mov(x->p, reg, x->alloc.reg[v]);
	else if (i->op == OPT_K || i->op == OPT_IMM)
		x->p = a64_mov_ri(x->p, reg, (uint64_t)i->imm);
	else if (i->op == OPT_FP)
		x->p = frame_address(x->p, reg, x->fp + i->imm);
	else
		x->p = a64_mem(x->p, A64_LOAD, 64, reg, XSP, (int32_t)x->alloc.place[v] * 8);
}

unsigned int a64_use(struct a64_fn *x, opt_ref v, unsigned int scratch)
{
	if (a64_in_reg(x, v))
		return x->alloc.reg[v];
	a64_fetch(x, scratch, v);
	return scratch;
}

unsigned int a64_use_or_zero(struct a64_fn *x, opt_ref v, unsigned int scratch)
{
	return a64_is_k(x, v) && !opt_at(x->f, v)->imm ? XZR : a64_use(x, v, scratch);
}

unsigned int a64_result(const struct a64_fn *x, opt_ref v)
{
	return a64_in_reg(x, v) ? x->alloc.reg[v] : S0;
}

void a64_keep(struct a64_fn *x, opt_ref v, unsigned int reg)
{
	if (a64_in_reg(x, v))
		x->p = a64_mov(x->p, x->alloc.reg[v], reg);
	else if (x->alloc.place[v] != OPT_DEAD)
		x->p = a64_mem(x->p, A64_STORE, 64, reg, XSP, (int32_t)x->alloc.place[v] * 8);
}

uint32_t a64_where(const struct a64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);

	if (a64_in_reg(x, v))
		return x->alloc.reg[v];
	if (opt_rows[i->op].floats || i->op == OPT_IMM || x->alloc.place[v] == OPT_DEAD)
		return A64_VALUE;
	return A64_FIRST_PLACE + x->alloc.place[v];
}

static int32_t disp_of(uint32_t where)
{
	return (int32_t)(where - A64_FIRST_PLACE) * 8;
}

static void move(struct a64_fn *x, const struct a64_move *m)
{
	unsigned int reg = m->to < A64_FIRST_PLACE ? m->to : S0;

	if (m->from == A64_VALUE)
		a64_fetch(x, reg, m->value);
	else if (m->from >= A64_FIRST_PLACE)
		x->p = a64_mem(x->p, A64_LOAD, 64, reg, XSP, disp_of(m->from));
	else if (m->to >= A64_FIRST_PLACE)
		reg = m->from;
	else
		x->p = a64_mov(x->p, reg, m->from);
	if (m->to >= A64_FIRST_PLACE)
		x->p = a64_mem(x->p, A64_STORE, 64, reg, XSP, disp_of(m->to));
}

static bool is_source(const struct a64_move *moves, uint32_t n, uint32_t where, uint32_t but)
{
	for (uint32_t k = 0; k < n; k++)
		if (k != but && moves[k].from == where)
			return true;
	return false;
}

/* A move whose target nobody has to read any more; n: there are only cycles. */
static uint32_t find_free(const struct a64_move *moves, uint32_t n)
{
	uint32_t k = 0;

	while (k < n && is_source(moves, n, moves[k].to, k))
		k++;
	return k;
}

void a64_moves(struct a64_fn *x, struct a64_move *moves, uint32_t n)
{
	uint32_t left = 0;

	for (uint32_t k = 0; k < n; k++)
		if (moves[k].to != moves[k].from)
			moves[left++] = moves[k];
	while (left) {
		uint32_t k = find_free(moves, left), broken;
		struct a64_move spare;

		if (k < left) {
			move(x, &moves[k]);
			moves[k] = moves[--left];
			continue;
		}
		broken = moves[0].from;
		spare = (struct a64_move){ .to = S1, .from = broken };
		move(x, &spare);
		for (k = 0; k < left; k++)
			if (moves[k].from == broken)
				moves[k].from = S1;
	}
}
