/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that allocates on two threads and says in a file how far it is, until somebody ends it;
 * by itself where a test died that would have. */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	SECONDS = 600
};

static volatile unsigned long *state; /* pid, then a counter for each thread */

static void *loop(void *arg)
{
	volatile unsigned long *count = arg;
	void *volatile kept[64] = { 0 };

	for (unsigned long i = 0;; i++) {
		free(kept[i % 64]);
		kept[i % 64] = malloc(i % 1000 + 1);
		++*count;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int fd = argc == 2 ? open(argv[1], O_RDWR) : -1;
	pthread_t thread;

	if (fd < 0)
		return 2;
	state = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	alarm(SECONDS);
	if (state == MAP_FAILED || pthread_create(&thread, NULL, loop, (void *)&state[1]))
		return 2;
	state[0] = (unsigned long)getpid();
	loop((void *)&state[2]);
	return 0;
}
