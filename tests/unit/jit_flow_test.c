/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does control go where it should?  Branches of every distance, local calls, callbacks, callx,
 * may_goto, frames and the registers that callers own, and programs that must be refused.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "helper/packet.h"
#include "isa/asm.h"
#include "jit/jit.h"
#include "support/native.h"

static uint64_t sum5(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	return a + 10 * b + 100 * c + 1000 * d + 10000 * e;
}

static uint64_t destroy(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	(void)b, (void)c, (void)d, (void)e;
	native_destroy();
	return a + 1;
}

/* The stack is aligned as compilers assume. */
static uint64_t alignment(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	(void)a, (void)b, (void)c, (void)d, (void)e;
	return (uint64_t)(uintptr_t)__builtin_frame_address(0) % 16;
}

static const raw_fn fns[] = { NULL, destroy, NULL, NULL, alignment, sum5 };

static int compile_raw(const char *text, struct jit_image **ret_image)
{
	struct raw_prog prog = { .fns = fns, .n_fns = 6 };
	struct asm_error error = { .message = "" };
	struct bpf_insn *insns = NULL;
	int err = asm_text(text, strlen(text), &insns, &prog.n_insns, &error);

	if (err)
		fail_msg("line %u: %s", error.line, error.message);
	prog.insns = insns;
	err = jit_compile_raw(&prog, ret_image);
	mem_free(insns);
	return err;
}

/* entry(mem, len) of a raw program, through memory since function types differ. */
static uint64_t run_raw(const char *text, void *mem, uint64_t len)
{
	uint64_t (*entry)(void *, uint64_t);
	struct jit_image *image = NULL;
	uint64_t r0;

	assert_int_equal(compile_raw(text, &image), 0);
	memcpy(&entry, &image->entry, sizeof(entry));
	r0 = entry(mem, len);
	jit_free(image);
	return r0;
}

/* Subprograms of a verified program start at the given instructions. */
static int compile(const char *text, const uint32_t *starts, uint32_t n, uint16_t stack,
		   struct jit_image **ret_image)
{
	struct verify_subprog subs[8] = { { .start = 0 } };
	struct verify_facts facts = { .subprogs = subs, .n_subprogs = n };
	struct code code = { .facts = &facts };
	struct asm_error error = { .message = "" };
	int err = asm_text(text, strlen(text), &facts.insns, &facts.n_insns, &error);

	if (err)
		fail_msg("line %u: %s", error.line, error.message);
	for (uint32_t i = 0; i < n; i++)
		subs[i] = (struct verify_subprog){
			.start = starts[i],
			.end = i + 1 < n ? starts[i + 1] : facts.n_insns,
			.stack = stack,
			.reachable = true,
		};
	err = jit_compile(&code, ret_image);
	mem_free(facts.insns);
	return err;
}

static uint64_t run_verified(const char *text, const uint32_t *starts, uint32_t n, uint16_t stack,
			     void *ctx, struct run *run)
{
	struct jit_image *image = NULL;
	uint64_t r0;

	assert_int_equal(compile(text, starts, n, stack, &image), 0);
	r0 = image->entry(ctx, run);
	jit_free(image);
	return r0;
}

static const uint32_t one[] = { 0 };

static void test_arguments_and_result(void **state)
{
	uint8_t mem[] = { 9, 8, 7, 6 };

	(void)state;
	assert_int_equal(run_raw("r0 = *(u8 *)(r1 + 3)\nr0 += r2\nexit", mem, 4), 10);
}

static void test_helpers(void **state)
{
	(void)state;
	assert_int_equal(run_raw("r1 = 1; r2 = 2; r3 = 3; r4 = 4; r5 = 5; call 5; exit", NULL, 0),
			 54321);
	assert_int_equal(run_raw("r6 = 6; r7 = 7; r8 = 8; r9 = 9; r1 = 70; call 1; r0 += r6\n"
				 "r0 += r7; r0 += r8; r0 += r9; exit",
				 NULL, 0),
			 101);
	assert_int_equal(run_raw("call 4; exit", NULL, 0), 0);
}

static void test_callx(void **state)
{
	(void)state;
	assert_int_equal(run_raw("r1 = -1; r2 = 5; callx r2; r0 = 2; exit", NULL, 0), 2);
	assert_int_equal(run_raw("r1 = 40; r9 = 1; callx r9; exit", NULL, 0), 41);
	assert_int_equal(run_raw("r1 = 40; r9 = 6; callx r9; r0 = 1; exit", NULL, 0), UINT64_MAX);
	assert_int_equal(run_raw("r1 = 40; r9 = 3; callx r9; r0 = 1; exit", NULL, 0), UINT64_MAX);
	assert_int_equal(run_raw("r1 = 40; r9 = -1; callx r9; r0 = 1; exit", NULL, 0), UINT64_MAX);
}

/* Local calls: the callee's registers and frame are its own. */
static const char calls[] = "r6 = 1; r7 = 2; r8 = 3; r9 = 4\n"
			    "*(u64 *)(r10 - 8) = 5\n"
			    "r1 = 100\n"
			    "call f\n"
			    "r0 += r6; r0 += r7; r0 += r8; r0 += r9\n"
			    "r1 = *(u64 *)(r10 - 8)\n"
			    "r0 += r1\n"
			    "exit\n"
			    "f: r6 = 1000; r7 = 1000; r8 = 1000; r9 = 1000\n"
			    "*(u64 *)(r10 - 8) = 1000\n"
			    "r0 = r1\n"
			    "if r1 == 98 goto out\n"
			    "r1 += -1\n"
			    "call f\n"
			    "r0 += 1\n"
			    "out: exit";

static void test_local_calls(void **state)
{
	static const uint32_t starts[] = { 0, 14 };

	(void)state;
	assert_int_equal(run_raw(calls, NULL, 0), 98 + 2 + 15);
	assert_int_equal(run_verified(calls, starts, 2, 8, NULL, NULL), 98 + 2 + 15);
	assert_int_equal(run_verified(calls, starts, 2, 512, NULL, NULL), 98 + 2 + 15);
}

/* A raw program may wander from one function into another. */
static void test_raw_flow_is_free(void **state)
{
	(void)state;
	assert_int_equal(run_raw("r0 = 1; r1 = 0; call f; f: r0 += 1; exit", NULL, 0), 3);
	assert_int_equal(
		run_raw("r0 = 0; call f; goto g; f: r0 += 1; exit; g: r0 += 2; goto f", NULL, 0),
		4);
}

/* if (r1 op ...) over `n` instructions that must not run, forwards and backwards. */
static void check_distance(unsigned int n)
{
	size_t size = 64 * (size_t)n + 1000;
	char *text = malloc(size), *p = text;

	assert_non_null(text);
	p += sprintf(p, "r0 = 0\nr2 = 7\ngoto start\nback: r0 += 1\nif r2 == 7 goto done\n");
	for (unsigned int i = 0; i < n; i++)
		p += sprintf(p, "r0 += %u\n", i % 3 ? 1000 : 1000000);
	p += sprintf(p, "start: r0 += 2\nif r2 != 8 goto back\n");
	for (unsigned int i = 0; i < n; i++)
		p += sprintf(p, "r0 s>>= r2\n");
	sprintf(p, "done: r0 += 4\nexit");
	assert_int_equal(run_raw(text, NULL, 0), 7);
	assert_int_equal(run_verified(text, one, 1, 0, NULL, NULL), 7);
	free(text);
}

static void test_branches_of_every_distance(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < 50; n++)
		check_distance(n);
	check_distance(5000);
}

static void append(char *text, size_t *len, const char *more)
{
	size_t n = strlen(more);

	memcpy(text + *len, more, n + 1);
	*len += n;
}

/* More code than conditional branches of some machines reach, forward and back. */
static void test_far_branches(void **state)
{
	enum {
		N = 30000,
		ROOM = N * 10
	};
	static const struct {
		uint64_t mem, len, want;
	} cases[] = { { 0, 1, 111 },  { 3, 1, 103 }, { 9, 1, 111 },
		      { 64, 1, 111 }, { 3, 2, 205 }, { 9, 3, 315 } };
	uint64_t (*entry)(uint64_t, uint64_t);
	struct jit_image *image = NULL;
	char *text = mem_alloc(ROOM);
	size_t len = 0;

	(void)state;
	assert_non_null(text);
	append(text, &len,
	       "r0 = 1; if r1 == 0 goto a; if r1 & 64 goto a\n"
	       "if w1 s> 5 goto a; back: r0 += 2; may_goto a; goto b\n");
	for (unsigned int i = 0; i < N; i++)
		append(text, &len, "callx r3\n");
	append(text, &len,
	       "a: r0 += 10; b: r0 += 100; r2 += -1; if r2 != 0 goto again; exit\n"
	       "again: r4 = 1; if r2 s>= r4 goto back; exit");
	assert_int_equal(compile_raw(text, &image), 0);
	assert_true(image->size > 1 << 20);
	memcpy(&entry, &image->entry, sizeof(entry));
	for (unsigned int k = 0; k < sizeof(cases) / sizeof(cases[0]); k++)
		assert_int_equal(entry(cases[k].mem, cases[k].len), cases[k].want);
	jit_free(image);
	mem_free(text);
}

static void test_may_goto(void **state)
{
	struct run run = { .fuel = 1000 };
	const char *text = "r0 = 0\nagain: may_goto out\nr0 += 1\ngoto again\nout: exit";

	(void)state;
	assert_int_equal(run_verified(text, one, 1, 0, NULL, &run), 1000);
	assert_int_equal(run.fuel, 0);
	assert_int_equal(run_verified(text, one, 1, 0, NULL, &run), 0);
	assert_int_equal(run.fuel, 0);
	assert_int_equal(run_raw(text, NULL, 0), RAW_FUEL);
	assert_int_equal(
		run_raw("r0 = 0; call f; f: may_goto out; r0 += 1; goto f; out: exit", NULL, 0),
		RAW_FUEL);
}

/* A load outside of the packet ends the program with 0. */
static void test_packet_loads(void **state)
{
	static uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct packet packet = {
		.data = bytes, .data_end = bytes + 8, .head = bytes, .end_room = bytes + 8, .len = 8
	};
	struct run run = { .fuel = 0 };

	(void)state;
	assert_int_equal(run_verified("r6 = r1; r0 = *(u32 *)skb[2]; r0 += 1; exit", one, 1, 0,
				      &packet, &run),
			 0x03040507);
	assert_int_equal(
		run_verified("r6 = r1; r0 = *(u16 *)skb[6]; exit", one, 1, 8, &packet, &run),
		0x0708);
	assert_int_equal(run_verified("r6 = r1; r1 = 3; r0 = *(u8 *)skb[r1 + 4]; exit", one, 1, 0,
				      &packet, &run),
			 8);
	assert_int_equal(run_verified("r6 = r1; r0 = *(u32 *)skb[5]; r0 = 1; exit", one, 1, 16,
				      &packet, &run),
			 0);
	assert_int_equal(run_verified("r6 = r1; r2 = -9; r0 = *(u8 *)skb[r2 + 0]; r0 = 1; exit",
				      one, 1, 16, &packet, &run),
			 0);
}

/* A jump to the second of two instructions that would otherwise become one. */
static void test_jump_between_neighbours(void **state)
{
	(void)state;
	assert_int_equal(
		run_raw("r2 = 5; r0 = 3; if r1 == 0 goto add; r0 = r2; add: r0 += 100; exit", NULL,
			0),
		103);
	assert_int_equal(run_raw("r2 = -1; r0 = -1; if r1 == 0 goto back; r0 = r2; r0 <<= 32\n"
				 "back: r0 >>= 32; r0 += 1; r0 >>= 16; exit",
				 NULL, 0),
			 1 << 16);
}

static void test_gotol(void **state)
{
	(void)state;
	assert_int_equal(run_raw("r0 = 1\ngotol far\nr0 = 2\nexit\nfar: r0 += 4\nexit", NULL, 0),
			 5);
}

static uint64_t keeps_registers(const struct jit_image *image)
{
	uint64_t entry[1];

	memcpy(entry, &image->entry, sizeof(entry[0]));
	return native_changes(entry[0]);
}

static void test_callers_registers(void **state)
{
	static const uint32_t starts[] = { 0, 14 };
	struct jit_image *image = NULL;

	(void)state;
	assert_int_equal(compile(calls, starts, 2, 8, &image), 0);
	assert_int_equal(keeps_registers(image), 0);
	jit_free(image);
	assert_int_equal(compile_raw(calls, &image), 0);
	assert_int_equal(keeps_registers(image), 0);
	jit_free(image);
	assert_int_equal(compile("r6 = 1; r7 = 2; r0 = r6; r0 += r7; exit", one, 1, 0, &image), 0);
	assert_int_equal(keeps_registers(image), 0);
	jit_free(image);
}

/* The program hands a callback's address to whoever looks at its context. */
static void test_callback(void **state)
{
	static const uint32_t starts[] = { 0, 4 };
	const char *text = "r2 = func f ll\n"
			   "*(u64 *)(r1 + 0) = r2\n"
			   "exit\n"
			   "f: r6 = r1; r7 = r2; r8 = r3; r9 = r4; r0 = r5\n"
			   "r0 *= 10; r0 += r9; r0 *= 10; r0 += r8; r0 *= 10; r0 += r7; r0 *= 10\n"
			   "r0 += r6\n"
			   "exit";
	struct jit_image *image = NULL;
	struct run run = { .fuel = 0 };
	uint64_t fn = 0;

	(void)state;
	assert_int_equal(compile(text, starts, 2, 16, &image), 0);
	image->entry(&fn, &run);
	assert_non_null(run.invoke);
	assert_int_equal(run.invoke(&run, fn, 1, 2, 3, 4, 5), 54321);
	jit_free(image);
}

static void test_callx_of_a_function(void **state)
{
	static const uint32_t starts[] = { 0, 5 };
	struct run run = { .fuel = 0 };

	(void)state;
	assert_int_equal(
		run_verified("r2 = func f ll\nr1 = 5\ncallx r2\nexit\nf: r0 = r1\nr0 *= 3\nexit",
			     starts, 2, 0, NULL, &run),
		15);
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"r0 = 1",                     /* runs off the end */
		"r0 = 1; if r0 == 1 goto -3", /* runs off the end, jumps before the start */
		"r0 = 1; goto +5; exit",      /* behind the end */
		"call 0; exit",               /* no such helper */
		"call 77; exit",
		"r10 += 8; r0 = 0; exit",             /* the frame pointer is not a program's */
		"goto +1; r0 = 0x100000000 ll; exit", /* into a wide load */
		"r0 = func pc+900 ll; exit",
	};
	struct jit_image *image = NULL;

	(void)state;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (compile_raw(bad[i], &image) != -EINVAL)
			fail_msg("accepted: %s", bad[i]);
	assert_int_equal(compile_raw("r6 = r1; r0 = *(u8 *)skb[0]; exit", &image), -EOPNOTSUPP);
	assert_int_equal(jit_compile_raw(&(struct raw_prog){ .n_insns = 0 }, &image), -EINVAL);
	assert_null(image);
}

static void test_where_functions_begin(void **state)
{
	struct jit_image *image = NULL;

	(void)state;
	assert_int_equal(compile("r0 = 0; exit", one, 1, 0, &image), 0);
	assert_in_range(image->insn_off[1], 1, 16);
	assert_int_equal(image->n_insns, 2);
	assert_int_equal(image->n_fns, 1);
	assert_int_equal(image->fn_off[0], 0);
	assert_int_equal(image->fn_off[1], image->size);
	jit_free(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments_and_result),
		cmocka_unit_test(test_helpers),
		cmocka_unit_test(test_callx),
		cmocka_unit_test(test_local_calls),
		cmocka_unit_test(test_raw_flow_is_free),
		cmocka_unit_test(test_branches_of_every_distance),
		cmocka_unit_test(test_far_branches),
		cmocka_unit_test(test_may_goto),
		cmocka_unit_test(test_packet_loads),
		cmocka_unit_test(test_jump_between_neighbours),
		cmocka_unit_test(test_gotol),
		cmocka_unit_test(test_callers_registers),
		cmocka_unit_test(test_callback),
		cmocka_unit_test(test_callx_of_a_function),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_where_functions_begin),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
