/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is each instruction lowered to x86-64?  One short function per operand form, no state between
 * instructions but what gen holds.  Flags are never live across instructions.
 */
#include "jit/x64.h"

#include <errno.h>
#include <stddef.h>

#include "jit/callout.h"
#include "jit/machine.h"
#include "jit/x64_opt.h"
#include "jit/x64_priv.h"
#include "run/tail.h"

const uint8_t x64_map[16] = { RAX, RDI, RSI, RDX, RCX, R8, RBX, R13, R14, R15, RBP };

static const uint8_t cond_cc[ISA_N_COND] = {
	[ISA_COND_JEQ] = X64_E,   [ISA_COND_JGT] = X64_A,   [ISA_COND_JGE] = X64_AE,
	[ISA_COND_JSET] = X64_NE, [ISA_COND_JNE] = X64_NE,  [ISA_COND_JSGT] = X64_G,
	[ISA_COND_JSGE] = X64_GE, [ISA_COND_JLT] = X64_B,   [ISA_COND_JLE] = X64_BE,
	[ISA_COND_JSLT] = X64_L,  [ISA_COND_JSLE] = X64_LE,
};

static const uint8_t atomic_op[ISA_N_ATOMIC] = {
	[ISA_ATOMIC_ADD] = X64_ADD,       [ISA_ATOMIC_OR] = X64_OR,
	[ISA_ATOMIC_AND] = X64_AND,       [ISA_ATOMIC_XOR] = X64_XOR,
	[ISA_ATOMIC_FETCH_OR] = X64_OR,   [ISA_ATOMIC_FETCH_AND] = X64_AND,
	[ISA_ATOMIC_FETCH_XOR] = X64_XOR,
};

/*
 * Branches.
 */

/* A branch to instruction `target`: short where its distance is known to be. */
static uint8_t *branch(struct jit_gen *gen, uint8_t *p, bool always, enum x64_cc cc, uint32_t at,
		       uint32_t target)
{
	if (target <= at) {
		int64_t rel = (int64_t)gen->off[target] - (p + 2 - gen->out);

		if (rel >= -128)
			return always ? x64_jmp8(p, (int32_t)rel) : x64_jcc8(p, cc, (int32_t)rel);
	} else if (gen->off[target] - gen->off[at + 1] <= 127) {
		p = always ? x64_jmp8(p, 0) : x64_jcc8(p, cc, 0);
		jit_fix_add(gen, JIT_FIX_INSN_NEAR, p - 1, target);
		return p;
	}
	p = always ? x64_jmp32(p, 0) : x64_jcc32(p, cc, 0);
	jit_fix_add(gen, JIT_FIX_INSN, p - 4, target);
	return p;
}

static uint8_t *jump(struct jit_gen *gen, uint8_t *p, uint32_t at, enum isa_form form)
{
	uint32_t target = (uint32_t)jit_target(&gen->insns[at], at, form);

	return target == at + 1 ? p : branch(gen, p, true, 0, at, target);
}

static uint8_t *jump_if(struct jit_gen *gen, uint8_t *p, uint32_t at, const struct isa_row *row)
{
	const struct bpf_insn *insn = &gen->insns[at];
	unsigned int d = x64_map[insn->dst_reg], s = x64_map[insn->src_reg];
	uint32_t target = (uint32_t)jit_target(insn, at, row->form);
	bool w = row->bits == 64, hides = row->form == ISA_F_JMP_K && x64_hides(gen, insn->imm);

	if (hides) {
		p = x64_put(gen, p, T0, w ? (uint64_t)(int64_t)insn->imm : (uint32_t)insn->imm);
		s = T0;
	}
	if ((row->form == ISA_F_JMP_X || hides) && row->op == ISA_COND_JSET)
		p = x64_test_rr(p, w, d, s);
	else if (row->form == ISA_F_JMP_X || hides)
		p = x64_alu_rr(p, w, X64_CMP, d, s);
	else if (row->op == ISA_COND_JSET)
		p = x64_test_ri(p, w, d, insn->imm);
	else if (!insn->imm)
		p = x64_test_rr(p, w, d, d);
	else
		p = x64_alu_ri(p, w, X64_CMP, d, insn->imm);
	return branch(gen, p, false, (enum x64_cc)cond_cc[row->op], at, target);
}

/* if fuel is gone goto target; fuel-- */
static uint8_t *may_goto(struct jit_gen *gen, uint8_t *p, uint32_t at)
{
	uint32_t target = (uint32_t)jit_target(&gen->insns[at], at, ISA_F_MAY_GOTO);

	if (gen->raw) {
		p = x64_test_rr(p, true, RUN, RUN);
		p = branch(gen, p, false, X64_E, at, target);
		return x64_alu_ri(p, true, X64_SUB, RUN, 1);
	}
	p = x64_load(p, 64, T0, RUN, offsetof(struct run, fuel));
	p = x64_alu_ri(p, true, X64_SUB, T0, 1);
	p = branch(gen, p, false, X64_B, at, target);
	return x64_store(p, 64, RUN, offsetof(struct run, fuel), T0);
}

/*
 * Memory and constants.
 */

static uint8_t *load_wide(struct jit_gen *gen, uint8_t *p, uint32_t at, enum isa_op op)
{
	const struct bpf_insn *insn = &gen->insns[at];
	unsigned int d = x64_map[insn->dst_reg];

	if (op == ISA_LD_FUNC) {
		int64_t target = jit_target(insn, at, ISA_F_LD_IMM64);

		p = x64_lea_rip(p, d, 0);
		jit_fix_add(gen, JIT_FIX_FN_ADDR, p - 4,
			    (uint64_t)(jit_fn_at(gen, (uint32_t)target) - gen->fns));
		return p;
	}
	if (op != ISA_LD_IMM64)
		gen->err = -EOPNOTSUPP;
	return x64_put(gen, p, d, (uint32_t)insn[0].imm | (uint64_t)(uint32_t)insn[1].imm << 32);
}

/* rax is the machine's comparand, so operands in rax move to where rax is kept. */
static uint8_t *fetch_loop(uint8_t *p, bool w, enum x64_alu op, unsigned int base, int32_t off,
			   unsigned int src)
{
	unsigned int at = base == RAX ? T2 : base, operand = src == RAX ? T2 : src;
	uint8_t *again;

	p = x64_mov_rr(p, true, T2, RAX);
	p = x64_load(p, w ? 64 : 32, RAX, at, off);
	again = p;
	p = x64_mov_rr(p, w, T1, RAX);
	p = x64_alu_rr(p, w, op, T1, operand);
	p = x64_cmpxchg_mr(x64_lock(p), w, at, off, T1);
	p = x64_jcc8(p, X64_NE, (int32_t)(again - (p + 2)));
	if (src == RAX)
		return p;
	p = x64_mov_rr(p, w, src, RAX);
	return x64_mov_rr(p, true, RAX, T2);
}

static uint8_t *atomic(struct jit_gen *gen, uint8_t *p, const struct isa_row *row,
		       const struct bpf_insn *insn)
{
	unsigned int d = x64_map[insn->dst_reg], s = x64_map[insn->src_reg];
	bool w = row->bits == 64;
	int32_t off = insn->off;

	switch ((enum isa_atomic)row->op) {
	case ISA_ATOMIC_ADD:
	case ISA_ATOMIC_OR:
	case ISA_ATOMIC_AND:
	case ISA_ATOMIC_XOR: return x64_alu_mr(x64_lock(p), w, atomic_op[row->op], d, off, s);
	case ISA_ATOMIC_FETCH_ADD: return x64_xadd_mr(x64_lock(p), w, d, off, s);
	case ISA_ATOMIC_FETCH_OR:
	case ISA_ATOMIC_FETCH_AND:
	case ISA_ATOMIC_FETCH_XOR: return fetch_loop(p, w, atomic_op[row->op], d, off, s);
	case ISA_ATOMIC_XCHG: return x64_xchg_mr(p, w, d, off, s);
	case ISA_ATOMIC_CMPXCHG:
		p = x64_cmpxchg_mr(x64_lock(p), w, d, off, s);
		return x64_zero_extend(p, w, RAX);
	case ISA_N_ATOMIC: break;
	}
	gen->err = -EOPNOTSUPP;
	return p;
}

static uint8_t *add_constant(struct jit_gen *gen, uint8_t *p, unsigned int d, unsigned int s,
			     int32_t imm)
{
	if (!x64_hides(gen, imm))
		return x64_lea(p, false, d, s, imm);
	p = x64_put(gen, p, T0, (uint32_t)imm);
	return x64_lea_sib(p, false, d, s, T0);
}

/* *(d + off) = imm */
static uint8_t *store_constant(struct jit_gen *gen, uint8_t *p, unsigned int bits, unsigned int d,
			       const struct bpf_insn *insn)
{
	if (!x64_hides(gen, insn->imm))
		return x64_store_i(p, bits, d, insn->off, insn->imm);
	p = x64_put(gen, p, T0, (uint64_t)(int64_t)insn->imm);
	return x64_store(p, bits, d, insn->off, T0);
}

/* r0 = bytes of the packet behind r6, in host order; outside of it the function returns 0. */
static uint8_t *load_packet(struct jit_gen *gen, uint8_t *p, const struct isa_row *row,
			    const struct bpf_insn *insn)
{
	uint8_t *inside;

	if (row->form == ISA_F_LD_IND)
		p = add_constant(gen, p, RSI, x64_map[insn->src_reg], insn->imm);
	else
		p = x64_put(gen, p, RSI, (uint32_t)insn->imm);
	p = x64_mov_rr(p, true, RDI, x64_map[6]);
	p = x64_mov_ri(p, RDX, row->bits);
	p = x64_call_addr(gen, p, (uint64_t)(uintptr_t)jit_load_packet);
	p = x64_test_rr(p, true, RAX, RAX);
	inside = p = x64_jcc8(p, X64_NS, 0);
	p = x64_alu_rr(p, false, X64_XOR, RAX, RAX);
	p = x64_lower_exit(gen, p);
	x64_land(inside, p);
	return p;
}

/*
 * One instruction.
 */

/* Bytes at most, by form and, for arithmetic, by operation with a register and with an immediate;
 * `off` and `imm` are added where that field does not fit in a byte. */
static const struct {
	uint8_t base, off, imm;
} form_bound[] = {
	[ISA_F_MOVSX] = { 4, 0, 0 },      [ISA_F_NEG] = { 4, 0, 0 },
	[ISA_F_END] = { 7, 0, 0 },        [ISA_F_JMP_X] = { 9, 0, 0 },
	[ISA_F_JMP_K] = { 10, 0, 3 },     [ISA_F_JA] = { 5, 0, 0 },
	[ISA_F_JA32] = { 5, 0, 0 },       [ISA_F_MAY_GOTO] = { 24, 0, 0 },
	[ISA_F_CALL] = { 8, 0, 0 },       [ISA_F_CALL_SUB] = { 5, 0, 0 },
	[ISA_F_CALL_KFUNC] = { 8, 0, 0 }, [ISA_F_CALLX] = { 64, 0, 0 },
	[ISA_F_EXIT] = { 13, 0, 0 },      [ISA_F_LDX] = { 5, 3, 0 },
	[ISA_F_LDSX] = { 5, 3, 0 },       [ISA_F_LOAD_ACQ] = { 5, 3, 0 },
	[ISA_F_STX] = { 5, 3, 0 },        [ISA_F_STORE_REL] = { 5, 3, 0 },
	[ISA_F_ST] = { 8, 3, 0 },         [ISA_F_ATOMIC] = { 40, 0, 0 },
	[ISA_F_LD_IMM64] = { 10, 0, 0 },  [ISA_F_LD_ABS] = { 56, 0, 0 },
	[ISA_F_LD_IND] = { 56, 0, 0 },    [ISA_F_CAST] = { 0, 0, 0 },
};
enum {
	TAIL_CALL_BOUND = 48,
	MAP_CALL_BOUND = 72,
	LOOKUP_BOUND = 232,
	TEST_IMM_BOUND = 13, /* JSET: `test` has no short immediate */
};

static const struct {
	uint8_t x, k, imm;
} alu_bound[] = {
	[ISA_ALU_ADD] = { 3, 4, 3 },   [ISA_ALU_SUB] = { 3, 4, 3 },    [ISA_ALU_MUL] = { 4, 4, 3 },
	[ISA_ALU_DIV] = { 56, 40, 0 }, [ISA_ALU_SDIV] = { 56, 40, 0 }, [ISA_ALU_OR] = { 3, 4, 3 },
	[ISA_ALU_AND] = { 3, 4, 3 },   [ISA_ALU_LSH] = { 12, 4, 0 },   [ISA_ALU_RSH] = { 12, 4, 0 },
	[ISA_ALU_MOD] = { 56, 40, 0 }, [ISA_ALU_SMOD] = { 56, 40, 0 }, [ISA_ALU_XOR] = { 3, 4, 3 },
	[ISA_ALU_ARSH] = { 12, 4, 0 }, [ISA_ALU_MOV] = { 3, 7, 0 },
};

unsigned int x64_bound(const struct isa_row *row, const struct bpf_insn *insn)
{
	unsigned int far = insn->off != (int8_t)insn->off, large = insn->imm != (int8_t)insn->imm;

	if (row->form == ISA_F_ALU_X)
		return alu_bound[row->op].x;
	if (row->form == ISA_F_ALU_K)
		return alu_bound[row->op].k + large * alu_bound[row->op].imm;
	if (row->form == ISA_F_CALL && insn->imm == TAIL_CALL_HELPER)
		return TAIL_CALL_BOUND;
	if (jit_is_map_call(insn, (enum isa_form)row->form))
		return insn->imm == BPF_FUNC_map_lookup_elem ? LOOKUP_BOUND : MAP_CALL_BOUND;
	if (row->form == ISA_F_JMP_K && row->op == ISA_COND_JSET)
		return TEST_IMM_BOUND;
	return form_bound[row->form].base + far * form_bound[row->form].off +
	       large * form_bound[row->form].imm;
}

uint8_t *x64_insn(struct jit_gen *gen, uint8_t *p, uint32_t *at)
{
	uint32_t i = *at;
	enum isa_op op = gen->ops[i];
	const struct isa_row *row = &gen->rows[op];
	const struct bpf_insn *insn = &gen->insns[i];
	unsigned int d = x64_map[insn->dst_reg], s = x64_map[insn->src_reg];

	if (op == ISA_MOV_64X || op == ISA_MOV_32X || op == ISA_LSH_64K) {
		uint8_t *end = x64_pair(gen, p, at);

		if (end)
			return end;
	}
	*at = i + 1;
	switch ((enum isa_form)row->form) {
	case ISA_F_ALU_X: return x64_lower_alu_x(gen, p, row, insn);
	case ISA_F_ALU_K: return x64_lower_alu_k(gen, p, row, insn);
	case ISA_F_MOVSX: return x64_movsx_rr(p, row->bits == 64, row->sel_value & 63, d, s);
	case ISA_F_NEG: return x64_unary(p, row->bits == 64, X64_NEG, d);
	case ISA_F_END: return x64_lower_end(p, row, d);
	case ISA_F_JMP_X:
	case ISA_F_JMP_K: return jump_if(gen, p, i, row);
	case ISA_F_JA:
	case ISA_F_JA32: return jump(gen, p, i, row->form);
	case ISA_F_MAY_GOTO: return may_goto(gen, p, i);
	case ISA_F_CALL:
	case ISA_F_CALL_KFUNC: return x64_lower_call(gen, p, insn, row->form);
	case ISA_F_CALL_SUB: return x64_lower_call_sub(gen, p, i);
	case ISA_F_CALLX: return x64_lower_callx(gen, p, d);
	case ISA_F_EXIT: return x64_lower_exit(gen, p);
	case ISA_F_LDX:
	case ISA_F_LOAD_ACQ: return x64_load(p, row->bits, d, s, insn->off);
	case ISA_F_LDSX: return x64_load_sx(p, row->bits, d, s, insn->off);
	case ISA_F_ST: return store_constant(gen, p, row->bits, d, insn);
	case ISA_F_STX:
	case ISA_F_STORE_REL: return x64_store(p, row->bits, d, insn->off, s);
	case ISA_F_ATOMIC: return atomic(gen, p, row, insn);
	case ISA_F_LD_IMM64: *at = i + 2; return load_wide(gen, p, i, op);
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: return load_packet(gen, p, row, insn);
	case ISA_F_CAST: gen->err = -EOPNOTSUPP; return p;
	}
	return p;
}

/* Displacements count from where they end. */
static int patch(uint8_t *at, enum jit_fix_kind kind, uint64_t pc, int64_t rel)
{
	int32_t rel32 = (int32_t)rel - 4;

	(void)pc;
	if (kind != JIT_FIX_INSN_NEAR)
		memcpy(at, &rel32, sizeof(rel32));
	else if (rel - 1 == (int8_t)(rel - 1))
		*at = (uint8_t)(rel - 1);
	else
		return -EFAULT;
	return 0;
}

const struct jit_machine x64_machine = {
	.name = "x86-64",
	.prologue_max = X64_PROLOGUE_MAX,
	.insn_max = X64_INSN_MAX,
	.size_max = INT32_MAX / 2,
	.veneer_size = X64_VENEER_SIZE,
	.veneer_target = X64_VENEER_TARGET,
	.reach = INT32_MAX / 2,
	.harden_max = 40,
	.trap = 0xcc,
	.bound = x64_bound,
	.plan = x64_plan,
	.prologue = x64_prologue,
	.insn = x64_insn,
	.thunk = x64_thunk,
	.fence = x64_fence,
	.raw_entry = x64_raw_entry,
	.stub_jump = x64_stub_jump,
	.veneer = x64_veneer,
	.patch = patch,
	.optimise = x64_compile,
};
