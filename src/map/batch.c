/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do the batch commands do?  The checks that all types share, and the cursor for types whose
 * position is a key; hashes walk bucket by bucket (hash.c).
 */
#include "map/map.h"

#include <errno.h>

#include "base/alloc.h"
#include "map/priv.h"

static int check_batch(const struct map *map, uint64_t elem_flags, bool reads, bool writes)
{
	if (elem_flags & ~(uint64_t)BPF_F_LOCK)
		return -EINVAL;
	if (elem_flags & BPF_F_LOCK && map->desc.spin_lock_off < 0)
		return -EINVAL;
	if (reads && map->desc.flags & BPF_F_WRONLY)
		return -EPERM;
	if (writes && (map->desc.flags & BPF_F_RDONLY || map_is_frozen(map)))
		return -EPERM;
	return 0;
}

int map_user_lookup_batch(struct map *map, const void *in_batch, void *out_batch, void *keys,
			  void *values, uint32_t *count, uint64_t elem_flags, bool and_delete)
{
	struct map_batch batch = {
		in_batch, out_batch, keys, values, count, elem_flags, and_delete
	};
	int err;

	if (!map->ops->batch || (and_delete && !map->ops->batch_delete))
		return -MAP_ENOTSUPP;
	err = check_batch(map, elem_flags, true, and_delete);
	if (err)
		return err;
	return map->ops->batch(map, &batch);
}

int map_user_update_batch(struct map *map, const void *keys, const void *values, uint32_t *count,
			  uint64_t elem_flags)
{
	uint32_t max = *count, done = 0;
	size_t value_size = map_user_value_size(map);
	const char *key = keys, *value = values;
	int err = map->ops->batch ? check_batch(map, elem_flags, false, true) : -MAP_ENOTSUPP;

	if (err)
		return err;
	for (; !err && done < max; key += map->desc.key_size, value += value_size) {
		err = map_user_update(map, key, value, elem_flags);
		done += !err;
	}
	*count = done;
	return err;
}

int map_user_delete_batch(struct map *map, const void *keys, uint32_t *count, uint64_t elem_flags)
{
	uint32_t max = *count, done = 0;
	const char *key = keys;
	int err =
		map->ops->batch_delete ? check_batch(map, elem_flags, false, true) : -MAP_ENOTSUPP;

	if (err)
		return err;
	for (; !err && done < max; key += map->desc.key_size) {
		err = map_user_delete(map, key);
		done += !err;
	}
	*count = done;
	return err;
}

int map_key_batch(struct map *map, const struct map_batch *b)
{
	uint32_t max = *b->count, done = 0, key_size = map->desc.key_size;
	size_t value_size = map_user_value_size(map);
	char *here = mem_alloc(key_size), *next = mem_alloc(key_size), *swap;
	char *key = b->keys, *value = b->values;
	int err = here && next ? 0 : -ENOMEM;
	bool first = !b->in;
	uint32_t misses = 0;

	*b->count = 0;
	if (!err && b->in)
		__builtin_memcpy(here, b->in, key_size);
	while (!err && done < max) {
		err = map_user_next_key(map, first ? NULL : here, next);
		if (err)
			break;
		swap = here, here = next, next = swap;
		first = false;
		err = map_user_lookup(map, here, value, b->elem_flags);
		if (err == -ENOENT) { /* deleted meanwhile */
			err = misses++ < map->desc.max_entries ? 0 : -EINTR;
			continue;
		}
		if (err)
			break;
		__builtin_memcpy(key, here, key_size);
		key += key_size, value += value_size, done++;
	}
	if (done) {
		*b->count = done;
		__builtin_memcpy(b->out, here, key_size);
	}
	mem_free(here);
	mem_free(next);
	return err;
}
