/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which program does bpf_tail_call() go on with?  The array's file holds program ids; this process
 * resolves them.
 */
#include "run/tail.h"

#include <stddef.h>

#include "map/map.h"
#include "run/engine.h"

const struct prog *tail_take(struct map *map, uint64_t index, struct run *run)
{
	uint32_t key = (uint32_t)index, id = 0;
	const struct prog *prog;

	if (key >= map->desc.max_entries || run->tail_calls >= RUN_MAX_TAIL_CALLS)
		return NULL;
	if (!map->resolve_prog || map_user_lookup(map, &key, &id, 0) != 0)
		return NULL;
	prog = map->resolve_prog(map->resolver_arg, id);
	if (prog)
		run->tail_calls++;
	return prog;
}
