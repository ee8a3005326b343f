/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which source line is an instruction from?  Reads line info that btf_check_line_info() accepted.
 */
#ifndef VERIFY_LINEINFO_H
#define VERIFY_LINEINFO_H

#include <stdint.h>
#include <linux/bpf.h>

struct btf_blob;
struct text;

struct lineinfo {
	const struct btf_blob *btf; /* NULL: no source lines */
	const struct bpf_line_info *info;
	uint32_t n;
};

/* Record that covers the instruction, or NULL. */
const struct bpf_line_info *lineinfo_find(const struct lineinfo *li, uint32_t insn);
/* "file.c:42: text of the line"; nothing when unknown. */
void lineinfo_print(const struct lineinfo *li, uint32_t insn, struct text *t);
/* As the kernel's log has it: "; int x = 1; @ file.c:12" and a newline, when the record differs
 * from *last (which is updated). */
void lineinfo_log(const struct lineinfo *li, uint32_t insn, const struct bpf_line_info **last,
		  struct text *t);

#endif
