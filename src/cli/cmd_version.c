/* SPDX-License-Identifier: BSD-2-Clause */
/* Which versions are these? */
#include "cli/cli.h"

#include <sys/utsname.h>

int cmd_version(int argc, char **argv)
{
	struct utsname u;

	(void)argc;
	(void)argv;
	printf("ring3 %s\nlibbpf %s\n", ring3_version(), libbpf_version_string());
	if (uname(&u) == 0)
		printf("%s %s %s\n", u.sysname, u.release, u.machine);
	return EXIT_OK;
}
