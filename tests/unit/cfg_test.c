/* SPDX-License-Identifier: BSD-2-Clause */
/* Does control flow analysis find functions, loops and merges, and refuse what the kernel refuses?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "isa/asm.h"
#include "verify/cfg.h"
#include "verify/diag.h"

struct built {
	struct arena arena;
	struct cfg cfg;
	struct diag_sink sink;
	struct bpf_insn *insns;
	uint32_t n;
	int r;
};

static void build_from(struct built *b, bool allow_loops, uint32_t entry)
{
	struct cfg_limits limits = { .max_subprogs = 4,
				     .allow_loops = allow_loops,
				     .entry = entry };

	arena_init(&b->arena, 0);
	diag_init(&b->sink);
	b->r = cfg_build(&b->cfg, b->insns, b->n, &limits, &b->arena, &b->sink);
}

static void build_insns(struct built *b, bool allow_loops)
{
	build_from(b, allow_loops, 0);
}

static void build(struct built *b, const char *text, bool allow_loops)
{
	struct asm_error err;

	memset(b, 0, sizeof(*b));
	if (asm_text(text, strlen(text), &b->insns, &b->n, &err))
		fail_msg("%s: %u:%u: %s", text, err.line, err.col, err.message);
	build_insns(b, allow_loops);
}

static void done(struct built *b)
{
	arena_done(&b->arena);
	mem_free(b->insns);
}

static void expect(struct built *b, int err, const char *reason, const char *message)
{
	struct lineinfo none = { .btf = NULL };
	struct verify_diag diag;

	assert_int_equal(b->r, err);
	diag_fill(&b->sink, &none, &diag);
	assert_string_equal(diag.reason, reason);
	assert_string_equal(diag.message, message);
	assert_int_equal(diag.err, err);
	done(b);
}

/* An exception callback is called by nobody, and calls others. */
static void test_entry(void **state)
{
	const char *text = "r0 = 0\nexit\nr1 = 0\ncall f\nexit\nf: r0 = 1\nexit\n";
	struct built b;

	(void)state;
	build(&b, text, true);
	expect(&b, -EINVAL, "cfg.unreachable", "unreachable insn 2");
	build(&b, text, true);
	arena_done(&b.arena);
	build_from(&b, true, 2);
	assert_int_equal(b.r, 0);
	assert_int_equal(b.cfg.n_subprogs, 3);
	assert_int_equal(b.cfg.subprog[2], 1);
	done(&b);
	build(&b, "r0 = 0\nexit\nr0 = 1\nexit\nr0 = 2\nexit\n", true);
	arena_done(&b.arena);
	build_from(&b, true, 2);
	expect(&b, -EINVAL, "cfg.unreachable", "unreachable insn 4");
}

static void test_refusals(void **state)
{
	static const struct {
		const char *text;
		int err;
		const char *reason, *message;
	} cases[] = {
		{ "r0 = 0; exit; r0 = 1; exit", -EINVAL, "cfg.unreachable", "unreachable insn 2" },
		{ "r0 = 0; goto +5; exit", -EINVAL, "cfg.jump_range",
		  "jump out of range from insn 1 to 7" },
		{ "r0 = 0; if r0 == 0 goto -5; exit", -EINVAL, "cfg.jump_range",
		  "jump out of range from insn 1 to -3" },
		{ "r0 = 0; goto +0", -EINVAL, "cfg.jump_range",
		  "jump out of range from insn 1 to 2" },
		{ "call f; exit; f: r0 = 0; goto +0", -EINVAL, "cfg.jump_range",
		  "jump out of range from insn 3 to 4" },
		{ "r0 = 0", -EINVAL, "cfg.falls_off", "last insn is not an exit or jmp" },
		{ "call f; exit; f: r0 = 1; goto -4", -EINVAL, "cfg.jump_range",
		  "jump out of range from insn 3 to 0" },
		{ "r0 = 0; call f; f: r0 = 0; exit", -EINVAL, "cfg.falls_off",
		  "last insn is not an exit or jmp" },
		{ "if r1 == 0 goto +1; r0 = 5 ll; exit", -EINVAL, "cfg.jump_middle",
		  "jump into the middle of ldimm64 insn 1" },
		{ "call a; call b; call c; call d; exit; a: exit; b: exit; c: exit; d: exit",
		  -E2BIG, "cfg.subprogs", "too many subprograms" },
	};
	struct built b;
	unsigned int k;

	(void)state;
	for (k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		build(&b, cases[k].text, true);
		expect(&b, cases[k].err, cases[k].reason, cases[k].message);
	}
	build(&b, "r0 = 0; l: r0 += 1; if r0 != 9 goto l; exit", false);
	expect(&b, -EINVAL, "cfg.back_edge", "back-edge from insn 2 to 1");
}

static void check_encoding(struct bpf_insn first, int err, const char *reason, const char *message)
{
	struct bpf_insn insns[] = { first, { .code = 0x95 } };
	struct built b = { .n = 2 };

	b.insns = mem_dup(insns, sizeof(insns));
	build_insns(&b, true);
	expect(&b, err, reason, message);
}

static void test_encodings(void **state)
{
	(void)state;
	check_encoding((struct bpf_insn){ .code = 0xff }, -EINVAL, "insn.opcode",
		       "unknown opcode ff");
	check_encoding((struct bpf_insn){ .code = 0xb7, .off = 3 }, -EINVAL, "insn.reserved",
		       "BPF_MOV uses reserved fields");
	check_encoding((struct bpf_insn){ .code = 0x61, .imm = 3 }, -EINVAL, "insn.reserved",
		       "BPF_LDX uses reserved fields");
	check_encoding((struct bpf_insn){ .code = 0xb7, .dst_reg = 11 }, -EINVAL, "insn.register",
		       "R11 is invalid");
	check_encoding((struct bpf_insn){ .code = 0x18 }, -EINVAL, "insn.ldimm64",
		       "invalid bpf_ld_imm64 insn");
	check_encoding((struct bpf_insn){ .code = 0x85, .src_reg = 1, .imm = 100 }, -EINVAL,
		       "cfg.call_target", "call to invalid destination");
}

static void test_loops(void **state)
{
	struct built b;

	(void)state;
	/*         0       1          2        3                    4                     5 */
	build(&b,
	      "r0 = 0; a: r2 = 0; b: r2 += 1; if r2 != 5 goto b; r0 += 1; if r0 != 5 goto a; exit",
	      true);
	assert_int_equal(b.r, 0);
	assert_true(b.cfg.has_loop);
	assert_int_equal(b.cfg.n_scc, 1);
	assert_int_equal(b.cfg.scc[0], 0);
	assert_int_not_equal(b.cfg.scc[1], 0);
	assert_int_equal(b.cfg.scc[1], b.cfg.scc[3]);
	assert_int_equal(b.cfg.scc[6], 0);
	assert_true(b.cfg.flags[1] & CFG_LOOP_HEAD && b.cfg.flags[2] & CFG_LOOP_HEAD);
	assert_false(b.cfg.flags[3] & CFG_PRUNE);
	assert_int_equal(b.cfg.n_postorder, 7);
	assert_int_equal(b.cfg.postorder[0], 6);
	assert_int_equal(b.cfg.postorder[6], 0);
	done(&b);
	build(&b, "r0 = 0; if r1 == 0 goto x; r0 = 1; x: exit", true);
	assert_false(b.cfg.has_loop);
	assert_int_equal(b.cfg.n_scc, 0);
	assert_true(b.cfg.flags[3] & CFG_MERGE && b.cfg.flags[3] & CFG_PRUNE);
	done(&b);
}

static void test_subprogs(void **state)
{
	struct built b;

	(void)state;
	build(&b, "call f; exit; f: call g; exit; g: r0 = 1; exit", true);
	assert_int_equal(b.r, 0);
	assert_int_equal(b.cfg.n_subprogs, 3);
	assert_int_equal(b.cfg.subprogs[1].start, 2);
	assert_int_equal(b.cfg.subprogs[1].end, 4);
	assert_int_equal(b.cfg.callee[0], 1);
	assert_int_equal(b.cfg.callee[2], 2);
	assert_int_equal(b.cfg.subprog[5], 2);
	assert_int_equal(b.cfg.subprogs[0].max_depth, 2);
	assert_true(b.cfg.subprogs[1].is_called);
	assert_false(b.cfg.subprogs[1].is_recursive);
	done(&b);
	build(&b, "call f; exit; f: call g; exit; g: call f; exit", true);
	assert_int_equal(b.r, 0);
	assert_true(b.cfg.subprogs[1].is_recursive);
	done(&b);
	/* A function that only dead code would call is unreachable. */
	build(&b, "r0 = 0; exit; call f; exit; f: exit", true);
	expect(&b, -EINVAL, "cfg.unreachable", "unreachable insn 2");
}

/* Random bytes of instructions neither crash nor hang, and a graph that is built is consistent. */
static void test_hostile(void **state)
{
	static const uint8_t codes[] = {
		0xb7, 0x0f, 0x05, 0x06, 0x15, 0x1d, 0x85, 0x95, 0x18, 0xe5
	};
	uint64_t seed = 12345;
	unsigned int k, j, accepted = 0;

	(void)state;
	for (k = 0; k < 30000; k++) {
		struct built b = { .n = 1 + k % 12 };

		b.insns = mem_array(b.n, sizeof(*b.insns));
		for (j = 0; j < b.n; j++) {
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			b.insns[j].code = codes[seed >> 33 & 7];
			if (seed >> 60 == 0)
				b.insns[j].code = codes[8 + (seed >> 40 & 1)];
			if (b.insns[j].code == 0x85)
				b.insns[j].src_reg = 1;
			if (b.insns[j].code == 0x85 || b.insns[j].code == 0x06)
				b.insns[j].imm = (int32_t)(seed >> 50 & 7) - 3;
			else if ((b.insns[j].code & 7) == 5 && b.insns[j].code != 0x95)
				b.insns[j].off = (int16_t)((int)(seed >> 50 & 7) - 3);
			if (j == b.n - 1)
				b.insns[j] = (struct bpf_insn){ .code = 0x95 };
		}
		build_insns(&b, true);
		if (!b.r) {
			accepted++;
			for (j = 0; j < b.n; j++)
				assert_true(b.cfg.op[j] == CFG_NO_OP ||
					    b.cfg.flags[j] & CFG_REACHED);
		} else {
			assert_true(diag_is_set(&b.sink));
		}
		done(&b);
	}
	assert_true(accepted > 100);
}

/* Every row of reasons.def can be recorded and printed without a hole left open. */
static void test_reasons(void **state)
{
	struct lineinfo none = { .btf = NULL };
	const struct verify_reason *why;
	struct verify_diag diag;
	struct diag_sink sink;
	static const unsigned int counts[] = {
#define R(ID, id, category, err, n, ...) n,
		REASON_LIST(R)
#undef R
	};
	struct diag_arg args[DIAG_MAX_ARGS];
	unsigned int k, j;
	char hole[8];

	(void)state;
	for (k = 0; k < DIAG_MAX_ARGS; k++)
		args[k] = diag_str("operand");
	for (k = 0; (why = verify_reason_at(k)); k++) {
		assert_ptr_equal(verify_reason_of(why->id), why);
		assert_true(*why->title && *why->cause && *why->remedy);
		for (j = 0; j < DIAG_MAX_ARGS; j++)
			args[j] = diag_int(7001 + (int)j);
		diag_init(&sink);
		assert_true(diag_reject(&sink, 3, k, counts[k], args) < 0);
		diag_fill(&sink, &none, &diag);
		assert_null(strchr(diag.message, '?'));
		assert_null(strchr(diag.known, '?'));
		assert_null(strchr(diag.message, '{'));
		for (j = 0; j < counts[k]; j++) {
			snprintf(hole, sizeof(hole), "%u", 7001 + j);
			if (!strstr(diag.message, hole) && !strstr(diag.known, hole) &&
			    strcmp(why->id, "insn.opcode") != 0)
				fail_msg("%s: operand %u is not printed", why->id, j);
		}
		assert_int_equal(diag.insn, 3);
	}
	assert_int_equal(k, REASON_N);
	assert_null(verify_reason_of("no.such"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entry),     cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_encodings), cmocka_unit_test(test_loops),
		cmocka_unit_test(test_subprogs),  cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_reasons),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
