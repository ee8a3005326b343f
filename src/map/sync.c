/* SPDX-License-Identifier: BSD-2-Clause */
/* How long does a waiter wait, and how does it learn that a lock's owner is dead?  See sync.h. */
#include "map/sync.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/os.h"
#include "base/own.h"
#include "map/map.h"

enum {
	SPINS_PER_CHECK = 2000, /* between two questions whether the owner lives */
	CHECKS_BEFORE_YIELD = 2,
	CHECKS_BEFORE_BUSY = 2000,
	SECONDS_BEFORE_BUSY = 3 /* where a yield costs a turn of many others */
};

OWN_VAR uint32_t own_tid;

static void forget_self(void)
{
	sync_tid = 0;
}

/* A forked child must not take locks in its parent's name. */
__attribute__((constructor)) static void register_fork(void)
{
	pthread_atfork(NULL, NULL, forget_self);
}

#ifdef RING3_HOSTILE
static uint32_t stall_one_in;
static OWN_VAR uint64_t own_stall_state;
#define stall_state OWN(own_stall_state)

void sync_stall_one_in(uint32_t n)
{
	__atomic_store_n(&stall_one_in, n, __ATOMIC_RELAXED);
}

void sync_stall(void)
{
	uint32_t one_in = __atomic_load_n(&stall_one_in, __ATOMIC_RELAXED);
	struct timespec ts = { 0 };
	uint64_t x = stall_state;

	if (!one_in)
		return;
	x = (x ? x : sync_self()) * 6364136223846793005 + 1442695040888963407;
	stall_state = x;
	ts.tv_nsec = (long)((x >> 33) % 30000000);
	if (!((x >> 40) % one_in))
		os_syscall(SYS_nanosleep, (long)&ts, 0, 0, 0, 0, 0);
}
#endif

uint32_t sync_learn_self(void)
{
	sync_tid = (uint32_t)os_gettid();
	return sync_tid;
}

bool sync_is_dead(uint32_t tid)
{
	return !tid || tid > INT_MAX || os_syscall(SYS_tkill, tid, 0, 0, 0, 0, 0) == -ESRCH;
}

static bool take(uint32_t *word, uint32_t *seen)
{
	return __atomic_compare_exchange_n(word, seen, sync_self(), false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

/* System calls are allowed once the owner seems stuck. */
int sync_wait(uint32_t *word, bool forever)
{
	uint64_t now = 0, until = UINT64_MAX;
	uint32_t seen = 0;

	for (uint32_t check = 0; forever || (check < CHECKS_BEFORE_BUSY && now < until); check++) {
		for (int spin = 0; spin < SPINS_PER_CHECK; spin++) {
			seen = __atomic_load_n(word, __ATOMIC_RELAXED);
			if (!seen && take(word, &seen))
				return 0;
			sync_pause();
		}
		if (seen == sync_self() && !forever)
			return -EBUSY;
		if (seen && sync_is_dead(seen) && take(word, &seen))
			return 1;
		if (check < CHECKS_BEFORE_YIELD)
			continue;
		os_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
		now = os_now_ns();
		if (check == CHECKS_BEFORE_YIELD)
			until = now + SECONDS_BEFORE_BUSY * 1000000000ull;
	}
	return -EBUSY;
}

void sync_wake(uint32_t *futex)
{
	os_syscall(SYS_futex, (long)futex, FUTEX_WAKE, INT_MAX, 0, 0, 0);
}

void map_spin_lock(uint32_t *lock)
{
	sync_lock_forever(lock);
}

void map_spin_unlock(uint32_t *lock)
{
	sync_unlock(lock);
}
