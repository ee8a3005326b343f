/* SPDX-License-Identifier: BSD-2-Clause */
/* Are a function's bounds the same with and without symbols?  Do damaged files do no harm? */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/os.h"
#include "hook/elf_func.h"
#include "support/rng.h"

static char whole[700], stripped[64];

static int setup(void **state)
{
	char self[600], cmd[900];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int fd;

	(void)state;
	assert_true(n > 0);
	self[n] = 0;
	*strrchr(self, '/') = 0;
	snprintf(whole, sizeof(whole), "%s/../targets/work", self);
	strcpy(stripped, "/tmp/ring3-stripped-XXXXXX");
	fd = mkstemp(stripped);
	assert_true(fd >= 0);
	close(fd);
	snprintf(cmd, sizeof(cmd), "strip -s -o %s %s", stripped, whole);
	return system(cmd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(stripped);
}

static void test_same_bounds(void **state)
{
	struct elf_funcs a = { 0 }, b = { 0 };
	size_t same = 0;

	(void)state;
	assert_int_equal(elf_funcs_read(whole, &a), 0);
	assert_int_equal(elf_funcs_read(stripped, &b), 0);
	assert_int_equal(b.n, 0);
	for (size_t i = 0; i < a.n; i++) {
		/* In the middle, too. */
		const struct elf_func *f = &a.funcs[i];
		const struct elf_func *g = elf_funcs_find(&b, f->off + f->size / 2);

		/* Code without unwind information: _init() and the like, and bad_code. */
		if (!g)
			continue;
		assert_int_equal(g->off, f->off);
		assert_int_equal(g->size, f->size);
		same++;
	}
	assert_true(same > 10);
	elf_funcs_done(&a);
	elf_funcs_done(&b);
}

/* Any answer will do, as long as there is one. */
static void test_damaged_files(void **state)
{
	char path[] = "/tmp/ring3-damaged-XXXXXX";
	struct rng rng = { .state = 1 };
	uint8_t *bytes;
	size_t size;
	void *data;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(os_read_file(whole, 1 << 20, &data, &size), 0);
	bytes = data;
	for (int round = 0; round < 3000; round++) {
		struct elf_funcs f = { 0 };
		uint8_t kept[4];
		/* Headers, or anywhere. */
		size_t from = rng_next(&rng) % 4 ? 0 : size - 3000;
		size_t at = from + rng_next(&rng) % 2900;

		memcpy(kept, bytes + at, sizeof(kept));
		for (size_t i = 0; i < sizeof(kept); i++)
			bytes[at + i] = (uint8_t)rng_next(&rng);
		assert_int_equal(pwrite(fd, data, size, 0), size);
		if (!elf_funcs_read(path, &f)) {
			elf_funcs_find(&f, rng_next(&rng) % size);
			elf_funcs_indirect(&f, rng_next(&rng) % size);
			elf_funcs_done(&f);
		}
		memcpy(bytes + at, kept, sizeof(kept));
	}
	mem_free(data);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_bounds),
		cmocka_unit_test(test_damaged_files),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
