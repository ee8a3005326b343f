/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which libc functions does the agent stand in front of?  Those by which an application would take
 * away what hooks rely on: sigaction() and signal() (our handlers), sigprocmask() (a blocked
 * SIGTRAP kills at a breakpoint, a blocked SIGSEGV at a bad address), longjmp() (out of a running
 * program), exec (an environment without us).
 */
#ifndef HOOK_AGENT_LIBC_H
#define HOOK_AGENT_LIBC_H

/* dir: the store, for the environment of programs that are executed.  settle: called before the
 * process changes who it is. */
void agent_libc_init(const char *dir, void (*settle)(void));

#endif
