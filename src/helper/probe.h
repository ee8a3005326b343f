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

struct run;

/* 0, or -EFAULT with some of dst written. */
int probe_copy(const struct run *run, void *dst, uint64_t src, uint64_t n);
int probe_write(const struct run *run, uint64_t dst, const void *src, uint64_t n);
/* Copies up to and with the NUL, at most n bytes, the last of which is made NUL; writes nothing
 * behind it.  Bytes written or -EFAULT. */
int64_t probe_copy_str(const struct run *run, char *dst, uint64_t src, uint64_t n);

/* For a fault handler: if the fault is ours, lets the interrupted code go on with -EFAULT and
 * returns true; otherwise the fault is somebody else's. */
bool probe_fixup(void *ucontext);

/* This thread may have SIGSEGV or SIGBUS blocked, where a fault kills: the kernel copies. */
extern OWN_VAR bool own_probe_masked;
#define probe_masked OWN(own_probe_masked)

#endif
