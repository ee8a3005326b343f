/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a helper touch an address that may be bad?  With one routine whose accesses may fault:
 * the process's SIGSEGV and SIGBUS handler asks probe_fixup() first.  Where no such handler is
 * installed the kernel copies (process_vm_readv), which costs a system call.
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

/* Asks if it is not known. */
bool probe_look(void);
/* The thread's mask may have changed since. */
void probe_forget(void);

/* 0: copied. */
uint64_t probe_asm_copy(void *dst, const void *src, uint64_t n);
/* Bytes copied with the NUL, n if there is none, or -1. */
int64_t probe_asm_str(void *dst, const void *src, uint64_t n);

/* May this thread read directly? */
static inline bool probe_is_caught(const struct run *run)
{
	return run->env && __atomic_load_n(&run->env->probe_faults, __ATOMIC_RELAXED) &&
	       (__builtin_expect(probe_mask == PROBE_OPEN, 1) || probe_look());
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
