/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a function of LLVM bitcode return, over all paths at once?  Blocks run in the order
 * they are written; paths that meet at a block become one before it runs.  See prover.h.
 */
#include "prover.h"

#include <stdio.h>
#include <string.h>

enum {
	MAX_ARGS = 32,
	MAX_ROUNDS = 300, /* through one block */
	MAX_DEPTH = 24
};

/* One path, or many that met. */
struct path {
	Z3_ast when;
	struct value *env; /* by number of the instruction */
	struct memory memory;
};

struct block {
	LLVMBasicBlockRef ref;
	struct path *pending;
	uint32_t first, rounds; /* number of its first instruction */
};

struct frame {
	struct prover *p;
	LLVMValueRef fn;
	const struct value *arg;
	struct block *blocks;
	LLVMValueRef *insns;
	uint32_t n_blocks, n_insns;
	struct path *returned;
	struct value result;
	unsigned int depth;
};

static uint32_t block_of(const struct frame *f, LLVMBasicBlockRef ref)
{
	for (uint32_t i = 0; i < f->n_blocks; i++)
		if (f->blocks[i].ref == ref)
			return i;
	prover_stop("a block of another function than %s", LLVMGetValueName(f->fn));
}

static uint32_t insn_of(const struct frame *f, LLVMValueRef v)
{
	const struct block *b = &f->blocks[block_of(f, LLVMGetInstructionParent(v))];
	uint32_t i = b->first;

	while (f->insns[i] != v)
		i++;
	return i;
}

/* --- operands --- */

static void fill_global(struct prover *p, struct memory *m, uint32_t object, LLVMValueRef init)
{
	struct object *o = m->object[object];
	size_t n;
	const char *s;

	for (uint32_t i = 0; i < o->size; i++)
		o->byte[i] = value_bits(p, 0, 8);
	if (!init || !LLVMIsAConstantDataSequential(init))
		return;
	if (LLVMIsConstantString(init)) {
		s = LLVMGetAsString(init, &n);
		for (uint32_t i = 0; i < n; i++)
			o->byte[i] = value_bits(p, (uint8_t)s[i], 8);
		return;
	}
	for (unsigned int i = 0; i < LLVMGetArrayLength(LLVMTypeOf(init)); i++) {
		LLVMValueRef e = LLVMGetAggregateElement(init, i);
		unsigned int size = LLVMGetIntTypeWidth(LLVMTypeOf(e)) / 8;

		for (unsigned int k = 0; k < size; k++)
			o->byte[i * size + k] =
				value_bits(p, LLVMConstIntGetZExtValue(e) >> (8 * k) & 0xff, 8);
	}
}

static struct value global(struct prover *p, struct memory *m, LLVMValueRef v)
{
	LLVMTypeRef type = LLVMGlobalGetValueType(v);

	for (uint32_t i = 0; i < p->n_globals; i++)
		if (p->globals[i].global == v)
			return value_pointer(p, p->globals[i].object, 0);
	prover_stop("global %s has no place (%u bytes, %p)", LLVMGetValueName(v),
		    (unsigned int)LLVMStoreSizeOfType(p->layout, type), (void *)m);
}

static void place_globals(struct prover *p, struct memory *m)
{
	LLVMValueRef v;

	for (v = LLVMGetFirstGlobal(p->module); v; v = LLVMGetNextGlobal(v)) {
		uint32_t size = (uint32_t)LLVMStoreSizeOfType(p->layout, LLVMGlobalGetValueType(v));

		if (p->n_globals == sizeof(p->globals) / sizeof(p->globals[0]))
			prover_stop("too many globals");
		p->globals[p->n_globals].global = v;
		p->globals[p->n_globals].object = memory_new(p, m, size);
		fill_global(p, m, p->globals[p->n_globals++].object, LLVMGetInitializer(v));
	}
}

static struct value constant(struct frame *f, struct path *path, LLVMValueRef v)
{
	struct prover *p = f->p;
	LLVMTypeRef type = LLVMTypeOf(v);

	if (LLVMIsAConstantInt(v))
		return value_number(
			value_bits(p, LLVMConstIntGetZExtValue(v), LLVMGetIntTypeWidth(type)));
	if (LLVMIsAFunction(v))
		return (struct value){ .kind = VALUE_FUNCTION, .function = v };
	if (LLVMIsAGlobalVariable(v))
		return global(p, &path->memory, v);
	if (LLVMIsUndef(v) || LLVMIsPoison(v)) {
		if (LLVMGetTypeKind(type) == LLVMIntegerTypeKind)
			return value_number(value_fresh(p, LLVMGetIntTypeWidth(type)));
		if (LLVMGetTypeKind(type) == LLVMStructTypeKind) {
			struct value out = { .kind = VALUE_AGGREGATE,
					     .n = LLVMCountStructElementTypes(type) };

			out.elem = prover_alloc(out.n * sizeof(*out.elem));
			return out;
		}
	}
	if (LLVMGetTypeKind(type) == LLVMStructTypeKind) {
		struct value out = { .kind = VALUE_AGGREGATE,
				     .n = LLVMCountStructElementTypes(type) };

		out.elem = prover_alloc(out.n * sizeof(*out.elem));
		for (uint32_t i = 0; i < out.n; i++)
			out.elem[i] = constant(f, path, LLVMGetAggregateElement(v, i));
		return out;
	}
	prover_stop("a constant of an unknown kind: %s", LLVMPrintValueToString(v));
}

static struct value operand(struct frame *f, struct path *path, LLVMValueRef v)
{
	if (LLVMIsAInstruction(v))
		return path->env[insn_of(f, v)];
	if (LLVMIsAArgument(v)) {
		for (unsigned int i = 0; i < LLVMCountParams(f->fn); i++)
			if (LLVMGetParam(f->fn, i) == v)
				return f->arg[i];
	}
	return constant(f, path, v);
}

static Z3_ast number(struct frame *f, struct path *path, LLVMValueRef v)
{
	struct value x = operand(f, path, v);

	if (x.kind != VALUE_NUMBER)
		prover_stop("no number in %s: %s", LLVMGetValueName(f->fn),
			    LLVMPrintValueToString(v));
	return x.number;
}

/* --- paths --- */

static struct path *path_copy(const struct frame *f, const struct path *from)
{
	struct path *path = prover_alloc(sizeof(*path));

	*path = *from;
	path->env = prover_alloc((f->n_insns + 1) * sizeof(*path->env));
	memcpy(path->env, from->env, f->n_insns * sizeof(*path->env));
	return path;
}

static void path_merge(const struct frame *f, struct path *into, const struct path *other)
{
	struct prover *p = f->p;

	for (uint32_t i = 0; i < f->n_insns; i++)
		into->env[i] = value_choose(p, other->when, other->env[i], into->env[i]);
	memory_merge(p, other->when, &other->memory, &into->memory);
	into->when = value_or(p, into->when, other->when);
}

/* Only asked on the way back to a block: what cannot be taken again ends a loop. */
static bool possible(struct prover *p, Z3_ast when)
{
	Z3_lbool r;

	Z3_solver_push(p->z3, p->asker);
	Z3_solver_assert(p->z3, p->asker, when);
	Z3_solver_assert(p->z3, p->asker, p->assumed);
	r = Z3_solver_check(p->z3, p->asker);
	Z3_solver_pop(p->z3, p->asker, 1);
	return r != Z3_L_FALSE;
}

static void go(struct frame *f, const struct path *from, uint32_t at, LLVMBasicBlockRef to,
	       Z3_ast taken)
{
	struct prover *p = f->p;
	uint32_t target = block_of(f, to);
	struct block *b = &f->blocks[target];
	Z3_ast when = value_and(p, from->when, taken);
	struct path *path;
	LLVMValueRef in;

	if (value_is(p, when, false) || (target <= at && !possible(p, when)))
		return;
	path = path_copy(f, from);
	path->when = when;
	for (in = LLVMGetFirstInstruction(to); in && LLVMIsAPHINode(in);
	     in = LLVMGetNextInstruction(in)) {
		for (unsigned int k = 0; k < LLVMCountIncoming(in); k++)
			if (LLVMGetIncomingBlock(in, k) == f->blocks[at].ref)
				path->env[insn_of(f, in)] = operand(f, (struct path *)from,
								    LLVMGetIncomingValue(in, k));
	}
	if (b->pending)
		path_merge(f, b->pending, path);
	else
		b->pending = path;
}

/* --- calls --- */

static Z3_ast input(struct frame *f, struct path *path, const struct value *name)
{
	struct prover *p = f->p;
	Z3_ast x = value_fresh(p, 64);
	uint64_t c, at;

	if (p->n_inputs == sizeof(p->inputs) / sizeof(p->inputs[0]))
		prover_stop("too many inputs");
	at = 0;
	for (uint32_t i = 0; i + 1 < sizeof(p->inputs[0].name); i++, at++) {
		if (at >= path->memory.object[name->target->object]->size ||
		    !value_known(p, path->memory.object[name->target->object]->byte[at], &c))
			break;
		p->inputs[p->n_inputs].name[i] = (char)c;
	}
	p->inputs[p->n_inputs++].number = x;
	return x;
}

/* What the claims call themselves. */
static bool call_special(struct frame *f, struct path *path, const char *name,
			 const struct value *arg, struct value *ret)
{
	struct prover *p = f->p;

	if (strcmp(name, "any") == 0) {
		*ret = value_number(input(f, path, &arg[0]));
	} else if (strcmp(name, "assume") == 0) {
		p->assumed = value_and(p, p->assumed,
				       value_or(p, value_not(p, path->when), arg[0].number));
	} else if (strcmp(name, "prove") == 0) {
		if (p->n_violated == MAX_PROOFS - 1)
			prover_stop("more than %d proofs", MAX_PROOFS);
		p->violated[p->n_violated++] =
			value_and(p, path->when, value_not(p, arg[0].number));
	} else {
		return false;
	}
	return true;
}

static void fill(struct frame *f, struct path *path, const struct value *arg)
{
	uint64_t size;

	if (!value_known(f->p, arg[2].number, &size))
		prover_stop("memory of unknown length");
	for (uint64_t i = 0; i < size; i++) {
		struct value at = memory_beyond(f->p, &arg[0], i);

		memory_store(f->p, &path->memory, &at, arg[1], LLVMInt8Type(), path->when);
	}
}

static LLVMValueRef contract_of(struct frame *f, const char *name)
{
	/* The linker numbers static functions that several files have. */
	int n = (int)strcspn(name, ".");
	const char *of = f->p->claim + 6;
	char contract[128];
	LLVMValueRef fn;

	/* claim_NAME__WHAT looks into NAME itself. */
	if (strncmp(of, name, (size_t)n) == 0 && (of[n] == '\0' || strncmp(of + n, "__", 2) == 0))
		return NULL;
	snprintf(contract, sizeof(contract), "contract_%.*s", n, name);
	fn = LLVMGetNamedFunction(f->p->module, contract);
	if (!fn || strcmp(LLVMGetSection(fn), "shared") == 0 ||
	    strcmp(LLVMGetSection(fn), f->p->family) == 0)
		return fn;
	return NULL;
}

static struct value call(struct frame *f, struct path *path, LLVMValueRef in)
{
	struct value arg[MAX_ARGS] = { 0 }, ret = { 0 }, callee;
	unsigned int n = LLVMGetNumArgOperands(in);
	LLVMValueRef fn = LLVMGetCalledValue(in), contract;
	const char *name;

	callee = operand(f, path, fn);
	if (callee.kind != VALUE_FUNCTION || n > MAX_ARGS)
		prover_stop("a call of what is no function");
	fn = callee.function;
	name = LLVMGetValueName(fn);
	if (strncmp(name, "llvm.lifetime", 13) == 0 || strncmp(name, "llvm.dbg", 8) == 0 ||
	    strncmp(name, "llvm.assume", 11) == 0)
		return ret;
	for (unsigned int i = 0; i < n; i++)
		arg[i] = operand(f, path, LLVMGetOperand(in, i));
	if (strncmp(name, "llvm.memcpy", 11) == 0) {
		uint64_t size;

		if (!value_known(f->p, arg[2].number, &size))
			prover_stop("a copy of unknown length");
		memory_copy(f->p, &path->memory, &arg[0], &arg[1], size, path->when);
		return ret;
	}
	if (strncmp(name, "llvm.memset", 11) == 0) {
		fill(f, path, arg);
		return ret;
	}
	if (call_special(f, path, name, arg, &ret))
		return ret;
	if (strncmp(name, "llvm.", 5) == 0) {
		if (!op_intrinsic(f->p, name, arg, &ret))
			prover_stop("intrinsic %s", name);
		return ret;
	}
	contract = contract_of(f, name);
	if (contract)
		fn = contract;
	if (!LLVMGetFirstBasicBlock(fn))
		prover_stop("%s has no body", name);
	return run_function(f->p, fn, arg, &path->memory, path->when, f->depth + 1);
}

/* --- instructions --- */

static struct value address(struct frame *f, struct path *path, LLVMValueRef in)
{
	struct prover *p = f->p;
	struct value base = operand(f, path, LLVMGetOperand(in, 0)), v;
	LLVMTypeRef type = LLVMGetGEPSourceElementType(in);
	Z3_ast off = value_bits(p, 0, 64);

	if (base.kind != VALUE_POINTER)
		prover_stop("an address in what is no object");
	for (unsigned int i = 1; i < (unsigned int)LLVMGetNumOperands(in); i++) {
		LLVMValueRef index = LLVMGetOperand(in, i);
		Z3_ast k = number(f, path, index), step;
		unsigned int bits = LLVMGetIntTypeWidth(LLVMTypeOf(index));

		if (i > 1 && LLVMGetTypeKind(type) == LLVMStructTypeKind) {
			unsigned int field = (unsigned int)LLVMConstIntGetZExtValue(index);

			off = Z3_mk_bvadd(
				p->z3, off,
				value_bits(p, LLVMOffsetOfElement(p->layout, type, field), 64));
			type = LLVMStructGetTypeAtIndex(type, field);
			continue;
		}
		if (i > 1)
			type = LLVMGetElementType(type);
		step = value_bits(p, LLVMABISizeOfType(p->layout, type), 64);
		off = Z3_mk_bvadd(p->z3, off,
				  Z3_mk_bvmul(p->z3, op_cast(p, LLVMSExt, k, bits, 64), step));
	}
	v = base;
	v.target = prover_alloc(v.n * sizeof(*v.target));
	for (uint32_t i = 0; i < v.n; i++) {
		v.target[i] = base.target[i];
		v.target[i].offset =
			Z3_simplify(p->z3, Z3_mk_bvadd(p->z3, v.target[i].offset, off));
	}
	return v;
}

static struct value aggregate(struct frame *f, struct path *path, LLVMValueRef in)
{
	struct value a = operand(f, path, LLVMGetOperand(in, 0)), v = a;
	unsigned int at = LLVMGetIndices(in)[0];

	if (a.kind != VALUE_AGGREGATE || LLVMGetNumIndices(in) != 1)
		prover_stop("an element of what is no aggregate");
	if (LLVMGetInstructionOpcode(in) == LLVMExtractValue)
		return a.elem[at];
	v.elem = prover_alloc(v.n * sizeof(*v.elem));
	memcpy(v.elem, a.elem, v.n * sizeof(*v.elem));
	v.elem[at] = operand(f, path, LLVMGetOperand(in, 1));
	return v;
}

static struct value cast(struct frame *f, struct path *path, LLVMValueRef in)
{
	LLVMValueRef from = LLVMGetOperand(in, 0);

	return value_number(op_cast(f->p, LLVMGetInstructionOpcode(in), number(f, path, from),
				    LLVMGetIntTypeWidth(LLVMTypeOf(from)),
				    LLVMGetIntTypeWidth(LLVMTypeOf(in))));
}

static struct value evaluate(struct frame *f, struct path *path, LLVMValueRef in)
{
	struct prover *p = f->p;
	LLVMTypeRef type;
	struct value v;

	switch ((int)LLVMGetInstructionOpcode(in)) {
	case LLVMAlloca:
		type = LLVMGetAllocatedType(in);
		return value_pointer(
			p,
			memory_new(p, &path->memory, (uint32_t)LLVMABISizeOfType(p->layout, type)),
			0);
	case LLVMLoad:
		v = operand(f, path, LLVMGetOperand(in, 0));
		return memory_load(p, &path->memory, &v, LLVMTypeOf(in), path->when);
	case LLVMStore:
		v = operand(f, path, LLVMGetOperand(in, 1));
		memory_store(p, &path->memory, &v, operand(f, path, LLVMGetOperand(in, 0)),
			     LLVMTypeOf(LLVMGetOperand(in, 0)), path->when);
		return (struct value){ 0 };
	case LLVMGetElementPtr: return address(f, path, in);
	case LLVMICmp:
		return value_number(op_compare(p, LLVMGetICmpPredicate(in),
					       number(f, path, LLVMGetOperand(in, 0)),
					       number(f, path, LLVMGetOperand(in, 1))));
	case LLVMSelect:
		return value_choose(p, number(f, path, LLVMGetOperand(in, 0)),
				    operand(f, path, LLVMGetOperand(in, 1)),
				    operand(f, path, LLVMGetOperand(in, 2)));
	case LLVMTrunc:
	case LLVMZExt:
	case LLVMSExt: return cast(f, path, in);
	case LLVMFreeze: return operand(f, path, LLVMGetOperand(in, 0));
	case LLVMExtractValue:
	case LLVMInsertValue: return aggregate(f, path, in);
	case LLVMCall: return call(f, path, in);
	}
	return op_binary(p, in, number(f, path, LLVMGetOperand(in, 0)),
			 number(f, path, LLVMGetOperand(in, 1)), path->when);
}

static void leave(struct frame *f, struct path *path, LLVMValueRef in)
{
	struct value v = { 0 };

	if (LLVMGetNumOperands(in))
		v = operand(f, path, LLVMGetOperand(in, 0));
	if (!f->returned) {
		f->returned = path;
		f->result = v;
		return;
	}
	f->result = value_choose(f->p, path->when, v, f->result);
	memory_merge(f->p, path->when, &path->memory, &f->returned->memory);
	f->returned->when = value_or(f->p, f->returned->when, path->when);
}

static void branch(struct frame *f, struct path *path, uint32_t at, LLVMValueRef in)
{
	struct prover *p = f->p;
	Z3_ast c, rest;

	if (LLVMGetInstructionOpcode(in) == LLVMSwitch) {
		c = number(f, path, LLVMGetOperand(in, 0));
		rest = Z3_mk_true(p->z3);
		for (unsigned int i = 1; i < LLVMGetNumSuccessors(in); i++) {
			LLVMValueRef k = LLVMGetOperand(in, 2 * i);
			Z3_ast same = op_compare(p, LLVMIntEQ, c, number(f, path, k));

			go(f, path, at, LLVMGetSuccessor(in, i), same);
			rest = value_and(p, rest, value_not(p, same));
		}
		go(f, path, at, LLVMGetSwitchDefaultDest(in), rest);
		return;
	}
	if (!LLVMIsConditional(in)) {
		go(f, path, at, LLVMGetSuccessor(in, 0), Z3_mk_true(p->z3));
		return;
	}
	c = number(f, path, LLVMGetCondition(in));
	go(f, path, at, LLVMGetSuccessor(in, 0), c);
	go(f, path, at, LLVMGetSuccessor(in, 1), value_not(p, c));
}

static void run_block(struct frame *f, uint32_t at)
{
	struct block *b = &f->blocks[at];
	struct path *path = b->pending;
	LLVMValueRef in;
	uint32_t i = b->first;

	b->pending = NULL;
	if (++b->rounds > MAX_ROUNDS)
		prover_stop("a loop without end in %s", LLVMGetValueName(f->fn));
	for (in = LLVMGetFirstInstruction(b->ref); in; in = LLVMGetNextInstruction(in), i++) {
		f->p->steps++;
		switch ((int)LLVMGetInstructionOpcode(in)) {
		case LLVMPHI: break;
		case LLVMBr:
		case LLVMSwitch: branch(f, path, at, in); return;
		case LLVMRet: leave(f, path, in); return;
		case LLVMUnreachable:
			f->p->undefined = value_or(f->p, f->p->undefined, path->when);
			return;
		default: path->env[i] = evaluate(f, path, in);
		}
	}
}

static void number_blocks(struct frame *f)
{
	LLVMBasicBlockRef ref;
	LLVMValueRef in;

	f->blocks = prover_alloc(LLVMCountBasicBlocks(f->fn) * sizeof(*f->blocks));
	for (ref = LLVMGetFirstBasicBlock(f->fn); ref; ref = LLVMGetNextBasicBlock(ref)) {
		f->blocks[f->n_blocks].ref = ref;
		f->blocks[f->n_blocks++].first = f->n_insns;
		for (in = LLVMGetFirstInstruction(ref); in; in = LLVMGetNextInstruction(in))
			f->n_insns++;
	}
	f->insns = prover_alloc((f->n_insns + 1) * sizeof(LLVMValueRef));
	f->n_insns = 0;
	for (ref = LLVMGetFirstBasicBlock(f->fn); ref; ref = LLVMGetNextBasicBlock(ref))
		for (in = LLVMGetFirstInstruction(ref); in; in = LLVMGetNextInstruction(in))
			f->insns[f->n_insns++] = in;
}

struct value run_function(struct prover *p, LLVMValueRef fn, const struct value *arg,
			  struct memory *m, Z3_ast when, unsigned int depth)
{
	struct frame f = { .p = p, .fn = fn, .arg = arg, .depth = depth };
	struct path start = { .when = when, .memory = *m };
	uint32_t at, before;

	if (depth > MAX_DEPTH)
		prover_stop("calls nest too deep");
	if (!depth)
		place_globals(p, &start.memory);
	before = start.memory.n;
	number_blocks(&f);
	start.env = prover_alloc((f.n_insns + 1) * sizeof(*start.env));
	f.blocks[0].pending = path_copy(&f, &start);
	for (at = 0; at < f.n_blocks;) {
		if (!f.blocks[at].pending) {
			at++;
			continue;
		}
		run_block(&f, at);
		at = 0;
	}
	if (!f.returned)
		prover_stop("%s does not return", LLVMGetValueName(fn));
	*m = f.returned->memory;
	/* What it had on its stack is gone. */
	m->n = before;
	return f.result;
}
