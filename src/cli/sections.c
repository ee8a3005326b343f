/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is a program by the name of its section?  Tells libbpf of the names that it is too old for,
 * and of what programs of structs stand for.
 */
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <ring3/bpf.h>

#include "cli/ops_members.h"
#include "cli/sections.h"
#include "cli/target_prog.h"
#include "run/rt.h"

/* libbpf keeps one list of handlers for the process: this is what they look at. */
static struct {
	bool told;
	struct ring3 *rt;
	struct ops_members *members; /* of the object opened last */
	struct target_prog *target;  /* what extensions and tracing programs may attach to */
} now;

static int set_sleepable(struct bpf_program *prog, long cookie)
{
	return cookie ? bpf_program__set_flags(prog, bpf_program__flags(prog) | BPF_F_SLEEPABLE)
		      : 0;
}

static int fill_member(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	const struct btf_kernel *kernel = now.rt ? rt_kernel(now.rt) : NULL;
	uint32_t id, index;

	(void)cookie;
	if (opts->attach_btf_id || !kernel ||
	    !ops_members_find(now.members, kernel, bpf_program__name(prog), &id, &index))
		return 0;
	opts->attach_btf_id = id;
	opts->expected_attach_type = (enum bpf_attach_type)index;
	return 0;
}

/* The function after the section's slash, or that the program is called like. */
static const char *function_of(const struct bpf_program *prog)
{
	const char *slash = strchr(bpf_program__section_name(prog), '/');

	return slash ? slash + 1 : bpf_program__name(prog);
}

/* An extension without a target is judged by what its own prototype tells. */
static int fill_extension(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	int fd;
	uint32_t id;

	(void)cookie;
	if (opts->attach_prog_fd || !now.target)
		return 0;
	if (!target_prog_find(now.target, function_of(prog), &fd, &id)) {
		target_prog_missing(now.target, function_of(prog));
		return -ENOENT;
	}
	opts->attach_prog_fd = (uint32_t)fd;
	opts->attach_btf_id = id;
	return 0;
}

static const struct {
	const char *name;
	uint32_t type, attach;
	bool sleeps;
} rows[] = {
#define SECTION(name, type, attach, sleeps) { name, type, attach, sleeps },
#include "cli/sections.def"
#undef SECTION
};

void sections_tell(struct ring3 *rt)
{
	now.rt = rt;
	for (size_t i = 0; !now.told && i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool ops = rows[i].type == BPF_PROG_TYPE_STRUCT_OPS;
		bool ext = rows[i].type == BPF_PROG_TYPE_EXT;
		LIBBPF_OPTS(libbpf_prog_handler_opts, opts, .cookie = rows[i].sleeps,
			    .prog_setup_fn = set_sleepable,
			    .prog_prepare_load_fn = ops   ? fill_member
						    : ext ? fill_extension
							  : NULL);

		libbpf_register_prog_handler(rows[i].name, (enum bpf_prog_type)rows[i].type,
					     (enum bpf_attach_type)rows[i].attach, &opts);
	}
	now.told = true;
}

void sections_target(struct target_prog *target)
{
	now.target = target;
}

void sections_attach(struct bpf_program *prog)
{
	uint32_t id;
	int fd;

	if (now.target && bpf_program__type(prog) == BPF_PROG_TYPE_TRACING &&
	    target_prog_find(now.target, function_of(prog), &fd, &id))
		bpf_program__set_attach_target(prog, fd, NULL);
}

void sections_opened(const char *path, const struct bpf_object *obj)
{
	const struct btf *btf = obj ? bpf_object__btf(obj) : NULL;
	uint32_t size = 0;
	const void *raw = btf ? btf__raw_data(btf, &size) : NULL;

	ops_members_free(now.members);
	now.members = ops_members_open(path, raw, size);
}
