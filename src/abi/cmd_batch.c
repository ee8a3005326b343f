/* SPDX-License-Identifier: BSD-2-Clause */
/* How are many elements of a map reached in one call? */
#include <errno.h>
#include <string.h>

#include "abi/abi.h"
#include "base/alloc.h"
#include "map/map.h"

enum {
	MAX_BATCH_BYTES = 1 << 30
};

struct batch {
	struct map *map;
	uint8_t *keys, *values, *in, *out;
	size_t key_size, value_size, token_size;
	uint32_t count;
};

static void batch_done(struct batch *b)
{
	mem_free(b->keys);
	mem_free(b->values);
	mem_free(b->in);
	mem_free(b->out);
	map_unref(b->map);
}

static int batch_begin(struct call *c, struct batch *b)
{
	int err;

	*b = (struct batch){ 0 };
	if (c->attr.k.batch.flags || (c->attr.k.batch.elem_flags & ~(uint64_t)BPF_F_LOCK))
		return -EINVAL;
	err = rt_map_of_fd(c->rt, (int)c->attr.k.batch.map_fd, &b->map);
	if (err)
		return err;
	b->count = c->attr.k.batch.count;
	b->key_size = b->map->desc.key_size;
	b->value_size = map_user_value_size(b->map);
	b->token_size = b->key_size > 4 ? b->key_size : 4;
	if ((c->attr.k.batch.elem_flags & BPF_F_LOCK) && b->map->desc.spin_lock_off < 0)
		err = -EINVAL;
	else if ((b->key_size + b->value_size) * (uint64_t)b->count > MAX_BATCH_BYTES)
		err = -ENOMEM;
	if (err) {
		batch_done(b);
		return err;
	}
	b->keys = mem_array(b->count ? b->count : 1, b->key_size ? b->key_size : 1);
	b->values = mem_array(b->count ? b->count : 1, b->value_size ? b->value_size : 1);
	b->in = mem_alloc(b->token_size);
	b->out = mem_alloc(b->token_size);
	if (b->keys && b->values && b->in && b->out)
		return 0;
	batch_done(b);
	return -ENOMEM;
}

/* A place in a hash is the number of a bucket, elsewhere a key. */
static size_t token_size(const struct map *map)
{
	switch (map->desc.type) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_HASH_OF_MAPS: return sizeof(uint32_t);
	default: return map->desc.key_size;
	}
}

static int lookup(struct call *c, bool and_delete)
{
	const void *in = NULL;
	struct batch b;
	int err, put;

	err = batch_begin(c, &b);
	if (err)
		return err;
	if (and_delete && map_is_frozen(b.map))
		err = -EPERM;
	if (!err && c->attr.k.batch.in_batch) {
		in = b.in;
		/* Callers keep 4 bytes for a hash and a key for anything else. */
		err = user_read(b.in, c->attr.k.batch.in_batch, 4);
		if (!err && b.key_size > 4)
			user_read(b.in, c->attr.k.batch.in_batch, b.key_size);
	}
	if (!err && b.count) {
		err = map_user_lookup_batch(b.map, in, b.out, b.keys, b.values, &b.count,
					    c->attr.k.batch.elem_flags, and_delete);
		put = user_write(c->attr.k.batch.keys, b.keys, b.key_size * b.count);
		if (!put)
			put = user_write(c->attr.k.batch.values, b.values, b.value_size * b.count);
		if (!put && err != -EFAULT)
			put = user_write(c->attr.k.batch.out_batch, b.out, token_size(b.map));
		if (!put)
			put = CALL_PUT(c, k.batch.count, b.count);
		if (put)
			err = put;
	}
	batch_done(&b);
	return err;
}

int cmd_batch_lookup(struct call *c)
{
	return lookup(c, false);
}

int cmd_batch_lookup_delete(struct call *c)
{
	return lookup(c, true);
}

static int change(struct call *c, bool with_values)
{
	struct batch b;
	int err, put;

	err = batch_begin(c, &b);
	if (err)
		return err;
	if (map_is_frozen(b.map))
		err = -EPERM;
	if (!err)
		err = user_read(b.keys, c->attr.k.batch.keys, b.key_size * b.count);
	if (!err && with_values)
		err = user_read(b.values, c->attr.k.batch.values, b.value_size * b.count);
	if (!err && b.count) {
		err = with_values ? map_user_update_batch(b.map, b.keys, b.values, &b.count,
							  c->attr.k.batch.elem_flags)
				  : map_user_delete_batch(b.map, b.keys, &b.count,
							  c->attr.k.batch.elem_flags);
		put = CALL_PUT(c, k.batch.count, b.count);
		if (put)
			err = put;
	}
	batch_done(&b);
	return err;
}

int cmd_batch_update(struct call *c)
{
	return change(c, true);
}

int cmd_batch_delete(struct call *c)
{
	return change(c, false);
}
