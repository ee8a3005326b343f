/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do maps keep their promises while threads work on the same few keys?  Values are never torn for
 * the system call's side, a key is inserted by one thread only, and afterwards nothing has been
 * lost from the pool.  Run under TSan too.
 */
#include "maps/maps.h"

#include <pthread.h>
#include <sched.h>

enum {
	N_THREADS = 4,
	N_STEPS = 30000
};

struct value {
	uint64_t key, a, b, check;
};

struct job {
	struct map *map;
	uint32_t n;
	uint32_t inserted, deleted;
	const char *bad;
};

static struct value value_for(uint64_t key, uint64_t a)
{
	return (struct value){ key, a, a * 7, key ^ a ^ (a * 7) };
}

static bool is_whole(const struct value *v, uint64_t key)
{
	return v->key == key && v->b == v->a * 7 && v->check == (v->key ^ v->a ^ v->b);
}

static void hash_step(struct job *j, struct rng *r)
{
	uint64_t key = rng_below(r, 40), next;
	struct value v = value_for(key, rng_next(r)), got;
	int err = 0;

	switch (rng_below(r, 6)) {
	case 0:
		err = map_update(j->map, &key, &v, BPF_ANY, 0);
		j->bad = err && err != -E2BIG ? "update" : j->bad;
		break;
	case 1: j->inserted += !map_update(j->map, &key, &v, BPF_NOEXIST, 0); break;
	case 2: map_update(j->map, &key, &v, BPF_EXIST, 0); break;
	case 3: j->deleted += !map_delete(j->map, &key); break;
	case 4:
		if (!map_user_lookup(j->map, &key, &got, 0) && !is_whole(&got, key))
			j->bad = "torn value";
		break;
	default:
		err = map_user_next_key(j->map, &key, &next);
		if (!err && next >= 40)
			j->bad = "foreign key";
	}
}

static void *hash_worker(void *arg)
{
	struct job *j = arg;
	struct rng r = { j->n * 1234567 };

	for (int k = 0; k < N_STEPS && !j->bad; k++)
		hash_step(j, &r);
	return NULL;
}

static void run_jobs(struct map *a, struct map *b, struct job *jobs, void *(*fn)(void *))
{
	pthread_t ids[N_THREADS];

	for (uint32_t k = 0; k < N_THREADS; k++) {
		jobs[k] = (struct job){ .map = k & 1 ? a : b, .n = k };
		pthread_create(&ids[k], NULL, fn, &jobs[k]);
	}
	for (int k = 0; k < N_THREADS; k++)
		pthread_join(ids[k], NULL);
	for (int k = 0; k < N_THREADS; k++)
		if (jobs[k].bad)
			fail_msg("thread %d: %s", k, jobs[k].bad);
}

/* Exactly max_entries keys fit: no element was lost and none is there twice. */
static void check_capacity(struct map *map)
{
	uint64_t key = 0, max = map->desc.max_entries;
	struct value v = { 0 };

	while (!map_user_next_key(map, NULL, &key))
		assert_int_equal(map_delete(map, &key), 0);
	for (key = 1000; key < 1000 + max; key++)
		assert_int_equal(map_update(map, &key, &v, BPF_NOEXIST, 0), 0);
	assert_int_equal(map_update(map, &key, &v, BPF_NOEXIST, 0), -E2BIG);
	key = 1000;
	for (int k = 0; k < 100; k++)
		assert_int_equal(map_update(map, &key, &v, BPF_EXIST, 0), 0);
}

static void test_hash(void **state)
{
	static const uint32_t limits[] = { 40, 20, 1 };

	(void)state;
	for (int k = 0; k < 3; k++) {
		struct map_desc d = desc_of(BPF_MAP_TYPE_HASH, 8, sizeof(struct value), limits[k]);
		struct map *a = make_map(&d), *b = open_again(a);
		struct job jobs[N_THREADS];

		run_jobs(a, b, jobs, hash_worker);
		check_capacity(a);
		map_unref(b);
		map_unref(a);
	}
}

static void *lru_worker(void *arg)
{
	struct job *j = arg;
	struct rng r = { j->n * 77 };

	for (int k = 0; k < N_STEPS / 2 && !j->bad; k++) {
		uint64_t key = rng_below(&r, 200);
		struct value v = value_for(key, rng_next(&r)), got;
		int err = map_update(j->map, &key, &v, BPF_ANY, 0);

		if (err)
			j->bad = "update";
		key = rng_below(&r, 200);
		map_lookup(j->map, &key, 0);
		if (!map_user_lookup(j->map, &key, &got, 0) && !is_whole(&got, key))
			j->bad = "torn value";
	}
	return NULL;
}

static void test_lru(void **state)
{
	struct map_desc d = desc_of(BPF_MAP_TYPE_LRU_HASH, 8, sizeof(struct value), 64);
	struct map *a = make_map(&d), *b = open_again(a);
	struct job jobs[N_THREADS];

	(void)state;
	run_jobs(a, b, jobs, lru_worker);
	map_unref(b);
	map_unref(a);
}

/* Each round every thread tries to insert the same keys; each key has one winner. */
static void *insert_worker(void *arg)
{
	struct job *j = arg;
	struct value v = { 0 };

	for (uint64_t key = 0; key < 5000; key++)
		j->inserted += !map_update(j->map, &key, &v, BPF_NOEXIST, 0);
	return NULL;
}

static void test_one_winner(void **state)
{
	struct map_desc d = desc_of(BPF_MAP_TYPE_HASH, 8, sizeof(struct value), 5000);
	struct map *a = make_map(&d), *b = open_again(a);
	struct job jobs[N_THREADS];
	uint32_t n = 0;

	(void)state;
	run_jobs(a, b, jobs, insert_worker);
	for (int k = 0; k < N_THREADS; k++)
		n += jobs[k].inserted;
	assert_int_equal(n, 5000);
	map_unref(b);
	map_unref(a);
}

/* A slot's copy belongs to its thread: plain increments lose nothing. */
static void *percpu_worker(void *arg)
{
	struct job *j = arg;
	uint64_t key = 5, one = 0, *count;

	for (int k = 0; k < N_STEPS; k++) {
		count = map_lookup(j->map, &key, j->n);
		if (!count)
			map_update(j->map, &key, &one, BPF_NOEXIST, j->n);
		else
			__atomic_store_n(count, __atomic_load_n(count, __ATOMIC_RELAXED) + 1,
					 __ATOMIC_RELAXED);
	}
	return NULL;
}

static void test_percpu(void **state)
{
	struct map_desc d = desc_of(BPF_MAP_TYPE_PERCPU_HASH, 8, 8, 4);
	struct map *a = make_map(&d), *b = open_again(a);
	struct job jobs[N_THREADS];
	uint64_t key = 5, all[TEST_SLOTS], sum = 0;

	(void)state;
	assert_int_equal(TEST_SLOTS, N_THREADS);
	memset(all, 0, sizeof(all));
	assert_int_equal(map_user_update(a, &key, all, 0), 0);
	run_jobs(a, b, jobs, percpu_worker);
	assert_int_equal(map_user_lookup(a, &key, all, 0), 0);
	for (int k = 0; k < TEST_SLOTS; k++)
		sum += all[k];
	assert_int_equal(sum, N_THREADS * N_STEPS);
	map_unref(b);
	map_unref(a);
}

struct prefix {
	uint32_t len;
	uint8_t data[4];
};

/* Readers always find the /8 that nobody deletes, or something longer of the same first byte. */
static void *lpm_worker(void *arg)
{
	struct job *j = arg;
	struct rng r = { j->n * 99 };

	for (int k = 0; k < N_STEPS / 2 && !j->bad; k++) {
		struct prefix p = { 9 + rng_below(&r, 24), { 10, (uint8_t)rng_below(&r, 4) << 6 } };
		uint64_t value = 0x0a00 | p.len;
		struct prefix q = { 32, { 10, (uint8_t)rng_next(&r), 0, 0 } };
		uint64_t *found;
		int err = 0;

		if (j->n & 1)
			err = rng_below(&r, 2) ? map_update(j->map, &p, &value, BPF_ANY, 0)
					       : map_delete(j->map, &p);
		if (err && err != -ENOENT && err != -ENOSPC)
			j->bad = "update";
		found = map_lookup(j->map, &q, 0);
		if (!found || (__atomic_load_n(found, __ATOMIC_RELAXED) & 0xff00) != 0x0a00)
			j->bad = "lookup";
	}
	return NULL;
}

static void test_lpm(void **state)
{
	struct map_desc d = desc_of(BPF_MAP_TYPE_LPM_TRIE, 8, 8, 64);
	struct prefix p = { 8, { 10 } };
	uint64_t value = 0x0a08;
	struct job jobs[N_THREADS];
	struct map *a, *b;

	(void)state;
	d.flags = BPF_F_NO_PREALLOC;
	a = make_map(&d), b = open_again(a);
	assert_int_equal(map_update(a, &p, &value, BPF_ANY, 0), 0);
	run_jobs(a, b, jobs, lpm_worker);
	map_unref(b);
	map_unref(a);
}

static void *queue_worker(void *arg)
{
	struct job *j = arg;
	struct value v;

	for (uint32_t k = 0; k < N_STEPS / 2 && !j->bad; k++) {
		v = value_for(j->n, k);
		j->inserted += !map_push(j->map, &v, BPF_ANY);
		if (map_pop(j->map, &v))
			continue;
		j->deleted++;
		if (!is_whole(&v, v.key))
			j->bad = "torn value";
	}
	return NULL;
}

static void test_queue(void **state)
{
	(void)state;
	for (int k = 0; k < 2; k++) {
		struct map_desc d = desc_of(k ? BPF_MAP_TYPE_STACK : BPF_MAP_TYPE_QUEUE, 0,
					    sizeof(struct value), 3);
		struct map *a = make_map(&d), *b = open_again(a);
		struct job jobs[N_THREADS];
		uint32_t in = 0, out = 0;
		struct value v;

		run_jobs(a, b, jobs, queue_worker);
		for (int n = 0; n < N_THREADS; n++)
			in += jobs[n].inserted, out += jobs[n].deleted;
		while (!map_pop(a, &v))
			out++;
		assert_int_equal(in, out);
		map_unref(b);
		map_unref(a);
	}
}

static void *stack_worker(void *arg)
{
	struct job *j = arg;
	struct rng r = { j->n * 5 };
	uint64_t ips[8], got[8];

	for (int k = 0; k < N_STEPS / 2 && !j->bad; k++) {
		uint64_t base = rng_below(&r, 30) * 1000;
		uint32_t id;
		int64_t ret;

		for (uint64_t n = 0; n < 8; n++)
			ips[n] = base + n;
		ret = stackmap_store(j->map, ips, 8, BPF_F_REUSE_STACKID);
		if (ret < 0 && ret != -ENOMEM)
			j->bad = "store";
		id = rng_below(&r, 16);
		if (map_user_lookup(j->map, &id, got, 0))
			continue;
		for (uint64_t n = 0; n < 8; n++)
			if (got[n] != got[0] + n)
				j->bad = "torn stack";
		if (!rng_below(&r, 5))
			map_user_delete(j->map, &id);
	}
	return NULL;
}

static void test_stackmap(void **state)
{
	struct map_desc d = desc_of(BPF_MAP_TYPE_STACK_TRACE, 4, 64, 16);
	struct map *a = make_map(&d), *b = open_again(a);
	struct job jobs[N_THREADS];

	(void)state;
	run_jobs(a, b, jobs, stack_worker);
	map_unref(b);
	map_unref(a);
}

static void *lock_worker(void *arg)
{
	struct job *j = arg;
	uint32_t index = 0, *v = map_lookup(j->map, &index, 0);

	for (int k = 0; k < N_STEPS; k++) {
		map_spin_lock(v);
		v[1]++;
		map_spin_unlock(v);
	}
	return NULL;
}

static void test_spin_lock(void **state)
{
	struct map_desc d = desc_of(BPF_MAP_TYPE_ARRAY, 4, 8, 1);
	struct map *a = make_map(&d);
	struct job jobs[N_THREADS];
	uint32_t index = 0;

	(void)state;
	run_jobs(a, a, jobs, lock_worker);
	assert_int_equal(((uint32_t *)map_lookup(a, &index, 0))[1], N_THREADS * N_STEPS);
	map_unref(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash),       cmocka_unit_test(test_lru),
		cmocka_unit_test(test_one_winner), cmocka_unit_test(test_percpu),
		cmocka_unit_test(test_lpm),        cmocka_unit_test(test_queue),
		cmocka_unit_test(test_stackmap),   cmocka_unit_test(test_spin_lock),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
