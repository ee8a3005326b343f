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
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct prog;
struct hook;
struct hook_set; /* hooks of one owner; sites belong to the process */
struct store_registry;
struct link_count;

enum hook_kind {
	HOOK_UPROBE,
	HOOK_URETPROBE, /* addr is the function's entry */
	HOOK_LEAVE,     /* addr is one of its return instructions; the program sees a return */
};

struct hook_spec {
	enum hook_kind kind;
	uint64_t addr;            /* in this process */
	uint64_t entry;           /* of HOOK_LEAVE: the function's */
	uint64_t func, func_size; /* function around addr; 0: not known */
	bool returns_twice;       /* as setjmp() does: its second return would find no way back */
	struct prog *prog;        /* stays valid until hook_remove() returned */
	uint64_t cookie;
	/* In the link's file, added to; may be NULL.  hits: a cache line for each of n_hits slots,
	 * so that nobody else writes there. */
	struct link_count *hits;
	uint32_t n_hits;
	uint64_t *missed;
};

/* registry: where programs of this set get their execution slots; NULL: slot 0 for all. */
int hook_set_new(struct store_registry *registry, struct hook_set **ret_set);
struct hook_set *hook_set_free(struct hook_set *set); /* removes what is left */
/* Follows whether runs are timed in the registry; now and then. */
void hook_set_tend(struct hook_set *set);
/* -EAGAIN: what is mapped has changed since loader_begin().  -EOPNOTSUPP, -EBUSY ... with the
 * reason in why when a site cannot be patched safely. */
int hook_add(struct hook_set *set, const struct hook_spec *spec, struct text *why,
	     struct hook **ret_hook);
struct hook *hook_remove(struct hook *hook);
/* Another program in the same place, without a moment of none or both.  The hook moves to set. */
int hook_replace(struct hook *hook, struct hook_set *set, const struct hook_spec *spec);
/* Its program has other machine code than when it was attached. */
void hook_refresh(struct hook *hook);
/* Has its library been mapped anew, so that it is not hit? */
bool hook_is_lost(const struct hook *hook);
/* How a hook's site is reached: "jump" or "breakpoint". */
const char *hook_transport(const struct hook *hook);
/* Machine code that a hit runs but for the program's own, in two pieces: at the entry, and at the
 * return where there is a lean way for it (else of size 0). */
struct hook_code {
	const void *addr;
	size_t size;
};
void hook_code(const struct hook *hook, struct hook_code *ret_enter, struct hook_code *ret_leave);
/* Do hits of a thread that keeps a slot take the lean way (tramp.h)? */
bool hook_is_lean(const struct hook *hook);

/* The calling thread's own calls never run programs and are not counted (an agent's thread). */
void hook_ignore_thread(void);
/* And from now on they are again. */
void hook_heed_thread(void);
/* The calling thread leaves by longjmp() whatever program it is in. */
void hook_abandon_run(void);
/* Takes back what could not be when its last hook was removed.  traps: puts the handlers of traps
 * back in front of what the application installed since. */
void hook_tend(bool traps);
/* Why nothing can be hooked on this machine, or NULL. */
const char *hook_refusal(void);
/* Around fork(3): before in the parent, after in the parent, after in the child. */
void hook_before_fork(void);
void hook_after_fork_parent(void);
void hook_after_fork(void);

#endif
