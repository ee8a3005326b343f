/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which program does bpf_tail_call() go on with?  One answer for all engines.
 */
#ifndef RUN_TAIL_H
#define RUN_TAIL_H

#include <stdint.h>

struct map;
struct prog;
struct run;

enum {
	TAIL_CALL_HELPER = 12
}; /* BPF_FUNC_tail_call */

/* The program in slot `index` of a prog array, and one more tail call counted in the run, or NULL:
 * an empty slot, no such slot, or the 33 are used up; then the caller goes on with the next
 * instruction and r0 = TAIL_CALL_FAILED. */
const struct prog *tail_take(struct map *map, uint64_t index, struct run *run);

#define TAIL_CALL_FAILED ((uint64_t)-2)

#endif
