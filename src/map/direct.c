/* SPDX-License-Identifier: BSD-2-Clause */
/* What may a compiler put in place of a helper call on a map that it knows?  See direct.h. */
#include "map/direct.h"

#include "map/priv.h"

typedef void *(*lookup_fn)(struct map *map, const void *key, uint32_t slot);

static lookup_fn by_key_size(const struct map *map)
{
	if (map->ops->lookup != hash_lookup)
		return map->ops->lookup;
	switch (map->desc.key_size) {
	case 4: return hash_lookup4;
	case 8: return hash_lookup8;
	case 16: return hash_lookup16;
	default: return hash_lookup;
	}
}

static bool lookup_of(const struct map *map, struct map_direct *ret)
{
	lookup_fn fn = by_key_size(map);

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
	return fn;
}

bool map_direct(const struct map *map, uint32_t helper_id, struct map_direct *ret)
{
	const struct map_ops *ops = map->ops;

	*ret = (struct map_direct){ .how = MAP_DIRECT_CALL, .ret_int = true };
	switch (helper_id) {
	case BPF_FUNC_map_lookup_elem: return lookup_of(map, ret);
	case BPF_FUNC_map_update_elem:
		ret->fn = (const void *)(uintptr_t)ops->update;
		ret->slot_arg = 5;
		return ret->fn;
	case BPF_FUNC_map_delete_elem: ret->fn = (const void *)(uintptr_t)ops->remove; break;
	case BPF_FUNC_map_push_elem: ret->fn = (const void *)(uintptr_t)ops->push; break;
	default: break;
	}
	return ret->fn;
}
