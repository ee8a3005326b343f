/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may a compiler put in place of a helper call on a map that it knows?  A function that does
 * this one thing for this one kind of map, or what it takes to compute a value's address.
 */
#ifndef MAP_DIRECT_H
#define MAP_DIRECT_H

#include <stdbool.h>
#include <stdint.h>

struct map;

enum map_direct_how {
	/* fn(map, r2, r3, r4) with r1 to r4 as the program gives them. */
	MAP_DIRECT_CALL,
	/* r0 = index < n ? base + size * index : 0, with the index in the four bytes at r2. */
	MAP_DIRECT_INDEX,
	/* r0 = index < n && slot < n_slots ? base + row_size * slot + size * index : 0. */
	MAP_DIRECT_SLOT_INDEX,
	/* What fn does, or hash_fast.c with `hash`, `n` elements of `size` bytes from base on, and
	 * fn for what is not where its tag says. */
	MAP_DIRECT_HASH,
	/* What fn does, or lpm_lookup8() with `lpm`, values of `n` nodes of `size` bytes from base
	 * on, and fn for what the index leaves open. */
	MAP_DIRECT_LPM
};

struct map_direct_hash {
	const void *groups;
	uint64_t seed;
	uint32_t mask, key_size, value_off;
};

struct map_direct_lpm {
	const uint32_t *table, *seq;
	uint32_t bits, top_bits;
};

struct map_direct {
	enum map_direct_how how;
	const void *fn;
	/* Which of its arguments, counted from 1, is the execution slot; 0: none.  It is behind
	 * those that the program gives. */
	unsigned int slot_arg;
	bool ret_int; /* it answers an int, to be extended to r0 */
	const void *base;
	uint64_t size, row_size;
	uint32_t n, n_slots;
	struct map_direct_hash hash;
	struct map_direct_lpm lpm;
};

/* False: the helper is to be called.  What it answers holds while the map is open.  No function of
 * it uses vector registers, and none but what a C function may clobber is lost. */
bool map_direct(const struct map *map, uint32_t helper_id, struct map_direct *ret);

#endif
