/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happened on the path that was refused?  The walk kept, per checkpoint, the instructions
 * since the one before it: their list is the path.  It is walked again from where the walk began,
 * by the same rules, and every change of a register or slot is written down.  Checkpoints passed on
 * the way say what the walk gave up there to end a loop.
 *
 * Where a call leaves two states that both go on at the same instruction, the list does not say
 * which was meant: the other one is kept, and tried when the first turns out to go elsewhere.
 */
#include "verify/backward.h"
#include "verify/explain.h"

#include <string.h>

enum {
	MAX_STEPS = 1 << 17,
};

struct path {
	uint32_t *insn;
	const struct state **checkpoint; /* before the instruction; NULL: none */
	uint32_t n;
	const struct state *end; /* the state that was refused */
};

/* Where the other choice is: the last fork whose states go on alike. */
struct other {
	struct state *state;
	uint32_t at, n, n_changes;
	struct text said; /* of the log, before the step's outcome */
};

static uint32_t count_path(const struct state *st)
{
	uint32_t n = 0;

	for (; st; st = st->parent)
		for (uint32_t i = 0; i < st->n_path; i++)
			n += !(st->path[i] & ENTRY_NOTE);
	return n;
}

static bool collect(struct explain *x, struct path *p)
{
	const struct state *st = x->v->cur;
	uint32_t k = count_path(st);

	p->n = k;
	p->insn = arena_alloc(&x->a, (k + 1) * sizeof(*p->insn));
	p->checkpoint = arena_alloc(&x->a, (k + 1) * sizeof(struct state *));
	p->end = state_save(&x->v->pool, st);
	if (!p->insn || !p->checkpoint || !p->end)
		return false;
	for (; st; st = st->parent) {
		for (uint32_t i = st->n_path; i-- > 0;)
			if (!(st->path[i] & ENTRY_NOTE))
				p->insn[--k] = entry_insn(st->path[i]);
		p->checkpoint[k] = st->parent && st->parent->n_frames ? st->parent : NULL;
	}
	return true;
}

/* --- what changed --- */

static bool reserve(struct explain *x, void **array, uint32_t *cap, uint32_t n, size_t size)
{
	uint32_t room = *cap ? *cap * 2 : 256;
	void *more;

	if (n < *cap)
		return true;
	more = arena_alloc(&x->a, room * size);
	if (!more)
		return false;
	if (n)
		memcpy(more, *array, n * size);
	*array = more;
	*cap = room;
	return true;
}

static bool add_change(struct explain *x, struct place at, enum why_changed why,
		       const struct reg *now, const uint8_t *bytes)
{
	struct replay *r = &x->r;
	uint32_t *last = &r->last[at.frame][at.slot ? PLACE_SLOTS + at.n : at.n];
	struct change *c;

	if (!reserve(x, (void **)&r->change, &r->cap_changes, r->n_changes, sizeof(*c)))
		return false;
	c = &r->change[r->n_changes];
	*c = (struct change){
		.step = why == BY_INSN ? r->n : r->n - 1,
		.prev = *last,
		.at = at,
		.why = (uint8_t)why,
		.now = *now,
	};
	if (bytes)
		memcpy(c->bytes, bytes, sizeof(c->bytes));
	*last = r->n_changes++;
	return true;
}

static const struct reg nothing;

static bool note_frame(struct explain *x, const struct frame *f, struct frame *old, bool fresh,
		       enum why_changed why)
{
	uint8_t no = (uint8_t)f->frameno;
	bool ok = true;

	for (unsigned int r = 0; r < STATE_REGS; r++) {
		if (!fresh && !memcmp(&f->reg[r], &old->reg[r], sizeof(f->reg[r])))
			continue;
		ok &= add_change(x, place_reg(no, r), why, &f->reg[r], NULL);
	}
	for (unsigned int s = 0; s < f->n_slots; s++) {
		const struct slot *slot = &f->slot[s];

		if (!fresh && s < old->n_slots && slot_same(slot, &old->slot[s]))
			continue;
		ok &= add_change(x, (struct place){ no, true, (uint8_t)s }, why,
				 slot_has_reg(slot) ? slot_reg(slot) : &nothing, slot->kind);
	}
	frame_copy(old, f);
	return ok;
}

/* Compares the state with how it was. */
static bool note_changes(struct explain *x, enum why_changed why)
{
	struct replay *r = &x->r;
	const struct state *st = x->v->cur;
	bool ok = true;

	for (uint32_t f = 0; f < st->n_frames; f++) {
		bool fresh = f >= r->n_frames || r->shadow[f]->callsite != st->frame[f]->callsite;

		ok &= note_frame(x, st->frame[f], r->shadow[f], fresh, why);
	}
	r->n_frames = st->n_frames;
	return ok;
}

static void forget_changes(struct replay *r, uint32_t n)
{
	while (r->n_changes > n) {
		const struct change *c = &r->change[--r->n_changes];

		r->last[c->at.frame][c->at.slot ? PLACE_SLOTS + c->at.n : c->at.n] = c->prev;
	}
}

const struct change *replay_before(const struct replay *r, struct place at, uint32_t step)
{
	uint32_t i = r->last[at.frame][at.slot ? PLACE_SLOTS + at.n : at.n];

	while (i != NO_CHANGE && r->change[i].step >= step)
		i = r->change[i].prev;
	return i == NO_CHANGE ? NULL : &r->change[i];
}

/* --- what the walk gave up --- */

static bool same_value(const struct reg *a, const struct reg *b)
{
	return a->kind == b->kind && a->off == b->off && a->range == b->range && a->obj == b->obj &&
	       !((a->flags ^ b->flags) & ~REG_PRECISE) && scalar_equal(&a->s, &b->s);
}

static void correct_reg(struct reg *now, const struct reg *was)
{
	uint32_t id = now->id;

	/* What was forgotten as dead is read by nobody. */
	if (was->kind == KIND_NOT_INIT || same_value(now, was))
		return;
	*now = *was;
	/* Names of the first walk mean nothing in this one. */
	now->id = was->kind == KIND_SCALAR ? 0 : id;
}

static void correct(struct state *now, const struct state *was)
{
	for (uint32_t f = 0; f < now->n_frames && f < was->n_frames; f++) {
		struct frame *n = now->frame[f];
		const struct frame *w = was->frame[f];

		for (unsigned int r = 0; r < BPF_REG_10; r++)
			correct_reg(&n->reg[r], &w->reg[r]);
		for (unsigned int s = 0; s < n->n_slots && s < w->n_slots; s++)
			if (slot_is_spill(&w->slot[s]) && slot_is_spill(&n->slot[s]))
				correct_reg(slot_reg(&n->slot[s]), slot_reg(&w->slot[s]));
	}
}

/* Was the state that was walked on with one of these kinds?  Else another way was meant. */
static bool agrees(const struct state *now, const struct state *was)
{
	if (now->n_frames != was->n_frames)
		return false;
	for (uint32_t f = 0; f < now->n_frames; f++)
		for (unsigned int r = 0; r < BPF_REG_10; r++) {
			const struct reg *a = &now->frame[f]->reg[r], *b = &was->frame[f]->reg[r];

			if (b->kind != KIND_NOT_INIT &&
			    (a->kind != b->kind || (a->flags ^ b->flags) & REG_NULLABLE))
				return false;
		}
	return true;
}

/* --- the steps --- */

static struct state *take_pending(struct verifier *v, uint32_t next, bool wanted)
{
	struct state *found = NULL;

	while (v->pending) {
		struct state *st = v->pending;

		v->pending = st->next;
		v->n_pending--;
		if (wanted && !found && st->insn == next)
			found = st;
		else
			state_drop(&v->pool, st);
	}
	return found;
}

/* What the step came to, in the log: its state, unless the path goes on with what was put aside. */
static void log_step(struct explain *x, uint32_t next)
{
	struct verifier *v = x->v;

	if (!x->logs)
		return;
	x->said = *v->in->log;
	if (v->cur->insn == next)
		trace_after(v);
	else
		trace_aside(v);
}

/* After a step: v->cur is where the path went on.  False: it did not go there. */
static bool choose(struct explain *x, uint32_t k, uint32_t next, struct other *other)
{
	struct verifier *v = x->v;
	bool here = v->cur->insn == next;
	struct state *st = take_pending(v, next, true);

	if (here && st) {
		other->state = st;
		other->at = k + 1;
		other->n = x->r.n + 1;
		other->n_changes = x->r.n_changes;
		other->said = x->said;
		return true;
	}
	if (st) {
		here = state_load(&v->pool, v->cur, st);
		state_drop(&v->pool, st);
	}
	return here;
}

static enum way way_of(const struct verifier *v, uint32_t at, uint32_t next)
{
	enum isa_form form = isa_row(v->cfg.op[at])->form;

	if (form != ISA_F_JMP_X && form != ISA_F_JMP_K)
		return WAY_ON;
	return next == at + 1 ? WAY_FALL : WAY_TAKEN;
}

static uint8_t top_frame(const struct explain *x)
{
	return (uint8_t)(x->v->cur->n_frames - 1);
}

static bool add_step(struct explain *x, uint32_t insn, uint8_t frame, enum way way, bool forked)
{
	struct replay *r = &x->r;

	if (!reserve(x, (void **)(void *)&r->step, &r->cap, r->n, sizeof(*r->step)))
		return false;
	r->step[r->n] = (struct path_step){
		.insn = insn, .frame = frame, .way = (uint8_t)way, .forked = forked
	};
	return true;
}

/* Step 0 has run nothing: what the walk began with is its change. */
static bool launch_step(struct explain *x, uint32_t at)
{
	bool ok = add_step(x, at, top_frame(x), WAY_ON, false);

	x->r.n += ok;
	return ok;
}

/* Walks instruction k of the path, which is not the refused one. */
static bool one_step(struct explain *x, const struct path *p, uint32_t k, struct other *other)
{
	struct verifier *v = x->v;
	uint32_t at = p->insn[k], next = k + 1 < p->n ? p->insn[k + 1] : p->end->insn;
	bool recorded = x->records && p->n - k < MAX_STEPS;
	uint8_t frame;
	bool aside;
	int step;

	v->at = at;
	if (p->checkpoint[k] && other->state && !agrees(v->cur, p->checkpoint[k]))
		return false;
	if (p->checkpoint[k])
		correct(v->cur, p->checkpoint[k]);
	if (recorded && !x->r.n && !launch_step(x, at))
		return false;
	if (recorded && !note_changes(x, x->r.n > 1 ? BY_MERGE : BY_LAUNCH))
		return false;
	if (x->logs)
		trace_before(v);
	/* Calls and exits leave it. */
	frame = top_frame(x);
	step = walk_step(v);
	if (step < 0 || step == STEP_END)
		return false;
	if (step == STEP_NEXT)
		v->cur->insn = at + cfg_width(&v->cfg, at);
	log_step(x, next);
	if (recorded && !add_step(x, at, frame, way_of(v, at, next), v->pending != NULL))
		return false;
	aside = v->cur->insn != next;
	if (!choose(x, k, next, other))
		return false;
	v->cur->prev_insn = at;
	if (x->logs && aside)
		trace_from(v);
	if (!recorded) {
		x->r.left_out++;
		return true;
	}
	if (!note_changes(x, BY_INSN))
		return false;
	x->r.step[x->r.n++].end = x->r.n_changes;
	return true;
}

static bool rewind_to(struct explain *x, struct other *other)
{
	struct replay *r = &x->r;
	bool ok = state_load(&x->v->pool, x->v->cur, other->state);

	state_drop(&x->v->pool, other->state);
	other->state = NULL;
	if (x->logs) {
		text_cut(x->v->in->log, &other->said);
		trace_aside(x->v);
		trace_from(x->v);
	}
	if (!x->records)
		return ok;
	r->n = other->n;
	forget_changes(r, other->n_changes);
	/* The step that forked changed other things on this way. */
	r->n--;
	ok = ok && note_changes(x, BY_INSN);
	r->step[r->n++].end = r->n_changes;
	return ok;
}

static bool follow(struct explain *x, const struct path *p, uint32_t n)
{
	struct other other = { 0 };
	uint32_t k = 0;

	while (k < n) {
		if (x->v->cur->insn == p->insn[k] && one_step(x, p, k, &other)) {
			k++;
			continue;
		}
		take_pending(x->v, 0, false);
		if (!other.state)
			return false;
		k = other.at;
		if (!rewind_to(x, &other))
			return false;
	}
	return true;
}

/* Reasons that are found before the instruction counts as walked. */
static bool found_on_arrival(enum reason reason)
{
	return reason == REASON_LOOP_INFINITE || reason == REASON_LIMIT_VISITS ||
	       reason == REASON_LIMIT_TIME;
}

static bool prepare(struct explain *x)
{
	struct replay *r = &x->r;
	struct verifier *v = x->v;

	memset(r->last, 0xff, sizeof(r->last));
	for (uint32_t f = 0; f < STATE_FRAMES; f++) {
		r->shadow[f] = arena_alloc(&x->a, sizeof(struct frame));
		if (!r->shadow[f])
			return false;
	}
	/* No search, no marks, no log: the path is known. */
	for (uint32_t i = 0; i < v->cfg.n; i++)
		v->info[i].seen = NULL;
	v->all_precise = true;
	v->summarises = false;
	take_pending(v, 0, false);
	v->pending = NULL;
	v->n_pending = 0;
	if (!state_load(&v->pool, v->cur, v->launch))
		return false;
	v->cur->parent = NULL;
	v->last_id = v->launch_id;
	v->last_line = NULL;
	v->resumed = false;
	v->traces = x->logs;
	if (x->logs)
		trace_start(v);
	return true;
}

/* The refused instruction, in the log; with the path's own ids in what is said of it. */
static void log_refused(struct explain *x)
{
	struct verifier *v = x->v;
	struct diag_sink was = v->diag;
	struct state *before;

	if (!x->logs || found_on_arrival(was.reason))
		return;
	v->at = was.insn;
	trace_before(v);
	trace_end(v);
	before = state_save(&v->pool, v->cur);
	if (!x->r.complete || !before)
		return;
	if (walk_step(v) >= 0 || v->diag.reason != was.reason)
		v->diag = was;
	state_load(&v->pool, v->cur, before);
}

/* The last step has not run. */
static bool end_record(struct explain *x)
{
	if (!x->r.n && !launch_step(x, x->v->cur->insn))
		return false;
	if (!note_changes(x, x->r.n > 1 ? BY_MERGE : BY_LAUNCH) ||
	    !add_step(x, x->v->diag.insn, top_frame(x), WAY_ON, false))
		return false;
	x->r.step[x->r.n++].end = x->r.n_changes;
	return true;
}

bool replay_run(struct explain *x)
{
	struct verifier *v = x->v;
	struct path p = { 0 };
	uint32_t before;

	if (!collect(x, &p) || !prepare(x))
		return false;
	before = found_on_arrival(v->diag.reason) || !p.n ? p.n : p.n - 1;
	x->r.complete = follow(x, &p, before);
	/* Where it could not be followed, its end is known all the same. */
	if (x->r.complete)
		correct(v->cur, p.end);
	else if (!state_load(&v->pool, v->cur, p.end))
		return false;
	if (x->records && !end_record(x))
		return false;
	log_refused(x);
	return true;
}
