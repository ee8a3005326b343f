/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is each instruction lowered to AArch64?  One short function per operand form, no state
 * between instructions but what gen holds.  Flags are never live across instructions.
 */
#include "jit/a64.h"

#include <errno.h>
#include <stddef.h>

#include "jit/callout.h"
#include "jit/machine.h"
#include "run/tail.h"

const uint8_t a64_map[16] = { A64_R0, X0, X1, X2, X3, X4, X19, X20, X21, X22, A64_FP };

const uint8_t a64_cond[ISA_N_COND] = {
	[ISA_COND_JEQ] = A64_EQ,  [ISA_COND_JGT] = A64_HI,  [ISA_COND_JGE] = A64_HS,
	[ISA_COND_JSET] = A64_NE, [ISA_COND_JNE] = A64_NE,  [ISA_COND_JSGT] = A64_GT,
	[ISA_COND_JSGE] = A64_GE, [ISA_COND_JLT] = A64_LO,  [ISA_COND_JLE] = A64_LS,
	[ISA_COND_JSLT] = A64_LT, [ISA_COND_JSLE] = A64_LE,
};

/*
 * Branches.
 */

enum {
	NEAR_BITS = 21,                      /* of a conditional branch's distance */
	NEAR = (1 << (NEAR_BITS - 1)) - 128, /* bytes forward that surely are not too far */
	FAR_BITS = 28,
	IF_CC = 1,        /* what exclusive-ored to a branch on flags turns it round */
	IF_ZERO = 1 << 24 /* ... to a branch on a register */
};

static uint8_t *always(struct jit_gen *gen, uint8_t *p, uint32_t target)
{
	p = a64_b(p, 0);
	jit_fix_add(gen, JIT_FIX_INSN, p - 4, target);
	return p;
}

/* Turns the branch to nowhere that ends at p into one to instruction `target`; what is too far away
 * for it is jumped to when the branch, turned round, is not taken. */
static uint8_t *lead_to(struct jit_gen *gen, uint8_t *p, uint32_t turn, uint32_t at,
			uint32_t target)
{
	uint32_t word;
	bool is_near;

	if (target <= at)
		is_near = a64_fits((int64_t)gen->off[target] - (p - 4 - gen->out), NEAR_BITS);
	else
		is_near = gen->off[target] - gen->off[at + 1] <= NEAR;
	if (is_near) {
		jit_fix_add(gen, JIT_FIX_INSN_NEAR, p - 4, target);
		return p;
	}
	memcpy(&word, p - 4, 4);
	a64_word(p - 4, (word ^ turn) | 2 << 5);
	return always(gen, p, target);
}

static uint8_t *jump(struct jit_gen *gen, uint8_t *p, uint32_t at, enum isa_form form)
{
	uint32_t target = (uint32_t)jit_target(&gen->insns[at], at, form);

	return target == at + 1 ? p : always(gen, p, target);
}

static uint8_t *jump_if(struct jit_gen *gen, uint8_t *p, uint32_t at, const struct isa_row *row)
{
	const struct bpf_insn *insn = &gen->insns[at];
	unsigned int d = a64_map[insn->dst_reg], s = a64_map[insn->src_reg];
	uint32_t target = (uint32_t)jit_target(insn, at, row->form);
	bool w = row->bits == 64, is_k = row->form == ISA_F_JMP_K;
	enum isa_cond cond = row->op;

	if (is_k && !insn->imm && (cond == ISA_COND_JEQ || cond == ISA_COND_JNE)) {
		p = a64_cbz(p, w, cond == ISA_COND_JNE, d, 0);
		return lead_to(gen, p, IF_ZERO, at, target);
	}
	if (is_k && cond == ISA_COND_JSET)
		p = a64_test_k(p, w, d, a64_imm(w, insn->imm));
	else if (is_k)
		p = a64_compare_k(p, w, d, a64_imm(w, insn->imm));
	else
		p = a64_alu_rrr(p, w, cond == ISA_COND_JSET ? A64_ANDS : A64_SUBS, XZR, d, s);
	p = a64_bcc(p, (enum a64_cc)a64_cond[cond], 0);
	return lead_to(gen, p, IF_CC, at, target);
}

/* if fuel is gone goto target; fuel-- */
static uint8_t *may_goto(struct jit_gen *gen, uint8_t *p, uint32_t at)
{
	uint32_t target = (uint32_t)jit_target(&gen->insns[at], at, ISA_F_MAY_GOTO);
	unsigned int fuel = gen->raw ? A64_RUN : A64_T0;

	if (!gen->raw)
		p = a64_access(p, A64_LOAD, 64, fuel, A64_RUN, offsetof(struct run, fuel));
	p = a64_cbz(p, true, false, fuel, 0);
	p = lead_to(gen, p, IF_ZERO, at, target);
	p = a64_add_ri(p, true, A64_SUB, fuel, fuel, 1);
	return gen->raw ? p
			: a64_access(p, A64_STORE, 64, fuel, A64_RUN, offsetof(struct run, fuel));
}

/*
 * Constants and packets.
 */

static uint8_t *load_wide(struct jit_gen *gen, uint8_t *p, uint32_t at, enum isa_op op)
{
	const struct bpf_insn *insn = &gen->insns[at];
	unsigned int d = a64_map[insn->dst_reg];

	if (op == ISA_LD_FUNC) {
		int64_t target = jit_target(insn, at, ISA_F_LD_IMM64);

		return a64_address_of(gen, p, JIT_FIX_FN_ADDR, d,
				      (uint64_t)(jit_fn_at(gen, (uint32_t)target) - gen->fns));
	}
	if (op != ISA_LD_IMM64)
		gen->err = -EOPNOTSUPP;
	return a64_mov_ri(p, d, (uint32_t)insn[0].imm | (uint64_t)(uint32_t)insn[1].imm << 32);
}

/* r0 = bytes of the packet behind r6, in host order; outside of it the function returns 0. */
static uint8_t *load_packet(struct jit_gen *gen, uint8_t *p, const struct isa_row *row,
			    const struct bpf_insn *insn)
{
	uint8_t *inside;

	if (row->form == ISA_F_LD_IND)
		p = a64_add_k(p, false, X1, a64_map[insn->src_reg], insn->imm);
	else
		p = a64_mov_ri(p, X1, (uint32_t)insn->imm);
	p = a64_mov_rr(p, true, X0, a64_map[6]);
	p = a64_mov_ri(p, X2, row->bits);
	p = a64_call_addr(gen, p, (uint64_t)(uintptr_t)jit_load_packet);
	p = a64_mov_rr(p, true, A64_R0, X0);
	p = a64_compare_k(p, true, A64_R0, 0);
	inside = p = a64_bcc(p, A64_GE, 0);
	p = a64_mov_ri(p, A64_R0, 0);
	p = a64_lower_exit(gen, p);
	a64_land(inside, p);
	return p;
}

/*
 * One instruction.
 */

/* Words at most, by form. */
static const uint8_t form_bound[] = {
	[ISA_F_ALU_X] = 2,    [ISA_F_ALU_K] = 4,      [ISA_F_MOVSX] = 1,     [ISA_F_CAST] = 0,
	[ISA_F_NEG] = 1,      [ISA_F_END] = 2,        [ISA_F_JMP_X] = 3,     [ISA_F_JMP_K] = 5,
	[ISA_F_JA] = 1,       [ISA_F_JA32] = 1,       [ISA_F_MAY_GOTO] = 5,  [ISA_F_CALL] = 3,
	[ISA_F_CALL_SUB] = 2, [ISA_F_CALL_KFUNC] = 3, [ISA_F_CALLX] = 24,    [ISA_F_EXIT] = 8,
	[ISA_F_LDX] = 2,      [ISA_F_LDSX] = 2,       [ISA_F_ST] = 4,        [ISA_F_STX] = 2,
	[ISA_F_ATOMIC] = 12,  [ISA_F_LOAD_ACQ] = 3,   [ISA_F_STORE_REL] = 3, [ISA_F_LD_IMM64] = 4,
	[ISA_F_LD_ABS] = 18,  [ISA_F_LD_IND] = 18,
};
enum {
	TAIL_CALL_BOUND = 18,
	MAP_CALL_BOUND = 28,
	INSN_MAX = MAP_CALL_BOUND * 4
};

static unsigned int bound(const struct isa_row *row, const struct bpf_insn *insn)
{
	unsigned int words = form_bound[row->form];

	if (row->form == ISA_F_CALL && insn->imm == TAIL_CALL_HELPER)
		words = TAIL_CALL_BOUND;
	else if (jit_is_map_call(insn, (enum isa_form)row->form))
		words = MAP_CALL_BOUND;
	return words * 4;
}

static uint8_t *lower(struct jit_gen *gen, uint8_t *p, uint32_t *at)
{
	uint32_t i = *at;
	enum isa_op op = gen->ops[i];
	const struct isa_row *row = &gen->rows[op];
	const struct bpf_insn *insn = &gen->insns[i];
	unsigned int d = a64_map[insn->dst_reg], s = a64_map[insn->src_reg];
	bool w = row->bits == 64;

	*at = i + 1;
	switch ((enum isa_form)row->form) {
	case ISA_F_ALU_X: return a64_lower_alu_x(gen, p, row, insn);
	case ISA_F_ALU_K: return a64_lower_alu_k(gen, p, row, insn);
	case ISA_F_MOVSX: return a64_extend(p, w, A64_SIGNED, row->sel_value & 63, d, s);
	case ISA_F_NEG: return a64_alu_rrr(p, w, A64_SUB, d, XZR, d);
	case ISA_F_END: return a64_lower_end(p, row, d);
	case ISA_F_JMP_X:
	case ISA_F_JMP_K: return jump_if(gen, p, i, row);
	case ISA_F_JA:
	case ISA_F_JA32: return jump(gen, p, i, row->form);
	case ISA_F_MAY_GOTO: return may_goto(gen, p, i);
	case ISA_F_CALL:
	case ISA_F_CALL_KFUNC: return a64_lower_call(gen, p, insn, row->form);
	case ISA_F_CALL_SUB: return a64_lower_call_sub(gen, p, i);
	case ISA_F_CALLX: return a64_lower_callx(gen, p, d);
	case ISA_F_EXIT: return a64_lower_exit(gen, p);
	case ISA_F_LDX: return a64_access(p, A64_LOAD, row->bits, d, s, insn->off);
	case ISA_F_LDSX: return a64_access(p, A64_LOAD_SIGNED, row->bits, d, s, insn->off);
	case ISA_F_ST: return a64_lower_store_k(p, row->bits, d, insn->off, insn->imm);
	case ISA_F_STX: return a64_access(p, A64_STORE, row->bits, s, d, insn->off);
	case ISA_F_LOAD_ACQ:
	case ISA_F_STORE_REL: return a64_lower_ordered(p, row, insn);
	case ISA_F_ATOMIC: return a64_lower_atomic(gen, p, row, insn);
	case ISA_F_LD_IMM64: *at = i + 2; return load_wide(gen, p, i, op);
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: return load_packet(gen, p, row, insn);
	case ISA_F_CAST: gen->err = -EOPNOTSUPP; return p;
	}
	return p;
}

/*
 * The machine.
 */

/* Puts a field of the distance into the word. */
static int patch_field(uint8_t *at, int64_t rel, unsigned int bits, unsigned int shift)
{
	uint32_t word;

	if (!a64_fits(rel, bits))
		return -EFAULT;
	memcpy(&word, at, 4);
	a64_word(at, word | a64_field(rel / 4, bits - 2) << shift);
	return 0;
}

static int patch(uint8_t *at, enum jit_fix_kind kind, uint64_t pc, int64_t rel)
{
	uint64_t to = pc + (uint64_t)rel;
	uint32_t add;

	switch (kind) {
	case JIT_FIX_INSN_NEAR: return patch_field(at, rel, NEAR_BITS, 5);
	case JIT_FIX_INSN:
	case JIT_FIX_FN:
	case JIT_FIX_ADDR: return patch_field(at, rel, FAR_BITS, 0);
	case JIT_FIX_FN_ADDR:
	case JIT_FIX_THUNK_ADDR: break;
	}
	memcpy(&add, at + 4, 4);
	a64_adrp(at, add & 31, (int64_t)(to >> 12) - (int64_t)(pc >> 12));
	a64_word(at + 4, add | (uint32_t)(to & 0xfff) << 10);
	return 0;
}

const struct jit_machine a64_machine = {
	.name = "arm64",
	.prologue_max = 96,
	.insn_max = INSN_MAX,
	.harden_max = 64,
	.size_max = A64_SIZE_MAX,
	.veneer_size = 16,
	.veneer_target = 8,
	.reach = 64 << 20,
	.trap = 0,
	.bound = bound,
	.plan = a64_plan,
	.prologue = a64_prologue,
	.insn = lower,
	.thunk = a64_thunk,
	.fence = a64_fence,
	.raw_entry = a64_raw_entry,
	.stub_jump = a64_stub_jump,
	.veneer = a64_veneer,
	.patch = patch,
	.optimise = a64_compile,
};
