/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How are instructions replaced while other threads run them?  Each step leaves the bytes in a
 * state in which every thread, wherever it is, either runs whole old instructions, whole new ones,
 * or traps; all CPUs are made to see a step before the next (membarrier SYNC_CORE).
 */
#ifndef HOOK_PATCH_H
#define HOOK_PATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct patch {
	uint64_t addr;
	uint32_t len;   /* 1: a breakpoint; 5: a jump */
	uint32_t heads; /* bit n: an old instruction begins at addr + n, and new[n] traps there */
	uint8_t old[5], new[5];
};

/* Is asked before a patch that a thread may trap in; NULL: none of them need be.  An answer holds
 * until patch_ask_again(), and is the reason why not where a patch is refused with -EDEADLK. */
void patch_ask(bool (*may_trap)(struct text *why));
void patch_ask_again(void);
const char *patch_refusal(void);
/* Once a process, and again in a forked child; -EOPNOTSUPP without the system call. */
int patch_init(void);
/* All CPUs that run this process have executed a full barrier and refetch instructions. */
void patch_sync(void);
/* -EAGAIN: a library came or went since loader_begin(), or is about to; look again.  That is -EBUSY
 * of patch_revert(). */
int patch_apply(const struct patch *patch);
int patch_revert(const struct patch *patch);
/* As patch_revert(), from whatever a fork() in the middle of a patch left. */
int patch_undo(const struct patch *patch);
/* Another jump in the place of an applied one, with trapping bytes where that has them. */
int patch_retarget(struct patch *patch, const uint8_t *jump);
/* An applied jump becomes a breakpoint in front of the old instructions. */
int patch_shrink(const struct patch *patch);
/* Reads code of this process; bytes read (fewer at the end of a mapping), or negative errno. */
long patch_read(uint64_t addr, uint8_t *buf, size_t size);

#endif
