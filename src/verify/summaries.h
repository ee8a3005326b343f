/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Was this static function shown safe for such arguments before, and what does it return then?
 */
#ifndef VERIFY_SUMMARIES_H
#define VERIFY_SUMMARIES_H

#include "verify/env.h"

/* v->cur calls the static function.  True: nothing of it has to be walked, and *ret is the step,
 * or an errno.  False: it has to; *ret_due: what it is known to return, to be compared. */
bool summary_call(struct verifier *v, uint32_t subprog, int *ret, const struct summary **ret_due);
/* v->cur leaves a function of which a summary is made. */
int summary_exit(struct verifier *v);
/* The function that was due to return as the summary says returns r0. */
int summary_check(struct verifier *v, const struct summary *s, const struct reg *r0);

#endif
