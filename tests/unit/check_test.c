/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does the checking interpreter see every access outside of an object, and nothing else, and do
 * interpreter, checker and JIT agree on calls, callbacks, packets and fuel?  Programs come as text
 * with facts made by hand, for what is wrong in them the verifier would refuse.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "helper/packet.h"
#include "jit/jit.h"
#include "map/map.h"
#include "run/prog.h"
#include "support/facts.h"

enum {
	CTX_BYTES = 32,
	VALUE_BYTES = 24
};

static struct map *the_map;

static uint64_t lookup(uint64_t map, uint64_t key, uint64_t r3, uint64_t r4, uint64_t r5,
		       struct run *run)
{
	(void)r3, (void)r4, (void)r5;
	return (uint64_t)map_lookup((struct map *)map, (const void *)key, run->slot);
}

static uint64_t fill(uint64_t mem, uint64_t size, uint64_t r3, uint64_t r4, uint64_t r5,
		     struct run *run)
{
	(void)r3, (void)r4, (void)r5, (void)run;
	memset((void *)mem, 0x5a, size);
	return 0;
}

static uint64_t repeat(uint64_t n, uint64_t fn, uint64_t ctx, uint64_t r4, uint64_t r5,
		       struct run *run)
{
	uint64_t i;

	(void)r4, (void)r5;
	for (i = 0; i < n; i++)
		if (run->invoke(run, fn, i, ctx, 0, 0, 0))
			return i + 1;
	return i;
}

static uint64_t lend[4];

static uint64_t borrow(uint64_t size, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
		       struct run *run)
{
	(void)size, (void)r2, (void)r3, (void)r4, (void)r5, (void)run;
	return (uint64_t)lend;
}

static uint64_t give_back(uint64_t mem, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
			  struct run *run)
{
	(void)mem, (void)r2, (void)r3, (void)r4, (void)r5, (void)run;
	return 0;
}

static const struct helper_proto protos[] = {
	{ .id = 0x10000,
	  .name = "lookup",
	  .ret = RET_MAP_VALUE_OR_NULL,
	  .arg = { ARG_CONST_MAP_PTR, ARG_MAP_KEY },
	  .fn = lookup },
	{ .id = 0x10001,
	  .name = "fill",
	  .ret = RET_INTEGER,
	  .arg = { ARG_UNINIT_MEM, ARG_SIZE },
	  .fn = fill },
	{ .id = 0x10002,
	  .name = "repeat",
	  .ret = RET_INTEGER,
	  .arg = { ARG_ANYTHING, ARG_FUNC, ARG_STACK_OR_NULL },
	  .fn = repeat },
	{ .id = 0x10003,
	  .name = "borrow",
	  .ret = RET_ALLOC_MEM_OR_NULL,
	  .arg = { ARG_CONST_ALLOC_SIZE },
	  .fn = borrow },
	{ .id = 0x10004,
	  .name = "give_back",
	  .ret = RET_VOID,
	  .flags = HELPER_RELEASES,
	  .arg = { ARG_ALLOC_MEM },
	  .fn = give_back },
};
static const struct helper_set helpers = { protos, 5 };

static uint64_t run_checked(const struct facts *f, void *ctx, size_t ctx_size, uint64_t *ret_bad,
			    struct text *why)
{
	struct run run = { .fuel = 100, .ctx = ctx };
	struct interp_check *ck = NULL;
	uint64_t r0;

	assert_int_equal(interp_check_new(&f->code, &ck), 0);
	interp_check_add_map(ck, the_map);
	r0 = interp_check_run(ck, ctx, ctx_size, &run, ret_bad, why);
	interp_check_free(ck);
	return r0;
}

/* Every engine gives r0, and the checker has nothing to say. */
static void expect_on(const char *text, void *ctx, size_t ctx_size, uint64_t want)
{
	struct run run = { .fuel = 100, .ctx = ctx };
	struct jit_image *image = NULL;
	uint64_t bad = 0, r0;
	struct facts f;
	char buf[256];
	struct text why;

	text_init(&why, buf, sizeof(buf));
	facts_init(&f, text, 64, &helpers, the_map);
	assert_int_equal(interp_run(&f.code, ctx, &run), want);
	r0 = run_checked(&f, ctx, ctx_size, &bad, &why);
	if (bad)
		fail_msg("%s\n%s", text, buf);
	assert_int_equal(r0, want);
	run = (struct run){ .fuel = 100, .ctx = ctx };
	assert_int_equal(jit_compile(&f.code, &image), 0);
	assert_int_equal(image->entry(ctx, &run), want);
	jit_free(image);
	facts_done(&f);
}

static void expect(const char *text, uint64_t want)
{
	static uint8_t ctx[CTX_BYTES];

	expect_on(text, ctx, sizeof(ctx), want);
}

/* The checker finds something, and says so. */
static void violates(const char *text, const char *part)
{
	uint8_t ctx[CTX_BYTES] = { 0 };
	uint64_t bad = 0;
	struct facts f;
	char buf[256];
	struct text why;

	text_init(&why, buf, sizeof(buf));
	facts_init(&f, text, 64, &helpers, the_map);
	run_checked(&f, ctx, sizeof(ctx), &bad, &why);
	if (!bad || !strstr(buf, part))
		fail_msg("%s\nviolations %lu: %s", text, (unsigned long)bad, buf);
	facts_done(&f);
}

#define LOOKUP                                                                         \
	"*(u32 *)(r10 - 4) = 0; r2 = r10; r2 += -4; r1 = map_fd[0] ll; call 0x10000\n" \
	"if r0 != 0 goto +1; exit\n"

static void test_map_values(void **state)
{
	(void)state;
	expect(LOOKUP "*(u64 *)(r0 + 16) = 7; r0 = *(u64 *)(r0 + 16); exit", 7);
	violates(LOOKUP "r0 = *(u64 *)(r0 + 17); exit", "offset 17 of a map value of 24 bytes");
	violates(LOOKUP "r0 = *(u8 *)(r0 - 1); exit", "offset -1 of a map value");
	violates(LOOKUP "*(u8 *)(r0 + 24) = 1; exit", "writes 1 bytes at offset 24");
	violates(LOOKUP "r0 += 8; r0 <<= 1; r0 = *(u8 *)(r0 + 0); exit", "in no object");
	/* A pointer keeps its object through the stack. */
	violates(LOOKUP
		 "*(u64 *)(r10 - 16) = r0; r1 = *(u64 *)(r10 - 16); r0 = *(u8 *)(r1 + 24); exit",
		 "map value");
	violates("r1 = map_fd[0] ll; r0 = *(u32 *)(r1 + 0); exit", "of a map of 0 bytes");
	violates("r1 = 5; r2 = r10; r2 += -8; call 0x10000; exit", "is no map");
	violates("r1 = map_fd[0] ll; r2 = r10; r2 += -3; call 0x10000; exit", "stack frame");
}

static void test_registers_and_stack(void **state)
{
	(void)state;
	expect("r0 = *(u64 *)(r1 + 24); exit", 0);
	violates("r0 = *(u64 *)(r1 + 25); exit", "of a context of 32 bytes");
	violates("r0 = r3; exit", "reads r3, which is not initialised");
	violates("exit", "reads r0");
	violates("*(u64 *)(r10 - 72) = 0; r0 = 0; exit", "stack frame of 64 bytes");
	violates("r1 = 1; call f; r0 = r1; exit; f: r0 = 0; exit", "reads r1");
	violates("r6 = 1; call f; exit; f: r0 = r6; exit", "reads r6");
	violates("call f; r0 = *(u64 *)(r0 - 8); exit; f: *(u64 *)(r10 - 8) = 1; r0 = r10; exit",
		 "gone");
	violates("r1 = r10; r1 += -12; r0 = 1; lock *(u64 *)(r1 + 0) += r0; exit", "not aligned");
}

static void test_helper_memory(void **state)
{
	(void)state;
	expect("r1 = r10; r1 += -16; r2 = 8; call 0x10001; r0 = *(u8 *)(r10 - 9); exit", 0x5a);
	violates("r1 = r10; r1 += -16; r2 = 17; call 0x10001; exit", "writes 17 bytes");
	violates("r1 = r10; r1 += -16; call 0x10001; exit", "argument 2 of bpf_fill is not");
	expect("r1 = 16; call 0x10003; r6 = r0; *(u64 *)(r6 + 8) = 3; r1 = r6; call 0x10004\n"
	       "r0 = 9; exit",
	       9);
	violates("r1 = 16; call 0x10003; *(u64 *)(r0 + 16) = 3; exit", "record of a ring buffer");
	violates("r1 = 16; call 0x10003; r6 = r0; r1 = r6; call 0x10004\n"
		 "r0 = *(u64 *)(r6 + 0); exit",
		 "gone");
	violates("r1 = 16; call 0x10003; r1 = r0; r1 += 8; call 0x10004; exit", "gave out");
	violates("r1 = r10; r1 += -8; *(u64 *)(r1 + 0) = 0; call 0x10004; exit", "gave out");
}

static void test_callbacks(void **state)
{
	(void)state;
	expect("*(u64 *)(r10 - 8) = 0; r1 = 5; r2 = func cb ll; r3 = r10; r3 += -8; call 0x10002\n"
	       "r1 = *(u64 *)(r10 - 8); r0 *= 100; r0 += r1; exit\n"
	       "cb: r3 = *(u64 *)(r2 + 0); r3 += r1; *(u64 *)(r2 + 0) = r3; r0 = 0; exit",
	       510);
	expect("r1 = 9; r2 = func cb ll; r3 = 0; call 0x10002; exit\n"
	       "cb: r0 = 0; if r1 < 3 goto +1; r0 = 1; exit",
	       4);
	violates("r1 = 1; r2 = func cb ll; r3 = r10; r3 += -8; call 0x10002; exit\n"
		 "cb: r0 = *(u64 *)(r2 + 8); exit",
		 "stack frame");
	violates("r1 = 1; r2 = 77; r3 = 0; call 0x10002; exit", "is no function");
}

static void test_fuel(void **state)
{
	(void)state;
	expect("r0 = 0; again: may_goto out; r0 += 1; goto again; out: exit", 100);
}

static void test_packet_loads(void **state)
{
	uint8_t bytes[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct packet packet = { .data = bytes,
				 .data_end = bytes + 8,
				 .head = bytes,
				 .end_room = bytes + 8,
				 .mac = bytes,
				 .net = bytes + 4 };

	(void)state;
	expect_on("r6 = r1; r0 = *(u32 *)skb[4]; exit", &packet, sizeof(packet), 0x05060708);
	expect_on("r6 = r1; r2 = 2; r0 = *(u16 *)skb[r2 + 1]; exit", &packet, sizeof(packet),
		  0x0405);
	expect_on("r6 = r1; r0 = *(u32 *)skb[5]; r0 = 1; exit", &packet, sizeof(packet), 0);
	expect_on("r6 = r1; r0 = *(u8 *)skb[-1048576]; exit", &packet, sizeof(packet), 5);
	expect_on("r6 = r1; r0 = *(u8 *)skb[-2097151]; exit", &packet, sizeof(packet), 2);
	expect_on("r6 = r1; r0 = *(u8 *)skb[-3000000]; r0 = 1; exit", &packet, sizeof(packet), 0);
}

static struct prog targets[3];

static const void *resolve(void *arg, uint32_t id)
{
	(void)arg;
	return id < 3 ? &targets[id] : NULL;
}

/* Slot 0 of the array holds a program that returns 40 + its first context byte, slot 1 one that
 * calls itself, slot 2 is empty. */
static struct map *make_targets(struct facts *plain, struct facts *again)
{
	struct map_desc desc = { .type = BPF_MAP_TYPE_PROG_ARRAY,
				 .key_size = 4,
				 .value_size = 4,
				 .max_entries = 3,
				 .slots = 1,
				 .spin_lock_off = -1,
				 .timer_off = -1 };
	struct map *array = NULL;

	assert_int_equal(map_create(memfd_create("array", MFD_CLOEXEC), &desc, false, &array), 0);
	array->resolve_prog = resolve;
	facts_init(plain, "r0 = *(u8 *)(r1 + 0); r0 += 40; exit", 64, &helpers, array);
	facts_init(again,
		   "r3 = *(u32 *)(r1 + 4); r3 += 1; *(u32 *)(r1 + 4) = r3\n"
		   "r2 = map_fd[0] ll; r3 = 1; call 12; r0 = 5; exit",
		   64, &helpers, array);
	targets[1] = (struct prog){ .code = plain->code, .maps = &the_map, .n_maps = 0 };
	targets[2] = (struct prog){ .code = again->code, .maps = &the_map, .n_maps = 1 };
	for (uint32_t key = 0; key < 2; key++) {
		uint32_t id = key + 1;

		assert_int_equal(map_user_update(array, &key, &id, BPF_ANY), 0);
	}
	return array;
}

static void test_tail_calls(void **state)
{
	struct map *values = the_map;
	uint32_t ctx[8] = { 2 };
	struct facts plain, again;

	(void)state;
	the_map = make_targets(&plain, &again);
	expect_on("r2 = map_fd[0] ll; r3 = 0; call 12; r0 = 1; exit", ctx, sizeof(ctx), 42);
	expect_on("r2 = map_fd[0] ll; r3 = 2; call 12; r0 = 1; exit", ctx, sizeof(ctx), 1);
	expect_on("r2 = map_fd[0] ll; r3 = 3; call 12; r0 = 1; exit", ctx, sizeof(ctx), 1);
	/* Of a subprogram: it returns what the target returned. */
	expect_on("r6 = 100; call f; r0 += r6; exit\n"
		  "f: r2 = map_fd[0] ll; r3 = 0; call 12; r0 = 1; exit",
		  ctx, sizeof(ctx), 142);
	/* The 34th is not taken. */
	expect_on("r2 = map_fd[0] ll; r3 = 1; call 12; r0 = 1; exit", ctx, sizeof(ctx), 5);
	assert_int_equal(ctx[1], 3 * RUN_MAX_TAIL_CALLS);
	violates("r2 = r10; r3 = 0; call 12; r0 = 1; exit", "tail call without");
	map_unref(the_map);
	facts_done(&plain);
	facts_done(&again);
	the_map = values;
}

static int make_map(void **state)
{
	struct map_desc desc = { .type = BPF_MAP_TYPE_ARRAY,
				 .key_size = 4,
				 .value_size = VALUE_BYTES,
				 .max_entries = 3,
				 .slots = 1,
				 .spin_lock_off = -1,
				 .timer_off = -1 };

	(void)state;
	return map_create(memfd_create("map", MFD_CLOEXEC), &desc, false, &the_map);
}

static int drop_map(void **state)
{
	(void)state;
	the_map = map_unref(the_map);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_values),    cmocka_unit_test(test_registers_and_stack),
		cmocka_unit_test(test_helper_memory), cmocka_unit_test(test_callbacks),
		cmocka_unit_test(test_tail_calls),    cmocka_unit_test(test_fuel),
		cmocka_unit_test(test_packet_loads),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_map, drop_map);
}
