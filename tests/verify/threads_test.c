/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is what several threads say of a program what one says?  Each case of tests/verify that has
 * functions is judged with its global functions walked by one thread and by several, without a log
 * and with each level of it: verdict, diagnosis, log, counts and facts are the same.  Walked one
 * after the other by the verifier itself, the verdict is.
 *
 *      threads_test [SUBSTRING]
 */
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "support/vload.h"

enum {
	TIMES = 2 /* that threads meet */
};

struct judged {
	int err;
	struct verify_facts *facts;
	struct verify_diag diag;
	struct verify_stats stats;
	struct text log;
};

struct outcome {
	bool same, judged;
	char why[256];
};

static void judge(const struct verify_input *of, uint32_t threads, uint32_t from, uint32_t level,
		  struct judged *ret)
{
	struct verify_input in = *of;

	memset(ret, 0, sizeof(*ret));
	text_init_heap(&ret->log);
	in.policy.threads = threads;
	in.policy.threads_from = from;
	in.log_level = level;
	in.log = level ? &ret->log : NULL;
	ret->err = verify_prog(&in, &ret->stats, &ret->facts, &ret->diag);
}

static void done(struct judged *j)
{
	text_done(&j->log);
	verify_facts_free(j->facts);
}

static bool same_facts(const struct verify_facts *a, const struct verify_facts *b)
{
	if (!a || !b)
		return a == b;
	if (a->n_insns != b->n_insns || a->n_subprogs != b->n_subprogs || a->n_funcs != b->n_funcs)
		return false;
	return !memcmp(a->insns, b->insns, a->n_insns * sizeof(*a->insns)) &&
	       !memcmp(a->orig, b->orig, a->n_insns * sizeof(*a->orig)) &&
	       !memcmp(a->subprogs, b->subprogs, a->n_subprogs * sizeof(*a->subprogs)) &&
	       (!a->n_funcs || !memcmp(a->funcs, b->funcs, a->n_funcs * sizeof(*a->funcs))) &&
	       !memcmp(a->helper_bits, b->helper_bits, sizeof(a->helper_bits)) &&
	       a->ctx_read_words == b->ctx_read_words &&
	       a->ctx_written_words == b->ctx_written_words && a->ctx_bytes == b->ctx_bytes &&
	       a->changes_packet == b->changes_packet && a->may_tail_call == b->may_tail_call &&
	       a->uses_fuel == b->uses_fuel && a->calls_helpers == b->calls_helpers &&
	       a->needs_kernel == b->needs_kernel && a->stack_total == b->stack_total;
}

/* But for how long it took. */
static bool same_log(const char *a, const char *b)
{
	static const char time[] = "verification time ";

	while (a && b && *a && *a == *b) {
		if (!strncmp(a, time, strlen(time))) {
			a = strchr(a, '\n');
			b = strchr(b, '\n');
			continue;
		}
		a++;
		b++;
	}
	return (!a && !b) || (a && b && *a == *b);
}

static const char *difference(const struct judged *a, const struct judged *b)
{
	if (a->err != b->err)
		return "verdict";
	if (a->err &&
	    (strcmp(a->diag.reason, b->diag.reason) != 0 || a->diag.insn != b->diag.insn ||
	     strcmp(a->diag.message, b->diag.message) != 0 ||
	     strcmp(a->diag.known, b->diag.known) != 0))
		return "diagnosis";
	if (a->stats.visited != b->stats.visited || a->stats.walked != b->stats.walked ||
	    a->stats.total_states != b->stats.total_states ||
	    a->stats.peak_states != b->stats.peak_states)
		return "counts";
	if (!same_log(a->log.buf, b->log.buf))
		return "log";
	return same_facts(a->facts, b->facts) ? NULL : "facts";
}

static void compare(const struct vcase *c, struct verify_input *in, void *arg)
{
	struct outcome *o = arg;

	(void)c;
	o->same = o->judged = true;
	for (uint32_t level = 0; level <= 2 && o->same; level++) {
		struct judged plain, one;

		judge(in, 1, 0, level, &plain);
		judge(in, 1, 1, level, &one);
		if (!plain.err != !one.err || (one.err && !strcmp(one.diag.reason, "internal"))) {
			snprintf(o->why, sizeof(o->why), "%d, by walkers %d: %.90s; %.90s",
				 plain.err, one.err, plain.diag.message, one.diag.message);
			o->same = false;
		}
		for (uint32_t k = 0; k < TIMES && o->same; k++) {
			struct judged many;
			const char *what;

			judge(in, 2 + k, 1, level, &many);
			what = difference(&one, &many);
			if (what)
				snprintf(o->why, sizeof(o->why), "level %u: %s: %.90s; %.90s",
					 level, what, one.diag.message, many.diag.message);
			o->same = !what;
			done(&many);
		}
		done(&plain);
		done(&one);
	}
}

static bool has_functions(const struct vcase *c)
{
	for (uint32_t i = 0; i < c->n_insns; i++)
		if (c->insns[i].code == (BPF_JMP | BPF_CALL) &&
		    c->insns[i].src_reg == BPF_PSEUDO_CALL)
			return true;
	return false;
}

static unsigned int n, failed;

static void run_file(const char *path, const char *only)
{
	const char *file = strrchr(path, '/') + 1;
	FILE *f = fopen(path, "r");
	static struct vcase c;
	uint32_t line = 0;
	char why[256];

	while (f && vcase_next(f, &line, &c, why, sizeof(why)) > 0) {
		struct outcome o = { 0 };

		if ((!only || strstr(c.name, only)) && has_functions(&c) && vload_possible(&c)) {
			if (vload_input(&c, compare, &o, o.why, sizeof(o.why)))
				o.same = false;
			failed += !o.same;
			printf("%sok %u - %s:%u %s\n", o.same ? "" : "not ", ++n, file, c.line,
			       c.name);
			if (!o.same)
				printf("# %s\n", o.why);
		}
		vcase_done(&c);
	}
	if (f)
		fclose(f);
}

int main(int argc, char **argv)
{
	glob_t paths;

	if (glob("tests/verify/*.t", 0, NULL, &paths)) {
		printf("not ok 1 - no cases: run it from the top of the tree\n");
		return 1;
	}
	for (size_t k = 0; k < paths.gl_pathc; k++)
		run_file(paths.gl_pathv[k], argc > 1 ? argv[1] : NULL);
	globfree(&paths);
	printf("1..%u\n", n);
	return failed != 0;
}
