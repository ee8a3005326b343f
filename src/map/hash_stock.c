/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which elements and overflow groups of a hash map are free?  Each stripe has lists of its own,
 * changed under its lock; who finds his own empty takes what was never used, then what others have,
 * waiting for nobody.  Whoever dies holding something dies holding a lock, so that its successor
 * knows: hash_recover() then makes the lists anew from what the groups name.
 */
#include "map/hash.h"

#include <errno.h>

int hash_lock(struct hash *h, uint32_t stripe)
{
	int got = sync_lock(&h->shared->turns[stripe].lock);

	if (got == 1)
		hash_put(&h->shared->suspect, 1);
	return got < 0 ? got : 0;
}

/* Is the owner one that others waited for in vain? */
static bool is_stuck(struct hash *h, uint32_t stripe)
{
	uint32_t seen = __atomic_load_n(&h->shared->turns[stripe].lock, __ATOMIC_RELAXED);

	return seen & SYNC_GIVEN_UP && !sync_is_dead(seen);
}

int hash_meet(struct hash *h)
{
	int err = 0;

	for (uint32_t k = 0; k < h->n_stripes; k++) {
		if (!hash_get(&h->shared->turns[k].lock))
			continue;
		if (!hash_lock(h, k))
			hash_unlock(h, k);
		else
			err = -EBUSY;
	}
	return err;
}

static uint32_t pop(struct hash *h, uint32_t stripe)
{
	uint32_t *list = &h->shared->free[stripe], elem = hash_get(list) - 1;

	if (elem >= h->n_elems)
		return HASH_NONE;
	hash_put(list, hash_get(&hash_elem_at(h, elem)->link));
	return elem;
}

/* Of `n`, what nobody has had before. */
static uint32_t first_use(uint32_t *fresh, uint32_t n)
{
	uint32_t at = __atomic_load_n(fresh, __ATOMIC_RELAXED);

	while (at < n)
		if (__atomic_compare_exchange_n(fresh, &at, at + 1, false, __ATOMIC_ACQ_REL,
						__ATOMIC_RELAXED))
			return at;
	return HASH_NONE;
}

static uint32_t steal(struct hash *h, uint32_t stripe, const uint32_t *lists,
		      uint32_t (*from)(struct hash *h, uint32_t stripe), bool *ret_busy)
{
	uint32_t got = HASH_NONE;

	for (uint32_t k = 1; k < h->n_stripes && got == HASH_NONE; k++) {
		uint32_t other = (stripe + k) & (h->n_stripes - 1);

		if (!__atomic_load_n(&lists[other], __ATOMIC_RELAXED))
			continue;
		if (!hash_try_lock(h, other)) {
			*ret_busy |= !is_stuck(h, other);
			continue;
		}
		got = from(h, other);
		hash_unlock(h, other);
	}
	return got;
}

/* With its stripe's lock held: takes an element away from its key. */
static bool evict_of(struct hash *h, uint32_t elem, uint64_t sum, const void *key)
{
	struct hash_place place;

	if (hash_find(h, sum, key, &place) != 1 || place.elem != elem)
		return false;
	hash_withdraw(h, hash_stripe(h, sum), &place);
	return true;
}

static bool evict_one(struct hash *h, uint32_t stripe, uint32_t elem)
{
	uint64_t words[64], sum;
	const void *key = hash_elem_at(h, elem)->key;
	uint32_t other;
	bool done;

	if (h->key_size <= sizeof(words)) {
		sync_copy_out(words, key, h->key_size);
		key = words;
	}
	sum = hash_sum(h, key);
	other = hash_stripe(h, sum);
	if (other != stripe && !hash_try_lock(h, other))
		return false;
	done = evict_of(h, elem, sum, key);
	if (other != stripe)
		hash_unlock(h, other);
	return done;
}

/* The hand goes round, races of its movers do no harm. */
static uint32_t evict(struct hash *h, uint32_t stripe)
{
	uint32_t n = h->n_elems, *hand = &h->shared->hand;

	for (uint64_t steps = 0; steps < 3 * (uint64_t)n; steps++) {
		uint32_t at = __atomic_load_n(hand, __ATOMIC_RELAXED) % n;

		__atomic_store_n(hand, at + 1, __ATOMIC_RELAXED);
		if (hash_get(&hash_elem_at(h, at)->link) != HASH_LIVE)
			continue;
		if (__atomic_load_n(&h->recent[at], __ATOMIC_RELAXED))
			__atomic_store_n(&h->recent[at], 0, __ATOMIC_RELAXED);
		else if (evict_one(h, stripe, at))
			return at;
	}
	return HASH_NONE;
}

uint32_t hash_take(struct hash *h, uint32_t stripe, bool *ret_busy)
{
	uint32_t elem = pop(h, stripe);

	*ret_busy = false;
	if (elem == HASH_NONE)
		elem = first_use(&h->shared->fresh, h->n_main);
	if (elem == HASH_NONE)
		elem = steal(h, stripe, h->shared->free, pop, ret_busy);
	if (elem == HASH_NONE && h->recent)
		elem = evict(h, stripe);
	return elem;
}

static uint32_t unpark(struct hash *h, uint32_t stripe)
{
	uint32_t *parked = &h->shared->turns[stripe].parked, elem = hash_get(parked);

	elem = elem ? elem - 1 : h->n_main + stripe;
	if (elem >= h->n_elems)
		return HASH_NONE;
	hash_put(parked, HASH_NONE);
	return elem;
}

uint32_t hash_unpark(struct hash *h, uint32_t stripe)
{
	uint32_t elem = unpark(h, stripe);

	for (uint32_t k = 1; k < h->n_stripes && elem == HASH_NONE; k++) {
		uint32_t other = (stripe + k) & (h->n_stripes - 1);

		if (!hash_try_lock(h, other))
			continue;
		elem = unpark(h, other);
		hash_unlock(h, other);
	}
	return elem;
}

void hash_park(struct hash *h, uint32_t stripe, uint32_t elem)
{
	hash_put(&hash_elem_at(h, elem)->link, 0);
	hash_put(&h->shared->turns[stripe].parked, elem + 1);
}

static uint32_t pop_group(struct hash *h, uint32_t stripe)
{
	uint32_t *list = &h->shared->free_groups[stripe], group = hash_get(list) - 1;

	if (group >= h->n_overflow)
		return HASH_NONE;
	hash_put(list, hash_get(&h->overflow[group].next));
	return group;
}

static void give_group(struct hash *h, uint32_t stripe, uint32_t group)
{
	uint32_t *list = &h->shared->free_groups[stripe];

	hash_put(&h->overflow[group].next, hash_get(list));
	hash_put(list, group + 1);
}

static bool append(struct hash *h, uint32_t stripe, struct hash_place *place)
{
	uint32_t index = pop_group(h, stripe);
	struct hash_group *group;
	bool busy = false;

	if (index == HASH_NONE)
		index = first_use(&h->shared->fresh_groups, h->n_overflow);
	if (index == HASH_NONE)
		index = steal(h, stripe, h->shared->free_groups, pop_group, &busy);
	if (index == HASH_NONE)
		return false;
	group = &h->overflow[index];
	sync_store(&group->tags, 0);
	hash_put(&group->next, 0);
	hash_put(&place->group->next, index + 1);
	*place = (struct hash_place){ .group = group, .before = place->group };
	return true;
}

bool hash_publish(struct hash *h, uint64_t sum, struct hash_place *place, uint32_t elem)
{
	uint64_t tags;

	if (place->lane == HASH_LANES && !append(h, hash_stripe(h, sum), place))
		return false;
	tags = sync_load(&place->group->tags) & ~hash_lane_mask(place->lane);
	hash_put(&hash_elem_at(h, elem)->link, HASH_LIVE);
	hash_put(&place->group->elem[place->lane], elem + 1);
	sync_store(&place->group->tags, tags | hash_tag(sum) << place->lane * HASH_LANE_BITS);
	return true;
}

/* Readers that stand on the group find out by `moves`. */
static void unlink_group(struct hash *h, uint32_t stripe, struct hash_group *before,
			 struct hash_group *group)
{
	hash_put(&before->next, hash_get(&group->next));
	hash_put(&h->shared->moves[stripe], hash_get(&h->shared->moves[stripe]) + 1);
	give_group(h, stripe, (uint32_t)(group - h->overflow));
}

void hash_withdraw(struct hash *h, uint32_t stripe, const struct hash_place *place)
{
	struct hash_group *group = place->group;
	uint64_t tags = sync_load(&group->tags) & ~hash_lane_mask(place->lane);

	sync_store(&group->tags, tags);
	hash_put(&group->elem[place->lane], 0);
	if (place->before && hash_is_empty(tags))
		unlink_group(h, stripe, place->before, group);
}

/*
 * After a death, with all locks held.
 */

static uint32_t n_used(const uint32_t *fresh, uint32_t n)
{
	uint32_t used = hash_get(fresh);

	return used < n ? used : n;
}

static void forget_lists(struct hash *h)
{
	struct hash_shared *s = h->shared;
	uint32_t n_groups = n_used(&s->fresh_groups, h->n_overflow);

	for (uint32_t k = 0; k < h->n_stripes; k++) {
		hash_put(&s->free[k], 0);
		hash_put(&s->free_groups[k], 0);
		hash_put(&s->turns[k].parked, HASH_NONE);
		hash_put(&s->moves[k], hash_get(&s->moves[k]) + 1);
	}
	for (uint32_t k = 0; k < h->n_elems; k++) {
		if (k == n_used(&s->fresh, h->n_main))
			k = h->n_main;
		hash_put(&hash_elem_at(h, k)->link, 0);
	}
	for (uint32_t k = 0; k < n_groups; k++)
		sync_store(&h->overflow[k].tags, sync_load(&h->overflow[k].tags) & ~HASH_MARK);
}

/* Marks what the group names; a lane that names what another has, or nothing, is emptied. */
static void mark_group(struct hash *h, struct hash_group *group)
{
	for (uint32_t lane = 0; lane < HASH_LANES; lane++) {
		uint64_t tags = sync_load(&group->tags);
		uint32_t elem = hash_get(&group->elem[lane]) - 1;

		if (!(tags & hash_lane_mask(lane)))
			continue;
		if (elem < h->n_elems && hash_get(&hash_elem_at(h, elem)->link) != HASH_LIVE)
			hash_put(&hash_elem_at(h, elem)->link, HASH_LIVE);
		else
			sync_store(&group->tags, tags & ~hash_lane_mask(lane));
	}
}

static void mark_chain(struct hash *h, struct hash_group *group)
{
	mark_group(h, group);
	for (;;) {
		struct hash_group *next = hash_next(h, group);
		uint64_t tags = next ? sync_load(&next->tags) : 0;

		if (!next)
			return;
		if (tags & HASH_MARK) {
			hash_put(&group->next, 0);
			return;
		}
		sync_store(&next->tags, tags | HASH_MARK);
		mark_group(h, next);
		group = next;
	}
}

static void make_lists(struct hash *h)
{
	struct hash_shared *s = h->shared;
	uint32_t n_groups = n_used(&s->fresh_groups, h->n_overflow), n_parked = 0;

	for (uint32_t k = 0; k < h->n_elems; k++) {
		if (k == n_used(&s->fresh, h->n_main))
			k = h->n_main;
		if (hash_get(&hash_elem_at(h, k)->link) == HASH_LIVE)
			continue;
		if (n_parked < h->n_stripes)
			hash_park(h, n_parked++, k);
		else
			hash_give(h, k & (h->n_stripes - 1), k);
	}
	for (uint32_t k = 0; k < n_groups; k++) {
		uint64_t tags = sync_load(&h->overflow[k].tags);

		if (tags & HASH_MARK)
			sync_store(&h->overflow[k].tags, tags & ~HASH_MARK);
		else
			give_group(h, k & (h->n_stripes - 1), k);
	}
}

static int rebuild(struct hash *h)
{
	uint32_t n_locked = 0;
	int err = hash_meet(h); /* what there is to wait for, while nobody waits for us */

	while (!err && n_locked < h->n_stripes) {
		err = hash_lock(h, n_locked);
		n_locked += !err;
	}
	if (!err && hash_get(&h->shared->suspect)) {
		forget_lists(h);
		for (uint32_t home = 0; home <= h->mask; home++)
			mark_chain(h, &h->groups[home]);
		make_lists(h);
		hash_put(&h->shared->suspect, 0);
	}
	while (n_locked)
		hash_unlock(h, --n_locked);
	return err ? err : 1;
}

int hash_recover(struct map *map, map_dead_fn is_dead, void *arg)
{
	struct hash *h = map->priv;

	for (uint32_t k = 0; k < h->n_stripes; k++) {
		uint32_t *lock = &h->shared->turns[k].lock, owner = hash_get(lock);

		if (!owner || !(is_dead ? is_dead(arg, owner) : sync_is_dead(owner)))
			continue;
		hash_put(&h->shared->suspect, 1);
		__atomic_compare_exchange_n(lock, &owner, 0, false, __ATOMIC_ACQ_REL,
					    __ATOMIC_RELAXED);
	}
	return hash_get(&h->shared->suspect) ? rebuild(h) : 0;
}
