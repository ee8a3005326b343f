/* SPDX-License-Identifier: BSD-2-Clause */
/* Are bad addresses errnos, and are all other faults the application's, as the kernel gives them?
 * What ends in death is asked in children. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "helper/helper.h"
#include "helper/probe.h"
#include "hook/fault.h"

enum {
	READS = 100000,
	THREADS = 4,
	N_BAD = 6,
	ALT_SIZE = 64 * 1024,
	FINE = 42
};

static uint64_t bad[N_BAD];
static uint32_t n_reads = READS; /* of each thread; more if the first argument says so */
static struct helper_env env = { .probe_faults = true };
static struct run run = { .env = &env };
static volatile char *volatile null_page = (char *)16;

typedef void (*handler_fn)(int, siginfo_t *, void *);
#define IGNORE ((handler_fn)(uintptr_t)SIG_IGN)

static void make_bad(void)
{
	char *none = mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char path[] = "/tmp/ring3-fault-XXXXXX";
	int fd = mkstemp(path);
	char *cut;

	unlink(path);
	assert_int_equal(ftruncate(fd, 8192), 0);
	cut = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
	assert_int_equal(ftruncate(fd, 0), 0);
	close(fd);
	bad[0] = 0;
	bad[1] = 8192; /* below what anybody may map */
	bad[2] = (uint64_t)none;
	bad[3] = (uint64_t)cut;
	bad[4] = UINT64_C(0x8000000000000000); /* not canonical */
	bad[5] = UINT64_MAX - 3;               /* of the kernel */
}

static void *read_bad(void *arg)
{
	uint64_t buf[8];
	long wrong = 0;

	(void)arg;
	for (uint32_t i = 0; i < n_reads; i++) {
		uint64_t addr = bad[i % N_BAD];

		wrong += probe_copy(&run, buf, addr, 8) != -EFAULT;
		if (i % 8 == 0) {
			wrong += probe_copy(&run, buf, addr, 33) != -EFAULT;
			wrong += probe_copy_str(&run, (char *)buf, addr, 33) != -EFAULT;
			wrong += probe_write(&run, addr, buf, 4) != -EFAULT;
		}
		wrong += probe_copy(&run, buf, (uint64_t)bad, sizeof(buf[0]));
	}
	return (void *)wrong;
}

static void set(int sig, handler_fn handler, int flags)
{
	struct sigaction act = { .sa_sigaction = handler, .sa_flags = flags }, old;

	assert_true(fault_sigaction(sig, &act, NULL));
	assert_true(fault_sigaction(sig, NULL, &old));
	assert_ptr_equal(old.sa_sigaction, act.sa_sigaction);
	assert_int_equal(old.sa_flags, flags);
}

/* cmocka installs handlers of its own before each test. */
static void catch_and_default(void)
{
	assert_int_equal(fault_catch(), 0);
	set(SIGSEGV, NULL, 0);
	set(SIGBUS, NULL, 0);
}

static void test_bad_addresses(void **state)
{
	pthread_t threads[THREADS];
	void *wrong;

	(void)state;
	catch_and_default();
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, read_bad, NULL);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &wrong);
		assert_ptr_equal(wrong, NULL);
	}
}

static double ns_a_read(void)
{
	struct timespec from, to;
	uint64_t buf;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < READS; i++)
		probe_copy(&run, &buf, (uint64_t)bad, sizeof(buf));
	clock_gettime(CLOCK_MONOTONIC, &to);
	return ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) /
	       READS;
}

/* Where a fault would kill, the kernel is asked: slower, and an errno. */
static void test_masked(void **state)
{
	sigset_t faults, none;
	uint64_t buf;

	(void)state;
	catch_and_default();
	sigemptyset(&none);
	faults = none;
	sigaddset(&faults, SIGSEGV);
	fault_mask_is(&faults);
	pthread_sigmask(SIG_BLOCK, &faults, NULL);
	assert_int_equal(probe_copy(&run, &buf, bad[0], 8), -EFAULT);
	print_message("# %.1f ns a read by the kernel", ns_a_read());
	pthread_sigmask(SIG_UNBLOCK, &faults, NULL);
	fault_mask_is(&none);
	print_message(", %.1f ns by ourselves\n", ns_a_read());
}

static void *read_bad_masked(void *arg)
{
	sigset_t faults;
	uint64_t buf;

	(void)arg;
	sigemptyset(&faults);
	sigaddset(&faults, SIGBUS);
	pthread_sigmask(SIG_SETMASK, &faults, NULL);
	return (void *)(uintptr_t)(probe_copy(&run, &buf, bad[3], 8) != -EFAULT);
}

/* What nobody told us is asked for before a thread's first read. */
static void test_masked_before(void **state)
{
	pthread_t thread;
	void *wrong;

	(void)state;
	catch_and_default();
	pthread_create(&thread, NULL, read_bad_masked, NULL);
	pthread_join(thread, &wrong);
	assert_ptr_equal(wrong, NULL);
}

/* --- what children do; they exit with FINE or die --- */

/* As a handler's mask, a jump, and system calls do that nobody stands in front of. */
static void block_unseen(uint64_t mask)
{
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof(mask));
}

static void mask_unseen(void)
{
	const uint64_t faults = 1ull << (SIGSEGV - 1) | 1ull << (SIGBUS - 1);
	uint64_t word = (uint64_t)bad, buf;
	char text[8];

	catch_and_default();
	for (int round = 0; round < 3; round++) {
		block_unseen(0);
		if (probe_copy(&run, &buf, (uint64_t)&word, 8) || buf != word)
			_exit(1);
		for (int i = 0; round && i < N_BAD; i++)
			if (probe_copy(&run, &buf, bad[i], 8) != -EFAULT)
				_exit(2);
		block_unseen(faults);
		for (int i = 0; i < N_BAD; i++)
			if (probe_copy(&run, &buf, bad[i], 8) != -EFAULT ||
			    probe_copy_str(&run, text, bad[i], 8) != -EFAULT ||
			    probe_write(&run, bad[i], &word, 8) != -EFAULT)
				_exit(3);
		if (probe_copy(&run, &buf, (uint64_t)&word, 8) || buf != word)
			_exit(4);
	}
	_exit(FINE);
}

static sigjmp_buf back;
static char alt[ALT_SIZE];
static volatile int n_handled, on_alt;

static void use_alt(void)
{
	stack_t stack = { .ss_sp = alt, .ss_size = sizeof(alt) };

	sigaltstack(&stack, NULL);
}

static void jump_out(int sig, siginfo_t *info, void *context)
{
	volatile char here = 0;
	uint64_t buf;

	(void)context;
	on_alt = &here >= alt && &here < alt + sizeof(alt);
	if (sig != SIGSEGV || info->si_addr != (const volatile void *)null_page)
		_exit(1);
	/* Programs run in handlers, too. */
	if (probe_copy(&run, &buf, bad[2], 8) != -EFAULT)
		_exit(2);
	n_handled++;
	siglongjmp(back, 1);
}

static void jumps(int flags, int want_alt)
{
	sigset_t mask;

	use_alt();
	set(SIGSEGV, jump_out, SA_SIGINFO | flags);
	for (volatile int i = 0; i < 1000; i++) {
		if (sigsetjmp(back, 1) == 0)
			*null_page = 1;
		sigprocmask(SIG_BLOCK, NULL, &mask);
		if (sigismember(&mask, SIGSEGV) || on_alt != want_alt)
			_exit(3);
		if (probe_copy(&run, alt, bad[0], 8) != -EFAULT)
			_exit(4);
	}
	_exit(n_handled == 1000 ? FINE : 5);
}

static void do_jumps_on_alt(void)
{
	jumps(SA_ONSTACK, 1);
}

static void do_jumps_on_stack(void)
{
	jumps(0, 0);
}

static void repair(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	n_handled++;
	mprotect((void *)((uintptr_t)info->si_addr & ~UINT64_C(4095)), 4096,
		 PROT_READ | PROT_WRITE);
}

/* A handler that returns: the instruction is run again. */
static void do_repair(void)
{
	set(SIGSEGV, repair, SA_SIGINFO);
	*(volatile char *)bad[2] = 1;
	((volatile char *)bad[2])[4096] = 1;
	_exit(n_handled == 2 ? FINE : 1);
}

static void do_die(void)
{
	set(SIGSEGV, NULL, 0);
	*null_page = 1;
	_exit(FINE);
}

static void do_die_ignored(void)
{
	set(SIGSEGV, IGNORE, 0);
	kill(getpid(), SIGSEGV);
	n_handled = *null_page;
	_exit(FINE);
}

static void do_ignore_kill(void)
{
	set(SIGSEGV, IGNORE, 0);
	kill(getpid(), SIGSEGV);
	_exit(FINE);
}

static void do_die_by_kill(void)
{
	kill(getpid(), SIGBUS);
	_exit(FINE);
}

static void do_die_by_bus(void)
{
	n_handled = *(volatile char *)bad[3];
	_exit(FINE);
}

static void fault_again(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
	if (n_handled++)
		_exit(FINE);
	*null_page = 1;
}

static void do_nested_blocked(void)
{
	set(SIGSEGV, fault_again, 0);
	*null_page = 1;
}

static void do_nested(void)
{
	set(SIGSEGV, fault_again, SA_NODEFER);
	*null_page = 1;
}

static void just_count(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
	n_handled++;
}

static void do_reset(void)
{
	struct sigaction now;

	set(SIGSEGV, just_count, (int)SA_RESETHAND);
	kill(getpid(), SIGSEGV);
	fault_sigaction(SIGSEGV, NULL, &now);
	if (n_handled != 1 || now.sa_handler != SIG_DFL)
		_exit(FINE);
	kill(getpid(), SIGSEGV);
	_exit(FINE);
}

static struct sigaction ours;

static void hand_on(int sig, siginfo_t *info, void *context)
{
	ours.sa_sigaction(sig, info, context);
}

/* Whoever installs past us and hands on what is not its own. */
static void do_displaced(void)
{
	struct sigaction act = { .sa_sigaction = hand_on, .sa_flags = SA_SIGINFO };
	char buf[8];

	set(SIGSEGV, jump_out, SA_SIGINFO);
	sigaction(SIGSEGV, &act, &ours);
	if (probe_copy(&run, buf, bad[0], 8) != -EFAULT || fault_catch())
		_exit(1);
	if (probe_copy(&run, buf, bad[0], 8) != -EFAULT)
		_exit(2);
	if (sigsetjmp(back, 1) == 0)
		*null_page = 1;
	_exit(n_handled == 1 ? FINE : 3);
}

static void test_children(void **state)
{
	static const struct {
		const char *what;
		void (*run)(void);
		int signal;
	} rows[] = {
		{ "jump out of a handler on its own stack", do_jumps_on_alt, 0 },
		{ "jump out of a handler without one", do_jumps_on_stack, 0 },
		{ "repair and return", do_repair, 0 },
		{ "no handler", do_die, SIGSEGV },
		{ "a fault that is ignored", do_die_ignored, SIGSEGV },
		{ "a signal that is ignored", do_ignore_kill, 0 },
		{ "a signal without handler", do_die_by_kill, SIGBUS },
		{ "behind the end of a file", do_die_by_bus, SIGBUS },
		{ "a fault in the handler", do_nested_blocked, SIGSEGV },
		{ "a fault in a handler with SA_NODEFER", do_nested, 0 },
		{ "SA_RESETHAND", do_reset, SIGSEGV },
		{ "a handler installed past us", do_displaced, 0 },
		{ "a mask that nobody told of", mask_unseen, 0 },
	};

	(void)state;
	catch_and_default();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pid_t pid = fork();
		int status = 0;

		if (pid == 0) {
			alarm(20);
			rows[i].run();
			_exit(9);
		}
		waitpid(pid, &status, 0);
		print_message("# %s: status %#x\n", rows[i].what, (unsigned int)status);
		if (rows[i].signal)
			assert_true(WIFSIGNALED(status) && WTERMSIG(status) == rows[i].signal);
		else
			assert_true(WIFEXITED(status) && WEXITSTATUS(status) == FINE);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_addresses),
		cmocka_unit_test(test_masked),
		cmocka_unit_test(test_masked_before),
		cmocka_unit_test(test_children),
	};

	if (argc > 1)
		n_reads = (uint32_t)strtoul(argv[1], NULL, 10);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	make_bad();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
