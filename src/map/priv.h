/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do the map types share among themselves?  The layout of a map's file, and the functions
 * that map_types.def names.
 *
 * A map's file is its data, from offset 0 (so that mmap() of a map descriptor shows values or
 * ring pages where libbpf expects them), then one page with the header.
 */
#ifndef MAP_PRIV_H
#define MAP_PRIV_H

#include "map/map.h"
#include "map/sync.h"

enum {
	MAP_ENOTSUPP = 524
}; /* the kernel answers it, errno.h does not name it */

enum {
	MAP_PCPU_MAX = 32768,      /* largest per-CPU value, rounded up */
	MAP_KMALLOC_MAX = 1 << 22, /* largest key plus value of a hash */
	MAP_MAX_SLOTS = 256
};

#define MAP_ACCESS_FLAGS (BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)

static inline uint64_t map_round8(uint64_t n)
{
	return (n + 7) & ~(uint64_t)7;
}

static inline uint64_t map_round_pow2(uint64_t n)
{
	uint64_t p = 1;

	while (p < n)
		p <<= 1;
	return p;
}

static inline uint32_t map_u32(const void *key)
{
	uint32_t v;

	__builtin_memcpy(&v, key, sizeof(v));
	return v;
}

/* Next key of an array of n indices, the kernel's rules. */
int map_index_next(uint32_t n, const void *key, void *ret_key);
/* Copies a value in or out under its spin lock where flags say BPF_F_LOCK; the lock itself and
 * timers are never copied. */
void map_value_in(const struct map *map, void *shared, const void *src, uint64_t flags);
void map_value_out(const struct map *map, void *dst, void *shared, uint64_t flags);

/* Batches for types whose cursor is a key. */
int map_key_batch(struct map *map, const struct map_batch *batch);

/* The rows of map_types.def name these families; a family is what a file of this folder offers. */
#define MAP_FAMILY(name)                                                                           \
	int name##_check(const struct map_desc *desc);                                             \
	size_t name##_size(const struct map_desc *desc, int *ret_err);                             \
	int name##_init(struct map *map);                                                          \
	int name##_attach(struct map *map);                                                        \
	void name##_detach(struct map *map);                                                       \
	void *name##_lookup(struct map *map, const void *key, uint32_t slot);                      \
	int name##_update(struct map *map, const void *key, const void *value, uint64_t flags,     \
			  uint32_t slot);                                                          \
	int name##_remove(struct map *map, const void *key);                                       \
	int name##_next_key(struct map *map, const void *key, void *ret_key);                      \
	int name##_push(struct map *map, const void *value, uint64_t flags);                       \
	int name##_pop(struct map *map, void *ret_value);                                          \
	int name##_peek(struct map *map, void *ret_value);                                         \
	int name##_user_lookup(struct map *map, const void *key, void *ret_value, uint64_t flags); \
	int name##_user_update(struct map *map, const void *key, const void *value,                \
			       uint64_t flags);                                                    \
	int name##_user_take(struct map *map, const void *key, void *ret_value, uint64_t flags);   \
	int64_t name##_for_each(struct map *map, uint32_t slot, map_each_fn fn, void *arg);        \
	int name##_batch(struct map *map, const struct map_batch *batch);                          \
	int name##_recover(struct map *map, map_dead_fn is_dead, void *arg);

MAP_FAMILY(array)
MAP_FAMILY(pcarray)
MAP_FAMILY(idarray)
MAP_FAMILY(hash)
MAP_FAMILY(pchash)
MAP_FAMILY(idhash)
MAP_FAMILY(lru)
MAP_FAMILY(lpm)
MAP_FAMILY(queue)
MAP_FAMILY(stack)
MAP_FAMILY(bloom)
MAP_FAMILY(stackmap)
MAP_FAMILY(ringbuf)
MAP_FAMILY(perf_array)
MAP_FAMILY(inert)

/* Bytes of one slot's copy of a per-CPU array. */
size_t pcarray_row_size(const struct map_desc *desc);

/* lpm_lookup() of keys of 8 bytes. */
void *lpm_lookup8(struct map *map, const void *key, uint32_t slot);

/* Operations of hashes by key size. */
#define MAP_HASH_SIZE(size)                                                                        \
	void *hash_lookup##size(struct map *map, const void *key, uint32_t slot);                  \
	int hash_update##size(struct map *map, const void *key, const void *value, uint64_t flags, \
			      uint32_t slot);                                                      \
	int hash_remove##size(struct map *map, const void *key);
MAP_HASH_SIZE(4)
MAP_HASH_SIZE(8)
MAP_HASH_SIZE(16)

#endif
