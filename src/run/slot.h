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

#endif
