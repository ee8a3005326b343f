/* SPDX-License-Identifier: BSD-2-Clause */
/* Where does heap memory come from, and when must a request fail on purpose? */
#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef RING3_HOSTILE
static long fail_after = -1;

void mem_fail_after(long n)
{
	__atomic_store_n(&fail_after, n, __ATOMIC_RELAXED);
}

static int must_fail(void)
{
	if (__atomic_load_n(&fail_after, __ATOMIC_RELAXED) < 0)
		return 0;
	return __atomic_fetch_sub(&fail_after, 1, __ATOMIC_RELAXED) == 0;
}
#else
static int must_fail(void)
{
	return 0;
}
#endif

void *mem_alloc(size_t size)
{
	if (must_fail())
		return NULL;
	return calloc(1, size ? size : 1);
}

void *mem_alloc_raw(size_t size)
{
	if (must_fail())
		return NULL;
	return malloc(size ? size : 1);
}

void *mem_array(size_t n, size_t size)
{
	if (must_fail())
		return NULL;
	return calloc(n ? n : 1, size ? size : 1);
}

void *mem_grow(void *old, size_t old_size, size_t new_size)
{
	char *p;

	if (must_fail())
		return NULL;
	p = realloc(old, new_size ? new_size : 1);
	if (p && new_size > old_size)
		memset(p + old_size, 0, new_size - old_size);
	return p;
}

void *mem_dup(const void *src, size_t size)
{
	void *p = mem_alloc(size);

	if (p && size)
		memcpy(p, src, size);
	return p;
}

char *mem_strdup(const char *s)
{
	return mem_dup(s, strlen(s) + 1);
}

void mem_free(void *p)
{
	free(p);
}
