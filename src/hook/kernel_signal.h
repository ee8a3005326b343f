/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How are signal handlers installed past libc's sigaction(), which an agent interposes?  As the
 * kernel takes them.
 */
#ifndef HOOK_KERNEL_SIGNAL_H
#define HOOK_KERNEL_SIGNAL_H

#include <signal.h>
#include <stdint.h>

/* What rt_sigaction(2) takes. */
struct kernel_signal {
	void (*handler)(int, siginfo_t *, void *);
	unsigned long flags; /* SA_RESTORER is added and taken away here */
	void (*restorer)(void);
	uint64_t mask;
};

/* Where handlers installed here return to, when it was the kernel that called them. */
void kernel_signal_restorer(void);

/* act and old may be NULL. */
int kernel_signal_set(int sig, const struct kernel_signal *act, struct kernel_signal *old);
/* The kernel's form as libc has it. */
void kernel_signal_read(const struct kernel_signal *act, struct sigaction *ret);
uint64_t kernel_signal_mask(const sigset_t *set);
/* In a handler: the process ends as if the signal had had the default action, now or, where the
 * handler has it blocked, when that returns. */
void kernel_signal_die(int sig, const siginfo_t *info);

#endif
