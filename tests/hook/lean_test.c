/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does the lean way of trampolines do what the general way does?  Compiled BPF, one program on a
 * function, against the same programs in company, which is always served the general way.
 *
 * To see it fail: leave a register out of what tramp_lean_enter() keeps; take out the comparison in
 * go_in(); count on another slot; open a trampoline in site_open() that does not fit, or that has
 * another program's code in it (is_met() in need.c).
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/bpf.h>

#include "fixture.h"
#include "hook/code_mem.h"
#include "hook/dispatch.h"
#include "hook/insn.h"
#include "hook/thread.h"
#include "jit/jit.h"
#include "map/map.h"
#include "ring3/ring3.h"
#include "run/link.h"
#include "state.h"

enum {
	N_WORDS = sizeof(struct pt_regs) / 8,
	N_SLOTS = 16,
	N_THREADS = 3,
	N_CHANGES = 40,
};

static ring3 *rt;
static struct hook_set *set;
static int map_fd; /* an array of one word for each slot */

static struct prog *load(const struct bpf_insn *insns, uint32_t n)
{
	static char log[65536];
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_KPROBE,
				.insns = (uint64_t)(uintptr_t)insns,
				.insn_cnt = n,
				.license = (uint64_t)(uintptr_t) "GPL",
				.log_level = 1,
				.log_buf = (uint64_t)(uintptr_t)log,
				.log_size = sizeof(log) };
	int fd = ring3_bpf(rt, BPF_PROG_LOAD, &attr, sizeof(attr));
	enum store_kind kind;
	struct prog *prog = NULL;
	uint32_t id;

	if (fd < 0 || rt_identify(rt, fd, &kind, &id) || prog_open_id(rt, id, &prog) ||
	    prog_ready(prog))
		fail_msg("the program does not load: %d\n%s", fd, log);
	return prog;
}

#define LOAD(insns) load(insns, sizeof(insns) / sizeof((insns)[0]))

/* r0 = this slot's word of the map, or the program ends */
#define FIND_WORD                                                                                  \
	{ .code = 0x62, .dst_reg = 10, .off = -4 }, { .code = 0xbf, .dst_reg = 2, .src_reg = 10 }, \
		{ .code = 0x07, .dst_reg = 2, .imm = -4 },                                         \
		{ .code = 0x18, .dst_reg = 1, .src_reg = 1, .imm = map_fd }, { .code = 0 },        \
		{ .code = 0x85, .imm = BPF_FUNC_map_lookup_elem },                                 \
		{ .code = 0x55, .dst_reg = 0, .off = 1 },                                          \
	{                                                                                          \
		.code = 0x95                                                                       \
	}

/* word += 1, by a plain load and store */
static struct prog *counter(void)
{
	const struct bpf_insn insns[] = {
		FIND_WORD,
		{ .code = 0x79, .dst_reg = 1, .src_reg = 0 },
		{ .code = 0x07, .dst_reg = 1, .imm = 1 },
		{ .code = 0x7b, .dst_reg = 0, .src_reg = 1 },
		{ .code = 0xb7, .dst_reg = 0 },
		{ .code = 0x95 },
	};

	return LOAD(insns);
}

/* The same by way of a helper that is C. */
static struct prog *caller(void)
{
	const struct bpf_insn insns[] = {
		{ .code = 0x85, .imm = BPF_FUNC_ktime_get_ns },
		FIND_WORD,
		{ .code = 0x79, .dst_reg = 1, .src_reg = 0 },
		{ .code = 0x07, .dst_reg = 1, .imm = 1 },
		{ .code = 0x7b, .dst_reg = 0, .src_reg = 1 },
		{ .code = 0x85, .imm = BPF_FUNC_get_current_pid_tgid },
		{ .code = 0xb7, .dst_reg = 0 },
		{ .code = 0x95 },
	};

	return LOAD(insns);
}

/* As the first, after a loop that takes a while: 2,000 rounds on a budget. */
static struct prog *slow_counter(void)
{
	const struct bpf_insn insns[] = {
		{ .code = 0xb7, .dst_reg = 3, .imm = 2000 },
		{ .code = 0xe5, .off = 2 }, /* may_goto */
		{ .code = 0x07, .dst_reg = 3, .imm = -1 },
		{ .code = 0x55, .dst_reg = 3, .off = -3 },
		FIND_WORD,
		{ .code = 0x79, .dst_reg = 1, .src_reg = 0 },
		{ .code = 0x07, .dst_reg = 1, .imm = 1 },
		{ .code = 0x7b, .dst_reg = 0, .src_reg = 1 },
		{ .code = 0xb7, .dst_reg = 0 },
		{ .code = 0x95 },
	};

	return LOAD(insns);
}

/* word = the context's word k */
static struct prog *reader(int k)
{
	const struct bpf_insn insns[] = {
		{ .code = 0x79, .dst_reg = 6, .src_reg = 1, .off = (int16_t)(8 * k) },
		FIND_WORD,
		{ .code = 0x7b, .dst_reg = 0, .src_reg = 6 },
		{ .code = 0xb7, .dst_reg = 0 },
		{ .code = 0x95 },
	};

	return LOAD(insns);
}

static void words(uint64_t *values, bool store)
{
	uint32_t key = 0;
	union bpf_attr attr = { .map_fd = (uint32_t)map_fd,
				.key = (uint64_t)(uintptr_t)&key,
				.value = (uint64_t)(uintptr_t)values };

	assert_int_equal(ring3_bpf(rt, store ? BPF_MAP_UPDATE_ELEM : BPF_MAP_LOOKUP_ELEM, &attr,
				   sizeof(attr)),
			 0);
}

static void clear(void)
{
	uint64_t zeros[N_SLOTS] = { 0 };

	words(zeros, true);
}

static uint64_t sum(void)
{
	uint64_t values[N_SLOTS], n = 0;

	words(values, false);
	for (int i = 0; i < N_SLOTS; i++)
		n += values[i];
	return n;
}

/* Of a thread that is here for the first time, the first hit takes the general way. */
static void warm_up(struct prog *prog, enum hook_kind kind)
{
	struct hook *hook = attach_in(set, kind, f_state, 0, f_state_size, prog);

	for (int i = 0; i < 3; i++)
		state_value(1, 2);
	hook_remove(hook);
}

static void check_state(struct prog *prog, enum hook_kind kind, size_t off)
{
	uint64_t bare[5];
	struct hook *hook;

	for (int k = 0; k < 5; k++)
		bare[k] = state_value(state_args[k][0], state_args[k][1]);
	clear();
	hook = attach_in(set, kind, f_state, off, f_state_size, prog);
	assert_true(hook_is_lean(hook));
	for (int k = 0; k < 5; k++)
		assert_int_equal(state_value(state_args[k][0], state_args[k][1]), bare[k]);
	assert_int_equal(sum(), 5);
	hook_remove(hook);
	assert_int_equal(state_value(1, 2), bare[1]);
}

/* Its code is the optimising tier's, which need not write to a register that it was given. */
static struct prog *hot(struct prog *prog)
{
	assert_int_equal(prog_ready_hot(prog), 0);
	return prog;
}

/* word += 1, unless the context's word is one that it never is */
static struct prog *glance(void)
{
	const struct bpf_insn insns[] = {
		{ .code = 0xbf, .dst_reg = 6, .src_reg = 1 },
		FIND_WORD,
		{ .code = 0x79, .dst_reg = 7, .src_reg = 6, .off = 8 * 14 },
		{ .code = 0x15, .dst_reg = 7, .off = 2, .imm = 0x7777 },
		{ .code = 0xb7, .dst_reg = 7, .imm = 1 },
		{ .code = 0xdb, .dst_reg = 0, .src_reg = 7 },
		{ .code = 0xb7, .dst_reg = 0 },
		{ .code = 0x95 },
	};

	return LOAD(insns);
}

/* word += k, in one of two ways that return in places of their own */
static struct prog *adder(int32_t k)
{
	const struct bpf_insn insns[] = {
		{ .code = 0xbf, .dst_reg = 6, .src_reg = 1 },
		FIND_WORD,
		{ .code = 0x79, .dst_reg = 7, .src_reg = 6, .off = 8 * 14 },
		{ .code = 0x79, .dst_reg = 1, .src_reg = 0 },
		{ .code = 0x07, .dst_reg = 1, .imm = k },
		{ .code = 0x45, .dst_reg = 7, .off = 3, .imm = 1 },
		{ .code = 0x7b, .dst_reg = 0, .src_reg = 1 },
		{ .code = 0xb7, .dst_reg = 0, .imm = 7 },
		{ .code = 0x95 },
		{ .code = 0x7b, .dst_reg = 0, .src_reg = 1 },
		{ .code = 0xb7, .dst_reg = 0, .imm = 9 },
		{ .code = 0x95 },
	};

	return LOAD(insns);
}

/* Flags, red zone, registers, at every instruction. */
static void test_nothing_changes(void **state)
{
	/* What asks for least first: later ones are served by trampolines that are there. */
	struct prog *progs[] = { hot(glance()), hot(counter()), glance(),       counter(),
				 caller(),      hot(caller()),  slow_counter(), hot(slow_counter()),
				 adder(1),      hot(adder(1)) };

	(void)state;
	for (size_t i = 0; i < sizeof(progs) / sizeof(progs[0]); i++) {
		warm_up(progs[i], HOOK_UPROBE);
		for (size_t off = 0; off < f_state_size;
		     off += insn_length((const uint8_t *)f_state + off, 15))
			check_state(progs[i], HOOK_UPROBE, off);
		check_state(progs[i], HOOK_URETPROBE, 0);
	}
}

/* Every general register has a value of its own, but for those that arguments are in. */
static uint64_t call_with_registers(const void *func)
{
	uint64_t ret;

	__asm__ volatile("push %%rbp\n push %%rbx\n mov $0x3b, %%ebx\n mov $0x35, %%ebp\n"
			 "mov $0x312, %%r12d\n mov $0x313, %%r13d\n mov $0x314, %%r14d\n"
			 "mov $0x315, %%r15d\n mov $0x31, %%ecx\n mov $0x32, %%edx\n"
			 "mov $0x36, %%esi\n mov $0x37, %%edi\n mov $0x38, %%r8d\n"
			 "mov $0x39, %%r9d\n mov $0x310, %%r10d\n mov $0x311, %%r11d\n"
			 "cmp $7, %%ecx\n call *%%rax\n pop %%rbx\n pop %%rbp"
			 : "=a"(ret)
			 : "a"(func)
			 : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
			   "r14", "r15", "memory", "cc");
	return ret;
}

FUNCTION(f_plain, "lea 5(%rdi), %rax\n mov $0x42, %edx\n cmp %rax, %rdx\n ret");

static uint64_t seen_word(enum hook_kind kind, size_t off, struct prog *prog, struct prog *company)
{
	struct hook *hook = attach_in(set, kind, f_plain, off, f_plain_size, prog), *other = NULL;

	if (company)
		other = attach_in(set, kind, f_plain, off, f_plain_size, company);
	assert_int_equal(hook_is_lean(hook), !company);
	clear();
	call_with_registers(f_plain);
	hook_remove(other);
	hook_remove(hook);
	return sum();
}

static void test_context_is_the_same(void **state)
{
	struct prog *prog;

	(void)state;
	warm_up(counter(), HOOK_UPROBE);
	for (int k = 0; k < N_WORDS; k++) {
		prog = reader(k);
		for (int how = 0; how < 3; how++) {
			enum hook_kind kind = how == 2 ? HOOK_URETPROBE : HOOK_UPROBE;
			size_t off = how == 1 ? 4 : 0;

			assert_int_equal(seen_word(kind, off, prog, NULL),
					 seen_word(kind, off, prog, prog));
		}
	}
}

FUNCTION(f_flagged, "lea 5(%rdi), %rax\n mov $0x42, %edx\n cmp %rax, %rdx\n ret");

/* Who comes second sees flags that the trampoline of the first need not keep. */
static void test_flags_in_company(void **state)
{
	struct prog *prog = reader(offsetof(struct pt_regs, eflags) / 8);
	struct hook *first, *second;
	uint64_t want;

	(void)state;
	for (size_t off = 0; off <= 4; off += 4) {
		want = seen_word(HOOK_UPROBE, off, prog, NULL);
		first = attach_in(set, HOOK_UPROBE, f_flagged, off, f_flagged_size, counter());
		for (int i = 0; i < 3; i++) {
			assert_true(hook_is_lean(first));
			second = attach_in(set, HOOK_UPROBE, f_flagged, off, f_flagged_size, prog);
			clear();
			call_with_registers(f_flagged);
			assert_int_equal(sum(), want);
			hook_remove(second);
			clear();
			call_with_registers(f_flagged);
			assert_int_equal(sum(), 1);
		}
		hook_remove(first);
	}
}

/* Code of programs stands in trampolines, which stay: of more of them than there is room for. */
static void test_code_of_its_own(void **state)
{
	enum {
		N_LOADS = 8
	};

	(void)state;
	warm_up(counter(), HOOK_UPROBE);
	for (int32_t i = 1; i <= N_LOADS; i++) {
		struct prog *prog = i % 2 ? adder(i) : hot(adder(i));
		enum hook_kind kind = i / 2 % 2 ? HOOK_URETPROBE : HOOK_UPROBE;
		struct hook *hook = attach_in(set, kind, f_plain, 0, f_plain_size, prog);

		clear();
		CALL2(f_plain, 4, 0);
		assert_true(hook_is_lean(hook));
		hot(prog);
		hook_refresh(hook);
		assert_non_null(prog->image->body);
		assert_true(hook_is_lean(hook));
		CALL2(f_plain, 4, 0);
		CALL2(f_plain, 5, 0);
		assert_int_equal(sum(), (uint64_t)i * 3);
		hook_remove(hook);
	}
}

/* Both on one function, one before the other, with what is left of them after. */
static void test_entry_and_return(void **state)
{
	struct prog *progs[] = { counter(), caller(), slow_counter() };
	uint64_t bare = state_value(7, 9);

	(void)state;
	warm_up(progs[0], HOOK_UPROBE);
	for (int i = 0; i < 9; i++) {
		struct hook *enter, *leave;
		struct prog *a = progs[i % 3], *b = progs[i / 3];

		enter = attach_in(set, HOOK_UPROBE, f_state, 0, f_state_size, a);
		leave = attach_in(set, HOOK_URETPROBE, f_state, 0, f_state_size, b);
		assert_true(hook_is_lean(leave));
		clear();
		assert_int_equal(state_value(7, 9), bare);
		assert_int_equal(sum(), 2);
		if (i % 2)
			enter = hook_remove(enter);
		else
			leave = hook_remove(leave);
		assert_true(hook_is_lean(enter ? enter : leave));
		assert_int_equal(state_value(7, 9), bare);
		assert_int_equal(sum(), 3);
		hook_remove(enter);
		hook_remove(leave);
		assert_int_equal(state_value(7, 9), bare);
		assert_int_equal(sum(), 3);
	}
}

FUNCTION(f_padded, "endbr64\n lea 5(%rdi), %rax\n mov $0x42, %edx\n ret");
FUNCTION(f_nameless, "lea 5(%rdi), %rax\n mov $0x42, %edx\n ret");
FUNCTION(call_padded, "push %rbx\n mov $0x3b, %ebx\n call f_padded\n add %rbx, %rax\n"
		      "pop %rbx\n ret");
FUNCTION(call_nameless, "push %rbx\n mov $0x3b, %ebx\n call f_nameless\n add %rbx, %rax\n"
			"pop %rbx\n ret");

/* The first that is probed is not known for a function's beginning: it is behind the landing pad,
 * or there is no symbol. */
static void test_return_of_what_begins_later(void **state)
{
	struct prog *progs[] = { counter(), caller(), hot(counter()), hot(caller()) };

	(void)state;
	warm_up(progs[0], HOOK_UPROBE);
	for (int i = 0; i < 32; i++) {
		const char *func = i < 16 ? f_padded : f_nameless;
		size_t off = i < 16 ? 4 : 0, size = i < 16 ? f_padded_size : 0;
		struct hook *enter, *leave;

		enter = attach_in(set, HOOK_UPROBE, func, off, size, progs[i % 4]);
		leave = attach_in(set, HOOK_URETPROBE, func, 0, size, progs[i / 4 % 4]);
		assert_true(hook_is_lean(leave));
		for (int k = 0; k < 2; k++) {
			clear();
			for (uint64_t a = 0; a < 5; a++)
				assert_int_equal(i < 16 ? CALL2(call_padded, a, 0)
							: CALL2(call_nameless, a, 0),
						 a + 5 + 0x3b);
			assert_int_equal(sum(), enter ? 10 : 5);
			enter = hook_remove(enter);
		}
		hook_remove(leave);
	}
}

static struct hook *attach_counted(const void *func, size_t size, struct prog *prog,
				   struct link_count *hits, uint64_t *missed)
{
	uint64_t addr = (uint64_t)(uintptr_t)func;
	struct hook_spec spec = {
		.kind = HOOK_UPROBE,
		.addr = addr,
		.func = addr,
		.func_size = size,
		.prog = prog,
		.hits = hits,
		.n_hits = N_SLOTS,
		.missed = missed,
	};
	struct hook *hook;
	struct text why;

	text_init(&why, NULL, 0);
	assert_int_equal(hook_add(set, &spec, &why, &hook), 0);
	return hook;
}

static uint64_t sum_of(const struct link_count *hits)
{
	uint64_t n = 0;

	for (int i = 0; i < N_SLOTS; i++)
		n += hits[i].n;
	return n;
}

static volatile uint64_t signals;

static void on_alarm(int sig)
{
	(void)sig;
	CALL2(f_plain, 1, 2);
	signals++;
}

/* A signal handler that hits the same function, most times while its program runs. */
static void test_hits_inside_are_missed(void **state)
{
	static struct link_count hits[N_SLOTS];
	struct itimerval timer = { { 0, 50 }, { 0, 50 } }, off = { { 0, 0 }, { 0, 0 } };
	struct sigaction act = { .sa_handler = on_alarm };
	uint64_t missed = 0, calls = 0;
	struct hook *hook;

	(void)state;
	hook = attach_counted(f_plain, f_plain_size, slow_counter(), hits, &missed);
	CALL2(f_plain, 1, 2);
	clear();
	memset(hits, 0, sizeof(hits));
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	while (calls < 20000 || (!missed && calls < 10000000)) {
		CALL2(f_plain, 1, 2);
		calls++;
	}
	setitimer(ITIMER_REAL, &off, NULL);
	hook_remove(hook);
	/* The thread sanitizer keeps signals until the next call into libc. */
#ifndef __SANITIZE_THREAD__
	assert_true(missed > 0);
#endif
	assert_int_equal(sum_of(hits) + missed, calls + signals);
	assert_int_equal(sum(), sum_of(hits));
}

struct worker {
	pthread_t thread;
	uint64_t calls;
};
static int stop;

static void *work(void *arg)
{
	struct worker *w = arg;

	for (; !__atomic_load_n(&stop, __ATOMIC_RELAXED); w->calls++)
		if (CALL2(f_plain, w->calls, 0) != w->calls + 5)
			abort();
	return NULL;
}

/* A program stays while others come and go, each of which is served by another trampoline: it runs
 * at every call, once. */
static void test_nothing_is_lost(void **state)
{
	static struct link_count hits[N_SLOTS];
	struct prog *progs[] = { caller(), reader(3), slow_counter() };
	struct worker workers[N_THREADS] = { 0 };
	uint64_t calls = 0, missed = 0;
	struct hook *hook, *other;

	(void)state;
	stop = 0;
	hook = attach_counted(f_plain, f_plain_size, counter(), hits, &missed);
	for (int i = 0; i < N_THREADS; i++)
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	for (int i = 0; i < N_CHANGES; i++) {
		other = attach_in(set, i % 3 ? HOOK_URETPROBE : HOOK_UPROBE, f_plain, 0,
				  f_plain_size, progs[i / 3 % 3]);
		if (i % 7 == 0)
			usleep(300);
		hook_remove(other);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < N_THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		calls += workers[i].calls;
	}
	hook_remove(hook);
	assert_int_equal(sum_of(hits) + missed, calls);
	assert_int_equal(missed, 0);
}

/* The last program is taken away while a thread is on its way in that has no room for a return
 * address. */
static uint64_t push_without_list(void)
{
	struct hook_site site = { 0 };
	uint64_t word = 0;

	return hook_push((uint64_t)(uintptr_t)&word, &site);
}

static __attribute__((noinline, noclone)) uint64_t dive(uint64_t depth)
{
	volatile uint64_t here = depth;

	return depth ? dive(depth - 1) + (here != depth) : push_without_list();
}

static void test_taken_away_from_a_full_table(void **state)
{
	struct hook *hook =
		attach_in(set, HOOK_URETPROBE, (const void *)(uintptr_t)dive, 0, 0, counter());

	(void)state;
	assert_int_equal(dive(10), 1);
	hook_self->n_returns = 0;
	assert_int_equal(dive(HOOK_MAX_RETURNS + 10), 0);
	hook_remove(hook);
}

/* A child that no handler was told of must not run on its parent's slot. */
static void test_fork_behind_our_back(void **state)
{
	struct prog *prog = counter();
	struct hook *hook;
	uint32_t slot;
	int status;
	pid_t pid;

	(void)state;
	warm_up(prog, HOOK_UPROBE);
	slot = hook_self->gate->slot;
	assert_true(hook_self->gate->idle > SLOT_OPEN);
	hook = attach_in(set, HOOK_UPROBE, f_plain, 0, f_plain_size, prog);
	clear();
	pid = (pid_t)syscall(SYS_fork);
	if (pid == 0) {
		uint64_t values[N_SLOTS];

		for (int i = 0; i < 600; i++)
			CALL2(f_plain, 1, 2);
		words(values, false);
		_exit(values[slot] || sum() != 600);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	CALL2(f_plain, 1, 2);
	assert_int_equal(sum(), 601);
	hook_remove(hook);
}

/* Who asks how long programs run is told of each run. */
static void test_stats(void **state)
{
	union bpf_attr attr = { .enable_stats.type = BPF_STATS_RUN_TIME };
	struct prog *prog = counter();
	struct hook *hook = attach_in(set, HOOK_UPROBE, f_plain, 0, f_plain_size, prog);
	uint64_t before;
	int fd;

	(void)state;
	for (int i = 0; i < 10; i++)
		CALL2(f_plain, 1, 2);
	before = prog->count->run_cnt;
	fd = ring3_bpf(rt, BPF_ENABLE_STATS, &attr, sizeof(attr));
	assert_true(fd >= 0);
	hook_set_tend(set);
	assert_false(hook_is_lean(hook));
	for (int i = 0; i < 10; i++)
		CALL2(f_plain, 1, 2);
	assert_int_equal(prog->count->run_cnt, before + 10);
	close(fd);
	/* As the sweeper does. */
	store_registry(rt->store)->stats_enabled = 0;
	hook_set_tend(set);
	assert_true(hook_is_lean(hook));
	for (int i = 0; i < 10; i++)
		CALL2(f_plain, 1, 2);
	assert_int_equal(prog->count->run_cnt, before + 10);
	hook_remove(hook);
}

#ifdef RING3_GUEST
static uint64_t call_with_gs(uint64_t gs)
{
	uint64_t before, after;

	__asm__ volatile("rdgsbase %0" : "=r"(before));
	__asm__ volatile("wrgsbase %0" : : "r"(gs) : "memory");
	for (uint64_t i = 0; i < 10; i++)
		assert_int_equal(CALL2(f_plain, i, 0), i + 5);
	__asm__ volatile("rdgsbase %0" : "=r"(after));
	__asm__ volatile("wrgsbase %0" : : "r"(before) : "memory");
	return after;
}

/* A program's own GS base stays what it is and is not followed; another thread's block is not ours.
 */
static void test_other_gs(void **state)
{
	static const uint64_t own[] = { 0x5000, 1ull << 46, 0x123456789abc };
	struct prog *prog = counter();
	struct hook *hook;

	(void)state;
	warm_up(prog, HOOK_UPROBE);
	hook = attach_in(set, HOOK_UPROBE, f_plain, 0, f_plain_size, prog);
	clear();
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		assert_int_equal(call_with_gs(own[i]), own[i]);
	call_with_gs(0);
	for (uint64_t i = 0; i < 3; i++)
		call_with_gs((uint64_t)(uintptr_t)own_arena.blocks + (8 + i) * OWN_BLOCK);
	assert_int_equal(sum(), 70);
	hook_remove(hook);
}
#endif

/* Wherever the site is, with two bytes of the jump that must trap.  Far from where trampolines of
 * other tests are. */
static void test_no_trampoline_seems_to_be_at_its_site(void **state)
{
	const uint64_t told_apart = 1 << 24, near = 8192;
	const uint64_t first = (uint64_t)(uintptr_t)f_plain + 4 * told_apart;
	struct code_mem mem = { 0 };
	uint64_t addr;

	(void)state;
	for (uint64_t site = first; site < first + 65536; site += 4096) {
		assert_int_equal(code_mem_alloc(&mem, site, 0x12, 88, &addr), 0);
		assert_in_range((addr - site) % told_apart, near, told_apart - near);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_changes),
		cmocka_unit_test(test_context_is_the_same),
		cmocka_unit_test(test_flags_in_company),
		cmocka_unit_test(test_code_of_its_own),
		cmocka_unit_test(test_entry_and_return),
		cmocka_unit_test(test_return_of_what_begins_later),
		cmocka_unit_test(test_hits_inside_are_missed),
		cmocka_unit_test(test_nothing_is_lost),
		cmocka_unit_test(test_taken_away_from_a_full_table),
		cmocka_unit_test(test_fork_behind_our_back),
		cmocka_unit_test(test_stats),
		cmocka_unit_test(test_no_trampoline_seems_to_be_at_its_site),
#ifdef RING3_GUEST
		cmocka_unit_test(test_other_gs),
#endif
	};
	union bpf_attr map = { .map_type = BPF_MAP_TYPE_PERCPU_ARRAY,
			       .key_size = 4,
			       .value_size = 8,
			       .max_entries = 1 };
	struct ring3_opts opts = { .size = sizeof(opts), .slots = N_SLOTS };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (ring3_new(&opts, &rt) || hook_set_new(store_registry(rt->store), &set))
		return 1;
	map_fd = ring3_bpf(rt, BPF_MAP_CREATE, &map, sizeof(map));
	if (map_fd < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
