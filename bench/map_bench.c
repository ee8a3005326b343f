/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a map operation cost?  Random keys of 8 bytes, values of 16, at three sizes, on one
 * thread; the kernel's side of the same operation through its system call where bpf(2) is
 * permitted.  One row each: operation, entries, ns.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "map/map.h"

enum {
	N_KEYS = 1 << 16,
	MIN_OPS = 1 << 21,
	SYSCALL_OPS = 1 << 16
};

static uint64_t keys[N_KEYS];
static uint64_t sink;

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts); /* not the neighbours' time */
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static struct map *new_map(uint32_t type, uint32_t key, uint32_t value, uint32_t n, uint32_t flags)
{
	struct map_desc d = { .type = type,
			      .key_size = key,
			      .value_size = value,
			      .max_entries = n,
			      .flags = flags,
			      .slots = 4,
			      .spin_lock_off = -1,
			      .timer_off = -1 };
	int fd = memfd_create("bench", MFD_CLOEXEC);
	struct map *map = NULL;

	if (map_create(fd, &d, true, &map)) {
		fprintf(stderr, "map_bench: cannot create a map of type %u\n", type);
		exit(1);
	}
	return map;
}

static void row(const char *what, uint32_t entries, uint64_t start, uint64_t ops)
{
	printf("%-28s %8u %9.1f\n", what, entries, (double)(now() - start) / (double)ops);
}

static void pick_keys(uint32_t n, uint64_t base)
{
	uint64_t state = 1;

	for (int k = 0; k < N_KEYS; k++)
		keys[k] = base + next_random(&state) % n;
}

enum op {
	LOOKUP,
	UPDATE,
	DELETE_INSERT
};

static void time_op(const char *what, struct map *map, enum op op)
{
	uint64_t value[2] = { 1, 2 }, start = now();

	for (uint32_t k = 0; k < MIN_OPS; k++) {
		const void *key = &keys[k % N_KEYS];

		if (op == LOOKUP) {
			const uint64_t *at = map_lookup(map, key, 0);

			sink += at ? *at : 0;
			continue;
		}
		if (op == DELETE_INSERT)
			map_delete(map, key);
		map_update(map, key, value, BPF_ANY, 0);
	}
	row(what, map->desc.max_entries, start, MIN_OPS);
}

static void bench_hash(uint32_t type, const char *name, uint32_t n)
{
	struct map *map = new_map(type, 8, 16, n, 0);
	uint64_t value[2] = { 1, 2 };
	char what[64];

	for (uint64_t k = 0; k < n; k++)
		map_update(map, &k, value, BPF_ANY, 0);
	pick_keys(n, 0);
	snprintf(what, sizeof(what), "%s lookup", name);
	time_op(what, map, LOOKUP);
	snprintf(what, sizeof(what), "%s update", name);
	time_op(what, map, UPDATE);
	snprintf(what, sizeof(what), "%s delete+insert", name);
	time_op(what, map, DELETE_INSERT);
	pick_keys(n, 1ull << 40);
	snprintf(what, sizeof(what), "%s miss", name);
	time_op(what, map, LOOKUP);
	map_unref(map);
}

static void bench_array(uint32_t type, const char *name)
{
	struct map *map = new_map(type, 4, 16, 65536, 0);
	char what[64];

	pick_keys(65536, 0);
	snprintf(what, sizeof(what), "%s lookup", name);
	time_op(what, map, LOOKUP);
	snprintf(what, sizeof(what), "%s update", name);
	time_op(what, map, UPDATE);
	map_unref(map);
}

static void bench_lpm(uint32_t n)
{
	struct map *map = new_map(BPF_MAP_TYPE_LPM_TRIE, 8, 16, n, BPF_F_NO_PREALLOC);
	uint64_t value[2] = { 1, 2 }, state = 7;

	for (uint32_t k = 0; k < n; k++) {
		uint64_t key = next_random(&state) << 32 | (16 + next_random(&state) % 17);

		map_update(map, &key, value, BPF_ANY, 0);
	}
	for (int k = 0; k < N_KEYS; k++)
		keys[k] = next_random(&state) << 32 | 32;
	time_op("lpm_trie lookup", map, LOOKUP);
	map_unref(map);
}

static void bench_queue(void)
{
	struct map *map = new_map(BPF_MAP_TYPE_QUEUE, 0, 16, 1024, 0);
	uint64_t value[2] = { 1, 2 }, start = now();

	for (int k = 0; k < MIN_OPS; k++) {
		map_push(map, value, 0);
		map_pop(map, value);
	}
	row("queue push+pop", 1024, start, MIN_OPS);
	map_unref(map);
}

static void bench_ring(void)
{
	struct map *map = new_map(BPF_MAP_TYPE_RINGBUF, 0, 0, 1 << 20, 0);
	uint64_t value[3] = { 1, 2, 3 }, start = now();
	uint64_t *cons = map->data, n = 0;

	for (; n < MIN_OPS; n++) {
		if (ringbuf_output(map, value, sizeof(value), BPF_RB_NO_WAKEUP))
			__atomic_store_n(cons, ringbuf_query(map, BPF_RB_PROD_POS),
					 __ATOMIC_RELEASE);
	}
	row("ringbuf output", 1 << 20, start, n);
	map_unref(map);
}

static void bench_lock(void)
{
	uint32_t lock = 0;
	uint64_t start = now();

	for (int k = 0; k < MIN_OPS; k++) {
		map_spin_lock(&lock);
		map_spin_unlock(&lock);
	}
	row("spin lock+unlock", 1, start, MIN_OPS);
}

static void bench_kernel(uint32_t n)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_HASH, .key_size = 8, .value_size = 16, .max_entries = n
	};
	int fd = (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
	uint64_t value[2], start;

	if (fd < 0)
		return;
	pick_keys(n, 0);
	for (int op = 0; op < 2; op++) {
		start = now();
		for (uint32_t k = 0; k < SYSCALL_OPS; k++) {
			attr = (union bpf_attr){ .map_fd = (uint32_t)fd,
						 .key = (uintptr_t)&keys[k % N_KEYS],
						 .value = (uintptr_t)value };
			syscall(SYS_bpf, op ? BPF_MAP_LOOKUP_ELEM : BPF_MAP_UPDATE_ELEM, &attr,
				sizeof(attr));
		}
		row(op ? "kernel hash lookup (syscall)" : "kernel hash update (syscall)", n, start,
		    SYSCALL_OPS);
	}
	close(fd);
}

int main(void)
{
	static const uint32_t sizes[] = { 1024, 65536, 1 << 20 };

	printf("%-28s %8s %9s\n", "operation", "entries", "ns");
	for (int k = 0; k < 3; k++) {
		bench_hash(BPF_MAP_TYPE_HASH, "hash", sizes[k]);
		bench_hash(BPF_MAP_TYPE_PERCPU_HASH, "percpu_hash", sizes[k]);
		bench_hash(BPF_MAP_TYPE_LRU_HASH, "lru_hash", sizes[k]);
	}
	bench_array(BPF_MAP_TYPE_ARRAY, "array");
	bench_array(BPF_MAP_TYPE_PERCPU_ARRAY, "percpu_array");
	bench_lpm(1000);
	bench_lpm(100000);
	bench_queue();
	bench_ring();
	bench_lock();
	bench_kernel(65536);
	return sink == 1;
}
