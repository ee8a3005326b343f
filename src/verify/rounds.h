/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does a loop come to an end whose rounds are not walked one by one?  A checkpoint at its head that
 * stands for all rounds to come ("general": general.c) may end a path that comes back to it only if
 * a number counts the rounds: by the same way up or down in each, within limits.
 *
 * The way from the general checkpoint on is followed forwards over the instructions walked, not
 * over the states: which registers and slots hold the number as it was there, plus a constant?
 */
#ifndef VERIFY_ROUNDS_H
#define VERIFY_ROUNDS_H

#include "verify/env.h"

enum {
	COUNTERS = 2, /* numbers that may count one loop's rounds */
	COPIES = 12,  /* of numbers that are followed */
	MAX_ROUNDS = 1 << 20,
	MAX_NESTED = 1 << 26, /* rounds of loops within loops */
};

/* One that holds a number's old value plus delta: all 64 bits of it, or (low) the lower 32, or (up)
 * these as the upper ones, above zeroes. */
struct copy {
	struct spot at;
	uint8_t of; /* which number */
	bool low, up;
	uint64_t delta;
};

/* A loop that was generalised. */
struct loop {
	uint32_t head, n_frames;
	struct loop *before; /* that this one takes the place of; NULL: none */
	bool open;           /* paths from its general checkpoint are unfinished */
	uint8_t alive;       /* bit n: counter n is one for all that is known */
	uint8_t n;
	struct {
		struct spot at;
		int8_t way;      /* up, down; 0: not known yet */
		uint64_t rounds; /* at most, by the ways back that were found */
	} counter[COUNTERS];
};

struct track {
	struct track *next;
	struct loop *loop;
	uint32_t n;
	struct copy copy[COPIES];
};

/* The number there; NULL: there is none. */
const struct reg *spot_number(const struct state *st, struct spot at);
/* Over one entry of a path. */
void track_step(const struct verifier *v, struct track *t, uint64_t entry);
/* The copy in a register of this frame, or NULL. */
struct copy *track_find(struct track *t, struct spot at);

#endif
