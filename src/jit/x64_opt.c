/* SPDX-License-Identifier: BSD-2-Clause */
/* How does a function become optimised x86-64?  The passes of opt/, then one block at a time. */
#include "jit/x64_opt.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/alloc.h"
#include "jit/passes.h"
#include "jit/x64.h"
#include "jit/x64_priv.h"
#include "map/direct.h"
#include "run/tail.h"

enum {
	ROOM = 512,          /* bytes of one operation at most, moves apart */
	MOVE_MAX = 40,       /* bytes of a move at most */
	FRAME_MAX = 2048,    /* bytes that values without a register may take */
	MEM_FIRST = 4 << 20, /* bytes that any function may take, and for each instruction */
	MEM_EACH = 4096,
	RAW_SLACK = 64,
	MORE_FIXES = 8, /* of the call that is being written */
};
#define CALLER_SAVED \
	(1u << RAX | 1u << RCX | 1u << RDX | 1u << RSI | 1u << RDI | 1u << R8 | 1u << R9)
#define LIGHT_CALL   (1u << RAX | 1u << R9)
#define CALLEE_SAVED (1u << RBX | 1u << RBP | 1u << R12 | 1u << R13 | 1u << R14 | 1u << R15)

/* The map is not handed on. */
static const uint8_t index_args[] = { OPT_NO_REG, RAX };
static const uint8_t regs[] = { RAX, RCX, RDX, RSI, RDI, R8, R9, RBX, RBP, R14, R15, R13, R12 };

/*
 * The machine, as the allocator wants to know it.
 */

static struct opt_need need(const struct opt_fn *f, const struct opt_ins *i)
{
	struct opt_need none = { .result = OPT_NO_REG };

	(void)f;
	switch (i->op) {
	case OPT_CALL:
		if (i->aux == OPT_LIGHT_SLOT)
			return none;
		if (i->aux == OPT_LIGHT_INDEX)
			return (struct opt_need){ .clobbers = LIGHT_CALL,
						  .result = RAX,
						  .args = index_args };
		__attribute__((fallthrough));
	case OPT_SUB_CALL:
	case OPT_ANY_CALL:
	case OPT_TAIL:
		return (struct opt_need){ .clobbers = CALLER_SAVED,
					  .result = RAX,
					  .args = x64_map + 1 };
	case OPT_PACKET: return (struct opt_need){ .clobbers = CALLER_SAVED, .result = RAX };
	case OPT_DIV:
	case OPT_SDIV: return (struct opt_need){ .clobbers = 1u << RAX | 1u << RDX, .result = RAX };
	case OPT_MULH:
	case OPT_MOD:
	case OPT_SMOD: return (struct opt_need){ .clobbers = 1u << RAX | 1u << RDX, .result = RDX };
	case OPT_ATOMIC:
		if (i->aux == ISA_ATOMIC_CMPXCHG || i->aux == ISA_ATOMIC_FETCH_OR ||
		    i->aux == ISA_ATOMIC_FETCH_AND || i->aux == ISA_ATOMIC_FETCH_XOR)
			return (struct opt_need){ .clobbers = 1u << RAX,
						  .early = 1u << RAX,
						  .result = RAX };
		return none;
	}
	return none;
}

static bool has_run(const struct jit_gen *gen)
{
	return gen->raw || gen->fns[0].needs_run;
}

/*
 * What calls lead to.
 */

static enum opt_reads reads_of(enum helper_arg arg)
{
	bool is_fixed = arg == ARG_FIXED_MEM || arg == ARG_FIXED_UNINIT_MEM ||
			arg == ARG_LONG_PTR || arg == ARG_INT_PTR;

	return is_fixed ? OPT_READS_BYTES : OPT_READS_UP;
}

static void describe(const struct helper_proto *proto, struct opt_callee *ret)
{
	bool calls_back = false;

	for (unsigned int k = 0; k < OPT_MAX_ARGS; k++)
		calls_back |= proto->arg[k] == ARG_FUNC;
	for (unsigned int k = 0; k < OPT_MAX_ARGS && proto->arg[k] != ARG_NONE; k++) {
		ret->n_args = (uint8_t)(k + 1);
		ret->reads[k] = calls_back ? OPT_READS_ANY : reads_of(proto->arg[k]);
		ret->size[k] = proto->arg[k] == ARG_LONG_PTR  ? 8
			       : proto->arg[k] == ARG_INT_PTR ? 4
							      : proto->fixed_size[k];
	}
}

/* The index is all that a lookup in an array asks for. */
static void take_index(const struct map_direct *direct, struct opt_callee *ret)
{
	ret->light = OPT_LIGHT_INDEX;
	ret->reads[1] = OPT_READS_VALUE;
	ret->size[1] = 4;
	ret->index = (struct opt_index){ .base = (uint64_t)(uintptr_t)direct->base,
					 .size = direct->size,
					 .n = direct->n,
					 .is_plain = direct->how == MAP_DIRECT_INDEX };
}

static int callee(void *arg, uint32_t at, enum isa_form form, struct opt_callee *ret)
{
	struct jit_gen *gen = arg;
	const struct bpf_insn *insn = &gen->insns[at];
	const struct helper_proto *proto = NULL;
	struct map_direct direct;
	int err;

	*ret = (struct opt_callee){ .n_args = OPT_MAX_ARGS };
	if (form == ISA_F_CALL_SUB) {
		ret->addr = (uint64_t)jit_target(insn, at, form);
		ret->n_args = jit_fn_at(gen, (uint32_t)ret->addr)->n_params;
		return 0;
	}
	if (form == ISA_F_CALLX)
		return gen->raw ? -EOPNOTSUPP : 0;
	if (!gen->raw && form == ISA_F_CALL && insn->imm == TAIL_CALL_HELPER) {
		ret->n_args = 3;
		return 0;
	}
	ret->addr = jit_callee(gen, insn, form);
	err = gen->err;
	gen->err = 0;
	if (err || gen->raw)
		return err;
	if (form == ISA_F_CALL_KFUNC)
		proto = &kfunc_row((uint32_t)insn->imm)->p;
	else
		proto = helper_find(gen->code->helpers, (uint32_t)insn->imm);
	ret->n_args = 0;
	describe(proto, ret);
	if (form == ISA_F_CALL && insn->imm == BPF_FUNC_get_smp_processor_id)
		ret->light = OPT_LIGHT_SLOT;
	else if (jit_is_map_call(insn, form) && x64_map_is_index(gen, at, &direct))
		take_index(&direct, ret);
	return 0;
}

static void function(void *arg, uint32_t start, struct opt_function *ret)
{
	const struct jit_fn *fn = jit_fn_at(arg, start);

	*ret = (struct opt_function){ .start = fn->start,
				      .end = fn->end,
				      .stack = fn->stack,
				      .n_params = fn->n_params,
				      .n_refs = fn->n_refs };
}

static bool loop(void *arg, uint32_t at, struct opt_loop_call *ret)
{
	struct jit_loop known;

	if (!jit_known_loop(arg, at, &known))
		return false;
	*ret = (struct opt_loop_call){ .callback = known.callback,
				       .n_rounds = known.n_rounds,
				       .max_rounds = HELPER_MAX_LOOPS };
	return true;
}

/*
 * Lowering.
 */

static bool make_room(struct x64_fn *x, size_t n)
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

static void lower_end(struct x64_fn *x, opt_ref v, struct x64_body *body)
{
	const struct opt_ins *i = opt_at(x->f, v);
	const struct opt_block *b = &x->f->blocks[x->block];

	body->n_targets = (uint8_t)b->n_succ;
	for (uint32_t k = 0; k < b->n_succ; k++)
		body->target[k] = b->succ[k];
	if (i->op == OPT_RET) {
		x64_lower_return(x, v);
	} else if (i->op == OPT_BR) {
		body->is_conditional = true;
		body->cc = (uint8_t)x64_lower_cond(x, i);
	} else if (i->op == OPT_FUEL) {
		body->is_conditional = true;
		body->cc = X64_B;
		x64_lower_fuel(x);
	}
}

static void lower(struct x64_fn *x, opt_ref v)
{
	switch ((enum opt_op)opt_at(x->f, v)->op) {
	case OPT_ADD:
	case OPT_SUB:
	case OPT_MUL:
	case OPT_OR:
	case OPT_AND:
	case OPT_SHL:
	case OPT_SHR:
	case OPT_XOR:
	case OPT_SAR:
	case OPT_ROL: x64_lower_binary(x, v); break;
	case OPT_DIV:
	case OPT_SDIV:
	case OPT_MOD:
	case OPT_SMOD: x64_lower_division(x, v); break;
	case OPT_MULH: x64_lower_multiply_high(x, v); break;
	case OPT_NEG:
	case OPT_ZX:
	case OPT_SX:
	case OPT_SWAP:
	case OPT_POPCNT: x64_lower_unary(x, v); break;
	case OPT_SELECT: x64_lower_select(x, v); break;
	case OPT_LOAD: x64_lower_load(x, v); break;
	case OPT_STORE: x64_lower_store(x, v); break;
	case OPT_ATOMIC: x64_lower_atomic(x, v); break;
	case OPT_FUNC:
	case OPT_CALL:
	case OPT_SUB_CALL:
	case OPT_ANY_CALL: x64_lower_callout(x, v); break;
	case OPT_TAIL: x64_lower_tail(x, v); break;
	case OPT_PACKET: x64_lower_packet(x, v); break;
	case OPT_FENCE: x->p = x64_fence(x->p); break;
	case OPT_IMM:
		if (x64_in_reg(x, v))
			x->p = x64_put(x->gen, x->p, x->alloc.reg[v],
				       (uint64_t)opt_at(x->f, v)->imm);
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

static void lower_params(struct x64_fn *x)
{
	struct x64_move moves[OPT_MAX_ARGS];
	uint32_t n = 0;

	for (opt_ref v = x->f->blocks[0].head; v; v = x->f->ins[v].next)
		if (x->f->ins[v].op == OPT_PARAM)
			moves[n++] = (struct x64_move){ x64_where(x, v),
							x64_map[x->f->ins[v].imm + 1], v };
	x64_moves(x, moves, n);
}

/* What the phis of the one successor are to be. */
static void lower_phis(struct x64_fn *x, const struct opt_block *b)
{
	const struct opt_block *to = &x->f->blocks[b->succ[0]];
	struct x64_move *moves;
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

		if (x64_where(x, phi) != X64_VALUE)
			moves[n++] = (struct x64_move){ x64_where(x, phi), x64_where(x, v), v };
	}
	x64_moves(x, moves, n);
}

static void lower_block(struct x64_fn *x, uint32_t number)
{
	struct opt_block *b = &x->f->blocks[number];
	struct x64_body *body = &x->bodies[number];

	x->block = number;
	x->compared_at = x->result_at = SIZE_MAX;
	body->from = (uint32_t)(x->p - x->buf);
	if (!number) {
		x64_enter(x);
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

/* Is there anything left that has an address? */
static bool needs_stack(const struct opt_fn *f)
{
	for (opt_ref v = 1; v < f->n_ins; v++)
		if (f->ins[v].op == OPT_FP && f->ins[v].uses)
			return true;
	return false;
}

/* What is called wants the stack aligned; what is written out instead does not. */
static bool calls(const struct opt_fn *f)
{
	for (uint32_t k = 0; k < f->n_order; k++)
		for (opt_ref v = f->blocks[f->order[k]].head; v; v = f->ins[v].next) {
			const struct opt_ins *i = opt_at(f, v);

			if (i->op == OPT_SUB_CALL || i->op == OPT_ANY_CALL || i->op == OPT_TAIL ||
			    i->op == OPT_PACKET || (i->op == OPT_CALL && !i->aux))
				return true;
		}
	return false;
}

static int plan_frame(struct x64_fn *x)
{
	uint32_t n = 0, places = x->alloc.n_places * 8;
	uint32_t stack = needs_stack(x->f) ? (x->f->stack + 7) & ~7u : 0;

	x->saved = (uint16_t)(x->alloc.used & CALLEE_SAVED);
	if (x->fn->is_main && x->fn->needs_run)
		x->saved |= 1u << R12;
	for (unsigned int r = 0; r < 16; r++)
		n += x->saved >> r & 1;
	x->fp = places + stack;
	x->frame = x->fp + (x->gen->raw && stack ? RAW_SLACK : 0);
	if ((x->frame / 8 + n) % 2 == 0 && calls(x->f))
		x->frame += 8;
	if (places > FRAME_MAX)
		opt_refuse(x->f, "too many values at once");
	return x->f->err;
}

static int lower_all(struct x64_fn *x, size_t *size)
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
	return x->f->err ? x->f->err : x64_lay_out(x, size);
}

static int optimise(struct opt_fn *f, const struct opt_input *in, struct arena *arena)
{
	bool changed;

	if (opt_fn_init(f, in, arena) || opt_cfg(f) || opt_build(f))
		return f->err;
	opt_refold(f);
	opt_prune(f);
	opt_sweep(f);
	changed = !f->err && opt_pairs(f);
	changed |= opt_narrow(f);
	opt_loops(f);
	changed |= opt_select(f);
	if (changed)
		opt_sweep(f);
	if (opt_unroll(f))
		opt_sweep(f);
	if (f->err)
		return f->err;
	opt_addresses(f);
	opt_place(f);
	if (in->hides && !f->err)
		opt_fences(f);
	return f->err;
}

/*
 * What other machines' lowering begins with as well.
 */

int jit_passes(struct jit_gen *gen, const struct jit_fn *fn, bool counts_bits, struct opt_input *in,
	       struct opt_fn *f, struct arena *arena)
{
	*in = (struct opt_input){
		.insns = gen->insns,
		.ops = gen->ops,
		.start = fn->start,
		.end = fn->end,
		.stack = fn->stack,
		.n_params = fn->is_main ? (gen->raw ? 2 : 1) : OPT_MAX_ARGS,
		.counts_bits = counts_bits,
		.hides = gen->harden,
		.arg = gen,
		.callee = callee,
		.function = function,
		.loop = loop,
	};
	return optimise(f, in, arena);
}

size_t jit_passes_room(const struct jit_fn *fn)
{
	return MEM_FIRST + (size_t)(fn->end - fn->start) * MEM_EACH;
}

bool jit_has_run(const struct jit_gen *gen)
{
	return has_run(gen);
}

bool jit_needs_stack(const struct opt_fn *f)
{
	return needs_stack(f);
}

int x64_compile(struct jit_gen *gen, const struct jit_fn *fn, size_t *size, const char **ret_why)
{
	struct opt_input in;
	struct opt_machine machine = {
		.regs = regs,
		.n_regs = sizeof(regs) - has_run(gen),
		.params = x64_map + 1,
		.ret = RAX,
		.need = need,
	};
	struct opt_fn f;
	struct x64_fn x = { .gen = gen, .fn = fn, .f = &f };
	struct arena arena;
	int err;

	gen->fn = fn;
	arena_init(&arena, jit_passes_room(fn));
	err = jit_passes(gen, fn, x64_may_use_bmi2(gen), &in, &f, &arena);
	if (!err) {
		opt_fuse(&f);
		err = f.err;
	}
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
