/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls probed() as often as it is told, and says how often: from the threads of a server under
 * load, or deep in a recursion, as the argument says.  probed() has arguments on the stack.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	THREADS = 4,
	DEPTH = 2000
};

static long calls, bad;

static long (*volatile again)(long, long, long, long, long, long, long, long);

/* And itself, n times. */
__attribute__((noinline, noclone)) long probed(long a, long b, long c, long d, long e, long n,
					       long g, long h)
{
	long rest = 0;

	__atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
	if (n)
		rest = again(a, b, c, d, e, n - 1, g, h) -
		       (a + 2 * b + 3 * c + 4 * d + 5 * e + 7 * g + 8 * h);
	return a + 2 * b + 3 * c + 4 * d + 5 * e + 7 * g + 8 * h + rest;
}

static long one(long x, long depth)
{
	return probed(x, 1, 2, 3, 4, depth, 6, 7) == x + 138 ? 0 : 1;
}

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	long x;

	while (read(fd, &x, sizeof(x)) == sizeof(x)) {
		long wrong = one(x, 0);

		if (write(fd, &wrong, sizeof(wrong)) != sizeof(wrong))
			abort();
	}
	return NULL;
}

static int clients[THREADS];
static long rounds;

static void *ask(void *arg)
{
	int fd = clients[(intptr_t)arg];

	for (long i = 0; i < rounds; i++) {
		long wrong = 1;

		if (write(fd, &i, sizeof(i)) != sizeof(i) ||
		    read(fd, &wrong, sizeof(wrong)) != sizeof(wrong))
			abort();
		for (int k = 0; k < 50; k++)
			wrong += one(k, 0);
		__atomic_fetch_add(&bad, wrong, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void server_round(void)
{
	pthread_t threads[THREADS];

	for (intptr_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, ask, (void *)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void start_server(void)
{
	for (int i = 0; i < THREADS; i++) {
		pthread_t thread;
		int fds[2];

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) ||
		    pthread_create(&thread, NULL, serve, (void *)(intptr_t)fds[1]))
			abort();
		clients[i] = fds[0];
	}
}

int main(int argc, char **argv)
{
	int deep = argc > 1 && !strcmp(argv[1], "deep");

	again = probed;
	if (!deep)
		start_server();
	while (scanf("%ld", &rounds) == 1) {
		for (long i = 0; deep && i < rounds; i++)
			bad += one(i, DEPTH);
		if (!deep)
			server_round();
		printf("calls %ld bad %ld\n", calls, bad);
		fflush(stdout);
	}
	return 0;
}
