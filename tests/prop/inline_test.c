/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do functions that are written out where they are called do what the calls do?  Random programs of
 * functions that call each other and loop over each other by bpf_loop(), with frames that they hand
 * down, on the interpreter and on both tiers.  PROGRAMS says how many, SEED where to begin.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "isa/disasm.h"
#include "jit/jit.h"
#include "ring3/bpf.h"
#include "run/prog.h"
#include "support/rng.h"

enum {
	PROGRAMS = 1500,
	INPUTS = 4,
	FUNCTIONS = 6, /* the first is the program; of the others odd ones are callbacks */
	MAX_INSNS = 4096,
	FRAME = 48,
	SPILL = FRAME + 8, /* a pointer is kept there */
	FUEL = 9,
	N_IMAGES = 4, /* both tiers, and both hardened */
	AREA = 2      /* words behind the pointer that each function gets */
};

struct program {
	struct bpf_insn insns[MAX_INSNS];
	uint32_t n;
	struct verify_subprog subs[FUNCTIONS];
	uint32_t calls[MAX_INSNS]; /* function + 1 that an instruction names */
	struct rng rng;
	uint32_t number; /* function being written */
	uint32_t frame;  /* of it */
	uint32_t depth;  /* of loops in it */
	bool turned;     /* those that are called stand before who calls them */
};

static uint32_t below(struct program *p, uint32_t n)
{
	return (uint32_t)(rng_next(&p->rng) % n);
}

static uint32_t emit(struct program *p, uint8_t code, uint8_t dst, uint8_t src, int16_t off,
		     int32_t imm)
{
	assert_true(p->n < MAX_INSNS);
	p->insns[p->n] = (struct bpf_insn){
		.code = code, .dst_reg = dst & 15, .src_reg = src & 15, .off = off, .imm = imm
	};
	return p->n++;
}

/* r6 to r8 are numbers, r9 is the pointer. */
static uint8_t number_reg(struct program *p)
{
	return (uint8_t)(6 + below(p, 3));
}

static int16_t own_word(struct program *p)
{
	return (int16_t)(-8 * (int)(1 + below(p, FRAME / 8)));
}

static void compute(struct program *p)
{
	static const uint8_t ops[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_XOR, BPF_OR, BPF_AND };
	uint8_t op = ops[below(p, sizeof(ops))], class = below(p, 2) ? BPF_ALU64 : BPF_ALU;

	if (below(p, 2))
		emit(p, class | op | BPF_X, number_reg(p), number_reg(p), 0, 0);
	else
		emit(p, class | op | BPF_K, number_reg(p), 0, 0, (int32_t)rng_next(&p->rng));
}

static void touch_memory(struct program *p)
{
	static const uint8_t sizes[] = { BPF_DW, BPF_W, BPF_H, BPF_B };
	uint8_t size = sizes[below(p, sizeof(sizes))];
	bool own = below(p, 2);
	int16_t off = own ? own_word(p) : (int16_t)(8 * below(p, AREA));
	uint8_t base = own ? 10 : 9;

	if (size != BPF_DW && below(p, 2))
		off += 4;
	else if (own && off < -8 && !below(p, 2))
		off = (int16_t)(off + 1 + (int)below(p, 7));
	if (below(p, 5) == 0)
		emit(p, BPF_LDX | (size == BPF_DW ? BPF_MEM : 0x80) | size, number_reg(p), base,
		     off, 0);
	else if (below(p, 2))
		emit(p, BPF_LDX | BPF_MEM | size, number_reg(p), base, off, 0);
	else if (below(p, 3))
		emit(p, BPF_STX | BPF_MEM | size, base, number_reg(p), off, 0);
	else
		emit(p, BPF_ST | BPF_MEM | size, base, 0, off, (int32_t)rng_next(&p->rng));
}

/* The pointer to hand down: into the own frame, or the one that came. */
static void pass_pointer(struct program *p, uint8_t reg)
{
	if (!below(p, 3)) {
		emit(p, BPF_ALU64 | BPF_MOV | BPF_X, reg, 9, 0, 0);
		return;
	}
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, reg, 10, 0, 0);
	emit(p, BPF_ALU64 | BPF_ADD | BPF_K, reg, 0, 0,
	     -8 * (int)(AREA + below(p, FRAME / 8 - AREA)));
}

static uint32_t branch(struct program *p)
{
	static const uint8_t ops[] = { BPF_JEQ, BPF_JGT, BPF_JSLT, BPF_JSET, BPF_JNE };
	uint8_t op = ops[below(p, sizeof(ops))];

	return emit(p, (below(p, 2) ? BPF_JMP : BPF_JMP32) | op | BPF_K, number_reg(p), 0, 0,
		    (int32_t)below(p, 4) - 1);
}

/* The pointer goes to memory and comes back, becomes another on one path, or none knows what. */
static void move_pointer(struct program *p)
{
	uint32_t at;

	switch (below(p, 4)) {
	case 0: emit(p, BPF_STX | BPF_MEM | BPF_DW, 10, 9, -SPILL, 0); break;
	case 1: emit(p, BPF_LDX | BPF_MEM | BPF_DW, 9, 10, -SPILL, 0); break;
	case 2:
		at = branch(p);
		emit(p, BPF_ALU64 | BPF_MOV | BPF_X, 9, 10, 0, 0);
		emit(p, BPF_ALU64 | BPF_ADD | BPF_K, 9, 0, 0,
		     -8 * (int)(AREA + below(p, FRAME / 8 - AREA)));
		p->insns[at].off = (int16_t)(p->n - at - 1);
		break;
	default:
		emit(p, BPF_ALU64 | BPF_MOV | BPF_X, 9, 10, 0, 0);
		emit(p, BPF_ALU64 | BPF_SUB | BPF_K, 9, 0, 0,
		     8 * (int)(AREA + below(p, FRAME / 8 - AREA)));
		break;
	}
}

static void change_at_once(struct program *p)
{
	static const int32_t ops[] = { 0, 1, 0x40, 0x41, 0xa1, 0xe1 };
	uint8_t size = below(p, 2) ? BPF_DW : BPF_W;

	if (below(p, 2))
		emit(p, BPF_STX | 0xc0 | size, 10, number_reg(p), own_word(p), ops[below(p, 6)]);
	else
		emit(p, BPF_STX | 0xc0 | size, 9, number_reg(p), (int16_t)(8 * below(p, AREA)),
		     ops[below(p, 6)]);
}

/* A helper reads and writes by address. */
static void helper(struct program *p)
{
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, 1, 10, 0, 0);
	emit(p, BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, own_word(p));
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 1 + (int)below(p, 8));
	if (below(p, 2)) {
		emit(p, BPF_ALU64 | BPF_MOV | BPF_X, 3, 9, 0, 0);
	} else {
		emit(p, BPF_ALU64 | BPF_MOV | BPF_X, 3, 10, 0, 0);
		emit(p, BPF_ALU64 | BPF_ADD | BPF_K, 3, 0, 0, own_word(p));
	}
	emit(p, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_probe_read_kernel);
	emit(p, BPF_ALU64 | BPF_XOR | BPF_X, number_reg(p), 0, 0, 0);
}

static void keep_result(struct program *p)
{
	emit(p, BPF_ALU64 | BPF_XOR | BPF_X, number_reg(p), 0, 0, 0);
}

static void call(struct program *p)
{
	uint32_t callee = (p->number + 2) & ~1u;

	callee += 2 * below(p, 2);
	if (callee >= FUNCTIONS)
		return;
	pass_pointer(p, 1);
	for (uint8_t reg = 2; reg <= 5; reg++)
		emit(p, BPF_ALU64 | BPF_MOV | BPF_X, reg, number_reg(p), 0, 0);
	p->calls[emit(p, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 0)] = callee + 1;
	keep_result(p);
}

static void rounds(struct program *p)
{
	static const int32_t odd[] = { 0, 1, (1 << 23) + 1, INT32_MAX, -1 };

	switch (below(p, 4)) {
	case 0: emit(p, BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, odd[below(p, 5)]); break;
	case 1: emit(p, BPF_ALU | BPF_MOV | BPF_K, 1, 0, 0, (int32_t)below(p, 6)); break;
	default:
		emit(p, BPF_ALU64 | BPF_MOV | BPF_X, 1, number_reg(p), 0, 0);
		emit(p, BPF_ALU | BPF_AND | BPF_K, 1, 0, 0, 7);
		if (!below(p, 8))
			emit(p, BPF_ALU64 | BPF_OR | BPF_K, 1, 0, 0, 1 << 24);
		if (!below(p, 8)) { /* bits that nobody asks for */
			emit(p, BPF_ALU64 | BPF_MOV | BPF_K, 4, 0, 0, 1);
			emit(p, BPF_ALU64 | BPF_LSH | BPF_K, 4, 0, 0, 40);
			emit(p, BPF_ALU64 | BPF_OR | BPF_X, 1, 4, 0, 0);
		}
	}
}

static void loop(struct program *p)
{
	uint32_t callback = p->number + 1 + (p->number & 1);

	if (callback >= FUNCTIONS)
		return;
	rounds(p);
	pass_pointer(p, 3);
	p->calls[emit(p, BPF_LD | BPF_DW | BPF_IMM, 2, BPF_PSEUDO_FUNC, 0, 0)] = callback + 1;
	emit(p, 0, 0, 0, 0, 0);
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, 4, 0, 0, below(p, 12) ? 0 : 1);
	emit(p, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_loop);
	keep_result(p);
}

static void land(struct program *p, uint32_t at)
{
	p->insns[at].off = (int16_t)(p->n - at - 1);
}

static void statements(struct program *p, int n, int depth);

/* Some rounds of what there is to do, counted in the frame. */
static void again(struct program *p, int depth)
{
	int16_t off = (int16_t)(-SPILL - 8 - 8 * (int)p->depth);
	uint32_t at, out;

	if (p->depth == 2)
		return;
	if (!below(p, 4)) { /* until there is no fuel */
		out = emit(p, BPF_JMP | BPF_JCOND, 0, 0, 0, 0);
		statements(p, 1 + (int)below(p, 3), depth + 1);
		emit(p, BPF_JMP | BPF_JA, 0, 0, (int16_t)((int)out - (int)p->n - 1), 0);
		p->insns[out].off = (int16_t)(p->n - out - 1);
		return;
	}
	p->depth++;
	emit(p, BPF_ST | BPF_MEM | BPF_DW, 10, 0, off, 1 + (int)below(p, 3));
	at = p->n;
	statements(p, 1 + (int)below(p, 3), depth + 1);
	emit(p, BPF_LDX | BPF_MEM | BPF_DW, 0, 10, off, 0);
	emit(p, BPF_ALU64 | BPF_ADD | BPF_K, 0, 0, 0, -1);
	emit(p, BPF_STX | BPF_MEM | BPF_DW, 10, 0, off, 0);
	emit(p, BPF_JMP | BPF_JNE | BPF_K, 0, 0, (int16_t)((int)at - (int)p->n - 1), 0);
	p->depth--;
}

static void rarer(struct program *p, uint32_t kind, int depth)
{
	if (p->n > MAX_INSNS / 2)
		return;
	switch (kind) {
	case 0: again(p, depth); break;
	case 1: move_pointer(p); break;
	case 2: change_at_once(p); break;
	default: helper(p); break;
	}
}

static void statements(struct program *p, int n, int depth)
{
	while (n--) {
		uint32_t kind = below(p, 20), at;

		if (kind < 6) {
			compute(p);
		} else if (kind < 11) {
			touch_memory(p);
		} else if (kind < 13 && depth < 2) {
			at = branch(p);
			statements(p, 1 + (int)below(p, 3), depth + 1);
			land(p, at);
		} else if (kind == 13) {
			loop(p);
		} else if (kind < 16) {
			call(p);
		} else {
			rarer(p, kind - 16, depth);
		}
	}
}

/* The ways in which callbacks say what they want. */
static void end_callback(struct program *p)
{
	uint32_t at, out;

	switch (below(p, 5)) {
	case 0: emit(p, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0); break;
	case 1:
		emit(p, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1);
		at = branch(p);
		emit(p, BPF_ALU | BPF_MOV | BPF_K, 0, 0, 0, 0);
		land(p, at);
		break;
	case 2:
		at = branch(p);
		emit(p, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
		emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
		land(p, at);
		emit(p, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1);
		break;
	case 3:
		emit(p, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1);
		at = branch(p);
		compute(p);
		emit(p, BPF_ALU64 | BPF_MOV | BPF_X, 0, number_reg(p), 0, 0);
		emit(p, BPF_ALU64 | BPF_AND | BPF_K, 0, 0, 0, 1);
		out = branch(p);
		emit(p, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
		land(p, at);
		land(p, out);
		break;
	default:
		emit(p, BPF_ALU64 | BPF_MOV | BPF_X, 0, number_reg(p), 0, 0);
		emit(p, BPF_ALU64 | BPF_AND | BPF_K, 0, 0, 0, 1);
		break;
	}
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void begin(struct program *p)
{
	bool is_callback = p->number & 1;
	uint8_t pointer = is_callback ? 2 : 1, number = is_callback ? 1 : 2;
	int n_params = p->number && !is_callback ? (int)below(p, 5) : is_callback;

	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, 9, pointer, 0, 0);
	for (uint8_t reg = 6; reg <= 8; reg++) {
		if (n_params-- > 0)
			emit(p, BPF_ALU64 | BPF_MOV | BPF_X, reg, number, 0, 0);
		else
			emit(p, BPF_LDX | BPF_MEM | BPF_DW, reg, 9, (int16_t)(8 * below(p, AREA)),
			     0);
		number += !is_callback;
	}
	if (below(p, 4))
		for (int16_t off = -FRAME; off < 0; off += 8)
			emit(p, BPF_STX | BPF_MEM | BPF_DW, 10, number_reg(p), off, 0);
	else
		for (int16_t off = -FRAME; off < 0; off += 8)
			emit(p, BPF_ST | BPF_MEM | BPF_DW, 10, 0, off, off * 77);
}

/* Where a function stands; the program is the first. */
static uint32_t place_of(const struct program *p, uint32_t number)
{
	return p->turned && number ? FUNCTIONS - number : number;
}

static void write_function(struct program *p)
{
	struct verify_subprog *sub = &p->subs[place_of(p, p->number)];

	p->frame = SPILL + 16 + 8 * below(p, below(p, 2) ? 4 : 30);
	p->depth = 0;
	*sub = (struct verify_subprog){ .start = p->n, .stack = p->frame, .reachable = true };
	begin(p);
	emit(p, BPF_STX | BPF_MEM | BPF_DW, 10, 9, -SPILL, 0);
	statements(p, 2 + (int)below(p, p->number ? 8 : 12), 0);
	if (p->number & 1) {
		end_callback(p);
	} else {
		uint32_t at = branch(p);

		emit(p, BPF_ALU64 | BPF_MOV | BPF_X, 0, number_reg(p), 0, 0);
		emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
		land(p, at);
		emit(p, BPF_LDX | BPF_MEM | BPF_DW, 0, 10, own_word(p), 0);
		emit(p, BPF_ALU64 | BPF_XOR | BPF_X, 0, 6, 0, 0);
		emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	}
	sub->end = p->n;
}

static void generate(struct program *p, uint64_t seed)
{
	memset(p, 0, sizeof(*p));
	p->rng = (struct rng){ seed };
	p->turned = seed % 2;
	for (uint32_t k = 0; k < FUNCTIONS; k++) {
		p->number = place_of(p, k);
		write_function(p);
	}
	for (uint32_t i = 0; i < p->n; i++)
		if (p->calls[i])
			p->insns[i].imm =
				(int32_t)(p->subs[place_of(p, p->calls[i] - 1)].start - i - 1);
}

static void fail_program(const struct program *p, uint64_t seed, enum jit_tier tier)
{
	char buf[128];
	struct text t;

	for (uint32_t i = 0; i < p->n; i += isa_is_wide(p->insns[i].code) ? 2 : 1) {
		text_init(&t, buf, sizeof(buf));
		disasm_insn(&p->insns[i], p->n - i, &t);
		printf("# %4u: %s\n", i, buf);
	}
	fail_msg("seed %" PRIu64 ": %s code differs from the interpreter", seed,
		 jit_tier_name(tier));
}

static void check_program(struct program *p, uint64_t seed, uint32_t *n_closed)
{
	struct verify_facts facts = {
		.insns = p->insns, .n_insns = p->n, .subprogs = p->subs, .n_subprogs = FUNCTIONS
	};
	struct prog prog = { .facts = &facts, .code = { .facts = &facts } };
	struct run run = { .prog = &prog };
	struct jit_image *images[N_IMAGES];

	for (int t = 0; t < N_IMAGES; t++) {
		prog.code.tier = t % 2 ? JIT_OPTIMISED : JIT_PLAIN;
		prog.code.harden = t >= 2;
		assert_int_equal(jit_compile(&prog.code, &images[t]), 0);
		assert_int_equal(images[t]->tier, prog.code.tier);
	}
	*n_closed += images[1]->closed;
	for (int i = 0; i < INPUTS; i++) {
		uint64_t area[AREA], want[AREA], got[AREA], r0, left;

		for (int k = 0; k < AREA; k++)
			area[k] = rng_next(&p->rng) >> below(p, 64);
		memcpy(want, area, sizeof(area));
		run.fuel = FUEL;
		r0 = interp_run(&prog.code, want, &run);
		left = run.fuel;
		for (int t = 0; t < N_IMAGES; t++) {
			memcpy(got, area, sizeof(area));
			run.fuel = FUEL;
			if (images[t]->entry(got, &run) != r0 || run.fuel != left ||
			    memcmp(got, want, sizeof(got)))
				fail_program(p, seed, images[t]->tier);
		}
	}
	for (int t = 0; t < N_IMAGES; t++)
		jit_free(images[t]);
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);

	return s ? strtoull(s, NULL, 0) : otherwise;
}

static void test_programs(void **state)
{
	uint64_t first = number_of("SEED", 1), n = number_of("PROGRAMS", PROGRAMS);
	static struct program p;
	uint32_t n_closed = 0;

	(void)state;
	for (uint64_t k = 0; k < n; k++) {
		generate(&p, first + k);
		check_program(&p, first + k, &n_closed);
	}
	printf("# %u of %" PRIu64 " without a call of the helper\n", n_closed, n);
	assert_true(n < PROGRAMS || n_closed > n / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_programs) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
