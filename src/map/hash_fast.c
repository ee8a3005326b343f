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

/* What writers of a key stand before, its stripe's lock held: the tags of its home, and the lane
 * and the element that the first tag like its own names. */
struct target {
	uint64_t tags;
	uint32_t lane, elem; /* lane HASH_LANES: that is not the key */
};

INLINE struct target aim(const struct hash *h, const struct hash_group *group, uint64_t sum,
			 const void *key, uint32_t size)
{
	struct target t = { .tags = sync_load(&group->tags), .lane = HASH_LANES };
	uint64_t match = hash_match(t.tags, hash_tag(sum));
	uint32_t lane;

	if (!match)
		return t;
	lane = hash_lane(match);
	t.elem = hash_get(&group->elem[lane]) - 1;
	if (t.elem < h->n_elems && hash_same_n(hash_elem_at(h, t.elem), key, size))
		t.lane = lane;
	return t;
}

/* Links are for lists and for what LRU maps evict: these elements are neither. */
INLINE void fill(const struct hash *h, struct hash_elem *e, const void *key, const void *value,
		 uint32_t size)
{
	hash_put(&e->version, hash_get(&e->version) + 1);
	for (uint32_t k = 0; k < size; k += 8)
		sync_store(&e->key[k / 8], hash_word((const char *)key + k, size - k));
	sync_copy_in((char *)e + h->value_off, value, 8 * (size_t)h->n_words);
}

INLINE bool replace(struct hash *h, struct hash_group *group, uint32_t stripe,
		    const struct target *t, const void *key, const void *value, uint32_t size)
{
	uint32_t *parked = &h->shared->turns[stripe].parked, elem = hash_get(parked);

	elem = elem ? elem - 1 : h->n_main + stripe;
	if (elem >= h->n_elems)
		return false;
	hash_put(parked, HASH_NONE);
	fill(h, hash_elem_at(h, elem), key, value, size);
	hash_put(&group->elem[t->lane], elem + 1);
	hash_put(parked, t->elem + 1);
	return true;
}

INLINE bool insert(struct hash *h, struct hash_group *group, uint32_t stripe, uint64_t sum,
		   const struct target *t, const void *key, const void *value, uint32_t size)
{
	uint64_t empty = hash_match(t->tags, 0);
	uint32_t *list = &h->shared->free[stripe], elem = hash_get(list) - 1, lane;
	struct hash_elem *e = hash_elem_at(h, elem);

	if (!empty || elem >= h->n_elems || hash_match(t->tags, hash_tag(sum)) ||
	    hash_get(&group->next))
		return false;
	lane = hash_lane(empty);
	hash_put(list, hash_get(&e->link));
	fill(h, e, key, value, size);
	hash_put(&group->elem[lane], elem + 1);
	sync_store(&group->tags, t->tags | hash_tag(sum) << lane * HASH_LANE_BITS);
	return true;
}

INLINE bool update_home(struct hash *h, struct hash_group *group, uint32_t stripe, uint64_t sum,
			const void *key, const void *value, uint64_t flags, uint32_t size)
{
	struct target t = aim(h, group, sum, key, size);

	if (t.lane == HASH_LANES)
		return flags != BPF_EXIST && insert(h, group, stripe, sum, &t, key, value, size);
	return flags != BPF_NOEXIST && replace(h, group, stripe, &t, key, value, size);
}

/*
 * What is rare is left to functions called last, so that there is nothing to keep for it.
 */

static __attribute__((noinline)) int give_way(const uint32_t *lock)
{
	sync_give_way(lock);
	return 0;
}

INLINE int end(uint32_t *lock, const struct sync_turn *turn)
{
	sync_stall();
	return __builtin_expect(sync_leave(lock, turn), 0) ? give_way(lock) : 0;
}

static __attribute__((noinline)) int
update_and_unlock(struct map *map, uint64_t sum, const void *key, const void *value, uint64_t flags)
{
	int err = hash_store_locked(map, sum, key, value, flags, 0);

	hash_unlock(map->priv, hash_stripe(map->priv, sum));
	return err == -EAGAIN ? hash_update_any(map, key, value, flags) : err;
}

static __attribute__((noinline)) int unlock_and_remove(struct map *map, uint64_t sum,
						       const void *key)
{
	hash_unlock(map->priv, hash_stripe(map->priv, sum));
	return hash_user_take(map, key, NULL, 0);
}

INLINE int update(struct map *map, const void *key, const void *value, uint64_t flags,
		  uint32_t size)
{
	struct hash *h = map->priv;
	uint64_t sum = hash_sum_n(h, key, size);
	struct hash_group *group = &h->groups[(uint32_t)sum & h->mask];
	uint32_t stripe = hash_stripe(h, sum), *lock = &h->shared->turns[stripe].lock;
	struct sync_turn turn;

	if (!h->n_words || flags > BPF_EXIST || !sync_try_begin(lock, &turn))
		return hash_update_any(map, key, value, flags);
	if (!update_home(h, group, stripe, sum, key, value, flags, size))
		return update_and_unlock(map, sum, key, value, flags);
	return end(lock, &turn);
}

INLINE int remove_key(struct map *map, const void *key, uint32_t size)
{
	struct hash *h = map->priv;
	uint64_t sum = hash_sum_n(h, key, size);
	struct hash_group *group = &h->groups[(uint32_t)sum & h->mask];
	uint32_t stripe = hash_stripe(h, sum), *lock = &h->shared->turns[stripe].lock;
	struct sync_turn turn;
	struct target t;

	if (!sync_try_begin(lock, &turn))
		return hash_user_take(map, key, NULL, 0);
	t = aim(h, group, sum, key, size);
	if (t.lane == HASH_LANES)
		return unlock_and_remove(map, sum, key);
	sync_store(&group->tags, t.tags & ~hash_lane_mask(t.lane));
	hash_put(&group->elem[t.lane], 0);
	hash_give(h, stripe, t.elem);
	return end(lock, &turn);
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
