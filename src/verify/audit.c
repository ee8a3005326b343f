/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Was enough what is remembered as enough?  Checkpoints end other paths by the numbers that they
 * need (covers.c).  After a walk that refused nothing, some of its checkpoints are walked from once
 * more: in place of what was observed there, with numbers that a path might have had which they
 * would have ended.  Nothing learnt is believed on the way, and only what the first walk came
 * through may be met.  A walk that is refused is a defect of this verifier, and the program is
 * refused for it.
 */
#include <string.h>

#include "verify/backward.h"

enum {
	AUDIT_VISITS = 4000, /* of one walk: whoever needs more says nothing */
	TRIES = 16,
	MAX_OFFSET = 1 << 20
};

struct audit {
	struct verifier *v;
	uint64_t seed;
	bool all;    /* numbers change, or some of them */
	bool ranges; /* bytes of packets too */
};

/* splitmix64 */
static uint64_t draw(struct audit *a)
{
	uint64_t z = a->seed += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint32_t draw_below(struct audit *a, uint32_t n)
{
	return (uint32_t)((draw(a) >> 32) * n >> 32);
}

/* Often next to the limits of some width. */
static uint64_t draw_number(struct audit *a)
{
	uint64_t edge = 1ULL << draw_below(a, 64);

	switch (draw_below(a, 5)) {
	case 0: return edge - draw_below(a, 3);
	case 1: return 0 - edge + draw_below(a, 3);
	case 2: return draw_below(a, 64);
	case 3: return 0 - (uint64_t)draw_below(a, 64);
	default: return draw(a);
	}
}

static uint64_t draw_between(struct audit *a, uint64_t base, uint64_t size)
{
	uint64_t near = draw_below(a, 3);

	if (near > size)
		near = 0;
	switch (draw_below(a, 3)) {
	case 0: return base + near;
	case 1: return base + size - near;
	default: return size == UINT64_MAX ? draw(a) : base + draw(a) % (size + 1);
	}
}

/* A register or slot of the checkpoint. */
struct place {
	const struct state *st;
	uint32_t frame, n;
	bool slot;
};

static bool is_of(const struct need *need, const struct place *p)
{
	return need->want.frame == p->frame && need->want.slot == p->slot && need->want.n == p->n;
}

static unsigned int count_needs(const struct place *p, const struct need **ret_one)
{
	unsigned int n = 0;

	for (const struct need *need = p->st->needs; need; need = need->next)
		if (is_of(need, p)) {
			*ret_one = need;
			n++;
		}
	return n;
}

static bool would_do(const struct place *p, uint64_t x)
{
	for (const struct need *need = p->st->needs; need; need = need->next) {
		const struct want *w = &need->want;

		if (is_of(need, p) &&
		    !(w->low ? range32_has(w->r32, (uint32_t)x) : range64_has(w->r64, x)))
			return false;
	}
	return true;
}

static uint64_t draw_wanted(struct audit *a, const struct want *w)
{
	if (!w->low)
		return draw_between(a, w->r64.base, w->r64.size);
	return (uint32_t)draw_between(a, w->r32.base, w->r32.size) | draw_number(a) << 32;
}

/* False: none was found. */
static bool some_number(struct audit *a, const struct place *p, uint64_t *ret)
{
	const struct need *need = NULL;
	unsigned int n = count_needs(p, &need);

	for (int i = 0; i < TRIES; i++) {
		*ret = n ? draw_wanted(a, &need->want) : draw_number(a);
		if (would_do(p, *ret))
			return true;
	}
	return false;
}

static void vary_scalar(struct audit *a, const struct place *p, struct reg *r)
{
	uint64_t x;

	if (r->flags & REG_PRECISE) {
		r->flags &= (uint8_t)~REG_PRECISE;
		return;
	}
	if ((a->all || draw_below(a, 2)) && some_number(a, p, &x))
		reg_set_const(r, x);
}

/* False: none was found. */
static bool some_offset(struct audit *a, const struct place *p, int64_t *ret)
{
	const struct need *need = NULL;
	unsigned int n = count_needs(p, &need);

	for (int i = 0; i < TRIES; i++) {
		uint64_t x = n ? draw_wanted(a, &need->want) : draw_between(a, 0, 8192);

		*ret = (int64_t)x;
		if (*ret > -MAX_OFFSET && *ret < MAX_OFFSET && would_do(p, x))
			return true;
	}
	return false;
}

static bool is_spot(const struct place *p, struct spot s)
{
	return s.frame == p->frame && s.n == p->n && s.slot == p->slot;
}

/* Does its distance from another pointer matter? */
static bool is_tied(const struct place *p)
{
	for (const struct same *s = p->st->sames; s; s = s->next)
		if (is_spot(p, s->a) || is_spot(p, s->b))
			return true;
	return false;
}

/* Elsewhere in its object, in part by a number that is not known. */
static void vary_offset(struct audit *a, const struct place *p, struct reg *r)
{
	int64_t x, y, needed = r->kind == KIND_PACKET ? reg_needed(r) : 0;

	if (r->kind == KIND_PACKET && (is_tied(p) || r->off < 0 || scalar_smin(&r->s) < 0))
		return;
	if (!some_offset(a, p, &x) || (r->kind == KIND_PACKET && x < 0))
		return;
	if (needed && (needed += x - r->off) > UINT16_MAX)
		return;
	r->off = (int32_t)x;
	r->s = scalar_const(0);
	if (draw_below(a, 2) && some_offset(a, p, &y) && y > x)
		r->s = scalar_from_u64(0, (uint64_t)(y - x));
	if (r->kind == KIND_PACKET) {
		r->uid = (uint32_t)needed;
		r->id = new_id(a->v);
	}
}

static void vary_reg(struct audit *a, const struct place *p, struct reg *r)
{
	bool packet = r->kind == KIND_PACKET || r->kind == KIND_PACKET_META;

	if (r->kind == KIND_SCALAR) {
		vary_scalar(a, p, r);
		return;
	}
	if (reg_roams(r) && !(r->flags & REG_PRECISE) && a->ranges && (a->all || draw_below(a, 2)))
		vary_offset(a, p, r);
	r->flags &= (uint8_t)~REG_PRECISE;
	if (packet && a->ranges)
		r->range = (uint16_t)reg_needed(r);
	if (packet)
		r->uid = 0;
}

static bool all_bytes(const struct slot *s, uint8_t kind)
{
	for (int b = 0; b < 8; b++)
		if (s->kind[b] != kind)
			return false;
	return true;
}

/* Where any bytes would do, a number may have been spilled. */
static void vary_bytes(struct audit *a, struct slot *s)
{
	if (!all_bytes(s, SLOT_MISC) && !all_bytes(s, SLOT_INVALID))
		return;
	switch (draw_below(a, 3)) {
	case 0: return;
	case 1: memset(s->kind, SLOT_ZERO, sizeof(s->kind)); return;
	default:
		memset(s->kind, SLOT_SPILL, sizeof(s->kind));
		reg_set_const(slot_reg(s), draw_number(a));
	}
}

/* A state that the checkpoint covers. */
static void vary(struct audit *a, const struct state *st, struct state *cur)
{
	for (uint32_t f = 0; f < cur->n_frames; f++) {
		struct frame *fr = cur->frame[f];
		struct place p = { .st = st, .frame = f };

		for (p.n = 0; p.n < BPF_REG_10; p.n++)
			vary_reg(a, &p, &fr->reg[p.n]);
		p.slot = true;
		for (p.n = 0; p.n < fr->n_slots; p.n++) {
			struct slot *s = &fr->slot[p.n];

			if (!slot_is_spill(s))
				vary_bytes(a, s);
			else if (slot_is_full_spill(s) || slot_reg(s)->kind != KIND_SCALAR)
				vary_reg(a, &p, slot_reg(s));
			else
				slot_reg(s)->flags &= (uint8_t)~REG_PRECISE;
		}
	}
}

/* What the first walk leaves for those behind it. */
struct before {
	struct verify_stats stats;
	struct verify_claims *claims;
	uint32_t jumps, prev_jumps, prev_visited, max_visits;
	bool exact_observed, traces;
	struct state **seen;
};

static bool set_aside(struct verifier *v, struct before *b)
{
	*b = (struct before){ .stats = v->stats,
			      .claims = v->claims,
			      .jumps = v->jumps,
			      .prev_jumps = v->prev_jumps,
			      .prev_visited = v->prev_visited,
			      .max_visits = v->input.policy.max_visits,
			      .exact_observed = v->exact_observed,
			      .traces = v->traces };
	b->seen = arena_alloc(&v->arena, v->cfg.n * sizeof(struct state *));
	if (!b->seen)
		return false;
	for (uint32_t i = 0; i < v->cfg.n; i++)
		b->seen[i] = v->info[i].seen;
	v->claims = NULL;
	v->traces = false;
	v->exact_observed = true;
	v->auditing = true;
	v->input.policy.max_visits = AUDIT_VISITS;
	return true;
}

static void put_back(struct verifier *v, const struct before *b)
{
	for (uint32_t i = 0; i < v->cfg.n; i++)
		v->info[i].seen = b->seen[i];
	v->stats = b->stats;
	v->claims = b->claims;
	v->jumps = b->jumps;
	v->prev_jumps = b->prev_jumps;
	v->prev_visited = b->prev_visited;
	v->input.policy.max_visits = b->max_visits;
	v->exact_observed = b->exact_observed;
	v->traces = b->traces;
	v->auditing = false;
}

static int refuse(struct verifier *v, const struct state *st, enum reason why)
{
	struct verify_diag inner;
	char buf[160];
	struct text t;

	text_init(&t, buf, sizeof(buf));
	if (why == REASON_N) {
		text_add(&t, "what is needed at %u is not what was seen there", st->insn);
	} else {
		diag_fill(&v->diag, &v->lines, &inner);
		text_add(&t, "what was enough at %u is not at %u: %s", st->insn, inner.insn,
			 inner.reason);
	}
	v->at = st->insn;
	return reject(v, INTERNAL, (const char *)buf);
}

static const char *const category_of[] = {
#define R(ID, id, category, ...) #category,
	REASON_LIST(R)
#undef R
};

/* Of a walk that was refused. */
static bool is_defect(const struct verifier *v)
{
	enum reason why = v->diag.reason;

	/* What loses its limits in a loop depends on which rounds came before. */
	if (v->widened || why == REASON_LIMIT_VISITS || why == REASON_LIMIT_PENDING)
		return false;
	/* Arithmetic that leads to no access is refused where it is known to be of a pointer, or to
	 * lead far; so is a load of part of a pointer.  A state of bytes or of a larger interval,
	 * by which paths may have ended, is not. */
	if (why == REASON_STACK_FILL_SIZE)
		return false;
	return why == REASON_REG_UNINIT || strcmp(category_of[why], "VALUE") != 0;
}

static int walk_again(struct audit *a, const struct state *st)
{
	struct verifier *v = a->v;
	int err;

	for (uint32_t i = 0; i < v->cfg.n; i++)
		v->info[i].seen = NULL;
	v->stats.visited = v->jumps = v->prev_jumps = v->prev_visited = 0;
	v->cur = state_new_working(&v->pool);
	if (!v->cur || !state_load(&v->pool, v->cur, st))
		return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	v->cur->parent = NULL;
	v->cur->needs = NULL;
	v->cur->sames = NULL;
	v->widened = false;
	v->wasted = 0;
	v->look_at = 0;
	v->cur->n_walked = v->cur->n_asked = 0;
	vary(a, st, v->cur);
	err = walk_run(v);
	v->pending = NULL;
	v->n_pending = 0;
	if (!err || err == -ENOMEM)
		return err;
	if (is_defect(v))
		return refuse(v, st, v->diag.reason);
	diag_init(&v->diag);
	return 0;
}

static bool is_inside(struct verifier *v, struct state *st)
{
	for (uint32_t f = 0; f < st->n_frames; f++)
		for (int r = 0; r < BPF_REG_10; r++) {
			const struct reg *reg = &st->frame[f]->reg[r];

			if ((reg->kind == KIND_PACKET || reg->kind == KIND_PACKET_META) &&
			    reg_needed(reg) > reg->range)
				return false;
		}
	return precise_covers(st, st) && prune_states_equal(v, st, st, PRUNE_LOOSE);
}

int audit_walk(struct verifier *v)
{
	struct audit a = { .v = v, .seed = v->in->policy.audit_seed, .ranges = !v->exact_observed };
	uint32_t n = v->in->policy.audit_needed, left = 0;
	struct before b;
	int err = 0;

	if (!n || v->auditing || v->all_precise)
		return 0;
	for (struct state *st = v->made; st; st = st->made_next, left++)
		if (!is_inside(v, st))
			return refuse(v, st, REASON_N);
	if (!set_aside(v, &b))
		return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	/* Each of those left is as likely to be among the n. */
	for (struct state *st = v->made; st && !err; st = st->made_next, left--)
		for (uint32_t k = n / left + (draw_below(&a, left) < n % left); k && !err;
		     k--, n--) {
			a.all = draw_below(&a, 2);
			err = walk_again(&a, st);
		}
	put_back(v, &b);
	v->made = NULL;
	if (!err && v->misremembers)
		err = reject(v, INTERNAL, "what a passage asks for");
	return err;
}
