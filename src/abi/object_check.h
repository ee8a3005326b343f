/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May libbpf be given this object file?  libbpf 1.1 trusts the type ids in .BTF and crashes on
 * those that point nowhere; objects are hostile, so they are looked at first.
 */
#ifndef ABI_OBJECT_CHECK_H
#define ABI_OBJECT_CHECK_H

#include "base/text.h"

/* 0; -EINVAL with what is wrong in why; another negative errno when the file cannot be read. */
int object_check_file(const char *path, struct text *why);

#endif
