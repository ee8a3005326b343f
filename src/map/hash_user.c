/* SPDX-License-Identifier: BSD-2-Clause */
/* What do readers of a whole hash map see?  Values as the system call copies them, iteration by
 * key, by callback and by batch, and the sweep that gives back what dead threads left. */
#include "map/hash.h"

#include <errno.h>

#include "base/alloc.h"

enum {
	MAX_TRIES = 1000,
	AGAIN = -EAGAIN
};

/* A copy that belongs to the key: taken again when the element changed hands meanwhile. */
int hash_user_lookup(struct map *map, const void *key, void *ret_value, uint64_t flags)
{
	struct hash *h = map->priv;
	uint32_t bucket = hash_bucket(h, key), elem;
	uint64_t link;

	for (int tries = 0; tries < MAX_TRIES; tries++) {
		elem = hash_seek(h, bucket, key, &link);
		if (elem == POOL_NONE)
			return -ENOENT;
		map_value_out(map, ret_value, hash_value_at(h, elem, 0), flags);
		if (sync_load(pool_link(&h->pool, elem)) == link)
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
	uint64_t link;
	uint32_t elem = hash_seek(h, hash_bucket(h, key), key, &link);

	(void)flags;
	if (elem == POOL_NONE)
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

int hash_user_take(struct map *map, const void *key, void *ret_value, uint64_t flags)
{
	struct hash *h = map->priv;
	uint32_t bucket = hash_bucket(h, key);
	struct hash_pos pos;

	for (int tries = 0; tries < MAX_TRIES; tries++) {
		int found = hash_find(h, bucket, key, &pos);
		uint64_t marked;

		if (found <= 0)
			return found ? found : -ENOENT;
		value_out(map, pos.elem, ret_value, flags);
		marked = pool_word(POOL_DELETED, pos.link, (uint32_t)pos.link);
		if (!sync_cas(pool_link(&h->pool, pos.elem), pos.link, marked))
			continue;
		hash_unlink(h, bucket, &pos, marked);
		return 0;
	}
	return -EBUSY;
}

static enum hash_step next_live(const struct hash *h, uint32_t bucket, struct hash_walk *w)
{
	enum hash_step step;

	do {
		step = hash_walk_next(h, bucket, w);
	} while (step == HASH_ELEM && pool_kind(w->link) != POOL_LIVE);
	return step;
}

/* The key of the next element, if it is that element's still. */
static enum hash_step next_key_out(const struct hash *h, uint32_t bucket, struct hash_walk *w,
				   void *ret_key)
{
	enum hash_step step = next_live(h, bucket, w);

	if (step != HASH_ELEM)
		return step;
	sync_copy_out(ret_key, hash_key_at(h, w->elem), h->key_size);
	return sync_load(w->prev) == w->link ? HASH_ELEM : HASH_STRAYED;
}

static enum hash_step first_of(const struct hash *h, uint32_t bucket, void *ret_key)
{
	enum hash_step step = HASH_STRAYED;

	for (int tries = 0; step == HASH_STRAYED && tries < MAX_TRIES; tries++) {
		struct hash_walk w = hash_walk_bucket(h, bucket);

		step = next_key_out(h, bucket, &w, ret_key);
	}
	return step;
}

/* 1: the key after `key` in its bucket; 0: it is the last there; -ENOENT: there is no such key. */
static int next_of(const struct hash *h, uint32_t bucket, const void *key, void *ret_key)
{
	enum hash_step step = HASH_STRAYED;

	for (int tries = 0; step == HASH_STRAYED && tries < MAX_TRIES; tries++) {
		uint64_t link;
		uint32_t elem = hash_seek(h, bucket, key, &link);
		struct hash_walk w;

		if (elem == POOL_NONE)
			return -ENOENT;
		w = hash_walk_from(pool_link(&h->pool, elem), link);
		step = next_key_out(h, bucket, &w, ret_key);
	}
	return step == HASH_ELEM;
}

int hash_next_key(struct map *map, const void *key, void *ret_key)
{
	struct hash *h = map->priv;
	uint32_t bucket = 0;
	int ret;

	if (key) {
		bucket = hash_bucket(h, key);
		ret = next_of(h, bucket, key, ret_key);
		if (ret == 1)
			return 0;
		bucket = ret < 0 ? 0 : bucket + 1;
	}
	for (; bucket <= h->mask; bucket++)
		if (first_of(h, bucket, ret_key) == HASH_ELEM)
			return 0;
	return -ENOENT;
}

/* The callback may delete the element it is shown, so the next one is looked up before.  When that
 * one is gone too, the rest of the bucket is left out. */
static bool each_of(struct map *map, uint32_t bucket, uint32_t slot, map_each_fn fn, void *arg,
		    int64_t *n)
{
	struct hash *h = map->priv;
	struct hash_walk w = hash_walk_bucket(h, bucket);
	enum hash_step step = next_live(h, bucket, &w);

	while (step == HASH_ELEM) {
		uint32_t elem = w.elem;

		step = next_live(h, bucket, &w);
		++*n;
		if (fn(arg, map, hash_key_at(h, elem), hash_value_at(h, elem, slot)))
			return false;
		if (step == HASH_ELEM && sync_load(w.prev) != w.word)
			step = HASH_STRAYED;
	}
	return true;
}

int64_t hash_for_each(struct map *map, uint32_t slot, map_each_fn fn, void *arg)
{
	struct hash *h = map->priv;
	int64_t n = 0;

	if (h->values && slot >= map->desc.slots)
		return -EINVAL;
	for (uint32_t bucket = 0; bucket <= h->mask; bucket++)
		if (!each_of(map, bucket, h->values ? slot : 0, fn, arg, &n))
			break;
	return n;
}

/* Keys and values of one bucket; their number or -ENOSPC when there are more than `room`. */
static int64_t gather(struct map *map, uint32_t bucket, char *keys, char *values, uint64_t flags,
		      uint32_t room)
{
	struct hash *h = map->priv;
	size_t value_size = map_user_value_size(map);
	struct hash_walk w = hash_walk_bucket(h, bucket);
	enum hash_step step;
	uint32_t n = 0;

	while ((step = next_live(h, bucket, &w)) == HASH_ELEM) {
		if (n == room)
			return -ENOSPC;
		value_out(map, w.elem, values + value_size * n, flags);
		sync_copy_out(keys + (size_t)h->key_size * n, hash_key_at(h, w.elem), h->key_size);
		if (sync_load(w.prev) != w.link)
			return AGAIN;
		n++;
	}
	return step == HASH_END ? (int64_t)n : AGAIN;
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
	uint32_t max = *b->count, done = 0, bucket = b->in ? map_u32(b->in) : 0;
	char *keys = b->keys, *values = b->values;
	int64_t n = 0;

	*b->count = 0;
	if (!max)
		return 0;
	if (bucket > h->mask)
		return -ENOENT;
	for (; bucket <= h->mask; bucket++) {
		int tries = 0;

		do {
			n = gather(map, bucket, keys, values, b->elem_flags, max - done);
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
	__builtin_memcpy(b->out, &bucket, sizeof(bucket));
	return bucket > h->mask ? -ENOENT : n == AGAIN ? -EBUSY : 0;
}

/* Marks the elements of a chain; false when it would not hold still. */
static bool mark_chain(struct hash *h, uint32_t bucket, uint8_t *used)
{
	for (int tries = 0; tries < MAX_TRIES; tries++) {
		enum hash_step step;
		struct hash_pos pos;
		struct hash_walk w;

		if (hash_find(h, bucket, NULL, &pos) < 0)
			return false;
		w = hash_walk_bucket(h, bucket);
		while ((step = hash_walk_next(h, bucket, &w)) == HASH_ELEM)
			used[w.elem / 8] |= (uint8_t)(1u << w.elem % 8);
		if (step == HASH_END)
			return true;
	}
	return false;
}

int hash_recover(struct map *map, map_dead_fn is_dead, void *arg)
{
	struct hash *h = map->priv;
	uint8_t *used;
	bool sound = true;
	int n = 0;

	if (sync_lock(&h->sweep_lock) < 0)
		return -EBUSY;
	used = mem_alloc(pool_n(&h->pool) / 8 + 1);
	for (uint32_t bucket = 0; used && sound && bucket <= h->mask; bucket++)
		sound = mark_chain(h, bucket, used);
	if (!used)
		n = -ENOMEM;
	else if (sound)
		n = pool_recover(&h->pool, &h->sweep, used, is_dead, arg);
	mem_free(used);
	sync_unlock(&h->sweep_lock);
	return n;
}
