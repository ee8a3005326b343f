/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a program come to run when a function of this process is entered or left?  hook_add()
 * patches the site (or finds it patched) and puts the program on its list; hook_remove() takes it
 * off, restores the bytes after the last one, and returns only when no thread runs the program
 * through this hook any more.  In-process only: who decides what to attach is the agent.
 */
#ifndef HOOK_HOOK_H
#define HOOK_HOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct prog;
struct hook;
struct hook_set; /* all hooks of a process; owner of trampolines */

enum hook_kind {
	HOOK_UPROBE,
	HOOK_URETPROBE,
};

struct hook_spec {
	enum hook_kind kind;
	uint64_t addr;		/* in this process */
	struct prog *prog;	/* counted by the hook */
	uint64_t cookie;
	uint64_t *hits, *missed; /* in the link's file: added to */
};

int hook_set_new(struct hook_set **ret_set);
struct hook_set *hook_set_free(struct hook_set *set); /* removes what is left */
/* -EOPNOTSUPP, -EBUSY ... with the reason in why when a site cannot be patched safely. */
int hook_add(struct hook_set *set, const struct hook_spec *spec, struct text *why,
	     struct hook **ret_hook);
struct hook *hook_remove(struct hook *hook);
/* To be called in a forked child before anything else of this module. */
void hook_after_fork(struct hook_set *set);

#endif
