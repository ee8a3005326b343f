/* SPDX-License-Identifier: BSD-2-Clause */
/* What do the two ways of a trampoline share?  The frame, and how registers get there and back. */
#ifndef HOOK_TRAMP_PRIV_H
#define HOOK_TRAMP_PRIV_H

#include <asm/ptrace.h>

#include "hook/emit.h"
#include "hook/tramp.h"
#include "jit/x64_enc.h"

enum {
	/* And two words, so that a C function finds the stack as it must be; return_call reads the
	 * upper one. */
	TRAMP_FRAME = sizeof(struct pt_regs) + 16,
	RED_ZONE = 128,
	SAVED = 15, /* general registers but rsp: the first words of struct pt_regs */
	ALL_REGS = 0xffff & ~(1 << RSP),
};

/* How the arithmetic flags are kept. */
enum tramp_flags {
	FLAGS_DEAD,   /* they need not be */
	FLAGS_SHOWN,  /* they need not be, and stand in struct pt_regs for the program */
	FLAGS_SHORT,  /* two bytes in the place of cs */
	FLAGS_STORED, /* all of them are in struct pt_regs, and the direction is up */
};

/* Where displacements of jumps to the general way end; 0: none. */
struct tramp_refused {
	size_t early[3]; /* with the gate as it was */
	size_t at;       /* with the gate closed */
};

/* One instruction of jit/x64_enc.h, which is told where to put it: p. */
#define INSN(e, insn)                                         \
	do {                                                  \
		uint8_t insn_[32], *p = insn_;                \
		emit_raw((e), insn_, (size_t)((insn)-insn_)); \
	} while (0)

/* Number of the register that each of the first words of struct pt_regs holds. */
extern const uint8_t tramp_reg_of_word[SAVED];

/* Registers of a set to or from their words. */
void tramp_store(struct emit *e, uint32_t regs);
void tramp_load(struct emit *e, uint32_t regs);
void tramp_store_flags(struct emit *e, bool entry);
void tramp_restore_flags(struct emit *e);
void tramp_land(struct emit *e, size_t at);
/* To return_call, with all registers but rax loaded, which is stored; the displacement to the
 * function's body ends at the offset that is returned. */
size_t tramp_call_body(struct emit *e, uint32_t regs, uint32_t frame);

/* tramp_lean.c: */
enum tramp_flags tramp_lean_flags(const struct tramp_spec *spec);
bool tramp_lean_is_short(const struct tramp_spec *spec);
/* The lean way of an entry up to the displaced instructions, or to return_call.  A displacement to
 * the function's body, if there is one, ends at *ret_body. */
struct tramp_refused tramp_lean_enter(struct emit *e, const struct tramp_spec *spec,
				      size_t *ret_body);
/* On that way to the general one: as if nothing had been done, but that flags may be stored, or
 * lost where they are dead. */
void tramp_lean_undo(struct emit *e, const struct tramp_spec *spec,
		     const struct tramp_refused *refused);
/* The lean way of a return, from return_site. */
void tramp_lean_leave(struct emit *e, const struct tramp_spec *spec);

#endif
