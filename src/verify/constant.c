/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a load from a map give that never changes?  See constant.h. */
#include "verify/constant.h"

#include <string.h>

#include "map/map.h"

bool constant_map_read(const struct map *map, uint64_t off, unsigned int size, uint64_t *ret_value)
{
	size_t room;
	const void *p;
	uint64_t v = 0;

	if (!(map->desc.flags & BPF_F_RDONLY_PROG) || !map_is_frozen(map))
		return false;
	p = map_direct_value(map, off, &room);
	if (!p || room < size)
		return false;
	memcpy(&v, p, size);
	*ret_value = v;
	return true;
}
