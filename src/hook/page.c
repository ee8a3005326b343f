/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How are bytes of code replaced in one step?  The page that they are in is made anew elsewhere,
 * and moved into its place.  mremap(2) holds the lock that page faults take, so a thread that runs
 * there meanwhile finds the old page, or waits and finds the new one.  Nobody traps: a thread that
 * has SIGTRAP blocked, as libc has in pthread_create() and posix_spawn(), would be killed by that.
 *
 * Elsewhere is a copy of the mapping, which the kernel makes of a page that is still the file's
 * own, and which stays, without any access, as long as that page is changed.  So the text remains
 * one mapping of its file; and a page that is as its file has it in the end is the file's again.
 */
#include "hook/page.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/os.h"
#include "hook/loader.h"
#include "hook/maps.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

enum {
	PAGE = 4096,
	SPARE = 2 * PAGE,
	MOST_SPARES = 16384, /* mappings that a process may have are counted */
	LOCK_TRIES = 1000,   /* then without: who has the lock may be a forked child */
	LOCK_PAUSE_NS = 1000000,
	TEXT = PROT_READ | PROT_EXEC,
};

/* Pagemap: this page is the process's own, in memory or not. */
#define IS_PRESENT UINT64_C(0x8000000000000000)
#define IS_SWAPPED UINT64_C(0x4000000000000000)
#define IS_FILE    UINT64_C(0x2000000000000000)

/* For a page of text that was changed. */
struct spare {
	uint64_t page, ino, off;
	uint64_t at; /* of two pages, since one that is moved whole is torn from its origin */
};

/* The process's, as its text is; under the lock of its sites. */
static struct {
	bool never;
	/* The mapping that was last asked for; none: end is 0. */
	uint64_t start, end, off, ino;
	uint64_t as_of; /* what the dynamic loader had changed by then */
	char path[PATH_MAX];
	struct spare *spares;
	uint32_t n, cap;
	uint8_t now[PAGE], then[PAGE], file[PAGE];
} pages;

void page_never(bool never)
{
	pages.never = never;
}

void page_forget(void)
{
	pages.end = 0;
}

int page_lock(void)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };
	int fd = open("/proc/self/auxv", O_RDONLY | O_CLOEXEC);

	for (int i = 0; fd >= 0 && i < LOCK_TRIES; i++) {
		if (!os_syscall(SYS_flock, fd, LOCK_EX | LOCK_NB, 0, 0, 0, 0))
			break;
		nanosleep(&pause, NULL);
	}
	return fd;
}

void page_unlock(int lock)
{
	if (lock < 0)
		return;
	/* A child that was forked meanwhile may have it open, too. */
	os_syscall(SYS_flock, lock, LOCK_UN, 0, 0, 0, 0);
	close(lock);
}

/* Memory that is locked would not be any more. */
static bool has_locked(void)
{
	void *data;
	size_t size;
	char *at;
	bool has;

	if (os_read_file("/proc/thread-self/status", 1 << 16, &data, &size))
		return true;
	at = memmem(data, size, "\nVmLck:", 7);
	has = at && strtoul(at + 7, NULL, 10);
	mem_free(data);
	return has;
}

/* Text of a file that nobody writes to, as linkers map it. */
static int find(uint64_t addr)
{
	struct maps maps;
	int err;

	if (addr >= pages.start && addr < pages.end && pages.as_of == loader_changes())
		return 0;
	pages.end = 0;
	pages.as_of = loader_changes();
	err = has_locked() ? -EOPNOTSUPP : maps_read(&maps);
	if (err)
		return err;
	for (size_t i = 0; i < maps.n; i++) {
		const struct maps_row *row = &maps.rows[i];

		if (addr < row->start || addr >= row->end || !row->text ||
		    strlen(row->path) >= sizeof(pages.path))
			continue;
		pages.start = row->start;
		pages.end = row->end;
		pages.off = row->off;
		pages.ino = row->ino;
		memcpy(pages.path, row->path, strlen(row->path) + 1);
	}
	maps_done(&maps);
	return pages.end ? 0 : -EOPNOTSUPP;
}

static long remap(uint64_t from, uint64_t to, size_t size, size_t new_size, int flags)
{
	return os_syscall(SYS_mremap, (long)from, (long)size, (long)new_size,
			  MREMAP_MAYMOVE | flags, (long)to, 0);
}

static bool is_bad(long got)
{
	return got < 0 && got > -PAGE;
}

/* --- spares --- */

static bool has_read(int mem, uint64_t at, uint8_t buf[static PAGE])
{
	return os_syscall(SYS_pread64, mem, (long)buf, PAGE, (long)at, 0, 0) == PAGE;
}

static bool read_at(const char *path, void *buf, size_t size, uint64_t off, long *ret_got)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	*ret_got = os_syscall(SYS_pread64, fd, (long)buf, (long)size, (long)off, 0, 0);
	close(fd);
	return true;
}

/* Has the page what the file has?  It is the file's, or was changed, and back again in steps. */
static bool is_the_files(int mem, uint64_t page)
{
	uint64_t entry = 0;
	long got;

	if (read_at("/proc/thread-self/pagemap", &entry, sizeof(entry), page / PAGE * sizeof(entry),
		    &got) &&
	    got == sizeof(entry) && !(entry & IS_SWAPPED) &&
	    (!(entry & IS_PRESENT) || entry & IS_FILE))
		return true;
	memset(pages.file, 0, PAGE);
	return has_read(mem, page, pages.now) &&
	       read_at(pages.path, pages.file, PAGE, pages.off + (page - pages.start), &got) &&
	       got > 0 && !memcmp(pages.now, pages.file, PAGE);
}

static struct spare *add_spare(uint64_t page, uint64_t at)
{
	if (pages.n == pages.cap) {
		uint32_t cap = pages.cap ? 2 * pages.cap : 64;
		struct spare *grown =
			mem_grow(pages.spares, pages.cap * sizeof(*grown), cap * sizeof(*grown));

		if (!grown)
			return NULL;
		pages.spares = grown;
		pages.cap = cap;
	}
	pages.spares[pages.n] = (struct spare){
		.page = page,
		.ino = pages.ino,
		.off = pages.off + (page - pages.start),
		.at = at,
	};
	return &pages.spares[pages.n++];
}

/* What is in the page's place is read from the file anew, as is what is in the spare. */
static struct spare *new_spare(int mem, uint64_t page)
{
	struct spare *spare;
	long got, wide;

	if (pages.n == MOST_SPARES || !is_the_files(mem, page))
		return NULL;
	got = remap(page, 0, PAGE, PAGE, MREMAP_DONTUNMAP);
	if (is_bad(got))
		return NULL;
	wide = remap((uint64_t)got, 0, PAGE, SPARE, 0);
	spare = is_bad(wide) ? NULL : add_spare(page, (uint64_t)wide);
	if (spare)
		os_syscall(SYS_madvise, wide, PAGE, MADV_DONTNEED, 0, 0, 0);
	else
		os_syscall(SYS_munmap, is_bad(wide) ? got : wide, is_bad(wide) ? PAGE : SPARE, 0, 0,
			   0, 0);
	return spare;
}

static void drop_spare(struct spare *spare, size_t left)
{
	os_syscall(SYS_munmap, (long)(spare->at + SPARE - left), (long)left, 0, 0, 0, 0);
	*spare = pages.spares[--pages.n];
}

/* Another library may be where one was unloaded. */
static struct spare *find_spare(int mem, uint64_t page)
{
	for (uint32_t i = pages.n; i-- > 0;) {
		struct spare *s = &pages.spares[i];

		if (s->page != page)
			continue;
		if (s->ino == pages.ino && s->off == pages.off + (page - pages.start))
			return s;
		drop_spare(s, SPARE);
	}
	return new_spare(mem, page);
}

/* A process may have given up to make anything executable: see PR_SET_MDWE. */
static bool set_access(const struct spare *spare, int access)
{
	return !os_syscall(SYS_mprotect, (long)spare->at, SPARE, access, 0, 0, 0);
}

/* --- */

/* A debugger's breakpoint since, or no more a mapping? */
static bool is_unchanged(int mem, uint64_t page)
{
	return has_read(mem, page, pages.file) && !memcmp(pages.file, pages.now, PAGE);
}

static int put_back(int mem, struct spare *spare)
{
	long got = -EBUSY;

	if (!set_access(spare, TEXT)) {
		drop_spare(spare, SPARE);
		return -EACCES;
	}
	if (is_unchanged(mem, spare->page))
		got = remap(spare->at, spare->page, PAGE, PAGE, MREMAP_FIXED);
	if (is_bad(got))
		set_access(spare, PROT_NONE);
	else
		drop_spare(spare, PAGE);
	return is_bad(got) ? (int)got : 0;
}

/* Never from the spare at once: where the process may not have a page more, what is in the way has
 * been unmapped before that is asked. */
static long move_changed(int mem, const struct spare *spare)
{
	long between = remap(spare->at, 0, PAGE, PAGE, MREMAP_DONTUNMAP), got = -EBUSY;

	if (is_bad(between))
		return between;
	if (is_unchanged(mem, spare->page))
		got = remap((uint64_t)between, spare->page, PAGE, PAGE, MREMAP_FIXED);
	if (is_bad(got))
		os_syscall(SYS_munmap, between, PAGE, 0, 0, 0, 0);
	return got;
}

static int put_changed(int mem, struct spare *spare)
{
	long got = -EACCES;

	if (set_access(spare, TEXT) &&
	    os_syscall(SYS_pwrite64, mem, (long)pages.then, PAGE, (long)spare->at, 0, 0) == PAGE)
		got = move_changed(mem, spare);
	if (is_bad(got)) {
		/* What it has is no more the file's. */
		drop_spare(spare, SPARE);
		return (int)got;
	}
	set_access(spare, PROT_NONE);
	return 0;
}

/* Bytes that are what they are to be are left out at both ends. */
static void trim(int mem, uint64_t *addr, const uint8_t **bytes, size_t *n)
{
	uint8_t is[PAGE_PUT_MAX];

	if (os_syscall(SYS_pread64, mem, (long)is, (long)*n, (long)*addr, 0, 0) != (long)*n)
		return;
	while (*n > 1 && is[*n - 1] == (*bytes)[*n - 1])
		--*n;
	for (size_t i = 0; *n > 1 && is[i] == **bytes; i++) {
		++*addr;
		++*bytes;
		--*n;
	}
}

int page_put(int mem, uint64_t addr, const uint8_t *bytes, size_t n)
{
	uint64_t page, at;
	struct spare *spare;
	int err;

	if (pages.never || n > PAGE_PUT_MAX)
		return -EOPNOTSUPP;
	err = find(addr);
	if (err)
		return err;
	trim(mem, &addr, &bytes, &n);
	page = addr & ~(uint64_t)(PAGE - 1);
	at = addr - page;
	spare = find_spare(mem, page);
	if (at + n > PAGE) {
		/* It has to go in steps, and must not keep later ones from this way. */
		if (page + PAGE < pages.end)
			find_spare(mem, page + PAGE);
		return -EOPNOTSUPP;
	}
	if (!spare || !has_read(mem, page, pages.now) || !has_read(mem, spare->at, pages.file))
		return -EOPNOTSUPP;
	memcpy(pages.then, pages.now, PAGE);
	memcpy(pages.then + at, bytes, n);
	if (!memcmp(pages.then, pages.file, PAGE))
		return put_back(mem, spare);
	return put_changed(mem, spare);
}
