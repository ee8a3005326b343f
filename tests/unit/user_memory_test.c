/* SPDX-License-Identifier: BSD-2-Clause */
/* Is the caller's memory read and written wherever it is there, and refused wherever a byte of it
 * is not? */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "abi/abi.h"
#include "base/os.h"

enum {
	PAGES = 6 /* more than are asked for one by one */
};

/* Pages of which each byte is known, between two that are not there. */
struct area {
	size_t page;
	uint8_t *bytes, *end;
};

static int set_up(void **state)
{
	struct area *a = test_malloc(sizeof(*a));
	uint8_t *all;

	a->page = os_page_size();
	all = mmap(NULL, (PAGES + 2) * a->page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(all, MAP_FAILED);
	a->bytes = all + a->page;
	a->end = a->bytes + PAGES * a->page;
	assert_false(mprotect(a->bytes, PAGES * a->page, PROT_READ | PROT_WRITE));
	for (size_t i = 0; i < PAGES * a->page; i++)
		a->bytes[i] = (uint8_t)(i * 7 + i / 256);
	*state = a;
	return 0;
}

static int tear_down(void **state)
{
	struct area *a = *state;

	munmap(a->bytes - a->page, (PAGES + 2) * a->page);
	test_free(a);
	return 0;
}

static uint64_t at(const uint8_t *p)
{
	return (uint64_t)(uintptr_t)p;
}

static void test_whole(void **state)
{
	const struct area *a = *state;
	size_t sizes[] = { 1, 2, 11, 12, 13, 100, a->page, 3 * a->page, PAGES * a->page };
	uint8_t *got = test_malloc(PAGES * a->page);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const uint8_t *last = a->end - sizes[i];

		assert_int_equal(user_read(got, at(last), sizes[i]), 0);
		assert_memory_equal(got, last, sizes[i]);
		assert_int_equal(user_read(got, at(a->bytes), sizes[i]), 0);
		assert_memory_equal(got, a->bytes, sizes[i]);
	}
	test_free(got);
}

static void test_absent(void **state)
{
	const struct area *a = *state;
	uint8_t *got = test_malloc((PAGES + 2) * a->page);

	for (size_t over = 1; over < 20; over++) {
		assert_int_equal(user_read(got, at(a->end) - 8, 8 + over), -EFAULT);
		assert_int_equal(user_read(got, at(a->bytes) - over, 40), -EFAULT);
		assert_int_equal(user_read(got, at(a->bytes), PAGES * a->page + over), -EFAULT);
	}
	assert_int_equal(user_read(got, 0, 8), -EFAULT);
	assert_int_equal(user_read(got, 8, 8), -EFAULT);
	assert_int_equal(user_read(got, UINT64_MAX - 3, 8), -EFAULT);
	assert_int_equal(user_read(got, UINT64_MAX - 3, 4), -EFAULT);
	assert_int_equal(user_read(got, 0, 0), 0);
	test_free(got);
}

/* A page in the middle, too. */
static void test_hole(void **state)
{
	const struct area *a = *state;
	uint8_t *got = test_malloc(PAGES * a->page);

	assert_false(mprotect(a->bytes + 2 * a->page, a->page, PROT_NONE));
	assert_int_equal(user_read(got, at(a->bytes) + a->page, 3 * a->page), -EFAULT);
	assert_int_equal(user_read(got, at(a->bytes), PAGES * a->page), -EFAULT);
	assert_int_equal(user_read(got, at(a->bytes) + a->page, a->page), 0);
	assert_int_equal(user_read(got, at(a->bytes) + 3 * a->page, a->page), 0);
	test_free(got);
}

static void test_parts(void **state)
{
	const struct area *a = *state;
	uint8_t few[40], *many = test_malloc(PAGES * a->page), one;
	struct user_part parts[USER_PARTS] = {
		{ few, at(a->end) - sizeof(few), sizeof(few) },
		{ many, at(a->bytes), PAGES * a->page },
		{ &one, at(a->bytes) + a->page - 1, 1 },
		{ NULL, 0, 0 },
	};

	assert_int_equal(user_read_parts(parts, 3), 0);
	assert_memory_equal(few, a->end - sizeof(few), sizeof(few));
	assert_memory_equal(many, a->bytes, PAGES * a->page);
	assert_int_equal(one, a->bytes[a->page - 1]);
	for (unsigned int bad = 0; bad < 3; bad++) {
		struct user_part was = parts[bad];

		parts[bad].from = at(a->end) - parts[bad].size + 1;
		assert_int_equal(user_read_parts(parts, 3), -EFAULT);
		parts[bad].from = 1;
		assert_int_equal(user_read_parts(parts, 3), -EFAULT);
		parts[bad] = was;
	}
	test_free(many);
}

/* What lies beside it stays. */
static void test_written(void **state)
{
	const struct area *a = *state;
	size_t sizes[] = { 1, 3, 4, 5, 8, 100, a->page - 1, a->page + 3, 3 * a->page };
	uint8_t *from = test_malloc(3 * a->page), *was = test_malloc(PAGES * a->page);

	for (size_t i = 0; i < 3 * a->page; i++)
		from[i] = (uint8_t)(i * 5 + 3);
	memcpy(was, a->bytes, PAGES * a->page);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (size_t off = 0; off < 2 * a->page; off += off == a->page - 8 ? 1 : 8) {
			assert_int_equal(user_write(at(a->bytes) + off, from, sizes[i]), 0);
			assert_memory_equal(a->bytes + off, from, sizes[i]);
			assert_memory_equal(a->bytes, was, off);
			assert_memory_equal(a->bytes + off + sizes[i], was + off + sizes[i],
					    PAGES * a->page - off - sizes[i]);
			memcpy(a->bytes, was, PAGES * a->page);
		}
	test_free(from);
	test_free(was);
}

static void test_not_writable(void **state)
{
	const struct area *a = *state;
	uint8_t *from = test_malloc(PAGES * a->page);
	size_t page = a->page;

	memset(from, 1, PAGES * page);
	assert_false(mprotect(a->bytes + 2 * page, page, PROT_READ));
	for (size_t n = 1; n < 12; n++) {
		assert_int_equal(user_write(at(a->end) - n + 1, from, n), -EFAULT);
		assert_int_equal(user_write(at(a->bytes) - 1, from, n), -EFAULT);
		assert_int_equal(user_write(at(a->bytes) + 2 * page - n + 1, from, n), -EFAULT);
		assert_int_equal(user_write(at(a->bytes) + 3 * page - 1, from, n), -EFAULT);
		assert_int_equal(user_write(UINT64_MAX - 3, from, n), -EFAULT);
		assert_int_equal(user_write(n, from, n), -EFAULT);
	}
	assert_int_equal(user_write(at(a->bytes) + page, from, 3 * page), -EFAULT);
	assert_int_equal(user_write(at(a->bytes), from, PAGES * page), -EFAULT);
	assert_int_equal(user_write(at(a->bytes) + 3 * page, from, page), 0);
	assert_int_equal(user_write(0, from, 0), 0);
	test_free(from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_absent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_parts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_written, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_writable, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
