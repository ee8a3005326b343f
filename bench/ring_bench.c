/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many records of 16 bytes come from one core to the other?  A program fills a ring buffer of
 * the kernel's, then one of ring3's; bare C does what no producer of such a ring can do without,
 * with a lock as several producers need it and as one alone can.  The reader is the same: it looks
 * at what libbpf looks at, and again at once when it has found nothing, or after a rest.  A rate is
 * of the time from the first record to when the last has been read; what found the ring full does
 * not count.  The median of the rounds in which no thread was preempted, or else of all.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bench.h"
#include "base/os.h"
#include "map_ops.h"
#include "ring3/ring3.h"

enum {
	ROUNDS = 41,
	REPEAT = 512,
	HEADER = 8,
	RECORD = 24,
	RING_BYTES = 1 << 20
};
enum side {
	KERNEL,
	OURS,
	C_LOCKED,
	C_ALONE,
	N_SIDES
};

static const char *path = "build/release/bench/map.bpf.o";
static ring3 *runtime;

/* What the file of a ring begins with: two pages, then the data, twice over. */
struct ring {
	uint64_t *consumer, *producer;
	char *data;
};

struct reader {
	struct ring ring;
	uint64_t next, wrong; /* number that comes next; numbers that did not */
	int rest;             /* pauses when there was nothing */
};

struct writer {
	enum side side;
	int prog;
	struct ring ring; /* of bare C */
	uint64_t number, seen, lock;
	pthread_barrier_t start;
	bool preempted, done;
};

static long n_preemptions(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nivcsw;
}

static uint64_t *word_at(const struct ring *ring, uint64_t pos)
{
	return (uint64_t *)(void *)(ring->data + (pos & (RING_BYTES - 1)));
}

static void take(uint64_t *lock)
{
	uint64_t none = 0;

	while (!__atomic_compare_exchange_n(lock, &none, 1, false, __ATOMIC_ACQUIRE,
					    __ATOMIC_RELAXED))
		none = 0;
}

/* Header, position, and once more the header: each as the reader may see it. */
static inline void write_one(struct writer *w, bool locked)
{
	uint64_t pos, *at;

	if (locked)
		take(&w->lock);
	pos = __atomic_load_n(w->ring.producer, __ATOMIC_RELAXED);
	at = word_at(&w->ring, pos);
	if (pos + RECORD - w->seen > RING_BYTES)
		w->seen = __atomic_load_n(w->ring.consumer, __ATOMIC_ACQUIRE);
	if (pos + RECORD - w->seen > RING_BYTES) {
		__atomic_store_n(&w->lock, 0, __ATOMIC_RELEASE);
		return;
	}
	__atomic_store_n(at, 16 | BPF_RINGBUF_BUSY_BIT, __ATOMIC_RELEASE);
	__atomic_store_n(w->ring.producer, pos + RECORD, __ATOMIC_RELEASE);
	if (locked)
		__atomic_store_n(&w->lock, 0, __ATOMIC_RELEASE);
	at[1] = w->number++;
	__atomic_store_n(at, 16, __ATOMIC_RELEASE);
}

static void run_program(const struct writer *w)
{
	static uint8_t packet[64];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = REPEAT);
	int err;

	ring3_bind_libbpf(w->side == OURS ? runtime : NULL);
	err = bpf_prog_test_run_opts(w->prog, &opts);
	if (err)
		die("BPF_PROG_TEST_RUN", err);
}

static void *write_all(void *arg)
{
	struct writer *w = arg;
	long n;

	stay_on(1);
	pthread_barrier_wait(&w->start);
	n = n_preemptions();
	if (w->side == C_LOCKED)
		for (int k = 0; k < REPEAT * MAP_OPS; k++)
			write_one(w, true);
	else if (w->side == C_ALONE)
		for (int k = 0; k < REPEAT * MAP_OPS; k++)
			write_one(w, false);
	else
		run_program(w);
	w->preempted = n_preemptions() != n;
	__atomic_store_n(&w->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void map_ring(struct ring *ring, int fd)
{
	size_t page = (size_t)getpagesize();
	bool ours = fd < 0;
	char *rest;

	if (ours) {
		fd = memfd_create("ring", MFD_CLOEXEC);
		if (fd < 0 || ftruncate(fd, (off_t)(2 * page + 2 * (size_t)RING_BYTES)))
			die("memory", errno);
	}
	ring->consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	rest = mmap(NULL, page + 2 * (size_t)RING_BYTES, ours ? PROT_READ | PROT_WRITE : PROT_READ,
		    MAP_SHARED, fd, (off_t)page);
	if (ring->consumer == MAP_FAILED || rest == MAP_FAILED)
		die("ring buffer", errno);
	if (ours)
		close(fd);
	ring->producer = (uint64_t *)(void *)rest;
	ring->data = rest + page;
}

static void unmap_ring(const struct ring *ring)
{
	munmap(ring->consumer, (size_t)getpagesize());
	munmap(ring->producer, (size_t)getpagesize() + 2 * (size_t)RING_BYTES);
}

static bool read_some(struct reader *r)
{
	uint64_t pos = __atomic_load_n(r->ring.consumer, __ATOMIC_RELAXED), begin = pos;
	uint64_t end = __atomic_load_n(r->ring.producer, __ATOMIC_ACQUIRE);

	while (pos < end) {
		uint64_t *at = word_at(&r->ring, pos);
		uint32_t len = __atomic_load_n((uint32_t *)(void *)at, __ATOMIC_ACQUIRE);

		if (len & BPF_RINGBUF_BUSY_BIT)
			break;
		r->wrong += at[1] != r->next++;
		pos += ((len & ~BPF_RINGBUF_DISCARD_BIT) + HEADER + 7) & ~7u;
		__atomic_store_n(r->ring.consumer, pos, __ATOMIC_RELEASE);
	}
	return pos != begin;
}

static void pause_for(int n)
{
	for (; n; n--) {
#if defined(__x86_64__)
		__builtin_ia32_pause();
#endif
	}
}

/* Millions of records a second in one round. */
static double deliver(struct writer *w, struct reader *r, bool *ret_preempted)
{
	uint64_t begin, first = r->next;
	long n = n_preemptions();
	pthread_t thread;
	double ns;

	w->done = false;
	pthread_create(&thread, NULL, write_all, w);
	pthread_barrier_wait(&w->start);
	begin = os_now_ns();
	while (!__atomic_load_n(&w->done, __ATOMIC_ACQUIRE))
		if (!read_some(r))
			pause_for(r->rest);
	read_some(r);
	ns = (double)(os_now_ns() - begin);
	*ret_preempted = n_preemptions() != n;
	pthread_join(thread, NULL);
	*ret_preempted |= w->preempted;
	return (double)(r->next - first) * 1e3 / ns;
}

static double median(double *values, int n)
{
	qsort(values, (size_t)n, sizeof(values[0]), by_value);
	return values[n / 2];
}

static double measure(struct writer *w, struct reader *r)
{
	double clean[ROUNDS], all[ROUNDS];
	int n = 0;

	for (int round = 0; round < ROUNDS; round++) {
		bool preempted;

		all[round] = deliver(w, r, &preempted);
		if (!preempted)
			clean[n++] = all[round];
	}
	if (r->wrong)
		die("records lost or out of order", EIO);
	return n ? median(clean, n) : median(all, ROUNDS);
}

static struct bpf_object *load(enum side side, struct writer *w, struct ring *ret_ring)
{
	static const char name[] = "ringbuf_numbers";
	struct bpf_object *object;

	ring3_bind_libbpf(side == OURS ? runtime : NULL);
	object = load_one(path, name);
	if (!object)
		return NULL;
	w->prog = bpf_program__fd(bpf_object__find_program_by_name(object, name));
	map_ring(ret_ring, bpf_object__find_map_fd_by_name(object, "ringbuf"));
	return object;
}

/* 0: this side cannot. */
static double measure_side(enum side side, int rest)
{
	struct writer w = { .side = side };
	struct reader r = { .rest = rest };
	struct bpf_object *object = NULL;
	double rate;

	if (side == KERNEL || side == OURS) {
		object = load(side, &w, &r.ring);
		if (!object)
			return 0;
	} else {
		map_ring(&r.ring, -1);
		w.ring = r.ring;
	}
	pthread_barrier_init(&w.start, NULL, 2);
	rate = measure(&w, &r);
	pthread_barrier_destroy(&w.start);
	unmap_ring(&r.ring);
	bpf_object__close(object);
	return rate;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *what;
		int rest;
	} rows[] = {
		{ "looks again at once", 0 },
		{ "rests for 16 pauses", 16 },
		{ "rests for 64 pauses", 64 },
	};
	int err = ring3_new(NULL, &runtime);

	if (err)
		die("runtime", err);
	path = argc > 1 ? argv[1] : path;
	libbpf_set_print(silent);
	stay_on(0);
	printf("## Ring buffer from one core to the other (million records of 16 bytes a second, "
	       "%d rounds)\n\n",
	       ROUNDS);
	printf("| a reader that found nothing | kernel | ring3 | bare C, locked | bare C, one "
	       "producer |\n|---|---|---|---|---|\n");
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		printf("| %s |", rows[i].what);
		for (int side = KERNEL; side < N_SIDES; side++)
			printf(" %.1f |", measure_side((enum side)side, rows[i].rest));
		putchar('\n');
	}
	ring3_bind_libbpf(NULL);
	ring3_unref(runtime);
	return 0;
}
