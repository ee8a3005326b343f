/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does AArch64 load, store and change memory?  In one instruction where the machine has it
 * (ARMv8.1), else in a loop that ends when nobody came between.  Operations that give back what was
 * there are ordered with everything around them, as the kernel's are.
 */
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
 * Atomic operations.
 */

static const struct {
	uint32_t one;  /* in one instruction; of AND, the operand's complement */
	uint32_t loop; /* in a loop; 0: the operand takes the place */
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
	[ISA_ATOMIC_CMPXCHG] = { 0, 0, true },
};

bool a64_fetches(enum isa_atomic op)
{
	return atomics[op].fetches;
}

static uint8_t *in_one(uint8_t *p, const struct a64_rmw *r)
{
	bool fetches = atomics[r->op].fetches;
	unsigned int operand = r->operand;

	if (r->op == ISA_ATOMIC_CMPXCHG)
		return a64_casal(p, r->w, r->old, operand, r->at);
	if (atomics[r->op].one == A64_LDCLR) {
		operand = r->spare[0];
		p = a64_alu_rrr(p, r->w, A64_ORN, operand, XZR, r->operand);
	}
	return a64_atomic(p, r->w, (enum a64_atomic)atomics[r->op].one,
			  fetches ? A64_ORDERED : A64_RELAXED, operand, fetches ? r->old : XZR,
			  r->at);
}

static uint8_t *compare_loop(uint8_t *p, const struct a64_rmw *r)
{
	unsigned int found = r->spare[0], status = r->spare[1];
	uint8_t *again = p, *differs;

	p = a64_ldxr(p, r->w, found, r->at);
	p = a64_alu_rrr(p, r->w, A64_SUBS, XZR, found, r->old);
	differs = p = a64_bcc(p, A64_NE, 0);
	p = a64_stlxr(p, r->w, status, r->operand, r->at);
	p = a64_cbz(p, false, true, status, again - p);
	a64_land(differs, p);
	p = a64_dmb_ish(p);
	return a64_mov_rr(p, r->w, r->old, found);
}

static uint8_t *in_loop(uint8_t *p, const struct a64_rmw *r)
{
	unsigned int next = atomics[r->op].loop ? r->spare[0] : r->operand;
	unsigned int status = r->spare[1];
	uint8_t *again = p;

	if (r->op == ISA_ATOMIC_CMPXCHG)
		return compare_loop(p, r);
	p = a64_ldxr(p, r->w, r->old, r->at);
	if (atomics[r->op].loop)
		p = a64_alu_rrr(p, r->w, (enum a64_alu)atomics[r->op].loop, next, r->old,
				r->operand);
	if (atomics[r->op].fetches)
		p = a64_stlxr(p, r->w, status, next, r->at);
	else
		p = a64_stxr(p, r->w, status, next, r->at);
	p = a64_cbz(p, false, true, status, again - p);
	return atomics[r->op].fetches ? a64_dmb_ish(p) : p;
}

uint8_t *a64_atomic_op(struct jit_gen *gen, uint8_t *p, const struct a64_rmw *r)
{
	if (gen->cpu == JIT_CPU_THIS)
		gen->cpu = a64_has_atomics() ? JIT_CPU_ATOMICS : JIT_CPU_FIRST;
	return gen->cpu == JIT_CPU_ATOMICS ? in_one(p, r) : in_loop(p, r);
}

uint8_t *a64_lower_atomic(struct jit_gen *gen, uint8_t *p, const struct isa_row *row,
			  const struct bpf_insn *insn)
{
	struct a64_rmw rmw = {
		.op = (enum isa_atomic)row->op,
		.w = row->bits == 64,
		.operand = a64_map[insn->src_reg],
		.old = A64_T1,
		.spare = { A64_T2, A64_T3 },
	};
	unsigned int result = rmw.op == ISA_ATOMIC_CMPXCHG ? A64_R0 : rmw.operand;

	p = address(p, a64_map[insn->dst_reg], insn->off, &rmw.at);
	if (rmw.op == ISA_ATOMIC_CMPXCHG)
		p = a64_mov_rr(p, true, rmw.old, A64_R0);
	p = a64_atomic_op(gen, p, &rmw);
	return a64_fetches(rmw.op) ? a64_mov_rr(p, rmw.w, result, rmw.old) : p;
}
