/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which bytes of the packet were proven to be there?  `range` of a packet pointer counts bytes from
 * where the pointer is without its fixed offset; comparisons with the packet's end raise it.
 */
#include "verify/env.h"

int region_packet(struct verifier *v, const struct mem_op *op)
{
	const struct reg base = *reg_at(v, op->reg), *r = &base;
	int64_t at = (int64_t)r->off + op->off;
	struct scalar s = scalar_unknown();
	int err = 0;

	if (op->access & ACCESS_WRITE && !v->type->pkt_write)
		return reject(v, PKT_WRITE);
	if (scalar_smin(&r->s) < 0)
		return reject(v, PKT_NEGATIVE, op->reg);
	/* The variable part moves base and proven end alike. */
	if (at < 0 || at + op->size > r->range || !r->range)
		return reject(v, PKT_OOB, at, op->size, op->reg, r->id, at, r->range);
	/* In front of the pointer: not before the packet's start. */
	if (op->off < 0 || v->in->policy.strict_alignment)
		err = offset_accessed(v, op, UINT32_MAX);
	if (op->value >= 0 && op->access & ACCESS_READ)
		reg_set_scalar(reg_at(v, (unsigned int)op->value),
			       op->size < 8 ? scalar_zext(&s, op->size * 8) : s);
	return err ? err
		   : precise_reach(v, op->reg, &base,
				   at + op->size ? (uint32_t)(at + op->size) : 1);
}
