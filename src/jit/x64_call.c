/* SPDX-License-Identifier: BSD-2-Clause */
/* How are functions entered, left and called on x86-64? */
#include <stddef.h>

#include "jit/callout.h"
#include "jit/x64_priv.h"
#include "run/tail.h"

/* Bytes above r10 that a raw program, which nobody verified, may overwrite without harm. */
enum {
	RAW_SLACK = 64
};

/* Registers that a callee keeps, in the order in which they are pushed. */
static const uint8_t kept[] = { RBX, R13, R14, R15, R12 };

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
	if (fn->has_frame)
		p = x64_push(p, RBP);
	if (gen->raw)
		p = x64_alu_ri(p, true, X64_SUB, RSP, RAW_SLACK);
	if (fn->has_frame)
		p = x64_mov_rr(p, true, RBP, RSP);
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
	if (gen->raw)
		return x64_pop(x64_lea(p, true, RSP, RBP, RAW_SLACK), RBP);
	return fn->frame ? x64_leave(p) : x64_pop(p, RBP);
}

uint8_t *x64_lower_exit(const struct jit_gen *gen, uint8_t *p)
{
	return x64_ret(leave(gen, p));
}

uint8_t *x64_thunk(const struct jit_gen *gen, uint8_t *p)
{
	p = x64_push(p, RUN);
	p = x64_mov_rr(p, true, RUN, RDI);
	p = x64_mov_rr(p, true, RAX, RSI);
	p = x64_mov_rr(p, true, RDI, RDX);
	p = x64_mov_rr(p, true, RSI, RCX);
	p = x64_mov_rr(p, true, RDX, R8);
	p = x64_mov_rr(p, true, RCX, R9);
	p = x64_load(p, 64, R8, RSP, 16);
	p = x64_check_target(gen, p, RAX);
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
	jit_fix_add(gen, JIT_FIX_INSN, p - 4, target);
	return p;
}

uint8_t *x64_veneer(uint8_t *p, uint64_t target)
{
	return x64_jmp_far(p, target);
}

uint8_t *x64_call_addr(struct jit_gen *gen, uint8_t *p, uint64_t target)
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
	p = x64_call_addr(gen, p, (uint64_t)(uintptr_t)jit_tail_target);
	p = x64_pop(p, RDI);
	p = x64_pop(p, RDI);
	p = x64_test_rr(p, true, RAX, RAX);
	missed = p = x64_jcc8(p, X64_E, 0);
	p = x64_mov_rr(p, true, RSI, RUN);
	p = leave(gen, p);
	p = x64_jmp_r(p, RAX);
	x64_land(missed, p);
	return x64_mov_ri(p, RAX, TAIL_CALL_FAILED);
}

uint8_t *x64_lower_call(struct jit_gen *gen, uint8_t *p, const struct bpf_insn *insn,
			enum isa_form form)
{
	uint64_t target;

	if (!gen->raw && form == ISA_F_CALL && insn->imm == TAIL_CALL_HELPER)
		return tail_call(gen, p);
	if (!gen->raw && jit_is_map_call(insn, form)) {
		uint8_t *end = x64_map_call(gen, p, insn);

		if (end)
			return end;
	}
	target = jit_callee(gen, insn, form);
	if (!gen->raw)
		p = x64_mov_rr(p, true, R9, RUN);
	return x64_call_addr(gen, p, target);
}

uint8_t *x64_lower_call_sub(struct jit_gen *gen, uint8_t *p, uint32_t at)
{
	int64_t target = jit_target(&gen->insns[at], at, ISA_F_CALL_SUB);

	p = x64_call32(p, 0);
	jit_fix_add(gen, JIT_FIX_FN, p - 4,
		    (uint64_t)(jit_fn_at(gen, (uint32_t)target) - gen->fns));
	return p;
}

/* A function of the program by its address.  Raw programs name a helper by number; a number without
 * a helper ends the function with -1. */
uint8_t *x64_lower_callx(const struct jit_gen *gen, uint8_t *p, unsigned int r)
{
	uint8_t *to_bad, *to_bad2, *to_end;

	if (!gen->raw)
		return x64_call_r(x64_check_target(gen, p, r), r);
	p = x64_mov(p, T0, r);
	p = x64_alu_ri(p, true, X64_CMP, T0, (int32_t)gen->raw->n_fns);
	to_bad = p = x64_jcc8(p, X64_AE, 0);
	p = x64_mov_ri(p, T1, (uint64_t)(uintptr_t)gen->raw->fns);
	p = x64_load_index8(p, T0, T1, T0);
	p = x64_test_rr(p, true, T0, T0);
	to_bad2 = p = x64_jcc8(p, X64_E, 0);
	p = x64_call_r(p, T0);
	to_end = p = x64_jmp8(p, 0);
	x64_land(to_bad, p);
	x64_land(to_bad2, p);
	p = x64_mov_ri(p, RAX, UINT64_MAX);
	p = x64_lower_exit(gen, p);
	x64_land(to_end, p);
	return p;
}
