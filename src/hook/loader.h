/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is code kept from being unloaded, and other code from being mapped in its place, while it is
 * patched?  The dynamic loader calls a function of its own before it maps or unmaps anything, and
 * when it is done, for debuggers to stop there (r_brk in struct r_debug).  That one is patched
 * first, and has the loader wait as long as somebody patches.
 */
#ifndef HOOK_LOADER_H
#define HOOK_LOADER_H

#include <stdbool.h>
#include <stdint.h>

struct maps_row;

/* From now on, where there is such a loader; else nothing is held, and all the rest is true. */
void loader_watch(void);
void loader_unwatch(void);
/* Another number when it has mapped or unmapped something. */
uint64_t loader_changes(void);
/* It does nothing until loader_release().  False: it is about to do something and not done soon. */
bool loader_hold(void);
void loader_release(void);
/* What is read of the code in this mapping from now on is to be patched.  False: something else is
 * mapped there.  The second: with the lock of the sites held. */
bool loader_begin(const struct maps_row *row);
bool loader_begin_locked(const struct maps_row *row);
/* Held: is it as it was then? */
bool loader_is_as_begun(void);

/* For the threads that pass (loader_hit.c); a page that a fork wipes. */
struct loader_gate {
	uint32_t held, waiting;
	uint64_t changes;
};
extern struct loader_gate *loader_gate;
void loader_pass(void);

#endif
