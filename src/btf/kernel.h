/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a kernel say of its types and functions?  Its BTF, checked like any other (the file may
 * be hostile), with an index by name and by tag, since there are some hundred thousand of them.
 * Immutable, hence thread safe.
 */
#ifndef BTF_KERNEL_H
#define BTF_KERNEL_H

#include "btf/btf.h"

struct btf_kernel;

/* 0 or negative errno: -ENOENT and the like when there is no such file, -EINVAL not a BTF. */
int btf_kernel_open(const char *path, struct btf_kernel **ret_kernel);
/* The kernel's types and those of a module, which continue them: looked up in both, the module's
 * first. The kernel's has to live as long. */
int btf_kernel_extend(const struct btf_kernel *base, struct btf_blob *module,
		      struct btf_kernel **ret_kernel);
struct btf_kernel *btf_kernel_free(struct btf_kernel *kernel);

struct btf_blob *btf_kernel_types(const struct btf_kernel *kernel);
/* Id of the first type of this kind with this name; 0: none. */
uint32_t btf_kernel_find(const struct btf_kernel *kernel, const char *name, unsigned int kind);
/* Does the declaration of this function carry the tag? */
bool btf_kernel_tagged(const struct btf_kernel *kernel, uint32_t func, const char *tag);

#endif
