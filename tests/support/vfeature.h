/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * By which of its features does the verifier accept a program that it refuses with no more than
 * Linux knows?  The first instruction of the refused path after which it knows something else.
 */
#ifndef SUPPORT_VFEATURE_H
#define SUPPORT_VFEATURE_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/bpf.h>

enum vfeature {
	VFEATURE_DIVIDE,
	VFEATURE_SHIFT,
	VFEATURE_MULTIPLY,
	VFEATURE_SUM,
	VFEATURE_BITS,
	VFEATURE_EXTEND,
	VFEATURE_END,
	VFEATURE_SPILL,
	VFEATURE_ATOMIC,
	VFEATURE_LOAD,
	VFEATURE_CALL,
	VFEATURE_COMPARE,
	VFEATURE_DEAD_WAY, /* a way of the path is known not to be taken */
	VFEATURE_STACK_SUB,
	VFEATURE_SEARCH, /* nothing differs on the path: limits of the search, loops */
	VFEATURE_RULE,   /* nothing differs: the refused instruction itself is judged otherwise */
	VFEATURE_PIECES, /* as VFEATURE_COMPARE, and exact_kernel does so too */
	VFEATURE_DEFECT,
	VFEATURE_NONE,
	N_VFEATURES
};
extern const char *const vfeature_names[N_VFEATURES];

/* `ours`: a log of level 2; `exact`: one of level 1, refused at `insn` for `reason`. */
enum vfeature vfeature_of(const struct bpf_insn *insns, const char *ours, const char *exact,
			  const char *reason, uint32_t insn);

/* Does this log of level 2 come to a comparison with each piece of a number (fork_halves())? */
bool vfeature_is_parted(const struct bpf_insn *insns, const char *log);

#endif
