/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Was what follows already shown safe?  Keeps checkpoints at prune points and compares the current
 * state with those of the same instruction and call chain.  A checkpoint covers a state when every
 * machine that the state describes is one that the checkpoint describes, except for scalars that
 * no check needed (precise.c).
 *
 * Marks of a checkpoint are final once all paths below it ended, and no path below it ended in a
 * checkpoint that is not final itself.  Until then it covers only states that lie within it in all
 * scalars, and the state it covered is kept as a backedge, to hear of later marks.
 */
#include "verify/sieve.h"

#include <string.h>

struct state *prune_previous(struct verifier *v, uint32_t insn)
{
	const struct state *cur = v->cur, *now = cur->parent;

	precise_settle(v, true);
	/* The checkpoint that was made for this very visit is not an earlier one. */
	if (now && now->made_at != v->stats.visited)
		now = NULL;
	/* Newest first; unfinished checkpoints are those that the current path went through. */
	for (struct state *st = v->info[insn].seen; st; st = st->next)
		if (st->branches && st != now && prune_same_calls(st, cur))
			return st;
	return NULL;
}

static void slot_forget(struct slot *slot, unsigned int live)
{
	if (slot->kind[7] == SLOT_DYNPTR || slot->kind[7] == SLOT_ITER || slot->kind[7] == SLOT_IRQ)
		return;
	if (!live)
		memset(slot->kind, SLOT_INVALID, sizeof(slot->kind));
	else if (slot_is_spill(slot))
		return;
	else if (live == 2)
		memset(slot->kind, SLOT_INVALID, 4);
	else if (live == 1)
		memset(slot->kind + 4, SLOT_INVALID, 4);
}

/* What nothing reads any more does not tell states apart.  Linux keeps it until all paths from
 * there have ended: covers.c, may_repeat(). */
void prune_forget_dead(struct verifier *v, struct frame *f, uint32_t at)
{
	uint32_t dead = ~(uint32_t)v->live.regs[at] & ((1u << BPF_REG_10) - 1);

	for (; dead && !v->in->policy.exact_kernel; dead &= dead - 1)
		f->reg[__builtin_ctz(dead)].kind = KIND_NOT_INIT;
	for (unsigned int w = 0; w * 32 < f->n_slots && !v->in->policy.exact_kernel; w++) {
		uint64_t live = v->live.stack[at].w[w];
		/* One bit for each slot that has a dead half. */
		uint64_t some = ~(live & live >> 1) & 0x5555555555555555;

		for (; some; some &= some - 1) {
			unsigned int bit = (unsigned int)__builtin_ctzll(some),
				     s = w * 32 + bit / 2;

			if (s >= f->n_slots)
				break;
			slot_forget(&f->slot[s], live >> bit & 3);
		}
	}
	/* A slot that is not there is one that nobody wrote. */
	while (f->n_slots && !slot_kinds(&f->slot[f->n_slots - 1]))
		f->n_slots--;
}

/* What tells states apart in most cases, as first tests, each made when it is asked for.  The calls
 * ... */
static void note_calls(struct state *st)
{
	st->calls =
		state_top(st)->kind | (uint32_t)st->sleepable << 8 | st->frame[0]->callsite << 9;
	for (uint32_t i = 1; i < st->n_frames; i++)
		st->calls = (st->calls ^ (st->frame[i]->callsite + 1)) * 0x9e3779b1;
}

enum noted {
	NOTED_DIGEST = 1,
	NOTED_KINDS = 2
};

static uint64_t digest_of(const struct reg *r)
{
	return r->s.bits.value + 3 * r->s.r64.base;
}

/* ... of the live ones of r0-r9 a digest of what they hold ... */
static void note_digest(struct state *st, uint32_t regs)
{
	const struct reg *reg = state_top(st)->reg;
	uint64_t digest = 0;

	for (uint32_t live = regs & ((1u << BPF_REG_10) - 1); live; live &= live - 1)
		digest = (digest ^ digest_of(&reg[__builtin_ctz(live)])) * 0x9e3779b97f4a7c15;
	st->digest = digest;
}

/* ... and their kinds, six bits each. */
static void note_kinds(struct state *st, uint32_t regs)
{
	const struct reg *reg = state_top(st)->reg;
	uint64_t kinds = 0;

	_Static_assert(N_PTR_KINDS <= 64, "six bits hold a kind");
	for (uint32_t live = regs & ((1u << BPF_REG_10) - 1); live; live &= live - 1) {
		unsigned int r = (unsigned int)__builtin_ctz(live);

		kinds |= (uint64_t)reg[r].kind << r * 6;
	}
	st->kinds = kinds;
}

static void note_more(struct verifier *v, enum noted what, unsigned int *noted)
{
	uint32_t regs = v->live.regs[v->cur->insn];

	if (what & ~*noted & NOTED_DIGEST)
		note_digest(v->cur, regs);
	if (what & ~*noted & NOTED_KINDS)
		note_kinds(v->cur, regs);
	*noted |= what;
}

static inline void note(struct verifier *v, enum noted what, unsigned int *noted)
{
	if (what & ~*noted)
		note_more(v, what, noted);
}

/* Nothing is asked of registers that hold nothing. */
static uint64_t mask_of(uint64_t kinds)
{
	uint64_t mask = 0;

	_Static_assert(KIND_NOT_INIT == 0, "it leaves the mask empty");
	for (unsigned int at = 0; at < BPF_REG_10 * 6; at += 6)
		mask |= kinds >> at & 63 ? 63ULL << at : 0;
	return mask;
}

static bool iter_depths_differ(const struct state *old, const struct state *cur)
{
	for (uint32_t f = 0; f < old->n_frames; f++) {
		const struct frame *o = old->frame[f], *c = cur->frame[f];

		for (unsigned int s = 0; s < o->n_slots && s < c->n_slots; s++)
			if (o->slot[s].kind[7] == SLOT_ITER && c->slot[s].kind[7] == SLOT_ITER &&
			    !(slot_reg(&o->slot[s])->flags & REG_DRAINED) &&
			    slot_reg(&o->slot[s])->off != slot_reg(&c->slot[s])->off)
				return true;
	}
	return false;
}

/* The slot of the iterator in r1, or NULL. */
static const struct slot *iter_slot_of(const struct state *st)
{
	const struct reg *r = &state_top(st)->reg[BPF_REG_1];
	const struct frame *f;
	unsigned int s;

	if (r->kind != KIND_STACK || r->obj >= st->n_frames || !scalar_is_const(&r->s))
		return NULL;
	f = st->frame[r->obj];
	s = slot_of(r->off + (int32_t)scalar_const_value(&r->s));
	return s < f->n_slots && f->slot[s].kind[7] == SLOT_ITER ? &f->slot[s] : NULL;
}

/* Did the path come from `old` to here by one more item of the same iterator?  One that has ended
 * and is asked again makes no progress, and a loop around that makes a new one each time may do so
 * for ever. */
static bool is_next_item(const struct verifier *v, const struct state *old, const struct state *cur)
{
	const struct slot *o = iter_slot_of(old), *c = iter_slot_of(cur);

	return o && c && !(slot_reg(c)->flags & REG_DRAINED) &&
	       ((v->in->policy.exact_kernel && !v->as_linux) ||
		slot_reg(o)->ref == slot_reg(c)->ref);
}

/* The nearest checkpoint, st or above it, at a call that repeats a callback. */
static struct state *repeat_of(const struct verifier *v, struct state *st)
{
	return !st || v->info[st->insn].repeats_callback ? st : st->repeat;
}

/* Did the path come from `old` to here by rounds of one call's callback only?  A loop around the
 * call that begins it anew may do so for ever, which Linux does not mind. */
static bool is_next_round(const struct verifier *v, const struct state *old,
			  const struct state *cur)
{
	const struct state *st = repeat_of(v, cur->parent);

	if (v->in->policy.exact_kernel && !v->as_linux)
		return true;
	if (!state_top(cur)->callback_depth)
		return false;
	while (st && st != old && (st->insn != cur->insn || state_top(st)->callback_depth))
		st = repeat_of(v, st->parent);
	return st == old;
}

/* The unfinished checkpoint nearest to the start that st depends on. */
static struct state *depends_on(struct state *st)
{
	while (!st->branches && st->wait)
		st = st->wait;
	return st;
}

/* cur ended in `old`, whose marks are not final: those above cur wait for them too. */
static int add_backedge(struct verifier *v, struct state *old)
{
	struct state *on = depends_on(old), *from;
	struct backedge *b = arena_alloc(&v->arena, sizeof(*b));

	from = state_save(&v->pool, v->cur);
	if (!b || !from || !state_copy_path(&v->pool, from, v->cur))
		return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	from->made_at = v->stats.visited;
	b->from = from;
	b->next = old->backedges;
	old->backedges = b;
	/* Who waits for something that early has all above it wait so already. */
	on->is_awaited = true;
	for (struct state *st = v->cur->parent; st && st->depth > on->depth; st = st->parent) {
		if (st->wait && st->wait->depth <= on->depth)
			break;
		st->wait = on;
	}
	return 0;
}

enum verdict {
	MISS,
	HIT,
	MISS_QUIET
};

/* Linux takes no state for a repetition where any register differs, be it in the name of what it is
 * a copy of, and whether somebody reads it or not. */
static bool may_repeat(const struct verifier *v, const struct state *old, const struct state *cur)
{
	const struct reg *o = state_top(old)->reg, *c = state_top(cur)->reg;

	for (unsigned int r = 0; r < BPF_REG_10 && v->in->policy.exact_kernel; r++, o++, c++)
		if (o->kind != c->kind || o->id != c->id || o->ref != c->ref || o->obj != c->obj ||
		    o->off != c->off || o->range != c->range || !scalar_equal(&o->s, &c->s))
			return false;
	return true;
}

/* Or was it another entry into an asynchronous callback, which has a path of its own?  Where a
 * state was made one for all rounds in between, those before and after are not the same round. */
static bool went_through(const struct state *cur, const struct state *old)
{
	const struct state *st = cur->parent;

	while (st && st != old && !st->loop)
		st = st->parent;
	return st == old;
}

/* A checkpoint with unfinished paths: the current path went through it, as a rule. */
static int visit_unfinished(struct verifier *v, struct state *old, enum verdict *ret)
{
	struct state *cur = v->cur;
	uint32_t at = cur->insn;

	*ret = MISS;
	if (old->loop) {
		general_unlink(old, cur);
		if (!prune_states_equal(v, old, cur, PRUNE_WITHIN))
			return 0;
		*ret = HIT;
		return rounds_advance(v, old) ? 0 : GENERAL_FAILED;
	}
	if ((v->info[at].is_iter_next && is_next_item(v, old, cur)) ||
	    (v->info[at].repeats_callback && is_next_round(v, old, cur))) {
		if (prune_states_equal(v, old, cur, PRUNE_WITHIN))
			*ret = HIT;
		return 0;
	}
	if (v->cfg.op[at] == ISA_MAY_GOTO && old->may_goto_depth != cur->may_goto_depth &&
	    prune_states_equal(v, old, cur, PRUNE_WITHIN)) {
		*ret = HIT;
		return 0;
	}
	if (old->digest == cur->digest && may_repeat(v, old, cur) &&
	    prune_states_equal(v, old, cur, PRUNE_EXACT) && !iter_depths_differ(old, cur) &&
	    old->may_goto_depth == cur->may_goto_depth &&
	    old->callback_unroll == cur->callback_unroll && went_through(cur, old)) {
		v->at = at;
		trace_loop(v, old);
		return reject(v, LOOP_INFINITE, at);
	}
	*ret = MISS_QUIET;
	return 0;
}

static int on_hit(struct verifier *v, struct state *old)
{
	int err;

	old->hits++;
	trace_pruned(v, old->insn);
	if (!old->branches && keep_is_final(v, old)) {
		precise_ends(v, old);
		return 1;
	}
	precise_settle(v, false);
	err = add_backedge(v, old);
	if (err)
		return err;
	precise_propagate(v, old, v->cur);
	return 1;
}

static bool repeats(const struct verifier *v, uint32_t at)
{
	return v->info[at].is_iter_next || v->info[at].repeats_callback;
}

/* Where the last state differed, this one likely does too. */
static bool is_far(const struct verifier *v, const struct state *old)
{
	return live_reg(&v->live, old->insn, old->far) &&
	       digest_of(&state_top(old)->reg[old->far]) !=
		       digest_of(&state_top(v->cur)->reg[old->far]);
}

/* Where nothing repeats by itself, only the very state may end a path at one that is unfinished. */
static bool differs_plainly(struct verifier *v, struct state *old, unsigned int *noted)
{
	uint32_t live = v->live.regs[old->insn] & ((1u << BPF_REG_10) - 1);

	if (old->loop)
		return false;
	if (is_far(v, old))
		return true;
	note(v, NOTED_DIGEST, noted);
	if (old->digest == v->cur->digest)
		return false;
	for (; live; live &= live - 1) {
		old->far = (uint8_t)__builtin_ctz(live);
		if (is_far(v, old))
			break;
	}
	return true;
}

/* Loops end there or nowhere, so that each visit leaves a checkpoint. */
static bool is_forced(const struct verifier *v, uint32_t at)
{
	return v->cfg.flags[at] & CFG_FORCE || repeats(v, at);
}

static bool worth_dropping(const struct state *st, bool forced)
{
	uint32_t n = forced && st->branches ? 64 : 3;

	return st->misses > st->hits * n + n;
}

/* Nothing but where paths join, what is spilled and filled, and numbers that are linked; once for
 * each instruction. */
void prune_note(struct verifier *v)
{
	if (v->noted_at == v->stats.visited)
		return;
	v->noted_at = v->stats.visited;
	v->cur->n_noted++;
}

/* Its way there is to be no longer than that. */
static bool is_long(const struct verifier *v)
{
	return v->in->policy.exact_kernel ? v->cur->n_noted > 40 : v->cur->n_walked > 64;
}

static int add_checkpoint(struct verifier *v)
{
	struct state *cur = v->cur, *st;
	struct track *tracks;
	int err = rounds_follow(v, &tracks);

	if (err)
		return err;
	keep_spare(v);
	st = state_save(&v->pool, cur);
	if (!st || !state_move_path(&v->pool, st, cur))
		return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	precise_keep(st);
	st->made_at = v->stats.visited;
	st->branches = 1;
	st->depth = cur->parent ? cur->parent->depth + 1 : 1;
	st->repeat = repeat_of(v, cur->parent);
	keep_begin(st);
	st->kinds_mask = mask_of(st->kinds);
	st->tracks = tracks;
	st->hits = 0;
	st->misses = 0;
	st->hint_frame = STATE_FRAMES;
	st->far = 0;
	sieve_none(st);
	st->stretch.kind = STRETCH_UNSEEN;
	st->next = v->info[cur->insn].seen;
	v->info[cur->insn].seen = st;
	if (v->in->policy.audit_needed && !v->auditing) {
		st->made_next = v->made;
		v->made = st;
	}
	cur->parent = st;
	v->prev_jumps = v->jumps;
	v->prev_visited = v->stats.visited;
	v->stats.total_states++;
	if (v->pool.live > v->stats.peak_states)
		v->stats.peak_states = (uint32_t)v->pool.live;
	return general_made(v, st);
}

/* Where paths meet again and loops begin, one checkpoint more ends many paths; elsewhere only so
 * many are kept, as in Linux.  A log is read beside the kernel's: its paths end where those do. */
static bool is_due(const struct verifier *v, uint32_t at)
{
	if (!v->in->policy.exact_kernel && !v->traces &&
	    v->cfg.flags[at] & (CFG_MERGE | CFG_LOOP_HEAD))
		return true;
	return v->jumps - v->prev_jumps >= 2 && v->stats.visited - v->prev_visited >= 8;
}

/* Linux waits for loops in the instructions only, not for the rounds of a call's callback. */
static bool waits_as_linux(const struct verifier *v, const struct state *old)
{
	if (!v->in->policy.exact_kernel || v->as_linux || v->cfg.scc[old->insn])
		return true;
	for (uint32_t f = 1; f < old->n_frames; f++)
		if (v->cfg.scc[old->frame[f]->callsite])
			return true;
	return false;
}

/* Is all known that matters to a checkpoint without unfinished paths? */
static enum prune_mode mode_of(struct verifier *v, struct state *old)
{
	if (!old->wait || keep_is_final(v, old) || !waits_as_linux(v, old))
		return PRUNE_LOOSE;
	return PRUNE_WITHIN;
}

/* What `old`, of the same calls, is to the current state. */
static int compare(struct verifier *v, struct state *old, bool plain, unsigned int *noted,
		   enum verdict *ret)
{
	struct state *cur = v->cur;

	*ret = MISS;
	if (!old->branches) {
		note(v, NOTED_KINDS, noted);
		if (prune_states_equal(v, old, cur, mode_of(v, old)))
			*ret = HIT;
		return 0;
	}
	if (plain && differs_plainly(v, old, noted)) {
		*ret = MISS_QUIET;
		return 0;
	}
	note(v, NOTED_DIGEST | NOTED_KINDS, noted);
	return visit_unfinished(v, old, ret);
}

/* No more is asked of a checkpoint whose marks are final. */
static bool is_stopped(const struct verifier *v, struct state *old, const struct state *cur)
{
	if (old->branches)
		return false;
	if (!old->sifts && !old->wait)
		sieve_all(v, old);
	return sieve_stops(old, cur);
}

/* prune_same_calls() of states that were noted and have as many frames. */
static bool same_calls(const struct state *old, const struct state *cur)
{
	return cur->n_frames == 1 || prune_same_calls(old, cur);
}

/* With all that are kept here: 1: one covers the current state.  *add: a checkpoint is due. */
static int compare_all(struct verifier *v, bool forced, bool force, unsigned int *noted, bool *add)
{
	struct state *cur = v->cur, **link = &v->info[cur->insn].seen, *old;
	bool plain = !repeats(v, cur->insn) && v->cfg.op[cur->insn] != ISA_MAY_GOTO;
	bool quiet =
		!force && v->jumps - v->prev_jumps < 20 && v->stats.visited - v->prev_visited < 100;
	uint32_t n_here = 0;

	note_calls(cur);
	while ((old = *link)) {
		enum verdict verdict = MISS;
		bool other = old->calls != cur->calls || old->n_frames != cur->n_frames;
		bool stopped = !other && is_stopped(v, old, cur);
		int err = 0;

		n_here++;
		if (other || (!stopped && !same_calls(old, cur))) {
			link = &old->next;
			continue;
		}
		if (!stopped)
			err = compare(v, old, plain, noted, &verdict);
		if (err)
			return err;
		/* Unless its paths lead back to where rounds are counted otherwise. */
		if (verdict == HIT && (keep_is_final(v, old) || rounds_agree(v, old)))
			return on_hit(v, old);
		if (verdict == MISS_QUIET && quiet)
			*add = false;
		if (*add)
			old->misses++;
		if (worth_dropping(old, forced)) {
			*link = old->next;
			keep_off_list(v, old);
			continue;
		}
		link = &old->next;
	}
	if (n_here > v->stats.max_states_per_insn)
		v->stats.max_states_per_insn = n_here;
	return 0;
}

/* Will no other path come here? */
static bool comes_once(const struct verifier *v)
{
	return is_left_behind(v, v->cur->insn) && !is_forced(v, v->cur->insn);
}

/* The next ones are where they were if there was one here. */
static void pass_checkpoint(struct verifier *v)
{
	v->cur->n_walked = 0;
	v->prev_jumps = v->jumps;
	v->prev_visited = v->stats.visited;
	v->stats.total_states++;
}

int prune_visit(struct verifier *v)
{
	struct state *cur = v->cur;
	struct insn_info *info = &v->info[cur->insn];
	bool forced = is_forced(v, cur->insn), force = forced || is_long(v);
	bool keep, add = force || is_due(v, cur->insn);
	unsigned int noted = 0;
	int err;

	info->visits++;
	prune_forget_dead(v, top(v), cur->insn);
	if (!add && !info->seen)
		return 0;
	err = compare_all(v, forced, force, &noted, &add);
	if (err)
		return err;
	err = general_arrive(v, &keep);
	if (err || !(add || keep))
		return err;
	if (!keep && comes_once(v)) {
		pass_checkpoint(v);
		return 0;
	}
	if (v->loop)
		noted = 0;
	note(v, NOTED_DIGEST | NOTED_KINDS, &noted);
	return add_checkpoint(v);
}

/* The current path ended: checkpoints above it have one path less to wait for. */
void prune_path_done(struct verifier *v)
{
	struct state *st = v->cur->parent, *above;

	for (; st && !--st->branches; st = above) {
		above = st->parent;
		if (st->loop)
			general_done(v, st);
		keep_finished(v, st);
	}
	v->cur->parent = NULL;
}
