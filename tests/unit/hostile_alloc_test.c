/* SPDX-License-Identifier: BSD-2-Clause */
/* When memory ends at the n-th request, for every n: is it -ENOMEM, with nothing leaked and the
 * runtime still of use?  Only the hostile build can make requests fail. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
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
#include "ring3/ring3.h"

#ifndef RING3_HOSTILE
int main(void)
{
	printf("1..1\nok 1 # SKIP only V=hostile can make allocations fail\n");
	return 77;
}
#else

enum {
	MAX_N = 20000,
	GOOD_IN_A_ROW = 100 /* some requests are for what one can do without */
};

static int make_map(ring3 *rt, uint32_t type)
{
	union bpf_attr attr = {
		.map_type = type, .key_size = 4, .value_size = 8, .max_entries = 64
	};

	if (type == BPF_MAP_TYPE_RINGBUF) {
		attr.key_size = attr.value_size = 0;
		attr.max_entries = 4096;
	}
	return ring3_bpf(rt, BPF_MAP_CREATE, &attr, sizeof(attr));
}

/* r0 = lookup(map, stack): pointers, a helper, a branch. */
static int load_prog(ring3 *rt, int map_fd)
{
	const struct bpf_insn insns[] = {
		{ .code = 0x62, .dst_reg = 10, .off = -4 },
		{ .code = 0xbf, .dst_reg = 2, .src_reg = 10 },
		{ .code = 0x07, .dst_reg = 2, .imm = -4 },
		{ .code = 0x18, .dst_reg = 1, .src_reg = 1, .imm = map_fd },
		{ .code = 0 },
		{ .code = 0x85, .imm = BPF_FUNC_map_lookup_elem },
		{ .code = 0x15, .dst_reg = 0, .off = 1 },
		{ .code = 0x79, .dst_reg = 0, .src_reg = 0 },
		{ .code = 0xb7, .dst_reg = 0 },
		{ .code = 0x95 },
	};
	static char log[65536];
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
				.insns = (uint64_t)(uintptr_t)insns,
				.insn_cnt = sizeof(insns) / sizeof(insns[0]),
				.license = (uint64_t)(uintptr_t) "GPL",
				.log_level = 1,
				.log_buf = (uint64_t)(uintptr_t)log,
				.log_size = sizeof(log) };

	return ring3_bpf(rt, BPF_PROG_LOAD, &attr, sizeof(attr));
}

/* 0, or the first error. */
static int whole_life(void)
{
	static const uint32_t types[] = { BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_HASH,
					  BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_LRU_HASH,
					  BPF_MAP_TYPE_RINGBUF };
	int fd, prog = -1, err;
	ring3 *rt;

	err = ring3_new(NULL, &rt);
	if (err)
		return err;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]) && !err; i++) {
		fd = make_map(rt, types[i]);
		err = fd < 0 ? fd : 0;
		if (!err && types[i] == BPF_MAP_TYPE_HASH) {
			prog = load_prog(rt, fd);
			err = prog < 0 ? prog : 0;
		}
		if (fd >= 0)
			close(fd);
	}
	if (prog >= 0)
		close(prog);
	ring3_unref(rt);
	return err;
}

static size_t in_use(void)
{
	return mallinfo2().uordblks;
}

static int count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_each_allocation_fails(void **state)
{
	long n, failed = 0, good = 0;
	size_t before;
	int fds, err;

	(void)state;
	assert_int_equal(whole_life(), 0);
	before = in_use();
	fds = count_fds();
	for (n = 0; n < MAX_N && good < GOOD_IN_A_ROW; n++) {
		mem_fail_after(n);
		err = whole_life();
		mem_fail_after(-1);
		if (err && err != -ENOMEM)
			fail_msg("request %ld: error %d", n, err);
		if (in_use() != before)
			fail_msg("request %ld: %zd bytes leaked", n, (ssize_t)(in_use() - before));
		if (count_fds() != fds)
			fail_msg("request %ld: %d descriptors leaked", n, count_fds() - fds);
		failed += err != 0;
		good = err ? 0 : good + 1;
	}
	assert_true(n < MAX_N);
	print_message("# %ld requests, without %ld of which it cannot be done\n", n - good, failed);
	assert_true(failed > 20);
	assert_int_equal(whole_life(), 0);
}

/* Without the C library's caches what is in use can be counted. */
static int again_without_caches(char **argv)
{
	const char *name = "GLIBC_TUNABLES", *value = "glibc.malloc.tcache_count=0";

	if (getenv(name) && !strcmp(getenv(name), value))
		return 0;
	setenv(name, value, 1);
	execv("/proc/self/exe", argv);
	return -errno;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation_fails),
	};

	(void)argc;
	if (again_without_caches(argv))
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
