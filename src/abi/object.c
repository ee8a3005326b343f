/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does an object file made by clang become one program of a host?  libbpf opens and loads it on
 * a thread that is bound to the runtime.  Also what a host is told when a program is refused.
 */
#include <errno.h>
#include <string.h>
#include <bpf/libbpf.h>

#include "abi/bind.h"
#include "abi/object_check.h"
#include "base/alloc.h"
#include "base/text.h"
#include "ring3/ring3.h"
#include "verify/verify.h"

struct ring3_diag {
	char reason[64];
	unsigned int insn;
	char text[1024];
};

const char *ring3_diag_reason(const ring3_diag *diag)
{
	return diag ? diag->reason : "";
}

unsigned int ring3_diag_insn(const ring3_diag *diag)
{
	return diag ? diag->insn : 0;
}

const char *ring3_diag_text(const ring3_diag *diag)
{
	return diag ? diag->text : "";
}

ring3_diag *ring3_diag_free(ring3_diag *diag)
{
	mem_free(diag);
	return NULL;
}

static void line(struct text *t, const char *label, const char *s)
{
	if (s && *s)
		text_add(t, "%s%s%s", t->len ? "\n" : "", label, s);
}

/* The reason in the order in which a person asks: what, where, why, what to do. */
static ring3_diag *diag_new(const struct verify_diag *v, int err, const char *what)
{
	ring3_diag *d = mem_alloc(sizeof(*d));
	const char *reason = v->reason ? v->reason : "load";
	struct text t;

	if (!d)
		return NULL;
	memcpy(d->reason, reason, strnlen(reason, sizeof(d->reason) - 1));
	d->insn = v->insn;
	text_init(&t, d->text, sizeof(d->text));
	if (!v->reason) {
		text_add(&t, "%s: %s", what, strerror(-err));
		return d;
	}
	text_add(&t, "%s: instruction %u: %s", what, v->insn, v->message);
	line(&t, "  at ", v->source);
	line(&t, "  because ", v->known);
	line(&t, "  hint: ", v->hint);
	return d;
}

static int silent(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

/* The program that `section` names, or the only one. */
static int choose(struct bpf_object *obj, const char *section, uint32_t type,
		  struct bpf_program **ret_prog)
{
	struct bpf_program *p, *found = NULL;
	int n = 0;

	bpf_object__for_each_program(p, obj)
	{
		bool wanted = !section || !strcmp(bpf_program__section_name(p), section);

		bpf_program__set_autoload(p, wanted);
		if (!wanted)
			continue;
		bpf_program__set_type(p, (enum bpf_prog_type)type);
		found = p;
		n++;
	}
	if (n != 1)
		return n ? -EEXIST : -ENOENT;
	*ret_prog = found;
	return 0;
}

/* libbpf is given only what it survives; why is left as the verifier would leave it. */
static int check(const char *path, struct verify_diag *why)
{
	struct text t;
	int err;

	text_init(&t, why->message, sizeof(why->message));
	err = object_check_file(path, &t);
	if (err) {
		why->err = err;
		why->reason = "object.malformed";
		why->hint = "Compile it with clang -target bpf -g -O2 -c.";
	}
	return err;
}

static int load(ring3 *rt, const char *path, const char *section, uint32_t type,
		ring3_prog **ret_prog)
{
	struct bpf_program *prog;
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	int err = libbpf_get_error(obj);

	if (err)
		return err;
	err = choose(obj, section, type, &prog);
	if (!err)
		err = bpf_object__load(obj);
	if (!err)
		err = ring3_prog_of(rt, bpf_program__fd(prog), ret_prog);
	bpf_object__close(obj);
	return err;
}

int ring3_object_load(ring3 *rt, const char *path, const char *section, uint32_t prog_type,
		      ring3_prog **ret_prog, ring3_diag **reterr_diag)
{
	struct verify_diag why = { 0 };
	libbpf_print_fn_t print;
	struct ring3 *before = bind_thread_runtime();
	int err;

	print = libbpf_set_print(silent);
	bind_thread(rt, &why);
	err = check(path, &why);
	if (!err)
		err = load(rt, path, section, prog_type, ret_prog);
	bind_thread(before, NULL);
	libbpf_set_print(print);
	if (err && reterr_diag)
		*reterr_diag = diag_new(&why, err, section ? section : path);
	return err;
}
