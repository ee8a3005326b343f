/* SPDX-License-Identifier: BSD-2-Clause */
/* Which objects of a kernel may maps own, and for how long are they there?  Rows of kept.def. */
#ifndef BTF_KEPT_H
#define BTF_KEPT_H

#include "btf/kernel.h"
#include "btf/record.h"

/* Do objects of this type live until the RCU section ends, whoever lets go of them? */
bool kept_until_rcu(const char *type);
/* 0, or -ENOENT: a field owns objects that this kernel cannot let go of. */
int kept_check_record(const struct btf_kernel *kernel, const struct btf_record *record);

#endif
