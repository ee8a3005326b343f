/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that were joined are known by their bases: are they told apart where one has another's?
 *
 * To see it fail: `make check-planted T=guard-heir`.
 */
#include "hook/live.h"

static void check(const char *mode)
{
	struct truth first, t;
	struct live l;
	int links[2];

	start_live(&l, "heirs", mode, NULL);
	first = ask(&l, "go\n");
	assert_int_equal(first.bad, 0);
	must_join(l.pid);
	links[0] = attach_in(&l, LINK_UPROBE);
	links[1] = attach_in(&l, LINK_URETPROBE);
	clear_cells();
	for (int i = 0; i < 3; i++)
		t = ask(&l, "go\n");
	assert_int_equal(t.bad, 0);
	assert_int_equal(cell(ENTER), t.calls - first.calls);
	assert_int_equal(cell(LEAVE), t.calls - first.calls);
	assert_int_equal(cell(ARGS), t.sum - first.sum);
	assert_int_equal(cell(RESULTS), 2 * (t.sum - first.sum));
	close(links[0]);
	close(links[1]);
	assert_int_equal(ask(&l, "go\n").bad, 0);
	end_live(&l);
}

static void test_stack(void **state)
{
	(void)state;
	check("stack");
}

static void test_gs(void **state)
{
	(void)state;
	check("gs");
}

static void test_shared(void **state)
{
	(void)state;
	check("shared");
}

static void test_raw(void **state)
{
	(void)state;
	check("raw");
}

static void test_jump(void **state)
{
	(void)state;
	check("jump");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stack),  cmocka_unit_test(test_gs),
		cmocka_unit_test(test_shared), cmocka_unit_test(test_raw),
		cmocka_unit_test(test_jump),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (live_init())
		return 1;
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
