/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where does a function return?  At its return instructions, if it can be left by nothing else but
 * an exception.  A probe at each of them sees what a return probe sees, and no return address is
 * moved away: for code through whose frames somebody unwinds who does not know of ours.
 */
#ifndef HOOK_RETURNS_H
#define HOOK_RETURNS_H

#include <stdint.h>

#include "base/text.h"
#include "hook/elf_func.h"

enum {
	RETURNS_MAX = 256
};

struct returns_one {
	uint64_t addr, func, func_size; /* the instruction, and the part of the function it is in */
};

struct returns {
	uint32_t n;
	struct returns_one all[RETURNS_MAX];
};

/* Of the function at func.  base: the address of the file's offset 0.  -EOPNOTSUPP with the reason:
 * it is, or may be, left in other ways. */
int returns_find(const struct elf_funcs *funcs, uint64_t base, uint64_t func, uint64_t size,
		 struct returns *ret_returns, struct text *why);

#endif
