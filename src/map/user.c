/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does an operation on a map do, and what does it answer when the type does not have it?  The
 * program's side calls the type at once; the system call's side checks flags, modes and freezing
 * first and copies values.
 */
#include "map/map.h"

#include <errno.h>

#include "map/priv.h"

void *map_lookup(struct map *map, const void *key, uint32_t slot)
{
	return map->ops->lookup ? map->ops->lookup(map, key, slot) : NULL;
}

int map_update(struct map *map, const void *key, const void *value, uint64_t flags, uint32_t slot)
{
	if (!map->ops->update)
		return -MAP_ENOTSUPP;
	return map->ops->update(map, key, value, flags, slot);
}

int map_delete(struct map *map, const void *key)
{
	return map->ops->remove ? map->ops->remove(map, key) : -MAP_ENOTSUPP;
}

int map_push(struct map *map, const void *value, uint64_t flags)
{
	return map->ops->push ? map->ops->push(map, value, flags) : -MAP_ENOTSUPP;
}

int map_pop(struct map *map, void *ret_value)
{
	return map->ops->pop ? map->ops->pop(map, ret_value) : -MAP_ENOTSUPP;
}

int map_peek(struct map *map, void *ret_value)
{
	return map->ops->peek ? map->ops->peek(map, ret_value) : -MAP_ENOTSUPP;
}

int64_t map_for_each(struct map *map, uint32_t slot, map_each_fn fn, void *arg)
{
	return map->ops->for_each ? map->ops->for_each(map, slot, fn, arg) : -EINVAL;
}

int map_recover(struct map *map, map_dead_fn is_dead, void *arg)
{
	if (!map->ops->recover || map->readonly)
		return 0;
	return map->ops->recover(map, is_dead, arg);
}

/* Bytes [from, to) of a value in or out. */
static void copy_part(char *to, const char *from, size_t a, size_t b, bool in)
{
	if (in)
		sync_copy_in(to + a, from + a, b - a);
	else
		sync_copy_out(to + a, from + a, b - a);
}

/* Byte by byte, since the parts beside a lock are not aligned to words. */
static void copy_around(const struct map *map, char *to, const char *from, bool in)
{
	const struct map_desc *d = &map->desc;

	for (uint32_t k = 0; k < d->value_size; k++) {
		if (d->spin_lock_off >= 0 && k - (uint32_t)d->spin_lock_off < 4)
			continue;
		if (d->timer_off >= 0 && k - (uint32_t)d->timer_off < 16)
			continue;
		copy_part(to, from, k, k + 1, in);
	}
}

static void copy_value(const struct map *map, char *to, const char *from, bool in)
{
	if (map->desc.spin_lock_off < 0 && map->desc.timer_off < 0)
		copy_part(to, from, 0, map->desc.value_size, in);
	else
		copy_around(map, to, from, in);
}

void map_value_in(const struct map *map, void *shared, const void *src, uint64_t flags)
{
	uint32_t *lock = (uint32_t *)(void *)((char *)shared + map->desc.spin_lock_off);

	if (flags & BPF_F_LOCK)
		map_spin_lock(lock);
	copy_value(map, shared, src, true);
	if (flags & BPF_F_LOCK)
		map_spin_unlock(lock);
}

void map_value_out(const struct map *map, void *dst, void *shared, uint64_t flags)
{
	uint32_t *lock = (uint32_t *)(void *)((char *)shared + map->desc.spin_lock_off);

	if (map->desc.spin_lock_off >= 0 || map->desc.timer_off >= 0)
		__builtin_memset(dst, 0, map->desc.value_size);
	if (flags & BPF_F_LOCK)
		map_spin_lock(lock);
	copy_value(map, dst, shared, false);
	if (flags & BPF_F_LOCK)
		map_spin_unlock(lock);
}

size_t map_user_value_size(const struct map *map)
{
	if (map->ops->percpu)
		return map_round8(map->desc.value_size) * map->desc.slots;
	return map->desc.value_size;
}

static int check_lock_flag(const struct map *map, uint64_t flags)
{
	return flags & BPF_F_LOCK && map->desc.spin_lock_off < 0 ? -EINVAL : 0;
}

static int check_write(const struct map *map)
{
	return map->desc.flags & BPF_F_RDONLY || map->readonly || map_is_frozen(map) ? -EPERM : 0;
}

static int check_read(const struct map *map)
{
	return map->desc.flags & BPF_F_WRONLY ? -EPERM : 0;
}

int map_user_lookup(struct map *map, const void *key, void *ret_value, uint64_t flags)
{
	void *value;
	int err = flags & ~(uint64_t)BPF_F_LOCK ? -EINVAL : check_read(map);

	if (!err)
		err = check_lock_flag(map, flags);
	if (err)
		return err;
	if (map->ops->peek)
		return map->ops->peek(map, ret_value);
	if (map->ops->user_lookup)
		return map->ops->user_lookup(map, key, ret_value, flags);
	if (!map->ops->lookup)
		return -MAP_ENOTSUPP;
	value = map->ops->lookup(map, key, 0);
	if (!value)
		return -ENOENT;
	map_value_out(map, ret_value, value, flags);
	return 0;
}

int map_user_update(struct map *map, const void *key, const void *value, uint64_t flags)
{
	int err = check_write(map);

	if (!err)
		err = check_lock_flag(map, flags);
	if (err)
		return err;
	if (map->ops->push)
		return map->ops->push(map, value, flags);
	if (map->ops->user_update)
		return map->ops->user_update(map, key, value, flags);
	return map_update(map, key, value, flags, 0);
}

int map_user_delete(struct map *map, const void *key)
{
	int err = check_write(map);

	if (err)
		return err;
	if (!map->ops->remove && map->ops->push)
		return -EINVAL;
	return map_delete(map, key);
}

int map_user_lookup_and_delete(struct map *map, const void *key, void *ret_value, uint64_t flags)
{
	int err = flags & ~(uint64_t)BPF_F_LOCK ? -EINVAL : 0;

	if (!err && flags && map->ops->pop)
		err = -EINVAL;
	if (!err)
		err = check_lock_flag(map, flags);
	if (!err)
		err = check_read(map);
	if (!err)
		err = check_write(map);
	if (err)
		return err;
	if (map->ops->pop)
		return map->ops->pop(map, ret_value);
	if (!map->ops->user_take)
		return -MAP_ENOTSUPP;
	return map->ops->user_take(map, key, ret_value, flags);
}

int map_user_next_key(struct map *map, const void *key, void *ret_key)
{
	int err = check_read(map);

	if (err)
		return err;
	if (!map->ops->next_key)
		return map->ops->push ? -EINVAL : -MAP_ENOTSUPP;
	return map->ops->next_key(map, key, ret_key);
}

int map_index_next(uint32_t n, const void *key, void *ret_key)
{
	uint32_t index = key ? map_u32(key) : UINT32_MAX, next;

	if (index == n - 1)
		return -ENOENT;
	next = index >= n ? 0 : index + 1;
	__builtin_memcpy(ret_key, &next, sizeof(next));
	return 0;
}
