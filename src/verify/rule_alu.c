/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does arithmetic yield, and on which pointers is it allowed?  Scalars are scalar_alu()'s
 * business; here are moves, links between registers, and pointers with their limits.
 */
#include "isa/alu.h"
#include "verify/env.h"
#include "verify/memo.h"

#include <inttypes.h>

enum {
	MAX_VAR = 1 << 29
};

static int check_dst(struct verifier *v, const struct bpf_insn *insn)
{
	int err = rule_writable(v, insn->dst_reg);

	return err ? err : rule_readable(v, insn->dst_reg);
}

static void unlink_reg(struct reg *r)
{
	r->id = 0;
	r->off = 0;
	r->flags &= (uint8_t) ~(REG_LINK_ADD | REG_LINK_LOW);
}

/* A copy learns with its origin. */
static void link_to(struct verifier *v, struct reg *r)
{
	/* Linux gives up a link at a distance for the new one. */
	if (v->in->policy.exact_kernel && r->kind == KIND_SCALAR && r->flags & REG_LINK_ADD)
		unlink_reg(r);
	if (r->kind == KIND_SCALAR && !r->id && !scalar_is_const(&r->s))
		r->id = new_id(v);
}

static int move(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row)
{
	struct reg *dst = reg_at(v, insn->dst_reg), *src;
	struct scalar u;

	if (row->form == ISA_F_ALU_K) {
		reg_set_const(dst,
			      row->bits == 64 ? (uint64_t)(int64_t)insn->imm : (uint32_t)insn->imm);
		return STEP_NEXT;
	}
	src = reg_at(v, insn->src_reg);
	if (row->bits == 64) {
		link_to(v, src);
		*dst = *src;
		return STEP_NEXT;
	}
	if (reg_is_ptr(src)) {
		if (!v->in->policy.leak_pointers)
			return reject(v, PTR_PARTIAL, (unsigned int)insn->src_reg);
		u = scalar_unknown();
		reg_set_scalar(dst, exact_zext(v->in->policy.exact_kernel, &u, 32));
		return STEP_NEXT;
	}
	/* Small values stay equal through a 32-bit move. */
	if (scalar_umax(&src->s) <= UINT32_MAX) {
		link_to(v, src);
		*dst = *src;
	} else {
		reg_set_scalar(dst, exact_zext(v->in->policy.exact_kernel, &src->s, 32));
	}
	return STEP_NEXT;
}

int rule_movsx(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row)
{
	unsigned int from = (unsigned int)insn->off;
	struct reg *src;
	struct scalar s;
	int err = rule_readable(v, insn->src_reg);

	if (!err)
		err = rule_writable(v, insn->dst_reg);
	if (err)
		return err;
	src = reg_at(v, insn->src_reg);
	if (reg_is_ptr(src)) {
		if (!v->in->policy.leak_pointers)
			return reject(v, PTR_SIGN_EXTEND, (unsigned int)insn->src_reg);
		s = scalar_unknown();
		reg_set_scalar(reg_at(v, insn->dst_reg),
			       exact_sext(v->in->policy.exact_kernel, &s, from, row->bits));
		return STEP_NEXT;
	}
	s = exact_sext(v->in->policy.exact_kernel, &src->s, from, row->bits);
	/* Extension of a value that is not negative changes nothing. */
	if (scalar_umax(&src->s) < 1ULL << (from - 1)) {
		struct reg *dst = reg_at(v, insn->dst_reg);

		link_to(v, src);
		*dst = *src;
		if (v->in->policy.exact_kernel)
			dst->s = s;
		return STEP_NEXT;
	}
	reg_set_scalar(reg_at(v, insn->dst_reg), s);
	return STEP_NEXT;
}

int rule_unary(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row)
{
	struct reg *dst = reg_at(v, insn->dst_reg);
	int err = check_dst(v, insn);

	if (err)
		return err;
	if (reg_is_ptr(dst)) {
		if (!v->in->policy.leak_pointers)
			return reject(v, PTR_ARITH_UNARY, (unsigned int)insn->dst_reg);
		reg_set_unknown(dst);
		if (v->in->policy.exact_kernel)
			return STEP_NEXT;
	}
	/* Nothing changes, and what learns with it goes on to. */
	if (row->form == ISA_F_END && row->op == ISA_END_LE && row->bits == 64)
		return STEP_NEXT;
	if (row->form == ISA_F_NEG)
		reg_set_scalar(dst, exact_neg(v->in->policy.exact_kernel, row->bits, &dst->s));
	else
		reg_set_scalar(dst,
			       exact_end(v->in->policy.exact_kernel, row->op, row->bits, &dst->s));
	return STEP_NEXT;
}

/* --- pointers --- */

/* Linux takes a linked number's distance for an offset, and has limits of it. */
static bool has_far_link(const struct verifier *v, const struct reg *num)
{
	return v->in->policy.exact_kernel && num->flags & REG_LINK_ADD &&
	       (num->off >= MAX_VAR || num->off <= -MAX_VAR);
}

static int reject_limits(struct verifier *v, const struct reg *ptr, const struct scalar *s,
			 const struct reg *num)
{
	char buf[64];
	const char *name = buf;
	int64_t smin = scalar_smin(s);
	struct text t;

	text_init(&t, buf, sizeof(buf));
	reg_print_type(&t, ptr);
	if (scalar_is_const(s) && ((int64_t)scalar_const_value(s) >= MAX_VAR ||
				   (int64_t)scalar_const_value(s) <= -MAX_VAR))
		return num ? reject(v, PTR_MATH_LARGE, name, (int64_t)scalar_const_value(s))
			   : reject(v, PTR_OUT_OF_BOUNDS, (int64_t)scalar_const_value(s), name);
	if (ptr->off >= MAX_VAR || ptr->off <= -MAX_VAR)
		return reject(v, PTR_OFF_LARGE, name, ptr->off);
	if (num && has_far_link(v, num))
		return reject(v, PTR_OFF_LARGE, name, num->off);
	if (smin == INT64_MIN)
		return reject(v, PTR_MATH_UNBOUNDED, name, smin, scalar_smax(s));
	return reject(v, PTR_OUT_OF_BOUNDS, smin, name);
}

static int check_limits(struct verifier *v, const struct reg *ptr, const struct scalar *s,
			const struct reg *num)
{
	int64_t smin = scalar_smin(s);

	/* Of a constant all limits are the same. */
	if (smin > -MAX_VAR && smin < MAX_VAR && ptr->off > -MAX_VAR && ptr->off < MAX_VAR &&
	    !(num && has_far_link(v, num)))
		return 0;
	return reject_limits(v, ptr, s, num);
}

static int reject_arith(struct verifier *v, unsigned int r, const struct reg *ptr)
{
	char name[48];
	struct text t;

	text_init(&t, name, sizeof(name));
	reg_print_type(&t, ptr);
	if (ptr->flags & REG_NULLABLE)
		return reject(v, PTR_ARITH_NULL, r, (const char *)name);
	return reject(v, PTR_ARITH_KIND, r, (const char *)name);
}

static int check_arith(struct verifier *v, unsigned int r, const struct isa_row *row,
		       const struct reg *ptr, const struct reg *num)
{
	uint8_t arith = kind_row(ptr->kind)->arith;

	if (row->bits != 64) {
		if (row->op == ISA_ALU_SUB && v->in->policy.leak_pointers)
			return 0;
		return reject(v, PTR_ARITH_32, r);
	}
	if (ptr->flags & REG_NULLABLE)
		return reject_arith(v, r, ptr);
	if (arith == ARITH_ANY || ptr->kind == KIND_CTX ||
	    (arith == ARITH_CONST && scalar_is_const(&num->s)))
		return 0;
	/* Adding nothing is not arithmetic. */
	if (row->op == ISA_ALU_ADD && reg_is_zero(num) && ptr->kind != KIND_PACKET_END)
		return 0;
	return reject_arith(v, r, ptr);
}

static int packet_moved(struct verifier *v, unsigned int ptr, struct reg *r,
			const struct scalar *delta)
{
	int64_t smax = scalar_smax(delta);
	int err = 0;

	if (r->kind != KIND_PACKET && r->kind != KIND_PACKET_META)
		return 0;
	/* Behind a base that may have moved up, less is proven; how much less Linux does not
	 * count. */
	if (smax <= 0) {
		err = precise_reach(v, ptr, r, r->range);
	} else if (!v->in->policy.exact_kernel && scalar_smin(delta) >= 0 && smax < r->range) {
		r->range -= (uint16_t)smax;
		err = path_moved(v, r, v->last_id + 1, (uint16_t)smax);
	} else {
		r->range = 0;
	}
	r->id = new_id(v);
	r->flags &= (uint8_t) ~(REG_BEYOND | REG_AT_END);
	return err;
}

/* ptr, in register r, += num, or -= num. */
static int add(struct verifier *v, unsigned int r, const struct reg *ptr, const struct reg *num,
	       bool minus, struct reg *ret)
{
	struct scalar neg;
	const struct scalar *delta = &num->s;
	int64_t smin;
	int err;

	if (minus) {
		neg = exact_neg(v->in->policy.exact_kernel, 64, &num->s);
		delta = &neg;
	}
	smin = scalar_smin(delta);
	*ret = *ptr;
	if (scalar_is_const(delta) && (int64_t)ptr->off + smin == (int32_t)(ptr->off + smin)) {
		ret->off = (int32_t)(ptr->off + smin);
		if (ret->kind == KIND_PACKET || ret->kind == KIND_PACKET_META)
			ret->flags &= (uint8_t) ~(REG_BEYOND | REG_AT_END);
		return check_limits(v, ret, &ret->s, NULL);
	}
	ret->s = memo_alu(v, ISA_ALU_ADD, 64, &ptr->s, delta);
	err = packet_moved(v, r, ret, delta);
	if (err)
		return err;
	return check_limits(v, ret, &ret->s, NULL);
}

/* What subtracting pointers leaves; Linux does not see that 32 bits of it have zeroes above. */
static void set_difference(const struct verifier *v, const struct isa_row *row, struct reg *ret)
{
	reg_set_unknown(ret);
	if (row->bits == 32 && !v->in->policy.exact_kernel)
		ret->s = scalar_zext(&ret->s, 32);
}

int alu_pointer(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row,
		const struct reg *ptr, const struct reg *num, struct reg *ret)
{
	unsigned int r = insn->dst_reg;
	bool reversed = !reg_is_ptr(reg_at(v, r));
	struct speculation spec;
	int err = check_arith(v, r, row, ptr, num);

	if (err)
		return err;
	if (row->bits != 64) {
		set_difference(v, row, ret);
		return 0;
	}
	if (ptr->kind == KIND_MEM && ptr->range & TYPED_UNTRUSTED) {
		*ret = *ptr;
		return 0;
	}
	err = check_limits(v, ptr, &num->s, num);
	if (!err)
		err = speculate_pointer(v, insn, row, ptr, num, &spec);
	if (err)
		return err;
	switch ((enum isa_alu)row->op) {
	case ISA_ALU_ADD: err = add(v, reversed ? insn->src_reg : r, ptr, num, false, ret); break;
	case ISA_ALU_SUB:
		if (reversed)
			return reject(v, PTR_SUB_FROM_SCALAR, r);
		if (ptr->kind == KIND_STACK &&
		    (!scalar_is_const(&num->s) || v->in->policy.exact_kernel))
			return reject(v, PTR_SUB_STACK, r);
		err = add(v, r, ptr, num, true, ret);
		break;
	case ISA_ALU_AND:
	case ISA_ALU_OR:
	case ISA_ALU_XOR: return reject(v, PTR_ARITH_BITS, r, row->text);
	case ISA_ALU_MUL:
	case ISA_ALU_DIV:
	case ISA_ALU_SDIV:
	case ISA_ALU_MOD:
	case ISA_ALU_SMOD:
	case ISA_ALU_LSH:
	case ISA_ALU_RSH:
	case ISA_ALU_ARSH:
	case ISA_ALU_MOV:
	case ISA_N_ALU: return reject(v, PTR_ARITH_OP, r, row->text);
	}
	return err ? err : speculate_moved(v, insn, row, ret, num, &spec);
}

static int both_pointers(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row)
{
	struct reg *dst = reg_at(v, insn->dst_reg);

	/* A difference is a number. */
	if (row->op == ISA_ALU_SUB && v->in->policy.leak_pointers) {
		set_difference(v, row, dst);
		return STEP_NEXT;
	}
	return reject(v, PTR_PTR, (unsigned int)insn->dst_reg, row->text);
}

/* --- scalars --- */

static int check_constant(struct verifier *v, const struct bpf_insn *insn,
			  const struct isa_row *row)
{
	bool shift = row->op == ISA_ALU_LSH || row->op == ISA_ALU_RSH || row->op == ISA_ALU_ARSH;
	bool div = row->op == ISA_ALU_DIV || row->op == ISA_ALU_MOD || row->op == ISA_ALU_SDIV ||
		   row->op == ISA_ALU_SMOD;

	if (row->form != ISA_F_ALU_K)
		return 0;
	if (div && !insn->imm)
		return reject(v, INSN_DIV_ZERO);
	if (shift && (insn->imm < 0 || insn->imm >= row->bits))
		return reject(v, INSN_SHIFT, insn->imm);
	return 0;
}

/* dst = dst + K or dst - K keeps the link to what dst was a copy of, at a distance. */
static bool keeps_link(const struct isa_row *row, struct reg *dst, const struct scalar *src,
		       const struct scalar *sum)
{
	int64_t k;

	if ((row->op != ISA_ALU_ADD && row->op != ISA_ALU_SUB) || dst->flags & REG_LINK_ADD ||
	    !scalar_is_const(src) || (row->bits == 32 && scalar_umax(&dst->s) > UINT32_MAX))
		return false;
	k = (int64_t)scalar_const_value(src);
	if (k != (int32_t)k || k == INT32_MIN)
		return false;
	if (row->op == ISA_ALU_SUB)
		k = -k;
	dst->s = *sum;
	dst->off = (int32_t)k;
	dst->flags |= row->bits == 32 ? REG_LINK_ADD | REG_LINK_LOW : REG_LINK_ADD;
	return true;
}

/* A mask of 0 or -1 (`x s>> 63`) chooses between two values: one path for each of them. */
static int fork_mask(struct verifier *v, struct reg *dst, const struct scalar *src)
{
	struct state *zero;
	int err = 0;

	if (!scalar_is_const(src) || scalar_smin(&dst->s) != -1 || scalar_smax(&dst->s))
		return 0;
	zero = walk_push(v, v->at, &err);
	if (!zero)
		return err;
	reg_set_const(&state_top(zero)->reg[dst - top(v)->reg], 0);
	reg_set_const(dst, UINT64_MAX);
	return 0;
}

static bool is_shift_up(const struct cfg *cfg, uint32_t at)
{
	const struct bpf_insn *insn = &cfg->insns[at];

	return cfg->node[at].form == ISA_F_ALU_K && isa_row(cfg->op[at])->op == ISA_ALU_LSH &&
	       isa_row(cfg->op[at])->bits == 64 && insn->imm == 32;
}

/* A number of 32 bits that is shifted up by as many and back again is what it was: compilers cut
 * copies so where they have no 32-bit instructions. */
static bool shifts_back(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row,
			struct reg *dst)
{
	const struct shifted *up = &v->shifted;
	const struct scalar *s = &up->was.s;

	if (row->form != ISA_F_ALU_K || row->bits != 64 || insn->imm != 32 ||
	    v->in->policy.exact_kernel)
		return false;
	if (row->op == ISA_ALU_LSH)
		v->shifted = (struct shifted){ .at = v->at, .was = *dst };
	/* Nobody else comes to the second shift. */
	if ((row->op != ISA_ALU_RSH && row->op != ISA_ALU_ARSH) || !v->at || up->at != v->at - 1 ||
	    v->cfg.insns[up->at].dst_reg != insn->dst_reg ||
	    v->cfg.flags[v->at] & (CFG_MERGE | CFG_PRUNE | CFG_LOOP_HEAD) ||
	    !is_shift_up(&v->cfg, up->at))
		return false;
	if (row->op == ISA_ALU_RSH ? scalar_umax(s) > UINT32_MAX
				   : scalar_smin(s) < INT32_MIN || scalar_smax(s) > INT32_MAX)
		return false;
	*dst = up->was;
	return true;
}

static int scalars(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row,
		   const struct scalar *src)
{
	struct reg *dst = reg_at(v, insn->dst_reg);
	struct scalar s;
	int err = row->op == ISA_ALU_AND || row->op == ISA_ALU_OR ? fork_mask(v, dst, src) : 0;

	if (err)
		return err;
	/* x - x and x ^ x are 0 whatever x is. */
	if (row->form == ISA_F_ALU_X && insn->dst_reg == insn->src_reg &&
	    !v->in->policy.exact_kernel && (row->op == ISA_ALU_SUB || row->op == ISA_ALU_XOR)) {
		reg_set_const(dst, 0);
		return STEP_NEXT;
	}
	if (shifts_back(v, insn, row, dst))
		return STEP_NEXT;
	s = memo_alu(v, row->op, row->bits, &dst->s, src);
	if (dst->id && keeps_link(row, dst, src, &s))
		return STEP_NEXT;
	dst->s = s;
	unlink_reg(dst);
	dst->flags = 0;
	return STEP_NEXT;
}

static bool goes_back(const struct bpf_insn *insn, const struct isa_row *row)
{
	return row->op == ISA_ALU_ADD ? insn->imm < 0 : insn->imm > 0;
}

/* How far the pointer moves decides what may be reached through it; in a packet there is no way
 * back in front of its start. */
static int mark_distance(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row,
			 const struct reg *ptr)
{
	unsigned int num = reg_is_ptr(reg_at(v, insn->dst_reg)) ? insn->src_reg : insn->dst_reg;
	bool done = false;
	int err = 0;

	if (num == insn->src_reg && row->form != ISA_F_ALU_X)
		return goes_back(insn, row) && ptr->kind == KIND_PACKET
			       ? offset_exact(v, insn->dst_reg)
			       : 0;
	if (row->op == ISA_ALU_ADD && row->bits == 64)
		err = offset_added(v, insn, ptr, reg_at(v, num), &done);
	if (done || err)
		return err;
	if (ptr->kind == KIND_PACKET)
		err = offset_exact(v, num == insn->src_reg ? insn->dst_reg : insn->src_reg);
	return err ? err : precise_mark(v, num);
}

static int pointer_and_number(struct verifier *v, const struct bpf_insn *insn,
			      const struct isa_row *row, const struct reg *k)
{
	struct reg *dst = reg_at(v, insn->dst_reg), result;
	const struct reg *src = row->form == ISA_F_ALU_X ? reg_at(v, insn->src_reg) : k;
	bool ptr_is_dst = reg_is_ptr(dst);
	int err;

	err = mark_distance(v, insn, row, ptr_is_dst ? dst : src);
	if (!err)
		err = alu_pointer(v, insn, row, ptr_is_dst ? dst : src, ptr_is_dst ? src : dst,
				  &result);
	if (err)
		return err;
	*dst = result;
	return STEP_NEXT;
}

/* A constant becomes another one, and nothing else changes. */
static bool fold(const struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row)
{
	const struct frame *f = state_top(v->cur);
	struct reg *dst = &state_top(v->cur)->reg[insn->dst_reg];
	uint64_t k = (uint64_t)(int64_t)insn->imm;

	if (row->form == ISA_F_ALU_X) {
		if (!memo_is_plain(&f->reg[insn->src_reg].s))
			return false;
		k = scalar_const_value(&f->reg[insn->src_reg].s);
	}
	/* Where a shift of 32 bits began is remembered: shifts_back(). */
	if (dst->id || !memo_is_plain(&dst->s) || !memo_folds(row->op, row->bits, k) ||
	    (row->op == ISA_ALU_LSH && k == 32) || v->in->policy.guard_speculation)
		return false;
	dst->s = scalar_const(isa_alu(row->op, row->bits, scalar_const_value(&dst->s), k));
	dst->off = 0;
	dst->flags = 0;
	return true;
}

/* Numbers only, which is most of it. */
static int numbers(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row)
{
	struct scalar k;
	int err;

	if (row->op == ISA_ALU_MOV)
		return move(v, insn, row);
	if (fold(v, insn, row))
		return STEP_NEXT;
	err = check_constant(v, insn, row);
	if (!err && v->in->policy.guard_speculation)
		err = speculate_number(v, insn, row);
	if (err)
		return err;
	if (row->form == ISA_F_ALU_X)
		return scalars(v, insn, row, &reg_at(v, insn->src_reg)->s);
	k = scalar_const((uint64_t)(int64_t)insn->imm);
	return scalars(v, insn, row, &k);
}

int rule_alu(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row)
{
	struct reg k, *dst = reg_at(v, insn->dst_reg);
	const struct reg *src = &k;
	int err = 0;

	if (insn->dst_reg != BPF_REG_10 && (row->op == ISA_ALU_MOV || dst->kind == KIND_SCALAR) &&
	    (row->form == ISA_F_ALU_K || reg_at(v, insn->src_reg)->kind == KIND_SCALAR))
		return numbers(v, insn, row);
	if (row->form == ISA_F_ALU_X) {
		err = rule_readable(v, insn->src_reg);
		src = reg_at(v, insn->src_reg);
	} else {
		reg_set_const(&k, (uint64_t)(int64_t)insn->imm);
	}
	if (!err)
		err = row->op == ISA_ALU_MOV ? rule_writable(v, insn->dst_reg) : check_dst(v, insn);
	if (!err)
		err = check_constant(v, insn, row);
	if (err)
		return err;
	if (row->op == ISA_ALU_MOV)
		return move(v, insn, row);
	/* Whatever comes of it, the upper half does not count. */
	if (dst->kind == KIND_ARENA)
		return STEP_NEXT;
	if (reg_is_ptr(dst) && reg_is_ptr(src))
		return both_pointers(v, insn, row);
	return pointer_and_number(v, insn, row, &k);
}
