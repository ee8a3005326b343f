/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does this program do on given input?  BPF_PROG_TEST_RUN on one program of an object.  A data
 * file that is a packet capture (pcap or pcapng) is run packet by packet and summed up by verdict.
 */
#include "cli/cli.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
/* Its struct bpf_insn is another one than linux/bpf.h has. */
#define PCAP_DONT_INCLUDE_PCAP_BPF_H
#include <pcap/pcap.h>
#include <bpf/bpf.h>

#include "base/alloc.h"
#include "base/os.h"
#include "jit/jit.h"
#include "run/prog.h"
#include "run/rt.h"

enum {
	INPUT_LIMIT = 64 << 20,
	MAX_OUT = 1 << 20,
	MAX_VERDICTS = 64,
	ETHER_HEADER = 14,
	OPT_PERF_MAP = 256,
	OPT_JIT,
	OPT_JIT_HARDEN
};

struct test_args {
	const char *object, *program, *data_in, *ctx_in, *data_out;
	uint32_t repeat, engine, tier;
	bool json, perf_map, jit_harden;
	struct trace_lines *trace;
};

struct verdict_count {
	uint32_t retval;
	uint64_t packets, bytes;
};

static const char *const engine_names[] = {
	[PROG_JIT] = "jit",
	[PROG_INTERP] = "interp",
	[PROG_CHECK] = "check",
};

static error_t parse_engine(struct test_args *a, const char *arg, struct argp_state *state)
{
	for (uint32_t i = 0; i < sizeof(engine_names) / sizeof(engine_names[0]); i++)
		if (!strcmp(arg, engine_names[i])) {
			a->engine = i;
			return 0;
		}
	argp_error(state, "engine '%s' is none of jit, interp, check", arg);
	return EINVAL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct test_args *a = state->input;
	char *end;

	switch (key) {
	case 'd': a->data_in = arg; return 0;
	case 'c': a->ctx_in = arg; return 0;
	case 'o': a->data_out = arg; return 0;
	case 'r':
		errno = 0;
		a->repeat = (uint32_t)strtoul(arg, &end, 0);
		if (errno || *end || end == arg)
			argp_error(state, "--repeat takes a number, not '%s'", arg);
		return 0;
	case 'e': return parse_engine(a, arg, state);
	case 'j': a->json = true; return 0;
	case OPT_PERF_MAP: a->perf_map = true; return 0;
	case OPT_JIT: return cli_parse_jit(arg, state, &a->tier);
	case OPT_JIT_HARDEN: a->jit_harden = true; return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0)
			a->object = arg;
		else if (state->arg_num == 1)
			a->program = arg;
		else
			argp_usage(state);
		return 0;
	case ARGP_KEY_END:
		if (!a->program)
			argp_error(state, "which OBJECT and PROGRAM?");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static int read_input(const char *path, void **ret_data, size_t *ret_size)
{
	int err = path ? os_read_file(path, INPUT_LIMIT, ret_data, ret_size) : 0;

	if (err)
		cli_error("%s: %s", path, cli_strerror(err));
	return err;
}

static void print_hex(const char *title, const unsigned char *data, uint32_t n)
{
	printf("%s (%u bytes):", title, n);
	for (uint32_t i = 0; i < n; i++)
		printf("%s%02x", i % 16 ? " " : "\n  ", data[i]);
	putchar('\n');
}

static char *hex_text(const unsigned char *data, uint32_t n)
{
	char *s = malloc(2 * (size_t)n + 1);

	for (uint32_t i = 0; s && i < n; i++)
		snprintf(s + 2 * (size_t)i, 3, "%02x", data[i]);
	if (s)
		s[2 * (size_t)n] = '\0';
	return s;
}

/* What the program ran on: machine code, if any, and why it is not the optimiser's. */
struct ran_on {
	const struct jit_image *image;
	const char *why_plain;
};

static struct ran_on ran_on(const struct test_args *a, int fd)
{
	struct ran_on on = { 0 };
	struct prog *prog;

	if (a->engine != PROG_JIT || rt_prog_of_fd(a->trace->rt, fd, &prog))
		return on;
	/* The descriptor keeps the program. */
	on.image = prog_image(prog);
	on.why_plain = prog->why_plain;
	if (on.image && on.image->why_plain)
		on.why_plain = on.image->why_plain;
	prog_unref(prog);
	return on;
}

static const char *engine_text(const struct test_args *a, const struct ran_on *on, char *buf,
			       size_t size)
{
	const char *name = engine_names[a->engine];

	if (on->why_plain)
		snprintf(buf, size, "%s (plain: %s)", name, on->why_plain);
	else if (on->image && on->image->tier == JIT_OPTIMISED)
		snprintf(buf, size, "%s (optimised)", name);
	else
		snprintf(buf, size, "%s", name);
	return buf;
}

static void put_tier(json_t *doc, const struct ran_on *on)
{
	const struct jit_image *image = on->image;

	if (image)
		json_object_set_new(doc, "jit", json_string(jit_tier_name(image->tier)));
	if (image)
		json_object_set_new(doc, "compile_ns", json_integer((json_int_t)image->compile_ns));
	if (on->why_plain)
		json_object_set_new(doc, "why_plain", json_string(on->why_plain));
}

static void print_result(const struct test_args *a, int fd, const struct bpf_test_run_opts *o)
{
	struct ran_on on = ran_on(a, fd);
	char *data, *ctx, engine[128];
	json_t *doc;

	if (!a->json) {
		printf("retval %u (0x%x)\n%u ns a run, %u runs, %s\n", o->retval, o->retval,
		       o->duration, a->repeat ? a->repeat : 1,
		       engine_text(a, &on, engine, sizeof(engine)));
		if (o->data_size_out)
			print_hex("data", o->data_out, o->data_size_out);
		if (o->ctx_size_out)
			print_hex("ctx", o->ctx_out, o->ctx_size_out);
		return;
	}
	data = hex_text(o->data_out, o->data_size_out);
	ctx = hex_text(o->ctx_out, o->ctx_size_out);
	doc = json_pack("{s:s, s:I, s:I, s:I, s:s, s:s, s:s}", "program", a->program, "retval",
			(json_int_t)o->retval, "ns", (json_int_t)o->duration, "repeat",
			(json_int_t)(a->repeat ? a->repeat : 1), "engine", engine_names[a->engine],
			"data_out", data ? data : "", "ctx_out", ctx ? ctx : "");
	put_tier(doc, &on);
	json_dumpf(doc, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(doc);
	free(data);
	free(ctx);
}

static int write_output(const struct test_args *a, const struct bpf_test_run_opts *o)
{
	FILE *f = a->data_out ? fopen(a->data_out, "w") : NULL;
	int bad;

	if (!a->data_out)
		return EXIT_OK;
	bad = !f || fwrite(o->data_out, 1, o->data_size_out, f) != o->data_size_out;
	if (f)
		bad |= fclose(f) != 0;
	if (bad)
		cli_error("%s: %s", a->data_out, cli_strerror(errno));
	return bad ? EXIT_RESOURCE : EXIT_OK;
}

/* What the kernel's rules for this type, which are ours too, are likely to have refused. */
static const char *hint(const struct test_args *a, enum bpf_prog_type type)
{
	if (type == BPF_PROG_TYPE_RAW_TRACEPOINT && a->repeat)
		return " (a raw tracepoint program takes --ctx-in, but no --repeat)";
	if (type == BPF_PROG_TYPE_RAW_TRACEPOINT || type == BPF_PROG_TYPE_SYSCALL)
		return " (this type takes --ctx-in and no --data-in)";
	return a->data_in ? " (the data is too short or too long)" : " (this type needs --data-in)";
}

static int run_once(const struct test_args *a, enum bpf_prog_type type, int fd)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .repeat = (int)a->repeat);
	void *data = NULL, *ctx = NULL;
	size_t data_size = 0, ctx_size = 0;
	int err = EXIT_INPUT;

	if (read_input(a->data_in, &data, &data_size) || read_input(a->ctx_in, &ctx, &ctx_size))
		goto out;
	opts.data_in = data;
	opts.data_size_in = (uint32_t)data_size;
	opts.ctx_in = ctx;
	opts.ctx_size_in = (uint32_t)ctx_size;
	if (data) {
		opts.data_out = malloc(MAX_OUT);
		opts.data_size_out = opts.data_out ? MAX_OUT : 0;
	}
	if (ctx) {
		opts.ctx_out = malloc(ctx_size + 1);
		opts.ctx_size_out = opts.ctx_out ? (uint32_t)ctx_size : 0;
	}
	err = bpf_prog_test_run_opts(fd, &opts) ? errno : 0;
	trace_lines_end(a->trace);
	if (err) {
		cli_error("%s: %s%s", a->program, cli_strerror(err),
			  err == EINVAL ? hint(a, type) : "");
		err = EXIT_INPUT;
	} else {
		print_result(a, fd, &opts);
		err = write_output(a, &opts);
	}
	free(opts.data_out);
	free(opts.ctx_out);
out:
	mem_free(data);
	mem_free(ctx);
	return err;
}

static const char *xdp_action(uint32_t retval)
{
	static const char *const names[] = { "XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX",
					     "XDP_REDIRECT" };

	return retval < sizeof(names) / sizeof(names[0]) ? names[retval] : "";
}

static void print_verdicts(const struct test_args *a, bool xdp, const struct verdict_count *counts,
			   unsigned int n, uint64_t packets, uint64_t ns, struct ran_on on)
{
	json_t *list = json_array();
	char engine[128];

	if (!a->json)
		printf("%-14s %10s %12s\n", "verdict", "packets", "bytes");
	for (unsigned int i = 0; i < n; i++) {
		const char *name = xdp ? xdp_action(counts[i].retval) : "";
		char number[16];

		snprintf(number, sizeof(number), "%u", counts[i].retval);
		if (!a->json)
			printf("%-14s %10llu %12llu\n", *name ? name : number,
			       (unsigned long long)counts[i].packets,
			       (unsigned long long)counts[i].bytes);
		json_array_append_new(list, json_pack("{s:I, s:s, s:I, s:I}", "retval",
						      (json_int_t)counts[i].retval, "name", name,
						      "packets", (json_int_t)counts[i].packets,
						      "bytes", (json_int_t)counts[i].bytes));
	}
	if (a->json) {
		json_t *doc = json_pack("{s:s, s:I, s:f, s:s, s:O}", "program", a->program,
					"packets", (json_int_t)packets, "ns_per_packet",
					packets ? (double)ns / (double)packets : 0.0, "engine",
					engine_names[a->engine], "verdicts", list);

		put_tier(doc, &on);
		json_dumpf(doc, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(doc);
	} else if (packets) {
		printf("%llu packets, %.1f ns a packet, %s\n", (unsigned long long)packets,
		       (double)ns / (double)packets, engine_text(a, &on, engine, sizeof(engine)));
	}
	json_decref(list);
}

static int count_verdict(struct verdict_count *counts, unsigned int *n, uint32_t retval,
			 uint32_t bytes)
{
	unsigned int i = 0;

	while (i < *n && counts[i].retval != retval)
		i++;
	if (i == MAX_VERDICTS)
		return -E2BIG;
	if (i == *n)
		counts[(*n)++] = (struct verdict_count){ .retval = retval };
	counts[i].packets++;
	counts[i].bytes += bytes;
	return 0;
}

static int run_capture(const struct test_args *a, int fd, bool xdp, pcap_t *pcap)
{
	struct verdict_count counts[MAX_VERDICTS];
	struct pcap_pkthdr *header;
	const unsigned char *bytes;
	uint64_t packets = 0, ns = 0, too_short = 0;
	unsigned int n = 0;
	int more;

	while ((more = pcap_next_ex(pcap, &header, &bytes)) == 1) {
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = bytes,
			    .data_size_in = header->caplen, .repeat = (int)a->repeat);

		/* The kernel refuses these too: a driver would never hand them on. */
		if (header->caplen < ETHER_HEADER) {
			too_short++;
			continue;
		}
		if (bpf_prog_test_run_opts(fd, &opts)) {
			cli_error("%s: packet %llu of %u bytes: %s", a->program,
				  (unsigned long long)packets + 1, header->caplen,
				  cli_strerror(errno));
			return EXIT_INPUT;
		}
		if (count_verdict(counts, &n, opts.retval, header->caplen)) {
			cli_error("more than %d different verdicts", MAX_VERDICTS);
			return EXIT_INPUT;
		}
		packets++;
		ns += opts.duration;
		trace_lines_print(a->trace);
	}
	trace_lines_end(a->trace);
	print_verdicts(a, xdp, counts, n, packets, ns, ran_on(a, fd));
	if (too_short)
		cli_error("%llu packets not run: shorter than an Ethernet header",
			  (unsigned long long)too_short);
	if (more == PCAP_ERROR) {
		cli_error("%s: after %llu packets: %s", a->data_in, (unsigned long long)packets,
			  pcap_geterr(pcap));
		return EXIT_INPUT;
	}
	return EXIT_OK;
}

static int run_program(const struct test_args *a, struct bpf_program *prog)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = a->data_in ? pcap_open_offline(a->data_in, why) : NULL;
	int fd = bpf_program__fd(prog), err;

	if (!pcap)
		return run_once(a, bpf_program__type(prog), fd);
	err = run_capture(a, fd, bpf_program__type(prog) == BPF_PROG_TYPE_XDP, pcap);
	pcap_close(pcap);
	return err;
}

static int load_and_run(const struct test_args *a, struct bpf_object *obj)
{
	struct bpf_program *prog, *chosen = NULL;
	static char log[1 << 20];
	int err;

	bpf_object__for_each_program(prog, obj) if (!strcmp(bpf_program__name(prog), a->program))
		chosen = prog;
	if (!chosen) {
		cli_error("%s: no program '%s'", a->object, a->program);
		return EXIT_INPUT;
	}
	/* Programs of its type may be the targets of its tail calls. */
	bpf_object__for_each_program(prog, obj) bpf_program__set_autoload(
		prog, prog == chosen || bpf_program__type(prog) == bpf_program__type(chosen));
	bpf_program__set_log_buf(chosen, log, sizeof(log));
	bpf_program__set_log_level(chosen, 1);
	err = bpf_object__load(obj);
	if (err) {
		cli_error("%s: not accepted: %s; `ring3 verify %s` tells why", a->program,
			  cli_strerror(err), a->object);
		return EXIT_NO;
	}
	return run_program(a, chosen);
}

int cmd_test(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "data-in", 'd', "FILE", 0, "Packet bytes, or a capture: every packet of it", 0 },
		{ "ctx-in", 'c', "FILE", 0, "Context bytes", 0 },
		{ "data-out", 'o', "FILE", 0, "Write the packet after the run to FILE", 0 },
		{ "repeat", 'r', "N", 0, "Run N times, report the mean time", 0 },
		{ "engine", 'e', "NAME", 0, "jit (default), interp or check", 0 },
		{ "jit", OPT_JIT, "TIER", 0, "auto (default), plain or optimised", 0 },
		{ "jit-harden", OPT_JIT_HARDEN, NULL, 0, "Machine code for hostile programs", 0 },
		{ "json", 'j', NULL, 0, "JSON", 0 },
		{ "perf-map", OPT_PERF_MAP, NULL, 0, "Name programs in /tmp/perf-PID.map", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		options,
		parse,
		"OBJECT PROGRAM",
		"Runs one program on given input and prints what it returned.\v"
		"example: ring3 test xdp_filter.bpf.o filter --data-in traffic.pcap",
		NULL,
		NULL,
		NULL
	};
	struct test_args a = { .tier = JIT_AUTO };
	struct bpf_object *obj;
	struct session s;
	int err;

	cli_parse(&argp, argc, argv, &a);
	obj = session_object(a.object, false);
	if (!obj)
		return EXIT_INPUT;
	err = session_open(&s, false);
	if (!err) {
		struct trace_lines lines = { .rt = s.rt, .json = a.json };

		a.trace = &lines;
		trace_lines_open(&lines);
		s.rt->engine = a.engine;
		s.rt->tier = a.tier;
		s.rt->jit_harden = a.jit_harden;
		s.rt->perf_map = a.perf_map;
		s.rt->want_claims = a.engine == PROG_CHECK;
		err = load_and_run(&a, obj);
	}
	bpf_object__close(obj);
	session_close(&s);
	return err;
}
