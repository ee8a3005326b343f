/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is memory given back while a program is judged?  Loops whose number never comes again, with much
 * on the stack: each round is a state of its own, and all of them are on one path.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "helper/prog_type.h"
#include "isa/isa.h"
#include "verify/verify.h"

enum {
	MAX_INSNS = 256,
	VISITS = 400000,
	MUCH = 32 << 20, /* where all that was seen is kept, it takes 40 MB and more */
	FRAMES = 8
};

struct prog {
	struct bpf_insn insns[MAX_INSNS];
	uint32_t n;
};

static void add(struct prog *p, uint8_t code, uint8_t dst, uint8_t src, int off, int32_t imm)
{
	p->insns[p->n++] = (struct bpf_insn){
		.code = code, .dst_reg = dst, .src_reg = src, .off = (int16_t)off, .imm = imm
	};
}

static void spill_context(struct prog *p, int n)
{
	for (int i = 1; i <= n; i++)
		add(p, BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_1, -8 * i, 0);
}

static void fill_and_leave(struct prog *p, int n)
{
	for (int i = 1; i <= n; i++)
		add(p, BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_2, BPF_REG_10, -8 * i, 0);
	add(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0);
	add(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* r6 goes through numbers that do not count. */
static void add_loop(struct prog *p)
{
	add(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_6, 0, 0, 1);
	add(p, BPF_ALU64 | BPF_MUL | BPF_K, BPF_REG_6, 0, 0, 1103515245);
	add(p, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_6, 0, 0, 12345);
	add(p, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_6, 0, 0, 0x7fffffff);
	add(p, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_6, 0, -4, 0x12345);
}

static int judge(const struct prog *p, size_t max_memory, struct verify_stats *stats,
		 struct verify_diag *diag)
{
	struct verify_input in = {
		.insns = p->insns,
		.n_insns = p->n,
		.type = prog_type_of(BPF_PROG_TYPE_SCHED_CLS, 0),
		.gpl = true,
		.name = "keep",
		.policy = verify_policy_privileged(),
	};
	struct verify_facts *facts = NULL;
	int err;

	in.policy.max_visits = VISITS;
	if (max_memory)
		in.policy.max_memory = max_memory;
	memset(diag, 0, sizeof(*diag));
	err = verify_prog(&in, stats, &facts, diag);
	verify_facts_free(facts);
	return err;
}

static void check_small(const struct prog *p)
{
	struct verify_stats stats;
	struct verify_diag diag;

	assert_int_not_equal(judge(p, 0, &stats, &diag), 0);
	assert_string_equal(diag.reason, "limit.visits");
	assert_true(stats.visited >= VISITS);
	assert_true(stats.mem_bytes < MUCH);
}

static void full_stack(void **state)
{
	struct prog p = { .n = 0 };

	(void)state;
	spill_context(&p, 64);
	add_loop(&p);
	fill_and_leave(&p, 64);
	check_small(&p);
}

static void eight_frames(void **state)
{
	struct prog p = { .n = 0 };

	(void)state;
	spill_context(&p, 8);
	for (int f = 1; f < FRAMES; f++) {
		uint32_t call = p.n;

		add(&p, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 0);
		fill_and_leave(&p, 1);
		p.insns[call].imm = (int32_t)(p.n - call - 1);
		spill_context(&p, 8);
	}
	add_loop(&p);
	fill_and_leave(&p, 8);
	check_small(&p);
}

/* What is not enough all the same is told as such. */
static void too_little(void **state)
{
	struct prog p = { .n = 0 };
	struct verify_stats stats;
	struct verify_diag diag;

	(void)state;
	spill_context(&p, 64);
	add_loop(&p);
	fill_and_leave(&p, 64);
	assert_int_equal(judge(&p, 2 << 20, &stats, &diag), -ENOMEM);
	assert_string_equal(diag.reason, "limit.memory");
	assert_true(stats.mem_bytes <= 2 << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_stack),
		cmocka_unit_test(eight_frames),
		cmocka_unit_test(too_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
