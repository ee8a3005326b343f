/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What are tracepoints here?  Those of system calls.  An event or a raw tracepoint is a link file
 * like a probe's, that agents act upon.
 */
#ifndef ABI_TRACEPOINT_H
#define ABI_TRACEPOINT_H

#include <stdint.h>

struct ring3;

/* perf_event_open(2) of PERF_TYPE_TRACEPOINT: a descriptor or negative errno. */
int tracepoint_open(struct ring3 *rt, uint64_t id, int pid, int cpu, bool enabled);

#endif
