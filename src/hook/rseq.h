/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where may a thread not be led away?  In a restartable sequence, rseq(2): who is interrupted there
 * has to begin anew, which the kernel knows by the address.  In a trampoline nobody would be told,
 * and two threads would write at once.
 */
#ifndef HOOK_RSEQ_H
#define HOOK_RSEQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rseqs {
	struct rseq_one *all;
	size_t n;
};

/* Those whose descriptors, a section of `size` bytes of a file, are mapped at `at`. */
int rseq_read(uint64_t at, uint64_t size, struct rseqs *ret_rseqs);
void rseq_done(struct rseqs *rseqs);
/* Does what a probe at addr may replace meet one? */
bool rseq_is_near(const struct rseqs *rseqs, uint64_t addr);

#endif
