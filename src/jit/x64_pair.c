/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which neighbouring instructions are one on this machine?  A copy and an addition are an lea;
 * shifts there and back are an extension.  No instruction but the first
 * may be a jump's target.
 */
#include "jit/x64.h"
#include "jit/x64_enc.h"

static bool may_merge(const struct jit_gen *gen, uint32_t i)
{
	return i < gen->fn->end && !gen->is_target[i];
}

/* Shift by an immediate at i, with its operation and width: 0 bits, none. */
static unsigned int shift_at(const struct jit_gen *gen, uint32_t i, enum isa_alu *ret_op)
{
	const struct isa_row *row = &gen->rows[gen->ops[i]];

	if (row->form != ISA_F_ALU_K || (row->op != ISA_ALU_LSH && row->op != ISA_ALU_RSH))
		return 0;
	*ret_op = row->op;
	return row->bits;
}

/* t = x; t >>= W - n; y = x; y <<= n; y |= t, or with the shifts exchanged; y = x may be missing,
 * then y is x.  t keeps its value, which may still be used. */
static uint8_t *rotate(const struct jit_gen *gen, uint8_t *p, uint32_t *at)
{
	const struct bpf_insn *copy = &gen->insns[*at], *insn = copy + 1, *second;
	bool w = gen->ops[*at] == ISA_MOV_64X;
	unsigned int bits = w ? 64 : 32, n = 4, y = copy->src_reg, k;
	enum isa_alu first_op, second_op;

	for (k = 1; k < 4; k++)
		if (!may_merge(gen, *at + k))
			return NULL;
	if (gen->ops[*at + 2] == gen->ops[*at] && insn[1].src_reg == y && may_merge(gen, *at + 4)) {
		n = 5;
		y = insn[1].dst_reg;
	}
	second = copy + n - 2;
	k = *at + n - 1;
	if (shift_at(gen, *at + 1, &first_op) != bits || shift_at(gen, k - 1, &second_op) != bits ||
	    first_op == second_op || gen->ops[k] != (w ? ISA_OR_64X : ISA_OR_32X))
		return NULL;
	if (insn->dst_reg != copy->dst_reg || second->dst_reg != y || gen->insns[k].dst_reg != y ||
	    gen->insns[k].src_reg != copy->dst_reg || copy->dst_reg == y ||
	    copy->dst_reg == copy->src_reg)
		return NULL;
	if (insn->imm <= 0 || second->imm <= 0 || insn->imm + second->imm != (int32_t)bits)
		return NULL;
	p = x64_mov_rr(p, w, x64_map[copy->dst_reg], x64_map[copy->src_reg]);
	p = x64_shift_ri(p, w, first_op == ISA_ALU_LSH ? X64_SHL : X64_SHR, x64_map[copy->dst_reg],
			 (unsigned int)insn->imm);
	if (n == 5)
		p = x64_mov_rr(p, w, x64_map[y], x64_map[copy->src_reg]);
	*at += n;
	return x64_shift_ri(p, w, second_op == ISA_ALU_LSH ? X64_ROL : X64_ROR, x64_map[y],
			    (unsigned int)second->imm);
}

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

uint8_t *x64_pair(const struct jit_gen *gen, uint8_t *p, uint32_t *at)
{
	uint32_t i = *at;
	const struct bpf_insn *insn = &gen->insns[i];
	uint8_t *end = NULL;
	uint32_t n = 2;

	if (!may_merge(gen, i + 1))
		return NULL;
	if (gen->ops[i] != ISA_LSH_64K && (end = rotate(gen, p, at)) != NULL)
		return end;
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
