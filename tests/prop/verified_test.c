/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is what the verifier accepts executed alike by all engines, and does it stay inside what the
 * verifier claimed?  Random programs that are safe by construction must be accepted; the checking
 * interpreter compares every state with the claims, the JIT uses the facts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "helper/packet.h"
#include "helper/prog_type.h"
#include "isa/disasm.h"
#include "jit/jit.h"
#include "map/map.h"
#include "support/gen.h"
#include "verify/verify.h"

enum {
	PROGRAMS = 200,
	WILD_PROGRAMS = 1500,
	ENTRIES = 2
};
enum engine {
	INTERP,
	CHECK,
	JIT
};

struct outcome {
	uint64_t r0;
	uint64_t values[ENTRIES][2];
};

/* What the program finds in its context and its map. */
struct input {
	struct packet ctx;
	uint64_t values[ENTRIES][2];
};

static uint64_t seed_base(void)
{
	const char *s = getenv("SEED");

	return s ? strtoull(s, NULL, 0) : 1;
}

static void print_program(const struct gen_prog *p)
{
	char buf[128];
	struct text t;

	for (uint32_t i = 0; i < p->n; i += isa_is_wide(p->insns[i].code) ? 2 : 1) {
		text_init(&t, buf, sizeof(buf));
		disasm_insn(&p->insns[i], p->n - i, &t);
		printf("# %4u: %s\n", i, buf);
	}
}

static struct map *new_array(void)
{
	struct map_desc desc = { .type = BPF_MAP_TYPE_ARRAY,
				 .key_size = 4,
				 .value_size = 16,
				 .max_entries = ENTRIES,
				 .slots = 1,
				 .spin_lock_off = -1,
				 .timer_off = -1 };
	struct map *map = NULL;

	assert_int_equal(map_create(memfd_create("map", MFD_CLOEXEC), &desc, false, &map), 0);
	return map;
}

static int judge(const struct gen_prog *p, struct map *map, struct verify_facts **ret_facts,
		 struct verify_diag *diag)
{
	struct map *maps[64];
	struct verify_input in = {
		.insns = p->insns,
		.n_insns = p->n,
		.type = prog_type_of(BPF_PROG_TYPE_SOCKET_FILTER, 0),
		.gpl = true,
		.name = "random",
		.policy = verify_policy_privileged(),
		.maps = maps,
		.map_at = p->map_at,
		.n_map_refs = p->n_map_at,
		.must_run = true,
		.want_claims = true,
	};
	struct verify_stats stats;

	for (uint32_t i = 0; i < p->n_map_at; i++)
		maps[i] = map;
	return verify_prog(&in, &stats, ret_facts, diag);
}

static struct verify_facts *accept(const struct gen_prog *p, struct map *map, uint64_t seed)
{
	struct verify_facts *facts = NULL;
	struct verify_diag diag;

	if (judge(p, map, &facts, &diag) != 0) {
		print_program(p);
		fail_msg("seed %" PRIu64 ": refused at %u: %s (%s)", seed, diag.insn, diag.message,
			 diag.reason);
	}
	return facts;
}

static uint64_t run_checked(const struct gen_prog *p, const struct code *code, struct map *map,
			    struct packet *ctx, struct run *run, uint64_t seed)
{
	struct interp_check *ck = NULL;
	uint64_t r0, bad = 0;
	char buf[300];
	struct text why;

	text_init(&why, buf, sizeof(buf));
	assert_int_equal(interp_check_new(code, &ck), 0);
	interp_check_add_map(ck, map);
	r0 = interp_check_run(ck, ctx, sizeof(*ctx), run, &bad, &why);
	interp_check_free(ck);
	if (bad) {
		print_program(p);
		fail_msg("seed %" PRIu64 ": %s", seed, buf);
	}
	return r0;
}

static struct outcome run_on(const struct gen_prog *p, enum engine engine,
			     const struct verify_facts *facts, struct map *map,
			     const struct input *input, uint64_t seed)
{
	struct packet ctx = input->ctx;
	struct run run = { .fuel = RAW_FUEL, .ctx = &ctx, .packet = &ctx };
	struct code code = { .facts = facts, .name = "random" };
	struct jit_image *image = NULL;
	struct outcome out = { 0 };

	for (uint32_t key = 0; key < ENTRIES; key++)
		memcpy(map_lookup(map, &key, 0), input->values[key], 16);
	switch (engine) {
	case INTERP: out.r0 = interp_run(&code, &ctx, &run); break;
	case CHECK: out.r0 = run_checked(p, &code, map, &ctx, &run, seed); break;
	case JIT:
		assert_int_equal(jit_compile(&code, &image), 0);
		out.r0 = image->entry(&ctx, &run);
		jit_free(image);
		break;
	}
	for (uint32_t key = 0; key < ENTRIES; key++)
		memcpy(out.values[key], map_lookup(map, &key, 0), 16);
	return out;
}

static void expect_same(const struct gen_prog *p, uint64_t seed, const char *engine,
			const struct outcome *got, const struct outcome *want)
{
	if (memcmp(got, want, sizeof(*got)) == 0)
		return;
	print_program(p);
	fail_msg("seed %" PRIu64 ": %s gives 0x%" PRIx64 ", the interpreter 0x%" PRIx64, seed,
		 engine, got->r0, want->r0);
}

/* The checker first: it finds what would corrupt this process on the other engines. */
static void compare_engines(const struct gen_prog *p, const struct verify_facts *facts,
			    struct map *map, const struct input *input, uint64_t seed)
{
	struct outcome want = run_on(p, CHECK, facts, map, input, seed), got;

	got = run_on(p, INTERP, facts, map, input, seed);
	expect_same(p, seed, "interpreter", &got, &want);
	got = run_on(p, JIT, facts, map, input, seed);
	expect_same(p, seed, "JIT", &got, &want);
}

static void test_safe_programs_agree(void **state)
{
	const struct gen_opts opts = {
		.statements = 40, .max_trips = 4, .functions = 1, .has_map = true
	};
	const struct input input = { .values = { { 0 } } };
	static struct gen_prog p;
	struct map *map = new_array();
	uint32_t n_claims = 0;

	(void)state;
	for (uint64_t seed = seed_base(); seed < seed_base() + PROGRAMS; seed++) {
		struct rng rng = { seed ^ 0x766572696679ULL };
		struct verify_facts *facts;

		gen_program(&rng, &opts, &p);
		facts = accept(&p, map, seed);
		n_claims += facts->claims != NULL;
		compare_engines(&p, facts, map, &input, seed);
		verify_facts_free(facts);
	}
	map_unref(map);
	printf("# %u programs, %u with claims\n", PROGRAMS, n_claims);
	assert_true(n_claims > PROGRAMS / 2);
}

static void random_input(struct rng *rng, struct input *input)
{
	uint32_t *words = (uint32_t *)&input->ctx.len;
	uint32_t *end = &input->ctx.remote_port;

	memset(input, 0, sizeof(*input));
	for (; words < end; words++)
		*words = (uint32_t)rng_value(rng);
	for (uint32_t key = 0; key < ENTRIES; key++)
		for (uint32_t i = 0; i < 2; i++)
			input->values[key][i] = rng_value(rng);
}

/* Unknown inputs, pointer arithmetic that is bounded well, badly or not at all. */
static void test_wild_programs_are_caught(void **state)
{
	const struct gen_opts opts = {
		.statements = 24, .max_trips = 2, .has_map = true, .has_input = true, .wild = true
	};
	static struct gen_prog p;
	struct map *map = new_array();
	uint32_t n_accepted = 0, n_refused = 0;

	(void)state;
	for (uint64_t seed = seed_base(); seed < seed_base() + WILD_PROGRAMS; seed++) {
		struct rng rng = { seed ^ 0x77696c64ULL };
		struct verify_facts *facts = NULL;
		struct verify_diag diag;

		gen_program(&rng, &opts, &p);
		if (judge(&p, map, &facts, &diag) != 0) {
			n_refused++;
			continue;
		}
		n_accepted++;
		for (int i = 0; i < 8; i++) {
			struct input input;

			random_input(&rng, &input);
			compare_engines(&p, facts, map, &input, seed);
		}
		verify_facts_free(facts);
	}
	map_unref(map);
	printf("# %u accepted, %u refused\n", n_accepted, n_refused);
	assert_true(n_accepted > WILD_PROGRAMS / 20 && n_refused > WILD_PROGRAMS / 20);
}

/* The verifier saw 5, the program computes with 6: the oracle must notice. */
static void test_claims_are_compared(void **state)
{
	static const struct bpf_insn insns[] = {
		{ .code = 0xb7, .dst_reg = 6, .imm = 5 },
		{ .code = 0xbf, .dst_reg = 0, .src_reg = 6 },
		{ .code = 0x95 },
	};
	static struct gen_prog p = { .n = 3 };
	struct packet ctx = { .len = 0 };
	struct run run = { .fuel = RAW_FUEL, .ctx = &ctx };
	struct interp_check *ck = NULL;
	struct verify_facts *facts;
	struct code code = { 0 };
	char buf[300];
	struct text why;
	uint64_t bad = 0;

	(void)state;
	memcpy(p.insns, insns, sizeof(insns));
	facts = accept(&p, NULL, 0);
	assert_non_null(facts->claims);
	facts->insns[0].imm = 6;
	code.facts = facts;
	text_init(&why, buf, sizeof(buf));
	assert_int_equal(interp_check_new(&code, &ck), 0);
	interp_check_run(ck, &ctx, sizeof(ctx), &run, &bad, &why);
	assert_true(bad > 0);
	assert_non_null(strstr(buf, "instruction 1 "));
	assert_non_null(strstr(buf, "claimed"));
	printf("# %s\n", buf);
	interp_check_free(ck);
	verify_facts_free(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_safe_programs_agree),
		cmocka_unit_test(test_wild_programs_are_caught),
		cmocka_unit_test(test_claims_are_compared),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
