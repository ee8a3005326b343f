/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Could the kernel mask this pointer arithmetic?  A processor may run ahead with an index that the
 * program will refuse.  Where programs are not trusted, the kernel rewrites each addition so that
 * even then the pointer stays inside its object; an addition that has no single mask for all paths
 * is refused.  We run no such programs beside others, but give the same verdict.
 */
#include "verify/env.h"

enum {
	ALU_NON_POINTER = 1,
	ALU_NEGATIVE = 2,
	ALU_SOURCE = 4,
	ALU_DESTINATION = 8,
	ALU_CONSTANT = 16,
};

static bool is_masked(const struct verifier *v, const struct isa_row *row)
{
	return v->in->policy.guard_speculation &&
	       (row->op == ISA_ALU_ADD || row->op == ISA_ALU_SUB);
}

static const char *verb(const struct isa_row *row)
{
	return row->op == ISA_ALU_ADD ? "add" : "sub";
}

/* How far the pointer may move in that direction before it leaves its object. */
static int limit_of(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row,
		    const struct reg *ptr, bool left, uint32_t *ret_limit)
{
	uint32_t limit, max;

	if (ptr->kind == KIND_STACK) {
		max = STACK_BYTES + left;
		limit = (uint32_t) - (ptr->off + (int32_t)ptr->s.bits.value);
	} else if (ptr->kind == KIND_MAP_VALUE) {
		max = map_of(v, ptr)->value_size;
		limit = (uint32_t)(left ? (uint64_t)scalar_smin(&ptr->s) : scalar_umax(&ptr->s)) +
			(uint32_t)ptr->off;
	} else {
		return reject(v, SPEC_KIND, (unsigned int)insn->dst_reg);
	}
	if (limit >= max)
		return reject(v, SPEC_LIMIT, (unsigned int)insn->dst_reg, verb(row));
	*ret_limit = limit;
	return 0;
}

static int agree(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row,
		 uint8_t state, uint32_t limit)
{
	struct insn_info *info = &v->info[v->at];

	if (info->alu_state && (info->alu_state != state || info->alu_limit != limit))
		return reject(v, SPEC_PATHS, (unsigned int)insn->dst_reg, verb(row));
	info->alu_state = state;
	info->alu_limit = limit;
	return 0;
}

int speculate_pointer(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row,
		      const struct reg *ptr, const struct reg *num, struct speculation *ret)
{
	bool negative = scalar_smin(&num->s) < 0, constant = scalar_is_const(&num->s);
	bool ptr_is_dst = reg_is_ptr(reg_at(v, insn->dst_reg));

	*ret = (struct speculation){ 0 };
	if (!is_masked(v, row) || row->form == ISA_F_ALU_K)
		return 0;
	if (!constant && negative != (scalar_smax(&num->s) < 0))
		return reject(v, SPEC_SIGN,
			      (unsigned int)(ptr_is_dst ? insn->src_reg : insn->dst_reg));
	ret->left = row->op == ISA_ALU_ADD ? negative : !negative;
	ret->state = (uint8_t)((negative ? ALU_NEGATIVE : 0) | (constant ? ALU_CONSTANT : 0) |
			       (ptr_is_dst ? ALU_SOURCE : ALU_DESTINATION));
	return limit_of(v, insn, row, ptr, ret->left, &ret->limit);
}

/* Wherever the pointer now is, one byte must be accessible. */
static int check_inside(struct verifier *v, const struct bpf_insn *insn, const struct reg *p)
{
	unsigned int r = insn->dst_reg;
	int64_t low = p->off + scalar_smin(&p->s), high = p->off + (int64_t)scalar_umax(&p->s);

	if (p->kind == KIND_STACK) {
		if (!scalar_is_const(&p->s))
			return reject(v, STACK_VAR_FORBIDDEN, r, p->s.bits);
		if (low >= 0 || low < -STACK_BYTES)
			return reject(v, PTR_SUB_PTR_STACK_OOB, r, low);
	}
	if (p->kind == KIND_MAP_VALUE &&
	    (low < 0 || scalar_umax(&p->s) >= 1 << 29 || high >= map_of(v, p)->value_size))
		return reject(v, SPEC_RANGE, r);
	return 0;
}

int speculate_moved(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row,
		    const struct reg *moved, const struct reg *num, const struct speculation *s)
{
	uint32_t limit, distance;
	int err;

	(void)num;
	if (!v->in->policy.guard_speculation)
		return 0;
	err = check_inside(v, insn, moved);
	if (err || !s->state || !is_masked(v, row))
		return err;
	err = limit_of(v, insn, row, moved, s->left, &limit);
	if (err)
		return err;
	distance = s->limit > limit ? s->limit - limit : limit - s->limit;
	return agree(v, insn, row, s->state, distance);
}

int speculate_number(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row)
{
	if (!is_masked(v, row) || row->form == ISA_F_ALU_K)
		return 0;
	return agree(v, insn, row, ALU_NON_POINTER, 0);
}
