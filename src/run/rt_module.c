/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which types have the modules of the kernel that programs are judged for?  Loaders list BTF
 * objects to find a module's functions: files of its BTF become such objects when somebody lists
 * them.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/os.h"
#include "btf/btf.h"
#include "btf/kernel.h"
#include "run/rt.h"

enum {
	MAX_MODULES = 4096,
	MAX_MODULE_BTF = 16 << 20,
	PATH_SIZE = 320
};

struct module {
	char *path;
	char name[56];
	int fd; /* holds the BTF object; -1: there is none */
	uint32_t btf_id;
	struct btf_blob *types;
	struct btf_kernel *kernel; /* NULL: nobody needed it yet */
};

struct rt_modules {
	bool listed;
	uint32_t n;
	struct module at[MAX_MODULES];
};

static struct rt_modules *modules_of(struct ring3 *rt)
{
	if (!rt->modules)
		rt->modules = mem_alloc(sizeof(*rt->modules));
	return rt->modules;
}

int rt_module_name(struct ring3 *rt, const char *path, const char *name)
{
	struct rt_modules *m = modules_of(rt);
	struct module *new;

	if (!m)
		return -ENOMEM;
	if (m->n == MAX_MODULES)
		return -E2BIG;
	new = &m->at[m->n];
	new->path = mem_strdup(path);
	if (!new->path)
		return -ENOMEM;
	memcpy(new->name, name, strnlen(name, sizeof(new->name) - 1));
	new->fd = -1;
	m->n++;
	return 0;
}

static void find_files(struct ring3 *rt)
{
	char path[PATH_SIZE] = RT_KERNEL_BTF;
	size_t n = (size_t)(strrchr(path, '/') + 1 - path);
	struct dirent *e;
	DIR *dir;

	path[n] = 0;
	dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		size_t len = strlen(e->d_name);

		if (e->d_name[0] == '.' || !strcmp(e->d_name, "vmlinux") || n + len >= sizeof(path))
			continue;
		memcpy(path + n, e->d_name, len + 1);
		if (rt_module_name(rt, path, e->d_name))
			break;
	}
	if (dir)
		closedir(dir);
}

static int open_module(struct ring3 *rt, struct module *m, struct btf_blob *base)
{
	struct rt_btf *known;
	size_t size = 0;
	void *data = NULL;
	int err = os_read_file(m->path, MAX_MODULE_BTF, &data, &size);

	if (!err)
		err = btf_parse(data, size, base, NULL, &m->types);
	mem_free(data);
	if (!err)
		err = rt_btf_create(rt, m->types, &m->fd);
	if (!err)
		err = rt_btf_of_fd(rt, m->fd, &known);
	if (err)
		return err;
	m->btf_id = known->id;
	known->kernel = true;
	memcpy(known->name, m->name, sizeof(m->name));
	rt_btf_unref(known);
	return 0;
}

void rt_modules_list(struct ring3 *rt)
{
	const struct btf_kernel *kernel = rt_kernel(rt);
	struct rt_modules *m = modules_of(rt);

	if (!m || m->listed || !kernel)
		return;
	m->listed = true;
	if (!rt->btf_path)
		find_files(rt);
	for (uint32_t i = 0; i < m->n; i++) {
		int err = open_module(rt, &m->at[i], btf_kernel_types(kernel));

		if (err)
			rt_log(rt, RING3_LOG_WARN,
			       "%s: cannot be read as BTF of a module of that kernel: %s",
			       m->at[i].path, strerror(-err));
	}
}

const struct btf_kernel *rt_module_kernel(struct ring3 *rt, uint32_t btf_id)
{
	struct rt_modules *m = rt->modules;

	for (uint32_t i = 0; m && i < m->n; i++) {
		struct module *module = &m->at[i];

		if (module->fd < 0 || module->btf_id != btf_id)
			continue;
		if (!module->kernel &&
		    btf_kernel_extend(rt_kernel(rt), module->types, &module->kernel))
			return NULL;
		return module->kernel;
	}
	return NULL;
}

void rt_modules_free(struct ring3 *rt)
{
	struct rt_modules *m = rt->modules;

	for (uint32_t i = 0; m && i < m->n; i++) {
		btf_kernel_free(m->at[i].kernel);
		btf_unref(m->at[i].types);
		if (m->at[i].fd >= 0)
			close(m->at[i].fd);
		mem_free(m->at[i].path);
	}
	mem_free(m);
	rt->modules = NULL;
}
