/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How fast is compiled code?  Each program of work.h three times in turn: by the kernel's JIT, by
 * ours, and as C compiled with -O2 into this binary.  Results must agree.  Time is CPU time; the
 * cost of the empty program, which is what it costs to get in and out, is subtracted for ratios.
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/os.h"
#include "isa/isa.h"
#include "jit/jit.h"
#include "work.h"

enum {
	ROUNDS = 15,
	MAX_INSNS = 4096,
	MAX_SUBPROGS = 8,
	BPF_STACK = 512
};
enum engine {
	KERNEL,
	OURS,
	NATIVE,
	N_ENGINES
};
static const char *const engine_names[] = { "kernel", "ring3", "native" };

/* What a packet program gets: the start of struct packet. */
struct context {
	uint8_t *data, *end;
};

struct program {
	const char *name;
	uint32_t (*native)(struct context *ctx);
	struct bpf_insn insns[MAX_INSNS];
	uint32_t n_insns;
	struct jit_image *image;
	int fd; /* in the kernel; negative: not there */
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

#define PROGRAM(nm) { .name = #nm, .native = native_##nm, .fd = -1 },
static struct program programs[] = { WORK_LIST(PROGRAM) };
#undef PROGRAM
enum {
	N_PROGRAMS = sizeof(programs) / sizeof(programs[0])
};

static uint8_t packet[WORK_BYTES];

static void die(const char *what, int err)
{
	fprintf(stderr, "jit_bench: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(1);
}

static struct program *find(const char *name)
{
	for (unsigned int i = 0; i < N_PROGRAMS; i++)
		if (!strncmp(name, "run_", 4) && !strcmp(name + 4, programs[i].name))
			return &programs[i];
	return NULL;
}

/* libbpf hands over each program as it is about to be loaded, relocated and linked. */
static int take_insns(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	struct program *p = find(bpf_program__name(prog));

	(void)opts;
	(void)cookie;
	if (!p || bpf_program__insn_cnt(prog) > MAX_INSNS)
		return -E2BIG;
	p->n_insns = (uint32_t)bpf_program__insn_cnt(prog);
	memcpy(p->insns, bpf_program__insns(prog), p->n_insns * sizeof(p->insns[0]));
	return 0;
}

/* The two context fields are 32 bits to a program and pointers here. */
static void rewrite_context(struct program *p)
{
	for (uint32_t i = 0; i < p->n_insns; i++) {
		struct bpf_insn *insn = &p->insns[i];
		int op = isa_decode(insn, NULL);

		if (op == ISA_LDX_W && insn->src_reg == 1) {
			insn->code = BPF_LDX | BPF_MEM | BPF_DW;
			insn->off *= 2;
		}
		if (isa_regs_of(insn, op).writes & 1u << 1)
			return;
	}
}

static int by_start(const void *a, const void *b)
{
	const struct verify_subprog *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static uint32_t find_subprogs(const struct program *p, struct verify_subprog *subs)
{
	uint32_t n = 1, distinct = 1;

	subs[0].start = 0;
	for (uint32_t i = 0; i < p->n_insns; i++)
		if (p->insns[i].code == (BPF_JMP | BPF_CALL) && p->insns[i].src_reg == 1 &&
		    n < MAX_SUBPROGS)
			subs[n++].start = i + 1 + (uint32_t)p->insns[i].imm;
	qsort(subs, n, sizeof(subs[0]), by_start);
	for (uint32_t i = 1; i < n; i++)
		if (subs[i].start != subs[distinct - 1].start)
			subs[distinct++].start = subs[i].start;
	for (uint32_t i = 0; i < distinct; i++) {
		subs[i].end = i + 1 < distinct ? subs[i + 1].start : p->n_insns;
		for (uint32_t k = subs[i].start; k < subs[i].end; k++)
			if (p->insns[k].src_reg == 10 || p->insns[k].dst_reg == 10)
				subs[i].stack = BPF_STACK;
	}
	return distinct;
}

static int compile(struct program *p, struct code_pool *pool)
{
	struct verify_subprog subs[MAX_SUBPROGS] = { { .start = 0 } };
	struct verify_facts facts = {
		.insns = p->insns,
		.n_insns = p->n_insns,
		.subprogs = subs,
		.n_subprogs = find_subprogs(p, subs),
	};
	struct code code = { .facts = &facts, .name = p->name, .pool = pool };

	return jit_compile(&code, &p->image);
}

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static bool load(const char *path)
{
	struct libbpf_prog_handler_opts handler = {
		.sz = sizeof(handler),
		.prog_prepare_load_fn = take_insns,
	};
	struct bpf_object *object;
	struct bpf_program *prog;
	bool in_kernel;

	libbpf_set_print(silent);
	libbpf_register_prog_handler("xdp", BPF_PROG_TYPE_XDP, BPF_XDP, &handler);
	object = bpf_object__open_file(path, NULL);
	if (!object)
		die(path, errno);
	in_kernel = !bpf_object__load(object);
	bpf_object__for_each_program(prog, object)
	{
		struct program *p = find(bpf_program__name(prog));

		if (p && in_kernel)
			p->fd = bpf_program__fd(prog);
		if (p && !p->n_insns)
			die(p->name, EINVAL);
		if (p)
			rewrite_context(p);
	}
	return in_kernel;
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

static uint32_t run_kernel(struct program *p, int repeat, double *ret_ns)
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
	int err = bpf_prog_test_run_opts(p->fd, &opts);

	if (err)
		die("BPF_PROG_TEST_RUN", err);
	*ret_ns = opts.duration;
	return opts.retval;
}

static uint32_t run_here(struct program *p, enum engine engine, int repeat, double *ret_ns)
{
	struct context ctx = { packet, packet + sizeof(packet) };
	struct run run = { .fuel = UINT64_MAX };
	uint64_t begin = os_thread_cpu_ns();
	uint32_t r0 = 0;

	if (engine == OURS)
		for (int i = 0; i < repeat; i++)
			r0 = (uint32_t)p->image->entry(&ctx, &run);
	else
		for (int i = 0; i < repeat; i++)
			r0 = p->native(&ctx);
	*ret_ns = (double)(os_thread_cpu_ns() - begin) / repeat;
	return r0;
}

static void measure(struct program *p)
{
	uint32_t got[N_ENGINES] = { 0 };
	double once;
	int repeat;

	run_here(p, NATIVE, 1000, &once);
	repeat = (int)(1000000 / (once + 20)) + 1;
	for (int round = 0; round < ROUNDS; round++) {
		if (p->fd >= 0)
			got[KERNEL] = run_kernel(p, repeat, &p->ns[KERNEL][round]);
		got[OURS] = run_here(p, OURS, repeat, &p->ns[OURS][round]);
		got[NATIVE] = run_here(p, NATIVE, repeat, &p->ns[NATIVE][round]);
	}
	if (got[OURS] != got[NATIVE] || (p->fd >= 0 && got[KERNEL] != got[NATIVE])) {
		fprintf(stderr, "jit_bench: %s: kernel %x, ring3 %x, native %x\n", p->name,
			got[KERNEL], got[OURS], got[NATIVE]);
		exit(1);
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
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

	printf("| program | insns | bytes |");
	for (int e = in_kernel ? KERNEL : OURS; e < N_ENGINES; e++)
		printf(" %s min | median |", engine_names[e]);
	printf("%s ring3 / native |\n|---|", in_kernel ? " kernel / native |" : "");
	for (int i = 0; i < (in_kernel ? 10 : 7); i++)
		printf("---|");
	for (unsigned int i = 0; i < N_PROGRAMS; i++) {
		struct program *p = &programs[i];

		printf("\n| %s | %u | %zu |", p->name, p->n_insns, p->image->size);
		for (int e = in_kernel ? KERNEL : OURS; e < N_ENGINES; e++)
			printf(" %.1f | %.1f |", p->min[e], p->median[e]);
		for (int e = in_kernel ? KERNEL : OURS; i && e < NATIVE; e++) {
			printf(" %.2f |", ratio(p, e));
			sum[e] += log(ratio(p, e));
		}
	}
	printf("\n\nGeometric mean over native (empty program subtracted, without it):");
	for (int e = in_kernel ? KERNEL : OURS; e < NATIVE; e++)
		printf(" %s %.3f", engine_names[e], exp(sum[e] / (N_PROGRAMS - 1)));
	printf("\n%s", in_kernel ? "" : "Kernel: skipped, it did not load the programs.\n");
}

/* Compiles everything again and again: what an instruction costs, placing included. */
static void report_compile_time(struct code_pool *pool)
{
	uint64_t best = UINT64_MAX, insns = 0;

	for (unsigned int i = 0; i < N_PROGRAMS; i++)
		insns += programs[i].n_insns;
	for (int round = 0; round < 100; round++) {
		uint64_t sum = 0;

		for (unsigned int i = 0; i < N_PROGRAMS; i++) {
			jit_free(programs[i].image);
			if (compile(&programs[i], pool))
				die("compile", EINVAL);
			sum += programs[i].image->compile_ns;
		}
		best = sum < best ? sum : best;
	}
	printf("\nCompile time: %.1f ns an instruction, %.1f us a program of %lu instructions.\n",
	       (double)best / (double)insns, (double)best / 1000 / N_PROGRAMS, insns / N_PROGRAMS);
}

/* One long program: placing does not matter. */
static void report_long_compile(struct code_pool *pool)
{
	enum {
		N = 100000
	};
	struct verify_subprog sub = { .end = N, .stack = BPF_STACK };
	struct verify_facts facts = { .n_insns = N, .subprogs = &sub, .n_subprogs = 1 };
	struct code code = { .facts = &facts, .pool = pool };
	const struct program *from = &programs[5];
	uint64_t best = UINT64_MAX;

	facts.insns = calloc(N, sizeof(facts.insns[0]));
	if (!facts.insns)
		die("memory", ENOMEM);
	for (uint32_t i = 0, k = 0; i < N - 1; i++, k++) {
		k = k >= from->n_insns - 1 ? 0 : k;
		facts.insns[i] = from->insns[k];
		if (BPF_CLASS(facts.insns[i].code) == BPF_JMP ||
		    BPF_CLASS(facts.insns[i].code) == BPF_JMP32 ||
		    isa_is_wide(from->insns[k].code) || !from->insns[k].code)
			facts.insns[i] =
				(struct bpf_insn){ .code = 0x15, .off = i + 20 < N ? 12 : 0 };
	}
	facts.insns[N - 1] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	for (int round = 0; round < 10; round++) {
		struct jit_image *image = NULL;

		if (jit_compile(&code, &image))
			die("long program", EINVAL);
		best = image->compile_ns < best ? image->compile_ns : best;
		jit_free(image);
	}
	printf("One program of %d instructions: %.1f ns an instruction.\n", N, (double)best / N);
	free(facts.insns);
}

int main(int argc, char **argv)
{
	struct code_pool *pool;
	bool in_kernel = load(argc > 1 ? argv[1] : "build/release/bench/work.bpf.o");

	fill_packet();
	if (code_pool_new(&pool))
		die("memory", ENOMEM);
	for (unsigned int i = 0; i < N_PROGRAMS; i++) {
		int err = compile(&programs[i], pool);

		if (err)
			die(programs[i].name, err);
	}
	for (unsigned int i = 0; i < N_PROGRAMS; i++) {
		measure(&programs[i]);
		summarise(&programs[i]);
	}
	printf("## Generated code (ns a run, %d rounds in turn; native: %s -O2)\n\n", ROUNDS,
	       __VERSION__);
	report(in_kernel);
	report_compile_time(pool);
	report_long_compile(pool);
	return 0;
}
