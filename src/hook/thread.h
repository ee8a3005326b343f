/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a hit know about its thread?  A record that outlives the thread: whether it is inside a
 * program (epoch odd), and the return addresses that uretprobes moved away.  The list of records
 * and the thread's pointer to its own are the process's, not a runtime's: stacks and the return
 * site, which an unwinder reaches knowing nothing but an address, belong to no runtime either.
 *
 * Offsets of hook_thread and hook_return are known to the unwind expression in return_site.c.
 */
#ifndef HOOK_THREAD_H
#define HOOK_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/own.h"

struct hook_site;
struct store_registry;

/* A return address that was moved away.  slot: where on the stack it belongs; 0: free. */
struct hook_return {
	uint64_t slot, ret;
	uint64_t final; /* ret behind all return sites of a chain of tail calls */
	struct hook_site *site;
};

enum {
	HOOK_MAX_RETURNS = 4096,
	HOOK_HINT_BITS = 10
};

struct hook_thread {
	struct hook_thread *next;
	uint32_t n_returns; /* entries above it are free */
	uint32_t epoch;     /* odd: inside a program of this module */
	uint32_t tid;       /* 0: nobody's */
	uint32_t full;      /* pushes refused since the last sweep */
	uint32_t ignored;   /* never runs programs: epoch stays odd */
	uint32_t pad;
	struct store_registry *registry; /* that it takes a slot of now, else NULL */
	struct hook_return returns[HOOK_MAX_RETURNS];
	uint16_t hints[1 << HOOK_HINT_BITS]; /* where an entry for a slot may be */
	const void *own;                     /* where its thread keeps the pointer to it */
};

extern struct hook_thread *hook_threads;
/* Not 0: the process that has an agent.  In a forked child, which has none, nothing runs. */
extern uint32_t thread_home;
extern OWN_VAR struct hook_thread *own_hook_thread;
#define hook_self OWN(own_hook_thread)

/* This thread's record, made on its first hit; NULL when there is no memory. */
struct hook_thread *thread_self(void);
/* Returns when every thread that was inside a program when called has left it. */
void thread_quiesce(void);
void thread_after_fork(void);

/* Moves the return address at slot away.  False: no room, nothing changed. */
bool thread_push_return(struct hook_thread *t, uint64_t slot, struct hook_site *site);
/* The entry of the innermost call whose return address belongs at slot. */
struct hook_return *thread_find_return(struct hook_thread *t, uint64_t slot);
void thread_pop_return(struct hook_thread *t, struct hook_return *r);

#endif
