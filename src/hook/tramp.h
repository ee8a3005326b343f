/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What runs between a patched site and the programs?  A trampoline of its own for each site, and
 * for each kind of list (need.h) that the site has had.
 *
 * The lean way is for a list of one program, or of one for the entry and one for the return, and a
 * thread that keeps a slot.  It stores what the program reads and changes, calls the program's
 * machine code, and restores.  Whatever else there is takes the general way: it makes a whole
 * struct pt_regs on the stack, calls hook_enter(), and restores everything.  Both go on with the
 * displaced instructions; where uretprobes want the return, by way of return_call.
 */
#ifndef HOOK_TRAMP_H
#define HOOK_TRAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hook/insn.h"
#include "hook/need.h"

struct hook_entry;
struct hook_list;
struct hook_site;
struct link_count;

enum {
	TRAMP_MAX = 1536,
	/* Of what there are two: */
	ENTER = 0,
	LEAVE = 1,
};

/* Of entry or return. */
struct tramp_end {
	uint32_t tag;            /* gate of a thread that may pass */
	const void *run;         /* machine code, or hook_run_kept() */
	struct link_count *hits; /* by slot */
	const struct hook_entry *entry;
};

/* What the lean way reads.  It lies at a fixed distance from the code; what most hits read of it
 * in one cache line.  Changed only while it is shut and nobody is inside. */
struct tramp_data {
	struct tramp_end end[2];
	uint64_t ip;
	const void *return_site, *return_call, *return_slow;
	struct hook_site *site;
};

struct tramp {
	uint64_t addr; /* of the trampoline */
	uint32_t size;
	uint64_t copy[INSN_MAX]; /* where the copy of each displaced instruction runs */
	uint64_t general;        /* where the general way begins; 0: it is all there is */
	uint64_t leave;          /* what return_site leads to; 0: the general way */
	struct needs needs;      /* that the lean way meets */
	bool loses_flags;        /* the general way behind it shows others than the site had */
	struct tramp_data *data;
};

/* How the trampoline of a site is to be. */
struct tramp_spec {
	struct hook_site *site;
	const struct insn_span *span;
	bool entry; /* the site is a function's first instruction, where flags and what is below the
		     * stack pointer are dead */
	bool flags_dead; /* or at least the arithmetic flags are */
	struct needs needs;
	uint64_t at;             /* where it will run */
	struct tramp_data *data; /* and what it will read; 0: no lean way */
};

/* Writes a trampoline, at most TRAMP_MAX bytes.  0, -ERANGE, -ENOSPC. */
int tramp_emit(const struct tramp_spec *spec, uint8_t *buf, struct tramp *ret_tramp);

/* The lean way of a fresh trampoline is shut. */
void tramp_init(struct tramp *t, struct hook_site *site);
/* Opens it for a list whose needs it meets. */
void tramp_open(struct tramp *t, const struct hook_list *list, const struct needs *needs);
bool tramp_is_open(const struct tramp *t);
/* From now on nobody begins it; who is inside may be (thread_quiesce). */
void tramp_shut(struct tramp *t);

#endif
