/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does a lock that is a thread's own exclude as any other does: while others take it back again and
 * again, and when its owner is stopped in its turn, killed in it, or jumped out of it?
 */
#include "maps/maps.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "map/bias.h"

enum {
	N_WORKERS = 3,
	N_BURSTS = 300,
	N_HITS = 200,
	SECONDS = 45,
	N_TAKEN_BACK = 300000
};

/* Only who has a turn writes to `n` and `twice`. */
struct shared {
	struct bias bias;
	uint64_t n, twice;
	uint32_t owned, to_begin, done;
};

static struct shared *make_shared(void)
{
	struct shared *s =
		mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(s, MAP_FAILED);
	return s;
}

static struct bias_here *attach(void)
{
	struct bias_here *here = bias_attach();

	assert_non_null(here);
	if (!here->fenced)
		skip(); /* the system has no such membarrier() */
	return here;
}

static void count(struct shared *s)
{
	uint64_t n = __atomic_load_n(&s->n, __ATOMIC_RELAXED);

	sync_stall();
	__atomic_store_n(&s->n, n + 1, __ATOMIC_RELAXED);
	n = __atomic_load_n(&s->twice, __ATOMIC_RELAXED);
	sync_stall();
	__atomic_store_n(&s->twice, n + 2, __ATOMIC_RELAXED);
}

/* One turn, as rings have them. */
static int turn(struct shared *s, struct bias_here *here)
{
	struct sync_thread *me = bias_begin_own(&s->bias, here);
	struct sync_turn t;

	if (me) {
		count(s);
		__atomic_fetch_add(&s->owned, 1, __ATOMIC_RELAXED);
		bias_end_own(&s->bias, me);
	} else if (bias_try_begin(&s->bias, &t)) {
		count(s);
		bias_end(&s->bias, here, &t);
	} else {
		int err = bias_lock(&s->bias);

		if (err < 0)
			return err;
		count(s);
		sync_unlock(&s->bias.lock);
	}
	return 0;
}

/* Turns until it is this thread's own. */
static uint64_t own(struct shared *s, struct bias_here *here)
{
	uint64_t n = 0;

	sync_self();
	while (s->bias.given != sync_self() && n < 4ull * BIAS_TURNS) {
		assert_int_equal(turn(s, here), 0);
		n++;
	}
	return n;
}

static void *turn_of_another(void *arg)
{
	struct bias_here *here = bias_attach();

	return (void *)(intptr_t)turn(arg, here);
}

static int other(struct shared *s)
{
	pthread_t thread;
	void *ret;

	assert_int_equal(pthread_create(&thread, NULL, turn_of_another, s), 0);
	assert_int_equal(pthread_join(thread, &ret), 0);
	return (int)(intptr_t)ret;
}

static void test_given_and_taken(void **state)
{
	struct shared *s = make_shared();
	struct bias_here *here = attach();
	uint64_t n;

	(void)state;
	n = own(s, here);
	assert_int_equal(s->bias.given, sync_self());
	assert_int_equal(turn(s, here), 0);
	assert_int_equal(s->owned, 1);
	assert_int_equal(other(s), 0);
	assert_int_equal(s->bias.given, 0);
	n += 2;
	n += own(s, here); /* again */
	assert_int_equal(s->bias.given, sync_self());
	assert_int_equal(s->n, n);
	assert_int_equal(s->twice, 2 * n);
	munmap(s, sizeof(*s));
}

/* Here the lock is a thread's of whom another mapping of this process does not know. */
static void test_known_here_only(void **state)
{
	struct shared *s = make_shared();
	struct bias_here *here = attach(), *elsewhere = attach();

	(void)state;
	own(s, here);
	s->owned = 0;
	assert_int_equal(turn(s, elsewhere), 0);
	assert_int_equal(s->owned, 0);
	assert_int_equal(s->bias.given, 0);
	munmap(s, sizeof(*s));
}

/* A child that goes by its parent's name, since no library saw it begin. */
static void test_forked(void **state)
{
	struct shared *s = make_shared();
	struct bias_here *here = attach();
	int status;
	long pid;

	(void)state;
	own(s, here);
	pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (!pid)
		_exit(bias_begin_own(&s->bias, here) ? 1 : 0);
	assert_int_equal(waitpid((pid_t)pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(s->bias.given, sync_self());
	bias_detach(here);
	munmap(s, sizeof(*s));
}

static uint64_t work(struct shared *s, struct bias_here *here, uint64_t seed)
{
	struct rng r = { seed };
	uint64_t n = 0;

	for (int burst = 0; burst < N_BURSTS; burst++) {
		uint64_t to = 1 + (rng_below(&r, 4) ? rng_below(&r, 20) : 2 * BIAS_TURNS);

		for (uint64_t k = 0; k < to; n += !turn(s, here), k++)
			;
		if (!rng_below(&r, 4))
			sched_yield();
	}
	return n;
}

static void *work_thread(void *arg)
{
	struct shared *s = arg;
	struct bias_here *here = bias_attach();

	return (void *)(uintptr_t)work(s, here,
				       __atomic_add_fetch(&s->to_begin, 1, __ATOMIC_RELAXED));
}

/* Threads of this process and of a child. */
static uint64_t work_all(struct shared *s)
{
	pthread_t threads[N_WORKERS];
	uint64_t n = 0;
	void *ret;

	for (int k = 0; k < N_WORKERS; k++)
		assert_int_equal(pthread_create(&threads[k], NULL, work_thread, s), 0);
	for (int k = 0; k < N_WORKERS; k++) {
		assert_int_equal(pthread_join(threads[k], &ret), 0);
		n += (uint64_t)(uintptr_t)ret;
	}
	return n;
}

static void test_excludes(void **state)
{
	struct shared *s = make_shared();
	struct bias_here *here = attach();
	uint64_t *of_child = mmap(NULL, sizeof(*of_child), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = fork();
	uint64_t n;
	int status;

	(void)state;
	if (!pid) {
		*of_child = work_all(s);
		_exit(0);
	}
	n = work_all(s);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	n += *of_child;
	assert_int_equal(s->n, n);
	assert_int_equal(s->twice, 2 * n);
	assert_true(s->owned > 0);
	bias_detach(here);
	munmap(s, sizeof(*s));
	munmap(of_child, sizeof(*of_child));
}

/* It is made this thread's own whenever it is not, without as many turns as that takes. */
static void *own_for_ever(void *arg)
{
	struct shared *s = arg;
	struct bias_here *here = bias_attach();
	uint64_t n = 0;

	while (!__atomic_load_n(&s->done, __ATOMIC_RELAXED)) {
		struct sync_thread *me = bias_begin_own(&s->bias, here);

		if (me) {
			count(s);
			bias_end_own(&s->bias, me);
			n++;
		} else if (!bias_lock(&s->bias)) {
			bias_give(&s->bias, here, sync_self());
			sync_unlock(&s->bias.lock);
		}
	}
	return (void *)(uintptr_t)n;
}

static void test_taken_back_often(void **state)
{
	struct shared *s = make_shared();
	time_t begin = time(NULL);
	pthread_t thread;
	uint64_t n = 0;
	void *ret;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, own_for_ever, s), 0);
	for (; n < N_TAKEN_BACK && time(NULL) - begin < 3; n++) {
		assert_int_equal(bias_lock(&s->bias), 0);
		count(s);
		sync_unlock(&s->bias.lock);
		for (uint64_t k = 0; k < n % 32; k++)
			sync_pause();
	}
	__atomic_store_n(&s->done, 1, __ATOMIC_RELAXED);
	assert_int_equal(pthread_join(thread, &ret), 0);
	n += (uint64_t)(uintptr_t)ret;
	assert_int_equal(s->n, n);
	assert_int_equal(s->twice, 2 * n);
	munmap(s, sizeof(*s));
}

/* A process whose own it is, stopped in its turn. */
static pid_t stopped_owner(struct shared *s)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		struct sync_thread *me;
		struct bias_here *here = bias_attach();

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		own(s, here);
		me = bias_begin_own(&s->bias, here);
		if (!me)
			_exit(1);
		raise(SIGSTOP);
		bias_end_own(&s->bias, me);
		raise(SIGSTOP);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_stopped_and_killed(void **state)
{
	struct shared *s = make_shared();
	time_t begin = time(NULL);
	struct bias_here *here = attach();
	pid_t pid;

	(void)state;
	pid = stopped_owner(s);
	for (int k = 0; k < N_HITS; k++)
		assert_int_equal(turn(s, here), -EBUSY);
	assert_true(time(NULL) - begin < SECONDS);
	kill(pid, SIGCONT);
	waitpid(pid, NULL, WUNTRACED);
	assert_int_equal(turn(s, here), 0);
	assert_int_equal(s->bias.given, 0);
	end(pid);
	pid = stopped_owner(s);
	assert_int_equal(turn(s, here), -EBUSY);
	end(pid);
	assert_int_equal(turn(s, here), 0);
	own(s, here); /* what the dead one had may be somebody else's */
	assert_int_equal(s->bias.given, sync_self());
	munmap(s, sizeof(*s));
}

static void test_jumped_out(void **state)
{
	struct shared *s = make_shared();
	struct bias_here *here = attach();

	(void)state;
	own(s, here);
	assert_non_null(bias_begin_own(&s->bias, here));
	/* Inside its own turn, as a signal's handler would be. */
	assert_null(bias_begin_own(&s->bias, here));
	assert_int_equal(turn(s, here), -EBUSY);
	sync_abandon((struct sync_held){ 0 });
	assert_int_equal(other(s), 0);
	assert_int_equal(turn(s, here), 0);
	assert_int_equal(s->bias.busy, 0);
	munmap(s, sizeof(*s));
}

/* A signal's handler that comes in any turn, also in that which makes the lock its thread's own,
 * would go on from what that turn is about to change. */
static void test_no_turn_in_a_turn(void **state)
{
	struct shared *s = make_shared();
	struct bias_here *here = attach();
	struct sync_turn t = { 0 };

	(void)state;
	assert_int_equal(turn(s, here), 0);
	for (int n = 0; n < 2 * BIAS_TURNS && s->bias.given != sync_self(); n++) {
		assert_true(bias_try_begin(&s->bias, &t));
		assert_null(bias_begin_own(&s->bias, here));
		bias_end(&s->bias, here, &t);
	}
	assert_int_equal(s->bias.given, sync_self());
	munmap(s, sizeof(*s));
}

/* A program that a signal's handler ran inside a turn, and that is left by a jump back to the
 * handler: the turn goes on. */
static void test_jumped_out_inside_a_turn(void **state)
{
	struct shared *s = make_shared();
	struct bias_here *here = attach();
	struct sync_thread *me;
	struct sync_held held;

	(void)state;
	own(s, here);
	me = bias_begin_own(&s->bias, here);
	assert_non_null(me);
	held = sync_held();
	sync_abandon(held);
	assert_int_equal(s->bias.busy, sync_self());
	assert_int_equal(other(s), -EBUSY);
	bias_end_own(&s->bias, me);
	assert_int_equal(other(s), 0);
	munmap(s, sizeof(*s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_given_and_taken),
		cmocka_unit_test(test_known_here_only),
		cmocka_unit_test(test_excludes),
		cmocka_unit_test(test_forked),
		cmocka_unit_test(test_stopped_and_killed),
		cmocka_unit_test(test_jumped_out),
		cmocka_unit_test(test_taken_back_often),
		cmocka_unit_test(test_no_turn_in_a_turn),
		cmocka_unit_test(test_jumped_out_inside_a_turn),
	};

#ifdef RING3_HOSTILE
	sync_stall_one_in(3000);
#endif
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
