/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * On which execution slot does a run take place?  A thread tries the slot it had last, then the
 * others in turn; taking one is one compare-and-swap of its owner word.
 */
#include "run/slot.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/syscall.h>

#include "base/os.h"
#include "base/own.h"
#include "map/sync.h"
#include "run/keep.h"
#include "run/store.h"

struct thread_slot {
	uint32_t tid, pid, pidns;
	uint32_t last; /* slot it had last */
	bool inside;
	struct sync_held held; /* before it entered */
};

enum {
	MEMBARRIER_GLOBAL = 1 << 0,
	MEMBARRIER_PRIVATE = 1 << 3,
	MEMBARRIER_REGISTER = 1 << 4,
	MIN_FOR_KEEPERS = 4,
};

struct slot_keeper *slot_keepers;

static OWN_VAR struct thread_slot own_slot;
#define self OWN(own_slot)

#ifdef RING3_GUEST
static void note_inside(bool inside)
{
	self.inside = inside;
}

static bool is_inside(void)
{
	return self.inside;
}
#else
static void note_inside(bool inside)
{
	self.inside = keep_own.on_slot = inside;
}

static bool is_inside(void)
{
	const struct slot_gate *gate = &keep_own.keep->gate;

	return self.inside ||
	       (__atomic_load_n(&gate->gate, __ATOMIC_RELAXED) == SLOT_INSIDE && gate->there);
}
#endif

void slot_after_fork(void)
{
	self = (struct thread_slot){ 0 };
}

/* A forked child must not go on under its parent's thread id. */
__attribute__((constructor)) static void register_fork(void)
{
	pthread_atfork(NULL, NULL, slot_after_fork);
}

static void learn_self(void)
{
	self.pid = (uint32_t)os_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0);
	self.pidns = os_pid_space();
	self.tid = (uint32_t)os_gettid();
	self.last = self.tid % STORE_MAX_SLOTS;
}

/* Owner and name space in one step, so that a sweeper never judges one by the other's past. */
static uint64_t *owner_word(struct store_slot *slot)
{
	return (uint64_t *)(void *)&slot->owner;
}

static bool take(struct store_slot *slot, uint32_t kept)
{
	uint64_t *word = owner_word(slot);
	uint64_t seen = __atomic_load_n(word, __ATOMIC_RELAXED);
	uint32_t mine[2] = { self.tid | kept, self.pidns };
	uint64_t next;

	if ((uint32_t)seen)
		return false;
	__builtin_memcpy(&next, mine, sizeof(next));
	return __atomic_compare_exchange_n(word, &seen, next, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

uint32_t slot_enter(struct store_registry *registry)
{
	uint32_t n = registry->n_slots;

	if (is_inside() || !n || n > STORE_MAX_SLOTS)
		return SLOT_NONE;
	if (!self.tid)
		learn_self();
	for (uint32_t k = 0, at = self.last; k < n; k++, at++) {
		struct store_slot *slot;

		if (at >= n)
			at = 0;
		slot = &registry->slots[at];
		/* Known before it is taken: slot_abandon() may come at any instruction. */
		self.last = at;
		self.held = sync_held();
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		if (!take(slot, 0))
			continue;
		slot->pid = self.pid;
		note_inside(true);
		return at;
	}
	return SLOT_NONE;
}

void slot_leave(struct store_registry *registry, uint32_t at)
{
	struct store_slot *slot = &registry->slots[at];

	__atomic_store_n(&slot->runs, slot->runs + 1, __ATOMIC_RELAXED);
	note_inside(false);
	__atomic_store_n(&slot->owner, 0, __ATOMIC_RELEASE);
}

void slot_abandon(struct store_registry *registry)
{
	struct store_slot *slot = &registry->slots[self.last % STORE_MAX_SLOTS];

	note_inside(false);
	if (!self.tid ||
	    (__atomic_load_n(&slot->owner, __ATOMIC_RELAXED) & ~STORE_SLOT_KEPT) != self.tid)
		return;
	sync_abandon(self.held);
	__atomic_store_n(&slot->owner, 0, __ATOMIC_RELEASE);
}

bool slot_is_inside(void)
{
	return is_inside();
}

void slot_add_keeper(struct slot_keeper *keeper)
{
	keeper->next = __atomic_load_n(&slot_keepers, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&slot_keepers, &keeper->next, keeper, true,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
	/* Who retired something and does not find it did so before its first run begins. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

uint32_t slot_new_tag(void)
{
	static uint32_t last = SLOT_OPEN;

	return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}

uint32_t slot_keep(struct store_registry *registry, struct slot_gate *gate, uint32_t tag)
{
	uint32_t n = registry->n_slots;

	if (is_inside() || n < MIN_FOR_KEEPERS || n > STORE_MAX_SLOTS)
		return SLOT_NONE;
	if (!self.tid)
		learn_self();
	for (uint32_t at = n / 2; at < n; at++) {
		struct store_slot *slot = &registry->slots[at];

		self.last = at;
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		if (!take(slot, STORE_SLOT_KEPT))
			continue;
		slot->pid = self.pid;
		gate->owner = __atomic_load_n(owner_word(slot), __ATOMIC_RELAXED);
		gate->slot = at;
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		__atomic_store_n(&gate->idle, tag, __ATOMIC_RELEASE);
		return at;
	}
	return SLOT_NONE;
}

void slot_give_up(struct store_registry *registry, struct slot_gate *gate)
{
	uint64_t owner = gate->owner;
	uint32_t tag = gate->idle;

	if (tag <= SLOT_OPEN || tag == SLOT_SHUT || gate->slot >= STORE_MAX_SLOTS)
		return;
	gate->idle = SLOT_OPEN;
	__atomic_compare_exchange_n(&gate->gate, &tag, SLOT_OPEN, false, __ATOMIC_ACQ_REL,
				    __ATOMIC_RELAXED);
	__atomic_compare_exchange_n(owner_word(&registry->slots[gate->slot]), &owner, 0, false,
				    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

void slot_forget_last(void)
{
	self.last = 0;
}

static bool membarrier(int command)
{
	return !os_syscall(SYS_membarrier, command, 0, 0, 0, 0, 0);
}

bool slot_sync(void)
{
	return membarrier(MEMBARRIER_PRIVATE) ||
	       (membarrier(MEMBARRIER_REGISTER) && membarrier(MEMBARRIER_PRIVATE)) ||
	       membarrier(MEMBARRIER_GLOBAL);
}
