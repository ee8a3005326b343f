/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a verifier's log of level 2 say about the numbers in registers?  Reads the kernel's and
 * ours alike: one record for each line that names registers, with their limits.
 */
#ifndef SUPPORT_VLOG_H
#define SUPPORT_VLOG_H

#include <stdbool.h>
#include <stdint.h>

enum {
	VLOG_REGS = 11,
	VLOG_NO_EDGE = -1
};

/* Limits that a line leaves out are those of the type. */
struct vlog_limits {
	int64_t smin, smax;
	uint64_t umin, umax;
	int32_t smin32, smax32;
	uint32_t umin32, umax32;
	uint64_t value, mask; /* known bits */
};

struct vlog_record {
	int32_t from;     /* "from 3 to 9:", else VLOG_NO_EDGE */
	int32_t at;       /* the instruction that was executed, or that comes next on an edge */
	uint16_t numbers; /* bit n: rn is a number, with limits */
	struct vlog_limits reg[VLOG_REGS];
};

/* Fills out[0..max) and returns how many there are; lines that are not understood are passed over.
 */
unsigned int vlog_read(const char *log, struct vlog_record *out, unsigned int max);
/* The one record of that place; NULL: there is none, or more than one. */
const struct vlog_record *vlog_find(const struct vlog_record *r, unsigned int n, int32_t from,
				    int32_t at);
/* Does any record have that instruction? */
bool vlog_comes_to(const struct vlog_record *r, unsigned int n, int32_t at);
bool vlog_equal(const struct vlog_limits *a, const struct vlog_limits *b);
/* Is every number within `in` within `out`? */
bool vlog_subset(const struct vlog_limits *in, const struct vlog_limits *out);
/* Of the numbers within both: do the signed and the unsigned limits leave out different ones in the
 * middle of each other? */
bool vlog_two_pieces(const struct vlog_limits *a, const struct vlog_limits *b);
void vlog_print(const struct vlog_limits *l);

#endif
