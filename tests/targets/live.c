/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An unmodified program that runs before anybody thinks of tracing it.
 *
 * live threads N: N threads; each line "go C" on stdin lets each call probed() C times, and is
 * answered "calls TOTAL SUM bad B".
 *
 * live busy N: N threads that call probed() all the time, until a line comes.
 *
 * live wait KIND: waits in one kind of system call after the other time, until a line comes; bad
 * counts answers that are not what nobody's interference gives.
 *
 * live block: answers as threads does, and has a thread with all signals blocked, which waits; with
 * "late" from the first line on; with "vfork" two, which wait for children that do not become
 * anything, and one that never rests; with "alone" none but one that waits like that.
 *
 * live handlers N: as busy, but probed() is called in a handler that has all signals blocked.
 *
 * live forks: forks children that call probed() and die.
 *
 * live drop: answers each line as threads does, and "drop" when it has become nobody, "lower" when
 * it has for a while and "raise" when it is root again.
 *
 * live leader: answers as threads does, but with the first line its first thread ends, which has
 * all signals blocked.
 *
 * live child: each line "go" is answered as by threads; "fork" with the id of a child, which takes
 * over while its parent waits.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long calls, sum, bad, go, done, stop;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

__attribute__((noinline, noclone)) long probed(long x)
{
	__asm__ volatile("" ::: "memory");
	return x * 2;
}

static void call(long n)
{
	for (long i = 0; i < n; i++) {
		if (probed(i) != 2 * i)
			__atomic_fetch_add(&bad, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&sum, i, __ATOMIC_RELAXED);
	}
}

static void report(void)
{
	printf("calls %ld %ld bad %ld\n", calls, sum, bad);
	fflush(stdout);
}

static void *on_command(void *unused)
{
	long turn = 0, n;

	for (;;) {
		pthread_mutex_lock(&lock);
		while (done / 1000000 == turn)
			pthread_cond_wait(&changed, &lock);
		turn = done / 1000000;
		n = go;
		pthread_mutex_unlock(&lock);
		call(n);
		pthread_mutex_lock(&lock);
		done++;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&lock);
	}
	return unused;
}

/* done: turns in millions, threads that have finished it. */
static void threads(int n)
{
	char line[64];
	pthread_t t;

	for (int i = 0; i < n; i++)
		pthread_create(&t, NULL, on_command, NULL);
	while (fgets(line, sizeof(line), stdin)) {
		pthread_mutex_lock(&lock);
		go = atol(line + 3);
		done = (done / 1000000 + 1) * 1000000;
		pthread_cond_broadcast(&changed);
		while (done % 1000000 != n)
			pthread_cond_wait(&changed, &lock);
		pthread_mutex_unlock(&lock);
		report();
	}
}

static void *always(void *unused)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		call(100);
	return unused;
}

static void on_signal(int sig)
{
	(void)sig;
	call(100);
}

static void *always_in_handler(void *unused)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		pthread_kill(pthread_self(), SIGUSR1);
	return unused;
}

static void busy(int n, void *(*run)(void *))
{
	struct sigaction act = { .sa_handler = on_signal };
	pthread_t t[64];
	char line[64];

	sigfillset(&act.sa_mask);
	sigaction(SIGUSR1, &act, NULL);
	for (int i = 0; i < n; i++)
		pthread_create(&t[i], NULL, run, NULL);
	if (!fgets(line, sizeof(line), stdin))
		bad++;
	stop = 1;
	for (int i = 0; i < n; i++)
		pthread_join(t[i], NULL);
	report();
}

/* --- waits: 1 when the answer was the right one --- */

static int pipes[2][2], epoll_fd, semaphores, sockets[2];
static const struct timespec turn = { .tv_nsec = 15000000 };

static int is(long got, long want, int error)
{
	return got == want && (want != -1 || errno == error);
}

static int do_nanosleep(void)
{
	return is(nanosleep(&turn, NULL), 0, 0);
}

static int do_clock_nanosleep(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_nsec += turn.tv_nsec;
	at.tv_sec += at.tv_nsec / 1000000000;
	at.tv_nsec %= 1000000000;
	return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == 0;
}

static int do_futex(void)
{
	static int word;

	return is(syscall(SYS_futex, &word, FUTEX_WAIT, 0, &turn, NULL, 0), -1, ETIMEDOUT);
}

static int do_poll(void)
{
	return is(poll(NULL, 0, 15), 0, 0);
}

static int do_ppoll(void)
{
	sigset_t none;

	sigemptyset(&none);
	return is(ppoll(NULL, 0, &turn, &none), 0, 0);
}

static int do_select(void)
{
	struct timeval tv = { .tv_usec = 15000 };

	return is(select(0, NULL, NULL, NULL, &tv), 0, 0);
}

static int do_epoll(void)
{
	struct epoll_event event;

	return is(epoll_wait(epoll_fd, &event, 1, 15), 0, 0);
}

static int do_sigtimedwait(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return is(sigtimedwait(&set, NULL, &turn), -1, EAGAIN);
}

static int do_semtimedop(void)
{
	struct sembuf op = { .sem_op = -1 };

	return is(semtimedop(semaphores, &op, 1, &turn), -1, EAGAIN);
}

static int do_recv(void)
{
	char byte;

	return is(recv(sockets[0], &byte, 1, 0), -1, EAGAIN);
}

static int do_read(void)
{
	char byte;

	return is(read(pipes[0][0], &byte, 1), 1, 0);
}

static int do_write(void)
{
	static char many[4096];

	return is(write(pipes[1][1], many, sizeof(many)), sizeof(many), 0);
}

static int do_wait(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		nanosleep(&turn, NULL);
		_exit(0);
	}
	return waitpid(pid, NULL, 0) == pid;
}

static int do_vfork(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		syscall(SYS_nanosleep, &turn, NULL);
		_exit(0);
	}
	return waitpid(pid, NULL, 0) == pid;
}

static volatile sig_atomic_t alarms;

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

/* It ends by a signal, and by one only, which must not come before it waits. */
static int do_sigsuspend(void)
{
	struct itimerval in = { .it_value.tv_usec = 15000 };
	int before = alarms, ok;
	sigset_t none, alarm;

	sigemptyset(&none);
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigprocmask(SIG_BLOCK, &alarm, NULL);
	setitimer(ITIMER_REAL, &in, NULL);
	ok = is(sigsuspend(&none), -1, EINTR) && alarms == before + 1;
	sigprocmask(SIG_UNBLOCK, &alarm, NULL);
	return ok;
}

static int do_nothing(void)
{
	struct timespec from, now;

	clock_gettime(CLOCK_MONOTONIC, &from);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - from.tv_sec) * 1000000000 + now.tv_nsec - from.tv_nsec < turn.tv_nsec);
	return 1;
}

static const struct wait {
	const char *name;
	int (*wait)(void);
} waits[] = {
	{ "nanosleep", do_nanosleep },
	{ "clock_nanosleep", do_clock_nanosleep },
	{ "futex", do_futex },
	{ "poll", do_poll },
	{ "ppoll", do_ppoll },
	{ "select", do_select },
	{ "epoll", do_epoll },
	{ "sigtimedwait", do_sigtimedwait },
	{ "semtimedop", do_semtimedop },
	{ "recv", do_recv },
	{ "read", do_read },
	{ "write", do_write },
	{ "wait", do_wait },
	{ "vfork", do_vfork },
	{ "sigsuspend", do_sigsuspend },
	{ "nothing", do_nothing },
};

/* Somebody at the other end of the pipes, who has a process of his own. */
static void serve_pipes(void)
{
	char bytes[4096];

	fcntl(pipes[0][1], F_SETFL, O_NONBLOCK);
	fcntl(pipes[1][0], F_SETFL, O_NONBLOCK);
	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		nanosleep(&turn, NULL);
		bytes[0] = 0;
		if (write(pipes[0][1], bytes, 1) < 0)
			errno = 0;
		if (read(pipes[1][0], bytes, sizeof(bytes)) < 0)
			errno = 0;
	}
}

static void prepare(void)
{
	struct timeval tv = { .tv_usec = 15000 };
	sigset_t set;

	if (pipe(pipes[0]) || pipe(pipes[1]) || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		exit(2);
	setsockopt(sockets[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	epoll_fd = epoll_create1(0);
	semaphores = semget(IPC_PRIVATE, 1, 0600);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGALRM, on_alarm);
}

static void wait_always(const char *kind)
{
	struct pollfd in = { .fd = 0, .events = POLLIN };

	prepare();
	if (!strcmp(kind, "read") || !strcmp(kind, "write"))
		serve_pipes();
	puts("ready");
	fflush(stdout);
	while (poll(&in, 1, 0) == 0) {
		for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
			if (!strcmp(waits[i].name, kind) && !waits[i].wait())
				bad++;
		call(1);
	}
	semctl(semaphores, 0, IPC_RMID);
	report();
}

static void *deaf(void *unused)
{
	struct epoll_event event;
	int fd = epoll_create1(0);
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	/* No signal comes, so nobody may see that it was woken. */
	epoll_wait(fd, &event, 1, -1);
	bad++;
	return unused;
}

static void *in_vfork(void *unused)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	if (!vfork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			syscall(SYS_pause);
	}
	return unused;
}

static void *never_rest(void *unused)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		;
	return unused;
}

static void block_in_vfork(void)
{
	pthread_t t;

	pthread_create(&t, NULL, in_vfork, NULL);
	pthread_create(&t, NULL, in_vfork, NULL);
	pthread_create(&t, NULL, never_rest, NULL);
	threads(1);
}

static void block(bool late)
{
	char line[64];
	pthread_t t;

	setvbuf(stdin, NULL, _IONBF, 0);
	if (late && fgets(line, sizeof(line), stdin))
		report();
	if (!pthread_create(&t, NULL, deaf, NULL))
		threads(1);
}

static void forks(void)
{
	struct pollfd in = { .fd = 0, .events = POLLIN };
	int status;
	pid_t pid;

	while (poll(&in, 1, 0) == 0) {
		call(10);
		pid = fork();
		if (pid == 0) {
			bad = 0;
			call(10);
			_exit(bad != 0);
		}
		if (waitpid(pid, &status, 0) != pid || status)
			bad++;
	}
	report();
}

static void *after_leader(void *unused)
{
	char line[64], path[64], state = 0;
	FILE *f;

	if (!fgets(line, sizeof(line), stdin))
		exit(1);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", getpid());
	while (state != 'Z') {
		usleep(1000);
		f = fopen(path, "r");
		if (!f || fscanf(f, "%*d (live) %c", &state) != 1)
			bad++;
		if (f)
			fclose(f);
	}
	report();
	threads(1);
	exit(0);
	return unused;
}

static void leader(void)
{
	sigset_t all;
	pthread_t t;

	setvbuf(stdin, NULL, _IONBF, 0);
	pthread_create(&t, NULL, after_leader, NULL);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		usleep(1000);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	syscall(SYS_exit, 0);
}

static void drop(void)
{
	char line[64];

	while (fgets(line, sizeof(line), stdin)) {
		if (!strncmp(line, "drop", 4) &&
		    (setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
		     setresuid(65534, 65534, 65534)))
			bad++;
		if (!strncmp(line, "lower", 5) && (setegid(65533) || seteuid(65533)))
			bad++;
		if (!strncmp(line, "raise", 5) && (seteuid(0) || setegid(0)))
			bad++;
		call(10);
		report();
	}
}

static void child(void)
{
	char line[64];
	pid_t pid;

	/* Unbuffered: what the parent has read is not the child's. */
	setvbuf(stdin, NULL, _IONBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		if (!strncmp(line, "fork", 4)) {
			pid = fork();
			if (pid) {
				waitpid(pid, NULL, 0);
				exit(0);
			}
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			printf("%d\n", getpid());
			fflush(stdout);
			continue;
		}
		call(100);
		report();
	}
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "", *arg = argc > 2 ? argv[2] : "1";

	if (!strcmp(mode, "threads"))
		threads(atoi(arg));
	else if (!strcmp(mode, "busy"))
		busy(atoi(arg), always);
	else if (!strcmp(mode, "handlers"))
		busy(atoi(arg), always_in_handler);
	else if (!strcmp(mode, "wait"))
		wait_always(arg);
	else if (!strcmp(mode, "forks"))
		forks();
	else if (!strcmp(mode, "drop"))
		drop();
	else if (!strcmp(mode, "leader"))
		leader();
	else if (!strcmp(mode, "child"))
		child();
	else if (!strcmp(mode, "block") && !strcmp(arg, "vfork"))
		block_in_vfork();
	else if (!strcmp(mode, "block") && !strcmp(arg, "alone"))
		in_vfork(NULL);
	else if (!strcmp(mode, "block"))
		block(!strcmp(arg, "late"));
	else
		return 2;
	return 0;
}
