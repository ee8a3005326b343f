/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a program become an image?  Scan (rows, jump targets, what each function needs), lower
 * into a buffer, find a place, resolve displacements, publish.
 */
#include "jit/jit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/os.h"
#include "jit/code.h"
#include "jit/gen.h"
#include "jit/x64.h"
#include "jit/x64_opt.h"

enum {
	RAW_STACK = 512
};

static void gen_done(struct jit_gen *gen)
{
	mem_free(gen->ops);
	mem_free(gen->is_target);
	mem_free(gen->off);
	mem_free(gen->fns);
	mem_free(gen->fixes);
	mem_free(gen->out);
}

static int gen_init(struct jit_gen *gen)
{
	if (!gen->n_insns)
		return -EINVAL;
	gen->rows = isa_row(0);
	gen->ops = mem_array(gen->n_insns, sizeof(*gen->ops));
	gen->is_target = mem_alloc(gen->n_insns);
	gen->off = mem_array((size_t)gen->n_insns + 1, sizeof(*gen->off));
	return gen->ops && gen->is_target && gen->off ? 0 : -ENOMEM;
}

struct jit_fn *jit_fn_at(const struct jit_gen *gen, uint32_t insn)
{
	uint32_t low = 0, high = gen->n_fns;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (gen->fns[mid].start == insn)
			return &gen->fns[mid];
		if (gen->fns[mid].start < insn)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

uint64_t jit_callee(struct jit_gen *gen, const struct bpf_insn *insn, enum isa_form form)
{
	const struct helper_proto *proto = NULL;
	const struct raw_prog *raw = gen->raw;
	uint32_t id = (uint32_t)insn->imm;

	if (raw) {
		if (id < raw->n_fns && raw->fns[id])
			return (uint64_t)(uintptr_t)raw->fns[id];
	} else if (form == ISA_F_CALL_KFUNC) {
		const struct kfunc_proto *kfunc = kfunc_row(id);

		proto = kfunc ? &kfunc->p : NULL;
	} else {
		proto = helper_find(gen->code->helpers, id);
	}
	if (proto && proto->fn)
		return (uint64_t)(uintptr_t)proto->fn;
	gen->err = raw ? -EINVAL : -EOPNOTSUPP;
	return 0;
}

/*
 * Scan.
 */

static int plan_verified(struct jit_gen *gen)
{
	const struct verify_facts *facts = gen->code->facts;
	uint32_t next = 0;

	gen->fns = mem_array(facts->n_subprogs, sizeof(*gen->fns));
	if (!gen->fns)
		return -ENOMEM;
	for (uint32_t i = 0; i < facts->n_subprogs; i++) {
		const struct verify_subprog *sub = &facts->subprogs[i];
		struct jit_fn *fn = &gen->fns[gen->n_fns];

		if (sub->start == sub->end)
			continue;
		if (sub->start != next || sub->end < sub->start || sub->end > gen->n_insns)
			return -EINVAL;
		next = sub->end;
		fn->start = sub->start;
		fn->end = sub->end;
		fn->stack = sub->stack;
		fn->is_main = !gen->n_fns++;
	}
	return next == gen->n_insns ? 0 : -EINVAL;
}

/* In a raw program every target of a local call begins a function; control may wander between
 * functions as it likes, so all of them have the same frame. */
static int plan_raw(struct jit_gen *gen)
{
	uint8_t *begins = mem_alloc(gen->n_insns);
	uint32_t n = 1;

	if (!begins)
		return -ENOMEM;
	begins[0] = 1;
	for (uint32_t i = 0; i < gen->n_insns; i++) {
		const struct bpf_insn *insn = &gen->insns[i];
		bool names_fn = (insn->code == 0x85 && insn->src_reg == BPF_PSEUDO_CALL) ||
				(isa_is_wide(insn->code) && insn->src_reg == BPF_PSEUDO_FUNC);
		int64_t to = jit_target(insn, i, ISA_F_CALL_SUB);

		if (names_fn && to >= 0 && to < gen->n_insns && !begins[to]) {
			begins[to] = 1;
			n++;
		}
		i += isa_is_wide(insn->code);
	}
	gen->fns = mem_array(n, sizeof(*gen->fns));
	for (uint32_t i = 0; gen->fns && i < gen->n_insns; i++)
		if (begins[i])
			gen->fns[gen->n_fns++] = (struct jit_fn){
				.start = i,
				.end = gen->n_insns,
				.stack = RAW_STACK,
				.regs = 0x7ff,
				.is_main = !i,
				.calls = true,
			};
	mem_free(begins);
	return gen->fns ? 0 : -ENOMEM;
}

/* What neither leaves an instruction's successor nor asks anything of its function. */
#define PLAIN_FORMS                                                                    \
	(1u << ISA_F_ALU_X | 1u << ISA_F_ALU_K | 1u << ISA_F_MOVSX | 1u << ISA_F_NEG | \
	 1u << ISA_F_END | 1u << ISA_F_LDX | 1u << ISA_F_LDSX | 1u << ISA_F_ST | 1u << ISA_F_STX)

/* Notes what an instruction means for its function; counts displacements to resolve. */
static int scan_insn(struct jit_gen *gen, struct jit_fn *fn, uint32_t i, uint32_t *n_fixes)
{
	const struct bpf_insn *insn = &gen->insns[i];
	enum isa_op op = gen->ops[i];
	enum isa_form form = gen->rows[op].form;
	int64_t to;

	if (PLAIN_FORMS >> form & 1)
		return 0;
	to = jit_target(insn, i, form);
	switch (form) {
	case ISA_F_MAY_GOTO: fn->needs_run = true; __attribute__((fallthrough));
	case ISA_F_JMP_X:
	case ISA_F_JMP_K:
	case ISA_F_JA:
	case ISA_F_JA32:
		if (to < (gen->raw ? 0 : fn->start) || to >= (gen->raw ? gen->n_insns : fn->end))
			return -EINVAL;
		gen->is_target[to] = 1;
		++*n_fixes;
		break;
	case ISA_F_LD_IMM64:
		if (i + 1 >= fn->end || isa_check_wide(&insn[1]))
			return -EINVAL;
		if (op != ISA_LD_FUNC)
			break;
		fn->takes_func = true;
		__attribute__((fallthrough));
	case ISA_F_CALL_SUB:
		if (to < 0 || to >= gen->n_insns || !jit_fn_at(gen, (uint32_t)to))
			return -EINVAL;
		__attribute__((fallthrough));
	case ISA_F_CALL:
	case ISA_F_CALL_KFUNC:
	case ISA_F_CALLX:
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND:
		fn->calls = fn->calls || op != ISA_LD_FUNC;
		fn->needs_run = true;
		++*n_fixes;
		break;
	case ISA_F_ALU_X:
	case ISA_F_ALU_K:
	case ISA_F_MOVSX:
	case ISA_F_CAST:
	case ISA_F_NEG:
	case ISA_F_END:
	case ISA_F_EXIT:
	case ISA_F_LDX:
	case ISA_F_LDSX:
	case ISA_F_ST:
	case ISA_F_STX:
	case ISA_F_ATOMIC:
	case ISA_F_LOAD_ACQ:
	case ISA_F_STORE_REL: break;
	}
	return 0;
}

/* What a raw program may not hold, besides what no program may. */
static int scan_raw(const struct jit_gen *gen, uint32_t i)
{
	const struct bpf_insn *insn = &gen->insns[i];
	enum isa_form form = gen->rows[gen->ops[i]].form;

	if (isa_regs_of(insn, gen->ops[i]).writes & 1u << 10)
		return -EINVAL;
	if (form == ISA_F_LD_ABS || form == ISA_F_LD_IND || form == ISA_F_CALL_KFUNC ||
	    form == ISA_F_CAST)
		return -EOPNOTSUPP;
	return 0;
}

static int scan_fn(struct jit_gen *gen, struct jit_fn *fn, uint32_t *bytes, uint32_t *n_fixes)
{
	for (uint32_t i = fn->start; i < fn->end; i++) {
		const struct bpf_insn *insn = &gen->insns[i];
		int op = isa_decode(insn, NULL), err;

		if (op < 0)
			return op;
		gen->ops[i] = (uint16_t)op;
		gen->off[i] = *bytes;
		*bytes += x64_bound(&gen->rows[op], insn);
		fn->regs |= (uint16_t)(1u << insn->dst_reg | 1u << insn->src_reg);
		err = scan_insn(gen, fn, i, n_fixes);
		if (!err && gen->raw)
			err = scan_raw(gen, i);
		if (err)
			return err;
		if (isa_is_wide(insn->code))
			gen->off[++i] = *bytes;
	}
	return 0;
}

/* The last instruction must not run on into what follows, nor a jump lead into a wide load. */
static int check_flow(const struct jit_gen *gen)
{
	uint32_t last = 0;

	for (uint32_t i = 0; i < gen->n_insns; i++) {
		last = i;
		if (!isa_is_wide(gen->insns[i].code))
			continue;
		if (gen->is_target[++i] || jit_fn_at(gen, i))
			return -EINVAL;
	}
	switch (gen->rows[gen->ops[last]].form) {
	case ISA_F_EXIT:
	case ISA_F_JA:
	case ISA_F_JA32: return 0;
	}
	return -EINVAL;
}

static int scan(struct jit_gen *gen)
{
	uint32_t bytes = 0, n_fixes = 0, n_scanned = gen->raw ? 1 : gen->n_fns;
	int err = 0;

	for (uint32_t i = 0; i < n_scanned && !err; i++)
		err = scan_fn(gen, &gen->fns[i], &bytes, &n_fixes);
	if (!err && gen->raw)
		err = check_flow(gen);
	if (err)
		return err;
	if (bytes > INT32_MAX / 2)
		return -E2BIG;
	gen->off[gen->n_insns] = bytes;
	gen->fixes = mem_array((size_t)n_fixes + gen->n_fns + 1, sizeof(*gen->fixes));
	gen->out = mem_alloc(bytes + ((size_t)gen->n_fns + 1) * X64_PROLOGUE_MAX + X64_INSN_MAX);
	if (!gen->fixes || !gen->out)
		return -ENOMEM;
	for (uint32_t i = 1; i < gen->n_fns; i++) {
		gen->fns[0].needs_run |= gen->fns[i].needs_run;
		gen->fns[0].takes_func |= gen->fns[i].takes_func;
	}
	if (gen->raw)
		gen->fns[0].needs_run = gen->fns[0].takes_func = false;
	for (uint32_t i = 0; i < gen->n_fns; i++)
		x64_plan(gen, &gen->fns[i]);
	return 0;
}

/*
 * Lower.
 */

static uint8_t *lower_insns(struct jit_gen *gen, uint8_t *p, uint32_t start, uint32_t end)
{
	uint32_t i = start;

	while (i < end && !gen->err) {
		uint32_t bound = gen->off[i], from = i;
		uint8_t *begin = p;

		gen->off[i] = (uint32_t)(p - gen->out);
		p = x64_insn(gen, p, &i);
		if ((size_t)(p - begin) > gen->off[i] - bound)
			gen->err = -EFAULT;
		while (++from < i)
			gen->off[from] = (uint32_t)(p - gen->out);
	}
	return p;
}

static uint8_t *align(const struct jit_gen *gen, uint8_t *p, unsigned int to)
{
	while ((size_t)(p - gen->out) % to)
		*p++ = 0xcc;
	return p;
}

/* Raw: functions' entries are stubs that set up a frame and jump to where the function begins. */
static uint8_t *lower_raw(struct jit_gen *gen, uint8_t *p)
{
	p = x64_raw_entry(gen, p);
	for (uint32_t i = 0; i < gen->n_fns; i++) {
		gen->fns[i].entry = (uint32_t)(p - gen->out);
		p = x64_prologue(gen, p, &gen->fns[i]);
		p = x64_stub_jump(gen, p, gen->fns[i].start);
	}
	gen->fn = gen->fns;
	return lower_insns(gen, p, 0, gen->n_insns);
}

static uint8_t *lower_verified(struct jit_gen *gen, uint8_t *p)
{
	if (gen->fns[0].takes_func) {
		gen->thunk = (uint32_t)(p - gen->out);
		p = align(gen, x64_thunk(p), 16);
	}
	for (uint32_t i = 0; i < gen->n_fns; i++) {
		struct jit_fn *fn = &gen->fns[i];

		p = align(gen, p, 16);
		gen->fn = fn;
		fn->entry = (uint32_t)(p - gen->out);
		p = x64_prologue(gen, p, fn);
		p = lower_insns(gen, p, fn->start, fn->end);
	}
	return p;
}

/*
 * Optimise.
 */

/* Functions that control wanders between are no functions. */
static void bound_raw(struct jit_gen *gen)
{
	for (uint32_t i = 0; i + 1 < gen->n_fns; i++)
		gen->fns[i].end = gen->fns[i + 1].start;
}

static int optimise(struct jit_gen *gen, size_t *size)
{
	uint8_t *p = gen->out;
	int err = 0;

	if (gen->raw)
		bound_raw(gen);
	if (gen->raw)
		p = x64_raw_entry(gen, p);
	else if (gen->fns[0].takes_func)
		p = x64_thunk(p);
	*size = (size_t)(p - gen->out);
	for (uint32_t i = 0; i < gen->n_fns && !err; i++) {
		*size = (size_t)(align(gen, gen->out + *size, 16) - gen->out);
		gen->fns[i].entry = (uint32_t)*size;
		err = x64_compile(gen, &gen->fns[i], size, &gen->why);
	}
	return err;
}

/*
 * Place.
 */

static bool reaches(const uint8_t *from, uint64_t target)
{
	int64_t rel = (int64_t)(target - (uint64_t)(uintptr_t)from);

	return rel > INT32_MIN / 2 && rel < INT32_MAX / 2;
}

/* A jump near the image's end that goes where a call cannot reach; shared by equal targets. */
static uint8_t *veneer_for(const struct jit_gen *gen, uint8_t *veneers, size_t *size,
			   uint64_t target)
{
	for (uint8_t *v = veneers; v < gen->out + *size; v += X64_VENEER_SIZE)
		if (!memcmp(v + X64_VENEER_TARGET, &target, sizeof(target)))
			return v;
	x64_veneer(gen->out + *size, target);
	*size += X64_VENEER_SIZE;
	return gen->out + *size - X64_VENEER_SIZE;
}

static int resolve(struct jit_gen *gen, const uint8_t *base, size_t *size)
{
	uint8_t *veneers = gen->out + *size;

	for (uint32_t i = 0; i < gen->n_fixes; i++) {
		const struct jit_fix *fix = &gen->fixes[i];
		int64_t from = (int64_t)fix->at + (fix->kind == JIT_FIX_INSN8 ? 1 : 4), to = 0;
		int32_t rel;

		switch (fix->kind) {
		case JIT_FIX_INSN8:
		case JIT_FIX_INSN32: to = gen->off[fix->target]; break;
		case JIT_FIX_FN: to = gen->fns[fix->target].entry; break;
		case JIT_FIX_THUNK: to = gen->thunk; break;
		case JIT_FIX_ADDR:
			if (reaches(base, fix->target))
				to = (int64_t)(fix->target - (uint64_t)(uintptr_t)base);
			else
				to = veneer_for(gen, veneers, size, fix->target) - gen->out;
			break;
		}
		rel = (int32_t)(to - from);
		if (fix->kind != JIT_FIX_INSN8)
			memcpy(gen->out + fix->at, &rel, sizeof(rel));
		else if (rel == (int8_t)rel)
			gen->out[fix->at] = (uint8_t)rel;
		else
			return -EFAULT;
	}
	return 0;
}

/* Room for veneers, wherever the image will be; 0 if none is needed at `base`. */
static size_t veneer_room(const struct jit_gen *gen, const uint8_t *base)
{
	size_t n = 0, n_far = 0;

	for (uint32_t i = 0; i < gen->n_fixes; i++) {
		if (gen->fixes[i].kind != JIT_FIX_ADDR)
			continue;
		n++;
		n_far += !reaches(base, gen->fixes[i].target);
	}
	return n_far ? n * X64_VENEER_SIZE : 0;
}

static int place(struct jit_gen *gen, struct jit_image *image, size_t size)
{
	size_t room;
	int err = code_alloc(image->pool, size, &image->block);

	if (err)
		return err;
	room = veneer_room(gen, image->block.addr);
	if (room) {
		uint8_t *out = mem_grow(gen->out, size, size + room);

		if (!out)
			return -ENOMEM;
		gen->out = out;
		code_free(image->pool, &image->block);
		err = code_alloc(image->pool, size + room, &image->block);
		if (err)
			return err;
	}
	err = resolve(gen, image->block.addr, &size);
	if (!err)
		err = code_publish(image->pool, &image->block, gen->out, size);
	image->size = size;
	return err;
}

static int keep_entries(const struct jit_gen *gen, struct jit_image *image, size_t size)
{
	image->fn_off = mem_array(gen->n_fns + 1, sizeof(*image->fn_off));
	if (!image->fn_off)
		return -ENOMEM;
	for (uint32_t i = 0; i < gen->n_fns; i++)
		image->fn_off[i] = gen->fns[i].entry;
	image->fn_off[gen->n_fns] = (uint32_t)size;
	image->n_fns = gen->n_fns;
	return 0;
}

static int image_new(struct jit_gen *gen, struct code_pool *pool, size_t size,
		     struct jit_image **ret_image)
{
	struct jit_image *image = mem_alloc(sizeof(*image));
	const void *entry;
	int err = image ? 0 : -ENOMEM;

	if (!err && pool)
		image->pool = code_pool_ref(pool);
	else if (!err)
		err = code_pool_new(&image->pool);
	if (!err)
		err = keep_entries(gen, image, size);
	if (!err)
		err = place(gen, image, size);
	if (err) {
		jit_free(image);
		return err;
	}
	image->code = image->block.addr;
	entry = image->code + (gen->raw ? 0 : gen->fns[0].entry);
	memcpy(&image->entry, &entry, sizeof(entry));
	memcpy(&image->tail_entry, &entry, sizeof(entry));
	image->insn_off = gen->off;
	image->n_insns = gen->n_insns;
	gen->off = NULL;
	*ret_image = image;
	return 0;
}

static int lower_plainly(struct jit_gen *gen, size_t *size)
{
	uint8_t *p = gen->raw ? lower_raw(gen, gen->out) : lower_verified(gen, gen->out);

	*size = (size_t)(p - gen->out);
	return gen->err;
}

static int compile_for(struct jit_gen *gen, struct code_pool *pool, enum jit_tier tier,
		       struct jit_image **ret_image)
{
	size_t size = 0;
	int err = gen_init(gen);

	if (!err)
		err = gen->raw ? plan_raw(gen) : plan_verified(gen);
	if (!err)
		err = scan(gen);
	if (!err)
		err = tier == JIT_OPTIMISED ? optimise(gen, &size) : lower_plainly(gen, &size);
	if (!err) {
		gen->off[gen->n_insns] = (uint32_t)size;
		err = image_new(gen, pool, size, ret_image);
	}
	gen_done(gen);
	if (!err)
		(*ret_image)->tier = tier;
	return err;
}

/* What the optimiser cannot do the other tier does, and the image says why. */
static int compile(const struct jit_gen *begin, struct code_pool *pool, enum jit_tier tier,
		   struct jit_image **ret_image)
{
	uint64_t start = os_now_ns();
	struct jit_gen gen = *begin;
	int err = compile_for(&gen, pool, tier, ret_image);

	if (err && tier == JIT_OPTIMISED && gen.why) {
		const char *why = gen.why;

		gen = *begin;
		err = compile_for(&gen, pool, JIT_PLAIN, ret_image);
		if (!err)
			(*ret_image)->why_plain = why;
	}
	if (!err)
		(*ret_image)->compile_ns = os_now_ns() - start;
	return err;
}

int jit_compile(const struct code *code, struct jit_image **ret_image)
{
	struct jit_gen gen = {
		.insns = code->facts->insns,
		.n_insns = code->facts->n_insns,
		.code = code,
		.cpu = code->cpu,
	};

	return compile(&gen, code->pool, code->tier, ret_image);
}

int jit_compile_raw(const struct raw_prog *prog, struct jit_image **ret_image)
{
	struct jit_gen gen = {
		.insns = prog->insns,
		.n_insns = prog->n_insns,
		.raw = prog,
		.cpu = prog->cpu,
	};

	return compile(&gen, NULL, prog->tier, ret_image);
}

struct jit_image *jit_free(struct jit_image *image)
{
	if (!image)
		return NULL;
	if (image->pool)
		code_free(image->pool, &image->block);
	code_pool_unref(image->pool);
	mem_free(image->insn_off);
	mem_free(image->fn_off);
	mem_free(image);
	return NULL;
}
