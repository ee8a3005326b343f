/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do both tiers of the JIT compute what the interpreter does, whatever they are given?  Random
 * programs that are safe by construction, each with many inputs.  PROGRAMS says how many, SEED
 * where to begin: a line every thousand programs says how far it came.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "isa/disasm.h"
#include "jit/jit.h"
#include "run/engine.h"
#include "support/gen.h"

enum {
	PROGRAMS = 400,
	N_INPUTS = 32,
	REPORT_EACH = 1000
};

/* The second half of them hardened. */
static const enum jit_tier tiers[] = { JIT_PLAIN, JIT_OPTIMISED, JIT_PLAIN, JIT_OPTIMISED };
enum {
	N_TIERS = sizeof(tiers) / sizeof(tiers[0])
};

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);

	return s ? strtoull(s, NULL, 0) : otherwise;
}

static void fail_program(const struct gen_prog *p, uint64_t seed, enum jit_tier tier, uint64_t got,
			 uint64_t want)
{
	char buf[128];
	struct text t;

	for (uint32_t i = 0; i < p->n; i += isa_is_wide(p->insns[i].code) ? 2 : 1) {
		text_init(&t, buf, sizeof(buf));
		disasm_insn(&p->insns[i], p->n - i, &t);
		printf("# %4u: %s\n", i, buf);
	}
	fail_msg("seed %" PRIu64 ": %s code gives 0x%" PRIx64 ", the interpreter 0x%" PRIx64, seed,
		 jit_tier_name(tier), got, want);
}

/* entry(mem, len) of a raw program: the second is no run. */
static uint64_t run(const struct jit_image *image, uint64_t *mem)
{
	return image->entry(mem, (struct run *)(uintptr_t)(GEN_INPUTS * sizeof(*mem)));
}

static void check_program(const struct gen_prog *p, uint64_t seed, struct rng *rng)
{
	struct raw_prog prog = { .insns = p->insns, .n_insns = p->n };
	struct jit_image *images[N_TIERS];
	uint64_t mem[GEN_INPUTS], want, got;
	char buf[256];
	struct text why;

	for (int t = 0; t < N_TIERS; t++) {
		prog.tier = tiers[t];
		prog.harden = t >= N_TIERS / 2;
		assert_int_equal(jit_compile_raw(&prog, &images[t]), 0);
		assert_int_equal(images[t]->tier, tiers[t]);
	}
	for (int i = 0; i < N_INPUTS; i++) {
		for (int k = 0; k < GEN_INPUTS; k++)
			mem[k] = rng_value(rng);
		text_init(&why, buf, sizeof(buf));
		assert_int_equal(interp_raw(&prog, mem, sizeof(mem), &want, &why), 0);
		for (int t = 0; t < N_TIERS; t++) {
			got = run(images[t], mem);
			if (got != want)
				fail_program(p, seed, tiers[t], got, want);
		}
	}
	for (int t = 0; t < N_TIERS; t++)
		jit_free(images[t]);
}

static void test_tiers_agree(void **state)
{
	uint64_t seed = number("SEED", 1), end = seed + number("PROGRAMS", PROGRAMS), n = 0;
	static struct gen_prog p;

	(void)state;
	for (; seed < end; seed++) {
		struct rng rng = { seed ^ 0x7469657273ULL };
		struct gen_opts opts = { .statements = 10 + (uint32_t)(seed % 7) * 8,
					 .functions = seed % 3,
					 .max_trips = 2 + seed % 9,
					 .has_memory = true,
					 .cuts = seed % 2 };

		gen_program(&rng, &opts, &p);
		check_program(&p, seed, &rng);
		n++;
		if (n % REPORT_EACH == 0)
			printf("# %" PRIu64 " programs, %" PRIu64 " runs of each engine, next seed "
			       "%" PRIu64 "\n",
			       n, n * N_INPUTS, seed + 1);
	}
	assert_true(n > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tiers_agree),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
