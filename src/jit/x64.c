/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is each instruction lowered to x86-64?  One short function per operand form, no state between
 * instructions but what gen holds.  Flags are never live across instructions.
 */
#include "jit/x64.h"

#include <errno.h>
#include <stddef.h>

#include "jit/callout.h"
#include "jit/x64_enc.h"
#include "run/tail.h"

const uint8_t x64_map[16] = { RAX, RDI, RSI, RDX, RCX, R8, RBX, R13, R14, R15, RBP };

enum {
	RUN = R12,
	T0 = R11,
	T1 = R9,
	T2 = R10
};

static const uint8_t alu_op[ISA_N_ALU] = {
	[ISA_ALU_ADD] = X64_ADD,   [ISA_ALU_SUB] = X64_SUB,  [ISA_ALU_OR] = X64_OR,
	[ISA_ALU_AND] = X64_AND,   [ISA_ALU_XOR] = X64_XOR,  [ISA_ALU_LSH] = X64_SHL,
	[ISA_ALU_RSH] = X64_SHR,   [ISA_ALU_ARSH] = X64_SAR, [ISA_ALU_DIV] = X64_DIV,
	[ISA_ALU_SDIV] = X64_IDIV, [ISA_ALU_MOD] = X64_DIV,  [ISA_ALU_SMOD] = X64_IDIV,
};

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

/* Registers that a callee keeps, in the order in which they are pushed. */
static const uint8_t kept[] = { RBX, R13, R14, R15, R12 };

/* A 32-bit operation that does nothing still clears the upper half. */
static uint8_t *zero_extend(uint8_t *p, bool w, unsigned int r)
{
	return w ? p : x64_mov_rr(p, false, r, r);
}

static uint8_t *mov(uint8_t *p, unsigned int dst, unsigned int src)
{
	return dst == src ? p : x64_mov_rr(p, true, dst, src);
}

/* Does the function carry a value in this BPF register over an instruction that does not name it?
 */
static bool carries(const struct jit_gen *gen, unsigned int bpf_reg)
{
	return gen->fn->calls || gen->fn->regs & 1u << bpf_reg;
}

/* A short forward branch inside one lowered instruction: rel is written when its end is known. */
static void land(uint8_t *after_branch, const uint8_t *here)
{
	after_branch[-1] = (uint8_t)(here - after_branch);
}

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
	if (d == RCX || carries(gen, 4))
		p = x64_mov_rr(p, true, T0, RCX);
	p = x64_mov_rr(p, false, RCX, s);
	p = x64_shift_rc(p, w, op, to);
	if (d == RCX || carries(gen, 4))
		p = x64_mov_rr(p, true, RCX, T0);
	return p;
}

static uint8_t *shift_k(uint8_t *p, bool w, enum x64_shift op, unsigned int d, int32_t imm)
{
	unsigned int n = (unsigned int)imm & (w ? 63 : 31);

	return n ? x64_shift_ri(p, w, op, d, n) : zero_extend(p, w, d);
}

/* d = d / s or d % s for a divisor that the machine accepts, which is not in rax or rdx. */
static uint8_t *divide(const struct jit_gen *gen, uint8_t *p, bool w, enum isa_alu op,
		       unsigned int d, unsigned int s)
{
	bool is_signed = op == ISA_ALU_SDIV || op == ISA_ALU_SMOD;
	unsigned int result = op == ISA_ALU_MOD || op == ISA_ALU_SMOD ? RDX : RAX;
	bool keep_rdx = d != RDX && carries(gen, 3);

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
		land(to_minus, p);
		p = is_mod ? x64_alu_rr(p, false, X64_XOR, d, d) : x64_unary(p, w, X64_NEG, d);
		to_end2 = p = x64_jmp8(p, 0);
	}
	land(to_zero, p);
	p = is_mod ? zero_extend(p, w, d) : x64_alu_rr(p, false, X64_XOR, d, d);
	land(to_end, p);
	if (is_signed)
		land(to_end2, p);
	return p;
}

/* Division by 0, 1 and -1 has a fixed answer; unsigned powers of two are shifts. */
static uint8_t *divide_k(const struct jit_gen *gen, uint8_t *p, bool w, enum isa_alu op,
			 unsigned int d, int32_t imm)
{
	bool is_signed = op == ISA_ALU_SDIV || op == ISA_ALU_SMOD;
	bool is_mod = op == ISA_ALU_MOD || op == ISA_ALU_SMOD;
	uint64_t k = w ? (uint64_t)(int64_t)imm : (uint32_t)imm;

	if (!k)
		return is_mod ? zero_extend(p, w, d) : x64_alu_rr(p, false, X64_XOR, d, d);
	if (is_mod && (k == 1 || (is_signed && imm == -1)))
		return x64_alu_rr(p, false, X64_XOR, d, d);
	if (k == 1)
		return zero_extend(p, w, d);
	if (is_signed && imm == -1)
		return x64_unary(p, w, X64_NEG, d);
	if (!is_signed && !(k & (k - 1)) && k <= 1u << 31) {
		if (is_mod)
			return x64_alu_ri(p, false, X64_AND, d, (int32_t)(k - 1));
		return x64_shift_ri(p, w, X64_SHR, d, (unsigned int)__builtin_ctzll(k));
	}
	p = x64_mov_ri(p, T0, k);
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

static uint8_t *alu_k(struct jit_gen *gen, uint8_t *p, const struct isa_row *row,
		      const struct bpf_insn *insn)
{
	unsigned int d = x64_map[insn->dst_reg];
	bool w = row->bits == 64;
	int32_t imm = insn->imm;
	enum isa_alu op = row->op;

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
	case ISA_ALU_MOV: return x64_mov_ri(p, d, w ? (uint64_t)(int64_t)imm : (uint32_t)imm);
	case ISA_N_ALU: break;
	}
	gen->err = -EOPNOTSUPP;
	return p;
}

static uint8_t *alu_x(struct jit_gen *gen, uint8_t *p, const struct isa_row *row,
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
	case ISA_ALU_MOV: return w ? mov(p, d, s) : x64_mov_rr(p, false, d, s);
	case ISA_N_ALU: break;
	}
	gen->err = -EOPNOTSUPP;
	return p;
}

static uint8_t *byte_order(uint8_t *p, const struct isa_row *row, unsigned int d)
{
	if (row->op == ISA_END_LE)
		return row->bits == 64 ? p : x64_movzx_rr(p, row->bits, d, d);
	p = x64_bswap(p, row->bits == 64, d);
	return row->bits == 16 ? x64_shift_ri(p, false, X64_SHR, d, 16) : p;
}

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
		jit_fix_add(gen, JIT_FIX_INSN8, p - 1, target);
		return p;
	}
	p = always ? x64_jmp32(p, 0) : x64_jcc32(p, cc, 0);
	jit_fix_add(gen, JIT_FIX_INSN32, p - 4, target);
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
	bool w = row->bits == 64;

	if (row->form == ISA_F_JMP_X && row->op == ISA_COND_JSET)
		p = x64_test_rr(p, w, d, s);
	else if (row->form == ISA_F_JMP_X)
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
 * Functions and calls.
 */

void x64_plan(const struct jit_gen *gen, struct jit_fn *fn)
{
	unsigned int n = 0;

	fn->saved = 0;
	for (unsigned int r = 6; r <= 9; r++)
		if (gen->raw || fn->regs & 1u << r)
			fn->saved |= (uint16_t)(1u << x64_map[r]);
	if (fn->is_main && fn->needs_run)
		fn->saved |= 1u << RUN;
	for (unsigned int i = 0; i < sizeof(kept); i++)
		n += fn->saved >> kept[i] & 1;
	fn->frame = (fn->stack + 7) & ~7u;
	fn->has_frame = gen->raw || fn->frame || fn->calls || fn->regs & 1u << 10;
	if (fn->has_frame && (fn->frame / 8 + n) % 2)
		fn->frame += 8;
}

uint8_t *x64_prologue(struct jit_gen *gen, uint8_t *p, const struct jit_fn *fn)
{
	if (fn->has_frame) {
		p = x64_push(p, RBP);
		p = x64_mov_rr(p, true, RBP, RSP);
	}
	if (fn->frame)
		p = x64_alu_ri(p, true, X64_SUB, RSP, (int32_t)fn->frame);
	for (unsigned int i = 0; i < sizeof(kept); i++)
		if (fn->saved >> kept[i] & 1)
			p = x64_push(p, kept[i]);
	if (fn->is_main && fn->needs_run)
		p = x64_mov_rr(p, true, RUN, RSI);
	if (fn->is_main && fn->takes_func) {
		int64_t rel = (int64_t)gen->thunk - (p + 7 - gen->out);

		p = x64_lea_rip(p, RAX, (int32_t)rel);
		p = x64_store(p, 64, RUN, offsetof(struct run, invoke), RAX);
	}
	return p;
}

/* Undoes the prologue. */
static uint8_t *leave(const struct jit_gen *gen, uint8_t *p)
{
	const struct jit_fn *fn = gen->fn;

	for (unsigned int i = sizeof(kept); i-- > 0;)
		if (fn->saved >> kept[i] & 1)
			p = x64_pop(p, kept[i]);
	if (!fn->has_frame)
		return p;
	return fn->frame ? x64_leave(p) : x64_pop(p, RBP);
}

static uint8_t *exit_fn(const struct jit_gen *gen, uint8_t *p)
{
	return x64_ret(leave(gen, p));
}

uint8_t *x64_thunk(uint8_t *p)
{
	p = x64_push(p, RUN);
	p = x64_mov_rr(p, true, RUN, RDI);
	p = x64_mov_rr(p, true, RAX, RSI);
	p = x64_mov_rr(p, true, RDI, RDX);
	p = x64_mov_rr(p, true, RSI, RCX);
	p = x64_mov_rr(p, true, RDX, R8);
	p = x64_mov_rr(p, true, RCX, R9);
	p = x64_load(p, 64, R8, RSP, 16);
	p = x64_call_r(p, RAX);
	p = x64_pop(p, RUN);
	return x64_ret(p);
}

uint8_t *x64_raw_entry(struct jit_gen *gen, uint8_t *p)
{
	p = x64_push(p, RUN);
	p = x64_mov_ri(p, RUN, RAW_FUEL);
	p = x64_call32(p, 0);
	jit_fix_add(gen, JIT_FIX_FN, p - 4, 0);
	p = x64_pop(p, RUN);
	return x64_ret(p);
}

uint8_t *x64_stub_jump(struct jit_gen *gen, uint8_t *p, uint32_t target)
{
	p = x64_jmp32(p, 0);
	jit_fix_add(gen, JIT_FIX_INSN32, p - 4, target);
	return p;
}

uint8_t *x64_veneer(uint8_t *p, uint64_t target)
{
	return x64_jmp_far(p, target);
}

static uint8_t *call_addr(struct jit_gen *gen, uint8_t *p, uint64_t target)
{
	p = x64_call32(p, 0);
	jit_fix_add(gen, JIT_FIX_ADDR, p - 4, target);
	return p;
}

/* r1 context, r2 prog array, r3 index: on success this frame is left for the target's entry, which
 * finds the program in its third argument should it have to be interpreted. */
static uint8_t *tail_call(struct jit_gen *gen, uint8_t *p)
{
	uint8_t *missed;

	p = x64_push(p, RDI);
	p = x64_push(p, RDI);
	p = x64_mov_rr(p, true, RDI, RUN);
	p = call_addr(gen, p, (uint64_t)(uintptr_t)jit_tail_target);
	p = x64_pop(p, RDI);
	p = x64_pop(p, RDI);
	p = x64_test_rr(p, true, RAX, RAX);
	missed = p = x64_jcc8(p, X64_E, 0);
	p = x64_mov_rr(p, true, RSI, RUN);
	p = leave(gen, p);
	p = x64_jmp_r(p, RAX);
	land(missed, p);
	return x64_mov_ri(p, RAX, TAIL_CALL_FAILED);
}

static uint8_t *call(struct jit_gen *gen, uint8_t *p, const struct bpf_insn *insn,
		     enum isa_form form)
{
	uint64_t target;

	if (!gen->raw && form == ISA_F_CALL && insn->imm == TAIL_CALL_HELPER)
		return tail_call(gen, p);
	target = jit_callee(gen, insn, form);
	if (!gen->raw)
		p = x64_mov_rr(p, true, R9, RUN);
	return call_addr(gen, p, target);
}

static uint8_t *call_sub(struct jit_gen *gen, uint8_t *p, uint32_t at)
{
	int64_t target = jit_target(&gen->insns[at], at, ISA_F_CALL_SUB);

	p = x64_call32(p, 0);
	jit_fix_add(gen, JIT_FIX_FN, p - 4,
		    (uint64_t)(jit_fn_at(gen, (uint32_t)target) - gen->fns));
	return p;
}

/* Raw programs name a helper by number; a number without a helper ends the function with -1. */
static uint8_t *callx_raw(const struct jit_gen *gen, uint8_t *p, unsigned int r)
{
	uint8_t *to_bad, *to_bad2, *to_end;

	p = mov(p, T0, r);
	p = x64_alu_ri(p, true, X64_CMP, T0, (int32_t)gen->raw->n_fns);
	to_bad = p = x64_jcc8(p, X64_AE, 0);
	p = x64_mov_ri(p, T1, (uint64_t)(uintptr_t)gen->raw->fns);
	p = x64_load_index8(p, T0, T1, T0);
	p = x64_test_rr(p, true, T0, T0);
	to_bad2 = p = x64_jcc8(p, X64_E, 0);
	p = x64_call_r(p, T0);
	to_end = p = x64_jmp8(p, 0);
	land(to_bad, p);
	land(to_bad2, p);
	p = x64_mov_ri(p, RAX, UINT64_MAX);
	p = exit_fn(gen, p);
	land(to_end, p);
	return p;
}

static uint8_t *load_wide(struct jit_gen *gen, uint8_t *p, uint32_t at, enum isa_op op)
{
	const struct bpf_insn *insn = &gen->insns[at];
	unsigned int d = x64_map[insn->dst_reg];

	if (op == ISA_LD_FUNC) {
		int64_t target = jit_target(insn, at, ISA_F_LD_IMM64);

		p = x64_lea_rip(p, d, 0);
		jit_fix_add(gen, JIT_FIX_FN, p - 4,
			    (uint64_t)(jit_fn_at(gen, (uint32_t)target) - gen->fns));
		return p;
	}
	if (op != ISA_LD_IMM64)
		gen->err = -EOPNOTSUPP;
	return x64_mov_ri(p, d, (uint32_t)insn[0].imm | (uint64_t)(uint32_t)insn[1].imm << 32);
}

/*
 * Memory.
 */

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
		return zero_extend(p, w, RAX);
	case ISA_N_ATOMIC: break;
	}
	gen->err = -EOPNOTSUPP;
	return p;
}

/* r0 = bytes of the packet behind r6, in host order; outside of it the function returns 0. */
static uint8_t *load_packet(struct jit_gen *gen, uint8_t *p, const struct isa_row *row,
			    const struct bpf_insn *insn)
{
	uint8_t *inside;

	if (row->form == ISA_F_LD_IND)
		p = x64_lea(p, false, RSI, x64_map[insn->src_reg], insn->imm);
	else
		p = x64_mov_ri(p, RSI, (uint32_t)insn->imm);
	p = x64_mov_rr(p, true, RDI, x64_map[6]);
	p = x64_mov_ri(p, RDX, row->bits);
	p = call_addr(gen, p, (uint64_t)(uintptr_t)jit_load_packet);
	p = x64_test_rr(p, true, RAX, RAX);
	inside = p = x64_jcc8(p, X64_NS, 0);
	p = x64_alu_rr(p, false, X64_XOR, RAX, RAX);
	p = exit_fn(gen, p);
	land(inside, p);
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
	[ISA_F_EXIT] = { 12, 0, 0 },      [ISA_F_LDX] = { 5, 3, 0 },
	[ISA_F_LDSX] = { 5, 3, 0 },       [ISA_F_LOAD_ACQ] = { 5, 3, 0 },
	[ISA_F_STX] = { 5, 3, 0 },        [ISA_F_STORE_REL] = { 5, 3, 0 },
	[ISA_F_ST] = { 8, 3, 0 },         [ISA_F_ATOMIC] = { 40, 0, 0 },
	[ISA_F_LD_IMM64] = { 10, 0, 0 },  [ISA_F_LD_ABS] = { 56, 0, 0 },
	[ISA_F_LD_IND] = { 56, 0, 0 },    [ISA_F_CAST] = { 0, 0, 0 },
};
enum {
	TAIL_CALL_BOUND = 48,
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

	if (op == ISA_MOV_64X || op == ISA_LSH_64K) {
		uint8_t *end = x64_pair(gen, p, at);

		if (end)
			return end;
	}
	*at = i + 1;
	switch ((enum isa_form)row->form) {
	case ISA_F_ALU_X: return alu_x(gen, p, row, insn);
	case ISA_F_ALU_K: return alu_k(gen, p, row, insn);
	case ISA_F_MOVSX: return x64_movsx_rr(p, row->bits == 64, row->sel_value & 63, d, s);
	case ISA_F_NEG: return x64_unary(p, row->bits == 64, X64_NEG, d);
	case ISA_F_END: return byte_order(p, row, d);
	case ISA_F_JMP_X:
	case ISA_F_JMP_K: return jump_if(gen, p, i, row);
	case ISA_F_JA:
	case ISA_F_JA32: return jump(gen, p, i, row->form);
	case ISA_F_MAY_GOTO: return may_goto(gen, p, i);
	case ISA_F_CALL:
	case ISA_F_CALL_KFUNC: return call(gen, p, insn, row->form);
	case ISA_F_CALL_SUB: return call_sub(gen, p, i);
	case ISA_F_CALLX: return gen->raw ? callx_raw(gen, p, d) : x64_call_r(p, d);
	case ISA_F_EXIT: return exit_fn(gen, p);
	case ISA_F_LDX:
	case ISA_F_LOAD_ACQ: return x64_load(p, row->bits, d, s, insn->off);
	case ISA_F_LDSX: return x64_load_sx(p, row->bits, d, s, insn->off);
	case ISA_F_ST: return x64_store_i(p, row->bits, d, insn->off, insn->imm);
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
