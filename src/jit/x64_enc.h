/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which bytes are this x86-64 instruction?  One pure function per shape: bytes go to p, the new end
 * comes back.  Nothing here knows of BPF.  `w` selects 64-bit operands; 32-bit results are zero
 * extended by the machine.  Immediates take their shortest form.
 */
#ifndef JIT_X64_ENC_H
#define JIT_X64_ENC_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum x64_reg {
	RAX,
	RCX,
	RDX,
	RBX,
	RSP,
	RBP,
	RSI,
	RDI,
	R8,
	R9,
	R10,
	R11,
	R12,
	R13,
	R14,
	R15
};

/* Numbers that x86 gives operations that share an opcode. */
enum x64_alu {
	X64_ADD,
	X64_OR,
	X64_ADC,
	X64_SBB,
	X64_AND,
	X64_SUB,
	X64_XOR,
	X64_CMP
};
enum x64_shift {
	X64_ROL = 0,
	X64_ROR = 1,
	X64_SHL = 4,
	X64_SHR = 5,
	X64_SAR = 7
};
enum x64_unary {
	X64_NOT = 2,
	X64_NEG = 3,
	X64_MUL = 4,
	X64_DIV = 6,
	X64_IDIV = 7
};
enum x64_cc {
	X64_B = 2,
	X64_AE = 3,
	X64_E = 4,
	X64_NE = 5,
	X64_BE = 6,
	X64_A = 7,
	X64_S = 8,
	X64_NS = 9,
	X64_L = 12,
	X64_GE = 13,
	X64_LE = 14,
	X64_G = 15,
};

static inline uint8_t *x64_byte(uint8_t *p, unsigned int b)
{
	*p = (uint8_t)b;
	return p + 1;
}

static inline uint8_t *x64_imm16(uint8_t *p, int32_t v)
{
	uint16_t low = (uint16_t)v;

	memcpy(p, &low, 2);
	return p + 2;
}

static inline uint8_t *x64_imm32(uint8_t *p, int32_t v)
{
	memcpy(p, &v, 4);
	return p + 4;
}

static inline uint8_t *x64_imm64(uint8_t *p, uint64_t v)
{
	memcpy(p, &v, 8);
	return p + 8;
}

/* The prefix that holds the high bits of registers; left out when it says nothing. */
static inline uint8_t *x64_rex(uint8_t *p, bool w, unsigned int reg, unsigned int index,
			       unsigned int base, bool force)
{
	unsigned int rex = (unsigned int)w << 3 | reg >> 3 << 2 | index >> 3 << 1 | base >> 3;

	*p = (uint8_t)(0x40 | rex);
	return p + (rex || force);
}

static inline uint8_t *x64_modrm_rr(uint8_t *p, unsigned int reg, unsigned int rm)
{
	return x64_byte(p, 0xc0 | (reg & 7) << 3 | (rm & 7));
}

/* One byte or four: all four are written, whatever counts, since a branch would be mispredicted. */
static inline uint8_t *x64_imm8or32(uint8_t *p, int32_t v)
{
	memcpy(p, &v, 4);
	return p + (v == (int8_t)v ? 1 : 4);
}

/* [base + disp]; rbp and r13 have no form without a displacement, rsp and r12 need an index byte.
 */
static inline uint8_t *x64_modrm_mem(uint8_t *p, unsigned int reg, unsigned int base, int32_t disp)
{
	static const uint8_t disp_size[] = { 0, 1, 4 };
	unsigned int mod = (unsigned int)((disp != 0) | ((base & 7) == RBP)) +
			   (unsigned int)(disp != (int8_t)disp);

	p = x64_byte(p, mod << 6 | (reg & 7) << 3 | (base & 7));
	if ((base & 7) == RSP)
		p = x64_byte(p, 0x24);
	memcpy(p, &disp, 4);
	return p + disp_size[mod];
}

static inline uint8_t *x64_op_rr(uint8_t *p, bool w, unsigned int opcode, unsigned int reg,
				 unsigned int rm)
{
	p = x64_rex(p, w, reg, 0, rm, false);
	p = x64_byte(p, opcode);
	return x64_modrm_rr(p, reg, rm);
}

static inline uint8_t *x64_op_rm(uint8_t *p, bool w, unsigned int opcode, unsigned int reg,
				 unsigned int base, int32_t disp)
{
	p = x64_rex(p, w, reg, 0, base, false);
	p = x64_byte(p, opcode);
	return x64_modrm_mem(p, reg, base, disp);
}

static inline uint8_t *x64_op0f_rr(uint8_t *p, bool w, unsigned int opcode, unsigned int reg,
				   unsigned int rm, bool byte_rm)
{
	p = x64_rex(p, w, reg, 0, rm, byte_rm && rm >= RSP);
	p = x64_byte(p, 0x0f);
	p = x64_byte(p, opcode);
	return x64_modrm_rr(p, reg, rm);
}

static inline uint8_t *x64_op0f_rm(uint8_t *p, bool w, unsigned int opcode, unsigned int reg,
				   unsigned int base, int32_t disp)
{
	p = x64_rex(p, w, reg, 0, base, false);
	p = x64_byte(p, 0x0f);
	p = x64_byte(p, opcode);
	return x64_modrm_mem(p, reg, base, disp);
}

/* op dst, src */
static inline uint8_t *x64_alu_rr(uint8_t *p, bool w, enum x64_alu op, unsigned int dst,
				  unsigned int src)
{
	return x64_op_rr(p, w, (unsigned int)op << 3 | 1, src, dst);
}

/* op dst, imm (sign extended) */
static inline uint8_t *x64_alu_ri(uint8_t *p, bool w, enum x64_alu op, unsigned int dst,
				  int32_t imm)
{
	bool low = imm == (int8_t)imm;

	p = x64_rex(p, w, 0, 0, dst, false);
	if (dst == RAX && !low) {
		p = x64_byte(p, (unsigned int)op << 3 | 5);
		return x64_imm32(p, imm);
	}
	p = x64_byte(p, 0x81 | (unsigned int)low << 1);
	p = x64_modrm_rr(p, op, dst);
	return x64_imm8or32(p, imm);
}

/* op [base + disp], src */
static inline uint8_t *x64_alu_mr(uint8_t *p, bool w, enum x64_alu op, unsigned int base,
				  int32_t disp, unsigned int src)
{
	return x64_op_rm(p, w, (unsigned int)op << 3 | 1, src, base, disp);
}

static inline uint8_t *x64_test_rr(uint8_t *p, bool w, unsigned int a, unsigned int b)
{
	return x64_op_rr(p, w, 0x85, b, a);
}

/* test dst, imm (sign extended) */
static inline uint8_t *x64_test_ri(uint8_t *p, bool w, unsigned int dst, int32_t imm)
{
	bool low = imm >= 0 && imm <= 127;

	p = x64_rex(p, w && imm < 0, 0, 0, dst, low && dst >= RSP);
	if (dst == RAX) {
		p = x64_byte(p, low ? 0xa8 : 0xa9);
	} else {
		p = x64_byte(p, low ? 0xf6 : 0xf7);
		p = x64_modrm_rr(p, 0, dst);
	}
	return low ? x64_byte(p, (unsigned int)imm) : x64_imm32(p, imm);
}

static inline uint8_t *x64_mov_rr(uint8_t *p, bool w, unsigned int dst, unsigned int src)
{
	return x64_op_rr(p, w, 0x89, src, dst);
}

/* dst = value, in the shortest of five forms; changes flags. */
static inline uint8_t *x64_mov_ri(uint8_t *p, unsigned int dst, uint64_t value)
{
	if (!value)
		return x64_alu_rr(p, false, X64_XOR, dst, dst);
	if (value <= UINT32_MAX) {
		p = x64_rex(p, false, 0, 0, dst, false);
		p = x64_byte(p, 0xb8 | (dst & 7));
		return x64_imm32(p, (int32_t)value);
	}
	p = x64_rex(p, true, 0, 0, dst, false);
	if ((int64_t)value == (int32_t)value) {
		p = x64_byte(p, 0xc7);
		p = x64_modrm_rr(p, 0, dst);
		return x64_imm32(p, (int32_t)value);
	}
	p = x64_byte(p, 0xb8 | (dst & 7));
	return x64_imm64(p, value);
}

static inline uint8_t *x64_imul_rr(uint8_t *p, bool w, unsigned int dst, unsigned int src)
{
	return x64_op0f_rr(p, w, 0xaf, dst, src, false);
}

/* dst = src * imm */
static inline uint8_t *x64_imul_rri(uint8_t *p, bool w, unsigned int dst, unsigned int src,
				    int32_t imm)
{
	bool low = imm == (int8_t)imm;

	p = x64_op_rr(p, w, 0x69 | (unsigned int)low << 1, dst, src);
	return x64_imm8or32(p, imm);
}

static inline uint8_t *x64_shift_ri(uint8_t *p, bool w, enum x64_shift op, unsigned int dst,
				    unsigned int n)
{
	p = x64_op_rr(p, w, n == 1 ? 0xd1 : 0xc1, op, dst);
	*p = (uint8_t)n;
	return p + (n != 1);
}

/* op dst, cl */
static inline uint8_t *x64_shift_rc(uint8_t *p, bool w, enum x64_shift op, unsigned int dst)
{
	return x64_op_rr(p, w, 0xd3, op, dst);
}

/* not, neg; mul, div, idiv of rdx:rax by r */
static inline uint8_t *x64_unary(uint8_t *p, bool w, enum x64_unary op, unsigned int r)
{
	return x64_op_rr(p, w, 0xf7, op, r);
}

/* Sign of rax into rdx. */
static inline uint8_t *x64_cqo(uint8_t *p, bool w)
{
	p = x64_rex(p, w, 0, 0, 0, false);
	return x64_byte(p, 0x99);
}

static inline uint8_t *x64_bswap(uint8_t *p, bool w, unsigned int r)
{
	p = x64_rex(p, w, 0, 0, r, false);
	p = x64_byte(p, 0x0f);
	return x64_byte(p, 0xc8 | (r & 7));
}

/* dst = zero extended low 8, 16 or 32 bits of src */
static inline uint8_t *x64_movzx_rr(uint8_t *p, unsigned int bits, unsigned int dst,
				    unsigned int src)
{
	if (bits == 32)
		return x64_mov_rr(p, false, dst, src);
	return x64_op0f_rr(p, false, bits == 8 ? 0xb6 : 0xb7, dst, src, bits == 8);
}

/* dst = sign extended low 8, 16 or 32 bits of src */
static inline uint8_t *x64_movsx_rr(uint8_t *p, bool w, unsigned int bits, unsigned int dst,
				    unsigned int src)
{
	if (bits == 32)
		return x64_op_rr(p, w, 0x63, dst, src);
	return x64_op0f_rr(p, w, bits == 8 ? 0xbe : 0xbf, dst, src, bits == 8);
}

/* dst = zero extended [base + disp] of 8, 16, 32 or 64 bits */
static inline uint8_t *x64_load(uint8_t *p, unsigned int bits, unsigned int dst, unsigned int base,
				int32_t disp)
{
	if (bits >= 32)
		return x64_op_rm(p, bits == 64, 0x8b, dst, base, disp);
	return x64_op0f_rm(p, false, bits == 8 ? 0xb6 : 0xb7, dst, base, disp);
}

/* dst = [base + disp] of 8, 16 or 32 bits, sign extended to 64 */
static inline uint8_t *x64_load_sx(uint8_t *p, unsigned int bits, unsigned int dst,
				   unsigned int base, int32_t disp)
{
	if (bits == 32)
		return x64_op_rm(p, true, 0x63, dst, base, disp);
	return x64_op0f_rm(p, true, bits == 8 ? 0xbe : 0xbf, dst, base, disp);
}

static inline uint8_t *x64_store(uint8_t *p, unsigned int bits, unsigned int base, int32_t disp,
				 unsigned int src)
{
	*p = 0x66;
	p += bits == 16;
	p = x64_rex(p, bits == 64, src, 0, base, bits == 8 && src >= RSP);
	p = x64_byte(p, bits == 8 ? 0x88 : 0x89);
	return x64_modrm_mem(p, src, base, disp);
}

/* [base + disp] = imm (sign extended to 64 bits) */
static inline uint8_t *x64_store_i(uint8_t *p, unsigned int bits, unsigned int base, int32_t disp,
				   int32_t imm)
{
	*p = 0x66;
	p += bits == 16;
	p = x64_rex(p, bits == 64, 0, 0, base, false);
	p = x64_byte(p, bits == 8 ? 0xc6 : 0xc7);
	p = x64_modrm_mem(p, 0, base, disp);
	if (bits == 8)
		return x64_byte(p, (uint8_t)imm);
	return bits == 16 ? x64_imm16(p, imm) : x64_imm32(p, imm);
}

/* dst = base + disp */
static inline uint8_t *x64_lea(uint8_t *p, bool w, unsigned int dst, unsigned int base,
			       int32_t disp)
{
	return x64_op_rm(p, w, 0x8d, dst, base, disp);
}

/* dst = base + index; index is not rsp */
static inline uint8_t *x64_lea_sib(uint8_t *p, bool w, unsigned int dst, unsigned int base,
				   unsigned int index)
{
	bool disp = (base & 7) == RBP;

	p = x64_rex(p, w, dst, index, base, false);
	p = x64_byte(p, 0x8d);
	p = x64_byte(p, (unsigned int)disp << 6 | (dst & 7) << 3 | 4);
	p = x64_byte(p, (index & 7) << 3 | (base & 7));
	*p = 0;
	return p + disp;
}

/* dst = address of what follows + rel; the last four bytes are rel. */
static inline uint8_t *x64_lea_rip(uint8_t *p, unsigned int dst, int32_t rel)
{
	p = x64_rex(p, true, dst, 0, 0, false);
	p = x64_byte(p, 0x8d);
	p = x64_byte(p, (dst & 7) << 3 | 5);
	return x64_imm32(p, rel);
}

/* dst = [base + index * 8]; base is not rbp or r13, index is not rsp */
static inline uint8_t *x64_load_index8(uint8_t *p, unsigned int dst, unsigned int base,
				       unsigned int index)
{
	p = x64_rex(p, true, dst, index, base, false);
	p = x64_byte(p, 0x8b);
	p = x64_byte(p, (dst & 7) << 3 | 4);
	return x64_byte(p, 3 << 6 | (index & 7) << 3 | (base & 7));
}

static inline uint8_t *x64_lock(uint8_t *p)
{
	return x64_byte(p, 0xf0);
}

static inline uint8_t *x64_xadd_mr(uint8_t *p, bool w, unsigned int base, int32_t disp,
				   unsigned int src)
{
	return x64_op0f_rm(p, w, 0xc1, src, base, disp);
}

static inline uint8_t *x64_cmpxchg_mr(uint8_t *p, bool w, unsigned int base, int32_t disp,
				      unsigned int src)
{
	return x64_op0f_rm(p, w, 0xb1, src, base, disp);
}

static inline uint8_t *x64_xchg_mr(uint8_t *p, bool w, unsigned int base, int32_t disp,
				   unsigned int src)
{
	return x64_op_rm(p, w, 0x87, src, base, disp);
}

static inline uint8_t *x64_push(uint8_t *p, unsigned int r)
{
	p = x64_rex(p, false, 0, 0, r, false);
	return x64_byte(p, 0x50 | (r & 7));
}

static inline uint8_t *x64_pop(uint8_t *p, unsigned int r)
{
	p = x64_rex(p, false, 0, 0, r, false);
	return x64_byte(p, 0x58 | (r & 7));
}

static inline uint8_t *x64_leave(uint8_t *p)
{
	return x64_byte(p, 0xc9);
}

static inline uint8_t *x64_ret(uint8_t *p)
{
	return x64_byte(p, 0xc3);
}

/* rel counts from the end of the branch. */
static inline uint8_t *x64_jmp8(uint8_t *p, int32_t rel)
{
	p = x64_byte(p, 0xeb);
	return x64_byte(p, (uint8_t)rel);
}

static inline uint8_t *x64_jmp32(uint8_t *p, int32_t rel)
{
	p = x64_byte(p, 0xe9);
	return x64_imm32(p, rel);
}

static inline uint8_t *x64_jcc8(uint8_t *p, enum x64_cc cc, int32_t rel)
{
	p = x64_byte(p, 0x70 | (unsigned int)cc);
	return x64_byte(p, (uint8_t)rel);
}

static inline uint8_t *x64_jcc32(uint8_t *p, enum x64_cc cc, int32_t rel)
{
	p = x64_byte(p, 0x0f);
	p = x64_byte(p, 0x80 | (unsigned int)cc);
	return x64_imm32(p, rel);
}

static inline uint8_t *x64_call32(uint8_t *p, int32_t rel)
{
	p = x64_byte(p, 0xe8);
	return x64_imm32(p, rel);
}

static inline uint8_t *x64_call_r(uint8_t *p, unsigned int r)
{
	return x64_op_rr(p, false, 0xff, 2, r);
}

static inline uint8_t *x64_jmp_r(uint8_t *p, unsigned int r)
{
	return x64_op_rr(p, false, 0xff, 4, r);
}

/* jmp to the 64-bit address that follows */
static inline uint8_t *x64_jmp_far(uint8_t *p, uint64_t target)
{
	p = x64_byte(p, 0xff);
	p = x64_byte(p, 0x25);
	p = x64_imm32(p, 0);
	return x64_imm64(p, target);
}

static inline uint8_t *x64_ud2(uint8_t *p)
{
	p = x64_byte(p, 0x0f);
	return x64_byte(p, 0x0b);
}

#endif
