/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which map types exist by name only?  Those whose entries are kernel objects.  Loaders probe for
 * them by creating one, so that succeeds with the kernel's checks; putting something in is refused.
 */
#include "map/map.h"

#include <errno.h>

#include <ring3/bpf.h>

#include "base/os.h"
#include "map/priv.h"

enum {
	MAX_STACK = 512, /* keys are built on a program's stack */
	PAGE = 4096
};

/* The shapes of key, value and number of entries that the kernel asks for. */
static bool is_storage(const struct map_desc *d)
{
	return d->key_size == 4 && d->value_size && !d->max_entries &&
	       d->flags & BPF_F_NO_PREALLOC && d->btf_key_type_id && d->btf_value_type_id;
}

static bool is_cgroup_storage(const struct map_desc *d)
{
	return (d->key_size == 8 || d->key_size == 12 || d->key_size == 16) && d->value_size &&
	       !d->max_entries;
}

/* Up to 4 GB of pages that do not cross a multiple of 4 GB. */
static int arena_check(const struct map_desc *d)
{
	uint64_t bytes = (uint64_t)d->max_entries * PAGE;

	if (d->key_size || d->value_size || !d->max_entries || !(d->flags & BPF_F_MMAPABLE) ||
	    d->extra % PAGE)
		return -EINVAL;
	if (bytes > UINT64_C(1) << 32)
		return -E2BIG;
	return d->extra >> 32 == (d->extra + bytes - 1) >> 32 ? 0 : -ERANGE;
}

int inert_check(const struct map_desc *d)
{
	bool ok = d->max_entries && d->key_size == 4 && (d->value_size == 4 || d->value_size == 8);

	if (d->type == BPF_MAP_TYPE_SOCKHASH)
		ok = d->max_entries && d->key_size && (d->value_size == 4 || d->value_size == 8);
	if (d->type == BPF_MAP_TYPE_CGROUP_ARRAY || d->type == BPF_MAP_TYPE_XSKMAP)
		ok = ok && d->value_size == 4;
	if (d->type == BPF_MAP_TYPE_SK_STORAGE || d->type == BPF_MAP_TYPE_INODE_STORAGE ||
	    d->type == BPF_MAP_TYPE_TASK_STORAGE || d->type == BPF_MAP_TYPE_CGRP_STORAGE)
		ok = is_storage(d);
	if (d->type == BPF_MAP_TYPE_CGROUP_STORAGE || d->type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE)
		ok = is_cgroup_storage(d);
	if (d->type == BPF_MAP_TYPE_ARENA)
		return arena_check(d);
	/* The value's type is a kernel's: who knows it checks its size. */
	if (d->type == BPF_MAP_TYPE_STRUCT_OPS)
		ok = d->key_size == 4 && d->value_size && d->max_entries == 1;
	if (ok && d->key_size > MAX_STACK)
		return -E2BIG;
	return ok ? 0 : -EINVAL;
}

size_t inert_size(const struct map_desc *desc, int *ret_err)
{
	(void)desc, (void)ret_err;
	return os_page_size();
}

int inert_attach(struct map *map)
{
	(void)map;
	return 0;
}

void *inert_lookup(struct map *map, const void *key, uint32_t slot)
{
	(void)map, (void)key, (void)slot;
	return NULL;
}

int inert_update(struct map *map, const void *key, const void *value, uint64_t flags, uint32_t slot)
{
	(void)map, (void)key, (void)value, (void)flags, (void)slot;
	return -EOPNOTSUPP;
}

int inert_remove(struct map *map, const void *key)
{
	(void)map, (void)key;
	return -ENOENT;
}

int inert_next_key(struct map *map, const void *key, void *ret_key)
{
	(void)map, (void)key, (void)ret_key;
	return -ENOENT;
}
