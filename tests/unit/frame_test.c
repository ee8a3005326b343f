/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does a function of a program stay within its frame?  With privilege a program may read bytes of
 * its frame that it never wrote, so the frame is all that it may reach: who fills the whole of its
 * own leaves the caller's frame and registers as they were, in each engine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <cmocka.h>

#include "ring3/ring3.h"
#include "run/prog.h"
#include "run/rt.h"

enum {
	MAIN_BYTES = 32,
	SUB_BYTES = 480, /* together all that the kernel's limit leaves */
	MAX_INSNS = 256,
	MARK = 0x5a5a5a5a
};

struct program {
	struct bpf_insn insns[MAX_INSNS];
	uint32_t n;
};

static void put(struct program *p, uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
	p->insns[p->n++] = (struct bpf_insn){
		.code = code, .dst_reg = dst & 0xf, .src_reg = src & 0xf, .off = off, .imm = imm
	};
}

/* Marks its frame and registers, calls, and returns how many marks are gone. */
static void put_main(struct program *p)
{
	for (uint8_t r = 6; r <= 9; r++)
		put(p, BPF_ALU64 | BPF_MOV, r, 0, 0, MARK);
	for (int16_t off = -MAIN_BYTES; off < 0; off += 8)
		put(p, BPF_STX | BPF_MEM | BPF_DW, 10, 6, off, 0);
	put(p, BPF_JMP | BPF_CALL, 0, 1, 0, 0);
	put(p, BPF_ALU64 | BPF_MOV, 0, 0, 0, 0);
	for (uint8_t r = 6; r <= 9; r++) {
		put(p, BPF_JMP | BPF_JEQ, r, 0, 1, MARK);
		put(p, BPF_ALU64 | BPF_ADD, 0, 0, 0, 1);
	}
	for (int16_t off = -MAIN_BYTES; off < 0; off += 8) {
		put(p, BPF_LDX | BPF_MEM | BPF_DW, 1, 10, off, 0);
		put(p, BPF_JMP | BPF_JEQ, 1, 0, 1, MARK);
		put(p, BPF_ALU64 | BPF_ADD, 0, 0, 0, 1);
	}
	put(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void put_sub(struct program *p)
{
	for (uint8_t r = 6; r <= 9; r++)
		put(p, BPF_ALU64 | BPF_MOV, r, 0, 0, -1);
	for (int16_t off = -SUB_BYTES; off < 0; off += 8)
		put(p, BPF_ST | BPF_MEM | BPF_DW, 10, 0, off, -1);
	put(p, BPF_ALU64 | BPF_MOV, 0, 0, 0, 0);
	put(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void build(struct program *p)
{
	uint32_t call = 0;

	p->n = 0;
	put_main(p);
	while (p->insns[call].code != (BPF_JMP | BPF_CALL))
		call++;
	p->insns[call].imm = (int32_t)(p->n - call - 1);
	put_sub(p);
}

static uint32_t run_on(enum prog_engine engine)
{
	struct program p;
	uint8_t packet[64] = { 0 };
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)p.insns,
		.license = (uintptr_t) "GPL",
	};
	union bpf_attr test = { .test = { .data_in = (uintptr_t)packet,
					  .data_size_in = sizeof(packet) } };
	ring3 *rt;
	int fd;

	build(&p);
	load.insn_cnt = p.n;
	assert_int_equal(ring3_new(NULL, &rt), 0);
	rt->engine = engine;
	rt->want_claims = engine == PROG_CHECK;
	fd = ring3_bpf(rt, BPF_PROG_LOAD, &load, sizeof(load));
	assert_true(fd >= 0);
	test.test.prog_fd = (uint32_t)fd;
	assert_int_equal(ring3_bpf(rt, BPF_PROG_TEST_RUN, &test, sizeof(test)), 0);
	close(fd);
	ring3_unref(rt);
	return test.test.retval;
}

static void test_jit(void **state)
{
	(void)state;
	assert_int_equal(run_on(PROG_JIT), 0);
}

static void test_interpreter(void **state)
{
	(void)state;
	assert_int_equal(run_on(PROG_INTERP), 0);
}

static void test_checking_interpreter(void **state)
{
	(void)state;
	assert_int_equal(run_on(PROG_CHECK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jit),
		cmocka_unit_test(test_interpreter),
		cmocka_unit_test(test_checking_interpreter),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
