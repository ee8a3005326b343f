/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How do helpers move bytes?  Not with libc's functions, which use vector registers that a hook
 * does not save.
 */
#ifndef HELPER_BYTES_H
#define HELPER_BYTES_H

#include <stdint.h>

static inline void bytes_copy(void *dst, const void *src, uint64_t n)
{
#if defined(__x86_64__)
	__asm__ volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(n) : : "memory");
#else
	for (uint64_t i = 0; i < n; i++)
		((volatile uint8_t *)dst)[i] = ((const uint8_t *)src)[i];
#endif
}

static inline void bytes_zero(void *dst, uint64_t n)
{
#if defined(__x86_64__)
	__asm__ volatile("rep stosb" : "+D"(dst), "+c"(n) : "a"(0) : "memory");
#else
	for (uint64_t i = 0; i < n; i++)
		((volatile uint8_t *)dst)[i] = 0;
#endif
}

/* Overlapping ranges. */
static inline void bytes_move(uint8_t *dst, const uint8_t *src, uint64_t n)
{
	if (dst <= src || dst >= src + n) {
		bytes_copy(dst, src, n);
		return;
	}
	while (n--)
		((volatile uint8_t *)dst)[n] = src[n];
}

#endif
