/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What if a process of the same user cuts off a file that this one has mapped?  Touching what is
 * gone raises SIGBUS.  All that lies in shared files is checked before it is used, whatever it is,
 * so the page becomes one of zeros of this process's own and the access goes on.
 */
#ifndef HOOK_FAULT_MEND_H
#define HOOK_FAULT_MEND_H

#include <stdbool.h>
#include <stdint.h>

/* Files below this directory are meant.  0, or a negative errno when it cannot be kept. */
int fault_mend_below(const char *dir);
/* In a handler of SIGBUS: true when there is a page at addr now. */
bool fault_mend(const void *addr);
/* Pages so far. */
uint64_t fault_mended(void);

#endif
