/* SPDX-License-Identifier: BSD-2-Clause */
/* What may a compiler put in place of a helper call on a map that it knows?  See direct.h. */
#include "map/direct.h"

#include "map/hash.h"
#include "map/lpm.h"

typedef void *(*lookup_fn)(struct map *map, const void *key, uint32_t slot);
typedef int (*update_fn)(struct map *map, const void *key, const void *value, uint64_t flags,
			 uint32_t slot);
typedef int (*remove_fn)(struct map *map, const void *key);

/* Rows of hashes by key size; the last is for the others. */
static const struct {
	uint32_t key_size;
	lookup_fn lookup;
	update_fn update;
	remove_fn remove;
} sizes[] = {
	{ 4, hash_lookup4, hash_update4, hash_remove4 },
	{ 8, hash_lookup8, hash_update8, hash_remove8 },
	{ 16, hash_lookup16, hash_update16, hash_remove16 },
	{ 0, hash_lookup, hash_update, hash_remove },
};

static unsigned int size_row(const struct map *map)
{
	unsigned int k = 0;

	while (sizes[k].key_size && sizes[k].key_size != map->desc.key_size)
		k++;
	return k;
}

static lookup_fn lookup_fn_of(const struct map *map)
{
	if (map->ops->lookup == lpm_lookup && map->desc.key_size == 8)
		return lpm_lookup8;
	return map->ops->lookup == hash_lookup ? sizes[size_row(map)].lookup : map->ops->lookup;
}

static update_fn update_fn_of(const struct map *map)
{
	return map->ops->update == hash_update ? sizes[size_row(map)].update : map->ops->update;
}

static remove_fn remove_fn_of(const struct map *map)
{
	return map->ops->remove == hash_remove ? sizes[size_row(map)].remove : map->ops->remove;
}

static void describe_hash(const struct map *map, struct map_direct *ret)
{
	const struct hash *h = map->priv;

	ret->how = MAP_DIRECT_HASH;
	ret->base = h->elems;
	ret->size = h->elem_size;
	ret->n = h->n_elems;
	ret->hash =
		(struct map_direct_hash){ h->groups, h->seed, h->mask, h->key_size, h->value_off };
}

static void describe_lpm(const struct map *map, struct map_direct *ret)
{
	const struct lpm *lpm = map->priv;

	ret->how = MAP_DIRECT_LPM;
	ret->base = lpm->values;
	ret->size = lpm->node_size;
	ret->n = lpm->n_nodes;
	ret->lpm =
		(struct map_direct_lpm){ lpm->table, &lpm->shared->seq, lpm->bits, lpm->top_bits };
}

static bool lookup_of(const struct map *map, struct map_direct *ret)
{
	lookup_fn fn = lookup_fn_of(map);

	*ret = (struct map_direct){ .how = MAP_DIRECT_CALL,
				    .fn = (const void *)(uintptr_t)fn,
				    .slot_arg = 3,
				    .base = map->data,
				    .size = map_round8(map->desc.value_size),
				    .n = map->desc.max_entries,
				    .n_slots = map->desc.slots };
	if (fn == array_lookup)
		ret->how = MAP_DIRECT_INDEX;
	if (fn == pcarray_lookup) {
		ret->how = MAP_DIRECT_SLOT_INDEX;
		ret->row_size = pcarray_row_size(&map->desc);
	}
	if (fn == hash_lookup4 || fn == hash_lookup8)
		describe_hash(map, ret);
	if (fn == lpm_lookup8)
		describe_lpm(map, ret);
	return fn;
}

/* A bloom filter is only asked. */
static const void *peek_fn_of(const struct map *map)
{
	return map->ops->pop ? (const void *)(uintptr_t)map->ops->peek : NULL;
}

bool map_direct(const struct map *map, uint32_t helper_id, struct map_direct *ret)
{
	*ret = (struct map_direct){ .how = MAP_DIRECT_CALL, .ret_int = true };
	switch (helper_id) {
	case BPF_FUNC_map_lookup_elem: return lookup_of(map, ret);
	case BPF_FUNC_map_update_elem:
		ret->fn = (const void *)(uintptr_t)update_fn_of(map);
		ret->slot_arg = 5;
		return ret->fn;
	case BPF_FUNC_map_delete_elem: ret->fn = (const void *)(uintptr_t)remove_fn_of(map); break;
	case BPF_FUNC_map_push_elem: ret->fn = (const void *)(uintptr_t)map->ops->push; break;
	case BPF_FUNC_map_pop_elem: ret->fn = (const void *)(uintptr_t)map->ops->pop; break;
	case BPF_FUNC_map_peek_elem: ret->fn = peek_fn_of(map); break;
	default: break;
	}
	return ret->fn;
}
