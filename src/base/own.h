/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does each thread have for itself?  Ordinarily what the compiler offers.  An agent that was
 * brought into a running process (RING3_GUEST) finds no room in the thread-local storage there,
 * which belongs to the application's libc, to Go's runtime or to nobody: its variables are laid
 * out in a block a thread (own.c).
 *
 *	static OWN_VAR struct thing own_thing;
 *	#define thing OWN(own_thing)
 *
 * Such a variable begins as zeros, and is zeros again in a forked child of a process with a guest.
 */
#ifndef BASE_OWN_H
#define BASE_OWN_H

enum {
	/* All blocks begin with the same bits above these, which nothing else does. */
	OWN_ARENA_BITS = 25
};

#ifndef RING3_GUEST

#define OWN_VAR  __thread __attribute__((tls_model("initial-exec")))
#define OWN(var) (var)

#else

#include <stdint.h>

/* Only where a variable is in a block is decided by where it is in its section. */
#define OWN_VAR __attribute__((section("ring3_own")))
#define OWN_IN(block, var) \
	(*(__typeof__(var) *)(void *)((block) + ((const char *)&(var)-__start_ring3_own)))
#define OWN(var) OWN_IN(own_block(), var)

/* libc's word for the owner's thread id, and what that is: a thread may have the GS base of one
 * that is dead, by inheritance, and its FS base, too, with its stack. */
extern OWN_VAR const uint32_t *own_id_at __attribute__((visibility("hidden")));
extern OWN_VAR uint32_t own_id __attribute__((visibility("hidden")));

extern const char __start_ring3_own[] __attribute__((visibility("hidden")));
extern const char __stop_ring3_own[] __attribute__((visibility("hidden")));

enum {
	OWN_BLOCK = 512,
	OWN_BLOCKS = 1 << 16
};
_Static_assert((uint64_t)OWN_BLOCK *OWN_BLOCKS == 1ull << OWN_ARENA_BITS, "of one arena");

/* Whose block it is; the pages of these are zeros in a forked child. */
struct own_head {
	uint64_t fs; /* of the thread: no two threads that live have the same, but for 0 */
	uint32_t tid;
	uint32_t pad;
};

struct own_arena {
	char *blocks; /* NULL: not made yet */
	struct own_head *heads;
	uint32_t n; /* blocks that were ever in use */
};
extern struct own_arena own_arena __attribute__((visibility("hidden")));

/* Of the agent, before any thread asks; negative errno. */
int own_init(void);
/* Threads whose GS base leads to the blocks of an agent so far from us need that one's no more. */
void own_succeed(int64_t distance);
/* Gives back the blocks of threads that are dead; now and then. */
void own_tend(void);
/* With system calls. */
char *own_find(uint64_t fs, uint64_t gs);

/* The GS base leads to the block.  Whoever is created inherits it, so the FS base must agree. */
static inline char *own_block(void)
{
	uint64_t fs, gs, off;
	char *block;

	__asm__("rdfsbase %0" : "=r"(fs));
	__asm__ volatile("rdgsbase %0" : "=r"(gs));
	off = gs - (uint64_t)(uintptr_t)own_arena.blocks;
	block = (char *)(uintptr_t)gs;
	if (__builtin_expect(off < (uint64_t)OWN_BLOCK * OWN_BLOCKS && fs &&
				     own_arena.heads[off / OWN_BLOCK].fs == fs &&
				     *OWN_IN(block, own_id_at) == OWN_IN(block, own_id),
			     1))
		return block;
	return own_find(fs, gs);
}

#endif
#endif
