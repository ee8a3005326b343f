/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How are states made, copied, kept and dropped?  Saved states hold frames of exactly the size
 * used, taken from free lists by size; the arena of the verification bounds and frees them all.
 */
#include "verify/state.h"

#include <string.h>

const struct kind_row kind_rows[N_PTR_KINDS] = {
#define K(nm, text, ar, nul, mem) \
	[KIND_##nm] = { .name = text, .arith = ARITH_##ar, .nullable = nul, .memory = mem },
	PTR_KINDS(K)
#undef K
};

void frame_reset(struct frame *f)
{
	memset(f, 0, offsetof(struct frame, slot));
}

void frame_grow(struct frame *f, unsigned int n)
{
	if (n <= f->n_slots)
		return;
	memset(&f->slot[f->n_slots], 0, (n - f->n_slots) * sizeof(f->slot[0]));
	f->n_slots = (uint8_t)n;
}

void slot_scrub(struct slot *s, uint8_t kind)
{
	memset(s->kind, kind, sizeof(s->kind));
	memset(&s->spill, 0, sizeof(s->spill));
}

static size_t frame_size(unsigned int n_slots)
{
	return offsetof(struct frame, slot) + n_slots * sizeof(struct slot);
}

static struct frame *frame_new(struct state_pool *pool, unsigned int n_slots)
{
	struct frame *f = pool->free_frames[n_slots];

	if (!f)
		return arena_alloc_raw(pool->arena, frame_size(n_slots));
	/* A free frame begins with the address of the next one. */
	memcpy(&pool->free_frames[n_slots], (const void *)f, sizeof(struct frame *));
	return f;
}

static void frame_drop(struct state_pool *pool, struct frame *f)
{
	unsigned int n = f->n_slots;
	struct frame *next = pool->free_frames[n];

	memcpy((void *)f, &next, sizeof(next));
	pool->free_frames[n] = f;
}

struct state *state_new_working(struct state_pool *pool)
{
	struct state *st = arena_alloc_raw(pool->arena, sizeof(*st));

	if (st)
		memset((void *)st, 0, offsetof(struct state, ref));
	return st;
}

static enum ref_room room_for(uint32_t n_refs)
{
	return !n_refs ? ROOM_NONE : n_refs <= STATE_FEW_REFS ? ROOM_FEW : ROOM_ALL;
}

/* Room for no references, for few, or for all that there may be. */
static struct state *state_alloc(struct state_pool *pool, enum ref_room room)
{
	static const uint32_t refs[N_ROOMS] = { 0, STATE_FEW_REFS, STATE_REFS };
	struct state **list = &pool->free_states[room], *st = *list;

	if (!st)
		return arena_alloc_raw(pool->arena, offsetof(struct state, ref) +
							    refs[room] * sizeof(st->ref[0]));
	*list = st->next;
	return st;
}

static void state_copy(struct state *to, const struct state *from)
{
	memcpy((void *)to, from, offsetof(struct state, ref) + from->n_refs * sizeof(from->ref[0]));
}

/* A frame for a working state to write to. */
static bool frame_make(struct state_pool *pool, struct state *working, uint32_t i)
{
	if (!working->frame[i])
		working->frame[i] = frame_new(pool, STATE_SLOTS);
	return working->frame[i];
}

struct state *state_new_saved(struct state_pool *pool)
{
	struct state *st = state_alloc(pool, ROOM_NONE);

	if (!st)
		return NULL;
	memset((void *)st, 0, offsetof(struct state, ref));
	st->room = ROOM_NONE;
	if (++pool->live > pool->peak)
		pool->peak = pool->live;
	return st;
}

struct state *state_save(struct state_pool *pool, const struct state *from)
{
	struct state *st = state_alloc(pool, room_for(from->n_refs));

	if (!st)
		return NULL;
	state_copy(st, from);
	st->room = (uint8_t)room_for(from->n_refs);
	for (uint32_t i = 0; i < from->n_frames; i++) {
		const struct frame *f = from->frame[i];

		st->frame[i] = frame_new(pool, f->n_slots);
		if (!st->frame[i])
			return NULL;
		memcpy(st->frame[i], f, frame_size(f->n_slots));
	}
	for (uint32_t i = from->n_frames; i < STATE_FRAMES; i++)
		st->frame[i] = NULL;
	st->path = NULL;
	st->n_path = 0;
	st->cap_path = 0;
	if (++pool->live > pool->peak)
		pool->peak = pool->live;
	return st;
}

struct frame *state_add_frame(struct state_pool *pool, struct state *st, bool working)
{
	struct frame *f;

	if (!working)
		f = frame_new(pool, 0);
	else
		f = frame_make(pool, st, st->n_frames) ? st->frame[st->n_frames] : NULL;
	if (!f)
		return NULL;
	frame_reset(f);
	f->frameno = st->n_frames;
	reg_set_ptr(&f->reg[10], KIND_STACK);
	f->reg[10].obj = f->frameno;
	st->frame[st->n_frames++] = f;
	return f;
}

bool state_load(struct state_pool *pool, struct state *working, const struct state *saved)
{
	struct frame *frame[STATE_FRAMES];
	uint64_t *path = working->path;
	uint32_t cap = working->cap_path;

	memcpy(frame, working->frame, sizeof(frame));
	state_copy(working, saved);
	memcpy(working->frame, frame, sizeof(frame));
	working->path = path;
	working->cap_path = cap;
	working->n_path = 0;
	for (uint32_t i = 0; i < saved->n_frames; i++) {
		if (!frame_make(pool, working, i))
			return false;
		memcpy(working->frame[i], saved->frame[i], frame_size(saved->frame[i]->n_slots));
	}
	return true;
}

static void path_drop(struct state_pool *pool, uint64_t *path, uint32_t cap)
{
	unsigned int class = 31 - (unsigned int)__builtin_clz(cap);

	memcpy(path, &pool->free_paths[class], sizeof(uint64_t *));
	pool->free_paths[class] = path;
}

bool state_grow_path(struct state_pool *pool, struct state *st, uint32_t n)
{
	unsigned int class = 3;
	uint64_t *path;

	if (n <= st->cap_path)
		return true;
	while (1u << class < n)
		class ++;
	path = pool->free_paths[class];
	if (path)
		memcpy(&pool->free_paths[class], path, sizeof(uint64_t *));
	else
		path = arena_alloc(pool->arena, sizeof(*path) << class);
	if (!path)
		return false;
	if (st->n_path)
		memcpy(path, st->path, st->n_path * sizeof(*path));
	if (st->cap_path)
		path_drop(pool, st->path, st->cap_path);
	st->path = path;
	st->cap_path = 1u << class;
	return true;
}

bool state_copy_path(struct state_pool *pool, struct state *to, const struct state *from)
{
	to->n_path = 0;
	if (!state_grow_path(pool, to, from->n_path))
		return false;
	if (from->n_path)
		memcpy(to->path, from->path, from->n_path * sizeof(*to->path));
	to->n_path = from->n_path;
	return true;
}

void state_move_path(struct state *to, struct state *from)
{
	to->path = from->path;
	to->n_path = from->n_path;
	to->cap_path = from->cap_path;
	from->path = NULL;
	from->n_path = from->cap_path = from->n_walked = 0;
}

void state_drop_path(struct state_pool *pool, struct state *st)
{
	if (st->cap_path)
		path_drop(pool, st->path, st->cap_path);
	st->path = NULL;
	st->n_path = st->cap_path = 0;
}

void state_drop(struct state_pool *pool, struct state *saved)
{
	for (uint32_t i = 0; i < saved->n_frames; i++)
		frame_drop(pool, saved->frame[i]);
	state_drop_path(pool, saved);
	saved->next = pool->free_states[saved->room];
	pool->free_states[saved->room] = saved;
	pool->live--;
}
