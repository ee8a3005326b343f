/* SPDX-License-Identifier: BSD-2-Clause */
/* How do elements leave the stacks, come back, and get found after their owner died?  See pool.h.
 */
#include "map/pool.h"

#include <errno.h>

#include "base/alloc.h"

static bool hold(struct pool *pool, uint32_t elem, uint64_t seen, bool spare)
{
	uint32_t owner = sync_self() | (spare ? POOL_SPARE : 0);

	__atomic_store_n(&pool->owners[elem], owner, __ATOMIC_RELEASE);
	return sync_cas(pool_link(pool, elem), seen, pool_word(POOL_HELD, seen, 0));
}

static uint32_t pop(struct pool *pool, struct pool_stack *stack, bool spare)
{
	uint64_t top = sync_load(&stack->top), link;
	enum pool_kind kind = spare ? POOL_FREE_SPARE : POOL_FREE;
	uint32_t index, n = pool_n(pool);

	for (uint32_t tries = 0; (index = (uint32_t)top) && index <= n && tries <= n; tries++) {
		link = sync_load(pool_link(pool, index - 1));
		if (!sync_cas(&stack->top, top, ((top >> 32) + 1) << 32 | (uint32_t)link)) {
			top = sync_load(&stack->top);
			continue;
		}
		if (pool_kind(link) == kind && hold(pool, index - 1, link, spare))
			return index - 1;
		top = sync_load(&stack->top);
	}
	return POOL_NONE;
}

static uint32_t first_use(struct pool *pool, bool spare)
{
	uint32_t *fresh = spare ? &pool->shared->fresh_spare : &pool->shared->fresh_main;
	uint32_t start = spare ? pool->n_main : 0, n = spare ? pool->n_spare : pool->n_main;
	uint32_t at = __atomic_load_n(fresh, __ATOMIC_RELAXED), elem;

	while (at < n) {
		if (!__atomic_compare_exchange_n(fresh, &at, at + 1, false, __ATOMIC_ACQ_REL,
						 __ATOMIC_RELAXED))
			continue;
		elem = start + at;
		if (hold(pool, elem, sync_load(pool_link(pool, elem)), spare))
			return elem;
		at = __atomic_load_n(fresh, __ATOMIC_RELAXED);
	}
	return POOL_NONE;
}

uint32_t pool_take(struct pool *pool, uint32_t hint, bool spare)
{
	struct pool_shared *s = pool->shared;
	struct pool_stack *stacks = spare ? s->spare : s->main;
	uint32_t elem = pop(pool, &stacks[hint % POOL_STACKS], spare);

	if (elem == POOL_NONE)
		elem = first_use(pool, spare);
	for (uint32_t k = 1; elem == POOL_NONE && k < POOL_STACKS; k++)
		elem = pop(pool, &stacks[(hint + k) % POOL_STACKS], spare);
	return elem;
}

bool pool_give(struct pool *pool, uint32_t elem, uint64_t seen, uint32_t hint, bool spare)
{
	struct pool_stack *stack =
		&(spare ? pool->shared->spare : pool->shared->main)[hint % POOL_STACKS];
	uint64_t *link = pool_link(pool, elem), top, word;

	do {
		top = sync_load(&stack->top);
		word = pool_word(spare ? POOL_FREE_SPARE : POOL_FREE, seen, (uint32_t)top);
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
static bool mark_stack(const struct pool *pool, struct pool_stack *stack, uint8_t *bits)
{
	uint32_t n = pool_n(pool);

	for (int tries = 0; tries < STABLE_TRIES; tries++) {
		uint64_t top = sync_load(&stack->top);
		uint32_t index = (uint32_t)top, hops = 0;

		for (; index && index <= n && hops < n; hops++) {
			mark(bits, index - 1);
			index = (uint32_t)sync_load(pool_link(pool, index - 1));
		}
		if (sync_load(&stack->top) == top)
			return true;
	}
	return false;
}

static bool mark_stacks(const struct pool *pool, struct pool_stack *stacks, uint8_t *bits)
{
	for (int k = 0; k < POOL_STACKS; k++)
		if (!mark_stack(pool, &stacks[k], bits))
			return false;
	return true;
}

/* May an element that is in no chain and on no stack be given back now? */
static bool is_lost(struct pool *pool, uint32_t elem, uint64_t word, map_dead_fn is_dead, void *arg)
{
	uint32_t owner = __atomic_load_n(&pool->owners[elem], __ATOMIC_ACQUIRE) & ~POOL_SPARE;

	switch (pool_kind(word)) {
	case POOL_DELETED:
	case POOL_REPLACED:
	case POOL_FREE:
	case POOL_FREE_SPARE: return true; /* its late owner's compare-and-swap will fail */
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

/* Whose stock has lost this element? */
static bool is_spare(const struct pool *pool, uint32_t elem, uint64_t word)
{
	switch (pool_kind(word)) {
	case POOL_DELETED:
	case POOL_FREE: return false;
	case POOL_REPLACED:
	case POOL_FREE_SPARE: return true;
	case POOL_LIVE:
	case POOL_HELD: break;
	}
	if (!word)
		return elem >= pool->n_main; /* its first use was cut short */
	return __atomic_load_n(&pool->owners[elem], __ATOMIC_ACQUIRE) & POOL_SPARE;
}

static int reclaim(struct pool *pool, struct pool_sweep *sweep, const uint8_t *used,
		   const uint8_t *stacked, map_dead_fn is_dead, void *arg)
{
	uint32_t n = pool_n(pool);
	int given = 0;

	for (uint32_t elem = 0; elem < n; elem++) {
		uint64_t word = sync_load(pool_link(pool, elem)), last = sweep->seen[elem];

		sweep->seen[elem] = 0;
		if (!was_used(pool, elem) || is_marked(used, elem) || is_marked(stacked, elem))
			continue;
		/* One more, to tell a zero word that was seen from none. */
		sweep->seen[elem] = word + 1;
		if (last != word + 1 || !is_lost(pool, elem, word, is_dead, arg))
			continue;
		if (!pool_give(pool, elem, word, elem, is_spare(pool, elem, word)))
			continue;
		sweep->seen[elem] = 0;
		given++;
	}
	return given;
}

int pool_recover(struct pool *pool, struct pool_sweep *sweep, const uint8_t *used,
		 map_dead_fn is_dead, void *arg)
{
	uint8_t *stacked = mem_alloc(pool_n(pool) / 8 + 1);
	int n = 0;

	if (!sweep->seen)
		sweep->seen = mem_array(pool_n(pool), sizeof(*sweep->seen));
	if (!stacked || !sweep->seen) {
		mem_free(stacked);
		return -ENOMEM;
	}
	if (mark_stacks(pool, pool->shared->main, stacked) &&
	    mark_stacks(pool, pool->shared->spare, stacked))
		n = reclaim(pool, sweep, used, stacked, is_dead, arg);
	mem_free(stacked);
	return n;
}
