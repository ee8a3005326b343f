/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a thread of a process that knows nothing of us find its block?  By the GS base, which
 * 64-bit programs leave alone.  A new thread inherits its creator's and is told apart by the FS
 * base, and by the thread id where libc keeps it; where the FS base is 0 (a program without libc),
 * or the application uses GS itself, by asking the kernel for the thread id at each access.
 */
#include "base/own.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <linux/futex.h>

#include "base/os.h"

enum {
	MAX_EARLIER = 16,
	FREE = 1, /* fs of a head that nobody has */
	BUSY = 2, /* or that somebody is about to have */
	LOOK = 64 /* heads looked at for a free one */
};

struct own_arena own_arena;

/* The first word of a block is the fs of its owner: unlike the head it survives fork(). */
static OWN_VAR uint64_t own_fs;
OWN_VAR const uint32_t *own_id_at;
OWN_VAR uint32_t own_id;

/* Where the blocks of earlier agents begin. */
static uint64_t earlier[MAX_EARLIER];
static uint32_t n_earlier;

void own_succeed(int64_t distance)
{
	if (n_earlier < MAX_EARLIER)
		memcpy(&earlier[n_earlier++], (const char *)&own_arena.blocks + distance,
		       sizeof(earlier[0]));
}

static bool is_earlier(uint64_t gs)
{
	for (uint32_t i = 0; i < n_earlier; i++)
		if (gs - earlier[i] < (uint64_t)OWN_BLOCK * OWN_BLOCKS)
			return true;
	return false;
}

static char *block_at(uint32_t i)
{
	return own_arena.blocks + (uint64_t)i * OWN_BLOCK;
}

static void *map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* Aligned at its own size. */
static char *map_blocks(void)
{
	const uint64_t size = 1ull << OWN_ARENA_BITS;
	char *wide = map(2 * size), *blocks;
	uint64_t skip = -(uint64_t)(uintptr_t)wide & (size - 1);

	if (!wide)
		return NULL;
	blocks = wide + skip;
	if (skip)
		munmap(wide, skip);
	munmap(blocks + size, size - skip);
	return blocks;
}

int own_init(void)
{
	size_t heads = OWN_BLOCKS * sizeof(*own_arena.heads);

	if (__stop_ring3_own - __start_ring3_own > OWN_BLOCK)
		return -E2BIG;
	own_arena.heads = map(heads);
	if (!own_arena.heads)
		return -ENOMEM;
	if (madvise(own_arena.heads, heads, MADV_WIPEONFORK))
		return -EOPNOTSUPP;
	own_arena.blocks = map_blocks();
	return own_arena.blocks ? 0 : -ENOMEM;
}

/* Is this the word there, if there is any?  By a call that every sandbox lets threads make. */
static bool is_word(uint64_t at, uint32_t word)
{
	static const struct timespec no_time;
	long got = os_syscall(SYS_futex, (long)at, FUTEX_WAIT_PRIVATE, word, (long)&no_time, 0, 0);

	return got == -ETIMEDOUT || got == -EINTR || got == 0;
}

/* Where glibc and musl keep the thread id, if what is there is this one: a new thread with an old
 * one's stack has another.  Else a word that agrees, in the block. */
static const uint32_t *find_id(char *block, uint64_t fs, uint32_t tid)
{
	static const uint16_t places[] = { 0x2d0, 0x30 };

	for (size_t i = 0; fs && i < sizeof(places) / sizeof(places[0]); i++)
		if (is_word(fs + places[i], tid))
			return (const uint32_t *)(uintptr_t)(fs + places[i]);
	return &OWN_IN(block, own_id);
}

static void begin_block(char *block, uint64_t fs, uint32_t tid)
{
	__builtin_memset(block, 0, OWN_BLOCK);
	OWN_IN(block, own_id) = tid;
	OWN_IN(block, own_id_at) = find_id(block, fs, tid);
	OWN_IN(block, own_fs) = fs;
}

static bool take(uint32_t i, uint64_t fs, uint32_t tid)
{
	struct own_head *h = &own_arena.heads[i];
	uint64_t is_free = FREE;

	if (!__atomic_compare_exchange_n(&h->fs, &is_free, BUSY, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED))
		return false;
	begin_block(block_at(i), fs, tid);
	__atomic_store_n(&h->tid, tid, __ATOMIC_RELAXED);
	__atomic_store_n(&h->fs, fs, __ATOMIC_RELEASE);
	return true;
}

/* NULL when there are too many threads: the caller then shares the last block, see own_find(). */
static char *new_block(uint64_t fs, uint32_t tid)
{
	uint32_t n = __atomic_load_n(&own_arena.n, __ATOMIC_ACQUIRE), i = tid % (n ? n : 1);

	for (uint32_t k = 0; k < LOOK && k < n; k++, i = i + 1 < n ? i + 1 : 0)
		if (take(i, fs, tid))
			return block_at(i);
	i = __atomic_fetch_add(&own_arena.n, 1, __ATOMIC_ACQ_REL);
	if (i >= OWN_BLOCKS) {
		__atomic_store_n(&own_arena.n, OWN_BLOCKS, __ATOMIC_RELEASE);
		return NULL;
	}
	own_arena.heads[i].fs = FREE;
	return take(i, fs, tid) ? block_at(i) : NULL;
}

static char *find_tid(uint32_t tid)
{
	uint32_t n = __atomic_load_n(&own_arena.n, __ATOMIC_ACQUIRE);

	for (uint32_t i = 0; i < n; i++)
		if (__atomic_load_n(&own_arena.heads[i].tid, __ATOMIC_ACQUIRE) == tid)
			return block_at(i);
	return NULL;
}

/* In a forked child the head says nothing, and the block whose it was. */
static bool is_inherited(uint32_t i, uint64_t fs)
{
	const struct own_head *h = &own_arena.heads[i];

	return !h->fs && !h->tid && OWN_IN(block_at(i), own_fs) == fs;
}

/* Another name for the block that all threads beyond the last head share: programs do not run in
 * it, since its record belongs to one thread at most (hook/thread.c). */
static char *last_block(void)
{
	return block_at(OWN_BLOCKS - 1);
}

char *own_find(uint64_t fs, uint64_t gs)
{
	uint64_t off = gs - (uint64_t)(uintptr_t)own_arena.blocks;
	bool ours = off < (uint64_t)OWN_BLOCK * OWN_BLOCKS;
	uint32_t tid = (uint32_t)os_gettid(), i = (uint32_t)(off / OWN_BLOCK);
	bool free;
	char *block;

	if (ours && own_arena.heads[i].tid == tid)
		return block_at(i);
	if (ours && is_inherited(i, fs)) {
		begin_block(block_at(i), fs, tid);
		own_arena.heads[i].tid = tid;
		__atomic_store_n(&own_arena.heads[i].fs, fs, __ATOMIC_RELEASE);
		return block_at(i);
	}
	free = !gs || ours || is_earlier(gs);
	block = free ? NULL : find_tid(tid);
	if (!block)
		block = new_block(fs, tid);
	if (!block)
		return last_block();
	if (free)
		__asm__ volatile("wrgsbase %0" : : "r"(block) : "memory");
	return block;
}

void own_tend(void)
{
	long pid = os_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0);

	for (uint32_t i = 0; i < own_arena.n && i < OWN_BLOCKS; i++) {
		struct own_head *h = &own_arena.heads[i];
		uint32_t tid = __atomic_load_n(&h->tid, __ATOMIC_ACQUIRE);

		/* As in hook/thread.c. */
		if (!tid || os_syscall(SYS_tgkill, pid, tid, 0, 0, 0, 0) != -ESRCH ||
		    os_syscall(SYS_tgkill, tid, tid, 0, 0, 0, 0) != -ESRCH)
			continue;
		__atomic_store_n(&h->tid, 0, __ATOMIC_RELEASE);
		__atomic_store_n(&h->fs, FREE, __ATOMIC_RELEASE);
	}
}
