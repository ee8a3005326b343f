/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Are the global functions safe that the program calls by their contract?  By the walking thread,
 * or by several at once.
 */
#ifndef VERIFY_GLOBALS_H
#define VERIFY_GLOBALS_H

#include "verify/env.h"

/* A pass: functions that the walks so far called by their contract. */
int globals_walk(struct verifier *v);
/* Frees what v has of a walker (below) that was refused. */
void globals_done(struct verifier *v);

/* crew.c: walks that share a program and nothing else ----------------------------------------- */

struct crew;

/* What a walk leaves behind. */
struct walk_result {
	int err;
	struct verifier *walker; /* of a walk that was refused; NULL: it could not be made */
	struct verify_stats stats;
	struct verify_facts facts;
	const struct btf_kernel *kernel;
	bool generalised, has_parts;
	uint32_t wasted, last_id;
	struct insn_info *info;
	struct subprog_info *subs;
};

/* For walks of what v wants, from what it knows, by at most so many threads.  NULL: out of
 * memory. */
struct crew *crew_new(const struct verifier *v, uint32_t n_threads);
/* Waits for the walk of function i, or makes it: the result is the caller's, once.  NULL: out of
 * memory. */
struct walk_result *crew_result(struct crew *c, uint32_t i);
/* The same walk by this thread, with all memory: crew_stop() before.  others: of walks before it
 * that the crew does not know of. */
struct walk_result *crew_walk_again(struct crew *c, uint32_t i, struct spent others);
/* From what v knows. */
struct walk_result *crew_walk_alone(const struct verifier *v, uint32_t i);
/* All threads end; what is asked for later is walked by who asks. */
void crew_stop(struct crew *c);
struct crew *crew_free(struct crew *c);
/* Processor time of other threads; memory of the largest walk. */
void crew_cost(const struct crew *c, uint64_t *ret_cpu_ns, size_t *ret_mem);
struct walk_result *walk_result_free(struct walk_result *r);

#endif
