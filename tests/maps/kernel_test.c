/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do our maps answer what the running kernel's maps answer?  The same random operations, through
 * bpf(2) and through map.h; results, errnos and values must be equal.  Skipped where bpf(2) is not
 * permitted.
 */
#include "maps/maps.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "support/rng.h"

#define OPT(p) ((uint64_t)(uintptr_t)(p))

static uint32_t n_possible;

static long sys_bpf(int cmd, union bpf_attr *attr)
{
	long ret = syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	return ret < 0 ? -errno : ret;
}

static int kernel_create(const struct map_desc *d)
{
	union bpf_attr attr = { .map_type = d->type,
				.key_size = d->key_size,
				.value_size = d->value_size,
				.max_entries = d->max_entries,
				.map_flags = d->flags,
				.map_extra = d->extra };

	return (int)sys_bpf(BPF_MAP_CREATE, &attr);
}

static long kernel_elem(int cmd, int fd, const void *key, void *value, uint64_t flags)
{
	union bpf_attr attr = {
		.map_fd = (uint32_t)fd, .key = OPT(key), .value = OPT(value), .flags = flags
	};

	return sys_bpf(cmd, &attr);
}

static void learn_cpus(void)
{
	int lo = 0, hi = 0;
	FILE *f = fopen("/sys/devices/system/cpu/possible", "r");

	if (f && fscanf(f, "%d-%d", &lo, &hi) < 1)
		hi = 0;
	if (f)
		fclose(f);
	n_possible = (uint32_t)hi + 1;
}

static bool permitted(void)
{
	struct map_desc d = desc_of(BPF_MAP_TYPE_ARRAY, 4, 4, 1);
	int fd = kernel_create(&d);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

struct pair {
	struct map *map;
	int fd;
	size_t value_size;
	struct rng r;
	void (*key)(struct rng *r, uint8_t *key, uint32_t size);
};

static void small_key(struct rng *r, uint8_t *key, uint32_t size)
{
	uint32_t v = rng_below(r, 24);

	memset(key, 0, size);
	memcpy(key, &v, size < 4 ? size : 4);
}

static void prefix_key(struct rng *r, uint8_t *key, uint32_t size)
{
	uint32_t max = (size - 4) * 8, prefix = rng_below(r, max + 2);

	memset(key, 0, size);
	memcpy(key, &prefix, 4);
	key[4] = (uint8_t)(rng_below(r, 4) << 6 | rng_below(r, 4));
	key[size - 1] ^= (uint8_t)rng_below(r, 4);
}

static void same(struct pair *p, long ours, long kernels, const char *what)
{
	if (ours != kernels)
		fail_msg("type %u: %s: ours %ld, the kernel's %ld", p->map->desc.type, what, ours,
			 kernels);
}

static void step(struct pair *p)
{
	static const uint64_t odd_flags[] = { 0, 0, 0, 1, 2, 3, 4, 8, 1ull << 32 };
	static uint8_t key[512], mine[65536], theirs[65536], value[65536];
	uint64_t flags = odd_flags[rng_below(&p->r, 9)];
	struct map *map = p->map;
	long a, b;

	p->key(&p->r, key, map->desc.key_size ? map->desc.key_size : 4);
	memset(mine, 0, p->value_size);
	memset(theirs, 0, p->value_size);
	memset(value, 0, sizeof(value));
	for (uint32_t k = 0; k < p->value_size; k++)
		value[k] = k % map->desc.value_size ? 0 : (uint8_t)rng_next(&p->r);
	switch (rng_below(&p->r, 7)) {
	case 0:
	case 1:
	case 2:
		a = map_user_update(map, key, value, flags);
		b = kernel_elem(BPF_MAP_UPDATE_ELEM, p->fd, map->desc.key_size ? key : NULL, value,
				flags);
		same(p, a, b, "update");
		return;
	case 3:
		a = map_user_delete(map, key);
		b = kernel_elem(BPF_MAP_DELETE_ELEM, p->fd, map->desc.key_size ? key : NULL, NULL,
				0);
		same(p, a, b, "delete");
		return;
	case 4:
		a = map_user_lookup_and_delete(map, key, mine, 0);
		b = kernel_elem(BPF_MAP_LOOKUP_AND_DELETE_ELEM, p->fd,
				map->desc.key_size ? key : NULL, theirs, 0);
		same(p, a, b, "lookup_and_delete");
		break;
	default:
		flags = rng_below(&p->r, 8) ? 0 : flags;
		a = map_user_lookup(map, key, mine, flags);
		b = kernel_elem(BPF_MAP_LOOKUP_ELEM, p->fd, map->desc.key_size ? key : NULL, theirs,
				flags);
		same(p, a, b, "lookup");
	}
	if (!a)
		assert_memory_equal(mine, theirs, p->value_size);
}

/* Keys in the kernel's order where the order is a promise, as a set elsewhere. */
static void compare_walk(struct pair *p, bool ordered)
{
	uint8_t a[512], b[512], na[512], nb[512], value[65536];
	long ra = map_user_next_key(p->map, NULL, na);
	long rb = kernel_elem(BPF_MAP_GET_NEXT_KEY, p->fd, NULL, nb, 0);
	uint32_t n = 0, m = 0, size = p->map->desc.key_size;

	while (ordered && !ra && !rb) {
		assert_memory_equal(na, nb, size);
		memcpy(a, na, size);
		ra = map_user_next_key(p->map, a, na);
		rb = kernel_elem(BPF_MAP_GET_NEXT_KEY, p->fd, a, nb, 0);
	}
	for (; !ordered && !ra; n++) {
		memcpy(a, na, size);
		assert_int_equal(kernel_elem(BPF_MAP_LOOKUP_ELEM, p->fd, a, value, 0), 0);
		ra = map_user_next_key(p->map, a, na);
	}
	for (; !ordered && !rb; m++) {
		memcpy(b, nb, size);
		rb = kernel_elem(BPF_MAP_GET_NEXT_KEY, p->fd, b, nb, 0);
	}
	assert_int_equal(n, m);
	same(p, ra, rb, "end of the walk");
}

static void compare(struct map_desc d, int steps, bool ordered,
		    void (*key)(struct rng *r, uint8_t *key, uint32_t size))
{
	struct pair p = { .r = { d.type * 77 + d.max_entries }, .key = key };

	d.slots = n_possible;
	p.map = make_map(&d);
	p.fd = kernel_create(&d);
	assert_true(p.fd >= 0);
	p.value_size = map_user_value_size(p.map);
	for (int k = 0; k < steps; k++) {
		step(&p);
		if (k % 100 == 0 && d.key_size)
			compare_walk(&p, ordered);
	}
	close(p.fd);
	map_unref(p.map);
}

static void test_arrays(void **state)
{
	(void)state;
	if (!permitted()) {
		puts("# SKIP the kernel's eBPF is not permitted here");
		skip();
	}
	compare(desc_of(BPF_MAP_TYPE_ARRAY, 4, 8, 16), 3000, true, small_key);
	compare(desc_of(BPF_MAP_TYPE_ARRAY, 4, 3, 20), 3000, true, small_key);
	compare(desc_of(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 16), 3000, true, small_key);
	compare(desc_of(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 12, 16), 3000, true, small_key);
}

static void test_hashes(void **state)
{
	struct map_desc d = desc_of(BPF_MAP_TYPE_HASH, 4, 8, 16);

	(void)state;
	if (!permitted()) {
		puts("# SKIP the kernel's eBPF is not permitted here");
		skip();
	}
	compare(d, 3000, false, small_key);
	d = desc_of(BPF_MAP_TYPE_HASH, 20, 33, 10);
	d.flags = BPF_F_NO_PREALLOC;
	compare(d, 3000, false, small_key);
	compare(desc_of(BPF_MAP_TYPE_PERCPU_HASH, 8, 8, 16), 3000, false, small_key);
	compare(desc_of(BPF_MAP_TYPE_PERCPU_HASH, 8, 20, 16), 3000, false, small_key);
	/* Large enough that nothing is evicted. */
	compare(desc_of(BPF_MAP_TYPE_LRU_HASH, 8, 8, 1000), 2000, false, small_key);
}

static void test_tries(void **state)
{
	struct map_desc d = desc_of(BPF_MAP_TYPE_LPM_TRIE, 8, 8, 12);

	(void)state;
	if (!permitted()) {
		puts("# SKIP the kernel's eBPF is not permitted here");
		skip();
	}
	d.flags = BPF_F_NO_PREALLOC;
	compare(d, 6000, true, prefix_key);
	d.key_size = 5;
	compare(d, 6000, true, prefix_key);
	d.key_size = 20;
	d.max_entries = 100;
	compare(d, 6000, true, prefix_key);
}

static void test_queues(void **state)
{
	(void)state;
	if (!permitted()) {
		puts("# SKIP the kernel's eBPF is not permitted here");
		skip();
	}
	compare(desc_of(BPF_MAP_TYPE_QUEUE, 0, 8, 5), 3000, false, small_key);
	compare(desc_of(BPF_MAP_TYPE_STACK, 0, 12, 5), 3000, false, small_key);
}

/* Which attributes each type refuses. */
static void test_attributes(void **state)
{
	static const uint32_t key_sizes[] = { 0, 1, 4, 5, 8, 12, 260, 261, 300, 600 };
	static const uint32_t value_sizes[] = { 0,  1,   4,     5,     8,       16,     32,
						64, 512, 32768, 32769, 1 << 22, 1 << 23 };
	static const uint32_t entries[] = { 0, 1, 2, 100, 4096, 8192 };
	struct rng r = { 5 };

	(void)state;
	if (!permitted()) {
		puts("# SKIP the kernel's eBPF is not permitted here");
		skip();
	}
	for (int k = 0; k < 12000; k++) {
		struct map_desc d =
			desc_of(1 + rng_below(&r, 31), key_sizes[rng_below(&r, 10)],
				value_sizes[rng_below(&r, 13)], entries[rng_below(&r, 6)]);
		int ours, kernels;

		if (d.type == BPF_MAP_TYPE_ARRAY_OF_MAPS || d.type == BPF_MAP_TYPE_HASH_OF_MAPS ||
		    d.type == BPF_MAP_TYPE_CGROUP_STORAGE ||
		    d.type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE ||
		    d.type == BPF_MAP_TYPE_STRUCT_OPS)
			continue;
		if (rng_below(&r, 2))
			d.flags = 1u << rng_below(&r, 13);
		if (d.flags == BPF_F_NUMA_NODE)
			continue;
		d.extra = rng_below(&r, 10) ? 0 : rng_below(&r, 20);
		if ((uint64_t)d.value_size * d.max_entries > 1 << 20)
			continue;
		/* These two depend on the kernel's configuration and on the order of two checks. */
		if (d.type == BPF_MAP_TYPE_CPUMAP && d.max_entries > 100)
			continue;
		if (d.type == BPF_MAP_TYPE_BLOOM_FILTER && d.value_size > 1 << 22)
			continue;
		kernels = kernel_create(&d);
		ours = map_check(&d);
		if (kernels >= 0) {
			close(kernels);
			kernels = 0;
		}
		if (ours != kernels)
			fail_msg("type %u key %u value %u entries %u flags %#x extra %u: ours %d, "
				 "the kernel's %d",
				 d.type, d.key_size, d.value_size, d.max_entries, d.flags,
				 (unsigned int)d.extra, ours, kernels);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arrays),     cmocka_unit_test(test_hashes),
		cmocka_unit_test(test_tries),      cmocka_unit_test(test_queues),
		cmocka_unit_test(test_attributes),
	};

	learn_cpus();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
