/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May the traced process, the tracer or both be killed at any moment?  `ring3 run` traces a program
 * that allocates on two threads, one or both are killed, again and again.  This process shares
 * the maps: what it reads must be sound and its updates must work; and when all are dead the
 * directory holds the pinned maps and nothing else, and every slot is free.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cmocka.h>

#include "abi/bind.h"
#include "map/map.h"
#include "ring3/ring3.h"
#include "run/rt.h"
#include "abi/kill.h"
#include "support/scratch.h"

enum {
	N_KILLS = 40, /* RING3_KILLS asks for another number */
	PATIENCE_MS = 20000,
	KEPT = 3 /* hash, ring and the hash's BTF */
};

#define OWN (1ULL << 63) /* in an event: it is this process's */

static char base[64];
static char dir[128], state_path[128];
static volatile unsigned long *state;
static ring3 *rt;
static int hash_fd, ring_fd;
static uint64_t n_own; /* events of this process that were read */

static void built(char path[512], const char *name)
{
	const char *build = getenv("BUILD");

	snprintf(path, 512, "%s/%s", build ? build : "build/release", name);
}

static void nap_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static uint32_t rnd(uint32_t below)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 32) % below;
}

/* --- the map as the survivor sees it --- */

/* A key that is deleted meanwhile makes the walk begin again. */
static void hash_is_sound(bool quiet)
{
	uint64_t key, next, *prev = NULL;
	struct kill_value v;
	int n = 0;

	while (n < 10 * KILL_KEYS && bpf_map_get_next_key(hash_fd, prev, &next) == 0) {
		assert_true(next < KILL_KEYS && (++n <= KILL_KEYS || !quiet));
		key = next;
		prev = &key;
		if (bpf_map_lookup_elem(hash_fd, &key, &v) && !quiet)
			continue;
		assert_true(v.n[0] == v.n[1] && v.n[1] == v.n[2] && v.n[2] == v.n[3]);
	}
}

/* --- the two who are killed --- */

static pid_t start_tracer(void)
{
	char command[512], object[512], loop[512];
	pid_t pid;
	int null;

	built(command, "ring3");
	built(object, "tests/abi/kill.bpf.o");
	built(loop, "tests/targets/malloc_loop");
	pid = fork();
	if (pid)
		return pid;
	null = open("/dev/null", O_WRONLY);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	setenv("RING3_DIR", dir, 1);
	execl(command, "ring3", "run", object, "--", loop, state_path, NULL);
	_exit(125);
}

static void wait_gone(pid_t pid)
{
	for (int ms = 0; kill(pid, 0) == 0; ms++) {
		if (ms > PATIENCE_MS)
			fail_msg("process %d does not go", (int)pid);
		nap_ms(1);
	}
}

static void reap(pid_t pid)
{
	int status, ms = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (ms++ > PATIENCE_MS)
			fail_msg("the tracer hangs");
		nap_ms(1);
	}
}

/* Until both threads have allocated, which they do under the probe. */
static pid_t wait_started(pid_t tracer)
{
	for (int ms = 0; !state[0] || !state[1] || !state[2]; ms++) {
		int status;

		if (waitpid(tracer, &status, WNOHANG) == tracer)
			fail_msg("the tracer ended with status %#x", (unsigned int)status);
		if (ms > PATIENCE_MS)
			fail_msg("the traced process does not start");
		nap_ms(1);
	}
	return (pid_t)state[0];
}

/* A process whose tracer died goes on, without its probes in the end. */
static void goes_on(void)
{
	for (int i = 1; i < 3; i++) {
		unsigned long before = state[i];
		int ms = 0;

		while (state[i] == before) {
			if (ms++ > PATIENCE_MS)
				fail_msg("thread %d of the traced process hangs", i);
			nap_ms(1);
		}
	}
}

static void kill_round(int k)
{
	pid_t tracer, traced;

	for (int i = 0; i < 3; i++)
		state[i] = 0;
	tracer = start_tracer();
	traced = wait_started(tracer);
	nap_ms(rnd(15));
	if (hash_fd)
		hash_is_sound(false);
	switch (k % 3) {
	case 0: /* the tracer notices that its command is gone */ kill(traced, SIGKILL); break;
	case 1:
		kill(tracer, SIGKILL);
		goes_on();
		kill(traced, SIGKILL);
		break;
	default: kill(k & 1 ? traced : tracer, SIGKILL); kill(k & 1 ? tracer : traced, SIGKILL);
	}
	reap(tracer);
	wait_gone(traced);
}

/* --- the one who goes on --- */

static void tend(void)
{
	int before = bind_enter();

	rt_tend(rt);
	bind_leave(before);
	nap_ms(20);
}

/* What dead threads held comes back after a while; then all keys fit. */
static void hash_takes_updates(void)
{
	for (uint64_t key = 0; key < KILL_KEYS; key++) {
		struct kill_value in = { { key, key, key, key } }, out;
		int ms = 0;

		while (bpf_map_update_elem(hash_fd, &key, &in, BPF_ANY)) {
			assert_int_equal(errno, E2BIG);
			if ((ms += 20) > PATIENCE_MS)
				fail_msg("elements are lost");
			tend();
		}
		assert_int_equal(bpf_map_lookup_elem(hash_fd, &key, &out), 0);
		assert_memory_equal(&in, &out, sizeof(in));
	}
	for (uint64_t key = 0; key < KILL_KEYS; key++)
		assert_int_equal(bpf_map_delete_elem(hash_fd, &key), 0);
}

static int on_event(void *arg, void *data, size_t size)
{
	const struct kill_event *e = data;

	(void)arg;
	assert_int_equal(size, sizeof(*e));
	assert_true(e->n == ~e->not_n);
	n_own += e->n >= OWN;
	return 0;
}

/* Until so many events have come and nothing is left. */
static void read_all(struct ring_buffer *rb, const struct map *map, uint64_t want)
{
	int ms = 0;

	for (;;) {
		assert_true(ring_buffer__consume(rb) >= 0);
		if (n_own >= want && !ringbuf_query(map, BPF_RB_AVAIL_DATA))
			return;
		if (ms > PATIENCE_MS)
			fail_msg("the ring buffer is stuck");
		tend();
		ms += 20;
	}
}

/* Whoever produces while the place of one that died is closed may be refused, as by a full ring. */
static void produce(struct map *map, uint64_t n)
{
	struct kill_event e = { OWN + n, ~(OWN + n) };
	int err, ms = 0;

	while ((err = ringbuf_output(map, &e, sizeof(e), 0)) == -EAGAIN && ms < PATIENCE_MS) {
		tend();
		ms += 20;
	}
	assert_int_equal(err, 0);
}

/* Nobody else produces: after a while, in which dead producers are noticed, all can be read.  One
 * that died before its record was there to be seen holds up what comes after it, of others too. */
static void ring_drains(void)
{
	struct ring_buffer *rb = ring_buffer__new(ring_fd, on_event, NULL, NULL);
	struct map *map;

	assert_non_null(rb);
	assert_int_equal(rt_map_of_fd(rt, ring_fd, &map), 0);
	read_all(rb, map, 0);
	n_own = 0;
	for (uint64_t n = 0; n < 100; n++)
		produce(map, n);
	read_all(rb, map, 100);
	assert_int_equal(n_own, 100);
	map_unref(map);
	ring_buffer__free(rb);
}

static void sweep(ring3 *other)
{
	int before = bind_enter();

	rt_sweep(other, true);
	bind_leave(before);
}

/* Every slot, as the next one who starts sees them. */
static void slots_are_free(ring3 *other)
{
	for (uint32_t i = 0; i < other->n_slots; i++)
		assert_int_equal(other->registry->slots[i].owner, 0);
}

static int n_objects(void)
{
	char path[160];
	struct dirent *e;
	int n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/obj", dir);
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d)))
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void directory_is_clean(void)
{
	struct ring3_opts opts = RING3_OPTS(ring3_opts, .dir = dir);
	ring3 *next;

	assert_int_equal(ring3_new(&opts, &next), 0);
	sweep(next);
	assert_int_equal(n_objects(), KEPT);
	slots_are_free(next);
	ring3_unref(next);
}

/* The first run makes the maps. */
static void share_maps(void)
{
	struct ring3_opts opts = RING3_OPTS(ring3_opts, .dir = dir);

	kill_round(2);
	assert_int_equal(ring3_new(&opts, &rt), 0);
	ring3_bind_libbpf(rt);
	hash_fd = bpf_obj_get("/sys/fs/bpf/kill_hash");
	ring_fd = bpf_obj_get("/sys/fs/bpf/kill_ring");
	assert_true(hash_fd >= 0 && ring_fd >= 0);
}

static void killed_at_any_moment(void **unused)
{
	const char *more = getenv("RING3_KILLS");
	int n = more ? atoi(more) : N_KILLS;

	(void)unused;
	share_maps();
	for (int k = 0; k < n; k++) {
		kill_round(k);
		hash_is_sound(true);
		directory_is_clean();
		if (k % 40 == 39 || k + 1 == n) {
			ring_drains();
			hash_takes_updates();
		}
	}
}

static void nothing_is_left(void **unused)
{
	struct ring3_opts opts = RING3_OPTS(ring3_opts, .dir = dir);
	char path[160];

	(void)unused;
	close(hash_fd);
	close(ring_fd);
	ring3_bind_libbpf(NULL);
	rt = ring3_unref(rt);
	snprintf(path, sizeof(path), "%s/pin/kill_hash", dir);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/pin/kill_ring", dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(ring3_new(&opts, &rt), 0);
	sweep(rt);
	assert_int_equal(n_objects(), 0);
	rt = ring3_unref(rt);
}

static int begin(void **unused)
{
	int fd;

	(void)unused;
	if (scratch_make(base, sizeof(base)))
		return -1;
	snprintf(dir, sizeof(dir), "%s/rt", base);
	snprintf(state_path, sizeof(state_path), "%s/state", base);
	fd = open(state_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, 4096))
		return -1;
	state = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return state == MAP_FAILED ? -1 : 0;
}

static int end(void **unused)
{
	(void)unused;
	if (state[0] > 1)
		kill((pid_t)state[0], SIGKILL);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_at_any_moment),
		cmocka_unit_test(nothing_is_left),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, begin, end);
}
