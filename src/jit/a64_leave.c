/* SPDX-License-Identifier: BSD-2-Clause */
/* How does an optimised function begin, call and end on AArch64? */
#include <errno.h>
#include <stddef.h>

#include "jit/a64_opt.h"
#include "jit/callout.h"
#include "run/tail.h"

static void add_fix(struct a64_fn *x, enum jit_fix_kind kind, uint64_t target)
{
	if (x->n_fixes == x->fix_room) {
		x->f->err = -EFAULT;
		return;
	}
	x->fixes[x->n_fixes++] = (struct a64_fix){
		.target = target,
		.at = (uint32_t)(x->p - x->buf),
		.block = x->block,
		.kind = kind,
	};
}

static void address_of(struct a64_fn *x, enum jit_fix_kind kind, unsigned int d, uint64_t target)
{
	add_fix(x, kind, target);
	x->p = a64_adrp(x->p, d, 0);
	x->p = a64_add_ri(x->p, true, A64_ADD, d, d, 0);
}

static void call(struct a64_fn *x, enum jit_fix_kind kind, uint64_t target)
{
	add_fix(x, kind, target);
	x->p = a64_bl(x->p, 0);
}

/* sp += n, a multiple of 16 that is less than 2^24. */
static void move_sp(struct a64_fn *x, enum a64_alu op, uint32_t n)
{
	if (n >> 12)
		x->p = a64_add_ri(x->p, true, op, XSP, XSP, n >> 12 << 12);
	if (n & 0xfff)
		x->p = a64_add_ri(x->p, true, op, XSP, XSP, n & 0xfff);
}

void a64_opt_enter(struct a64_fn *x)
{
	for (uint32_t k = 0; k < x->n_pairs; k++) {
		x->p = a64_push2(x->p, x->pairs[2 * k], x->pairs[2 * k + 1]);
		if (x->pairs[2 * k] == A64_FP)
			x->p = a64_add_ri(x->p, true, A64_ADD, A64_FP, XSP, 0);
	}
	move_sp(x, A64_SUB, x->frame);
	if (x->fn->is_main && x->fn->needs_run)
		x->p = a64_mov_rr(x->p, true, A64_RUN, X1);
	if (!x->fn->is_main || !x->fn->takes_func)
		return;
	address_of(x, JIT_FIX_THUNK_ADDR, S0, 0);
	x->p = a64_access(x->p, A64_STORE, 64, S0, A64_RUN, offsetof(struct run, invoke));
}

/* Undoes a64_opt_enter(). */
static void leave(struct a64_fn *x)
{
	move_sp(x, A64_ADD, x->frame);
	for (uint32_t k = x->n_pairs; k-- > 0;)
		x->p = a64_pop2(x->p, x->pairs[2 * k], x->pairs[2 * k + 1]);
}

static void put_arguments(struct a64_fn *x, const struct opt_ins *i, opt_ref callee)
{
	struct a64_move moves[OPT_MAX_ARGS + 1];
	uint32_t n = 0;

	for (; n < i->n_more; n++) {
		opt_ref v = x->f->pool[i->more + n];

		moves[n] = (struct a64_move){ a64_map[n + 1], a64_where(x, v), v };
	}
	if (callee)
		moves[n++] = (struct a64_move){ A64_FAR, a64_where(x, callee), callee };
	a64_moves(x, moves, n);
}

static uint64_t fn_number(const struct a64_fn *x, int64_t insn)
{
	return (uint64_t)(jit_fn_at(x->gen, (uint32_t)insn) - x->gen->fns);
}

/* A call on a map that the program names; what it wants to fix counts from gen->out. */
static bool call_map(struct a64_fn *x, const struct opt_ins *i)
{
	const struct bpf_insn *insn = &x->gen->insns[i->at];
	struct jit_gen *gen = x->gen;
	uint8_t *out = gen->out, *begin = x->p, *end;
	uint32_t n = gen->n_fixes;

	if (gen->raw || i->op != OPT_CALL || !jit_is_map_call(insn, ISA_F_CALL))
		return false;
	gen->fn = x->fn;
	gen->out = x->buf;
	end = a64_map_call(gen, begin, insn, i->aux == OPT_LIGHT_INDEX);
	gen->out = out;
	if (!end)
		return false;
	while (gen->n_fixes > n) {
		const struct jit_fix *fix = &gen->fixes[--gen->n_fixes];

		x->p = x->buf + fix->at;
		add_fix(x, fix->kind, fix->target);
	}
	x->p = end;
	return true;
}

void a64_opt_callout(struct a64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);
	unsigned int result = X0;

	if (i->op == OPT_FUNC) {
		result = a64_result(x, v);
		address_of(x, JIT_FIX_FN_ADDR, result, fn_number(x, i->imm));
		a64_keep(x, v, result);
		return;
	}
	put_arguments(x, i, i->op == OPT_ANY_CALL ? i->arg[0] : 0);
	if (call_map(x, i)) {
		result = A64_R0;
	} else if (i->op == OPT_CALL && i->aux == OPT_LIGHT_INDEX) {
		opt_refuse(x->f, "a map that changed meanwhile");
	} else if (i->op == OPT_SUB_CALL) {
		call(x, JIT_FIX_FN, fn_number(x, i->imm));
	} else if (i->op == OPT_ANY_CALL) {
		x->p = a64_blr(a64_check_target(x->gen, x->p, A64_FAR), A64_FAR);
	} else {
		if (!x->gen->raw)
			x->p = a64_mov_rr(x->p, true, X5, A64_RUN);
		call(x, JIT_FIX_ADDR, (uint64_t)i->imm);
	}
	if (i->uses)
		a64_keep(x, v, result);
}

/* r1 context, r2 prog array, r3 index: on success this frame is left for the target's entry, which
 * finds the program in its third argument should it have to be interpreted. */
void a64_opt_tail(struct a64_fn *x, opt_ref v)
{
	uint8_t *missed;

	put_arguments(x, opt_at(x->f, v), 0);
	x->p = a64_push2(x->p, X0, XZR);
	x->p = a64_mov_rr(x->p, true, X0, A64_RUN);
	call(x, JIT_FIX_ADDR, (uint64_t)(uintptr_t)jit_tail_target);
	x->p = a64_mov_rr(x->p, true, A64_FAR, X0);
	x->p = a64_mov_rr(x->p, true, X2, X1);
	x->p = a64_pop2(x->p, X0, XZR);
	missed = x->p = a64_cbz(x->p, true, false, A64_FAR, 0);
	x->p = a64_mov_rr(x->p, true, X1, A64_RUN);
	leave(x);
	x->p = a64_br(x->p, A64_FAR);
	a64_land(missed, x->p);
	if (!opt_at(x->f, v)->uses)
		return;
	x->p = a64_mov_ri(x->p, X0, TAIL_CALL_FAILED);
	a64_keep(x, v, X0);
}

void a64_opt_packet(struct a64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);
	struct a64_move moves[] = {
		{ X0, a64_where(x, i->arg[0]), i->arg[0] },
		{ X1, a64_where(x, i->arg[1]), i->arg[1] },
	};
	uint8_t *inside;

	a64_moves(x, moves, 2);
	x->p = a64_mov_ri(x->p, X2, i->w);
	call(x, JIT_FIX_ADDR, (uint64_t)(uintptr_t)jit_load_packet);
	x->p = a64_compare_k(x->p, true, X0, 0);
	inside = x->p = a64_bcc(x->p, A64_GE, 0);
	x->p = a64_mov_ri(x->p, X0, 0);
	leave(x);
	x->p = a64_ret(x->p);
	a64_land(inside, x->p);
	if (i->uses)
		a64_keep(x, v, X0);
}

void a64_opt_return(struct a64_fn *x, opt_ref v)
{
	a64_fetch(x, X0, opt_at(x->f, v)->arg[0]);
	leave(x);
	x->p = a64_ret(x->p);
}

/* One less, and "lower" if there was none: then it stays 0. */
void a64_opt_fuel(struct a64_fn *x)
{
	unsigned int fuel = x->gen->raw ? A64_RUN : S0;

	if (!x->gen->raw)
		x->p = a64_access(x->p, A64_LOAD, 64, fuel, A64_RUN, offsetof(struct run, fuel));
	x->p = a64_add_ri(x->p, true, A64_SUBS, S1, fuel, 1);
	x->p = a64_csel(x->p, true, A64_LO, fuel, XZR, S1);
	if (!x->gen->raw)
		x->p = a64_access(x->p, A64_STORE, 64, fuel, A64_RUN, offsetof(struct run, fuel));
}
