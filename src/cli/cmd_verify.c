/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do these objects' programs load, and why not?  An object is opened once for all its programs: one
 * rejection does not hide the next, since libbpf is told that what was refused is loaded (with
 * --log the object is opened again for those behind it).  What libbpf itself cannot load is asked
 * of each program alone.  Maps are created in private memory and nothing is attached.
 */
#include "cli/dwarf_names.h"
#include "cli/explain.h"
#include "cli/kernel_files.h"
#include "cli/sections.h"
#include "cli/target_prog.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ring3/bpf.h>

#include "base/alloc.h"
#include "run/rt.h"
#include "verify/verify.h"

enum {
	LOG_SIZE = 16 << 20,
	LOG_STARTS = 1 << 12, /* programs are told from each other by where their logs begin */
	OPT_KERNEL_EXACT = 256,
	OPT_EXACT_OBSERVED,
	OPT_JOBS
};

struct verify_args {
	char **objects;
	int n_objects;
	bool json, explain;
	uint32_t log_level; /* 0: no log */
	struct kernel_files btf;
	const char *target;
	const char *policy_name;
	bool exact_observed;
	uint32_t jobs; /* 0: as the policy has it */
	struct verify_policy policy;
};

/* What the runtime reported of the program under judgement. */
struct verdict {
	const char *program; /* NULL: none is */
	bool reported;
	int err;
	struct verify_stats stats;
	struct verify_diag diag;
	/* The explanation as it is to be printed. */
	json_t *json;
	char *text;
	size_t text_size;
};

struct job {
	const struct verify_args *args;
	struct session session;
	struct verdict verdict;
	char *log;
	/* The object that is open, and the program of it that is under judgement. */
	const char *path;
	struct bpf_object *obj;
	struct bpf_program *prog;
	unsigned int index;
	bool together;  /* with those behind it */
	char told[512]; /* by the runtime, last */
	void (*print_log)(void *data, enum ring3_log_level level, const char *text);
	int rejected, unreadable;
	uint32_t done;
	uint64_t started_ns;
	bool progress;
};

/* The explanation lives only as long as this call. */
static void on_refused(void *arg, const struct verify_explanation *e)
{
	struct job *job = arg;
	struct verdict *v = &job->verdict;
	FILE *out;

	if (!v->program || strncmp(e->program, v->program, BPF_OBJ_NAME_LEN - 1))
		return;
	if (job->args->json) {
		json_decref(v->json);
		v->json = json_object();
		explain_json(v->json, e);
		return;
	}
	free(v->text);
	v->text = NULL;
	out = open_memstream(&v->text, &v->text_size);
	if (!out)
		return;
	explain_text(out, e, isatty(STDOUT_FILENO));
	fclose(out);
}

static int explain_list(FILE *out)
{
	const struct verify_reason *r;

	for (unsigned int i = 0; (r = verify_reason_at(i)); i++)
		fprintf(out, "  %-24s %s\n", r->id, r->title);
	return EXIT_OK;
}

static void put_code(const char *indent, const char *s)
{
	while (*s) {
		size_t n = strcspn(s, "\n");

		printf("%s%.*s\n", n ? indent : "", (int)n, s);
		s += n + (s[n] != '\0');
	}
}

static void put_example(const char *what, const struct verify_example *e, const char *text)
{
	printf("\n%s:\n\n", what);
	put_code("\t", e->head);
	if (e->head[0])
		puts("\t{");
	put_code(e->head[0] ? "\t\t" : "\t", text);
	if (e->head[0])
		puts("\t}");
}

static int explain(const char *id)
{
	const struct verify_reason *r = verify_reason_of(id);
	struct verify_example e;

	if (!r) {
		cli_error("no reason '%s'; these are known:", id);
		explain_list(stderr);
		return EXIT_INPUT;
	}
	printf("%s: %s\n\ncause:  %s\nremedy: %s\n", r->id, r->title, r->cause, r->remedy);
	if (verify_example_of(id, &e)) {
		put_example("refused", &e, e.wrong);
		put_example("accepted", &e, e.right);
	}
	return EXIT_OK;
}

static const char *reason_of(const struct verdict *v)
{
	if (v->reported && v->diag.err && v->diag.reason)
		return v->diag.reason;
	return v->reported ? "load.refused" : "object.unloadable";
}

static void print_json(const char *object, const char *program, const struct verdict *v, int err)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:i}", "object", object, "program", program,
			      "verdict", err ? "reject" : "accept", "errno", err ? -err : 0);

	json_object_set_new(o, "reason", err ? json_string(reason_of(v)) : json_null());
	json_object_set_new(o, "line",
			    v->diag.source[0] ? json_string(v->diag.source) : json_null());
	json_object_set_new(o, "insns", json_integer(v->stats.insns));
	json_object_set_new(o, "visited", json_integer(v->stats.visited));
	json_object_set_new(o, "walked", json_integer((json_int_t)v->stats.walked));
	json_object_set_new(o, "states", json_integer(v->stats.total_states));
	json_object_set_new(o, "peak_states", json_integer(v->stats.peak_states));
	json_object_set_new(o, "stack", json_integer(v->stats.stack));
	json_object_set_new(o, "usec", json_integer((json_int_t)(v->stats.cpu_ns / 1000)));
	json_object_set_new(o, "mem_kb", json_integer((json_int_t)(v->stats.mem_bytes / 1024)));
	if (err) {
		json_object_set_new(o, "message",
				    json_string(v->reported ? v->diag.message : libbpf_said()));
		json_object_set_new(o, "insn", json_integer(v->diag.insn));
		json_object_set_new(o, "known", json_string(v->diag.known));
		json_object_set_new(o, "hint",
				    v->diag.hint ? json_string(v->diag.hint) : json_null());
	}
	if (err && v->json)
		json_object_update(o, v->json);
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static void print_text(const char *object, const char *program, const struct verdict *v, int err)
{
	if (!err) {
		printf("accept  %-40s %-24s %6u insns %8u visited %6u states %8llu us\n", object,
		       program, v->stats.insns, v->stats.visited, v->stats.total_states,
		       (unsigned long long)(v->stats.cpu_ns / 1000));
		return;
	}
	printf("reject  %-40s %-24s [%s] %s\n", object, program, reason_of(v), cli_strerror(err));
	if (!v->reported || !v->diag.err) {
		libbpf_put_said(stdout, "        ");
		return;
	}
	if (v->text) {
		fputs(v->text, stdout);
		return;
	}
	if (v->diag.source[0])
		printf("        at %s\n", v->diag.source);
	printf("        insn %u: ", v->diag.insn);
	cli_put_lines(stdout, "                 ", v->diag.message);
	if (v->diag.known[0])
		printf("        %s\n", v->diag.known);
	if (v->diag.hint && v->diag.hint[0])
		printf("        hint: %s\n", v->diag.hint);
}

static void show_progress(struct job *job)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	job->done++;
	if (!job->progress || (uint64_t)ts.tv_sec * 1000000000u < job->started_ns + 1000000000u)
		return;
	fprintf(stderr, "\r%u programs judged, %d rejected ", job->done, job->rejected);
	fflush(stderr);
}

static char *log_of(const struct job *job, unsigned int index)
{
	return job->log + index % LOG_STARTS;
}

static void begin(struct job *job, struct bpf_program *prog)
{
	memset(&job->verdict, 0, sizeof(job->verdict));
	job->prog = prog;
	job->verdict.program = prog ? bpf_program__name(prog) : NULL;
	*log_of(job, job->index) = '\0';
}

/* Says what became of the program under judgement; the next one is under judgement then. */
static void end(struct job *job, int err)
{
	struct verdict *v = &job->verdict;

	if (job->args->json)
		print_json(job->path, v->program, v, err);
	else
		print_text(job->path, v->program, v, err);
	if (job->args->log_level)
		fputs(log_of(job, job->index), stdout);
	job->rejected += err != 0;
	json_decref(v->json);
	free(v->text);
	show_progress(job);
	job->index++;
	begin(job, bpf_object__next_program(job->obj, job->prog));
}

/* Not of libbpf, or of what is there already. */
static bool is_verdict(const struct job *job)
{
	return job->verdict.reported && job->verdict.diag.err;
}

/* libbpf loads probes of its own, which have other logs. */
static void on_load(void *arg, const struct prog_report *report)
{
	struct job *job = arg;
	struct verdict *v = &job->verdict;
	bool refused;

	if (!v->program || report->log_buf != (uint64_t)(uintptr_t)log_of(job, job->index))
		return;
	v->reported = true;
	v->err = report->err;
	if (report->stats)
		v->stats = *report->stats;
	if (report->diag)
		v->diag = *report->diag;
	refused = report->answer < 0;
	if (!job->together || (refused && !is_verdict(job)))
		return;
	/* What libbpf says in the log of what was refused it says only when it fails. */
	if (refused && job->args->log_level)
		return;
	*report->go_on = true;
	end(job, refused ? report->err : 0);
}

/* What became of programs from job->index on, or of that one. */
enum step {
	STEP_ON,    /* there may be more */
	STEP_LAST,  /* there is none */
	STEP_ALONE, /* this one is to be judged by itself */
};

static void on_log(void *data, enum ring3_log_level level, const char *text)
{
	struct job *job = data;

	/* What kept programs from being loaded together comes again. */
	if (!job->together && !strcmp(text, job->told))
		return;
	snprintf(job->told, sizeof(job->told), "%s", text);
	job->print_log(&job->session, level, text);
}

static enum step load(struct job *job)
{
	struct bpf_program *p;
	int err;

	begin(job, cli_programs(job->obj, job->index, job->together));
	if (!job->prog)
		return STEP_LAST;
	cli_prepare_maps(job->obj);
	p = job->prog;
	for (unsigned int i = job->index; p && bpf_program__autoload(p); i++) {
		sections_attach(p);
		bpf_program__set_log_buf(p, log_of(job, i), LOG_SIZE - LOG_STARTS);
		/* Without a level libbpf would load what is refused again, for a log that nobody
		 * reads. */
		bpf_program__set_log_level(p, job->args->log_level | 4);
		p = bpf_object__next_program(job->obj, p);
	}
	libbpf_hear();
	err = bpf_object__load(job->obj);
	if (job->together && job->prog && !(err && is_verdict(job)))
		return STEP_ALONE;
	if (job->prog)
		end(job, err && job->verdict.err ? job->verdict.err : err);
	return job->prog ? STEP_ON : STEP_LAST;
}

static int load_some(struct job *job, bool together, enum step *ret_step)
{
	job->obj = session_object(job->path, false);
	if (!job->obj)
		return -EINVAL;
	job->together = together;
	*ret_step = load(job);
	if (!together)
		job->told[0] = '\0';
	job->verdict.program = NULL;
	bpf_object__close(job->obj);
	job->obj = NULL;
	return 0;
}

/* What keeps libbpf from loading one program may keep it from loading any: then each is judged
 * alone. */
static int verify_programs(struct job *job)
{
	enum step step = STEP_ON;
	bool together = true;
	int err = 0;

	job->index = 0;
	while (!err && step != STEP_LAST) {
		unsigned int from = job->index;

		err = load_some(job, together && step != STEP_ALONE, &step);
		together &= step != STEP_ALONE || job->index > from;
	}
	return err;
}

static void verify_object(struct job *job, const char *path)
{
	struct verify_names names = { .arg = dwarf_names_open(path), .local = dwarf_names_find };

	job->path = path;
	job->session.rt->names = names.arg ? &names : NULL;
	if (verify_programs(job)) {
		job->unreadable++;
	} else if (!job->index) {
		cli_error("%s: has no programs", path);
		job->unreadable++;
	}
	job->session.rt->names = NULL;
	dwarf_names_close(names.arg);
}

static void set_policy(struct verify_args *a, const char *name, struct argp_state *state)
{
	if (a->policy_name && strcmp(a->policy_name, name) != 0)
		argp_error(state, "policy '%s' or '%s'?", a->policy_name, name);
	if (!verify_policy_named(name, &a->policy))
		argp_error(state,
			   "policy '%s' is none of privileged, cap_bpf, unprivileged, exact_kernel",
			   name);
	a->policy_name = name;
}

static error_t set_log(struct verify_args *a, const char *level, struct argp_state *state)
{
	a->log_level = level && !strcmp(level, "2") ? 2 : 1;
	if (level && strcmp(level, "1") != 0 && strcmp(level, "2") != 0)
		argp_error(state, "log level '%s' is neither 1 nor 2", level);
	return 0;
}

/* Who says how many means any functions, not only those that are worth it. */
static error_t set_jobs(struct verify_args *a, const char *n, struct argp_state *state)
{
	char *end;
	unsigned long jobs = strtoul(n, &end, 10);

	if (!jobs || *end || jobs > 64)
		argp_error(state, "jobs '%s' is no number from 1 to 64", n);
	a->jobs = (uint32_t)jobs;
	return 0;
}

static error_t add_btf(struct verify_args *a, const char *path, struct argp_state *state)
{
	if (a->btf.n == KERNEL_FILES)
		argp_error(state, "more than %d times --btf", KERNEL_FILES);
	a->btf.path[a->btf.n++] = path;
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct verify_args *a = state->input;

	switch (key) {
	case 'j': a->json = true; return 0;
	case 'l': return set_log(a, arg, state);
	case 'e': a->explain = true; return 0;
	case 'p': set_policy(a, arg, state); return 0;
	case OPT_KERNEL_EXACT: set_policy(a, "exact_kernel", state); return 0;
	case OPT_EXACT_OBSERVED: a->exact_observed = true; return 0;
	case 'b': return add_btf(a, arg, state);
	case 't': a->target = arg; return 0;
	case OPT_JOBS: return set_jobs(a, arg, state);
	case ARGP_KEY_ARGS:
		a->objects = state->argv + state->next;
		a->n_objects = state->argc - state->next;
		return 0;
	case ARGP_KEY_END:
		if (!a->n_objects && !a->explain)
			argp_error(state, "which objects?");
		if (a->explain && a->n_objects > 1)
			argp_error(state, "one reason at a time");
		a->policy.learn_needed &= !a->exact_observed;
		a->policy.threads = a->jobs;
		if (a->jobs)
			a->policy.threads_from = 1;
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static int judge_all(struct job *job)
{
	const struct verify_args *a = job->args;
	struct target_prog *target;
	struct timespec ts;

	job->log = malloc(LOG_SIZE);
	if (!job->log)
		return EXIT_RESOURCE;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	job->started_ns = (uint64_t)ts.tv_sec * 1000000000u;
	job->session.rt->only_verify = true;
	job->print_log = job->session.rt->log;
	job->session.rt->log = on_log;
	job->session.rt->log_data = job;
	job->session.rt->on_load = on_load;
	job->session.rt->on_load_arg = job;
	job->session.rt->on_refused = on_refused;
	job->session.rt->on_refused_arg = job;
	job->session.rt->policy = &a->policy;
	target = a->target ? target_prog_open(job->session.rt, a->target) : NULL;
	sections_target(target);
	job->unreadable += a->target && !target;
	for (int i = 0; i < a->n_objects && (target || !a->target); i++)
		verify_object(job, a->objects[i]);
	sections_target(NULL);
	target_prog_close(target);
	free(job->log);
	return job->unreadable ? EXIT_INPUT : job->rejected ? EXIT_NO : EXIT_OK;
}

static int verify_all(struct verify_args *a)
{
	struct job job = { .args = a, .progress = isatty(STDERR_FILENO) };
	int err = session_open(&job.session, false);

	if (err)
		return err;
	err = kernel_files_open(&a->btf, job.session.rt);
	if (!err)
		err = judge_all(&job);
	session_close(&job.session);
	kernel_files_close(&a->btf);
	return err;
}

int cmd_verify(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "json", 'j', NULL, 0, "One JSON object a line", 0 },
		{ "log", 'l', "LEVEL", OPTION_ARG_OPTIONAL,
		  "The kernel-style verifier log of each program: of the path that was refused "
		  "(1, default) or of all paths (2)",
		  0 },
		{ "btf", 'b', "FILE", 0,
		  "Types of the kernel to judge for: BTF or a vmlinux (default: the running "
		  "one's); "
		  "given again, those of a module",
		  0 },
		{ "target", 't', "OBJECT", 0,
		  "Object with the program whose functions extensions (freplace) replace, and "
		  "fentry and fexit programs are attached to",
		  0 },
		{ "policy", 'p', "NAME", 0,
		  "Who loads them: privileged (default), cap_bpf, unprivileged; or exact_kernel",
		  0 },
		{ "kernel-exact", OPT_KERNEL_EXACT, NULL, 0,
		  "The same as --policy exact_kernel: verdicts predict the kernel's", 0 },
		{ "exact-observed", OPT_EXACT_OBSERVED, NULL, 0,
		  "Compare paths by the values seen, as Linux does, not by those that were needed",
		  0 },
		{ "jobs", OPT_JOBS, "N", 0,
		  "Walk global functions by so many threads (default: where it is worth it, one a "
		  "CPU, at most 4)",
		  0 },
		{ "explain", 'e', NULL, 0,
		  "Explain the reason id that follows, such as stack.oob; without one, list all",
		  0 },
		{ 0 },
	};
	static const struct argp argp = {
		options,
		parse,
		"OBJECT...\n--explain [ID]",
		"Judges every program of BPF objects, without loading anything into a kernel.\v"
		"exit status: 0 all accepted, 1 some rejected, 2 could not read\n"
		"example: ring3 verify --json *.bpf.o",
		NULL,
		NULL,
		NULL
	};
	struct verify_args a = { .policy = verify_policy_privileged() };

	cli_parse(&argp, argc, argv, &a);
	if (a.explain)
		return a.n_objects ? explain(a.objects[0]) : explain_list(stdout);
	return verify_all(&a);
}
