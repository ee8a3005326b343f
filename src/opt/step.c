/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which calls are written out where they stand?  Those of functions that are small or named once,
 * and bpf_loop() with such a callback: a counter, the callback's body, and a jump back.  The
 * function inside has registers of its own and its frame below that of the caller; what it does not
 * return from as others do, as tail calls, stays a call.
 */
#include <errno.h>
#include <string.h>

#include "opt/ir.h"

enum {
	SMALL = 32,   /* instructions of what is written out anywhere */
	LARGE = 1000, /* and of what is named once */
	MORE = 2048,  /* steps that calls may add */
	STACK_ALIGN = 8
};

/* Where steps lead that leave a function inside another. */
enum way {
	GO_ON = 0, /* it is done; the callback wants another round */
	STOP,      /* the callback wants no more */
	CHECK,     /* what does it want? */
	N_WAYS
};
#define WAY_OUT (UINT32_MAX - N_WAYS)

/* What r0 is before an instruction, as far as is plain. */
enum r0 {
	R0_UNKNOWN,
	R0_ZERO,
	R0_OTHER,
	R0_NONE /* control does not run into it */
};

/* A function being written down. */
struct inside {
	struct opt_function fn;
	uint32_t depth, fp;
	uint32_t first;  /* step */
	uint32_t *place; /* by instruction: its step */
	bool is_callback;
	uint8_t *is_target; /* by instruction */
	uint8_t *r0;        /* by instruction that control runs into: enum r0 */
	uint8_t *is_vague;  /* some jump to this exit does not say what r0 is */
	bool goes[N_WAYS];
};

static int write_function(struct opt_fn *f, struct inside *in);

static struct opt_step *append(struct opt_fn *f, const struct opt_step *step)
{
	if (f->n_steps == f->step_room) {
		struct opt_step *new =
			arena_alloc_raw(f->arena, (size_t)f->step_room * 2 * sizeof(*new));

		if (!new) {
			f->err = -ENOMEM;
			return NULL;
		}
		memcpy(new, f->steps, f->n_steps * sizeof(*new));
		f->steps = new;
		f->step_room *= 2;
	}
	f->steps[f->n_steps] = *step;
	return &f->steps[f->n_steps++];
}

/*
 * Steps that say what a call does.
 */

struct made {
	uint8_t code;
	uint8_t dst, src;
	int32_t imm;
	uint32_t to;
};

static void make(struct opt_fn *f, uint32_t at, const struct made *m)
{
	struct opt_step step = {
		.insn = { .code = m->code, .imm = m->imm },
		.at = at,
		.to = m->to,
		.dst = m->dst,
		.src = m->src,
		.is_made = true,
	};

	step.op = (uint16_t)isa_decode(&step.insn, NULL);
	append(f, &step);
}

static void move(struct opt_fn *f, uint32_t at, uint8_t dst, uint8_t src)
{
	make(f, at, &(struct made){ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst = dst, .src = src });
}

/* Returns the step, for its target. */
static uint32_t jump(struct opt_fn *f, uint32_t at, uint32_t to)
{
	make(f, at, &(struct made){ .code = BPF_JMP32 | BPF_JA, .to = to });
	return f->n_steps - 1;
}

static uint8_t reg_of(uint32_t depth, unsigned int reg)
{
	return (uint8_t)(depth * OPT_N_REGS + reg);
}

/*
 * What can be written out?
 */

#define JUMP_FORMS                                                                   \
	(1u << ISA_F_JMP_X | 1u << ISA_F_JMP_K | 1u << ISA_F_JA | 1u << ISA_F_JA32 | \
	 1u << ISA_F_MAY_GOTO)

#define NO_NEXT_FORMS (1u << ISA_F_JA | 1u << ISA_F_JA32 | 1u << ISA_F_EXIT)

static enum isa_form form_at(const struct opt_fn *f, uint32_t i)
{
	return isa_row(f->in->ops[i])->form;
}

static int64_t target_of(const struct opt_fn *f, uint32_t i)
{
	const struct bpf_insn *insn = &f->in->insns[i];

	return (int64_t)i + 1 + (form_at(f, i) == ISA_F_JA32 ? insn->imm : insn->off);
}

/* Does it leave otherwise than by exits, or not at all? */
static bool is_strange(const struct opt_fn *f, const struct opt_function *fn)
{
	enum isa_form form = ISA_F_EXIT;
	struct opt_callee callee;

	for (uint32_t i = fn->start; i < fn->end; i++) {
		form = form_at(f, i);
		if (form == ISA_F_LD_ABS || form == ISA_F_LD_IND || form == ISA_F_CAST)
			return true;
		if (form == ISA_F_CALL &&
		    (f->in->callee(f->in->arg, i, form, &callee) || !callee.addr))
			return true;
		if (JUMP_FORMS >> form & 1 &&
		    (target_of(f, i) < fn->start || target_of(f, i) >= fn->end))
			return true;
		i += isa_is_wide(f->in->insns[i].code);
	}
	return form != ISA_F_EXIT && form != ISA_F_JA && form != ISA_F_JA32;
}

static bool uses_frame(const struct opt_fn *f, const struct opt_function *fn)
{
	for (uint32_t i = fn->start; i < fn->end; i++)
		if (f->in->insns[i].dst_reg == 10 || f->in->insns[i].src_reg == 10)
			return true;
	return false;
}

/* Its frame goes where none was yet, or where others' were that are done. */
static bool place_frame(struct opt_fn *f, const struct inside *caller, struct inside *ret)
{
	uint32_t stack = 0, own = (caller->fn.stack + STACK_ALIGN - 1) & -(uint32_t)STACK_ALIGN;

	if (uses_frame(f, &ret->fn))
		stack = (ret->fn.stack + STACK_ALIGN - 1) & -(uint32_t)STACK_ALIGN;
	ret->fp = f->stack;
	if (stack && ret->fp + stack > OPT_MAX_STACK)
		ret->fp = caller->fp + own;
	if (stack && ret->fp + stack > OPT_MAX_STACK)
		return false;
	if (stack && ret->fp + stack > f->stack)
		f->stack = ret->fp + stack;
	return true;
}

static bool may_write(struct opt_fn *f, const struct inside *caller, uint32_t start,
		      struct inside *ret)
{
	uint32_t n;

	if (!f->in->function || caller->depth == OPT_MAX_DEPTH)
		return false;
	*ret = (struct inside){ .depth = caller->depth + 1 };
	f->in->function(f->in->arg, start, &ret->fn);
	n = ret->fn.end - ret->fn.start;
	if (!n || n > (ret->fn.n_refs == 1 ? LARGE : SMALL) ||
	    f->n_steps + n > f->in->end - f->in->start + MORE || is_strange(f, &ret->fn) ||
	    !place_frame(f, caller, ret))
		return false;
	if (f->n_regs < (ret->depth + 1) * OPT_N_REGS)
		f->n_regs = (ret->depth + 1) * OPT_N_REGS;
	return true;
}

/*
 * Functions inside others.
 */

static enum r0 r0_after(enum r0 before, const struct opt_fn *f, uint32_t i)
{
	const struct bpf_insn *insn = &f->in->insns[i];
	const struct isa_row *row = isa_row(f->in->ops[i]);

	if (NO_NEXT_FORMS >> row->form & 1)
		return R0_NONE;
	if (row->form == ISA_F_ALU_K && row->op == ISA_ALU_MOV && !insn->dst_reg)
		return insn->imm ? R0_OTHER : R0_ZERO;
	return isa_regs_of(insn, f->in->ops[i]).writes & 1 ? R0_UNKNOWN : before;
}

/* What is r0 where a callback ends? */
static void look_for_r0(const struct opt_fn *f, struct inside *in)
{
	enum r0 r0 = R0_UNKNOWN;

	for (uint32_t i = in->fn.start; i < in->fn.end; i++) {
		uint32_t k = i - in->fn.start;

		in->r0[k] = (uint8_t)r0;
		if (in->is_target[k])
			r0 = R0_UNKNOWN;
		if (JUMP_FORMS >> form_at(f, i) & 1 && r0 != R0_ZERO && r0 != R0_OTHER)
			in->is_vague[target_of(f, i) - in->fn.start] = 1;
		r0 = r0_after(r0, f, i);
		i += isa_is_wide(f->in->insns[i].code);
	}
}

static int prepare(struct opt_fn *f, struct inside *in)
{
	uint32_t n = in->fn.end - in->fn.start;

	in->place = arena_alloc_raw(f->arena, n * sizeof(*in->place));
	in->is_target = arena_alloc(f->arena, n);
	in->is_vague = arena_alloc(f->arena, n);
	in->r0 = arena_alloc(f->arena, n);
	if (!in->place || !in->is_target || !in->is_vague || !in->r0)
		return f->err = -ENOMEM;
	for (uint32_t i = in->fn.start; i < in->fn.end && in->depth; i++) {
		if (JUMP_FORMS >> form_at(f, i) & 1)
			in->is_target[target_of(f, i) - in->fn.start] = 1;
		i += isa_is_wide(f->in->insns[i].code);
	}
	if (in->is_callback)
		look_for_r0(f, in);
	return 0;
}

static enum way way_of(enum r0 r0)
{
	return r0 == R0_ZERO ? GO_ON : r0 == R0_OTHER ? STOP : CHECK;
}

static uint32_t way_out(struct inside *in, enum way way)
{
	in->goes[way] = true;
	return WAY_OUT + (uint32_t)way;
}

/* An exit of a function inside: control that runs into it may know more than what jumps there. */
static void write_exit(struct opt_fn *f, struct inside *in, uint32_t i)
{
	uint32_t k = i - in->fn.start;
	enum way way = in->is_callback ? way_of(in->r0[k]) : GO_ON;
	bool is_last = i + 1 == in->fn.end, runs_in = in->r0[k] != R0_NONE;

	if (runs_in && (way != CHECK || !in->is_vague[k]) &&
	    (way != GO_ON || !is_last || in->is_vague[k]))
		jump(f, i, way_out(in, way));
	if (!in->is_vague[k])
		return;
	in->place[k] = f->n_steps;
	jump(f, i, way_out(in, CHECK));
}

static uint8_t var_of(const struct inside *in, unsigned int reg)
{
	return reg == 10 ? OPT_FRAME : reg_of(in->depth, reg);
}

static void copy(struct opt_fn *f, const struct inside *in, uint32_t i)
{
	const struct bpf_insn *insn = &f->in->insns[i];
	struct opt_step step = {
		.insn = *insn,
		.at = i,
		.op = f->in->ops[i],
		.fp = (uint16_t)in->fp,
		.base = reg_of(in->depth, 0),
		.dst = var_of(in, insn->dst_reg),
		.src = var_of(in, insn->src_reg),
	};

	append(f, &step);
	if (!isa_is_wide(insn->code))
		return;
	step.insn = insn[1];
	append(f, &step);
}

/* Of a jump of the function itself: a callback's that leads to an exit goes where that leads. */
static uint32_t step_of(const struct opt_fn *f, struct inside *in, uint32_t i)
{
	int64_t to = target_of(f, i), k = to - in->fn.start;
	enum r0 r0;

	if (k < 0 || to >= in->fn.end)
		return UINT32_MAX;
	if (!in->is_callback || form_at(f, (uint32_t)to) != ISA_F_EXIT)
		return in->place[k];
	r0 = in->is_target[i - in->fn.start] ? R0_UNKNOWN : in->r0[i - in->fn.start];
	return in->is_vague[k] && way_of(r0) == CHECK ? in->place[k] : way_out(in, way_of(r0));
}

static void aim_jumps(struct opt_fn *f, struct inside *in)
{
	uint8_t base = reg_of(in->depth, 0);

	for (uint32_t s = in->first; s < f->n_steps; s++) {
		struct opt_step *step = &f->steps[s];

		if (!step->is_made && step->base == base &&
		    JUMP_FORMS >> isa_row(step->op)->form & 1)
			step->to = step_of(f, in, step->at);
		s += isa_is_wide(step->insn.code);
	}
}

/* Ways out are known. */
static void aim_ways(struct opt_fn *f, const struct inside *in, const uint32_t *ways)
{
	for (uint32_t s = in->first; s < f->n_steps; s++) {
		uint32_t to = f->steps[s].to;

		if (to >= WAY_OUT && to < WAY_OUT + N_WAYS)
			f->steps[s].to = ways[to - WAY_OUT];
		s += isa_is_wide(f->steps[s].insn.code);
	}
}

static void pass(struct opt_fn *f, const struct inside *in, uint32_t at, unsigned int to,
		 uint8_t from)
{
	if (to <= in->fn.n_params)
		move(f, at, reg_of(in->depth, to), from);
}

static void write_call(struct opt_fn *f, const struct inside *caller, uint32_t at,
		       struct inside *in)
{
	uint32_t ways[N_WAYS] = { 0 };

	for (unsigned int r = 1; r <= OPT_MAX_ARGS; r++)
		pass(f, in, at, r, reg_of(caller->depth, r));
	if (write_function(f, in))
		return;
	ways[GO_ON] = f->n_steps;
	aim_ways(f, in, ways);
	move(f, at, reg_of(caller->depth, 0), reg_of(in->depth, 0));
}

/* The caller's r0 counts, as it holds the number of rounds at the end; r1 and r3 are as they were
 * for the call. */
static void write_loop(struct opt_fn *f, const struct inside *caller, uint32_t at,
		       const struct opt_loop_call *loop, struct inside *in)
{
	uint8_t r0 = reg_of(caller->depth, 0), r1 = reg_of(caller->depth, 1);
	const struct made add = { BPF_ALU | BPF_ADD | BPF_K, r0, 0, 1, 0 };
	bool is_known = loop->n_rounds;
	uint32_t none = 0, too_many = 0, again, done, ways[N_WAYS], to_end[3], n = 0;
	struct made back = { BPF_JMP32 | BPF_JLT | BPF_X, r0, r1, 0, 0 };

	if (is_known) {
		back.code = BPF_JMP32 | BPF_JLT | BPF_K;
		back.imm = (int32_t)loop->n_rounds;
	} else {
		make(f, at,
		     &(struct made){ BPF_JMP32 | BPF_JGT | BPF_K, r1, 0, (int32_t)loop->max_rounds,
				     0 });
		too_many = f->n_steps - 1;
	}
	make(f, at, &(struct made){ BPF_ALU64 | BPF_MOV | BPF_K, r0, 0, 0, 0 });
	if (!is_known) {
		make(f, at, &(struct made){ BPF_JMP32 | BPF_JEQ | BPF_K, r1, 0, 0, 0 });
		none = f->n_steps - 1;
	}
	again = f->n_steps;
	pass(f, in, at, 1, r0);
	pass(f, in, at, 2, reg_of(caller->depth, 3));
	in->is_callback = true;
	if (write_function(f, in))
		return;
	ways[GO_ON] = f->n_steps;
	make(f, at, &add);
	back.to = again;
	make(f, at, &back);
	done = f->n_steps;
	if (in->goes[STOP] || in->goes[CHECK] || !is_known)
		to_end[n++] = jump(f, at, 0);
	ways[STOP] = f->n_steps;
	if (in->goes[STOP] || in->goes[CHECK]) {
		make(f, at, &add);
		to_end[n++] = jump(f, at, 0);
	}
	ways[CHECK] = f->n_steps;
	if (in->goes[CHECK]) {
		make(f, at,
		     &(struct made){ BPF_JMP | BPF_JNE | BPF_K, reg_of(in->depth, 0), 0, 0,
				     ways[STOP] });
		jump(f, at, ways[GO_ON]);
	}
	if (!is_known) {
		f->steps[none].to = done;
		f->steps[too_many].to = f->n_steps;
		make(f, at, &(struct made){ BPF_ALU64 | BPF_MOV | BPF_K, r0, 0, -E2BIG, 0 });
	}
	aim_ways(f, in, ways);
	while (n)
		f->steps[to_end[--n]].to = f->n_steps;
}

static bool write_out(struct opt_fn *f, struct inside *in, uint32_t i)
{
	enum isa_form form = form_at(f, i);
	struct opt_callee callee;
	struct opt_loop_call loop;
	struct inside inner;

	if (form == ISA_F_CALL_SUB && !f->in->callee(f->in->arg, i, form, &callee) &&
	    may_write(f, in, (uint32_t)callee.addr, &inner)) {
		write_call(f, in, i, &inner);
		return true;
	}
	if (form == ISA_F_CALL && f->in->loop && f->in->loop(f->in->arg, i, &loop) &&
	    may_write(f, in, loop.callback, &inner)) {
		write_loop(f, in, i, &loop, &inner);
		return true;
	}
	return false;
}

static int write_function(struct opt_fn *f, struct inside *in)
{
	in->first = f->n_steps;
	if (prepare(f, in))
		return f->err;
	for (uint32_t i = in->fn.start; i < in->fn.end && !f->err; i++) {
		in->place[i - in->fn.start] = f->n_steps;
		if (in->depth && form_at(f, i) == ISA_F_EXIT)
			write_exit(f, in, i);
		else if (!write_out(f, in, i))
			copy(f, in, i);
		i += isa_is_wide(f->in->insns[i].code);
	}
	aim_jumps(f, in);
	return f->err;
}

int opt_steps(struct opt_fn *f)
{
	struct inside in = {
		.fn = { .start = f->in->start, .end = f->in->end, .stack = f->in->stack }
	};

	f->step_room = f->in->end - f->in->start + 8;
	f->steps = arena_alloc_raw(f->arena, f->step_room * sizeof(*f->steps));
	if (!f->steps)
		return f->err = -ENOMEM;
	f->stack = (f->in->stack + STACK_ALIGN - 1) & -(uint32_t)STACK_ALIGN;
	f->n_regs = OPT_N_REGS;
	return write_function(f, &in);
}
