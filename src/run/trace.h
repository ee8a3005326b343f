/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where do the lines of bpf_trace_printk() go?  Into one ring buffer of the store, a file `trace`
 * made by whoever needs it first, which programs in all processes write to without a lock.  One
 * reader at a time takes them out.  A line for which there is no room is counted and lost.
 */
#ifndef RUN_TRACE_H
#define RUN_TRACE_H

#include <stdint.h>

struct ring3;

struct trace_line {
	uint64_t ns; /* CLOCK_MONOTONIC */
	uint32_t tid, slot;
	uint64_t lost;    /* lines of the same process before this one */
	const char *comm; /* of the thread when it wrote its first line */
	const char *text; /* without the newline at its end */
};

/* Programs of this runtime write to the ring from now on. */
int trace_open(struct ring3 *rt);
void trace_close(struct ring3 *rt);
/* Gives away the lines that are there; how many.  -EBUSY: another process reads.  The first call
 * that may read throws away what was there before. */
int trace_read(struct ring3 *rt, void (*line)(void *arg, const struct trace_line *line), void *arg);
/* Once a second, by the reader: what a killed writer left unfinished is in the way. */
void trace_recover(struct ring3 *rt);
/* For the reader: how many lines were lost since the last call. */
uint64_t trace_take_lost(struct ring3 *rt);

#endif
