/* SPDX-License-Identifier: BSD-2-Clause */
/* What do readers of a whole hash map see?  Values as the system call copies them, iteration by
 * key, by callback and by batch, and the sweep that gives back what dead threads left. */
#include "map/hash.h"

#include <errno.h>

#include "base/alloc.h"

enum {
	MAX_TRIES = 1000,
	STRAYED = 2,
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

/* First live element of a chain from `index` on.  1: found, 0: end, STRAYED. */
static int live_from(const struct hash *h, uint32_t bucket, uint32_t index, bool at_head,
		     uint32_t *ret_elem, uint64_t *ret_link)
{
	uint32_t n = pool_n(&h->pool);

	for (uint32_t hops = 0; hops <= n; hops++) {
		uint64_t link;

		if (index == (POOL_END | bucket) || (at_head && !index))
			return 0;
		at_head = false;
		if (index - 1 >= n)
			return STRAYED;
		link = sync_load(pool_link(&h->pool, index - 1));
		if (pool_kind(link) >= POOL_FREE)
			return STRAYED;
		if (pool_kind(link) == POOL_LIVE) {
			*ret_elem = index - 1;
			*ret_link = link;
			return 1;
		}
		index = (uint32_t)link;
	}
	return STRAYED;
}

static int key_out(const struct hash *h, uint32_t elem, uint64_t link, void *ret_key)
{
	sync_copy_out(ret_key, hash_key_at(h, elem), h->key_size);
	return sync_load(pool_link(&h->pool, elem)) == link ? 1 : STRAYED;
}

static int first_of(const struct hash *h, uint32_t bucket, void *ret_key)
{
	uint32_t elem;
	uint64_t link;
	int ret = STRAYED;

	for (int tries = 0; ret == STRAYED && tries < MAX_TRIES; tries++) {
		ret = live_from(h, bucket, (uint32_t)sync_load(&h->buckets[bucket]), true, &elem,
				&link);
		if (ret == 1)
			ret = key_out(h, elem, link, ret_key);
	}
	return ret;
}

static int next_of(const struct hash *h, uint32_t bucket, const void *key, void *ret_key)
{
	uint32_t elem, next;
	uint64_t link, next_link;
	int ret;

	elem = hash_seek(h, bucket, key, &link);
	if (elem == POOL_NONE)
		return -ENOENT;
	ret = live_from(h, bucket, (uint32_t)link, false, &next, &next_link);
	return ret == 1 ? key_out(h, next, next_link, ret_key) : ret;
}

int hash_next_key(struct map *map, const void *key, void *ret_key)
{
	struct hash *h = map->priv;
	uint32_t bucket = 0;
	int ret = STRAYED;

	if (key) {
		bucket = hash_bucket(h, key);
		for (int tries = 0; ret == STRAYED && tries < MAX_TRIES; tries++)
			ret = next_of(h, bucket, key, ret_key);
		if (ret == 1)
			return 0;
		bucket = ret == -ENOENT ? 0 : bucket + 1;
	}
	for (; bucket <= h->mask; bucket++)
		if (first_of(h, bucket, ret_key) == 1)
			return 0;
	return -ENOENT;
}

int64_t hash_for_each(struct map *map, uint32_t slot, map_each_fn fn, void *arg)
{
	struct hash *h = map->priv;
	int64_t n = 0;

	if (h->values && slot >= map->desc.slots)
		return -EINVAL;
	for (uint32_t bucket = 0; bucket <= h->mask; bucket++) {
		uint32_t elem, index = (uint32_t)sync_load(&h->buckets[bucket]);
		uint32_t left = pool_n(&h->pool);
		bool at_head = true;
		uint64_t link;

		while (left-- && live_from(h, bucket, index, at_head, &elem, &link) == 1) {
			at_head = false;
			n++;
			if (fn(arg, map, hash_key_at(h, elem),
			       hash_value_at(h, elem, h->values ? slot : 0)))
				return n;
			index = (uint32_t)link;
		}
	}
	return n;
}

/* Keys and values of one bucket; their number or -ENOSPC when there are more than `room`. */
static int64_t gather(struct map *map, uint32_t bucket, char *keys, char *values, uint64_t flags,
		      uint32_t room)
{
	struct hash *h = map->priv;
	size_t value_size = map_user_value_size(map);
	uint32_t elem, n = 0, index = (uint32_t)sync_load(&h->buckets[bucket]);
	bool at_head = true;
	uint64_t link;
	int ret;

	while ((ret = live_from(h, bucket, index, at_head, &elem, &link)) == 1) {
		if (n == room)
			return -ENOSPC;
		value_out(map, elem, values + value_size * n, flags);
		if (key_out(h, elem, link, keys + (size_t)h->key_size * n) != 1)
			return AGAIN;
		n++;
		at_head = false;
		index = (uint32_t)link;
	}
	return ret ? AGAIN : (int64_t)n;
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
	struct hash_pos pos;

	for (int tries = 0; tries < MAX_TRIES; tries++) {
		uint32_t index, n = pool_n(&h->pool), hops = 0;

		if (hash_find(h, bucket, NULL, &pos) < 0)
			return false;
		index = (uint32_t)sync_load(&h->buckets[bucket]);
		if (!index)
			return true;
		for (; index - 1 < n && hops <= n; hops++) {
			uint64_t link = sync_load(pool_link(&h->pool, index - 1));

			if (pool_kind(link) >= POOL_FREE)
				break;
			used[(index - 1) / 8] |= (uint8_t)(1u << (index - 1) % 8);
			index = (uint32_t)link;
		}
		if (index == (POOL_END | bucket))
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
