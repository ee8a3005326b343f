/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much of a context has BPF_PROG_TEST_RUN to be given?  As much as the program uses, to the
 * byte, whether it loads from it or hands it to others: the running kernel is asked the same.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <cmocka.h>

#include "ring3/ring3.h"
#include "support/kernel.h"

enum {
	LARGE = 600, /* of context.bpf.c */
	MAX_INSNS = 16
};

#define INSN(op, dst, src, offset, value)                                                         \
	{                                                                                         \
		.code = (op), .dst_reg = (dst), .src_reg = (src), .off = (offset), .imm = (value) \
	}
#define LOAD(size, offset)  INSN(BPF_LDX | BPF_MEM | (size), 2, 1, offset, 0)
#define STORE(size, offset) INSN(BPF_ST | BPF_MEM | (size), 1, 0, offset, 7)
#define END                 INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0), INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

struct row {
	const char *what;
	uint32_t type, bytes; /* that it has to be given */
	struct bpf_insn insns[MAX_INSNS];
	bool maps; /* of what its helper takes */
};

static const struct row rows[] = {
	{ "nothing", BPF_PROG_TYPE_SYSCALL, 0, { END }, false },
	{ "one byte", BPF_PROG_TYPE_SYSCALL, 1, { LOAD(BPF_B, 0), END }, false },
	{ "four bytes", BPF_PROG_TYPE_SYSCALL, 4, { LOAD(BPF_W, 0), END }, false },
	{ "written", BPF_PROG_TYPE_SYSCALL, 510, { STORE(BPF_H, 508), END }, false },
	{ "far", BPF_PROG_TYPE_SYSCALL, 513, { LOAD(BPF_B, 512), LOAD(BPF_B, 0), END }, false },
	{ "a page", BPF_PROG_TYPE_SYSCALL, 4096, { LOAD(BPF_DW, 4088), END }, false },
	{ "an argument of a tracepoint",
	  BPF_PROG_TYPE_RAW_TRACEPOINT,
	  16,
	  { LOAD(BPF_DW, 8), END },
	  false },
	{ "arguments of a tracepoint, handed on",
	  BPF_PROG_TYPE_RAW_TRACEPOINT,
	  8,
	  { LOAD(BPF_DW, 0), INSN(BPF_LD | BPF_IMM | BPF_DW, 2, BPF_PSEUDO_MAP_FD, 0, 0),
	    INSN(0, 0, 0, 0, 0), INSN(BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, 0),
	    INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_tail_call), END },
	  true },
};

static int load(const struct row *row)
{
	bool is_syscall = row->type == BPF_PROG_TYPE_SYSCALL;
	LIBBPF_OPTS(bpf_prog_load_opts, o, .prog_flags = is_syscall ? BPF_F_SLEEPABLE : 0U);
	struct bpf_insn insns[MAX_INSNS];
	uint32_t n = 0;
	int map = -1, fd;

	memcpy(insns, row->insns, sizeof(insns));
	while (insns[n].code != (BPF_JMP | BPF_EXIT))
		n++;
	if (row->maps)
		map = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "progs", 4, 4, 1, NULL);
	for (uint32_t i = 0; i < n && row->maps; i++)
		if (insns[i].src_reg == BPF_PSEUDO_MAP_FD &&
		    insns[i].code == (BPF_LD | BPF_IMM | BPF_DW))
			insns[i].imm = map;
	fd = bpf_prog_load((enum bpf_prog_type)row->type, "context", "GPL", insns, n + 1, &o);
	if (map >= 0)
		close(map);
	return fd;
}

static int run(int fd, uint32_t size)
{
	static uint8_t ctx[4200];
	LIBBPF_OPTS(bpf_test_run_opts, o, .ctx_in = size ? ctx : NULL, .ctx_size_in = size);

	return bpf_prog_test_run_opts(fd, &o);
}

/* A function's contract is what the program uses, whether it does or not. */
static void check_handed_on(void)
{
	const char *build = getenv("BUILD");
	struct bpf_object *obj;
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/tests/abi/context.bpf.o", build ? build : "build/release");
	obj = bpf_object__open_file(path, NULL);
	assert_non_null(obj);
	assert_int_equal(bpf_object__load(obj), 0);
	fd = bpf_program__fd(bpf_object__find_program_by_name(obj, "hand_on"));
	assert_int_equal(run(fd, LARGE), 0);
	assert_int_equal(run(fd, LARGE - 1), -EINVAL);
	assert_int_equal(run(fd, 8), -EINVAL);
	bpf_object__close(obj);
}

static void check(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = load(&rows[i]);

		if (fd < 0)
			print_message("# %s: %d\n", rows[i].what, fd);
		assert_true(fd >= 0);
		assert_int_equal(run(fd, rows[i].bytes), 0);
		if (rows[i].bytes)
			assert_int_equal(run(fd, rows[i].bytes - 1), -EINVAL);
		close(fd);
	}
	check_handed_on();
}

static void test_ours(void **state)
{
	struct ring3_opts opts = RING3_OPTS(ring3_opts, .dir = NULL);
	ring3 *rt;

	(void)state;
	assert_int_equal(ring3_new(&opts, &rt), 0);
	ring3_bind_libbpf(rt);
	check();
	ring3_bind_libbpf(NULL);
	ring3_unref(rt);
}

static void test_kernel(void **state)
{
	const char *why;

	(void)state;
	if (!kernel_can_load(&why)) {
		print_message("# SKIP %s\n", why);
		skip();
	}
	check();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_ours),
					    cmocka_unit_test(test_kernel) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
