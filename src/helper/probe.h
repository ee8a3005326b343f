/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a helper touch an address that may be bad?  With one routine whose accesses may fault:
 * the process's SIGSEGV and SIGBUS handler asks probe_fixup() first.  Where no such handler is
 * installed, or the thread has the signals blocked, the kernel copies (process_vm_readv), which
 * costs a system call.
 *
 * A thread's mask changes in many ways that nobody tells us of.  So it is asked for before a read
 * in a region of which this thread has read nothing yet: what is bad mostly lies elsewhere than
 * what is good.
 */
#ifndef HELPER_PROBE_H
#define HELPER_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/own.h"
#include "helper/helper.h"

/* May a fault in this thread be caught?  While SIGSEGV or SIGBUS is blocked, one kills. */
enum probe_signals {
	PROBE_UNKNOWN, /* to be asked of the kernel */
	PROBE_OPEN,
	PROBE_SHUT
};
extern OWN_VAR enum probe_signals own_probe_mask;
#define probe_mask OWN(own_probe_mask)

/* Asks the kernel.  May it be caught? */
bool probe_look(void);
/* The thread's mask may have changed since. */
void probe_forget(void);

enum {
	PROBE_REGION = 21, /* bits of an address within one */
	PROBE_REGION_BITS = 5,
};

/* Where this thread has read lately: their numbers and 1. */
struct probe_regions {
	uint32_t tags[1 << PROBE_REGION_BITS];
};
extern OWN_VAR struct probe_regions own_probe_regions;

static inline uint32_t *probe_tag(uint64_t at)
{
	uint32_t mixed = (uint32_t)(at >> PROBE_REGION) * 0x9e3779b9u;

	return &OWN(own_probe_regions).tags[mixed >> (32 - PROBE_REGION_BITS)];
}

/* A read there has failed: the next one is not taken for good. */
void probe_failed(uint64_t at);

/* 0: copied. */
uint64_t probe_asm_copy(void *dst, const void *src, uint64_t n);
/* Bytes copied with the NUL, n if there is none, or -1. */
int64_t probe_asm_str(void *dst, const void *src, uint64_t n);

/* May this thread read directly, without asking?  n: not 0 */
static inline bool probe_is_known(const struct run *run, uint64_t at, uint64_t n)
{
	return run->env && __atomic_load_n(&run->env->probe_faults, __ATOMIC_RELAXED) &&
	       probe_mask == PROBE_OPEN && *probe_tag(at) == (at >> PROBE_REGION) + 1 &&
	       at >> PROBE_REGION == (at + n - 1) >> PROBE_REGION;
}

/* 0, or -EFAULT with some of dst written. */
int probe_copy(const struct run *run, void *dst, uint64_t src, uint64_t n);
int probe_write(const struct run *run, uint64_t dst, const void *src, uint64_t n);
/* Copies up to and with the NUL, at most n bytes, the last of which is made NUL; writes nothing
 * behind it.  Bytes written or -EFAULT. */
int64_t probe_copy_str(const struct run *run, char *dst, uint64_t src, uint64_t n);

/* For a fault handler: if the fault is ours, lets the interrupted code go on with -EFAULT and
 * returns true; otherwise the fault is somebody else's. */
bool probe_fixup(void *ucontext);

#endif
