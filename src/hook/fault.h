/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose fault is it?  One of an access that helpers make to addresses that may be bad
 * (helper/probe.h) becomes -EFAULT; every other SIGSEGV and SIGBUS is the application's, which
 * gets it as the kernel would have given it: handler, stack, mask and flags are the ones it asked
 * for, and without a handler it dies.
 */
#ifndef HOOK_FAULT_H
#define HOOK_FAULT_H

#include <signal.h>
#include <stdbool.h>

/* Installs the handlers, or puts them back in front of what was installed past fault_sigaction().
 * For the process, for good. */
int fault_catch(void);
/* sigaction() for SIGSEGV and SIGBUS: false for other signals and before fault_catch(); else stores
 * and tells the application's disposition. */
bool fault_sigaction(int sig, const struct sigaction *act, struct sigaction *old);
/* This thread's mask is this one now. */
void fault_mask_is(const sigset_t *mask);

#endif
