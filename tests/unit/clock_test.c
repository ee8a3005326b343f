/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the clock that follows the processor's counter the kernel's?  To see it fail: let FRESH in
 * src/helper/clock.c be 1ull << 40 and learn() take the rate of the first answers for good, or take
 * `last` out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <unistd.h>

#include "base/os.h"
#include "helper/clock.h"

enum {
	ROUNDS = 20,
	READINGS = 20000,
	APART = 2000 /* ns between the two clocks at most */
};

/* Busy, and with pauses in which everything grows old. */
static void test_same(void **state)
{
	uint64_t last = 0, worst = 0;

	(void)state;
	if (!clock_can_follow())
		skip();
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < READINGS; i++) {
			uint64_t before = os_now_ns(), t = clock_follow(), after = os_now_ns();
			uint64_t off = t < before ? before - t : t > after ? t - after : 0;

			assert_true(t >= last);
			last = t;
			if (off > worst)
				worst = off;
		}
		usleep(round % 4 * 3000);
	}
	printf("# at most %lu ns apart\n", (unsigned long)worst);
	assert_true(worst < APART);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_same) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
