/* SPDX-License-Identifier: BSD-2-Clause */
/* How long does a waiter wait, and how does it learn that a lock's owner is dead?  See sync.h. */
#include "map/sync.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/os.h"
#include "base/own.h"
#include "map/map.h"

enum {
	SPINS_PER_CHECK = 2000, /* between two questions whether the owner lives */
	/* Looking takes the line from the owner, who is about to write to it.  Who looks again at
	 * once gets the lock between two turns of one who then waits as shortly: each turn moves
	 * what it is about from core to core. */
	FIRST_REST = 64,
	MAX_REST = 256,
	SPINS_GIVEN_UP = 64, /* instead, when others have waited in vain */
	CHECKS_BEFORE_YIELD = 2,
	TURNS_GIVEN = 4,         /* yields to who waits */
	CHECKS_BEFORE_BUSY = 50, /* of one owner, with a yield each: where there is nothing else to
				  * run they take no time, ... */
	MS_BEFORE_BUSY = 300,
	MS_AT_MOST = 3000, /* ... and where a yield costs a turn of many others, very much */
	DRAIN_MS = 20
};

/* A lock that its owner left behind: of no thread. */
#define ABANDONED SYNC_GIVEN_UP

enum {
	N_SPACES = 255 /* told apart; 0: the name space is not known */
};

OWN_VAR struct sync_thread own_sync;

static void forget_self(void)
{
	OWN(own_sync) = (struct sync_thread){ 0 };
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
	uint32_t space = os_pid_space();

	/* Their inode numbers are given out in turn. */
	space = space ? 1 + space % N_SPACES : 0;
	OWN(own_sync).self = space << SYNC_TID_BITS | (uint32_t)os_gettid();
	return OWN(own_sync).self;
}

bool sync_is_dead(uint32_t word)
{
	uint32_t tid = sync_tid(word), space = (word & ~SYNC_MARKS) >> SYNC_TID_BITS;

	if (!tid)
		return true;
	return space == sync_self() >> SYNC_TID_BITS &&
	       os_syscall(SYS_tkill, tid, 0, 0, 0, 0, 0) == -ESRCH;
}

static void abandon(const struct sync_thread *me, uint32_t *word)
{
	uint32_t seen = word ? __atomic_load_n(word, __ATOMIC_RELAXED) : 0;

	while (seen && (seen & ~SYNC_MARKS) == me->self &&
	       !__atomic_compare_exchange_n(word, &seen, ABANDONED, false, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED))
		;
}

void sync_abandon(struct sync_held keep)
{
	struct sync_thread *me = &OWN(own_sync);

	/* No turn is inside another. */
	if (!keep.own) {
		abandon(me, me->own);
		me->own = NULL;
	}
	for (uint32_t k = keep.n; k < me->n_held && k < SYNC_MAX_HELD; k++) {
		abandon(me, me->held[k]);
		me->held[k] = NULL;
	}
	if (me->n_held > keep.n)
		me->n_held = keep.n;
}

/* For how long has it been the same owner's turn? */
struct patience {
	uint32_t owner, checks;
	uint64_t begin, since;
};

static bool is_at_end(struct patience *p, uint32_t seen)
{
	const uint64_t ms = 1000000;
	uint64_t now = os_now_ns();

	if (!p->begin)
		p->begin = now;
	if (p->owner != (seen & ~SYNC_MARKS) || !(seen & SYNC_WAITED) || !p->checks)
		*p = (struct patience){ .owner = seen & ~SYNC_MARKS,
					.begin = p->begin,
					.since = now };
	p->checks++;
	return now - p->begin > MS_AT_MOST * ms ||
	       (p->checks > CHECKS_BEFORE_BUSY && now - p->since > MS_BEFORE_BUSY * ms);
}

static bool spin(uint32_t *word, uint32_t *ret_seen)
{
	uint32_t seen = 0;
	int rest = FIRST_REST;

	for (int n = 0; n < SPINS_PER_CHECK; n += rest) {
		seen = __atomic_load_n(word, __ATOMIC_RELAXED);
		if (!seen && sync_take(word, 0))
			return true;
		if (seen & SYNC_GIVEN_UP && n >= SPINS_GIVEN_UP)
			break;
		for (int k = 0; k < rest; k++)
			sync_pause();
		rest = rest < MAX_REST ? 2 * rest : MAX_REST;
	}
	*ret_seen = seen;
	return false;
}

static void mark(uint32_t *word, uint32_t seen, uint32_t how)
{
	__atomic_compare_exchange_n(word, &seen, seen | how, false, __ATOMIC_RELAXED,
				    __ATOMIC_RELAXED);
}

/* System calls are allowed once the owner seems stuck. */
int sync_wait(uint32_t *word, bool forever)
{
	struct patience patience = { 0 };
	uint32_t seen;

	for (uint32_t check = 0;; check++) {
		if (spin(word, &seen))
			return 0;
		if (seen && sync_is_dead(seen) && sync_take(word, seen))
			return 1;
		if (!forever && (seen & SYNC_GIVEN_UP || (seen & ~SYNC_MARKS) == sync_self()))
			return -EBUSY;
		if (check < CHECKS_BEFORE_YIELD)
			continue;
		if (!forever && is_at_end(&patience, seen))
			break;
		if (seen && !(seen & SYNC_MARKS))
			mark(word, seen, SYNC_WAITED);
		os_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
	}
	if (seen)
		mark(word, seen, SYNC_GIVEN_UP);
	return -EBUSY;
}

/* A thread that is back at once would have the lock again before who waits is on a processor. */
void sync_give_way(const uint32_t *word)
{
	for (int n = 0; n < TURNS_GIVEN && !__atomic_load_n(word, __ATOMIC_RELAXED); n++)
		os_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

void sync_wake(uint32_t *futex)
{
	os_syscall(SYS_futex, (long)futex, FUTEX_WAKE, INT_MAX, 0, 0, 0);
}

static bool membarrier(int command)
{
	return !os_syscall(SYS_membarrier, command, 0, 0, 0, 0, 0);
}

bool sync_join_fences(void)
{
	return membarrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED);
}

/* A process that has forbidden itself the call since it began waits for longer than any processor
 * keeps a store to itself. */
void sync_fence_all(void)
{
	uint64_t begin;

	if (membarrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED) || membarrier(MEMBARRIER_CMD_GLOBAL))
		return;
	begin = os_now_ns();
	while (os_now_ns() - begin < DRAIN_MS * 1000000ull)
		os_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

void map_spin_lock(uint32_t *lock)
{
	sync_lock_forever(lock);
}

void map_spin_unlock(uint32_t *lock)
{
	sync_unlock(lock);
}
