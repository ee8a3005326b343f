/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which word is this AArch64 instruction?  One pure function per shape: the word goes to p, the new
 * end comes back.  Nothing here knows of BPF.  `w` selects 64-bit operands; 32-bit results are zero
 * extended by the machine.  Distances are in bytes and count from the instruction itself.
 */
#ifndef JIT_A64_ENC_H
#define JIT_A64_ENC_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum a64_reg {
	X0,
	X1,
	X2,
	X3,
	X4,
	X5,
	X6,
	X7,
	X8,
	X9,
	X10,
	X11,
	X12,
	X13,
	X14,
	X15,
	X16,
	X17,
	X18,
	X19,
	X20,
	X21,
	X22,
	X23,
	X24,
	X25,
	X26,
	X27,
	X28,
	X29,
	X30,
	XZR,       /* reads as zero ... */
	XSP = XZR, /* ... and is the stack pointer as an address and in additions of immediates */
};

/* The words of operations, without operands. */
enum a64_alu {
	A64_ADD = 0x0b000000,
	A64_ADDS = 0x2b000000,
	A64_SUB = 0x4b000000,
	A64_SUBS = 0x6b000000,
	A64_AND = 0x0a000000,
	A64_ORR = 0x2a000000,
	A64_ORN = 0x2a200000,
	A64_EOR = 0x4a000000,
	A64_ANDS = 0x6a000000
};
enum a64_alu2 {
	A64_UDIV = 0x1ac00800,
	A64_SDIV = 0x1ac00c00,
	A64_LSL = 0x1ac02000,
	A64_LSR = 0x1ac02400,
	A64_ASR = 0x1ac02800
};
enum a64_extend {
	A64_SIGNED = 0x13000000,
	A64_UNSIGNED = 0x53000000
};
enum a64_atomic {
	A64_LDADD = 0x38200000,
	A64_LDCLR = 0x38201000,
	A64_LDEOR = 0x38202000,
	A64_LDSET = 0x38203000,
	A64_SWP = 0x38208000
};
/* What happens around an atomic operation. */
enum a64_order {
	A64_RELAXED = 0,
	A64_ORDERED = 0x00c00000 /* acquires and releases */
};
enum a64_cc {
	A64_EQ = 0,
	A64_NE = 1,
	A64_HS = 2,
	A64_LO = 3,
	A64_MI = 4,
	A64_PL = 5,
	A64_HI = 8,
	A64_LS = 9,
	A64_GE = 10,
	A64_LT = 11,
	A64_GT = 12,
	A64_LE = 13
};

static inline uint8_t *a64_word(uint8_t *p, uint32_t word)
{
	memcpy(p, &word, 4);
	return p + 4;
}

static inline uint32_t a64_sf(bool w)
{
	return (uint32_t)w << 31;
}

/* The size field of a memory access. */
static inline uint32_t a64_size(unsigned int bits)
{
	return (uint32_t)(bits == 64 ? 3 : bits == 32 ? 2 : bits == 16) << 30;
}

/* The low n bits of a signed number of units. */
static inline uint32_t a64_field(int64_t v, unsigned int n)
{
	return (uint32_t)((uint64_t)v & ((1ULL << n) - 1));
}

static inline bool a64_fits(int64_t v, unsigned int n)
{
	return v >= -(INT64_C(1) << (n - 1)) && v < INT64_C(1) << (n - 1);
}

/*
 * Registers.
 */

static inline uint8_t *a64_alu_rrr(uint8_t *p, bool w, enum a64_alu op, unsigned int d,
				   unsigned int n, unsigned int m)
{
	return a64_word(p, a64_sf(w) | op | m << 16 | n << 5 | d);
}

/* d = n op (m << shift) */
static inline uint8_t *a64_alu_shifted(uint8_t *p, bool w, enum a64_alu op, unsigned int d,
				       unsigned int n, unsigned int m, unsigned int shift)
{
	return a64_word(p, a64_sf(w) | op | m << 16 | shift << 10 | n << 5 | d);
}

static inline uint8_t *a64_alu2_rrr(uint8_t *p, bool w, enum a64_alu2 op, unsigned int d,
				    unsigned int n, unsigned int m)
{
	return a64_word(p, a64_sf(w) | op | m << 16 | n << 5 | d);
}

static inline uint8_t *a64_mov_rr(uint8_t *p, bool w, unsigned int d, unsigned int m)
{
	return a64_alu_rrr(p, w, A64_ORR, d, XZR, m);
}

/* d = a + n * m */
static inline uint8_t *a64_madd(uint8_t *p, bool w, unsigned int d, unsigned int n, unsigned int m,
				unsigned int a)
{
	return a64_word(p, a64_sf(w) | 0x1b000000 | m << 16 | a << 10 | n << 5 | d);
}

/* The upper half of a product of 64 bits. */
static inline uint8_t *a64_umulh(uint8_t *p, unsigned int d, unsigned int n, unsigned int m)
{
	return a64_word(p, 0x9bc07c00 | m << 16 | n << 5 | d);
}

/* d = a - n * m */
static inline uint8_t *a64_msub(uint8_t *p, bool w, unsigned int d, unsigned int n, unsigned int m,
				unsigned int a)
{
	return a64_word(p, a64_sf(w) | 0x1b008000 | m << 16 | a << 10 | n << 5 | d);
}

/* Bytes of all 32 or 64 bits the other way round. */
static inline uint8_t *a64_rev(uint8_t *p, bool w, unsigned int d, unsigned int n)
{
	return a64_word(p, a64_sf(w) | 0x5ac00800 | (uint32_t)w << 10 | n << 5 | d);
}

/* Bytes of each 16 bits. */
static inline uint8_t *a64_rev16(uint8_t *p, bool w, unsigned int d, unsigned int n)
{
	return a64_word(p, a64_sf(w) | 0x5ac00400 | n << 5 | d);
}

/* d = cc ? n : m */
static inline uint8_t *a64_csel(uint8_t *p, bool w, enum a64_cc cc, unsigned int d, unsigned int n,
				unsigned int m)
{
	return a64_word(p, a64_sf(w) | 0x1a800000 | m << 16 | (uint32_t)cc << 12 | n << 5 | d);
}

/* d = sp + (m << shift), by 4 at most; d 31 means sp. */
static inline uint8_t *a64_add_sp(uint8_t *p, unsigned int d, unsigned int m, unsigned int shift)
{
	return a64_word(p, 0x8b2063e0 | m << 16 | shift << 10 | d);
}

/*
 * Immediates.
 */

/* 12 bits, or 12 bits and 12 zeros behind them. */
static inline bool a64_is_imm12(uint64_t v)
{
	return v < 1 << 12 || (v < 1 << 24 && !(v & 0xfff));
}

/* d = n op v for A64_ADD to A64_SUBS, where n and d 31 mean sp (d of those that set flags: none).
 */
static inline uint8_t *a64_add_ri(uint8_t *p, bool w, enum a64_alu op, unsigned int d,
				  unsigned int n, uint32_t v)
{
	uint32_t field = v < 1 << 12 ? v << 10 : 1u << 22 | v >> 12 << 10;

	return a64_word(p, a64_sf(w) | (op + 0x06000000) | field | n << 5 | d);
}

#define A64_NO_BITMASK UINT32_MAX

/* The fields of an immediate that is a run of ones, rotated, repeated. */
static inline uint32_t a64_bitmask(bool w, uint64_t v)
{
	unsigned int size = 64, ones, low, rotate;
	uint64_t mask;

	if (!w)
		v = (v & UINT32_MAX) | v << 32;
	while (size > 2 &&
	       v << (64 - size / 2) >> (64 - size / 2) == v << (64 - size) >> (64 - size / 2))
		size /= 2;
	mask = UINT64_MAX >> (64 - size);
	v &= mask;
	if (!v || v == mask)
		return A64_NO_BITMASK;
	ones = (unsigned int)__builtin_popcountll(v);
	low = (unsigned int)__builtin_ctzll(v & 1 ? ~v : v);
	if (v & 1) {
		rotate = ones - low;
		if (v != (mask & ~((UINT64_MAX >> (64 - size + ones)) << low)))
			return A64_NO_BITMASK;
	} else {
		rotate = size - low;
		if (v >> low != UINT64_MAX >> (64 - ones))
			return A64_NO_BITMASK;
	}
	return (uint32_t)(size == 64) << 22 | rotate << 16 |
	       ((~(2 * size - 1) & 0x3f) | (ones - 1)) << 10;
}

/* d = n op what a64_bitmask() gave, for A64_AND, ORR, EOR and ANDS; d 31 means sp but for ANDS. */
static inline uint8_t *a64_logic_ri(uint8_t *p, bool w, enum a64_alu op, unsigned int d,
				    unsigned int n, uint32_t bitmask)
{
	return a64_word(p, a64_sf(w) | (op + 0x08000000) | bitmask | n << 5 | d);
}

enum a64_wide {
	A64_MOVN = 0x12800000,
	A64_MOVZ = 0x52800000,
	A64_MOVK = 0x72800000
};

/* 16 bits to the `nth` quarter; the rest becomes ones, zeros, or stays. */
static inline uint8_t *a64_mov_wide(uint8_t *p, bool w, enum a64_wide op, unsigned int d,
				    unsigned int nth, uint32_t v)
{
	return a64_word(p, a64_sf(w) | op | nth << 21 | (v & 0xffff) << 5 | d);
}

/* d = v, in at most four words. */
static inline uint8_t *a64_mov_ri(uint8_t *p, unsigned int d, uint64_t v)
{
	bool w = v > UINT32_MAX;
	unsigned int n = w ? 4 : 2, n_zero = 0, n_ones = 0;
	uint32_t bitmask = a64_bitmask(w, v), skip;
	bool first = true;

	for (unsigned int k = 0; k < n; k++) {
		n_zero += (uint16_t)(v >> 16 * k) == 0;
		n_ones += (uint16_t)(v >> 16 * k) == 0xffff;
	}
	if (bitmask != A64_NO_BITMASK && n_zero + 1 < n && n_ones + 1 < n)
		return a64_logic_ri(p, w, A64_ORR, d, XZR, bitmask);
	skip = n_ones > n_zero ? 0xffff : 0;
	for (unsigned int k = 0; k < n; k++) {
		uint16_t part = (uint16_t)(v >> 16 * k);

		if (part == skip && (k + 1 < n || !first))
			continue;
		if (first)
			p = skip ? a64_mov_wide(p, w, A64_MOVN, d, k, (uint16_t)~part)
				 : a64_mov_wide(p, w, A64_MOVZ, d, k, part);
		else
			p = a64_mov_wide(p, w, A64_MOVK, d, k, part);
		first = false;
	}
	return p;
}

/* The low `bits` bits of n, extended. */
static inline uint8_t *a64_extend(uint8_t *p, bool w, enum a64_extend op, unsigned int bits,
				  unsigned int d, unsigned int n)
{
	return a64_word(p, a64_sf(w) | op | (uint32_t)w << 22 | (bits - 1) << 10 | n << 5 | d);
}

static inline uint8_t *a64_lsr_ri(uint8_t *p, bool w, unsigned int d, unsigned int n,
				  unsigned int count)
{
	return a64_word(p, a64_sf(w) | A64_UNSIGNED | (uint32_t)w << 22 | count << 16 |
				   (w ? 63u : 31u) << 10 | n << 5 | d);
}

static inline uint8_t *a64_asr_ri(uint8_t *p, bool w, unsigned int d, unsigned int n,
				  unsigned int count)
{
	return a64_word(p, a64_sf(w) | A64_SIGNED | (uint32_t)w << 22 | count << 16 |
				   (w ? 63u : 31u) << 10 | n << 5 | d);
}

static inline uint8_t *a64_lsl_ri(uint8_t *p, bool w, unsigned int d, unsigned int n,
				  unsigned int count)
{
	unsigned int bits = w ? 64 : 32;

	return a64_word(p, a64_sf(w) | A64_UNSIGNED | (uint32_t)w << 22 |
				   ((bits - count) & (bits - 1)) << 16 | (bits - 1 - count) << 10 |
				   n << 5 | d);
}

static inline uint8_t *a64_ror_ri(uint8_t *p, bool w, unsigned int d, unsigned int n,
				  unsigned int count)
{
	return a64_word(p, a64_sf(w) | 0x13800000 | (uint32_t)w << 22 | n << 16 | count << 10 |
				   n << 5 | d);
}

/*
 * Memory.
 */

enum a64_mem {
	A64_STORE = 0,
	A64_LOAD = 1 << 22,
	A64_LOAD_SIGNED = 2 << 22, /* to 64 bits */
	A64_LOAD_HALF = 3 << 22    /* 8 or 16 bits, sign extended to 32 */
};

/* Is there an instruction with this displacement? */
static inline bool a64_is_disp(unsigned int bits, int64_t disp)
{
	return a64_fits(disp, 9) ||
	       (disp >= 0 && disp % (bits / 8) == 0 && disp / (bits / 8) < 1 << 12);
}

/* [n + disp], where a64_is_disp(). */
static inline uint8_t *a64_mem(uint8_t *p, enum a64_mem op, unsigned int bits, unsigned int t,
			       unsigned int n, int32_t disp)
{
	int32_t unit = (int32_t)bits / 8;

	if (disp >= 0 && disp % unit == 0)
		return a64_word(p, a64_size(bits) | 0x39000000 | op |
					   (uint32_t)(disp / unit) << 10 | n << 5 | t);
	return a64_word(p,
			a64_size(bits) | 0x38000000 | op | a64_field(disp, 9) << 12 | n << 5 | t);
}

static inline uint8_t *a64_brk(uint8_t *p)
{
	return a64_word(p, 0xd4200000);
}

/* Memory accesses before are done; what comes is fetched anew. */
static inline uint8_t *a64_dsb(uint8_t *p)
{
	return a64_word(p, 0xd503379f);
}

static inline uint8_t *a64_isb(uint8_t *p)
{
	return a64_word(p, 0xd5033fdf);
}

/* [n + m], or with m times the access's bytes. */
static inline uint8_t *a64_mem_index(uint8_t *p, enum a64_mem op, unsigned int bits, unsigned int t,
				     unsigned int n, unsigned int m, bool scaled)
{
	return a64_word(p, a64_size(bits) | 0x38206800 | op | m << 16 | (uint32_t)scaled << 12 |
				   n << 5 | t);
}

/* Two registers below sp, which moves there, and back. */
static inline uint8_t *a64_push2(uint8_t *p, unsigned int first, unsigned int second)
{
	return a64_word(p, 0xa9800000 | a64_field(-2, 7) << 15 | second << 10 | XSP << 5 | first);
}

static inline uint8_t *a64_pop2(uint8_t *p, unsigned int first, unsigned int second)
{
	return a64_word(p, 0xa8c00000 | 2u << 15 | second << 10 | XSP << 5 | first);
}

/* Exclusive; acquires, or releases. */
static inline uint8_t *a64_ldxr(uint8_t *p, bool w, unsigned int t, unsigned int n)
{
	return a64_word(p, a64_size(w ? 64 : 32) | 0x085f7c00 | n << 5 | t);
}

/* `status` becomes 0, or 1: somebody else was there. */
static inline uint8_t *a64_stxr(uint8_t *p, bool w, unsigned int status, unsigned int t,
				unsigned int n)
{
	return a64_word(p, a64_size(w ? 64 : 32) | 0x08007c00 | status << 16 | n << 5 | t);
}

static inline uint8_t *a64_stlxr(uint8_t *p, bool w, unsigned int status, unsigned int t,
				 unsigned int n)
{
	return a64_word(p, a64_size(w ? 64 : 32) | 0x0800fc00 | status << 16 | n << 5 | t);
}

static inline uint8_t *a64_ldar(uint8_t *p, unsigned int bits, unsigned int t, unsigned int n)
{
	return a64_word(p, a64_size(bits) | 0x08dffc00 | n << 5 | t);
}

static inline uint8_t *a64_stlr(uint8_t *p, unsigned int bits, unsigned int t, unsigned int n)
{
	return a64_word(p, a64_size(bits) | 0x089ffc00 | n << 5 | t);
}

static inline uint8_t *a64_dmb_ish(uint8_t *p)
{
	return a64_word(p, 0xd5033bbf);
}

/* ARMv8.1: t = [n], [n] = [n] op s; t 31: nobody asks. */
static inline uint8_t *a64_atomic(uint8_t *p, bool w, enum a64_atomic op, enum a64_order order,
				  unsigned int s, unsigned int t, unsigned int n)
{
	return a64_word(p, a64_size(w ? 64 : 32) | op | order | s << 16 | n << 5 | t);
}

/* ARMv8.1: if [n] is s, it becomes t; s becomes what was there.  Ordered. */
static inline uint8_t *a64_casal(uint8_t *p, bool w, unsigned int s, unsigned int t, unsigned int n)
{
	return a64_word(p, a64_size(w ? 64 : 32) | 0x08e0fc00 | s << 16 | n << 5 | t);
}

/*
 * Control.
 */

static inline uint8_t *a64_b(uint8_t *p, int64_t rel)
{
	return a64_word(p, 0x14000000 | a64_field(rel / 4, 26));
}

static inline uint8_t *a64_bl(uint8_t *p, int64_t rel)
{
	return a64_word(p, 0x94000000 | a64_field(rel / 4, 26));
}

static inline uint8_t *a64_bcc(uint8_t *p, enum a64_cc cc, int64_t rel)
{
	return a64_word(p, 0x54000000 | a64_field(rel / 4, 19) << 5 | cc);
}

/* Jumps if r is 0, or is not. */
static inline uint8_t *a64_cbz(uint8_t *p, bool w, bool is_not, unsigned int r, int64_t rel)
{
	return a64_word(p, a64_sf(w) | 0x34000000 | (uint32_t)is_not << 24 |
				   a64_field(rel / 4, 19) << 5 | r);
}

static inline uint8_t *a64_br(uint8_t *p, unsigned int r)
{
	return a64_word(p, 0xd61f0000 | r << 5);
}

static inline uint8_t *a64_blr(uint8_t *p, unsigned int r)
{
	return a64_word(p, 0xd63f0000 | r << 5);
}

static inline uint8_t *a64_nop(uint8_t *p)
{
	return a64_word(p, 0xd503201f);
}

static inline uint8_t *a64_ret(uint8_t *p)
{
	return a64_word(p, 0xd65f03c0);
}

/* d = address of the page that is `pages` away. */
static inline uint8_t *a64_adrp(uint8_t *p, unsigned int d, int64_t pages)
{
	return a64_word(p, 0x90000000 | a64_field(pages, 2) << 29 | a64_field(pages >> 2, 19) << 5 |
				   d);
}

/* d = the eight bytes at a distance. */
static inline uint8_t *a64_ldr_near(uint8_t *p, unsigned int d, int64_t rel)
{
	return a64_word(p, 0x58000000 | a64_field(rel / 4, 19) << 5 | d);
}

#endif
