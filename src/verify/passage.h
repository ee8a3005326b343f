/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What did this piece of a path make of the same request the last time?  Paths between two places
 * where they fork are few and repeat, and what is asked for behind them repeats too: the walk
 * backwards over such a piece is a pure function, and one that is remembered takes no steps.
 */
#ifndef VERIFY_PASSAGE_H
#define VERIFY_PASSAGE_H

#include "verify/backward.h"

enum {
	PASSAGE_LEAST = 3, /* entries that are worth a look */
	PASSAGE_MOST = 96, /* longer ones are walked */
	/* A request, and what is said of the walk. */
	PASSAGE_WORDS = 3 + 2 + STATE_FRAMES + 3 * MAX_WANTS + 2 * MAX_REACH + MAX_SAMES
};

/* Entries, and what is asked for behind them: equal words stand for equal requests. */
struct passage {
	const uint64_t *path;
	uint32_t n_path, n; /* n: words; 0: it is not one that is remembered */
	uint64_t hash;
	uint64_t word[PASSAGE_WORDS];
};

/* Looks up n entries that are walked back over with q behind them; `later` and `settled` as the
 * walk has them.  True: *q is what is asked for before them, and *ret_asking how many notes of
 * what their instructions ask for were passed. */
bool passage_known(struct verifier *v, struct passage *p, const uint64_t *path, uint32_t n,
		   uint32_t later, bool settled, struct request *q, uint32_t *ret_asking);
/* They were walked over instead. */
void passage_learn(struct verifier *v, const struct passage *p, const struct request *q,
		   uint32_t asking);
/* Do both ask for the same? */
bool passage_same(const struct request *a, const struct request *b);

#endif
