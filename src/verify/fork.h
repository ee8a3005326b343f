/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where did the path of a state begin to be its own?  Paths that fork have the same entries up to
 * the fork.  What one of them asked for there, and passed on to the checkpoints above, the others
 * need not pass on again.
 */
#ifndef VERIFY_FORK_H
#define VERIFY_FORK_H

#include "verify/backward.h"

enum {
	FORK_WANTS = 4,
	FORK_REACH = 2,
};

/* What was asked for, as far as there is room to remember it: to forget some costs time only. */
struct passed {
	uint16_t regs[STATE_FRAMES];
	uint64_t slots[STATE_FRAMES];
	uint32_t n_wants, n_reach;
	struct want want[FORK_WANTS];
	struct reach reach[FORK_REACH];
};

struct fork {
	struct fork *up;       /* the one before it, on the way to the checkpoint above */
	uint32_t refs;         /* of states and forks */
	uint32_t n;            /* entries of the path before the instruction that forked */
	uint32_t unsettled;    /* of what they and all above ask for; 0: all was passed on */
	struct passed *passed; /* NULL: nothing yet */
};

/* The path of v->cur forks at its last instruction.  False: out of memory. */
bool fork_path(struct verifier *v);
/* Is nothing asked for at f that was not passed on from there before?  Else it is remembered. */
bool fork_passed(struct state_pool *pool, struct fork *f, const struct request *q);
/* All that the path of st asked for was passed on.  Forks that nobody shares any more go. */
void fork_settled(struct state_pool *pool, struct state *st);

#endif
