/* SPDX-License-Identifier: BSD-2-Clause */
/* Which programs does --target name?  See target_prog.h. */
#include "cli/target_prog.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "btf/btf.h"
#include "cli/cli.h"
#include "run/prog.h"
#include "run/rt.h"

struct target_prog {
	struct ring3 *rt;
	char *path;
	size_t n;
	struct {
		struct bpf_object *obj; /* of which this one program is loaded */
		int fd;
	} * at;
};

static int load_only(struct bpf_object *obj, unsigned int index)
{
	struct bpf_program *prog = cli_only_program(obj, index);

	if (!prog)
		return -ENOENT;
	cli_prepare_maps(obj);
	return bpf_object__load(obj) ? -EINVAL : bpf_program__fd(prog);
}

static bool add(struct target_prog *t, struct bpf_object *obj, int fd)
{
	void *more = realloc(t->at, (t->n + 1) * sizeof(*t->at));

	if (!more)
		return false;
	t->at = more;
	t->at[t->n].obj = obj;
	t->at[t->n++].fd = fd;
	return true;
}

static void load_all(struct target_prog *t)
{
	for (unsigned int i = 0;; i++) {
		struct bpf_object *obj = session_object(t->path, false);
		int fd = obj ? load_only(obj, i) : -ENOENT;

		if (fd >= 0 && add(t, obj, fd))
			continue;
		bpf_object__close(obj);
		if (fd == -ENOENT)
			return;
	}
}

struct target_prog *target_prog_open(struct ring3 *rt, const char *path)
{
	struct target_prog *t = calloc(1, sizeof(*t));

	if (t)
		t->path = strdup(path);
	if (!t || !t->path) {
		cli_error("%s: no memory", path);
		return target_prog_close(t);
	}
	t->rt = rt;
	load_all(t);
	if (t->n)
		return t;
	cli_error("%s: no program of it is accepted; ring3 verify %s tells why", path, path);
	return target_prog_close(t);
}

struct target_prog *target_prog_close(struct target_prog *t)
{
	if (!t)
		return NULL;
	for (size_t i = 0; i < t->n; i++)
		bpf_object__close(t->at[i].obj);
	free(t->at);
	free(t->path);
	free(t);
	return NULL;
}

static uint32_t function_id(const struct prog *p, const char *function)
{
	const struct bpf_func_info *info = p->func_info;

	for (uint32_t i = 0; p->btf && i < p->n_func_info; i++) {
		const struct btf_type *t = btf_type(p->btf, info[i].type_id);

		if (t && !strcmp(btf_name(p->btf, t->name_off), function))
			return info[i].type_id;
	}
	return 0;
}

bool target_prog_find(const struct target_prog *t, const char *function, int *ret_fd,
		      uint32_t *ret_btf_id)
{
	for (size_t i = 0; i < t->n; i++) {
		struct prog *p;
		uint32_t id;

		if (rt_prog_of_fd(t->rt, t->at[i].fd, &p))
			continue;
		id = function_id(p, function);
		prog_unref(p);
		if (!id)
			continue;
		*ret_fd = t->at[i].fd;
		*ret_btf_id = id;
		return true;
	}
	return false;
}

void target_prog_missing(const struct target_prog *t, const char *function)
{
	cli_error("%s: no accepted program of it has a function %s", t->path, function);
}
