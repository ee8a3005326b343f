/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which bytes are an x86-64 instruction with a full memory operand, [base + index << scale + disp],
 * and which are those that only the optimiser emits?  As x64_enc.h: one pure function per shape.
 */
#ifndef JIT_X64_ADDR_H
#define JIT_X64_ADDR_H

#include "jit/x64_enc.h"

enum {
	X64_NONE = 0xff
};

struct x64_addr {
	uint8_t base, index; /* X64_NONE: none; index is not rsp */
	uint8_t scale;
	int32_t disp;
};

static inline unsigned int x64_or0(uint8_t r)
{
	return r == X64_NONE ? 0 : r;
}

static inline uint8_t *x64_modrm_addr(uint8_t *p, unsigned int reg, const struct x64_addr *a)
{
	unsigned int mod, index = a->index == X64_NONE ? RSP : a->index & 7u;

	if (a->base != X64_NONE && a->index == X64_NONE)
		return x64_modrm_mem(p, reg, a->base, a->disp);
	if (a->base == X64_NONE) {
		p = x64_byte(p, (reg & 7) << 3 | 4);
		p = x64_byte(p, (unsigned int)a->scale << 6 | index << 3 | 5);
		return x64_imm32(p, a->disp);
	}
	mod = (unsigned int)((a->disp != 0) | ((a->base & 7) == RBP)) +
	      (unsigned int)(a->disp != (int8_t)a->disp);
	p = x64_byte(p, mod << 6 | (reg & 7) << 3 | 4);
	p = x64_byte(p, (unsigned int)a->scale << 6 | index << 3 | (a->base & 7));
	if (mod == 0)
		return p;
	return mod == 1 ? x64_byte(p, (uint8_t)a->disp) : x64_imm32(p, a->disp);
}

static inline uint8_t *x64_rex_addr(uint8_t *p, bool w, unsigned int reg, const struct x64_addr *a,
				    bool force)
{
	return x64_rex(p, w, reg, x64_or0(a->index), x64_or0(a->base), force);
}

static inline uint8_t *x64_op_ra(uint8_t *p, bool w, unsigned int opcode, unsigned int reg,
				 const struct x64_addr *a)
{
	p = x64_rex_addr(p, w, reg, a, false);
	p = x64_byte(p, opcode);
	return x64_modrm_addr(p, reg, a);
}

static inline uint8_t *x64_op0f_ra(uint8_t *p, bool w, unsigned int opcode, unsigned int reg,
				   const struct x64_addr *a)
{
	p = x64_rex_addr(p, w, reg, a, false);
	p = x64_byte(p, 0x0f);
	p = x64_byte(p, opcode);
	return x64_modrm_addr(p, reg, a);
}

/* dst = zero extended memory of 8, 16, 32 or 64 bits */
static inline uint8_t *x64_load_a(uint8_t *p, unsigned int bits, unsigned int dst,
				  const struct x64_addr *a)
{
	if (bits >= 32)
		return x64_op_ra(p, bits == 64, 0x8b, dst, a);
	return x64_op0f_ra(p, false, bits == 8 ? 0xb6 : 0xb7, dst, a);
}

/* dst = memory of 8, 16 or 32 bits, sign extended to 64, or of 8 or 16 to 32 */
static inline uint8_t *x64_load_sx_a(uint8_t *p, bool w, unsigned int bits, unsigned int dst,
				     const struct x64_addr *a)
{
	if (bits == 32)
		return x64_op_ra(p, true, 0x63, dst, a);
	return x64_op0f_ra(p, w, bits == 8 ? 0xbe : 0xbf, dst, a);
}

static inline uint8_t *x64_store_a(uint8_t *p, unsigned int bits, const struct x64_addr *a,
				   unsigned int src)
{
	*p = 0x66;
	p += bits == 16;
	p = x64_rex_addr(p, bits == 64, src, a, bits == 8 && src >= RSP);
	p = x64_byte(p, bits == 8 ? 0x88 : 0x89);
	return x64_modrm_addr(p, src, a);
}

/* memory = imm (sign extended to 64 bits) */
static inline uint8_t *x64_store_ia(uint8_t *p, unsigned int bits, const struct x64_addr *a,
				    int32_t imm)
{
	*p = 0x66;
	p += bits == 16;
	p = x64_rex_addr(p, bits == 64, 0, a, false);
	p = x64_byte(p, bits == 8 ? 0xc6 : 0xc7);
	p = x64_modrm_addr(p, 0, a);
	if (bits == 8)
		return x64_byte(p, (uint8_t)imm);
	return bits == 16 ? x64_imm16(p, imm) : x64_imm32(p, imm);
}

static inline uint8_t *x64_lea_a(uint8_t *p, bool w, unsigned int dst, const struct x64_addr *a)
{
	return x64_op_ra(p, w, 0x8d, dst, a);
}

/* op dst, memory */
static inline uint8_t *x64_alu_ra(uint8_t *p, bool w, enum x64_alu op, unsigned int dst,
				  const struct x64_addr *a)
{
	return x64_op_ra(p, w, (unsigned int)op << 3 | 3, dst, a);
}

/* op memory, src */
static inline uint8_t *x64_alu_ar(uint8_t *p, bool w, enum x64_alu op, const struct x64_addr *a,
				  unsigned int src)
{
	return x64_op_ra(p, w, (unsigned int)op << 3 | 1, src, a);
}

static inline uint8_t *x64_imul_ra(uint8_t *p, bool w, unsigned int dst, const struct x64_addr *a)
{
	return x64_op0f_ra(p, w, 0xaf, dst, a);
}

/* dst = src, memory or register, if cc */
static inline uint8_t *x64_cmov_ra(uint8_t *p, enum x64_cc cc, unsigned int dst,
				   const struct x64_addr *a)
{
	return x64_op0f_ra(p, true, 0x40 | (unsigned int)cc, dst, a);
}

static inline uint8_t *x64_cmov_rr(uint8_t *p, enum x64_cc cc, unsigned int dst, unsigned int src)
{
	return x64_op0f_rr(p, true, 0x40 | (unsigned int)cc, dst, src, false);
}

/* low byte of dst = cc */
static inline uint8_t *x64_setcc(uint8_t *p, enum x64_cc cc, unsigned int dst)
{
	return x64_op0f_rr(p, false, 0x90 | (unsigned int)cc, 0, dst, true);
}

/* dst = 0, without a change of flags */
static inline uint8_t *x64_mov_zero(uint8_t *p, unsigned int dst)
{
	p = x64_rex(p, false, 0, 0, dst, false);
	p = x64_byte(p, 0xb8 | (dst & 7));
	return x64_imm32(p, 0);
}

/* The prefix of three bytes: `map` 2 is 0f 38, 3 is 0f 3a; `pp` 1 is 66, 2 f3, 3 f2. */
static inline uint8_t *x64_vex(uint8_t *p, bool w, unsigned int map, unsigned int pp,
			       unsigned int reg, unsigned int v, unsigned int rm)
{
	p = x64_byte(p, 0xc4);
	p = x64_byte(p, (~reg >> 3 & 1) << 7 | 1 << 6 | (~rm >> 3 & 1) << 5 | map);
	return x64_byte(p, (unsigned int)w << 7 | (~v & 15) << 3 | pp);
}

/* dst = src shifted by count, without flags and without a fixed register (BMI2) */
static inline uint8_t *x64_shiftx(uint8_t *p, bool w, enum x64_shift op, unsigned int dst,
				  unsigned int src, unsigned int count)
{
	unsigned int pp = op == X64_SHL ? 1 : op == X64_SAR ? 2 : 3;

	p = x64_vex(p, w, 2, pp, dst, count, src);
	p = x64_byte(p, 0xf7);
	return x64_modrm_rr(p, dst, src);
}

/* low 16 bits of dst rotated left by n */
static inline uint8_t *x64_rol16(uint8_t *p, unsigned int dst, unsigned int n)
{
	p = x64_byte(p, 0x66);
	p = x64_op_rr(p, false, 0xc1, X64_ROL, dst);
	return x64_byte(p, n);
}

/* dst = src rotated right by n (BMI2) */
static inline uint8_t *x64_rorx(uint8_t *p, bool w, unsigned int dst, unsigned int src,
				unsigned int n)
{
	p = x64_vex(p, w, 3, 3, dst, 0, src);
	p = x64_byte(p, 0xf0);
	p = x64_modrm_rr(p, dst, src);
	return x64_byte(p, n);
}

/* dst = how many bits of src are set (POPCNT) */
static inline uint8_t *x64_popcnt_rr(uint8_t *p, bool w, unsigned int dst, unsigned int src)
{
	return x64_op0f_rr(x64_byte(p, 0xf3), w, 0xb8, dst, src, false);
}

static inline uint8_t *x64_popcnt_ra(uint8_t *p, bool w, unsigned int dst, const struct x64_addr *a)
{
	return x64_op0f_ra(x64_byte(p, 0xf3), w, 0xb8, dst, a);
}

/* Comparisons of 8 to 64 bits with memory.  cmp memory, imm (sign extended) */
static inline uint8_t *x64_cmp_ai(uint8_t *p, unsigned int bits, const struct x64_addr *a,
				  int32_t imm)
{
	bool low = bits != 8 && imm == (int8_t)imm;

	*p = 0x66;
	p += bits == 16;
	p = x64_rex_addr(p, bits == 64, 0, a, false);
	p = x64_byte(p, bits == 8 ? 0x80 : 0x81 | (unsigned int)low << 1);
	p = x64_modrm_addr(p, X64_CMP, a);
	if (low || bits == 8)
		return x64_byte(p, (uint8_t)imm);
	return bits == 16 ? x64_imm16(p, imm) : x64_imm32(p, imm);
}

/* test memory, imm (sign extended); not of 16 bits */
static inline uint8_t *x64_test_ai(uint8_t *p, unsigned int bits, const struct x64_addr *a,
				   int32_t imm)
{
	p = x64_rex_addr(p, bits == 64, 0, a, false);
	p = x64_byte(p, bits == 8 ? 0xf6 : 0xf7);
	p = x64_modrm_addr(p, 0, a);
	return bits == 8 ? x64_byte(p, (uint8_t)imm) : x64_imm32(p, imm);
}

static inline uint8_t *x64_test_ra(uint8_t *p, bool w, unsigned int reg, const struct x64_addr *a)
{
	return x64_op_ra(p, w, 0x85, reg, a);
}

static inline uint8_t *x64_cmp_with(uint8_t *p, unsigned int opcode, unsigned int bits,
				    unsigned int reg, const struct x64_addr *a)
{
	*p = 0x66;
	p += bits == 16;
	p = x64_rex_addr(p, bits == 64, reg, a, bits == 8 && reg >= RSP);
	p = x64_byte(p, opcode | (bits != 8));
	return x64_modrm_addr(p, reg, a);
}

/* cmp memory, reg */
static inline uint8_t *x64_cmp_ar(uint8_t *p, unsigned int bits, const struct x64_addr *a,
				  unsigned int reg)
{
	return x64_cmp_with(p, 0x38, bits, reg, a);
}

/* cmp reg, memory */
static inline uint8_t *x64_cmp_ra(uint8_t *p, unsigned int bits, unsigned int reg,
				  const struct x64_addr *a)
{
	return x64_cmp_with(p, 0x3a, bits, reg, a);
}

/* n bytes that do nothing, in as few instructions as it takes */
static inline uint8_t *x64_nops(uint8_t *p, unsigned int n)
{
	static const uint8_t nop[9] = { 0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0 };
	static const uint8_t shorter[8][7] = {
		{ 0 },
		{ 0x90 },
		{ 0x66, 0x90 },
		{ 0x0f, 0x1f, 0x00 },
		{ 0x0f, 0x1f, 0x40, 0 },
		{ 0x0f, 0x1f, 0x44, 0, 0 },
		{ 0x66, 0x0f, 0x1f, 0x44, 0, 0 },
		{ 0x0f, 0x1f, 0x80, 0, 0, 0, 0 },
	};

	for (; n > 7; n -= n >= 9 ? 9 : 8, p += 0) {
		unsigned int now = n >= 9 ? 9 : 8;

		memcpy(p, nop + 9 - now, now);
		p += now;
	}
	memcpy(p, shorter[n], n);
	return p + n;
}

#endif
