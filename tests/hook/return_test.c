/* SPDX-License-Identifier: BSD-2-Clause */
/* Do functions whose return is probed still return to where they would have, however they are left?
 * And is every return that happens seen once? */
#include <complex.h>
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "fixture.h"
#include "hook/thread.h"

PROGRAM(count);
PROGRAM(inner);

static struct hook_set *set;

#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Winfinite-recursion"

#define PROBED __attribute__((noinline, noclone, optimize("no-optimize-sibling-calls")))

static struct hook *probe(const void *func)
{
	return attach_in(set, HOOK_URETPROBE, func, 0, 0, &count);
}

#define PROBE(f) probe((const void *)(uintptr_t)(f))

/* Values of every class come back unharmed, arguments on the stack arrive. */
struct big {
	long v[9];
};
struct pair {
	long a, b;
};
struct mixed {
	double d;
	long l;
};

PROBED static struct big ret_big(long x)
{
	return (struct big){ { x, x + 1, x + 2, x + 3, x + 4, x + 5, x + 6, x + 7, x + 8 } };
}
PROBED static struct pair ret_pair(long x)
{
	return (struct pair){ x, ~x };
}
PROBED static struct mixed ret_mixed(double d, long l)
{
	return (struct mixed){ d * 2, l * 3 };
}
PROBED static double complex ret_complex(double x)
{
	return x + 2 * x * I;
}
PROBED static long double ret_long_double(long double x)
{
	return x * 3;
}
PROBED static double stack_args(int a, int b, int c, int d, int e, int f, long g, double h,
				struct big i, long j)
{
	return a + b + c + d + e + f + (double)g + h + (double)i.v[8] + (double)j;
}

static void check_values(void)
{
	struct big big = ret_big(7);
	struct pair pair = ret_pair(9);
	struct mixed mixed = ret_mixed(1.5, 4);
	double complex z = ret_complex(3);

	assert_int_equal(big.v[0] + big.v[8], 22);
	assert_true(pair.a == 9 && pair.b == ~9l);
	assert_true(mixed.d == 3.0 && mixed.l == 12);
	assert_true(creal(z) == 3.0 && cimag(z) == 6.0);
	assert_true(ret_long_double(2.5L) == 7.5L);
	assert_true(stack_args(1, 2, 3, 4, 5, 6, 7, 8.5, big, 100) == 151.5);
}

static void test_values(void **state)
{
	struct hook *hooks[] = {
		PROBE(ret_big),     PROBE(ret_pair),        PROBE(ret_mixed),
		PROBE(ret_complex), PROBE(ret_long_double), PROBE(stack_args),
	};
	uint64_t n = count_seen.n;

	(void)state;
	check_values();
	assert_int_equal(count_seen.n, n + 6);
	for (int i = 0; i < 6; i++)
		hook_remove(hooks[i]);
	check_values();
	assert_int_equal(count_seen.n, n + 6);
}

PROBED static long recurse(long n)
{
	volatile long here = n;

	return n ? recurse(n - 1) + here : 0;
}

static void test_recursion(void **state)
{
	struct hook *hook = PROBE(recurse);
	uint64_t n = count_seen.n;

	(void)state;
	assert_int_equal(recurse(1000), 500500);
	assert_int_equal(count_seen.n, n + 1001);
	/* Deeper than the table: the rest is not probed, and returns as well. */
	assert_int_equal(recurse(20000), 200010000);
	assert_int_equal(count_seen.n, n + 1001 + HOOK_MAX_RETURNS);
	assert_int_equal(recurse(10), 55);
	assert_int_equal(count_seen.n, n + 1001 + HOOK_MAX_RETURNS + 11);
	hook_remove(hook);
}

static jmp_buf back;

PROBED static void jump_out(int depth)
{
	volatile char space[32] = { 0 };

	if (depth > 0)
		jump_out(depth - 1);
	else
		longjmp(back, 1 + depth);
	space[0]++;
}

static void test_longjmp(void **state)
{
	struct hook *hook = PROBE(jump_out), *also = PROBE(recurse);
	uint64_t n = count_seen.n;

	(void)state;
	for (volatile int i = 0; i < 20000; i++) {
		if (!setjmp(back))
			jump_out(i % 23);
	}
	assert_int_equal(count_seen.n, n);
	assert_int_equal(recurse(100), 5050);
	assert_int_equal(count_seen.n, n + 101);
	hook_remove(hook);
	hook_remove(also);
}

__attribute__((always_inline)) static inline long dive(int depth, uint32_t how);

/* One bit of `how` for each depth: is the call there probed?  The lowest: is it left by longjmp? */
#define DIVE(name)                                                      \
	PROBED static long name(int depth, uint32_t how)                \
	{                                                               \
		volatile char space[32] = { 0 };                        \
                                                                        \
		__asm__ volatile("# " #name); /* or they are one */     \
		if (depth > 0)                                          \
			return dive(depth - 1, how) + 1 + space[depth]; \
		if (how & 1)                                            \
			longjmp(back, 1);                               \
		return 0;                                               \
	}

DIVE(dive_probed)
DIVE(dive_plain)

__attribute__((always_inline)) static inline long dive(int depth, uint32_t how)
{
	return how >> (depth + 1) & 1 ? dive_probed(depth, how) : dive_plain(depth, how);
}

/* Places of the stack are used anew, with other things above them, and left or returned from. */
static void test_longjmp_or_return(void **state)
{
	struct hook *hook = PROBE(dive_probed);
	uint64_t n = count_seen.n;
	volatile uint32_t rng = 1, returned = 0;

	(void)state;
	for (volatile int i = 0; i < 100000; i++) {
		volatile uint32_t how = (rng = rng * 1664525 + 1013904223) >> 16;
		volatile int depth = (int)(how % 11);

		if (setjmp(back))
			continue;
		assert_int_equal(dive(depth, how), depth);
		returned += (uint32_t)__builtin_popcount(how & ((4u << depth) - 2));
		assert_int_equal(count_seen.n, n + returned);
	}
	assert_true(returned > 100000);
	hook_remove(hook);
}

/* Tail calls: several returns by way of one stack slot. */
__attribute__((noinline, noclone)) static long tail_c(long x)
{
	__asm__ volatile("");
	return x + 3;
}
__attribute__((noinline, noclone)) static long tail_b(long x)
{
	__asm__ volatile("");
	return tail_c(x * 2);
}
__attribute__((noinline, noclone)) static long tail_a(long x)
{
	__asm__ volatile("");
	return tail_b(x + 1);
}
FUNCTION(tail_self, "mov %rdi, %rax\n test %rax, %rax\n jz 1f\n dec %rdi\n jmp tail_self\n 1: ret");

static void test_tail_calls(void **state)
{
	struct hook *a = PROBE(tail_a), *b = PROBE(tail_b), *c = PROBE(tail_c);
	struct hook *self = attach_in(set, HOOK_URETPROBE, tail_self, 0, tail_self_size, &inner);
	uint64_t n = count_seen.n, m = inner_seen.n;

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_int_equal(tail_a(5), 15);
	assert_int_equal(count_seen.n, n + 300);
	assert_int_equal(CALL2(tail_self, 1000, 0), 0);
	assert_int_equal(inner_seen.n, m + 1001);
	assert_int_equal(CALL2(tail_self, 100000, 0), 0);
	/* A full table: some of it may belong to frames that longjmp left. */
	assert_in_range(inner_seen.n, m + 1001 + HOOK_MAX_RETURNS - 100,
			m + 1001 + HOOK_MAX_RETURNS);
	hook_remove(a);
	hook_remove(b);
	hook_remove(c);
	hook_remove(self);
}

static ucontext_t main_ctx, co_ctx[8];
static char co_stack[8][65536];

PROBED static long co_yield (int i, long x)
{
	swapcontext(&co_ctx[i], &main_ctx);
	return x + 1;
}

static long co_sum;

static void co_main(int i)
{
	for (int k = 0; k < 50; k++)
		co_sum += co_yield (i, k);
}

static void test_coroutines(void **state)
{
	struct hook *hook = PROBE(co_yield ), *other = PROBE(co_main);
	uint64_t n = count_seen.n;

	(void)state;
	co_sum = 0;
	for (int i = 0; i < 8; i++) {
		getcontext(&co_ctx[i]);
		co_ctx[i].uc_stack.ss_sp = co_stack[i];
		co_ctx[i].uc_stack.ss_size = sizeof(co_stack[i]);
		co_ctx[i].uc_link = &main_ctx;
		makecontext(&co_ctx[i], (void (*)(void))co_main, 1, i);
	}
	/* An order that is no stack's. */
	for (int k = 0; k < 51; k++) {
		for (int i = 0; i < 8; i++)
			swapcontext(&main_ctx, &co_ctx[(i * 3 + k) % 8]);
	}
	assert_int_equal(co_sum, 8 * 1275);
	assert_int_equal(count_seen.n, n + 8 * 51);
	hook_remove(hook);
	hook_remove(other);
}

static void *backtrace_frames[64];
static int backtrace_n;

PROBED static long look_back(long n)
{
	volatile long here = n;

	if (n)
		return look_back(n - 1) + here;
	backtrace_n = backtrace(backtrace_frames, 64);
	return 0;
}

static void test_backtrace(void **state)
{
	void *bare[64];
	int n = 0;
	struct hook *hook;

	(void)state;
	for (int probed = 0; probed < 2; probed++) {
		hook = probed ? PROBE(look_back) : NULL;
		assert_int_equal(look_back(10), 55);
		hook_remove(hook);
		if (!probed) {
			n = backtrace_n;
			memcpy(bare, backtrace_frames, sizeof(bare));
		}
	}
	/* The caller and what called it are still found behind the return sites. */
	assert_true(backtrace_n >= n);
	assert_ptr_equal(backtrace_frames[backtrace_n - 1], bare[n - 1]);
	assert_ptr_equal(backtrace_frames[backtrace_n - 2], bare[n - 2]);
}

static int cleaned;

static void clean(int *unused)
{
	(void)unused;
	cleaned++;
}

PROBED static long leave_thread(long n)
{
	int guard __attribute__((cleanup(clean), unused)) = 0;
	volatile long here = n;

	if (n)
		return leave_thread(n - 1) + here;
	pthread_exit((void *)1);
}

PROBED static void *wait_for_cancel(void *unused)
{
	int guard __attribute__((cleanup(clean), unused)) = 0;

	for (;;)
		pause();
	return unused;
}

static void *thread_main(void *unused)
{
	leave_thread(5);
	return unused;
}

static void test_threads_leave(void **state)
{
	struct hook *a = PROBE(leave_thread), *b = PROBE(wait_for_cancel);
	pthread_t thread;
	void *ret;

	(void)state;
	cleaned = 0;
	for (int i = 0; i < 50; i++) {
		assert_int_equal(pthread_create(&thread, NULL, thread_main, NULL), 0);
		pthread_join(thread, &ret);
		assert_ptr_equal(ret, (void *)1);
		assert_int_equal(pthread_create(&thread, NULL, wait_for_cancel, NULL), 0);
		pthread_cancel(thread);
		pthread_join(thread, &ret);
		assert_ptr_equal(ret, PTHREAD_CANCELED);
	}
	assert_true(cleaned >= 300);
	hook_remove(a);
	hook_remove(b);
}

static volatile long signals;

/* Too short for a jump, so it gets a breakpoint; but the thread sanitizer blocks every signal in
 * handlers, where one would kill. */
PROBED static long in_signal(long x)
{
#ifdef __SANITIZE_THREAD__
	volatile long here = x;

	return here + 1;
#else
	return x + 1;
#endif
}

static void on_alarm(int sig)
{
	(void)sig;
	signals += in_signal(0);
}

static void test_signals(void **state)
{
	struct itimerval timer = { { 0, 100 }, { 0, 100 } }, off = { { 0, 0 }, { 0, 0 } };
	struct sigaction act = { .sa_handler = on_alarm };
	struct hook *a = PROBE(in_signal), *b = PROBE(recurse);

	(void)state;
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	for (int i = 0; i < 20000 || signals < 50; i++) {
		assert_int_equal(in_signal(i), i + 1);
		assert_int_equal(recurse(20), 210);
	}
	setitimer(ITIMER_REAL, &off, NULL);
	hook_remove(a);
	hook_remove(b);
}

PROBED static pid_t fork_inside(void)
{
	return fork();
}

static void test_fork(void **state)
{
	struct hook *hook = PROBE(fork_inside), *more;
	uint64_t n = count_seen.n;
	int status;
	pid_t pid;

	(void)state;
	hook_before_fork();
	pid = fork_inside();
	if (pid == 0) {
		hook_after_fork();
		more = PROBE(recurse);
		_exit(recurse(3) == 6 && count_seen.n == n + 5 && hook_remove(more) == NULL ? 0
											    : 1);
	}
	hook_after_fork_parent();
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	assert_int_equal(count_seen.n, n + 1);
	hook_remove(hook);
}

static int is_inside, may_leave;

PROBED static long outlived(long x)
{
	__atomic_store_n(&is_inside, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&may_leave, __ATOMIC_ACQUIRE))
		usleep(1000);
	return x;
}

static void *outlive_main(void *unused)
{
	return outlived(5) == 5 ? unused : NULL;
}

/* Detached while inside: the function still returns to its caller, and no program runs. */
static void test_detached_inside(void **state)
{
	struct hook *hook = PROBE(outlived);
	uint64_t n = count_seen.n;
	pthread_t thread;
	void *ret;

	(void)state;
	is_inside = may_leave = 0;
	pthread_create(&thread, NULL, outlive_main, set);
	while (!__atomic_load_n(&is_inside, __ATOMIC_ACQUIRE))
		usleep(1000);
	hook_remove(hook);
	__atomic_store_n(&may_leave, 1, __ATOMIC_RELEASE);
	pthread_join(thread, &ret);
	assert_ptr_equal(ret, set);
	assert_int_equal(count_seen.n, n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),          cmocka_unit_test(test_recursion),
		cmocka_unit_test(test_longjmp),         cmocka_unit_test(test_longjmp_or_return),
		cmocka_unit_test(test_tail_calls),      cmocka_unit_test(test_coroutines),
		cmocka_unit_test(test_backtrace),       cmocka_unit_test(test_threads_leave),
		cmocka_unit_test(test_signals),         cmocka_unit_test(test_fork),
		cmocka_unit_test(test_detached_inside),
	};

	int failed = 0;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	for (int lean = 0; lean < 2; lean++) {
		if (hook_set_new(lean ? fixture_registry() : NULL, &set))
			return 1;
		failed += cmocka_run_group_tests(tests, NULL, NULL);
		hook_set_free(set);
	}
	return failed;
}
