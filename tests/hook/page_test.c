/* SPDX-License-Identifier: BSD-2-Clause */
/* Is code whose page is exchanged whole and executable at every step, also where the process may
 * not make anything executable, or may have no more memory? */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "hook/page.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE              65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

/* In a page of their own: each returns the number that its first instruction has. */
__asm__(".pushsection .text\n"
	".p2align 12\n"
	"page_test_one: mov $1, %eax\n ret\n"
	".p2align 4\n"
	"page_test_two: mov $1, %eax\n ret\n"
	".p2align 12\n"
	".popsection\n");
int page_test_one(void);
int page_test_two(void);

/* A sanitizer ends a process that it cannot map memory of its own in. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum {
	MAY_BE_SCARCE = 0
};
#else
enum {
	MAY_BE_SCARCE = 1
};
#endif

static void unlimited(void)
{
}

static void no_new_code(void)
{
	(void)prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
}

static void no_more_memory(void)
{
	const struct rlimit none = { 4096, 4096 };

	(void)setrlimit(RLIMIT_AS, &none);
}

static int maps_left;

/* But for a few. */
static void no_more_mappings(void)
{
	const size_t page = 4096, n = 1 << 18;
	uint8_t *at = mmap(NULL, n * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t i = 0;

	while (i < n && !mprotect(at + i * page, page, PROT_READ))
		i += 2;
	for (int k = 0; k < maps_left && i >= 2; k++)
		(void)mprotect(at + (i -= 2) * page, page, PROT_NONE);
}

static const struct {
	int (*func)(void);
	uint8_t number;
} steps[] = {
	{ page_test_one, 2 }, { page_test_two, 3 }, { page_test_one, 4 },
	{ page_test_one, 1 }, { page_test_two, 1 },
};

enum {
	N_STEPS = sizeof(steps) / sizeof(steps[0])
};

/* 0, or one more than the step after which a function was not what it should be. */
static int put_all(void (*limit)(void), int when, int *ret_done)
{
	int mem = open("/proc/thread-self/mem", O_RDWR | O_CLOEXEC), one = 1, two = 1;

	*ret_done = 0;
	for (int i = 0; i < N_STEPS; i++) {
		const uint8_t mov[5] = { 0xb8, steps[i].number };

		if (i == when)
			limit();
		if (!page_put(mem, (uint64_t)(uintptr_t)steps[i].func, mov, sizeof(mov))) {
			*(steps[i].func == page_test_one ? &one : &two) = steps[i].number;
			++*ret_done;
		}
		if (page_test_one() != one || page_test_two() != two)
			return i + 1;
	}
	close(mem);
	return 0;
}

static void check(void (*limit)(void))
{
	for (int when = 0; when < N_STEPS; when++) {
		pid_t child = fork();
		int done, status;

		if (!child)
			_exit(put_all(limit, when, &done));
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
}

static void test_limits(void **state)
{
	(void)state;
	check(unlimited);
	check(no_new_code);
	if (MAY_BE_SCARCE)
		check(no_more_memory);
	for (maps_left = 0; MAY_BE_SCARCE && maps_left < 6; maps_left++)
		check(no_more_mappings);
}

/* Where the kernel exchanges pages at all, it does each time. */
static void test_all_or_none(void **state)
{
	int done;

	(void)state;
	assert_int_equal(put_all(unlimited, 0, &done), 0);
	assert_true(done == 0 || done == N_STEPS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_all_or_none),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
