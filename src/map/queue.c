/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How do queues and stacks keep their order when a process dies in the middle?  One word holds both
 * ends {head, tail}, counted without wrapping; a value is copied first and the word stored last,
 * under a lock that a waiter takes over from a dead owner.
 */
#include "map/map.h"

#include <errno.h>

#include "map/priv.h"

struct queue_shared {
	uint32_t lock, pad;
	uint64_t ends; /* {newest + 1: 32, oldest: 32}, modulo 2 * max_entries */
	uint64_t values[];
};

int queue_check(const struct map_desc *desc)
{
	if (!desc->max_entries || desc->key_size || !desc->value_size)
		return -EINVAL;
	return desc->value_size > MAP_KMALLOC_MAX || desc->max_entries > INT32_MAX ? -E2BIG : 0;
}

size_t queue_size(const struct map_desc *desc, int *ret_err)
{
	(void)ret_err;
	return sizeof(struct queue_shared) + map_round8(desc->value_size) * desc->max_entries;
}

int queue_attach(struct map *map)
{
	(void)map;
	return 0;
}

static void *value_at(const struct map *map, uint32_t at)
{
	struct queue_shared *q = map->data;
	uint32_t n = map->desc.max_entries;

	return (char *)q->values + map_round8(map->desc.value_size) * (at < n ? at : at - n);
}

static uint32_t step(const struct map *map, uint32_t at, uint32_t by)
{
	uint64_t n = 2 * (uint64_t)map->desc.max_entries, to = (uint64_t)at + by;

	return (uint32_t)(to < n ? to : to - n);
}

/* Both ends, brought into range whatever the file says. */
static uint32_t read_ends(const struct map *map, uint32_t *ret_head, uint32_t *ret_tail)
{
	const struct queue_shared *q = map->data;
	uint64_t ends = sync_load(&q->ends), n = 2 * (uint64_t)map->desc.max_entries;
	uint32_t count;

	*ret_head = (uint32_t)(ends >> 32);
	*ret_tail = (uint32_t)ends;
	if (*ret_head >= n || *ret_tail >= n)
		*ret_head = *ret_tail = 0;
	count = (uint32_t)(*ret_head >= *ret_tail ? *ret_head - *ret_tail
						  : *ret_head + n - *ret_tail);
	return count > map->desc.max_entries ? map->desc.max_entries : count;
}

static void write_ends(struct map *map, uint32_t head, uint32_t tail)
{
	struct queue_shared *q = map->data;

	sync_store(&q->ends, (uint64_t)head << 32 | tail);
}

int queue_push(struct map *map, const void *value, uint64_t flags)
{
	struct queue_shared *q = map->data;
	struct sync_turn turn;
	uint32_t head, tail;
	bool full;

	if (flags & BPF_NOEXIST || flags > BPF_EXIST)
		return -EINVAL;
	if (sync_begin(&q->lock, &turn) < 0)
		return -EBUSY;
	full = read_ends(map, &head, &tail) == map->desc.max_entries;
	if (full && flags != BPF_EXIST) {
		sync_end(&q->lock, &turn);
		return -E2BIG;
	}
	if (full) {
		tail = step(map, tail, 1);
		write_ends(map, head, tail);
	}
	sync_copy_in(value_at(map, head), value, map->desc.value_size);
	write_ends(map, step(map, head, 1), tail);
	sync_end(&q->lock, &turn);
	return 0;
}

static int get(struct map *map, void *ret_value, bool newest, bool keep)
{
	struct queue_shared *q = map->data;
	struct sync_turn turn;
	uint32_t head, tail, last, back = 2 * map->desc.max_entries - 1;
	int err = -ENOENT;

	if (sync_begin(&q->lock, &turn) < 0) {
		__builtin_memset(ret_value, 0, map->desc.value_size);
		return -EBUSY;
	}
	if (read_ends(map, &head, &tail)) {
		last = step(map, head, back);
		sync_copy_out(ret_value, value_at(map, newest ? last : tail), map->desc.value_size);
		if (!keep)
			write_ends(map, newest ? last : head, newest ? tail : step(map, tail, 1));
		err = 0;
	}
	sync_end(&q->lock, &turn);
	if (err)
		__builtin_memset(ret_value, 0, map->desc.value_size);
	return err;
}

int queue_pop(struct map *map, void *ret_value)
{
	return get(map, ret_value, false, false);
}

int queue_peek(struct map *map, void *ret_value)
{
	return get(map, ret_value, false, true);
}

int stack_pop(struct map *map, void *ret_value)
{
	return get(map, ret_value, true, false);
}

int stack_peek(struct map *map, void *ret_value)
{
	return get(map, ret_value, true, true);
}
