/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An unmodified program that calls probed() and says how often, in every way that a tracer finds
 * hard.  Each process prints "calls N SUM" of its own calls and their arguments; the tests add up.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static long calls, sum;

__attribute__((noinline, noclone)) long probed(long x)
{
	__asm__ volatile("" ::: "memory");
	return x * 2;
}

__attribute__((noinline, noclone)) static long chosen_one(long x)
{
	__asm__ volatile("" ::: "memory");
	return x * 2;
}

static long (*choose(void))(long)
{
	return chosen_one;
}

/* What memcpy() is in libc: whoever calls it gets chosen_one(). */
long chosen(long) __attribute__((ifunc("choose")));

/* Bytes that are no instruction. */
__asm__(".pushsection .text\n.type bad_code,@function\nbad_code: .byte 6, 6, 6, 6\n"
	".size bad_code, 4\n.popsection");

static void call_it(long (*volatile function)(long), long n)
{
	for (long i = 0; i < n; i++) {
		if (function(i) != i * 2) {
			fprintf(stderr, "work: wrong result\n");
			exit(3);
		}
		__atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&sum, i, __ATOMIC_RELAXED);
	}
}

static void call(long n)
{
	call_it(probed, n);
}

static void report(void)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "calls %ld %ld\n", calls, sum);

	if (write(1, line, n) != n)
		_exit(4);
	calls = sum = 0;
}

static void reap(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status) {
		fprintf(stderr, "work: a child ended with status %#x\n", status);
		exit(5);
	}
}

static void *thread_main(void *arg)
{
	call((long)arg);
	return NULL;
}

static void do_threads(void)
{
	pthread_t threads[8];

	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 8; i++)
			pthread_create(&threads[i], NULL, thread_main, (void *)5000l);
		for (int i = 0; i < 8; i++)
			pthread_join(threads[i], NULL);
	}
}

static void do_fork(void)
{
	for (int i = 0; i < 20; i++) {
		pid_t pid;

		call(10);
		pid = fork();
		if (pid == 0) {
			calls = sum = 0;
			call(100);
			/* Long enough for the agent to make itself at home. */
			if (i % 10 == 0)
				usleep(600000);
			call(100);
			report();
			_exit(0);
		}
		reap(pid);
	}
}

/* A worker that works, and whom nobody waits for long. */
static void do_worker(void)
{
	pid_t pid = fork();

	if (pid) {
		reap(pid);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(120);
	for (;;)
		call(1000);
}

/* What a server that root started does to its workers. */
static void do_setuid(void)
{
	pid_t pid;

	call(10);
	pid = fork();
	if (pid == 0) {
		calls = sum = 0;
		if (setuid(65534))
			exit(10);
		call(100);
		usleep(800000);
		call(100);
		report();
		_exit(0);
	}
	reap(pid);
}

static void do_exec(char *self)
{
	char *argv[] = { self, "plain", NULL }, *bare[] = { "A=b", NULL };
	pid_t pid;

	call(3);
	if (posix_spawn(&pid, self, NULL, NULL, argv, bare))
		exit(6);
	reap(pid);
	pid = vfork();
	if (pid == 0) {
		execve(self, argv, environ);
		_exit(7);
	}
	reap(pid);
	pid = fork();
	if (pid == 0) {
		execle(self, self, "plain", NULL, bare);
		_exit(7);
	}
	reap(pid);
	if (system("true"))
		exit(8);
}

static volatile long in_handler;

static void on_signal(int sig)
{
	(void)sig;
	in_handler++;
}

static void do_signals(void)
{
	struct sigaction act = { .sa_handler = on_signal };
	struct itimerval timer = { { 0, 200 }, { 0, 200 } };
	sigset_t all;

	/* Everything a program can do against SIGTRAP. */
	signal(SIGTRAP, SIG_IGN);
	sigfillset(&act.sa_mask);
	sigaction(SIGTRAP, &act, NULL);
	sigaction(SIGILL, &act, NULL);
	sigaction(SIGALRM, &act, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	call(1000);
	raise(SIGTRAP);
	pthread_sigmask(SIG_UNBLOCK, &all, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	call(200000);
	timer = (struct itimerval){ { 0, 0 }, { 0, 0 } };
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* What a daemon does to descriptors. */
static void do_close(void)
{
	call(10);
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	for (int fd = 3; fd < 64; fd++)
		open("/dev/null", O_RDONLY);
	call(10);
	usleep(400000);
	call(10);
}

static sigjmp_buf jump;

static void on_jump(int sig)
{
	(void)sig;
	siglongjmp(jump, 1);
}

/* Out of wherever the signal came, a running program included. */
static void do_jumps(void)
{
	struct itimerval timer = { { 0, 100 }, { 0, 100 } }, off = { { 0, 0 }, { 0, 0 } };
	struct sigaction act = { .sa_handler = on_jump };
	volatile long seen = 0;

	sigaction(SIGALRM, &act, NULL);
	for (volatile int i = 0; i < 3000; i++) {
		if (sigsetjmp(jump, 1) == 0) {
			setitimer(ITIMER_REAL, &timer, NULL);
			for (;;)
				seen += probed(0);
		}
		setitimer(ITIMER_REAL, &off, NULL);
	}
	call(1000);
}

/* pause_us: before it is loaded again, which may be at once. */
static void do_dlopen(const char *path, useconds_t pause_us)
{
	void *lib = dlopen(path, RTLD_NOW);
	long (*fn)(long);
	char code[12];

	if (!lib)
		exit(9);
	fn = (long (*)(long))dlsym(lib, "library_probed");
	/* Until the agent has seen it. */
	memcpy(code, (void *)fn, sizeof(code));
	for (int i = 0; i < 600 && !memcmp(code, (void *)fn, sizeof(code)); i++)
		usleep(100000);
	for (int i = 0; i < 100; i++, calls++, sum += 7) {
		if (fn(7) != 8)
			exit(3);
	}
	dlclose(lib);
	usleep(pause_us);
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "plain";

	if (!strcmp(mode, "threads"))
		do_threads();
	else if (!strcmp(mode, "fork"))
		do_fork();
	else if (!strcmp(mode, "worker"))
		do_worker();
	else if (!strcmp(mode, "setuid"))
		do_setuid();
	else if (!strcmp(mode, "exec"))
		do_exec(argv[0]);
	else if (!strcmp(mode, "signals"))
		do_signals();
	else if (!strcmp(mode, "close"))
		do_close();
	else if (!strcmp(mode, "jumps"))
		do_jumps();
	else if (!strcmp(mode, "dlopen")) {
		do_dlopen(argv[2], 300000);
		do_dlopen(argv[2], 0);
		do_dlopen(argv[2], 0);
	} else if (!strcmp(mode, "forever")) {
		alarm(60);
		for (;;)
			call(1000);
	} else if (!strcmp(mode, "indirect"))
		call_it(chosen, 1000);
	else if (!strcmp(mode, "nothing"))
		;
	else
		call(100);
	report();
	return 0;
}
