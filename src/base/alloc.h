/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where does heap memory come from?  One place, so that the hostile build can make the n-th
 * request fail.  Memory is returned zeroed unless said otherwise; freeing NULL is allowed.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stddef.h>

void *mem_alloc(size_t size);
/* Not zeroed. */
void *mem_alloc_raw(size_t size);
void *mem_array(size_t n, size_t size);
/* Grows (never shrinks) an array; the new tail is zeroed.  The old block stays valid on failure. */
void *mem_grow(void *old, size_t old_size, size_t new_size);
void *mem_dup(const void *src, size_t size);
char *mem_strdup(const char *s);
void mem_free(void *p);

#ifdef RING3_HOSTILE
/* Test build only: let `n` more requests succeed, then fail one.  Negative: never fail. */
void mem_fail_after(long n);
#endif

#endif
