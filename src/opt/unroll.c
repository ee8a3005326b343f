/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which loops do several rounds at once?  Those of one block that compute, load and store, and
 * whose number of rounds is known.  Rounds that do not fit are done before the loop.  A sum is kept
 * in several parts, so that one addition does not wait for the other.
 */
#include <errno.h>
#include <string.h>

#include "isa/alu.h"
#include "opt/ir.h"

enum {
	MAX_TRIPS = 2048,
	MAX_BODY = 12,  /* operations */
	MAX_ALL = 64,   /* of all rounds that are written down */
	MAX_TIMES = 16, /* rounds at once */
	MIN_TIMES = 4,
	MAX_PARTS = 4, /* of a sum */
	MAX_SUMS = 2,
	MAX_LIVE = 11, /* values at once */
	/* Of a function: rounds are counted one by one, and all values are gone through. */
	MAX_LOOKS = 128,
	MAX_LOOPS = 32,
};

/* What is added up, or the largest or smallest of all rounds. */
struct sum {
	opt_ref phi, op;
	opt_ref part[MAX_PARTS]; /* phis */
	opt_ref last[MAX_PARTS]; /* their values so far in this round of rounds */
};

struct unroller {
	struct opt_fn *f;
	uint32_t header, before, exit;
	uint32_t p_before, p_back; /* predecessors of the header */
	uint32_t trips, n_body, times, n_parts;
	opt_ref *now;    /* by value of the loop: what stands for it in the copy being made */
	opt_ref n_known; /* values below may have an entry in now[] */
	struct sum sums[MAX_SUMS];
	uint32_t n_sums;
	bool leaves_on_first; /* of the successors */
};

static opt_ref operand_of(const struct unroller *u, opt_ref phi, uint32_t p)
{
	return opt_val(u->f, u->f->pool[opt_at(u->f, phi)->more + p]);
}

static bool find_loop(struct unroller *u, uint32_t header)
{
	const struct opt_fn *f = u->f;
	const struct opt_block *h = &f->blocks[header];

	if (!h->is_header || h->n_preds != 2 || h->is_irreducible || h->n_succ != 2)
		return false;
	u->header = header;
	for (uint32_t s = 0; s < 2; s++) {
		const struct opt_block *back = &f->blocks[h->succ[s]];

		if (back->n_succ != 1 || back->succ[0] != header || back->n_preds != 1 ||
		    back->head != back->tail)
			continue;
		u->leaves_on_first = s == 1;
		u->p_back = back->nth;
		u->p_before = 1 - back->nth;
		u->before = f->pool[h->preds + u->p_before];
		u->exit = h->succ[1 - s];
		return f->blocks[u->before].n_succ == 1 && f->blocks[u->exit].n_preds == 1 &&
		       opt_at(f, h->tail)->op == OPT_BR;
	}
	return false;
}

/* The phi that the condition counts by, or 0. */
static opt_ref counter_of(const struct unroller *u, const struct opt_ins *cond)
{
	for (opt_ref v = u->f->blocks[u->header].phis; v; v = opt_at(u->f, v)->next) {
		opt_ref next = operand_of(u, v, u->p_back);
		const struct opt_ins *i = opt_at(u->f, next);

		if (i->op == OPT_ADD && i->arg[0] == v && opt_is_k(u->f, i->arg[1]) &&
		    opt_is_k(u->f, operand_of(u, v, u->p_before)) &&
		    (cond->arg[0] == v || cond->arg[0] == next))
			return v;
	}
	return 0;
}

static bool count_trips(struct unroller *u)
{
	const struct opt_fn *f = u->f;
	const struct opt_ins *cond = opt_at(f, f->blocks[u->header].tail), *next;
	opt_ref phi = opt_is_k(f, cond->arg[1]) ? counter_of(u, cond) : 0;
	uint64_t v, after, k = (uint64_t)opt_at(f, cond->arg[1])->imm;

	if (!phi)
		return false;
	v = (uint64_t)opt_at(f, operand_of(u, phi, u->p_before))->imm;
	next = opt_at(f, operand_of(u, phi, u->p_back));
	for (u->trips = 1; u->trips < MAX_TRIPS; u->trips++, v = after) {
		after = isa_alu(ISA_ALU_ADD, next->w, v, (uint64_t)opt_at(f, next->arg[1])->imm);
		if (isa_cond(cond->aux, cond->w, cond->arg[0] == phi ? v : after, k) ==
		    u->leaves_on_first)
			return true;
	}
	return false;
}

static bool may_copy(const struct opt_ins *i)
{
	return opt_rows[i->op].pure || i->op == OPT_LOAD || i->op == OPT_STORE;
}

/* How often do the loop's operations and phis use v? */
static uint32_t uses_inside(const struct unroller *u, opt_ref v)
{
	const struct opt_fn *f = u->f;
	uint32_t n = 0;

	for (opt_ref w = f->blocks[u->header].head; w; w = opt_at(f, w)->next)
		for (int k = 0; k < 4; k++)
			n += opt_at(f, w)->arg[k] == v;
	for (opt_ref phi = f->blocks[u->header].phis; phi; phi = opt_at(f, phi)->next)
		n += operand_of(u, phi, u->p_back) == v;
	return n;
}

/* A value of phi that is seen outside would have to be that of the last round but one. */
static bool is_closed(const struct unroller *u)
{
	const struct opt_fn *f = u->f;

	for (opt_ref phi = f->blocks[u->header].phis; phi; phi = opt_at(f, phi)->next)
		if (opt_at(f, phi)->uses != uses_inside(u, phi))
			return false;
	return true;
}

static bool is_small(struct unroller *u)
{
	const struct opt_fn *f = u->f;

	for (opt_ref v = f->blocks[u->header].head; v != f->blocks[u->header].tail;
	     v = opt_at(f, v)->next)
		if (++u->n_body > MAX_BODY || !may_copy(opt_at(f, v)))
			return false;
	return true;
}

static bool choose_times(struct unroller *u)
{
	for (u->times = MAX_TIMES; u->times >= MIN_TIMES; u->times--)
		if (u->trips % u->times == 0 && u->n_body * u->times <= MAX_ALL &&
		    u->trips >= 2 * u->times)
			return true;
	u->times = MIN_TIMES;
	return u->trips >= 4 * u->times && u->n_body * (2 * u->times - 1) <= MAX_ALL;
}

static bool is_order(enum isa_cond cond)
{
	switch (cond) {
	case ISA_COND_JGT:
	case ISA_COND_JGE:
	case ISA_COND_JLT:
	case ISA_COND_JLE:
	case ISA_COND_JSGT:
	case ISA_COND_JSGE:
	case ISA_COND_JSLT:
	case ISA_COND_JSLE: return true;
	case ISA_COND_JEQ:
	case ISA_COND_JNE:
	case ISA_COND_JSET:
	case ISA_N_COND: break;
	}
	return false;
}

/* The larger or the smaller of phi and something else?  All bits must be compared. */
static bool is_extreme(const struct unroller *u, const struct opt_ins *i, opt_ref phi)
{
	const struct opt_ins *a = opt_at(u->f, i->arg[0]), *b = opt_at(u->f, i->arg[1]);
	bool same = i->arg[0] == i->arg[2] && i->arg[1] == i->arg[3];
	bool crossed = i->arg[0] == i->arg[3] && i->arg[1] == i->arg[2];

	return i->op == OPT_SELECT && is_order(i->aux) && (same || crossed) &&
	       (i->arg[0] == phi) != (i->arg[1] == phi) &&
	       (i->w == 64 || (a->may | b->may) <= UINT32_MAX);
}

static bool is_sum(const struct opt_ins *i, opt_ref phi)
{
	return (i->op == OPT_ADD || i->op == OPT_XOR || i->op == OPT_OR) &&
	       i->arg[0] != i->arg[1] && (i->arg[0] == phi || i->arg[1] == phi);
}

/* As many as there may be registers for, next to other phis and what a round works on. */
static void choose_parts(struct unroller *u)
{
	uint32_t others = u->n_body / 4;

	for (opt_ref phi = u->f->blocks[u->header].phis; phi; phi = opt_at(u->f, phi)->next)
		others++;
	others -= u->n_sums;
	u->n_parts = u->times < MAX_PARTS ? u->times : MAX_PARTS;
	while (u->n_parts > 1 && others + u->n_sums * u->n_parts > MAX_LIVE)
		u->n_parts /= 2;
}

static void find_sums(struct unroller *u)
{
	const struct opt_fn *f = u->f;

	for (opt_ref phi = f->blocks[u->header].phis; phi && u->n_sums < MAX_SUMS;
	     phi = opt_at(f, phi)->next) {
		opt_ref v = operand_of(u, phi, u->p_back);
		const struct opt_ins *i = opt_at(f, v);
		bool extreme = i->op == OPT_SELECT;

		if (i->block == u->header && uses_inside(u, v) == 1 &&
		    opt_at(f, phi)->uses == 1u + extreme && !opt_is_k(f, i->arg[1]) &&
		    (extreme ? is_extreme(u, i, phi) : is_sum(i, phi)))
			u->sums[u->n_sums++] = (struct sum){ .phi = phi, .op = v };
	}
	choose_parts(u);
}

/*
 * Copies.
 */

static opt_ref now(const struct unroller *u, opt_ref v)
{
	return v < u->n_known && u->now[v] ? u->now[v] : v;
}

static struct opt_ins renamed(const struct unroller *u, opt_ref v)
{
	struct opt_ins ins = *opt_at(u->f, v);

	for (int k = 0; k < 4; k++)
		ins.arg[k] = opt_val(u->f, now(u, opt_val(u->f, ins.arg[k])));
	return ins;
}

/* One more round at the end of f->block; the last one is where the loop's own operations stay. */
static void copy_round(struct unroller *u, const opt_ref *body, bool is_last)
{
	struct opt_fn *f = u->f;

	for (uint32_t k = 0; k < u->n_body && !f->err; k++) {
		struct opt_ins ins = renamed(u, body[k]);
		opt_ref v = body[k];

		f->at = ins.at;
		if (opt_rows[ins.op].pure) {
			u->now[v] = opt_fold(f, ins);
		} else if (!is_last) {
			u->now[v] = opt_append(f, &ins);
		} else {
			memcpy(f->ins[v].arg, ins.arg, sizeof(ins.arg));
			f->ins[v].next = 0;
			opt_link(f, f->block, v);
			u->now[v] = v;
		}
	}
}

/* What phis are when the next round begins. */
static void turn(struct unroller *u, opt_ref *next)
{
	uint32_t n = 0;

	for (opt_ref phi = u->f->blocks[u->header].phis; phi; phi = opt_at(u->f, phi)->next)
		if (phi < u->n_known)
			next[n++] = opt_val(u->f, now(u, operand_of(u, phi, u->p_back)));
	n = 0;
	for (opt_ref phi = u->f->blocks[u->header].phis; phi; phi = opt_at(u->f, phi)->next)
		if (phi < u->n_known)
			u->now[phi] = next[n++];
}

/* Rounds before the loop: those that the rest can be divided by without. */
static void peel(struct unroller *u, const opt_ref *body, opt_ref *next)
{
	struct opt_fn *f = u->f;
	struct opt_block *b = &f->blocks[u->before];
	opt_ref jump = b->tail, *link = &b->head, last = 0;
	uint32_t n = u->trips % u->times;

	if (!n)
		return;
	for (; *link != jump; link = &f->ins[last].next)
		last = *link;
	*link = 0;
	b->tail = last;
	f->block = u->before;
	for (opt_ref phi = f->blocks[u->header].phis; phi; phi = opt_at(f, phi)->next)
		u->now[phi] = operand_of(u, phi, u->p_before);
	for (; n && !f->err; n--) {
		copy_round(u, body, false);
		turn(u, next);
	}
	for (opt_ref phi = f->blocks[u->header].phis; phi; phi = opt_at(f, phi)->next) {
		f->pool[opt_at(f, phi)->more + u->p_before] = u->now[phi];
		u->now[phi] = 0;
	}
	for (uint32_t k = 0; k < u->n_body; k++)
		u->now[body[k]] = 0;
	opt_link(f, u->before, jump);
	memset(f->buckets, 0, f->n_buckets * sizeof(*f->buckets));
}

static void add_parts(struct unroller *u)
{
	struct opt_fn *f = u->f;

	for (uint32_t k = 0; k < u->n_sums; k++) {
		struct sum *s = &u->sums[k];
		bool extreme = opt_at(f, s->op)->op == OPT_SELECT;
		opt_ref first = extreme ? operand_of(u, s->phi, u->p_before) : opt_k(f, 0);

		s->part[0] = s->last[0] = s->phi;
		for (uint32_t part = 1; part < u->n_parts && !f->err; part++) {
			struct opt_ins ins = { .op = OPT_PHI, .n_more = 2 };
			opt_ref v;

			ins.more = opt_pool(f, 2);
			if (f->err)
				return;
			f->pool[ins.more] = f->pool[ins.more + 1] = first;
			v = opt_append(f, &ins);
			if (!v)
				return;
			f->ins[v].may = f->ins[s->phi].may;
			s->part[part] = s->last[part] = v;
		}
	}
}

static opt_ref combine(struct unroller *u, const struct opt_ins *op, opt_ref phi, opt_ref a,
		       opt_ref b)
{
	struct opt_ins ins = *op;

	if (op->op != OPT_SELECT)
		return opt_binary(u->f, op->op, op->w, a, b);
	for (int k = 0; k < 4; k++)
		ins.arg[k] = ins.arg[k] == phi ? a : b;
	return opt_fold(u->f, ins);
}

/* Behind the loop what was one sum is the sum of its parts. */
static void close_sum(struct unroller *u, struct sum *s)
{
	struct opt_fn *f = u->f;
	const struct opt_ins op = *opt_at(f, s->op);
	opt_ref all = s->last[0];

	for (uint32_t part = 0; part < u->n_parts; part++)
		f->pool[f->ins[s->part[part]].more + u->p_back] = s->last[part];
	for (uint32_t part = 1; part < u->n_parts && !f->err; part++)
		all = combine(u, &op, s->phi, all, s->last[part]);
	f->ins[s->op].op = OPT_COPY;
	f->ins[s->op].arg[0] = all;
}

/* New operations go to the front of the exit. */
static void close_sums(struct unroller *u)
{
	struct opt_fn *f = u->f;
	struct opt_block *b = &f->blocks[u->exit];
	opt_ref head = b->head, tail = b->tail;

	b->head = b->tail = 0;
	f->block = u->exit;
	for (uint32_t k = 0; k < u->n_sums && !f->err; k++)
		close_sum(u, &u->sums[k]);
	if (b->tail) {
		f->ins[b->tail].next = head;
		b->tail = tail;
	} else {
		b->head = head;
		b->tail = tail;
	}
}

static void round_of(struct unroller *u, const opt_ref *body, opt_ref *next, uint32_t n)
{
	uint32_t part = n % u->n_parts;

	for (uint32_t k = 0; k < u->n_sums; k++)
		u->now[u->sums[k].phi] = u->sums[k].last[part];
	copy_round(u, body, n + 1 == u->times);
	for (uint32_t k = 0; k < u->n_sums; k++)
		u->sums[k].last[part] = u->now[u->sums[k].op];
	if (n + 1 < u->times)
		turn(u, next);
}

static void finish(struct unroller *u, const opt_ref *body, opt_ref branch)
{
	struct opt_fn *f = u->f;
	struct opt_ins cond = renamed(u, branch);

	memcpy(f->ins[branch].arg, cond.arg, sizeof(cond.arg));
	opt_link(f, u->header, branch);
	for (opt_ref phi = f->blocks[u->header].phis; phi; phi = opt_at(f, phi)->next)
		if (phi < u->n_known)
			f->pool[opt_at(f, phi)->more + u->p_back] =
				opt_val(f, now(u, operand_of(u, phi, u->p_back)));
	for (uint32_t k = 0; k < u->n_body; k++) {
		struct opt_ins *i = opt_at(f, body[k]);
		bool is_sum = false;

		for (uint32_t s = 0; s < u->n_sums; s++)
			is_sum |= u->sums[s].op == body[k];
		if (!opt_rows[i->op].pure || is_sum || u->now[body[k]] == body[k])
			continue;
		i->op = OPT_COPY;
		i->arg[0] = u->now[body[k]];
	}
	close_sums(u);
}

static void unroll(struct unroller *u)
{
	struct opt_fn *f = u->f;
	struct opt_block *h = &f->blocks[u->header];
	opt_ref body[MAX_BODY], branch = h->tail, *next;
	uint32_t n = 0, n_phis = 0;

	u->n_known = f->n_ins;
	u->now = arena_alloc(f->arena, f->n_ins * sizeof(*u->now));
	for (opt_ref phi = h->phis; phi; phi = opt_at(f, phi)->next)
		n_phis++;
	next = arena_alloc_raw(f->arena, (n_phis + 1) * sizeof(*next));
	if (!u->now || !next) {
		f->err = -ENOMEM;
		return;
	}
	for (opt_ref v = h->head; v != branch; v = opt_at(f, v)->next)
		body[n++] = v;
	memset(f->buckets, 0, f->n_buckets * sizeof(*f->buckets));
	find_sums(u);
	peel(u, body, next);
	h->head = h->tail = 0;
	f->block = u->header;
	add_parts(u);
	for (n = 0; n < u->times && !f->err; n++)
		round_of(u, body, next, n);
	if (!f->err)
		finish(u, body, branch);
	memset(f->buckets, 0, f->n_buckets * sizeof(*f->buckets));
}

bool opt_unroll(struct opt_fn *f)
{
	uint32_t n_looks = 0, n_loops = 0;

	for (uint32_t k = 0; k < f->n_order && !f->err; k++) {
		struct unroller u = { .f = f };

		if (n_looks == MAX_LOOKS || n_loops == MAX_LOOPS)
			break;
		if (!find_loop(&u, f->order[k]))
			continue;
		n_looks++;
		if (!is_small(&u) || !count_trips(&u) || !choose_times(&u) || !is_closed(&u))
			continue;
		unroll(&u);
		n_loops++;
	}
	return n_loops > 0;
}
