/* SPDX-License-Identifier: BSD-2-Clause */
/* Do hash maps do what a plain list of keys and values does, for every type and key size, with the
 * kernel's errnos?  Two mappings of the file are used in turn. */
#include "maps/maps.h"

enum {
	MAX_KEYS = 300
};

struct model {
	uint32_t n, limit, key_size, value_size;
	uint8_t keys[MAX_KEYS][64];
	uint8_t values[MAX_KEYS][256];
};

static int model_find(const struct model *m, const void *key)
{
	for (uint32_t k = 0; k < m->n; k++)
		if (!memcmp(m->keys[k], key, m->key_size))
			return (int)k;
	return -1;
}

static int model_update(struct model *m, const void *key, const void *value, uint64_t flags)
{
	int at = model_find(m, key);

	if (flags > BPF_EXIST)
		return -EINVAL;
	if (at >= 0 && flags == BPF_NOEXIST)
		return -EEXIST;
	if (at < 0 && flags == BPF_EXIST)
		return -ENOENT;
	if (at < 0 && m->n == m->limit)
		return -E2BIG;
	if (at < 0)
		at = (int)m->n++;
	memcpy(m->keys[at], key, m->key_size);
	memcpy(m->values[at], value, m->value_size);
	return 0;
}

static int model_delete(struct model *m, const void *key)
{
	int at = model_find(m, key);

	if (at < 0)
		return -ENOENT;
	m->n--;
	memcpy(m->keys[at], m->keys[m->n], 64);
	memcpy(m->values[at], m->values[m->n], 256);
	return 0;
}

static void random_key(struct rng *r, uint8_t *key, uint32_t size, uint32_t n_keys)
{
	uint64_t pick = rng_below(r, n_keys);

	memset(key, (int)(pick & 1), size);
	memcpy(key, &pick, size < 8 ? size : 8);
	if (size > 8)
		key[size - 1] = (uint8_t)pick;
}

static void check_walk(struct map *map, const struct model *m)
{
	uint8_t key[64], next[64], seen[MAX_KEYS] = { 0 };
	uint32_t n = 0;
	int err = map_user_next_key(map, NULL, next);

	for (; !err; err = map_user_next_key(map, key, next)) {
		int at = model_find(m, next);

		assert_true(at >= 0);
		assert_int_equal(seen[at]++, 0);
		memcpy(key, next, m->key_size);
		n++;
	}
	assert_int_equal(err, -ENOENT);
	assert_int_equal(n, m->n);
}

static void check_batch(struct map *map, const struct model *m)
{
	static uint8_t keys[MAX_KEYS * 64], values[MAX_KEYS * 256];
	size_t value_size = map_user_value_size(map);
	uint32_t in = 0, out = 0, total = 0;
	bool first = true;
	int err;

	do {
		uint32_t count = 150;

		err = map_user_lookup_batch(map, first ? NULL : &in, &out, keys, values, &count, 0,
					    false);
		if (err)
			assert_int_equal(err, -ENOENT);
		for (uint32_t k = 0; k < count; k++) {
			int at = model_find(m, keys + (size_t)m->key_size * k);

			assert_true(at >= 0);
			assert_memory_equal(m->values[at], values + value_size * k, m->value_size);
		}
		total += count;
		in = out;
		first = false;
	} while (!err);
	assert_int_equal(total, m->n);
}

static void one_step(struct map *map, struct model *m, struct rng *r, uint32_t n_keys)
{
	uint8_t key[64], value[256], got[256];
	uint64_t flags = rng_below(r, 4);
	int at, err;

	random_key(r, key, m->key_size, n_keys);
	memset(value, 0, sizeof(value));
	for (uint32_t k = 0; k < m->value_size; k++)
		value[k] = (uint8_t)rng_next(r);
	switch (rng_below(r, 8)) {
	case 0:
	case 1:
	case 2:
	case 3:
		assert_int_equal(map_user_update(map, key, value, flags),
				 model_update(m, key, value, flags));
		break;
	case 4: assert_int_equal(map_user_delete(map, key), model_delete(m, key)); break;
	case 5:
		at = model_find(m, key);
		err = map_user_lookup_and_delete(map, key, got, 0);
		assert_int_equal(err, at < 0 ? -ENOENT : 0);
		if (!err)
			assert_memory_equal(got, m->values[at], m->value_size);
		if (!err)
			model_delete(m, key);
		break;
	default:
		at = model_find(m, key);
		assert_int_equal(map_user_lookup(map, key, got, 0), at < 0 ? -ENOENT : 0);
		if (at >= 0)
			assert_memory_equal(got, m->values[at], m->value_size);
		assert_int_equal(!!map_lookup(map, key, 1), at >= 0);
	}
}

static void against_model(uint32_t type, uint32_t key_size, uint32_t value_size, uint32_t limit,
			  uint32_t flags)
{
	struct map_desc desc = desc_of(type, key_size, value_size, limit);
	struct model *m = calloc(1, sizeof(*m));
	struct rng r = { key_size * 1000 + limit };
	struct map *map, *other;

	desc.flags = flags;
	map = make_map(&desc);
	other = open_again(map);
	m->limit = limit;
	m->key_size = key_size;
	m->value_size = (uint32_t)map_user_value_size(map);
	for (int step = 0; step < 4000; step++) {
		one_step(step & 1 ? map : other, m, &r, limit * 3 / 2);
		if (step % 500 == 0) {
			check_walk(map, m);
			check_batch(other, m);
		}
	}
	map_unref(other);
	map_unref(map);
	free(m);
}

static void test_hash_sizes(void **state)
{
	static const uint32_t sizes[] = { 1, 3, 4, 5, 8, 12, 16, 20, 33, 64 };

	(void)state;
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		against_model(BPF_MAP_TYPE_HASH, sizes[k], 1 + sizes[k] % 17, 100, 0);
		against_model(BPF_MAP_TYPE_HASH, sizes[k], 16, 7, BPF_F_NO_PREALLOC);
	}
	against_model(BPF_MAP_TYPE_HASH, 8, 200, 200, BPF_F_ZERO_SEED);
	against_model(BPF_MAP_TYPE_HASH, 8, 8, 1, 0);
}

static void test_percpu_hash(void **state)
{
	(void)state;
	against_model(BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 100, 0);
	against_model(BPF_MAP_TYPE_PERCPU_HASH, 8, 64, 50, 0);
}

/* A program's update of a per-CPU value touches its own slot and zeroes the others' once. */
static void test_percpu_slots(void **state)
{
	struct map_desc desc = desc_of(BPF_MAP_TYPE_PERCPU_HASH, 4, 4, 2);
	struct map *map = make_map(&desc);
	uint32_t key = 7, value = 1;
	uint64_t all[TEST_SLOTS] = { 1, 2, 3, 4 };

	(void)state;
	assert_int_equal(map_user_update(map, &key, all, BPF_ANY), 0);
	assert_int_equal(map_delete(map, &key), 0);
	assert_int_equal(map_update(map, &key, &value, BPF_ANY, 2), 0);
	assert_int_equal(map_user_lookup(map, &key, all, 0), 0);
	assert_true(!all[0] && !all[1] && all[2] == 1 && !all[3]);
	assert_null(map_lookup(map, &key, TEST_SLOTS));
	map_unref(map);
}

static void test_lru(void **state)
{
	struct map_desc desc = desc_of(BPF_MAP_TYPE_LRU_HASH, 4, 8, 64);
	struct map *map = make_map(&desc);
	uint32_t kept = 0, key;
	uint64_t value;

	(void)state;
	for (key = 0; key < 1000; key++) {
		uint32_t hot = 1;

		value = key * 3ull;
		assert_int_equal(map_update(map, &key, &value, BPF_ANY, 0), 0);
		if (key >= 1)
			assert_non_null(map_lookup(map, &hot, 0));
	}
	for (key = 0; key < 1000; key++)
		if (!map_user_lookup(map, &key, &value, 0)) {
			assert_int_equal(value, key * 3ull);
			kept++;
		}
	assert_in_range(kept, 60, 64);
	assert_int_equal(map_update(map, &key, &value, BPF_EXIST, 0), -ENOENT);
	map_unref(map);
}

static int count_to(void *arg, struct map *map, const void *key, void *value)
{
	int *left = arg;

	(void)map, (void)key, (void)value;
	return --*left == 0;
}

static void test_for_each(void **state)
{
	struct map_desc desc = desc_of(BPF_MAP_TYPE_HASH, 4, 8, 64);
	struct map *map = make_map(&desc);
	uint64_t value = 0;
	int left = 5;

	(void)state;
	for (uint32_t key = 0; key < 40; key++)
		map_update(map, &key, &value, BPF_ANY, 0);
	assert_int_equal(map_for_each(map, 0, count_to, &left), 5);
	left = 1000;
	assert_int_equal(map_for_each(map, 0, count_to, &left), 40);
	map_unref(map);
}

static void test_spin_lock_flag(void **state)
{
	struct map_desc desc = desc_of(BPF_MAP_TYPE_HASH, 4, 12, 4);
	uint32_t key = 1, value[3] = { 5, 77, 6 }, got[3];
	struct map *map = make_map(&desc);

	(void)state;
	assert_int_equal(map_user_update(map, &key, value, BPF_F_LOCK), -EINVAL);
	map_unref(map);
	desc.spin_lock_off = 4;
	map = make_map(&desc);
	assert_int_equal(map_user_update(map, &key, value, BPF_F_LOCK), 0);
	value[0] = 9;
	assert_int_equal(map_user_update(map, &key, value, BPF_F_LOCK | BPF_EXIST), 0);
	assert_int_equal(map_user_lookup(map, &key, got, BPF_F_LOCK), 0);
	assert_true(got[0] == 9 && got[1] == 0 && got[2] == 6);
	map_unref(map);
}

static void test_attributes(void **state)
{
	struct map_desc d = desc_of(BPF_MAP_TYPE_HASH, 4, 8, 4);
	struct map *map = NULL;

	(void)state;
	d.max_entries = 0;
	assert_int_equal(try_map(&d, &map), -EINVAL);
	d = desc_of(BPF_MAP_TYPE_HASH, 0, 8, 4);
	assert_int_equal(try_map(&d, &map), -EINVAL);
	d = desc_of(BPF_MAP_TYPE_HASH, 8, 1u << 22, 4);
	assert_int_equal(try_map(&d, &map), -E2BIG);
	d = desc_of(BPF_MAP_TYPE_HASH, 8, 1u << 21, 1u << 20);
	assert_int_equal(try_map(&d, &map), -ENOMEM);
	d = desc_of(BPF_MAP_TYPE_HASH, 8, 8, UINT32_MAX);
	assert_int_equal(try_map(&d, &map), -E2BIG);
	d = desc_of(BPF_MAP_TYPE_HASH, 8, 8, 4);
	d.flags = BPF_F_MMAPABLE;
	assert_int_equal(try_map(&d, &map), -EINVAL);
	d.flags = BPF_F_RDONLY | BPF_F_WRONLY;
	assert_int_equal(try_map(&d, &map), -EINVAL);
	d = desc_of(BPF_MAP_TYPE_PERCPU_HASH, 8, 32769, 4);
	assert_int_equal(try_map(&d, &map), -E2BIG);
}

static void test_freeze_and_modes(void **state)
{
	struct map_desc d = desc_of(BPF_MAP_TYPE_HASH, 4, 8, 4);
	struct map *map = make_map(&d), *other = open_again(map);
	uint32_t key = 1;
	uint64_t value = 2;

	(void)state;
	assert_int_equal(map_user_update(map, &key, &value, 0), 0);
	assert_int_equal(map_freeze(map), 0);
	assert_int_equal(map_freeze(other), -EBUSY);
	assert_int_equal(map_user_update(other, &key, &value, 0), -EPERM);
	assert_int_equal(map_user_delete(other, &key), -EPERM);
	assert_int_equal(map_user_lookup(other, &key, &value, 0), 0);
	assert_int_equal(map_update(other, &key, &value, 0, 0), 0);
	map_unref(other);
	map_unref(map);
	d.flags = BPF_F_RDONLY;
	map = make_map(&d);
	assert_int_equal(map_user_update(map, &key, &value, 0), -EPERM);
	map_unref(map);
	d.flags = BPF_F_WRONLY;
	map = make_map(&d);
	assert_int_equal(map_user_lookup(map, &key, &value, 0), -EPERM);
	map_unref(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash_sizes),   cmocka_unit_test(test_percpu_hash),
		cmocka_unit_test(test_percpu_slots), cmocka_unit_test(test_lru),
		cmocka_unit_test(test_for_each),     cmocka_unit_test(test_spin_lock_flag),
		cmocka_unit_test(test_attributes),   cmocka_unit_test(test_freeze_and_modes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
