/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which places of this process's text are patched, and how?  Sites belong to the process, as its
 * text does: two owners that attach to one function share its site.  A site is never freed: a
 * thread may be anywhere between its patched bytes and its trampoline.
 */
#ifndef HOOK_SITE_H
#define HOOK_SITE_H

#include "hook/dispatch.h"
#include "hook/patch.h"
#include "hook/tramp.h"

/* Trampolines stay: a thread may be in any of them. */
struct site_made {
	struct site_made *next;
	struct tramp tramp;
};

/* A way to patch a site.  tramp.addr 0: not possible, or not made yet. */
struct site_plan {
	struct patch patch;
	struct insn_span span;
	struct tramp tramp; /* the last of those that were made, which the patch leads to */
	struct site_made *made;
	uint32_t n_made, n_inlined;
};

struct site {
	struct hook_site hit;        /* first: what the trampoline passes on */
	uint64_t addr;               /* first patched byte */
	struct site_plan jump, stop; /* stop: a breakpoint */
	const struct site_plan *now; /* what is patched, or was last; NULL: never was */
	bool patched;
	bool entry;      /* a function's first instruction */
	bool flags_dead; /* nobody reads the arithmetic flags that come there */
	bool call;       /* a system call's, not a probe's: nothing else can be patched there */
};

/* All control functions are called with the lock held. */
void site_lock(void);
void site_unlock(void);
void site_after_fork(void);

/* The site for spec->addr, made when there is none, for such needs; not yet patched then.  Errors
 * with the reason in why as hook_add(). */
int site_get(const struct hook_spec *spec, const struct needs *needs, struct text *why,
	     struct site **ret_site);
/* Nobody begins the lean way of its trampolines from now on. */
void site_shut(struct site *site);
/* Leads to a trampoline that meets the needs of the site's list, patched or not; where there is no
 * room for it hits take the general way. */
void site_fit(struct site *site);
/* Opens its lean way, if it has one that is patched and fits. */
void site_open(struct site *site);
int site_patch(struct site *site, struct text *why);
/* The site for a plan that was made elsewhere, a jump (call_site.c); not yet patched.  -EBUSY: a
 * probe is there. */
int site_put(const struct site_plan *plan, struct text *why, struct site **ret_site);
/* Code as it was before we patched it. */
long site_read_original(uint64_t addr, uint8_t *buf, size_t size);
/* From now on fn is called at each hit of an empty function, by a jump: no hit traps.  Programs may
 * be attached there as well. */
int site_always(uint64_t func, uint64_t size, void (*fn)(void), struct text *why,
		struct site **ret_site);
void site_never(struct site *site);
/* Has its code been mapped anew, without our patch? */
bool site_is_lost(const struct site *site);
/* While a debugger has its breakpoint there the site stays as it is. */
void site_unpatch(struct site *site);
/* In a forked child, of an agent: takes back what its parent's agent had patched, another mapping
 * of the same file so far from ours.  That one's handlers and trampolines stay.  False: it is not a
 * parent's. */
bool site_undo(int64_t distance);
/* Takes back what a debugger's breakpoint was in the way of.  traps: puts their handlers back,
 * where one is wanted. */
void site_tend(bool traps);

#endif
