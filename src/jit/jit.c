/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a program become an image?  Scan (scan.c), lower into a buffer, find a place, resolve
 * displacements, publish.  What differs between machines is behind their table (machine.h).
 */
#include "jit/jit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/os.h"
#include "jit/code.h"
#include "jit/gen.h"
#include "jit/machine.h"

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

uint64_t jit_random(struct jit_gen *gen)
{
	uint64_t z = gen->random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

bool jit_fix_room(struct jit_gen *gen, uint32_t n)
{
	size_t want = (size_t)gen->n_fixes + n;
	struct jit_fix *new;

	if (want <= gen->fix_room)
		return true;
	new = want > UINT32_MAX / 2
		      ? NULL
		      : mem_grow(gen->fixes, gen->fix_room * sizeof(*new), want * 2 * sizeof(*new));
	if (!new)
		return false;
	gen->fixes = new;
	gen->fix_room = (uint32_t)want * 2;
	return true;
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
 * Lower.
 */

#define BRANCH_FORMS (1u << ISA_F_JMP_X | 1u << ISA_F_JMP_K | 1u << ISA_F_MAY_GOTO)
#define LOAD_FORMS   (1u << ISA_F_LDX | 1u << ISA_F_LDSX | 1u << ISA_F_LOAD_ACQ)
#define STORE_FORMS  (1u << ISA_F_ST | 1u << ISA_F_STX | 1u << ISA_F_STORE_REL | 1u << ISA_F_ATOMIC)

/* Behind branches, and wherever one may lead, before the first access that is not by r10. */
static uint8_t *put_fence(struct jit_gen *gen, uint8_t *p, uint32_t i)
{
	const struct bpf_insn *insn = &gen->insns[i];
	unsigned int form = 1u << gen->rows[gen->ops[i]].form;
	bool goes_far = (form & LOAD_FORMS && insn->src_reg != 10) ||
			(form & STORE_FORMS && insn->dst_reg != 10);

	gen->guessing |= gen->is_target[i];
	if (goes_far && gen->guessing) {
		p = gen->machine->fence(p);
		gen->guessing = false;
	}
	gen->guessing |= (form & BRANCH_FORMS) != 0;
	return p;
}

static uint8_t *lower_insns(struct jit_gen *gen, uint8_t *p, uint32_t start, uint32_t end)
{
	uint32_t i = start;

	while (i < end && !gen->err) {
		uint32_t bound = gen->off[i], from = i;
		uint8_t *begin = p;

		gen->off[i] = (uint32_t)(p - gen->out);
		if (gen->harden)
			p = put_fence(gen, p, i);
		p = gen->machine->insn(gen, p, &i);
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
		*p++ = gen->machine->trap;
	return p;
}

/* Where a function may begin; hardened: behind the tag. */
static uint8_t *begin_fn(const struct jit_gen *gen, uint8_t *p)
{
	uint8_t *begin = p;

	if (!gen->harden)
		return align(gen, p, 16);
	p = align(gen, align(gen, begin, JIT_TAG_BYTES) + JIT_TAG_BYTES, 16);
	memset(begin, gen->machine->trap, (size_t)(p - begin));
	memcpy(p - JIT_TAG_BYTES, &gen->tag, JIT_TAG_BYTES);
	return p;
}

/* Raw: functions' entries are stubs that set up a frame and jump to where the function begins. */
static uint8_t *lower_raw(struct jit_gen *gen, uint8_t *p)
{
	p = gen->machine->raw_entry(gen, p);
	for (uint32_t i = 0; i < gen->n_fns; i++) {
		gen->fns[i].entry = (uint32_t)(p - gen->out);
		p = gen->machine->prologue(gen, p, &gen->fns[i]);
		p = gen->machine->stub_jump(gen, p, gen->fns[i].start);
	}
	gen->fn = gen->fns;
	return lower_insns(gen, p, 0, gen->n_insns);
}

static uint8_t *lower_verified(struct jit_gen *gen, uint8_t *p)
{
	if (gen->fns[0].takes_func) {
		gen->thunk = (uint32_t)(p - gen->out);
		p = gen->machine->thunk(gen, p);
	}
	for (uint32_t i = 0; i < gen->n_fns; i++) {
		struct jit_fn *fn = &gen->fns[i];

		p = begin_fn(gen, p);
		gen->fn = fn;
		fn->entry = (uint32_t)(p - gen->out);
		p = gen->machine->prologue(gen, p, fn);
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

/* Nobody calls it any more: a trap stands where it would begin. */
static int leave_out(struct jit_gen *gen, struct jit_fn *fn, size_t *size)
{
	uint8_t *out = mem_grow(gen->out, *size, *size + gen->machine->insn_max), *p;

	if (!out)
		return -ENOMEM;
	gen->out = out;
	p = align(gen, out + *size, 16);
	fn->entry = (uint32_t)(p - out);
	for (uint32_t i = fn->start; i < fn->end; i++)
		gen->off[i] = fn->entry;
	*p++ = gen->machine->trap;
	*size = (size_t)(align(gen, p, 16) - out);
	return 0;
}

/* True: what was left out before is wanted after all. */
static bool want_targets(const struct jit_gen *gen, uint32_t first, uint32_t caller,
			 uint8_t *wanted)
{
	bool missed = false;

	for (uint32_t k = first; k < gen->n_fixes; k++) {
		const struct jit_fix *fix = &gen->fixes[k];

		if (fix->kind != JIT_FIX_FN && fix->kind != JIT_FIX_FN_ADDR)
			continue;
		missed |= fix->target < caller && !wanted[fix->target];
		wanted[fix->target] = 1;
	}
	return missed;
}

/* Functions that are not written out wherever they are called.  -EAGAIN: others are wanted, too. */
static int optimise_wanted(struct jit_gen *gen, size_t *size, uint8_t *wanted)
{
	bool missed = false;
	int err = 0;

	for (uint32_t i = 0; i < gen->n_fns && !err; i++) {
		uint32_t n_fixes = gen->n_fixes;

		if (!wanted[i]) {
			err = leave_out(gen, &gen->fns[i], size);
			continue;
		}
		*size = (size_t)(begin_fn(gen, gen->out + *size) - gen->out);
		gen->fns[i].entry = (uint32_t)*size;
		err = gen->machine->optimise(gen, &gen->fns[i], size, &gen->why);
		missed |= want_targets(gen, n_fixes, i, wanted);
	}
	return !err && missed ? -EAGAIN : err;
}

static int optimise(struct jit_gen *gen, size_t *size)
{
	uint8_t *p = gen->out, *wanted = mem_alloc(gen->n_fns);
	uint32_t n_fixes;
	size_t begin;
	int err;

	if (!wanted)
		return -ENOMEM;
	if (gen->raw)
		bound_raw(gen);
	jit_count_params(gen);
	if (gen->raw)
		p = gen->machine->raw_entry(gen, p);
	else if (gen->fns[0].takes_func)
		p = gen->machine->thunk(gen, p);
	*size = begin = (size_t)(p - gen->out);
	n_fixes = gen->n_fixes;
	memset(wanted, gen->raw != NULL, gen->n_fns);
	wanted[0] = 1;
	err = optimise_wanted(gen, size, wanted);
	if (err == -EAGAIN) {
		*size = begin;
		gen->n_fixes = n_fixes;
		memset(wanted, 1, gen->n_fns);
		err = optimise_wanted(gen, size, wanted);
	}
	mem_free(wanted);
	return err;
}

/*
 * Place.
 */

static bool reaches(const struct jit_gen *gen, const uint8_t *from, uint64_t target)
{
	int64_t rel = (int64_t)(target - (uint64_t)(uintptr_t)from);

	return rel > -gen->machine->reach && rel < gen->machine->reach;
}

/* A jump near the image's end that goes where a call cannot reach; shared by equal targets. */
static uint8_t *veneer_for(const struct jit_gen *gen, uint8_t *veneers, size_t *size,
			   uint64_t target)
{
	for (uint8_t *v = veneers; v < gen->out + *size; v += gen->machine->veneer_size)
		if (!memcmp(v + gen->machine->veneer_target, &target, sizeof(target)))
			return v;
	gen->machine->veneer(gen->out + *size, target);
	*size += gen->machine->veneer_size;
	return gen->out + *size - gen->machine->veneer_size;
}

/* Where in the image, or how far from its beginning, a displacement leads. */
static int64_t target_of(struct jit_gen *gen, const struct jit_fix *fix, const uint8_t *base,
			 uint8_t *veneers, size_t *size)
{
	switch (fix->kind) {
	case JIT_FIX_INSN_NEAR:
	case JIT_FIX_INSN: return gen->off[fix->target];
	case JIT_FIX_FN:
	case JIT_FIX_FN_ADDR: return gen->fns[fix->target].entry;
	case JIT_FIX_THUNK_ADDR: return gen->thunk;
	case JIT_FIX_ADDR:
		if (reaches(gen, base, fix->target))
			return (int64_t)(fix->target - (uint64_t)(uintptr_t)base);
		return veneer_for(gen, veneers, size, fix->target) - gen->out;
	}
	return 0;
}

static int resolve(struct jit_gen *gen, const uint8_t *base, size_t *size)
{
	uint8_t *veneers = gen->out + *size;
	int err = 0;

	for (uint32_t i = 0; i < gen->n_fixes && !err; i++) {
		const struct jit_fix *fix = &gen->fixes[i];
		int64_t to = target_of(gen, fix, base, veneers, size);

		err = gen->machine->patch(gen->out + fix->at, fix->kind,
					  (uint64_t)(uintptr_t)base + fix->at,
					  to - (int64_t)fix->at);
	}
	return err;
}

/* Room for veneers, wherever the image will be; 0 if none is needed at `base`. */
static size_t veneer_room(const struct jit_gen *gen, const uint8_t *base)
{
	size_t n = 0, n_far = 0;

	for (uint32_t i = 0; i < gen->n_fixes; i++) {
		if (gen->fixes[i].kind != JIT_FIX_ADDR)
			continue;
		n++;
		n_far += !reaches(gen, base, gen->fixes[i].target);
	}
	return n_far ? n * gen->machine->veneer_size : 0;
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

static bool is_closed(const struct jit_gen *gen)
{
	for (uint32_t i = 0; i < gen->n_fixes; i++)
		if (gen->fixes[i].kind == JIT_FIX_ADDR)
			return false;
	return !gen->raw;
}

static uint64_t last_serial;

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
	image->closed = is_closed(gen);
	image->harden = gen->harden;
	image->tag = gen->tag;
	image->serial = __atomic_add_fetch(&last_serial, 1, __ATOMIC_RELAXED);
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

	if (gen->harden) {
		if (getrandom(&gen->random, sizeof(gen->random), 0) != sizeof(gen->random))
			err = err ? err : -EAGAIN;
		gen->tag = pool ? code_pool_tag(pool) : (uint32_t)jit_random(gen);
	}

	if (!err)
		err = jit_scan(gen);
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
	int err;

	if (!gen.machine)
		return -EOPNOTSUPP;
	if (tier == JIT_AUTO)
		tier = JIT_PLAIN;
	err = compile_for(&gen, pool, tier, ret_image);

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
		.machine = jit_machine(),
		.cpu = code->cpu,
		.harden = code->harden,
	};

	return compile(&gen, code->pool, code->tier, ret_image);
}

int jit_optimise(const struct code *code, struct jit_image **ret_image, const char **reterr_why)
{
	uint64_t start = os_now_ns();
	struct jit_gen gen = {
		.insns = code->facts->insns,
		.n_insns = code->facts->n_insns,
		.code = code,
		.machine = jit_machine(),
		.cpu = code->cpu,
		.harden = code->harden,
	};
	int err =
		gen.machine ? compile_for(&gen, code->pool, JIT_OPTIMISED, ret_image) : -EOPNOTSUPP;

	if (!err)
		(*ret_image)->compile_ns = os_now_ns() - start;
	else
		*reterr_why = gen.why ? gen.why : "what the JIT does not know";
	return err && gen.why ? -EOPNOTSUPP : err;
}

int jit_compile_raw(const struct raw_prog *prog, struct jit_image **ret_image)
{
	struct jit_gen gen = {
		.insns = prog->insns,
		.n_insns = prog->n_insns,
		.raw = prog,
		.machine = jit_machine(),
		.cpu = prog->cpu,
		.harden = prog->harden,
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
	mem_free(image->body);
	mem_free(image);
	return NULL;
}
