/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do the instructions at a site become when they run somewhere else?  They are decoded once
 * into a span; insn_emit() writes a copy for another address that does what the original would do
 * at its own.  Also: does anything in the function branch into bytes that a patch replaces?
 */
#ifndef HOOK_INSN_H
#define HOOK_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum {
	INSN_JMP = 5,        /* bytes of jmp rel32 */
	INSN_SPAN_MAX = 20,  /* INSN_JMP - 1 + the longest instruction */
	INSN_MAX = INSN_JMP, /* instructions in a span: one a byte */
	INSN_COPY_MAX = 160, /* bytes that insn_emit() may need */
};

struct insn_span {
	uint64_t addr; /* of the original */
	uint8_t bytes[INSN_SPAN_MAX];
	uint32_t len;          /* bytes that the instructions cover */
	uint32_t n;            /* instructions */
	uint8_t off[INSN_MAX]; /* where each begins */
	bool ends;             /* the last one never goes on to what follows it */
};

/* Decodes instructions from code (room bytes, they live at addr) until `want` bytes are covered or
 * control ends.  -EINVAL: not an instruction; -EOPNOTSUPP: one that cannot be displaced. */
int insn_decode(const uint8_t *code, size_t room, uint64_t addr, uint32_t want,
		struct insn_span *ret_span, struct text *why);

/* Writes a copy of the span for address `to`, then a jump back behind it.  ret_off[i] is where
 * instruction i begins in the copy.  Bytes written, or -ERANGE when something is out of reach. */
int insn_emit(const struct insn_span *span, uint64_t to, uint8_t *buf, uint8_t *ret_off);

/* Bytes of the instruction at code, 0 when it is none. */
uint32_t insn_length(const uint8_t *code, size_t room);

/* Where does control go from an instruction? */
enum insn_flow {
	INSN_ON,       /* to what follows it, by way of a call at most */
	INSN_STOPS,    /* nowhere: a trap */
	INSN_RETURNS,  /* to the caller */
	INSN_BRANCHES, /* to target, or on */
	INSN_SWITCHES, /* by a table, as compilers make them of switch: within the function */
	INSN_JUMPS,    /* to where a register or memory says */
	INSN_STRANGE,
};
struct insn_step {
	enum insn_flow flow;
	uint32_t len;
	bool is_call;
	uint64_t target;
	int reg; /* of INSN_JUMPS, when it is by one; else negative */
};
/* False: it does not decode. */
bool insn_step(const uint8_t *code, size_t room, uint64_t addr, struct insn_step *ret_step);
/* Is it the addition to reg that comes before a jump into a table relative to the code? */
bool insn_adds_to(const uint8_t *code, size_t room, int reg);

/* Does the instruction at code always go on with what follows it, and run anywhere? */
bool insn_is_straight(const uint8_t *code, size_t room);

/* Whatever the arithmetic flags are at code, nothing reads them (insn_flags.c). */
bool insn_flags_dead(const uint8_t *code, size_t room);

/* Bytes of endbr64 at code, else 0. */
uint32_t insn_landing_pad(const uint8_t *code, size_t room);

/* Do the first n bytes belong to instructions that only fill the space between functions? */
bool insn_is_padding(const uint8_t *code, size_t room, size_t n);

/* Does a direct branch of the function at addr land in (lo, hi)?  Negative: it does not decode. */
int insn_branches_into(const uint8_t *code, size_t size, uint64_t addr, uint64_t lo, uint64_t hi);

#endif
