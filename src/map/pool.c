/* SPDX-License-Identifier: BSD-2-Clause */
#include "map/pool.h"

#include <errno.h>

#include "base/alloc.h"

static bool hold(struct pool *pool, uint32_t elem, uint64_t seen)
{
	__atomic_store_n(&pool->owners[elem], sync_self(), __ATOMIC_RELEASE);
	return sync_cas(pool_link(pool, elem), seen, pool_word(POOL_HELD, seen, 0));
}

static uint32_t pop(struct pool *pool, struct pool_stack *stack)
{
	uint64_t top = sync_load(&stack->top), link;
	uint32_t index, n = pool_n(pool);

	for (uint32_t tries = 0; (index = (uint32_t)top) && index <= n && tries <= n; tries++) {
		link = sync_load(pool_link(pool, index - 1));
		if (!sync_cas(&stack->top, top, ((top >> 32) + 1) << 32 | (uint32_t)link)) {
			top = sync_load(&stack->top);
			continue;
		}
		if (pool_kind(link) == POOL_FREE && hold(pool, index - 1, link))
			return index - 1;
		top = sync_load(&stack->top);
	}
	return POOL_NONE;
}

static uint32_t first_use(struct pool *pool, uint32_t *fresh, uint32_t start, uint32_t n)
{
	uint32_t at = __atomic_load_n(fresh, __ATOMIC_RELAXED), elem;

	while (at < n) {
		if (!__atomic_compare_exchange_n(fresh, &at, at + 1, false, __ATOMIC_ACQ_REL,
						 __ATOMIC_RELAXED))
			continue;
		elem = start + at;
		if (hold(pool, elem, sync_load(pool_link(pool, elem))))
			return elem;
		at = __atomic_load_n(fresh, __ATOMIC_RELAXED);
	}
	return POOL_NONE;
}

uint32_t pool_take(struct pool *pool, uint32_t hint, bool spare)
{
	struct pool_shared *s = pool->shared;
	struct pool_stack *stacks = spare ? s->spare : s->main;
	uint32_t elem = pop(pool, &stacks[hint % POOL_STACKS]);

	if (elem == POOL_NONE)
		elem = spare ? first_use(pool, &s->fresh_spare, pool->n_main, pool->n_spare)
			     : first_use(pool, &s->fresh_main, 0, pool->n_main);
	for (uint32_t k = 1; elem == POOL_NONE && k < POOL_STACKS; k++)
		elem = pop(pool, &stacks[(hint + k) % POOL_STACKS]);
	return elem;
}

bool pool_give(struct pool *pool, uint32_t elem, uint64_t seen, uint32_t hint, bool spare)
{
	struct pool_stack *stack =
		&(spare ? pool->shared->spare : pool->shared->main)[hint % POOL_STACKS];
	uint64_t *link = pool_link(pool, elem), top, word;

	do {
		top = sync_load(&stack->top);
		word = pool_word(POOL_FREE, seen, (uint32_t)top);
		if (!sync_cas(link, seen, word))
			return false;
		seen = word;
	} while (!sync_cas(&stack->top, top, ((top >> 32) + 1) << 32 | (elem + 1)));
	return true;
}

static void mark(uint8_t *bits, uint32_t elem)
{
	bits[elem / 8] |= (uint8_t)(1u << elem % 8);
}

static bool is_marked(const uint8_t *bits, uint32_t elem)
{
	return bits[elem / 8] >> elem % 8 & 1;
}

enum {
	STABLE_TRIES = 64
};

/* Marks what lies on a stack; only a walk during which the stack did not change counts. */
static bool mark_stack(const struct pool *pool, struct pool_stack *stack, uint8_t *bits,
		       uint32_t *n_free)
{
	uint32_t n = pool_n(pool);

	for (int tries = 0; tries < STABLE_TRIES; tries++) {
		uint64_t top = sync_load(&stack->top);
		uint32_t index = (uint32_t)top, hops = 0;

		for (; index && index <= n && hops < n; hops++) {
			mark(bits, index - 1);
			index = (uint32_t)sync_load(pool_link(pool, index - 1));
		}
		if (sync_load(&stack->top) == top) {
			*n_free += hops;
			return true;
		}
	}
	return false;
}

static bool mark_stacks(const struct pool *pool, struct pool_stack *stacks, uint8_t *bits,
			uint32_t *n_free)
{
	for (int k = 0; k < POOL_STACKS; k++)
		if (!mark_stack(pool, &stacks[k], bits, n_free))
			return false;
	return true;
}

/* May an element that is in no chain and on no stack be given back now? */
static bool is_lost(struct pool *pool, uint32_t elem, uint64_t word, map_dead_fn is_dead, void *arg)
{
	uint32_t owner = __atomic_load_n(&pool->owners[elem], __ATOMIC_ACQUIRE);

	switch (pool_kind(word)) {
	case POOL_DELETED:
	case POOL_REPLACED:
	case POOL_FREE: return true; /* its late owner's compare-and-swap will fail */
	case POOL_LIVE:
	case POOL_HELD: return is_dead ? is_dead(arg, owner) : sync_is_dead(owner);
	}
	return true;
}

static bool was_used(struct pool *pool, uint32_t elem)
{
	uint32_t *fresh = &pool->shared->fresh_main;

	if (elem >= pool->n_main) {
		elem -= pool->n_main;
		fresh = &pool->shared->fresh_spare;
	}
	return elem < __atomic_load_n(fresh, __ATOMIC_ACQUIRE);
}

/* Whose stock has lost an element whose link word does not tell? */
static bool is_spare(const struct pool *pool, uint64_t word, uint32_t n_used, uint32_t n_free)
{
	if (pool_kind(word) == POOL_DELETED)
		return false;
	if (pool_kind(word) == POOL_REPLACED)
		return true;
	return n_used + n_free >= pool->n_main;
}

static int reclaim(struct pool *pool, struct pool_sweep *sweep, const uint8_t *used,
		   const uint8_t *stacked, uint32_t n_free, map_dead_fn is_dead, void *arg)
{
	uint32_t n_used = 0, n = pool_n(pool);
	int given = 0;

	for (uint32_t elem = 0; elem < n; elem++)
		n_used += is_marked(used, elem);
	n_free += pool->n_main - __atomic_load_n(&pool->shared->fresh_main, __ATOMIC_ACQUIRE);
	for (uint32_t elem = 0; elem < n; elem++) {
		uint64_t word = sync_load(pool_link(pool, elem)), last = sweep->seen[elem];
		bool spare = is_spare(pool, word, n_used, n_free);

		sweep->seen[elem] = 0;
		if (!was_used(pool, elem) || is_marked(used, elem) || is_marked(stacked, elem))
			continue;
		/* One more, to tell a zero word that was seen from none. */
		sweep->seen[elem] = word + 1;
		if (last != word + 1 || !is_lost(pool, elem, word, is_dead, arg))
			continue;
		if (!pool_give(pool, elem, word, elem, spare))
			continue;
		n_free += !spare;
		sweep->seen[elem] = 0;
		given++;
	}
	return given;
}

int pool_recover(struct pool *pool, struct pool_sweep *sweep, const uint8_t *used,
		 map_dead_fn is_dead, void *arg)
{
	uint8_t *stacked = mem_alloc(pool_n(pool) / 8 + 1);
	uint32_t n_free = 0, n_spare = 0;
	int n = 0;

	if (!sweep->seen)
		sweep->seen = mem_array(pool_n(pool), sizeof(*sweep->seen));
	if (!stacked || !sweep->seen) {
		mem_free(stacked);
		return -ENOMEM;
	}
	if (mark_stacks(pool, pool->shared->main, stacked, &n_free) &&
	    mark_stacks(pool, pool->shared->spare, stacked, &n_spare))
		n = reclaim(pool, sweep, used, stacked, n_free, is_dead, arg);
	mem_free(stacked);
	return n;
}
