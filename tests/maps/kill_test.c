/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May a process that works on a map be killed at any moment?  Two processes work, one is killed and
 * replaced, again and again; the other must go on, and in the end nothing may have been lost from
 * the map and nothing in it may be broken.
 */
#include "maps/maps.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "map/sync.h"

enum {
	N_KILLS = 60
};

struct kind {
	struct map_desc desc;
	void (*step)(struct map *map, struct rng *r);
	void (*check)(struct map *map);
};

static void nap(uint64_t ns)
{
	struct timespec ts = { 0, (long)ns };

	nanosleep(&ts, NULL);
}

static pid_t start_worker(const struct kind *kind, const struct map *map, uint64_t seed)
{
	pid_t parent = getpid(), pid = fork();
	struct rng r = { seed };
	struct map *own;

	if (pid)
		return pid;
	/* Whatever this test comes to, its workers do not outlive it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(5);
	if (map_open(dup(map->fd), &own))
		_exit(3);
	for (;;)
		kind->step(own, &r);
}

static void kill_one(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		fail_msg("a worker died by itself: status %#x", (unsigned int)status);
}

static void survive(const struct kind *kind)
{
	struct map *map = make_map(&kind->desc);
	pid_t pids[2] = { start_worker(kind, map, 1), start_worker(kind, map, 2) };
	struct rng r = { 3 };

	for (int k = 0; k < N_KILLS; k++) {
		nap(200000 + rng_below(&r, 1500000));
		kill_one(pids[k & 1]);
		for (int n = 0; n < 20; n++)
			kind->step(map, &r);
		if (k % 10 == 9)
			assert_true(map_recover(map, NULL, NULL) >= 0);
		pids[k & 1] = start_worker(kind, map, (uint64_t)k + 10);
	}
	kill_one(pids[0]);
	kill_one(pids[1]);
	for (int k = 0; k < 3; k++)
		assert_true(map_recover(map, NULL, NULL) >= 0);
	kind->check(map);
	map_unref(map);
}

static void hash_step(struct map *map, struct rng *r)
{
	uint64_t key = rng_below(r, 30), value[4];

	value[0] = value[1] = value[2] = value[3] = key;
	switch (rng_below(r, 4)) {
	case 0: map_delete(map, &key); break;
	case 1: map_lookup(map, &key, 0); break;
	default: map_update(map, &key, value, BPF_ANY, rng_below(r, TEST_SLOTS));
	}
}

static void check_hash(struct map *map)
{
	uint64_t key, value[4 * TEST_SLOTS], max = map->desc.max_entries;
	uint32_t n = 0;

	while (!map_user_next_key(map, NULL, &key)) {
		assert_true(key < 30 && n++ < max);
		assert_int_equal(map_user_lookup(map, &key, value, 0), 0);
		assert_true(value[0] == key || map->ops->percpu);
		if (!map->ops->percpu) /* these are written in place */
			assert_int_equal(value[0], value[3]);
		assert_int_equal(map_delete(map, &key), 0);
	}
	for (key = 0; key < max; key++)
		assert_int_equal(map_update(map, &key, value, BPF_NOEXIST, 0), 0);
	if (map->desc.type == BPF_MAP_TYPE_HASH)
		assert_int_equal(map_update(map, &key, value, BPF_NOEXIST, 0), -E2BIG);
	for (key = 0; key < max; key++)
		assert_int_equal(map_update(map, &key, value, BPF_EXIST, 0), 0);
}

static void lpm_step(struct map *map, struct rng *r)
{
	struct {
		uint32_t len;
		uint8_t data[4];
	} key = { rng_below(r, 33), { 10, (uint8_t)rng_next(r) } };
	uint64_t value = key.len;

	switch (rng_below(r, 4)) {
	case 0: map_delete(map, &key); break;
	case 1: map_lookup(map, &key, 0); break;
	default: map_update(map, &key, &value, BPF_ANY, 0);
	}
}

struct route {
	uint32_t len;
	uint8_t data[4];
};

static uint64_t address_of(const struct route *r)
{
	return (uint64_t)r->data[0] << 24 | (uint64_t)r->data[1] << 16 | (uint64_t)r->data[2] << 8 |
	       r->data[3];
}

/* Do lookups find the longest of what there is?  Values are lengths. */
static void check_routes(struct map *map)
{
	struct route *routes = calloc(map->desc.max_entries + 1, sizeof(*routes)), *last = NULL;
	struct rng r = { 5 };
	uint32_t n = 0;

	for (; !map_user_next_key(map, last, &routes[n]); n++) {
		last = &routes[n];
		assert_true(n < map->desc.max_entries);
	}
	for (int k = 0; k < 500; k++) {
		struct route key = { 32, { 10, (uint8_t)rng_next(&r), 0, (uint8_t)(k / 400) } };
		const uint64_t *found = map_lookup(map, &key, 0);
		uint64_t longest = 0;

		for (uint32_t i = 0; i < n; i++) {
			uint64_t differ = address_of(&routes[i]) ^ address_of(&key);

			if (!(differ >> (32 - routes[i].len)) && routes[i].len >= longest)
				longest = routes[i].len + 1;
		}
		assert_int_equal(found ? *found + 1 : 0, longest);
	}
	free(routes);
}

static void check_lpm(struct map *map)
{
	uint8_t key[8];
	uint64_t value = 1;
	uint32_t n = 0, max = map->desc.max_entries;

	check_routes(map);
	while (!map_user_next_key(map, NULL, key)) {
		assert_true(n++ < max);
		assert_int_equal(map_delete(map, key), 0);
	}
	memset(key, 0, 8);
	key[0] = 32;
	for (n = 0; n < max; n++) {
		key[6] = (uint8_t)(n >> 8), key[7] = (uint8_t)n;
		assert_int_equal(map_update(map, key, &value, BPF_NOEXIST, 0), 0);
	}
	key[5] = 1;
	assert_int_equal(map_update(map, key, &value, BPF_NOEXIST, 0), -ENOSPC);
}

static void queue_step(struct map *map, struct rng *r)
{
	uint64_t value[4];

	value[0] = value[1] = value[2] = value[3] = rng_next(r);
	if (rng_below(r, 2))
		map_push(map, value, BPF_ANY);
	else if (!map_pop(map, value) && (value[0] != value[1] || value[2] != value[3]))
		_exit(4);
}

static void check_queue(struct map *map)
{
	uint64_t value[4] = { 0 };
	uint32_t n = 0;

	while (!map_pop(map, value)) {
		assert_true(value[0] == value[3]);
		assert_true(n++ < map->desc.max_entries);
	}
	for (n = 0; n < map->desc.max_entries; n++)
		assert_int_equal(map_push(map, value, 0), 0);
	assert_int_equal(map_push(map, value, 0), -E2BIG);
}

static void stack_step(struct map *map, struct rng *r)
{
	uint64_t ips[4];
	uint32_t id = rng_below(r, 16);

	ips[0] = rng_below(r, 50);
	ips[1] = ips[2] = ips[3] = ips[0];
	if (rng_below(r, 3))
		stackmap_store(map, ips, 4, BPF_F_REUSE_STACKID);
	else
		map_delete(map, &id);
}

static void check_stacks(struct map *map)
{
	uint64_t ips[4] = { 0 };
	uint32_t id, n = 0;

	while (!map_user_next_key(map, NULL, &id)) {
		assert_int_equal(map_user_lookup(map, &id, ips, 0), 0);
		assert_true(ips[0] == ips[3]);
		assert_int_equal(map_delete(map, &id), 0);
	}
	for (uint64_t k = 0; k < 100000 && n < map->desc.max_entries; k++) {
		ips[0] = k;
		n += stackmap_store(map, ips, 4, 0) >= 0 && k < 100000;
	}
	assert_int_equal(n, map->desc.max_entries);
}

static void ring_step(struct map *map, struct rng *r)
{
	uint64_t size = 8 * (1 + rng_below(r, 20)), whole[20] = { 0x1122334455667788 }, *sample;

	if (!rng_below(r, 3)) {
		ringbuf_output(map, whole, size, BPF_RB_NO_WAKEUP);
		return;
	}
	sample = ringbuf_reserve(map, size);
	if (!sample)
		return;
	sample[0] = 0x1122334455667788;
	ringbuf_submit(map, sample, BPF_RB_NO_WAKEUP, !rng_below(r, 4));
}

/* Reads as libbpf does; the ring must be empty in the end and take records again. */
static void drain(struct map *map, bool must_end)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *data = map->data;
	uint64_t *cons = map->data, *prod = (uint64_t *)(void *)(data + page);
	uint64_t mask = map->desc.max_entries - 1, at = *cons;

	while (at < __atomic_load_n(prod, __ATOMIC_ACQUIRE)) {
		uint32_t *head = (uint32_t *)(void *)(data + 2 * page + (at & mask));
		uint32_t len = __atomic_load_n(head, __ATOMIC_ACQUIRE);

		if (len & BPF_RINGBUF_BUSY_BIT)
			break;
		if (!(len & BPF_RINGBUF_DISCARD_BIT)) {
			assert_true(len >= 8 && len <= 160);
			assert_true(*(uint64_t *)(void *)(head + 2) == 0x1122334455667788);
		}
		at += ((len & ~(uint32_t)BPF_RINGBUF_DISCARD_BIT) + 15) & ~7ull;
		__atomic_store_n(cons, at, __ATOMIC_RELEASE);
	}
	if (must_end)
		assert_true(at == __atomic_load_n(prod, __ATOMIC_ACQUIRE));
}

static void check_ring(struct map *map)
{
	uint32_t n = 0;
	void *sample;

	drain(map, true);
	assert_int_equal(ringbuf_query(map, BPF_RB_AVAIL_DATA), 0);
	while ((sample = ringbuf_reserve(map, 8))) {
		*(uint64_t *)sample = 0x1122334455667788;
		ringbuf_submit(map, sample, BPF_RB_NO_WAKEUP, false);
		n++;
	}
	assert_int_equal(n, map->desc.max_entries / 16 - 1);
	drain(map, true);
}

static pid_t reader;

static void ring_reader_step(struct map *map, struct rng *r)
{
	static uint32_t calls;

	if (getpid() == reader) {
		if (calls++ % 20 == 0)
			drain(map, false);
		return;
	}
	ring_step(map, r);
}

static struct map_desc with(struct map_desc d, uint32_t flags)
{
	d.flags = flags;
	return d;
}

static void test_hash(void **state)
{
	struct kind kind = { desc_of(BPF_MAP_TYPE_HASH, 8, 32, 20), hash_step, check_hash };

	(void)state;
	survive(&kind);
	kind.desc.max_entries = 2;
	survive(&kind);
	kind.desc.type = BPF_MAP_TYPE_LRU_HASH;
	kind.desc.max_entries = 20;
	survive(&kind);
	kind.desc = desc_of(BPF_MAP_TYPE_PERCPU_HASH, 8, 32, 20);
	survive(&kind);
}

static void test_lpm(void **state)
{
	struct kind kind = { with(desc_of(BPF_MAP_TYPE_LPM_TRIE, 8, 8, 60), BPF_F_NO_PREALLOC),
			     lpm_step, check_lpm };

	(void)state;
	survive(&kind);
	kind.desc.max_entries = 5000; /* an index of two tables */
	survive(&kind);
}

static void test_queue(void **state)
{
	struct kind kind = { desc_of(BPF_MAP_TYPE_QUEUE, 0, 32, 7), queue_step, check_queue };

	(void)state;
	survive(&kind);
	kind.desc.type = BPF_MAP_TYPE_STACK;
	survive(&kind);
}

static void test_stackmap(void **state)
{
	struct kind kind = { desc_of(BPF_MAP_TYPE_STACK_TRACE, 4, 32, 16), stack_step,
			     check_stacks };

	(void)state;
	survive(&kind);
}

static void test_ringbuf(void **state)
{
	struct kind kind = { desc_of(BPF_MAP_TYPE_RINGBUF, 0, 0, 65536), ring_reader_step,
			     check_ring };

	(void)state;
	reader = getpid();
	survive(&kind);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash),    cmocka_unit_test(test_lpm),
		cmocka_unit_test(test_queue),   cmocka_unit_test(test_stackmap),
		cmocka_unit_test(test_ringbuf),
	};

#ifdef RING3_HOSTILE
	sync_stall_one_in(1000);
#endif
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
