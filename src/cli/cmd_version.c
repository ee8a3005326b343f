/* SPDX-License-Identifier: BSD-2-Clause */
/* Which versions are these? */
#include "cli/cli.h"

#include <argp.h>
#include <string.h>
#include <sys/utsname.h>

static error_t parse(int key, char *arg, struct argp_state *state)
{
	bool *json = state->input;

	(void)arg;
	if (key != 'j')
		return ARGP_ERR_UNKNOWN;
	*json = true;
	return 0;
}

int cmd_version(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "json", 'j', NULL, 0, "JSON", 0 },
		{ 0 },
	};
	static const struct argp argp = { options,
					  parse,
					  NULL,
					  "Prints the versions of ring3, libbpf and the system.\v"
					  "example: ring3 version --json",
					  NULL,
					  NULL,
					  NULL };
	struct utsname u = { 0 };
	bool json = false;
	json_t *doc;

	cli_parse(&argp, argc, argv, &json);
	uname(&u);
	if (!json) {
		printf("ring3 %s\nlibbpf %s\n%s %s %s\n", ring3_version(), libbpf_version_string(),
		       u.sysname, u.release, u.machine);
		return EXIT_OK;
	}
	doc = json_pack("{s:s, s:s, s:s, s:s, s:s}", "ring3", ring3_version(), "libbpf",
			libbpf_version_string(), "system", u.sysname, "release", u.release,
			"machine", u.machine);
	json_dumpf(doc, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(doc);
	return EXIT_OK;
}
