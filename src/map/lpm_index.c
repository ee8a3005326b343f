/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a lookup get by the upper part of an LPM trie?  A table by the first bits of the data,
 * four entries for each prefix that the map may hold, says how far a walk has come after them.  It
 * follows from the trie: writers paint the part below what they changed, and whoever comes after a
 * dead one paints it all.  It comes into use once the trie has a use for it, so that a map of few
 * prefixes touches none of it.
 */
#include "map/lpm.h"

enum {
	MIN_BITS = 8,
	MAX_BITS = 24,
	SMALL_BITS = 12, /* painted at once */
	FILL = 16        /* entries for one prefix when a larger one is first painted */
};

uint32_t lpm_index_bits(const struct map_desc *d)
{
	uint32_t bits = MIN_BITS, all = 8 * lpm_data_size(d);

	while (bits < MAX_BITS && bits < all && 1u << bits < 4 * (uint64_t)d->max_entries)
		bits++;
	return bits;
}

size_t lpm_index_size(const struct map_desc *d)
{
	return sizeof(uint64_t) << lpm_index_bits(d);
}

/* Entries [from, to) as they are to be; `below`: what hangs there, 0: nothing. */
static void fill(struct map *map, uint64_t from, uint64_t to, uint32_t best, uint32_t below)
{
	const struct lpm *lpm = map->priv;
	struct lpm_node *node = lpm_node_at(map, below);
	uint32_t start = node ? below : best | LPM_LEAF;

	if (node && !(lpm_load(&node->flags) & LPM_FORK) && !lpm_load(&node->child[0]) &&
	    !lpm_load(&node->child[1]))
		start |= LPM_LEAF;
	for (uint64_t k = from; k < to; k++)
		sync_store(&lpm->hints[k], (uint64_t)best << 32 | start);
}

/* Entries [from, to), all below the word that names `index`; goes as deep as there are bits, since
 * prefixes grow downwards. */
static void paint(struct map *map, uint32_t index, uint32_t above, uint32_t best, uint64_t from,
		  uint64_t to)
{
	const struct lpm *lpm = map->priv;
	uint32_t bits = lpm->hint_bits;

	for (;;) {
		struct lpm_node *node = lpm_node_at(map, index);
		uint32_t own = node ? lpm_load(&node->key[0]) : 0;
		uint64_t low, middle, high;

		if (from >= to)
			return;
		if (!node || own >= bits || own < above) {
			fill(map, from, to, best, index);
			return;
		}
		low = own ? lpm_word(lpm->data_size, (const unsigned char *)&node->key[1], 0) >>
				      (32 - own) << (bits - own)
			  : 0;
		middle = low + (1ull << (bits - own - 1));
		high = low + (1ull << (bits - own));
		fill(map, from, low < to ? low : to, best, 0);
		fill(map, high > from ? high : from, to, best, 0);
		from = low > from ? low : from;
		to = high < to ? high : to;
		best = lpm_load(&node->flags) & LPM_FORK ? best : index;
		above = own + 1;
		paint(map, lpm_load(&node->child[0]), above, best, from, middle < to ? middle : to);
		index = lpm_load(&node->child[1]);
		from = middle > from ? middle : from;
	}
}

void lpm_index_rebuild(struct map *map)
{
	struct lpm_shared *s = map->data;
	uint32_t bits = ((const struct lpm *)map->priv)->hint_bits;

	if (!lpm_load(&s->indexed) && bits > SMALL_BITS &&
	    lpm_load(&s->n_entries) < (1u << bits) / FILL)
		return;
	paint(map, lpm_load(&s->root), 0, LPM_NOTHING, 0, 1ull << bits);
	lpm_store(&s->indexed, 1);
}

void lpm_index_changed(struct map *map, const unsigned char *data, uint32_t bits)
{
	struct lpm_shared *s = map->data;
	const struct lpm *lpm = map->priv;
	uint32_t all = lpm->hint_bits, top = lpm_word(lpm->data_size, data, 0) >> (32 - all);
	uint64_t from;

	if (!lpm_load(&s->indexed)) {
		lpm_index_rebuild(map);
		return;
	}
	bits = bits < all ? bits : all;
	from = (uint64_t)(top >> (all - bits)) << (all - bits);
	paint(map, lpm_load(&s->root), 0, LPM_NOTHING, from, from + (1ull << (all - bits)));
}
