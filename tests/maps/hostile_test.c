/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What can a file written by somebody hostile do?  Its header is refused, and whatever its data
 * says, operations end, stay inside the file and touch nothing else (a guard: run under ASan too,
 * and every map lies between pages that nobody may touch).
 */
#include "maps/maps.h"

#include <sys/stat.h>

#include "map/hash.h"

enum {
	N_KINDS = 12,
	N_ROUNDS = 60,
	N_STEPS = 60
};

static struct map_desc kinds(int k)
{
	static const struct {
		uint32_t type, key, value, n, flags;
	} rows[N_KINDS] = {
		{ BPF_MAP_TYPE_ARRAY, 4, 8, 16, BPF_F_MMAPABLE },
		{ BPF_MAP_TYPE_HASH, 8, 16, 30, 0 },
		{ BPF_MAP_TYPE_PERCPU_HASH, 8, 16, 30, 0 },
		{ BPF_MAP_TYPE_LRU_HASH, 8, 16, 30, 0 },
		{ BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 16, 0 },
		{ BPF_MAP_TYPE_LPM_TRIE, 8, 16, 30, BPF_F_NO_PREALLOC },
		{ BPF_MAP_TYPE_QUEUE, 0, 16, 9, 0 },
		{ BPF_MAP_TYPE_STACK, 0, 16, 9, 0 },
		{ BPF_MAP_TYPE_STACK_TRACE, 4, 64, 16, 0 },
		{ BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0 },
		{ BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, 100, 0 },
		{ BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 16, 0 },
	};
	struct map_desc d = desc_of(rows[k].type, rows[k].key, rows[k].value, rows[k].n);

	d.flags = rows[k].flags;
	return d;
}

static int nothing(void *arg, struct map *map, const void *key, void *value)
{
	(void)arg, (void)map, (void)key, (void)value;
	return 0;
}

static bool all_dead(void *arg, uint32_t tid)
{
	(void)arg, (void)tid;
	return true;
}

/* Each operation once in a while; results do not matter. */
static void poke(struct map *map, struct rng *r)
{
	static uint8_t value[65536], out[65536], keys[65536];
	/* As large as a key gets: where there are no buckets a position is a key. */
	uint8_t key[512] = { 0 }, cursor[512];
	uint32_t count = 16;

	key[0] = (uint8_t)rng_below(r, 40);
	key[4] = (uint8_t)rng_next(r);
	switch (rng_below(r, 13)) {
	case 0:
	case 1:
	case 2: map_user_update(map, key, value, rng_below(r, 3)); break;
	case 3: map_user_delete(map, key); break;
	case 4: map_user_lookup(map, key, out, 0); break;
	case 5: map_user_next_key(map, key, out); break;
	case 6: map_user_lookup_and_delete(map, key, out, 0); break;
	case 7: map_user_lookup_batch(map, NULL, cursor, keys, out, &count, 0, false); break;
	case 8: map_for_each(map, 1, nothing, NULL); break;
	case 9: map_recover(map, all_dead, NULL); break;
	case 10:
		if (map->desc.type == BPF_MAP_TYPE_STACK_TRACE)
			stackmap_store(map, (uint64_t *)(void *)keys, 5, BPF_F_REUSE_STACKID);
		map_user_next_key(map, NULL, out);
		break;
	default:
		if (map->desc.type == BPF_MAP_TYPE_RINGBUF)
			ringbuf_output(map, value, rng_below(r, 3000), BPF_RB_NO_WAKEUP);
	}
}

static void corrupt(struct map *map, struct rng *r)
{
	uint8_t *data = map->data;

	for (uint32_t k = 1 + rng_below(r, 8); k; k--) {
		/* Most of what matters lies at the front. */
		size_t at = rng_below(r, rng_below(r, 2) ? 2048 : (uint32_t)map->data_size - 8);
		uint64_t word = rng_value(r);

		if (rng_below(r, 2))
			memcpy(data + (at & ~(size_t)7), &word, 8);
		else
			data[at] ^= (uint8_t)(1u << rng_below(r, 8));
	}
}

/* A lock that a live thread keeps is not damage but waiting; tid 1 lives. */
static void free_locks(struct map *map)
{
	switch (map->desc.type) {
	case BPF_MAP_TYPE_LPM_TRIE:
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK: memset(map->data, 0, 4); break;
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
		for (size_t k = 0; k < HASH_MAX_STRIPES; k++)
			((struct hash_shared *)map->data)->turns[k].lock = 0;
		break;
	case BPF_MAP_TYPE_RINGBUF:
		memset((char *)map->data + sysconf(_SC_PAGESIZE) + 64, 0, 4);
		break;
	default: break;
	}
}

/* The file again, with no neighbours in memory: a page on each side faults. */
static struct map *open_guarded(int fd)
{
	struct map *map = NULL;
	struct stat st;
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size;
	char *room;

	assert_int_equal(fstat(fd, &st), 0);
	size = (size_t)st.st_size;
	room = mmap(NULL, size + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(room + page, size); /* the next mapping of this size goes here */
	assert_int_equal(map_open(dup(fd), &map), 0);
	munmap(room, page);
	munmap(room + page + size, page);
	return map;
}

static void test_data(void **state)
{
	struct rng r = { 11 };

	(void)state;
	for (int k = 0; k < N_KINDS; k++) {
		struct map_desc d = kinds(k);

		for (int round = 0; round < N_ROUNDS; round++) {
			struct map *map = make_map(&d), *bad;

			for (int step = 0; step < N_STEPS; step++)
				poke(map, &r);
			bad = open_guarded(map->fd);
			for (int step = 0; step < N_STEPS; step++) {
				if (step % 20 == 0)
					corrupt(map, &r);
				free_locks(map);
				poke(bad, &r);
			}
			map_unref(bad);
			map_unref(map);
		}
	}
}

/* Every bit of the header, and every size of file. */
static void test_header(void **state)
{
	struct map_desc d = kinds(1);
	struct map *map = make_map(&d), *other = NULL;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *header = (uint8_t *)map->base + map->size - page;
	size_t n_sum = 24 + sizeof(struct map_desc) + 8;

	(void)state;
	for (size_t at = 0; at < n_sum; at++)
		for (int bit = 0; bit < 8; bit++) {
			int fd = dup(map->fd), err;

			header[at] ^= (uint8_t)(1u << bit);
			err = map_open(fd, &other);
			header[at] ^= (uint8_t)(1u << bit);
			if (!err)
				fail_msg("bit %d of byte %zu is not checked", bit, at);
			assert_int_equal(err, -EINVAL);
			close(fd);
		}
	other = open_again(map);
	map_unref(other);
	map_unref(map);
}

static uint64_t sum_of(const uint8_t *p, size_t n)
{
	uint64_t sum = 0xcbf29ce484222325ULL;

	for (size_t k = 0; k < n; k++)
		sum = (sum ^ p[k]) * 0x100000001b3ULL;
	return sum;
}

/* A header whose checksum is right and whose description does not suit the file. */
static void test_lying_header(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct rng r = { 4 };

	(void)state;
	for (int k = 0; k < 3000; k++) {
		struct map_desc d = kinds(k % N_KINDS);
		struct map *map = make_map(&d), *other = NULL;
		uint8_t *header = (uint8_t *)map->base + map->size - page;
		size_t at = 16 + rng_below(&r, 8 + sizeof(struct map_desc) - 16);
		uint32_t word = (uint32_t)rng_value(&r);
		int fd = dup(map->fd), err;
		uint64_t sum;

		memcpy(header + (at & ~(size_t)3), &word, 4);
		sum = sum_of(header, 24 + sizeof(struct map_desc));
		memcpy(header + 24 + sizeof(struct map_desc), &sum, 8);
		err = map_open(fd, &other);
		if (err) {
			close(fd);
		} else {
			for (int step = 0; step < 30; step++)
				poke(other, &r);
			map_unref(other);
		}
		map_unref(map);
	}
}

static void test_truncated(void **state)
{
	struct map_desc d = kinds(1);
	struct map *map = make_map(&d), *other = NULL;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	(void)state;
	for (size_t size = 0; size < map->size; size += page / 2) {
		int fd = memfd_create("short", MFD_CLOEXEC);

		assert_int_equal(write(fd, (char *)map->base + map->size - size, size), size);
		assert_int_equal(map_open(fd, &other), -EINVAL);
		close(fd);
	}
	map_unref(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_lying_header),
		cmocka_unit_test(test_truncated),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
