/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which row of isa.def is one statement, and with which fields?  For asm.c only.
 */
#ifndef ISA_ASM_MATCH_H
#define ISA_ASM_MATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/bpf.h>

/* Where the distance to a label goes. */
enum asm_target {
	ASM_NO_LABEL,
	ASM_IN_OFF,
	ASM_IN_IMM,
};

struct asm_stmt {
	struct bpf_insn insn;
	uint32_t high; /* imm of the second slot */
	bool wide;
	enum asm_target target;
	const char *label; /* if target */
	uint32_t label_len;
};

/* The statement in [begin, end), no blanks around it.  On failure *reterr_at is where the best row
 * stopped to fit and *reterr_why what was wrong there. */
bool asm_match(const char *begin, const char *end, struct asm_stmt *ret_stmt,
	       const char **reterr_at, const char **reterr_why);

bool asm_is_word(char c);
/* Length of the name at p: a letter, `_` or `.`, then digits too; 0 if there is none. */
uint32_t asm_name_len(const char *p, const char *end);

#endif
