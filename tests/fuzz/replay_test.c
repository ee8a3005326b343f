/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do the fuzzers' bodies hold on a fixed set of inputs?  Programs of the generators, whole and with
 * a few bytes changed, through each body; run looks for new ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "support/gen.h"

#define LLVMFuzzerTestOneInput fuzz_asm
#include "asm_fuzz.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_verify
#include "verify_fuzz.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_btf
#include "btf_fuzz.c"
#undef LLVMFuzzerTestOneInput

enum {
	INPUTS = 1500
};

static void test_replay(void **state)
{
	const struct gen_opts opts = { .statements = 6, .max_trips = 2, .has_map = true };
	static struct gen_prog p;
	static uint8_t bytes[1 + sizeof(p.insns)];
	struct rng rng = { 7 };

	(void)state;
	for (uint32_t i = 0; i < INPUTS; i++) {
		size_t size;

		gen_program(&rng, &opts, &p);
		bytes[0] = (uint8_t)rng_next(&rng);
		size = 1 + p.n * sizeof(p.insns[0]);
		memcpy(bytes + 1, p.insns, size - 1);
		for (uint32_t k = rng_below(&rng, 4); k; k--)
			bytes[rng_below(&rng, (uint32_t)size)] = (uint8_t)rng_next(&rng);
		if (rng_below(&rng, 8) == 0)
			size = rng_below(&rng, (uint32_t)size);
		assert_int_equal(fuzz_asm(bytes, size), 0);
		assert_int_equal(fuzz_verify(bytes, size), 0);
		assert_int_equal(fuzz_btf(bytes, size), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replay),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
