/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a rejection shown?  As text for people, as JSON for tools. */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include "cli/cli.h"
#include "verify/verify.h"

void explain_text(FILE *out, const struct verify_explanation *e, bool colours);
/* The members that a rejection adds to the object of ring3 verify --json; documented in ring3(1).
 */
void explain_json(json_t *object, const struct verify_explanation *e);

#endif
