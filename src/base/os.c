/* SPDX-License-Identifier: BSD-2-Clause */
/* How is the operating system asked, without libc functions that others interpose? */
#include "base/os.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

enum {
	LARGE_PAGE = 2 << 20
};

#if defined(__x86_64__)
long os_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}
#elif defined(__aarch64__)
long os_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}
#else
#error "os_syscall: no system call sequence for this machine"
#endif

static uint64_t read_clock(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t os_now_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t os_thread_cpu_ns(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

unsigned int os_n_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (unsigned int)n : 1;
}

/* Where there is a choice, the kernel is asked. */
size_t os_page_size(void)
{
#if defined(__x86_64__)
	return 4096;
#else
	return (size_t)sysconf(_SC_PAGESIZE);
#endif
}

void os_want_large_pages(void *p, size_t size)
{
	uintptr_t from = ((uintptr_t)p + LARGE_PAGE - 1) & ~(uintptr_t)(LARGE_PAGE - 1);
	uintptr_t to = ((uintptr_t)p + size) & ~(uintptr_t)(LARGE_PAGE - 1);

	if (from < to)
		os_syscall(SYS_madvise, (long)from, (long)(to - from), MADV_HUGEPAGE, 0, 0, 0);
}

int os_gettid(void)
{
	return (int)os_syscall(SYS_gettid, 0, 0, 0, 0, 0, 0);
}

uint32_t os_pid_space(void)
{
	struct stat st;

	if (os_syscall(SYS_newfstatat, AT_FDCWD, (long)"/proc/self/ns/pid", (long)&st, 0, 0, 0))
		return 0;
	return (uint32_t)st.st_ino;
}

static int read_all(int fd, size_t limit, void **ret_data, size_t *ret_size)
{
	size_t cap = 64 * 1024, len = 0;
	char *buf = mem_alloc(cap), *more;
	ssize_t n;

	while (buf && (n = read(fd, buf + len, cap - len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || (len += (size_t)n) > limit) {
			mem_free(buf);
			return n < 0 ? -errno : -EFBIG;
		}
		if (len < cap)
			continue;
		more = mem_grow(buf, cap, cap * 2);
		if (!more)
			mem_free(buf);
		buf = more;
		cap *= 2;
	}
	if (!buf)
		return -ENOMEM;
	*ret_data = buf;
	*ret_size = len;
	return 0;
}

int os_read_file(const char *path, size_t limit, void **ret_data, size_t *ret_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = read_all(fd, limit, ret_data, ret_size);
	close(fd);
	return err;
}
