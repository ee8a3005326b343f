/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where in a hash map is a key?  Walks a bucket's chain while others insert, replace, delete and
 * reuse elements.
 *
 * New elements enter a chain only at its head, so an insertion whose compare-and-swap of the bucket
 * word succeeds knows that nobody inserted the same key since it looked.  An element leaves in two
 * steps: its link word is marked (from then on it is gone, or its successor, named by the frozen
 * link, has taken its place), then the word before it is pointed past it.  Whoever does the second
 * step gives the element back.  A walk that meets a free element or another chain's end strayed
 * through a reused element and starts again; all walks are bounded.
 */
#include "map/hash.h"

#include <errno.h>

enum {
	MAX_RESTARTS = 1000
};

static uint64_t mix(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load_word(const char *p, uint32_t n)
{
	uint64_t w = 0;
	uint32_t w4;

	if (n >= 8) {
		__builtin_memcpy(&w, p, 8);
		return w;
	}
	if (n == 4) {
		__builtin_memcpy(&w4, p, 4);
		return w4;
	}
	for (uint32_t k = 0; k < n; k++)
		w |= (uint64_t)(unsigned char)p[k] << 8 * k;
	return w;
}

uint32_t hash_bucket(const struct hash *h, const void *key)
{
	const char *p = key;
	uint64_t sum = h->seed ^ h->key_size;

	for (uint32_t n = h->key_size; n; p += 8) {
		sum = mix(sum ^ load_word(p, n), 0x9fb21c651e98df25ULL);
		n = n > 8 ? n - 8 : 0;
	}
	return (uint32_t)(sum ^ sum >> 32) & h->mask;
}

/* Keys in elements are padded to whole words with zeros. */
static inline bool same_key(const struct hash *h, uint32_t elem, const void *key)
{
	const uint64_t *at = hash_key_at(h, elem);
	const char *p = key;

	for (uint32_t n = h->key_size; n; p += 8, at++) {
		if (sync_load(at) != load_word(p, n))
			return false;
		n = n > 8 ? n - 8 : 0;
	}
	return true;
}

/* An empty bucket that was never used is 0; elsewhere 0 is no end. */
static inline bool is_end(uint32_t index, uint32_t bucket, bool at_head)
{
	return index == (POOL_END | bucket) || (at_head && !index);
}

enum {
	STRAYED = 2
};

static int peek_once(const struct hash *h, uint32_t bucket, const void *key, uint32_t *ret_elem,
		     uint64_t *ret_link)
{
	const uint64_t *prev = &h->buckets[bucket];
	uint64_t word = sync_load(prev), link;
	uint32_t n = pool_n(&h->pool), index = (uint32_t)word, elem;

	for (uint32_t hops = 0; !is_end(index, bucket, !hops); hops++) {
		elem = index - 1;
		if (elem >= n || hops > n)
			return STRAYED;
		link = sync_load(pool_link(&h->pool, elem));
		if (pool_kind(link) >= POOL_FREE)
			return STRAYED;
		if (pool_kind(link) == POOL_LIVE && same_key(h, elem, key)) {
			if (sync_load(pool_link(&h->pool, elem)) != link || sync_load(prev) != word)
				return STRAYED;
			*ret_elem = elem;
			*ret_link = link;
			return 1;
		}
		prev = pool_link(&h->pool, elem);
		word = link;
		index = (uint32_t)word;
	}
	return 0;
}

uint32_t hash_seek(const struct hash *h, uint32_t bucket, const void *key, uint64_t *ret_link)
{
	uint32_t elem = POOL_NONE;

	for (int tries = 0; tries < MAX_RESTARTS; tries++)
		if (peek_once(h, bucket, key, &elem, ret_link) != STRAYED)
			break;
	return elem;
}

/* Points *prev past the marked element; the new word of *prev, or 0 when *prev had changed. */
static uint64_t step_past(struct hash *h, uint64_t *prev, uint64_t word, uint32_t elem,
			  uint64_t marked, uint32_t hint)
{
	uint64_t next = pool_word(POOL_LIVE, word, (uint32_t)marked);

	if (!sync_cas(prev, word, next))
		return 0;
	pool_give(&h->pool, elem, marked, hint, pool_kind(marked) == POOL_REPLACED);
	return next;
}

static int find_once(struct hash *h, uint32_t bucket, const void *key, struct hash_pos *pos)
{
	uint64_t *prev = &h->buckets[bucket], *link_at;
	uint64_t word = sync_load(prev), link;
	uint32_t n = pool_n(&h->pool), index = (uint32_t)word, elem, hops = 0;

	pos->head = word;
	for (; !is_end(index, bucket, prev == &h->buckets[bucket]); hops++) {
		elem = index - 1;
		if (elem >= n || hops > 2 * n)
			return STRAYED;
		link_at = pool_link(&h->pool, elem);
		link = sync_load(link_at);
		if (pool_kind(link) >= POOL_FREE)
			return STRAYED;
		if (pool_kind(link) != POOL_LIVE) {
			word = step_past(h, prev, word, elem, link, bucket);
			if (!word)
				return STRAYED;
			if (prev == &h->buckets[bucket])
				pos->head = word;
			index = (uint32_t)word;
			continue;
		}
		if (key && same_key(h, elem, key)) {
			if (sync_load(link_at) != link || sync_load(prev) != word)
				return STRAYED;
			*pos = (struct hash_pos){ prev, word, link, pos->head, elem };
			return 1;
		}
		prev = link_at;
		word = link;
		index = (uint32_t)word;
	}
	return 0;
}

int hash_find(struct hash *h, uint32_t bucket, const void *key, struct hash_pos *ret_pos)
{
	int ret = STRAYED;

	for (int tries = 0; tries < MAX_RESTARTS && ret == STRAYED; tries++)
		ret = find_once(h, bucket, key, ret_pos);
	return ret == STRAYED ? -EBUSY : ret;
}

void hash_unlink(struct hash *h, uint32_t bucket, const struct hash_pos *pos, uint64_t marked)
{
	struct hash_pos other;

	if (!step_past(h, pos->prev, pos->prev_word, pos->elem, marked, bucket))
		hash_find(h, bucket, NULL, &other);
}
