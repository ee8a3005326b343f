/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which numbers may be added to this pointer?  Where the sum is only used for loads and stores that
 * follow at once, and is dead behind them, these say it all; otherwise there is no answer, and the
 * number counts as it is.
 */
#include "verify/env.h"

enum {
	FAR = 16 /* instructions that are looked at */
};

/* Every byte of the object is like any other, and what is read is not known beforehand. */
static bool is_plain(const struct verifier *v, const struct reg *ptr, int64_t *ret_limit)
{
	const struct vmap *m;

	if (v->in->policy.strict_alignment || ptr->flags & REG_NULLABLE ||
	    !scalar_is_const(&ptr->s) || scalar_const_value(&ptr->s))
		return false;
	if (ptr->kind == KIND_MEM) {
		*ret_limit = ptr->obj;
		return !ptr->range;
	}
	if (ptr->kind != KIND_MAP_VALUE)
		return false;
	m = &v->maps[ptr->obj];
	*ret_limit = m->desc->value_size;
	return !m->record.n && m->desc->spin_lock_off < 0 && m->desc->timer_off < 0 &&
	       !(m->frozen && m->desc->flags & BPF_F_RDONLY_PROG);
}

/* Does the instruction do nothing with r but go through it?  *ret_off, *ret_size: where. */
static bool only_accesses(const struct verifier *v, uint32_t at, unsigned int r, int64_t *ret_off,
			  int64_t *ret_size)
{
	const struct bpf_insn *insn = &v->cfg.insns[at];
	enum isa_form form = v->cfg.node[at].form;

	*ret_off = insn->off;
	*ret_size = isa_row(v->cfg.op[at])->bits / 8;
	if (form == ISA_F_LDX || form == ISA_F_LDSX)
		return insn->src_reg == r;
	if (form == ISA_F_ST)
		return insn->dst_reg == r;
	/* Atomic ones ask for alignment too, which no interval says. */
	return form == ISA_F_STX && insn->dst_reg == r && insn->src_reg != r;
}

static bool goes_straight_on(const struct verifier *v, uint32_t at)
{
	enum isa_form form = v->cfg.node[at].form;

	return v->cfg.node[at].n_next == 1 && form != ISA_F_JA && form != ISA_F_JA32 &&
	       form != ISA_F_CALL && form != ISA_F_CALL_SUB && form != ISA_F_CALL_KFUNC &&
	       form != ISA_F_CALLX && form != ISA_F_LD_ABS && form != ISA_F_LD_IND;
}

bool index_room(const struct verifier *v, unsigned int r, const struct reg *ptr, int64_t *ret_min,
		int64_t *ret_max)
{
	uint32_t at = v->at + 1;
	int64_t limit;

	if (!is_plain(v, ptr, &limit))
		return false;
	*ret_min = INT64_MIN;
	*ret_max = INT64_MAX;
	for (int n = 0; n < FAR; n++) {
		int64_t off, size;

		if (!live_reg(&v->live, at, r)) {
			if (*ret_min == INT64_MIN)
				return false;
			/* Accesses below the pointer pass at constant distances only. */
			*ret_min = *ret_min < 0 ? 0 : *ret_min;
			return *ret_min <= *ret_max;
		}
		if (!goes_straight_on(v, at))
			return false;
		if (v->cfg.node[at].reads >> r & 1) {
			if (!only_accesses(v, at, r, &off, &size))
				return false;
			off += ptr->off;
			*ret_min = -off > *ret_min ? -off : *ret_min;
			*ret_max = limit - size - off < *ret_max ? limit - size - off : *ret_max;
		}
		at = v->cfg.node[at].next[0];
	}
	return false;
}
