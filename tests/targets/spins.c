/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program that computes, in functions that say so.  For each line "go MS": MS of CPU time in
 * main's thread, as much in each of two threads that are there from the beginning, and in one that
 * is made; a thread that has all signals blocked computes too, and waits for any signal.  Answered
 * by "done", how often a call was interrupted, and how many signals came that nobody sent.
 *
 * spins [urg] [winch]: with handlers of its own for these signals.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define KEPT __attribute__((noinline, noclone, noipa))

static sem_t begin[3], end[3];
static volatile long interrupted, strange, ms;

KEPT long compute(void)
{
	volatile long sum = 0;

	for (long i = 0; i < 20000; i++)
		sum = sum + i;
	return sum;
}

static long cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#define SPINNER(name)                              \
	KEPT void name(void)                       \
	{                                          \
		long until = cpu_ms() + ms;        \
                                                   \
		while (cpu_ms() < until)           \
			compute();                 \
		__asm__ volatile("" ::: "memory"); \
	}
SPINNER(in_main)
SPINNER(in_first)
SPINNER(in_second)
SPINNER(in_made)
SPINNER(in_deaf)

static void wait_for(sem_t *s)
{
	while (sem_wait(s))
		if (errno == EINTR)
			interrupted = interrupted + 1;
}

static void *first(void *unused)
{
	for (;; sem_post(&end[0])) {
		wait_for(&begin[0]);
		in_first();
	}
	return unused;
}

static void *second(void *unused)
{
	for (;; sem_post(&end[1])) {
		wait_for(&begin[1]);
		in_second();
	}
	return unused;
}

static void *deaf(void *unused)
{
	struct timespec soon = { .tv_nsec = 1000000 };
	sigset_t all;

	sigfillset(&all);
	for (;; sem_post(&end[2])) {
		wait_for(&begin[2]);
		in_deaf();
		if (sigtimedwait(&all, NULL, &soon) > 0)
			strange = strange + 1;
	}
	return unused;
}

static void *made(void *unused)
{
	in_made();
	return unused;
}

static void on_signal(int sig)
{
	(void)sig;
	strange = strange + 1;
}

static void start(void *(*run)(void *), int blocked)
{
	pthread_t thread;
	sigset_t all, old;

	sigfillset(&all);
	if (blocked)
		pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_create(&thread, NULL, run, NULL);
	if (blocked)
		pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void round_of_all(void)
{
	pthread_t thread;

	for (int i = 0; i < 3; i++)
		sem_post(&begin[i]);
	pthread_create(&thread, NULL, made, NULL);
	in_main();
	pthread_join(thread, NULL);
	for (int i = 0; i < 3; i++)
		wait_for(&end[i]);
}

int main(int argc, char **argv)
{
	char line[64];

	for (int i = 1; i < argc; i++)
		signal(strcmp(argv[i], "urg") ? SIGWINCH : SIGURG, on_signal);
	for (int i = 0; i < 3; i++) {
		sem_init(&begin[i], 0, 0);
		sem_init(&end[i], 0, 0);
	}
	start(first, 0);
	start(second, 0);
	start(deaf, 1);
	while (fgets(line, sizeof(line), stdin)) {
		ms = strtol(line + 2, NULL, 10);
		round_of_all();
		printf("done strange %ld\n", strange);
		fflush(stdout);
	}
	return 0;
}
