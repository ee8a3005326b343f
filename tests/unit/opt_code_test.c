/* SPDX-License-Identifier: BSD-2-Clause */
/* Does optimised code run where the plain tier's does, and say so where it cannot be made? */
#include <errno.h>
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
#include "jit/machine.h"
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
	bool needs_bmi2 = jit_machine() == &x64_machine;
	struct jit_image *image;

	(void)state;
	memory[0] = 0x1100000000000022;
	memory[1] = 65;
	image = compile(shifts, JIT_CPU_FIRST);
	assert_int_equal(image->tier, needs_bmi2 ? JIT_PLAIN : JIT_OPTIMISED);
	if (needs_bmi2)
		assert_string_equal(image->why_plain, "this CPU lacks BMI2");
	assert_int_equal(run(image), 0x2200000000000044);
	image = compile(rotates, JIT_CPU_FIRST);
	assert_int_equal(image->tier, JIT_OPTIMISED);
	assert_null(image->why_plain);
	assert_int_equal(run(image), 0x1100000000002233);
	image = compile(shifts, JIT_CPU_THIS);
	assert_int_equal(image->tier, needs_bmi2 && !x64_has_bmi2() ? JIT_PLAIN : JIT_OPTIMISED);
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

/* Whoever loads a program decides what it looks like: what takes a square of its length shows. */

enum {
	MANY = 20000
};

static struct jit_image *compile_many(const char *head, const char *each)
{
	struct raw_prog prog = { .tier = JIT_OPTIMISED };
	struct asm_error error = { 0 };
	struct bpf_insn *part = NULL, *insns = mem_array(MANY + 8, sizeof(*insns));
	struct jit_image *image = NULL;
	uint32_t n;

	assert_non_null(insns);
	assert_int_equal(asm_text(head, strlen(head), &part, &n, &error), 0);
	memcpy(insns, part, n * sizeof(*part));
	prog.n_insns = n;
	mem_free(part);
	assert_int_equal(asm_text(each, strlen(each), &part, &n, &error), 0);
	for (; prog.n_insns + n < MANY; prog.n_insns += n)
		memcpy(insns + prog.n_insns, part, n * sizeof(*part));
	insns[prog.n_insns++] = (struct bpf_insn){ .code = 0x95 };
	prog.insns = insns;
	mem_free(part);
	assert_int_equal(jit_compile_raw(&prog, &image), 0);
	mem_free(insns);
	return image;
}

static void test_much(void **state)
{
	struct jit_image *image;
	uint64_t r0 = 1;

	(void)state;
	memset(memory, 0, sizeof(memory));
	image = compile_many("r0 = 1\n", "r1 = 0x123456789abc ll\nr0 *= r1\n");
	assert_int_equal(image->tier, JIT_OPTIMISED);
	for (uint32_t n = 1; n + 3 < MANY; n += 3)
		r0 *= 0x123456789abc;
	assert_int_equal(run(image), r0);
	image = compile_many("r7 = *(u32 *)(r1 + 0)\nr0 = 0\n",
			     "if r7 != 0 goto +4\nr2 = r7\nr2 *= 7\nr2 *= r2\nr0 += 3\n");
	assert_int_equal(image->tier, JIT_OPTIMISED);
	assert_int_equal(run(image), (MANY - 3) / 5 * 3);
	image = compile_many("r7 = *(u32 *)(r1 + 0)\nr0 = 0\n", "if r7 != 0 goto +1\nr0 += 3\n");
	assert_int_equal(image->tier, JIT_OPTIMISED);
	assert_int_equal(run(image), (MANY - 3) / 2 * 3);
	image = compile_many("r7 = *(u32 *)(r1 + 0)\nr0 = 0\n",
			     "r2 = 0\nr0 += r2\nr2 += 1\nif r2 != 9 goto -3\n");
	assert_int_equal(image->tier, JIT_OPTIMISED);
	assert_int_equal(run(image), (MANY - 3) / 4 * 36);
}

/* Ever more loops around each other: control goes backwards from each end to where all began. */
static void test_deep_loops(void **state)
{
	static const char *const head = "r7 = *(u32 *)(r1 + 0)\nr0 = 0\nr0 += 1\n";
	static struct bpf_insn insns[2 * 4000 + 8];
	struct raw_prog prog = { .insns = insns, .tier = JIT_OPTIMISED };
	struct asm_error error = { 0 };
	struct bpf_insn *part = NULL;
	struct jit_image *image = NULL;
	uint32_t n;

	(void)state;
	assert_int_equal(asm_text(head, strlen(head), &part, &n, &error), 0);
	memcpy(insns, part, n * sizeof(*part));
	mem_free(part);
	for (int k = 0; k < 4000; k++)
		insns[n++] = (struct bpf_insn){ .code = 0x07, .imm = 1 };
	for (int k = 0; k < 4000; k++)
		insns[n++] = (struct bpf_insn){ .code = 0x55,
						.dst_reg = 7,
						.off = (int16_t)(-2 * k - 2) };
	insns[n++] = (struct bpf_insn){ .code = 0x95 };
	prog.n_insns = n;
	assert_int_equal(jit_compile_raw(&prog, &image), 0);
	assert_int_equal(image->tier, JIT_PLAIN);
	assert_string_equal(image->why_plain, "loops too deep or too tangled");
	assert_int_equal(run(image), 4001);
}

#ifdef RING3_HOSTILE
/* When memory ends at the n-th request there is plain code, or none; the hostile build shows it. */
static void test_no_memory(void **state)
{
	static const char *const source = "r2 = *(u64 *)(r1 + 0)\nr0 = 0\nr0 += r2\nr2 += -1\n"
					  "if r2 != 0 goto -3\nr3 = 0x123456789abc ll\n"
					  "r0 ^= r3\nexit\n";
	uint32_t n_failed = 0, n_plain = 0, n = 0, good = 0, n_insns;
	struct bpf_insn *insns = NULL;
	struct asm_error error = { 0 };
	struct raw_prog prog = { .tier = JIT_OPTIMISED };

	(void)state;
	memory[0] = 10;
	assert_int_equal(asm_text(source, strlen(source), &insns, &n_insns, &error), 0);
	prog.insns = insns;
	prog.n_insns = n_insns;
	for (; good < 10; n++) {
		struct jit_image *image = NULL;
		int err;

		mem_fail_after(n);
		err = jit_compile_raw(&prog, &image);
		mem_fail_after(-1);
		if (err)
			assert_int_equal(err, -ENOMEM);
		n_failed += err != 0;
		if (err)
			continue;
		n_plain += image->tier == JIT_PLAIN;
		if (image->tier == JIT_PLAIN)
			assert_string_equal(image->why_plain, "no memory");
		good = image->tier == JIT_OPTIMISED ? good + 1 : 0;
		assert_int_equal(run(image), 55 ^ 0x123456789abc);
	}
	mem_free(insns);
	print_message("# %u requests: %u without code, %u plainly\n", n, n_failed, n_plain);
	assert_true(n_failed > 3 && n_plain > 0);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpu),       cmocka_unit_test(test_constant_addresses),
		cmocka_unit_test(test_much),      cmocka_unit_test(test_deep_loops),
#ifdef RING3_HOSTILE
		cmocka_unit_test(test_no_memory),
#endif
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
