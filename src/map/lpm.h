/* SPDX-License-Identifier: BSD-2-Clause */
/* What do the files of the LPM trie share?  Its nodes, and the index that leads into it. */
#ifndef MAP_LPM_H
#define MAP_LPM_H

#include <endian.h>

#include "map/priv.h"

enum {
	LPM_FORK = 1, /* node.flags: no prefix of the map's, two ways part here */
	LPM_MARK = 2
};

struct lpm_shared {
	uint32_t lock, seq; /* seq grows when a freed node is written again */
	uint32_t root, free, fresh;
	uint32_t n_entries, suspect; /* a writer died: free list and n_entries may be wrong */
	uint32_t indexed;            /* the index is in use */
};

struct lpm_node {
	uint32_t child[2]; /* index + 1 */
	uint32_t flags, next_free;
	uint32_t key[]; /* prefix length, data; then the value */
};

/* What the first bits of a key lead to: the longest prefix no longer than they are, and the node
 * below which anything longer is; indices + 1, LPM_NOTHING: there is none.  With LPM_LEAF nothing
 * but `start` itself can be longer; where not even that is, it is `best` once more, so that a
 * lookup does the same in either case. */
struct lpm_hint {
	uint32_t best, start;
};
#define LPM_NOTHING UINT32_MAX
#define LPM_LEAF    0x80000000u

/* Of the process: where things are. */
struct lpm {
	struct lpm_shared *shared;
	char *nodes;
	uint64_t *hints;
	uint64_t node_size;
	uint32_t n_nodes, max_prefix;
	uint32_t value_off; /* in a node */
	uint32_t data_size;
	uint32_t hint_bits;
};

static inline uint32_t lpm_load(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline void lpm_store(uint32_t *p, uint32_t v)
{
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}

static inline uint32_t lpm_data_size(const struct map_desc *d)
{
	return d->key_size - 4;
}

static inline size_t lpm_node_size(const struct map_desc *d)
{
	return sizeof(struct lpm_node) + map_round8(d->key_size) + map_round8(d->value_size);
}

enum {
	LPM_N_SPARE = 4
};

static inline uint64_t lpm_n_nodes(const struct map_desc *d)
{
	return 2 * (uint64_t)d->max_entries + LPM_N_SPARE;
}

static inline struct lpm_node *lpm_node_at(const struct map *map, uint32_t index)
{
	const struct lpm *lpm = map->priv;

	if (index - 1 >= lpm->n_nodes)
		return NULL;
	return (struct lpm_node *)(void *)(lpm->nodes + lpm->node_size * (index - 1));
}

/* The 32 bits of a key from `bit` (a multiple of 32) on, the first one highest; zeros behind its
 * end. */
static inline uint32_t lpm_word(uint32_t size, const unsigned char *data, uint32_t bit)
{
	uint32_t at = bit / 8, w = 0;

	if (at + 4 <= size) {
		__builtin_memcpy(&w, data + at, 4);
		return be32toh(w);
	}
	for (uint32_t k = at; k < size; k++)
		w |= (uint32_t)data[k] << (24 - 8 * (k - at));
	return w;
}

/* lpm_index.c: */
uint32_t lpm_index_bits(const struct map_desc *d);
size_t lpm_index_size(const struct map_desc *d);
/* Where a lookup of so long a prefix may begin; false: at the root. */
static inline bool lpm_index_get(const struct lpm *lpm, const unsigned char *data, uint32_t prefix,
				 struct lpm_hint *ret_hint)
{
	uint64_t word;

	if (!lpm_load(&lpm->shared->indexed) || prefix < lpm->hint_bits)
		return false;
	word = sync_load(&lpm->hints[lpm_word(lpm->data_size, data, 0) >> (32 - lpm->hint_bits)]);
	ret_hint->best = (uint32_t)(word >> 32);
	ret_hint->start = (uint32_t)word;
	return true;
}

/* With the lock held, after a change below the first `bits` bits of a key. */
void lpm_index_changed(struct map *map, const unsigned char *data, uint32_t bits);
/* The same, after anything may have changed. */
void lpm_index_rebuild(struct map *map);

#endif
