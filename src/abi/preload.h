/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which runtime does this process speak to?  In the ring3 command the one that it opened
 * (preload_use); in a process that has libring3_preload.so preloaded, the one in $RING3_DIR, opened
 * by the first bpf(2) call.
 */
#ifndef ABI_PRELOAD_H
#define ABI_PRELOAD_H

#include <stdbool.h>
#include <stddef.h>

struct ring3;

/* The runtime directory of who names none: $RING3_DIR, or a folder where this user may write, in
 * memory if possible.  -ENAMETOOLONG. */
int preload_default_dir(char *buf, size_t size);
/* From now on every thread's calls go to rt; NULL: to the kernel. */
void preload_use(struct ring3 *rt);
/* The runtime, opened now if `create` and nothing was said yet; NULL when there is none. */
struct ring3 *preload_runtime(bool create);
/* Negative errno when it could not be opened: bpf(2) answers that, since whoever asked for ring3
 * did not ask for the kernel. */
int preload_failure(void);

#endif
