/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does the library ask of the operating system outside hooks and the preload library?
 * System calls are issued here directly (os_syscall), never through libc's syscall(), because the
 * preload library replaces that one.
 */
#ifndef BASE_OS_H
#define BASE_OS_H

#include <stddef.h>
#include <stdint.h>

/* Raw system call: the kernel's return value, negative errno on failure; errno is not touched. */
long os_syscall(long nr, long a, long b, long c, long d, long e, long f);

uint64_t os_now_ns(void);        /* CLOCK_MONOTONIC */
uint64_t os_thread_cpu_ns(void); /* CLOCK_THREAD_CPUTIME_ID */
/* A wish: what of this memory will be touched all over is best mapped by large pages. */
void os_want_large_pages(void *p, size_t size);
unsigned int os_n_cpus(void); /* online CPUs, at least 1 */
size_t os_page_size(void);
int os_gettid(void);
/* Inode number of our pid name space, 0: not known. */
uint32_t os_pid_space(void);

/* Reads a whole file of at most `limit` bytes.  *ret_data is owned by the caller (mem_free). */
int os_read_file(const char *path, size_t limit, void **ret_data, size_t *ret_size);

#endif
