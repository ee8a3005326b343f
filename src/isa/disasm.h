/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is this instruction written?  In LLVM's syntax, so that asm_text() gives the same bytes back.
 */
#ifndef ISA_DISASM_H
#define ISA_DISASM_H

#include <linux/bpf.h>

#include "base/text.h"
#include "isa/isa.h"

/* Writes the first instruction of insns[0..n).  Returns the slots it takes (1 or 2), or -EINVAL
 * for what is no instruction, with "invalid: why" in t. */
int disasm_insn(const struct bpf_insn *insns, uint32_t n, struct text *t);

/* The pattern of form.def that a row is written with. */
const char *disasm_pattern(const struct isa_row *row);

#endif
