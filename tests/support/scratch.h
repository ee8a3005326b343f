/* SPDX-License-Identifier: BSD-2-Clause */
/* Where does a test program put its runtime directory? */
#ifndef SUPPORT_SCRATCH_H
#define SUPPORT_SCRATCH_H

#include <stddef.h>

/* A new folder in shared memory, gone when this process exits; 0 or -1.  Once a process. */
int scratch_make(char *path, size_t size);

#endif
