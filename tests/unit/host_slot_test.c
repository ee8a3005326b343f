/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does a thread that a host runs programs on keep its slot, and does everybody else still get one?
 * Beyond the number of slots, at a thread's end, after fork(2), from signal handlers, with several
 * runtimes; and is memory released while such a thread is outside, not while it is inside?
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "ring3/ring3.h"
#include "run/keep.h"
#include "run/rt.h"
#include "run/slot.h"

enum {
	N_SLOTS = 6,
	N_THREADS = 12,
	UNTIL_KEPT = 100,
	N_ROUNDS = 3000,
};

struct place {
	ring3 *rt;
	ring3_prog *prog;
};

static int (*inside)(void); /* what the program does */
static uint64_t host_inside(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, void *data)
{
	(void)a, (void)b, (void)c, (void)d, (void)e, (void)data;
	return inside ? (uint64_t)inside() : 0;
}

static struct place place_new(bool calls)
{
	static const struct ring3_helper helper = { "inside", { 0 }, host_inside };
	struct ring3_opts opts = {
		.size = sizeof(opts), .slots = N_SLOTS, .helpers = &helper, .n_helpers = 1
	};
	struct bpf_insn insns[] = { { .code = 0xb7, .imm = 7 }, { .code = 0x95 } };
	struct place p;
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)insns,
		.insn_cnt = 2,
		.license = (uintptr_t) "GPL",
	};
	int fd;

	if (calls)
		insns[0] = (struct bpf_insn){ .code = 0x85, .imm = (int32_t)HELPER_HOST_BASE };
	assert_int_equal(ring3_new(&opts, &p.rt), 0);
	fd = ring3_bpf(p.rt, BPF_PROG_LOAD, &attr, sizeof(attr));
	assert_true(fd >= 0);
	assert_int_equal(ring3_prog_of(p.rt, fd, &p.prog), 0);
	close(fd);
	return p;
}

static void place_free(struct place *p)
{
	ring3_prog_unref(p->prog);
	ring3_unref(p->rt);
}

static int run(const struct place *p)
{
	uint64_t ctx[64] = { 0 }, r0;

	return ring3_prog_run(p->prog, ctx, &r0);
}

static void run_often(const struct place *p)
{
	for (int i = 0; i < UNTIL_KEPT; i++)
		assert_int_equal(run(p), 0);
}

static uint32_t n_owned(const struct place *p, bool by_me)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < N_SLOTS; i++) {
		uint32_t owner =
			__atomic_load_n(&p->rt->registry->slots[i].owner, __ATOMIC_ACQUIRE);

		n += owner && (!by_me || owner == ((uint32_t)gettid() | STORE_SLOT_KEPT));
	}
	return n;
}

static void *keep_and_end(void *arg)
{
	run_often(arg);
	assert_int_equal(n_owned(arg, true), 1);
	return NULL;
}

static void slot_goes_with_its_thread(void **state)
{
	struct place p = place_new(false);
	pthread_t t;

	(void)state;
	for (int i = 0; i < 20; i++) {
		assert_int_equal(pthread_create(&t, NULL, keep_and_end, &p), 0);
		pthread_join(t, NULL);
		assert_int_equal(n_owned(&p, false), 0);
	}
	place_free(&p);
}

static pthread_key_t late;

static void run_late(void *arg)
{
	run_often(arg);
	pthread_setspecific(late, arg); /* as often as there are rounds */
}

static void *end_late(void *arg)
{
	run_often(arg);
	pthread_setspecific(late, arg);
	return NULL;
}

/* Others' destructors run programs too, after this thread's slot was given back. */
static void destructors_may_run_programs(void **state)
{
	struct place p = place_new(false);
	pthread_t t;

	(void)state;
	assert_int_equal(pthread_key_create(&late, run_late), 0);
	assert_int_equal(pthread_create(&t, NULL, end_late, &p), 0);
	pthread_join(t, NULL);
	assert_int_equal(n_owned(&p, false), 0);
	pthread_key_delete(late);
	place_free(&p);
}

static pthread_barrier_t was_run;

static void *run_and_end(void *arg)
{
	run_often(arg);
	pthread_barrier_wait(&was_run);
	return NULL;
}

/* The runtime ends while a thread that kept a slot of it does. */
static void both_end(void **state)
{
	pthread_t t;

	(void)state;
	pthread_barrier_init(&was_run, NULL, 2);
	for (int i = 0; i < 50; i++) {
		struct place p = place_new(false);

		assert_int_equal(pthread_create(&t, NULL, run_and_end, &p), 0);
		pthread_barrier_wait(&was_run);
		place_free(&p);
		pthread_join(t, NULL);
	}
}

/* --- more threads than slots --- */

static struct place crowd;
static pthread_barrier_t all_idle, all_done;
static uint32_t n_inside, n_busy;

static void *run_and_idle(void *arg)
{
	(void)arg;
	run_often(&crowd);
	pthread_barrier_wait(&all_idle);
	pthread_barrier_wait(&all_done);
	return NULL;
}

/* Each stays inside until as many are as there are slots. */
static int meet(void)
{
	__atomic_add_fetch(&n_inside, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&n_inside, __ATOMIC_SEQ_CST) < N_SLOTS)
		usleep(100);
	return 0;
}

static void *run_once(void *arg)
{
	(void)arg;
	if (run(&crowd))
		__atomic_add_fetch(&n_busy, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* Half of the slots are kept by threads that are idle; all of them serve those who run. */
static void idle_threads_give_way(void **state)
{
	pthread_t idle[N_SLOTS], busy[N_SLOTS];

	(void)state;
	crowd = place_new(true);
	pthread_barrier_init(&all_idle, NULL, N_SLOTS + 1);
	pthread_barrier_init(&all_done, NULL, N_SLOTS + 1);
	for (int i = 0; i < N_SLOTS; i++)
		assert_int_equal(pthread_create(&idle[i], NULL, run_and_idle, NULL), 0);
	pthread_barrier_wait(&all_idle);
	assert_int_equal(n_owned(&crowd, false), N_SLOTS / 2);
	inside = meet;
	for (int i = 0; i < N_SLOTS; i++)
		assert_int_equal(pthread_create(&busy[i], NULL, run_once, NULL), 0);
	for (int i = 0; i < N_SLOTS; i++)
		pthread_join(busy[i], NULL);
	inside = NULL;
	assert_int_equal(n_busy, 0);
	assert_int_equal(n_inside, N_SLOTS);
	assert_int_equal(n_owned(&crowd, false), 0);
	pthread_barrier_wait(&all_done);
	for (int i = 0; i < N_SLOTS; i++)
		pthread_join(idle[i], NULL);
	place_free(&crowd);
}

static void *come_out_asked(void *arg)
{
	run_often(arg);
	/* As it is after a run during which somebody asked, and put it back. */
	keep_own.keep->gate.gate = SLOT_ASKED;
	pthread_barrier_wait(&all_idle);
	pthread_barrier_wait(&all_done);
	return NULL;
}

static void who_was_asked_gives_way_later(void **state)
{
	struct place p = place_new(false);
	pthread_t t;

	(void)state;
	pthread_barrier_init(&all_idle, NULL, 2);
	pthread_barrier_init(&all_done, NULL, 2);
	assert_int_equal(pthread_create(&t, NULL, come_out_asked, &p), 0);
	pthread_barrier_wait(&all_idle);
	assert_int_equal(n_owned(&p, false), 1);
	assert_true(keep_take_back(p.rt->registry, p.rt->tag));
	assert_int_equal(n_owned(&p, false), 0);
	assert_false(keep_take_back(p.rt->registry, p.rt->tag));
	pthread_barrier_wait(&all_done);
	pthread_join(t, NULL);
	place_free(&p);
}

static uint32_t in_slot[N_SLOTS], n_runs, n_wrong;

/* Whose slot is it?  That of whoever put its word there, for as long as it is inside. */
static int alone(void)
{
	uint32_t tid = (uint32_t)gettid(), n = 0;

	for (uint32_t i = 0; i < N_SLOTS; i++)
		n += (__atomic_load_n(&crowd.rt->registry->slots[i].owner, __ATOMIC_RELAXED) &
		      ~STORE_SLOT_KEPT) == tid;
	if (n != 1)
		__atomic_add_fetch(&n_wrong, 1, __ATOMIC_RELAXED);
	if (__atomic_add_fetch(&in_slot[0], 1, __ATOMIC_SEQ_CST) > N_SLOTS)
		__atomic_add_fetch(&n_wrong, 1, __ATOMIC_RELAXED);
	sched_yield();
	__atomic_sub_fetch(&in_slot[0], 1, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&n_runs, 1, __ATOMIC_RELAXED);
	return 0;
}

static void *run_in_crowd(void *arg)
{
	uint64_t *missed = arg;

	for (int i = 0; i < N_ROUNDS; i++)
		*missed += run(&crowd) != 0;
	return NULL;
}

/* Slots change hands all the time, and nobody runs on another's. */
static void crowd_shares_slots(void **state)
{
	uint64_t missed[N_THREADS] = { 0 }, sum = 0;
	pthread_t t[N_THREADS];

	(void)state;
	crowd = place_new(true);
	inside = alone;
	for (int i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, run_in_crowd, &missed[i]), 0);
	for (int i = 0; i < N_THREADS; i++) {
		pthread_join(t[i], NULL);
		sum += missed[i];
	}
	inside = NULL;
	assert_int_equal(n_wrong, 0);
	assert_int_equal(n_runs + sum, N_THREADS * N_ROUNDS);
	assert_int_equal(n_owned(&crowd, false), 0);
	place_free(&crowd);
}

/* --- fork --- */

static void child_has_its_own(void **state)
{
	struct place p = place_new(false);
	int status;
	pid_t pid;

	(void)state;
	run_often(&p);
	assert_int_equal(n_owned(&p, true), 1);
	pid = fork();
	if (pid == 0) {
		uint32_t before = n_owned(&p, true);

		for (int i = 0; i < UNTIL_KEPT; i++)
			if (run(&p))
				_exit(1);
		_exit(before != 0 || n_owned(&p, true) != 1 || n_owned(&p, false) != 2);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	assert_int_equal(n_owned(&p, true), 1);
	assert_int_equal(run(&p), 0);
	rt_sweep(p.rt, true);
	assert_int_equal(n_owned(&p, false), 1);
	place_free(&p);
}

static pid_t child;

static void *end_in_both(void *arg)
{
	run_often(arg);
	child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (child == 0) {
		alarm(10);
		if (run(arg))
			_exit(1);
	}
	return NULL;
}

/* No handler of fork(3) runs in it. */
static void bare_child_may_end(void **state)
{
	struct place p = place_new(false);
	pthread_t t;
	int status;

	(void)state;
	assert_int_equal(pthread_create(&t, NULL, end_in_both, &p), 0);
	pthread_join(t, NULL);
	assert_true(child > 0);
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	assert_int_equal(n_owned(&p, false), 0);
	place_free(&p);
}

/* --- inside of a run --- */

static struct place outer, other;
static int nested[2];

static int run_nested(void)
{
	nested[0] = run(&outer);
	nested[1] = run(&other);
	return 0;
}

static void nested_run_is_refused(void **state)
{
	(void)state;
	outer = place_new(true);
	other = place_new(false);
	run_often(&outer);
	for (int i = 0; i < 2 * UNTIL_KEPT; i++) {
		nested[0] = nested[1] = 0;
		inside = run_nested;
		assert_int_equal(run(&outer), 0);
		inside = NULL;
		assert_int_equal(nested[0], -EBUSY);
		assert_int_equal(nested[1], -EBUSY);
		assert_int_equal(run(&other), 0);
	}
	assert_int_equal(n_owned(&outer, false), 1);
	assert_int_equal(n_owned(&other, false), 0);
	place_free(&outer);
	/* The next one's turn. */
	run_often(&other);
	assert_int_equal(n_owned(&other, true), 1);
	place_free(&other);
}

static uint32_t n_signals, n_odd;

static uint32_t n_sent(void)
{
	return __atomic_load_n(&n_signals, __ATOMIC_RELAXED);
}

static void on_signal(int sig)
{
	int before = errno, err = run(&other);

	(void)sig;
	n_odd += err && err != -EBUSY;
	__atomic_add_fetch(&n_signals, 1, __ATOMIC_RELAXED);
	errno = before;
}

static void *send_signals(void *arg)
{
	while (n_sent() < 200) {
		pthread_kill(*(pthread_t *)arg, SIGUSR1);
		usleep(20);
	}
	return NULL;
}

static void handlers_may_run_programs(void **state)
{
	struct sigaction act = { .sa_handler = on_signal };
	pthread_t me = pthread_self(), t;

	(void)state;
	other = place_new(false);
	sigaction(SIGUSR1, &act, NULL);
	assert_int_equal(pthread_create(&t, NULL, send_signals, &me), 0);
	while (n_sent() < 200)
		assert_int_equal(run(&other), 0);
	pthread_join(t, NULL);
	assert_int_equal(n_odd, 0);
	assert_int_equal(n_owned(&other, false), 1);
	assert_int_equal(run(&other), 0);
	place_free(&other);
}

/* --- memory --- */

static uint32_t n_released;

static void released(void *object)
{
	(void)object;
	__atomic_add_fetch(&n_released, 1, __ATOMIC_SEQ_CST);
}

static int retire_inside(void)
{
	rt_retire(outer.rt, released, NULL);
	rt_sweep(outer.rt, true);
	return 0;
}

static void who_is_inside_is_waited_for(void **state)
{
	(void)state;
	outer = place_new(true);
	run_often(&outer);
	assert_int_equal(n_owned(&outer, true), 1);
	rt_retire(outer.rt, released, NULL);
	rt_sweep(outer.rt, true);
	assert_int_equal(n_released, 1);
	inside = retire_inside;
	assert_int_equal(run(&outer), 0);
	inside = NULL;
	assert_int_equal(n_released, 1);
	rt_sweep(outer.rt, true);
	assert_int_equal(n_released, 2);
	place_free(&outer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slot_goes_with_its_thread),
		cmocka_unit_test(destructors_may_run_programs),
		cmocka_unit_test(both_end),
		cmocka_unit_test(idle_threads_give_way),
		cmocka_unit_test(who_was_asked_gives_way_later),
		cmocka_unit_test(crowd_shares_slots),
		cmocka_unit_test(child_has_its_own),
		cmocka_unit_test(bare_child_may_end),
		cmocka_unit_test(nested_run_is_refused),
		cmocka_unit_test(handlers_may_run_programs),
		cmocka_unit_test(who_is_inside_is_waited_for),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
