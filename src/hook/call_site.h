/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where does this process call the kernel?  At each `syscall` instruction of the files that it has
 * mapped, which decoding its functions finds.  Those that somebody wants are patched: a jump over
 * the instruction in front of it, or over it and its neighbours; what cannot be is counted.
 */
#ifndef HOOK_CALL_SITE_H
#define HOOK_CALL_SITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct maps;

/* Patches what call_is_wanted(), takes back what is not.  maps: what is mapped now; NULL: what was
 * when last asked, and nothing is patched that was not.  False: something was loaded or unloaded
 * meanwhile; to be asked again. */
bool call_site_update(const struct maps *maps);
/* Are there some that wait until threads may trap there?  Then with the reason. */
bool call_site_blocked(struct text *why);
/* How many places that are wanted could not be patched, and why the last could not. */
uint32_t call_site_missed(struct text *why);
/* How many are patched. */
uint32_t call_site_count(void);
/* In a forked child. */
void call_site_after_fork(void);

#endif
