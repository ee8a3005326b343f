/* SPDX-License-Identifier: BSD-2-Clause */
/* Which functions does each map type have?  Expands map_types.def into rows of operations. */
#include "map/map.h"

#include <errno.h>

#include "map/priv.h"

/* clang-format off */
#define COMMON(f) .check = f##_check, .size = f##_size, .attach = f##_attach
#define KEYED(f) .lookup = f##_lookup, .update = f##_update, .remove = f##_remove, .next_key = f##_next_key

#define ARRAY_OPS   COMMON(array), KEYED(array), .batch = map_key_batch, .for_each = array_for_each
#define PCARRAY_OPS COMMON(pcarray), KEYED(pcarray), .user_lookup = pcarray_user_lookup, \
	.user_update = pcarray_user_update, .batch = map_key_batch, .for_each = pcarray_for_each
#define IDARRAY_OPS COMMON(idarray), KEYED(idarray), .user_lookup = idarray_user_lookup, .user_update = idarray_user_update, \
	.batch = idarray_batch
#define HASH_COMMON COMMON(hash), .init = hash_init, .detach = hash_detach, .remove = hash_remove, \
	.next_key = hash_next_key, .batch = hash_batch, .batch_delete = true, .recover = hash_recover
#define HASH_OPS    HASH_COMMON, .lookup = hash_lookup, .update = hash_update, .user_lookup = hash_user_lookup, \
	.user_update = hash_user_update, .user_take = hash_user_take, .for_each = hash_for_each
#define PCHASH_OPS  HASH_COMMON, .lookup = pchash_lookup, .update = pchash_update, .user_lookup = pchash_user_lookup, \
	.user_update = pchash_user_update, .user_take = hash_user_take, .for_each = hash_for_each
#define IDHASH_OPS  HASH_COMMON, .lookup = idhash_lookup, .update = hash_update, .user_lookup = hash_user_lookup, \
	.user_update = idhash_user_update
#define LRU_OPS     HASH_COMMON, .lookup = lru_lookup, .update = hash_update, .user_lookup = hash_user_lookup, \
	.user_update = hash_user_update, .user_take = hash_user_take, .for_each = hash_for_each
#define LRU_PERCPU_OPS HASH_COMMON, .lookup = lru_lookup, .update = pchash_update, .user_lookup = pchash_user_lookup, \
	.user_update = pchash_user_update, .user_take = hash_user_take, .for_each = hash_for_each
#define QUEUE_OPS   COMMON(queue), .push = queue_push, .pop = queue_pop, .peek = queue_peek
#define STACK_OPS   COMMON(queue), .push = queue_push, .pop = stack_pop, .peek = stack_peek
#define RINGBUF_OPS COMMON(ringbuf), .detach = ringbuf_detach, .recover = ringbuf_recover

static const struct map_ops rows[] = {
#define MAP_TYPE(id, nm, family, is_percpu, flags, helpers) \
	[id] = { .name = nm, .flags_allowed = (uint32_t)(flags), .percpu = is_percpu, family##_OPS },
#include "map/map_types.def"
#undef MAP_TYPE
};
/* clang-format on */

const struct map_ops *map_ops_of(uint32_t type)
{
	if (type >= sizeof(rows) / sizeof(rows[0]) || !rows[type].name)
		return NULL;
	return &rows[type];
}
