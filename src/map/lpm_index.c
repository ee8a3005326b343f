/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a lookup get by the upper part of an LPM trie?  Two tables say what a walk comes to
 * after the first bits of the data: one by the first LPM_TOP_BITS, which says it at once or sends
 * on to the other, by up to LPM_MAX_BITS.  Where prefixes are longer than these an entry names the
 * node that hangs there, and that node says what is longest above it.
 *
 * The tables follow from the trie: writers paint the part below what they changed, and whoever
 * comes after a dead one paints it all.  They come into use once the trie has a use for them, and
 * the second one only where prefixes are long, so that a map of few touches little.
 */
#include "map/lpm.h"

#define ALL UINT32_MAX /* prefixes may have changed */

enum {
	MIN_BITS = 8,
	PER_PREFIX = 16, /* entries of the second table for each prefix that the map may hold */
	SMALL_BITS = 12, /* painted at once */
	FILL = 256       /* entries for one prefix when a larger one is first painted */
};

uint32_t lpm_index_bits(const struct map_desc *d)
{
	uint64_t wanted = PER_PREFIX * (uint64_t)d->max_entries;
	uint32_t bits = MIN_BITS, all = 8 * lpm_data_size(d);

	while (bits < LPM_MAX_BITS && bits < all && 1u << bits < wanted)
		bits++;
	return bits;
}

size_t lpm_index_size(const struct map_desc *d)
{
	uint32_t bits = lpm_index_bits(d), top = lpm_top_bits(bits);

	return sizeof(uint32_t) * ((1ull << top) + (bits > top ? 1ull << bits : 0));
}

/* Entries [from, to) of the table by all bits.  They come in ascending order, and all of those that
 * an entry of the first table stands for, so that it sends there after the last of them. */
static void fill(struct map *map, uint64_t from, uint64_t to, uint32_t entry)
{
	const struct lpm *lpm = map->priv;
	uint32_t shift = lpm->bits - lpm->top_bits;
	uint32_t *below = lpm->table + (1ull << lpm->top_bits);

	while (from < to) {
		uint64_t at = from >> shift, end = (at + 1) << shift;

		if (from == at << shift && to >= end) {
			lpm_store(&lpm->table[at], entry);
			from = end;
			continue;
		}
		for (; from < to && from < end; from++)
			lpm_store(&below[from], entry);
		if (from == end)
			lpm_store(&lpm->table[at], LPM_BELOW);
	}
}

static uint64_t first_bits(const struct lpm *lpm, const struct lpm_node *node, uint32_t n)
{
	uint64_t word = lpm_word(lpm->data_size, (const unsigned char *)&node->key[1], 0);

	return word >> (32 - n);
}

static bool is_last(const struct lpm *lpm, const struct lpm_node *node)
{
	return lpm_load(&node->key[0]) == lpm->bits && !(lpm_load(&node->flags) & LPM_FORK) &&
	       !lpm_load(&node->child[0]) && !lpm_load(&node->child[1]);
}

/* A node with no less than all bits hangs at one entry. */
static void fill_around(struct map *map, struct lpm_node *node, uint32_t index, uint32_t best,
			uint64_t from, uint64_t to)
{
	const struct lpm *lpm = map->priv;
	uint64_t at = first_bits(lpm, node, lpm->bits);

	if (at < from || at >= to) {
		fill(map, from, to, best);
		return;
	}
	fill(map, from, at, best);
	lpm_store(&node->flags, (lpm_load(&node->flags) & LPM_FLAGS) | best << LPM_ABOVE_SHIFT);
	fill(map, at, at + 1, is_last(lpm, node) ? index : LPM_DEEP | index);
	fill(map, at + 1, to, best);
}

/* Entries [from, to), all below the word that names `index`; goes as deep as there are bits, since
 * prefixes grow downwards.  What lies under a prefix longer than `changed` is as it was. */
static void paint(struct map *map, uint32_t index, uint32_t above, uint32_t best, uint64_t from,
		  uint64_t to, uint32_t changed)
{
	const struct lpm *lpm = map->priv;
	struct lpm_node *node = lpm_node_at(map, index);
	uint32_t own = node ? lpm_load(&node->key[0]) : 0;
	uint64_t low, middle, high, end;
	bool is_fork;

	if (from >= to)
		return;
	if (!node || own < above) {
		fill(map, from, to, best);
		return;
	}
	if (own >= lpm->bits) {
		fill_around(map, node, index, best, from, to);
		return;
	}
	low = first_bits(lpm, node, own) << (lpm->bits - own);
	middle = low + (1ull << (lpm->bits - own - 1));
	high = low + (1ull << (lpm->bits - own));
	fill(map, from, low < to ? low : to, best);
	from = low > from ? low : from;
	end = high < to ? high : to;
	is_fork = lpm_load(&node->flags) & LPM_FORK;
	if (is_fork || own <= changed) {
		index = is_fork ? best : index;
		paint(map, lpm_load(&node->child[0]), own + 1, index, from,
		      middle < end ? middle : end, changed);
		paint(map, lpm_load(&node->child[1]), own + 1, index, middle > from ? middle : from,
		      end, changed);
	}
	fill(map, high > from ? high : from, to, best);
}

void lpm_index_rebuild(struct map *map)
{
	struct lpm_shared *s = map->data;
	const struct lpm *lpm = map->priv;

	if (!lpm_load(&s->indexed) && lpm->top_bits > SMALL_BITS &&
	    lpm_load(&s->n_entries) < (1u << lpm->top_bits) / FILL)
		return;
	paint(map, lpm_load(&s->root), 0, LPM_NOTHING, 0, 1ull << lpm->bits, ALL);
	lpm_store(&s->indexed, 1);
}

void lpm_index_changed(struct map *map, const void *key)
{
	struct lpm_shared *s = map->data;
	const struct lpm *lpm = map->priv;
	uint64_t word = lpm_word(lpm->data_size, (const unsigned char *)key + 4, 0), from;
	uint32_t bits = map_u32(key), changed = bits;

	if (!lpm_load(&s->indexed)) {
		lpm_index_rebuild(map);
		return;
	}
	if (bits > lpm->top_bits &&
	    lpm_load(&lpm->table[word >> (32 - lpm->top_bits)]) != LPM_BELOW)
		bits = lpm->top_bits, changed = ALL;
	bits = bits < lpm->bits ? bits : lpm->bits;
	from = word >> (32 - bits) << (lpm->bits - bits); /* of 64 bits, since bits may be 0 */
	sync_stall();
	paint(map, lpm_load(&s->root), 0, LPM_NOTHING, from, from + (1ull << (lpm->bits - bits)),
	      changed);
}
