/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is arithmetic lowered to x86-64?  Shifts want their count in cl, division its operands in rax
 * and rdx; division by zero, and of the smallest number by -1, have answers that the machine's
 * instruction does not give.
 */
#include <errno.h>

#include "jit/x64_priv.h"

static const uint8_t alu_op[ISA_N_ALU] = {
	[ISA_ALU_ADD] = X64_ADD,   [ISA_ALU_SUB] = X64_SUB,  [ISA_ALU_OR] = X64_OR,
	[ISA_ALU_AND] = X64_AND,   [ISA_ALU_XOR] = X64_XOR,  [ISA_ALU_LSH] = X64_SHL,
	[ISA_ALU_RSH] = X64_SHR,   [ISA_ALU_ARSH] = X64_SAR, [ISA_ALU_DIV] = X64_DIV,
	[ISA_ALU_SDIV] = X64_IDIV, [ISA_ALU_MOD] = X64_DIV,  [ISA_ALU_SMOD] = X64_IDIV,
};

/*
 * Shifts, multiplication, division.
 */

/* The count must be in cl, which is r4's register. */
static uint8_t *shift_x(const struct jit_gen *gen, uint8_t *p, bool w, enum x64_shift op,
			unsigned int d, unsigned int s)
{
	unsigned int to = d == RCX ? T0 : d;

	if (s == RCX)
		return x64_shift_rc(p, w, op, d);
	if (d == RCX || x64_carries(gen, 4))
		p = x64_mov_rr(p, true, T0, RCX);
	p = x64_mov_rr(p, false, RCX, s);
	p = x64_shift_rc(p, w, op, to);
	if (d == RCX || x64_carries(gen, 4))
		p = x64_mov_rr(p, true, RCX, T0);
	return p;
}

static uint8_t *shift_k(uint8_t *p, bool w, enum x64_shift op, unsigned int d, int32_t imm)
{
	unsigned int n = (unsigned int)imm & (w ? 63 : 31);

	return n ? x64_shift_ri(p, w, op, d, n) : x64_zero_extend(p, w, d);
}

/* d = d / s or d % s for a divisor that the machine accepts, which is not in rax or rdx. */
static uint8_t *divide(const struct jit_gen *gen, uint8_t *p, bool w, enum isa_alu op,
		       unsigned int d, unsigned int s)
{
	bool is_signed = op == ISA_ALU_SDIV || op == ISA_ALU_SMOD;
	unsigned int result = op == ISA_ALU_MOD || op == ISA_ALU_SMOD ? RDX : RAX;
	bool keep_rdx = d != RDX && x64_carries(gen, 3);

	if (d != RAX)
		p = x64_mov_rr(p, true, T1, RAX);
	if (keep_rdx)
		p = x64_mov_rr(p, true, T2, RDX);
	if (d != RAX)
		p = x64_mov_rr(p, w, RAX, d);
	p = is_signed ? x64_cqo(p, w) : x64_alu_rr(p, false, X64_XOR, RDX, RDX);
	p = x64_unary(p, w, (enum x64_unary)alu_op[op], s);
	if (d != result)
		p = x64_mov_rr(p, w, d, result);
	if (d != RAX)
		p = x64_mov_rr(p, true, RAX, T1);
	if (keep_rdx)
		p = x64_mov_rr(p, true, RDX, T2);
	return p;
}

static uint8_t *divide_x(const struct jit_gen *gen, uint8_t *p, bool w, enum isa_alu op,
			 unsigned int d, unsigned int s)
{
	bool is_signed = op == ISA_ALU_SDIV || op == ISA_ALU_SMOD;
	bool is_mod = op == ISA_ALU_MOD || op == ISA_ALU_SMOD;
	uint8_t *to_zero, *to_minus = NULL, *to_end, *to_end2 = NULL;

	if (s == RAX || s == RDX) {
		p = x64_mov_rr(p, true, T0, s);
		s = T0;
	}
	p = x64_test_rr(p, w, s, s);
	to_zero = p = x64_jcc8(p, X64_E, 0);
	if (is_signed) {
		p = x64_alu_ri(p, w, X64_CMP, s, -1);
		to_minus = p = x64_jcc8(p, X64_E, 0);
	}
	p = divide(gen, p, w, op, d, s);
	to_end = p = x64_jmp8(p, 0);
	if (is_signed) {
		x64_land(to_minus, p);
		p = is_mod ? x64_alu_rr(p, false, X64_XOR, d, d) : x64_unary(p, w, X64_NEG, d);
		to_end2 = p = x64_jmp8(p, 0);
	}
	x64_land(to_zero, p);
	p = is_mod ? x64_zero_extend(p, w, d) : x64_alu_rr(p, false, X64_XOR, d, d);
	x64_land(to_end, p);
	if (is_signed)
		x64_land(to_end2, p);
	return p;
}

/* Division by 0, 1 and -1 has a fixed answer; unsigned powers of two are shifts. */
static uint8_t *divide_k(struct jit_gen *gen, uint8_t *p, bool w, enum isa_alu op, unsigned int d,
			 int32_t imm)
{
	bool is_signed = op == ISA_ALU_SDIV || op == ISA_ALU_SMOD;
	bool is_mod = op == ISA_ALU_MOD || op == ISA_ALU_SMOD;
	uint64_t k = w ? (uint64_t)(int64_t)imm : (uint32_t)imm;

	if (!k)
		return is_mod ? x64_zero_extend(p, w, d) : x64_alu_rr(p, false, X64_XOR, d, d);
	if (is_mod && (k == 1 || (is_signed && imm == -1)))
		return x64_alu_rr(p, false, X64_XOR, d, d);
	if (k == 1)
		return x64_zero_extend(p, w, d);
	if (is_signed && imm == -1)
		return x64_unary(p, w, X64_NEG, d);
	if (!is_signed && !(k & (k - 1)) && k <= 1u << 31) {
		if (is_mod)
			return x64_alu_ri(p, false, X64_AND, d, (int32_t)(k - 1));
		return x64_shift_ri(p, w, X64_SHR, d, (unsigned int)__builtin_ctzll(k));
	}
	p = x64_put(gen, p, T0, k);
	return divide(gen, p, w, op, d, T0);
}

static uint8_t *multiply_k(uint8_t *p, bool w, unsigned int d, int32_t imm)
{
	if (imm > 0 && !(imm & (imm - 1)))
		return shift_k(p, w, X64_SHL, d, __builtin_ctz((unsigned int)imm));
	if (!imm)
		return x64_alu_rr(p, false, X64_XOR, d, d);
	return x64_imul_rri(p, w, d, d, imm);
}

/*
 * ALU forms.
 */

static uint8_t *and_k(uint8_t *p, bool w, unsigned int d, int32_t imm)
{
	if (imm == 0xff)
		return x64_movzx_rr(p, 8, d, d);
	if (imm == 0xffff)
		return x64_movzx_rr(p, 16, d, d);
	return x64_alu_ri(p, w && imm < 0, X64_AND, d, imm);
}

#define HIDEABLE                                                                        \
	(1u << ISA_ALU_ADD | 1u << ISA_ALU_SUB | 1u << ISA_ALU_OR | 1u << ISA_ALU_XOR | \
	 1u << ISA_ALU_AND | 1u << ISA_ALU_MUL)

uint8_t *x64_lower_alu_k(struct jit_gen *gen, uint8_t *p, const struct isa_row *row,
			 const struct bpf_insn *insn)
{
	unsigned int d = x64_map[insn->dst_reg];
	bool w = row->bits == 64;
	int32_t imm = insn->imm;
	enum isa_alu op = row->op;

	if (x64_hides(gen, imm) && HIDEABLE >> op & 1) {
		p = x64_put(gen, p, T0, w ? (uint64_t)(int64_t)imm : (uint32_t)imm);
		return op == ISA_ALU_MUL ? x64_imul_rr(p, w, d, T0)
					 : x64_alu_rr(p, w, alu_op[op], d, T0);
	}
	switch (op) {
	case ISA_ALU_ADD:
		if (imm == 128)
			return x64_alu_ri(p, w, X64_SUB, d, -128);
		return x64_alu_ri(p, w, X64_ADD, d, imm);
	case ISA_ALU_SUB:
		if (imm == 128)
			return x64_alu_ri(p, w, X64_ADD, d, -128);
		return x64_alu_ri(p, w, X64_SUB, d, imm);
	case ISA_ALU_OR:
	case ISA_ALU_XOR: return x64_alu_ri(p, w, alu_op[op], d, imm);
	case ISA_ALU_AND: return and_k(p, w, d, imm);
	case ISA_ALU_MUL: return multiply_k(p, w, d, imm);
	case ISA_ALU_LSH:
	case ISA_ALU_RSH:
	case ISA_ALU_ARSH: return shift_k(p, w, (enum x64_shift)alu_op[op], d, imm);
	case ISA_ALU_DIV:
	case ISA_ALU_SDIV:
	case ISA_ALU_MOD:
	case ISA_ALU_SMOD: return divide_k(gen, p, w, op, d, imm);
	case ISA_ALU_MOV: return x64_put(gen, p, d, w ? (uint64_t)(int64_t)imm : (uint32_t)imm);
	case ISA_N_ALU: break;
	}
	gen->err = -EOPNOTSUPP;
	return p;
}

uint8_t *x64_lower_alu_x(struct jit_gen *gen, uint8_t *p, const struct isa_row *row,
			 const struct bpf_insn *insn)
{
	unsigned int d = x64_map[insn->dst_reg], s = x64_map[insn->src_reg];
	bool w = row->bits == 64;
	enum isa_alu op = row->op;

	switch (op) {
	case ISA_ALU_ADD:
	case ISA_ALU_SUB:
	case ISA_ALU_OR:
	case ISA_ALU_AND:
	case ISA_ALU_XOR: return x64_alu_rr(p, w, alu_op[op], d, s);
	case ISA_ALU_MUL: return x64_imul_rr(p, w, d, s);
	case ISA_ALU_LSH:
	case ISA_ALU_RSH:
	case ISA_ALU_ARSH: return shift_x(gen, p, w, (enum x64_shift)alu_op[op], d, s);
	case ISA_ALU_DIV:
	case ISA_ALU_SDIV:
	case ISA_ALU_MOD:
	case ISA_ALU_SMOD: return divide_x(gen, p, w, op, d, s);
	case ISA_ALU_MOV: return w ? x64_mov(p, d, s) : x64_mov_rr(p, false, d, s);
	case ISA_N_ALU: break;
	}
	gen->err = -EOPNOTSUPP;
	return p;
}

uint8_t *x64_lower_end(uint8_t *p, const struct isa_row *row, unsigned int d)
{
	if (row->op == ISA_END_LE)
		return row->bits == 64 ? p : x64_movzx_rr(p, row->bits, d, d);
	p = x64_bswap(p, row->bits == 64, d);
	return row->bits == 16 ? x64_shift_ri(p, false, X64_SHR, d, 16) : p;
}
