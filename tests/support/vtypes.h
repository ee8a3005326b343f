/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a case's map value with special fields described to a verifier? */
#ifndef SUPPORT_VTYPES_H
#define SUPPORT_VTYPES_H

#include <bpf/btf.h>

#include "support/vcase.h"

/* Types of key and value; NULL: the map has no special fields (or no memory). */
struct btf *vtypes_map(const struct vcase_map *m, uint32_t *ret_key, uint32_t *ret_value);

#endif
