/* SPDX-License-Identifier: BSD-2-Clause */
/* How are bytes of code replaced in one step, and by one agent at a time? */
#ifndef HOOK_PAGE_H
#define HOOK_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PAGE_PUT_MAX = 8 /* bytes at once */
};

/* Of all agents in this process, which know nothing of each other; what it returns goes to
 * page_unlock(). */
int page_lock(void);
void page_unlock(int lock);
/* Every thread finds all the old bytes, or all the new ones.  mem: /proc/thread-self/mem.  Negative
 * errno, and nothing was changed: it cannot be done in this way. */
int page_put(int mem, uint64_t addr, const uint8_t *bytes, size_t n);
/* What is mapped may have changed. */
void page_forget(void);
/* Tests: never, from now on. */
void page_never(bool never);

#endif
