/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * On which execution slot does a run take place?  A slot is what the kernel's "this CPU with
 * preemption off" is: from slot_enter() to slot_leave() nobody else uses it.  slot_enter() refuses
 * (returns SLOT_NONE: the hit is counted as missed) when this thread already runs a program.
 * No lock, no system call but for a thread's first entry.
 */
#ifndef RUN_SLOT_H
#define RUN_SLOT_H

#include <stdbool.h>
#include <stdint.h>

struct store_registry;

#define SLOT_NONE UINT32_MAX

uint32_t slot_enter(struct store_registry *registry);
void slot_leave(struct store_registry *registry, uint32_t slot);
/* The calling thread leaves whatever it may have entered: a signal handler jumped out of it. */
void slot_abandon(struct store_registry *registry);
/* Does the calling thread run a program right now? */
bool slot_is_inside(void);
/* In a child made by a bare clone(2); fork(3) does it by itself. */
void slot_after_fork(void);

/*
 * A thread that runs programs again and again keeps a slot, and its runs cost no locked
 * instruction.  Whether it is inside of one stands in its gate: it alone writes, with plain stores,
 * and who waits for it brings the fence (slot_sync).  In a forked child a gate is zeros.
 */
enum {
	SLOT_INSIDE = 0,
	SLOT_OPEN = 1, /* outside, keeps nothing; above: the tag of the registry that it keeps a
			* slot of */
};
#define SLOT_SHUT  UINT32_MAX       /* outside, and never goes in */
#define SLOT_ASKED (UINT32_MAX - 1) /* somebody may take back what it keeps (keep.h) */

struct slot_gate {
	uint32_t gate;
	uint32_t left;  /* how often it came out */
	uint32_t idle;  /* what gate is outside */
	uint32_t slot;  /* that it keeps */
	uint32_t there; /* 0: of a thread of the parent process */
	uint32_t pad;
	uint64_t owner; /* the kept slot's owner and pidns */
};

/* Of each gate of this process; never freed, so that others may look at them without a lock. */
struct slot_keeper {
	struct slot_keeper *next;
	struct slot_gate *gate;
};
extern struct slot_keeper *slot_keepers;

void slot_add_keeper(struct slot_keeper *keeper);
/* What a registry is called in gates; never the same again. */
uint32_t slot_new_tag(void);
/* A slot for good, with a run begun on it, or SLOT_NONE: half of the slots are for those who come
 * and go. */
uint32_t slot_keep(struct store_registry *registry, struct slot_gate *gate, uint32_t tag);
/* Nobody is inside, and nobody will be: its thread is dead, or the registry's hooks are gone. */
void slot_give_up(struct store_registry *registry, struct slot_gate *gate);
/* After it, who looks outside sees what was stored before.  False: the kernel does not do it. */
bool slot_sync(void);
/* What this thread kept just now is not to be given back by slot_abandon(): slots from 0 are. */
void slot_forget_last(void);
/* Has who was inside at `left` come out? */
static inline bool slot_gate_passed(const struct slot_gate *gate, uint32_t left)
{
	return __atomic_load_n(&gate->gate, __ATOMIC_ACQUIRE) != SLOT_INSIDE ||
	       __atomic_load_n(&gate->left, __ATOMIC_ACQUIRE) != left;
}

#endif
