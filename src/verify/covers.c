/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does a checkpoint cover a state?  It does when every machine that the state describes is one that
 * the checkpoint describes, up to a renaming of ids, except for what no check needed: scalars that
 * are not marked, numbers inside the intervals that were enough, packet bytes that nobody read.
 */
#include "verify/backward.h"
#include "verify/sieve.h"

#include <string.h>

enum {
	MAX_IDS = 1200
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

/* Of offsets that no check needed as they are, precise_covers() has the last word. */
static bool may_roam(const struct verifier *v, const struct reg *o, enum prune_mode mode)
{
	return mode == PRUNE_LOOSE && !v->exact_observed && reg_roams(o) &&
	       !(o->flags & REG_PRECISE);
}

static bool packet_covers(const struct verifier *v, struct id_map *m, const struct reg *o,
			  const struct reg *c, enum prune_mode mode)
{
	const uint8_t end = REG_BEYOND | REG_AT_END;
	uint32_t bytes = mode == PRUNE_LOOSE && !v->exact_observed ? reg_needed(o) : o->range;

	if ((o->flags ^ c->flags) & ~(end | REG_PRECISE) || (o->flags & ~c->flags & end))
		return false;
	if (may_roam(v, o, mode) && packet_roams(o, c))
		return true;
	return bytes <= c->range && o->off == c->off && same_id(m, o->id, c->id) &&
	       scalar_subset(&c->s, &o->s);
}

static bool offset_covers(const struct verifier *v, const struct reg *o, const struct reg *c,
			  enum prune_mode mode)
{
	if (may_roam(v, o, mode) && offset_is_near(c))
		return true;
	return o->off == c->off && scalar_subset(&c->s, &o->s);
}

/* Where they differ but for marks, bit by bit. */
static inline uint64_t reg_differs(const struct reg *o, const struct reg *c)
{
	const uint64_t *a = (const uint64_t *)o, *b = (const uint64_t *)c;
	const uint64_t last = ~((uint64_t)REG_PRECISE << 56);

	_Static_assert(sizeof(struct reg) == 64 && offsetof(struct reg, flags) == 63,
		       "eight words, marks in the last byte");
	return (a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]) | (a[4] ^ b[4]) |
	       (a[5] ^ b[5]) | (a[6] ^ b[6]) | ((a[7] ^ b[7]) & last);
}

/* The same in all that they hold, and without a name. */
static inline bool reg_same(const struct reg *o, const struct reg *c)
{
	return !(reg_differs(o, c) | o->id | o->ref | o->uid);
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
		return !((o->flags ^ c->flags) & ~REG_PRECISE) && o->obj == c->obj &&
		       o->range == c->range && offset_covers(v, o, c, mode) &&
		       same_id(m, o->id, c->id) && same_id(m, o->ref, c->ref) &&
		       same_id(m, o->uid, c->uid);
	case KIND_PACKET:
	case KIND_PACKET_META: return packet_covers(v, m, o, c, mode);
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
	       o->range == c->range && same_id(m, o->id, c->id) && same_id(m, o->ref, c->ref);
}

/* What a load of the whole slot would give, if it is a scalar. */
static const struct reg *slot_scalar(const struct verifier *v, const struct slot *s,
				     const struct reg *unknown)
{
	if (slot_is_full_spill(s) && slot_reg(s)->kind == KIND_SCALAR)
		return slot_reg(s);
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
		return c == SLOT_ZERO || (v->in->policy.read_uninit_stack && c != SLOT_DYNPTR &&
					  c != SLOT_ITER && c != SLOT_IRQ);
	return false;
}

static const struct slot none; /* of which no register is asked */

static bool slot_covers(struct verifier *v, struct id_map *m, const struct slot *o,
			const struct slot *c, enum prune_mode mode)
{
	const struct reg *os, *cs;

	if (mode != PRUNE_EXACT && !slot_kinds(o))
		return true;
	if (slot_kinds(o) == slot_kinds(c)) {
		if (!slot_has_reg(o))
			return true;
		if (!slot_is_spill(o))
			return object_covers(m, slot_reg(o), slot_reg(c));
		return reg_covers(v, m, slot_reg(o), slot_reg(c), mode);
	}
	os = slot_scalar(v, o, &m->unknown);
	cs = slot_scalar(v, c, &m->unknown);
	if (mode != PRUNE_EXACT && os && cs)
		return reg_covers(v, m, os, cs, mode);
	for (int b = 0; b < 8; b++)
		if (!byte_covers(v, o->kind[b], c->kind[b], mode))
			return false;
	if (o->kind[7] == SLOT_SPILL)
		return reg_covers(v, m, slot_reg(o), slot_reg(c), mode);
	if (o->kind[7] == SLOT_DYNPTR || o->kind[7] == SLOT_ITER || o->kind[7] == SLOT_IRQ)
		return object_covers(m, slot_reg(o), slot_reg(c));
	return true;
}

static const struct slot *slot_at(const struct frame *f, unsigned int s)
{
	return s < f->n_slots ? &f->slot[s] : &none;
}

/* Under exact_kernel the stack still holds what nobody reads any more. */
static bool slot_is_dead(const struct verifier *v, uint32_t live_at, unsigned int s)
{
	return v->in->policy.exact_kernel &&
	       !(v->live.stack[live_at].w[s / 32] >> (s % 32 * 2) & 3);
}

enum {
	HINT_SLOT = 16 /* hints below are registers */
};

/* Most registers are covered at first sight: numbers that nobody needs, or all the same. */
static inline bool reg_plainly_covers(const struct reg *o, const struct reg *c, bool any_number)
{
	if (any_number && o->kind == KIND_SCALAR && c->kind == KIND_SCALAR &&
	    !(o->flags & REG_PRECISE))
		return true;
	return reg_same(o, c);
}

/* Most slots are covered at first sight: the same bytes, or numbers that nobody needs. */
static bool slot_plainly_covers(const struct slot *o, const struct slot *c, bool any_number)
{
	if (slot_kinds(o) != slot_kinds(c))
		return false;
	if (!slot_has_reg(o))
		return true;
	return any_number && slot_is_full_spill(o) && slot_reg(o)->kind == KIND_SCALAR &&
	       slot_reg(c)->kind == KIND_SCALAR && !(slot_reg(o)->flags & REG_PRECISE) &&
	       slot_kinds(o) == SLOT_SPILL * 0x0101010101010101;
}

static uint64_t slots_of(const struct frame *f)
{
	return f->n_slots ? UINT64_MAX >> (64 - f->n_slots) : 0;
}

/* Linux takes a round for one more of the same only if the stack has the same kinds of bytes, read
 * or not. */
static bool same_bytes(const struct frame *o, const struct frame *c)
{
	for (unsigned int s = 0; s < o->n_slots; s++)
		if (slot_kinds(slot_at(o, s)) != slot_kinds(slot_at(c, s)))
			return false;
	return true;
}

/* Where they differ is remembered in *ret_hint: the next state likely differs there too. */
static bool frame_covers(struct verifier *v, struct id_map *m, const struct frame *o,
			 const struct frame *c, uint32_t live_at, enum prune_mode mode,
			 uint8_t *ret_hint)
{
	/* Nothing is asked of a slot that was never written, or that nobody reads. */
	uint64_t slots = mode == PRUNE_EXACT ? slots_of(o) | slots_of(c) : o->used_slots;
	uint32_t regs = v->live.regs[live_at] & ((1u << BPF_REG_10) - 1);
	bool any_number = mode == PRUNE_LOOSE && !v->all_precise;

	for (; regs; regs &= regs - 1) {
		unsigned int r = (unsigned int)__builtin_ctz(regs);

		if (reg_plainly_covers(&o->reg[r], &c->reg[r], any_number))
			continue;
		*ret_hint = (uint8_t)r;
		if (!reg_covers(v, m, &o->reg[r], &c->reg[r], mode))
			return false;
	}
	if (mode == PRUNE_WITHIN && v->in->policy.exact_kernel && !same_bytes(o, c))
		return false;
	for (; slots; slots &= slots - 1) {
		unsigned int s = (unsigned int)__builtin_ctzll(slots);

		if (slot_plainly_covers(slot_at(o, s), slot_at(c, s), any_number))
			continue;
		*ret_hint = (uint8_t)(HINT_SLOT + s);
		if (mode == PRUNE_LOOSE && slot_is_dead(v, live_at, s))
			continue;
		if (!slot_covers(v, m, slot_at(o, s), slot_at(c, s), mode))
			return false;
	}
	return true;
}

bool prune_same_calls(const struct state *a, const struct state *b)
{
	if (a->n_frames != b->n_frames || a->sleepable != b->sleepable ||
	    a->frame[0]->kind != b->frame[0]->kind ||
	    a->frame[0]->callsite != b->frame[0]->callsite)
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
	if (hint >= HINT_SLOT && mode == PRUNE_LOOSE &&
	    slot_is_dead(v, old->hint_at, hint - HINT_SLOT))
		return false;
	if (hint >= HINT_SLOT)
		return !slot_covers(v, m, slot_at(o, hint - HINT_SLOT),
				    slot_at(c, hint - HINT_SLOT), mode);
	return live_reg(&v->live, old->hint_at, hint) &&
	       !reg_covers(v, m, &o->reg[hint], &c->reg[hint], mode);
}

static bool number_differs(const struct verifier *v, struct state *old, const struct reg *o,
			   const struct reg *c, enum prune_mode mode)
{
	bool matters = v->all_precise || o->flags & REG_PRECISE;

	if (o->kind != KIND_SCALAR || c->kind != KIND_SCALAR)
		return false;
	if (mode == PRUNE_EXACT)
		return !scalar_equal(&o->s, &c->s);
	if ((mode == PRUNE_LOOSE && !matters) || scalar_subset(&c->s, &o->s))
		return false;
	if (matters && old->hint < HINT_SLOT)
		sieve_add_number(old, (struct spot){ .frame = old->hint_frame, .n = old->hint },
				 &o->s);
	return true;
}

/* The same at first sight: a number that matters lies elsewhere. */
static bool plainly_differs(const struct verifier *v, struct state *old, const struct state *cur,
			    enum prune_mode mode)
{
	const struct frame *o, *c;
	const struct slot *os, *cs;

	if (old->hint_frame >= old->n_frames)
		return false;
	o = old->frame[old->hint_frame];
	c = cur->frame[old->hint_frame];
	if (old->hint < HINT_SLOT)
		return live_reg(&v->live, old->hint_at, old->hint) &&
		       number_differs(v, old, &o->reg[old->hint], &c->reg[old->hint], mode);
	os = slot_at(o, old->hint - HINT_SLOT);
	cs = slot_at(c, old->hint - HINT_SLOT);
	if (slot_kinds(os) != slot_kinds(cs))
		return mode == PRUNE_EXACT;
	if (!slot_is_spill(os) ||
	    (mode == PRUNE_LOOSE && slot_is_dead(v, old->hint_at, old->hint - HINT_SLOT)))
		return false;
	return number_differs(v, old, slot_reg(os), slot_reg(cs), mode);
}

/* The deeper a callback is unrolled, the fewer repetitions are left. */
static bool is_deeper(const struct state *old, const struct state *cur)
{
	for (uint32_t f = 0; f < old->n_frames; f++)
		if (old->frame[f]->callback_depth > cur->frame[f]->callback_depth)
			return true;
	return false;
}

__attribute__((noinline)) static bool covers(struct verifier *v, struct state *old,
					     const struct state *cur, enum prune_mode mode)
{
	struct id_map m;

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
	return mode != PRUNE_LOOSE || precise_covers(old, cur);
}

/* Of a packet pointer uid says otherwise what is needed of it: it goes the long way. */
static inline bool reg_is_copy(const struct reg *o, const struct reg *c, bool any_number)
{
	if (any_number && o->kind == KIND_SCALAR && c->kind == KIND_SCALAR &&
	    !(o->flags & REG_PRECISE))
		return true;
	return !is_packet(o) && !reg_differs(o, c);
}

/* Is all the same that is read, names too, but for numbers that nobody needs?  Then each name
 * stands for itself. */
static bool is_copy(const struct verifier *v, const struct state *old, const struct state *cur)
{
	uint32_t at = cur->insn;

	for (uint32_t f = old->n_frames; f-- > 0;) {
		const struct frame *o = old->frame[f], *c = cur->frame[f];
		uint32_t regs = v->live.regs[at] & ((1u << BPF_REG_10) - 1);

		for (; regs; regs &= regs - 1) {
			unsigned int r = (unsigned int)__builtin_ctz(regs);

			if (o->reg[r].kind != KIND_NOT_INIT &&
			    !reg_is_copy(&o->reg[r], &c->reg[r], !v->all_precise))
				return false;
		}
		for (uint64_t left = o->used_slots; left; left &= left - 1) {
			unsigned int s = (unsigned int)__builtin_ctzll(left);

			if (s >= c->n_slots || slot_kinds(&o->slot[s]) != slot_kinds(&c->slot[s]))
				return false;
			if (slot_has_reg(&o->slot[s]) &&
			    !reg_is_copy(slot_reg(&o->slot[s]), slot_reg(&c->slot[s]),
					 !v->all_precise && slot_is_spill(&o->slot[s])))
				return false;
		}
		at = c->callsite;
	}
	return !(old->n_refs | cur->n_refs | old->n_locks | cur->n_locks) && old->rcu == cur->rcu &&
	       old->no_preempt == cur->no_preempt;
}

bool prune_states_equal(struct verifier *v, struct state *old, const struct state *cur,
			enum prune_mode mode)
{
	if ((old->kinds ^ cur->kinds) & (mode == PRUNE_EXACT ? UINT64_MAX : old->kinds_mask))
		return false;
	if (is_deeper(old, cur) || plainly_differs(v, old, cur, mode))
		return false;
	if (mode == PRUNE_LOOSE && is_copy(v, old, cur))
		return precise_covers(old, cur);
	return covers(v, old, cur, mode);
}
