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
#include "verify/env.h"

#include <string.h>

enum {
	MAX_IDS = 600
};

struct id_map {
	struct reg unknown; /* what a slot of unknown bytes holds */
	uint32_t n;
	uint32_t fresh; /* stands for "no id", different each time */
	struct {
		uint32_t old, cur;
	} pair[MAX_IDS];
};

/* Ids are names: two states agree if a one-to-one renaming turns one into the other. */
static bool same_id(struct id_map *m, uint32_t old, uint32_t cur)
{
	if (!old != !cur)
		return false;
	if (!old)
		return true;
	for (uint32_t i = 0; i < m->n; i++) {
		if (m->pair[i].old == old)
			return m->pair[i].cur == cur;
		if (m->pair[i].cur == cur)
			return false;
	}
	if (m->n == MAX_IDS)
		return false;
	m->pair[m->n].old = old;
	m->pair[m->n++].cur = cur;
	return true;
}

/* A scalar without id is a class of its own: it may stand for a linked one only if that link ends
 * there. */
static bool same_scalar_id(struct id_map *m, uint32_t old, uint32_t cur)
{
	if (!old)
		old = ++m->fresh;
	if (!cur)
		cur = ++m->fresh;
	return same_id(m, old, cur);
}

static bool is_packet(const struct reg *r)
{
	return r->kind == KIND_PACKET || r->kind == KIND_PACKET_META;
}

static bool reg_exact(struct id_map *m, const struct reg *o, const struct reg *c)
{
	return o->kind == c->kind && !((o->flags ^ c->flags) & ~REG_PRECISE) && o->off == c->off &&
	       o->obj == c->obj && o->range == c->range && scalar_equal(&o->s, &c->s) &&
	       same_id(m, o->id, c->id) && same_id(m, o->ref, c->ref) &&
	       (is_packet(o) || same_id(m, o->uid, c->uid));
}

static bool scalar_covers(struct id_map *m, const struct reg *o, const struct reg *c)
{
	if ((o->flags ^ c->flags) & (REG_LINK_ADD | REG_LINK_LOW))
		return false;
	if (o->flags & REG_LINK_ADD && o->off != c->off)
		return false;
	return scalar_subset(&c->s, &o->s) && same_scalar_id(m, o->id, c->id);
}

static bool packet_covers(struct id_map *m, const struct reg *o, const struct reg *c,
			  uint32_t bytes)
{
	if ((o->flags ^ c->flags) & ~REG_BEYOND || (o->flags & ~c->flags & REG_BEYOND))
		return false;
	return bytes <= c->range && o->off == c->off && same_id(m, o->id, c->id) &&
	       scalar_subset(&c->s, &o->s);
}

static bool reg_covers(struct verifier *v, struct id_map *m, const struct reg *o,
		       const struct reg *c, enum prune_mode mode)
{
	if (mode == PRUNE_EXACT)
		return reg_exact(m, o, c);
	if (o->kind == KIND_NOT_INIT)
		return true;
	if (o->kind != c->kind)
		return false;
	switch ((enum ptr_kind)o->kind) {
	case KIND_SCALAR:
		if (mode == PRUNE_LOOSE && !v->all_precise && !(o->flags & REG_PRECISE))
			return true;
		return scalar_covers(m, o, c);
	case KIND_MAP_VALUE:
	case KIND_MAP_KEY:
	case KIND_MEM:
	case KIND_TP_BUFFER:
		return o->flags == c->flags && o->off == c->off && o->obj == c->obj &&
		       o->range == c->range &&
		       scalar_subset(&c->s, &o->s) && same_id(m, o->id, c->id) &&
		       same_id(m, o->ref, c->ref) && same_id(m, o->uid, c->uid);
	case KIND_PACKET:
	case KIND_PACKET_META:
		return packet_covers(m, o, c,
				     mode == PRUNE_LOOSE && !v->exact_observed ? reg_needed(o)
									       : o->range);
	case KIND_ARENA: return true;
	case KIND_OBJECT:
	case KIND_NOT_INIT:
	case KIND_CTX:
	case KIND_MAP_PTR:
	case KIND_STACK:
	case KIND_PACKET_END:
	case KIND_FLOW_KEYS:
	case KIND_SOCKET:
	case KIND_SOCK_COMMON:
	case KIND_TCP_SOCK:
	case KIND_XDP_SOCK:
	case KIND_BTF_OBJ:
	case KIND_BUF:
	case KIND_FUNC:
	case KIND_DYNPTR:
	case KIND_ITER:
	case N_PTR_KINDS: break;
	}
	return reg_exact(m, o, c);
}

static bool object_covers(struct id_map *m, const struct reg *o, const struct reg *c)
{
	return o->kind == c->kind && o->obj == c->obj && o->flags == c->flags &&
	       o->range == c->range &&
	       same_id(m, o->id, c->id) && same_id(m, o->ref, c->ref);
}

/* What a load of the whole slot would give, if it is a scalar. */
static const struct reg *slot_scalar(const struct verifier *v, const struct slot *s,
				     const struct reg *unknown)
{
	if (slot_is_full_spill(s) && s->spill.kind == KIND_SCALAR)
		return &s->spill;
	for (int b = 0; b < 8; b++)
		if (s->kind[b] != SLOT_MISC &&
		    (s->kind[b] != SLOT_INVALID || !v->in->policy.read_uninit_stack))
			return NULL;
	return unknown;
}

static bool byte_covers(struct verifier *v, uint8_t o, uint8_t c, enum prune_mode mode)
{
	if (mode == PRUNE_EXACT)
		return o == c;
	if (o == SLOT_INVALID || o == c)
		return true;
	if (o == SLOT_MISC)
		return c == SLOT_ZERO ||
		       (v->in->policy.read_uninit_stack && c != SLOT_DYNPTR && c != SLOT_ITER &&
			c != SLOT_IRQ);
	return false;
}

static const struct slot none;

static uint64_t slot_kinds(const struct slot *s)
{
	uint64_t kinds;

	memcpy(&kinds, s->kind, sizeof(kinds));
	return kinds;
}

/* Does kind[7] say that `spill` counts? */
static bool slot_has_reg(const struct slot *s)
{
	return s->kind[7] != SLOT_MISC && s->kind[7] != SLOT_ZERO && s->kind[7] != SLOT_INVALID;
}

static bool slot_covers(struct verifier *v, struct id_map *m, const struct slot *o,
			const struct slot *c, enum prune_mode mode)
{
	const struct reg *os, *cs;

	/* Nothing is asked of a slot that was never written, or that nobody reads. */
	if (mode != PRUNE_EXACT && !slot_kinds(o))
		return true;
	if (!slot_has_reg(o) && slot_kinds(o) == slot_kinds(c))
		return true;
	os = slot_scalar(v, o, &m->unknown);
	cs = slot_scalar(v, c, &m->unknown);
	if (mode != PRUNE_EXACT && os && cs)
		return reg_covers(v, m, os, cs, mode);
	for (int b = 0; b < 8; b++)
		if (!byte_covers(v, o->kind[b], c->kind[b], mode))
			return false;
	if (o->kind[7] == SLOT_SPILL)
		return reg_covers(v, m, &o->spill, &c->spill, mode);
	if (o->kind[7] == SLOT_DYNPTR || o->kind[7] == SLOT_ITER || o->kind[7] == SLOT_IRQ)
		return object_covers(m, &o->spill, &c->spill);
	return true;
}

static const struct slot *slot_at(const struct frame *f, unsigned int s)
{
	return s < f->n_slots ? &f->slot[s] : &none;
}

enum {
	HINT_SLOT = 16 /* hints below are registers */
};

/* Where they differ is remembered in *ret_hint: the next state likely differs there too. */
static bool frame_covers(struct verifier *v, struct id_map *m, const struct frame *o,
			 const struct frame *c, uint32_t live_at, enum prune_mode mode,
			 uint8_t *ret_hint)
{
	unsigned int n = o->n_slots;
	uint32_t regs = v->live.regs[live_at] & ((1u << BPF_REG_10) - 1);

	for (; regs; regs &= regs - 1) {
		unsigned int r = (unsigned int)__builtin_ctz(regs);

		*ret_hint = (uint8_t)r;
		if (!reg_covers(v, m, &o->reg[r], &c->reg[r], mode))
			return false;
	}
	/* The deeper a callback is unrolled, the fewer repetitions are left. */
	if (o->callback_depth > c->callback_depth)
		return false;
	if (mode == PRUNE_EXACT && c->n_slots > n)
		n = c->n_slots;
	for (unsigned int s = 0; s < n; s++) {
		*ret_hint = (uint8_t)(HINT_SLOT + s);
		if (!slot_covers(v, m, slot_at(o, s), slot_at(c, s), mode))
			return false;
	}
	return true;
}

static bool same_calls(const struct state *a, const struct state *b)
{
	if (a->n_frames != b->n_frames || a->sleepable != b->sleepable ||
	    a->frame[0]->kind != b->frame[0]->kind)
		return false;
	for (uint32_t f = 1; f < a->n_frames; f++)
		if (a->frame[f]->callsite != b->frame[f]->callsite ||
		    a->frame[f]->subprog != b->frame[f]->subprog ||
		    a->frame[f]->kind != b->frame[f]->kind)
			return false;
	return true;
}

static bool refs_equal(struct id_map *m, const struct state *o, const struct state *c)
{
	if (o->n_refs != c->n_refs || o->n_locks != c->n_locks || o->rcu != c->rcu ||
	    o->no_preempt != c->no_preempt)
		return false;
	for (uint32_t i = 0; i < o->n_refs; i++)
		if (o->ref[i].kind != c->ref[i].kind || o->ref[i].obj != c->ref[i].obj ||
		    !same_id(m, o->ref[i].id, c->ref[i].id) ||
		    !same_id(m, o->ref[i].uid, c->ref[i].uid))
			return false;
	return true;
}

/* Does what told the last state apart from `old` tell this one apart too? */
static bool differs_as_before(struct verifier *v, struct id_map *m, const struct state *old,
			      const struct state *cur, enum prune_mode mode)
{
	const struct frame *o, *c;
	uint8_t hint = old->hint;

	if (old->hint_frame >= old->n_frames)
		return false;
	o = old->frame[old->hint_frame];
	c = cur->frame[old->hint_frame];
	if (hint >= HINT_SLOT)
		return !slot_covers(v, m, slot_at(o, hint - HINT_SLOT),
				    slot_at(c, hint - HINT_SLOT), mode);
	return live_reg(&v->live, old->hint_at, hint) &&
	       !reg_covers(v, m, &o->reg[hint], &c->reg[hint], mode);
}

bool prune_states_equal(struct verifier *v, struct state *old, const struct state *cur,
			enum prune_mode mode)
{
	struct id_map m;

	if ((old->kinds ^ cur->kinds) & (mode == PRUNE_EXACT ? UINT64_MAX : old->kinds_mask))
		return false;
	if (!same_calls(old, cur))
		return false;
	m.n = 0;
	reg_set_unknown(&m.unknown);
	m.fresh = v->last_id;
	if (differs_as_before(v, &m, old, cur, mode))
		return false;
	m.n = 0;
	if (!refs_equal(&m, old, cur))
		return false;
	for (uint32_t f = old->n_frames; f-- > 0;) {
		uint32_t at = f + 1 == old->n_frames ? cur->insn : cur->frame[f + 1]->callsite;

		old->hint_frame = (uint8_t)f;
		old->hint_at = at;
		if (!frame_covers(v, &m, old->frame[f], cur->frame[f], at, mode, &old->hint))
			return false;
	}
	return true;
}

struct state *prune_previous(struct verifier *v, uint32_t insn)
{
	const struct state *cur = v->cur, *now = cur->parent;

	precise_settle(v, true);
	/* The checkpoint that was made for this very visit is not an earlier one. */
	if (now && now->made_at != v->stats.visited)
		now = NULL;
	/* Newest first; unfinished checkpoints are those that the current path went through. */
	for (struct state *st = v->info[insn].seen; st; st = st->next)
		if (st->branches && st != now && same_calls(st, cur))
			return st;
	return NULL;
}

static void slot_forget(struct slot *slot, unsigned int live)
{
	if (slot->kind[7] == SLOT_DYNPTR || slot->kind[7] == SLOT_ITER ||
	    slot->kind[7] == SLOT_IRQ)
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

/* What nothing reads any more does not tell states apart. */
void prune_forget_dead(struct verifier *v, struct frame *f, uint32_t at)
{
	uint32_t dead = ~(uint32_t)v->live.regs[at] & ((1u << BPF_REG_10) - 1);

	for (; dead; dead &= dead - 1)
		f->reg[__builtin_ctz(dead)].kind = KIND_NOT_INIT;
	for (unsigned int w = 0; w * 32 < f->n_slots; w++) {
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
}

/* The kinds of the live ones of r0-r9, six bits each, as a first test; nothing is asked of
 * NOT_INIT. */
static void note_kinds(struct state *st, uint32_t regs)
{
	const struct frame *f = state_top(st);
	uint64_t kinds = 0, mask = 0;

	_Static_assert(N_PTR_KINDS <= 64, "six bits hold a kind");
	for (uint32_t live = regs & ((1u << BPF_REG_10) - 1); live; live &= live - 1) {
		unsigned int r = (unsigned int)__builtin_ctz(live);

		kinds |= (uint64_t)f->reg[r].kind << (r * 6);
		mask |= f->reg[r].kind == KIND_NOT_INIT ? 0 : 63ULL << (r * 6);
	}
	st->kinds = kinds;
	st->kinds_mask = mask;
}

static bool iter_depths_differ(const struct state *old, const struct state *cur)
{
	for (uint32_t f = 0; f < old->n_frames; f++) {
		const struct frame *o = old->frame[f], *c = cur->frame[f];

		for (unsigned int s = 0; s < o->n_slots && s < c->n_slots; s++)
			if (o->slot[s].kind[7] == SLOT_ITER && c->slot[s].kind[7] == SLOT_ITER &&
			    !(o->slot[s].spill.flags & REG_DRAINED) &&
			    o->slot[s].spill.off != c->slot[s].spill.off)
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
static bool is_next_item(const struct state *old, const struct state *cur)
{
	const struct slot *o = iter_slot_of(old), *c = iter_slot_of(cur);

	return o && c && !(c->spill.flags & REG_DRAINED) && o->spill.ref == c->spill.ref;
}

/* Did the path come from `old` to here by rounds of one call's callback only?  A loop around the
 * call that begins it anew may do so for ever. */
static bool is_next_round(const struct state *old, const struct state *cur)
{
	const struct state *st = cur->parent;

	if (!state_top(cur)->callback_depth)
		return false;
	while (st && st != old && (st->insn != cur->insn || state_top(st)->callback_depth))
		st = st->parent;
	return st == old;
}

static bool is_final(const struct state *st)
{
	while (!st->branches && st->wait)
		st = st->wait;
	return !st->branches;
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
	b->from = from;
	b->next = old->backedges;
	old->backedges = b;
	/* Who waits for something that early has all above it wait so already. */
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

/* A checkpoint with unfinished paths: the current path went through it. */
static int visit_unfinished(struct verifier *v, struct state *old, enum verdict *ret)
{
	struct state *cur = v->cur;
	uint32_t at = cur->insn;

	*ret = MISS;
	if ((v->info[at].is_iter_next && is_next_item(old, cur)) ||
	    (v->info[at].repeats_callback && is_next_round(old, cur))) {
		if (prune_states_equal(v, old, cur, PRUNE_WITHIN))
			*ret = HIT;
		return 0;
	}
	if (v->cfg.op[at] == ISA_MAY_GOTO && old->may_goto_depth != cur->may_goto_depth &&
	    prune_states_equal(v, old, cur, PRUNE_WITHIN)) {
		*ret = HIT;
		return 0;
	}
	if (prune_states_equal(v, old, cur, PRUNE_EXACT) && !iter_depths_differ(old, cur) &&
	    old->may_goto_depth == cur->may_goto_depth &&
	    old->callback_unroll == cur->callback_unroll) {
		v->at = at;
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
	precise_settle(v, false);
	err = is_final(old) ? 0 : add_backedge(v, old);
	if (err)
		return err;
	precise_propagate(v, old, v->cur);
	return 1;
}

static bool worth_dropping(const struct verifier *v, const struct state *st)
{
	uint32_t n = v->cfg.flags[st->insn] & CFG_FORCE && st->branches ? 64 : 3;

	return st->misses > st->hits * n + n;
}

static int add_checkpoint(struct verifier *v)
{
	struct state *cur = v->cur, *st;

	precise_settle(v, false);
	st = state_save(&v->pool, cur);
	if (!st)
		return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	state_move_path(st, cur);
	st->made_at = v->stats.visited;
	st->branches = 1;
	st->depth = cur->parent ? cur->parent->depth + 1 : 1;
	st->backedges = NULL;
	st->wait = NULL;
	st->hits = 0;
	st->misses = 0;
	st->hint_frame = STATE_FRAMES;
	st->next = v->info[cur->insn].seen;
	v->info[cur->insn].seen = st;
	cur->parent = st;
	v->prev_jumps = v->jumps;
	v->prev_visited = v->stats.visited;
	v->stats.total_states++;
	if (v->pool.live > v->stats.peak_states)
		v->stats.peak_states = (uint32_t)v->pool.live;
	return 0;
}

int prune_visit(struct verifier *v)
{
	struct state *cur = v->cur, **link = &v->info[cur->insn].seen;
	bool force = v->cfg.flags[cur->insn] & CFG_FORCE || v->info[cur->insn].is_iter_next ||
		     v->info[cur->insn].repeats_callback || cur->n_path - cur->n_asked > 64;
	bool add =
		force || (v->jumps - v->prev_jumps >= 2 && v->stats.visited - v->prev_visited >= 8);
	uint32_t n_here = 0;

	v->info[cur->insn].visits++;
	prune_forget_dead(v, top(v), cur->insn);
	if (!add && !*link)
		return 0;
	note_kinds(cur, v->live.regs[cur->insn]);
	while (*link) {
		struct state *old = *link;
		enum verdict verdict = MISS;
		int err = 0;

		n_here++;
		if (!same_calls(old, cur)) {
			link = &old->next;
			continue;
		}
		if (old->branches)
			err = visit_unfinished(v, old, &verdict);
		else if (prune_states_equal(v, old, cur,
					    is_final(old) ? PRUNE_LOOSE : PRUNE_WITHIN))
			verdict = HIT;
		if (err)
			return err;
		if (verdict == HIT)
			return on_hit(v, old);
		if (verdict == MISS_QUIET && !force && v->jumps - v->prev_jumps < 20 &&
		    v->stats.visited - v->prev_visited < 100)
			add = false;
		if (add)
			old->misses++;
		/* It leaves the list only: paths and backedges may still lead through it. */
		if (worth_dropping(v, old)) {
			*link = old->next;
			continue;
		}
		link = &old->next;
	}
	if (n_here > v->stats.max_states_per_insn)
		v->stats.max_states_per_insn = n_here;
	return add ? add_checkpoint(v) : 0;
}

/* The current path ended: checkpoints above it have one path less to wait for. */
void prune_path_done(struct verifier *v)
{
	for (struct state *st = v->cur->parent; st; st = st->parent)
		if (--st->branches)
			break;
}
