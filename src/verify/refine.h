/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a conditional jump teach about its operands, and is it decided?  Pure functions of two
 * scalars; a constant operand is scalar_const() of the sign extended immediate.
 */
#ifndef VERIFY_REFINE_H
#define VERIFY_REFINE_H

#include "verify/scalar.h"

/* Both operands as one edge leaves them. */
struct refined {
	struct scalar a, b;
};
/* 1: always taken; 0: never; -1: depends, and what is known on each edge. */
int refine_both(enum isa_cond cond, unsigned int bits, const struct scalar *a,
		const struct scalar *b, struct refined *ret_taken, struct refined *ret_fall);
/* Cuts *a and *b to what is possible on the taken or the fall-through edge.  False: no values take
 * that edge (it is dead); *a and *b are then not changed.  At 32 bits the upper halves stay. */
bool refine_branch(enum isa_cond cond, unsigned int bits, bool taken, struct scalar *a,
		   struct scalar *b);
/* The condition that holds when `cond` does not (none for JSET: ISA_N_COND), and the one that says
 * the same with operands exchanged. */
enum isa_cond refine_negate(enum isa_cond cond);
enum isa_cond refine_swap(enum isa_cond cond);

#endif
