/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a conditional jump decide, and what is learnt on each side?  Ranges of scalars and of
 * all that are linked to them, NULL or not, bytes of the packet proven to be there.
 */
#include "isa/alu.h"
#include "verify/env.h"
#include "verify/memo.h"

#include <string.h>

/* The registers and spilled slots that share an id with a scalar, as precise.c logs them. */
struct linked {
	uint32_t n;
	uint64_t entries;
	struct {
		uint8_t frame, n;
		bool slot;
	} at[PATH_MAX_LINKED];
};

static void linked_add(struct linked *l, uint32_t frame, bool slot, unsigned int n)
{
	uint64_t entry = frame | (uint64_t)slot << 3 | (uint64_t)(n + 1) << 4;

	if (l->n == PATH_MAX_LINKED || n + 1 > 63)
		return;
	l->entries |= entry << (l->n * 10);
	l->at[l->n].frame = (uint8_t)frame;
	l->at[l->n].n = (uint8_t)n;
	l->at[l->n++].slot = slot;
}

/* A register that nobody reads any more is not told, as in Linux: it would only take room. */
static void linked_collect(const struct verifier *v, uint32_t id, struct linked *l)
{
	struct state *st = v->cur;

	for (uint32_t f = st->n_frames; id && f-- > 0;) {
		struct frame *fr = st->frame[f];
		uint32_t at = f + 1 == st->n_frames ? v->at : st->frame[f + 1]->callsite;

		for (unsigned int r = 0; r < BPF_REG_10; r++)
			if (fr->reg[r].kind == KIND_SCALAR && fr->reg[r].id == id &&
			    live_reg(&v->live, at, r))
				linked_add(l, f, false, r);
		for (unsigned int s = 0; s < fr->n_slots; s++)
			if (slot_is_spill(&fr->slot[s]) &&
			    slot_reg(&fr->slot[s])->kind == KIND_SCALAR &&
			    slot_reg(&fr->slot[s])->id == id)
				linked_add(l, f, true, s);
	}
}

/* Everything linked to `known` follows it.  Only what was collected: the path log names no more. */
static void linked_sync(const struct verifier *v, struct state *st, const struct reg *known,
			const struct linked *l)
{
	bool exact = v->in->policy.exact_kernel;
	struct reg copy = *known;
	int64_t base = copy.flags & REG_LINK_ADD ? copy.off : 0;

	for (uint32_t i = 0; i < l->n; i++) {
		struct frame *f = st->frame[l->at[i].frame];
		struct reg *r =
			l->at[i].slot ? slot_reg(&f->slot[l->at[i].n]) : &f->reg[l->at[i].n];
		int64_t delta = (r->flags & REG_LINK_ADD ? r->off : 0) - base;
		bool low = (r->flags | copy.flags) & REG_LINK_LOW;

		if (r->kind != KIND_SCALAR || r->id != copy.id)
			continue;
		/* Sums of 64 bits and of 32 do not tell of each other. */
		if (r->flags & copy.flags & REG_LINK_ADD && (r->flags ^ copy.flags) & REG_LINK_LOW)
			continue;
		r->s = delta ? exact_add_const(exact, &copy.s, (uint64_t)delta) : copy.s;
		if (low)
			r->s = exact_zext(exact, &r->s, 32);
	}
}

static struct reg *state_reg(struct state *st, unsigned int r)
{
	return &state_top(st)->reg[r];
}

static void mark_null(const struct verifier *v, struct reg *r, uint32_t id, bool is_null)
{
	if (!(r->flags & REG_NULLABLE) || r->id != id || r->kind <= KIND_SCALAR)
		return;
	if (is_null) {
		reg_set_const(r, 0);
		return;
	}
	r->flags &= (uint8_t)~REG_NULLABLE;
	/* Map values with a lock stay told apart by id; others need not. */
	if (r->kind != KIND_OBJECT && (r->kind != KIND_MAP_VALUE || !map_value_has_lock(v, r)))
		r->id = 0;
}

static void drop_ref(struct state *st, uint32_t ref)
{
	for (uint32_t i = 0; i < st->n_refs; i++)
		if (st->ref[i].id == ref) {
			memmove(&st->ref[i], &st->ref[i + 1],
				(st->n_refs - i - 1) * sizeof(st->ref[0]));
			st->n_refs--;
			return;
		}
}

void jump_mark_null(const struct verifier *v, struct state *st, uint32_t id, uint32_t ref,
		    bool is_null)
{
	/* A NULL result was never acquired. */
	if (is_null && ref && ref == id)
		drop_ref(st, ref);
	for (uint32_t f = 0; f < st->n_frames; f++) {
		struct frame *fr = st->frame[f];

		for (int r = 0; r < BPF_REG_10; r++)
			mark_null(v, &fr->reg[r], id, is_null);
		for (int s = 0; s < fr->n_slots; s++)
			if (slot_is_spill(&fr->slot[s]))
				mark_null(v, slot_reg(&fr->slot[s]), id, is_null);
	}
}

/* Packet pointers with the variable part of `ptr` now know `range` bytes from their base. */
static int packet_learn(struct verifier *v, struct state *st, const struct reg *ptr, bool is_src,
			bool reach_end_open)
{
	int64_t reach = (int64_t)ptr->off + (reach_end_open ? 1 : 0);

	/* A variable part that may be huge would let base + off wrap. */
	if (ptr->off < 0 || (!ptr->off && !reach_end_open) || reach > UINT16_MAX ||
	    (uint64_t)ptr->off + scalar_umax(&ptr->s) > UINT16_MAX)
		return 0;
	for (uint32_t f = 0; f < st->n_frames; f++) {
		struct frame *fr = st->frame[f];

		for (int i = 0; i < BPF_REG_10 + fr->n_slots; i++) {
			struct reg *r =
				i < BPF_REG_10 ? &fr->reg[i] : slot_reg(&fr->slot[i - BPF_REG_10]);

			if (i >= BPF_REG_10 && !slot_is_spill(&fr->slot[i - BPF_REG_10]))
				continue;
			if (r->kind == ptr->kind && r->id == ptr->id && r->range < reach)
				r->range = (uint16_t)reach;
		}
	}
	return path_learnt(v, st, ptr, (uint16_t)reach, is_src);
}

static bool is_packet_pair(const struct reg *p, const struct reg *end)
{
	return (p->kind == KIND_PACKET && end->kind == KIND_PACKET_END) ||
	       (p->kind == KIND_PACKET_META && end->kind == KIND_PACKET && !end->off && !end->id &&
		scalar_is_const(&end->s) && !scalar_const_value(&end->s));
}

/* `p cond end`: teaches both sides.  1: done; 0: not such a comparison; or an errno. */
static int packet_compare(struct verifier *v, struct state *taken, struct state *fall,
			  enum isa_cond cond, const struct reg *dst, const struct reg *src)
{
	struct reg p = *dst;
	struct state *learns = NULL;
	bool is_src = is_packet_pair(src, dst);
	int err;

	if (is_src) {
		p = *src;
		cond = refine_swap(cond);
	} else if (!is_packet_pair(dst, src)) {
		return 0;
	}
	/* On the side where p <= end, bytes up to off are there; where p < end, one more. */
	switch (cond) {
	case ISA_COND_JGT:
	case ISA_COND_JGE: learns = fall; break;
	case ISA_COND_JLT:
	case ISA_COND_JLE: learns = taken; break;
	case ISA_COND_JEQ:
	case ISA_COND_JNE:
	case ISA_COND_JSET:
	case ISA_COND_JSGT:
	case ISA_COND_JSGE:
	case ISA_COND_JSLT:
	case ISA_COND_JSLE:
	case ISA_N_COND: return 0;
	}
	err = packet_learn(v, learns, &p, is_src, cond == ISA_COND_JGE || cond == ISA_COND_JLT);
	return err ? err : 1;
}

/* The register of insn that points into the packet, when the other is its end. */
static int packet_side(const struct bpf_insn *insn, const struct isa_row *row,
		       const struct reg *dst, const struct reg *src, enum isa_cond *ret_cond)
{
	*ret_cond = row->op;
	if (row->bits != 64 || row->form != ISA_F_JMP_X)
		return -1;
	if (dst->kind == KIND_PACKET && src->kind == KIND_PACKET_END)
		return insn->dst_reg;
	*ret_cond = refine_swap(row->op);
	return src->kind == KIND_PACKET && dst->kind == KIND_PACKET_END ? insn->src_reg : -1;
}

/* A pointer that was found at the end or behind it still is. */
static int packet_decided(const struct bpf_insn *insn, const struct isa_row *row,
			  const struct reg *dst, const struct reg *src)
{
	enum isa_cond cond;
	int side = packet_side(insn, row, dst, src, &cond);
	uint8_t flags;

	if (side < 0)
		return -1;
	flags = (side == insn->dst_reg ? dst : src)->flags;
	if (flags & REG_BEYOND && (cond == ISA_COND_JGT || cond == ISA_COND_JLE))
		return cond == ISA_COND_JGT;
	if (flags & (REG_BEYOND | REG_AT_END) && (cond == ISA_COND_JGE || cond == ISA_COND_JLT))
		return cond == ISA_COND_JGE;
	return -1;
}

static void packet_beyond(const struct bpf_insn *insn, const struct isa_row *row,
			  struct state *taken, struct state *fall, const struct reg *dst,
			  const struct reg *src)
{
	enum isa_cond cond;
	int side = packet_side(insn, row, dst, src, &cond);

	if (side >= 0 && cond == ISA_COND_JGT)
		state_reg(taken, (unsigned int)side)->flags |= REG_BEYOND;
	if (side >= 0 && cond == ISA_COND_JLE)
		state_reg(fall, (unsigned int)side)->flags |= REG_BEYOND;
	if (side >= 0 && cond == ISA_COND_JGE)
		state_reg(taken, (unsigned int)side)->flags |= REG_AT_END;
	if (side >= 0 && cond == ISA_COND_JLT)
		state_reg(fall, (unsigned int)side)->flags |= REG_AT_END;
}

/* Kinds of object that never lie at address 0. */
static bool not_null(const struct reg *r)
{
	if (r->flags & REG_NULLABLE)
		return false;
	return r->kind == KIND_MAP_VALUE || r->kind == KIND_MAP_KEY ||
	       (r->kind == KIND_MEM && !(r->range & TYPED_UNTRUSTED)) || r->kind == KIND_MAP_PTR ||
	       r->kind == KIND_SOCKET || r->kind == KIND_TCP_SOCK || r->kind == KIND_SOCK_COMMON ||
	       r->kind == KIND_XDP_SOCK || r->kind == KIND_BUF ||
	       (r->kind == KIND_BTF_OBJ && (r->ref || r->range & TYPED_TRUSTED)) ||
	       (r->kind == KIND_OBJECT && r->ref);
}

/* ... and the address is the object's own. */
static bool not_null_base(const struct reg *r)
{
	return not_null(r) && !r->off && scalar_is_const(&r->s) && !scalar_const_value(&r->s);
}

/* 1, 0 or -1; decided comparisons make their scalars matter. */
static int decided(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row,
		   const struct reg *dst, const struct reg *src, struct sides *room,
		   const struct sides **ret)
{
	bool same = row->form == ISA_F_JMP_X && insn->dst_reg == insn->src_reg;

	if (reg_is_ptr(dst)) {
		/* No object lies at address 0. */
		if (row->bits != 64 || !reg_is_zero(src) || !not_null(dst))
			return -1;
		if (row->op == ISA_COND_JEQ)
			return 0;
		return row->op == ISA_COND_JNE ? 1 : -1;
	}
	if (reg_is_ptr(src))
		return -1;
	/* A register against itself, which Linux 6.18 leaves open. */
	if (same && row->op != ISA_COND_JSET && !v->in->policy.exact_kernel)
		return isa_cond(row->op, row->bits, 0, 0);
	return memo_jump(v, row->op, row->bits, same, &dst->s, &src->s, room, ret);
}

static int check_operands(struct verifier *v, const struct bpf_insn *insn,
			  const struct isa_row *row, struct reg *ret_src)
{
	int err = rule_readable(v, insn->dst_reg);

	reg_set_const(ret_src, (uint64_t)(int64_t)insn->imm);
	if (!err && row->form == ISA_F_JMP_X) {
		err = rule_readable(v, insn->src_reg);
		*ret_src = *reg_at(v, insn->src_reg);
	}
	if (err)
		return err;
	if (v->in->policy.leak_pointers)
		return 0;
	if (row->form == ISA_F_JMP_X && reg_is_ptr(ret_src) &&
	    !is_packet_pair(reg_at(v, insn->dst_reg), ret_src) &&
	    !is_packet_pair(ret_src, reg_at(v, insn->dst_reg)))
		return reject(v, PTR_COMPARE, (unsigned int)insn->src_reg);
	return 0;
}

/* One edge: the registers of st as the condition leaves them. */
static void learn(struct state *st, const struct bpf_insn *insn, const struct isa_row *row,
		  const struct refined *known)
{
	state_reg(st, insn->dst_reg)->s = known->a;
	if (row->form == ISA_F_JMP_X)
		state_reg(st, insn->src_reg)->s = known->b;
}

static void sync_both(const struct verifier *v, struct state *st, const struct bpf_insn *insn,
		      const struct isa_row *row, const struct linked *l)
{
	struct reg *dst = state_reg(st, insn->dst_reg);

	if (!l->n)
		return;
	/* In the kernel's order: it shows where the two are linked. */
	if (row->form == ISA_F_JMP_X && state_reg(st, insn->src_reg)->id)
		linked_sync(v, st, state_reg(st, insn->src_reg), l);
	if (dst->id)
		linked_sync(v, st, dst, l);
}

/* Two scalars, undecided. */
static void branch_scalars(struct verifier *v, const struct bpf_insn *insn,
			   const struct isa_row *row, struct state *taken, const struct linked *l,
			   const struct sides *sides)
{
	learn(taken, insn, row, &sides->taken);
	sync_both(v, taken, insn, row, l);
	learn(v->cur, insn, row, &sides->fall);
	sync_both(v, v->cur, insn, row, l);
}

/* A pointer that may be NULL against 0, or against a pointer that cannot be. */
static void branch_null(struct verifier *v, const struct isa_row *row, struct state *taken,
			const struct reg *dst, const struct reg *src)
{
	bool eq = row->op == ISA_COND_JEQ;
	uint32_t id = dst->id, ref = dst->ref;

	if (row->bits != 64 || (row->op != ISA_COND_JEQ && row->op != ISA_COND_JNE))
		return;
	if (dst->flags & REG_NULLABLE && reg_is_zero(src)) {
		jump_mark_null(v, taken, id, ref, eq);
		jump_mark_null(v, v->cur, id, ref, !eq);
		return;
	}
	if (!reg_is_ptr(src) || !reg_is_ptr(dst))
		return;
	/* Equal to a pointer that is not NULL: not NULL. */
	if (dst->flags & REG_NULLABLE && not_null_base(src))
		jump_mark_null(v, eq ? taken : v->cur, id, ref, false);
	else if (src->flags & REG_NULLABLE && not_null_base(dst))
		jump_mark_null(v, eq ? taken : v->cur, src->id, src->ref, false);
}

static int branch_pointers(struct verifier *v, const struct bpf_insn *insn,
			   const struct isa_row *row, struct state *taken, const struct reg *dst,
			   const struct reg *src)
{
	bool null_test = row->bits == 64 && reg_is_zero(src) && dst->flags & REG_NULLABLE &&
			 (row->op == ISA_COND_JEQ || row->op == ISA_COND_JNE);

	if (null_test) {
		branch_null(v, row, taken, dst, src);
		return 0;
	}
	if (row->bits == 64 && row->form == ISA_F_JMP_X) {
		int done = packet_compare(v, taken, v->cur, row->op, dst, src);

		packet_beyond(insn, row, taken, v->cur, dst, src);
		if (done)
			return done < 0 ? done : 0;
	}
	if (!v->in->policy.leak_pointers)
		return reject(v, PTR_COMPARE, (unsigned int)insn->dst_reg);
	branch_null(v, row, taken, dst, src);
	return 0;
}

/* Does the interval begin at one end of what is compared and end at the other?  The audit, which
 * calls an edge a defect that nobody took, walks none that there is only because such an interval
 * is not made smaller. */
static bool is_in_two(const struct reg *r, const struct isa_row *row)
{
	const unsigned int sign = 1u << ISA_COND_JSGT | 1u << ISA_COND_JSGE | 1u << ISA_COND_JSLT |
				  1u << ISA_COND_JSLE;
	bool u, s;

	if (r->kind != KIND_SCALAR)
		return false;
	u = row->bits == 64 ? range64_wraps_unsigned(r->s.r64) : range32_wraps_unsigned(r->s.r32);
	s = row->bits == 64 ? range64_wraps_signed(r->s.r64) : range32_wraps_signed(r->s.r32);
	return sign >> row->op & 1 ? s && !u : u && !s;
}

/* To part each number would be too much: only for a second look, and so often. */
static bool is_parted(struct verifier *v)
{
	v->has_parts = true;
	return v->parts && v->parts--;
}

/* One path for each half of what register r holds: both come to the comparison once more. */
static int fork_halves(struct verifier *v, unsigned int r, unsigned int bits,
		       const struct linked *l)
{
	struct reg *reg = reg_at(v, r);
	int err = 0;
	struct state *negative = walk_push(v, v->at, &err);

	if (!negative)
		return err;
	state_reg(negative, r)->s = limits_half(&reg->s, bits, true);
	reg->s = limits_half(&reg->s, bits, false);
	if (reg->id) {
		linked_sync(v, negative, state_reg(negative, r), l);
		linked_sync(v, v->cur, reg, l);
	}
	v->cur->insn = v->at;
	return STEP_JUMPED;
}

/* What a pointer is compared with decides whether the comparison is a NULL test, and so does
 * whether one of two lies at the start of its object. */
static int compared_pointer(struct verifier *v, const struct bpf_insn *insn, const struct reg *src)
{
	const struct reg *dst = reg_at(v, insn->dst_reg);
	int err;

	if (!reg_is_ptr(src))
		return precise_mark(v, insn->src_reg);
	/* With the packet's end: packets.c. */
	if ((dst->kind == KIND_PACKET && src->kind == KIND_PACKET_END) ||
	    (src->kind == KIND_PACKET && dst->kind == KIND_PACKET_END))
		return 0;
	err = offset_exact(v, insn->dst_reg);
	return err ? err : offset_exact(v, insn->src_reg);
}

int rule_jump(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row)
{
	uint32_t target = cfg_jump_target(insn, v->cfg.op[v->at], v->at);
	struct linked linked = { 0 };
	struct reg dst, src;
	const struct sides *sides;
	struct state *taken;
	struct sides room;
	int err = check_operands(v, insn, row, &src), pred;

	if (err)
		return err;
	dst = *reg_at(v, insn->dst_reg);
	pred = packet_decided(insn, row, &dst, &src);
	if (pred < 0)
		pred = decided(v, insn, row, &dst, &src, &room, &sides);
	if (pred >= 0) {
		err = precise_edge(v, insn, row, pred);
		if (err)
			return err;
		if (!pred)
			return STEP_NEXT;
		v->cur->insn = target;
		return STEP_JUMPED;
	}
	if (dst.kind == KIND_SCALAR)
		linked_collect(v, dst.id, &linked);
	if (src.kind == KIND_SCALAR && src.id != dst.id)
		linked_collect(v, src.id, &linked);
	if (linked.n > 1) {
		err = path_linked(v, linked.entries);
		prune_note(v);
	}
	if (!err && v->in->policy.exact_kernel && !reg_is_ptr(&dst) && !reg_is_ptr(&src)) {
		unsigned int r = sides->parts.a ? insn->dst_reg : insn->src_reg;
		unsigned int width = sides->parts.a ? sides->parts.a : sides->parts.b;

		if (width && is_parted(v))
			return fork_halves(v, r, width, &linked);
	}
	if (!err && v->auditing && is_in_two(&dst, row))
		return fork_halves(v, insn->dst_reg, row->bits, &linked);
	if (!err && v->auditing && is_in_two(&src, row) && row->form == ISA_F_JMP_X)
		return fork_halves(v, insn->src_reg, row->bits, &linked);
	if (!err)
		err = path_compared(v, insn, row);
	if (!err && reg_is_ptr(&dst) && row->form == ISA_F_JMP_X)
		err = compared_pointer(v, insn, &src);
	if (err)
		return err;
	taken = walk_push(v, target, &err);
	if (!taken)
		return err;
	if (dst.kind == KIND_SCALAR && src.kind == KIND_SCALAR)
		branch_scalars(v, insn, row, taken, &linked, sides);
	else
		err = branch_pointers(v, insn, row, taken, &dst, &src);
	return err ? err : STEP_NEXT;
}
