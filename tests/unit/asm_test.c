/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Are the assembler and the disassembler each other's inverse, do they write what LLVM writes, and
 * is bad text refused where it goes wrong?
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "isa/asm.h"
#include "isa/disasm.h"
#include "support/rng.h"

/* A well-formed instruction of a row: fields that the decoder refuses go back to zero. */
static uint32_t random_insn(struct rng *rng, int op, struct bpf_insn *insn)
{
	const struct isa_row *row = isa_row((enum isa_op)op);
	struct bpf_insn fresh = { .code = row->opcode };
	struct bpf_insn try;

	if (row->sel == ISA_SEL_OFF)
		fresh.off = (int16_t)row->sel_value;
	if (row->sel == ISA_SEL_IMM)
		fresh.imm = row->sel_value;
	if (row->sel == ISA_SEL_SRC)
		fresh.src_reg = (uint8_t)row->sel_value & 0xf;
	insn[0] = fresh;
	for (int field = 0; field < 4; field++) {
		try = insn[0];
		if (field == 0)
			try.dst_reg = rng_below(rng, 11) & 0xf;
		if (field == 1)
			try.src_reg = rng_below(rng, 11) & 0xf;
		if (field == 2)
			try.off = (int16_t)rng_value(rng);
		if (field == 3)
			try.imm = (int32_t)rng_value(rng);
		if (isa_decode(&try, NULL) == op)
			insn[0] = try;
	}
	insn[1] = (struct bpf_insn){ 0 };
	if (!isa_is_wide(insn[0].code))
		return 1;
	insn[1].imm = (int32_t)rng_value(rng);
	return 2;
}

static void check_round_trip(struct bpf_insn *insn, uint32_t n)
{
	struct bpf_insn *back = NULL;
	struct asm_error err = { 0 };
	char buf[128];
	struct text t;
	uint32_t n_back = 0;

	text_init(&t, buf, sizeof(buf));
	assert_int_equal(disasm_insn(insn, n, &t), n);
	if (asm_text(buf, t.len, &back, &n_back, &err))
		fail_msg("'%s': %u: %s", buf, err.col, err.message);
	if (n_back != n || memcmp(back, insn, n * sizeof(*insn)) != 0)
		fail_msg("'%s' comes back as something else", buf);
	mem_free(back);
}

static void test_round_trip(void **state)
{
	struct rng rng = { 1 };
	struct bpf_insn insn[2];

	(void)state;
	for (int round = 0; round < 1000; round++)
		for (int op = 0; op < ISA_N_OP; op++)
			check_round_trip(insn, random_insn(&rng, op, insn));
}

/* Bytes that llvm-mc-19 -mcpu=v4 makes of these lines. */
static const struct {
	const char *text;
	uint64_t word, second;
} llvm[] = {
	{ "r0 = 1", 0x00000001000000b7, 0 },
	{ "w0 += w1", 0x000000000000100c, 0 },
	{ "r0 s/= r1", 0x000000000001103f, 0 },
	{ "w0 s%= 3", 0x0000000300010094, 0 },
	{ "r0 = (s8)r1", 0x00000000000810bf, 0 },
	{ "w0 = (s16)w1", 0x00000000001010bc, 0 },
	{ "*(u32 *)(r1 + 4) = w2", 0x0000000000042163, 0 },
	{ "*(u32 *)(r1 + 4) = 77", 0x0000004d00040162, 0 },
	{ "r0 = *(s16 *)(r1 - 2)", 0x00000000fffe1089, 0 },
	{ "lock *(u64 *)(r1 + 0) += r2", 0x00000000000021db, 0 },
	{ "lock *(u32 *)(r1 + 0) |= w2", 0x00000040000021c3, 0 },
	{ "r2 = atomic_fetch_add((u64 *)(r1 + 0), r2)", 0x00000001000021db, 0 },
	{ "w2 = atomic_fetch_xor((u32 *)(r1 + 0), w2)", 0x000000a1000021c3, 0 },
	{ "r2 = xchg_64(r1 + 0, r2)", 0x000000e1000021db, 0 },
	{ "w2 = xchg32_32(r1 + 0, w2)", 0x000000e1000021c3, 0 },
	{ "r0 = cmpxchg_64(r1 + 0, r0, r2)", 0x000000f1000021db, 0 },
	{ "w0 = cmpxchg32_32(r1 + 0, w0, w2)", 0x000000f1000021c3, 0 },
	{ "r0 = be16 r0", 0x00000010000000dc, 0 },
	{ "r0 = le64 r0", 0x00000040000000d4, 0 },
	{ "r0 = bswap64 r0", 0x00000040000000d7, 0 },
	{ "if w1 s> 5 goto +3", 0x0000000500030166, 0 },
	{ "if r1 & r2 goto -4", 0x00000000fffc214d, 0 },
	{ "if r1 & 7 goto -4", 0x00000007fffc0145, 0 },
	{ "goto -4", 0x00000000fffc0005, 0 },
	{ "gotol +1000", 0x000003e800000006, 0 },
	{ "may_goto +1", 0x00000000000100e5, 0 },
	{ "call 5", 0x0000000500000085, 0 },
	{ "callx r1", 0x000000000000018d, 0 },
	{ "exit", 0x0000000000000095, 0 },
	{ "r0 = 0x1122334455667788 ll", 0x5566778800000018, 0x1122334400000000 },
	{ "r0 = *(u8 *)skb[10]", 0x0000000a00000030, 0 },
	{ "r0 = *(u16 *)skb[r1]", 0x0000000000001048, 0 },
	{ "r0 = addr_space_cast(r1, 0, 1)", 0x00000001000110bf, 0 },
	{ "r0 = -r0", 0x0000000000000087, 0 },
	{ "w3 = -w3", 0x0000000000000384, 0 },
};

static void test_llvm_agrees(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(llvm) / sizeof(llvm[0]); i++) {
		struct bpf_insn *insns = NULL;
		struct asm_error err = { 0 };
		uint64_t words[2] = { 0 };
		uint32_t n = 0;

		if (asm_text(llvm[i].text, strlen(llvm[i].text), &insns, &n, &err))
			fail_msg("%s: %s", llvm[i].text, err.message);
		memcpy(words, insns, n * sizeof(*insns));
		assert_int_equal(words[0], llvm[i].word);
		assert_int_equal(words[1], llvm[i].second);
		mem_free(insns);
	}
}

static void test_labels(void **state)
{
	static const char text[] = "# counts down\n"
				   "start: r1 = 3; r0 = 0\n"
				   "loop:\n"
				   "  r0 += r1   // sum\n"
				   "  r1 -= 1\n"
				   "  if r1 != 0 goto loop\n"
				   "  call twice\n"
				   "  gotol end\n"
				   "twice: r0 = 6; exit\n"
				   "end: exit";
	struct bpf_insn *insns = NULL;
	struct asm_error err = { 0 };
	uint32_t n = 0;

	(void)state;
	assert_int_equal(asm_text(text, strlen(text), &insns, &n, &err), 0);
	assert_int_equal(n, 10);
	assert_int_equal(insns[4].off, -3);
	assert_int_equal(insns[5].imm, 1);
	assert_int_equal(insns[5].src_reg, 1);
	assert_int_equal(insns[6].imm, 2);
	mem_free(insns);
}

static void check_error(const char *text, uint32_t line, uint32_t col, const char *part)
{
	struct bpf_insn *insns = NULL;
	struct asm_error err = { 0 };
	uint32_t n = 0;

	assert_int_equal(asm_text(text, strlen(text), &insns, &n, &err), -EINVAL);
	if (err.line != line || err.col != col || !strstr(err.message, part))
		fail_msg("'%s': %u:%u: %s", text, err.line, err.col, err.message);
}

static void test_errors(void **state)
{
	(void)state;
	check_error("r0 = 1\nr0 = 0x1ffffffff", 2, 6, "out of range");
	check_error("r11 = 1", 1, 1, "no such register");
	check_error("exit\n\n  frobnicate", 3, 3, "unknown instruction");
	check_error("goto nowhere", 1, 6, "no such label: nowhere");
	check_error("a: exit\na: exit", 2, 1, "second label a");
	check_error("exit now", 1, 6, "unexpected text");
	check_error("r0 = *(u32 *)(r1 + 40000)", 1, 18, "offset out of range");
	check_error("r1 = -r2", 1, 9, "named before");
	check_error("r0 = 99999999999999999999 ll", 1, 25, "64 bits");
}

/* Text made of pieces of real instructions must be taken or refused, never worse. */
static void test_hostile_text(void **state)
{
	static const char alphabet[] = "rw01u8*()+-=<>s&|^%.:;# \n,goto[]skblockxchg_ifcalpm";
	struct rng rng = { 7 };
	uint32_t refused = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct bpf_insn *insns = NULL;
		struct asm_error err = { 0 };
		char buf[64];
		uint32_t n = 0, len = rng_below(&rng, sizeof(buf));
		size_t at = rng_below(&rng, sizeof(llvm) / sizeof(llvm[0]));

		for (uint32_t k = 0; k < len; k++)
			buf[k] = alphabet[rng_below(&rng, sizeof(alphabet) - 1)];
		if (i & 1) {
			len = (uint32_t)strlen(llvm[at].text);
			memcpy(buf, llvm[at].text, len);
			buf[rng_below(&rng, len)] = (char)rng_next(&rng);
		}
		if (asm_text(buf, len, &insns, &n, &err) == 0)
			mem_free(insns);
		else
			refused++;
	}
	assert_true(refused > 1000);
}

static void test_invalid_is_named(void **state)
{
	struct bpf_insn insn = { .code = 0xff };
	char buf[64];
	struct text t;

	(void)state;
	text_init(&t, buf, sizeof(buf));
	assert_int_equal(disasm_insn(&insn, 1, &t), -EINVAL);
	assert_string_equal(buf, "invalid: unknown opcode");
	text_init(&t, buf, sizeof(buf));
	insn.code = 0x18;
	assert_int_equal(disasm_insn(&insn, 1, &t), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_llvm_agrees),
		cmocka_unit_test(test_labels),       cmocka_unit_test(test_errors),
		cmocka_unit_test(test_hostile_text), cmocka_unit_test(test_invalid_is_named),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
