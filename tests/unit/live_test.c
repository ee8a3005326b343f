/* SPDX-License-Identifier: BSD-2-Clause */
/* Is everything that may be read later live, and is what is overwritten first not? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "isa/asm.h"
#include "verify/diag.h"
#include "verify/live.h"

struct built {
	struct arena arena;
	struct cfg cfg;
	struct live live;
	struct bpf_insn *insns;
};

static unsigned int two_args(void *arg, uint32_t at)
{
	(void)arg;
	(void)at;
	return 2;
}

static void build(struct built *b, const char *text)
{
	struct cfg_limits limits = { .max_subprogs = 8, .allow_loops = true };
	struct diag_sink sink;
	struct asm_error err;
	uint32_t n;

	memset(b, 0, sizeof(*b));
	if (asm_text(text, strlen(text), &b->insns, &n, &err))
		fail_msg("%s: %u:%u: %s", text, err.line, err.col, err.message);
	arena_init(&b->arena, 0);
	diag_init(&sink);
	assert_int_equal(cfg_build(&b->cfg, b->insns, n, &limits, &b->arena, &sink), 0);
	assert_int_equal(live_build(&b->live, &b->cfg, two_args, NULL, &b->arena), 0);
}

static void done(struct built *b)
{
	arena_done(&b->arena);
	mem_free(b->insns);
}

static void test_registers(void **state)
{
	struct built b;

	(void)state;
	build(&b, "r6 = r1; r7 = 1; r2 = r6; r1 = r10; call 1; r0 = r7; exit");
	assert_int_equal(b.live.regs[0], 1 << 1 | 1 << 10);
	assert_int_equal(b.live.regs[1], 1 << 6 | 1 << 10);
	assert_int_equal(b.live.regs[4], 1 << 1 | 1 << 2 | 1 << 7);
	assert_int_equal(b.live.regs[5], 1 << 7);
	assert_int_equal(b.live.regs[6], 1);
	done(&b);
	/* A loop: what its body reads is live on the way around. */
	build(&b, "r0 = 0; r1 = 0; l: r0 += r2; r1 += 1; if r1 != 5 goto l; exit");
	assert_int_equal(b.live.regs[3], 1 | 1 << 1 | 1 << 2);
	assert_int_equal(b.live.regs[0], 1 << 2);
	done(&b);
	/* A branch: live if either side reads it. */
	build(&b, "r0 = 0; if r1 == 0 goto x; r0 = r3; x: exit");
	assert_int_equal(b.live.regs[0], 1 << 1 | 1 << 3);
	done(&b);
}

static void test_stack(void **state)
{
	struct built b;

	(void)state;
	build(&b, "r2 = 1; *(u64 *)(r10 - 8) = r2; *(u32 *)(r10 - 16) = r2; r0 = *(u64 *)(r10 - "
		  "8); exit");
	assert_int_equal(live_slot(&b.live, 0, 0), 0);
	assert_int_equal(live_slot(&b.live, 2, 0), 3);
	assert_int_equal(live_slot(&b.live, 3, 1), 0);
	assert_int_equal(live_slot(&b.live, 4, 0), 0);
	done(&b);
	/* Halves of a slot: the write of one half leaves the other. */
	build(&b, "r2 = 1; *(u32 *)(r10 - 8) = r2; r0 = *(u64 *)(r10 - 8); exit");
	assert_int_equal(live_slot(&b.live, 0, 0), 1);
	assert_int_equal(live_slot(&b.live, 2, 0), 3);
	done(&b);
	/* Two bytes do not end a grain of four. */
	build(&b, "r2 = 1; *(u16 *)(r10 - 8) = r2; r0 = *(u32 *)(r10 - 8); exit");
	assert_int_equal(live_slot(&b.live, 0, 0), 2);
	done(&b);
	/* Through a copy with an offset. */
	build(&b,
	      "r3 = r10; r3 += -24; r2 = 1; *(u64 *)(r3 + 8) = r2; r0 = *(u64 *)(r10 - 16); exit");
	assert_int_equal(live_slot(&b.live, 3, 1), 0);
	assert_int_equal(live_slot(&b.live, 4, 1), 3);
	done(&b);
}

static void test_escapes(void **state)
{
	struct built b;

	(void)state;
	/* A helper reads upwards from what it is given. */
	build(&b, "r1 = 1; r2 = r10; r2 += -16; call 1; r0 = 0; exit");
	assert_int_equal(live_slot(&b.live, 0, 0), 3);
	assert_int_equal(live_slot(&b.live, 0, 1), 3);
	assert_int_equal(live_slot(&b.live, 0, 2), 0);
	assert_int_equal(live_slot(&b.live, 4, 1), 0);
	done(&b);
	/* A function of the program may read all. */
	build(&b, "r1 = r10; r1 += -16; call f; exit; f: r0 = *(u64 *)(r1 - 64); exit");
	assert_int_equal(live_slot(&b.live, 0, 63), 3);
	assert_int_equal(live_slot(&b.live, 3, 63), 0);
	/* ... of its caller; its own frame is another. */
	assert_int_equal(live_slot(&b.live, 4, 1), 0);
	done(&b);
	/* A pointer that was stored may come back by any load. */
	build(&b, "r2 = r10; *(u64 *)(r10 - 8) = r2; r3 = *(u64 *)(r10 - 8); r0 = *(u64 *)(r3 - "
		  "40); exit");
	assert_int_equal(live_slot(&b.live, 3, 4), 3);
	done(&b);
	/* A variable index: anything may be read, nothing is surely written. */
	build(&b, "r2 = r10; r2 += r1; *(u64 *)(r10 - 16) = r1; *(u64 *)(r2 - 8) = r1; r0 = *(u64 "
		  "*)(r10 - 16); exit");
	assert_int_equal(live_slot(&b.live, 3, 1), 3);
	done(&b);
	build(&b, "r2 = r10; r2 += r1; r0 = *(u8 *)(r2 - 8); exit");
	assert_int_equal(live_slot(&b.live, 0, 63), 3);
	done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_stack),
		cmocka_unit_test(test_escapes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
