/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which neighbouring instructions are one on this machine?  A copy and an addition are an lea;
 * shifts there and back are an extension.  The second instruction must not be a jump's target.
 */
#include "jit/x64.h"
#include "jit/x64_enc.h"

/* d = s; d += k  and  d = s; d += t */
static uint8_t *copy_and_add(const struct jit_gen *gen, uint8_t *p, uint32_t i)
{
	const struct bpf_insn *copy = &gen->insns[i], *add = copy + 1;
	unsigned int d = x64_map[copy->dst_reg], s = x64_map[copy->src_reg];
	enum isa_op op = gen->ops[i + 1];

	if (add->dst_reg != copy->dst_reg || d == s)
		return NULL;
	if (op == ISA_ADD_64K)
		return x64_lea(p, true, d, s, add->imm);
	if (op == ISA_ADD_64X && add->src_reg != add->dst_reg)
		return x64_lea_sib(p, true, d, s, x64_map[add->src_reg]);
	return NULL;
}

/* d <<= n; d >>= n, logical or arithmetic, of the low 64 - n bits of s, which may be d. */
static uint8_t *extend(const struct jit_gen *gen, uint8_t *p, uint32_t i, unsigned int s)
{
	const struct bpf_insn *left = &gen->insns[i], *right = left + 1;
	unsigned int d = x64_map[left->dst_reg], bits = 64 - (unsigned int)left->imm;
	enum isa_op op = gen->ops[i + 1];

	if (right->dst_reg != left->dst_reg || right->imm != left->imm)
		return NULL;
	if (bits != 8 && bits != 16 && bits != 32)
		return NULL;
	if (op == ISA_RSH_64K)
		return x64_movzx_rr(p, bits, d, s);
	if (op == ISA_ARSH_64K)
		return x64_movsx_rr(p, true, bits, d, s);
	return NULL;
}

static bool may_merge(const struct jit_gen *gen, uint32_t i)
{
	return i < gen->fn->end && !gen->is_target[i];
}

uint8_t *x64_pair(const struct jit_gen *gen, uint8_t *p, uint32_t *at)
{
	uint32_t i = *at;
	const struct bpf_insn *insn = &gen->insns[i];
	uint8_t *end = NULL;
	uint32_t n = 2;

	if (!may_merge(gen, i + 1))
		return NULL;
	if (gen->ops[i] == ISA_LSH_64K) {
		end = extend(gen, p, i, x64_map[insn->dst_reg]);
	} else if (gen->ops[i] == ISA_MOV_64X) {
		end = copy_and_add(gen, p, i);
		if (!end && gen->ops[i + 1] == ISA_LSH_64K && insn[1].dst_reg == insn->dst_reg &&
		    may_merge(gen, i + 2)) {
			end = extend(gen, p, i + 1, x64_map[insn->src_reg]);
			n = 3;
		}
	}
	if (end)
		*at = i + n;
	return end;
}
