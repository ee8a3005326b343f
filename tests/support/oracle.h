/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What should a program compute?  A second evaluator, written from RFC 9669 without isa.def, so
 * that a wrong row of the table does not go unnoticed because every engine is expanded from it.
 */
#ifndef SUPPORT_ORACLE_H
#define SUPPORT_ORACLE_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/bpf.h>

struct oracle {
	const struct bpf_insn *insns;
	uint64_t steps; /* executed so far; added to */
	uint64_t limit; /* of steps */
};

/* Runs a program without helpers, maps and wide pseudo loads; its memory accesses must be safe.
 * false: the limit was reached or an instruction is not known. */
bool oracle_run(struct oracle *o, uint64_t r1, uint64_t r2, uint64_t *ret_r0);

#endif
