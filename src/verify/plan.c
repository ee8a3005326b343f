/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which state stands for all rounds of a loop?  Two states at its head, one or more rounds apart,
 * say which numbers change; the way between them says by how much, and which tests they met.  What
 * is chosen here need not be right: walking from it shows whether it is.
 */
#include "verify/backward.h"
#include "verify/general.h"

#include <string.h>

enum {
	MAX_ABOVE = 64,  /* checkpoints between two rounds */
	MAX_TESTS = 24,  /* met in one round */
	MAX_PATH = 4096, /* instructions between two checkpoints of the head */
	REG_AT_ENDS = REG_BEYOND | REG_AT_END,
};

/* A test that the way passed: the number was from first to last, delta after the head. */
struct test {
	uint8_t of;
	bool low;
	uint64_t first, last, delta;
};

/* The last round. */
struct round {
	const struct verifier *v;
	struct track track;
	uint32_t n_tests;
	struct test test[MAX_TESTS];
	uint64_t entry, constant; /* instruction before, and its note */
};

static bool is_entry(uint64_t e)
{
	return !(e & ENTRY_NOTE);
}

/* Each after its successors but for loops: of a loop around another, the head comes later. */
static bool make_order(struct verifier *v)
{
	if (v->order)
		return true;
	v->order = arena_alloc(&v->arena, v->cfg.n * sizeof(*v->order));
	for (uint32_t i = 0; v->order && i < v->cfg.n_postorder; i++)
		v->order[v->cfg.postorder[i]] = i;
	return v->order;
}

/* Into the loop anew, from one around it. */
static bool is_outside(const struct verifier *v, uint32_t at, uint32_t head)
{
	return v->cfg.scc[at] != v->cfg.scc[head] ||
	       (v->cfg.flags[at] & CFG_LOOP_HEAD && v->order[at] > v->order[head]);
}

static void look_at_stretch(const struct verifier *v, struct state *st)
{
	struct stretch w = { .kind = STRETCH_PLAIN, .frame = STATE_FRAMES };

	for (uint32_t i = 0; i < st->n_path && w.kind == STRETCH_PLAIN; i++) {
		uint64_t e = st->path[i];
		uint32_t at = entry_insn(e);

		if (!is_entry(e))
			continue;
		if (w.frame == STATE_FRAMES) {
			w.frame = entry_frame(e);
			w.scc = v->cfg.scc[at];
		}
		if (w.frame != entry_frame(e) || w.scc != v->cfg.scc[at])
			w.kind = STRETCH_MIXED;
		if (!(v->cfg.flags[at] & CFG_LOOP_HEAD))
			continue;
		if (w.times && w.head != at)
			w.kind = STRETCH_MIXED;
		w.head = at;
		w.times++;
	}
	if (w.frame == STATE_FRAMES)
		w.kind = STRETCH_MIXED;
	st->stretch = w;
}

/* Entries of the head on the path of a checkpoint above cur, in cur's frame.  False: the path comes
 * from outside the loop. */
static bool count_rounds(const struct verifier *v, const struct state *st, const struct state *cur,
			 uint32_t *rounds)
{
	uint32_t frame = cur->n_frames - 1;

	for (uint32_t i = st->n_path; i-- > 0;) {
		uint64_t e = st->path[i];

		if (!is_entry(e) || entry_frame(e) > frame)
			continue;
		if (entry_frame(e) < frame || is_outside(v, entry_insn(e), cur->insn))
			return false;
		*rounds += entry_insn(e) == cur->insn;
	}
	return true;
}

/* The same at first sight, for most of many. */
static bool pass_stretch(const struct verifier *v, struct state *st, const struct state *cur,
			 uint32_t *rounds)
{
	const struct stretch *w = &st->stretch;

	if (st == cur)
		return count_rounds(v, st, cur, rounds);
	if (w->kind == STRETCH_UNSEEN)
		look_at_stretch(v, st);
	if (w->kind == STRETCH_MIXED)
		return count_rounds(v, st, cur, rounds);
	if (w->frame > cur->n_frames - 1)
		return true;
	if (w->frame < cur->n_frames - 1 || w->scc != v->cfg.scc[cur->insn] ||
	    (w->times && is_outside(v, w->head, cur->insn)))
		return false;
	*rounds += w->head == cur->insn ? w->times : 0;
	return true;
}

uint32_t plan_rounds(struct verifier *v, struct state **ret_last)
{
	struct state *cur = v->cur, *st = cur;
	uint32_t rounds = 0, n = 0;

	if (!make_order(v))
		return 0;
	for (uint32_t above = 0; above < MAX_ABOVE && n < MAX_PATH; above++) {
		if (!pass_stretch(v, st, cur, &rounds))
			return 0;
		n += st->n_path;
		st = st->parent;
		if (!st)
			return 0;
		if (st->insn == cur->insn && prune_same_calls(st, cur)) {
			*ret_last = st;
			return rounds + st->rounds;
		}
	}
	return 0;
}

static void note_test(struct round *r, uint32_t later)
{
	const struct verifier *v = r->v;
	uint32_t at = entry_insn(r->entry);
	const uint32_t *next = v->cfg.node[at].next;
	const struct copy *c;
	struct compare cmp;
	struct want w;

	if (v->cfg.node[at].form != ISA_F_JMP_K && v->cfg.node[at].form != ISA_F_JMP_X)
		return;
	if (next[0] == next[1] || r->n_tests == MAX_TESTS ||
	    !want_compare(&v->cfg.insns[at], isa_row(v->cfg.op[at]), r->constant, &cmp))
		return;
	c = track_find(&r->track,
		       (struct spot){ .frame = (uint8_t)entry_frame(r->entry), .n = cmp.reg });
	if (!c || c->up || !want_of_edge(&cmp, later == next[1], &w))
		return;
	r->test[r->n_tests++] = (struct test){
		.of = c->of,
		.low = w.low || c->low,
		.first = w.low ? w.r32.base : w.r64.base,
		.last = w.low ? range32_last(w.r32) : range64_last(w.r64),
		.delta = c->delta,
	};
}

static void begin_round(struct round *r, const struct plan *p)
{
	r->n_tests = 0;
	r->track.n = p->n;
	for (uint32_t i = 0; i < p->n; i++)
		r->track.copy[i] = (struct copy){ .at = p->at[i], .of = (uint8_t)i };
}

static void walk_segment(struct round *r, const struct state *st, const struct plan *p)
{
	const struct state *cur = r->v->cur;

	for (uint32_t i = 0; i < st->n_path; i++) {
		uint64_t e = st->path[i];

		if ((e & ENTRY_NOTE) == ENTRY_CONST)
			r->constant = e;
		if (!is_entry(e))
			continue;
		if (r->entry)
			note_test(r, entry_insn(e));
		if (entry_insn(e) == cur->insn && entry_frame(e) == cur->n_frames - 1)
			begin_round(r, p);
		track_step(r->v, &r->track, e);
		r->entry = e;
		r->constant = 0;
	}
}

static void walk_round(struct round *r, const struct state *last, const struct plan *p)
{
	const struct state *way[MAX_ABOVE + 1], *st = r->v->cur;
	uint32_t n = 0;

	for (; st && st != last && n <= MAX_ABOVE; st = st->parent)
		way[n++] = st;
	r->entry = r->constant = 0;
	begin_round(r, p);
	while (n--)
		walk_segment(r, way[n], p);
	if (r->entry)
		note_test(r, r->v->cur->insn);
}

/* How far beyond `from` the number comes at most, by a test that it met: distance from the first
 * (up) or last (down) number of `from`. */
static bool reach_of(const struct test *t, const struct copy *c, const struct scalar *from, bool up,
		     uint64_t *ret)
{
	uint64_t near = up ? from->r64.base : range64_last(from->r64);
	uint64_t far = (up ? t->last : t->first) - t->delta + c->delta;
	uint64_t distance = up ? far - near : near - far;

	if (t->low || c->low) {
		if (scalar_umax(from) > UINT32_MAX)
			return false;
		distance = (uint32_t)distance;
		if (up ? near + distance > UINT32_MAX : distance > near)
			return false;
	}
	*ret = distance;
	return distance >= from->r64.size && distance < UINT64_MAX / 2;
}

/* Of 2^n and its multiples apart, the lower bits stay as they are. */
static struct tnum steps_of(const struct scalar *from, uint64_t delta)
{
	uint64_t low = (delta & (0 - delta)) - 1;

	if (from->bits.mask & low)
		return TNUM_UNKNOWN;
	return (struct tnum){ .value = from->bits.value & low, .mask = ~low };
}

/* False: nothing bounds it. */
static bool between_tests(const struct round *r, uint32_t i, const struct copy *c,
			  const struct scalar *from, struct scalar *ret)
{
	int64_t delta = c->low ? (int32_t)c->delta : (int64_t)c->delta;
	uint64_t best = UINT64_MAX, one;
	bool up = delta > 0;

	for (uint32_t k = 0; k < r->n_tests; k++)
		if (r->test[k].of == i && reach_of(&r->test[k], c, from, up, &one) && one < best)
			best = one;
	if (best == UINT64_MAX)
		return false;
	*ret = scalar_unknown();
	ret->bits = steps_of(from, c->delta);
	ret->r64 = range64_make(up ? from->r64.base : range64_last(from->r64) - best, best);
	return scalar_normalise(ret);
}

/* What counts without a test that is understood: as far as 31 bits go. */
static bool between_types(const struct copy *c, const struct scalar *from, struct scalar *ret)
{
	int64_t delta = c->low ? (int32_t)c->delta : (int64_t)c->delta;

	if (scalar_smin(from) < 0 || scalar_smax(from) >= INT32_MAX)
		return false;
	*ret = scalar_unknown();
	ret->bits = steps_of(from, c->delta);
	ret->r64 = delta > 0 ? range64_between(scalar_umin(from), INT32_MAX)
			     : range64_between(0, scalar_umax(from));
	return scalar_normalise(ret);
}

static struct scalar rounded(const struct scalar *s)
{
	static const uint64_t limits[] = { UINT8_MAX, UINT16_MAX, INT32_MAX, UINT32_MAX };

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (scalar_umax(s) <= limits[i])
			return scalar_from_u64(0, limits[i]);
	return scalar_unknown();
}

/* What the checkpoint was found to need of the number. */
static bool needed_there(const struct state *last, struct spot at, const struct scalar *from,
			 struct scalar *ret)
{
	for (const struct need *need = last->needs; need; need = need->next) {
		const struct want *w = &need->want;

		if (w->frame != at.frame || w->n != at.n || w->slot != at.slot)
			continue;
		*ret = scalar_unknown();
		if (w->low)
			ret->r32 = w->r32;
		else
			ret->r64 = w->r64;
		if (scalar_normalise(ret) && scalar_subset(from, ret))
			return true;
	}
	return false;
}

static struct scalar choose(struct round *r, const struct state *last, uint32_t i, bool bold,
			    struct plan *p)
{
	const struct reg *before = spot_number(last, p->at[i]);
	const struct reg *now = spot_number(r->v->cur, p->at[i]);
	struct scalar from = scalar_join(&before->s, &now->s), to;
	const struct copy *c = track_find(&r->track, p->at[i]);
	bool steps = c && c->of == i && c->delta && !c->up;

	if (steps && between_tests(r, i, c, &from, &to)) {
		/* What is tested counts better than what is not. */
		if (p->n_counters < COUNTERS)
			p->counter[p->n_counters++] = p->at[i];
		return to;
	}
	/* What became narrower by tests only is as it was. */
	if (scalar_subset(&now->s, &before->s)) {
		if (steps && p->n_counters < COUNTERS && !range64_is_full(before->s.r64))
			p->counter[p->n_counters++] = p->at[i];
		return before->s;
	}
	if (needed_there(last, p->at[i], &from, &to))
		return to;
	if (steps && !p->n_counters && between_types(c, &from, &to)) {
		p->counter[p->n_counters++] = p->at[i];
		return to;
	}
	if (bold && !(before->flags & REG_PRECISE))
		return scalar_unknown();
	return rounded(&from);
}

static bool add_spot(struct plan *p, struct spot at)
{
	if (p->n == PLAN_SPOTS)
		return false;
	p->at[p->n++] = at;
	return true;
}

static bool has_object(const struct slot *s)
{
	for (int b = 0; b < 8; b++)
		if (s->kind[b] == SLOT_DYNPTR || s->kind[b] == SLOT_ITER || s->kind[b] == SLOT_IRQ)
			return true;
	return slot_is_spill(s) && slot_reg(s)->kind != KIND_SCALAR;
}

static bool is_packet(const struct reg *r)
{
	return r->kind == KIND_PACKET || r->kind == KIND_PACKET_META;
}

/* Made anew in each round, from a number that differs: in the first rounds it may be known, and
 * then is part of the offset. */
static bool packet_joins(const struct reg *o, const struct reg *n)
{
	return o->kind == n->kind && !((o->flags ^ n->flags) & ~(REG_AT_ENDS | REG_PRECISE)) &&
	       (o->off == n->off || (o->off >= 0 && n->off >= 0));
}

/* Slots where other bytes are: of numbers only. */
static bool compare_slot(const struct slot *o, const struct slot *n, struct spot at, struct plan *p)
{
	if (memcmp(o->kind, n->kind, sizeof(o->kind)) != 0)
		return !has_object(o) && !has_object(n);
	if (!slot_is_spill(o))
		return true;
	if (is_packet(slot_reg(o)))
		return packet_joins(slot_reg(o), slot_reg(n));
	if (slot_reg(o)->kind != KIND_SCALAR)
		return slot_reg(o)->kind == slot_reg(n)->kind &&
		       slot_reg(o)->off == slot_reg(n)->off;
	if (slot_reg(n)->kind != KIND_SCALAR)
		return false;
	return scalar_equal(&slot_reg(o)->s, &slot_reg(n)->s) || add_spot(p, at);
}

static bool compare_reg(const struct reg *o, const struct reg *n, struct spot at, struct plan *p)
{
	if (o->kind != n->kind)
		return false;
	if (o->kind == KIND_NOT_INIT)
		return true;
	if (is_packet(o))
		return packet_joins(o, n);
	if (o->kind != KIND_SCALAR)
		return o->off == n->off && scalar_equal(&o->s, &n->s);
	return scalar_equal(&o->s, &n->s) || add_spot(p, at);
}

static bool find_changes(const struct verifier *v, const struct state *last, struct plan *p)
{
	const struct state *cur = v->cur;

	p->n = p->n_counters = 0;
	if (cur->n_refs != last->n_refs)
		return false;
	for (uint32_t f = 0; f < cur->n_frames; f++) {
		const struct frame *o = last->frame[f], *n = cur->frame[f];
		struct spot at = { .frame = (uint8_t)f };

		for (; at.n < BPF_REG_10; at.n++)
			if (f + 1 == cur->n_frames && v->live.regs[cur->insn] >> at.n & 1 &&
			    !compare_reg(&o->reg[at.n], &n->reg[at.n], at, p))
				return false;
		at.slot = true;
		for (at.n = 0; at.n < o->n_slots && at.n < n->n_slots; at.n++)
			if (!compare_slot(&o->slot[at.n], &n->slot[at.n], at, p))
				return false;
	}
	return true;
}

bool plan_make(const struct verifier *v, const struct state *last, bool bold, struct plan *ret)
{
	struct round r = { .v = v };

	if (!find_changes(v, last, ret) || !ret->n)
		return false;
	walk_round(&r, last, ret);
	for (uint32_t i = 0; i < ret->n; i++)
		ret->to[i] = choose(&r, last, i, bold, ret);
	return ret->n_counters;
}

static void join_link(const struct reg *o, struct reg *n)
{
	if (o->kind == KIND_SCALAR && n->kind == KIND_SCALAR && n->id && !o->id)
		reg_set_scalar(n, n->s);
}

/* Known behind the pointer itself. */
static uint16_t bytes_behind(const struct reg *r)
{
	return r->off < r->range ? (uint16_t)(r->range - r->off) : 0;
}

static struct scalar sum_of(const struct scalar *s, int32_t off)
{
	struct scalar k = scalar_const((uint64_t)(int64_t)off);

	return scalar_alu(ISA_ALU_ADD, 64, s, &k, false);
}

static struct scalar part_of_both(const struct scalar *o, const struct scalar *n)
{
	struct scalar both = scalar_join(o, n);

	return scalar_subset(n, o) ? *o : rounded(&both);
}

/* An offset that differs becomes part of what is variable: the pointer has a base of its own. */
static int join_offset(struct verifier *v, const struct reg *o, struct reg *n)
{
	struct scalar before = sum_of(&o->s, o->off), now = sum_of(&n->s, n->off);
	uint16_t known = bytes_behind(n), less = (uint16_t)(known ? n->off : 0);
	int err = known ? path_moved(v, n, v->last_id + 1, less) : 0;

	n->range = bytes_behind(o) < known ? bytes_behind(o) : known;
	n->s = part_of_both(&before, &now);
	n->off = 0;
	n->id = new_id(v);
	n->flags &= (uint8_t)~REG_AT_ENDS;
	return err;
}

/* The variable part of both, and behind it what is proven of both. */
static int join_packet(struct verifier *v, const struct reg *o, struct reg *n)
{
	if (!is_packet(o) || !packet_joins(o, n))
		return 0;
	if (o->off != n->off)
		return join_offset(v, o, n);
	n->s = part_of_both(&o->s, &n->s);
	if (o->range < n->range)
		n->range = o->range;
	n->flags &= o->flags | (uint8_t)~REG_AT_ENDS;
	return 0;
}

/* Bytes of both. */
static int join_slot(struct verifier *v, const struct slot *o, struct slot *n)
{
	if (!memcmp(o->kind, n->kind, sizeof(o->kind)))
		return slot_is_spill(o) ? join_packet(v, slot_reg(o), slot_reg(n)) : 0;
	for (int b = 0; b < 8; b++)
		if (o->kind[b] == SLOT_INVALID || n->kind[b] == SLOT_INVALID)
			n->kind[b] = SLOT_INVALID;
		else if (o->kind[b] != n->kind[b] || n->kind[b] == SLOT_SPILL)
			n->kind[b] = SLOT_MISC;
	return 0;
}

void general_unlink(const struct state *general, struct state *cur)
{
	for (uint32_t f = 0; f < cur->n_frames; f++) {
		const struct frame *o = general->frame[f];
		struct frame *n = cur->frame[f];

		for (unsigned int r = 0; r < BPF_REG_10; r++)
			join_link(&o->reg[r], &n->reg[r]);
		for (unsigned int s = 0; s < o->n_slots && s < n->n_slots; s++)
			if (slot_is_spill(&o->slot[s]) && slot_is_spill(&n->slot[s]))
				join_link(slot_reg(&o->slot[s]), slot_reg(&n->slot[s]));
	}
}

int plan_apply(struct verifier *v, const struct state *last, const struct plan *p)
{
	struct state *cur = v->cur;
	int err = 0;

	for (uint32_t f = 0; f < cur->n_frames; f++) {
		const struct frame *o = last->frame[f];
		struct frame *n = cur->frame[f];

		for (unsigned int r = 0; r < BPF_REG_10 && !err; r++)
			err = join_packet(v, &o->reg[r], &n->reg[r]);
		for (unsigned int s = 0; s < o->n_slots && s < n->n_slots && !err; s++)
			err = join_slot(v, &o->slot[s], &n->slot[s]);
	}
	general_unlink(last, cur);
	for (uint32_t i = 0; i < p->n; i++) {
		struct frame *f = cur->frame[p->at[i].frame];
		struct reg *r =
			p->at[i].slot ? slot_reg(&f->slot[p->at[i].n]) : &f->reg[p->at[i].n];

		/* A slot whose bytes are no number any more has lost more than this. */
		if (p->at[i].slot && !slot_is_spill(&f->slot[p->at[i].n]))
			continue;
		reg_set_scalar(r, scalar_subset(&r->s, &p->to[i]) ? p->to[i] : scalar_unknown());
	}
	return err;
}
