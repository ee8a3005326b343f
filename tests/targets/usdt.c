/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program with probes compiled in, with arguments of every kind.  Fires them once, or as often as
 * lines come in, and says how often it did and how often it found nobody interested.
 */
#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	N_ROUNDS = 100,
	N_THREADS = 4
};

#define SEMAPHORE(name) \
	__extension__ unsigned short name##_semaphore __attribute__((used, section(".probes")))
SEMAPHORE(ring3_test_values);
SEMAPHORE(ring3_test_memory);
SEMAPHORE(ring3_test_many);
SEMAPHORE(ring3_test_plain);

static long fired, skipped;

static void hit(int on)
{
	__atomic_fetch_add(on ? &fired : &skipped, 1, __ATOMIC_RELAXED);
}

/* Registers of each size, and constants. */
static __attribute__((noipa)) void values(int64_t a, int32_t b, int16_t c, int8_t d, uint32_t e)
{
	hit(ring3_test_values_semaphore);
	if (ring3_test_values_semaphore)
		STAP_PROBE7(ring3_test, values, a, b, c, d, e, -5, 77);
}

struct record {
	char pad[300];
	int32_t number;
	uint8_t byte;
	const char *name;
};

/* Behind a pointer, on the stack, in a variable with a fixed address. */
static volatile uint16_t global = 40000;
static __attribute__((noipa, optimize("O0"))) void memory(struct record *r)
{
	int64_t local = -6000000000;

	hit(ring3_test_memory_semaphore);
	if (ring3_test_memory_semaphore)
		STAP_PROBE5(ring3_test, memory, r->number, r->byte, r->name, local, global);
}

/* As many as there can be, at three places. */
static inline __attribute__((always_inline)) void many(long x)
{
	hit(ring3_test_many_semaphore);
	if (ring3_test_many_semaphore)
		STAP_PROBE12(ring3_test, many, x, x + 1, x + 2, x + 3, x + 4, x + 5, x + 6, x + 7,
			     x + 8, x + 9, x + 10, x + 11);
}

/* Fires whether or not somebody looks. */
static __attribute__((noipa)) void fire(long i)
{
	struct record r = { .number = -123456, .byte = 200, .name = "a name" };

	DTRACE_PROBE(ring3_test, plain);
	values(i + (1l << 40), -70000, -300, -3, 3000000000u);
	memory(&r);
	many(i);
	if (i & 1)
		many(i);
	else
		many(i);
}

static void *fire_often(void *arg)
{
	for (long i = 0; i < N_ROUNDS; i++)
		fire(i);
	return arg;
}

static void round_of_threads(void)
{
	pthread_t t[N_THREADS];
	pid_t pid;

	for (int i = 0; i < N_THREADS; i++)
		pthread_create(&t[i], NULL, fire_often, NULL);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(t[i], NULL);
	pid = fork();
	if (!pid) {
		fire_often(NULL);
		_exit(skipped != 0);
	}
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	char line[16];

	if (argc > 1 && !strcmp(argv[1], "once"))
		round_of_threads();
	while (argc > 1 && !strcmp(argv[1], "asked") && fgets(line, sizeof(line), stdin)) {
		fired = skipped = 0;
		fire_often(NULL);
		printf("fired %ld skipped %ld\n", fired, skipped);
		fflush(stdout);
	}
	return 0;
}
