/* SPDX-License-Identifier: BSD-2-Clause */
/* Does epoll report a ring exactly while it holds something, through unmodified libbpf? */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cmocka.h>

#include "abi/wait.h"
#include "ring3/ring3.h"
#include "run/rt.h"

enum {
	ROUNDS = 200,
	BURST = 5,
	FORKS = 100,
	PATIENCE = 20,
	LONG_MS = 20000
};

static ring3 *rt;
static struct bpf_object *obj;

static int begin(void **state)
{
	/* As many as libbpf makes perf rings for. */
	struct ring3_opts opts =
		RING3_OPTS(ring3_opts, .slots = (uint32_t)libbpf_num_possible_cpus());
	const char *build = getenv("BUILD");
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "%s/tests/abi/basic.bpf.o", build ? build : "build/release");
	assert_int_equal(ring3_new(&opts, &rt), 0);
	ring3_bind_libbpf(rt);
	obj = bpf_object__open_file(path, NULL);
	assert_non_null(obj);
	assert_int_equal(bpf_object__load(obj), 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	bpf_object__close(obj);
	ring3_bind_libbpf(NULL);
	rt = ring3_unref(rt);
	return 0;
}

static int map_fd(const char *name)
{
	return bpf_object__find_map_fd_by_name(obj, name);
}

static int prog_fd(const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(obj, name));
}

/* One record into the ring buffer ... */
static bool put_record(void)
{
	uint8_t frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = 64);

	return bpf_prog_test_run_opts(prog_fd("count"), &o) == 0;
}

/* ... and one sample into a perf buffer. */
static bool put_sample(void)
{
	LIBBPF_OPTS(bpf_test_run_opts, o);

	return bpf_prog_test_run_opts(prog_fd("emit"), &o) == 0 && o.retval == 0;
}

struct reader {
	int seen, stop_at;
};

static int take(void *arg, void *data, size_t size)
{
	struct reader *r = arg;

	(void)data;
	(void)size;
	return ++r->seen == r->stop_at ? -1 : 0;
}

static void sample(void *arg, int cpu, void *data, uint32_t size)
{
	(void)cpu;
	(void)data;
	(void)size;
	++*(int *)arg;
}

static void pause_us(long us)
{
	struct timespec ts = { 0, us * 1000 };

	nanosleep(&ts, NULL);
}

static void what_was_read_wakes_nobody(void **state)
{
	struct reader r = { 0, 0 };
	struct ring_buffer *rb = ring_buffer__new(map_fd("ring"), take, &r, NULL);

	(void)state;
	assert_non_null(rb);
	assert_int_equal(ring_buffer__poll(rb, 0), 0);
	for (int i = 0; i < ROUNDS; i++) {
		assert_true(put_record());
		if (i % 2)
			pause_us(i * 5);
		assert_int_equal(ring_buffer__consume(rb), 1);
		assert_int_equal(ring_buffer__poll(rb, i % 4 ? 0 : 2), 0);
	}
	ring_buffer__free(rb);
}

static void a_perf_buffer_that_was_read_is_not_ready(void **state)
{
	int n = 0;
	struct perf_buffer *pb = perf_buffer__new(map_fd("events"), 8, sample, NULL, &n, NULL);

	(void)state;
	assert_non_null(pb);
	assert_int_equal(perf_buffer__poll(pb, 0), 0);
	for (int i = 0; i < ROUNDS; i++) {
		assert_true(put_sample());
		if (i % 2)
			pause_us(i * 5);
		assert_int_equal(perf_buffer__consume(pb), 0);
		assert_int_equal(n, i + 1);
		assert_int_equal(perf_buffer__poll(pb, i % 4 ? 0 : 2), 0);
	}
	perf_buffer__free(pb);
}

/* A callback that gives up leaves records behind; nothing new comes, and they are reported. */
static void what_was_left_is_reported_again(void **state)
{
	struct reader r = { 0, 1 };
	struct ring_buffer *rb = ring_buffer__new(map_fd("ring"), take, &r, NULL);

	(void)state;
	assert_non_null(rb);
	for (int i = 0; i < 3; i++)
		assert_true(put_record());
	assert_int_equal(ring_buffer__poll(rb, LONG_MS), -1);
	assert_int_equal(ring_buffer__poll(rb, LONG_MS), 2);
	assert_int_equal(r.seen, 3);
	assert_int_equal(ring_buffer__poll(rb, 0), 0);
	ring_buffer__free(rb);
}

struct producer {
	pthread_t thread;
	bool (*put)(void);
	uint32_t failed;
};

static void *produce(void *arg)
{
	struct producer *p = arg;
	unsigned int seed = 1;

	ring3_bind_libbpf(rt);
	for (int i = 0; i < ROUNDS; i++) {
		for (int k = 0; k < BURST; k++) {
			p->failed += !p->put();
			if (rand_r(&seed) % 4 == 0)
				pause_us(rand_r(&seed) % 100);
		}
		pause_us(rand_r(&seed) % 500);
	}
	ring3_bind_libbpf(NULL);
	return NULL;
}

static void start(struct producer *p, bool (*put)(void))
{
	*p = (struct producer){ .put = put };
	assert_int_equal(pthread_create(&p->thread, NULL, produce, p), 0);
}

static void finish(struct producer *p)
{
	assert_int_equal(pthread_join(p->thread, NULL), 0);
	assert_int_equal(p->failed, 0);
}

/* Each call returns when something comes: none sleeps to its end, none returns with nothing. */
static void no_wake_up_is_lost(void **state)
{
	struct reader r = { 0, 0 };
	struct ring_buffer *rb = ring_buffer__new(map_fd("ring"), take, &r, NULL);
	struct producer p;
	int got = 1;

	(void)state;
	assert_non_null(rb);
	start(&p, put_record);
	while (r.seen < ROUNDS * BURST && got > 0)
		got = ring_buffer__poll(rb, LONG_MS);
	finish(&p);
	assert_true(got > 0);
	assert_int_equal(r.seen, ROUNDS * BURST);
	assert_int_equal(ring_buffer__poll(rb, 0), 0);
	ring_buffer__free(rb);
}

static void no_wake_up_of_a_perf_buffer_is_lost(void **state)
{
	int n = 0, got = 1;
	struct perf_buffer *pb = perf_buffer__new(map_fd("events"), 8, sample, NULL, &n, NULL);
	struct producer p;

	(void)state;
	assert_non_null(pb);
	start(&p, put_sample);
	while (n < ROUNDS * BURST && got > 0)
		got = perf_buffer__poll(pb, LONG_MS);
	finish(&p);
	assert_true(got > 0);
	assert_int_equal(n, ROUNDS * BURST);
	assert_int_equal(perf_buffer__poll(pb, 0), 0);
	perf_buffer__free(pb);
}

#ifndef __SANITIZE_THREAD__
/* As the preloaded library does. */
static void before_fork(void)
{
	if (rt)
		wait_fork_lock(rt);
}

static void after_fork(void)
{
	if (rt)
		wait_fork_unlock(rt);
}

static void wait_in_child(void)
{
	struct reader r = { 0, 0 };
	struct ring_buffer *rb;

	alarm(PATIENCE);
	rb = ring_buffer__new(map_fd("ring"), take, &r, NULL);
	_exit(rb && ring_buffer__poll(rb, 0) >= 0 ? 0 : 1);
}

/* As one that sleeps, again and again, while records come. */
static void *keep_busy(void *arg)
{
	ring3_bind_libbpf(rt);
	while (!__atomic_load_n((bool *)arg, __ATOMIC_RELAXED)) {
		put_record();
		for (int i = 0; i < BURST; i++)
			wait_settle(rt);
	}
	ring3_bind_libbpf(NULL);
	return NULL;
}

/* Whatever the other threads are doing when a process forks. */
static void a_forked_child_can_wait(void **state)
{
	struct reader r = { 0, 0 };
	struct ring_buffer *rb = ring_buffer__new(map_fd("ring"), take, &r, NULL);
	bool stop = false;
	pthread_t busy;

	(void)state;
	assert_non_null(rb);
	assert_int_equal(pthread_atfork(before_fork, after_fork, after_fork), 0);
	assert_int_equal(pthread_create(&busy, NULL, keep_busy, &stop), 0);
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = fork();
		int status = 0;

		if (pid == 0)
			wait_in_child();
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		ring_buffer__consume(rb);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	assert_int_equal(pthread_join(busy, NULL), 0);
	ring_buffer__free(rb);
}
#else
static void a_forked_child_can_wait(void **state)
{
	(void)state;
	puts("# SKIP the sanitizer allows no threads in a child of a process with threads");
	skip();
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_read_wakes_nobody, begin, end),
		cmocka_unit_test_setup_teardown(a_perf_buffer_that_was_read_is_not_ready, begin,
						end),
		cmocka_unit_test_setup_teardown(what_was_left_is_reported_again, begin, end),
		cmocka_unit_test_setup_teardown(no_wake_up_is_lost, begin, end),
		cmocka_unit_test_setup_teardown(no_wake_up_of_a_perf_buffer_is_lost, begin, end),
		cmocka_unit_test_setup_teardown(a_forked_child_can_wait, begin, end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
