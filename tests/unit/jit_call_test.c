/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do calls out of compiled code reach their target with the right arguments?  Host helpers near and
 * far, and tail calls between compiled and interpreted programs.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "isa/asm.h"
#include "jit/jit.h"
#include "map/map.h"
#include "run/prog.h"
#include "support/native.h"

enum {
	MAX_SUBPROGS = 4,
	N_PROGS = 4
};

static struct run *seen_run;

static uint64_t all_arguments(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
			      struct run *run)
{
	seen_run = run;
	return a + 10 * b + 100 * c + 1000 * d + 10000 * e;
}

static struct helper_proto host[] = {
	{ .id = HELPER_HOST_BASE, .name = "all", .fn = all_arguments },
	{ .id = HELPER_HOST_BASE + 1, .name = "far", .fn = NULL },
};
static const struct helper_set helpers = { .host = host, .n_host = 2 };

/* A program and what it owns. */
struct subject {
	struct prog prog;
	struct verify_facts facts;
	struct verify_subprog subs[MAX_SUBPROGS];
};

static void assemble(struct subject *s, const char *text, const uint32_t *starts, uint32_t n)
{
	struct asm_error error = { .message = "" };

	memset(s, 0, sizeof(*s));
	if (asm_text(text, strlen(text), &s->facts.insns, &s->facts.n_insns, &error))
		fail_msg("line %u: %s", error.line, error.message);
	for (uint32_t i = 0; i < n; i++)
		s->subs[i] = (struct verify_subprog){
			.start = starts[i],
			.end = i + 1 < n ? starts[i + 1] : s->facts.n_insns,
			.stack = 16,
			.reachable = true,
		};
	s->facts.subprogs = s->subs;
	s->facts.n_subprogs = n;
	s->prog.facts = &s->facts;
	s->prog.code = (struct code){ .facts = &s->facts, .helpers = &helpers };
}

static void discard(struct subject *s)
{
	s->prog.image = jit_free(s->prog.image);
	mem_free(s->facts.insns);
}

static const uint32_t one[] = { 0 };

static void compile(struct subject *s, const char *text)
{
	assemble(s, text, one, 1);
	assert_int_equal(jit_compile(&s->prog.code, &s->prog.image), 0);
}

static void test_host_helper(void **state)
{
	struct run run = { .fuel = 0 };
	struct subject s;

	(void)state;
	compile(&s, "r1 = 1; r2 = 2; r3 = 3; r4 = 4; r5 = 5; call 65536; exit");
	assert_int_equal(s.prog.image->entry(NULL, &run), 54321);
	assert_ptr_equal(seen_run, &run);
	discard(&s);
}

/* The run reaches helpers that subprograms and callbacks call. */
static void test_run_in_subprograms(void **state)
{
	static const uint32_t starts[] = { 0, 4 };
	struct run run = { .fuel = 0 }, other = { .fuel = 0 };
	struct subject s;
	uint64_t fn = 0;

	(void)state;
	assemble(&s, "r1 = 7; r2 = 0; call f; exit; f: r3 = 0; r4 = 0; r5 = 0; call 65536; exit",
		 starts, 2);
	assert_int_equal(jit_compile(&s.prog.code, &s.prog.image), 0);
	assert_int_equal(s.prog.image->entry(NULL, &run), 7);
	assert_ptr_equal(seen_run, &run);
	discard(&s);

	assemble(&s,
		 "r2 = func f ll; *(u64 *)(r1 + 0) = r2; exit\n"
		 "f: r3 = 0; r4 = 0; r5 = 0; call 65536; exit",
		 starts, 2);
	assert_int_equal(jit_compile(&s.prog.code, &s.prog.image), 0);
	s.prog.image->entry(&fn, &run);
	assert_int_equal(run.invoke(&other, fn, 8, 1, 0, 0, 0), 18);
	assert_ptr_equal(seen_run, &other);
	discard(&s);
}

/* Which slot it is neither tier asks a helper that destroys registers. */
static void test_slot(void **state)
{
	struct run run = { .slot = 3 };

	(void)state;
	for (int tier = JIT_PLAIN; tier <= JIT_OPTIMISED; tier++) {
		struct subject s;

		assemble(&s,
			 "r6 = r1; r7 = *(u64 *)(r6 + 0); call 8; r8 = r0; call 8; r8 *= 10;"
			 "r0 += r8; r0 += r7; exit",
			 one, 1);
		s.prog.code.tier = (enum jit_tier)tier;
		assert_int_equal(jit_compile(&s.prog.code, &s.prog.image), 0);
		assert_int_equal(s.prog.image->tier, tier);
		assert_int_equal(s.prog.image->entry(&(uint64_t){ 1000 }, &run), 1033);
		discard(&s);
	}
}

static void test_unknown_helper(void **state)
{
	struct jit_image *image = NULL;
	struct subject s;

	(void)state;
	assemble(&s, "call 65537; exit", one, 1);
	assert_int_equal(jit_compile(&s.prog.code, &image), -EOPNOTSUPP);
	discard(&s);
	assemble(&s, "call 99999; exit", one, 1);
	assert_int_equal(jit_compile(&s.prog.code, &image), -EOPNOTSUPP);
	assert_null(image);
	discard(&s);
}

/* Helpers farther away than a call reaches. */
static void test_far_helper(void **state)
{
	void *far = mmap((void *)0x100000000000, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct run run = { .fuel = 0 };
	struct subject s;
	int64_t away;

	(void)state;
	assert_ptr_not_equal(far, MAP_FAILED);
	memcpy(far, native_add, sizeof(native_add));
	assert_int_equal(mprotect(far, 4096, PROT_READ | PROT_EXEC), 0);
	memcpy(&host[1].fn, &far, sizeof(far));
	compile(&s, "r1 = 1; r2 = 2; call 65537; r1 = r0; r2 = 4; call 65537; r1 = r0; r2 = 0\n"
		    "r3 = 0; r4 = 0; r5 = 1; call 65536; exit");
	away = (int64_t)((uint64_t)(uintptr_t)far - (uint64_t)(uintptr_t)s.prog.image->code);
	assert_true(away > INT32_MAX || away < INT32_MIN);
	assert_int_equal(s.prog.image->entry(NULL, &run), 10007);
	host[1].fn = NULL;
	discard(&s);
	munmap(far, 4096);
}

static struct subject progs[N_PROGS];

static const void *resolve(void *arg, uint32_t id)
{
	(void)arg;
	return id < N_PROGS && progs[id].facts.insns ? &progs[id].prog : NULL;
}

static struct map *prog_array(void)
{
	struct map_desc desc = { .type = BPF_MAP_TYPE_PROG_ARRAY,
				 .key_size = 4,
				 .value_size = 4,
				 .max_entries = N_PROGS,
				 .slots = 1,
				 .spin_lock_off = -1,
				 .timer_off = -1,
				 .name = "progs" };
	struct map *map = NULL;

	assert_int_equal(map_create(memfd_create("progs", 0), &desc, true, &map), 0);
	map->resolve_prog = resolve;
	for (uint32_t i = 1; i < N_PROGS; i++)
		assert_int_equal(map_user_update(map, &i, &i, 0), 0);
	return map;
}

/* ctx[0] counts, ctx[1] is the array's address. */
static uint64_t run_first(struct map *map, struct run *run, uint64_t *ret_count)
{
	uint64_t ctx[2] = { 0, (uint64_t)(uintptr_t)map }, r0;

	r0 = progs[1].prog.image->entry(ctx, run);
	*ret_count = ctx[0];
	return r0;
}

#define COUNT "r3 = *(u64 *)(r1 + 0); r3 += 1; *(u64 *)(r1 + 0) = r3\n"
#define TAIL  "r2 = *(u64 *)(r1 + 8); call 12\n"

static void test_tail_call_to_compiled_and_interpreted(void **state)
{
	struct map *map = prog_array();
	struct run run = { .fuel = 0 };
	uint64_t count;

	(void)state;
	compile(&progs[1], COUNT "r6 = 1; r3 = 2\n" TAIL "r0 = 1; exit");
	compile(&progs[2], COUNT "r7 = 2; r8 = 3; r3 = 3\n" TAIL "r0 = 2; exit");
	assemble(&progs[3], COUNT "r0 = 33; exit", one, 1);
	assert_int_equal(run_first(map, &run, &count), 33);
	assert_int_equal(count, 3);
	assert_int_equal(run.tail_calls, 2);
	assert_ptr_equal(run.prog, &progs[3].prog);
	for (unsigned int i = 1; i < N_PROGS; i++)
		discard(&progs[i]);
	memset(progs, 0, sizeof(progs));
	map_unref(map);
}

/* 33 and no more; then, and without a target, the program goes on, r0 being negative. */
static void test_tail_call_limits(void **state)
{
	struct map *map = prog_array();
	struct run run = { .fuel = 0 };
	uint64_t count;

	(void)state;
	compile(&progs[1], COUNT "r3 = 1\n" TAIL "exit");
	assert_int_equal(run_first(map, &run, &count), -2);
	assert_int_equal(count, 34);
	discard(&progs[1]);
	run.tail_calls = 0;
	compile(&progs[1], COUNT "r3 = 2\n" TAIL "r0 = 5; exit");
	assert_int_equal(run_first(map, &run, &count), 5);
	discard(&progs[1]);
	compile(&progs[1], COUNT "r3 = 77\n" TAIL "r0 = 6; exit");
	assert_int_equal(run_first(map, &run, &count), 6);
	assert_int_equal(run.tail_calls, 0);
	discard(&progs[1]);
	memset(progs, 0, sizeof(progs));
	map_unref(map);
}

/* A tail call in a subprogram ends the subprogram only: the target returns to its caller. */
static void test_tail_call_in_a_subprogram(void **state)
{
	static const uint32_t starts[] = { 0, 7 };
	struct map *map = prog_array();
	struct run run = { .fuel = 0 };
	uint64_t count;

	(void)state;
	assemble(&progs[1],
		 "r6 = 1000; r7 = 2000; r2 = 0; call f; r0 += r6; r0 += r7; exit\n"
		 "f: r6 = 5; r3 = 2\n" TAIL "r0 = 1; exit",
		 starts, 2);
	assert_int_equal(jit_compile(&progs[1].prog.code, &progs[1].prog.image), 0);
	compile(&progs[2], COUNT "r6 = 9; r7 = 9; r8 = 9; r9 = 9\n"
				 "*(u64 *)(r10 - 8) = 1; r1 = 7; r2 = 0; r3 = 0; r4 = 0; r5 = 0\n"
				 "call 65536; exit");
	assert_int_equal(run_first(map, &run, &count), 3007);
	assert_int_equal(count, 1);
	assert_ptr_equal(seen_run, &run);
	discard(&progs[1]);
	discard(&progs[2]);
	memset(progs, 0, sizeof(progs));
	map_unref(map);
}

#ifdef RING3_HOSTILE
/* Whichever allocation fails, the compiler says so and keeps nothing. */
static void test_every_allocation_fails(void **state)
{
	struct raw_prog raw = { .n_insns = 0 };
	struct jit_image *image = NULL;
	int err = -ENOMEM, n_failed = 0;
	struct subject s;

	(void)state;
	assemble(&s, "r1 = 0; call f; exit; f: r0 = 1; exit", (const uint32_t[]){ 0, 3 }, 2);
	raw.insns = s.facts.insns;
	raw.n_insns = s.facts.n_insns;
	for (int is_raw = 0; is_raw < 2; is_raw++, err = -ENOMEM)
		for (long n = 0; err == -ENOMEM; n++, n_failed++) {
			mem_fail_after(n);
			err = is_raw ? jit_compile_raw(&raw, &image)
				     : jit_compile(&s.prog.code, &image);
			mem_fail_after(-1);
			assert_true(!err == !!image);
			image = jit_free(image);
		}
	assert_true(n_failed > 15);
	discard(&s);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host_helper),
		cmocka_unit_test(test_run_in_subprograms),
		cmocka_unit_test(test_slot),
		cmocka_unit_test(test_unknown_helper),
		cmocka_unit_test(test_far_helper),
		cmocka_unit_test(test_tail_call_to_compiled_and_interpreted),
		cmocka_unit_test(test_tail_call_limits),
		cmocka_unit_test(test_tail_call_in_a_subprogram),
#ifdef RING3_HOSTILE
		cmocka_unit_test(test_every_allocation_fails),
#endif
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
