/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a program run so and so often in each second that a thread computes?  Each thread of the
 * process has a timer on the time that it spends on a CPU, which the agent's thread makes and takes
 * away; it sends a signal to its thread, and the handler runs the programs.  The signal is one that
 * is ignored where nobody handles it, so one that comes late, or after the application took the
 * handler away, harms nobody.
 */
#ifndef HOOK_SAMPLE_H
#define HOOK_SAMPLE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "hook/dispatch.h"

enum {
	SAMPLE_MAX_RATES = 8, /* at a time in one process */
	SAMPLE_ANY_CPU = -1,
};

struct sample_spec {
	struct hook_set *set;
	struct prog *prog;
	uint64_t period_ns;
	int32_t cpu; /* samples of other CPUs are not meant */
	uint64_t cookie;
	struct link_count *hits;
	uint32_t n_hits;
	uint64_t *missed;
};

struct sample_hook;

int sample_add(const struct sample_spec *spec, struct sample_hook **ret_hook);
/* Returns when no thread runs the program by it any more.  NULL. */
struct sample_hook *sample_remove(struct sample_hook *hook);
/* Makes timers for threads that came, and takes away what nobody wants.  False: with the reason. */
bool sample_tend(struct text *why);
/* In a forked child, which has no timers. */
void sample_after_fork(void);

/* --- what the hit path and the control path share --- */

struct sample_rate {
	uint64_t period_ns; /* 0: free */
};

struct sample_entry {
	struct hook_entry e;
	const struct sample_rate *rate;
	int32_t cpu;
};

struct sample_list {
	uint32_t n;
	struct sample_entry entries[];
};

extern const struct sample_list *sample_list;
/* What a timer's signal carries is the address of its rate. */
extern struct sample_rate sample_rates[SAMPLE_MAX_RATES];
void sample_hit(int sig, siginfo_t *info, void *context);

#endif
