/* SPDX-License-Identifier: BSD-2-Clause */
/* How does an unmodified loader use ring3?  Through the preload library, which answers its bpf(2).
 */
#include "cli/cli.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	OPT_JIT = 256,
	OPT_JIT_HARDEN
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	char ***command = state->input;
	uint32_t tier;

	switch (key) {
	case OPT_JIT:
		if (!cli_parse_jit(arg, state, &tier) && setenv("RING3_JIT", arg, 1))
			argp_failure(state, EXIT_RESOURCE, 0, "no memory");
		return 0;
	case OPT_JIT_HARDEN:
		if (setenv("RING3_JIT_HARDEN", "1", 1))
			argp_failure(state, EXIT_RESOURCE, 0, "no memory");
		return 0;
	case ARGP_KEY_ARGS: *command = state->argv + state->next; return 0;
	case ARGP_KEY_NO_ARGS: argp_error(state, "which command?"); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

int cmd_exec(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "jit", OPT_JIT, "TIER", 0, "auto (default), plain or optimised", 0 },
		{ "jit-harden", OPT_JIT_HARDEN, NULL, 0, "Machine code for hostile programs", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		options,
		parse,
		"[--] COMMAND [ARG...]",
		"Runs COMMAND with ring3 in the place of the kernel's bpf(2): an unmodified,\n"
		"dynamically linked libbpf program.\v"
		"example: ring3 exec ./my_skeleton_program",
		NULL,
		NULL,
		NULL
	};
	char library[4096], value[8192];
	const char *old = getenv("LD_PRELOAD");
	char **command = NULL;
	struct session s;

	/* What follows the command's name belongs to the command. */
	setenv("POSIXLY_CORRECT", "1", 1);
	cli_parse(&argp, argc, argv, &command);
	unsetenv("POSIXLY_CORRECT");
	/* Better said here than by a tool that finds bpf(2) broken. */
	if (session_open(&s, true))
		return EXIT_RESOURCE;
	session_close(&s);
	if (session_library("libring3_preload.so", library, sizeof(library)))
		return EXIT_RESOURCE;
	snprintf(value, sizeof(value), "%s%s%s", library, old && *old ? ":" : "", old ? old : "");
	if (setenv("LD_PRELOAD", value, 1)) {
		cli_error("no memory");
		return EXIT_RESOURCE;
	}
	execvp(command[0], command);
	cli_error("%s: %s", command[0], cli_strerror(errno));
	return EXIT_COMMAND;
}
