/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may be done with pointers into an arena?  Everything: they are 32 bits wide, any of them
 * lies in the arena's reserved addresses, and a page that is not there reads as zero.  So nothing
 * is known of them but that they are such pointers.
 */
#include "verify/typed.h"

enum {
	TO_PROGRAM = 1,    /* from the address space of the source to the program's */
	TO_USER = 1 << 16, /* ... and back */
};

int arena_use(struct verifier *v, uint32_t map)
{
	if (v->arena_map != NO_MAP && v->arena_map != map)
		return reject(v, ARENA_SECOND);
	v->arena_map = map;
	typed_needs_kernel(v, "arenas are not there yet");
	return 0;
}

int rule_cast(struct verifier *v, const struct bpf_insn *insn)
{
	struct reg *dst = reg_at(v, insn->dst_reg);
	int err = rule_readable(v, insn->src_reg);

	if (!err)
		err = rule_writable(v, insn->dst_reg);
	if (err)
		return err;
	if (v->arena_map == NO_MAP)
		return reject(v, INSN_CAST);
	if (insn->imm != TO_PROGRAM && insn->imm != TO_USER)
		return reject(v, ARENA_SPACES);
	if (insn->imm == TO_PROGRAM)
		reg_set_ptr(dst, KIND_ARENA);
	else
		reg_set_unknown(dst);
	return STEP_NEXT;
}

int region_arena(struct verifier *v, const struct mem_op *op)
{
	struct scalar s = scalar_unknown();

	if (op->value >= 0 && op->access & ACCESS_READ)
		reg_set_scalar(reg_at(v, (unsigned int)op->value),
			       op->size < 8 ? scalar_zext(&s, op->size * 8) : s);
	return 0;
}
