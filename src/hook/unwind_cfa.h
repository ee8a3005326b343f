/* SPDX-License-Identifier: BSD-2-Clause */
/* What do the call frame instructions of one function say, address by address? */
#ifndef HOOK_UNWIND_CFA_H
#define HOOK_UNWIND_CFA_H

#include <stdbool.h>
#include <stdint.h>

struct unwind_row;

enum {
	UNWIND_REG_RBP = 6,
	UNWIND_REG_RSP = 7,
	UNWIND_REG_RA = 16,
};

/* Bytes yet to be read; vaddr: of the first, as linked.  Once bad, all reads give zeros. */
struct unwind_bytes {
	const uint8_t *at, *end;
	uint64_t vaddr;
	bool bad;
};
uint64_t unwind_fixed(struct unwind_bytes *b, unsigned int n);
uint64_t unwind_uleb(struct unwind_bytes *b);
int64_t unwind_sleb(struct unwind_bytes *b);
void unwind_skip(struct unwind_bytes *b, uint64_t n);

struct unwind_cfa {
	uint64_t code_align, pc, end;
	int64_t data_align;
	bool signal; /* of a signal's frame */
};

/* Runs the common rules, then the function's, and tells every row that differs from the one before.
 * Negative errno: on_row's. */
int unwind_cfa_run(const struct unwind_cfa *cfa, struct unwind_bytes common,
		   struct unwind_bytes own, int (*on_row)(void *arg, const struct unwind_row *row),
		   void *arg);

#endif
