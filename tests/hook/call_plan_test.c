/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which bytes around a `syscall` instruction become a jump, and is its number known?  Each shape is
 * code that is planned for and not run.
 */
#include "hook/fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "hook/call.h"
#include "hook/call_plan.h"
#include "hook/code_mem.h"

FUNCTION(number_before, "mov $39, %eax\nsyscall\nret\n");
FUNCTION(number_far,
	 "push %rbx\nmov $257, %eax\nmov %rdi, %rsi\nxor %edi, %edi\nsyscall\npop %rbx\nret\n");
FUNCTION(number_lost,
	 "push %rbx\nmov $257, %eax\nadd %edi, %eax\nsyscall\ncmp $-4095, %rax\npop %rbx\nret\n");
FUNCTION(number_joined, "test %edi, %edi\nje 1f\nmov $1, %eax\nadd $0x12345, %esi\njmp 2f\n"
			"1: mov $39, %eax\n2: syscall\ncmp $-4095, %rax\njae 1b\nret\n");
FUNCTION(read_zero,
	 "push %rbx\nxor %eax, %eax\nsyscall\ncmp $-4096, %rax\nja 1f\npop %rbx\nret\n1: ud2\n");
FUNCTION(only_before, "push %rbx\nadd %esi, %edi\nmov %edx, %eax\nsyscall\nret\n");
FUNCTION(loops_back,
	 "push %rbx\n1: syscall\n2: dec %edi\njne 2b\ndec %esi\njne 1b\npop %rbx\nret\n");
FUNCTION(restorer, "mov $15, %rax\nsyscall\n");
FUNCTION(in_data, "mov $0x050f, %eax\nmov $0x0000050f, %ecx\nret\n");

static struct code_mem mem;

enum {
	PAGE = 4096,
	ALONE = 64 << 20
};

/* With nothing around it that a short jump might lead to, as libraries and heaps are. */
static uint8_t *copy_alone(const char *code, uint64_t size)
{
	static uint8_t *page;
	uint8_t *all;

	assert_true(size <= PAGE);
	if (!page) {
		all = mmap(NULL, 2 * (size_t)ALONE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_true(all != MAP_FAILED);
		munmap(all, 2 * (size_t)ALONE);
		page = mmap(all + ALONE, PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		assert_true(page != MAP_FAILED);
	}
	memcpy(page, code, size);
	return page;
}

static struct call_func decode(const char *code, uint64_t size)
{
	uint8_t *heads = calloc(1, size), *copy = copy_alone(code, size);

	assert_non_null(heads);
	for (uint64_t off = 0; off < size; off += insn_length(copy + off, size - off))
		heads[off] = 1;
	return (struct call_func){ .addr = (uint64_t)(uintptr_t)copy,
				   .size = size,
				   .code = copy,
				   .heads = heads,
				   .room = size };
}

static uint64_t find(const struct call_func *f)
{
	for (uint64_t off = 0; off + 1 < f->size; off++)
		if (f->heads[off] && f->code[off] == 0x0f && f->code[off + 1] == 0x05)
			return off;
	return UINT64_MAX;
}

struct want {
	int err;
	int32_t nr;
	uint32_t at;    /* offset of the jump */
	uint32_t heads; /* as in struct patch */
	uint32_t n;     /* instructions that are displaced */
};

static void check(const char *code, uint64_t size, struct want want)
{
	struct call_func f = decode(code, size);
	struct site_plan plan;
	uint64_t off = find(&f);
	struct text why;
	char buf[200];
	int32_t nr;
	int err;

	text_init(&why, buf, sizeof(buf));
	assert_true(off != UINT64_MAX);
	nr = call_plan_nr(&f, off);
	assert_int_equal(nr, want.nr);
	err = call_plan(&mem, &f, off, nr, &plan, &why);
	assert_int_equal(err, want.err);
	if (err) {
		assert_true(why.len > 0);
	} else {
		assert_int_equal(plan.patch.addr - f.addr, want.at);
		assert_int_equal(plan.patch.heads, want.heads);
		assert_int_equal(plan.span.n, want.n);
		assert_int_equal(plan.patch.new[0], 0xe9);
		assert_memory_equal(plan.patch.old, code + want.at, 5);
		if (want.n == 1)
			assert_memory_equal(plan.patch.new + 2, plan.patch.old + 2, 3);
		/* Whoever is at an instruction that goes finds it in the trampoline. */
		for (uint32_t i = 0; i < plan.span.n; i++)
			assert_in_range(plan.tramp.copy[i], plan.tramp.addr,
					plan.tramp.addr + plan.tramp.size - 1);
	}
	free((void *)(uintptr_t)f.heads);
}

/* The call's two bytes begin a jump that ends with what follows them; it leads to one of eight
 * places, and if all of them are taken something else must be found. */
static void check_short(const char *code, uint64_t size, int32_t nr, uint32_t at)
{
	for (int i = 0; i < 8; i++)
		check(code, size, (struct want){ .nr = nr, .at = at, .n = 1 });
}

#define CHECK(name, ...) check(name, name##_size, (struct want){ __VA_ARGS__ })

/* A function's first instruction is left to probes where there is another way. */
static void test_windows(void **state)
{
	(void)state;
	CHECK(number_far, .nr = 257, .at = 1, .n = 4);
	CHECK(number_lost, .nr = -1, .at = 1, .n = 3);
	check_short(read_zero, read_zero_size, 0, 3);
	CHECK(read_zero, .nr = 0, .at = 3, .heads = 1 << 2, .n = 2);
	CHECK(restorer, .nr = 15, .at = 0, .n = 2);
}

/* Two ways lead to the call, so neither number is its, and what is in front of it stays. */
static void test_joined(void **state)
{
	(void)state;
	check_short(number_joined, number_joined_size, -1, 22);
	CHECK(number_joined, .nr = -1, .at = 22, .heads = 1 << 2, .n = 2);
}

/* `ret` is followed by nothing of this function. */
static void test_before(void **state)
{
	(void)state;
	CHECK(only_before, .nr = -1, .at = 3, .heads = 1 << 2 | 1 << 4, .n = 3);
	CHECK(number_before, .nr = 39, .at = 0, .n = 2);
}

/* A branch lands behind the call, in front of it nothing may go: fails without lands_between(). */
static void test_refused(void **state)
{
	(void)state;
	check_short(loops_back, loops_back_size, -1, 1);
	CHECK(loops_back, .err = -EOPNOTSUPP, .nr = -1);
}

static void test_data(void **state)
{
	struct call_func f = decode(in_data, in_data_size);

	(void)state;
	assert_true(find(&f) == UINT64_MAX);
	free((void *)(uintptr_t)f.heads);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows), cmocka_unit_test(test_joined),
		cmocka_unit_test(test_before),  cmocka_unit_test(test_refused),
		cmocka_unit_test(test_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
