/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where do trampolines live?  Within reach of a jmp rel32 from their site, in chunks that are
 * mapped twice: one view that executes and is never writable, one that is written through and is
 * closed (PROT_NONE) otherwise.  Code memory is only ever added to: a thread may have been
 * preempted anywhere in it, so nothing is freed or reused, and a forked child may go on running
 * from the chunks it shares with its parent.
 *
 * What code reads while it runs lies at a fixed distance behind it, in memory that is private and
 * never executes.
 */
#ifndef HOOK_CODE_MEM_H
#define HOOK_CODE_MEM_H

#include <stddef.h>
#include <stdint.h>

struct code_chunk;

struct code_mem {
	struct code_chunk *chunks;
};

/* Room for `size` bytes at an address whose jmp rel32 from `site` has, for each bit n of `heads`
 * (1 to 4), a byte at site + n that traps as an instruction.  -ENOSPC when there is none. */
int code_mem_alloc(struct code_mem *mem, uint64_t site, uint32_t heads, size_t size,
		   uint64_t *ret_addr);
/* Room for a jump at an address whose jmp rel32 from `site` ends with the three bytes that are
 * behind the first two there.  -ENOSPC: something else is there. */
int code_mem_alloc_before(struct code_mem *mem, uint64_t site, const uint8_t behind[static 3],
			  uint64_t *ret_addr);
int code_mem_write(struct code_mem *mem, uint64_t addr, const uint8_t *code, size_t size);
/* Zeros, as many as there is code, for the code at addr; aligned to 32. */
void *code_mem_data(uint64_t addr);
/* In a forked child: chunks shared with the parent are full from now on. */
void code_mem_after_fork(struct code_mem *mem);

#endif
