/* SPDX-License-Identifier: BSD-2-Clause */
/* Which kernel is judged for?  See kernel_files.h. */
#include "cli/kernel_files.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/cli.h"
#include "run/rt.h"

/* The path by which others read it is that of its descriptor. */
static int open_one(struct kernel_files *f, char *ret_name, size_t size)
{
	int fd = btf_file_open(f->path[f->n_open], ret_name, size);

	if (fd >= 0)
		f->fd[f->n_open++] = fd;
	return fd < 0 ? EXIT_INPUT : EXIT_OK;
}

static int add_module(struct kernel_files *f, struct ring3 *rt)
{
	const char *path = f->path[f->n_open], *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	char name[64], proc[64];
	int err = open_one(f, proc, sizeof(proc));

	if (err)
		return err;
	/* "nf_nat" of /sys/kernel/btf/nf_nat and of nf_nat.ko. */
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(base, "."), base);
	err = rt_module_name(rt, proc, name);
	if (!err)
		return EXIT_OK;
	cli_error("%s: %s", path, cli_strerror(err));
	return EXIT_RESOURCE;
}

int kernel_files_open(struct kernel_files *f, struct ring3 *rt)
{
	char proc[64];
	int err;

	if (!f->n)
		return EXIT_OK;
	err = open_one(f, proc, sizeof(proc));
	if (err)
		return err;
	rt->btf_path = mem_strdup(proc);
	if (!rt->btf_path || !rt_kernel(rt)) {
		cli_error("%s: not the BTF of a kernel; try /sys/kernel/btf/vmlinux of that "
			  "machine",
			  f->path[0]);
		return EXIT_INPUT;
	}
	while (!err && f->n_open < f->n)
		err = add_module(f, rt);
	return err;
}

void kernel_files_close(struct kernel_files *f)
{
	while (f->n_open)
		close(f->fd[--f->n_open]);
}
