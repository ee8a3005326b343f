/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens while this command runs?  Loads an object, attaches what its SEC()s say, starts the
 * command with the agent, streams what comes, and at the end prints the maps.
 */
#include "cli/places.h"
#include "cli/run.h"

#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "abi/bind.h"
#include "base/os.h"
#include "hook/everyone.h"
#include "hook/fault_mend.h"
#include "hook/hook.h"
#include "run/rt.h"
#include "verify/verify.h"

enum {
	OPT_PERF_MAP = 256,
	OPT_JIT,
	OPT_JIT_HARDEN
};

enum {
	DEFAULT_HZ = 99, /* no round number, or it may be in step with what is sampled */
	MAX_HZ = 10000,
};

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct run_args *a = state->input;
	uint32_t tier;
	char *end;

	switch (key) {
	case 'p':
		a->pid = (pid_t)strtol(arg, &end, 10);
		if (*end || (a->pid <= 0 && a->pid != -1))
			argp_error(state, "--pid takes a process id, not '%s'", arg);
		return 0;
	case 'd':
		a->seconds = strtod(arg, &end);
		if (*end || !(a->seconds > 0))
			argp_error(state, "--duration takes seconds, not '%s'", arg);
		return 0;
	case 'F':
		a->hz = (uint32_t)strtoul(arg, &end, 10);
		if (*end || !a->hz || a->hz > MAX_HZ)
			argp_error(state, "--frequency takes 1 to %d, not '%s'", MAX_HZ, arg);
		return 0;
	case 'j': a->json = true; return 0;
	case 'v': a->verbose = true; return 0;
	case OPT_PERF_MAP: a->perf_map = true; return 0;
	case OPT_JIT: a->jit = arg; return cli_parse_jit(arg, state, &tier);
	case OPT_JIT_HARDEN: a->jit_harden = true; return 0;
	case ARGP_KEY_ARG:
		if (!a->object) {
			a->object = arg;
			return 0;
		}
		a->command = state->argv + state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		if (!a->object)
			argp_error(state, "which object?");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

/* libbpf loads probes of its own, which are nobody's business. */
static bool is_program_of(struct bpf_object *obj, const char *name)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj) if (!strncmp(bpf_program__name(prog), name,
							     BPF_OBJ_NAME_LEN - 1)) return true;
	return false;
}

/* libbpf tries twice what was refused. */
struct refusal {
	struct bpf_object *obj;
	char name[BPF_OBJ_NAME_LEN];
	bool explained;
};

static void on_load(void *arg, const struct prog_report *r)
{
	struct refusal *last = arg;

	if (!r->err || !is_program_of(last->obj, r->name) || !strcmp(last->name, r->name))
		return;
	snprintf(last->name, sizeof(last->name), "%s", r->name);
	last->explained = r->diag && r->diag->err;
	cli_error("%s: not accepted: %s", r->name, cli_strerror(r->err));
	if (!last->explained)
		return;
	if (r->diag->source[0])
		fprintf(stderr, "  at %s\n", r->diag->source);
	fprintf(stderr, "  insn %u [%s]: ", r->diag->insn, r->diag->reason);
	cli_put_lines(stderr, "          ", r->diag->message);
	if (r->diag->known[0])
		fprintf(stderr, "  %s\n", r->diag->known);
	if (r->diag->hint)
		fprintf(stderr, "  hint: %s\n", r->diag->hint);
}

/* Runs until the command has ended, a signal came or the time is over. */
static int stream_until_end(struct session *s, const struct run_args *a, struct run_stream *stream,
			    pid_t child, struct everyone *everyone)
{
	uint64_t end = a->seconds > 0 ? os_now_ns() + (uint64_t)(a->seconds * 1e9) : UINT64_MAX;
	int err = 0, before;

	while (!stop && !err && os_now_ns() < end) {
		if (child && !run_child_alive(child))
			break;
		if (a->pid > 0 && kill(a->pid, 0))
			break;
		err = run_stream_poll(stream, 50);
		before = bind_enter();
		rt_tend(s->rt);
		if (everyone)
			everyone_look(everyone);
		bind_leave(before);
	}
	if (child && os_now_ns() >= end) {
		kill(child, SIGTERM);
		for (int i = 0; i < 20 && run_child_alive(child); i++)
			run_stream_poll(stream, 50);
	}
	return err ? err : run_stream_drain(stream);
}

static void dump_maps(struct session *s, struct bpf_object *obj, pid_t pid, bool json)
{
	struct places *places = places_new(s->dir);

	if (!places)
		cli_error("no memory for what addresses are called");
	mapdump_object(stdout, obj, places, pid, json);
	places_free(places);
}

static int trace(struct session *s, const struct run_args *a, struct bpf_object *obj)
{
	static struct run_link links[RUN_MAX_LINKS];
	struct run_stream *stream = NULL;
	struct everyone *everyone = NULL;
	pid_t child = 0;
	int n, err, failed = 0;

	err = run_stream_open(s, obj, a->json, &stream);
	if (err)
		return cli_exit_of(err);
	if (a->pid < 0 && everyone_new(s->rt->store, s->rt->guest, &everyone)) {
		run_stream_close(stream);
		return EXIT_RESOURCE;
	}
	n = run_attach(obj, a, links, RUN_MAX_LINKS, &failed);
	if (n < 0) {
		everyone_free(everyone);
		run_stream_close(stream);
		return EXIT_NO;
	}
	if (a->command)
		err = run_spawn(s, a, &child);
	if (!err && a->pid > 0)
		run_wait_attached(s, a->pid);
	if (!err && !a->command)
		fprintf(stderr, "ring3: attached, Ctrl-C ends\n");
	if (!err) {
		err = stream_until_end(s, a, stream, child, everyone);
		err = err ? cli_exit_of(err) : EXIT_OK;
		dump_maps(s, obj, a->pid > 0 ? a->pid : 0, a->json);
		run_print_hits(s, links, n, a->json);
	}
	if (fault_mended()) {
		cli_error("somebody cut off files in %s while they were used: counts are lost",
			  s->dir);
		err = err ? err : EXIT_RESOURCE;
	}
	for (int i = 0; i < n; i++)
		bpf_link__destroy(links[i].link);
	run_print_everyone(everyone);
	everyone_free(everyone);
	run_stream_close(stream);
	return err || !failed ? err : EXIT_NO;
}

static int load_and_trace(struct session *s, const struct run_args *a, struct bpf_object *obj)
{
	struct refusal last = { .obj = obj };
	int err;

	s->rt->on_load = on_load;
	s->rt->on_load_arg = &last;
	err = bpf_object__load(obj);
	s->rt->on_load = NULL;
	if (err) {
		cli_error("%s: not loaded: %s", a->object, cli_strerror(err));
		if (!last.explained && !s->n_errors && !a->verbose)
			libbpf_put_said(stderr, "  ");
		return err == -EACCES || err == -EINVAL ? EXIT_NO : cli_exit_of(err);
	}
	return trace(s, a, obj);
}

int cmd_run(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "pid", 'p', "PID", 0, "Only this process; -1: every process of the user", 0 },
		{ "duration", 'd', "SECONDS", 0, "Stop after SECONDS", 0 },
		{ "frequency", 'F', "HZ", 0, "Samples a second of SEC(\"perf_event\"): 99", 0 },
		{ "jit", OPT_JIT, "TIER", 0, "auto (default), plain or optimised, in COMMAND", 0 },
		{ "jit-harden", OPT_JIT_HARDEN, NULL, 0,
		  "Machine code for hostile programs, in COMMAND", 0 },
		{ "json", 'j', NULL, 0, "One JSON object a line", 0 },
		{ "perf-map", OPT_PERF_MAP, NULL, 0, "Name programs for perf, in COMMAND", 0 },
		{ "verbose", 'v', NULL, 0, "libbpf's messages", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		options,
		parse,
		"OBJECT [-- COMMAND [ARG...]]",
		"Loads an object, attaches its programs, runs COMMAND under them, and prints\n"
		"records of ring buffers as they come and the maps at the end.\v"
		"Ends with the command, on Ctrl-C or after --duration.\n"
		"example: ring3 run malloc_hist.bpf.o -- python3 script.py",
		NULL,
		NULL,
		NULL
	};
	struct run_args a = { .hz = DEFAULT_HZ };
	struct bpf_object *obj;
	struct session s;
	int err;

	cli_parse(&argp, argc, argv, &a);
	if (hook_refusal()) {
		cli_error("%s; `ring3 verify`, `test` and `exec` work", hook_refusal());
		return EXIT_NO;
	}
	obj = session_object(a.object, a.verbose);
	if (!obj)
		return EXIT_INPUT;
	catch_signals();
	if ((a.jit || a.jit_harden) && !a.command) {
		cli_error("%s is for the COMMAND; whoever runs already compiles plainly",
			  a.jit ? "--jit" : "--jit-harden");
		bpf_object__close(obj);
		return EXIT_INPUT;
	}
	err = session_open(&s, true);
	if (!err && a.pid)
		err = run_join(&s, a.pid);
	if (!err)
		err = load_and_trace(&s, &a, obj);
	bpf_object__close(obj);
	session_close(&s);
	return err;
}
