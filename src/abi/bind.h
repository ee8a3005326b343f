/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does libbpf inside this process reach a runtime?  A thread that is bound to a runtime (or any
 * thread of a process whose preload library has one) has its calls answered here (abi/interpose.h).
 */
#ifndef ABI_BIND_H
#define ABI_BIND_H

#include <stdbool.h>

struct interpose_ops;
struct ring3;
struct verify_diag;

/* Binds the calling thread; NULL ends it.  diag (may be NULL) gets why PROG_LOAD refuses. */
void bind_thread(struct ring3 *rt, struct verify_diag *diag);
struct ring3 *bind_thread_runtime(void); /* what it is bound to, or NULL */
const struct interpose_ops *bind_ops(void);
/* Between these the calling thread's calls are ours, not a user's: they go to the kernel. */
int bind_enter(void); /* returns what bind_leave() wants */
void bind_leave(int before);

#endif
