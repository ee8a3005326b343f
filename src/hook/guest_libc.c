/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must our libc not do in another program's process?  Move the program break: the libc there
 * believes that it alone does.  Ours is linked statically, and takes these in the place of its own:
 * memory comes from mmap(2) then, thread-local storage for its own thread included.  And make
 * threads: the calls for that are none by which filters were judged (agent_calls.def).
 */
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/os.h"

/* Names that libc links by. */
extern void *__curbrk;
void *__sbrk(intptr_t increment);
void *sbrk(intptr_t increment);
int __brk(void *to);
int brk(void *to);
void *_dl_early_allocate(size_t size);

void *__curbrk;

void *__sbrk(intptr_t increment)
{
	(void)increment;
	return (void *)-1;
}

void *sbrk(intptr_t increment)
{
	return __sbrk(increment);
}

int __brk(void *to)
{
	(void)to;
	return -1;
}

int brk(void *to)
{
	return __brk(to);
}

/* Before there is thread-local storage: no errno. */
void *_dl_early_allocate(size_t size)
{
	long p = os_syscall(SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p < 0 && p > -4096 ? NULL : (void *)p;
}

int pthread_create(pthread_t *restrict ret, const pthread_attr_t *restrict attr,
		   void *(*run)(void *), void *restrict arg)
{
	(void)ret;
	(void)attr;
	(void)run;
	(void)arg;
	return EAGAIN;
}
