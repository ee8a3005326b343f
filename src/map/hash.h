/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a hash map laid out, and how is a key found in it?  An array of bucket words, each the
 * head of a chain of pool elements {link, key, value}; see hash.c for the protocol.
 */
#ifndef MAP_HASH_H
#define MAP_HASH_H

#include "map/pool.h"
#include "map/priv.h"

struct hash_shared {
	uint64_t seed;
	uint32_t hand; /* of the clock that evicts from LRU maps */
	uint8_t pad[52];
	struct pool_shared pool;
};

struct hash {
	struct pool pool;
	struct hash_shared *shared;
	uint64_t *buckets;
	uint64_t seed;
	uint32_t mask, key_size;
	uint32_t value_off;  /* of the value in an element, or */
	uint32_t value_size; /* per-CPU: of one slot's copy */
	char *values;        /* per-CPU: rows of copies, one row for each slot */
	size_t row_size;
	uint8_t *recent; /* LRU: looked up since the hand came by */
	struct pool_sweep sweep;
	uint32_t sweep_lock;
};

/* Where a walk found a key: the word that points to the element, and both link words as seen. */
struct hash_pos {
	uint64_t *prev;
	uint64_t prev_word, link, head;
	uint32_t elem;
};

uint32_t hash_bucket(const struct hash *h, const void *key);
/* 1: found; 0: absent, and head is what the bucket held when the walk began; -EBUSY: the chain does
 * not hold still.  Unlinks what it meets that is out of use. */
int hash_find(struct hash *h, uint32_t bucket, const void *key, struct hash_pos *ret_pos);
/* The element, POOL_NONE when absent.  Changes nothing. */
uint32_t hash_seek(const struct hash *h, uint32_t bucket, const void *key, uint64_t *ret_link);
/* Unlinks an element that was just marked. */
void hash_unlink(struct hash *h, uint32_t bucket, const struct hash_pos *pos, uint64_t marked);
/* Takes an element for a new key out of somebody else's use. */
uint32_t hash_evict(struct hash *h, uint32_t hint);

enum hash_step {
	HASH_END,
	HASH_ELEM,
	HASH_STRAYED, /* others changed the chain: start again */
	HASH_BROKEN   /* no history of sound operations leads here */
};

/* A walk along a chain that changes nothing.  Every step is taken only if the last live word before
 * it still is what it was: then what lies between that word and the new element was in the chain.
 */
struct hash_walk {
	const uint64_t *prev;
	uint64_t word, link;
	uint32_t index, elem, hops;
};

static inline struct hash_walk hash_walk_from(const uint64_t *prev, uint64_t word)
{
	return (struct hash_walk){ .prev = prev, .word = word, .index = (uint32_t)word };
}

static inline struct hash_walk hash_walk_bucket(const struct hash *h, uint32_t bucket)
{
	return hash_walk_from(&h->buckets[bucket], sync_load(&h->buckets[bucket]));
}

/* The next element, live or marked, in w->elem with its link word in w->link. */
static inline enum hash_step hash_walk_next(const struct hash *h, uint32_t bucket,
					    struct hash_walk *w)
{
	const uint64_t *at;

	if (w->index == (POOL_END | bucket) || (!w->index && w->prev == &h->buckets[bucket]))
		return HASH_END;
	w->elem = w->index - 1;
	if (w->elem >= pool_n(&h->pool) || w->hops++ > pool_n(&h->pool))
		return HASH_BROKEN;
	at = pool_link(&h->pool, w->elem);
	w->link = sync_load(at);
	if (sync_load(w->prev) != w->word)
		return HASH_STRAYED;
	if (pool_kind(w->link) >= POOL_FREE)
		return HASH_BROKEN;
	w->index = (uint32_t)w->link;
	if (pool_kind(w->link) == POOL_LIVE) {
		w->prev = at;
		w->word = w->link;
	}
	return HASH_ELEM;
}

static inline void *hash_key_at(const struct hash *h, uint32_t elem)
{
	return (char *)pool_link(&h->pool, elem) + 8;
}

static inline void *hash_value_at(const struct hash *h, uint32_t elem, uint32_t slot)
{
	if (h->values)
		return h->values + h->row_size * slot + (size_t)h->value_size * elem;
	return (char *)pool_link(&h->pool, elem) + h->value_off;
}

#endif
