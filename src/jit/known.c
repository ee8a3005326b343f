/* SPDX-License-Identifier: BSD-2-Clause */
/* What is a helper called on, where the program says so just before the call? */
#include "helper/helper.h"
#include "jit/gen.h"

enum {
	MAX_BACK = 64
};

static uint64_t imm64(const struct bpf_insn *insn)
{
	return (uint32_t)insn[0].imm | (uint64_t)(uint32_t)insn[1].imm << 32;
}

/* The instruction that gave a register the value it has before `at`, if no other way leads there;
 * else 0, which nothing is before. */
static uint32_t setter_of(const struct jit_gen *gen, uint32_t at, unsigned int reg)
{
	for (uint32_t i = at, n = 0; i && !gen->is_target[i] && n < MAX_BACK; i--, n++) {
		if (i > 1 && isa_is_wide(gen->insns[i - 2].code))
			i--;
		if (isa_regs_of(&gen->insns[i - 1], (enum isa_op)gen->ops[i - 1]).writes &
		    1u << reg)
			return i;
	}
	return 0;
}

const struct map *jit_known_map(const struct jit_gen *gen, uint32_t at)
{
	uint32_t i = setter_of(gen, at, 1);

	if (!i || gen->ops[i - 1] != ISA_LD_IMM64)
		return NULL;
	return (const struct map *)(uintptr_t)imm64(&gen->insns[i - 1]);
}

static bool known_number(const struct jit_gen *gen, uint32_t at, unsigned int reg, int32_t *ret)
{
	uint32_t i = setter_of(gen, at, reg);
	const struct isa_row *row = i ? &gen->rows[gen->ops[i - 1]] : NULL;

	if (!row || row->form != ISA_F_ALU_K || row->op != ISA_ALU_MOV)
		return false;
	*ret = gen->insns[i - 1].imm;
	return true;
}

bool jit_known_loop(const struct jit_gen *gen, uint32_t at, struct jit_loop *ret)
{
	const struct bpf_insn *insn = &gen->insns[at];
	uint32_t i = setter_of(gen, at, 2);
	int32_t flags, n;

	if (gen->raw || insn->src_reg || insn->imm != BPF_FUNC_loop || !i ||
	    gen->ops[i - 1] != ISA_LD_FUNC || !known_number(gen, at, 4, &flags) || flags)
		return false;
	*ret = (struct jit_loop){
		.callback = (uint32_t)jit_target(&gen->insns[i - 1], i - 1, ISA_F_LD_IMM64),
	};
	if (!known_number(gen, at, 1, &n))
		return true;
	ret->n_rounds = (uint32_t)n;
	return n > 0 && n <= HELPER_MAX_LOOPS;
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
