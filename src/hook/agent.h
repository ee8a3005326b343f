/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of the links in the store concerns this process?  The agent looks at each: does it want this
 * process, is its file mapped here, which program runs there now.  It makes the hooks so, and takes
 * away those of links that died.  One thread at a time (agent_main.c sees to it).
 */
#ifndef HOOK_AGENT_H
#define HOOK_AGENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct agent;
struct prog;
struct text;

struct agent_opts {
	const char *dir; /* the store */
	int dir_fd;      /* not 0: a descriptor of it, where dir may not lead there */
	pid_t pid;       /* of this process, as those who trace it see it */
	bool perf_map;   /* name programs for perf, too */
	uint32_t tier;   /* enum jit_tier */
	bool jit_harden; /* as struct ring3 has it */
	bool guest;      /* in a process whose libc does not know of us */
	/* Before code is patched; may be NULL. */
	void (*before_patch)(void);
	/* May a thread trap in code that is patched at this moment?  If not, why; NULL: always. */
	bool (*may_trap)(struct text *why);
	uint64_t (*loads)(void); /* another number when code has been mapped or unmapped */
	/* As struct ring3 has it; may be NULL. */
	void (*on_code)(void *arg, struct prog *prog, bool gone);
};
int agent_new(const struct agent_opts *opts, struct agent **ret_agent);
/* Looks at everything again; true when there is anything that it watches over. */
bool agent_scan(struct agent *agent);
/* Is anything patched for a link? */
bool agent_has_hooks(const struct agent *agent);
/* Waits until something may have changed. */
void agent_wait(struct agent *agent, bool watching);
/* In a forked child: what the parent alone was to run goes.  Descriptors are the parent's: from
 * now on agent_scan() would fail, agent_reopen() replaces the runtime. */
void agent_after_fork(struct agent *agent);
/* Names for perf, in this process, what it inherited. */
void agent_name_code(struct agent *agent);
int agent_reopen(struct agent *agent);

#endif
