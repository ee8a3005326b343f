/* SPDX-License-Identifier: BSD-2-Clause */
/* What would lead to a program if a function began like most?  One of this command's own does. */
#ifndef CLI_TRAMPOLINE_H
#define CLI_TRAMPOLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct ring3;
struct trampoline;

int trampoline_new(struct ring3 *rt, int prog_fd, const char *section, struct text *why,
		   struct trampoline **ret_trampoline);
/* leave: of the return instead of the entry. */
const void *trampoline_code(const struct trampoline *t, bool leave, uint32_t *ret_size);
bool trampoline_is_lean(const struct trampoline *t);
void trampoline_free(struct trampoline *t);

#endif
