/* SPDX-License-Identifier: BSD-2-Clause */
/* What does an agent know of the links that its process follows? */
#ifndef HOOK_AGENT_PRIV_H
#define HOOK_AGENT_PRIV_H

#include "hook/agent.h"
#include "hook/maps.h"

struct call_hook;
struct hook;
struct hook_set;
struct link;
struct prog;
struct ring3;

enum {
	AGENT_DIR_MAX = 4096
};

struct placed {
	uint64_t addr;
	uint32_t site;
	struct hook *hook;  /* NULL: could not be placed */
	bool mapped;        /* for agent_drop_unmapped() */
	uint64_t semaphore; /* that was raised for it; 0: none */
};

/* A link as this process follows it. */
struct follow {
	struct follow *next;
	struct link *link;
	struct prog *prog;
	uint32_t prog_id; /* that prog was made from */
	struct placed *placed;
	uint32_t n_placed;
	uint64_t hits_before;   /* of the link, when the program was opened */
	struct call_hook *call; /* of a link about system calls */
	struct sample_hook *sample;
	bool blocked; /* a thread that a patch might end kept it from being placed */
};

struct agent {
	char dir[AGENT_DIR_MAX];
	struct agent_opts opts; /* dir: the above */
	struct ring3 *rt;
	struct hook_set *hooks;
	struct follow *follows;
	struct follow *before; /* while a forked child replaces its runtime: what it had */
	uint32_t generation;
	pid_t noted;     /* whose maps were noted last */
	uint64_t loads;  /* libraries loaded and unloaded so far */
	uint64_t loaded; /* those of them that loader.c counts */
	bool again;      /* something was loaded or unloaded while hooks were placed */
	uint64_t looked_ns;
	struct maps maps;
};

/* agent_place.c: */
void agent_displace(struct placed *p);
/* Hooks for the sites of a link that this mapping holds. */
void agent_place_in(struct agent *a, struct follow *f, const struct maps_row *row);
/* Of what is placed, where they are mapped by now. */
void agent_raise_semaphores(struct agent *a, struct follow *f);
/* Forgets hooks in what is not mapped any more. */
void agent_drop_unmapped(struct agent *a, struct follow *f);

#endif
