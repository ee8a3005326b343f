/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which options does ring3_new() take?  Those of callers built against another version of the
 * header, and none that this version would misread.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ring3/ring3.h"

/* As a caller with a longer struct gives them. */
struct newer {
	struct ring3_opts known;
	uint64_t unknown;
};

static int new_with(const struct ring3_opts *opts)
{
	ring3 *rt = NULL;
	int err = ring3_new(opts, &rt);

	assert_true(err ? !rt : rt != NULL);
	ring3_unref(rt);
	return err;
}

static void test_defaults(void **state)
{
	struct ring3_opts opts = { .size = sizeof(opts) };

	(void)state;
	assert_int_equal(new_with(NULL), 0);
	assert_int_equal(new_with(&opts), 0);
}

static void test_older_header(void **state)
{
	struct ring3_opts opts;

	(void)state;
	memset(&opts, 0xff, sizeof(opts));
	opts.size = offsetof(struct ring3_opts, slots);
	opts.dir = NULL;
	assert_int_equal(new_with(&opts), 0);
	opts.size--;
	assert_int_equal(new_with(&opts), -EINVAL);
	opts.size = 0;
	assert_int_equal(new_with(&opts), -EINVAL);
}

static void test_newer_header(void **state)
{
	struct newer opts = { .known.size = sizeof(opts) };

	(void)state;
	assert_int_equal(new_with(&opts.known), 0);
	opts.unknown = 1;
	assert_int_equal(new_with(&opts.known), -E2BIG);
}

static void test_jit(void **state)
{
	struct ring3_opts opts = { .size = sizeof(opts) };

	(void)state;
	for (opts.jit = 0; opts.jit <= RING3_JIT_AUTO; opts.jit++)
		assert_int_equal(new_with(&opts), 0);
	assert_int_equal(new_with(&opts), -EINVAL);
	opts.jit = UINT32_MAX;
	assert_int_equal(new_with(&opts), -EINVAL);
}

static void test_helpers(void **state)
{
	struct ring3_opts opts = { .size = sizeof(opts), .n_helpers = 1 };

	(void)state;
	assert_int_equal(new_with(&opts), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),     cmocka_unit_test(test_older_header),
		cmocka_unit_test(test_newer_header), cmocka_unit_test(test_jit),
		cmocka_unit_test(test_helpers),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
