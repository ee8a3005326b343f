/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What runs between a patched site and the programs?  A trampoline of its own for each site: it
 * makes a struct pt_regs on the stack, calls hook_enter(), restores everything and goes on with the
 * displaced instructions.  Where uretprobes want the return, it goes there by way of return_call.
 */
#ifndef HOOK_TRAMP_H
#define HOOK_TRAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hook/insn.h"

struct hook_site;

enum {
	TRAMP_MAX = 768
};

struct tramp {
	uint64_t addr; /* of the trampoline */
	uint32_t size;
	uint64_t copy[INSN_MAX]; /* where the copy of each displaced instruction runs */
};

/* Writes the trampoline of a site that will run at `at`.  entry: the site is a function's first
 * instruction, where flags and what is below the stack pointer are dead.  0, -ERANGE, -ENOSPC. */
int tramp_emit(struct hook_site *site, const struct insn_span *span, bool entry, uint64_t at,
	       uint8_t *buf, struct tramp *ret_tramp);

#endif
