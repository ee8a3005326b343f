/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does an atomic instruction do to memory and registers?  Shared by the interpreters.  The
 * address must be aligned to the width; the caller knows that.
 */
#ifndef RUN_ATOMIC_H
#define RUN_ATOMIC_H

#include "isa/isa.h"

/* Does the machine change memory at once wherever it is? */
enum {
#if defined(__x86_64__)
	ATOMIC_ANYWHERE = 1
#else
	ATOMIC_ANYWHERE = 0
#endif
};

#define ATOMIC_DEFINE(bits)                                                                        \
	static inline void atomic_rmw##bits(enum isa_atomic op, uint##bits##_t *p, uint64_t *src,  \
					    uint64_t *r0)                                          \
	{                                                                                          \
		uint##bits##_t v = (uint##bits##_t) * src, expected = (uint##bits##_t) * r0;       \
                                                                                                   \
		switch (op) {                                                                      \
		case ISA_ATOMIC_ADD: __atomic_fetch_add(p, v, __ATOMIC_RELAXED); break;            \
		case ISA_ATOMIC_OR: __atomic_fetch_or(p, v, __ATOMIC_RELAXED); break;              \
		case ISA_ATOMIC_AND: __atomic_fetch_and(p, v, __ATOMIC_RELAXED); break;            \
		case ISA_ATOMIC_XOR: __atomic_fetch_xor(p, v, __ATOMIC_RELAXED); break;            \
		case ISA_ATOMIC_FETCH_ADD: *src = __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST);      \
			break;                                                                     \
		case ISA_ATOMIC_FETCH_OR: *src = __atomic_fetch_or(p, v, __ATOMIC_SEQ_CST); break; \
		case ISA_ATOMIC_FETCH_AND: *src = __atomic_fetch_and(p, v, __ATOMIC_SEQ_CST);      \
			break;                                                                     \
		case ISA_ATOMIC_FETCH_XOR: *src = __atomic_fetch_xor(p, v, __ATOMIC_SEQ_CST);      \
			break;                                                                     \
		case ISA_ATOMIC_XCHG: *src = __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST); break;   \
		case ISA_ATOMIC_CMPXCHG:                                                           \
			__atomic_compare_exchange_n(p, &expected, v, false, __ATOMIC_SEQ_CST,      \
						    __ATOMIC_SEQ_CST);                             \
			*r0 = expected;                                                            \
			break;                                                                     \
		case ISA_N_ATOMIC: break;                                                          \
		}                                                                                  \
	}
ATOMIC_DEFINE(32)
ATOMIC_DEFINE(64)
#undef ATOMIC_DEFINE

static inline uint64_t atomic_load_acquire(unsigned int bits, uint64_t addr)
{
	switch (bits) {
	case 8: return __atomic_load_n((uint8_t *)addr, __ATOMIC_ACQUIRE);
	case 16: return __atomic_load_n((uint16_t *)addr, __ATOMIC_ACQUIRE);
	case 32: return __atomic_load_n((uint32_t *)addr, __ATOMIC_ACQUIRE);
	}
	return __atomic_load_n((uint64_t *)addr, __ATOMIC_ACQUIRE);
}

static inline void atomic_store_release(unsigned int bits, uint64_t addr, uint64_t v)
{
	switch (bits) {
	case 8: __atomic_store_n((uint8_t *)addr, (uint8_t)v, __ATOMIC_RELEASE); return;
	case 16: __atomic_store_n((uint16_t *)addr, (uint16_t)v, __ATOMIC_RELEASE); return;
	case 32: __atomic_store_n((uint32_t *)addr, (uint32_t)v, __ATOMIC_RELEASE); return;
	}
	__atomic_store_n((uint64_t *)addr, v, __ATOMIC_RELEASE);
}

/* Any of the forms ATOMIC, LOAD_ACQ, STORE_REL on r[0..10], at a checked address. */
static inline void atomic_execute(const struct isa_row *row, const struct bpf_insn *insn,
				  uint64_t addr, uint64_t *r)
{
	if (row->form == ISA_F_LOAD_ACQ)
		r[insn->dst_reg] = atomic_load_acquire(row->bits, addr);
	else if (row->form == ISA_F_STORE_REL)
		atomic_store_release(row->bits, addr, r[insn->src_reg]);
	else if (row->bits == 64)
		atomic_rmw64((enum isa_atomic)row->op, (uint64_t *)addr, &r[insn->src_reg], r);
	else
		atomic_rmw32((enum isa_atomic)row->op, (uint32_t *)addr, &r[insn->src_reg], r);
}

static inline unsigned int atomic_base_reg(const struct isa_row *row, const struct bpf_insn *insn)
{
	return row->form == ISA_F_LOAD_ACQ ? insn->src_reg : insn->dst_reg;
}

#endif
