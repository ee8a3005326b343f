/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which memcpy() does the hit path call?  One without vector registers: trampolines do not save
 * them, and libc's use them.  Hidden, so that only this library's own calls come here; nor can they
 * run into a probe on libc's.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HIDDEN __attribute__((visibility("hidden"), target("general-regs-only")))

HIDDEN void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	void *d = to;
	const void *s = from;

	__asm__ volatile("rep movsb" : "+D"(d), "+S"(s), "+c"(n) : : "memory");
	return to;
}

HIDDEN void *memmove(void *to, const void *from, size_t n)
{
	char *d = to;
	const char *s = from;

	if ((uintptr_t)d - (uintptr_t)s >= n)
		return memcpy(to, from, n);
	while (n--) {
		d[n] = s[n];
		__asm__ volatile("" ::: "memory");
	}
	return to;
}

HIDDEN void *memset(void *to, int c, size_t n)
{
	void *d = to;

	__asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(c) : "memory");
	return to;
}

HIDDEN int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (; n; n--, x++, y++) {
		if (*x != *y)
			return *x - *y;
		__asm__ volatile("" ::: "memory");
	}
	return 0;
}
