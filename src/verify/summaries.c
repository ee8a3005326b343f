/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Was this static function shown safe for such arguments before, and what does it return then?
 *
 * When a function is called for the second time, it is walked by itself, from a checkpoint that
 * knows its arguments only, and what it returns is asked for at each of its exits as it is: what
 * that checkpoint has marked in the end is what safety and result depend on.  A later call that the
 * checkpoint covers goes on behind the call at once, from each of the results, and asks for these
 * marks in its own arguments.
 *
 * Only functions that leave nothing behind but R0 and memory that nobody keeps account of: no
 * pointer to a stack, a packet or an object with an owner goes in or comes out.  What the callee
 * finds out about copies that its caller has is lost, which may get a program refused: then every
 * call is walked (verify.c).
 */
#include "verify/sieve.h"
#include "verify/summaries.h"

#include <string.h>

#include "verify/backward.h"

enum {
	MAX_EXITS = 16,
	FAR = 1 << 27, /* numbers of a note lie below */
};

enum fit {
	FIT_UNKNOWN,
	FIT_NO,
	FIT_YES
};

struct summary {
	struct summary *next; /* of the same function */
	struct state *entry;
	uint32_t n_exits;
	struct reg exit[MAX_EXITS]; /* R0 */
};

/* --- which functions --- */

static bool arg_is_plain(enum helper_arg arg)
{
	return arg <= ARG_CTX_OR_NULL || arg == ARG_LONG_PTR || arg == ARG_INT_PTR ||
	       arg == ARG_CONST_STR;
}

_Static_assert(ARG_SPIN_LOCK == ARG_CTX_OR_NULL + 1 && ARG_NONE == 0, "those before are plain");

static bool helper_fits(const struct verifier *v, uint32_t at)
{
	const unsigned int effects = HELPER_ACQUIRES | HELPER_RELEASES | HELPER_CHANGES_PKT;
	const struct helper_proto *h = helper_find(v->in->helpers, (uint32_t)v->cfg.insns[at].imm);

	if (!h || h->flags & effects || h->callback != CALLBACK_NONE || h->id == BPF_FUNC_tail_call)
		return false;
	for (unsigned int i = 0; i < 5; i++)
		if (!arg_is_plain(h->arg[i]))
			return false;
	return true;
}

static bool fits(struct verifier *v, uint32_t subprog);

static bool insn_fits(struct verifier *v, uint32_t at)
{
	enum isa_form form = v->cfg.node[at].form;

	if (form == ISA_F_CALL)
		return helper_fits(v, at);
	if (form == ISA_F_CALL_SUB)
		return v->subs[v->cfg.callee[at]].global || fits(v, v->cfg.callee[at]);
	return form != ISA_F_CALL_KFUNC && form != ISA_F_CALLX && form != ISA_F_MAY_GOTO &&
	       form != ISA_F_LD_ABS && form != ISA_F_LD_IND && v->cfg.op[at] != ISA_LD_FUNC;
}

static bool fits(struct verifier *v, uint32_t subprog)
{
	const struct cfg_subprog *range = &v->cfg.subprogs[subprog];
	struct subprog_info *sub = &v->subs[subprog];

	if (sub->fit != FIT_UNKNOWN)
		return sub->fit == FIT_YES;
	sub->fit = FIT_NO;
	if (sub->changes_packet || range->is_recursive || range->max_depth >= STATE_FRAMES)
		return false;
	for (uint32_t at = range->start; at < range->end; at++)
		if (v->cfg.op[at] != CFG_NO_OP && !insn_fits(v, at))
			return false;
	sub->fit = FIT_YES;
	return true;
}

/* --- which calls --- */

static bool holds(const struct frame *f, uint32_t id)
{
	for (unsigned int r = BPF_REG_6; r < BPF_REG_10; r++)
		if (f->reg[r].kind && f->reg[r].id == id)
			return true;
	for (unsigned int s = 0; s < f->n_slots; s++)
		if (slot_is_spill(&f->slot[s]) && slot_reg(&f->slot[s])->id == id)
			return true;
	return false;
}

/* The caller likely counts on the callee's having compared it with NULL. */
static bool is_doubted_by_caller(const struct verifier *v, const struct reg *r)
{
	for (uint32_t f = 0; r->flags & REG_NULLABLE && f < v->cur->n_frames; f++)
		if (holds(v->cur->frame[f], r->id))
			return true;
	return false;
}

static bool value_fits(const struct reg *r)
{
	if (r->kind == KIND_NOT_INIT || r->kind == KIND_SCALAR)
		return true;
	return r->kind == KIND_MAP_VALUE && !r->ref && !r->uid;
}

static bool arg_fits(const struct verifier *v, const struct reg *r)
{
	if (r->kind == KIND_CTX || (r->kind == KIND_MAP_PTR && !r->uid))
		return true;
	return value_fits(r) && !is_doubted_by_caller(v, r);
}

static bool call_fits(struct verifier *v, uint32_t subprog)
{
	const struct cfg_subprog *range = &v->cfg.subprogs[subprog];
	const struct state *cur = v->cur;
	uint32_t frames = v->frames_below + cur->n_frames + 1 + range->max_depth;
	uint32_t args = v->live.regs[range->start] & ARG_REGS;

	if (cur->n_refs || cur->n_locks || cur->rcu || cur->no_preempt || frames > STATE_FRAMES)
		return false;
	if (range->max_depth == 0 && range->end - range->start < v->in->policy.summarise)
		return false;
	for (; args; args &= args - 1)
		if (!arg_fits(v, reg_at(v, (unsigned int)__builtin_ctz(args))))
			return false;
	return fits(v, subprog);
}

/* A working state as it was when it was new. */
static void forget(struct verifier *v, struct state *st)
{
	struct frame *frame[STATE_FRAMES];
	uint64_t *path = st->path;
	uint32_t cap = st->cap_path;

	state_join_path(&v->pool, st);
	memcpy(frame, st->frame, sizeof(frame));
	memset((void *)st, 0, offsetof(struct state, ref));
	memcpy(st->frame, frame, sizeof(frame));
	st->path = path;
	st->cap_path = cap;
}

/* The function's first state, without its callers. */
static struct state *view_of(struct verifier *v, uint32_t subprog)
{
	const struct frame *caller = top(v);
	struct state **view = &v->views[v->n_making];
	struct state *st = *view ? *view : (*view = state_new_working(&v->pool));
	uint32_t start = v->cfg.subprogs[subprog].start, args = v->live.regs[start] & ARG_REGS;
	struct frame *f;

	if (!st)
		return NULL;
	forget(v, st);
	f = state_add_frame(&v->pool, st, true);
	if (!f)
		return NULL;
	f->subprog = subprog;
	for (; args; args &= args - 1)
		f->reg[__builtin_ctz(args)] = caller->reg[__builtin_ctz(args)];
	st->insn = start;
	st->prev_insn = v->at;
	st->sleepable = v->cur->sleepable;
	return st;
}

static const struct summary *find(struct verifier *v, uint32_t subprog, struct state *view)
{
	for (struct summary *s = v->subs[subprog].summaries; s; s = s->next) {
		view->kinds = s->entry->kinds;
		if (s->entry->sleepable == view->sleepable &&
		    prune_states_equal(v, s->entry, view, PRUNE_LOOSE))
			return s;
	}
	return NULL;
}

/* --- making one --- */

/* What the outer walk has to find as it was. */
struct outside {
	struct state *cur, *pending, *made;
	struct attempt *tries;
	struct summary *making;
	uint32_t at, frames_below;
};

static int no_memory(struct verifier *v)
{
	return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
}

static struct state *make_entry(struct verifier *v, struct state *cur)
{
	struct state *st = state_save(&v->pool, cur);

	if (!st)
		return NULL;
	precise_keep(st);
	keep_begin(st);
	st->kinds = st->kinds_mask = 0;
	st->hint_frame = STATE_FRAMES;
	sieve_none(st);
	st->stretch.kind = STRETCH_UNSEEN;
	st->made_at = v->stats.visited;
	st->depth = 1;
	st->branches = 1;
	return st;
}

/* Checkpoints of this walk end no path of another. */
static void drop_checkpoints(struct verifier *v, uint32_t subprog, uint32_t number)
{
	const struct cfg_subprog *range = &v->cfg.subprogs[subprog];

	if (v->subs[subprog].swept == number)
		return;
	v->subs[subprog].swept = number;
	for (uint32_t at = range->start; at < range->end; at++) {
		struct state **link = &v->info[at].seen, *st;

		if (v->cfg.op[at] == ISA_CALL_SUB && !v->subs[v->cfg.callee[at]].global)
			drop_checkpoints(v, v->cfg.callee[at], number);
		while ((st = *link)) {
			if (st->frame[0]->callsite != number) {
				link = &st->next;
				continue;
			}
			*link = st->next;
			if (!st->branches && keep_is_final(v, st))
				keep_off_list(v, st);
		}
	}
}

static int walk_alone(struct verifier *v, struct summary *s, struct state *from)
{
	struct outside out = { .cur = v->cur,
			       .pending = v->pending,
			       .made = v->made,
			       .tries = v->tries,
			       .making = v->making,
			       .at = v->at,
			       .frames_below = v->frames_below };
	int err;

	v->frames_below += v->cur->n_frames;
	v->cur = from;
	v->pending = NULL;
	v->tries = NULL;
	v->making = s;
	v->n_making++;
	v->look_at = 0;
	err = walk_paths(v);
	v->n_making--;
	/* A call by itself is not refused for it. */
	if (err && (v->cur->summarised || v->diag.reason != REASON_INTERNAL))
		out.cur->summarised = v->summarised = true;
	v->cur = out.cur;
	v->pending = out.pending;
	v->made = out.made;
	v->tries = out.tries;
	v->making = out.making;
	v->frames_below = out.frames_below;
	v->look_at = 0;
	if (!err)
		v->at = out.at;
	return err;
}

/* 0 and the summary, or an errno. */
static int make(struct verifier *v, uint32_t subprog, struct state *from,
		const struct summary **ret)
{
	struct subprog_info *sub = &v->subs[subprog];
	struct summary *s = arena_alloc(&v->arena, sizeof(*s));
	uint32_t number = ++v->n_summaries;
	int err;

	from->frame[0]->callsite = number;
	from->parent = NULL;
	s->entry = s ? make_entry(v, from) : NULL;
	if (!s || !s->entry)
		return no_memory(v);
	from->parent = s->entry;
	err = walk_alone(v, s, from);
	if (err)
		return err;
	drop_checkpoints(v, subprog, number);
	s->next = sub->summaries;
	sub->summaries = s;
	*ret = s;
	return 0;
}

static bool result_covers(const struct reg *e, const struct reg *r)
{
	struct scalar at;

	if (e->kind != r->kind || e->kind == KIND_NOT_INIT)
		return e->kind == r->kind;
	if (e->kind == KIND_SCALAR)
		return scalar_subset(&r->s, &e->s);
	/* A number that is known is part of the offset. */
	at = scalar_add_const(&r->s, (uint64_t)((int64_t)r->off - e->off));
	return e->obj == r->obj && e->range == r->range && !e->id == !r->id &&
	       scalar_subset(&at, &e->s) && !((e->flags ^ r->flags) & ~REG_PRECISE);
}

static bool has_result(const struct summary *s, const struct reg *r)
{
	for (uint32_t i = 0; i < s->n_exits; i++)
		if (result_covers(&s->exit[i], r))
			return true;
	return false;
}

/* Those that r0 stands for as well; all_numbers: all numbers. */
static void drop_results(struct summary *s, const struct reg *r0, bool all_numbers)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n_exits; i++)
		if (!(all_numbers && s->exit[i].kind == KIND_SCALAR) &&
		    !result_covers(r0, &s->exit[i]))
			s->exit[n++] = s->exit[i];
	s->n_exits = n;
}

/* Nothing is wrong with the function: it is no verdict. */
static int give_up(struct verifier *v)
{
	v->gave_up = true;
	return reject(v, INTERNAL, "summary");
}

int summary_exit(struct verifier *v)
{
	const struct state *cur = v->cur;
	const struct reg *r0 = &top(v)->reg[BPF_REG_0];
	struct summary *s = v->making;
	struct reg *e;
	bool any;
	int err;

	if (cur->n_refs || cur->n_locks || cur->rcu || cur->no_preempt || !value_fits(r0))
		return give_up(v);
	err = r0->kind == KIND_SCALAR ? precise_mark(v, BPF_REG_0) : offset_exact(v, BPF_REG_0);
	if (err || has_result(s, r0))
		return err ? err : STEP_END;
	drop_results(s, r0, false);
	any = s->n_exits == MAX_EXITS;
	if (any)
		drop_results(s, r0, true);
	if (s->n_exits == MAX_EXITS || (any && r0->kind != KIND_SCALAR))
		return give_up(v);
	e = &s->exit[s->n_exits++];
	*e = *r0;
	e->flags &= (uint8_t)~REG_PRECISE;
	if (e->kind == KIND_SCALAR)
		reg_set_scalar(e, any ? scalar_unknown() : r0->s);
	return STEP_END;
}

/* --- using one --- */

static int ask_need(struct verifier *v, const struct want *w)
{
	int64_t first = (int64_t)w->r64.base, last = (int64_t)range64_last(w->r64);
	bool small = first <= last && first > -FAR && last < FAR;

	if (w->at)
		return small ? precise_ask_offset(v, w->n, first, last) : precise_ask(v, w->n);
	return !w->low && small ? precise_want(v, w->n, first, last) : precise_mark(v, w->n);
}

/* What mattered to the function matters of these arguments. */
static int ask_args(struct verifier *v, const struct summary *s)
{
	const struct reg *regs = s->entry->frame[0]->reg;
	int err = 0;

	for (unsigned int r = BPF_REG_1; r <= BPF_REG_5 && !err; r++)
		if (regs[r].kind != KIND_NOT_INIT && regs[r].flags & REG_PRECISE)
			err = precise_ask(v, r);
	for (const struct need *n = s->entry->needs; n && !err; n = n->next)
		err = ask_need(v, &n->want);
	return err;
}

/* A name of its own: nobody else's learns with it. */
static void set_result(struct verifier *v, struct reg *r0, const struct reg *result)
{
	*r0 = *result;
	if (r0->id)
		r0->id = new_id(v);
}

static int use(struct verifier *v, const struct summary *s)
{
	struct frame *caller = top(v);
	int err = ask_args(v, s);

	if (err)
		return err;
	v->cur->summarised = v->summarised = true;
	for (unsigned int r = 0; r <= 5; r++)
		caller->reg[r].kind = KIND_NOT_INIT;
	for (uint32_t i = 1; i < s->n_exits; i++) {
		struct state *st = walk_push(v, v->at + 1, &err);

		if (!st)
			return err;
		set_result(v, &state_top(st)->reg[BPF_REG_0], &s->exit[i]);
	}
	if (!s->n_exits)
		return STEP_END;
	set_result(v, &caller->reg[BPF_REG_0], &s->exit[0]);
	return STEP_NEXT;
}

/* Those that the first calls had were of little use to others. */
static bool is_worth(const struct subprog_info *sub)
{
	return sub->n_summaries < 2 + sub->hits;
}

static bool is_again(const struct verifier *v, struct subprog_info *sub)
{
	return sub->n_calls++ || v->in->policy.summarise == 1;
}

bool summary_call(struct verifier *v, uint32_t subprog, int *ret, const struct summary **ret_due)
{
	struct subprog_info *sub = &v->subs[subprog];
	const struct summary *s;
	struct state *view;

	*ret_due = NULL;
	if (!v->summarises || v->exact_observed || !is_again(v, sub) || !call_fits(v, subprog))
		return false;
	/* A loop that is made general at another time knows other numbers. */
	v->generalises &= !v->checks_summaries;
	view = view_of(v, subprog);
	if (!view) {
		*ret = no_memory(v);
		return true;
	}
	s = find(v, subprog, view);
	if (s)
		sub->hits++;
	else if (!is_worth(sub))
		return false;
	*ret = 0;
	if (!s) {
		sub->n_summaries++;
		*ret = make(v, subprog, view, &s);
	}
	if (!*ret && v->checks_summaries) {
		*ret_due = s;
		return false;
	}
	if (!*ret)
		*ret = use(v, s);
	return true;
}

/* Is no number of s outside of e?  Intervals that lie within each other are not all there are: what
 * an interval has of numbers that the other one's low halves leave out is none of them.  And one
 * number within an interval that is not known to be left out, as a comparison with it does, is not
 * known to be there. */
static bool all_within(const struct scalar *s, const struct scalar *e)
{
	struct scalar high = *s, low = *s;

	if (!range64_is_full(e->r64) &&
	    range64_intersect(s->r64, range64_between(range64_last(e->r64) + 1, e->r64.base - 1),
			      &high.r64) &&
	    scalar_normalise(&high) && (scalar_is_const(s) || !scalar_is_const(&high)))
		return false;
	if (!range32_is_full(e->r32) &&
	    range32_intersect(s->r32, range32_between(range32_last(e->r32) + 1, e->r32.base - 1),
			      &low.r32) &&
	    scalar_normalise(&low) && (scalar_is_const32(s) || !scalar_is_const32(&low)))
		return false;
	return tnum_subset(s->bits, e->bits);
}

int summary_check(struct verifier *v, const struct summary *s, const struct reg *r0)
{
	bool found = has_result(s, r0);

	for (uint32_t i = 0; i < s->n_exits && !found && r0->kind == KIND_SCALAR; i++)
		found = s->exit[i].kind == KIND_SCALAR && all_within(&r0->s, &s->exit[i].s);
	return found ? 0 : reject(v, INTERNAL, "a summary lacks a result");
}
