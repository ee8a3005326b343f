/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where does machine code live?  See code.h.  A region is reserved address space, divided into
 * granules; a page of it is inaccessible until the first image in it is published, those at its
 * ends always are.
 */
#include "jit/code.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/os.h"
#include "jit/machine.h"

enum {
	GRANULE = 64, /* a cache line: images do not share one */
	REGION_SIZE = 1 << 18
};

struct code_region {
	struct code_region *next;
	uint8_t *base;
	size_t size; /* without the pages at its ends */
	size_t n_granules;
	size_t used;      /* granules in use */
	uint8_t *taken;   /* per granule */
	uint16_t *in_use; /* per page: granules */
	size_t pages, pages_in_use;
	uint8_t *mapped; /* per page: published before, so it has bytes to keep */
};

struct code_pool {
	uint32_t refs;
	pthread_mutex_t lock; /* regions, and the pages that images share */
	struct code_region *regions;
	uint32_t tag;
};

int code_pool_new(struct code_pool **ret_pool)
{
	struct code_pool *pool = mem_alloc(sizeof(*pool));

	if (!pool)
		return -ENOMEM;
	pool->refs = 1;
	if (getrandom(&pool->tag, sizeof(pool->tag), GRND_NONBLOCK) != sizeof(pool->tag))
		pool->tag = (uint32_t)(os_now_ns() * 0x9e3779b97f4a7c15ULL >> 32);
	pthread_mutex_init(&pool->lock, NULL);
	*ret_pool = pool;
	return 0;
}

uint32_t code_pool_tag(const struct code_pool *pool)
{
	return pool->tag;
}

struct code_pool *code_pool_ref(struct code_pool *pool)
{
	__atomic_fetch_add(&pool->refs, 1, __ATOMIC_RELAXED);
	return pool;
}

static void region_free(struct code_region *region)
{
	if (region->base)
		munmap(region->base - os_page_size(), region->size + 2 * os_page_size());
	mem_free(region->taken);
	mem_free(region->in_use);
	mem_free(region->mapped);
	mem_free(region);
}

struct code_pool *code_pool_unref(struct code_pool *pool)
{
	if (!pool || __atomic_sub_fetch(&pool->refs, 1, __ATOMIC_ACQ_REL))
		return NULL;
	while (pool->regions) {
		struct code_region *next = pool->regions->next;

		region_free(pool->regions);
		pool->regions = next;
	}
	pthread_mutex_destroy(&pool->lock);
	mem_free(pool);
	return NULL;
}

/* Address space that a 32-bit displacement reaches from the library's own functions, if there is
 * any; below first, since the heap grows upwards from the program. */
static uint8_t *reserve_near(size_t size)
{
	static const int64_t away[] = { -16, -64, -256, -1024, 1024, 1536 };
	uint64_t anchor = (uint64_t)(uintptr_t)&code_pool_new & ~0xfffffULL;

	for (unsigned int i = 0; i < sizeof(away) / sizeof(away[0]); i++) {
		uint64_t want = anchor + (uint64_t)(away[i] * (1 << 20));
		void *got = mmap((void *)(uintptr_t)want, size, PROT_NONE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
				 -1, 0);

		if (got == (void *)(uintptr_t)want)
			return got;
		if (got != MAP_FAILED)
			munmap(got, size);
	}
	return NULL;
}

/* Profilers hear of executable memory by mmap(2) and mprotect(2), but not by the mremap(2) that
 * brings the images here later. */
static void tell_profilers(void *base, size_t size)
{
	if (!mprotect(base, size, PROT_READ | PROT_EXEC))
		mprotect(base, size, PROT_NONE);
}

static struct code_region *region_new(size_t size)
{
	struct code_region *region = mem_alloc(sizeof(*region));
	size_t page = os_page_size();
	void *base;

	if (!region)
		return NULL;
	region->size = (size + page - 1) & ~(page - 1);
	region->n_granules = region->size / GRANULE;
	region->taken = mem_alloc(region->n_granules);
	region->pages = region->size / page;
	region->in_use = mem_array(region->pages, sizeof(*region->in_use));
	region->mapped = mem_alloc(region->pages);
	base = reserve_near(region->size + 2 * page);
	if (!base)
		base = mmap(NULL, region->size + 2 * page, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	region->base = base == MAP_FAILED ? NULL : (uint8_t *)base + page;
	if (region->taken && region->in_use && region->mapped && region->base) {
		tell_profilers(region->base, region->size);
		return region;
	}
	region_free(region);
	return NULL;
}

/* First run of n free granules, or n_granules. */
static size_t find_free(const struct code_region *region, size_t n)
{
	size_t run = 0;

	if (region->n_granules - region->used < n)
		return region->n_granules;
	for (size_t i = 0; i < region->n_granules; i++) {
		run = region->taken[i] ? 0 : run + 1;
		if (run == n)
			return i + 1 - n;
	}
	return region->n_granules;
}

/* Pages of its own, which cost less to write, as long as half of them are nobody's. */
static size_t find_pages(const struct code_region *region, size_t n)
{
	size_t per_page = os_page_size() / GRANULE, want = (n + per_page - 1) / per_page, run = 0;

	if (region->pages_in_use + want > region->pages / 2)
		return region->n_granules;
	for (size_t i = 0; i < region->pages; i++) {
		run = region->in_use[i] ? 0 : run + 1;
		if (run == want)
			return (i + 1 - want) * per_page;
	}
	return region->n_granules;
}

static void count_pages(struct code_region *region, size_t first, size_t n, bool takes)
{
	size_t per_page = os_page_size() / GRANULE;

	for (size_t left = n, g = first; left;) {
		size_t part = per_page - g % per_page < left ? per_page - g % per_page : left;
		uint16_t *in_use = &region->in_use[g / per_page];

		region->pages_in_use += takes && !*in_use;
		*in_use = (uint16_t)(takes ? *in_use + part : *in_use - part);
		region->pages_in_use -= !takes && !*in_use;
		g += part;
		left -= part;
	}
}

static bool take(struct code_region *region, size_t size, struct code_block *ret_block)
{
	size_t n = (size + GRANULE - 1) / GRANULE;
	size_t first = find_pages(region, n);

	if (first == region->n_granules)
		first = find_free(region, n);
	if (first == region->n_granules)
		return false;
	memset(region->taken + first, 1, n);
	count_pages(region, first, n, true);
	region->used += n;
	*ret_block = (struct code_block){
		.addr = region->base + first * GRANULE,
		.size = n * GRANULE,
		.region = region,
	};
	return true;
}

int code_alloc(struct code_pool *pool, size_t size, struct code_block *ret_block)
{
	struct code_region *region;
	int err = 0;

	if (!size || size > INT32_MAX)
		return -E2BIG;
	pthread_mutex_lock(&pool->lock);
	for (region = pool->regions; region; region = region->next)
		if (take(region, size, ret_block))
			break;
	if (!region) {
		region = region_new(size > REGION_SIZE ? size : REGION_SIZE);
		if (region) {
			region->next = pool->regions;
			pool->regions = region;
			take(region, size, ret_block);
		} else {
			err = -ENOMEM;
		}
	}
	pthread_mutex_unlock(&pool->lock);
	return err;
}

/* Where instruction caches do not see what is written, they are told: of new bytes in memory, and
 * of the address that they have now. */
static void flush(uint8_t *from, size_t len)
{
	__builtin___clear_cache((char *)from, (char *)from + len);
}

static uint8_t trap_byte(void)
{
	const struct jit_machine *machine = jit_machine();

	return machine ? machine->trap : 0;
}

static int why_not_executable(void)
{
	return errno == EACCES || errno == EPERM ? -EOPNOTSUPP : -errno;
}

/* Has nobody else code on these pages? */
static bool is_alone(const struct code_region *region, size_t first, size_t n,
		     const struct code_block *block)
{
	size_t from = (size_t)(block->addr - region->base), to = from + block->size;
	size_t end = (first + n) * os_page_size(), in_use = 0;

	for (size_t i = first; i < first + n; i++)
		in_use += region->in_use[i];
	/* What is published may end pages before the block does. */
	return in_use * GRANULE <= (to < end ? to : end) - from;
}

/* Nobody runs what is on pages [first, first + n). */
static int write_pages(struct code_region *region, size_t first, size_t n, size_t at,
		       const void *bytes, size_t size)
{
	size_t page = os_page_size(), len = n * page;
	uint8_t *target = region->base + first * page;

	if (mprotect(target, len, PROT_READ | PROT_WRITE))
		return -ENOMEM;
	memset(target, trap_byte(), at);
	memcpy(target + at, bytes, size);
	memset(target + at + size, trap_byte(), len - at - size);
	if (mprotect(target, len, PROT_READ | PROT_EXEC)) {
		int err = why_not_executable();

		mprotect(target, len, PROT_NONE);
		memset(region->mapped + first, 0, n);
		return err;
	}
	flush(target, len);
	memset(region->mapped + first, 1, n);
	return 0;
}

/* Replaces pages [first, first + n) by copies that hold the new bytes. */
static int replace_pages(struct code_region *region, size_t first, size_t n, size_t at,
			 const void *bytes, size_t size)
{
	size_t page = os_page_size(), len = n * page;
	uint8_t *target = region->base + first * page;
	uint8_t *copy = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int err = -ENOMEM;

	if (copy == MAP_FAILED)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (region->mapped[first + i])
			memcpy(copy + i * page, target + i * page, page);
		else
			memset(copy + i * page, trap_byte(), page);
	}
	memcpy(copy + at, bytes, size);
	flush(copy, len);
	if (mprotect(copy, len, PROT_READ | PROT_EXEC))
		err = why_not_executable();
	else if (mremap(copy, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, target) != MAP_FAILED)
		err = 0;
	if (err) {
		munmap(copy, len);
		return err;
	}
	flush(target, len);
	memset(region->mapped + first, 1, n);
	return 0;
}

int code_publish(struct code_pool *pool, const struct code_block *block, const void *bytes,
		 size_t size)
{
	struct code_region *region = block->region;
	size_t page = os_page_size(), off = (size_t)(block->addr - region->base);
	size_t first = off / page, n = (off + size - 1) / page + 1 - first;
	int err;

	if (!size || size > block->size)
		return -EINVAL;
	pthread_mutex_lock(&pool->lock);
	err = is_alone(region, first, n, block)
		      ? write_pages(region, first, n, off % page, bytes, size)
		      : replace_pages(region, first, n, off % page, bytes, size);
	pthread_mutex_unlock(&pool->lock);
	return err;
}

void code_free(struct code_pool *pool, struct code_block *block)
{
	struct code_region *region = block->region, **link = &pool->regions;
	size_t n = block->size / GRANULE, first;

	if (!region)
		return;
	pthread_mutex_lock(&pool->lock);
	first = (size_t)(block->addr - region->base) / GRANULE;
	memset(region->taken + first, 0, n);
	count_pages(region, first, n, false);
	region->used -= n;
	/* The last region of the usual size stays for the next image. */
	if (!region->used &&
	    (region->next || pool->regions != region || region->size > REGION_SIZE)) {
		while (*link != region)
			link = &(*link)->next;
		*link = region->next;
		region_free(region);
	}
	pthread_mutex_unlock(&pool->lock);
	block->region = NULL;
}
