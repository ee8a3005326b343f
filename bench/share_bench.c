/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do maps cost that two threads use at once?  A queue that both push to and pop from, a spin
 * lock that both take, and a ring buffer that one fills and the other empties.  Times are of the
 * wall: on a machine that does other things as well they are longer.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
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
	ROUNDS = 15,
	REPEAT = 512,
	RING_REPEAT = 4096,
	HEADER = 8,
	RING_BYTES = 1 << 20
};
enum side {
	KERNEL,
	OURS,
	N_SIDES
};

static const char *path = "build/release/bench/map.bpf.o";
static ring3 *runtime;

static void stay_on(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
}

static struct bpf_object *load(enum side side, const char *name, int *ret_prog)
{
	struct bpf_object *object;
	struct bpf_program *prog;

	ring3_bind_libbpf(side == OURS ? runtime : NULL);
	object = bpf_object__open_file(path, NULL);
	if (!object)
		die(path, errno);
	bpf_object__for_each_program(prog, object)
		bpf_program__set_autoload(prog, !strcmp(bpf_program__name(prog), name));
	if (bpf_object__load(object)) {
		bpf_object__close(object);
		return NULL;
	}
	*ret_prog = bpf_program__fd(bpf_object__find_program_by_name(object, name));
	return object;
}

struct runner {
	enum side side;
	int prog, cpu, repeat;
	pthread_barrier_t *start;
	double ns; /* a run */
};

static void *run(void *arg)
{
	static uint8_t packet[64];
	struct runner *r = arg;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = r->repeat);
	int err;

	ring3_bind_libbpf(r->side == OURS ? runtime : NULL);
	stay_on(r->cpu);
	pthread_barrier_wait(r->start);
	err = bpf_prog_test_run_opts(r->prog, &opts);
	if (err)
		die("BPF_PROG_TEST_RUN", err);
	r->ns = opts.duration;
	return NULL;
}

/* ns an operation of each of two threads, 0: this side cannot.  The median, since those rounds are
 * the fastest in which the two did not meet. */
static double together(enum side side, const char *name)
{
	struct runner r[2];
	pthread_barrier_t start;
	pthread_t threads[2];
	double ns[ROUNDS];
	int prog;
	struct bpf_object *object = load(side, name, &prog);

	if (!object)
		return 0;
	pthread_barrier_init(&start, NULL, 2);
	for (int round = 0; round < ROUNDS; round++) {
		for (int k = 0; k < 2; k++) {
			r[k] = (struct runner){ side, prog, k, REPEAT, &start, 0 };
			pthread_create(&threads[k], NULL, run, &r[k]);
		}
		for (int k = 0; k < 2; k++)
			pthread_join(threads[k], NULL);
		ns[round] = (r[0].ns + r[1].ns) / 2 / MAP_OPS;
	}
	bpf_object__close(object);
	qsort(ns, ROUNDS, sizeof(ns[0]), by_value);
	return ns[ROUNDS / 2];
}

struct reader {
	uint64_t *consumer;
	const uint64_t *producer;
	const char *data;
	uint64_t next, wrong; /* number that comes next; numbers that did not */
};

static void map_ring(struct reader *r, int fd)
{
	size_t page = (size_t)getpagesize();
	char *rest;

	r->consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	rest = mmap(NULL, page + 2 * RING_BYTES, PROT_READ, MAP_SHARED, fd, (off_t)page);
	if (r->consumer == MAP_FAILED || rest == MAP_FAILED)
		die("ring buffer", errno);
	r->producer = (const uint64_t *)(void *)rest;
	r->data = rest + page;
}

static void unmap_ring(const struct reader *r)
{
	munmap(r->consumer, (size_t)getpagesize());
	munmap((void *)(uintptr_t)r->producer, (size_t)getpagesize() + 2 * RING_BYTES);
}

static void read_some(struct reader *r)
{
	uint64_t pos = __atomic_load_n(r->consumer, __ATOMIC_RELAXED);
	uint64_t end = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);

	while (pos < end) {
		const char *at = r->data + (pos & (RING_BYTES - 1));
		uint32_t len =
			__atomic_load_n((const uint32_t *)(const void *)at, __ATOMIC_ACQUIRE);

		if (len & BPF_RINGBUF_BUSY_BIT)
			break;
		r->wrong += *(const uint64_t *)(const void *)(at + HEADER) != r->next++;
		pos += ((len & ~BPF_RINGBUF_DISCARD_BIT) + HEADER + 7) & ~7u;
		__atomic_store_n(r->consumer, pos, __ATOMIC_RELEASE);
	}
}

/* Millions of records a second from one core to the other. */
static double deliver(enum side side)
{
	struct reader reader = { 0 };
	pthread_barrier_t start;
	double best = 0;
	int prog;
	struct bpf_object *object = load(side, "ringbuf_numbers", &prog);

	if (!object)
		return 0;
	map_ring(&reader, bpf_object__find_map_fd_by_name(object, "ringbuf"));
	pthread_barrier_init(&start, NULL, 2);
	stay_on(0);
	for (int round = 0; round < ROUNDS; round++) {
		struct runner r = { side, prog, 1, RING_REPEAT, &start, 0 };
		uint64_t begin, end, first = reader.next;
		pthread_t thread;
		double rate;

		pthread_create(&thread, NULL, run, &r);
		begin = os_now_ns();
		pthread_barrier_wait(&start);
		do
			read_some(&reader);
		while (pthread_tryjoin_np(thread, NULL));
		end = os_now_ns();
		rate = (double)(reader.next - first) * 1e3 / (double)(end - begin);
		best = rate > best ? rate : best;
		read_some(&reader);
	}
	unmap_ring(&reader);
	bpf_object__close(object);
	if (reader.wrong)
		die("records lost or out of order", EIO);
	return best;
}

static void print(const char *what, const double value[N_SIDES])
{
	printf("| %s |", what);
	for (int side = KERNEL; side < N_SIDES; side++) {
		if (value[side] > 0)
			printf(" %.1f |", value[side]);
		else
			printf(" - |");
	}
	putchar('\n');
}

int main(int argc, char **argv)
{
	static const struct {
		const char *program, *what;
	} rows[] = {
		{ "queue_push_pop", "queue push+pop, ns for each of two threads" },
		{ "spin_lock", "spin lock+unlock, ns for each of two threads" },
	};
	double value[N_SIDES];
	int err = ring3_new(NULL, &runtime);

	if (err)
		die("runtime", err);
	path = argc > 1 ? argv[1] : path;
	libbpf_set_print(silent);
	printf("## Maps that two threads share (%d rounds)\n\n", ROUNDS);
	printf("| operation | kernel | ring3 |\n|---|---|---|\n");
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int side = KERNEL; side < N_SIDES; side++)
			value[side] = together((enum side)side, rows[i].program);
		print(rows[i].what, value);
	}
	for (int side = KERNEL; side < N_SIDES; side++)
		value[side] = deliver((enum side)side);
	print("ring buffer from one core to the other, million records of 16 bytes a second",
	      value);
	ring3_bind_libbpf(NULL);
	ring3_unref(runtime);
	return 0;
}
