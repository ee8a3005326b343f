/* SPDX-License-Identifier: BSD-2-Clause */
/* Does an arena give back what was allocated since a mark, keep to its limit, and leave lent memory
 * to its owner? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/arena.h"

static void test_rewind(void **state)
{
	struct arena a;
	struct arena_mark mark;
	char *first, *second;
	size_t used;

	(void)state;
	arena_init(&a, 0);
	first = arena_alloc(&a, 100);
	memset(first, 1, 100);
	mark = arena_mark(&a);
	used = a.used;
	second = arena_alloc_raw(&a, 100);
	assert_non_null(arena_alloc(&a, 1 << 20));
	arena_rewind(&a, mark);
	assert_int_equal(a.used, used);
	assert_ptr_equal(arena_alloc(&a, 100), second);
	assert_int_equal(second[99], 0);
	assert_int_equal(first[99], 1);
	arena_done(&a);
	assert_int_equal(a.used, 0);
}

static void test_lent(void **state)
{
	_Alignas(16) char memory[4096 + 1] = { [4096] = 42 };
	struct arena a;
	char *p;

	(void)state;
	arena_init(&a, 1 << 20);
	arena_lend(&a, memory, 4096);
	assert_int_equal(a.used, 4096);
	p = arena_alloc(&a, 1000);
	assert_true(p >= memory && p + 1000 <= memory + 4096);
	p = arena_alloc(&a, 4000);
	assert_true(p + 4000 <= memory || p >= memory + 4096);
	memset(p, 1, 4000);
	assert_int_equal(memory[4096], 42);
	arena_done(&a);
}

static void test_limit(void **state)
{
	struct arena a;
	size_t most = 0;

	(void)state;
	arena_init(&a, 8 << 20);
	while (arena_alloc_raw(&a, 10000))
		most += 10000;
	assert_true(a.used <= 8 << 20);
	/* Large chunks do not make it give up early. */
	assert_true(most > 7 << 20);
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rewind),
		cmocka_unit_test(test_lent),
		cmocka_unit_test(test_limit),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
