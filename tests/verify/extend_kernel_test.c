/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Are the verdicts that the names of extend.bpf.c state the running kernel's?  Loads
 * extended.bpf.o, and each program of extend.bpf.o for it.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/kernel.h"

static char log_text[1 << 16];
static struct bpf_object *target;

static int silent(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

static struct bpf_object *open_built(const char *name)
{
	const char *build = getenv("BUILD");
	char path[512];

	snprintf(path, sizeof(path), "%s/tests/verify/%s", build ? build : "build/release", name);
	return bpf_object__open_file(path, NULL);
}

static struct bpf_program *only(struct bpf_object *obj, unsigned int index)
{
	struct bpf_program *prog, *chosen = NULL;
	unsigned int i = 0;

	bpf_object__for_each_program(prog, obj)
	{
		bpf_program__set_autoload(prog, i == index);
		if (i++ == index)
			chosen = prog;
	}
	return chosen;
}

/* libbpf would ask the kernel for the target's types by their id, which needs more rights. */
static int attach(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	const char *slash = strchr(bpf_program__section_name(prog), '/');
	int id = btf__find_by_name_kind(bpf_object__btf(target), slash + 1, BTF_KIND_FUNC);

	(void)cookie;
	if (id < 0)
		return id;
	opts->attach_prog_fd = (uint32_t)bpf_program__fd(bpf_object__next_program(target, NULL));
	opts->attach_btf_id = (uint32_t)id;
	return 0;
}

static int sleeps(struct bpf_program *prog, long cookie)
{
	return cookie ? bpf_program__set_flags(prog, BPF_F_SLEEPABLE) : 0;
}

static void register_sections(void)
{
	static const struct {
		const char *name;
		enum bpf_prog_type type;
		enum bpf_attach_type attach;
		long sleeps;
	} rows[] = {
		{ "freplace+", BPF_PROG_TYPE_EXT, 0, 0 },
		{ "fentry+", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, 0 },
		{ "fentry.s+", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, 1 },
		{ "fexit+", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, 0 },
		{ "fmod_ret+", BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		LIBBPF_OPTS(libbpf_prog_handler_opts, opts, .cookie = rows[i].sleeps,
			    .prog_setup_fn = sleeps, .prog_prepare_load_fn = attach);

		libbpf_register_prog_handler(rows[i].name, rows[i].type, rows[i].attach, &opts);
	}
}

/* 1: there is no such program; 2: the kernel forbids all of them. */
static int judge(unsigned int index, unsigned int *failed)
{
	struct bpf_object *obj = open_built("extend.bpf.o");
	struct bpf_program *prog = obj ? only(obj, index) : NULL;
	int err;

	if (!prog) {
		bpf_object__close(obj);
		return 1;
	}
	log_text[0] = 0;
	bpf_program__set_log_buf(prog, log_text, sizeof(log_text));
	bpf_program__set_log_level(prog, 1);
	err = bpf_object__load(obj);
	if (err == -EPERM && !*log_text) {
		bpf_object__close(obj);
		return 2;
	}
	if (!err == !strncmp(bpf_program__name(prog), "accept", 6)) {
		printf("ok %u - %s\n", index + 2, bpf_program__name(prog));
	} else {
		printf("not ok %u - %s: %d\n# %s\n", index + 2, bpf_program__name(prog), err,
		       log_text);
		++*failed;
	}
	bpf_object__close(obj);
	return 0;
}

int main(void)
{
	unsigned int failed = 0, i = 0;
	const char *why;
	int end;

	libbpf_set_print(silent);
	if (!kernel_can_load(&why) || access("/sys/kernel/btf/vmlinux", R_OK)) {
		printf("1..0 # SKIP the kernel cannot be asked\n");
		return 0;
	}
	register_sections();
	target = open_built("extended.bpf.o");
	if (!target || bpf_object__load(target)) {
		printf("not ok 1 - the kernel loads the target\n1..1\n");
		return 1;
	}
	printf("ok 1 - the kernel loads the target\n");
	while (!(end = judge(i, &failed)))
		i++;
	if (end == 2)
		printf("ok %u - extensions # SKIP this kernel forbids them\n", ++i + 1);
	bpf_object__close(target);
	printf("1..%u\n", i + 1);
	return failed != 0;
}
