/* SPDX-License-Identifier: BSD-2-Clause */
/* How does a function become optimised AArch64?  The passes of opt/, then one block at a time. */
#include "jit/a64_opt.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "jit/passes.h"

enum {
	ROOM = 256,       /* bytes of one operation at most, moves apart */
	MOVE_MAX = 24,    /* bytes of a move at most */
	FRAME_MAX = 2048, /* bytes that values without a register may take */
	RAW_SLACK = 64,
	MORE_FIXES = 8, /* of the call that is being written */
};
#define CALLER_SAVED (0x1ffu | 0xfu << X12)
#define CALLEE_SAVED (0x3ffu << X19)

static const uint8_t regs[] = { X0,  X1,  X2,  X3,  X4,  X5,  X6,  X7,  X8,  X12, X13,    X14,
				X15, X19, X20, X21, X22, X23, X24, X25, X26, X27, A64_RUN };

/* The machine, as the allocator wants to know it. */
static struct opt_need need(const struct opt_fn *f, const struct opt_ins *i)
{
	(void)f;
	switch (i->op) {
	case OPT_CALL:
	case OPT_SUB_CALL:
	case OPT_ANY_CALL:
	case OPT_TAIL:
		return (struct opt_need){ .clobbers = CALLER_SAVED,
					  .result = X0,
					  .args = a64_map + 1 };
	case OPT_PACKET: return (struct opt_need){ .clobbers = CALLER_SAVED, .result = X0 };
	}
	return (struct opt_need){ .result = OPT_NO_REG };
}

/*
 * Lowering.
 */

static bool make_room(struct a64_fn *x, size_t n)
{
	size_t used = (size_t)(x->p - x->buf);
	uint8_t *buf;

	if (x->room - used >= n)
		return true;
	buf = mem_grow(x->buf, x->room, x->room * 2 + n);
	if (!buf) {
		x->f->err = -ENOMEM;
		return false;
	}
	x->buf = buf;
	x->p = buf + used;
	x->room = x->room * 2 + n;
	return true;
}

static void lower_end(struct a64_fn *x, opt_ref v, struct a64_body *body)
{
	const struct opt_ins *i = opt_at(x->f, v);
	const struct opt_block *b = &x->f->blocks[x->block];

	body->n_targets = (uint8_t)b->n_succ;
	for (uint32_t k = 0; k < b->n_succ; k++)
		body->target[k] = b->succ[k];
	if (i->op == OPT_RET) {
		a64_opt_return(x, v);
	} else if (i->op == OPT_BR) {
		body->is_conditional = true;
		body->cc = (uint8_t)a64_opt_cond(x, i);
	} else if (i->op == OPT_FUEL) {
		body->is_conditional = true;
		body->cc = A64_LO;
		a64_opt_fuel(x);
	}
}

static void lower(struct a64_fn *x, opt_ref v)
{
	switch ((enum opt_op)opt_at(x->f, v)->op) {
	case OPT_ADD:
	case OPT_SUB:
	case OPT_MUL:
	case OPT_MULH:
	case OPT_OR:
	case OPT_AND:
	case OPT_SHL:
	case OPT_SHR:
	case OPT_XOR:
	case OPT_SAR:
	case OPT_ROL: a64_opt_binary(x, v); break;
	case OPT_DIV:
	case OPT_SDIV:
	case OPT_MOD:
	case OPT_SMOD: a64_opt_division(x, v); break;
	case OPT_NEG:
	case OPT_ZX:
	case OPT_SX:
	case OPT_SWAP:
	case OPT_POPCNT: a64_opt_unary(x, v); break;
	case OPT_SELECT: a64_opt_select(x, v); break;
	case OPT_LOAD: a64_opt_load(x, v); break;
	case OPT_STORE: a64_opt_store(x, v); break;
	case OPT_ATOMIC: a64_opt_atomic(x, v); break;
	case OPT_FUNC:
	case OPT_CALL:
	case OPT_SUB_CALL:
	case OPT_ANY_CALL: a64_opt_callout(x, v); break;
	case OPT_TAIL: a64_opt_tail(x, v); break;
	case OPT_PACKET: a64_opt_packet(x, v); break;
	case OPT_FENCE: x->p = a64_fence(x->p); break;
	case OPT_IMM:
		if (a64_in_reg(x, v))
			x->p = a64_mov_ri(x->p, x->alloc.reg[v], (uint64_t)opt_at(x->f, v)->imm);
		break;
	case OPT_JMP:
	case OPT_BR:
	case OPT_FUEL:
	case OPT_RET:
	case OPT_NOP:
	case OPT_COPY:
	case OPT_K:
	case OPT_FP:
	case OPT_PARAM:
	case OPT_PHI:
	case OPT_N_OP: break;
	}
}

static void lower_params(struct a64_fn *x)
{
	struct a64_move moves[OPT_MAX_ARGS];
	uint32_t n = 0;

	for (opt_ref v = x->f->blocks[0].head; v; v = x->f->ins[v].next) {
		uint32_t to = a64_where(x, v);

		if (x->f->ins[v].op == OPT_PARAM && to != A64_VALUE)
			moves[n++] = (struct a64_move){ to, a64_map[x->f->ins[v].imm + 1], v };
	}
	a64_moves(x, moves, n);
}

/* What the phis of the one successor are to be. */
static void lower_phis(struct a64_fn *x, const struct opt_block *b)
{
	const struct opt_block *to = &x->f->blocks[b->succ[0]];
	struct a64_move *moves;
	uint32_t n = 0;

	if (b->n_succ != 1 || !to->phis)
		return;
	for (opt_ref phi = to->phis; phi; phi = x->f->ins[phi].next)
		n++;
	moves = arena_alloc_raw(x->f->arena, n * sizeof(*moves));
	if (!moves || !make_room(x, (size_t)n * 2 * MOVE_MAX)) {
		x->f->err = -ENOMEM;
		return;
	}
	n = 0;
	for (opt_ref phi = to->phis; phi; phi = x->f->ins[phi].next) {
		opt_ref v = x->f->pool[x->f->ins[phi].more + b->nth];

		if (a64_where(x, phi) != A64_VALUE)
			moves[n++] = (struct a64_move){ a64_where(x, phi), a64_where(x, v), v };
	}
	a64_moves(x, moves, n);
}

static void lower_block(struct a64_fn *x, uint32_t number)
{
	struct opt_block *b = &x->f->blocks[number];
	struct a64_body *body = &x->bodies[number];

	x->block = number;
	body->from = (uint32_t)(x->p - x->buf);
	if (!number) {
		a64_opt_enter(x);
		lower_params(x);
	}
	for (opt_ref v = b->head; v && !x->f->err && make_room(x, ROOM); v = x->f->ins[v].next) {
		uint32_t at = x->f->ins[v].at - x->fn->start;

		if (at < x->n_insns && x->insn_off[at] == OPT_DEAD) {
			x->insn_off[at] = (uint32_t)(x->p - x->buf);
			x->insn_block[at] = number;
		}
		if (opt_rows[x->f->ins[v].op].ends) {
			lower_phis(x, b);
			if (!x->f->err && make_room(x, ROOM))
				lower_end(x, v, body);
		} else if (!x->f->ins[v].folded) {
			lower(x, v);
		}
	}
	body->to = (uint32_t)(x->p - x->buf);
}

static int plan_frame(struct a64_fn *x)
{
	uint32_t n = 0, places = x->alloc.n_places * 8, saved = x->alloc.used & CALLEE_SAVED;
	uint32_t stack = jit_needs_stack(x->f) ? (x->f->stack + 7) & ~7u : 0;

	if (x->fn->is_main && x->fn->needs_run)
		saved |= 1u << A64_RUN;
	if (x->fn->calls) {
		x->pairs[n++] = A64_FP;
		x->pairs[n++] = A64_LR;
	}
	for (unsigned int r = X19; r <= A64_RUN; r++)
		if (saved >> r & 1)
			x->pairs[n++] = (uint8_t)r;
	if (n % 2)
		x->pairs[n++] = XZR;
	x->n_pairs = n / 2;
	x->fp = places + stack;
	x->frame = (x->fp + (x->gen->raw && stack ? RAW_SLACK : 0) + 15) & ~15u;
	if (places > FRAME_MAX)
		opt_refuse(x->f, "too many values at once");
	return x->f->err;
}

static int lower_all(struct a64_fn *x, size_t *size)
{
	uint32_t n = x->fn->end - x->fn->start;
	struct arena *arena = x->f->arena;

	x->bodies = arena_alloc(arena, x->f->n_blocks * sizeof(*x->bodies));
	x->n_insns = n;
	x->fix_room = x->f->n_steps + 4;
	x->fixes = arena_alloc_raw(arena, x->fix_room * sizeof(*x->fixes));
	x->insn_off = arena_alloc_raw(arena, n * sizeof(*x->insn_off));
	x->insn_block = arena_alloc(arena, n * sizeof(*x->insn_block));
	x->room = (size_t)n * 16 + 1024;
	x->buf = x->p = mem_alloc_raw(x->room);
	if (!jit_fix_room(x->gen, x->fix_room + MORE_FIXES) || !x->bodies || !x->fixes ||
	    !x->insn_off || !x->insn_block || !x->buf)
		return -ENOMEM;
	memset(x->insn_off, 0xff, n * sizeof(*x->insn_off));
	for (uint32_t k = 0; k < x->f->n_blocks && !x->f->err; k++)
		if (x->f->blocks[k].rpo != OPT_DEAD)
			lower_block(x, k);
	return x->f->err ? x->f->err : a64_lay_out(x, size);
}

int a64_compile(struct jit_gen *gen, const struct jit_fn *fn, size_t *size, const char **ret_why)
{
	struct opt_machine machine = {
		.regs = regs,
		.n_regs = sizeof(regs) - jit_has_run(gen),
		.params = a64_map + 1,
		.ret = X0,
		.need = need,
	};
	struct opt_input in;
	struct opt_fn f;
	struct a64_fn x = { .gen = gen, .fn = fn, .f = &f };
	struct arena arena;
	int err;

	gen->fn = fn;
	arena_init(&arena, jit_passes_room(fn));
	err = jit_passes(gen, fn, false, &in, &f, &arena);
	if (!err)
		err = opt_allocate(&f, &machine, &x.alloc);
	if (!err)
		err = plan_frame(&x);
	if (!err)
		err = lower_all(&x, size);
	mem_free(x.buf);
	*ret_why = f.why ? f.why : err == -ENOMEM ? "no memory" : NULL;
	arena_done(&arena);
	return err;
}
