/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is code memory what code.h promises?  Packed, near, never writable and executable at once, stable
 * while others publish into the same page, and private to each process after a fork.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "jit/code.h"
#include "support/native.h"

static void publish_number(struct code_pool *pool, struct code_block *block, uint32_t n)
{
	uint8_t bytes[NATIVE_NUMBER];

	native_number(bytes, n);
	assert_int_equal(code_alloc(pool, sizeof(bytes), block), 0);
	assert_int_equal(code_publish(pool, block, bytes, sizeof(bytes)), 0);
}

static uint32_t call(const struct code_block *block)
{
	uint32_t (*fn)(void);

	memcpy(&fn, &block->addr, sizeof(fn));
	return fn();
}

static void test_images_are_packed_and_reused(void **state)
{
	struct code_block block[200], more;
	struct code_pool *pool;

	(void)state;
	assert_int_equal(code_pool_new(&pool), 0);
	for (uint32_t i = 0; i < 200; i++)
		publish_number(pool, &block[i], i);
	for (uint32_t i = 0; i < 200; i++)
		assert_int_equal(call(&block[i]), i);
	/* The first have pages of their own, of half of a region; later ones lie between. */
	assert_int_equal(block[1].addr - block[0].addr, sysconf(_SC_PAGESIZE));
	assert_int_equal(block[101].addr - block[100].addr, 64);
	assert_in_range(block[199].addr - block[0].addr, 1, 1 << 17);
	code_free(pool, &block[77]);
	publish_number(pool, &more, 5000);
	assert_ptr_equal(more.addr, block[77].addr);
	assert_int_equal(call(&more), 5000);
	assert_int_equal(call(&block[78]), 78);
	code_pool_unref(pool);
}

static void test_large_blocks(void **state)
{
	static uint8_t big[1 << 20];
	struct code_block block, small;
	struct code_pool *pool;

	(void)state;
	for (size_t i = 0; i < sizeof(big); i += sizeof(native_nop))
		memcpy(big + i, native_nop, sizeof(native_nop));
	native_number(big + sizeof(big) - NATIVE_NUMBER, 7);
	assert_int_equal(code_pool_new(&pool), 0);
	publish_number(pool, &small, 3);
	assert_int_equal(code_alloc(pool, sizeof(big), &block), 0);
	assert_int_equal(code_publish(pool, &block, big, sizeof(big)), 0);
	assert_int_equal(call(&block), 7);
	code_free(pool, &block);
	assert_int_equal(call(&small), 3);
	assert_true(code_alloc(pool, 0, &block) < 0);
	assert_true(code_alloc(pool, (size_t)1 << 40, &block) < 0);
	code_pool_unref(pool);
}

/* Protection of the mapping that holds an address, as /proc tells. */
static void protection(const void *addr, char *prot)
{
	unsigned long lo, hi, at = (unsigned long)(uintptr_t)addr;
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512], p[5];

	assert_non_null(f);
	strcpy(prot, "none");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx %4s", &lo, &hi, p) != 3)
			continue;
		assert_null(strchr(p, 'w') && strchr(p, 'x') ? p : NULL);
		if (lo <= at && at < hi)
			strcpy(prot, p);
	}
	fclose(f);
}

static void test_never_writable_and_executable(void **state)
{
	struct code_block block;
	struct code_pool *pool;
	char prot[8];

	(void)state;
	assert_int_equal(code_pool_new(&pool), 0);
	assert_int_equal(code_alloc(pool, 64, &block), 0);
	protection(block.addr, prot);
	assert_string_equal(prot, "---p");
	assert_int_equal(code_publish(pool, &block, native_add, sizeof(native_add)), 0);
	protection(block.addr, prot);
	assert_string_equal(prot, "r-xp");
	assert_int_equal(block.addr[sizeof(native_add)], NATIVE_TRAP);
	code_pool_unref(pool);
}

static void test_near_the_library(void **state)
{
	struct code_block block;
	struct code_pool *pool;
	int64_t away;

	(void)state;
	assert_int_equal(code_pool_new(&pool), 0);
	assert_int_equal(code_alloc(pool, 64, &block), 0);
	away = (int64_t)((uint64_t)(uintptr_t)block.addr - (uint64_t)(uintptr_t)&code_pool_new);
	assert_true(away > INT32_MIN && away < INT32_MAX);
	code_pool_unref(pool);
}

struct runner {
	const struct code_block *block;
	uint32_t want;
	uint64_t runs;
	bool stop, wrong;
};

static void *run_on(void *arg)
{
	struct runner *r = arg;

	while (!__atomic_load_n(&r->stop, __ATOMIC_RELAXED)) {
		if (call(r->block) != r->want)
			__atomic_store_n(&r->wrong, true, __ATOMIC_RELAXED);
		__atomic_add_fetch(&r->runs, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* A thread runs an image while others appear and go in the same page. */
static void test_publish_beside_a_running_image(void **state)
{
	struct code_block first, other;
	struct code_pool *pool;
	struct runner runner = { .block = &first, .want = 42 };
	pthread_t thread;

	(void)state;
	assert_int_equal(code_pool_new(&pool), 0);
	publish_number(pool, &first, 42);
	assert_int_equal(pthread_create(&thread, NULL, run_on, &runner), 0);
	for (uint32_t i = 0; i < 2000; i++) {
		publish_number(pool, &other, i);
		assert_int_equal(call(&other), i);
		code_free(pool, &other);
	}
	__atomic_store_n(&runner.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_false(runner.wrong);
	assert_true(runner.runs > 1000);
	code_pool_unref(pool);
}

enum {
	N_WORKERS = 4,
	N_OWN = 12,
	N_STEPS = 1500,
	PADDED = 9000, /* bytes at most */
};

struct worker {
	struct code_pool *pool;
	uint32_t seed, wrong;
	struct code_block block[N_OWN];
	uint32_t want[N_OWN];
};

static uint32_t roll(struct worker *w, uint32_t n)
{
	w->seed = w->seed * 1664525 + 1013904223;
	return (w->seed >> 8) % n;
}

static void check_block(struct worker *w, uint32_t k)
{
	const struct code_block *b = &w->block[k];

	w->wrong += b->region && call(b) != w->want[k];
}

static void replace_block(struct worker *w, uint32_t k)
{
	uint8_t bytes[PADDED];
	size_t less = NATIVE_NUMBER + roll(w, roll(w, 4) ? 200 : PADDED - NATIVE_NUMBER);
	size_t size = roll(w, 4) ? less : PADDED;

	code_free(w->pool, &w->block[k]);
	w->want[k] = w->seed;
	memset(bytes, NATIVE_TRAP, sizeof(bytes));
	native_number(bytes, w->want[k]);
	if (code_alloc(w->pool, size, &w->block[k]) ||
	    code_publish(w->pool, &w->block[k], bytes, less))
		w->wrong++;
}

static void *work(void *arg)
{
	struct worker *w = arg;

	for (uint32_t i = 0; i < N_STEPS; i++) {
		replace_block(w, roll(w, N_OWN));
		for (uint32_t k = 0; k < N_OWN; k++)
			check_block(w, k);
	}
	for (uint32_t k = 0; k < N_OWN; k++)
		code_free(w->pool, &w->block[k]);
	return NULL;
}

/* Images of all sizes come and go on the same pages, while others run there. */
static void test_random_order(void **state)
{
	static struct worker worker[N_WORKERS];
	pthread_t thread[N_WORKERS];
	struct code_pool *pool;

	(void)state;
	assert_int_equal(code_pool_new(&pool), 0);
	for (uint32_t i = 0; i < N_WORKERS; i++) {
		worker[i] = (struct worker){ .pool = pool, .seed = i };
		assert_int_equal(pthread_create(&thread[i], NULL, work, &worker[i]), 0);
	}
	for (uint32_t i = 0; i < N_WORKERS; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(worker[i].wrong, 0);
	}
	code_pool_unref(pool);
}

/* A block may be larger than what is published: it ends on a page of its own, begins on another's.
 */
static void test_less_than_its_block(void **state)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct code_block half, first, block;
	struct code_pool *pool;
	uint8_t bytes[NATIVE_NUMBER];

	(void)state;
	assert_int_equal(code_pool_new(&pool), 0);
	/* Half of the region is in use from here on: no more pages of their own. */
	assert_int_equal(code_alloc(pool, (1 << 17) - page, &half), 0);
	publish_number(pool, &first, 1);
	native_number(bytes, 2);
	assert_int_equal(code_alloc(pool, 3 * page, &block), 0);
	assert_ptr_equal(block.addr, first.addr + 64);
	assert_int_equal(code_publish(pool, &block, bytes, sizeof(bytes)), 0);
	assert_int_equal(call(&block), 2);
	assert_int_equal(call(&first), 1);
	code_pool_unref(pool);
}

/* What the parent does with the memory after a fork is nothing to the child. */
static void test_fork(void **state)
{
	struct code_block block, other;
	struct code_pool *pool;
	int go[2], status;
	pid_t child;
	char c;

	(void)state;
	assert_int_equal(code_pool_new(&pool), 0);
	publish_number(pool, &block, 1);
	assert_int_equal(pipe(go), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		if (read(go[0], &c, 1) != 1)
			_exit(2);
		_exit(call(&block) == 1 ? 0 : 1);
	}
	code_free(pool, &block);
	publish_number(pool, &other, 2);
	assert_int_equal(call(&other), 2);
	assert_int_equal(write(go[1], "x", 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(go[0]);
	close(go[1]);
	code_pool_unref(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_images_are_packed_and_reused),
		cmocka_unit_test(test_large_blocks),
		cmocka_unit_test(test_never_writable_and_executable),
		cmocka_unit_test(test_near_the_library),
		cmocka_unit_test(test_publish_beside_a_running_image),
		cmocka_unit_test(test_less_than_its_block),
		cmocka_unit_test(test_random_order),
		cmocka_unit_test(test_fork),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
