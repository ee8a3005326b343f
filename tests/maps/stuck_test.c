/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens to the others when the owner of a map's lock lives and does not come back: stopped,
 * jumped out of its program, or of a pid name space where its id means something else?
 */
#include "maps/maps.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "map/hash.h"
#include "run/slot.h"
#include "run/store.h"

enum {
	N_HITS = 300,
	SECONDS = 45, /* each hit on its own would wait for longer than this together */
	N_JUMPS = 400
};

static uint32_t *hash_lock_of(struct map *map, uint32_t stripe)
{
	struct hash *h = map->priv;

	return &h->shared->turns[stripe].lock;
}

static struct map *small_hash(uint32_t type)
{
	struct map_desc d = desc_of(type, 8, 8, 16);

	return make_map(&d);
}

static struct map *ring_of_page(void)
{
	struct map_desc d = desc_of(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096);

	return make_map(&d);
}

/* On the line behind producer_pos. */
static uint32_t *ring_lock_of(struct map *map)
{
	return (uint32_t *)(void *)((char *)map->data + sysconf(_SC_PAGESIZE) + 64);
}

static void lock_all(struct map *map)
{
	if (map->desc.type == BPF_MAP_TYPE_RINGBUF) {
		assert_int_equal(sync_lock(ring_lock_of(map)), 0);
		return;
	}
	for (uint32_t k = 0; k < 16; k++)
		assert_int_equal(sync_lock(hash_lock_of(map, k)), 0);
}

static void unlock_all(struct map *map)
{
	if (map->desc.type == BPF_MAP_TYPE_RINGBUF) {
		sync_unlock(ring_lock_of(map));
		return;
	}
	for (uint32_t k = 16; k--;)
		sync_unlock(hash_lock_of(map, k));
}

static int hit(struct map *map)
{
	uint64_t key = 1, value = 2;
	void *sample;

	if (map->desc.type != BPF_MAP_TYPE_RINGBUF)
		return map_update(map, &key, &value, BPF_ANY, 0);
	sample = ringbuf_reserve(map, 8);
	if (!sample)
		return -EBUSY;
	ringbuf_submit(map, sample, BPF_RB_NO_WAKEUP, true);
	return 0;
}

/* A process that holds every lock of the map and is stopped. */
static pid_t stopped_owner(struct map *map)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		lock_all(map);
		raise(SIGSTOP);
		unlock_all(map);
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

static void outlive(struct map *map)
{
	pid_t pid = stopped_owner(map);
	time_t begin = time(NULL);

	for (int n = 0; n < N_HITS; n++)
		assert_int_equal(hit(map), -EBUSY);
	assert_true(time(NULL) - begin < SECONDS);
	kill(pid, SIGCONT);
	waitpid(pid, NULL, WUNTRACED);
	assert_int_equal(hit(map), 0);
	end(pid);
	pid = stopped_owner(map);
	assert_int_equal(hit(map), -EBUSY);
	end(pid);
	assert_int_equal(hit(map), 0);
	map_unref(map);
}

static void test_stopped(void **state)
{
	(void)state;
	outlive(small_hash(BPF_MAP_TYPE_HASH));
	outlive(small_hash(BPF_MAP_TYPE_LRU_HASH));
	outlive(ring_of_page());
}

static void *hit_once(void *arg)
{
	struct map *map = arg;

	return (void *)(intptr_t)hit(map);
}

static int hit_of_another(struct map *map)
{
	pthread_t thread;
	void *ret;

	assert_int_equal(pthread_create(&thread, NULL, hit_once, map), 0);
	assert_int_equal(pthread_join(thread, &ret), 0);
	return (int)(intptr_t)ret;
}

static struct store_registry registry;

static void test_abandoned(void **state)
{
	struct map *map = small_hash(BPF_MAP_TYPE_HASH), *ring = ring_of_page();
	struct hash *h = map->priv;
	uint64_t key = 1, value = 2;
	uint32_t stripe = hash_stripe(h, hash_sum(h, &key)), outer = 0;

	(void)state;
	registry.n_slots = 4;
	assert_int_equal(sync_lock(&outer), 0);
	assert_int_not_equal(slot_enter(&registry), SLOT_NONE);
	assert_int_equal(sync_lock(hash_lock_of(map, stripe)), 0);
	assert_int_equal(sync_lock(ring_lock_of(ring)), 0);
	slot_abandon(&registry);
	assert_int_equal(hit_of_another(map), 0);
	assert_int_equal(hit_of_another(ring), 0);
	assert_int_equal(map_update(map, &key, &value, BPF_EXIST, 0), 0);
	assert_int_equal(h->shared->suspect, 1);
	assert_int_equal(map_recover(map, NULL, NULL), 1);
	assert_int_equal(h->shared->suspect, 0);
	/* What was held before the program began is still held. */
	assert_int_equal(outer, sync_self());
	sync_unlock(&outer);
	map_unref(map);
	map_unref(ring);
}

/* The only free element lies where a thread that is stopped, or died, holds the lock. */
static void test_free_there(void **state)
{
	struct map *map = small_hash(BPF_MAP_TYPE_HASH);
	struct hash *h = map->priv;
	uint64_t key, value = 2, there = 1, other = 100;
	uint32_t stripe = hash_stripe(h, hash_sum(h, &there));
	pid_t pid;

	(void)state;
	for (key = 0; key < map->desc.max_entries; key++)
		assert_int_equal(map_update(map, &key, &value, 0, 0), 0);
	assert_int_equal(map_delete(map, &there), 0);
	while (hash_stripe(h, hash_sum(h, &other)) == stripe)
		other++;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		assert_int_equal(sync_lock(hash_lock_of(map, stripe)), 0);
		raise(SIGSTOP);
	}
	waitpid(pid, NULL, WUNTRACED);
	for (int n = 0; n < N_HITS; n++)
		assert_true(map_update(map, &other, &value, 0, 0) < 0);
	end(pid);
	assert_int_equal(map_update(map, &other, &value, 0, 0), 0);
	map_unref(map);
}

static sigjmp_buf landing;
static volatile sig_atomic_t in_program;

static void jump(int sig)
{
	(void)sig;
	if (!in_program)
		return;
	in_program = 0;
	slot_abandon(&registry);
	siglongjmp(landing, 1);
}

static __attribute__((noinline, noreturn)) void run_for_ever(struct map *map, struct map *ring)
{
	uint64_t value = 5;

	for (uint64_t k = 0;; k++) {
		uint64_t key = k % 24, other = (k + 5) % 24;

		if (slot_enter(&registry) == SLOT_NONE)
			abort();
		map_update(map, &key, &value, BPF_ANY, 0);
		map_delete(map, &other);
		hit(ring);
		slot_leave(&registry, 0);
	}
}

/* Jumped out of at any instruction. */
static void run_until_jump(struct map *map, struct map *ring)
{
	struct itimerval soon = { .it_value = { .tv_usec = 300 } };

	if (sigsetjmp(landing, 1))
		return;
	in_program = 1;
	setitimer(ITIMER_REAL, &soon, NULL);
	run_for_ever(map, ring);
}

static void check_whole(struct map *map)
{
	uint64_t key, value = 1, n = 0;

	while (!map_user_next_key(map, NULL, &key)) {
		assert_true(n++ < map->desc.max_entries);
		assert_int_equal(map_delete(map, &key), 0);
	}
	for (key = 0; key < map->desc.max_entries; key++)
		assert_int_equal(map_update(map, &key, &value, BPF_NOEXIST, 0), 0);
	for (key = 0; key < map->desc.max_entries; key++)
		assert_int_equal(map_update(map, &key, &value, BPF_EXIST, 0), 0);
}

static void test_jumps(void **state)
{
	struct map *map = small_hash(BPF_MAP_TYPE_HASH);
	struct map *ring = ring_of_page();
	struct sigaction sa = { .sa_handler = jump };

	(void)state;
	registry.n_slots = 1;
	sigaction(SIGALRM, &sa, NULL);
	for (int n = 0; n < N_JUMPS; n++) {
		run_until_jump(map, ring);
		if (n % 16)
			continue;
		assert_int_not_equal(hit_of_another(map), -EBUSY);
		assert_int_equal(*ring_lock_of(ring) & ~SYNC_GIVEN_UP, 0);
		assert_true(map_recover(map, NULL, NULL) >= 0);
	}
	assert_true(map_recover(map, NULL, NULL) >= 0);
	check_whole(map);
	map_unref(map);
	map_unref(ring);
}

/* The next id given out in the caller's pid name space is this one. */
static bool choose_next_pid(pid_t pid)
{
	int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", (int)pid - 1);
	bool done = fd >= 0 && write(fd, text, (size_t)n) == n;

	if (fd >= 0)
		close(fd);
	return done;
}

static pid_t unused_pid(void)
{
	pid_t pid = 30000;

	while (!kill(pid, 0) || errno != ESRCH)
		pid--;
	return pid;
}

/* First process of a new pid name space: has a child take the locks, then waits to be killed. */
static void be_init(struct map *map, pid_t pid, int done)
{
	pid_t child;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!choose_next_pid(pid))
		_exit(1);
	child = fork();
	if (!child) {
		if (getpid() != pid)
			_exit(1);
		lock_all(map);
		if (write(done, "", 1) == 1)
			pause();
		_exit(1);
	}
	close(done);
	waitpid(child, NULL, 0);
	_exit(1);
}

/* Does somebody of another name space, whose id is nobody's in ours, hold all locks now? */
static bool stranger(struct map *map, pid_t *ret_init)
{
	int fds[2];
	pid_t helper, pid = unused_pid();
	char byte[sizeof(pid_t)];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	helper = fork();
	if (!helper) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWPID))
			_exit(1);
		helper = fork();
		if (!helper)
			be_init(map, pid, fds[1]);
		close(fds[1]);
		waitpid(helper, NULL, 0);
		_exit(0);
	}
	close(fds[1]);
	*ret_init = helper;
	if (read(fds[0], byte, 1) == 1) {
		close(fds[0]);
		return true;
	}
	close(fds[0]);
	waitpid(helper, NULL, 0);
	return false;
}

static void end_stranger(pid_t helper)
{
	char path[64];
	FILE *f;
	int init = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)helper, (int)helper);
	f = fopen(path, "re");
	if (f && fscanf(f, "%d", &init) == 1)
		kill(init, SIGKILL);
	if (f)
		fclose(f);
	waitpid(helper, NULL, 0);
}

static void test_other_space(void **state)
{
	struct map *map = small_hash(BPF_MAP_TYPE_HASH);
	pid_t helper;

	(void)state;
	if (!stranger(map, &helper)) {
		map_unref(map);
		skip();
	}
	assert_int_equal(hit(map), -EBUSY);
	assert_int_equal(map_recover(map, NULL, NULL), 0);
	assert_int_equal(hit(map), -EBUSY);
	end_stranger(helper);
	map_unref(map);
}

struct keen {
	uint32_t lock, stop, n_turns;
};

/* Has the lock whenever somebody looks: it sleeps with it and takes it again at once. */
static void *take_and_sleep(void *arg)
{
	const struct timespec ts = { 0, 5000000 };
	struct keen *k = arg;

	while (!__atomic_load_n(&k->stop, __ATOMIC_ACQUIRE)) {
		if (sync_lock_forever(&k->lock) < 0)
			break;
		__atomic_add_fetch(&k->n_turns, 1, __ATOMIC_RELEASE);
		nanosleep(&ts, NULL);
		sync_unlock(&k->lock);
	}
	return NULL;
}

/* Many turns of one owner are not one turn: who waits on the same processor gets the lock. */
static void test_turns(void **state)
{
	struct keen k = { 0 };
	cpu_set_t before, one;
	pthread_t t;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	CPU_ZERO(&one);
	for (size_t cpu = 0; cpu < CPU_SETSIZE && !CPU_COUNT(&one); cpu++)
		if (CPU_ISSET(cpu, &before))
			CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(pthread_create(&t, NULL, take_and_sleep, &k), 0);
	while (!__atomic_load_n(&k.n_turns, __ATOMIC_ACQUIRE))
		sched_yield();
	for (int n = 0; n < 20; n++) {
		assert_int_equal(sync_lock(&k.lock), 0);
		sync_unlock(&k.lock);
	}
	__atomic_store_n(&k.stop, 1, __ATOMIC_RELEASE);
	pthread_join(t, NULL);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stopped),     cmocka_unit_test(test_abandoned),
		cmocka_unit_test(test_free_there),  cmocka_unit_test(test_jumps),
		cmocka_unit_test(test_other_space), cmocka_unit_test(test_turns),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
