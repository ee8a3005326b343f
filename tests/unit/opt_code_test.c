/* SPDX-License-Identifier: BSD-2-Clause */
/* Does optimised code run where the plain tier's does, and say so where it cannot be made? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/os.h"
#include "isa/asm.h"
#include "jit/jit.h"
#include "jit/x64.h"

static uint64_t memory[8];

static struct jit_image *compile(const char *source, enum jit_cpu cpu)
{
	struct raw_prog prog = { .tier = JIT_OPTIMISED, .cpu = cpu };
	struct asm_error error = { 0 };
	struct bpf_insn *insns = NULL;
	struct jit_image *image = NULL;

	assert_int_equal(asm_text(source, strlen(source), &insns, &prog.n_insns, &error), 0);
	prog.insns = insns;
	assert_int_equal(jit_compile_raw(&prog, &image), 0);
	mem_free(insns);
	return image;
}

static uint64_t run(struct jit_image *image)
{
	uint64_t r0 = image->entry(memory, NULL);

	jit_free(image);
	return r0;
}

static void test_cpu(void **state)
{
	static const char *const shifts =
		"r0 = *(u64 *)(r1 + 0)\nr2 = *(u64 *)(r1 + 8)\nr0 <<= r2\nexit\n";
	static const char *const rotates =
		"r2 = *(u64 *)(r1 + 0)\nr3 = r2\nr3 <<= 8\n"
		"r4 = r2\nr4 >>= 56\nr3 |= r4\nr0 = r3\nr0 ^= r2\nexit\n";
	struct jit_image *image;

	(void)state;
	memory[0] = 0x1100000000000022;
	memory[1] = 65;
	image = compile(shifts, JIT_CPU_FIRST);
	assert_int_equal(image->tier, JIT_PLAIN);
	assert_string_equal(image->why_plain, "this CPU lacks BMI2");
	assert_int_equal(run(image), 0x2200000000000044);
	image = compile(rotates, JIT_CPU_FIRST);
	assert_int_equal(image->tier, JIT_OPTIMISED);
	assert_null(image->why_plain);
	assert_int_equal(run(image), 0x1100000000002233);
	image = compile(shifts, JIT_CPU_THIS);
	assert_int_equal(image->tier, x64_has_bmi2() ? JIT_OPTIMISED : JIT_PLAIN);
	assert_int_equal(run(image), 0x2200000000000044);
	image = compile(rotates, JIT_CPU_THIS);
	assert_int_equal(run(image), 0x1100000000002233);
}

/* As the values of arrays with one entry are reached. */
static void test_constant_addresses(void **state)
{
	char source[512];
	struct jit_image *image;

	(void)state;
	memset(memory, 0, sizeof(memory));
	snprintf(source, sizeof(source),
		 "r2 = 0x%" PRIx64 " ll\nr0 = 5\n*(u64 *)(r2 + 8) = r0\n*(u8 *)(r2 + 16) = 7\n"
		 "lock *(u64 *)(r2 + 8) += r0\nr0 = *(u64 *)(r2 + 8)\nr3 = *(u8 *)(r2 + 16)\n"
		 "r0 += r3\nexit\n",
		 (uint64_t)(uintptr_t)memory);
	image = compile(source, JIT_CPU_THIS);
	assert_int_equal(image->tier, JIT_OPTIMISED);
	assert_int_equal(run(image), 17);
	assert_int_equal(memory[1], 10);
	assert_int_equal(memory[2], 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpu),
		cmocka_unit_test(test_constant_addresses),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
