/* SPDX-License-Identifier: BSD-2-Clause */
/* Which program and map types may be made under this runtime's policy?  0, -EPERM or -E2BIG. */
#ifndef ABI_CAPS_H
#define ABI_CAPS_H

#include <stdint.h>

struct ring3;

int caps_prog(const struct ring3 *rt, uint32_t type, uint32_t n_insns);
int caps_map(const struct ring3 *rt, uint32_t type);
int caps_btf(const struct ring3 *rt);

#endif
