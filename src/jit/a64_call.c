/* SPDX-License-Identifier: BSD-2-Clause */
/* How are functions entered, left and called on AArch64? */
#include <stddef.h>

#include "jit/a64.h"
#include "jit/callout.h"
#include "run/tail.h"

/* Bytes above r10 that a raw program, which nobody verified, may overwrite without harm. */
enum {
	RAW_SLACK = 64
};

/* Registers that a callee keeps, in the order in which they are pushed; bits of jit_fn.saved. */
static const uint8_t kept[] = { X19, X20, X21, X22, A64_RUN };
enum {
	N_KEPT = sizeof(kept),
	KEPT_RUN = N_KEPT - 1
};

void a64_plan(const struct jit_gen *gen, struct jit_fn *fn)
{
	fn->saved = 0;
	for (unsigned int r = 6; r <= 9; r++)
		if (gen->raw || fn->regs & 1u << r)
			fn->saved |= (uint16_t)(1u << (r - 6));
	if (fn->is_main && fn->needs_run)
		fn->saved |= 1u << KEPT_RUN;
	fn->frame = (fn->stack + 15) & ~15u;
	fn->has_frame = gen->raw || fn->frame || fn->calls || fn->regs & 1u << 10;
}

/* Kept registers by twos, since sp is a multiple of 16; an odd one has the zero register beside. */
static unsigned int list_pairs(const struct jit_fn *fn, uint8_t pairs[N_KEPT + 1])
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < N_KEPT; i++)
		if (fn->saved >> i & 1)
			pairs[n++] = kept[i];
	if (n % 2)
		pairs[n++] = XZR;
	return n;
}

uint8_t *a64_address_of(struct jit_gen *gen, uint8_t *p, enum jit_fix_kind kind, unsigned int d,
			uint64_t target)
{
	jit_fix_add(gen, kind, p, target);
	p = a64_adrp(p, d, 0);
	return a64_add_ri(p, true, A64_ADD, d, d, 0);
}

static uint8_t *make_frame(uint8_t *p, uint32_t size)
{
	if (size >> 12)
		p = a64_add_ri(p, true, A64_SUB, XSP, XSP, size >> 12 << 12);
	return size & 0xfff ? a64_add_ri(p, true, A64_SUB, XSP, XSP, size & 0xfff) : p;
}

uint8_t *a64_prologue(struct jit_gen *gen, uint8_t *p, const struct jit_fn *fn)
{
	uint8_t pairs[N_KEPT + 1];
	unsigned int n = list_pairs(fn, pairs);

	if (fn->has_frame) {
		p = a64_push2(p, A64_FP, A64_LR);
		if (gen->raw)
			p = make_frame(p, RAW_SLACK);
		p = a64_add_ri(p, true, A64_ADD, A64_FP, XSP, 0);
		p = make_frame(p, fn->frame);
	}
	for (unsigned int i = 0; i < n; i += 2)
		p = a64_push2(p, pairs[i], pairs[i + 1]);
	if (fn->is_main && fn->needs_run)
		p = a64_mov_rr(p, true, A64_RUN, X1);
	if (fn->is_main && fn->takes_func) {
		p = a64_address_of(gen, p, JIT_FIX_THUNK_ADDR, A64_T0, 0);
		p = a64_access(p, A64_STORE, 64, A64_T0, A64_RUN, offsetof(struct run, invoke));
	}
	return p;
}

/* Undoes the prologue. */
static uint8_t *leave(const struct jit_gen *gen, uint8_t *p)
{
	const struct jit_fn *fn = gen->fn;
	uint8_t pairs[N_KEPT + 1];

	for (unsigned int n = list_pairs(fn, pairs); n; n -= 2)
		p = a64_pop2(p, pairs[n - 2], pairs[n - 1]);
	if (!fn->has_frame)
		return p;
	p = a64_add_ri(p, true, A64_ADD, XSP, A64_FP, gen->raw ? RAW_SLACK : 0);
	return a64_pop2(p, A64_FP, A64_LR);
}

uint8_t *a64_lower_exit(const struct jit_gen *gen, uint8_t *p)
{
	p = a64_mov_rr(p, true, X0, A64_R0);
	return a64_ret(leave(gen, p));
}

/* Stops whoever would jump to the address in a register where no function begins. */
uint8_t *a64_check_target(const struct jit_gen *gen, uint8_t *p, unsigned int reg)
{
	if (!gen->harden || gen->raw)
		return p;
	p = a64_mem(p, A64_LOAD, 32, A64_T1, reg, -JIT_TAG_BYTES);
	p = a64_mov_ri(p, X17, gen->tag);
	p = a64_alu_rrr(p, false, A64_SUB, A64_T1, A64_T1, X17);
	p = a64_cbz(p, false, false, A64_T1, 8);
	return a64_brk(p);
}

uint8_t *a64_fence(uint8_t *p)
{
	return a64_isb(a64_dsb(p));
}

uint8_t *a64_thunk(const struct jit_gen *gen, uint8_t *p)
{
	p = a64_push2(p, A64_FP, A64_LR);
	p = a64_add_ri(p, true, A64_ADD, A64_FP, XSP, 0);
	p = a64_push2(p, A64_RUN, XZR);
	p = a64_mov_rr(p, true, A64_RUN, X0);
	p = a64_mov_rr(p, true, A64_T0, X1);
	for (unsigned int k = X0; k <= X4; k++)
		p = a64_mov_rr(p, true, k, k + 2);
	p = a64_blr(a64_check_target(gen, p, A64_T0), A64_T0);
	p = a64_pop2(p, A64_RUN, XZR);
	p = a64_pop2(p, A64_FP, A64_LR);
	return a64_ret(p);
}

uint8_t *a64_raw_entry(struct jit_gen *gen, uint8_t *p)
{
	p = a64_push2(p, A64_FP, A64_LR);
	p = a64_add_ri(p, true, A64_ADD, A64_FP, XSP, 0);
	p = a64_push2(p, A64_RUN, XZR);
	p = a64_mov_ri(p, A64_RUN, RAW_FUEL);
	p = a64_bl(p, 0);
	jit_fix_add(gen, JIT_FIX_FN, p - 4, 0);
	p = a64_pop2(p, A64_RUN, XZR);
	p = a64_pop2(p, A64_FP, A64_LR);
	return a64_ret(p);
}

uint8_t *a64_stub_jump(struct jit_gen *gen, uint8_t *p, uint32_t target)
{
	p = a64_b(p, 0);
	jit_fix_add(gen, JIT_FIX_INSN, p - 4, target);
	return p;
}

uint8_t *a64_veneer(uint8_t *p, uint64_t target)
{
	p = a64_ldr_near(p, A64_FAR, 8);
	p = a64_br(p, A64_FAR);
	memcpy(p, &target, sizeof(target));
	return p + sizeof(target);
}

uint8_t *a64_call_addr(struct jit_gen *gen, uint8_t *p, uint64_t target)
{
	p = a64_bl(p, 0);
	jit_fix_add(gen, JIT_FIX_ADDR, p - 4, target);
	return p;
}

/* r1 context, r2 prog array, r3 index: on success this frame is left for the target's entry, which
 * finds the program in its third argument should it have to be interpreted. */
static uint8_t *tail_call(struct jit_gen *gen, uint8_t *p)
{
	uint8_t *missed;

	p = a64_push2(p, X0, XZR);
	p = a64_mov_rr(p, true, X0, A64_RUN);
	p = a64_call_addr(gen, p, (uint64_t)(uintptr_t)jit_tail_target);
	p = a64_mov_rr(p, true, A64_FAR, X0);
	p = a64_mov_rr(p, true, X2, X1);
	p = a64_pop2(p, X0, XZR);
	missed = p = a64_cbz(p, true, false, A64_FAR, 0);
	p = a64_mov_rr(p, true, X1, A64_RUN);
	p = leave(gen, p);
	p = a64_br(p, A64_FAR);
	a64_land(missed, p);
	return a64_mov_ri(p, A64_R0, TAIL_CALL_FAILED);
}

uint8_t *a64_lower_call(struct jit_gen *gen, uint8_t *p, const struct bpf_insn *insn,
			enum isa_form form)
{
	uint64_t target;

	if (!gen->raw && form == ISA_F_CALL && insn->imm == TAIL_CALL_HELPER)
		return tail_call(gen, p);
	if (!gen->raw && jit_is_map_call(insn, form)) {
		uint8_t *end = a64_map_call(gen, p, insn, false);

		if (end)
			return end;
	}
	target = jit_callee(gen, insn, form);
	if (!gen->raw)
		p = a64_mov_rr(p, true, X5, A64_RUN);
	p = a64_call_addr(gen, p, target);
	return a64_mov_rr(p, true, A64_R0, X0);
}

uint8_t *a64_lower_call_sub(struct jit_gen *gen, uint8_t *p, uint32_t at)
{
	int64_t target = jit_target(&gen->insns[at], at, ISA_F_CALL_SUB);

	p = a64_bl(p, 0);
	jit_fix_add(gen, JIT_FIX_FN, p - 4,
		    (uint64_t)(jit_fn_at(gen, (uint32_t)target) - gen->fns));
	return a64_mov_rr(p, true, A64_R0, X0);
}

/* A function of the program by its address.  Raw programs name a helper by number; a number without
 * a helper ends the function with -1. */
uint8_t *a64_lower_callx(const struct jit_gen *gen, uint8_t *p, unsigned int r)
{
	uint8_t *to_bad, *to_bad2, *to_end;

	if (!gen->raw) {
		p = a64_blr(a64_check_target(gen, p, r), r);
		return a64_mov_rr(p, true, A64_R0, X0);
	}
	p = a64_mov(p, A64_T0, r);
	p = a64_compare_k(p, true, A64_T0, gen->raw->n_fns);
	to_bad = p = a64_bcc(p, A64_HS, 0);
	p = a64_mov_ri(p, A64_T1, (uint64_t)(uintptr_t)gen->raw->fns);
	p = a64_mem_index(p, A64_LOAD, 64, A64_T0, A64_T1, A64_T0, true);
	to_bad2 = p = a64_cbz(p, true, false, A64_T0, 0);
	p = a64_blr(p, A64_T0);
	p = a64_mov_rr(p, true, A64_R0, X0);
	to_end = p = a64_b(p, 0);
	a64_land(to_bad, p);
	a64_land(to_bad2, p);
	p = a64_mov_ri(p, A64_R0, UINT64_MAX);
	p = a64_lower_exit(gen, p);
	a64_b(to_end - 4, p - (to_end - 4));
	return p;
}
