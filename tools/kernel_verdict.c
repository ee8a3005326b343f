/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does the running kernel say to each program of these BPF objects?  kernel_verdict OBJECT...
 * loads one program after the other, without attaching it, and prints
 *	OBJECT <tab> PROGRAM <tab> accept|reject|unknown <tab> last words of the log
 * "unknown": it did not come to a verdict, for want of a map, a type or a target.  With -1 or -2
 * before the objects the kernel's log of that level follows, and a line that is a single dot.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ring3/bpf.h>
#include <bpf/libbpf.h>

enum {
	LOG = 16 << 20
};

static char log_buf[LOG];
static unsigned int log_level; /* 0: none wanted */

static int quiet(enum libbpf_print_level level, const char *format, va_list ap)
{
	(void)level;
	(void)format;
	(void)ap;
	return 0;
}

/* The line before the figures, which begin with the stack's depth or the time. */
static void last_words(const char *log)
{
	const char *end = strstr(log, "\nverification time "), *from;

	if (!end)
		end = strstr(log, "\nstack depth ");
	if (!end)
		end = strstr(log, "\nprocessed ");
	end = end ? end : log + strlen(log);
	for (from = end; from > log && from[-1] != '\n'; from--)
		;
	printf("%.*s\n", (int)(end - from > 200 ? 200 : end - from), from);
}

static void print_verdict(const char *path, const struct bpf_program *p, int err)
{
	bool judged = strstr(log_buf, "processed ") != NULL;

	printf("%s\t%s\t%s\t", path, bpf_program__name(p),
	       !err     ? "accept"
	       : judged ? "reject"
			: "unknown");
	if (err && !judged)
		printf("%s ", strerror(-err));
	last_words(err ? log_buf : "");
}

/* Storage has no number of entries. */
static bool is_storage(enum bpf_map_type type)
{
	return type == BPF_MAP_TYPE_CGROUP_STORAGE || type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE ||
	       type == BPF_MAP_TYPE_SK_STORAGE || type == BPF_MAP_TYPE_INODE_STORAGE ||
	       type == BPF_MAP_TYPE_TASK_STORAGE || type == BPF_MAP_TYPE_CGRP_STORAGE;
}

/* Memory is short, and what is large is not what is judged; some loaders fill in the sizes. */
static void size_maps(struct bpf_object *obj)
{
	struct bpf_map *m;

	bpf_object__for_each_map(m, obj)
	{
		enum bpf_map_type type = bpf_map__type(m);
		bool ring = type == BPF_MAP_TYPE_RINGBUF || type == BPF_MAP_TYPE_USER_RINGBUF;

		if (bpf_map__max_entries(m) > 1 << 16 && !ring)
			bpf_map__set_max_entries(m, 1 << 16);
		if (!bpf_map__max_entries(m) && !is_storage(type))
			bpf_map__set_max_entries(m, ring ? (unsigned int)getpagesize() : 1);
	}
}

/* An object can be loaded once: it is opened anew for each program. */
static int judge(const char *path, int at)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	struct bpf_program *p, *wanted = NULL;
	int k = 0, err;

	if (!obj)
		return -errno;
	bpf_object__for_each_program(p, obj)
	{
		bpf_program__set_autoload(p, k == at);
		if (k++ == at)
			wanted = p;
	}
	if (wanted) {
		size_maps(obj);
		log_buf[0] = '\0';
		bpf_program__set_log_buf(wanted, log_buf, LOG);
		bpf_program__set_log_level(wanted, log_level | 4);
		err = bpf_object__load(obj);
		print_verdict(path, wanted, err);
		if (log_level)
			printf("%s.\n", log_buf);
	}
	bpf_object__close(obj);
	return wanted ? 1 : 0;
}

int main(int argc, char **argv)
{
	int status = 0, n;

	libbpf_set_print(quiet);
	if (argc > 1 && argv[1][0] == '-')
		log_level = (unsigned int)atoi(argv[1] + 1);
	for (int i = log_level ? 2 : 1; i < argc; i++) {
		for (n = 0; (status = judge(argv[i], n)) > 0; n++)
			;
		if (status < 0)
			printf("%s\t\tunknown\tcannot be opened: %s\n", argv[i], strerror(-status));
	}
	return 0;
}
