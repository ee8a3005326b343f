/* SPDX-License-Identifier: BSD-2-Clause */
/* Was a value ever pushed?  Bits set atomically; nothing is ever taken back. */
#include "map/map.h"

#include <errno.h>

#include "map/priv.h"

enum {
	DEFAULT_HASHES = 5
};

static uint32_t n_hashes(const struct map_desc *d)
{
	return d->extra ? (uint32_t)d->extra : DEFAULT_HASHES;
}

/* Bits for about the false positives that the number of hashes can give: entries * hashes / ln 2.
 */
static uint64_t n_bits(const struct map_desc *d)
{
	uint64_t bits = map_round_pow2((uint64_t)d->max_entries * n_hashes(d) / 5 * 7);

	return bits < 64 ? 64 : bits;
}

int bloom_check(const struct map_desc *d)
{
	if (d->key_size || !d->value_size || !d->max_entries || d->extra > 15)
		return -EINVAL;
	return d->value_size > MAP_KMALLOC_MAX ? -E2BIG : 0;
}

size_t bloom_size(const struct map_desc *desc, int *ret_err)
{
	(void)ret_err;
	return n_bits(desc) / 8;
}

int bloom_attach(struct map *map)
{
	(void)map;
	return 0;
}

static uint64_t bit_of(const struct map *map, const void *value, uint32_t round)
{
	const unsigned char *p = value;
	uint64_t sum = 0x9e3779b97f4a7c15ULL * (round + 1);

	for (uint32_t k = 0; k < map->desc.value_size; k++) {
		sum = (sum ^ p[k]) * 0xff51afd7ed558ccdULL;
		sum ^= sum >> 32;
	}
	return sum & (n_bits(&map->desc) - 1);
}

int bloom_push(struct map *map, const void *value, uint64_t flags)
{
	uint64_t *words = map->data;

	if (flags != BPF_ANY)
		return -EINVAL;
	for (uint32_t k = 0; k < n_hashes(&map->desc); k++) {
		uint64_t bit = bit_of(map, value, k);

		__atomic_fetch_or(&words[bit / 64], (uint64_t)1 << bit % 64, __ATOMIC_RELAXED);
	}
	return 0;
}

int bloom_peek(struct map *map, void *value)
{
	const uint64_t *words = map->data;

	for (uint32_t k = 0; k < n_hashes(&map->desc); k++) {
		uint64_t bit = bit_of(map, value, k);

		if (!(sync_load(&words[bit / 64]) >> bit % 64 & 1))
			return -ENOENT;
	}
	return 0;
}
