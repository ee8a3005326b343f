/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do programs do to a hash map nearly always?  They look up a key that the first group has,
 * put another value in its place, insert it where a lane is empty, delete it: by key size, without
 * a call.  Whatever else there is goes the general way (hash.c), with the lock held if it is.
 */
#include "map/hash.h"

#include <errno.h>

#define INLINE static inline __attribute__((always_inline))

/* The element that the first tag names, if it has the key, or NULL.  It is named there after its
 * key was found in it, so its value was whole. */
INLINE char *first_match(const struct hash *h, uint64_t sum, const void *key, uint32_t size,
			 uint32_t *ret_elem)
{
	const struct hash_group *group = &h->groups[(uint32_t)sum & h->mask];
	uint64_t match = hash_match(sync_load(&group->tags), hash_tag(sum));
	const uint32_t *name;
	struct hash_elem *e;
	uint32_t elem;

	if (!match)
		return NULL;
	name = &group->elem[hash_lane(match)];
	elem = hash_get(name);
	if (elem - 1 >= h->n_elems)
		return NULL;
	e = hash_elem_at(h, elem - 1);
	*ret_elem = elem - 1;
	return hash_same_n(e, key, size) && hash_get(name) == elem ? (char *)e : NULL;
}

INLINE bool may_be_elsewhere(const struct hash *h, uint64_t sum)
{
	const struct hash_group *group = &h->groups[(uint32_t)sum & h->mask];

	return hash_match(sync_load(&group->tags), hash_tag(sum)) || hash_get(&group->next);
}

static __attribute__((noinline)) uint32_t seek_elsewhere(const struct hash *h, const void *key,
							 uint64_t sum)
{
	struct hash_place place;

	return hash_seek(h, sum, key, &place, NULL);
}

INLINE uint32_t seek(const struct hash *h, const void *key, uint32_t size)
{
	uint64_t sum = hash_sum_n(h, key, size);
	uint32_t elem;

	if (__builtin_expect(!!first_match(h, sum, key, size, &elem), 1))
		return elem;
	return may_be_elsewhere(h, sum) ? seek_elsewhere(h, key, sum) : HASH_NONE;
}

uint32_t hash_seek_fast(const struct hash *h, const void *key)
{
	switch (h->key_size) {
	case 4: return seek(h, key, 4);
	case 8: return seek(h, key, 8);
	case 16: return seek(h, key, 16);
	default: return seek(h, key, h->key_size);
	}
}

static __attribute__((noinline)) void *lookup_elsewhere(const struct hash *h, const void *key,
							uint64_t sum)
{
	struct hash_place place;
	uint32_t elem = hash_seek(h, sum, key, &place, NULL);

	return elem == HASH_NONE ? NULL : (char *)hash_elem_at(h, elem) + h->value_off;
}

INLINE void *lookup(const struct hash *h, const void *key, uint32_t size)
{
	uint64_t sum = hash_sum_n(h, key, size);
	uint32_t elem;
	char *e = first_match(h, sum, key, size, &elem);

	if (__builtin_expect(!!e, 1))
		return e + h->value_off;
	return may_be_elsewhere(h, sum) ? lookup_elsewhere(h, key, sum) : NULL;
}

/* The lane of the group that has the key; HASH_LANES: not the one that its tag says. */
INLINE uint32_t lane_of(const struct hash *h, const struct hash_group *group, uint64_t sum,
			const void *key, uint32_t size, uint32_t *ret_elem)
{
	uint64_t match = hash_match(sync_load(&group->tags), hash_tag(sum));
	uint32_t lane, elem;

	if (!match)
		return HASH_LANES;
	lane = hash_lane(match);
	elem = hash_get(&group->elem[lane]) - 1;
	*ret_elem = elem;
	return elem < h->n_elems && hash_same_n(hash_elem_at(h, elem), key, size) ? lane
										  : HASH_LANES;
}

/* Links are for lists and for what LRU maps evict: these elements are neither. */
INLINE void fill(const struct hash *h, uint32_t elem, const void *key, const void *value,
		 uint32_t size)
{
	struct hash_elem *e = hash_elem_at(h, elem);

	hash_put(&e->version, hash_get(&e->version) + 1);
	for (uint32_t k = 0; k < size; k += 8)
		sync_store(&e->key[k / 8], hash_word((const char *)key + k, size - k));
	sync_copy_in((char *)e + h->value_off, value, 8 * (size_t)h->n_words);
}

INLINE bool replace(struct hash *h, struct hash_group *group, uint64_t sum, const void *key,
		    const void *value, uint32_t size)
{
	uint32_t *parked = &h->shared->turns[hash_stripe(h, sum)].parked, elem, old;
	uint32_t lane = lane_of(h, group, sum, key, size, &old);

	if (lane == HASH_LANES)
		return false;
	elem = hash_get(parked);
	elem = elem ? elem - 1 : h->n_main + hash_stripe(h, sum);
	if (elem >= h->n_elems)
		return false;
	hash_put(parked, HASH_NONE);
	fill(h, elem, key, value, size);
	hash_put(&group->elem[lane], elem + 1);
	hash_put(parked, old + 1);
	return true;
}

INLINE bool insert(struct hash *h, struct hash_group *group, uint64_t sum, const void *key,
		   const void *value, uint32_t size)
{
	uint64_t tags = sync_load(&group->tags), empty = hash_match(tags, 0);
	uint32_t *list = &h->shared->free[hash_stripe(h, sum)], elem = hash_get(list) - 1;
	uint32_t lane;

	if (hash_match(tags, hash_tag(sum)) || hash_get(&group->next) || !empty ||
	    elem >= h->n_elems)
		return false;
	lane = hash_lane(empty);
	hash_put(list, hash_get(&hash_elem_at(h, elem)->link));
	fill(h, elem, key, value, size);
	hash_put(&group->elem[lane], elem + 1);
	sync_store(&group->tags, tags | hash_tag(sum) << lane * HASH_LANE_BITS);
	return true;
}

INLINE int update(struct map *map, const void *key, const void *value, uint64_t flags,
		  uint32_t size)
{
	struct hash *h = map->priv;
	uint64_t sum = hash_sum_n(h, key, size);
	struct hash_group *group = &h->groups[(uint32_t)sum & h->mask];
	uint32_t stripe = hash_stripe(h, sum);
	int err = 0;

	if (!h->n_words || flags > BPF_EXIST || !hash_try_lock(h, stripe))
		return hash_update_any(map, key, value, flags);
	if (!(flags != BPF_NOEXIST && replace(h, group, sum, key, value, size)) &&
	    !(flags != BPF_EXIST && insert(h, group, sum, key, value, size)))
		err = hash_store_locked(map, sum, key, value, flags, 0);
	hash_unlock(h, stripe);
	return err == -EAGAIN ? hash_update_any(map, key, value, flags) : err;
}

INLINE int remove_key(struct map *map, const void *key, uint32_t size)
{
	struct hash *h = map->priv;
	uint64_t sum = hash_sum_n(h, key, size);
	struct hash_group *group = &h->groups[(uint32_t)sum & h->mask];
	uint32_t stripe = hash_stripe(h, sum), lane, elem;

	if (!hash_try_lock(h, stripe))
		return hash_user_take(map, key, NULL, 0);
	lane = lane_of(h, group, sum, key, size, &elem);
	if (lane != HASH_LANES) {
		sync_store(&group->tags, sync_load(&group->tags) & ~hash_lane_mask(lane));
		hash_put(&group->elem[lane], 0);
		hash_give(h, stripe, elem);
	}
	hash_unlock(h, stripe);
	return lane == HASH_LANES ? hash_user_take(map, key, NULL, 0) : 0;
}

#define BY_SIZE(suffix, size)                                                        \
	void *hash_lookup##suffix(struct map *map, const void *key, uint32_t slot)   \
	{                                                                            \
		(void)slot;                                                          \
		return lookup(map->priv, key, size);                                 \
	}                                                                            \
	int hash_update##suffix(struct map *map, const void *key, const void *value, \
				uint64_t flags, uint32_t slot)                       \
	{                                                                            \
		(void)slot;                                                          \
		return update(map, key, value, flags, size);                         \
	}                                                                            \
	int hash_remove##suffix(struct map *map, const void *key)                    \
	{                                                                            \
		return remove_key(map, key, size);                                   \
	}

BY_SIZE(4, 4)
BY_SIZE(8, 8)
BY_SIZE(16, 16)
BY_SIZE(, ((struct hash *)map->priv)->key_size)
