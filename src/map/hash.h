/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a hash map laid out, and how is a key found in it?
 *
 * A group of 32 bytes names up to five elements {version, link, key, value} and says seven bits of
 * each one's hash, so that one load tells which of them to look at.  A key lives in the chain of
 * groups that begins at its home; hardly any chain has more than one.  Readers take no lock.
 * Writers of one home take turns by the lock of its stripe, which a waiter takes over from a dead
 * owner: each store leaves the map sound, so that a death loses an element at most, until
 * hash_recover() finds it.
 *
 * What readers rely on: an element is filled, its version first, while no group names it; a lane's
 * element is stored before its tag; an element that takes another's place takes its lane; a group
 * leaves a chain before its stripe's `moves` grows, and is used again after.
 */
#ifndef MAP_HASH_H
#define MAP_HASH_H

#include "map/priv.h"

enum {
	HASH_LANES = 5,
	HASH_LANE_BITS = 8,
	HASH_MAX_STRIPES = 256
};

#define HASH_NONE   UINT32_MAX
#define HASH_FACTOR 0x9fb21c651e98df25ULL
#define HASH_ONES   0x0101010101ull /* the lowest bit of every lane, and */
#define HASH_HIGHS  0x8080808080ull /* the highest, which no tag has */
#define HASH_MARK   (1ull << 63)    /* of a group: in a chain; only while all locks are held */

struct hash_group {
	uint64_t tags;             /* a lane's tag, 0: it is empty */
	uint32_t elem[HASH_LANES]; /* index + 1 */
	uint32_t next;             /* index + 1 of an overflow group */
};

#define HASH_LIVE                                                                       \
	0x80000000u /* an element's link while a group names it; else: next on its list \
		     */

struct hash_elem {
	uint32_t version, link;
	uint64_t key[];
};

struct hash_turn {
	uint32_t lock;
	uint32_t parked; /* an element for the next replacement: index + 1; 0: the first one */
};

struct hash_shared {
	uint64_t seed;
	uint32_t hand;    /* of the clock that evicts from LRU maps */
	uint32_t suspect; /* a writer died */
	uint8_t pad[48];
	uint32_t fresh, fresh_groups; /* never used from here on */
	uint8_t pad2[56];
	struct hash_turn turns[HASH_MAX_STRIPES];
	uint32_t free[HASH_MAX_STRIPES];        /* elements, index + 1 */
	uint32_t free_groups[HASH_MAX_STRIPES]; /* overflow groups, index + 1 */
	uint32_t moves[HASH_MAX_STRIPES];
};

struct hash {
	struct hash_shared *shared;
	struct hash_group *groups, *overflow;
	char *elems;
	uint64_t seed, elem_size;
	uint32_t mask, n_overflow;
	uint32_t n_main, n_stripes, n_elems; /* as many as entries, one more for each stripe */
	uint32_t key_size;
	uint32_t value_off;  /* of the value in an element, or */
	uint32_t value_size; /* per-CPU: of one slot's copy */
	char *values;        /* per-CPU: rows of copies, one row for each slot */
	size_t row_size;
	uint32_t n_words; /* of a value that is nothing but words and replaced as a whole; 0: it is
			     not */
	uint8_t *recent;  /* LRU: looked up since the hand came by */
};

/* Where in a chain something is: `before` is the group before `group`, NULL at the home. */
struct hash_place {
	struct hash_group *group, *before;
	uint32_t lane, elem;
};

static inline uint32_t hash_get(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline void hash_put(uint32_t *p, uint32_t v)
{
	sync_stall();
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}

static inline struct hash_elem *hash_elem_at(const struct hash *h, uint32_t elem)
{
	return (struct hash_elem *)(void *)(h->elems + h->elem_size * elem);
}

static inline void *hash_value_at(const struct hash *h, uint32_t elem, uint32_t slot)
{
	if (h->values)
		return h->values + h->row_size * slot + (size_t)h->value_size * elem;
	return (char *)hash_elem_at(h, elem) + h->value_off;
}

static inline uint32_t hash_stripe(const struct hash *h, uint64_t sum)
{
	return (uint32_t)sum & h->mask & (h->n_stripes - 1);
}

/* The overflow group behind `group`: NULL at the end. */
static inline struct hash_group *hash_next(const struct hash *h, const struct hash_group *group)
{
	uint32_t next = hash_get(&group->next);

	return next - 1 < h->n_overflow ? &h->overflow[next - 1] : NULL;
}

/*
 * Keys.
 */

static inline uint64_t hash_word(const char *p, uint32_t n)
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

/* Inlined with a constant size where one is common. */
static inline __attribute__((always_inline)) uint64_t hash_sum_n(const struct hash *h,
								 const void *key, uint32_t size)
{
	const char *p = key;
	uint64_t sum = h->seed ^ size;

	for (uint32_t n = size; n; p += 8) {
		__extension__ unsigned __int128 product =
			(unsigned __int128)(sum ^ hash_word(p, n)) * HASH_FACTOR;

		sum = (uint64_t)product ^ (uint64_t)(product >> 64);
		n = n > 8 ? n - 8 : 0;
	}
	return sum;
}

/* Keys in elements are padded to whole words with zeros. */
static inline __attribute__((always_inline)) bool hash_same_n(const struct hash_elem *elem,
							      const void *key, uint32_t size)
{
	const uint64_t *at = elem->key;
	const char *p = key;

	for (uint32_t n = size; n; p += 8, at++) {
		if (sync_load(at) != hash_word(p, n))
			return false;
		n = n > 8 ? n - 8 : 0;
	}
	return true;
}

/*
 * Tags.
 */

static inline uint64_t hash_tag(uint64_t sum)
{
	uint64_t tag = sum >> (64 - HASH_LANE_BITS + 1);

	return tag ? tag : 1;
}

/* The highest bit of each lane that equals the tag: a difference leaves less than that bit, and
 * nothing is borrowed from the next lane. */
static inline uint64_t hash_match(uint64_t tags, uint64_t tag)
{
	return (HASH_HIGHS - (tags ^ tag * HASH_ONES)) & HASH_HIGHS;
}

static inline uint32_t hash_lane(uint64_t match)
{
	return (uint32_t)__builtin_ctzll(match) / HASH_LANE_BITS;
}

static inline uint64_t hash_lane_mask(uint32_t lane)
{
	return ((1ull << HASH_LANE_BITS) - 1) << lane * HASH_LANE_BITS;
}

static inline bool hash_is_empty(uint64_t tags)
{
	return !(tags & ((1ull << HASH_LANES * HASH_LANE_BITS) - 1));
}

/* hash_find.c: */
uint64_t hash_sum(const struct hash *h, const void *key);
/* Without the lock: the element, HASH_NONE when absent; *ret_version (may be NULL) is the element's
 * while it was in that place. */
uint32_t hash_seek(const struct hash *h, uint64_t sum, const void *key,
		   struct hash_place *ret_place, uint32_t *ret_version);
/* With it: 1 found, 0 absent (then place is where it would go, lane HASH_LANES: behind a full
 * group), -EBUSY: no history of sound operations leads here. */
int hash_find(const struct hash *h, uint64_t sum, const void *key, struct hash_place *ret_place);
/* Copies between that value is whole and still the key's. */
bool hash_still(const struct hash *h, const struct hash_place *place, uint32_t version);

/* hash_fast.c: as hash_seek(). */
uint32_t hash_seek_fast(const struct hash *h, const void *key);
/* hash.c: what hash_fast.c leaves. */
int hash_update_any(struct map *map, const void *key, const void *value, uint64_t flags);
/* With the lock of the key's stripe; -EAGAIN: others were in the way. */
int hash_store_locked(struct map *map, uint64_t sum, const void *key, const void *value,
		      uint64_t flags, int64_t slot);

/* hash_stock.c: */
int hash_lock(struct hash *h, uint32_t stripe);
/* With no lock held: waits for all who hold one now.  -EBUSY: for somebody in vain. */
int hash_meet(struct hash *h);

static inline bool hash_try_lock(struct hash *h, uint32_t stripe)
{
	return sync_try_lock(&h->shared->turns[stripe].lock);
}

static inline void hash_unlock(struct hash *h, uint32_t stripe)
{
	sync_stall();
	sync_unlock(&h->shared->turns[stripe].lock);
}

/* The rest with the stripe's lock held.  An element for a new key, HASH_NONE: there is none, with
 * *ret_busy when others were in the way who will not be for long. */
uint32_t hash_take(struct hash *h, uint32_t stripe, bool *ret_busy);
static inline void hash_give(struct hash *h, uint32_t stripe, uint32_t elem)
{
	uint32_t *list = &h->shared->free[stripe];

	hash_put(&hash_elem_at(h, elem)->link, hash_get(list) & ~HASH_LIVE);
	hash_put(list, elem + 1);
}

/* An element to put in another's place, and what was there back. */
uint32_t hash_unpark(struct hash *h, uint32_t stripe);
void hash_park(struct hash *h, uint32_t stripe, uint32_t elem);
/* Into an empty lane; a lane of HASH_LANES asks for a group more.  False: there is none. */
bool hash_publish(struct hash *h, uint64_t sum, struct hash_place *place, uint32_t elem);
void hash_withdraw(struct hash *h, uint32_t stripe, const struct hash_place *place);

#endif
