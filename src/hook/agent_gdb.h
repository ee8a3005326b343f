/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does GDB learn the names of compiled programs?  The agent's runtime calls this whenever a
 * program's code comes or goes, one thread at a time.
 */
#ifndef HOOK_AGENT_GDB_H
#define HOOK_AGENT_GDB_H

#include <stdbool.h>

struct prog;

void agent_gdb_on_code(void *unused, struct prog *prog, bool gone);

#endif
