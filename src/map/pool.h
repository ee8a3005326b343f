/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which elements of a map are free, and how does one change hands without a lock?
 *
 * An element begins with a link word: {kind:3, version:29, index:32}.  The version grows with every
 * change, so a compare-and-swap succeeds only against what was seen.  Kinds:
 *   LIVE      in a chain (or about to be); index names the next element
 *   DELETED   out of use, frozen; index still names the next.  Goes back to the main stock
 *   REPLACED  as DELETED, for an element whose successor took its place; goes back to the spares
 *   FREE      on a stack of the main stock
 *   FREE_SPARE  on a stack of the spares
 *   HELD      taken from a stack, being filled; index is the owner
 *   GIVEN     being put on a stack; index is the owner
 * An owner is a thread id, with POOL_SPARE when the element belongs to the spares.  Only the thread
 * whose compare-and-swap made an element HELD or GIVEN writes notes[element]: the owner while the
 * element is HELD or LIVE, the index of the one below while it is on a stack.  While that thread
 * lives, nobody else touches the element before it is in a chain or on a stack.
 * Index 0 is "none"; element k is index k + 1.  An index with POOL_END set is the end of chain
 * number index & ~POOL_END: a walk that strayed into another chain sees a wrong number.
 *
 * A thread killed at any point leaves at most one element in no chain and on no stack;
 * pool_recover() finds those.
 */
#ifndef MAP_POOL_H
#define MAP_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "map/map.h"
#include "map/sync.h"

enum pool_kind {
	POOL_LIVE,
	POOL_DELETED,
	POOL_REPLACED,
	POOL_FREE, /* and above: in no chain */
	POOL_FREE_SPARE,
	POOL_HELD,
	POOL_GIVEN
};

#define POOL_END   0x80000000u
#define POOL_NONE  UINT32_MAX
#define POOL_SPARE 0x80000000u /* in an owner */

enum {
	POOL_STACKS = 8
};

struct pool_stack {
	uint64_t top; /* {version:32, index:32} */
	uint8_t pad[56];
};

/* In the shared file. */
struct pool_shared {
	struct pool_stack main[POOL_STACKS], spare[POOL_STACKS];
	uint32_t fresh_main, fresh_spare; /* elements never used begin here */
	uint8_t pad[56];
};

struct pool {
	struct pool_shared *shared;
	char *elems;
	uint32_t *notes; /* owners, or what is below on a stack */
	size_t elem_size;
	uint32_t n_main, n_spare; /* elements [0, n_main) and [n_main, n_main + n_spare) */
};

static inline uint64_t pool_word(enum pool_kind kind, uint64_t before, uint32_t index)
{
	uint64_t version = ((before >> 32) + 1) & 0x1fffffff;

	return (uint64_t)kind << 61 | version << 32 | index;
}

static inline enum pool_kind pool_kind(uint64_t word)
{
	return (enum pool_kind)(word >> 61);
}

static inline uint64_t *pool_link(const struct pool *pool, uint32_t elem)
{
	return (uint64_t *)(void *)(pool->elems + pool->elem_size * elem);
}

static inline uint32_t pool_n(const struct pool *pool)
{
	return pool->n_main + pool->n_spare;
}

/* An element in state HELD, or POOL_NONE.  `hint` spreads contention. */
uint32_t pool_take(struct pool *pool, uint32_t hint, bool spare);
/* Gives back an element whose link word is still `seen`; false if somebody else did. */
bool pool_give(struct pool *pool, uint32_t elem, uint64_t seen, uint32_t hint, bool spare);

/* What a sweep remembers: the link words it saw, 0 for elements that were in order. */
struct pool_sweep {
	uint64_t *seen;
};
/* Gives back what is neither on a stack nor marked in `used` (a bit for each element), if its owner
 * is dead or it stands unchanged since the last sweep.  Number given back or -ENOMEM. */
int pool_recover(struct pool *pool, struct pool_sweep *sweep, const uint8_t *used,
		 map_dead_fn is_dead, void *arg);

#endif
