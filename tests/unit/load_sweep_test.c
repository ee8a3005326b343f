/* SPDX-License-Identifier: BSD-2-Clause */
/* Is a program there that is loaded while another thread sweeps what is dead, or when descriptors
 * of the dead are all there are? */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include "ring3/ring3.h"
#include "run/rt.h"

enum {
	N_LOADS = 1500,
	N_SWEEPERS = 2,
};

static ring3 *rt;
static bool stop;

static void *sweep(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		rt_sweep(rt, true);
	return NULL;
}

static int load(void)
{
	const struct bpf_insn insns[] = { { .code = 0xb7, .imm = 7 }, { .code = 0x95 } };
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)insns,
		.insn_cnt = 2,
		.license = (uintptr_t) "GPL",
	};

	return ring3_bpf(rt, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static uint32_t n_good(void)
{
	uint64_t ctx[64] = { 0 }, r0;
	uint32_t n = 0;

	for (int i = 0; i < N_LOADS; i++) {
		ring3_prog *prog = NULL;
		int fd = load();

		if (fd < 0)
			continue;
		n += !ring3_prog_of(rt, fd, &prog) && !ring3_prog_run(prog, ctx, &r0) && r0 == 7;
		if (prog)
			ring3_prog_unref(prog);
		close(fd);
	}
	return n;
}

static void loads_while_others_sweep(void **state)
{
	struct ring3_opts opts = { .size = sizeof(opts) };
	pthread_t t[N_SWEEPERS];
	uint32_t n;

	(void)state;
	assert_int_equal(ring3_new(&opts, &rt), 0);
	for (int i = 0; i < N_SWEEPERS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, sweep, NULL), 0);
	n = n_good();
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < N_SWEEPERS; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(n, N_LOADS);
	ring3_unref(rt);
}

static int make_map(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 8,
		.max_entries = 1,
	};

	return ring3_bpf(rt, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static void loads_with_few_descriptors(void **state)
{
	struct ring3_opts opts = { .size = sizeof(opts) };
	struct rlimit before, few;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = 64;
	assert_int_equal(ring3_new(&opts, &rt), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	for (int i = 0; i < N_LOADS; i++) {
		int fd = i % 3 ? load() : make_map();

		assert_true(fd >= 0);
		close(fd);
	}
	/* Held, they are really too many. */
	for (int i = 0; i < 64; i++)
		if (load() < 0)
			break;
	assert_int_equal(load(), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(load() >= 0);
	ring3_unref(rt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_while_others_sweep),
		cmocka_unit_test(loads_with_few_descriptors),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
