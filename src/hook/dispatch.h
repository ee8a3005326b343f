/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which programs run at a hit?  The list that the site has at that moment, one pointer, replaced as
 * a whole by whoever attaches or detaches.
 */
#ifndef HOOK_DISPATCH_H
#define HOOK_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "hook/hook.h"

struct hook_thread;
struct pt_regs;
struct store_registry;

struct hook_entry {
	const struct prog *prog;         /* NULL: gone */
	struct store_registry *registry; /* NULL: one slot for all */
	uint32_t tag;                    /* of the registry, in gates */
	uint32_t n_hits;                 /* slots that hits has a count for */
	uint64_t cookie;
	uint64_t ip; /* what the program is told: where it was attached */
	bool leaves; /* at a return instruction: it sees the caller */
	struct link_count *hits;
	uint64_t *missed;
	struct hook *owner;
};

/* Programs for the entry first (behind them those that are at a return instruction), then those for
 * the return. */
struct hook_list {
	uint32_t n_enter, n_leave;
	struct hook_entry entries[];
};

/* What the hit path knows of a site; never freed, since a thread may be on its way to it. */
struct hook_site {
	struct hook_list *list; /* NULL: nobody is attached */
	uint64_t leave;         /* code that return_site goes on with */
	void (*always)(void);   /* called at each hit that comes the general way, or NULL */
};

enum {
	HOOK_FUEL = 8 << 20, /* may_goto budget, as the kernel's */
};

/* Around runs.  False: this thread is inside already, or is ignored. */
bool hook_go_in(struct hook_thread *t);
void hook_come_out(struct hook_thread *t);
bool hook_is_ignored(const struct hook_thread *t);
/* Inside: runs the entry's program with this context.  False: it could not run, and was missed. */
bool hook_run(struct hook_thread *t, const struct hook_entry *e, void *ctx, struct pt_regs *regs,
	      uint64_t *ret_r0);
/* Where the set's programs get their slots. */
void hook_set_place(const struct hook_set *set, struct hook_entry *e);

/* Called by trampolines.  Not 0: the return address was moved away. */
uint64_t hook_enter(struct pt_regs *regs, struct hook_site *site);
/* Called by return_site: the address to return to.  regs->rsp is set here. */
uint64_t hook_leave(struct pt_regs *regs);

/* For lean trampolines, of a thread that keeps a slot and closed its gate: */
struct slot_gate;
void hook_run_kept(struct pt_regs *regs, const struct hook_entry *e, const struct slot_gate *gate);
/* False: the return address at slot stays where it is. */
bool hook_push(uint64_t slot, struct hook_site *site);

#endif
