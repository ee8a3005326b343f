/* SPDX-License-Identifier: BSD-2-Clause */
/* How do elements leave the stacks, come back, and get found after their owner died?  See pool.h.
 */
#include "map/pool.h"

#include <errno.h>

#include "base/alloc.h"

static bool hold(struct pool *pool, uint32_t elem, uint64_t seen, bool spare)
{
	uint32_t owner = sync_self() | (spare ? POOL_SPARE : 0);

	if (!sync_cas(pool_link(pool, elem), seen, pool_word(POOL_HELD, seen, owner)))
		return false;
	__atomic_store_n(&pool->notes[elem], owner, __ATOMIC_RELEASE);
	return true;
}

/* An element just popped, as it was on the stack: its giver may come late to say that it is FREE.
 */
static bool hold_popped(struct pool *pool, uint32_t elem, uint64_t seen, bool spare)
{
	enum pool_kind free = spare ? POOL_FREE_SPARE : POOL_FREE;

	if (pool_kind(seen) == free)
		return hold(pool, elem, seen, spare);
	if (pool_kind(seen) != POOL_GIVEN || spare != !!((uint32_t)seen & POOL_SPARE))
		return false;
	return hold(pool, elem, seen, spare) || hold(pool, elem, pool_word(free, seen, 0), spare);
}

static uint32_t pop(struct pool *pool, struct pool_stack *stack, bool spare)
{
	uint64_t top = sync_load(&stack->top), link;
	uint32_t index, below, n = pool_n(pool);

	for (uint32_t tries = 0; (index = (uint32_t)top) && index <= n && tries <= n; tries++) {
		link = sync_load(pool_link(pool, index - 1));
		below = __atomic_load_n(&pool->notes[index - 1], __ATOMIC_ACQUIRE);
		if (!sync_cas(&stack->top, top, ((top >> 32) + 1) << 32 | below)) {
			top = sync_load(&stack->top);
			continue;
		}
		if (hold_popped(pool, index - 1, link, spare))
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
	uint64_t *link = pool_link(pool, elem), top;
	uint64_t given = pool_word(POOL_GIVEN, seen, sync_self() | (spare ? POOL_SPARE : 0));

	if (!sync_cas(link, seen, given))
		return false;
	do {
		top = sync_load(&stack->top);
		__atomic_store_n(&pool->notes[elem], (uint32_t)top, __ATOMIC_RELEASE);
	} while (!sync_cas(&stack->top, top, ((top >> 32) + 1) << 32 | (elem + 1)));
	sync_cas(link, given, pool_word(spare ? POOL_FREE_SPARE : POOL_FREE, given, 0));
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
			index = __atomic_load_n(&pool->notes[index - 1], __ATOMIC_ACQUIRE);
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

static uint32_t owner_of(const struct pool *pool, uint32_t elem, uint64_t word)
{
	if (pool_kind(word) == POOL_LIVE)
		return __atomic_load_n(&pool->notes[elem], __ATOMIC_ACQUIRE);
	return (uint32_t)word;
}

/* May an element that is in no chain and on no stack be given back now?  One that is nobody's may:
 * the compare-and-swap of whoever is late with it will fail. */
static bool is_lost(struct pool *pool, uint32_t elem, uint64_t word, map_dead_fn is_dead, void *arg)
{
	uint32_t owner = owner_of(pool, elem, word) & ~POOL_SPARE;

	if (!word)
		return true;
	switch (pool_kind(word)) {
	case POOL_DELETED:
	case POOL_REPLACED:
	case POOL_FREE:
	case POOL_FREE_SPARE: return true;
	case POOL_LIVE:
	case POOL_HELD:
	case POOL_GIVEN: return is_dead ? is_dead(arg, owner) : sync_is_dead(owner);
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
	case POOL_HELD:
	case POOL_GIVEN: break;
	}
	if (!word)
		return elem >= pool->n_main; /* its first use was cut short */
	return owner_of(pool, elem, word) & POOL_SPARE;
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
