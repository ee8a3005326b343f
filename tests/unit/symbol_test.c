/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Can perf name compiled programs?  The map of this process gets one line a function, only when
 * asked, and never through somebody else's file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "ring3/ring3.h"

static char path[64];

/* main calls the function behind it; both return. */
static int load(ring3 *rt)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_JMP | BPF_CALL, .src_reg = 1, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
		{ .code = BPF_ALU64 | BPF_MOV, .imm = 7 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)insns,
		.insn_cnt = sizeof(insns) / sizeof(insns[0]),
		.license = (uintptr_t) "GPL",
		.prog_name = "named",
	};

	return ring3_bpf(rt, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int load_with(uint32_t perf_map)
{
	struct ring3_opts opts = { .size = sizeof(opts), .perf_map = perf_map };
	ring3_prog *prog;
	ring3 *rt;
	int fd;

	assert_int_equal(ring3_new(&opts, &rt), 0);
	fd = load(rt);
	if (fd >= 0) {
		assert_int_equal(ring3_prog_of(rt, fd, &prog), 0);
		ring3_prog_unref(prog);
		close(fd);
	}
	ring3_unref(rt);
	return fd;
}

static int read_lines(unsigned long long addr[2], unsigned long long size[2], char name[2][128])
{
	FILE *f = fopen(path, "r");
	int n = 0;

	while (f && n < 2 && fscanf(f, "%llx %llx %127s\n", &addr[n], &size[n], name[n]) == 3)
		n++;
	n += f && fgetc(f) != EOF;
	if (f)
		fclose(f);
	return n;
}

static void test_each_function_has_a_line(void **state)
{
	unsigned long long addr[2], size[2];
	char name[2][128];

	(void)state;
	unlink(path);
	assert_true(load_with(1) >= 0);
	assert_int_equal(read_lines(addr, size, name), 2);
	assert_true(addr[0] && size[0] && size[1]);
	assert_int_equal(addr[0] + size[0], addr[1]);
	assert_memory_equal(name[0], "bpf_prog_", 9);
	assert_int_equal(strspn(name[0] + 9, "0123456789abcdef"), 16);
	assert_string_equal(name[0] + 25, "_named");
	assert_memory_equal(name[0], name[1], 25);
	assert_string_equal(name[1] + 25, "_F");
	unlink(path);
}

/* Whoever only loads it has no use for its code. */
static void test_loading_does_not_compile(void **state)
{
	struct ring3_opts opts = { .size = sizeof(opts), .perf_map = 1 };
	uint64_t r0 = 0, ctx[32] = { 0 };
	ring3_prog *prog;
	ring3 *rt;
	int fd;

	(void)state;
	unlink(path);
	assert_int_equal(ring3_new(&opts, &rt), 0);
	fd = load(rt);
	assert_true(fd >= 0);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(ring3_prog_of(rt, fd, &prog), 0);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(ring3_prog_run(prog, ctx, &r0), 0);
	assert_int_equal(r0, 7);
	ring3_prog_unref(prog);
	close(fd);
	ring3_unref(rt);
	unlink(path);
}

static void test_only_when_asked(void **state)
{
	(void)state;
	unlink(path);
	assert_true(load_with(0) >= 0);
	assert_int_not_equal(access(path, F_OK), 0);
}

static void test_no_link_is_followed(void **state)
{
	char victim[] = "/tmp/symbol_test.XXXXXX";
	int fd = mkstemp(victim);
	struct stat st;

	(void)state;
	unlink(path);
	assert_true(fd >= 0);
	assert_int_equal(symlink(victim, path), 0);
	assert_true(load_with(1) >= 0);
	unlink(path);
	assert_int_equal(link(victim, path), 0);
	assert_true(load_with(1) >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 0);
	close(fd);
	unlink(path);
	unlink(victim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_function_has_a_line),
		cmocka_unit_test(test_loading_does_not_compile),
		cmocka_unit_test(test_only_when_asked),
		cmocka_unit_test(test_no_link_is_followed),
	};

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
