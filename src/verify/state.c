/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How are states made, copied, kept and dropped?  Saved states hold frames of exactly the size
 * used, taken from free lists by size; the arena of the verification bounds and frees them all.
 */
#include "verify/state.h"
#include "verify/fork.h"

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
	for (unsigned int s = f->n_slots; s < n; s++)
		memset(f->slot[s].kind, SLOT_INVALID, sizeof(f->slot[s].kind));
	f->n_slots = (uint8_t)n;
}

void slot_scrub(struct slot *s, uint8_t kind)
{
	memset(s->kind, kind, sizeof(s->kind));
	memset(slot_reg(s), 0, sizeof(*slot_reg(s)));
}

bool slot_same(const struct slot *a, const struct slot *b)
{
	return slot_kinds(a) == slot_kinds(b) &&
	       (!slot_has_reg(a) || !memcmp(slot_reg(a), slot_reg(b), sizeof(struct reg)));
}

/* --- frames --- */

/* Where the registers of slots begin in a saved frame. */
static size_t regs_at(unsigned int n_slots)
{
	size_t end = offsetof(struct frame, slot) + n_slots * sizeof(struct slot);

	return (end + _Alignof(struct reg) - 1) & ~(_Alignof(struct reg) - 1);
}

/* In a frame of full size each slot has a register. */
static uint16_t full_at(unsigned int s)
{
	return (uint16_t)(offsetof(struct frame, spill) - offsetof(struct frame, slot) +
			  s * (sizeof(struct reg) - sizeof(struct slot)));
}

/* Of so many units, which its owner fills in. */
static struct frame *frame_new(struct state_pool *pool, size_t units)
{
	struct frame *f = pool->free_frames[units];

	if (!f)
		return arena_alloc_raw(pool->arena, units * FRAME_UNIT);
	/* A free frame begins with the address of the next one. */
	memcpy(&pool->free_frames[units], (const void *)f, sizeof(struct frame *));
	return f;
}

static void frame_drop(struct state_pool *pool, struct frame *f)
{
	unsigned int units = f->size;
	struct frame *next = pool->free_frames[units];

	memcpy((void *)f, &next, sizeof(next));
	pool->free_frames[units] = f;
}

static size_t units_of(unsigned int n_slots, unsigned int n_regs)
{
	return (regs_at(n_slots) + n_regs * sizeof(struct reg) + FRAME_UNIT - 1) / FRAME_UNIT;
}

/* Of the size used; NULL: out of memory. */
static struct frame *frame_save(struct state_pool *pool, const struct frame *from)
{
	uint64_t used = 0, holds = 0;
	struct frame *f;
	struct reg *reg;
	size_t units;

	for (unsigned int s = from->n_slots; s-- > 0;) {
		used = used << 1 | (slot_kinds(&from->slot[s]) != 0);
		holds = holds << 1 | slot_has_reg(&from->slot[s]);
	}
	units = units_of(from->n_slots, (unsigned int)__builtin_popcountll(holds));
	f = frame_new(pool, units);
	if (!f)
		return NULL;
	memcpy((void *)f, from, offsetof(struct frame, slot) + from->n_slots * sizeof(struct slot));
	f->size = (uint8_t)units;
	f->used_slots = used;
	f->reg_slots = holds;
	reg = (struct reg *)((uintptr_t)f + regs_at(f->n_slots));
	for (; holds; holds &= holds - 1) {
		struct slot *slot = &f->slot[__builtin_ctzll(holds)];

		*reg = *slot_reg(&from->slot[__builtin_ctzll(holds)]);
		slot->at = (uint16_t)((uintptr_t)reg++ - (uintptr_t)slot);
	}
	return f;
}

void frame_copy(struct frame *to, const struct frame *from)
{
	memcpy((void *)to, from, offsetof(struct frame, slot));
	for (unsigned int s = 0; s < from->n_slots; s++) {
		memcpy(to->slot[s].kind, from->slot[s].kind, sizeof(to->slot[s].kind));
		to->slot[s].at = full_at(s);
		if (slot_has_reg(&from->slot[s]))
			to->spill[s] = *slot_reg(&from->slot[s]);
	}
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
	struct frame *f = working->frame[i];

	if (f)
		return true;
	f = arena_alloc_raw(pool->arena, sizeof(*f));
	for (unsigned int s = 0; f && s < STATE_SLOTS; s++)
		f->slot[s].at = full_at(s);
	working->frame[i] = f;
	return f;
}

struct fork *state_new_fork(struct state_pool *pool)
{
	struct fork *f = pool->free_forks;

	if (!f)
		return arena_alloc_raw(pool->arena, sizeof(*f));
	pool->free_forks = f->up;
	return f;
}

struct passed *state_new_passed(struct state_pool *pool)
{
	struct passed *p = pool->free_passed;

	if (!p)
		return arena_alloc_raw(pool->arena, sizeof(*p));
	memcpy(&pool->free_passed, (const void *)p, sizeof(struct passed *));
	return p;
}

static void drop_fork(struct state_pool *pool, struct fork *f)
{
	while (f && !--f->refs) {
		struct fork *up = f->up;

		if (f->passed) {
			memcpy((void *)f->passed, &pool->free_passed, sizeof(struct passed *));
			pool->free_passed = f->passed;
		}
		f->up = pool->free_forks;
		pool->free_forks = f;
		f = up;
	}
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
		st->frame[i] = frame_save(pool, from->frame[i]);
		if (!st->frame[i])
			return NULL;
	}
	for (uint32_t i = from->n_frames; i < STATE_FRAMES; i++)
		st->frame[i] = NULL;
	st->path = NULL;
	st->fork = NULL;
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
		f = frame_new(pool, units_of(0, 0));
	else
		f = frame_make(pool, st, st->n_frames) ? st->frame[st->n_frames] : NULL;
	if (!f)
		return NULL;
	frame_reset(f);
	f->size = (uint8_t)units_of(0, 0);
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

	drop_fork(pool, working->fork);
	memcpy(frame, working->frame, sizeof(frame));
	state_copy(working, saved);
	working->fork = NULL;
	memcpy(working->frame, frame, sizeof(frame));
	working->path = path;
	working->cap_path = cap;
	working->n_path = 0;
	for (uint32_t i = 0; i < saved->n_frames; i++) {
		if (!frame_make(pool, working, i))
			return false;
		frame_copy(working->frame[i], saved->frame[i]);
	}
	return true;
}

/* --- paths --- */

/* Rooms of a multiple of PATH_UNIT entries up to MANY, then of powers of two. */
enum {
	PATH_UNIT = 8,
	PATH_MANY = PATH_UNIT * PATH_CLASSES,
};

static uint32_t path_room(uint32_t n)
{
	if (n <= PATH_MANY)
		return (n + PATH_UNIT - 1) / PATH_UNIT * PATH_UNIT;
	return 1u << (32 - __builtin_clz(n - 1));
}

static uint64_t **path_class(struct state_pool *pool, uint32_t room)
{
	if (room <= PATH_MANY)
		return &pool->free_paths[room / PATH_UNIT - 1];
	return &pool->free_long_paths[31 - __builtin_clz(room)];
}

static void path_drop(struct state_pool *pool, uint64_t *path, uint32_t cap)
{
	uint64_t **list = path_class(pool, cap);

	memcpy(path, list, sizeof(*list));
	*list = path;
}

static bool path_new(struct state_pool *pool, uint32_t room, uint64_t **ret_path)
{
	uint64_t **list = path_class(pool, room), *path = *list;

	if (path)
		memcpy(list, path, sizeof(*list));
	else
		path = arena_alloc_raw(pool->arena, sizeof(*path) * (size_t)room);
	*ret_path = path;
	return path;
}

bool state_grow_path(struct state_pool *pool, struct state *st, uint32_t n)
{
	/* Who grows once will again. */
	uint32_t room = path_room(st->cap_path && n < 2 * st->cap_path ? 2 * st->cap_path : n);
	uint64_t *path;

	if (n <= st->cap_path)
		return true;
	if (!path_new(pool, room, &path))
		return false;
	if (st->n_path)
		memcpy(path, st->path, st->n_path * sizeof(*path));
	if (st->cap_path)
		path_drop(pool, st->path, st->cap_path);
	st->path = path;
	st->cap_path = room;
	return true;
}

bool state_copy_path(struct state_pool *pool, struct state *to, const struct state *from)
{
	to->n_path = 0;
	if (from->fork)
		from->fork->refs++;
	drop_fork(pool, to->fork);
	to->fork = from->fork;
	if (!state_grow_path(pool, to, from->n_path))
		return false;
	if (from->n_path)
		memcpy(to->path, from->path, from->n_path * sizeof(*to->path));
	to->n_path = from->n_path;
	return true;
}

bool state_move_path(struct state_pool *pool, struct state *to, struct state *from)
{
	if (!state_copy_path(pool, to, from))
		return false;
	from->n_walked = from->n_noted = 0;
	state_end_path(pool, from);
	return true;
}

void state_join_path(struct state_pool *pool, struct state *st)
{
	drop_fork(pool, st->fork);
	st->fork = NULL;
}

void state_end_path(struct state_pool *pool, struct state *st)
{
	state_join_path(pool, st);
	st->n_path = st->n_asked = 0;
}

void state_drop_path(struct state_pool *pool, struct state *st)
{
	if (st->cap_path)
		path_drop(pool, st->path, st->cap_path);
	drop_fork(pool, st->fork);
	st->fork = NULL;
	st->path = NULL;
	st->n_path = st->cap_path = 0;
}

void state_strip(struct state_pool *pool, struct state *saved)
{
	for (uint32_t i = 0; i < saved->n_frames; i++)
		frame_drop(pool, saved->frame[i]);
	saved->n_frames = 0;
}

void state_drop(struct state_pool *pool, struct state *saved)
{
	state_strip(pool, saved);
	state_drop_path(pool, saved);
	saved->next = pool->free_states[saved->room];
	pool->free_states[saved->room] = saved;
	pool->live--;
}
