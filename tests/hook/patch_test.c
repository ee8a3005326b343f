/* SPDX-License-Identifier: BSD-2-Clause */
/* May code be patched while threads run it?  They check every result, hits are counted against the
 * calls that were made, and the bytes are the old ones in the end. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fixture.h"
#include "base/os.h"
#include "hook/page.h"
#include "hook/trap.h"

PROGRAM(count);
PROGRAM(other);

enum {
	THREADS = 4,
	FLIPS = 200
};

static struct hook_set *set;

FUNCTION(f_one, "movabs $0x1122334455667788, %rax\n add %rdi, %rax\n add %rsi, %rax\n ret");
FUNCTION(f_many, "push %rbx\n push %rbp\n push %rax\n push %rcx\n push %rdx\n"
		 "lea 7(%rdi,%rsi), %rax\n add $24, %rsp\n pop %rbp\n pop %rbx\n ret");
FUNCTION(f_usual, "push %rbp\n mov %rsp, %rbp\n push %r15\n lea (%rdi,%rsi,2), %rax\n"
		  "pop %r15\n pop %rbp\n ret");
FUNCTION(f_loops, "xor %eax, %eax\n 1: add %rdi, %rax\n dec %rsi\n jnz 1b\n ret");

static struct {
	const void *func;
	bool stop;
	uint64_t wrong, calls;
} work;

static uint64_t truth(const void *func, uint64_t a, uint64_t b)
{
	if (func == f_one)
		return 0x1122334455667788 + a + b;
	if (func == f_many)
		return a + b + 7;
	return func == f_usual ? a + 2 * b : a * b;
}

static void *worker(void *arg)
{
	uint64_t limit = (uint64_t)(uintptr_t)arg, calls = 0, wrong = 0;

	for (uint64_t i = 1; limit ? i <= limit : !__atomic_load_n(&work.stop, __ATOMIC_RELAXED);
	     i++) {
		if (CALL2(work.func, i, 3) != truth(work.func, i, 3))
			wrong++;
		calls++;
	}
	__atomic_fetch_add(&work.calls, calls, __ATOMIC_RELAXED);
	__atomic_fetch_add(&work.wrong, wrong, __ATOMIC_RELAXED);
	return NULL;
}

static void start(pthread_t *threads, const void *func, uint64_t limit)
{
	work.func = func;
	work.stop = false;
	work.calls = work.wrong = 0;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, worker, (void *)(uintptr_t)limit);
}

static void finish(pthread_t *threads)
{
	__atomic_store_n(&work.stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(work.wrong, 0);
}

static const struct {
	const void *func;
	const uint64_t *size;
	uint64_t exact; /* calls of each thread where hits are counted */
} funcs[] = {
	{ f_one, &f_one_size, 200000 },
	{ f_many, &f_many_size, 200000 },
	{ f_usual, &f_usual_size, 200000 },
	{ f_loops, &f_loops_size, 5000 },
};

enum {
	N_FUNCS = sizeof(funcs) / sizeof(funcs[0])
};

static void test_flips(void **state)
{
	pthread_t threads[THREADS];
	uint8_t before[16];

	(void)state;
	for (int f = 0; f < N_FUNCS; f++) {
		uint64_t n = count_seen.n, m = other_seen.n;

		memcpy(before, funcs[f].func, sizeof(before));
		start(threads, funcs[f].func, 0);
		for (int i = 0; i < FLIPS; i++) {
			struct hook *a = attach_in(set, HOOK_UPROBE, funcs[f].func, 0,
						   *funcs[f].size, &count);
			struct hook *b = attach_in(set, HOOK_URETPROBE, funcs[f].func, 0,
						   *funcs[f].size, &other);

			usleep(i % 7 * 50);
			hook_remove(a);
			hook_remove(b);
		}
		finish(threads);
		assert_memory_equal(before, funcs[f].func, sizeof(before));
		assert_true(count_seen.n > n && count_seen.n - n <= work.calls);
		assert_true(other_seen.n > m && other_seen.n - m <= work.calls);
	}
}

static void test_counts_are_exact(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	for (int f = 0; f < N_FUNCS; f++) {
		struct hook *a =
			attach_in(set, HOOK_UPROBE, funcs[f].func, 0, *funcs[f].size, &count);
		struct hook *b =
			attach_in(set, HOOK_URETPROBE, funcs[f].func, 0, *funcs[f].size, &other);
		uint64_t n = count_seen.n, m = other_seen.n;

		start(threads, funcs[f].func, funcs[f].exact);
		finish(threads);
		assert_int_equal(work.calls, THREADS * funcs[f].exact);
		assert_int_equal(count_seen.n - n, work.calls);
		assert_int_equal(other_seen.n - m, work.calls);
		hook_remove(a);
		hook_remove(b);
	}
}

/* A thread that sleeps in the middle of the bytes of a jump: read(2) begins the function. */
FUNCTION(f_sleeps, "syscall\n push %rbx\n pop %rbx\n push %rcx\n lea 1(%rax), %rax\n pop %rcx\n"
		   "ret");
FUNCTION(f_sleeps_too, "syscall\n lea 1(%rax), %rax\n nop\n nop\n ret");

static int pipes[2];
static int asleep;

static void *sleeper(void *func)
{
	uint64_t ret = SYS_read;
	char c;

	__atomic_store_n(&asleep, os_gettid(), __ATOMIC_RELAXED);
	__asm__ volatile("call *%3"
			 : "+a"(ret)
			 : "D"((long)pipes[0]), "S"(&c), "r"(func), "d"(1l)
			 : "rcx", "r11", "memory", "cc");
	return (void *)(uintptr_t)ret;
}

static void wait_until_asleep(void)
{
	char path[64], text[64] = "";
	FILE *f;

	while (!__atomic_load_n(&asleep, __ATOMIC_RELAXED))
		usleep(100);
	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall",
		 __atomic_load_n(&asleep, __ATOMIC_RELAXED));
	while (strncmp(text, "0 ", 2)) {
		usleep(1000);
		f = fopen(path, "r");
		assert_non_null(f);
		if (!fgets(text, sizeof(text), f))
			text[0] = 0;
		fclose(f);
	}
}

static void test_straggler(void **state)
{
	const struct {
		void *func;
		uint64_t size;
	} sleeping[] = { { f_sleeps, f_sleeps_size }, { f_sleeps_too, f_sleeps_too_size } };
	pthread_t thread;
	struct hook *hook;
	void *ret;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	for (int i = 0; i < 20; i++) {
		void *func = sleeping[i % 2].func;

		__atomic_store_n(&asleep, 0, __ATOMIC_RELAXED);
		pthread_create(&thread, NULL, sleeper, func);
		wait_until_asleep();
		hook = attach_in(set, HOOK_UPROBE, func, 0, sleeping[i % 2].size, &count);
		assert_string_equal(hook_transport(hook), "jump");
		if (i % 3 == 0)
			hook = hook_remove(hook);
		assert_int_equal(write(pipes[1], "x", 1), 1);
		pthread_join(thread, &ret);
		assert_int_equal((uintptr_t)ret, 2);
		hook_remove(hook);
	}
}

static volatile int app_traps;

static void on_app_trap(int sig)
{
	(void)sig;
	app_traps++;
}

/* Signals of the application's own still reach it, through the disposition it asked for. */
static void test_traps_of_the_application(void **state)
{
	struct sigaction mine = { .sa_handler = on_app_trap }, old, now;
	struct hook *hook = attach_in(set, HOOK_UPROBE, f_loops, 0, f_loops_size, &count);
	uint64_t n = count_seen.n;

	(void)state;
	app_traps = 0;
	assert_true(trap_sigaction(SIGTRAP, &mine, &old));
	assert_int_equal(CALL2(f_loops, 4, 4), 16);
	assert_int_equal(app_traps, 0);
	__asm__ volatile("int3");
	assert_int_equal(app_traps, 1);
	raise(SIGTRAP);
	assert_int_equal(app_traps, 2);
	assert_true(trap_sigaction(SIGTRAP, &old, &now));
	assert_ptr_equal(now.sa_handler, on_app_trap);
	assert_false(trap_sigaction(SIGUSR1, &mine, NULL));
	assert_int_equal(count_seen.n, n + 1);
	hook_remove(hook);
}

/* Rows of this program's text, and pages of it that are no more the file's. */
static int count_texts(int *ret_own)
{
	char line[512], self[256] = "";
	FILE *f = fopen("/proc/self/smaps", "r");
	int n = 0, kb;
	bool is = false;

	*ret_own = 0;
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (strstr(line, " r-xp ") || strstr(line, " r--p ") || strstr(line, " rw-p "))
			is = strstr(line, " r-xp ") && strstr(line, self);
		n += is && strstr(line, self);
		if (is && sscanf(line, "Anonymous: %d kB", &kb) == 1)
			*ret_own += kb / 4;
	}
	fclose(f);
	return n;
}

static bool in_steps;

/* A page that was exchanged is part of the same mapping, and the file's own again in the end. */
static void test_mappings(void **state)
{
	struct hook *a = attach_in(set, HOOK_UPROBE, f_one, 0, f_one_size, &count);
	struct hook *b = attach_in(set, HOOK_UPROBE, f_many, 0, f_many_size, &count);
	int own, before;

	(void)state;
	assert_int_equal(count_texts(&before), 1);
	hook_remove(a);
	a = attach_in(set, HOOK_UPROBE, f_usual, 0, f_usual_size, &count);
	assert_int_equal(count_texts(&own), 1);
	assert_true(in_steps || own == before);
	hook_remove(a);
	hook_remove(b);
	assert_int_equal(count_texts(&own), 1);
	assert_true(in_steps || own < before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mappings),
		cmocka_unit_test(test_counts_are_exact),
		cmocka_unit_test(test_flips),
		cmocka_unit_test(test_straggler),
		cmocka_unit_test(test_traps_of_the_application),
	};

	int failed = 0;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	/* Two ways of hits, and two of patching. */
	for (int way = 0; way < 4; way++) {
		in_steps = way & 2;
		page_never(in_steps);
		if (hook_set_new(way & 1 ? fixture_registry() : NULL, &set))
			return 1;
		failed += cmocka_run_group_tests(tests, NULL, NULL);
		hook_set_free(set);
	}
	return failed;
}
