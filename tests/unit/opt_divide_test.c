/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is what the optimiser makes of a division by a constant that division?  Constants and dividends
 * near boundaries, multiples of the constant and their neighbours, for dividends of all widths.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "jit/jit.h"
#include "support/rng.h"

enum {
	N_CONSTANTS = 250,
	N_VALUES = 60
};

/* What divides, and of how many bits. */
static const struct {
	uint8_t code;
	bool is_mod;
	unsigned int bits;
} divisions[] = {
	{ BPF_ALU64 | BPF_DIV, false, 64 },
	{ BPF_ALU64 | BPF_MOD, true, 64 },
	{ BPF_ALU | BPF_DIV, false, 32 },
	{ BPF_ALU | BPF_MOD, true, 32 },
};
static const struct {
	uint8_t code;
	unsigned int bits;
} loads[] = { { BPF_DW, 64 }, { BPF_W, 32 }, { BPF_H, 16 }, { BPF_B, 8 } };

static uint64_t low(uint64_t v, unsigned int bits)
{
	return bits == 64 ? v : v & ((1ULL << bits) - 1);
}

static uint64_t value_for(struct rng *rng, uint64_t k)
{
	uint64_t q = rng_value(rng);

	switch (rng_below(rng, 4)) {
	case 0: return q;
	case 1: return q / k * k;
	case 2: return q / k * k - 1;
	default: return (q & 0xffff) * k + rng_below(rng, 2);
	}
}

static void check(struct rng *rng, int32_t imm, unsigned int d, unsigned int l)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_LDX | BPF_MEM | loads[l].code, .src_reg = 1 },
		{ .code = divisions[d].code, .imm = imm },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct raw_prog prog = { .insns = insns, .n_insns = 3, .tier = JIT_OPTIMISED };
	uint64_t k = low((uint64_t)(int64_t)imm, divisions[d].bits);
	struct jit_image *image = NULL;

	assert_int_equal(jit_compile_raw(&prog, &image), 0);
	assert_int_equal(image->tier, JIT_OPTIMISED);
	for (int i = 0; i < N_VALUES; i++) {
		uint64_t v = value_for(rng, k), got = image->entry(&v, NULL);
		uint64_t a = low(low(v, loads[l].bits), divisions[d].bits);
		uint64_t want = divisions[d].is_mod ? a % k : a / k;

		if (got != want)
			fail_msg("0x%lx %s 0x%lx of %u bits is 0x%lx, not 0x%lx", a,
				 divisions[d].is_mod ? "%" : "/", k, divisions[d].bits, want, got);
	}
	jit_free(image);
}

static void test_divisions(void **state)
{
	struct rng rng = { 7 };

	(void)state;
	for (int32_t i = 0; i < N_CONSTANTS; i++) {
		int32_t imm = i < 80 ? i + 1 : (int32_t)(uint32_t)rng_value(&rng);

		for (unsigned int d = 0; imm && d < 4; d++)
			for (unsigned int l = 0; l < 4; l++)
				check(&rng, imm, d, l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_divisions),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
