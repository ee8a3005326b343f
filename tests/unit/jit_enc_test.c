/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do the encoders write the instruction that their name says?  Zydis decodes what they wrote and
 * its text must be the intended one, for all registers and for values on both sides of each short
 * form.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <Zydis/Zydis.h>

#include "jit/x64_enc.h"

enum {
	N = 16
};

static const char *const r64[N] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
				    "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15" };
static const char *const r32[N] = { "eax", "ecx", "edx",  "ebx",  "esp",  "ebp",  "esi",  "edi",
				    "r8d", "r9d", "r10d", "r11d", "r12d", "r13d", "r14d", "r15d" };
static const char *const r16[N] = { "ax",  "cx",  "dx",   "bx",   "sp",   "bp",   "si",   "di",
				    "r8w", "r9w", "r10w", "r11w", "r12w", "r13w", "r14w", "r15w" };
static const char *const r8[N] = { "al",  "cl",  "dl",   "bl",   "spl",  "bpl",  "sil",  "dil",
				   "r8b", "r9b", "r10b", "r11b", "r12b", "r13b", "r14b", "r15b" };

static const int32_t values[] = { 0, 1, 127, 128, -1, -128, -129, 0x12345, INT32_MAX, INT32_MIN };
enum {
	N_VALUES = sizeof(values) / sizeof(values[0])
};

static uint8_t code[32];

static const char *reg(unsigned int bits, unsigned int r)
{
	return bits == 64 ? r64[r] : bits == 32 ? r32[r] : bits == 16 ? r16[r] : r8[r];
}

static const char *ptr(unsigned int bits)
{
	return bits == 64 ? "qword" : bits == 32 ? "dword" : bits == 16 ? "word" : "byte";
}

/* The bytes [code, end) are one instruction that reads as `format` says. */
static __attribute__((format(printf, 2, 3))) void expect(const uint8_t *end, const char *format,
							 ...)
{
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction insn;
	ZydisFormatter formatter;
	char want[128], got[128];
	ZydisDecoder decoder;
	va_list args;

	va_start(args, format);
	vsnprintf(want, sizeof(want), format, args);
	va_end(args);
	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL);
	ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_FORCE_SIZE, ZYAN_TRUE);
	ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_HEX_UPPERCASE, ZYAN_FALSE);
	ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_IMM_SIGNEDNESS,
				  ZYDIS_SIGNEDNESS_UNSIGNED);
	if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code, sizeof(code), &insn, operands)))
		fail_msg("not an instruction, want %s", want);
	ZydisFormatterFormatInstruction(&formatter, &insn, operands, insn.operand_count_visible,
					got, sizeof(got), 0, NULL);
	if (strcmp(got, want) || insn.length != end - code)
		fail_msg("%s (%u bytes of %ld), want %s", got, insn.length, (long)(end - code),
			 want);
}

/* "[base+0x08]" as Zydis writes it. */
static const char *mem(unsigned int base, int32_t disp)
{
	static char text[64];
	int64_t d = disp;

	if (d < 0)
		snprintf(text, sizeof(text), "[%s-0x%02lx]", r64[base], (unsigned long)-d);
	else if (d)
		snprintf(text, sizeof(text), "[%s+0x%02lx]", r64[base], (unsigned long)d);
	else
		snprintf(text, sizeof(text), "[%s]", r64[base]);
	return text;
}

static unsigned long imm(bool w, int32_t v)
{
	return w ? (unsigned long)(int64_t)v : (unsigned long)(uint32_t)v;
}

static void test_register_forms(void **state)
{
	static const char *const alu[] = { "add", "or", "adc", "sbb", "and", "sub", "xor", "cmp" };

	(void)state;
	for (unsigned int k = 0; k < 2 * N * N; k++) {
		unsigned int d = k % N, s = k / N % N;
		bool w = k >= N * N;
		const char *dn = reg(w ? 64 : 32, d), *sn = reg(w ? 64 : 32, s);

		for (int op = X64_ADD; op <= X64_CMP; op++)
			expect(x64_alu_rr(code, w, op, d, s), "%s %s, %s", alu[op], dn, sn);
		expect(x64_test_rr(code, w, d, s), "test %s, %s", dn, sn);
		expect(x64_mov_rr(code, w, d, s), "mov %s, %s", dn, sn);
		expect(x64_imul_rr(code, w, d, s), "imul %s, %s", dn, sn);
		expect(x64_movzx_rr(code, 8, d, s), "movzx %s, %s", r32[d], r8[s]);
		expect(x64_movzx_rr(code, 16, d, s), "movzx %s, %s", r32[d], r16[s]);
		expect(x64_movzx_rr(code, 32, d, s), "mov %s, %s", r32[d], r32[s]);
		expect(x64_movsx_rr(code, w, 8, d, s), "movsx %s, %s", dn, r8[s]);
		expect(x64_movsx_rr(code, w, 16, d, s), "movsx %s, %s", dn, r16[s]);
		if (w)
			expect(x64_movsx_rr(code, w, 32, d, s), "movsxd %s, %s", dn, r32[s]);
	}
}

static void test_one_register(void **state)
{
	static const char *const unary[] = { [X64_NOT] = "not",
					     [X64_NEG] = "neg",
					     [X64_MUL] = "mul",
					     [X64_DIV] = "div",
					     [X64_IDIV] = "idiv" };
	static const char *const shift[] = { [X64_ROL] = "rol",
					     [X64_ROR] = "ror",
					     [X64_SHL] = "shl",
					     [X64_SHR] = "shr",
					     [X64_SAR] = "sar" };

	(void)state;
	for (unsigned int k = 0; k < 2 * N; k++) {
		unsigned int r = k % N;
		bool w = k >= N;
		const char *name = reg(w ? 64 : 32, r);

		for (unsigned int op = 0; op <= X64_IDIV; op++)
			if (unary[op])
				expect(x64_unary(code, w, op, r), "%s %s", unary[op], name);
		for (unsigned int op = 0; op <= X64_SAR; op++) {
			if (!shift[op])
				continue;
			expect(x64_shift_rc(code, w, op, r), "%s %s, cl", shift[op], name);
			expect(x64_shift_ri(code, w, op, r, 1), "%s %s, 0x01", shift[op], name);
			expect(x64_shift_ri(code, w, op, r, 31), "%s %s, 0x1f", shift[op], name);
		}
		expect(x64_bswap(code, w, r), "bswap %s", name);
		expect(x64_push(code, r), "push %s", r64[r]);
		expect(x64_pop(code, r), "pop %s", r64[r]);
		expect(x64_call_r(code, r), "call %s", r64[r]);
		expect(x64_jmp_r(code, r), "jmp %s", r64[r]);
	}
	expect(x64_cqo(code, true), "cqo");
	expect(x64_cqo(code, false), "cdq");
	expect(x64_leave(code), "leave");
	expect(x64_ret(code), "ret");
	expect(x64_ud2(code), "ud2");
}

/* A number of so many bytes, as Zydis writes it. */
static const char *number(unsigned long v, unsigned int bytes)
{
	static char text[32];

	snprintf(text, sizeof(text), "0x%02lx", bytes < 8 ? v & ((1UL << 8 * bytes) - 1) : v);
	return text;
}

static void test_immediates(void **state)
{
	static const char *const alu[] = { "add", "or", "adc", "sbb", "and", "sub", "xor", "cmp" };

	(void)state;
	for (unsigned int k = 0; k < 2 * N * N_VALUES; k++) {
		unsigned int r = k % N;
		bool w = k >= N * N_VALUES;
		int32_t v = values[k / N % N_VALUES];
		const char *name = reg(w ? 64 : 32, r);
		char wide[40];

		snprintf(wide, sizeof(wide), "%s", number(imm(w, v), w ? 8 : 4));
		for (int op = X64_ADD; op <= X64_CMP; op++) {
			const uint8_t *end = x64_alu_ri(code, w, op, r, v);

			expect(end, "%s %s, %s", alu[op], name, wide);
			if (v == (int8_t)v)
				assert_in_range(end - code, 3, 4);
		}
		expect(x64_imul_rri(code, w, r, (r + 1) % N, v), "imul %s, %s, %s", name,
		       reg(w ? 64 : 32, (r + 1) % N), wide);
		if (v >= 0 && v <= 127)
			expect(x64_test_ri(code, w, r, v), "test %s, %s", r8[r],
			       number(imm(w, v), 1));
		else if (v >= 0)
			expect(x64_test_ri(code, w, r, v), "test %s, %s", r32[r],
			       number(imm(false, v), 4));
		else
			expect(x64_test_ri(code, w, r, v), "test %s, %s", name, wide);
	}
}

static void test_constants(void **state)
{
	(void)state;
	for (unsigned int r = 0; r < N; r++) {
		expect(x64_mov_ri(code, r, 0), "xor %s, %s", r32[r], r32[r]);
		expect(x64_mov_ri(code, r, 1), "mov %s, 0x01", r32[r]);
		expect(x64_mov_ri(code, r, UINT32_MAX), "mov %s, 0xffffffff", r32[r]);
		expect(x64_mov_ri(code, r, UINT64_MAX), "mov %s, 0xffffffffffffffff", r64[r]);
		expect(x64_mov_ri(code, r, 1UL << 32), "mov %s, 0x100000000", r64[r]);
		expect(x64_mov_ri(code, r, 1UL << 63), "mov %s, 0x8000000000000000", r64[r]);
		assert_int_equal(x64_mov_ri(code, r, UINT64_MAX) - code, 7);
	}
}

static void check_loads(unsigned int r, unsigned int base, int32_t disp)
{
	const char *m = mem(base, disp);

	expect(x64_load(code, 8, r, base, disp), "movzx %s, byte ptr %s", r32[r], m);
	expect(x64_load(code, 16, r, base, disp), "movzx %s, word ptr %s", r32[r], m);
	expect(x64_load(code, 32, r, base, disp), "mov %s, dword ptr %s", r32[r], m);
	expect(x64_load(code, 64, r, base, disp), "mov %s, qword ptr %s", r64[r], m);
	expect(x64_load_sx(code, 8, r, base, disp), "movsx %s, byte ptr %s", r64[r], m);
	expect(x64_load_sx(code, 16, r, base, disp), "movsx %s, word ptr %s", r64[r], m);
	expect(x64_load_sx(code, 32, r, base, disp), "movsxd %s, dword ptr %s", r64[r], m);
	expect(x64_lea(code, true, r, base, disp), "lea %s, %s", r64[r], m);
	for (unsigned int bits = 8; bits <= 64; bits *= 2)
		expect(x64_store(code, bits, base, disp, r), "mov %s ptr %s, %s", ptr(bits), m,
		       reg(bits, r));
}

static void check_atomics(unsigned int r, unsigned int base, int32_t disp)
{
	const char *m = mem(base, disp);

	for (unsigned int bits = 32; bits <= 64; bits *= 2) {
		bool w = bits == 64;

		expect(x64_alu_mr(x64_lock(code), w, X64_ADD, base, disp, r),
		       "lock add %s ptr %s, %s", ptr(bits), m, reg(bits, r));
		expect(x64_alu_mr(x64_lock(code), w, X64_XOR, base, disp, r),
		       "lock xor %s ptr %s, %s", ptr(bits), m, reg(bits, r));
		expect(x64_xadd_mr(x64_lock(code), w, base, disp, r), "lock xadd %s ptr %s, %s",
		       ptr(bits), m, reg(bits, r));
		expect(x64_cmpxchg_mr(x64_lock(code), w, base, disp, r),
		       "lock cmpxchg %s ptr %s, %s", ptr(bits), m, reg(bits, r));
		expect(x64_xchg_mr(code, w, base, disp, r), "xchg %s ptr %s, %s", ptr(bits), m,
		       reg(bits, r));
	}
}

static void test_memory(void **state)
{
	(void)state;
	for (unsigned int k = 0; k < N * N * N_VALUES; k++) {
		unsigned int r = k % N, base = k / N % N;
		int32_t disp = values[k / (N * N)];

		check_loads(r, base, disp);
		check_atomics(r, base, disp);
		for (unsigned int bits = 8; bits <= 64; bits *= 2) {
			int32_t v = values[(k + bits) % N_VALUES];

			expect(x64_store_i(code, bits, base, disp, v), "mov %s ptr %s, %s",
			       ptr(bits), mem(base, disp),
			       number((unsigned long)(int64_t)v, bits / 8));
		}
	}
}

static void test_indexed(void **state)
{
	(void)state;
	for (unsigned int k = 0; k < N * N; k++) {
		unsigned int base = k % N, index = k / N;

		if (index == RSP)
			continue;
		expect(x64_lea_sib(code, true, R10, base, index), "lea r10, [%s+%s*1]", r64[base],
		       r64[index]);
		expect(x64_lea_sib(code, false, RBX, base, index), "lea ebx, [%s+%s*1]", r64[base],
		       r64[index]);
		if ((base & 7) != RBP)
			expect(x64_load_index8(code, R11, base, index),
			       "mov r11, qword ptr [%s+%s*8]", r64[base], r64[index]);
	}
}

static void test_branches(void **state)
{
	static const struct {
		enum x64_cc cc;
		const char *name;
	} cc[] = { { X64_B, "jb" },   { X64_AE, "jnb" }, { X64_E, "jz" },   { X64_NE, "jnz" },
		   { X64_BE, "jbe" }, { X64_A, "jnbe" }, { X64_NS, "jns" }, { X64_L, "jl" },
		   { X64_GE, "jnl" }, { X64_LE, "jle" }, { X64_G, "jnle" } };

	(void)state;
	for (unsigned int i = 0; i < sizeof(cc) / sizeof(cc[0]); i++) {
		expect(x64_jcc8(code, cc[i].cc, 16), "%s 0x0000000000000012", cc[i].name);
		expect(x64_jcc32(code, cc[i].cc, 1000), "%s 0x00000000000003ee", cc[i].name);
	}
	expect(x64_jmp8(code, 100), "jmp 0x0000000000000066");
	expect(x64_jmp32(code, 1000), "jmp 0x00000000000003ed");
	expect(x64_call32(code, 1000), "call 0x00000000000003ed");
	expect(x64_lea_rip(code, R14, 100), "lea r14, [0x000000000000006b]");
	assert_int_equal(x64_jmp_far(code, 1) - code, 14);
	expect(code + 6, "jmp qword ptr [0x0000000000000006]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_register_forms), cmocka_unit_test(test_one_register),
		cmocka_unit_test(test_immediates),     cmocka_unit_test(test_constants),
		cmocka_unit_test(test_memory),         cmocka_unit_test(test_indexed),
		cmocka_unit_test(test_branches),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
