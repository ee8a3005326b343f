/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where in a hash map is a key?  Walks a bucket's chain while others insert, replace, delete and
 * reuse elements.
 *
 * New elements enter a chain only at its head, so an insertion whose compare-and-swap of the bucket
 * word succeeds knows that nobody inserted the same key since it looked.  An element leaves in two
 * steps: its link word is marked (from then on it is gone, or its successor, named by the frozen
 * link, has taken its place), then the word before it is pointed past it.  Whoever does the second
 * step gives the element back.  A walk checks behind itself at every
 * step (hash_walk_next), and starts again when it may have strayed through a reused element; all
 * walks are bounded.
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

static enum hash_step seek_once(const struct hash *h, uint32_t bucket, const void *key,
				struct hash_walk *w)
{
	enum hash_step step;

	*w = hash_walk_bucket(h, bucket);
	while ((step = hash_walk_next(h, bucket, w)) == HASH_ELEM) {
		if (pool_kind(w->link) != POOL_LIVE || !same_key(h, w->elem, key))
			continue;
		return sync_load(w->prev) == w->link ? HASH_ELEM : HASH_STRAYED;
	}
	return step;
}

uint32_t hash_seek(const struct hash *h, uint32_t bucket, const void *key, uint64_t *ret_link)
{
	enum hash_step step = HASH_STRAYED;
	struct hash_walk w;

	for (int tries = 0; step == HASH_STRAYED && tries < MAX_RESTARTS; tries++)
		step = seek_once(h, bucket, key, &w);
	if (step != HASH_ELEM)
		return POOL_NONE;
	*ret_link = w.link;
	return w.elem;
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

static enum hash_step find_once(struct hash *h, uint32_t bucket, const void *key,
				struct hash_pos *pos)
{
	uint64_t *prev = &h->buckets[bucket];
	struct hash_walk w = hash_walk_bucket(h, bucket);
	enum hash_step step;

	pos->head = w.word;
	for (;;) {
		uint64_t word = w.word;

		step = hash_walk_next(h, bucket, &w);
		if (step != HASH_ELEM)
			return step;
		if (pool_kind(w.link) != POOL_LIVE) {
			word = step_past(h, prev, word, w.elem, w.link, bucket);
			if (!word)
				return HASH_STRAYED;
			if (prev == &h->buckets[bucket])
				pos->head = word;
			w.word = word;
			continue;
		}
		if (key && same_key(h, w.elem, key)) {
			*pos = (struct hash_pos){ prev, word, w.link, pos->head, w.elem };
			return sync_load(w.prev) == w.link ? HASH_ELEM : HASH_STRAYED;
		}
		prev = pool_link(&h->pool, w.elem);
	}
}

int hash_find(struct hash *h, uint32_t bucket, const void *key, struct hash_pos *ret_pos)
{
	enum hash_step step = HASH_STRAYED;

	for (int tries = 0; tries < MAX_RESTARTS && step == HASH_STRAYED; tries++)
		step = find_once(h, bucket, key, ret_pos);
	return step >= HASH_STRAYED ? -EBUSY : step == HASH_ELEM;
}

void hash_unlink(struct hash *h, uint32_t bucket, const struct hash_pos *pos, uint64_t marked)
{
	struct hash_pos other;

	if (!step_past(h, pos->prev, pos->prev_word, pos->elem, marked, bucket))
		hash_find(h, bucket, NULL, &other);
}
