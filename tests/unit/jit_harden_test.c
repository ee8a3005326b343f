/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does hardened code keep what it promises?  Both tiers compute the same, hold none of a program's
 * constants, call only what the tag stands before, and wait where a guess could mislead an access.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/os.h"
#include "isa/asm.h"
#include "jit/code.h"
#include "jit/jit.h"
#include "jit/machine.h"
#include "support/facts.h"

static bool is_x64(void)
{
	return jit_machine() == &x64_machine;
}

static struct jit_image *compile(const struct facts *f, enum jit_tier tier, bool harden)
{
	struct jit_image *image = NULL;
	struct code code = f->code;

	code.tier = tier;
	code.harden = harden;
	assert_int_equal(jit_compile(&code, &image), 0);
	assert_int_equal(image->tier, tier);
	assert_int_equal(image->harden, harden);
	return image;
}

static bool holds(const struct jit_image *image, const void *bytes, size_t n)
{
	return memmem(image->code, image->size, bytes, n) != NULL;
}

/* Each way for an author's constant into code; all have the same bytes. */
static const char *const constants[] = {
	"r0 = 0x3cd08b48 ll; exit",
	"r0 = 0x3cd08b48; exit",
	"w0 = 0x3cd08b48; exit",
	"r0 = 0x3cd08b480f05c3c3 ll; exit",
	"r0 = *(u64 *)(r1 + 0); r0 += 0x3cd08b48; exit",
	"r0 = *(u64 *)(r1 + 0); w0 ^= 0x3cd08b48; exit",
	"r0 = *(u64 *)(r1 + 0); r0 &= 0x3cd08b48; exit",
	"r0 = *(u64 *)(r1 + 0); r0 *= 0x3cd08b48; exit",
	"r0 = *(u64 *)(r1 + 0); r0 -= 0x3cd08b48; exit",
	"r0 = *(u64 *)(r1 + 0); r0 |= 0x3cd08b48; exit",
	"r0 = *(u64 *)(r1 + 0); w0 /= 0x3cd08b48; exit",
	"r0 = *(u64 *)(r1 + 0); r0 s%= 0x3cd08b48; exit",
	"r0 = 1; r2 = *(u64 *)(r1 + 0); if r2 > 0x3cd08b48 goto +1; r0 = 7; exit",
	"r0 = 1; r2 = *(u64 *)(r1 + 0); if w2 & 0x3cd08b48 goto +1; r0 = 7; exit",
	"r0 = 0x3cd08b48; r2 = *(u64 *)(r1 + 0); if r2 > 3 goto +1; r0 = 7; exit",
	"*(u64 *)(r1 + 8) = 0x3cd08b48; r0 = *(u64 *)(r1 + 8); exit",
	"*(u32 *)(r1 + 8) = 0x3cd08b48; r0 = *(u64 *)(r1 + 8); exit",
	"r0 = *(u64 *)(r1 + 0); r0 &= 3; r0 += r1; r0 += 0x3cd08b48; r0 -= 0x3cd08b48;"
	"r0 = *(u8 *)(r0 + 0); exit",
	"r1 = 0x3cd08b48; call f; exit; f: r0 = r1; exit",
};

static void test_constants(void **state)
{
	static const uint8_t bytes[] = { 0x48, 0x8b, 0xd0, 0x3c };
	uint32_t n_plain = 0;

	(void)state;
	for (unsigned int i = 0; i < sizeof(constants) / sizeof(constants[0]); i++)
		for (int tier = JIT_PLAIN; tier <= JIT_OPTIMISED; tier++) {
			uint64_t memory[2][3] = { { 0x1234567890abcdef, 5, 0 },
						  { 0x1234567890abcdef, 5, 0 } };
			struct run run = { .fuel = 0 };
			struct jit_image *image, *other;
			struct facts f;

			facts_init(&f, constants[i], 0, NULL, NULL);
			image = compile(&f, tier, true);
			other = compile(&f, tier, false);
			if (is_x64() && holds(image, bytes, sizeof(bytes)))
				fail_msg("%s", constants[i]);
			n_plain += holds(other, bytes, sizeof(bytes));
			if (!strstr(constants[i], "r0 += r1"))
				assert_int_equal(image->entry(memory[0], &run),
						 other->entry(memory[1], &run));
			jit_free(image);
			jit_free(other);
			facts_done(&f);
		}
	assert_true(!is_x64() || n_plain > 20);
}

/* Two compilations have nothing of the constant in common. */
static void test_random(void **state)
{
	struct jit_image *first, *second;
	struct facts f;

	(void)state;
	if (!is_x64())
		return;
	facts_init(&f, "r0 = 0x1122334455667788 ll; exit", 0, NULL, NULL);
	first = compile(&f, JIT_PLAIN, true);
	second = compile(&f, JIT_PLAIN, true);
	assert_int_equal(first->size, second->size);
	assert_memory_not_equal(first->code, second->code, first->size);
	jit_free(first);
	jit_free(second);
	facts_done(&f);
}

/* 0: called; else the signal that stopped it. */
static int call_at(uint64_t (*invoke)(struct run *, uint64_t, uint64_t, uint64_t, uint64_t,
				      uint64_t, uint64_t),
		   struct run *run, uint64_t fn)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		signal(SIGTRAP, SIG_DFL);
		_exit(invoke(run, fn, 20, 0, 0, 0, 0) == 22 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status) ? -1 : 0;
}

static void test_targets(void **state)
{
	(void)state;
	for (int tier = JIT_PLAIN; tier <= JIT_OPTIMISED; tier++) {
		struct run run = { .fuel = 0 };
		struct jit_image *image;
		uint64_t fn = 0;
		struct facts f;

		facts_init(&f,
			   "r2 = func f ll; *(u64 *)(r1 + 0) = r2; r0 = 0; exit;"
			   "f: r0 = r1; r0 += 1; r0 += 1; exit",
			   0, NULL, NULL);
		image = compile(&f, tier, true);
		image->entry(&fn, &run);
		assert_int_equal(call_at(run.invoke, &run, fn), 0);
		assert_int_equal(call_at(run.invoke, &run, fn + 4), SIGTRAP);
		jit_free(image);
		facts_done(&f);
	}
}

static uint32_t fences(const char *text, enum jit_tier tier)
{
	static const uint8_t x64[] = { 0x0f, 0xae, 0xe8 }, a64[] = { 0x9f, 0x37, 0x03, 0xd5 };
	const uint8_t *fence = is_x64() ? x64 : a64, *at;
	size_t n = is_x64() ? sizeof(x64) : sizeof(a64), left;
	struct jit_image *image;
	uint32_t count = 0;
	struct facts f;

	facts_init(&f, text, 16, NULL, NULL);
	image = compile(&f, tier, true);
	at = image->code;
	left = image->size;
	while ((at = memmem(at, left, fence, n))) {
		count++;
		at += n;
		left = image->size - (size_t)(at - image->code);
	}
	jit_free(image);
	facts_done(&f);
	return count;
}

static void test_fences(void **state)
{
	static const char *const guarded =
		"r2 = *(u64 *)(r1 + 0); r3 = *(u64 *)(r1 + 8); r0 = 0; if r3 > 7 goto +3; r2 += r3;"
		"r0 = *(u8 *)(r2 + 0); r4 = *(u8 *)(r2 + 1); exit";
	static const char *const free_ones = "r2 = *(u64 *)(r1 + 0); r0 = *(u8 *)(r2 + 0); exit";
	static const char *const frame = "*(u64 *)(r10 - 8) = r1; r2 = *(u64 *)(r1 + 0); r0 = 0;"
					 "if r2 > 7 goto +1; r0 = *(u64 *)(r10 - 8); exit";
	static const char *const loop = "r2 = *(u64 *)(r1 + 0); r0 = 0; r3 = 0; again:"
					"r4 = *(u8 *)(r2 + 0); r0 += r4; r2 += 1; r3 += 1;"
					"if r3 < 100 goto again; exit";

	(void)state;
	assert_int_equal(fences(guarded, JIT_OPTIMISED), 1);
	assert_int_equal(fences(free_ones, JIT_OPTIMISED), 0);
	assert_int_equal(fences(frame, JIT_OPTIMISED), 0);
	assert_true(fences(loop, JIT_OPTIMISED) >= 1);
	/* What begins a function may have been guessed, too. */
	assert_int_equal(fences(guarded, JIT_PLAIN), 2);
	assert_int_equal(fences(free_ones, JIT_PLAIN), 1);
	assert_int_equal(fences(loop, JIT_PLAIN), 2);
}

static bool is_readable(const uint8_t *at)
{
	int fds[2];
	ssize_t n;

	assert_int_equal(pipe(fds), 0);
	n = write(fds[1], at, 1);
	close(fds[0]);
	close(fds[1]);
	return n == 1;
}

/* Whatever is published, the bytes before the first and behind the last page are out of reach. */
static void test_guards(void **state)
{
	size_t page = os_page_size(), size = 1 << 20;
	struct code_block block;
	struct code_pool *pool;
	uint8_t *bytes;

	(void)state;
	assert_int_equal(code_pool_new(&pool), 0);
	assert_int_equal(code_alloc(pool, size, &block), 0);
	bytes = mem_alloc(size);
	assert_non_null(bytes);
	assert_int_equal(code_publish(pool, &block, bytes, size), 0);
	mem_free(bytes);
	assert_true(is_readable(block.addr));
	assert_true(is_readable(block.addr + size - 1));
	assert_false(is_readable(block.addr - 1));
	assert_false(is_readable(block.addr - page));
	assert_false(is_readable(block.addr + size));
	code_free(pool, &block);
	code_pool_unref(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_constants), cmocka_unit_test(test_random),
		cmocka_unit_test(test_targets),   cmocka_unit_test(test_fences),
		cmocka_unit_test(test_guards),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
