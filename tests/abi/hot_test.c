/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does a program that is run often become optimised code, without anybody noticing but by the
 * clock?  Not before, not where the runtime wants another tier, with what it goes on with by tail
 * calls, and while other threads run it.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "isa/asm.h"
#include "ring3/ring3.h"
#include "run/prog.h"
#include "run/rt.h"

enum {
	N_THREADS = 3,
	N_PROGRAMS = 40,
	N_LARGE = 16400
};

static ring3 *runtime(uint32_t jit)
{
	struct ring3_opts opts = { .size = sizeof(opts), .jit = jit };
	ring3 *rt;

	assert_int_equal(ring3_new(&opts, &rt), 0);
	return rt;
}

static int load_insns(ring3 *rt, const struct bpf_insn *insns, uint32_t n)
{
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)insns,
		.insn_cnt = n,
		.license = (uintptr_t) "GPL",
	};
	int fd = ring3_bpf(rt, BPF_PROG_LOAD, &attr, sizeof(attr));

	assert_true(fd >= 0);
	return fd;
}

static int load(ring3 *rt, const char *text)
{
	struct asm_error error = { .message = "" };
	struct bpf_insn *insns = NULL;
	uint32_t n = 0;
	int fd;

	if (asm_text(text, strlen(text), &insns, &n, &error))
		fail_msg("line %u: %s", error.line, error.message);
	fd = load_insns(rt, insns, n);
	mem_free(insns);
	return fd;
}

static uint32_t test_run(ring3 *rt, int fd, uint32_t repeat)
{
	static uint8_t frame[64];
	union bpf_attr attr = { .test = { .prog_fd = (uint32_t)fd,
					  .data_in = (uintptr_t)frame,
					  .data_size_in = sizeof(frame),
					  .repeat = repeat } };

	assert_int_equal(ring3_bpf(rt, BPF_PROG_TEST_RUN, &attr, sizeof(attr)), 0);
	return attr.test.retval;
}

/* The descriptor keeps the program. */
static struct prog *prog_of(ring3 *rt, int fd)
{
	struct prog *prog;

	assert_int_equal(rt_prog_of_fd(rt, fd, &prog), 0);
	prog_unref(prog);
	return prog;
}

static enum jit_tier tier_of(ring3 *rt, int fd)
{
	return prog_image(prog_of(rt, fd))->tier;
}

static uint64_t code_addr(ring3 *rt, int fd)
{
	struct bpf_prog_info info = { .nr_jited_ksyms = 1 };
	uint64_t addr = 0;
	union bpf_attr attr = { .info = { .bpf_fd = (uint32_t)fd,
					  .info_len = sizeof(info),
					  .info = (uintptr_t)&info } };

	info.jited_ksyms = (uintptr_t)&addr;
	assert_int_equal(ring3_bpf(rt, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)), 0);
	return addr;
}

static const char counts[] = "r0 = 0; r1 = 10; again: r0 += r1; r1 -= 1; if r1 != 0 goto again; "
			     "exit";

static void test_runs_make_it_hot(void **state)
{
	ring3 *rt = runtime(RING3_JIT_DEFAULT);
	int fd = load(rt, counts);
	uint64_t before;

	(void)state;
	assert_int_equal(test_run(rt, fd, 1), 55);
	assert_int_equal(tier_of(rt, fd), JIT_PLAIN);
	before = code_addr(rt, fd);
	for (int i = 0; i < 30; i++)
		assert_int_equal(test_run(rt, fd, 0), 55);
	assert_int_equal(tier_of(rt, fd), JIT_PLAIN);
	assert_int_equal(test_run(rt, fd, 1), 55);
	assert_int_equal(tier_of(rt, fd), JIT_OPTIMISED);
	assert_true(code_addr(rt, fd) != before);
	assert_int_equal(test_run(rt, fd, 1000000), 55);
	assert_null(prog_of(rt, fd)->why_plain);
	close(fd);
	ring3_unref(rt);
}

static void test_a_host_runs_it_often(void **state)
{
	ring3 *rt = runtime(RING3_JIT_AUTO);
	int fd = load(rt, counts), before = load(rt, counts);
	uint64_t ctx[32] = { 0 }, r0 = 0;
	ring3_prog *prog;

	(void)state;
	assert_int_equal(ring3_prog_of(rt, fd, &prog), 0);
	assert_int_equal(tier_of(rt, fd), JIT_OPTIMISED);
	assert_null(prog_of(rt, fd)->first_image);
	assert_int_equal(ring3_prog_run(prog, ctx, &r0), 0);
	assert_int_equal(r0, 55);
	ring3_prog_unref(prog);
	assert_int_equal(test_run(rt, before, 1), 55);
	assert_int_equal(ring3_prog_of(rt, before, &prog), 0);
	assert_int_equal(tier_of(rt, before), JIT_OPTIMISED);
	ring3_prog_unref(prog);
	close(fd);
	close(before);
	ring3_unref(rt);
}

static void test_other_tiers_stay(void **state)
{
	ring3 *plain = runtime(RING3_JIT_PLAIN), *optimised = runtime(RING3_JIT_OPTIMISED);
	struct ring3_opts opts = { .size = sizeof(opts), .jit = RING3_JIT_AUTO + 1 };
	int a = load(plain, counts), b = load(optimised, counts);
	ring3 *none;

	(void)state;
	assert_int_equal(test_run(plain, a, 1000), 55);
	assert_int_equal(tier_of(plain, a), JIT_PLAIN);
	assert_int_equal(test_run(optimised, b, 1), 55);
	assert_int_equal(tier_of(optimised, b), JIT_OPTIMISED);
	assert_int_equal(ring3_new(&opts, &none), -EINVAL);
	close(a);
	close(b);
	ring3_unref(plain);
	ring3_unref(optimised);
}

static void test_what_is_refused_stays_plain(void **state)
{
	static struct bpf_insn insns[N_LARGE];
	ring3 *rt = runtime(RING3_JIT_AUTO);
	int fd;

	(void)state;
	insns[0] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV };
	for (uint32_t i = 1; i < N_LARGE - 1; i++)
		insns[i] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_ADD, .imm = 1 };
	insns[N_LARGE - 1] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	fd = load_insns(rt, insns, N_LARGE);
	assert_int_equal(test_run(rt, fd, 100), N_LARGE - 2);
	assert_int_equal(tier_of(rt, fd), JIT_PLAIN);
	assert_non_null(prog_of(rt, fd)->why_plain);
	close(fd);
	ring3_unref(rt);
}

static int prog_array(ring3 *rt)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_PROG_ARRAY,
				.key_size = 4,
				.value_size = 4,
				.max_entries = 2 };
	int fd = ring3_bpf(rt, BPF_MAP_CREATE, &attr, sizeof(attr));

	assert_true(fd >= 0);
	return fd;
}

static void put(ring3 *rt, int map, uint32_t key, int prog)
{
	union bpf_attr attr = { .map_fd = (uint32_t)map,
				.key = (uintptr_t)&key,
				.value = (uintptr_t)&prog };

	assert_int_equal(ring3_bpf(rt, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)), 0);
}

/* The first calls the second, which would call the first. */
static void test_tail_calls_are_followed(void **state)
{
	ring3 *rt = runtime(RING3_JIT_AUTO);
	int array = prog_array(rt), first, second;
	struct bpf_insn insns[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = 2, .src_reg = 1, .imm = array },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV, .dst_reg = 3 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_tail_call },
		{ .code = BPF_ALU64 | BPF_MOV, .dst_reg = 0, .imm = 9 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	(void)state;
	first = load_insns(rt, insns, sizeof(insns) / sizeof(insns[0]));
	second = load_insns(rt, insns, sizeof(insns) / sizeof(insns[0]));
	put(rt, array, 0, second);
	put(rt, array, 1, first);
	assert_int_equal(tier_of(rt, second), JIT_PLAIN);
	assert_int_equal(test_run(rt, first, 100), 9);
	assert_int_equal(tier_of(rt, first), JIT_OPTIMISED);
	assert_int_equal(tier_of(rt, second), JIT_OPTIMISED);
	close(first);
	close(second);
	close(array);
	ring3_unref(rt);
}

struct runner {
	struct prog *prog;
	bool *stop;
	uint64_t n_runs, n_wrong;
	pthread_t thread;
};

static void *run_on(void *arg)
{
	struct runner *r = arg;
	uint64_t ctx[32] = { 0 };

	while (!__atomic_load_n(r->stop, __ATOMIC_ACQUIRE) || !r->n_runs) {
		uint64_t r0 = 0;

		if (prog_run_once(r->prog, ctx, &r0))
			continue;
		r->n_wrong += r0 != 55;
		r->n_runs++;
	}
	return NULL;
}

static void run_while_it_becomes_hot(ring3 *rt)
{
	struct runner runners[N_THREADS] = { 0 };
	int fd = load(rt, counts);
	bool stop = false;

	assert_int_equal(prog_ready(prog_of(rt, fd)), 0);
	for (int i = 0; i < N_THREADS; i++) {
		runners[i].prog = prog_of(rt, fd);
		runners[i].stop = &stop;
		assert_int_equal(pthread_create(&runners[i].thread, NULL, run_on, &runners[i]), 0);
	}
	prog_hot(prog_of(rt, fd));
	assert_int_equal(tier_of(rt, fd), JIT_OPTIMISED);
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	for (int i = 0; i < N_THREADS; i++) {
		assert_int_equal(pthread_join(runners[i].thread, NULL), 0);
		assert_true(runners[i].n_runs > 0);
		assert_int_equal(runners[i].n_wrong, 0);
	}
	close(fd);
}

static void test_threads_go_on(void **state)
{
	ring3 *rt = runtime(RING3_JIT_AUTO);

	(void)state;
	for (int i = 0; i < N_PROGRAMS; i++)
		run_while_it_becomes_hot(rt);
	ring3_unref(rt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs_make_it_hot),
		cmocka_unit_test(test_a_host_runs_it_often),
		cmocka_unit_test(test_other_tiers_stay),
		cmocka_unit_test(test_what_is_refused_stays_plain),
		cmocka_unit_test(test_tail_calls_are_followed),
		cmocka_unit_test(test_threads_go_on),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
