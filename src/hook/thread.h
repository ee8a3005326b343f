/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a hit know about its thread?  A record that outlives the thread: the gate that tells
 * whether it is inside a program, and the return addresses that uretprobes moved away.  The list of
 * records and the thread's pointer to its own are the process's, not a runtime's: stacks and the
 * return site, which an unwinder reaches knowing nothing but an address, belong to no runtime
 * either.
 *
 * Offsets of hook_thread and hook_return are known to the unwind expression in return_site.c.
 */
#ifndef HOOK_THREAD_H
#define HOOK_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "helper/helper.h"
#include "map/sync.h"
#include "run/slot.h"

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
	HOOK_RETURN_SHIFT = 5, /* the size of an entry is 2 to this */
	HOOK_HINT_BITS = 10,
	HOOK_RECORD_WORDS = 1024
};

/* What a forked child finds wiped.  Programs that call no C run on `run`, of which only the slot
 * and what counts their loops is filled in. */
struct thread_page {
	struct slot_gate gate;
	uint64_t line; /* where a kept slot's count lies in an array of them */
	_Alignas(64) struct run run;
};

enum {
	THREAD_LINE_OFF = offsetof(struct thread_page, line),
	THREAD_RUN_OFF = offsetof(struct thread_page, run),
};

struct hook_thread {
	struct hook_thread *next;
	uint32_t n_returns; /* entries above it are free */
	uint32_t tid;       /* 0: nobody's */
	uint32_t full;      /* pushes refused since the last sweep */
	uint32_t in_vain;   /* runs since it last asked for a slot to keep, and got none */
	uint32_t pad[2];
	struct store_registry *registry; /* that it takes a slot of now, else NULL */
	struct hook_return returns[HOOK_MAX_RETURNS + 1]; /* the last one is never used */
	uint16_t hints[1 << HOOK_HINT_BITS];              /* where an entry for a slot may be */
	const void *own;        /* where its thread keeps the pointer to it */
	struct slot_gate *gate; /* that of page */
	struct sync_held held;  /* before it began the run on a slot that it keeps */
	struct thread_page *page;
	bool may_keep;                  /* it is wiped indeed */
	struct store_registry *kept_of; /* registry that gate->idle is the tag of */
	struct slot_keeper keeper;
	/* What programs on system calls read, as far as a program may (call_hit.c). */
	uint64_t call_record[HOOK_RECORD_WORDS];
};

extern struct hook_thread *hook_threads;
/* Not 0: the process that has an agent.  In a forked child, which has none, nothing runs. */
extern uint32_t thread_home;
extern OWN_VAR struct hook_thread *own_hook_thread;
#define hook_self OWN(own_hook_thread)
/* Its gate, or one that is always shut. */
extern OWN_VAR struct slot_gate *own_hook_gate;

/* Where machine code finds the two: from the FS base on; or, in a process that was joined, from the
 * GS base on, if that leads to a block (base/own.h) and the block's key is this thread's. */
struct thread_way {
	bool by_gs;
	int32_t gate, self;
	int32_t key;      /* the FS base + 1; 0: nobody's */
	int32_t id_at;    /* leads to where libc has the thread's id */
	int32_t id;       /* which must be this */
	int32_t arena_at; /* GS base without OWN_ARENA_BITS */
};
struct thread_way thread_way(void);

/* This thread's record, made on its first hit; NULL when there is no memory. */
struct hook_thread *thread_self(void);
/* The calling thread is of a forked child, which its gate does not know yet. */
void thread_revive(struct hook_thread *t);
/* Never runs a program from now on. */
void thread_ignore(struct hook_thread *t);
/* Returns when every thread that was inside a program when called has left it. */
void thread_quiesce(void);
/* Nobody keeps a slot of the registry with this tag any more; none of its programs is run. */
void thread_release(uint32_t tag);
void thread_after_fork(void);

/* Moves the return address at slot away.  False: no room, nothing changed. */
bool thread_push_return(struct hook_thread *t, uint64_t slot, struct hook_site *site);
/* The entry of the innermost call whose return address belongs at slot. */
struct hook_return *thread_find_return(struct hook_thread *t, uint64_t slot);
void thread_pop_return(struct hook_thread *t, struct hook_return *r);

#endif
