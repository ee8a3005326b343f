/* SPDX-License-Identifier: BSD-2-Clause */
/* Does a reader that reads as libbpf does see every record once, whole and in order, whatever the
 * threads that write and however the ring wraps? */
#include "maps/maps.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "map/sync.h"

/* What libbpf does with its two mappings. */
struct reader {
	uint64_t *cons, *prod;
	char *data;
	uint64_t mask;
};

static struct reader reader_of(const struct map *map)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = map->desc.max_entries;
	char *a = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, map->fd, 0);
	char *b = mmap(NULL, page + 2 * size, PROT_READ, MAP_SHARED, map->fd, (off_t)page);

	assert_true(a != MAP_FAILED && b != MAP_FAILED);
	if (ONE_MAPPING) {
		munmap(a, page);
		munmap(b, page + 2 * size);
		a = map->data;
		b = a + page;
	}
	return (struct reader){ (uint64_t *)(void *)a, (uint64_t *)(void *)b, b + page, size - 1 };
}

static void reader_done(struct reader *r)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (ONE_MAPPING)
		return;
	munmap(r->cons, page);
	munmap(r->prod, page + 2 * (r->mask + 1));
}

/* Calls fn for each record that is there; how many records and discards were passed. */
static int read_all(struct reader *r, void (*fn)(void *arg, const void *data, uint32_t len),
		    void *arg)
{
	uint64_t cons = *r->cons;
	int n = 0;

	while (cons < __atomic_load_n(r->prod, __ATOMIC_ACQUIRE)) {
		uint32_t *head = (uint32_t *)(void *)(r->data + (cons & r->mask));
		uint32_t len = __atomic_load_n(head, __ATOMIC_ACQUIRE);

		if (len & BPF_RINGBUF_BUSY_BIT)
			break;
		cons += ((len & ~(uint32_t)BPF_RINGBUF_DISCARD_BIT) + 8 + 7) & ~7ull;
		if (!(len & BPF_RINGBUF_DISCARD_BIT) && fn)
			fn(arg, head + 2, len);
		__atomic_store_n(r->cons, cons, __ATOMIC_RELEASE);
		n++;
	}
	return n;
}

struct sample {
	uint32_t thread, n;
	uint64_t fill[30];
};

struct tally {
	uint32_t next[8];
	uint64_t total;
	bool bad;
};

static void check_sample(void *arg, const void *data, uint32_t len)
{
	const struct sample *s = data;
	struct tally *t = arg;

	if (len < 8 || s->thread >= 8 || s->n != t->next[s->thread]) {
		t->bad = true;
		return;
	}
	t->next[s->thread]++;
	t->total++;
	for (uint32_t k = 0; k < (len - 8) / 8; k++)
		t->bad |= s->fill[k] != s->n * 31ull + k;
}

static bool send_one(struct map *map, uint32_t thread, uint32_t n)
{
	uint32_t words = (n * 7 + thread) % 30;
	bool at_once = n % 3 == 0;
	uint64_t whole[1 + 30];
	struct sample *s = at_once ? (struct sample *)whole : ringbuf_reserve(map, 8 + 8 * words);

	if (!s)
		return false;
	s->thread = thread;
	s->n = n;
	for (uint32_t k = 0; k < words; k++)
		s->fill[k] = n * 31ull + k;
	if (at_once)
		return !ringbuf_output(map, s, 8 + 8 * words, BPF_RB_NO_WAKEUP);
	ringbuf_submit(map, s, BPF_RB_NO_WAKEUP, false);
	return true;
}

static void test_wrap(void **state)
{
	struct map_desc desc = desc_of(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096);
	struct map *map = make_map(&desc);
	struct reader r = reader_of(map);
	struct tally t = { .bad = false };

	(void)state;
	for (uint32_t n = 0; n < 20000; n++) {
		while (!send_one(map, 0, n))
			assert_true(read_all(&r, check_sample, &t) > 0);
	}
	read_all(&r, check_sample, &t);
	assert_false(t.bad);
	assert_int_equal(t.total, 20000);
	assert_int_equal(ringbuf_query(map, BPF_RB_AVAIL_DATA), 0);
	assert_int_equal(ringbuf_query(map, BPF_RB_RING_SIZE), 4096);
	reader_done(&r);
	map_unref(map);
}

static void test_limits(void **state)
{
	struct map_desc desc = desc_of(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096);
	struct map *map = make_map(&desc), *bad = NULL;
	struct reader r = reader_of(map);
	void *a, *b;

	(void)state;
	assert_null(ringbuf_reserve(map, 4089));
	assert_null(ringbuf_reserve(map, UINT64_MAX));
	a = ringbuf_reserve(map, 2000);
	b = ringbuf_reserve(map, 1000);
	assert_true(a && b);
	assert_null(ringbuf_reserve(map, 2000));
	assert_int_equal(ringbuf_output(map, a, 2000, 0), -EAGAIN);
	assert_int_equal(ringbuf_output(map, a, 20, 4), -EINVAL);
	ringbuf_submit(map, b, 0, false);
	assert_int_equal(read_all(&r, NULL, NULL), 0); /* a is still busy */
	ringbuf_submit(map, a, 0, true);
	assert_int_equal(read_all(&r, NULL, NULL), 2);
	desc.max_entries = 4097;
	assert_int_equal(try_map(&desc, &bad), -EINVAL);
	desc = desc_of(BPF_MAP_TYPE_RINGBUF, 4, 0, 4096);
	assert_int_equal(try_map(&desc, &bad), -EINVAL);
	reader_done(&r);
	map_unref(map);
}

enum {
	N_THREADS = 4,
	N_EACH = 20000
};
struct writer {
	struct map *map;
	uint32_t thread;
};

static void *write_many(void *arg)
{
	struct writer *w = arg;

	for (uint32_t n = 0; n < N_EACH; n++)
		while (!send_one(w->map, w->thread, n))
			sched_yield();
	return NULL;
}

static void test_threads(void **state)
{
	struct map_desc desc = desc_of(BPF_MAP_TYPE_RINGBUF, 0, 0, 16384);
	struct map *map = make_map(&desc), *other = open_again(map);
	struct reader r = reader_of(map);
	struct tally t = { .bad = false };
	struct writer writers[N_THREADS];
	pthread_t ids[N_THREADS];

	(void)state;
	for (uint32_t k = 0; k < N_THREADS; k++) {
		writers[k] = (struct writer){ k & 1 ? map : other, k };
		pthread_create(&ids[k], NULL, write_many, &writers[k]);
	}
	while (!t.bad && t.total < N_THREADS * N_EACH)
		if (!read_all(&r, check_sample, &t))
			sched_yield();
	for (int k = 0; k < N_THREADS; k++)
		pthread_join(ids[k], NULL);
	assert_false(t.bad);
	reader_done(&r);
	map_unref(other);
	map_unref(map);
}

static void *sleep_for_record(void *arg)
{
	uint32_t *waiter = ringbuf_waiter(arg);

	__atomic_store_n(waiter, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(waiter, __ATOMIC_SEQ_CST) == 1)
		syscall(SYS_futex, waiter, FUTEX_WAIT, 1, NULL, NULL, 0);
	return NULL;
}

static void test_wakeup(void **state)
{
	struct map_desc desc = desc_of(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096);
	struct map *map = make_map(&desc);
	pthread_t id;

	(void)state;
	pthread_create(&id, NULL, sleep_for_record, map);
	while (!__atomic_load_n(ringbuf_waiter(map), __ATOMIC_SEQ_CST))
		sched_yield();
	assert_int_equal(ringbuf_output(map, "abcd", 4, BPF_RB_NO_WAKEUP), 0);
	assert_int_equal(__atomic_load_n(ringbuf_waiter(map), __ATOMIC_SEQ_CST), 1);
	assert_int_equal(ringbuf_output(map, "abcd", 4, 0), 0);
	pthread_join(id, NULL);
	map_unref(map);
}

enum {
	N_SLEEPS = 10000,
	SECONDS = 20
};
struct sleeper {
	struct map *map;
	uint32_t taken; /* records */
	bool overslept;
};

static void take_one(void *arg, const void *data, uint32_t size)
{
	(void)data, (void)size;
	__atomic_fetch_add(&((struct sleeper *)arg)->taken, 1, __ATOMIC_RELEASE);
}

/* Sleeps before each record. */
static void *sleep_and_take(void *arg)
{
	struct sleeper *s = arg;
	const struct timespec long_time = { .tv_sec = SECONDS };
	uint32_t *waiter = ringbuf_waiter(s->map);

	while (s->taken < N_SLEEPS && !s->overslept) {
		__atomic_store_n(waiter, 1, __ATOMIC_SEQ_CST);
		sync_fence_all();
		if (!ringbuf_has_data(s->map) &&
		    syscall(SYS_futex, waiter, FUTEX_WAIT, 1, &long_time, NULL, 0) &&
		    errno == ETIMEDOUT)
			__atomic_store_n(&s->overslept, true, __ATOMIC_RELAXED);
		ringbuf_consume(s->map, take_one, s);
	}
	return NULL;
}

/* Each record comes just when the reader is about to sleep. */
static void test_no_wakeup_is_lost(void **state)
{
	struct map_desc desc = desc_of(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096);
	struct sleeper s = { .map = make_map(&desc) };
	struct rng r = { 11 };
	pthread_t id;

	(void)state;
	pthread_create(&id, NULL, sleep_and_take, &s);
	for (uint32_t n = 0; n < N_SLEEPS; n++) {
		void *sample = n % 2 ? ringbuf_reserve(s.map, 8) : NULL;

		if (sample)
			ringbuf_submit(s.map, sample, 0, false);
		else
			assert_int_equal(ringbuf_output(s.map, "records.", 8, 0), 0);
		while (__atomic_load_n(&s.taken, __ATOMIC_ACQUIRE) <= n &&
		       !__atomic_load_n(&s.overslept, __ATOMIC_RELAXED))
			sched_yield();
		for (uint64_t k = rng_below(&r, 40); k; k--)
			sync_pause();
	}
	pthread_join(id, NULL);
	assert_false(s.overslept);
	map_unref(s.map);
}

static bool all_dead(void *arg, uint32_t tid)
{
	(void)arg, (void)tid;
	return true;
}

/* A producer that died with a record reserved does not block the reader after a sweep. */
static void test_dead_producer(void **state)
{
	struct map_desc desc = desc_of(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096);
	struct map *map = make_map(&desc);
	struct reader r = reader_of(map);

	(void)state;
	assert_non_null(ringbuf_reserve(map, 100));
	assert_int_equal(ringbuf_output(map, "abcd", 4, 0), 0);
	assert_int_equal(map_recover(map, NULL, NULL), 0);
	assert_int_equal(read_all(&r, NULL, NULL), 0);
	assert_int_equal(map_recover(map, all_dead, NULL), 1);
	assert_int_equal(read_all(&r, NULL, NULL), 2);
	reader_done(&r);
	map_unref(map);
}

static pid_t dead_pid(void)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return pid;
}

/* As one killed when it was its turn, with the header of its record written already. */
static void test_dead_in_turn(void **state)
{
	struct map_desc desc = desc_of(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096);
	struct map *map = make_map(&desc);
	struct reader r = reader_of(map);
	uint32_t *lock = (uint32_t *)(void *)((char *)map->data + sysconf(_SC_PAGESIZE) + 64);

	(void)state;
	assert_int_equal(ringbuf_output(map, "abcd", 4, 0), 0);
	*lock = sync_self() - sync_tid(sync_self()) + (uint32_t)dead_pid();
	memset((char *)map->data + 2 * sysconf(_SC_PAGESIZE) + 16, 0xff, 8);
	assert_int_equal(read_all(&r, NULL, NULL), 1);
	assert_int_equal(ringbuf_output(map, "efgh", 4, 0), 0);
	assert_int_equal(*lock, 0);
	assert_int_equal(read_all(&r, NULL, NULL), 1);
	assert_int_equal(map_recover(map, NULL, NULL), 0);
	reader_done(&r);
	map_unref(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrap),          cmocka_unit_test(test_limits),
		cmocka_unit_test(test_threads),       cmocka_unit_test(test_wakeup),
		cmocka_unit_test(test_dead_producer), cmocka_unit_test(test_no_wakeup_is_lost),
		cmocka_unit_test(test_dead_in_turn),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
