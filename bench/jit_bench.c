/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How fast is compiled code?  Each program of work.h in turn: loaded by libbpf into the
 * kernel, into ring3 with each of its engines, and as C compiled with -O2 into this binary. Results
 * must agree.  All but the last are run and timed by BPF_PROG_TEST_RUN; the cost of the empty
 * program, which is what it costs to get in and out, is subtracted for ratios.  Then: how long does
 * it take to load a program?
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bench.h"
#include "base/os.h"
#include "ring3/ring3.h"
#include "run/prog.h"
#include "run/rt.h"
#define WORK_LOOP(n, fn, arg)              \
	for (__u64 at = 0; at < (n); at++) \
		if ((fn)(at, arg))         \
			break;
#include "work.h"

enum {
	ROUNDS = 15,
	HOST_RUNS = 1 << 18,
	LOADS = 41, /* of each program at most, for the time it takes */
	MIN_LOADS = 5,
	LOAD_NS = 2000000000,
	MAX_INSNS = 4096,
	MAX_FUNCS = 16,
};
enum engine {
	KERNEL,
	INTERP,
	PLAIN, /* one machine instruction an instruction */
	OURS,
	HARDENED,
	NATIVE,
	N_ENGINES
};
static const char *const engine_names[] = { "kernel", "interpreter", "plain",
					    "ring3",  "hardened",    "native" };

/* What a packet program gets: the start of struct packet. */
struct context {
	uint8_t *data, *end;
};

struct program {
	const char *name;
	uint32_t (*native)(struct context *ctx);
	struct bpf_insn insns[N_ENGINES][MAX_INSNS]; /* maps have other descriptors in each */
	uint32_t n_insns;
	struct bpf_func_info funcs[MAX_FUNCS]; /* callbacks cannot be loaded without */
	uint32_t n_funcs;
	int btf[NATIVE];
	uint32_t n_bytes; /* of machine code, here */
	int fd[NATIVE];   /* negative: not there */
	double ns[N_ENGINES][ROUNDS];
	double min[N_ENGINES], median[N_ENGINES];
};

#define NATIVE(name)                                                                   \
	static __attribute__((noinline)) uint32_t native_##name(struct context *ctx)   \
	{                                                                              \
		return ctx->data + WORK_BYTES > ctx->end ? 0 : work_##name(ctx->data); \
	}
WORK_LIST(NATIVE)
#undef NATIVE

#define PROGRAM(nm) { .name = #nm, .native = native_##nm, .fd = { -1, -1, -1, -1, -1 } },
static struct program programs[] = { WORK_LIST(PROGRAM) };
#undef PROGRAM
enum {
	N_PROGRAMS = sizeof(programs) / sizeof(programs[0])
};

static uint8_t packet[WORK_BYTES];
static ring3 *runtime, *plain, *hardened, *interpreted;
static enum engine speaking_to;

static struct program *find(const char *name)
{
	for (unsigned int i = 0; i < N_PROGRAMS; i++)
		if (!strncmp(name, "run_", 4) && !strcmp(name + 4, programs[i].name))
			return &programs[i];
	return NULL;
}

static void speak_to(enum engine engine)
{
	ring3_bind_libbpf(engine == OURS       ? runtime
			  : engine == PLAIN    ? plain
			  : engine == HARDENED ? hardened
			  : engine == INTERP   ? interpreted
					       : NULL);
	speaking_to = engine;
}

/* libbpf hands over each program as it is about to be loaded, relocated and linked. */
static int take_insns(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	struct program *p = find(bpf_program__name(prog));

	(void)cookie;
	if (!p || bpf_program__insn_cnt(prog) > MAX_INSNS || opts->func_info_cnt > MAX_FUNCS ||
	    opts->func_info_rec_size != sizeof(p->funcs[0]))
		return -E2BIG;
	p->n_funcs = opts->func_info_cnt;
	memcpy(p->funcs, opts->func_info, p->n_funcs * sizeof(p->funcs[0]));
	p->btf[speaking_to] = (int)opts->prog_btf_fd;
	p->n_insns = (uint32_t)bpf_program__insn_cnt(prog);
	memcpy(p->insns[speaking_to], bpf_program__insns(prog),
	       p->n_insns * sizeof(p->insns[0][0]));
	return 0;
}

static uint32_t code_size(int fd)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);
	int err = bpf_obj_get_info_by_fd(fd, &info, &size);

	if (err)
		die("program info", err);
	return info.jited_prog_len;
}

static bool load(const char *path, enum engine engine)
{
	struct bpf_object *object;
	struct bpf_program *prog;

	speak_to(engine);
	object = bpf_object__open_file(path, NULL);
	if (!object)
		die(path, errno);
	if (bpf_object__load(object)) {
		bpf_object__close(object);
		return false;
	}
	bpf_object__for_each_program(prog, object)
	{
		struct program *p = find(bpf_program__name(prog));

		if (!p)
			continue;
		p->fd[engine] = bpf_program__fd(prog);
		if (engine == OURS)
			p->n_bytes = code_size(p->fd[engine]);
	}
	return true;
}

static void fill_packet(void)
{
	static const uint8_t head[] = { 0, 1,  2,  3, 4,    5, 6,  7,  8, 9, 10,   11,   0x81, 0,
					0, 42, 8,  0, 0x45, 0, 0,  60, 0, 1, 0x40, 0,    64,   6,
					0, 0,  10, 0, 0,    1, 10, 0,  0, 2, 0x1f, 0x90, 0,    80 };
	uint64_t x = 88172645463325252ULL;

	for (unsigned int i = 0; i < WORK_BYTES; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		packet[i] = (uint8_t)(x >> 24);
	}
	memcpy(packet, head, sizeof(head));
	for (unsigned int i = 0; i < 256; i++)
		packet[1024 + i] = packet[1280 + i] = (uint8_t)(i % 9 ? 'a' + i % 26 : 8);
	packet[1280 + 199] = 1;
	packet[1024 + 63] = 0;
}

static uint32_t run_loaded(struct program *p, enum engine engine, int repeat, double *ret_ns)
{
	static uint8_t out[WORK_BYTES + 256];
	struct bpf_test_run_opts opts = {
		.sz = sizeof(opts),
		.data_in = packet,
		.data_size_in = sizeof(packet),
		.data_out = out,
		.data_size_out = sizeof(out),
		.repeat = repeat,
	};
	uint64_t begin;
	int err;

	speak_to(engine);
	begin = os_now_ns();
	err = bpf_prog_test_run_opts(p->fd[engine], &opts);
	if (err)
		die("BPF_PROG_TEST_RUN", err);
	/* `duration` has no fractions, but the kernel does more in a round than that. */
	*ret_ns = engine == KERNEL ? opts.duration : (double)(os_now_ns() - begin) / repeat;
	return opts.retval;
}

static uint32_t run_native(struct program *p, int repeat, double *ret_ns)
{
	struct context ctx = { packet, packet + sizeof(packet) };
	uint64_t begin = os_now_ns();
	uint32_t r0 = 0;

	for (int i = 0; i < repeat; i++)
		r0 = p->native(&ctx);
	*ret_ns = (double)(os_now_ns() - begin) / repeat;
	return r0;
}

static void measure(struct program *p)
{
	uint32_t got[N_ENGINES] = { 0 };
	double once;
	int repeat;

	run_native(p, 1000, &once);
	repeat = (int)(1000000 / (once + 20)) + 1;
	for (int round = 0; round < ROUNDS; round++) {
		for (int e = KERNEL; e < NATIVE; e++)
			if (p->fd[e] >= 0)
				got[e] = run_loaded(p, e, e == INTERP ? repeat / 16 + 1 : repeat,
						    &p->ns[e][round]);
		got[NATIVE] = run_native(p, repeat, &p->ns[NATIVE][round]);
	}
	if (got[OURS] != got[NATIVE] || got[PLAIN] != got[NATIVE] || got[INTERP] != got[NATIVE] ||
	    got[HARDENED] != got[NATIVE] || (p->fd[KERNEL] >= 0 && got[KERNEL] != got[NATIVE])) {
		fprintf(stderr, "jit_bench: %s: kernel %x, ring3 %x, native %x\n", p->name,
			got[KERNEL], got[OURS], got[NATIVE]);
		exit(1);
	}
}

static void summarise(struct program *p)
{
	for (int e = 0; e < N_ENGINES; e++) {
		qsort(p->ns[e], ROUNDS, sizeof(double), by_value);
		p->min[e] = p->ns[e][0];
		p->median[e] = p->ns[e][ROUNDS / 2];
	}
}

/* Time over native, without what getting in and out costs. */
static double ratio(const struct program *p, enum engine e)
{
	double own = p->min[e] - programs[0].min[e],
	       base = p->min[NATIVE] - programs[0].min[NATIVE];

	return (own < 0.1 ? 0.1 : own) / (base < 0.1 ? 0.1 : base);
}

static void report(bool in_kernel)
{
	double sum[N_ENGINES] = { 0 };
	int n = -1;

	printf("| program | insns | bytes |");
	for (int e = in_kernel ? KERNEL : INTERP; e < N_ENGINES; e++)
		printf(" %s min | median |", engine_names[e]);
	printf("%s interpreter / native | plain / native | ring3 / native | hardened / native "
	       "|\n|---|",
	       in_kernel ? " kernel / native |" : "");
	for (int i = 0; i < (in_kernel ? 19 : 16); i++)
		printf("---|");
	for (unsigned int i = 0; i < N_PROGRAMS; i++) {
		struct program *p = &programs[i];

		if (!p->min[NATIVE])
			continue;
		n++;
		printf("\n| %s | %u | %u |", p->name, p->n_insns, p->n_bytes);
		for (int e = in_kernel ? KERNEL : INTERP; e < N_ENGINES; e++)
			printf(" %.1f | %.1f |", p->min[e], p->median[e]);
		for (int e = in_kernel ? KERNEL : INTERP; i && e < NATIVE; e++) {
			printf(" %.2f |", ratio(p, e));
			sum[e] += log(ratio(p, e));
		}
	}
	printf("\n\nGeometric mean over native (empty program subtracted, without it):");
	for (int e = in_kernel ? KERNEL : INTERP; e < NATIVE; e++)
		printf(" %s %.3f", engine_names[e], exp(sum[e] / n));
	printf("\n%s", in_kernel ? "" : "Kernel: skipped, it did not load the programs.\n");
}

/* From the system call until it has run once, in us. */
static double load_and_run(const struct program *p, enum engine engine)
{
	struct bpf_prog_load_opts load_opts = { .sz = sizeof(load_opts),
						.expected_attach_type = BPF_XDP,
						.prog_btf_fd = (uint32_t)p->btf[engine],
						.func_info = p->funcs,
						.func_info_cnt = p->n_funcs,
						.func_info_rec_size = sizeof(p->funcs[0]) };
	struct bpf_test_run_opts run_opts = { .sz = sizeof(run_opts),
					      .data_in = packet,
					      .data_size_in = sizeof(packet) };
	uint64_t begin, end;
	int fd, err;

	speak_to(engine);
	begin = os_now_ns();
	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, p->name, "Dual BSD/GPL", p->insns[engine], p->n_insns,
			   &load_opts);
	err = fd < 0 ? fd : bpf_prog_test_run_opts(fd, &run_opts);
	end = os_now_ns();
	if (err)
		die(p->name, err);
	close(fd);
	return (double)(end - begin) / 1000;
}

static void report_loads(bool in_kernel)
{
	printf("\n## Loading (us from PROG_LOAD until the program has run once, up to %d rounds in "
	       "turn)\n"
	       "\n| program | insns | kernel min | median | plain min | median | ring3 min | "
	       "median | hardened min | median |\n"
	       "|---|---|---|---|---|---|---|---|---|---|\n",
	       LOADS);
	for (unsigned int i = 0; i < N_PROGRAMS; i++) {
		const struct program *p = &programs[i];
		uint64_t end = os_now_ns() + LOAD_NS;
		double us[NATIVE][LOADS];
		int n = 0;

		for (; n < LOADS && (n < MIN_LOADS || os_now_ns() < end); n++)
			for (int e = in_kernel ? KERNEL : PLAIN; e < NATIVE;
			     e += e == KERNEL ? PLAIN - KERNEL : 1)
				us[e][n] = load_and_run(p, e);
		printf("| %s | %u |", p->name, p->n_insns);
		for (int e = KERNEL; e < NATIVE; e += e == KERNEL ? PLAIN - KERNEL : 1) {
			if (e == KERNEL && !in_kernel) {
				printf(" - | - |");
				continue;
			}
			qsort(us[e], (size_t)n, sizeof(double), by_value);
			printf(" %.1f | %.1f |", us[e][0], us[e][n / 2]);
		}
		putchar('\n');
	}
}

static void run_by_host(ring3_prog *prog, int repeat, double *ret_ns)
{
	uint64_t ctx[64] = { 0 }, r0 = 0, begin = os_now_ns();

	for (int i = 0; i < repeat; i++)
		if (ring3_prog_run(prog, ctx, &r0))
			die("ring3_prog_run", EBUSY);
	*ret_ns = (double)(os_now_ns() - begin) / repeat;
}

/* What a host pays for a call without a packet, beside a native one. */
static void report_host(void)
{
	struct program *p = find("run_empty");
	double host[ROUNDS], native[ROUNDS];
	ring3_prog *prog;
	int err = ring3_prog_of(runtime, p->fd[OURS], &prog);

	if (err)
		die("ring3_prog_of", err);
	for (int round = 0; round < ROUNDS; round++) {
		run_by_host(prog, HOST_RUNS, &host[round]);
		run_native(p, HOST_RUNS, &native[round]);
	}
	ring3_prog_unref(prog);
	qsort(host, ROUNDS, sizeof(double), by_value);
	qsort(native, ROUNDS, sizeof(double), by_value);
	printf("\nEmpty program from ring3_prog_run: min %.1f, median %.1f; native call %.1f, "
	       "%.1f\n",
	       host[0], host[ROUNDS / 2], native[0], native[ROUNDS / 2]);
}

/* Only what the command line names, if it names any. */
static bool is_wanted(const struct program *p, char **names)
{
	for (char **name = names; *name; name++)
		if (!strcmp(*name, p->name))
			return true;
	return !*names || p == programs;
}

int main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "build/release/bench/work.bpf.o";
	struct libbpf_prog_handler_opts handler = {
		.sz = sizeof(handler),
		.prog_prepare_load_fn = take_insns,
	};
	struct ring3_opts o = { .size = sizeof(o), .jit = RING3_JIT_OPTIMISED };
	int err = ring3_new(&o, &runtime);
	bool in_kernel;

	o.jit = RING3_JIT_PLAIN;
	if (!err)
		err = ring3_new(&o, &plain);
	if (!err)
		err = ring3_new(&o, &interpreted);
	o.jit = RING3_JIT_OPTIMISED;
	o.jit_harden = 1;
	if (!err)
		err = ring3_new(&o, &hardened);
	if (err)
		die("runtime", err);
	interpreted->engine = PROG_INTERP;
	libbpf_set_print(silent);
	libbpf_register_prog_handler("xdp", BPF_PROG_TYPE_XDP, BPF_XDP, &handler);
	fill_packet();
	if (!load(path, OURS) || !load(path, PLAIN) || !load(path, INTERP) || !load(path, HARDENED))
		die(path, errno);
	in_kernel = load(path, KERNEL);
	for (unsigned int i = 0; i < N_PROGRAMS; i++)
		if (is_wanted(&programs[i], argc > 2 ? argv + 2 : argv + argc)) {
			measure(&programs[i]);
			summarise(&programs[i]);
		}
	printf("## Generated code (ns a run, %d rounds in turn; native: %s -O2)\n\n", ROUNDS,
	       __VERSION__);
	report(in_kernel);
	if (argc > 2)
		return 0;
	report_host();
	report_loads(in_kernel);
	return 0;
}
