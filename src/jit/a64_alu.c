/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is arithmetic lowered to AArch64?  The machine's division answers what BPF's does: 0 for a
 * division by 0, and so the dividend as the rest; the smallest number for itself by -1.
 */
#include <errno.h>

#include "jit/a64.h"

static const uint32_t alu_op[ISA_N_ALU] = {
	[ISA_ALU_ADD] = A64_ADD,   [ISA_ALU_SUB] = A64_SUB,  [ISA_ALU_OR] = A64_ORR,
	[ISA_ALU_AND] = A64_AND,   [ISA_ALU_XOR] = A64_EOR,  [ISA_ALU_LSH] = A64_LSL,
	[ISA_ALU_RSH] = A64_LSR,   [ISA_ALU_ARSH] = A64_ASR, [ISA_ALU_DIV] = A64_UDIV,
	[ISA_ALU_SDIV] = A64_SDIV, [ISA_ALU_MOD] = A64_UDIV, [ISA_ALU_SMOD] = A64_SDIV,
};

/* A 32-bit operation that does nothing still clears the upper half. */
static uint8_t *zero_extend(uint8_t *p, bool w, unsigned int d)
{
	return w ? p : a64_mov_rr(p, false, d, d);
}

/*
 * Immediates.
 */

uint8_t *a64_add_k(uint8_t *p, bool w, unsigned int d, unsigned int n, int64_t v)
{
	uint64_t down = 0 - (uint64_t)v;

	if (a64_is_imm12((uint64_t)v))
		return a64_add_ri(p, w, A64_ADD, d, n, (uint32_t)v);
	if (a64_is_imm12(down))
		return a64_add_ri(p, w, A64_SUB, d, n, (uint32_t)down);
	p = a64_mov_ri(p, A64_T1, w ? (uint64_t)v : (uint32_t)v);
	return a64_alu_rrr(p, w, A64_ADD, d, n, A64_T1);
}

uint8_t *a64_compare_k(uint8_t *p, bool w, unsigned int r, uint64_t v)
{
	uint64_t down = w ? 0 - v : (uint32_t)(0 - v);

	if (a64_is_imm12(v))
		return a64_add_ri(p, w, A64_SUBS, XZR, r, (uint32_t)v);
	if (a64_is_imm12(down))
		return a64_add_ri(p, w, A64_ADDS, XZR, r, (uint32_t)down);
	p = a64_mov_ri(p, A64_T1, v);
	return a64_alu_rrr(p, w, A64_SUBS, XZR, r, A64_T1);
}

uint8_t *a64_logic_k(uint8_t *p, bool w, enum a64_alu op, unsigned int d, unsigned int n,
		     uint64_t v)
{
	uint32_t bitmask = a64_bitmask(w, v);

	if (bitmask != A64_NO_BITMASK)
		return a64_logic_ri(p, w, op, d, n, bitmask);
	p = a64_mov_ri(p, A64_T1, v);
	return a64_alu_rrr(p, w, op, d, n, A64_T1);
}

uint8_t *a64_test_k(uint8_t *p, bool w, unsigned int r, uint64_t v)
{
	return a64_logic_k(p, w, A64_ANDS, XZR, r, v);
}

/*
 * ALU forms.
 */

static uint8_t *shift_k(uint8_t *p, bool w, enum isa_alu op, unsigned int d, int32_t imm)
{
	unsigned int n = (unsigned int)imm & (w ? 63 : 31);

	if (!n)
		return zero_extend(p, w, d);
	if (op == ISA_ALU_LSH)
		return a64_lsl_ri(p, w, d, d, n);
	return op == ISA_ALU_RSH ? a64_lsr_ri(p, w, d, d, n) : a64_asr_ri(p, w, d, d, n);
}

static uint8_t *divide(uint8_t *p, bool w, enum isa_alu op, unsigned int d, unsigned int s)
{
	bool is_mod = op == ISA_ALU_MOD || op == ISA_ALU_SMOD;

	p = a64_alu2_rrr(p, w, (enum a64_alu2)alu_op[op], is_mod ? A64_T0 : d, d, s);
	return is_mod ? a64_msub(p, w, d, A64_T0, s, d) : p;
}

/* Unsigned powers of two are shifts. */
static uint8_t *divide_k(uint8_t *p, bool w, enum isa_alu op, unsigned int d, uint64_t k)
{
	bool is_power = k && !(k & (k - 1));

	if (is_power && op == ISA_ALU_MOD)
		return a64_logic_k(p, w, A64_AND, d, d, k - 1);
	if (is_power && op == ISA_ALU_DIV)
		return shift_k(p, w, ISA_ALU_RSH, d, __builtin_ctzll(k));
	p = a64_mov_ri(p, A64_T1, k);
	return divide(p, w, op, d, A64_T1);
}

static uint8_t *multiply_k(uint8_t *p, bool w, unsigned int d, uint64_t k)
{
	if (k && !(k & (k - 1)))
		return shift_k(p, w, ISA_ALU_LSH, d, __builtin_ctzll(k));
	p = a64_mov_ri(p, A64_T1, k);
	return a64_madd(p, w, d, d, A64_T1, XZR);
}

uint8_t *a64_lower_alu_k(struct jit_gen *gen, uint8_t *p, const struct isa_row *row,
			 const struct bpf_insn *insn)
{
	unsigned int d = a64_map[insn->dst_reg];
	bool w = row->bits == 64;
	uint64_t k = a64_imm(w, insn->imm);
	enum isa_alu op = row->op;

	switch (op) {
	case ISA_ALU_ADD: return a64_add_k(p, w, d, d, insn->imm);
	case ISA_ALU_SUB: return a64_add_k(p, w, d, d, -(int64_t)insn->imm);
	case ISA_ALU_OR:
	case ISA_ALU_XOR:
	case ISA_ALU_AND: return a64_logic_k(p, w, (enum a64_alu)alu_op[op], d, d, k);
	case ISA_ALU_MUL: return multiply_k(p, w, d, k);
	case ISA_ALU_LSH:
	case ISA_ALU_RSH:
	case ISA_ALU_ARSH: return shift_k(p, w, op, d, insn->imm);
	case ISA_ALU_DIV:
	case ISA_ALU_SDIV:
	case ISA_ALU_MOD:
	case ISA_ALU_SMOD: return divide_k(p, w, op, d, k);
	case ISA_ALU_MOV: return a64_mov_ri(p, d, k);
	case ISA_N_ALU: break;
	}
	gen->err = -EOPNOTSUPP;
	return p;
}

uint8_t *a64_lower_alu_x(struct jit_gen *gen, uint8_t *p, const struct isa_row *row,
			 const struct bpf_insn *insn)
{
	unsigned int d = a64_map[insn->dst_reg], s = a64_map[insn->src_reg];
	bool w = row->bits == 64;
	enum isa_alu op = row->op;

	switch (op) {
	case ISA_ALU_ADD:
	case ISA_ALU_SUB:
	case ISA_ALU_OR:
	case ISA_ALU_AND:
	case ISA_ALU_XOR: return a64_alu_rrr(p, w, (enum a64_alu)alu_op[op], d, d, s);
	case ISA_ALU_MUL: return a64_madd(p, w, d, d, s, XZR);
	case ISA_ALU_LSH:
	case ISA_ALU_RSH:
	case ISA_ALU_ARSH: return a64_alu2_rrr(p, w, (enum a64_alu2)alu_op[op], d, d, s);
	case ISA_ALU_DIV:
	case ISA_ALU_SDIV:
	case ISA_ALU_MOD:
	case ISA_ALU_SMOD: return divide(p, w, op, d, s);
	case ISA_ALU_MOV: return w ? a64_mov(p, d, s) : a64_mov_rr(p, false, d, s);
	case ISA_N_ALU: break;
	}
	gen->err = -EOPNOTSUPP;
	return p;
}

uint8_t *a64_lower_end(uint8_t *p, const struct isa_row *row, unsigned int d)
{
	if (row->op != ISA_END_LE && row->bits != 16)
		return a64_rev(p, row->bits == 64, d, d);
	if (row->op != ISA_END_LE)
		p = a64_rev16(p, false, d, d);
	return row->bits == 64 ? p : a64_extend(p, false, A64_UNSIGNED, row->bits, d, d);
}
