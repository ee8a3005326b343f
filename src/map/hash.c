/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do hash maps do?  Plain, per-CPU, least-recently-used and of maps: the same chains
 * (hash_chain.c) over the same pool, differing in where a value lies and in what happens when the
 * pool is empty.  An update of a plain value puts a new element in the old one's place, so
 * readers see one or the other; per-CPU values are written in place, as in the kernel.
 */
#include "map/hash.h"

#include <errno.h>
#include <sys/random.h>

#include "base/alloc.h"

enum {
	MAX_TRIES = 10000,
	N_SPARE = 32,
	N_SPARE_LARGE = 8, /* for elements over a kilobyte */
	ALL_SLOTS = -1
};

struct layout {
	uint64_t n_buckets, n_elems, elem_size, n_spare;
	uint64_t buckets, elems, notes, recent, values, row_size, end;
};

static bool is_lru(const struct map_desc *d)
{
	return d->type == BPF_MAP_TYPE_LRU_HASH || d->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static bool is_percpu(const struct map_desc *d)
{
	return d->type == BPF_MAP_TYPE_PERCPU_HASH || d->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static uint64_t line(uint64_t n)
{
	return (n + 63) & ~(uint64_t)63;
}

static struct layout layout_of(const struct map_desc *d)
{
	struct layout l = { .n_buckets = 2 * map_round_pow2(d->max_entries) };

	l.elem_size = 8 + map_round8(d->key_size);
	if (!is_percpu(d))
		l.elem_size += map_round8(d->value_size);
	if (!is_percpu(d))
		l.n_spare = l.elem_size > 1024 ? N_SPARE_LARGE : N_SPARE;
	l.n_elems = (uint64_t)d->max_entries + l.n_spare;
	l.buckets = line(sizeof(struct hash_shared));
	l.elems = line(l.buckets + 8 * l.n_buckets);
	l.notes = line(l.elems + l.elem_size * l.n_elems);
	l.recent = line(l.notes + 4 * l.n_elems);
	l.values = line(l.recent + (is_lru(d) ? l.n_elems : 0));
	l.row_size = is_percpu(d) ? line(map_round8(d->value_size) * l.n_elems) : 0;
	l.end = l.values + l.row_size * d->slots;
	return l;
}

int hash_check(const struct map_desc *d)
{
	if (d->flags & BPF_F_NO_COMMON_LRU && !is_lru(d))
		return -EINVAL;
	if (d->flags & BPF_F_NO_PREALLOC && is_lru(d))
		return -MAP_ENOTSUPP;
	if (!d->max_entries || !d->key_size || !d->value_size)
		return -EINVAL;
	if ((uint64_t)d->key_size + d->value_size >= MAP_KMALLOC_MAX - 64)
		return -E2BIG;
	if (is_percpu(d) && map_round8(d->value_size) > MAP_PCPU_MAX)
		return -E2BIG;
	if (d->type == BPF_MAP_TYPE_HASH_OF_MAPS && d->value_size != 4)
		return -EINVAL;
	return d->max_entries > POOL_END / 2 ? -E2BIG : 0;
}

size_t hash_size(const struct map_desc *desc, int *ret_err)
{
	(void)ret_err;
	return layout_of(desc).end;
}

int hash_init(struct map *map)
{
	struct hash_shared *s = map->data;

	if (map->desc.flags & BPF_F_ZERO_SEED)
		return 0;
	return getrandom(&s->seed, sizeof(s->seed), 0) == (ssize_t)sizeof(s->seed) ? 0 : -EIO;
}

int hash_attach(struct map *map)
{
	struct layout l = layout_of(&map->desc);
	struct hash *h = mem_alloc(sizeof(*h));
	char *data = map->data;

	if (!h)
		return -ENOMEM;
	h->shared = map->data;
	h->seed = h->shared->seed;
	h->buckets = (uint64_t *)(void *)(data + l.buckets);
	h->mask = (uint32_t)l.n_buckets - 1;
	h->key_size = map->desc.key_size;
	h->value_off = 8 + (uint32_t)map_round8(h->key_size);
	h->value_size = (uint32_t)map_round8(map->desc.value_size);
	h->values = is_percpu(&map->desc) ? data + l.values : NULL;
	h->row_size = l.row_size;
	h->recent = is_lru(&map->desc) ? (uint8_t *)data + l.recent : NULL;
	h->pool = (struct pool){ .shared = &h->shared->pool,
				 .elems = data + l.elems,
				 .notes = (uint32_t *)(void *)(data + l.notes),
				 .elem_size = l.elem_size,
				 .n_main = map->desc.max_entries,
				 .n_spare = (uint32_t)l.n_spare };
	map->priv = h;
	return 0;
}

void hash_detach(struct map *map)
{
	struct hash *h = map->priv;

	mem_free(h->sweep.seen);
	mem_free(h);
}

void *hash_lookup(struct map *map, const void *key, uint32_t slot)
{
	struct hash *h = map->priv;
	uint64_t link;
	uint32_t elem = hash_seek(h, hash_bucket(h, key), key, &link);

	(void)slot;
	return elem == POOL_NONE ? NULL : hash_value_at(h, elem, 0);
}

void *pchash_lookup(struct map *map, const void *key, uint32_t slot)
{
	struct hash *h = map->priv;
	uint64_t link;
	uint32_t elem = hash_seek(h, hash_bucket(h, key), key, &link);

	return elem == POOL_NONE || slot >= map->desc.slots ? NULL : hash_value_at(h, elem, slot);
}

void *lru_lookup(struct map *map, const void *key, uint32_t slot)
{
	struct hash *h = map->priv;
	uint64_t link;
	uint32_t elem = hash_seek(h, hash_bucket(h, key), key, &link);

	if (elem == POOL_NONE || slot >= map->desc.slots)
		return NULL;
	if (!__atomic_load_n(&h->recent[elem], __ATOMIC_RELAXED))
		__atomic_store_n(&h->recent[elem], 1, __ATOMIC_RELAXED);
	return hash_value_at(h, elem, h->values ? slot : 0);
}

void *idhash_lookup(struct map *map, const void *key, uint32_t slot)
{
	const uint32_t *id = hash_lookup(map, key, slot);

	if (!id || !map->resolve_map)
		return NULL;
	return map->resolve_map(map->resolver_arg, __atomic_load_n(id, __ATOMIC_ACQUIRE));
}

static void put_copies(struct map *map, uint32_t elem, const void *value, int64_t slot, bool fresh)
{
	struct hash *h = map->priv;
	const char *from = value;

	for (uint32_t s = 0; s < map->desc.slots; s++) {
		void *at = hash_value_at(h, elem, s);

		if (slot == ALL_SLOTS)
			sync_copy_in(at, from + (size_t)h->value_size * s, h->value_size);
		else if (s == slot)
			sync_copy_in(at, from, map->desc.value_size);
		else if (fresh)
			sync_zero(at, h->value_size);
	}
}

static void fill(struct map *map, uint32_t elem, const void *key, const void *value, int64_t slot)
{
	struct hash *h = map->priv;
	uint64_t *words = hash_key_at(h, elem);

	sync_store(&words[(h->key_size - 1) / 8], 0);
	sync_copy_in(words, key, h->key_size);
	if (h->recent)
		__atomic_store_n(&h->recent[elem], 0, __ATOMIC_RELAXED);
	if (h->values) {
		put_copies(map, elem, value, slot, true);
		return;
	}
	sync_zero(hash_value_at(h, elem, 0), h->value_size);
	map_value_in(map, hash_value_at(h, elem, 0), value, 0);
}

/* An element on its way into the map. */
struct fresh {
	uint32_t elem;
	bool spare; /* from the spares: only for taking another's place */
	uint64_t link;
};

static int take_fresh(struct map *map, uint32_t bucket, bool replaces, struct fresh *f)
{
	struct hash *h = map->priv;

	f->spare = replaces;
	f->elem = pool_take(&h->pool, bucket, replaces);
	if (f->elem == POOL_NONE && replaces) {
		f->spare = false;
		f->elem = pool_take(&h->pool, bucket, false);
	}
	if (f->elem == POOL_NONE && !replaces && h->recent)
		f->elem = hash_evict(h, bucket);
	if (f->elem == POOL_NONE)
		return replaces ? -EBUSY : h->recent ? -ENOMEM : -E2BIG;
	f->link = sync_load(pool_link(&h->pool, f->elem));
	return 0;
}

static void drop_fresh(struct hash *h, uint32_t bucket, struct fresh *f)
{
	if (f->elem != POOL_NONE)
		pool_give(&h->pool, f->elem, sync_load(pool_link(&h->pool, f->elem)), bucket,
			  f->spare);
	f->elem = POOL_NONE;
}

static void link_fresh(struct hash *h, struct fresh *f, uint32_t next)
{
	f->link = pool_word(POOL_LIVE, f->link, next);
	sync_store(pool_link(&h->pool, f->elem), f->link);
}

static bool publish(struct hash *h, uint32_t bucket, const struct hash_pos *pos, struct fresh *f)
{
	uint32_t head = (uint32_t)pos->head;

	link_fresh(h, f, head ? head : POOL_END | bucket);
	return sync_cas(&h->buckets[bucket], pos->head,
			pool_word(POOL_LIVE, pos->head, f->elem + 1));
}

static bool replace(struct hash *h, uint32_t bucket, const struct hash_pos *pos, struct fresh *f)
{
	enum pool_kind kind = f->spare ? POOL_REPLACED : POOL_DELETED;
	uint64_t marked = pool_word(kind, pos->link, f->elem + 1);

	link_fresh(h, f, (uint32_t)pos->link);
	if (!sync_cas(pool_link(&h->pool, pos->elem), pos->link, marked))
		return false;
	hash_unlink(h, bucket, pos, marked);
	return true;
}

static int check_flags(int found, uint64_t flags)
{
	if (found < 0)
		return found;
	if (found && flags == BPF_NOEXIST)
		return -EEXIST;
	return !found && flags == BPF_EXIST ? -ENOENT : 0;
}

/* One attempt; 1: done, 0: try again. */
static int try_store(struct map *map, uint32_t bucket, const void *key, const void *value,
		     uint64_t flags, int64_t slot, struct fresh *f)
{
	struct hash *h = map->priv;
	struct hash_pos pos;
	int found = hash_find(h, bucket, key, &pos);
	int err = check_flags(found, flags);

	if (err)
		return err;
	if (found && h->values) {
		put_copies(map, pos.elem, value, slot, false);
		return 1;
	}
	if (f->spare && !found)
		drop_fresh(h, bucket, f);
	if (f->elem == POOL_NONE) {
		err = take_fresh(map, bucket, found, f);
		if (err)
			return err;
		fill(map, f->elem, key, value, slot);
		if (h->recent && !found)
			return 0; /* an eviction may have changed the chain */
	}
	if (!(found ? replace(h, bucket, &pos, f) : publish(h, bucket, &pos, f)))
		return 0;
	f->elem = POOL_NONE;
	return 1;
}

static int store(struct map *map, const void *key, const void *value, uint64_t flags, int64_t slot)
{
	struct hash *h = map->priv;
	struct fresh f = { .elem = POOL_NONE };
	uint32_t bucket = hash_bucket(h, key);
	int ret = 0;

	if (flags > BPF_EXIST)
		return -EINVAL;
	for (int tries = 0; !ret && tries < MAX_TRIES; tries++)
		ret = try_store(map, bucket, key, value, flags, slot, &f);
	drop_fresh(h, bucket, &f);
	return ret == 1 ? 0 : ret ? ret : -EBUSY;
}

int hash_update(struct map *map, const void *key, const void *value, uint64_t flags, uint32_t slot)
{
	struct hash *h = map->priv;
	uint64_t link, plain = flags & ~(uint64_t)BPF_F_LOCK;
	uint32_t elem;

	(void)slot;
	if (plain == flags)
		return store(map, key, value, flags, 0);
	if (map->desc.spin_lock_off < 0 || plain > BPF_EXIST)
		return -EINVAL;
	elem = hash_seek(h, hash_bucket(h, key), key, &link);
	if (elem == POOL_NONE)
		return store(map, key, value, plain, 0);
	if (plain == BPF_NOEXIST)
		return -EEXIST;
	map_value_in(map, hash_value_at(h, elem, 0), value, BPF_F_LOCK);
	return 0;
}

int pchash_update(struct map *map, const void *key, const void *value, uint64_t flags,
		  uint32_t slot)
{
	return slot < map->desc.slots ? store(map, key, value, flags, slot) : -EINVAL;
}

int hash_user_update(struct map *map, const void *key, const void *value, uint64_t flags)
{
	return hash_update(map, key, value, flags, 0);
}

int pchash_user_update(struct map *map, const void *key, const void *value, uint64_t flags)
{
	return store(map, key, value, flags, ALL_SLOTS);
}

int idhash_user_update(struct map *map, const void *key, const void *value, uint64_t flags)
{
	return store(map, key, value, flags, 0);
}

int hash_remove(struct map *map, const void *key)
{
	struct hash *h = map->priv;
	uint32_t bucket = hash_bucket(h, key);
	struct hash_pos pos;

	for (int tries = 0; tries < MAX_TRIES; tries++) {
		int found = hash_find(h, bucket, key, &pos);
		uint64_t marked;

		if (found <= 0)
			return found ? found : -ENOENT;
		marked = pool_word(POOL_DELETED, pos.link, (uint32_t)pos.link);
		if (!sync_cas(pool_link(&h->pool, pos.elem), pos.link, marked))
			continue;
		hash_unlink(h, bucket, &pos, marked);
		return 0;
	}
	return -EBUSY;
}

/* Takes an element out of use if it is in its chain: one that is LIVE but not there yet belongs to
 * the thread that fills it. */
static bool evict_one(struct hash *h, uint32_t elem, uint64_t seen)
{
	uint64_t words[64], marked = pool_word(POOL_DELETED, seen, (uint32_t)seen);
	const void *key = hash_key_at(h, elem);
	struct hash_pos pos;
	uint32_t bucket;

	if (h->key_size <= sizeof(words)) {
		sync_copy_out(words, key, h->key_size);
		key = words;
	}
	bucket = hash_bucket(h, key);
	if (hash_find(h, bucket, key, &pos) != 1 || pos.elem != elem || pos.link != seen)
		return false;
	if (!sync_cas(pool_link(&h->pool, elem), seen, marked))
		return false;
	hash_unlink(h, bucket, &pos, marked);
	return true;
}

uint32_t hash_evict(struct hash *h, uint32_t hint)
{
	uint32_t n = pool_n(&h->pool), elem;

	for (uint64_t steps = 0; steps < 3 * (uint64_t)n; steps++) {
		uint32_t at = __atomic_fetch_add(&h->shared->hand, 1, __ATOMIC_RELAXED) % n;
		uint64_t seen = sync_load(pool_link(&h->pool, at));

		if (pool_kind(seen) != POOL_LIVE || !seen)
			continue;
		if (__atomic_exchange_n(&h->recent[at], 0, __ATOMIC_RELAXED))
			continue;
		if (!evict_one(h, at, seen))
			continue;
		elem = pool_take(&h->pool, hint, false);
		if (elem != POOL_NONE)
			return elem;
	}
	return POOL_NONE;
}
