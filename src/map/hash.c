/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do hash maps do?  Plain, per-CPU, least-recently-used and of maps: the same groups
 * (hash_find.c) over the same elements (hash_stock.c), differing in where a value lies and in what
 * happens when there is no element left.  An update of a plain value puts a new element in the old
 * one's place, so readers see one or the other; per-CPU values are written in place, as in the
 * kernel.
 */
#include "map/hash.h"

#include <errno.h>
#include <sys/random.h>

#include "base/alloc.h"

enum {
	MAX_TRIES = 10000,
	TRIES_TO_MEET = 64,
	MIN_STRIPES = 16,
	LARGE_STRIPES = 8, /* for elements over a kilobyte, since each has one to spare */
	LARGE = 1024,
	MANY = 4096, /* from so many entries on a fair hash is relied upon */
	MAX_ENTRIES = 1 << 30,
	ALL_SLOTS = -1
};

struct layout {
	uint64_t n_groups, n_overflow, n_stripes, elem_size, n_elems;
	uint64_t groups, overflow, elems, recent, values, row_size, end;
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

/* Every overflow group in use has a key, so there need not be more of them than entries; where a
 * home has at most two keys on average, a quarter is far more than there ever are. */
static void count(const struct map_desc *d, struct layout *l)
{
	uint64_t n = map_round_pow2(d->max_entries);

	l->n_groups = n > 1 ? n / 2 : 1;
	l->n_overflow = d->max_entries <= MANY ? d->max_entries : MANY + d->max_entries / 4;
	l->n_stripes = MIN_STRIPES;
	while (l->n_stripes < HASH_MAX_STRIPES && l->n_stripes < l->n_groups / 4)
		l->n_stripes *= 2;
	if (l->elem_size > LARGE)
		l->n_stripes = LARGE_STRIPES;
	l->n_elems = (uint64_t)d->max_entries + l->n_stripes;
}

static struct layout layout_of(const struct map_desc *d)
{
	struct layout l = { .elem_size = sizeof(struct hash_elem) + map_round8(d->key_size) };

	if (!is_percpu(d))
		l.elem_size += map_round8(d->value_size);
	count(d, &l);
	l.groups = line(sizeof(struct hash_shared));
	l.overflow = line(l.groups + sizeof(struct hash_group) * l.n_groups);
	l.elems = line(l.overflow + sizeof(struct hash_group) * l.n_overflow);
	l.recent = line(l.elems + l.elem_size * l.n_elems);
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
	return d->max_entries > MAX_ENTRIES ? -E2BIG : 0;
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
	h->groups = (struct hash_group *)(void *)(data + l.groups);
	h->overflow = (struct hash_group *)(void *)(data + l.overflow);
	h->elems = data + l.elems;
	h->seed = h->shared->seed;
	h->elem_size = l.elem_size;
	h->mask = (uint32_t)l.n_groups - 1;
	h->n_overflow = (uint32_t)l.n_overflow;
	h->n_main = map->desc.max_entries;
	h->n_stripes = (uint32_t)l.n_stripes;
	h->n_elems = (uint32_t)l.n_elems;
	h->key_size = map->desc.key_size;
	h->value_off = sizeof(struct hash_elem) + (uint32_t)map_round8(h->key_size);
	h->value_size = (uint32_t)map_round8(map->desc.value_size);
	h->values = is_percpu(&map->desc) ? data + l.values : NULL;
	h->row_size = l.row_size;
	if (!is_percpu(&map->desc) && !is_lru(&map->desc) && map->desc.value_size % 8 == 0 &&
	    map->desc.spin_lock_off < 0 && map->desc.timer_off < 0)
		h->n_words = map->desc.value_size / 8;
	h->recent = is_lru(&map->desc) ? (uint8_t *)data + l.recent : NULL;
	map->priv = h;
	return 0;
}

void hash_detach(struct map *map)
{
	mem_free(map->priv);
}

void *pchash_lookup(struct map *map, const void *key, uint32_t slot)
{
	const struct hash *h = map->priv;
	uint32_t elem = hash_seek_fast(h, key);

	return elem == HASH_NONE || slot >= map->desc.slots ? NULL : hash_value_at(h, elem, slot);
}

void *lru_lookup(struct map *map, const void *key, uint32_t slot)
{
	const struct hash *h = map->priv;
	uint32_t elem = hash_seek_fast(h, key);

	if (elem == HASH_NONE || slot >= map->desc.slots)
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

/* Its version first, so that whoever still reads it takes none of the rest for what was there. */
static void fill(struct map *map, uint32_t elem, const void *key, const void *value, int64_t slot)
{
	struct hash *h = map->priv;
	struct hash_elem *e = hash_elem_at(h, elem);
	char *at;

	hash_put(&e->version, hash_get(&e->version) + 1);
	if (h->key_size % 8)
		sync_store(&e->key[h->key_size / 8], 0);
	sync_copy_in(e->key, key, h->key_size);
	if (h->recent)
		__atomic_store_n(&h->recent[elem], 0, __ATOMIC_RELAXED);
	if (h->values) {
		put_copies(map, elem, value, slot, true);
		return;
	}
	at = hash_value_at(h, elem, 0);
	if (map->desc.spin_lock_off >= 0 || map->desc.timer_off >= 0)
		sync_zero(at, h->value_size);
	else if (h->value_size != map->desc.value_size)
		sync_zero(at + h->value_size - 8, 8);
	map_value_in(map, at, value, 0);
}

static int check_flags(int found, uint64_t flags)
{
	if (found < 0)
		return found;
	if (found && flags == BPF_NOEXIST)
		return -EEXIST;
	return !found && flags == BPF_EXIST ? -ENOENT : 0;
}

static int replace(struct map *map, uint32_t stripe, const struct hash_place *place,
		   const void *key, const void *value, int64_t slot)
{
	struct hash *h = map->priv;
	uint32_t elem;

	if (h->values) {
		put_copies(map, place->elem, value, slot, false);
		return 0;
	}
	elem = hash_unpark(h, stripe);
	if (elem == HASH_NONE)
		return -EBUSY;
	fill(map, elem, key, value, slot);
	hash_put(&hash_elem_at(h, elem)->link, HASH_LIVE);
	hash_put(&place->group->elem[place->lane], elem + 1);
	hash_park(h, stripe, place->elem);
	return 0;
}

static int insert(struct map *map, uint64_t sum, struct hash_place *place, const void *key,
		  const void *value, int64_t slot)
{
	struct hash *h = map->priv;
	uint32_t stripe = hash_stripe(h, sum), elem;
	bool busy;

	elem = hash_take(h, stripe, &busy);
	if (elem == HASH_NONE)
		return busy ? -EAGAIN : h->recent ? -ENOMEM : -E2BIG;
	fill(map, elem, key, value, slot);
	/* An eviction may have changed the chain. */
	if ((!h->recent || !hash_find(h, sum, key, place)) && hash_publish(h, sum, place, elem))
		return 0;
	hash_give(h, stripe, elem);
	return -ENOMEM;
}

int hash_store_locked(struct map *map, uint64_t sum, const void *key, const void *value,
		      uint64_t flags, int64_t slot)
{
	struct hash *h = map->priv;
	struct hash_place place;
	int found = hash_find(h, sum, key, &place), err = check_flags(found, flags);

	if (err)
		return err;
	return found ? replace(map, hash_stripe(h, sum), &place, key, value, slot)
		     : insert(map, sum, &place, key, value, slot);
}

static int try_store(struct map *map, uint64_t sum, const void *key, const void *value,
		     uint64_t flags, int64_t slot)
{
	struct hash *h = map->priv;
	uint32_t stripe = hash_stripe(h, sum);
	int err = hash_lock(h, stripe);

	if (err)
		return err;
	err = hash_store_locked(map, sum, key, value, flags, slot);
	hash_unlock(h, stripe);
	return err;
}

static int store(struct map *map, const void *key, const void *value, uint64_t flags, int64_t slot)
{
	uint64_t sum = hash_sum(map->priv, key);
	int err = -EAGAIN;

	if (flags > BPF_EXIST)
		return -EINVAL;
	for (int tries = 1; err == -EAGAIN && tries <= MAX_TRIES; tries++) {
		err = try_store(map, sum, key, value, flags, slot);
		if (err == -EAGAIN && tries % TRIES_TO_MEET == 0)
			hash_meet(map->priv);
	}
	return err == -EAGAIN ? -EBUSY : err;
}

int hash_update_any(struct map *map, const void *key, const void *value, uint64_t flags)
{
	struct hash *h = map->priv;
	uint64_t plain = flags & ~(uint64_t)BPF_F_LOCK;
	uint32_t elem;

	if (plain == flags)
		return store(map, key, value, flags, 0);
	if (map->desc.spin_lock_off < 0 || plain > BPF_EXIST)
		return -EINVAL;
	elem = hash_seek_fast(h, key);
	if (elem == HASH_NONE)
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
	return hash_update_any(map, key, value, flags);
}

int pchash_user_update(struct map *map, const void *key, const void *value, uint64_t flags)
{
	return store(map, key, value, flags, ALL_SLOTS);
}

int idhash_user_update(struct map *map, const void *key, const void *value, uint64_t flags)
{
	return store(map, key, value, flags, 0);
}
