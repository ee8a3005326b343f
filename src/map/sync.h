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

/* This thread's id, 0: not known yet. */
extern OWN_VAR uint32_t own_tid;
#define sync_tid OWN(own_tid)
uint32_t sync_learn_self(void);

/* This thread's id; a system call only the first time in a thread. */
static inline uint32_t sync_self(void)
{
	return sync_tid ? sync_tid : sync_learn_self();
}

/* Is there no thread of this id?  A system call. */
bool sync_is_dead(uint32_t tid);

/* For sync_lock(), once it found the lock taken. */
int sync_wait(uint32_t *word, bool forever);

static inline bool sync_try_lock(uint32_t *word)
{
	uint32_t seen = 0;

	return __atomic_compare_exchange_n(word, &seen, sync_self(), false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

/* 0; 1: taken over from a dead owner; -EBUSY: a live owner kept it too long, or is this thread. */
static inline int sync_lock(uint32_t *word)
{
	return sync_try_lock(word) ? 0 : sync_wait(word, false);
}

/* As sync_lock(), but waits for a live owner without end. */
static inline int sync_lock_forever(uint32_t *word)
{
	return sync_try_lock(word) ? 0 : sync_wait(word, true);
}

static inline void sync_unlock(uint32_t *word)
{
	__atomic_store_n(word, 0, __ATOMIC_RELEASE);
}

void sync_wake(uint32_t *futex);

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
