/* SPDX-License-Identifier: BSD-2-Clause */
/* What do the map tests share?  Making a map in a memfd of its own, and cmocka. */
#ifndef TESTS_MAPS_H
#define TESTS_MAPS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <errno.h>
#include <cmocka.h>

#include "map/map.h"
#include "support/rng.h"

enum {
	TEST_SLOTS = 4
};

static inline struct map_desc desc_of(uint32_t type, uint32_t key_size, uint32_t value_size,
				      uint32_t max_entries)
{
	return (struct map_desc){ .type = type,
				  .key_size = key_size,
				  .value_size = value_size,
				  .max_entries = max_entries,
				  .slots = TEST_SLOTS,
				  .spin_lock_off = -1,
				  .timer_off = -1,
				  .name = "test" };
}

static inline int try_map(const struct map_desc *desc, struct map **ret_map)
{
	int fd = memfd_create("test-map", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int err = map_create(fd, desc, true, ret_map);

	if (err)
		close(fd);
	return err;
}

static inline struct map *make_map(const struct map_desc *desc)
{
	struct map *map = NULL;

	assert_int_equal(try_map(desc, &map), 0);
	return map;
}

/* TSan knows addresses, not pages: with two mappings of a file it misses races and sees false ones.
 */
#ifdef __SANITIZE_THREAD__
#define ONE_MAPPING 1
#else
#define ONE_MAPPING 0
#endif

/* The same file mapped a second time, as another process would. */
static inline struct map *open_again(struct map *map)
{
	struct map *other = NULL;

	if (ONE_MAPPING)
		return map_ref(map);
	assert_int_equal(map_open(dup(map->fd), &other), 0);
	return other;
}

#endif
