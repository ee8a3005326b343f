/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a load from a map give that never changes? */
#ifndef VERIFY_CONSTANT_H
#define VERIFY_CONSTANT_H

#include <stdbool.h>
#include <stdint.h>

struct map;

/* Reads `size` bytes at off of a frozen, read-only (to programs) array map.  False: not constant.
 */
bool constant_map_read(const struct map *map, uint64_t off, unsigned int size, uint64_t *ret_value);

#endif
