/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which state stands for all rounds of a loop?  After a few rounds that were walked, values that
 * changed lose their limits, or are given those that the loop's own tests keep them in: see plan.c.
 */
#ifndef VERIFY_GENERAL_H
#define VERIFY_GENERAL_H

#include "verify/rounds.h"

enum {
	PLAN_SPOTS = 12, /* numbers that change from round to round */
};

struct plan {
	uint32_t n;
	struct spot at[PLAN_SPOTS];
	struct scalar to[PLAN_SPOTS];
	uint32_t n_counters;
	struct spot counter[COUNTERS];
};

/* Rounds of the loop at v->cur's instruction since checkpoint *ret_last of the same; 0: none. */
uint32_t plan_rounds(struct verifier *v, struct state **ret_last);
/* How v->cur would stand for later rounds as well.  bold: numbers of which nobody asked anything
 * may be any.  False: no such state is known. */
bool plan_make(const struct verifier *v, const struct state *last, bool bold, struct plan *ret);
int plan_apply(struct verifier *v, const struct state *last, const struct plan *p);

#endif
