/* SPDX-License-Identifier: BSD-2-Clause */
/* A server that lets users plug code in: its own context, its own helper, its own hook. */
#include <stdio.h>
#include <string.h>
#include <ring3/ring3.h>
#include "request.h"

static uint64_t host_log(uint64_t text, uint64_t n, uint64_t a, uint64_t b, uint64_t c, void *to)
{
	(void)a, (void)b, (void)c;
	return (uint64_t)fprintf(to, "plug-in says: %.*s\n", (int)n, (char *)(uintptr_t)text);
}

static const struct ring3_helper helper = { "host_log",
					    { RING3_ARG_MEM, RING3_ARG_SIZE },
					    host_log };

/* Name, offset, size, kind (0: a number), rights, size of the memory behind a pointer. */
static const struct ring3_field fields[] = {
	{ "method", offsetof(struct request, method), 4, 0, RING3_READ, 0 },
	{ "status", offsetof(struct request, status), 4, 0, RING3_READ | RING3_WRITE, 0 },
	{ "path", offsetof(struct request, path), 64, 0, RING3_READ | RING3_NARROW, 0 },
};

/* The hook: where the server asks the plug-in. */
static unsigned int handle(ring3_prog *plugin, const char *path)
{
	struct request req = { .status = 200 };
	uint64_t verdict = 0;

	strncpy(req.path, path, sizeof(req.path) - 1);
	ring3_prog_run(plugin, &req, &verdict);
	return req.status;
}

int main(int argc, char **argv)
{
	struct ring3_opts opts =
		RING3_OPTS(ring3_opts, .helpers = &helper, .n_helpers = 1, .host_data = stdout);
	ring3_prog *plugin = NULL;
	ring3_diag *why = NULL;
	ring3 *rt;
	uint32_t type;

	if (argc < 2 || ring3_new(&opts, &rt) ||
	    ring3_context_new(rt, "request", sizeof(struct request), fields, 3, &type))
		return 1;
	if (ring3_object_load(rt, argv[1], NULL, type, &plugin, &why))
		printf("refused [%s]: %s\n", ring3_diag_reason(why), ring3_diag_text(why));
	else
		printf("/index.html -> %u\n/admin/users -> %u\n", handle(plugin, "/index.html"),
		       handle(plugin, "/admin/users"));
	ring3_diag_free(why);
	ring3_prog_unref(plugin);
	ring3_unref(rt);
	return 0;
}
