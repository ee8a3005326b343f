/* SPDX-License-Identifier: BSD-2-Clause */
/* How are the objects of one piece of work allocated and freed at once? */
#include "base/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/os.h"

struct arena_chunk {
	struct arena_chunk *next;
	size_t size, used;
	bool is_lent;
	alignas(16) unsigned char data[];
};

enum {
	CHUNK_SIZE = 64 * 1024,
	SHARE = 4, /* of what is used already, a chunk adds so much */
	LARGE_CHUNK = 4 << 20,
	/* Chunks of this size are of pages to match: touching them for the first time is what
	 * costs. */
	LARGE_PAGE = 2 << 20
};

void arena_init(struct arena *a, size_t limit)
{
	a->head = NULL;
	a->used = 0;
	a->limit = limit;
}

static struct arena_chunk *add_chunk(struct arena *a, size_t size)
{
	size_t room = a->used / SHARE & ~(size_t)(CHUNK_SIZE - 1);
	struct arena_chunk *chunk;

	room = room < CHUNK_SIZE ? CHUNK_SIZE : room > LARGE_CHUNK ? LARGE_CHUNK : room;
	if (a->limit && a->used + room > a->limit)
		room = CHUNK_SIZE;
	room = size > room ? size : room;
	if (a->limit && (room > a->limit || a->used > a->limit - room))
		return NULL;
	chunk = mem_alloc_raw(sizeof(*chunk) + room);
	if (!chunk)
		return NULL;
	if (room >= LARGE_PAGE)
		os_want_large_pages(chunk, room);
	chunk->size = room;
	chunk->used = 0;
	chunk->is_lent = false;
	chunk->next = a->head;
	a->head = chunk;
	a->used += room;
	return chunk;
}

void arena_lend(struct arena *a, void *memory, size_t size)
{
	struct arena_chunk *chunk = memory;

	if (a->limit && size > a->limit)
		return;
	chunk->next = NULL;
	chunk->size = size - sizeof(*chunk);
	chunk->used = 0;
	chunk->is_lent = true;
	a->head = chunk;
	a->used = size;
}

size_t arena_room(const struct arena *a)
{
	return a->head ? a->head->size - a->head->used : 0;
}

void *arena_alloc_raw(struct arena *a, size_t size)
{
	struct arena_chunk *chunk = a->head;
	void *p;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + 15) & ~(size_t)15;
	if (!chunk || chunk->size - chunk->used < size)
		chunk = add_chunk(a, size);
	if (!chunk)
		return NULL;
	p = chunk->data + chunk->used;
	chunk->used += size;
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	void *p = arena_alloc_raw(a, size);

	if (p)
		memset(p, 0, size);
	return p;
}

void *arena_dup(struct arena *a, const void *src, size_t size)
{
	void *p = arena_alloc_raw(a, size);

	if (p && size)
		memcpy(p, src, size);
	return p;
}

struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){ a->head, a->head ? a->head->used : 0 };
}

void arena_rewind(struct arena *a, struct arena_mark mark)
{
	while (a->head != mark.head) {
		struct arena_chunk *chunk = a->head;

		a->head = chunk->next;
		a->used -= chunk->size;
		if (!chunk->is_lent)
			mem_free(chunk);
	}
	if (a->head)
		a->head->used = mark.used;
}

void arena_done(struct arena *a)
{
	arena_rewind(a, (struct arena_mark){ 0 });
	arena_init(a, a->limit);
}
