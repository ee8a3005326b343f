/* SPDX-License-Identifier: BSD-2-Clause */
/* What do readers of a whole hash map see?  Values as the system call copies them, iteration by
 * key, by callback and by batch. */
#include "map/hash.h"

#include <errno.h>

enum {
	MAX_TRIES = 1000,
	AGAIN = -EAGAIN
};

/* A copy that belongs to the key: taken again when the element changed hands meanwhile. */
int hash_user_lookup(struct map *map, const void *key, void *ret_value, uint64_t flags)
{
	struct hash *h = map->priv;
	uint64_t sum = hash_sum(h, key);
	struct hash_place place;
	uint32_t version;

	for (int tries = 0; tries < MAX_TRIES; tries++) {
		uint32_t elem = hash_seek(h, sum, key, &place, &version);

		if (elem == HASH_NONE)
			return -ENOENT;
		map_value_out(map, ret_value, hash_value_at(h, elem, 0), flags);
		if (hash_still(h, &place, version))
			return 0;
	}
	return -EBUSY;
}

static void copies_out(const struct map *map, uint32_t elem, char *to)
{
	struct hash *h = map->priv;

	for (uint32_t s = 0; s < map->desc.slots; s++)
		sync_copy_out(to + (size_t)h->value_size * s, hash_value_at(h, elem, s),
			      h->value_size);
}

int pchash_user_lookup(struct map *map, const void *key, void *ret_value, uint64_t flags)
{
	struct hash *h = map->priv;
	struct hash_place place;
	uint32_t elem = hash_seek(h, hash_sum(h, key), key, &place, NULL);

	(void)flags;
	if (elem == HASH_NONE)
		return -ENOENT;
	copies_out(map, elem, ret_value);
	return 0;
}

static void value_out(const struct map *map, uint32_t elem, void *ret_value, uint64_t flags)
{
	struct hash *h = map->priv;

	if (h->values)
		copies_out(map, elem, ret_value);
	else
		map_value_out(map, ret_value, hash_value_at(h, elem, 0), flags);
}

/* Without @ret_value it is a removal. */
int hash_user_take(struct map *map, const void *key, void *ret_value, uint64_t flags)
{
	struct hash *h = map->priv;
	uint64_t sum = hash_sum(h, key);
	uint32_t stripe = hash_stripe(h, sum);
	struct hash_place place;
	int err = hash_lock(h, stripe), found;

	if (err)
		return err;
	found = hash_find(h, sum, key, &place);
	if (found == 1) {
		if (ret_value)
			value_out(map, place.elem, ret_value, flags);
		hash_withdraw(h, stripe, &place);
		hash_give(h, stripe, place.elem);
	}
	hash_unlock(h, stripe);
	return found == 1 ? 0 : found ? found : -ENOENT;
}

/* A walk over the keys of one home; it ends early when a group it stood on was used again. */
struct walk {
	const struct hash_group *group;
	uint32_t lane, elem, version, hops;
	uint32_t stripe, moves;
};

static struct walk walk_of(const struct hash *h, uint32_t home)
{
	uint32_t stripe = hash_stripe(h, home);

	return (struct walk){ .group = &h->groups[home],
			      .stripe = stripe,
			      .moves = hash_get(&h->shared->moves[stripe]) };
}

static bool is_sound(const struct hash *h, const struct walk *w)
{
	return hash_get(&h->shared->moves[w->stripe]) == w->moves;
}

/* Does the element that the walk stands on still belong where it was found? */
static bool is_still(const struct hash *h, const struct walk *w)
{
	return hash_get(&w->group->elem[w->lane]) == w->elem + 1 &&
	       hash_get(&hash_elem_at(h, w->elem)->version) == w->version;
}

/* Is there something in the walk's lane? */
static bool lane_has(const struct hash *h, struct walk *w)
{
	if (!(sync_load(&w->group->tags) & hash_lane_mask(w->lane)))
		return false;
	w->elem = hash_get(&w->group->elem[w->lane]) - 1;
	if (w->elem >= h->n_elems)
		return false;
	w->version = hash_get(&hash_elem_at(h, w->elem)->version);
	return true;
}

/* From the walk's lane on. */
static bool walk_next(const struct hash *h, struct walk *w)
{
	while (w->group && w->hops <= h->n_overflow) {
		for (; w->lane < HASH_LANES; w->lane++)
			if (lane_has(h, w))
				return true;
		w->group = hash_next(h, w->group);
		w->lane = 0;
		w->hops++;
	}
	return false;
}

/* 1: a key of this home, at the walk's lane or behind; 0: none; -EAGAIN: it did not hold still. */
static int key_out(const struct hash *h, struct walk *w, void *ret_key)
{
	if (!walk_next(h, w))
		return is_sound(h, w) ? 0 : AGAIN;
	sync_copy_out(ret_key, hash_elem_at(h, w->elem)->key, h->key_size);
	return is_still(h, w) && is_sound(h, w) ? 1 : AGAIN;
}

static int first_of(const struct hash *h, uint32_t home, void *ret_key)
{
	int got = AGAIN;

	for (int tries = 0; got == AGAIN && tries < MAX_TRIES; tries++) {
		struct walk w = walk_of(h, home);

		got = key_out(h, &w, ret_key);
	}
	return got == 1;
}

/* 1: the key after `key` in its home; 0: it is the last there; -ENOENT: there is no such key. */
static int next_of(const struct hash *h, uint64_t sum, const void *key, void *ret_key)
{
	int got = AGAIN;

	for (int tries = 0; got == AGAIN && tries < MAX_TRIES; tries++) {
		struct walk w = walk_of(h, (uint32_t)sum & h->mask);
		struct hash_place place;

		if (hash_seek(h, sum, key, &place, NULL) == HASH_NONE)
			return -ENOENT;
		w.group = place.group;
		w.lane = place.lane + 1;
		got = key_out(h, &w, ret_key);
	}
	return got == 1;
}

int hash_next_key(struct map *map, const void *key, void *ret_key)
{
	struct hash *h = map->priv;
	uint32_t home = 0;

	if (key) {
		uint64_t sum = hash_sum(h, key);
		int ret = next_of(h, sum, key, ret_key);

		if (ret == 1)
			return 0;
		home = ret < 0 ? 0 : ((uint32_t)sum & h->mask) + 1;
	}
	for (; home <= h->mask; home++)
		if (first_of(h, home, ret_key))
			return 0;
	return -ENOENT;
}

/* The callback may change the map.  When that takes the walk's group away, the rest of the home is
 * left out. */
static bool each_of(struct map *map, uint32_t home, uint32_t slot, map_each_fn fn, void *arg,
		    int64_t *n)
{
	struct hash *h = map->priv;
	struct walk w = walk_of(h, home);

	for (; is_sound(h, &w) && walk_next(h, &w); w.lane++) {
		++*n;
		if (fn(arg, map, hash_elem_at(h, w.elem)->key, hash_value_at(h, w.elem, slot)))
			return false;
	}
	return true;
}

int64_t hash_for_each(struct map *map, uint32_t slot, map_each_fn fn, void *arg)
{
	struct hash *h = map->priv;
	int64_t n = 0;

	if (h->values && slot >= map->desc.slots)
		return -EINVAL;
	for (uint32_t home = 0; home <= h->mask; home++)
		if (!each_of(map, home, h->values ? slot : 0, fn, arg, &n))
			break;
	return n;
}

/* Keys and values of one home; their number or -ENOSPC when there are more than `room`. */
static int64_t gather(struct map *map, uint32_t home, char *keys, char *values, uint64_t flags,
		      uint32_t room)
{
	struct hash *h = map->priv;
	size_t value_size = map_user_value_size(map);
	struct walk w = walk_of(h, home);
	uint32_t n = 0;

	for (; walk_next(h, &w); w.lane++) {
		if (n == room)
			return -ENOSPC;
		value_out(map, w.elem, values + value_size * n, flags);
		sync_copy_out(keys + (size_t)h->key_size * n, hash_elem_at(h, w.elem)->key,
			      h->key_size);
		if (!is_still(h, &w))
			return AGAIN;
		n++;
	}
	return is_sound(h, &w) ? (int64_t)n : AGAIN;
}

static uint32_t take_all(struct map *map, char *keys, char *values, uint64_t flags, uint32_t n)
{
	size_t value_size = map_user_value_size(map), key_size = map->desc.key_size;
	uint32_t taken = 0;

	for (uint32_t k = 0; k < n; k++) {
		__builtin_memmove(keys + key_size * taken, keys + key_size * k, key_size);
		if (!hash_user_take(map, keys + key_size * taken, values + value_size * taken,
				    flags))
			taken++;
	}
	return taken;
}

int hash_batch(struct map *map, const struct map_batch *b)
{
	struct hash *h = map->priv;
	uint32_t max = *b->count, done = 0, home = b->in ? map_u32(b->in) : 0;
	char *keys = b->keys, *values = b->values;
	int64_t n = 0;

	*b->count = 0;
	if (!max)
		return 0;
	if (home > h->mask)
		return -ENOENT;
	for (; home <= h->mask; home++) {
		int tries = 0;

		do {
			n = gather(map, home, keys, values, b->elem_flags, max - done);
		} while (n == AGAIN && ++tries < MAX_TRIES);
		if (n < 0)
			break;
		if (b->and_delete)
			n = take_all(map, keys, values, b->elem_flags, (uint32_t)n);
		done += (uint32_t)n;
		keys += (size_t)h->key_size * (size_t)n;
		values += map_user_value_size(map) * (size_t)n;
	}
	if (n == -ENOSPC && !done)
		return -ENOSPC;
	*b->count = done;
	__builtin_memcpy(b->out, &home, sizeof(home));
	return home > h->mask ? -ENOENT : n == AGAIN ? -EBUSY : 0;
}
