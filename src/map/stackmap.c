/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How are stacks kept?  One bucket word {version:32, element + 1:32} for each stack id; the element
 * {link, hash, n, frames} is written before the word names it, and marked before the word forgets
 * it, so that a reader who sees the link unchanged has copied one stack.
 */
#include "map/map.h"

#include <errno.h>

#include "base/alloc.h"
#include "map/pool.h"
#include "map/priv.h"

enum {
	MAX_FRAMES = 127,
	MAX_TRIES = 1000
};

struct stack {
	uint64_t link;
	uint32_t hash, n;
	uint64_t ips[];
};

struct stackmap {
	struct pool pool;
	uint64_t *buckets;
	uint32_t mask, depth;
	struct pool_sweep sweep;
	uint32_t sweep_lock;
};

struct layout {
	uint64_t n_buckets, elem_size, elems, notes, end;
};

static bool has_build_ids(const struct map_desc *d)
{
	return d->flags & BPF_F_STACK_BUILD_ID;
}

static uint32_t frame_size(const struct map_desc *d)
{
	return has_build_ids(d) ? sizeof(struct bpf_stack_build_id) : sizeof(uint64_t);
}

static struct layout layout_of(const struct map_desc *d)
{
	struct layout l = { .n_buckets = map_round_pow2(d->max_entries) };

	l.elem_size = sizeof(struct stack) + 8 * (uint64_t)(d->value_size / frame_size(d));
	l.elems = sizeof(struct pool_shared) + 8 * l.n_buckets;
	l.notes = l.elems + l.elem_size * d->max_entries;
	l.end = l.notes + 4 * (uint64_t)d->max_entries;
	return l;
}

int stackmap_check(const struct map_desc *d)
{
	if (!d->max_entries || d->key_size != 4 || d->value_size < 8 || d->value_size % 8)
		return -EINVAL;
	if (d->value_size % frame_size(d) || d->value_size / frame_size(d) > MAX_FRAMES)
		return -EINVAL;
	return d->max_entries > POOL_END / 2 ? -E2BIG : 0;
}

size_t stackmap_size(const struct map_desc *desc, int *ret_err)
{
	(void)ret_err;
	return layout_of(desc).end;
}

int stackmap_attach(struct map *map)
{
	struct layout l = layout_of(&map->desc);
	struct stackmap *s = mem_alloc(sizeof(*s));
	char *data = map->data;

	if (!s)
		return -ENOMEM;
	s->buckets = (uint64_t *)(void *)(data + sizeof(struct pool_shared));
	s->mask = (uint32_t)l.n_buckets - 1;
	s->depth = map->desc.value_size / frame_size(&map->desc);
	s->pool = (struct pool){ .shared = map->data,
				 .elems = data + l.elems,
				 .notes = (uint32_t *)(void *)(data + l.notes),
				 .elem_size = l.elem_size,
				 .n_main = map->desc.max_entries };
	map->priv = s;
	return 0;
}

void stackmap_detach(struct map *map)
{
	struct stackmap *s = map->priv;

	mem_free(s->sweep.seen);
	mem_free(s);
}

static struct stack *stack_at(const struct stackmap *s, uint32_t elem)
{
	return (struct stack *)(void *)pool_link(&s->pool, elem);
}

/* The element that a bucket word names, NULL when none or when it is on its way out. */
static struct stack *stack_of(const struct stackmap *s, uint64_t word, uint64_t *ret_link)
{
	uint32_t elem = (uint32_t)word - 1;

	if (elem >= s->pool.n_main)
		return NULL;
	*ret_link = sync_load(pool_link(&s->pool, elem));
	return pool_kind(*ret_link) == POOL_LIVE ? stack_at(s, elem) : NULL;
}

static uint32_t hash_of(const uint64_t *ips, uint32_t n)
{
	uint64_t sum = n;

	for (uint32_t k = 0; k < n; k++) {
		sum = (sum ^ ips[k]) * 0x9e3779b97f4a7c15ULL;
		sum ^= sum >> 29;
	}
	return (uint32_t)(sum ^ sum >> 32);
}

static bool same_stack(const struct stack *at, const uint64_t *ips, uint32_t n)
{
	if (__atomic_load_n(&at->n, __ATOMIC_ACQUIRE) != n)
		return false;
	for (uint32_t k = 0; k < n; k++)
		if (sync_load(&at->ips[k]) != ips[k])
			return false;
	return true;
}

/* Takes the element that `word` names out of use once *bucket has been changed from it. */
static bool swap_bucket(struct stackmap *s, uint64_t *bucket, uint64_t word, uint32_t index)
{
	uint32_t elem = (uint32_t)word - 1;
	uint64_t link = 0, next = ((word >> 32) + 1) << 32 | index;

	if (elem < s->pool.n_main) {
		link = sync_load(pool_link(&s->pool, elem));
		/* Else it may be somebody else's by now. */
		if (sync_load(bucket) != word)
			return false;
		if (pool_kind(link) == POOL_LIVE) {
			uint64_t marked = pool_word(POOL_DELETED, link, 0);

			if (!sync_cas(pool_link(&s->pool, elem), link, marked))
				return false;
			link = marked;
		}
	}
	if (!sync_cas(bucket, word, next))
		return false;
	if (elem < s->pool.n_main && pool_kind(link) == POOL_DELETED)
		pool_give(&s->pool, elem, link, elem, false);
	return true;
}

static uint32_t new_stack(struct stackmap *s, uint32_t hash, const uint64_t *ips, uint32_t n)
{
	uint32_t elem = pool_take(&s->pool, hash, false);
	struct stack *at;

	if (elem == POOL_NONE)
		return elem;
	at = stack_at(s, elem);
	__atomic_store_n(&at->hash, hash, __ATOMIC_RELEASE);
	__atomic_store_n(&at->n, n, __ATOMIC_RELEASE);
	sync_copy_in(at->ips, ips, 8 * (size_t)n);
	sync_store(&at->link, pool_word(POOL_LIVE, sync_load(&at->link), 0));
	return elem;
}

int64_t stackmap_store(struct map *map, const uint64_t *ips, uint32_t n, uint64_t flags)
{
	struct stackmap *s = map->priv;
	uint32_t hash, id, elem;

	if (map->desc.type != BPF_MAP_TYPE_STACK_TRACE)
		return -EINVAL;
	n = n < s->depth ? n : s->depth;
	hash = hash_of(ips, n);
	id = hash & s->mask;
	for (int tries = 0; tries < MAX_TRIES; tries++) {
		uint64_t word = sync_load(&s->buckets[id]), link;
		struct stack *at = stack_of(s, word, &link);

		if (at && __atomic_load_n(&at->hash, __ATOMIC_ACQUIRE) == hash &&
		    (flags & BPF_F_FAST_STACK_CMP || same_stack(at, ips, n)))
			return id;
		if (at && !(flags & BPF_F_REUSE_STACKID))
			return -EEXIST;
		elem = new_stack(s, hash, ips, n);
		if (elem == POOL_NONE)
			return -ENOMEM;
		if (swap_bucket(s, &s->buckets[id], word, elem + 1))
			return id;
		pool_give(&s->pool, elem, sync_load(pool_link(&s->pool, elem)), elem, false);
	}
	return -EBUSY;
}

static void put_frame(const struct map *map, char *to, uint32_t k, uint64_t ip)
{
	struct bpf_stack_build_id id = { .status = BPF_STACK_BUILD_ID_IP, .ip = ip };

	if (has_build_ids(&map->desc))
		__builtin_memcpy(to + sizeof(id) * k, &id, sizeof(id));
	else
		__builtin_memcpy(to + sizeof(ip) * k, &ip, sizeof(ip));
}

int stackmap_user_lookup(struct map *map, const void *key, void *ret_value, uint64_t flags)
{
	struct stackmap *s = map->priv;
	uint32_t id = map_u32(key), n;

	(void)flags;
	for (int tries = 0; id <= s->mask && tries < MAX_TRIES; tries++) {
		uint64_t link;
		struct stack *at = stack_of(s, sync_load(&s->buckets[id]), &link);

		if (!at)
			return -ENOENT;
		n = __atomic_load_n(&at->n, __ATOMIC_ACQUIRE);
		n = n < s->depth ? n : s->depth;
		__builtin_memset(ret_value, 0, map->desc.value_size);
		for (uint32_t k = 0; k < n; k++)
			put_frame(map, ret_value, k, sync_load(&at->ips[k]));
		if (sync_load(&at->link) == link)
			return 0;
	}
	return -ENOENT;
}

int stackmap_user_update(struct map *map, const void *key, const void *value, uint64_t flags)
{
	(void)map, (void)key, (void)value, (void)flags;
	return -EINVAL;
}

int stackmap_remove(struct map *map, const void *key)
{
	struct stackmap *s = map->priv;
	uint32_t id = map_u32(key);

	if (id > s->mask)
		return -E2BIG;
	for (int tries = 0; tries < MAX_TRIES; tries++) {
		uint64_t word = sync_load(&s->buckets[id]), link;

		if (!stack_of(s, word, &link))
			return -ENOENT;
		if (swap_bucket(s, &s->buckets[id], word, 0))
			return 0;
	}
	return -EBUSY;
}

int stackmap_next_key(struct map *map, const void *key, void *ret_key)
{
	struct stackmap *s = map->priv;
	uint32_t id = 0;
	uint64_t link;

	if (key) {
		id = map_u32(key);
		id = id > s->mask || !stack_of(s, sync_load(&s->buckets[id]), &link) ? 0 : id + 1;
	}
	while (id <= s->mask && !stack_of(s, sync_load(&s->buckets[id]), &link))
		id++;
	if (id > s->mask)
		return -ENOENT;
	__builtin_memcpy(ret_key, &id, sizeof(id));
	return 0;
}

int stackmap_recover(struct map *map, map_dead_fn is_dead, void *arg)
{
	struct stackmap *s = map->priv;
	uint8_t *used;
	int n = -ENOMEM;

	if (sync_lock(&s->sweep_lock) < 0)
		return -EBUSY;
	used = mem_alloc(s->pool.n_main / 8 + 1);
	for (uint32_t id = 0; used && id <= s->mask; id++) {
		uint32_t elem = (uint32_t)sync_load(&s->buckets[id]) - 1;

		if (elem < s->pool.n_main)
			used[elem / 8] |= (uint8_t)(1u << elem % 8);
	}
	if (used)
		n = pool_recover(&s->pool, &s->sweep, used, is_dead, arg);
	mem_free(used);
	sync_unlock(&s->sweep_lock);
	return n;
}
