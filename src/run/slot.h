/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * On which execution slot does a run take place?  A slot is what the kernel's "this CPU with
 * preemption off" is: from slot_enter() to slot_leave() nobody else uses it.  slot_enter() refuses
 * (returns SLOT_NONE: the hit is counted as missed) when this thread already runs a program.
 * No lock, no system call.
 */
#ifndef RUN_SLOT_H
#define RUN_SLOT_H

#include <stdint.h>

struct store_registry;

#define SLOT_NONE UINT32_MAX

uint32_t slot_enter(struct store_registry *registry);
void slot_leave(struct store_registry *registry, uint32_t slot);

#endif
