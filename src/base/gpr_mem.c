/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which memcpy() does the hit path call?  One without vector registers: trampolines do not save
 * them, and libc's use them.  Nor can it run into a probe on libc's.  The Makefile renames what
 * objects of the hit path call, since compilers also call these by themselves.
 */
#include "base/gpr_mem.h"

#include <stdbool.h>
#include <stdint.h>

/* With the machine's string instructions; false: it has none, or they are not worth it. */
#if defined(__x86_64__)
enum {
	STRING_AT = 128, /* bytes from which on a copy's start is worth it */
};

static inline bool copy_string(char *d, const char *s, size_t n)
{
	if (n < STRING_AT)
		return false;
	__asm__ volatile("rep movsb" : "+D"(d), "+S"(s), "+c"(n) : : "memory");
	return true;
}

static inline bool set_string(char *d, int c, size_t n)
{
	__asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(c) : "memory");
	return true;
}
#else
static inline bool copy_string(char *d, const char *s, size_t n)
{
	(void)d, (void)s, (void)n;
	return false;
}

static inline bool set_string(char *d, int c, size_t n)
{
	(void)d, (void)c, (void)n;
	return false;
}
#endif

/* Keeps compilers from finding the very function in a loop. */
static inline void opaque(void)
{
	__asm__ volatile("" ::: "memory");
}

void *gpr_memcpy(void *restrict to, const void *restrict from, size_t n)
{
	char *d = to;
	const char *s = from;

	if (copy_string(d, s, n))
		return to;
	for (; n >= 8; n -= 8, d += 8, s += 8) {
		uint64_t word;

		__builtin_memcpy(&word, s, 8);
		__builtin_memcpy(d, &word, 8);
		opaque();
	}
	for (; n; n--) {
		*d++ = *s++;
		opaque();
	}
	return to;
}

void *gpr_memmove(void *to, const void *from, size_t n)
{
	char *d = to;
	const char *s = from;

	if ((uintptr_t)d - (uintptr_t)s >= n)
		return gpr_memcpy(to, from, n);
	while (n--) {
		d[n] = s[n];
		opaque();
	}
	return to;
}

void *gpr_memset(void *to, int c, size_t n)
{
	char *d = to;

	if (set_string(d, c, n))
		return to;
	for (; n; n--) {
		*d++ = (char)c;
		opaque();
	}
	return to;
}

int gpr_memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (; n; n--, x++, y++) {
		if (*x != *y)
			return *x - *y;
		opaque();
	}
	return 0;
}
