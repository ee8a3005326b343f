/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do these type descriptions say, and can they be trusted?  A checked reader of BTF: the bytes
 * are hostile until btf_parse() has accepted them (every offset, name, kind, reference and cycle),
 * as the kernel checks BPF_BTF_LOAD.  Immutable afterwards, hence thread safe.
 * The uapi structs come from linux/btf.h; libbpf's <bpf/btf.h> is not used inside the library.
 */
#ifndef BTF_BTF_H
#define BTF_BTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/bpf.h>
#include <linux/btf.h>

#include "base/text.h"

struct btf_blob; /* counted: btf_ref / btf_unref */

/* Copies and checks.  log (may be NULL) gets the kernel-worded reason.  base: split BTF, or NULL.
 */
int btf_parse(const void *data, size_t size, struct btf_blob *base, struct text *log,
	      struct btf_blob **ret_btf);
struct btf_blob *btf_ref(struct btf_blob *btf);
struct btf_blob *btf_unref(struct btf_blob *btf);

const void *btf_raw(const struct btf_blob *btf, size_t *ret_size);
uint32_t btf_n_types(const struct btf_blob *btf); /* ids are 1 .. n - 1; 0 is void */
/* DECL_TAGs of what has the id `owner`, by ascending id: the first behind `after`; 0: none. */
uint32_t btf_tag(const struct btf_blob *btf, uint32_t owner, uint32_t after);
const struct btf_type *btf_type(const struct btf_blob *btf, uint32_t id); /* NULL: no such id */
const char *btf_name(const struct btf_blob *btf, uint32_t name_off);      /* "" when none */
unsigned int btf_kind_of(const struct btf_type *t);
unsigned int btf_vlen_of(const struct btf_type *t);
/* Strips typedefs and qualifiers (and type tags). */
uint32_t btf_strip(const struct btf_blob *btf, uint32_t id);
int64_t btf_size_of(const struct btf_blob *btf, uint32_t id); /* bytes or negative errno */
uint32_t btf_find(const struct btf_blob *btf, const char *name, unsigned int kind); /* 0: none */
/* Prints a type as C ("struct foo *"), for messages. */
void btf_print_type(const struct btf_blob *btf, uint32_t id, struct text *t);

/* func_info and line_info of a program: sorted by instruction, checked as the kernel does. */
int btf_check_func_info(const struct btf_blob *btf, const void *info, uint32_t rec_size, uint32_t n,
			const struct bpf_insn *insns, uint32_t n_insns, struct text *log);
int btf_check_line_info(const struct btf_blob *btf, const void *info, uint32_t rec_size, uint32_t n,
			uint32_t n_insns, struct text *log);

#endif
