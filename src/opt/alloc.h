/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where does each value live?  In one register or in one place on the stack for all its life.
 * Blocks are walked dominators first, so at a definition the registers that are taken are those of
 * the values alive there; nothing is ever coloured twice.
 */
#ifndef OPT_ALLOC_H
#define OPT_ALLOC_H

#include "opt/ir.h"

#define OPT_NO_REG 0xff

/* What an operation does to registers, in masks of them. */
struct opt_need {
	uint32_t clobbers;   /* do not survive it */
	uint32_t early;      /* are changed before operands are read */
	uint8_t result;      /* where the machine leaves the result, or OPT_NO_REG */
	const uint8_t *args; /* where more[] goes, or NULL */
};

struct opt_machine {
	const uint8_t *regs; /* that may be used, best first */
	uint32_t n_regs;
	const uint8_t *params;
	uint8_t ret;
	struct opt_need (*need)(const struct opt_fn *f, const struct opt_ins *i);
};

struct opt_alloc {
	uint8_t *reg;    /* by value; OPT_NO_REG: on the stack, or nowhere */
	uint32_t *place; /* by value without a register: on the stack; OPT_DEAD: nowhere */
	uint32_t n_places;
	uint32_t used; /* registers */
};

int opt_allocate(struct opt_fn *f, const struct opt_machine *machine, struct opt_alloc *ret);

/* live.c: operands of what is in blocks, as opt_operands() tells; none of what is folded.  Values
 * alive at the beginning of each block, phis apart. */
struct opt_live {
	uint32_t *begin; /* by value: its first operand in `operands` */
	uint8_t *n;      /* by value: how many there are */
	opt_ref *operands;
	uint32_t *first; /* by block: its first entry; 0: none */
	struct opt_alive {
		opt_ref v;
		uint32_t next;
	} * list;
};
int opt_find_live(struct opt_fn *f, struct opt_live *ret);

#endif
