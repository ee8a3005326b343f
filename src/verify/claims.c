/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In which states may a run arrive at an instruction?  What the walk recorded before each visit,
 * for the checking interpreter to hold real runs against.
 *
 * Why every real state must lie in a recorded one: while claims are recorded all scalars count as
 * precise, so a pruned state lies inside a checkpoint in every live register, and that checkpoint
 * was walked and recorded from there on.  Widening in loops replaces a state by a larger one before
 * it is recorded.  Registers that nothing reads any more are not claimed: those a pruned path may
 * hold differently.  Only the running function's registers are claimed; of pointers, what can be
 * told from their value.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "verify/env.h"

struct claim {
	struct claim *next;
	uint16_t regs; /* which are claimed */
	uint32_t frameno;
	struct reg reg[STATE_REGS];
};

struct verify_claims {
	struct arena arena;
	uint32_t n;
	struct claim **at; /* per instruction of the loaded program */
	uint32_t *count;
};

#define GAVE_UP UINT32_MAX
enum {
	MAX_CLAIMS = 256
};

struct verify_claims *claims_new(uint32_t n_insns)
{
	struct verify_claims *c = mem_alloc(sizeof(*c));

	if (!c)
		return NULL;
	arena_init(&c->arena, 0);
	c->n = n_insns;
	c->at = mem_array(n_insns, sizeof(struct claim *));
	c->count = mem_array(n_insns, sizeof(*c->count));
	return c->at && c->count ? c : claims_free(c);
}

struct verify_claims *claims_free(struct verify_claims *c)
{
	if (!c)
		return NULL;
	arena_done(&c->arena);
	mem_free(c->at);
	mem_free(c->count);
	mem_free(c);
	return NULL;
}

static bool says_the_same(const struct claim *a, const struct claim *b)
{
	if (a->regs != b->regs || a->frameno != b->frameno)
		return false;
	for (unsigned int r = 0; r < STATE_REGS; r++)
		if (a->regs >> r & 1 &&
		    (a->reg[r].kind != b->reg[r].kind || a->reg[r].off != b->reg[r].off ||
		     a->reg[r].obj != b->reg[r].obj ||
		     ((a->reg[r].flags ^ b->reg[r].flags) & REG_NULLABLE) ||
		     !scalar_equal(&a->reg[r].s, &b->reg[r].s)))
			return false;
	return true;
}

int claims_record(struct verifier *v)
{
	struct verify_claims *all = v->claims;
	const struct frame *f = top(v);
	struct claim c = { .frameno = f->frameno }, *copy;

	if (all->count[v->at] == GAVE_UP)
		return 0;
	for (unsigned int r = 0; r < STATE_REGS; r++) {
		if (!live_reg(&v->live, v->at, r) || f->reg[r].kind == KIND_NOT_INIT)
			continue;
		c.regs |= (uint16_t)(1u << r);
		c.reg[r] = f->reg[r];
	}
	for (const struct claim *o = all->at[v->at]; o; o = o->next)
		if (says_the_same(o, &c))
			return 0;
	if (all->count[v->at] == MAX_CLAIMS) {
		all->count[v->at] = GAVE_UP;
		return 0;
	}
	copy = arena_dup(&all->arena, &c, sizeof(c));
	if (!copy)
		return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	copy->next = all->at[v->at];
	all->at[v->at] = copy;
	all->count[v->at]++;
	return 0;
}

static bool reg_inside(const struct claim *c, const struct reg *r, const struct verify_concrete *s,
		       uint64_t x)
{
	uint64_t base;

	if (r->kind == KIND_SCALAR)
		return scalar_has(&r->s, x);
	if (r->flags & REG_NULLABLE)
		return true;
	if (r->kind == KIND_STACK && r->obj == c->frameno)
		base = s->frame_base;
	else if (r->kind == KIND_CTX)
		base = s->ctx;
	else
		return x || (r->kind != KIND_MAP_VALUE && r->kind != KIND_MAP_PTR &&
			     r->kind != KIND_MEM);
	return scalar_has(&r->s, x - base - (uint64_t)(int64_t)r->off);
}

/* First register outside, or -1. */
static int outside(const struct claim *c, const struct verify_concrete *s)
{
	for (unsigned int r = 0; r < STATE_REGS; r++)
		if (c->regs >> r & 1 && !reg_inside(c, &c->reg[r], s, s->reg[r]))
			return (int)r;
	return -1;
}

int verify_claims_check(const struct verify_claims *claims, uint32_t orig_insn,
			const struct verify_concrete *state, struct text *why)
{
	const struct claim *closest = NULL;
	int worst = -1;

	if (!claims || orig_insn >= claims->n || claims->count[orig_insn] == GAVE_UP)
		return 0;
	for (const struct claim *c = claims->at[orig_insn]; c; c = c->next) {
		int r = outside(c, state);

		if (r < 0)
			return 0;
		if (r > worst) {
			worst = r;
			closest = c;
		}
	}
	if (why && closest) {
		text_add(why, "insn %u: r%d is %#" PRIx64 ", claimed ", orig_insn, worst,
			 state->reg[worst]);
		reg_print(why, &closest->reg[worst], closest->frameno, NULL);
	} else if (why) {
		text_add(why, "insn %u: claimed to be unreachable", orig_insn);
	}
	return -ERANGE;
}
