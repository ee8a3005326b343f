/* SPDX-License-Identifier: BSD-2-Clause */
/* What do the files of the LPM trie share?  Its nodes, and the index that leads into it. */
#ifndef MAP_LPM_H
#define MAP_LPM_H

#include <endian.h>

#include "map/priv.h"

/* In a node's flags, below what is longest above it. */
enum {
	LPM_FORK = 1, /* no prefix of the map's, two ways part here */
	LPM_MARK = 2,
	LPM_FLAGS = LPM_FORK | LPM_MARK,
	LPM_ABOVE_SHIFT = 2
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

/*
 * An entry of the index: the node (index + 1) of the longest prefix of all keys that begin with its
 * bits, or one of these.  0: the trie is to be walked from its root.
 */
#define LPM_NOTHING 0x3fffffffu /* there is no prefix */
#define LPM_BELOW   0x40000000u /* the second table says it */
#define LPM_DEEP                                                                      \
	0x80000000u /* with a node: it may be this one or one below, and if not, what \
		     * the node names as the longest above it */
enum {
	LPM_TOP_BITS = 16,
	LPM_MAX_BITS = 24
};

/* Of the process: where things are. */
struct lpm {
	struct lpm_shared *shared;
	char *nodes, *values; /* the first ones */
	uint32_t *table;      /* by top_bits; behind it the one by all bits, where these are more */
	uint64_t node_size;
	uint32_t n_nodes, max_prefix;
	uint32_t value_off; /* in a node */
	uint32_t data_size;
	uint32_t bits, top_bits;
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
static inline uint32_t lpm_top_bits(uint32_t bits)
{
	return bits < LPM_TOP_BITS ? bits : LPM_TOP_BITS;
}

/* What the index says of the first 32 bits of a key with no less than lpm->bits.  No branch depends
 * on what memory holds, so that lookups do not wait for each other's memory. */
static inline uint32_t lpm_index_get(const struct lpm *lpm, uint32_t word)
{
	uint32_t at = word >> (32 - lpm->top_bits);
	uint32_t is_below = -(uint32_t)(lpm_load(&lpm->table[at]) == LPM_BELOW);
	uint32_t below = (1u << lpm->top_bits) + (word >> (32 - lpm->bits));

	return lpm_load(&lpm->table[at ^ ((at ^ below) & is_below)]);
}

/* With the lock held, after a prefix came, changed or went. */
void lpm_index_changed(struct map *map, const void *key);
/* The same, after anything may have changed. */
void lpm_index_rebuild(struct map *map);

#endif
