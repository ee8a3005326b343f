/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a map operation cost a program?  Each program of map.bpf.c, loaded by libbpf into the
 * kernel and into ring3, does one operation many times on random keys; run in turn by
 * BPF_PROG_TEST_RUN.  Arguments: the object, and a part of the names of the rows that are wanted.
 * The row "nothing" is what loop and keys cost; it is not subtracted.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bench.h"
#include "base/os.h"
#include "map_ops.h"
#include "ring3/ring3.h"

enum {
	ROUNDS = 11,
	REPEAT = 256,
	RING_REPEAT = 64, /* so that there is room for all records */
	SYSCALLS = 1 << 13,
	BATCH = 1024,
	MAX_CPUS = 1024,
	MAX_FILL = 1 << 20
};
enum side {
	KERNEL,
	OURS,
	N_SIDES
};

struct row {
	const char *program, *map;
	uint32_t entries;
	const char *what;
	uint64_t key_base;
	uint32_t ops; /* 0: MAP_OPS */
};
static const struct row rows[] = {
	{ "nothing", NULL, 1024, "nothing", 0, 0 },
	{ "hash_lookup", "hash", 1024, "hash lookup", 0, 0 },
	{ "hash_lookup", "hash", 65536, "hash lookup", 0, 0 },
	{ "hash_lookup", "hash", MAX_FILL, "hash lookup", 0, 0 },
	{ "hash_lookup", "hash", 65536, "hash lookup, misses", 1ull << 40, 0 },
	{ "hash_update", "hash", 1024, "hash update", 0, 0 },
	{ "hash_update", "hash", 65536, "hash update", 0, 0 },
	{ "hash_update", "hash", MAX_FILL, "hash update", 0, 0 },
	{ "hash_replace", "hash", 65536, "hash delete+insert", 0, 0 },
	{ "percpu_hash_lookup", "percpu_hash", 1024, "percpu_hash lookup", 0, 0 },
	{ "percpu_hash_lookup", "percpu_hash", 65536, "percpu_hash lookup", 0, 0 },
	{ "percpu_hash_update", "percpu_hash", 65536, "percpu_hash update", 0, 0 },
	{ "lru_hash_lookup", "lru_hash", 1024, "lru_hash lookup", 0, 0 },
	{ "lru_hash_lookup", "lru_hash", 65536, "lru_hash lookup", 0, 0 },
	{ "lru_hash_update", "lru_hash", 65536, "lru_hash update", 0, 0 },
	{ "lru_hash_replace", "lru_hash", 65536, "lru_hash delete+insert", 0, 0 },
	{ "array_lookup", "array", 65536, "array lookup", 0, 0 },
	{ "array_lookup", "array", 256, "array lookup", 0, 0 },
	{ "array_update", "array", 65536, "array update", 0, 0 },
	{ "percpu_array_lookup", "percpu_array", 65536, "percpu_array lookup", 0, 0 },
	{ "percpu_array_lookup", "percpu_array", 256, "percpu_array lookup", 0, 0 },
	{ "percpu_array_count", "percpu_array", 256, "percpu_array counter", 0, 0 },
	{ "lpm_trie_lookup", "lpm_trie", 1024, "lpm_trie lookup", 0, 0 },
	{ "lpm_trie_lookup", "lpm_trie", 65536, "lpm_trie lookup", 0, 0 },
	{ "lpm_trie_lookup", "lpm_trie", MAX_FILL, "lpm_trie lookup", 0, 0 },
	{ "queue_push_pop", "queue", 1024, "queue push+pop", 0, 0 },
	{ "ringbuf_output", "ringbuf", 1 << 20, "ringbuf output of 16 bytes", 0, 0 },
	{ "ringbuf_reserve", "ringbuf", 1 << 20, "ringbuf reserve+submit of 16 bytes", 0, 0 },
	{ "spin_lock", NULL, 1, "spin lock+unlock", 0, 0 },
	{ "probe_read", NULL, 1, "probe_read of 8 bytes", 0, 0 },
	{ "probe_read_4", NULL, 1, "probe_read of 4 bytes", 0, 0 },
	{ "probe_read_str", NULL, 1, "probe_read_str of 15 bytes", 0, 0 },
	{ "probe_read_bad", NULL, 1024, "probe_read of a bad address", 0, MAP_FAULTS },
	{ "ktime", NULL, 1, "ktime_get_ns", 0, 0 },
	{ "smp_id", NULL, 1, "get_smp_processor_id", 0, 0 },
	{ "pid_tgid", NULL, 1, "get_current_pid_tgid", 0, 0 },
	{ "random", NULL, 1, "get_prandom_u32", 0, 0 },
};

/* One row's program as one side has it. */
struct loaded {
	struct bpf_object *object;
	int prog, map;
	double ns[ROUNDS];
};

static const char *path = "build/release/bench/map.bpf.o";
static ring3 *runtime;

static void speak_to(enum side side)
{
	ring3_bind_libbpf(side == OURS ? runtime : NULL);
}

static void set_constants(struct bpf_object *object, const struct row *row)
{
	/* In the order of map.bpf.c. */
	uint64_t rodata[2] = { row->entries - 1, row->key_base };
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		if (strstr(bpf_map__name(map), ".rodata") &&
		    bpf_map__set_initial_value(map, rodata, sizeof(rodata)))
			die("constants", errno);
	}
}

static bool open_row(const struct row *row, struct loaded *l)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *prog;
	struct bpf_map *map;

	if (!object)
		die(path, errno);
	bpf_object__for_each_program(prog, object)
		bpf_program__set_autoload(prog, !strcmp(bpf_program__name(prog), row->program));
	map = row->map ? bpf_object__find_map_by_name(object, row->map) : NULL;
	if (map)
		bpf_map__set_max_entries(map, row->entries);
	set_constants(object, row);
	l->object = object;
	if (bpf_object__load(object))
		return false;
	prog = bpf_object__find_program_by_name(object, row->program);
	l->prog = bpf_program__fd(prog);
	l->map = map ? bpf_map__fd(map) : -1;
	return true;
}

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static void fill(const struct row *row, const struct loaded *l)
{
	static uint64_t keys[BATCH], values[2 * BATCH], of_cpus[2 * MAX_CPUS];
	bool lpm = row->map && !strcmp(row->map, "lpm_trie");
	uint64_t state = 7;

	if (!row->map || (!lpm && !strstr(row->map, "hash")))
		return;
	for (uint32_t done = 0; done < row->entries; done += BATCH) {
		uint32_t n = BATCH;
		int err = 0;

		for (uint32_t i = 0; i < BATCH; i++) {
			keys[i] = done + i;
			if (lpm)
				keys[i] =
					next_random(&state) << 32 | (16 + next_random(&state) % 17);
		}
		if (!strstr(row->map, "percpu"))
			err = bpf_map_update_batch(l->map, keys, values, &n, NULL);
		for (uint32_t i = 0; i < BATCH && !err && strstr(row->map, "percpu"); i++)
			err = bpf_map_update_elem(l->map, &keys[i], of_cpus, BPF_ANY);
		if (err)
			die(row->what, errno);
	}
}

/* Everything in the ring buffer counts as read. */
static void empty_ring(const struct loaded *l)
{
	size_t page = (size_t)getpagesize();
	uint64_t *consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, l->map, 0);
	uint64_t *producer = mmap(NULL, page, PROT_READ, MAP_SHARED, l->map, (off_t)page);

	if (consumer == MAP_FAILED || producer == MAP_FAILED)
		die("ring buffer", errno);
	__atomic_store_n(consumer, __atomic_load_n(producer, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
	munmap(consumer, page);
	munmap(producer, page);
}

static double run(const struct row *row, const struct loaded *l)
{
	static uint8_t packet[64];
	bool rings = row->map && !strcmp(row->map, "ringbuf");
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = rings ? RING_REPEAT : REPEAT);
	int err = bpf_prog_test_run_opts(l->prog, &opts);

	if (err)
		die(row->what, err);
	if (rings)
		empty_ring(l);
	return (double)opts.duration / (row->ops ? row->ops : MAP_OPS);
}

static void print(const char *what, uint32_t entries, bool in_kernel, double ns[N_SIDES][ROUNDS])
{
	printf("| %s | %u |", what, entries);
	for (int side = KERNEL; side < N_SIDES; side++) {
		qsort(ns[side], ROUNDS, sizeof(double), by_value);
		if (side == KERNEL && !in_kernel)
			printf(" - | - |");
		else
			printf(" %.1f | %.1f |", ns[side][0], ns[side][ROUNDS / 2]);
	}
	putchar('\n');
}

static void measure(const struct row *row)
{
	struct loaded l[N_SIDES] = { 0 };
	double ns[N_SIDES][ROUNDS];
	bool have[N_SIDES];

	for (int side = KERNEL; side < N_SIDES; side++) {
		speak_to(side);
		have[side] = open_row(row, &l[side]);
		if (have[side])
			fill(row, &l[side]);
		else if (side == OURS)
			die(row->program, errno);
	}
	for (int round = -1; round < ROUNDS; round++) {
		for (int side = KERNEL; side < N_SIDES; side++) {
			speak_to(side);
			if (have[side])
				ns[side][round < 0 ? 0 : round] = run(row, &l[side]);
		}
	}
	print(row->what, row->entries, have[KERNEL], ns);
	for (int side = KERNEL; side < N_SIDES; side++) {
		speak_to(side);
		bpf_object__close(l[side].object);
	}
}

static double time_calls(int map, bool update)
{
	uint64_t state = 3, value[2] = { 1, 2 }, begin = os_thread_cpu_ns();

	for (int i = 0; i < SYSCALLS; i++) {
		uint64_t key = next_random(&state) & 0xffff;
		int err = update ? bpf_map_update_elem(map, &key, value, BPF_ANY)
				 : bpf_map_lookup_elem(map, &key, value);

		if (err)
			die("bpf(2)", errno);
	}
	return (double)(os_thread_cpu_ns() - begin) / SYSCALLS;
}

static void measure_calls(bool update)
{
	const struct row row = { .map = "hash", .entries = 65536 };
	double ns[N_SIDES][ROUNDS];
	struct loaded l[N_SIDES];

	for (int side = KERNEL; side < N_SIDES; side++) {
		speak_to(side);
		l[side].map = bpf_map_create(BPF_MAP_TYPE_HASH, "calls", 8, 16, row.entries, NULL);
		if (l[side].map >= 0)
			fill(&row, &l[side]);
		else if (side == OURS)
			die("map", errno);
	}
	for (int round = 0; round < ROUNDS; round++) {
		for (int side = KERNEL; side < N_SIDES; side++) {
			speak_to(side);
			if (l[side].map >= 0)
				ns[side][round] = time_calls(l[side].map, update);
		}
	}
	print(update ? "hash update, bpf(2)" : "hash lookup, bpf(2)", row.entries,
	      l[KERNEL].map >= 0, ns);
	close(l[KERNEL].map);
	close(l[OURS].map);
}

int main(int argc, char **argv)
{
	int err = ring3_new(NULL, &runtime);

	if (err)
		die("runtime", err);
	err = ring3_catch_faults(runtime);
	if (err)
		die("faults", err);
	path = argc > 1 ? argv[1] : path;
	libbpf_set_print(silent);
	printf("## Maps (ns an operation, loop and key included; %d rounds in turn)\n\n", ROUNDS);
	printf("| operation | entries | kernel min | median | ring3 min | median |\n");
	printf("|---|---|---|---|---|---|\n");
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (argc < 3 || strstr(rows[i].what, argv[2]))
			measure(&rows[i]);
	measure_calls(false);
	measure_calls(true);
	ring3_bind_libbpf(NULL);
	ring3_unref(runtime);
	return 0;
}
