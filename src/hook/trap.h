/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where does a thread go on that ran into a trap of ours?  At a breakpoint: in the site's
 * trampoline.  In the middle of replaced instructions: at the copy of the one it was about to run.
 * Traps that are not ours belong to the application: it keeps the disposition it asked for, which
 * the agent's sigaction() stores here instead of replacing our handler.
 */
#ifndef HOOK_TRAP_H
#define HOOK_TRAP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Answers, in a signal handler: where to go on instead of pc (trap: pc is that of the trapping
 * byte), or 0 when there is no site of ours. */
typedef uint64_t (*trap_lookup)(uint64_t pc);

/* Installs the handlers, or puts them back in front of what the application installed past
 * trap_sigaction().  lookup stays valid for ever.  A process has one, like its signals. */
int trap_init(trap_lookup lookup);
/* sigaction() for a signal of ours (SIGTRAP, SIGILL): false when sig is none or trap_init() has not
 * been called; else stores and tells the application's disposition. */
bool trap_sigaction(int sig, const struct sigaction *act, struct sigaction *old);

#endif
