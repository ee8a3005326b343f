/* SPDX-License-Identifier: BSD-2-Clause */
/* What does the optimiser make of a function?  Text in, values out, one pass after the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "isa/asm.h"
#include "opt/ir.h"

enum {
	MAX_INSNS = 64
};

enum {
	INDEX = 2, /* of four elements of eight bytes at 4096 */
	COPY = 3   /* the same, at an address that is known when it runs */
};

static int callee(void *arg, uint32_t at, enum isa_form form, struct opt_callee *ret)
{
	const struct bpf_insn *insn = (const struct bpf_insn *)arg + at;

	(void)form;
	*ret = (struct opt_callee){ .addr = 1, .n_args = 2, .reads = { OPT_READS_UP } };
	ret->reads[1] = OPT_READS_BYTES;
	ret->size[1] = 4;
	if (insn->imm != INDEX && insn->imm != COPY)
		return 0;
	ret->light = OPT_LIGHT_INDEX;
	ret->reads[1] = OPT_READS_VALUE;
	ret->index = (struct opt_index){ 4096, 8, 4, insn->imm == INDEX };
	return 0;
}

static void check(const char *source, const char *want)
{
	struct opt_input in = { .n_params = 2, .callee = callee };
	uint16_t ops[MAX_INSNS] = { 0 };
	struct asm_error error = { 0 };
	struct bpf_insn *insns = NULL;
	struct arena arena;
	struct opt_fn f;
	char buf[4096];
	struct text text;

	assert_int_equal(asm_text(source, strlen(source), &insns, &in.end, &error), 0);
	assert_true(in.end <= MAX_INSNS);
	for (uint32_t i = 0; i < in.end; i++) {
		ops[i] = (uint16_t)isa_decode(&insns[i], NULL);
		i += isa_is_wide(insns[i].code);
	}
	in.insns = insns;
	in.ops = ops;
	in.arg = insns;
	arena_init(&arena, 0);
	assert_int_equal(opt_fn_init(&f, &in, &arena), 0);
	assert_int_equal(opt_cfg(&f), 0);
	assert_int_equal(opt_build(&f), 0);
	opt_refold(&f);
	opt_prune(&f);
	opt_sweep(&f);
	opt_pairs(&f);
	opt_narrow(&f);
	opt_loops(&f);
	opt_select(&f);
	opt_sweep(&f);
	opt_unroll(&f);
	opt_sweep(&f);
	opt_addresses(&f);
	opt_place(&f);
	assert_int_equal(f.err, 0);
	text_init(&text, buf, sizeof(buf));
	opt_print(&f, &text);
	if (strcmp(buf, want) != 0)
		fail_msg("for\n%swant\n%sgot\n%s", source, want, buf);
	arena_done(&arena);
	mem_free(insns);
}

static void test_constants(void **state)
{
	(void)state;
	check("r1 = 6\nr1 *= 7\nr0 = r1\nr0 += 1\nexit\n", "b0:\n jmp\nb1:\n ret 43\n");
	check("r0 = r1\nr0 += 5\nr0 -= 3\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n v2 = add64 v1 2\n ret v2\n");
	check("r0 = r1\nr0 <<= 32\nr0 >>= 32\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n v2 = zx64.32 v1\n ret v2\n");
}

static void test_multiply(void **state)
{
	(void)state;
	check("r0 = r1\nr0 *= 33\nexit\n", "b0:\n v1 = param\n jmp\nb1:\n v2 = shl64 v1 5\n"
					   " v3 = add64 v2 v1\n ret v3\n");
	check("r0 = r1\nr0 *= -1\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n v2 = mul64 v1 -1\n ret v2\n");
}

/* The end asks for the counter that goes on. */
static void test_counter(void **state)
{
	(void)state;
	check("r0 = 0\nr3 = 0\nr4 = r3\nr0 += r1\nr3 += 4\nif r4 < 8 goto -4\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n jmp\nb2: loop\n v2 = phi 0 v3\n v4 = phi 0 v5\n"
	      " v5 = add64 v4 v1\n v3 = add64 v2 4\n br64 < v3 12\nb3:\n jmp\nb4:\n ret v5\n");
}

static void test_rotate(void **state)
{
	(void)state;
	check("r2 = r1\nr2 <<= 13\nr1 >>= 51\nr2 |= r1\nr0 = r2\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n v2 = rol64 v1 13\n ret v2\n");
	check("r2 = r1\nr2 <<= 13\nr1 >>= 50\nr2 |= r1\nr0 = r2\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n v2 = shl64 v1 13\n v3 = shr64 v1 50\n"
	      " v4 = or64 v2 v3\n ret v4\n");
}

/* The counter's slot is a variable; the key, whose address a helper gets, is not. */
static void test_stack(void **state)
{
	(void)state;
	check("*(u64 *)(r10 - 8) = r1\nr0 = *(u64 *)(r10 - 8)\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n ret v1\n");
	check("*(u64 *)(r10 - 16) = r1\n*(u32 *)(r10 - 20) = 7\nr1 = 0\nr2 = r10\nr2 += -20\n"
	      "call 1\nr0 = *(u64 *)(r10 - 16)\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n store32 fp+0 7 [-20]\n v2 = call 0 fp-20 [1]\n"
	      " ret v1\n");
}

#define KEY "r2 = r10\nr2 += -4\n"

/* The key of a lookup that takes the index is a variable as well.  A constant one is an address, or
 * none, and nothing asks which. */
static void test_index(void **state)
{
	(void)state;
	check("*(u32 *)(r10 - 4) = 3\nr1 = 0\n" KEY "call 2\nif r0 == 0 goto +1\n"
	      "r0 = *(u64 *)(r0 + 0)\nexit\n",
	      "b0:\n jmp\nb1:\n jmp\nb3:\n v1 = imm [4120]\n v2 = load64 v1\n jmp\nb4:\n ret v2\n");
	check("*(u32 *)(r10 - 4) = 4\nr1 = 0\n" KEY "call 2\nif r0 == 0 goto +1\n"
	      "r0 = *(u64 *)(r0 + 0)\nexit\n",
	      "b0:\n jmp\nb1:\n jmp\nb2:\n jmp\nb4:\n ret 0\n");
	check("*(u32 *)(r10 - 4) = r1\nr1 = 0\n" KEY "call 2\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n v2 = zx64.32 v1\n v3 = call.1 0 v2 [1]\n ret v3\n");
	check("*(u32 *)(r10 - 4) = 3\nr1 = 0\n" KEY "call 3\nexit\n",
	      "b0:\n jmp\nb1:\n v1 = call.1 0 3 [1]\n ret v1\n");
	check("*(u32 *)(r10 - 4) = 4\nr1 = 0\n" KEY "call 3\nexit\n", "b0:\n jmp\nb1:\n ret 0\n");
	check("r2 = r1\nr1 = 0\ncall 2\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n v2 = load32 v1\n v3 = call.1 0 v2 [1]\n ret v3\n");
	check("*(u32 *)(r10 - 4) = 3\nr1 = 0\n" KEY "call 1\nr1 = 0\n" KEY "call 2\nexit\n",
	      "b0:\n jmp\nb1:\n store32 fp+0 3 [-4]\n v1 = call 0 fp-4 [1]\n"
	      " v2 = load32 fp-4\n v3 = call.1 0 v2 [1]\n ret v3\n");
}

/* One of three ways to an end is none, and one to a loop.  A branch in a loop stays. */
static void test_prune(void **state)
{
	(void)state;
	check("r3 = 7\nr0 = 1\ncall 1\nif r0 == 1 goto +3\nr0 = 2\nif r3 == 8 goto +1\n"
	      "r0 = 3\nexit\n",
	      "b0:\n v1 = param\n v2 = param [1]\n jmp\nb1:\n v3 = call v1 v2 [1]\n br64 == v3 "
	      "1\nb2:\n jmp\nb3:\n jmp\nb5:\n jmp\nb6:\n v4 = phi v3 3\n ret v4\n");
	check("r3 = 7\nr0 = r1\nif r3 == 8 goto +2\nr0 += r2\nif r0 != 3 goto -2\nexit\n",
	      "b0:\n v1 = param\n v2 = param [1]\n jmp\nb1:\n jmp\nb3:\n jmp\nb4: loop\n v3 = phi "
	      "v1 v4\n v4 = add64 v3 v2\n br64 != v4 3\nb5:\n jmp\nb6:\n jmp\nb7:\n ret v4\n");
	check("r3 = 7\nr0 = r1\nr0 += r2\nif r3 == 8 goto +1\nif r0 != 3 goto -3\nexit\n",
	      "b0:\n v1 = param\n v2 = param [1]\n jmp\nb1:\n jmp\nb2: loop\n v3 = phi v1 v4\n v4 "
	      "= add64 v3 v2\n br32 == 7 8\nb3:\n jmp\nb4:\n br64 != v4 3\nb5:\n jmp\nb6:\n "
	      "jmp\nb7:\n ret v4\n");
}

static void test_loop(void **state)
{
	(void)state;
	check("r0 = 0\nr2 = 0\nr3 = r1\nr3 += r2\nr3 = *(u8 *)(r3 + 9)\nr0 += r3\nr2 += 1\n"
	      "if r2 != 3 goto -6\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n jmp\nb2: loop\n v2 = phi 0 v3\n v4 = phi 0 v5\n"
	      " (v6 = add64 v1 v2)\n v7 = load08 v6 [9]\n v5 = add64 v4 v7\n v3 = add64 v2 1\n"
	      " br64 != v3 3\nb3:\n jmp\nb4:\n ret v5\n");
}

/* A branch around what only computes is a choice; not so around a load, or around more. */
static void test_select(void **state)
{
	(void)state;
	check("r0 = 1\nif r1 > 9 goto +1\nr0 = 0\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n v2 = select64 > v1 9 1 0\n ret v2\n");
	check("r0 = r1\nif r1 s< r2 goto +2\nif r1 == 7 goto +1\nr0 ^= r2\nexit\n",
	      "b0:\n v1 = param\n v2 = param [1]\n jmp\nb1:\n br64 s< v1 v2\nb2:\n jmp\nb3:\n"
	      " v3 = xor64 v1 v2\n v4 = select64 == v1 7 v1 v3\n jmp\nb6:\n v5 = phi v1 v4\n"
	      " ret v5\n");
	check("r0 = 0\nif r2 == 0 goto +1\nr0 = *(u64 *)(r1 + 0)\nexit\n",
	      "b0:\n v1 = param\n v2 = param [1]\n jmp\nb1:\n br64 == v2 0\nb2:\n jmp\n"
	      "b3:\n v3 = load64 v1\n jmp\nb4:\n v4 = phi 0 v3\n ret v4\n");
}

/* The largest of all has parts as sums have. */
static void test_extreme(void **state)
{
	(void)state;
	check("r0 = *(u32 *)(r1 + 0)\nr2 = 0\nr3 = r1\nr3 += r2\nr3 = *(u32 *)(r3 + 4)\n"
	      "if r3 > r0 goto +1\nr3 = r0\nr0 = r3\nr2 += 4\nif r2 != 32 goto -8\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n v2 = load32 v1\n jmp\nb2: loop\n v3 = phi v2 v4\n"
	      " v5 = phi v2 v6\n v7 = phi v2 v8\n v9 = phi 0 v10\n v11 = phi v2 v12\n"
	      " (v13 = add64 v1 v9)\n v14 = load32 v13 [4]\n v12 = select32 > v14 v11 v14 v11\n"
	      " (v15 = add64 v9 4)\n (v16 = add64 v1 v15)\n v17 = load32 v16 [4]\n"
	      " v8 = select32 > v17 v7 v17 v7\n (v18 = add64 v9 8)\n (v19 = add64 v1 v18)\n"
	      " v20 = load32 v19 [4]\n v6 = select32 > v20 v5 v20 v5\n (v21 = add64 v9 12)\n"
	      " (v22 = add64 v1 v21)\n v23 = load32 v22 [4]\n v4 = select32 > v23 v3 v23 v3\n"
	      " v10 = add64 v9 16\n br64 != v10 32\nb6:\n jmp\nb7:\n v24 = select32 > v8 v12 v8 "
	      "v12\n"
	      " v25 = select32 > v6 v24 v6 v24\n v26 = select32 > v4 v25 v4 v25\n ret v26\n");
}

/* 17 rounds: one before the loop, then four at once; a sum has four parts. */
static void test_unroll(void **state)
{
	(void)state;
	check("r0 = 0\nr2 = 0\nr0 += r1\nr0 *= r1\nr2 += 1\nif r2 != 17 goto -4\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n v2 = mul64 v1 v1\n jmp\nb2: loop\n v3 = phi 1 v4\n"
	      " v5 = phi v2 v6\n v7 = add64 v5 v1\n v8 = mul64 v7 v1\n v9 = add64 v8 v1\n"
	      " v10 = mul64 v9 v1\n v11 = add64 v10 v1\n v12 = mul64 v11 v1\n"
	      " v13 = add64 v12 v1\n v6 = mul64 v13 v1\n v4 = add64 v3 4\n"
	      " br64 != v4 17\nb3:\n jmp\nb4:\n ret v6\n");
	check("r0 = 0\nr2 = 0\nr0 += r1\nr2 += 1\nif r2 != 12 goto -3\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n jmp\nb2: loop\n v2 = phi 0 v3\n v4 = phi 0 v5\n"
	      " v6 = phi 0 v7\n v8 = phi 0 v9\n v10 = phi 0 v11\n v12 = add64 v10 v1\n"
	      " v13 = add64 v6 v1\n v5 = add64 v4 v1\n v3 = add64 v2 v1\n v11 = add64 v12 v1\n"
	      " v7 = add64 v13 v1\n v9 = add64 v8 6\n br64 != v9 12\nb3:\n jmp\nb4:\n"
	      " v14 = add64 v11 v7\n v15 = add64 v14 v5\n v16 = add64 v15 v3\n ret v16\n");
}

/* What is stored at once and loaded in parts is parts; what nobody loads is not stored. */
static void test_parts_of_stack(void **state)
{
	(void)state;
	check("*(u64 *)(r10 - 8) = r1\nr0 = *(u32 *)(r10 - 4)\nr2 = *(u32 *)(r10 - 8)\n"
	      "r0 ^= r2\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n v2 = zx64.32 v1\n v3 = shr64 v1 32\n"
	      " v4 = xor64 v3 v2\n ret v4\n");
	check("*(u64 *)(r10 - 16) = r1\nr3 = r10\nif r1 == 0 goto +1\nr2 = 7\n"
	      "*(u16 *)(r3 - 14) = r2\nr0 = *(u64 *)(r3 - 16)\nexit\n",
	      "b0:\n v1 = param\n v2 = param [1]\n jmp\nb1:\n v3 = select64 == v1 0 v2 7\n"
	      " v4 = zx64.16 v3\n v5 = imm [-4294901761]\n v6 = and64 v1 v5\n"
	      " v7 = shl64 v4 16\n v8 = or64 v6 v7\n ret v8\n");
}

/* What is loaded is extended at once; the sign of a part is a bit of it. */
static void test_sign(void **state)
{
	(void)state;
	check("r0 = *(u32 *)(r1 + 0)\nw0 <<= 24\nw0 s>>= 24\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n v2 = load08.5 v1\n ret v2\n");
	check("r0 = *(u16 *)(r1 + 0)\nr0 <<= 48\nr0 s>>= 48\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n v2 = load16.1 v1\n ret v2\n");
	check("r2 = *(u8 *)(r1 + 0)\nr0 = r2\nw2 <<= 24\nw2 s>>= 24\nif w2 s> -1 goto +1\n"
	      "r0 = 3\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n v2 = load08 v1\n"
	      " v3 = select32 & v2 128 3 v2\n ret v3\n");
}

/* What is cut off at the end need not be computed, and halves that meet are a rotation. */
static void test_wanted(void **state)
{
	(void)state;
	check("r3 = r1\nr3 += r2\nr0 = r3\nr0 <<= 7\nr3 <<= 32\nr3 >>= 57\nr0 |= r3\n"
	      "r0 ^= 2654435769\nr0 <<= 32\nr0 >>= 32\nexit\n",
	      "b0:\n v1 = param\n v2 = param [1]\n jmp\nb1:\n v3 = add32 v1 v2\n v4 = rol32 v3 7\n"
	      " v5 = xor32 v4 -1640531527\n ret v5\n");
	check("r0 = r1\nr0 += r2\nr0 <<= 32\nr0 s>>= 40\n*(u32 *)(r1 + 0) = r0\nr0 = 0\nexit\n",
	      "b0:\n v1 = param\n v2 = param [1]\n jmp\nb1:\n v3 = add32 v1 v2\n"
	      " v4 = sar32 v3 8\n store32 v1 v4\n ret 0\n");
	check("r0 = 1\nr1 <<= 32\nr1 s>>= 32\nif r1 s> -3 goto +1\nr0 = 0\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n v2 = select32 s> v1 -3 1 0\n ret v2\n");
}

/* Halves are loaded at once, turned around where they are, unless memory changes between them. */
static void test_halves(void **state)
{
	(void)state;
	check("r2 = *(u8 *)(r1 + 12)\nr0 = *(u8 *)(r1 + 13)\nr0 <<= 8\nr0 |= r2\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n v2 = load16 v1 [12]\n ret v2\n");
	check("r2 = *(u8 *)(r1 + 13)\nr0 = *(u8 *)(r1 + 12)\nr0 <<= 8\nr0 |= r2\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n v2 = load16 v1 [12]\n v3 = swap16 v2\n ret v3\n");
	check("r2 = *(u8 *)(r1 + 0)\nr3 = *(u8 *)(r1 + 1)\nr3 <<= 8\nr3 |= r2\n"
	      "r4 = *(u8 *)(r1 + 2)\nr0 = *(u8 *)(r1 + 3)\nr0 <<= 8\nr0 |= r4\nr0 <<= 16\n"
	      "r0 |= r3\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n v2 = load32 v1\n ret v2\n");
	check("r2 = *(u8 *)(r1 + 12)\n*(u8 *)(r1 + 13) = 5\nr0 = *(u8 *)(r1 + 13)\nr0 <<= 8\n"
	      "r0 |= r2\nexit\n",
	      "b0:\n v1 = param\n jmp\nb1:\n v2 = load08 v1 [12]\n store08 v1 5 [13]\n"
	      " v3 = load08 v1 [13]\n v4 = shl64 v3 8\n v5 = or64 v4 v2\n ret v5\n");
}

/* A rest is below what was divided by, and products of small numbers are small. */
static void test_rest(void **state)
{
	(void)state;
	check("r1 %= 10\nr2 %= 10\nr0 = r1\nr0 *= r2\nr0 &= 255\nexit\n",
	      "b0:\n v1 = param\n v2 = param [1]\n jmp\nb1:\n v3 = shr64 v1 1\n"
	      " v4 = imm [7378697629483820647]\n v5 = mulh64 v3 v4\n v6 = shr64 v5 1\n"
	      " v7 = mul64 v6 10\n v8 = sub64 v1 v7\n v9 = shr64 v2 1\n"
	      " v10 = imm [7378697629483820647]\n v11 = mulh64 v9 v10\n v12 = shr64 v11 1\n"
	      " v13 = mul64 v12 10\n v14 = sub64 v2 v13\n v15 = mul64 v8 v14\n ret v15\n");
}

/* The branch asks what the choice asked. */
static void test_branch_on_choice(void **state)
{
	(void)state;
	check("r0 = 1\nif r1 > 5 goto +1\nr0 = 0\n*(u32 *)(r2 + 0) = 3\nif r0 == 0 goto +2\n"
	      "*(u32 *)(r2 + 4) = 4\nr0 = 8\nexit\n",
	      "b0:\n v1 = param\n v2 = param [1]\n jmp\nb1:\n v3 = select64 > v1 5 1 0\n"
	      " store32 v2 3\n br64 > v1 5\nb5:\n jmp\nb6:\n store32 v2 4 [4]\n jmp\nb7:\n"
	      " v4 = phi v3 8\n ret v4\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_of_stack), cmocka_unit_test(test_branch_on_choice),
		cmocka_unit_test(test_constants),      cmocka_unit_test(test_multiply),
		cmocka_unit_test(test_rotate),         cmocka_unit_test(test_stack),
		cmocka_unit_test(test_index),          cmocka_unit_test(test_prune),
		cmocka_unit_test(test_loop),           cmocka_unit_test(test_counter),
		cmocka_unit_test(test_select),         cmocka_unit_test(test_unroll),
		cmocka_unit_test(test_extreme),        cmocka_unit_test(test_sign),
		cmocka_unit_test(test_halves),         cmocka_unit_test(test_rest),
		cmocka_unit_test(test_wanted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
