/* SPDX-License-Identifier: BSD-2-Clause */
/* How does an optimised function begin, call and end on x86-64? */
#include <errno.h>
#include <stddef.h>

#include "jit/callout.h"
#include "jit/x64.h"
#include "jit/x64_opt.h"
#include "jit/x64_priv.h"
#include "map/direct.h"
#include "run/tail.h"

/* Registers that a callee keeps, in the order in which they are pushed. */
static const uint8_t kept[] = { RBX, RBP, R12, R13, R14, R15 };

void x64_enter(struct x64_fn *x)
{
	bool takes_run = x->fn->is_main && x->fn->needs_run;

	for (unsigned int i = 0; i < sizeof(kept); i++)
		if (x->saved >> kept[i] & 1)
			x->p = x64_push(x->p, kept[i]);
	if (x->frame)
		x->p = x64_alu_ri(x->p, true, X64_SUB, RSP, (int32_t)x->frame);
	if (takes_run)
		x->p = x64_mov_rr(x->p, true, RUN, RSI);
	if (!x->fn->is_main || !x->fn->takes_func)
		return;
	x->p = x64_lea_rip(x->p, RAX, 0);
	x64_add_fix(x, JIT_FIX_THUNK_ADDR, 0);
	x->p = x64_store(x->p, 64, RUN, offsetof(struct run, invoke), RAX);
}

/* Undoes x64_enter(). */
static void leave(struct x64_fn *x)
{
	if (x->frame)
		x->p = x64_alu_ri(x->p, true, X64_ADD, RSP, (int32_t)x->frame);
	for (unsigned int i = sizeof(kept); i-- > 0;)
		if (x->saved >> kept[i] & 1)
			x->p = x64_pop(x->p, kept[i]);
}

void x64_add_fix(struct x64_fn *x, enum jit_fix_kind kind, uint64_t target)
{
	if (x->n_fixes == x->fix_room) {
		x->f->err = -EFAULT;
		return;
	}
	x->fixes[x->n_fixes++] = (struct x64_fix){
		.target = target,
		.at = (uint32_t)(x->p - x->buf) - 4,
		.block = x->block,
		.kind = kind,
	};
}

static void call(struct x64_fn *x, enum jit_fix_kind kind, uint64_t target)
{
	x->p = x64_call32(x->p, 0);
	x64_add_fix(x, kind, target);
}

static void put_arguments(struct x64_fn *x, const struct opt_ins *i, opt_ref callee)
{
	struct x64_move moves[OPT_MAX_ARGS + 1];
	uint32_t n = 0;

	for (; n < i->n_more; n++) {
		opt_ref v = x->f->pool[i->more + n];

		moves[n] = (struct x64_move){ x64_map[n + 1], x64_where(x, v), v };
	}
	if (callee)
		moves[n++] = (struct x64_move){ RAX, x64_where(x, callee), callee };
	x64_moves(x, moves, n);
}

static uint64_t fn_number(const struct x64_fn *x, int64_t insn)
{
	return (uint64_t)(jit_fn_at(x->gen, (uint32_t)insn) - x->gen->fns);
}

/* A call on a map that the program names; what it wants to fix counts from gen->out. */
static bool call_map(struct x64_fn *x, const struct opt_ins *i)
{
	const struct bpf_insn *insn = &x->gen->insns[i->at];
	struct jit_gen *gen = x->gen;
	uint8_t *out = gen->out, *end;
	uint32_t n = gen->n_fixes;

	if (gen->raw || i->op != OPT_CALL || !jit_is_map_call(insn, ISA_F_CALL))
		return false;
	gen->fn = x->fn;
	gen->out = x->buf;
	end = x64_map_call(gen, x->p, insn);
	gen->out = out;
	if (!end)
		return false;
	x->p = end;
	while (gen->n_fixes > n) {
		const struct jit_fix *fix = &gen->fixes[--gen->n_fixes];

		x->p = x->buf + fix->at + 4;
		x64_add_fix(x, fix->kind, fix->target);
		x->p = end;
	}
	return true;
}

/* A short forward branch: its distance is written when its end is known. */
static void land(uint8_t *after_branch, const uint8_t *here)
{
	after_branch[-1] = (uint8_t)(here - after_branch);
}

/* bpf_loop() of a function that is known, without flags. */
static bool is_loop(const struct x64_fn *x, const struct opt_ins *i)
{
	const opt_ref *args = &x->f->pool[i->more];
	const struct bpf_insn *insn = &x->gen->insns[i->at];

	return !x->gen->raw && i->op == OPT_CALL && insn->code == (BPF_JMP | BPF_CALL) &&
	       !insn->src_reg && insn->imm == BPF_FUNC_loop && i->n_more == 4 &&
	       opt_at(x->f, args[1])->op == OPT_FUNC && opt_is_k(x->f, args[3]) &&
	       !opt_at(x->f, args[3])->imm;
}

/* Rounds are counted in r14 up to rbx, the callback's argument is in r13; the fourth is pushed so
 * that the stack stays aligned. */
static void run_loop(struct x64_fn *x, uint64_t callback)
{
	static const uint8_t used[] = { RBX, R13, R14, R15 };
	uint8_t *again, *broken;

	for (unsigned int k = 0; k < sizeof(used); k++)
		x->p = x64_push(x->p, used[k]);
	x->p = x64_mov_rr(x->p, false, RBX, RDI);
	x->p = x64_mov_rr(x->p, true, R13, RDX);
	x->p = x64_alu_rr(x->p, false, X64_XOR, R14, R14);
	again = x->p;
	x->p = x64_mov_rr(x->p, false, RDI, R14);
	x->p = x64_mov_rr(x->p, true, RSI, R13);
	call(x, JIT_FIX_FN, callback);
	x->p = x64_alu_ri(x->p, false, X64_ADD, R14, 1);
	x->p = x64_test_rr(x->p, true, RAX, RAX);
	broken = x->p = x64_jcc8(x->p, X64_NE, 0);
	x->p = x64_alu_rr(x->p, false, X64_CMP, R14, RBX);
	x->p = x64_jcc8(x->p, X64_B, (int32_t)(again - (x->p + 2)));
	land(broken, x->p);
	x->p = x64_mov_rr(x->p, false, RAX, R14);
	for (unsigned int k = sizeof(used); k-- > 0;)
		x->p = x64_pop(x->p, used[k]);
}

/* What the helper does, with a call of the function itself. */
static void lower_loop(struct x64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);
	const opt_ref *args = &x->f->pool[i->more];
	uint64_t callback = fn_number(x, opt_at(x->f, args[1])->imm);
	struct x64_move moves[] = { { RDI, x64_where(x, args[0]), args[0] },
				    { RDX, x64_where(x, args[2]), args[2] } };
	uint8_t *too_many, *none;

	x64_moves(x, moves, 2);
	x->p = x64_mov_ri(x->p, RAX, (uint64_t)-E2BIG);
	x->p = x64_alu_ri(x->p, false, X64_CMP, RDI, HELPER_MAX_LOOPS);
	too_many = x->p = x64_jcc8(x->p, X64_A, 0);
	x->p = x64_alu_rr(x->p, false, X64_XOR, RAX, RAX);
	x->p = x64_test_rr(x->p, false, RDI, RDI);
	none = x->p = x64_jcc8(x->p, X64_E, 0);
	run_loop(x, callback);
	land(too_many, x->p);
	land(none, x->p);
	if (i->uses)
		x64_keep(x, v, RAX);
}

/* The address of an array's element. */
static void lower_index(struct x64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);
	opt_ref index = x->f->pool[i->more + 1];
	uint64_t k = opt_is_k(x->f, index) ? (uint64_t)opt_at(x->f, index)->imm : UINT64_MAX;
	struct map_direct d;

	x->gen->fn = x->fn;
	if (!x64_map_is_index(x->gen, i->at, &d)) {
		opt_refuse(x->f, "a map that changed meanwhile");
		return;
	}
	if (d.how == MAP_DIRECT_SLOT_INDEX && k < d.n) {
		x->p = x64_map_copy(x->gen, x->p, &d, (uint32_t)k);
	} else {
		x64_fetch(x, RAX, index);
		x->p = x64_map_index(x->gen, x->p, &d);
	}
	if (i->uses)
		x64_keep(x, v, RAX);
}

void x64_lower_callout(struct x64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);

	if (is_loop(x, i)) {
		lower_loop(x, v);
		return;
	}

	if (i->op == OPT_FUNC) {
		unsigned int d = x64_result(x, v);

		x->p = x64_lea_rip(x->p, d, 0);
		x64_add_fix(x, JIT_FIX_FN_ADDR, fn_number(x, i->imm));
		x64_keep(x, v, d);
		return;
	}
	if (i->op == OPT_CALL && i->aux == OPT_LIGHT_SLOT) {
		unsigned int d = x64_result(x, v);

		x->p = x64_load(x->p, 32, d, RUN, offsetof(struct run, slot));
		x64_keep(x, v, d);
		return;
	}
	if (i->op == OPT_CALL && i->aux == OPT_LIGHT_INDEX) {
		lower_index(x, v);
		return;
	}
	put_arguments(x, i, i->op == OPT_ANY_CALL ? i->arg[0] : 0);
	if (call_map(x, i)) {
		/* Its own function was called, or none. */
	} else if (i->op == OPT_SUB_CALL) {
		call(x, JIT_FIX_FN, fn_number(x, i->imm));
	} else if (i->op == OPT_ANY_CALL) {
		x->p = x64_call_r(x64_check_target(x->gen, x->p, RAX), RAX);
	} else {
		if (!x->gen->raw)
			x->p = x64_mov_rr(x->p, true, R9, RUN);
		call(x, JIT_FIX_ADDR, (uint64_t)i->imm);
	}
	if (i->uses)
		x64_keep(x, v, RAX);
}

/* r1 context, r2 prog array, r3 index: on success this frame is left for the target's entry, which
 * finds the program in its third argument should it have to be interpreted. */
void x64_lower_tail(struct x64_fn *x, opt_ref v)
{
	uint8_t *missed;

	put_arguments(x, opt_at(x->f, v), 0);
	x->p = x64_push(x->p, RDI);
	x->p = x64_push(x->p, RDI);
	x->p = x64_mov_rr(x->p, true, RDI, RUN);
	call(x, JIT_FIX_ADDR, (uint64_t)(uintptr_t)jit_tail_target);
	x->p = x64_pop(x->p, RDI);
	x->p = x64_pop(x->p, RDI);
	x->p = x64_test_rr(x->p, true, RAX, RAX);
	missed = x->p = x64_jcc8(x->p, X64_E, 0);
	x->p = x64_mov_rr(x->p, true, RSI, RUN);
	leave(x);
	x->p = x64_jmp_r(x->p, RAX);
	land(missed, x->p);
	if (!opt_at(x->f, v)->uses)
		return;
	x->p = x64_mov_ri(x->p, RAX, TAIL_CALL_FAILED);
	x64_keep(x, v, RAX);
}

void x64_lower_packet(struct x64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);
	struct x64_move moves[] = {
		{ RDI, x64_where(x, i->arg[0]), i->arg[0] },
		{ RSI, x64_where(x, i->arg[1]), i->arg[1] },
	};
	uint8_t *inside;

	x64_moves(x, moves, 2);
	x->p = x64_mov_ri(x->p, RDX, i->w);
	call(x, JIT_FIX_ADDR, (uint64_t)(uintptr_t)jit_load_packet);
	x->p = x64_test_rr(x->p, true, RAX, RAX);
	inside = x->p = x64_jcc8(x->p, X64_NS, 0);
	x->p = x64_alu_rr(x->p, false, X64_XOR, RAX, RAX);
	leave(x);
	x->p = x64_ret(x->p);
	land(inside, x->p);
	if (i->uses)
		x64_keep(x, v, RAX);
}

void x64_lower_return(struct x64_fn *x, opt_ref v)
{
	x64_fetch(x, RAX, opt_at(x->f, v)->arg[0]);
	leave(x);
	x->p = x64_ret(x->p);
}

/* One less, and carry if there was none: then it stays 0. */
void x64_lower_fuel(struct x64_fn *x)
{
	if (x->gen->raw) {
		x->p = x64_alu_ri(x->p, true, X64_SUB, RUN, 1);
		x->p = x64_alu_ri(x->p, true, X64_ADC, RUN, 0);
		return;
	}
	x->p = x64_load(x->p, 64, S0, RUN, offsetof(struct run, fuel));
	x->p = x64_alu_ri(x->p, true, X64_SUB, S0, 1);
	x->p = x64_alu_ri(x->p, true, X64_ADC, S0, 0);
	x->p = x64_store(x->p, 64, RUN, offsetof(struct run, fuel), S0);
}
