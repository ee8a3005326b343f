/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does an instruction compute on concrete values?  The `value` column of isa.def as
 * functions, for the interpreter and for constant operands in the verifier.
 */
#ifndef ISA_ALU_H
#define ISA_ALU_H

#include "isa/isa.h"

#define ISA_DEFINE(name, TYPE, STYPE, WIDTH, value) \
	static inline TYPE name(TYPE a, TYPE b)     \
	{                                           \
		typedef TYPE T;                     \
		typedef STYPE S;                    \
		enum {                              \
			W = WIDTH                   \
		};                                  \
		(void)sizeof(S);                    \
		(void)a;                            \
		(void)W;                            \
		return (T)(value);                  \
	}
#define B(name, code, off, text, value, ...)                   \
	ISA_DEFINE(alu64_##name, uint64_t, int64_t, 64, value) \
	ISA_DEFINE(alu32_##name, uint32_t, int32_t, 32, value)
ISA_ALU_LIST(B, B, )
#undef B
#define B(name, code, text, value, ...)                         \
	ISA_DEFINE(cond64_##name, uint64_t, int64_t, 64, value) \
	ISA_DEFINE(cond32_##name, uint32_t, int32_t, 32, value)
ISA_JMP_LIST(B, )
#undef B

/* dst op= src at 64 or 32 bits; a 32-bit result is zero extended. */
static inline uint64_t isa_alu(enum isa_alu op, unsigned int bits, uint64_t a, uint64_t b)
{
	switch (op) {
#define B(name, code, off, text, value, ...) \
	case ISA_ALU_##name:                 \
		return bits == 64 ? alu64_##name(a, b) : alu32_##name((uint32_t)a, (uint32_t)b);
		ISA_ALU_LIST(B, B, )
#undef B
	case ISA_N_ALU: break;
	}
	return 0;
}

static inline bool isa_cond(enum isa_cond op, unsigned int bits, uint64_t a, uint64_t b)
{
	switch (op) {
#define B(name, code, text, value, ...) \
	case ISA_COND_##name:           \
		return bits == 64 ? cond64_##name(a, b) : cond32_##name((uint32_t)a, (uint32_t)b);
		ISA_JMP_LIST(B, )
#undef B
	case ISA_N_COND: break;
	}
	return false;
}

/* Byte order conversion on a little endian host; `bits` is 16, 32 or 64. */
static inline uint64_t isa_end(enum isa_end op, unsigned int bits, uint64_t a)
{
	uint64_t low = bits == 64 ? a : a & ((1ULL << bits) - 1);

	switch (op) {
	case ISA_END_LE: return low;
	case ISA_END_BE:
	case ISA_END_BSWAP: return __builtin_bswap64(low) >> (64 - bits);
	}
	return low;
}

#endif
