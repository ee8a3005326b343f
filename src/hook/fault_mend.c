/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which mappings may be mended?  The kernel's list of them says which file lies at an address.  It
 * is read in the handler, in small pieces and without libc, since maps are mapped and unmapped all
 * the time by us and by libbpf, and files are cut off next to never.
 */
#include "hook/fault_mend.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/os.h"

enum {
	MAX_DIRS = 8,
	PIECE = 512
};

/* The process's, as signal dispositions are; a directory once there stays. */
static struct {
	char dir[MAX_DIRS][PATH_MAX];
	uint32_t n, ready;
	uint64_t mended;
} state;

static bool is_known(const char *dir)
{
	uint32_t n = __atomic_load_n(&state.ready, __ATOMIC_ACQUIRE);

	for (uint32_t i = 0; i < n; i++)
		if (!strcmp(state.dir[i], dir))
			return true;
	return false;
}

int fault_mend_below(const char *dir)
{
	char link[64], path[PATH_MAX];
	uint32_t at;
	ssize_t n;
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	/* As the kernel's list will have it. */
	snprintf(link, sizeof(link), "/proc/thread-self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	close(fd);
	if (n <= 0 || n >= (ssize_t)sizeof(path) - 1)
		return -ENAMETOOLONG;
	path[n++] = '/';
	path[n] = '\0';
	if (is_known(path))
		return 0;
	at = __atomic_fetch_add(&state.n, 1, __ATOMIC_RELAXED);
	if (at >= MAX_DIRS)
		return -ENOSPC;
	memcpy(state.dir[at], path, (size_t)n + 1);
	/* In order: who comes first publishes first. */
	while (__atomic_load_n(&state.ready, __ATOMIC_ACQUIRE) != at)
		os_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
	__atomic_store_n(&state.ready, at + 1, __ATOMIC_RELEASE);
	return 0;
}

uint64_t fault_mended(void)
{
	return __atomic_load_n(&state.mended, __ATOMIC_RELAXED);
}

/* --- in the handler --- */

struct reader {
	int fd;
	size_t at, len;
	char buf[PIECE];
};

static int next_char(struct reader *r)
{
	long n;

	if (r->at == r->len) {
		n = os_syscall(SYS_read, r->fd, (long)r->buf, sizeof(r->buf), 0, 0, 0);
		if (n <= 0)
			return -1;
		r->len = (size_t)n;
		r->at = 0;
	}
	return (unsigned char)r->buf[r->at++];
}

/* Reads a number and what ends it. */
static uint64_t next_hex(struct reader *r, int *ret_end)
{
	uint64_t v = 0;
	int c;

	for (;;) {
		c = next_char(r);
		if (c >= '0' && c <= '9')
			v = v << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint64_t)(c - 'a' + 10);
		else
			break;
	}
	*ret_end = c;
	return v;
}

enum whose {
	OURS,
	NOBODYS, /* no file */
	ANOTHERS
};

/* By the rest of the line, which from its first slash on is a name. */
static enum whose whose_is(struct reader *r)
{
	uint32_t n = __atomic_load_n(&state.ready, __ATOMIC_ACQUIRE), same = (1u << n) - 1;
	bool found = false;
	size_t i = 0;
	int c;

	for (c = next_char(r); c >= 0 && c != '\n' && c != '/';)
		c = next_char(r);
	for (; c >= 0 && c != '\n' && same; c = next_char(r), i++) {
		for (uint32_t k = 0; k < n; k++) {
			found = found || (same >> k & 1 && !state.dir[k][i]);
			if (same >> k & 1 && state.dir[k][i] != (char)c)
				same &= ~(1u << k);
		}
	}
	return found ? OURS : i ? ANOTHERS : NOBODYS;
}

/* Whose is the mapping at addr, and how may it be accessed? */
static enum whose whose_at(uint64_t addr, int *ret_prot)
{
	struct reader r = { .fd = (int)os_syscall(SYS_openat, AT_FDCWD,
						  (long)"/proc/thread-self/maps",
						  O_RDONLY | O_CLOEXEC, 0, 0, 0) };
	enum whose whose = ANOTHERS;
	uint64_t begin, end;
	int c = 0;

	if (r.fd < 0)
		return ANOTHERS;
	while (c >= 0) {
		begin = next_hex(&r, &c);
		end = next_hex(&r, &c);
		if (addr >= begin && addr < end) {
			next_char(&r); /* r */
			*ret_prot = PROT_READ | (next_char(&r) == 'w' ? PROT_WRITE : 0);
			whose = whose_is(&r);
			break;
		}
		while (c >= 0 && c != '\n')
			c = next_char(&r);
	}
	os_syscall(SYS_close, r.fd, 0, 0, 0, 0, 0);
	return whose;
}

bool fault_mend(const void *addr)
{
	uint64_t at = (uint64_t)(uintptr_t)addr & ~((uint64_t)os_page_size() - 1);
	enum whose whose = ANOTHERS;
	int prot = 0;

	if (__atomic_load_n(&state.ready, __ATOMIC_ACQUIRE))
		whose = whose_at(at, &prot);
	/* Another thread was faster. */
	if (whose == NOBODYS)
		return true;
	if (whose == ANOTHERS ||
	    os_syscall(SYS_mmap, (long)at, (long)os_page_size(), prot,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != (long)at)
		return false;
	__atomic_add_fetch(&state.mended, 1, __ATOMIC_RELAXED);
	return true;
}
