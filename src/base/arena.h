/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who owns the many small objects of one verification or one compilation?  An arena: a bump
 * allocator with a limit, freed at once, or back to a mark.  Not thread safe; one owner.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *head;
	size_t used;  /* bytes handed out or reserved by chunks */
	size_t limit; /* 0: none */
};

/* A point in time. */
struct arena_mark {
	struct arena_chunk *head;
	size_t used;
};

void arena_init(struct arena *a, size_t limit);
/* Right after arena_init(): takes from memory of the owner's, aligned to 16, before any other. */
void arena_lend(struct arena *a, void *memory, size_t size);
/* Zeroed, aligned to 16; NULL when the limit or memory is exhausted. */
void *arena_alloc(struct arena *a, size_t size);
/* The same, not zeroed. */
void *arena_alloc_raw(struct arena *a, size_t size);
void *arena_dup(struct arena *a, const void *src, size_t size);
struct arena_mark arena_mark(const struct arena *a);
/* Frees what was allocated since. */
void arena_rewind(struct arena *a, struct arena_mark mark);
void arena_done(struct arena *a);
/* Bytes of `used` that nothing was put into yet. */
size_t arena_room(const struct arena *a);

#endif
