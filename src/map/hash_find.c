/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where in a hash map is a key?  With the lock by a plain walk, without it by one that notices when
 * what it stands on was used again.
 */
#include "map/hash.h"

#include <errno.h>

enum {
	MAX_RESTARTS = 1000
};

uint64_t hash_sum(const struct hash *h, const void *key)
{
	switch (h->key_size) {
	case 4: return hash_sum_n(h, key, 4);
	case 8: return hash_sum_n(h, key, 8);
	case 16: return hash_sum_n(h, key, 16);
	default: return hash_sum_n(h, key, h->key_size);
	}
}

static bool same_key(const struct hash *h, uint32_t elem, const void *key)
{
	switch (h->key_size) {
	case 4: return hash_same_n(hash_elem_at(h, elem), key, 4);
	case 8: return hash_same_n(hash_elem_at(h, elem), key, 8);
	case 16: return hash_same_n(hash_elem_at(h, elem), key, 16);
	default: return hash_same_n(hash_elem_at(h, elem), key, h->key_size);
	}
}

bool hash_still(const struct hash *h, const struct hash_place *place, uint32_t version)
{
	return hash_get(&place->group->elem[place->lane]) == place->elem + 1 &&
	       hash_get(&hash_elem_at(h, place->elem)->version) == version;
}

/* 1: the lane holds the key; 0: at some moment it did not; -EAGAIN: it does not hold still.
 * What a key is compared with was in the lane if its version has not changed since it was. */
static int look_at(const struct hash *h, struct hash_place *place, const void *key,
		   uint32_t *ret_version)
{
	uint32_t elem, version;
	bool same;

	for (int tries = 0; tries < MAX_RESTARTS; tries++) {
		elem = hash_get(&place->group->elem[place->lane]) - 1;
		if (elem >= h->n_elems)
			return 0;
		place->elem = elem;
		version = hash_get(&hash_elem_at(h, elem)->version);
		if (hash_get(&place->group->elem[place->lane]) != elem + 1)
			continue;
		same = same_key(h, elem, key);
		if (!hash_still(h, place, version))
			continue;
		*ret_version = version;
		return same;
	}
	return -EAGAIN;
}

static int walk(const struct hash *h, uint64_t sum, const void *key, struct hash_place *place,
		uint32_t *ret_version)
{
	uint32_t hops = 0;

	place->before = NULL;
	place->group = &h->groups[(uint32_t)sum & h->mask];
	for (;;) {
		uint64_t match = hash_match(sync_load(&place->group->tags), hash_tag(sum));

		for (; match; match &= match - 1) {
			int found;

			place->lane = hash_lane(match);
			found = look_at(h, place, key, ret_version);
			if (found)
				return found;
		}
		place->before = place->group;
		place->group = hash_next(h, place->group);
		if (!place->group || hops++ > h->n_overflow)
			return 0;
	}
}

uint32_t hash_seek(const struct hash *h, uint64_t sum, const void *key,
		   struct hash_place *ret_place, uint32_t *ret_version)
{
	const uint32_t *moves = &h->shared->moves[hash_stripe(h, sum)];
	uint32_t version;

	for (int tries = 0; tries < MAX_RESTARTS; tries++) {
		uint32_t seen = hash_get(moves);
		int found = walk(h, sum, key, ret_place, &version);

		if (found == 1 && ret_version)
			*ret_version = version;
		if (found == 1)
			return ret_place->elem;
		if (!found && hash_get(moves) == seen)
			break;
	}
	return HASH_NONE;
}

int hash_find(const struct hash *h, uint64_t sum, const void *key, struct hash_place *ret_place)
{
	struct hash_place at = { .group = &h->groups[(uint32_t)sum & h->mask] };
	struct hash_place room = { .lane = HASH_LANES };

	for (uint32_t hops = 0; hops <= h->n_overflow; hops++) {
		uint64_t tags = sync_load(&at.group->tags), match = hash_match(tags, hash_tag(sum));
		uint64_t empty = hash_match(tags, 0);

		for (; match; match &= match - 1) {
			at.lane = hash_lane(match);
			at.elem = hash_get(&at.group->elem[at.lane]) - 1;
			if (at.elem < h->n_elems && same_key(h, at.elem, key)) {
				*ret_place = at;
				return 1;
			}
		}
		if (room.lane == HASH_LANES) {
			room = at;
			room.lane = empty ? hash_lane(empty) : HASH_LANES;
		}
		at.before = at.group;
		at.group = hash_next(h, at.group);
		if (!at.group) {
			*ret_place = room;
			return 0;
		}
	}
	return -EBUSY;
}
