/* SPDX-License-Identifier: BSD-2-Clause */
/* How is memory copied where vector registers are the interrupted function's?  As libc's functions
 * of these names, by general registers only. */
#ifndef BASE_GPR_MEM_H
#define BASE_GPR_MEM_H

#include <stddef.h>

void *gpr_memcpy(void *restrict to, const void *restrict from, size_t n);
void *gpr_memmove(void *to, const void *from, size_t n);
void *gpr_memset(void *to, int c, size_t n);
int gpr_memcmp(const void *a, const void *b, size_t n);

#endif
