/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does this machine's memory allow?  The accesses that no map of map_bench.c gets by, as bare
 * C does them on as much memory from a memfd: an index and what it leads to, a lock taken and given
 * back.  No hashing, no comparison, no bounds.  Thread CPU time, loop and key included.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"
#include "base/os.h"

enum {
	ROUNDS = 15,
	OPS = 1 << 17,
	GROUP = 32, /* bytes of an index for two elements, */
	ELEM = 32,  /* of a key of 8, a value of 16 and what they need */
	ROUTE = 40,
	RECORD = 24,
	RING = 1 << 20
};

struct memory {
	char *index, *elems;
	uint64_t n;
	uint32_t lock;
	uint64_t pos;
};

static volatile uint64_t result;

static uint64_t next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x >> 20;
}

static uint64_t *word_at(char *base, uint64_t size, uint64_t k)
{
	return (uint64_t *)(void *)(base + size * k);
}

static void take(uint32_t *lock)
{
	uint32_t none = 0;

	while (!__atomic_compare_exchange_n(lock, &none, 1, false, __ATOMIC_ACQUIRE,
					    __ATOMIC_RELAXED))
		none = 0;
}

static void give(uint32_t *lock)
{
	__atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

static uint64_t nothing(struct memory *m, uint64_t key)
{
	(void)m;
	return key;
}

static uint64_t find(struct memory *m, uint64_t key)
{
	uint64_t elem = *word_at(m->index, GROUP, (key & (m->n - 1)) / 2) ^ key;

	return *word_at(m->elems, ELEM, elem & (m->n - 1));
}

/* Out and in again, each in its turn. */
static uint64_t replace(struct memory *m, uint64_t key)
{
	uint64_t *group = word_at(m->index, GROUP, (key & (m->n - 1)) / 2), *elem;

	take(&m->lock);
	elem = word_at(m->elems, ELEM, (*group ^ key) & (m->n - 1));
	elem[1]++;
	group[1]++;
	give(&m->lock);
	take(&m->lock);
	elem[2] = key;
	elem[3] = key;
	group[1]--;
	give(&m->lock);
	return elem[0];
}

/* A word for each 2^8 addresses, and the value that it names. */
static uint64_t route(struct memory *m, uint64_t key)
{
	const uint32_t *table = (const void *)m->index;

	return *word_at(m->elems, ROUTE, table[key & 0xffffff] & (m->n - 1));
}

static uint64_t record(struct memory *m, uint64_t key)
{
	uint64_t *at;

	take(&m->lock);
	at = word_at(m->elems, 1, m->pos & (RING - 1));
	__atomic_store_n(&at[0], 16, __ATOMIC_RELEASE);
	__atomic_store_n(&m->pos, m->pos + RECORD, __ATOMIC_RELEASE);
	give(&m->lock);
	at[1] = key;
	at[2] = key;
	__atomic_store_n(&at[0], 17, __ATOMIC_RELEASE);
	return 0;
}

static char *get(size_t size)
{
	int fd = memfd_create("floor", MFD_CLOEXEC);
	void *p;

	if (fd < 0 || ftruncate(fd, (off_t)size))
		die("memory", errno);
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		die("memory", errno);
	close(fd);
	return p;
}

#define TIME(op)                                                        \
	static double time_##op(struct memory *m, uint64_t seed)        \
	{                                                               \
		uint64_t x = seed, sum = 0, begin = os_thread_cpu_ns(); \
                                                                        \
		for (int i = 0; i < OPS; i++)                           \
			sum += op(m, next(&x));                         \
		result = sum;                                           \
		return (double)(os_thread_cpu_ns() - begin) / OPS;      \
	}
TIME(nothing)
TIME(find)
TIME(replace)
TIME(route)
TIME(record)

static void measure(const char *what, double (*time)(struct memory *m, uint64_t seed), uint64_t n,
		    size_t index, size_t elem)
{
	size_t elems = elem * n + 64;
	struct memory m = { .index = get(index + 64), .elems = get(elems), .n = n };
	uint64_t x = 88172645463325252ull;
	double ns[ROUNDS];

	for (size_t k = 0; k < index / 8; k++)
		*word_at(m.index, 8, k) = next(&x) << 32 | (uint32_t)next(&x);
	memset(m.elems, 1, elems);
	for (int round = -1; round < ROUNDS; round++)
		ns[round < 0 ? 0 : round] = time(&m, x + (uint64_t)round);
	qsort(ns, ROUNDS, sizeof(ns[0]), by_value);
	printf("| %s | %llu | %.1f | %.1f |\n", what, (unsigned long long)n, ns[0], ns[ROUNDS / 2]);
	munmap(m.index, index + 64);
	munmap(m.elems, elems);
}

int main(void)
{
	static const uint64_t sizes[] = { 1 << 10, 1 << 16, 1 << 20 };

	printf("## What memory allows (ns an operation of bare C, %d rounds)\n\n", ROUNDS);
	printf("| operation | entries | min | median |\n|---|---|---|---|\n");
	measure("nothing", time_nothing, 1, 8, 8);
	for (int k = 0; k < 3; k++)
		measure("an index, then an element", time_find, sizes[k], GROUP * sizes[k] / 2,
			ELEM);
	for (int k = 0; k < 3; k++)
		measure("both written in two turns", time_replace, sizes[k], GROUP * sizes[k] / 2,
			ELEM);
	measure("a table of 2^24 words, then a value", time_route, 1 << 20, 4 << 24, ROUTE);
	measure("a record of 16 bytes in a turn", time_record, RING / RECORD + 1, 8, RECORD);
	return 0;
}
