/* SPDX-License-Identifier: BSD-2-Clause */
/* Do poll() and select() report a ring, or libbpf's epoll descriptor of one, exactly while it holds
 * something? */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cmocka.h>

#include "ring3/ring3.h"

enum {
	ROUNDS = 50,
	MANY = 200,
	LONG_MS = 20000
};

static ring3 *rt;
static struct bpf_object *obj;
static struct ring_buffer *rb;
static int ring_fd, pipes[2], n_taken;

static int take(void *arg, void *data, size_t size)
{
	(void)arg;
	(void)data;
	(void)size;
	n_taken++;
	return 0;
}

static int begin(void **state)
{
	struct ring3_opts opts = RING3_OPTS(ring3_opts, .slots = 4);
	const char *build = getenv("BUILD");
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "%s/tests/abi/basic.bpf.o", build ? build : "build/release");
	assert_int_equal(ring3_new(&opts, &rt), 0);
	ring3_bind_libbpf(rt);
	obj = bpf_object__open_file(path, NULL);
	assert_non_null(obj);
	assert_int_equal(bpf_object__load(obj), 0);
	ring_fd = bpf_object__find_map_fd_by_name(obj, "ring");
	rb = ring_buffer__new(ring_fd, take, NULL, NULL);
	assert_non_null(rb);
	assert_int_equal(pipe(pipes), 0);
	n_taken = 0;
	return 0;
}

static int end(void **state)
{
	(void)state;
	ring_buffer__free(rb);
	bpf_object__close(obj);
	ring3_bind_libbpf(NULL);
	rt = ring3_unref(rt);
	close(pipes[0]);
	close(pipes[1]);
	return 0;
}

static void put_record(void)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(obj, "count");
	uint8_t frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = 64);

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(prog), &o), 0);
}

/* What each of the calls says of a descriptor: 1 if there is something to read, 0 if not. */
static int by_poll(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n = poll(&p, 1, ms);

	assert_int_equal(n, p.revents == POLLIN);
	assert_int_equal(p.fd, fd);
	return n;
}

static int by_ppoll(int fd, int ms)
{
	struct pollfd p[3] = { { .fd = pipes[0], .events = POLLIN },
			       { .fd = fd, .events = POLLIN },
			       { .fd = -1, .events = POLLIN } };
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };
	int n = ppoll(p, 3, &ts, NULL);

	assert_int_equal(p[0].revents, 0);
	assert_int_equal(n, p[1].revents == POLLIN);
	return n;
}

static int by_poll_of_many(int fd, int ms)
{
	struct pollfd p[MANY];
	int n;

	for (int i = 0; i < MANY; i++)
		p[i] = (struct pollfd){ .fd = pipes[0], .events = POLLIN };
	p[MANY - 1].fd = fd;
	n = poll(p, MANY, ms);
	assert_int_equal(p[0].revents, 0);
	assert_int_equal(n, p[MANY - 1].revents == POLLIN);
	return n;
}

static int by_select(int fd, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };
	fd_set in, out;
	int n;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(fd, &in);
	FD_SET(pipes[0], &in);
	n = select((fd > pipes[0] ? fd : pipes[0]) + 1, &in, &out, NULL, &tv);
	assert_int_equal(n, !!FD_ISSET(fd, &in));
	assert_false(FD_ISSET(pipes[0], &in));
	return n;
}

static int by_pselect(int fd, int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };
	fd_set in, out;
	int n;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(fd, &in);
	FD_SET(pipes[1], &out);
	n = pselect((fd > pipes[1] ? fd : pipes[1]) + 1, &in, &out, NULL, &ts, NULL);
	assert_true(FD_ISSET(pipes[1], &out));
	assert_int_equal(n, 1 + !!FD_ISSET(fd, &in));
	return n - 1;
}

static int (*const ways[])(int fd, int ms) = { by_poll, by_ppoll, by_poll_of_many, by_select,
					       by_pselect };

enum {
	N_WAYS = sizeof(ways) / sizeof(ways[0])
};

static void it_is_ready_while_it_holds_something(int fd)
{
	for (int i = 0; i < ROUNDS; i++) {
		int (*ready)(int, int) = ways[i % N_WAYS];

		assert_int_equal(ready(fd, i % 4 ? 0 : 1), 0);
		put_record();
		assert_int_equal(ready(fd, LONG_MS), 1);
		assert_int_equal(ready(fd, LONG_MS), 1);
		put_record();
		assert_int_equal(ready(fd, LONG_MS), 1);
		assert_int_equal(i % 3 ? ring_buffer__consume(rb) : ring_buffer__poll(rb, 0), 2);
	}
}

static void the_ring_itself(void **state)
{
	(void)state;
	it_is_ready_while_it_holds_something(ring_fd);
}

static void the_epoll_descriptor(void **state)
{
	(void)state;
	it_is_ready_while_it_holds_something(ring_buffer__epoll_fd(rb));
}

static void *put_later(void *arg)
{
	const struct timespec ts = { 0, 20 * 1000000L };

	(void)arg;
	ring3_bind_libbpf(rt);
	nanosleep(&ts, NULL);
	put_record();
	ring3_bind_libbpf(NULL);
	return NULL;
}

static void sleepers_are_woken(void **state)
{
	(void)state;
	for (int i = 0; i < 2 * N_WAYS; i++) {
		int fd = i % 2 ? ring_fd : ring_buffer__epoll_fd(rb), n = 1;
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, put_later, NULL), 0);
		/* pselect()'s other descriptor is ready: it does not sleep. */
		while (ways[i / 2] == by_pselect && !by_pselect(fd, 1))
			;
		n = ways[i / 2](fd, LONG_MS);
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_int_equal(n, 1);
		assert_int_equal(ring_buffer__consume(rb), 1);
	}
}

static void others_are_the_kernels(void **state)
{
	struct pollfd p[] = { { .fd = pipes[1], .events = POLLOUT },
			      { .fd = ring_fd, .events = POLLIN | POLLRDNORM },
			      { .fd = 4000, .events = POLLIN } };
	struct timeval tv = { 0, -1 };
	fd_set in;

	(void)state;
	put_record();
	assert_int_equal(poll(p, 3, 0), 3);
	assert_int_equal(p[0].revents, POLLOUT);
	assert_int_equal(p[1].revents, POLLIN | POLLRDNORM);
	assert_int_equal(p[2].revents, POLLNVAL);
	FD_ZERO(&in);
	FD_SET(ring_fd, &in);
	FD_SET(1000, &in);
	assert_int_equal(select(1001, &in, NULL, NULL, NULL), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(select(0, NULL, NULL, NULL, &tv), -1);
	assert_int_equal(errno, EINVAL);
	tv = (struct timeval){ 0, 1000 };
	assert_int_equal(select(0, NULL, NULL, NULL, &tv), 0);
	assert_int_equal(poll(NULL, 0, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_ring_itself, begin, end),
		cmocka_unit_test_setup_teardown(the_epoll_descriptor, begin, end),
		cmocka_unit_test_setup_teardown(sleepers_are_woken, begin, end),
		cmocka_unit_test_setup_teardown(others_are_the_kernels, begin, end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
