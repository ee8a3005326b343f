/* SPDX-License-Identifier: BSD-2-Clause */
/* Which map is a helper called on, where the program says so just before the call? */
#include "jit/gen.h"

enum {
	MAX_BACK = 64
};

static uint64_t imm64(const struct bpf_insn *insn)
{
	return (uint32_t)insn[0].imm | (uint64_t)(uint32_t)insn[1].imm << 32;
}

const struct map *jit_known_map(const struct jit_gen *gen, uint32_t at)
{
	uint32_t start = gen->fn->start;

	for (uint32_t i = at, n = 0; i > start && !gen->is_target[i] && n < MAX_BACK; i--, n++) {
		const struct bpf_insn *insn = &gen->insns[i - 1];

		if (i - 1 > start && isa_is_wide(insn[-1].code))
			insn = &gen->insns[--i - 1];
		if (insn->dst_reg == 1 && gen->ops[i - 1] == ISA_LD_IMM64)
			return (const struct map *)(uintptr_t)imm64(insn);
		if (isa_regs_of(insn, (enum isa_op)gen->ops[i - 1]).writes & 1u << 1)
			return NULL;
	}
	return NULL;
}

bool jit_is_map_call(const struct bpf_insn *insn, enum isa_form form)
{
	if (form != ISA_F_CALL)
		return false;
	switch (insn->imm) {
	case BPF_FUNC_map_lookup_elem:
	case BPF_FUNC_map_update_elem:
	case BPF_FUNC_map_delete_elem:
	case BPF_FUNC_map_push_elem:
	case BPF_FUNC_map_pop_elem:
	case BPF_FUNC_map_peek_elem: return true;
	default: return false;
	}
}
