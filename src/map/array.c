/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How are arrays laid out?  Values of round_up(value_size, 8) bytes from the start of the data; in
 * per-CPU arrays one such row for each slot, rows on cache lines of their own.  Values that are
 * ids (programs, maps) are resolved by the process.
 */
#include "map/map.h"

#include <errno.h>
#include <limits.h>

#include "map/priv.h"

enum {
	CACHE_LINE = 64
};

static size_t row_size(const struct map_desc *desc)
{
	return (map_round8(desc->value_size) * desc->max_entries + CACHE_LINE - 1) &
	       ~(size_t)(CACHE_LINE - 1);
}

static void *value_at(const struct map *map, uint32_t index)
{
	return (char *)map->data + map_round8(map->desc.value_size) * index;
}

static int check_shape(const struct map_desc *desc)
{
	if (!desc->max_entries || desc->key_size != 4 || !desc->value_size)
		return -EINVAL;
	return desc->value_size > INT_MAX ? -E2BIG : 0;
}

static int check_update(const struct map *map, uint32_t index, uint64_t flags)
{
	if (flags > BPF_EXIST)
		return -EINVAL;
	if (index >= map->desc.max_entries)
		return -E2BIG;
	return flags == BPF_NOEXIST ? -EEXIST : 0;
}

int array_check(const struct map_desc *desc)
{
	return check_shape(desc);
}

size_t array_size(const struct map_desc *desc, int *ret_err)
{
	(void)ret_err;
	return row_size(desc);
}

int array_attach(struct map *map)
{
	(void)map;
	return 0;
}

void *array_lookup(struct map *map, const void *key, uint32_t slot)
{
	uint32_t index = map_u32(key);

	(void)slot;
	return index < map->desc.max_entries ? value_at(map, index) : NULL;
}

int array_update(struct map *map, const void *key, const void *value, uint64_t flags, uint32_t slot)
{
	uint32_t index = map_u32(key);
	int err = check_update(map, index, flags & ~(uint64_t)BPF_F_LOCK);

	(void)slot;
	if (err)
		return err;
	if (flags & BPF_F_LOCK && map->desc.spin_lock_off < 0)
		return -EINVAL;
	map_value_in(map, value_at(map, index), value, flags);
	return 0;
}

int array_remove(struct map *map, const void *key)
{
	(void)map;
	(void)key;
	return -EINVAL;
}

int array_next_key(struct map *map, const void *key, void *ret_key)
{
	return map_index_next(map->desc.max_entries, key, ret_key);
}

static int64_t each(struct map *map, char *row, map_each_fn fn, void *arg)
{
	size_t size = map_round8(map->desc.value_size);

	for (uint32_t index = 0; index < map->desc.max_entries; index++)
		if (fn(arg, map, &index, row + size * index))
			return (int64_t)index + 1;
	return map->desc.max_entries;
}

int64_t array_for_each(struct map *map, uint32_t slot, map_each_fn fn, void *arg)
{
	(void)slot;
	return each(map, map->data, fn, arg);
}

int pcarray_check(const struct map_desc *desc)
{
	int err = check_shape(desc);

	return !err && map_round8(desc->value_size) > MAP_PCPU_MAX ? -E2BIG : err;
}

size_t pcarray_row_size(const struct map_desc *desc)
{
	return row_size(desc);
}

size_t pcarray_size(const struct map_desc *desc, int *ret_err)
{
	(void)ret_err;
	return row_size(desc) * desc->slots;
}

int pcarray_attach(struct map *map)
{
	(void)map;
	return 0;
}

static void *slot_value(const struct map *map, uint32_t index, uint32_t slot)
{
	return (char *)value_at(map, index) + row_size(&map->desc) * slot;
}

void *pcarray_lookup(struct map *map, const void *key, uint32_t slot)
{
	uint32_t index = map_u32(key);

	if (index >= map->desc.max_entries || slot >= map->desc.slots)
		return NULL;
	return slot_value(map, index, slot);
}

int pcarray_update(struct map *map, const void *key, const void *value, uint64_t flags,
		   uint32_t slot)
{
	uint32_t index = map_u32(key);
	int err = check_update(map, index, flags);

	if (!err && slot >= map->desc.slots)
		err = -EINVAL;
	if (!err)
		map_value_in(map, slot_value(map, index, slot), value, 0);
	return err;
}

int pcarray_remove(struct map *map, const void *key)
{
	return array_remove(map, key);
}

int pcarray_next_key(struct map *map, const void *key, void *ret_key)
{
	return array_next_key(map, key, ret_key);
}

int pcarray_user_lookup(struct map *map, const void *key, void *ret_value, uint64_t flags)
{
	uint32_t index = map_u32(key);
	size_t size = map_round8(map->desc.value_size);

	(void)flags;
	if (index >= map->desc.max_entries)
		return -ENOENT;
	for (uint32_t slot = 0; slot < map->desc.slots; slot++)
		sync_copy_out((char *)ret_value + size * slot, slot_value(map, index, slot), size);
	return 0;
}

int pcarray_user_update(struct map *map, const void *key, const void *value, uint64_t flags)
{
	uint32_t index = map_u32(key);
	size_t size = map_round8(map->desc.value_size);
	int err = check_update(map, index, flags);

	for (uint32_t slot = 0; !err && slot < map->desc.slots; slot++)
		sync_copy_in(slot_value(map, index, slot), (const char *)value + size * slot, size);
	return err;
}

int64_t pcarray_for_each(struct map *map, uint32_t slot, map_each_fn fn, void *arg)
{
	if (slot >= map->desc.slots)
		return -EINVAL;
	return each(map, slot_value(map, 0, slot), fn, arg);
}

int idarray_check(const struct map_desc *desc)
{
	int err = check_shape(desc);

	return !err && desc->value_size != 4 ? -EINVAL : err;
}

size_t idarray_size(const struct map_desc *desc, int *ret_err)
{
	return array_size(desc, ret_err);
}

int idarray_attach(struct map *map)
{
	(void)map;
	return 0;
}

/* Ids as they are: 0 is an empty entry. */
static uint32_t id_at(const struct map *map, uint32_t index)
{
	if (index >= map->desc.max_entries)
		return 0;
	return __atomic_load_n((uint32_t *)value_at(map, index), __ATOMIC_ACQUIRE);
}

uint32_t map_id_at(const struct map *map, uint32_t index)
{
	return id_at(map, index);
}

void *idarray_lookup(struct map *map, const void *key, uint32_t slot)
{
	uint32_t id = id_at(map, map_u32(key));

	(void)slot;
	if (!id || map->desc.type != BPF_MAP_TYPE_ARRAY_OF_MAPS || !map->resolve_map)
		return NULL;
	return map->resolve_map(map->resolver_arg, id);
}

int idarray_update(struct map *map, const void *key, const void *value, uint64_t flags,
		   uint32_t slot)
{
	(void)map, (void)key, (void)value, (void)flags, (void)slot;
	return -EOPNOTSUPP;
}

int idarray_user_lookup(struct map *map, const void *key, void *ret_value, uint64_t flags)
{
	uint32_t id = id_at(map, map_u32(key));

	(void)flags;
	if (map->desc.type == BPF_MAP_TYPE_CGROUP_ARRAY)
		return -MAP_ENOTSUPP;
	if (!id)
		return -ENOENT;
	__builtin_memcpy(ret_value, &id, sizeof(id));
	return 0;
}

int idarray_user_update(struct map *map, const void *key, const void *value, uint64_t flags)
{
	uint32_t index = map_u32(key);

	if (flags != BPF_ANY)
		return -EINVAL;
	if (index >= map->desc.max_entries)
		return -E2BIG;
	__atomic_store_n((uint32_t *)value_at(map, index), map_u32(value), __ATOMIC_RELEASE);
	return 0;
}

int idarray_remove(struct map *map, const void *key)
{
	uint32_t index = map_u32(key);

	if (index >= map->desc.max_entries)
		return -E2BIG;
	return __atomic_exchange_n((uint32_t *)value_at(map, index), 0, __ATOMIC_ACQ_REL) ? 0
											  : -ENOENT;
}

int idarray_next_key(struct map *map, const void *key, void *ret_key)
{
	return array_next_key(map, key, ret_key);
}

int idarray_batch(struct map *map, const struct map_batch *batch)
{
	if (map->desc.type != BPF_MAP_TYPE_ARRAY_OF_MAPS)
		return -MAP_ENOTSUPP;
	return map_key_batch(map, batch);
}
