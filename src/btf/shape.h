/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do the references of this BTF stay inside it?  Weaker than btf_parse(): an object file's .BTF is
 * not yet what BPF_BTF_LOAD takes (sections have no sizes, extern symbols are declared), but a
 * loader walks it before it is, and libbpf 1.1 trusts every type id in it.
 */
#ifndef BTF_SHAPE_H
#define BTF_SHAPE_H

#include <stddef.h>

#include "base/text.h"

/* 0, or -EINVAL with what is wrong in why. */
int btf_shape_check(const void *data, size_t size, struct text *why);

#endif
