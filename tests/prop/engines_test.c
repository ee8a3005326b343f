/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do all engines compute the same?  Random programs that are safe by construction run on the
 * oracle, the interpreter, the checking interpreter and the JIT until ten million instructions were
 * executed, and a batch of them in the kernel where bpf(2) is permitted.  A program that differs is
 * printed with its seed.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/os.h"
#include "isa/disasm.h"
#include "jit/jit.h"
#include "map/map.h"
#include "run/engine.h"
#include "support/facts.h"
#include "support/gen.h"
#include "support/oracle.h"

enum {
	STEPS = 10 * 1000 * 1000,
	STEP_LIMIT = 2 * 1000 * 1000,
	KERNEL_PROGRAMS = 250
};

static uint64_t seed_base(void)
{
	const char *s = getenv("SEED");

	return s ? strtoull(s, NULL, 0) : 1;
}

static void fail_program(const struct gen_prog *p, uint64_t seed, const char *engine, uint64_t got,
			 uint64_t want)
{
	char buf[128];
	struct text t;

	for (uint32_t i = 0; i < p->n; i += isa_is_wide(p->insns[i].code) ? 2 : 1) {
		text_init(&t, buf, sizeof(buf));
		disasm_insn(&p->insns[i], p->n - i, &t);
		printf("# %4u: %s\n", i, buf);
	}
	fail_msg("seed %" PRIu64 ": %s gives 0x%" PRIx64 ", the oracle 0x%" PRIx64, seed, engine,
		 got, want);
}

static bool run_jit(struct raw_prog *prog, enum jit_tier tier, uint64_t *ret_r0)
{
	struct jit_image *image = NULL;
	int err;

	prog->tier = tier;
	err = jit_compile_raw(prog, &image);
	if (err == -EOPNOTSUPP)
		return false;
	assert_int_equal(err, 0);
	assert_int_equal(image->tier, tier);
	*ret_r0 = image->entry(NULL, NULL);
	jit_free(image);
	return true;
}

static void check_engines(const struct gen_prog *p, uint64_t seed, uint64_t want, uint32_t *n_jit)
{
	struct raw_prog prog = { .insns = p->insns, .n_insns = p->n };
	uint64_t r0 = ~want;
	char buf[256];
	struct text why;

	text_init(&why, buf, sizeof(buf));
	if (raw_check(&prog, &why) != 0)
		fail_msg("seed %" PRIu64 ": %s", seed, buf);
	if (interp_raw(&prog, NULL, 0, &r0, &why) != 0 || r0 != want)
		fail_program(p, seed, "interpreter", r0, want);
	r0 = ~want;
	if (check_raw(&prog, NULL, 0, &r0, &why) != 0 || r0 != want) {
		printf("# %s\n", buf);
		fail_program(p, seed, "checking interpreter", r0, want);
	}
	r0 = ~want;
	if (!run_jit(&prog, JIT_PLAIN, &r0))
		return;
	++*n_jit;
	if (r0 != want)
		fail_program(p, seed, "JIT", r0, want);
	r0 = ~want;
	assert_true(run_jit(&prog, JIT_OPTIMISED, &r0));
	if (r0 != want)
		fail_program(p, seed, "optimising JIT", r0, want);
}

static void test_engines_agree(void **state)
{
	struct gen_opts opts = { .statements = 60 };
	static struct gen_prog p;
	struct oracle oracle = { .insns = p.insns, .limit = STEP_LIMIT };
	uint32_t n_programs = 0, n_jit = 0;

	(void)state;
	for (uint64_t seed = seed_base(); oracle.steps < STEPS; seed++) {
		struct rng rng = { seed };
		uint64_t want = 0;

		opts.functions = seed % 3;
		opts.max_trips = 2 + seed % 15;
		gen_program(&rng, &opts, &p);
		if (!oracle_run(&oracle, 0, 0, &want))
			continue;
		n_programs++;
		check_engines(&p, seed, want, &n_jit);
	}
	printf("# %u programs, %" PRIu64 " instructions, %u by the JIT\n", n_programs, oracle.steps,
	       n_jit);
	assert_true(n_programs > 500);
	assert_int_equal(n_jit, n_programs);
}

static long sys_bpf(int cmd, union bpf_attr *attr)
{
	return os_syscall(SYS_bpf, cmd, (long)attr, sizeof(*attr), 0, 0, 0);
}

static int kernel_load(const struct gen_prog *p)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insns = (uint64_t)p->insns;
	attr.insn_cnt = p->n;
	attr.license = (uint64_t) "GPL";
	return (int)sys_bpf(BPF_PROG_LOAD, &attr);
}

static int kernel_run(int fd, uint32_t *ret_r0)
{
	static uint8_t frame[64];
	union bpf_attr attr;
	int err;

	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = (uint32_t)fd;
	attr.test.data_in = (uint64_t)frame;
	attr.test.data_size_in = sizeof(frame);
	attr.test.repeat = 1;
	err = (int)sys_bpf(BPF_PROG_TEST_RUN, &attr);
	*ret_r0 = attr.test.retval;
	return err;
}

static bool kernel_permits(struct gen_opts *opts)
{
	static struct gen_prog p = {
		.insns = { { .code = 0x7a, .dst_reg = 10, .off = -8 },
			   { .code = 0xdb, .dst_reg = 0, .src_reg = 10, .off = -8, .imm = 0x100 },
			   { .code = 0xb7 },
			   { .code = 0x95 } },
		.n = 4,
	};
	int fd = kernel_load(&p);

	opts->no_acquire = fd < 0;
	if (fd < 0) {
		p.insns[1] = p.insns[2];
		fd = kernel_load(&p);
	}
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void test_kernel_agrees(void **state)
{
	struct gen_opts opts = { .statements = 30, .max_trips = 6, .functions = 1 };
	static struct gen_prog p;
	struct oracle oracle = { .insns = p.insns, .limit = STEP_LIMIT };
	uint32_t n_run = 0;

	(void)state;
	if (!kernel_permits(&opts)) {
		puts("# SKIP the kernel does not permit BPF_PROG_LOAD here");
		skip();
	}
	for (uint64_t seed = seed_base(); seed < seed_base() + KERNEL_PROGRAMS; seed++) {
		struct rng rng = { seed ^ 0x6b65726e656cULL };
		uint64_t want = 0;
		uint32_t r0 = 0;
		int fd, err;

		gen_program(&rng, &opts, &p);
		if (!oracle_run(&oracle, 0, 0, &want))
			continue;
		fd = kernel_load(&p);
		if (fd < 0)
			continue;
		err = kernel_run(fd, &r0);
		close(fd);
		assert_int_equal(err, 0);
		n_run++;
		if (r0 != (uint32_t)want)
			fail_program(&p, seed, "kernel", r0, (uint32_t)want);
	}
	printf("# the kernel took %u of %u programs\n", n_run, KERNEL_PROGRAMS);
	assert_true(n_run > KERNEL_PROGRAMS / 2);
}

/*
 * Programs with maps: results and what they leave in the map.
 */

enum {
	MAP_ENTRIES = 2,
	MAP_PROGRAMS = 400
};

struct outcome {
	uint64_t r0;
	uint64_t values[MAP_ENTRIES];
};

static struct map *new_array(void)
{
	struct map_desc desc = { .type = BPF_MAP_TYPE_ARRAY,
				 .key_size = 4,
				 .value_size = 8,
				 .max_entries = MAP_ENTRIES,
				 .slots = 1,
				 .spin_lock_off = -1,
				 .timer_off = -1 };
	struct map *map = NULL;

	assert_int_equal(map_create(memfd_create("map", MFD_CLOEXEC), &desc, false, &map), 0);
	return map;
}

/* The engines are on trial here, not bpf_map_lookup_elem(): a helper of the test's own. */
static uint64_t lookup(uint64_t map, uint64_t key, uint64_t r3, uint64_t r4, uint64_t r5,
		       struct run *run)
{
	(void)r3, (void)r4, (void)r5;
	return (uint64_t)map_lookup((struct map *)map, (const void *)key, run->slot);
}

static const struct helper_proto lookup_proto = {
	.id = HELPER_HOST_BASE,
	.name = "lookup",
	.ret = RET_MAP_VALUE_OR_NULL,
	.arg = { ARG_CONST_MAP_PTR, ARG_MAP_KEY },
	.fn = lookup,
};
static const struct helper_set lookup_set = { &lookup_proto, 1 };

static void check_one(struct facts *f, struct map *map, struct run *run, uint64_t *ret_r0)
{
	struct interp_check *ck = NULL;
	uint64_t ctx = 0, bad = 0;
	char buf[256];
	struct text why;

	text_init(&why, buf, sizeof(buf));
	assert_int_equal(interp_check_new(&f->code, &ck), 0);
	interp_check_add_map(ck, map);
	*ret_r0 = interp_check_run(ck, &ctx, sizeof(ctx), run, &bad, &why);
	interp_check_free(ck);
	if (bad)
		fail_msg("%s", buf);
}

static struct outcome run_with_map(const struct gen_prog *p, int engine)
{
	struct run run = { .fuel = RAW_FUEL };
	struct jit_image *image = NULL;
	struct map *map = new_array();
	struct outcome out = { 0 };
	uint64_t ctx = 0;
	struct facts f;

	facts_init_insns(&f, p->insns, p->n, 80, &lookup_set, map);
	for (uint32_t i = 0; i < p->n; i++)
		if (p->insns[i].code == 0x85 && !p->insns[i].src_reg)
			f.facts.insns[i].imm = HELPER_HOST_BASE;
	if (engine == 0)
		out.r0 = interp_run(&f.code, &ctx, &run);
	if (engine == 1)
		check_one(&f, map, &run, &out.r0);
	if (engine >= 2) {
		f.code.tier = engine == 2 ? JIT_PLAIN : JIT_OPTIMISED;
		assert_int_equal(jit_compile(&f.code, &image), 0);
		assert_int_equal(image->tier, f.code.tier);
		out.r0 = image->entry(&ctx, &run);
		jit_free(image);
	}
	for (uint32_t key = 0; key < MAP_ENTRIES; key++)
		memcpy(&out.values[key], map_lookup(map, &key, 0), 8);
	facts_done(&f);
	map_unref(map);
	return out;
}

static int kernel_map(void)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = 4;
	attr.value_size = 8;
	attr.max_entries = MAP_ENTRIES;
	return (int)sys_bpf(BPF_MAP_CREATE, &attr);
}

/* false: the kernel's verifier did not take it. */
static bool run_in_kernel(struct gen_prog *p, struct outcome *ret)
{
	int map_fd = kernel_map(), fd;
	union bpf_attr attr;
	uint32_t r0 = 0;

	assert_true(map_fd >= 0);
	for (uint32_t i = 0; i < p->n_map_at; i++)
		p->insns[p->map_at[i]].imm = map_fd;
	fd = kernel_load(p);
	if (fd >= 0) {
		assert_int_equal(kernel_run(fd, &r0), 0);
		close(fd);
	}
	ret->r0 = r0;
	for (uint32_t key = 0; key < MAP_ENTRIES; key++) {
		memset(&attr, 0, sizeof(attr));
		attr.map_fd = (uint32_t)map_fd;
		attr.key = (uint64_t)&key;
		attr.value = (uint64_t)&ret->values[key];
		assert_int_equal(sys_bpf(BPF_MAP_LOOKUP_ELEM, &attr), 0);
	}
	close(map_fd);
	return fd >= 0;
}

static void expect_same(const struct gen_prog *p, uint64_t seed, const char *engine,
			const struct outcome *got, const struct outcome *want)
{
	if (got->r0 != want->r0)
		fail_program(p, seed, engine, got->r0, want->r0);
	for (uint32_t key = 0; key < MAP_ENTRIES; key++)
		if (got->values[key] != want->values[key])
			fail_program(p, seed, engine, got->values[key], want->values[key]);
}

static void test_maps_agree(void **state)
{
	struct gen_opts opts = {
		.statements = 40, .max_trips = 4, .functions = 1, .has_map = true
	};
	bool in_kernel = kernel_permits(&opts);
	uint32_t n_kernel = 0, n_lookups = 0;
	static struct gen_prog p;

	(void)state;
	for (uint64_t seed = seed_base(); seed < seed_base() + MAP_PROGRAMS; seed++) {
		struct rng rng = { seed ^ 0x6d617073ULL };
		struct outcome want, got;

		gen_program(&rng, &opts, &p);
		n_lookups += p.n_map_at;
		want = run_with_map(&p, 0);
		got = run_with_map(&p, 1);
		expect_same(&p, seed, "checking interpreter", &got, &want);
		got = run_with_map(&p, 2);
		expect_same(&p, seed, "JIT", &got, &want);
		got = run_with_map(&p, 3);
		expect_same(&p, seed, "optimising JIT", &got, &want);
		if (!in_kernel || seed % 4 || !run_in_kernel(&p, &got))
			continue;
		n_kernel++;
		want.r0 = (uint32_t)want.r0;
		expect_same(&p, seed, "kernel", &got, &want);
	}
	printf("# %u programs with %u lookups, %u of them in the kernel\n", MAP_PROGRAMS, n_lookups,
	       n_kernel);
	assert_true(n_lookups > MAP_PROGRAMS);
	assert_true(!in_kernel || n_kernel > MAP_PROGRAMS / 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_engines_agree),
		cmocka_unit_test(test_kernel_agrees),
		cmocka_unit_test(test_maps_agree),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
