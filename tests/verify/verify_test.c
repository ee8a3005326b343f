/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does the verifier give each case of tests/verify/x.t the verdict, reason and words it states, and
 * where bpf(2) is permitted the kernel the same?  One TAP line a case and side.  At the end every
 * reason of reasons.def must have been the answer to some case, but for those listed in
 * `elsewhere`, which no program text can provoke.
 *
 *      verify_test [SUBSTRING]     prints logs of the cases that match
 */
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "support/kernel.h"
#include "support/vload.h"

enum {
	MAX_REASONS = 256
};

static const char *const elsewhere[] = {
	"lock.in_comparison",    /* needs a tree: the kernel's own tests have it    */
	"insn.legacy_load_void", /* needs types: the kernel's own tests have it */
	"internal",              /* a defect of the verifier                     */
	"limit.memory",          /* needs a program of its own: limits are tested by unit tests */
	"limit.time",
	"call.no_map",      /* no prototype has a key without a map */
	"stack.uninit_var", /* policies that allow the one forbid the other */
	"stack.leak",
	"typed.unknown",   /* needs a kernel without tasks */
	"typed.elsewhere", /* needs the types of a kernel that clang compiled */
	"kptr.access",     /* needs types of values: kptr.bpf.c has them */
	"call.null_argument",
	"call.exception", /* needs tags of functions: exceptions.bpf.c has them */
	"call.exception_callback",
	"kfunc.not_rcu", /* needs a kernel with sched_ext: scx.bpf.c */
	"ops.owned",     /* ... with queueing disciplines: qdisc.bpf.c */
	"ops.released",
	"kfunc.unknown", /* ... with a module: module.bpf.c */
};

struct tally {
	unsigned int n, failed;
	bool kernel;
	const char *no_kernel, *only;
	bool seen[MAX_REASONS];
};

static void report(struct tally *t, bool ok, const char *file, const struct vcase *c,
		   const char *side, const char *why)
{
	t->n++;
	t->failed += !ok;
	printf("%s %u - %s:%u %s (%s)\n", ok ? "ok" : "not ok", t->n, file, c->line, c->name, side);
	if (!ok)
		printf("# %s\n", why);
}

static void note_reason(struct tally *t, const char *id)
{
	const struct verify_reason *r;
	unsigned int k;

	for (k = 0; (r = verify_reason_at(k)) && k < MAX_REASONS; k++) {
		if (!strcmp(r->id, id))
			t->seen[k] = true;
	}
}

static bool has_logs(const struct vcase *c, const char *log, char *why, size_t size)
{
	uint32_t k;

	for (k = 0; k < c->n_logs; k++) {
		if (strstr(log, c->logs[k]))
			continue;
		snprintf(why, size, "not in the log: %s", c->logs[k]);
		return false;
	}
	return true;
}

static bool judge_ours(struct tally *t, const struct vcase *c, const struct vload_verdict *v,
		       char *why, size_t size)
{
	if (v->err)
		note_reason(t, v->diag.reason);
	if (c->accept != !v->err || (v->err && strcmp(v->diag.reason, c->reason) != 0)) {
		snprintf(why, size, "%s %s at %u: %s", v->err ? "rejected" : "accepted",
			 v->err ? v->diag.reason : "", v->diag.insn, v->diag.message);
		return false;
	}
	if (v->err && v->diag.err != v->err) {
		snprintf(why, size, "returns %d, diagnosis says %d", v->err, v->diag.err);
		return false;
	}
	if (*c->known && !strstr(v->diag.known, c->known)) {
		snprintf(why, size, "known: %s", v->diag.known);
		return false;
	}
	return has_logs(c, v->log, why, size);
}

static void run_ours(struct tally *t, const char *file, const struct vcase *c)
{
	struct vload_verdict v;
	char why[512] = "";
	bool ok =
		vload_ours(c, &v, why, sizeof(why)) == 0 && judge_ours(t, c, &v, why, sizeof(why));

	report(t, ok, file, c, "ring3", why);
	if (t->only)
		printf("%s\n", v.log);
	vload_done(&v);
}

static const char *last_lines(const char *log)
{
	const char *p = strstr(log, "processed "), *start = p ? p : log + strlen(log);
	int lines = 0;

	for (; start > log && lines < 3; start--)
		lines += start[-1] == '\n';
	return start;
}

static void run_kernel(struct tally *t, const char *file, const struct vcase *c)
{
	struct vload_verdict v;
	char why[512] = "";
	bool want = c->kernel == VCASE_SAME ? c->accept : c->kernel == VCASE_KERNEL_ACCEPTS, ok;

	if (!t->kernel || c->kernel == VCASE_KERNEL_SKIP || c->unprivileged)
		return;
	ok = vload_kernel(c, &v, why, sizeof(why)) == 0;
	if (ok && want != !v.err) {
		snprintf(why, sizeof(why), "kernel says %d: %.300s", v.err, last_lines(v.log));
		ok = false;
	}
	if (ok && c->kernel == VCASE_SAME)
		ok = has_logs(c, v.log, why, sizeof(why));
	report(t, ok, file, c, "kernel", why);
	if (t->only || !ok)
		printf("# %s\n%s\n", "kernel:", t->only ? v.log : "");
	vload_done(&v);
}

static void run_file(struct tally *t, const char *path)
{
	const char *file = strrchr(path, '/') + 1;
	FILE *f = fopen(path, "r");
	static struct vcase c;
	uint32_t line = 0;
	char why[256];
	int r;

	while (f && (r = vcase_next(f, &line, &c, why, sizeof(why))) != 0) {
		if (r < 0) {
			report(t, false, file, &c, "text", why);
			vcase_done(&c);
			break;
		}
		if (!vload_possible(&c)) {
			printf("ok %u - %s:%u %s # SKIP no kernel with this target\n", ++t->n, file,
			       c.line, c.name);
		} else if (!t->only || strstr(c.name, t->only)) {
			run_ours(t, file, &c);
			run_kernel(t, file, &c);
		}
		vcase_done(&c);
	}
	if (f)
		fclose(f);
}

static void check_reasons(struct tally *t)
{
	const struct verify_reason *r;
	struct vcase c = { .name = "every reason has a case" };
	char why[2048] = "without a case:";
	bool all = true;
	unsigned int k, e;

	for (k = 0; (r = verify_reason_at(k)); k++) {
		for (e = 0; e < sizeof(elsewhere) / sizeof(elsewhere[0]); e++) {
			if (!strcmp(elsewhere[e], r->id))
				break;
		}
		if (t->seen[k] || e < sizeof(elsewhere) / sizeof(elsewhere[0]))
			continue;
		snprintf(why + strlen(why), sizeof(why) - strlen(why), " %s", r->id);
		all = false;
	}
	report(t, all, "reasons.def", &c, "ring3", why);
}

int main(int argc, char **argv)
{
	struct tally t = { .only = argc > 1 ? argv[1] : NULL };
	glob_t paths;
	size_t k;

	t.kernel = kernel_can_load(&t.no_kernel);
	if (glob("tests/verify/*.t", 0, NULL, &paths)) {
		printf("not ok 1 - no cases: run it from the top of the tree\n");
		return 1;
	}
	for (k = 0; k < paths.gl_pathc; k++)
		run_file(&t, paths.gl_pathv[k]);
	globfree(&paths);
	if (!t.kernel)
		printf("ok %u - the kernel's verdicts # SKIP %s\n", ++t.n, t.no_kernel);
	if (!t.only)
		check_reasons(&t);
	printf("1..%u\n", t.n);
	return t.failed != 0;
}
