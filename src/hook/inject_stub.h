/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What runs in a process before there is anything of ours in it?  A few instructions in the unused
 * end of its vdso, which each process has and none runs.  One thread of the process is sent through
 * them, in one step: it maps a page, makes a thread, and takes back its own registers by itself.
 * Whoever traces it may be killed at any moment: before that step nothing was changed, after it
 * nobody is needed.  The new thread makes the system calls that it finds in the page, until it is
 * told where the agent begins, or nobody says anything for some seconds.
 *
 * No stack, no flag, no vector register is used on the thread that was sent, and no system call
 * that would forget how an interrupted one is to be taken up again.
 */
#ifndef HOOK_INJECT_STUB_H
#define HOOK_INJECT_STUB_H

#include <stdint.h>

/* Offsets are known to the code in inject_stub.c. */
struct stub_page {
	uint32_t command, done; /* differ: there is something to do */
	uint64_t nr;            /* STUB_GO: rsp = args[0], then goes to args[1] */
	uint64_t args[6];
	int64_t result;
	uint64_t old_mask;
	int64_t made;  /* what clone(2) said; 0: not yet */
	uint32_t left; /* the thread that was sent is on its way back */
	uint32_t pad;
};

#define STUB_GO UINT64_MAX

enum {
	STUB_PAGE_BYTES = 8192,
	STUB_CLONE_FLAGS = 0x00050900, /* CLONE_VM, SIGHAND, THREAD, SYSVSEM */
	STUB_GUEST_AT = 512,           /* struct guest_page */
	STUB_SCRATCH_AT = 1024,        /* whatever a system call takes by address */
};

/* In the order in which struct user_regs_struct has them, but for those that no code changes. */
enum stub_reg {
	STUB_R15,
	STUB_R14,
	STUB_R13,
	STUB_R12,
	STUB_RBP,
	STUB_RBX,
	STUB_R11,
	STUB_R10,
	STUB_R9,
	STUB_R8,
	STUB_RAX,
	STUB_RCX,
	STUB_RDX,
	STUB_RSI,
	STUB_RDI,
	STUB_RIP,
	STUB_N_REGS
};

/* The code begins with this. */
struct stub_data {
	uint64_t magic;
	uint64_t page, minus_page, page_bytes;
	uint64_t clone_flags, stack, mask;
	uint64_t pause[2]; /* struct timespec */
	uint64_t sent;     /* thread that was sent */
	uint64_t regs[STUB_N_REGS];
	char name[16]; /* of the thread that is made */
};

#define STUB_MAGIC 0x3162757473336e72ull /* "rn3stub1" */

extern const uint8_t stub_begin[] __attribute__((visibility("hidden")));
extern const uint8_t stub_entry[] __attribute__((visibility("hidden")));
extern const uint8_t stub_end[] __attribute__((visibility("hidden")));

#endif
