/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers on maps. */
#include <errno.h>

#include "helper/bodies.h"
#include "helper/bytes.h"
#include "map/map.h"
#include "map/sync.h"

BODY(map_lookup_elem)
{
	return (uint64_t)map_lookup((struct map *)r1, (const void *)r2, run->slot);
}

BODY(map_update_elem)
{
	return (uint64_t)map_update((struct map *)r1, (const void *)r2, (const void *)r3, r4,
				    run->slot);
}

BODY(map_delete_elem)
{
	return (uint64_t)map_delete((struct map *)r1, (const void *)r2);
}

BODY(map_push_elem)
{
	return (uint64_t)map_push((struct map *)r1, (const void *)r2, r3);
}

/* The verifier takes the value for written, whatever the answer is. */
static uint64_t taken(const struct map *map, int err, uint64_t value)
{
	if (err)
		bytes_zero((void *)value, map->desc.value_size);
	return (uint64_t)err;
}

BODY(map_pop_elem)
{
	return taken((struct map *)r1, map_pop((struct map *)r1, (void *)r2), r2);
}

BODY(map_peek_elem)
{
	return taken((struct map *)r1, map_peek((struct map *)r1, (void *)r2), r2);
}

BODY(map_lookup_percpu_elem)
{
	struct map *map = (struct map *)r1;

	return r3 < map->desc.slots ? (uint64_t)map_lookup(map, (const void *)r2, (uint32_t)r3) : 0;
}

/* A callback and what it is to be given. */
struct each {
	struct run *run;
	uint64_t fn, ctx;
};

static int each_elem(void *arg, struct map *map, const void *key, void *value)
{
	const struct each *e = arg;

	return e->run->invoke(e->run, e->fn, (uint64_t)map, (uint64_t)key, (uint64_t)value, e->ctx,
			      0) != 0;
}

BODY(for_each_map_elem)
{
	struct each e = { run, r2, r3 };

	if (r4)
		return ERR(EINVAL);
	return (uint64_t)map_for_each((struct map *)r1, run->slot, each_elem, &e);
}

BODY(spin_lock)
{
	sync_lock_forever((uint32_t *)r1);
	return 0;
}

BODY(spin_unlock)
{
	sync_unlock((uint32_t *)r1);
	return 0;
}
