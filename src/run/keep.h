/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which slot has a thread that a host runs programs on?  Its first runs take slots as they come;
 * then it keeps one of a runtime, as threads that hooks are hit in do (slot.h), and going in and
 * out are plain stores to its gate.  It is given back when the thread or the runtime ends, and
 * taken back from a thread that is outside when a runtime has none left.
 *
 * Who changes what a gate is outside (idle) from a tag to SLOT_ASKED has the keep until it is put
 * to something else: the slot is given back by nobody else meanwhile.
 */
#ifndef RUN_KEEP_H
#define RUN_KEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/own.h"
#include "helper/helper.h"
#include "run/slot.h"

struct store_registry;

/* A page, which a forked child finds wiped. */
struct keep {
	struct slot_gate gate;
	struct run run; /* what is the same for all runs is put down once */
};

#ifndef RING3_GUEST
/* This thread's. */
struct keep_own {
	struct keep *keep; /* while it has none, one whose gate is shut */
	bool on_slot;      /* it is between slot_enter() and slot_leave() */
};
extern OWN_VAR struct keep_own keep_own;

/* On the slot that this thread keeps of the runtime with this tag.  False: it keeps none. */
static inline bool keep_enter(uint32_t tag, struct keep **ret)
{
	const struct keep_own *own = &keep_own;
	struct keep *k = *ret = own->keep;

	/* Nobody else writes what is at the gate. */
	if (__builtin_expect(k->gate.gate != tag || own->on_slot, 0))
		return false;
	__atomic_store_n(&k->gate.gate, SLOT_INSIDE, __ATOMIC_RELEASE);
	/* Who takes it back brings a fence between its store and its look at the gate. */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (__builtin_expect(__atomic_load_n(&k->gate.idle, __ATOMIC_ACQUIRE) == tag, 1))
		return true;
	__atomic_store_n(&k->gate.gate, SLOT_OPEN, __ATOMIC_RELEASE);
	return false;
}

static inline void keep_leave(struct keep *k)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&k->gate.left, k->gate.left + 1, __ATOMIC_RELEASE);
	__atomic_store_n(&k->gate.gate, __atomic_load_n(&k->gate.idle, __ATOMIC_RELAXED),
			 __ATOMIC_RELEASE);
}
#endif

/* When keep_enter() found none: asks for one, now and then. */
struct keep *keep_ask(struct store_registry *registry, uint32_t tag);
/* Takes a slot of this runtime back from a thread that is outside.  With system calls. */
bool keep_take_back(struct store_registry *registry, uint32_t tag);
/* Of a runtime that ends: nobody runs its programs any more. */
void keep_release(uint32_t tag);

#endif
