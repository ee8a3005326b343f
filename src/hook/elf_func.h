/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which function is an offset of an ELF file in?  By its symbol tables, and where those do not say,
 * by its unwind table, which stripped files have too.  The file is untrusted: a wrong answer costs
 * speed or a refusal, since what is patched is decided by decoding the code.
 */
#ifndef HOOK_ELF_FUNC_H
#define HOOK_ELF_FUNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_func {
	uint64_t off, size; /* in the file */
	bool twice;         /* as setjmp() it may return again and again */
	bool cold;          /* a part of another one, which jumps there */
	bool indirect;      /* it only tells the loader which function to use instead */
	int64_t slot;       /* the loader put that one's address so far from here; 0: not known */
};

struct elf_funcs {
	struct elf_func *funcs; /* ascending */
	size_t n;
	struct elf_func *unwound; /* ascending; by the unwind table */
	size_t n_unwound;
	/* Descriptors of restartable sequences, rseq(2), as if they lay in the code's segment. */
	uint64_t rseq_off, rseq_size;
	bool go;      /* compiled from Go, which makes no tail calls by registers */
	bool unwinds; /* compiled from a language whose exceptions may pass through its frames */
};

/* No table is no error: there are no functions then. */
int elf_funcs_read(const char *path, struct elf_funcs *ret_funcs);
void elf_funcs_done(struct elf_funcs *funcs);
const struct elf_func *elf_funcs_find(const struct elf_funcs *funcs, uint64_t off);
/* The indirect function that begins at off, if one does. */
const struct elf_func *elf_funcs_indirect(const struct elf_funcs *funcs, uint64_t off);

#endif
