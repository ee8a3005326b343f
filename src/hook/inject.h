/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does an agent come into a process that runs already?  One of its threads is stopped for the
 * moment that it takes to write a stub and point the thread at it (inject_stub.h); the thread that
 * the stub makes then maps the agent, a program of its own (guest_main.c), piece by piece as it is
 * told, and becomes it.  No other thread is stopped, no signal sent, no function of the process
 * called, and nothing of its files, names or loader is used.
 */
#ifndef HOOK_INJECT_H
#define HOOK_INJECT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/text.h"

struct inject_opts {
	pid_t pid;
	const char *dir;   /* the store */
	const char *guest; /* path of the agent */
};

/* Is there an agent for this store in the process, of this kind or a preloaded one? */
bool inject_is_in(pid_t pid, const char *dir);
/* Does its thread compute, or wait for a processor, at this moment?  That of a preloaded one is not
 * known: no. */
bool inject_is_at_work(pid_t pid);
/* Brings one in and waits until it has attached what the store says.  -EEXIST: there is one, and
 * threads that kept it from patching were seen to.  Otherwise negative errno and why, in words that
 * say what to do. */
int inject_agent(const struct inject_opts *opts, struct text *why);

#endif
