/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which branches are decided before any path is walked?  Propagates constants through registers,
 * with loads from frozen read-only maps, so that switches in .rodata turn code off.
 */
#ifndef VERIFY_CONSTANT_H
#define VERIFY_CONSTANT_H

#include "verify/cfg.h"

struct map;

struct constant {
	uint8_t *dead; /* per instruction: 1 when no path reaches it */
	int8_t *taken; /* per conditional jump: 1 always, 0 never, -1 depends */
	uint32_t n_dead;
};

/* The map that a wide load at `at` names, or NULL. */
typedef const struct map *(*constant_map_fn)(void *arg, uint32_t at);

/* 0 or -ENOMEM. */
int constant_build(struct constant *c, const struct cfg *cfg, constant_map_fn map_at, void *arg,
		   struct arena *arena);

/* Reads `size` bytes at off of a frozen, read-only (to programs) array map.  False: not constant.
 */
bool constant_map_read(const struct map *map, uint64_t off, unsigned int size, uint64_t *ret_value);

#endif
