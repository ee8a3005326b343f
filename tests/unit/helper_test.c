/* SPDX-License-Identifier: BSD-2-Clause */
/* Do the bodies of helpers do what the kernel's do, with its errnos?  Called directly. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/os.h"
#include "helper/helper.h"
#include "helper/probe.h"
#include "support/native.h"

static struct run run = { .slot = 3, .cookie = 77, .func_ip = 0x1234 };

static int64_t call(const char *name, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
		    uint64_t r5)
{
	const struct helper_proto *p = helper_by_name(name);

	if (!p || !p->fn)
		fail_msg("%s has no body", name);
	return (int64_t)p->fn(r1, r2, r3, r4, r5, &run);
}

#define P(x)        ((uint64_t)(x))
#define CALL0(name) call(name, 0, 0, 0, 0, 0)

static void test_every_row_is_whole(void **state)
{
	uint32_t run_here = 0;

	(void)state;
	for (uint32_t id = 1; id <= helper_max_id(); id++) {
		const struct helper_proto *p = helper_find(NULL, id);

		assert_non_null(p);
		assert_int_equal(p->id, id);
		assert_true(!p->fn == (p->why_not != NULL));
		assert_int_not_equal(p->groups, 0);
		assert_ptr_equal(helper_by_name(p->name), p);
		run_here += p->fn != NULL;
	}
	assert_null(helper_find(NULL, 0));
	assert_null(helper_find(NULL, helper_max_id() + 1));
	assert_true(run_here >= 90);
}

static void test_numbers_in_strings(void **state)
{
	static const struct {
		const char *text;
		uint64_t flags;
		int64_t used, value;
	} rows[] = {
		{ "123", 0, 3, 123 },
		{ " \t-45x", 0, 5, -45 },
		{ "0x1fg", 0, 4, 31 },
		{ "017", 0, 3, 15 },
		{ "0x1f", 16, 4, 31 },
		{ "ff", 16, 2, 255 },
		{ "08", 10, 2, 8 },
		{ "", 0, -EINVAL, 0 },
		{ "-", 0, -EINVAL, 0 },
		{ "x", 0, -EINVAL, 0 },
		{ "1", 7, -EINVAL, 0 },
		{ "1", 32, -EINVAL, 0 },
		{ "99999999999999999999", 0, -ERANGE, 0 },
		{ "9223372036854775808", 0, -ERANGE, 0 },
		{ "-9223372036854775808", 0, 20, INT64_MIN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t value = 99;
		size_t n = strlen(rows[i].text);

		assert_int_equal(call("strtol", P(rows[i].text), n, rows[i].flags, P(&value), 0),
				 rows[i].used);
		assert_int_equal(value, rows[i].value);
	}
}

static void test_strtoul_refuses_a_sign(void **state)
{
	uint64_t value;

	(void)state;
	assert_int_equal(call("strtoul", P("-1"), 2, 0, P(&value), 0), -EINVAL);
	assert_int_equal(call("strtoul", P("18446744073709551615"), 20, 0, P(&value), 0), 20);
	assert_true(value == UINT64_MAX);
}

static void test_strncmp(void **state)
{
	(void)state;
	assert_int_equal(call("strncmp", P("abc"), 4, P("abc"), 0, 0), 0);
	assert_int_equal(call("strncmp", P("abc"), 2, P("abd"), 0, 0), 0);
	assert_int_equal(call("strncmp", P("abc"), 3, P("abd"), 0, 0), -1);
	assert_int_equal(call("strncmp", P("b"), 2, P("ab"), 0, 0), 1);
}

static void test_clocks(void **state)
{
	static const struct {
		const char *name;
		clockid_t clock;
	} rows[] = { { "ktime_get_ns", CLOCK_MONOTONIC },
		     { "ktime_get_boot_ns", CLOCK_BOOTTIME },
		     { "ktime_get_coarse_ns", CLOCK_MONOTONIC_COARSE },
		     { "ktime_get_tai_ns", CLOCK_TAI } };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct timespec ts;
		int64_t ns, before;

		clock_gettime(rows[i].clock, &ts);
		before = ts.tv_sec * 1000000000 + ts.tv_nsec;
		ns = CALL0(rows[i].name);
		assert_true(ns >= before && ns - before < 1000000000);
	}
}

static void test_who_am_i(void **state)
{
	int64_t me = (int64_t)getpid() << 32 | os_gettid();
	char comm[16], full[16];
	pid_t child;
	int status;

	(void)state;
	assert_int_equal(CALL0("get_current_pid_tgid"), me);
	child = fork();
	if (!child) {
		me = (int64_t)getpid() << 32 | os_gettid();
		_exit(CALL0("get_current_pid_tgid") != me);
	}
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	assert_int_equal(CALL0("get_current_uid_gid"), (int64_t)getgid() << 32 | getuid());
	prctl(PR_GET_NAME, full);
	assert_int_equal(call("get_current_comm", P(comm), sizeof(comm), 0, 0, 0), 0);
	assert_string_equal(comm, full);
	assert_int_equal(call("get_current_comm", P(comm), 4, 0, 0, 0), 0);
	assert_memory_equal(comm, full, 3);
	assert_true(strlen(comm) <= 3);
}

static volatile sig_atomic_t got;

static void on_signal(int sig)
{
	got = sig;
}

/* The thread sanitizer calls handlers at the next call of libc that it knows. */
static void let_handlers_run(void)
{
#ifdef __SANITIZE_THREAD__
	usleep(1);
#endif
}

static void test_signals(void **state)
{
	(void)state;
	signal(SIGUSR1, on_signal);
	assert_int_equal(call("send_signal", SIGUSR1, 0, 0, 0, 0), 0);
	let_handlers_run();
	assert_int_equal(got, SIGUSR1);
	got = 0;
	assert_int_equal(call("send_signal_thread", SIGUSR1, 0, 0, 0, 0), 0);
	let_handlers_run();
	assert_int_equal(got, SIGUSR1);
	assert_int_equal(call("send_signal", 65, 0, 0, 0, 0), -EINVAL);
}

static uint64_t seen;

static uint64_t stop_at_five(struct run *r, uint64_t fn, uint64_t a1, uint64_t a2, uint64_t a3,
			     uint64_t a4, uint64_t a5)
{
	(void)r, (void)a3, (void)a4, (void)a5;
	assert_int_equal(fn, 42);
	assert_int_equal(a2, 43);
	seen = a1;
	return a1 == 5;
}

static void test_loop(void **state)
{
	(void)state;
	run.invoke = stop_at_five;
	assert_int_equal(call("loop", 3, 42, 43, 0, 0), 3);
	assert_int_equal(seen, 2);
	assert_int_equal(call("loop", 100, 42, 43, 0, 0), 6);
	assert_int_equal(call("loop", 100, 42, 43, 1, 0), -EINVAL);
	assert_int_equal(call("loop", (1 << 23) + 1, 42, 43, 0, 0), -E2BIG);
}

static void test_of_the_run(void **state)
{
	(void)state;
	assert_int_equal(CALL0("get_smp_processor_id"), 3);
	assert_int_equal(CALL0("get_attach_cookie"), 77);
	assert_int_equal(CALL0("get_func_ip"), 0x1234);
	assert_int_equal(call("override_return", 0, P(-EPERM), 0, 0, 0), 0);
	assert_true(run.overridden && run.override_ret == -EPERM);
	assert_int_not_equal(CALL0("get_prandom_u32"), CALL0("get_prandom_u32"));
}

static void test_iter_num(void **state)
{
	const struct kfunc_proto *new = kfunc_by_name("bpf_iter_num_new");
	const struct kfunc_proto *next = kfunc_by_name("bpf_iter_num_next");
	const struct kfunc_proto *destroy = kfunc_by_name("bpf_iter_num_destroy");
	uint64_t it;
	int sum = 0;
	int *v;

	(void)state;
	assert_int_equal(new->p.fn(P(&it), P(-2), 4, 0, 0, &run), 0);
	while ((v = (int *)next->p.fn(P(&it), 0, 0, 0, 0, &run)))
		sum += *v;
	assert_int_equal(sum, -2 - 1 + 0 + 1 + 2 + 3);
	assert_int_equal((int64_t) new->p.fn(P(&it), 3, 2, 0, 0, &run), -EINVAL);
	assert_int_equal(next->p.fn(P(&it), 0, 0, 0, 0, &run), 0);
	assert_int_equal((int64_t) new->p.fn(P(&it), 0, 1 << 24, 0, 0, &run), -E2BIG);
	destroy->p.fn(P(&it), 0, 0, 0, 0, &run);
	assert_null(kfunc_by_name("bpf_no_such_thing"));
	assert_ptr_equal(kfunc_row(next->p.id), next);
}

/* An address just before a hole. */
static char *edge_of_the_world(void)
{
	static char *at;

	if (!at) {
		at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		munmap(at + 4096, 4096);
		at += 4096;
	}
	return at;
}

static void on_fault(int sig, siginfo_t *info, void *ucontext)
{
	(void)sig, (void)info;
	if (!probe_fixup(ucontext))
		_exit(99);
}

static void probe_all_kinds_of_addresses(void)
{
	static const uint64_t bad[] = { 0, 8, 0x800000000000, 0xffff888000000000, UINT64_MAX - 4 };
	char *edge = edge_of_the_world(), buf[64];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (uint64_t n = 1; n <= 16; n += n == 1 ? 7 : 8) {
			memset(buf, 'x', sizeof(buf));
			assert_int_equal(call("probe_read", P(buf), n, bad[i], 0, 0), -EFAULT);
			assert_true(!buf[0] && !buf[n - 1] && buf[n] == 'x');
			assert_int_equal(call("probe_read_user_str", P(buf), n, bad[i], 0, 0),
					 -EFAULT);
			assert_int_equal(call("probe_write_user", bad[i], P(buf), n, 0, 0),
					 -EFAULT);
		}
		assert_int_equal(call("probe_read", P(buf), 0, bad[i], 0, 0), 0);
	}
	memcpy(edge - 8, "1234567", 8);
	assert_int_equal(call("probe_read_user", P(buf), 8, P(edge - 8), 0, 0), 0);
	assert_string_equal(buf, "1234567");
	assert_int_equal(call("probe_read_kernel", P(buf), 9, P(edge - 8), 0, 0), -EFAULT);
	memset(buf, 'x', sizeof(buf));
	assert_int_equal(call("probe_read_str", P(buf), 64, P(edge - 8), 0, 0), 8);
	assert_memory_equal(buf, "1234567\0x", 9);
	assert_int_equal(call("probe_read_str", P(buf), 4, P(edge - 8), 0, 0), 4);
	assert_string_equal(buf, "123");
	edge[-1] = '8';
	assert_int_equal(call("probe_read_str", P(buf), 64, P(edge - 8), 0, 0), -EFAULT);
	assert_true(!buf[0] && !buf[63]);
	assert_int_equal(call("probe_write_user", P(edge - 4), P("abcd"), 4, 0, 0), 0);
	assert_memory_equal(edge - 4, "abcd", 4);
}

/* Every size, also where it ends with the page: what is asked for is written, and no more. */
static void probe_all_sizes(void)
{
	char *edge = edge_of_the_world(), want[300] = "", buf[300];

	for (uint64_t n = 1; n <= 200; n++) {
		for (uint64_t i = 0; i < 256; i++)
			edge[(int64_t)i - 256] = (char)(i * 7 + n);
		memset(buf, 'x', sizeof(buf));
		assert_int_equal(call("probe_read", P(buf + 1), n, P(edge - n), 0, 0), 0);
		assert_memory_equal(buf + 1, edge - n, n);
		assert_true(buf[0] == 'x' && buf[n + 1] == 'x');
		assert_int_equal(call("probe_read", P(buf), n, P(edge - n + 1), 0, 0), -EFAULT);
		memset(edge - 256, 'x', 256);
		assert_int_equal(call("probe_write_user", P(edge - n), P(want), n, 0, 0), 0);
		assert_memory_equal(edge - n, want, n);
		assert_true(edge[-1 - (int64_t)n] == 'x');
		memset(want, (int)n, sizeof(want));
	}
}

static void probe_all_strings(void)
{
	char *edge = edge_of_the_world(), want[64], buf[64];

	memset(edge - 64, 'a', 64);
	for (uint64_t len = 0; len < 24; len++) {
		for (uint64_t back = len + 1; back < 40; back++) {
			for (uint64_t n = 1; n < 32; n++) {
				uint64_t copied = n < len + 1 ? n : len + 1;

				edge[(int64_t)len - (int64_t)back] = 0;
				memset(buf, 'x', sizeof(buf));
				memset(want, 'x', sizeof(want));
				memcpy(want, edge - back, copied);
				want[copied - 1] = 0;
				assert_int_equal(
					call("probe_read_str", P(buf), n, P(edge - back), 0, 0),
					copied);
				assert_memory_equal(buf, want, sizeof(buf));
				edge[(int64_t)len - (int64_t)back] = 'a';
			}
		}
	}
}

static int64_t kcall(const char *name, uint64_t r1, uint64_t r2, uint64_t r3)
{
	return (int64_t)kfunc_by_name(name)->p.fn(r1, r2, r3, 0, 0, &run);
}

/* Under an emulator of one process, which does not pass it on, only caught faults can be tried. */
static void skip_unless_the_kernel_copies(void)
{
	struct iovec nothing = { 0 };

	if (os_syscall(SYS_process_vm_readv, os_gettid(), (long)&nothing, 1, (long)&nothing, 1,
		       0) == -ENOSYS)
		skip();
}

static void test_strings_anywhere(void **state)
{
	char *edge = edge_of_the_world();
	const uint64_t s = P("hello world"), bad = P(edge);

	(void)state;
	skip_unless_the_kernel_copies();
	assert_int_equal(kcall("bpf_strlen", s, 0, 0), 11);
	assert_int_equal(kcall("bpf_strnlen", s, 5, 0), 5);
	assert_int_equal(kcall("bpf_strnlen", s, 50, 0), 11);
	assert_int_equal(kcall("bpf_strcmp", s, P("hello"), 0), 1);
	assert_int_equal(kcall("bpf_strcmp", s, s, 0), 0);
	assert_int_equal(kcall("bpf_strcasecmp", s, P("HELLO WORLE"), 0), -1);
	assert_int_equal(kcall("bpf_strchr", s, 'o', 0), 4);
	assert_int_equal(kcall("bpf_strchr", s, 'x', 0), -ENOENT);
	assert_int_equal(kcall("bpf_strchrnul", s, 'x', 0), 11);
	assert_int_equal(kcall("bpf_strnchr", s, 4, 'o'), -ENOENT);
	assert_int_equal(kcall("bpf_strrchr", s, 'o', 0), 7);
	assert_int_equal(kcall("bpf_strspn", s, P("leh"), 0), 4);
	assert_int_equal(kcall("bpf_strcspn", s, P(" "), 0), 5);
	assert_int_equal(kcall("bpf_strstr", s, P("world"), 0), 6);
	assert_int_equal(kcall("bpf_strstr", s, P("worlds"), 0), -ENOENT);
	assert_int_equal(kcall("bpf_strstr", s, P(""), 0), 0);
	assert_int_equal(kcall("bpf_strnstr", s, P("world"), 10), -ENOENT);
	assert_int_equal(kcall("bpf_strnstr", s, P("world"), 11), 6);
	assert_int_equal(kcall("bpf_strlen", bad, 0, 0), -EFAULT);
	assert_int_equal(kcall("bpf_strcmp", s, bad, 0), -EFAULT);
	memcpy(edge - 3, "xyz", 3);
	assert_int_equal(kcall("bpf_strchr", P(edge - 3), 'z', 0), 2);
	assert_int_equal(kcall("bpf_strlen", P(edge - 3), 0, 0), -EFAULT);
}

static void test_probe_by_the_kernel(void **state)
{
	(void)state;
	skip_unless_the_kernel_copies();
	probe_all_kinds_of_addresses();
	probe_all_sizes();
	probe_all_strings();
}

static void test_probe_by_faults(void **state)
{
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO }, old[2];
	struct helper_env env = { .probe_faults = true };

	(void)state;
	sigaction(SIGSEGV, &sa, &old[0]);
	sigaction(SIGBUS, &sa, &old[1]);
	run.env = &env;
	probe_all_kinds_of_addresses();
	probe_all_sizes();
	probe_all_strings();
	run.env = NULL;
	sigaction(SIGSEGV, &old[0], NULL);
	sigaction(SIGBUS, &old[1], NULL);
}

static int64_t print(char *out, uint64_t cap, const char *fmt, const uint64_t *args, uint32_t n)
{
	return call("snprintf", P(out), cap, P(fmt), P(args), n * 8);
}

static void test_formats(void **state)
{
	static const uint8_t ip[16] = { 10, 0, 0, 1, 0xfe };
	const struct {
		const char *fmt, *text;
		uint64_t arg;
	} rows[] = {
		{ "%d", "-1", P(-1) },
		{ "%u", "4294967295", P(-1) },
		{ "%lld", "-9223372036854775808", P(INT64_MIN) },
		{ "%lx|", "deadbeef0|", 0xdeadbeef0 },
		{ "%X", "AB", 0xab },
		{ "%05d", "-0042", P(-42) },
		{ "%-5d|", "42   |", 42 },
		{ "%5d", "   42", 42 },
		{ "%+d", "+42", 42 },
		{ "%c%%", "a%", 'a' },
		{ "<%s>", "<hello>", P("hello") },
		{ "%6s", "   abc", P("abc") },
		{ "%pks", "str", P("str") },
		{ "%px", "0000000000001234", 0x1234 },
		{ "%pI4", "10.0.0.1", P(ip) },
		{ "%pi4", "010.000.000.001", P(ip) },
		{ "%pI6", "0a00:0001:fe00:0000:0000:0000:0000:0000", P(ip) },
		{ "%s", "", 8 },
	};
	static const char *const refused[] = { "%d %d", "%f",  "%n",   "%hd", "%pQ",
					       "%",     "%sx", "\x01", "\xc3" };
	char buf[64];

	(void)state;
	skip_unless_the_kernel_copies();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(print(buf, sizeof(buf), rows[i].fmt, &rows[i].arg, 1),
				 strlen(rows[i].text) + 1);
		assert_string_equal(buf, rows[i].text);
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(print(buf, sizeof(buf), refused[i], &rows[0].arg, 1), -EINVAL);
	assert_int_equal(print(buf, 3, "%s", (uint64_t[]){ P("hello") }, 1), 6);
	assert_string_equal(buf, "he");
	assert_int_equal(print(NULL, 0, "%d", (uint64_t[]){ 1 }, 1), 2);
	assert_int_equal(call("snprintf", P(buf), 8, P("x"), P(ip), 7), -EINVAL);
}

static char traced[64];

static void sink(void *arg, const struct run *r, const char *line, size_t len)
{
	(void)r;
	assert_int_equal(P(arg), 5);
	memcpy(traced, line, len + 1);
}

static void test_trace(void **state)
{
	struct helper_env env = { .trace = sink, .trace_arg = (void *)5 };
	uint64_t args[4] = { 1, 2, 3, 4 };

	(void)state;
	run.env = &env;
	assert_int_equal(call("trace_printk", P("%d %d %d"), 9, 1, 2, 3), 5);
	assert_string_equal(traced, "1 2 3");
	assert_int_equal(call("trace_vprintk", P("%d%d%d%d"), 9, P(args), 32, 0), 4);
	assert_string_equal(traced, "1234");
	assert_int_equal(call("trace_printk", P("%d"), 2, 1, 2, 3), -EINVAL);
	assert_int_equal(call("trace_printk", P("%d%d%d%d"), 9, 1, 2, 3), -EINVAL);
	run.env = NULL;
}

static void test_stack(void **state)
{
	uint64_t stack[] = { P(&stack[2]), 0x2000, P(&stack[4]), 0x3000, 0, 0 }, got_ips[4];
	struct pt_regs regs = native_regs(0x1000, P(stack));

	(void)state;
	skip_unless_the_kernel_copies();
	run.regs = &regs;
	assert_int_equal(call("get_stack", 0, P(got_ips), 32, BPF_F_USER_STACK, 0), 24);
	assert_true(got_ips[0] == 0x1000 && got_ips[1] == 0x2000 && got_ips[2] == 0x3000);
	assert_int_equal(call("get_stack", 0, P(got_ips), 32, BPF_F_USER_STACK | 2, 0), 8);
	assert_true(got_ips[0] == 0x3000 && !got_ips[1]);
	assert_int_equal(call("get_stack", 0, P(got_ips), 32, BPF_F_USER_STACK | 3, 0), -EFAULT);
	assert_int_equal(call("get_stack", 0, P(got_ips), 32, 0, 0), -EFAULT);
	assert_int_equal(call("get_stack", 0, P(got_ips), 32, 1 << 9, 0), -EINVAL);
	assert_int_equal(call("get_stack", 0, P(got_ips), 31, BPF_F_USER_STACK, 0), -EINVAL);
	run.regs = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row_is_whole),
		cmocka_unit_test(test_numbers_in_strings),
		cmocka_unit_test(test_strtoul_refuses_a_sign),
		cmocka_unit_test(test_strncmp),
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_who_am_i),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_of_the_run),
		cmocka_unit_test(test_iter_num),
		cmocka_unit_test(test_strings_anywhere),
		cmocka_unit_test(test_probe_by_the_kernel),
		cmocka_unit_test(test_probe_by_faults),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_stack),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
