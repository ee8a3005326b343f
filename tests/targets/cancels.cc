// SPDX-License-Identifier: BSD-2-Clause
// Threads that are cancelled while they sleep in a system call: are their objects destroyed?
#include <cstdio>
#include <pthread.h>
#include <sys/uio.h>
#include <unistd.h>

static int pipe_fds[2];
static long cleaned, entered;

struct guard {
	~guard() { cleaned++; }
};

static __attribute__((noinline)) void sleep_in_call()
{
	guard g;
	char c;
	struct iovec to = { &c, 1 };

	entered++;
	if (readv(pipe_fds[0], &to, 1) != 1)
		std::puts("bad");
}

static void *run(void *arg)
{
	guard g;
	sleep_in_call();
	return arg;
}

int main()
{
	if (pipe(pipe_fds))
		return 1;
	for (int i = 0; i < 20; i++) {
		pthread_t t;
		void *ret;

		if (pthread_create(&t, nullptr, run, nullptr))
			return 1;
		usleep(i * 500);
		if (pthread_cancel(t) || pthread_join(t, &ret) || ret != PTHREAD_CANCELED)
			return 1;
	}
	/* One that was cancelled before it came there has nothing to destroy. */
	std::printf("cleaned %s\n", cleaned >= 2 * entered ? "all" : "bad");
	return 0;
}
