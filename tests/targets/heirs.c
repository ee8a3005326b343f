/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program whose threads get from others what tells threads apart.  Each line on stdin is answered
 * "calls TOTAL SUM bad B".
 *
 * heirs stack: a thread, made by one that never calls probed(), has the stack (and FS base) of a
 * dead one, that one's maker; while it is in probed(), other threads come.
 *
 * heirs gs: threads that set a GS base of their own now and then, and take it back.
 *
 * heirs shared: a process of its own that has its memory in common with the program.
 *
 * heirs raw: threads that share their maker's FS base, one after the other.
 *
 * heirs jump: probed() is left by longjmp at each depth.
 */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	N_LATER = 4,
	HELD = 1000, /* the argument of a call that takes long */
};

static long calls, sum, bad, released, arrived;

static void wait_for(long *flag, long value)
{
	while (__atomic_load_n(flag, __ATOMIC_ACQUIRE) != value)
		usleep(1000);
}

__attribute__((noinline, noclone)) long probed(long x)
{
	if (x == HELD) {
		__atomic_store_n(&arrived, 1, __ATOMIC_RELEASE);
		wait_for(&released, 1);
	}
	__asm__ volatile("" ::: "memory");
	return x * 2;
}

static void call(long x)
{
	__atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&sum, x, __ATOMIC_RELAXED);
	if (probed(x) != 2 * x)
		__atomic_fetch_add(&bad, 1, __ATOMIC_RELAXED);
}

static void start(pthread_t *t, void *(*run)(void *), void *arg)
{
	if (pthread_create(t, NULL, run, arg))
		abort();
}

/* --- stack --- */

struct chain {
	pthread_t first, second, third;
	long same;
};

static void *third(void *arg)
{
	struct chain *c = arg;

	c->same = pthread_equal(pthread_self(), c->first);
	call(HELD);
	call(1);
	return NULL;
}

static void *second(void *arg)
{
	struct chain *c = arg;

	pthread_join(c->first, NULL);
	start(&c->third, third, c);
	pthread_join(c->third, NULL);
	return NULL;
}

static void *first(void *arg)
{
	struct chain *c = arg;

	c->first = pthread_self();
	call(2);
	start(&c->second, second, c);
	return NULL;
}

static void *later(void *unused)
{
	for (long i = 0; i < 100; i++)
		call(i);
	return unused;
}

static void stack(void)
{
	pthread_t t[N_LATER], f;
	struct chain c = { 0 };

	arrived = released = 0;
	start(&f, first, &c);
	wait_for(&arrived, 1);
	for (int i = 0; i < N_LATER; i++)
		start(&t[i], later, NULL);
	for (int i = 0; i < N_LATER; i++)
		pthread_join(t[i], NULL);
	__atomic_store_n(&released, 1, __ATOMIC_RELEASE);
	pthread_join(c.second, NULL);
	bad += !c.same;
}

/* --- gs --- */

static uint64_t get_gs(void)
{
	uint64_t gs = 1;

	syscall(SYS_arch_prctl, ARCH_GET_GS, &gs);
	return gs;
}

static void set_gs(uint64_t gs)
{
	if (syscall(SYS_arch_prctl, ARCH_SET_GS, gs))
		abort();
}

static uint64_t word_of_gs(void)
{
	uint64_t word;

	__asm__ volatile("mov %%gs:0, %0" : "=r"(word));
	return word;
}

static void *with_gs(void *unused)
{
	uint64_t mine = 0x1234, before;

	for (long i = 0; i < 20; i++) {
		call(i);
		before = get_gs();
		set_gs((uint64_t)(uintptr_t)&mine);
		call(i);
		bad += word_of_gs() != mine || get_gs() != (uint64_t)(uintptr_t)&mine;
		set_gs(i % 2 ? before : 0);
		call(i);
	}
	return unused;
}

static void gs(void)
{
	pthread_t t[N_LATER];

	for (int i = 0; i < N_LATER; i++)
		start(&t[i], with_gs, NULL);
	for (int i = 0; i < N_LATER; i++)
		pthread_join(t[i], NULL);
}

/* --- raw --- */

static int raw_thread(void *arg)
{
	for (long i = 0; i < 10; i++)
		call(i);
	__atomic_store_n((long *)arg, 1, __ATOMIC_RELEASE);
	syscall(SYS_exit, 0);
	return 0;
}

static int raw_child(void *arg)
{
	(void)arg;
	call(3);
	syscall(SYS_exit, 0);
	return 0;
}

static void raw(void)
{
	static char space[1 << 16] __attribute__((aligned(16)));
	long gone = 0;
	int pid;

	call(1);
	if (clone(raw_thread, space + sizeof(space),
		  CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM,
		  &gone) < 0)
		abort();
	while (!__atomic_load_n(&gone, __ATOMIC_ACQUIRE))
		sched_yield();
	usleep(1000);
	call(2);
	pid = clone(raw_child, space + sizeof(space), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		abort();
	call(4);
}

/* --- shared --- */

static int shared_process(void *arg)
{
	(void)arg;
	probed(1);
	__atomic_store_n(&arrived, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&released, __ATOMIC_ACQUIRE))
		if (probed(5) != 10)
			syscall(SYS_exit, 1);
	syscall(SYS_exit, 0);
	return 0;
}

/* Its calls are no calls of the program's, which is the thread that makes it. */
static void shared(void)
{
	static char space[1 << 16] __attribute__((aligned(16)));
	pthread_t t[N_LATER];
	int pid, status;

	arrived = released = 0;
	pid = clone(shared_process, space + sizeof(space), CLONE_VM | SIGCHLD, NULL);
	if (pid < 0)
		abort();
	wait_for(&arrived, 1);
	for (int i = 0; i < N_LATER; i++)
		start(&t[i], later, NULL);
	for (int i = 0; i < N_LATER; i++)
		pthread_join(t[i], NULL);
	__atomic_store_n(&released, 1, __ATOMIC_RELEASE);
	if (waitpid(pid, &status, 0) != pid || status)
		bad++;
}

/* --- jump --- */

static jmp_buf back;

__attribute__((noinline, noclone)) static void leave(void)
{
	longjmp(back, 1);
}

static void on_signal(int sig)
{
	(void)sig;
	call(7);
	leave();
}

static void jump(void)
{
	signal(SIGUSR1, on_signal);
	for (int i = 0; i < 200; i++) {
		sigset_t set;

		if (!setjmp(back))
			raise(SIGUSR1);
		sigemptyset(&set);
		sigaddset(&set, SIGUSR1);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		call(i);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} modes[] = { { "stack", stack },
		      { "shared", shared },
		      { "gs", gs },
		      { "raw", raw },
		      { "jump", jump } };
	char line[64];

	while (argc > 1 && fgets(line, sizeof(line), stdin)) {
		for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
			if (!strcmp(modes[i].name, argv[1]))
				modes[i].run();
		printf("calls %ld %ld bad %ld\n", calls, sum, bad);
		fflush(stdout);
	}
	return 0;
}
