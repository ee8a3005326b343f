/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a thread that takes a lock again and again take it without a locked instruction?  Such
 * an instruction waits for all stores before it, one of which may wait for a line that somebody
 * reads all the time: it costs a hundred times what the rest of a turn does.
 *
 * Who had many turns in a row is given the lock as its own.  From then on it says `busy`, looks
 * whether the lock is still its own, and has its turn: plain stores and loads.  Others take the
 * lock as ever; who then finds it somebody's own takes it back: says so, makes every processor see
 * it (membarrier), and waits until the owner is not busy, or dead.  So either the owner saw that
 * the lock was taken back, or who took it saw the owner busy.
 *
 * The owner may be held up between its first look and its word, for as long as it likes, so nobody
 * else may ever be where its word goes: a lock becomes the own of another thread only once the one
 * that was given it first is dead.
 */
#ifndef MAP_BIAS_H
#define MAP_BIAS_H

#include "map/sync.h"

enum {
#ifdef RING3_HOSTILE
	BIAS_TURNS = 3,
#else
	BIAS_TURNS = 4096, /* in a row: what is saved is more than what taking back costs */
#endif
};

/* Shared. */
struct bias {
	uint32_t lock;
	uint32_t given;        /* whose own it is; 0: nobody's; marked: it is being taken back */
	uint32_t busy;         /* that thread, when it has its turn; then, who takes it back */
	uint32_t thread;       /* whose own it was last: nobody else's while that one lives */
	uint32_t last, n_last; /* who had the last turns */
};

/* Of the process, on a page that a fork wipes: names of threads are not unique beyond it, and a
 * child that no library saw begin goes by its parent's. */
struct bias_here {
	uint32_t mine; /* the complement of the thread's name that has been given the lock here */
	bool fenced;   /* membarrier() reaches this process */
};

/* NULL: no memory. */
struct bias_here *bias_attach(void);
void bias_detach(struct bias_here *here);

/* With the lock, at the end of enough turns: makes it the thread's own. */
void bias_give(struct bias *bias, struct bias_here *here, uint32_t self) __attribute__((cold));

/* As sync_lock(). */
int bias_lock(struct bias *bias) __attribute__((cold));

static inline void bias_end_own(struct bias *bias, struct sync_thread *me)
{
	__atomic_store_n(&bias->busy, 0, __ATOMIC_RELEASE);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	me->own = NULL;
}

/* The thread whose own it is begins a turn, or NULL.  No turn is inside another of its thread. */
static inline struct sync_thread *bias_begin_own(struct bias *bias, const struct bias_here *here)
{
	struct sync_thread *me = &OWN(own_sync);
	uint32_t self = me->self;

	if (__atomic_load_n(&here->mine, __ATOMIC_RELAXED) != ~self ||
	    __atomic_load_n(&bias->given, __ATOMIC_ACQUIRE) != self || me->own)
		return NULL;
	me->own = &bias->busy;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	sync_stall();
	__atomic_store_n(&bias->busy, self, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	sync_stall();
	if (__builtin_expect(__atomic_load_n(&bias->given, __ATOMIC_ACQUIRE) == self, 1))
		return me;
	bias_end_own(bias, me);
	return NULL;
}

/* As sync_try_begin(): everybody else does.  False: bias_lock() is for these. */
static inline bool bias_try_begin(struct bias *bias, struct sync_turn *ret_turn)
{
	uint32_t n = 1;

	if (!sync_try_begin(&bias->lock, ret_turn))
		return false;
	if (__builtin_expect(__atomic_load_n(&bias->given, __ATOMIC_RELAXED), 0)) {
		sync_end(&bias->lock, ret_turn);
		return false;
	}
	if (__atomic_load_n(&bias->last, __ATOMIC_RELAXED) == ret_turn->self)
		n += __atomic_load_n(&bias->n_last, __ATOMIC_RELAXED);
	else
		__atomic_store_n(&bias->last, ret_turn->self, __ATOMIC_RELAXED);
	__atomic_store_n(&bias->n_last, n, __ATOMIC_RELAXED);
	return true;
}

/* As sync_leave(), of what bias_try_begin() took.  Only who has done what its turn is for is given
 * the lock: a signal's handler that comes after that has a turn without asking for the lock. */
static inline bool bias_leave(struct bias *bias, struct bias_here *here,
			      const struct sync_turn *turn)
{
	if (__builtin_expect(__atomic_load_n(&bias->n_last, __ATOMIC_RELAXED) >= BIAS_TURNS, 0))
		bias_give(bias, here, turn->self);
	return sync_leave(&bias->lock, turn);
}

/* As sync_end(). */
static inline void bias_end(struct bias *bias, struct bias_here *here, const struct sync_turn *turn)
{
	if (__builtin_expect(bias_leave(bias, here, turn), 0))
		sync_give_way(&bias->lock);
}

#endif
