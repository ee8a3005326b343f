/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which stored prefix of a key is the longest?  A binary trie with one node for each prefix and one
 * for each fork.  Writers take turns by a lock that survives its owner and change what readers see
 * by one store each; readers take no lock and look again when a node was reused meanwhile.
 * What a dead writer took from the free list and did not link is found by walking the trie.
 */
#include "map/map.h"

#include <errno.h>

#include "base/alloc.h"
#include "map/lpm.h"

enum {
	MAX_DATA = 256, /* bytes of a key behind the prefix length */
	MAX_DEPTH = MAX_DATA * 8 + 1,
	MAX_ENTRIES = 1 << 28, /* so that a node's index leaves two bits of a word */
	MAX_TRIES = 64
};

static char *value_of(const struct map *map, struct lpm_node *node)
{
	return (char *)node + ((const struct lpm *)map->priv)->value_off;
}

int lpm_check(const struct map_desc *d)
{
	if (!d->max_entries || !(d->flags & BPF_F_NO_PREALLOC) || d->key_size < 5 ||
	    d->key_size > 4 + MAX_DATA || !d->value_size ||
	    d->value_size > MAP_KMALLOC_MAX - MAX_DATA - 64)
		return -EINVAL;
	return d->max_entries > MAX_ENTRIES ? -E2BIG : 0;
}

size_t lpm_size(const struct map_desc *desc, int *ret_err)
{
	(void)ret_err;
	return sizeof(struct lpm_shared) + lpm_node_size(desc) * lpm_n_nodes(desc) +
	       lpm_index_size(desc);
}

int lpm_attach(struct map *map)
{
	const struct map_desc *d = &map->desc;
	struct lpm *lpm = mem_alloc(sizeof(*lpm));

	if (!lpm)
		return -ENOMEM;
	lpm->shared = map->data;
	lpm->nodes = (char *)map->data + sizeof(struct lpm_shared);
	lpm->node_size = lpm_node_size(d);
	lpm->n_nodes = (uint32_t)lpm_n_nodes(d);
	lpm->table = (uint32_t *)(void *)(lpm->nodes + lpm->node_size * lpm->n_nodes);
	lpm->data_size = lpm_data_size(d);
	lpm->max_prefix = 8 * lpm->data_size;
	lpm->value_off = (uint32_t)(sizeof(struct lpm_node) + map_round8(d->key_size));
	lpm->values = lpm->nodes + lpm->value_off;
	lpm->bits = lpm_index_bits(d);
	lpm->top_bits = lpm_top_bits(lpm->bits);
	map->priv = lpm;
	return 0;
}

void lpm_detach(struct map *map)
{
	mem_free(map->priv);
}

static uint32_t max_prefix(const struct map *map)
{
	return ((const struct lpm *)map->priv)->max_prefix;
}

static uint32_t bit_at(const unsigned char *data, uint32_t bit)
{
	return data[bit / 8] >> (7 - bit % 8) & 1;
}

/* How many leading bits agree, up to the shorter of the two prefixes. */
static uint32_t common(const struct map *map, const struct lpm_node *node, uint32_t node_prefix,
		       const unsigned char *data, uint32_t prefix)
{
	const struct lpm *lpm = map->priv;
	uint32_t limit = prefix < node_prefix ? prefix : node_prefix, bits = 0;

	for (; bits < limit; bits += 32) {
		uint32_t own = be32toh(lpm_load(&node->key[1 + bits / 32]));
		uint32_t diff = own ^ lpm_word(lpm->data_size, data, bits);

		if (diff) {
			bits += (uint32_t)__builtin_clz(diff);
			break;
		}
	}
	return bits < limit ? bits : limit;
}

/* Where a walk begins, and what is longest above: by the index, or at the root. */
static struct lpm_node *first_node(const struct map *map, const unsigned char *data,
				   uint32_t prefix, struct lpm_node **ret_above)
{
	const struct lpm *lpm = map->priv;
	uint32_t entry = 0, above;
	struct lpm_node *node;

	if (prefix >= lpm->bits)
		entry = lpm_index_get(lpm, lpm_word(lpm->data_size, data, 0));
	if (entry && !(entry & LPM_DEEP)) {
		*ret_above = lpm_node_at(map, entry);
		return NULL;
	}
	node = lpm_node_at(map, entry & ~LPM_DEEP);
	above = node ? lpm_load(&node->flags) >> LPM_ABOVE_SHIFT : 0;
	*ret_above = lpm_node_at(map, above);
	return above ? node : lpm_node_at(map, lpm_load(&lpm->shared->root));
}

static struct lpm_node *find_longest(const struct map *map, const unsigned char *data,
				     uint32_t prefix)
{
	uint32_t max = max_prefix(map);
	struct lpm_node *found, *node = first_node(map, data, prefix, &found);

	for (uint32_t depth = 0; node && depth <= max; depth++) {
		uint32_t own = lpm_load(&node->key[0]);

		if (own > max || common(map, node, own, data, prefix) < own)
			break;
		if (!(lpm_load(&node->flags) & LPM_FORK))
			found = node;
		if (own >= prefix || own == max)
			break;
		node = lpm_node_at(map, lpm_load(&node->child[bit_at(data, own)]));
	}
	return found;
}

void *lpm_lookup(struct map *map, const void *key, uint32_t slot)
{
	const struct lpm_shared *s = map->data;
	const unsigned char *data = (const unsigned char *)key + 4;
	struct lpm_node *found = NULL;

	(void)slot;
	if (map_u32(key) > max_prefix(map))
		return NULL;
	for (int tries = 0; tries < MAX_TRIES; tries++) {
		uint32_t seq = lpm_load(&s->seq);

		found = find_longest(map, data, map_u32(key));
		if (lpm_load(&s->seq) == seq)
			break;
	}
	return found ? value_of(map, found) : NULL;
}

/* A whole address of four bytes, of which nearly always the index says all. */
void *lpm_lookup8(struct map *map, const void *key, uint32_t slot)
{
	const struct lpm *lpm = map->priv;
	uint32_t seq = lpm_load(&lpm->shared->seq);
	uint32_t entry = lpm_index_get(lpm, be32toh(map_u32((const char *)key + 4)));
	uint64_t at = entry - 1;

	if (__builtin_expect(
		    map_u32(key) != 32 || (int32_t)at < 0 || lpm_load(&lpm->shared->seq) != seq, 0))
		return lpm_lookup(map, key, slot);
	return at < lpm->n_nodes ? lpm->values + lpm->node_size * at : NULL;
}

/* Visits what hangs on the root without recursion; path[depth] is a node, side[depth] what is next.
 */
static uint32_t walk_marking(struct map *map)
{
	struct lpm_shared *s = map->data;
	uint32_t path[MAX_DEPTH + 1], n_entries = 0, depth = 0;
	uint8_t side[MAX_DEPTH + 1];
	struct lpm_node *node = lpm_node_at(map, lpm_load(&s->root));

	if (!node)
		return 0;
	path[0] = lpm_load(&s->root);
	side[0] = 0;
	lpm_store(&node->flags, node->flags | LPM_MARK);
	n_entries += !(node->flags & LPM_FORK);
	for (;;) {
		uint32_t next;

		if (side[depth] == 2) {
			if (!depth--)
				return n_entries;
			continue;
		}
		next = lpm_load(&lpm_node_at(map, path[depth])->child[side[depth]++]);
		node = lpm_node_at(map, next);
		if (!node || node->flags & LPM_MARK || depth == MAX_DEPTH)
			continue;
		lpm_store(&node->flags, node->flags | LPM_MARK);
		n_entries += !(node->flags & LPM_FORK);
		path[++depth] = next;
		side[depth] = 0;
	}
}

static uint32_t n_fresh(const struct map *map)
{
	const struct lpm_shared *s = map->data;
	uint64_t n = lpm_n_nodes(&map->desc);

	return lpm_load(&s->fresh) < n ? lpm_load(&s->fresh) : (uint32_t)n;
}

/* With the lock held: the free list and the count as the trie itself says. */
static void rebuild(struct map *map)
{
	struct lpm_shared *s = map->data;
	uint32_t free = 0, n = n_fresh(map);
	struct lpm_node *node;

	for (uint32_t k = 1; (node = lpm_node_at(map, k)) && k <= n; k++)
		lpm_store(&node->flags, lpm_load(&node->flags) & LPM_FORK);
	lpm_store(&s->n_entries, walk_marking(map));
	for (uint32_t k = 1; (node = lpm_node_at(map, k)) && k <= n; k++) {
		if (lpm_load(&node->flags) & LPM_MARK)
			continue;
		lpm_store(&node->next_free, free);
		free = k;
	}
	lpm_store(&s->free, free);
	lpm_index_rebuild(map);
	lpm_store(&s->suspect, 0);
}

/* Takes the lock; what a dead owner left is put right first. */
static int begin(struct map *map)
{
	struct lpm_shared *s = map->data;
	int got = sync_lock(&s->lock);

	if (got == 1 || (!got && lpm_load(&s->suspect)))
		rebuild(map);
	return got < 0 ? got : 0;
}

static void end(struct map *map)
{
	struct lpm_shared *s = map->data;

	sync_unlock(&s->lock);
}

static uint32_t take_node(struct map *map)
{
	struct lpm_shared *s = map->data;
	uint32_t index = s->free;
	struct lpm_node *node = lpm_node_at(map, index);

	if (node) {
		lpm_store(&s->free, node->next_free);
		lpm_store(&s->seq, s->seq + 1);
	} else if (s->fresh < lpm_n_nodes(&map->desc)) {
		index = s->fresh + 1;
		node = lpm_node_at(map, index);
		lpm_store(&s->fresh, index);
	} else {
		return 0;
	}
	lpm_store(&node->child[0], 0);
	lpm_store(&node->child[1], 0);
	lpm_store(&node->flags, 0);
	return index;
}

static void give_node(struct map *map, uint32_t index)
{
	struct lpm_shared *s = map->data;

	lpm_store(&lpm_node_at(map, index)->next_free, s->free);
	lpm_store(&s->free, index);
}

/* Where a prefix is or would be: the word that names `node`, and how many bits agree with it. */
struct place {
	uint32_t *at, *parent_at; /* parent_at: the word that names the node holding `at` */
	struct lpm_node *node;
	uint32_t index, match;
};

static struct place find_place(struct map *map, const unsigned char *data, uint32_t prefix)
{
	struct lpm_shared *s = map->data;
	struct place p = { .at = &s->root };

	for (uint32_t depth = 0; depth <= max_prefix(map); depth++) {
		uint32_t own;

		p.index = lpm_load(p.at);
		p.node = lpm_node_at(map, p.index);
		if (!p.node)
			break;
		own = lpm_load(&p.node->key[0]);
		own = own < max_prefix(map) ? own : max_prefix(map);
		p.match = common(map, p.node, own, data, prefix);
		if (p.match != own || own >= prefix)
			break;
		p.parent_at = p.at;
		p.at = &p.node->child[bit_at(data, own)];
	}
	return p;
}

static void fill(struct map *map, struct lpm_node *node, const void *key, const void *value)
{
	sync_copy_in(node->key, key, map->desc.key_size);
	sync_zero(value_of(map, node), map_round8(map->desc.value_size));
	map_value_in(map, value_of(map, node), value, 0);
}

static int may_add(const struct map *map, uint64_t flags)
{
	const struct lpm_shared *s = map->data;

	if (flags == BPF_EXIST)
		return -ENOENT;
	return s->n_entries >= map->desc.max_entries ? -ENOSPC : 0;
}

/* The new prefix lies in the middle of the edge to p->node: it, or a fork, goes between. */
static int split(struct map *map, const struct place *p, const void *key, uint32_t index)
{
	const unsigned char *data = (const unsigned char *)key + 4;
	const unsigned char *other = (const unsigned char *)&p->node->key[1];
	struct lpm_node *node = lpm_node_at(map, index), *fork;
	uint32_t at;

	if (p->match == map_u32(key)) {
		lpm_store(&node->child[bit_at(other, p->match)], p->index);
		lpm_store(p->at, index);
		return 0;
	}
	at = take_node(map);
	fork = lpm_node_at(map, at);
	if (!fork)
		return -ENOSPC;
	sync_copy_in(fork->key, p->node->key, map->desc.key_size);
	lpm_store(&fork->key[0], p->match);
	lpm_store(&fork->flags, LPM_FORK);
	lpm_store(&fork->child[bit_at(data, p->match)], index);
	lpm_store(&fork->child[!bit_at(data, p->match)], p->index);
	lpm_store(p->at, at);
	return 0;
}

static int put(struct map *map, const void *key, const void *value, uint64_t flags)
{
	struct lpm_shared *s = map->data;
	struct place p = find_place(map, (const unsigned char *)key + 4, map_u32(key));
	bool same = p.node && p.match == map_u32(key) && p.node->key[0] == p.match;
	bool adds = !same || p.node->flags & LPM_FORK;
	int err = adds ? may_add(map, flags) : flags == BPF_NOEXIST ? -EEXIST : 0;
	uint32_t index = err ? 0 : take_node(map);
	struct lpm_node *node = lpm_node_at(map, index);

	if (err || !node)
		return err ? err : -ENOSPC;
	fill(map, node, key, value);
	if (same) {
		lpm_store(&node->child[0], p.node->child[0]);
		lpm_store(&node->child[1], p.node->child[1]);
		lpm_store(p.at, index);
		give_node(map, p.index);
	} else if (!p.node) {
		lpm_store(p.at, index);
	} else {
		err = split(map, &p, key, index);
	}
	if (err) {
		give_node(map, index);
		return err;
	}
	if (adds)
		lpm_store(&s->n_entries, s->n_entries + 1);
	lpm_index_changed(map, key);
	return 0;
}

int lpm_update(struct map *map, const void *key, const void *value, uint64_t flags, uint32_t slot)
{
	int err;

	(void)slot;
	if (flags > BPF_EXIST || map_u32(key) > max_prefix(map))
		return -EINVAL;
	err = begin(map);
	if (err)
		return err;
	err = put(map, key, value, flags);
	end(map);
	return err;
}

static int take_out(struct map *map, const void *key)
{
	struct lpm_shared *s = map->data;
	struct place p = find_place(map, (const unsigned char *)key + 4, map_u32(key));
	uint32_t left, right, fork = p.parent_at ? lpm_load(p.parent_at) : 0;
	struct lpm_node *parent = lpm_node_at(map, fork);

	if (!p.node || p.match != map_u32(key) || p.node->key[0] != p.match ||
	    p.node->flags & LPM_FORK)
		return -ENOENT;
	left = p.node->child[0], right = p.node->child[1];
	lpm_store(&s->n_entries, s->n_entries - 1);
	if (left && right) {
		lpm_store(&p.node->flags, LPM_FORK);
		lpm_index_changed(map, key);
		return 0;
	}
	if (!left && !right && parent && parent->flags & LPM_FORK) {
		lpm_store(p.parent_at,
			  p.at == &parent->child[0] ? parent->child[1] : parent->child[0]);
		give_node(map, fork);
	} else {
		lpm_store(p.at, left ? left : right);
	}
	give_node(map, p.index);
	lpm_index_changed(map, key);
	return 0;
}

int lpm_remove(struct map *map, const void *key)
{
	int err;

	if (map_u32(key) > max_prefix(map))
		return -EINVAL;
	err = begin(map);
	if (err)
		return err;
	err = take_out(map, key);
	end(map);
	return err;
}

/* First in post order below `index`, with forks left out. */
static struct lpm_node *leftmost(const struct map *map, uint32_t index)
{
	struct lpm_node *node = lpm_node_at(map, index), *found = NULL;

	for (uint32_t depth = 0; node && depth <= MAX_DEPTH; depth++) {
		uint32_t next = node->child[0];

		if (!(node->flags & LPM_FORK)) {
			found = node;
			next = next ? next : node->child[1];
		}
		node = lpm_node_at(map, next);
	}
	return found;
}

static struct lpm_node *next_in_order(struct map *map, const void *key)
{
	struct lpm_shared *s = map->data;
	uint32_t path[MAX_DEPTH + 1], n = 0, at = s->root, prefix = map_u32(key), match = 0;
	struct lpm_node *node = lpm_node_at(map, at);

	for (; node && n <= max_prefix(map); node = lpm_node_at(map, at)) {
		path[n++] = at;
		match = common(map, node, node->key[0], (const unsigned char *)key + 4, prefix);
		if (match != node->key[0] || match >= prefix || match >= max_prefix(map))
			break;
		at = node->child[bit_at((const unsigned char *)key + 4, match)];
	}
	if (!node || node->key[0] != match || match != prefix || node->flags & LPM_FORK)
		return leftmost(map, s->root);
	for (; n > 1; n--) {
		struct lpm_node *parent = lpm_node_at(map, path[n - 2]);

		if (parent->child[0] == path[n - 1] && lpm_node_at(map, parent->child[1]))
			return leftmost(map, parent->child[1]);
		if (!(parent->flags & LPM_FORK))
			return parent;
	}
	return NULL;
}

int lpm_next_key(struct map *map, const void *key, void *ret_key)
{
	struct lpm_shared *s = map->data;
	struct lpm_node *node;
	int err = begin(map);

	if (err)
		return err;
	node = !key || map_u32(key) > max_prefix(map) ? leftmost(map, s->root)
						      : next_in_order(map, key);
	if (node)
		sync_copy_out(ret_key, node->key, map->desc.key_size);
	end(map);
	return node ? 0 : -ENOENT;
}

int lpm_recover(struct map *map, map_dead_fn is_dead, void *arg)
{
	struct lpm_shared *s = map->data;
	uint32_t owner = lpm_load(&s->lock), before;
	int err;

	if (is_dead && owner && is_dead(arg, owner) &&
	    __atomic_compare_exchange_n(&s->lock, &owner, 0, false, __ATOMIC_ACQ_REL,
					__ATOMIC_RELAXED))
		lpm_store(&s->suspect, 1);
	before = lpm_load(&s->suspect);
	err = begin(map);
	if (err)
		return err;
	end(map);
	return before != 0;
}
