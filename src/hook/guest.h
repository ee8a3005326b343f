/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do an agent in a running process and whoever brings it in (inject.c) agree upon?  One page
 * of the process, which both read and write, and the arguments of the agent's main().
 */
#ifndef HOOK_GUEST_H
#define HOOK_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

#define GUEST_NAME "ring3-agent" /* of its thread */

enum guest_state {
	GUEST_STARTING,
	GUEST_READY, /* what was to be attached is attached */
	GUEST_FAILED /* why is in text */
};

/* Behind what the stub uses of the page (inject_stub.h). */
struct guest_page {
	uint32_t state, pad;
	char text[200];
};

enum guest_arg {
	GUEST_ARG_NAME,
	GUEST_ARG_PAGE,   /* address of struct guest_page, hexadecimal */
	GUEST_ARG_DIR_FD, /* the store */
	GUEST_ARG_ZYDIS_FD,
	GUEST_ARG_PID, /* of the process, as those who trace it see it */
	GUEST_ARG_DIR, /* the store's name, for messages */
	GUEST_N_ARGS
};

void guest_zydis_fd(int fd);

/* Gives up what the process has given up. */
void guest_follow_creds(void);

/* Would no thread of the process be killed by a trap?  If one would, which. */
bool guest_may_trap(struct text *why);
/* Handlers do not block what a hit may need from now on. */
void guest_before_patch(void);

#endif
