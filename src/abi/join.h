/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What if a link names a process in which there is no agent?  One is brought in, if the runtime
 * knows where it lies (rt->guest), before the link is made; and whoever made the link goes on only
 * when that process has attached it, as it would with the kernel.
 */
#ifndef ABI_JOIN_H
#define ABI_JOIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct link;
struct ring3;

/* pid of a process, else nothing is done.  Negative errno with the reason in the runtime's log. */
int join_process(struct ring3 *rt, pid_t pid);
/* Has the link's process, which has an agent, done what the link said at that generation, or ended?
 */
bool join_wait_looked(const struct link *link, uint32_t generation);
void join_wait(struct ring3 *rt, uint32_t link_id);

#endif
