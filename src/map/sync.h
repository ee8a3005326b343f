/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How do threads and processes that may die at any instruction share words?  Copies in atomic
 * words, so that a reader who races with a writer sees some mixture of old and new and never
 * undefined behaviour; and a lock whose word names its owner, so that a waiter finds out that the
 * owner is dead.  The data under such a lock must be valid after every store.
 */
#ifndef MAP_SYNC_H
#define MAP_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

/*
 * A lock's word: its owner's thread id and a digest of the pid name space in which that id means
 * something, whether somebody waits for longer than it takes to look, and whether somebody waited
 * in vain.  Both marks go when the owner unlocks: one that is still there is of the same turn.
 */
enum {
	SYNC_TID_BITS = 22, /* the kernel gives no larger ids */
	SYNC_MAX_HELD = 4   /* at a time, by a thread: more of them are not remembered */
};
#define SYNC_GIVEN_UP 0x80000000u
#define SYNC_WAITED   0x40000000u
#define SYNC_MARKS    (SYNC_GIVEN_UP | SYNC_WAITED)

/* What this thread is called in words, 0: not known yet; and the locks that it holds or is about
 * to take, so that somebody who jumps out of a program leaves none behind. */
struct sync_thread {
	uint32_t self, n_held;
	uint32_t *held[SYNC_MAX_HELD]; /* NULL from n_held on */
	uint32_t *own; /* the word that says so while it has a turn of its own (bias.h) */
};
extern OWN_VAR struct sync_thread own_sync;
uint32_t sync_learn_self(void) __attribute__((noinline, cold));

/* This thread's name in words; system calls only the first time in a thread. */
static inline uint32_t sync_self(void)
{
	uint32_t self = OWN(own_sync).self;

	return self ? self : sync_learn_self();
}

static inline uint32_t sync_tid(uint32_t word)
{
	return word & ((1u << SYNC_TID_BITS) - 1);
}

/* Is it known that there is no such thread?  A system call. */
bool sync_is_dead(uint32_t word);

/* For sync_lock(), once it found the lock taken. */
int sync_wait(uint32_t *word, bool forever);

/* A signal may come between any two of these steps. */
static inline void sync_remember(struct sync_thread *me, uint32_t *word)
{
	uint32_t at = me->n_held;

	me->n_held = at + 1;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (at < SYNC_MAX_HELD)
		me->held[at] = word;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static inline void sync_forget(struct sync_thread *me)
{
	uint32_t at = me->n_held - 1;

	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (at < SYNC_MAX_HELD)
		me->held[at] = NULL;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	me->n_held = at + 1 ? at : 0;
}

/* Makes the lock this thread's if its word is still `seen`. */
static inline bool sync_take(uint32_t *word, uint32_t seen)
{
	uint32_t self = sync_self();
	struct sync_thread *me = &OWN(own_sync);

	sync_remember(me, word);
	if (__atomic_compare_exchange_n(word, &seen, self, false, __ATOMIC_ACQUIRE,
					__ATOMIC_RELAXED))
		return true;
	sync_forget(me);
	return false;
}

static inline bool sync_try_lock(uint32_t *word)
{
	return sync_take(word, 0);
}

/* 0; 1: taken over from a dead owner; -EBUSY: a live owner kept it too long, or is this thread.
 * Who waited in vain leaves word of it, so that nobody else does so long as the owner keeps it. */
static inline int sync_lock(uint32_t *word)
{
	return sync_try_lock(word) ? 0 : sync_wait(word, false);
}

/* As sync_lock(), but waits for a live owner without end. */
static inline int sync_lock_forever(uint32_t *word)
{
	return sync_try_lock(word) ? 0 : sync_wait(word, true);
}

/* After an unlock that somebody waited for: lets them have it before this thread is back. */
void sync_give_way(const uint32_t *word) __attribute__((cold));

/* The locks of a thread are unlocked in the opposite order. */
static inline void sync_unlock(uint32_t *word)
{
	bool waited = __atomic_load_n(word, __ATOMIC_RELAXED) & SYNC_WAITED;

	__atomic_store_n(word, 0, __ATOMIC_RELEASE);
	sync_forget(&OWN(own_sync));
	if (__builtin_expect(waited, 0))
		sync_give_way(word);
}

/*
 * A lock that the same function takes and gives back: what it has learnt of its thread on the way
 * in is not looked up again on the way out.  sync_unlock() does as well.
 */
struct sync_turn {
	struct sync_thread *me;
	uint32_t self, at;
};

/* False: taken, or not known yet who asks; sync_lock() is for these. */
static inline bool sync_try_begin(uint32_t *word, struct sync_turn *ret_turn)
{
	struct sync_thread *me = &OWN(own_sync);
	uint32_t self = me->self, at = me->n_held, seen = 0;

	if (__builtin_expect(!self || at >= SYNC_MAX_HELD, 0))
		return false;
	sync_remember(me, word);
	*ret_turn = (struct sync_turn){ me, self, at };
	if (__builtin_expect(__atomic_compare_exchange_n(word, &seen, self, false, __ATOMIC_ACQUIRE,
							 __ATOMIC_RELAXED),
			     1))
		return true;
	sync_forget(me);
	return false;
}

/* What sync_try_begin() took.  True: somebody waited, sync_give_way() is to be called. */
static inline bool sync_leave(uint32_t *word, const struct sync_turn *turn)
{
	bool waited = __atomic_load_n(word, __ATOMIC_RELAXED) & SYNC_WAITED;

	__atomic_store_n(word, 0, __ATOMIC_RELEASE);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	turn->me->held[turn->at] = NULL;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	turn->me->n_held = turn->at;
	return waited;
}

static inline void sync_end(uint32_t *word, const struct sync_turn *turn)
{
	if (__builtin_expect(sync_leave(word, turn), 0))
		sync_give_way(word);
}

/* What a thread holds: so many locks, and the word of its turn, or NULL. */
struct sync_held {
	uint32_t *own;
	uint32_t n;
};

static inline struct sync_held sync_held(void)
{
	const struct sync_thread *me = &OWN(own_sync);

	return (struct sync_held){ me->own, me->n_held };
}

/* This thread will not come back to what it holds but for what it held when it was asked: each
 * looks from now on as if its owner had died. */
void sync_abandon(struct sync_held keep);

void sync_wake(uint32_t *futex);

/* Who seldom does something may make those who often do fences of their own unnecessary: where
 * sync_join_fences() was true in their process, what they stored before sync_fence_all() began is
 * seen when it ends, and they see after it what was stored before it. */
bool sync_join_fences(void);
void sync_fence_all(void) __attribute__((cold));

static inline void sync_pause(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#endif
}

#ifdef RING3_HOSTILE
/* Test build only: one in `n` steps on shared words takes up to 30 ms, as when the thread is
 * preempted just there.  0: none. */
void sync_stall_one_in(uint32_t n);
void sync_stall(void);
#else
static inline void sync_stall(void)
{
}
#endif

/* Loads acquire and stores release: what comes after a copy out, and before a copy in, stays there
 * without fences. */
static inline uint64_t sync_load(const uint64_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline void sync_store(uint64_t *p, uint64_t v)
{
	sync_stall();
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}

static inline bool sync_cas(uint64_t *p, uint64_t old, uint64_t next)
{
	bool done;

	sync_stall();
	done = __atomic_compare_exchange_n(p, &old, next, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_ACQUIRE);
	sync_stall();
	return done;
}

/* `shared` is 8-byte aligned. */
static inline void sync_copy_in(void *shared, const void *src, size_t n)
{
	char *to = shared;
	const char *from = src;
	uint64_t w;

	for (; n >= 8; n -= 8, to += 8, from += 8) {
		__builtin_memcpy(&w, from, 8);
		__atomic_store_n((uint64_t *)(void *)to, w, __ATOMIC_RELEASE);
	}
	for (; n; n--, to++, from++)
		__atomic_store_n(to, *from, __ATOMIC_RELEASE);
}

static inline void sync_copy_out(void *dst, const void *shared, size_t n)
{
	const char *from = shared;
	char *to = dst;
	uint64_t w;

	for (; n >= 8; n -= 8, to += 8, from += 8) {
		w = __atomic_load_n((const uint64_t *)(const void *)from, __ATOMIC_ACQUIRE);
		__builtin_memcpy(to, &w, 8);
	}
	for (; n; n--, to++, from++)
		*to = __atomic_load_n(from, __ATOMIC_ACQUIRE);
}

static inline void sync_zero(void *shared, size_t n)
{
	char *to = shared;

	for (; n >= 8; n -= 8, to += 8)
		__atomic_store_n((uint64_t *)(void *)to, 0, __ATOMIC_RELEASE);
	for (; n; n--, to++)
		__atomic_store_n(to, 0, __ATOMIC_RELEASE);
}

#endif
