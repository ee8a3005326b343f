/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a process sleep until a ring buffer has something?  Its descriptor is a file, which
 * epoll does not take, so an eventfd stands in for it; one thread of this process sleeps on the
 * futex words of all rings that somebody waits for and writes the eventfd of the one that got a
 * record.
 */
#ifndef ABI_WAIT_H
#define ABI_WAIT_H

#include <stdint.h>

#include "run/store.h"

struct ring3;
struct wait_set;

/* The eventfd of a ring, owned by the runtime.  -EINVAL: nothing one can wait for. */
int wait_eventfd(struct ring3 *rt, enum store_kind kind, uint32_t id, int *ret_fd);
/* The caller is about to sleep until an eventfd is written: a ring that was emptied has not written
 * its own, one that holds something has. */
void wait_settle(struct ring3 *rt);
/* Around fork(2), with the locks of the runtime: the thread may hold any of them, and the child has
 * no thread that would let them go. */
void wait_fork_lock(struct ring3 *rt);
void wait_fork_unlock(struct ring3 *rt);
/* Ends the thread and closes the eventfds. */
struct wait_set *wait_free(struct wait_set *set);

#endif
