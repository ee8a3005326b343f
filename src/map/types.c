/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which functions does each map type have, and which helpers take it?  Expands map_types.def into
 * rows of operations, and pairs.def into the kernel's pairing rules.
 */
#include "map/map.h"

#include <errno.h>

#include <ring3/bpf.h>

#include "map/priv.h"

/* clang-format off */
#define COMMON(f) .check = f##_check, .size = f##_size, .attach = f##_attach
#define KEYED(f) .lookup = f##_lookup, .update = f##_update, .remove = f##_remove, \
	.next_key = f##_next_key

#define ARRAY_OPS   COMMON(array), KEYED(array), .batch = map_key_batch, .for_each = array_for_each
#define PCARRAY_OPS COMMON(pcarray), KEYED(pcarray), .user_lookup = pcarray_user_lookup, \
	.user_update = pcarray_user_update, .batch = map_key_batch, .for_each = pcarray_for_each
#define IDARRAY_OPS COMMON(idarray), KEYED(idarray), .user_lookup = idarray_user_lookup, \
	.user_update = idarray_user_update, \
	.batch = idarray_batch
#define HASH_COMMON COMMON(hash), .init = hash_init, .detach = hash_detach, .remove = hash_remove, \
	.next_key = hash_next_key, .batch = hash_batch, .batch_delete = true, \
	.recover = hash_recover
#define HASH_OPS    HASH_COMMON, .lookup = hash_lookup, .update = hash_update, \
	.user_lookup = hash_user_lookup, \
	.user_update = hash_user_update, .user_take = hash_user_take, .for_each = hash_for_each
#define PCHASH_OPS  HASH_COMMON, .lookup = pchash_lookup, .update = pchash_update, \
	.user_lookup = pchash_user_lookup, \
	.user_update = pchash_user_update, .user_take = hash_user_take, .for_each = hash_for_each
#define IDHASH_OPS  HASH_COMMON, .lookup = idhash_lookup, .update = hash_update, \
	.user_lookup = hash_user_lookup, \
	.user_update = idhash_user_update
#define LRU_OPS     HASH_COMMON, .lookup = lru_lookup, .update = hash_update, \
	.user_lookup = hash_user_lookup, \
	.user_update = hash_user_update, .user_take = hash_user_take, .for_each = hash_for_each
#define LRU_PERCPU_OPS HASH_COMMON, .lookup = lru_lookup, .update = pchash_update, \
	.user_lookup = pchash_user_lookup, \
	.user_update = pchash_user_update, .user_take = hash_user_take, .for_each = hash_for_each
#define QUEUE_OPS   COMMON(queue), .detach = queue_detach, .push = queue_push, .pop = queue_pop, .peek = queue_peek
#define STACK_OPS   COMMON(queue), .detach = queue_detach, .push = queue_push, .pop = stack_pop, .peek = stack_peek
#define RINGBUF_OPS COMMON(ringbuf), .detach = ringbuf_detach, .recover = ringbuf_recover
#define USER_RINGBUF_OPS COMMON(ringbuf), .detach = ringbuf_detach
#define BLOOM_OPS   COMMON(bloom), .push = bloom_push, .peek = bloom_peek
#define LPM_OPS     COMMON(lpm), .detach = lpm_detach, KEYED(lpm), .batch = map_key_batch, \
	.batch_delete = true, .recover = lpm_recover
#define STACKMAP_OPS COMMON(stackmap), .detach = stackmap_detach, .remove = stackmap_remove, \
	.next_key = stackmap_next_key, .user_lookup = stackmap_user_lookup, \
	.user_update = stackmap_user_update, .recover = stackmap_recover
#define PERF_ARRAY_OPS COMMON(perf_array), .update = idarray_update, .remove = idarray_remove, \
	.next_key = idarray_next_key, .user_update = idarray_user_update
#define INERT_OPS   COMMON(inert), KEYED(inert)

static const struct map_ops rows[] = {
#define MAP_TYPE(id, nm, family, is_percpu, flags, helpers) \
	[id] = { .name = nm, .flags_allowed = (uint32_t)(flags), .percpu = is_percpu, \
	family##_OPS },
#include "map/map_types.def"
#undef MAP_TYPE
};

enum { OPEN, CLOSED };
static const uint8_t closed[] = {
#define MAP_TYPE(id, nm, family, is_percpu, flags, helpers) [id] = helpers,
#include "map/map_types.def"
#undef MAP_TYPE
};

static const struct {
	uint16_t helper, type;
} pairs[] = {
#define MAP_PAIR(helper, type) { BPF_FUNC_##helper, BPF_MAP_TYPE_##type },
#include "map/pairs.def"
#undef MAP_PAIR
};
/* clang-format on */

const struct map_ops *map_ops_of(uint32_t type)
{
	if (type >= sizeof(rows) / sizeof(rows[0]) || !rows[type].name)
		return NULL;
	return &rows[type];
}

bool map_type_allows(uint32_t map_type, uint32_t helper_id)
{
	bool paired = false;

	if (!map_ops_of(map_type))
		return false;
	for (size_t k = 0; k < sizeof(pairs) / sizeof(pairs[0]); k++) {
		if (pairs[k].helper == helper_id && pairs[k].type == map_type)
			return true;
		paired |= pairs[k].helper == helper_id;
	}
	if (closed[map_type])
		return false;
	return !paired || helper_id == BPF_FUNC_map_lookup_elem ||
	       helper_id == BPF_FUNC_map_update_elem || helper_id == BPF_FUNC_map_delete_elem;
}

/* Insertions into inner arrays that say so may have any length. */
bool map_inner_fits(const struct map_desc *outer, const struct map_desc *inner)
{
	if (outer->inner_type != inner->type || outer->inner_key_size != inner->key_size ||
	    outer->inner_value_size != inner->value_size || outer->inner_flags != inner->flags)
		return false;
	if (inner->type == BPF_MAP_TYPE_ARRAY && !(inner->flags & BPF_F_INNER_MAP))
		return outer->inner_max_entries == inner->max_entries;
	return true;
}
