/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Are tables made of any file without harm, and is a walk from any registers harmless?  What they
 * say is shown by stacks_test.sh.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <asm/ptrace.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/os.h"
#include "helper/helper.h"
#include "hook/hook.h"
#include "hook/maps.h"
#include "hook/unwind.h"
#include "support/rng.h"

enum {
	N_DAMAGES = 300,
	N_WALKS = 20000,
	MAX_FILE = 64 << 20,
};

static void *read_self(size_t *ret_size)
{
	void *image;

	assert_int_equal(os_read_file("/proc/self/exe", MAX_FILE, &image, ret_size), 0);
	return image;
}

static void check_rows(const struct unwind_table *t)
{
	for (size_t i = 1; i < t->n; i++)
		assert_true(t->rows[i - 1].pc < t->rows[i].pc);
	assert_true(t->build_id_size <= UNWIND_BUILD_ID);
}

static void test_own_table(void **state)
{
	struct unwind_table t;
	size_t size;
	uint8_t *image = read_self(&size);

	(void)state;
	assert_int_equal(unwind_table_read(image, size, &t), 0);
	assert_true(t.n > 100);
	check_rows(&t);
	unwind_table_done(&t);
	mem_free(image);
}

/* Headers and the beginning of .eh_frame are where damage does most. */
static void test_damaged(void **state)
{
	struct rng rng = { .state = 42 };
	struct unwind_table t;
	size_t size, kept;
	uint8_t *image = read_self(&size), *copy;
	const uint8_t *frames;

	(void)state;
	for (int i = 0; i < N_DAMAGES; i++) {
		uint32_t n = 1 + (uint32_t)rng_below(&rng, 30);

		kept = rng_below(&rng, 4) ? size : rng_below(&rng, (uint32_t)size);
		copy = mem_dup(image, kept ? kept : 1);
		assert_non_null(copy);
		frames = memmem(image, size, "\x01zR\0\x01\x78\x10", 7);
		for (uint32_t k = 0; k < n && kept; k++) {
			size_t at = rng_below(&rng, 2) || !frames
					    ? rng_below(&rng, 1024)
					    : (size_t)(frames - image) + rng_below(&rng, 8192);

			if (at < kept)
				copy[at] = (uint8_t)rng_below(&rng, 256);
		}
		if (!unwind_table_read(copy, kept, &t)) {
			check_rows(&t);
			unwind_table_done(&t);
		}
		mem_free(copy);
	}
	mem_free(image);
}

/* Somewhere on the stack, somewhere in code, or anywhere. */
static uint64_t some_address(struct rng *rng, const struct maps *maps)
{
	const struct maps_row *row = &maps->rows[rng_below(rng, (uint32_t)maps->n)];
	uint64_t here = (uint64_t)(uintptr_t)&row;

	switch (rng_below(rng, 4)) {
	case 0: return (here & ~7ull) + 8 * rng_below(rng, 512);
	case 1: return row->start + rng_below(rng, (uint32_t)(row->end - row->start));
	case 2: return rng_next(rng);
	default: return rng_below(rng, 65536);
	}
}

static void test_any_registers(void **state)
{
	struct rng rng = { .state = 43 };
	uint64_t ips[127];
	struct maps maps;

	(void)state;
	assert_int_equal(maps_read(&maps), 0);
	unwind_update(&maps);
	assert_non_null(unwind_set);
	assert_true(unwind_set->n > 1);
	for (int i = 0; i < N_WALKS; i++) {
		struct pt_regs regs = { .rip = some_address(&rng, &maps),
					.rsp = some_address(&rng, &maps),
					.rbp = some_address(&rng, &maps) };
		struct run run = { .regs = &regs, .func_ip = regs.rip };
		uint32_t n = unwind_walk(&run, ips, 127);

		assert_in_range(n, 1, 127);
		assert_int_equal(ips[0], regs.rip);
	}
	maps_done(&maps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_table),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_any_registers),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
