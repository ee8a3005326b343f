/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does AArch64 load, store and change memory?  In one instruction where the machine has it
 * (ARMv8.1), else in a loop that ends when nobody came between.  Operations that give back what was
 * there are ordered with everything around them, as the kernel's are.
 */
#include <errno.h>

#include "jit/a64.h"

uint8_t *a64_access(uint8_t *p, enum a64_mem op, unsigned int bits, unsigned int t,
		    unsigned int base, int32_t disp)
{
	if (a64_is_disp(bits, disp))
		return a64_mem(p, op, bits, t, base, disp);
	p = a64_mov_ri(p, A64_T0, (uint64_t)(int64_t)disp);
	return a64_mem_index(p, op, bits, t, base, A64_T0, false);
}

uint8_t *a64_lower_store_k(uint8_t *p, unsigned int bits, unsigned int base, int32_t off,
			   int32_t imm)
{
	uint64_t v = a64_imm(bits == 64, imm) & (UINT64_MAX >> (64 - bits));

	if (!v)
		return a64_access(p, A64_STORE, bits, XZR, base, off);
	p = a64_mov_ri(p, A64_T1, v);
	return a64_access(p, A64_STORE, bits, A64_T1, base, off);
}

/* The register that holds base + off. */
static uint8_t *address(uint8_t *p, unsigned int base, int32_t off, unsigned int *ret_reg)
{
	*ret_reg = off ? A64_T0 : base;
	return off ? a64_add_k(p, true, A64_T0, base, off) : p;
}

uint8_t *a64_lower_ordered(uint8_t *p, const struct isa_row *row, const struct bpf_insn *insn)
{
	unsigned int d = a64_map[insn->dst_reg], s = a64_map[insn->src_reg], at;

	if (row->form == ISA_F_LOAD_ACQ) {
		p = address(p, s, insn->off, &at);
		return a64_ldar(p, row->bits, d, at);
	}
	p = address(p, d, insn->off, &at);
	return a64_stlr(p, row->bits, s, at);
}

/*
 * Atomic operations: s is the operand, and takes what was there if somebody asks.
 */

static const struct {
	uint32_t one;  /* in one instruction; of AND, the operand's complement */
	uint32_t loop; /* in a loop */
	bool fetches;
} atomics[ISA_N_ATOMIC] = {
	[ISA_ATOMIC_ADD] = { A64_LDADD, A64_ADD, false },
	[ISA_ATOMIC_OR] = { A64_LDSET, A64_ORR, false },
	[ISA_ATOMIC_AND] = { A64_LDCLR, A64_AND, false },
	[ISA_ATOMIC_XOR] = { A64_LDEOR, A64_EOR, false },
	[ISA_ATOMIC_FETCH_ADD] = { A64_LDADD, A64_ADD, true },
	[ISA_ATOMIC_FETCH_OR] = { A64_LDSET, A64_ORR, true },
	[ISA_ATOMIC_FETCH_AND] = { A64_LDCLR, A64_AND, true },
	[ISA_ATOMIC_FETCH_XOR] = { A64_LDEOR, A64_EOR, true },
	[ISA_ATOMIC_XCHG] = { A64_SWP, 0, true },
};

static uint8_t *in_one(uint8_t *p, bool w, enum isa_atomic op, unsigned int at, unsigned int s)
{
	unsigned int operand = s;

	if (op == ISA_ATOMIC_CMPXCHG)
		return a64_casal(p, w, A64_R0, s, at);
	if (atomics[op].one == A64_LDCLR) {
		operand = A64_T1;
		p = a64_alu_rrr(p, w, A64_ORN, operand, XZR, s);
	}
	return a64_atomic(p, w, (enum a64_atomic)atomics[op].one,
			  atomics[op].fetches ? A64_ORDERED : A64_RELAXED, operand,
			  atomics[op].fetches ? s : XZR, at);
}

static uint8_t *exchange_loop(uint8_t *p, bool w, unsigned int at, unsigned int s)
{
	uint8_t *again = p, *differs;

	p = a64_ldxr(p, w, A64_T1, at);
	p = a64_alu_rrr(p, w, A64_SUBS, XZR, A64_T1, A64_R0);
	differs = p = a64_bcc(p, A64_NE, 0);
	p = a64_stlxr(p, w, A64_T3, s, at);
	p = a64_cbz(p, false, true, A64_T3, again - p);
	a64_land(differs, p);
	p = a64_dmb_ish(p);
	return a64_mov_rr(p, w, A64_R0, A64_T1);
}

static uint8_t *in_loop(uint8_t *p, bool w, enum isa_atomic op, unsigned int at, unsigned int s)
{
	unsigned int next = atomics[op].loop ? A64_T2 : s;
	uint8_t *again = p;

	if (op == ISA_ATOMIC_CMPXCHG)
		return exchange_loop(p, w, at, s);
	p = a64_ldxr(p, w, A64_T1, at);
	if (atomics[op].loop)
		p = a64_alu_rrr(p, w, (enum a64_alu)atomics[op].loop, next, A64_T1, s);
	if (atomics[op].fetches)
		p = a64_stlxr(p, w, A64_T3, next, at);
	else
		p = a64_stxr(p, w, A64_T3, next, at);
	p = a64_cbz(p, false, true, A64_T3, again - p);
	if (!atomics[op].fetches)
		return p;
	p = a64_dmb_ish(p);
	return a64_mov_rr(p, w, s, A64_T1);
}

uint8_t *a64_lower_atomic(struct jit_gen *gen, uint8_t *p, const struct isa_row *row,
			  const struct bpf_insn *insn)
{
	unsigned int s = a64_map[insn->src_reg], at;
	bool w = row->bits == 64;

	if (gen->cpu == JIT_CPU_THIS)
		gen->cpu = a64_has_atomics() ? JIT_CPU_ATOMICS : JIT_CPU_FIRST;
	p = address(p, a64_map[insn->dst_reg], insn->off, &at);
	if (gen->cpu == JIT_CPU_ATOMICS)
		return in_one(p, w, (enum isa_atomic)row->op, at, s);
	return in_loop(p, w, (enum isa_atomic)row->op, at, s);
}
