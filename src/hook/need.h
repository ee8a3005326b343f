/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a program want of the trampoline that leads to it?  From the verifier's facts: which
 * words of struct pt_regs it reads.  From its machine code: which registers must be put back.  A
 * trampoline that gives more than is wanted serves as well.
 */
#ifndef HOOK_NEED_H
#define HOOK_NEED_H

#include <stdbool.h>
#include <stdint.h>

struct hook_list;
struct jit_image;
struct prog;

enum {
	NEED_RAX = 1 << 0,
	NEED_RCX = 1 << 1,
	NEED_RDX = 1 << 2,
	NEED_RSI = 1 << 6,
	NEED_RDI = 1 << 7,
	/* What a C function may change. */
	NEED_C = NEED_RAX | NEED_RCX | NEED_RDX | NEED_RSI | NEED_RDI | 0xf << 8,
	NEED_ALL_WORDS = (1 << 21) - 1, /* of struct pt_regs */
	NEED_KINDS = 8,                 /* entry, return or both, each calls C or does not */
};

struct need {
	bool runs; /* there is one program, in machine code; else all is false and 0 */
	const struct jit_image *image; /* that the rest is about: another may come at any time */
	uint64_t inlined; /* its serial: a copy of its code stands in the trampoline; 0: called */
	bool calls;       /* it reaches C */
	bool context;     /* it wants the context's address */
	bool run;         /* and that of the run */
	bool fuel;        /* that counts its loops */
	uint16_t written; /* registers to put back: bit n is machine register n */
	uint32_t read;    /* words of struct pt_regs */
};

/* Of entry and return of one function. */
struct needs {
	struct need enter, leave;
};

/* Both empty: the list is not for a lean trampoline, and goes the general way. */
struct needs need_of_list(const struct hook_list *list);
/* Does one of the programs read the flags? */
bool need_of_flags(const struct hook_list *list);
/* What programs like these may need at most. */
struct needs need_at_most(const struct needs *needs);
bool need_is_met(const struct needs *by, const struct needs *want);
/* With the programs' code in the trampoline where that is wanted. */
bool need_is_met_best(const struct needs *by, const struct needs *want);

/* The same without any program's code in the trampoline. */
struct needs need_called(const struct needs *needs);
bool need_is_inlined(const struct needs *needs);

/* body.c: finds out what of the image may stand in a trampoline. */
void body_make(struct jit_image *image);

#endif
