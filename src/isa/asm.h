/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which instructions does this text mean?  LLVM's syntax, as disasm_insn() writes it, one
 * instruction a line or several with `;` between; `name:` is a label, `#` and `//` begin a comment.
 */
#ifndef ISA_ASM_H
#define ISA_ASM_H

#include <stddef.h>
#include <stdint.h>
#include <linux/bpf.h>

enum {
	ASM_MAX_INSNS = 1 << 20
};

struct asm_error {
	uint32_t line, col; /* from 1 */
	char message[120];
};

/* 0 and *ret_insns is the caller's (mem_free); -EINVAL with *reterr filled; -ENOMEM; -E2BIG. */
int asm_text(const char *text, size_t len, struct bpf_insn **ret_insns, uint32_t *ret_n,
	     struct asm_error *reterr);

#endif
