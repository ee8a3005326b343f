/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is an object told by its file where the file system gives a dead file's number to the next one?
 * A program that another process swept is still known here, under a number that may be a map's by
 * now.  tmpfs does not do so; ext4 does at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "ring3/ring3.h"
#include "run/rt.h"

enum {
	ROUNDS = 20
};

static int load(ring3 *rt)
{
	const struct bpf_insn insns[] = { { .code = 0xb7 }, { .code = 0x95 } };
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
				.insns = (uint64_t)(uintptr_t)insns,
				.insn_cnt = 2,
				.license = (uint64_t)(uintptr_t) "GPL" };

	return ring3_bpf(rt, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int make_map(ring3 *rt)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1
	};

	return ring3_bpf(rt, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static ino_t number_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

static bool is_reused(ring3 *rt, ring3 *other)
{
	int prog = load(rt), map;
	bool reused;
	enum store_kind kind;
	uint32_t id;
	ino_t ino;

	assert_true(prog >= 0);
	ino = number_of(prog);
	close(prog);
	rt_sweep(other, true);
	map = make_map(rt);
	assert_true(map >= 0);
	assert_int_equal(rt_identify(rt, map, &kind, &id), 0);
	assert_int_equal(kind, STORE_MAP);
	reused = number_of(map) == ino;
	close(map);
	return reused;
}

static void test_number_of_a_dead_program(void **state)
{
	char dir[] = "ring3-inode-XXXXXX", cmd[64];
	struct ring3_opts opts = { .size = sizeof(opts), .dir = dir };
	ring3 *rt, *other;
	int n = 0;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(ring3_new(&opts, &rt), 0);
	assert_int_equal(ring3_new(&opts, &other), 0);
	for (int i = 0; i < ROUNDS; i++)
		n += is_reused(rt, other);
	ring3_unref(rt);
	ring3_unref(other);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	assert_int_equal(system(cmd), 0);
	if (!n) {
		print_message("# no number was used again on this file system\n");
		skip();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_number_of_a_dead_program),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
