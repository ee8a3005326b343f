/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is one `syscall` instruction made a jump?  Its two bytes are too few, so one in front of it
 * that is long enough is replaced, or it together with its neighbours; they run in a trampoline of
 * the place, with the call in their midst going through call_entry.
 */
#ifndef HOOK_CALL_PLAN_H
#define HOOK_CALL_PLAN_H

#include <stdint.h>

#include "base/text.h"
#include "hook/site.h"

struct code_mem;

/* A function, decoded. */
struct call_func {
	uint64_t addr, size;
	const uint8_t *code;  /* size bytes and room - size behind it */
	const uint8_t *heads; /* size bytes: 1 where an instruction begins */
	uint64_t room;
};

enum {
	CALL_NR_UNKNOWN = -1
};

/* Which number does the instruction at that offset always call? */
int32_t call_plan_nr(const struct call_func *func, uint64_t off);
/* -EOPNOTSUPP with the reason in why: no way. */
int call_plan(struct code_mem *mem, const struct call_func *func, uint64_t off, int32_t nr,
	      struct site_plan *ret_plan, struct text *why);

#endif
