/* SPDX-License-Identifier: BSD-2-Clause */
/* Which runtime does this command use, and where are the files it was installed with? */
#include "jit/jit.h"
#include "cli/cli.h"

#include <argp.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/bind.h"
#include "abi/object_check.h"
#include "abi/preload.h"
#include "base/text.h"
#include "cli/sections.h"
#include "run/engine.h"
#include "run/rt.h"

static void print_log(void *data, enum ring3_log_level level, const char *text)
{
	struct session *s = data;

	s->n_errors += level <= RING3_LOG_ERROR;
	if (level <= RING3_LOG_WARN)
		cli_error("%s", text);
}

int session_open(struct session *s, bool shared)
{
	struct rt_opts opts = { 0 };
	char why_buf[512];
	struct text why;
	int err;

	memset(s, 0, sizeof(*s));
	text_init(&why, why_buf, sizeof(why_buf));
	if (access("/proc/self/fd", X_OK)) {
		cli_error("/proc is not mounted: files are found by it");
		return EXIT_RESOURCE;
	}
	if (shared) {
		err = preload_default_dir(s->dir, sizeof(s->dir));
		if (err) {
			cli_error("the runtime directory's path is too long");
			return EXIT_INPUT;
		}
		opts.dir = s->dir;
	}
	err = rt_new(&opts, &why, &s->rt);
	if (err) {
		cli_error("cannot open the runtime%s%s: %s", shared ? " in " : "",
			  shared ? s->dir : "", why.len ? why_buf : cli_strerror(err));
		return EXIT_RESOURCE;
	}
	s->rt->log = print_log;
	s->rt->log_data = s;
	ring3_catch_faults(s->rt);
	preload_use(s->rt);
	sections_tell(s->rt);
	return EXIT_OK;
}

void session_close(struct session *s)
{
	int before;

	if (!s->rt)
		return;
	before = bind_enter();
	rt_sweep(s->rt, true);
	bind_leave(before);
	preload_use(NULL);
	sections_tell(NULL);
	sections_opened(NULL, NULL);
	ring3_unref(s->rt);
	s->rt = NULL;
}

int cli_parse_jit(const char *arg, const struct argp_state *state, uint32_t *ret_tier)
{
	enum jit_tier tier;

	if (jit_tier_of(arg, &tier)) {
		argp_error(state, "--jit '%s' is none of auto, plain, optimised", arg);
		return EINVAL;
	}
	*ret_tier = tier;
	return 0;
}

int session_library(const char *name, char *buf, size_t size)
{
	static const char *const places[] = { "", "/../lib" };
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n < 0)
		return -errno;
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char path[8192];

		snprintf(path, sizeof(path), "%s%s/%s", self, places[i], name);
		if (access(path, R_OK) == 0 && strlen(path) < size) {
			strcpy(buf, path);
			return 0;
		}
	}
	cli_error("%s is neither beside the command nor in ../lib; reinstall ring3", name);
	return -ENOENT;
}

__attribute__((format(printf, 2, 0))) static int print_warnings(enum libbpf_print_level level,
								const char *fmt, va_list ap)
{
	return level <= LIBBPF_INFO ? vfprintf(stderr, fmt, ap) : 0;
}

struct bpf_object *session_object(const char *path, bool verbose)
{
	struct bpf_object *obj;
	char why_buf[256];
	struct text why;
	struct stat st;
	int err;

	if (verbose)
		libbpf_set_print(print_warnings);
	else
		libbpf_hear();
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	if (stat(path, &st)) {
		cli_error("%s: %s", path, cli_strerror(errno));
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		cli_error("%s: not a regular file", path);
		return NULL;
	}
	text_init(&why, why_buf, sizeof(why_buf));
	err = object_check_file(path, &why);
	obj = err ? NULL : bpf_object__open_file(path, NULL);
	if (!obj) {
		err = err ? err : errno;
		cli_error("%s: not a BPF object that libbpf can read (%s); compile with "
			  "clang -target bpf -g -O2 -c",
			  path, why.len ? why_buf : cli_strerror(err));
		if (!why.len && !verbose)
			libbpf_put_said(stderr, "  ");
		return NULL;
	}
	sections_opened(path, obj);
	return obj;
}
