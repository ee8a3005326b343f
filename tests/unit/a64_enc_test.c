/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do the encoders write the instruction that their name says?  Each is asked for many operands, the
 * GNU assembler is given the text that is meant, and both words must be the same.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "jit/a64_enc.h"

enum {
	MAX = 1 << 17,
	TEXT = 64,
	N = 32
};

static struct {
	char text[TEXT];
	uint32_t word;
} * all;
static uint32_t n_all;
static uint8_t code[32];

/* The one word [code, end) is what the assembler makes of the text. */
static __attribute__((format(printf, 2, 3))) void expect(const uint8_t *end, const char *format,
							 ...)
{
	va_list args;

	assert_int_equal(end - code, 4);
	assert_true(n_all < MAX);
	va_start(args, format);
	vsnprintf(all[n_all].text, TEXT, format, args);
	va_end(args);
	memcpy(&all[n_all++].word, code, 4);
}

static const char *name(char kind, unsigned int r)
{
	static char names[64][8];
	static unsigned int k;

	k = (k + 1) % 64;
	if (r == XZR)
		snprintf(names[k], 8, "%czr", kind);
	else
		snprintf(names[k], 8, "%c%u", kind, r);
	return names[k];
}

static const char *reg(bool w, unsigned int r)
{
	return name(w ? 'x' : 'w', r);
}

/* Where 31 is the stack pointer. */
static const char *base(bool w, unsigned int r)
{
	return r != XSP ? reg(w, r) : w ? "sp" : "wsp";
}

/*
 * What is asked for.
 */

static void ask_alu(bool w, unsigned int d, unsigned int n, unsigned int m)
{
	static const struct {
		enum a64_alu op;
		const char *text;
	} ops[] = { { A64_ADD, "add" },   { A64_ADDS, "adds" }, { A64_SUB, "sub" },
		    { A64_SUBS, "subs" }, { A64_AND, "and" },   { A64_ORR, "orr" },
		    { A64_ORN, "orn" },   { A64_EOR, "eor" },   { A64_ANDS, "ands" } };
	static const struct {
		enum a64_alu2 op;
		const char *text;
	} ops2[] = { { A64_UDIV, "udiv" },
		     { A64_SDIV, "sdiv" },
		     { A64_LSL, "lsl" },
		     { A64_LSR, "lsr" },
		     { A64_ASR, "asr" } };
	const char *dn = reg(w, d), *nn = reg(w, n), *mn = reg(w, m);

	for (unsigned int k = 0; k < sizeof(ops) / sizeof(ops[0]); k++) {
		expect(a64_alu_rrr(code, w, ops[k].op, d, n, m), "%s %s, %s, %s", ops[k].text, dn,
		       nn, mn);
		expect(a64_alu_shifted(code, w, ops[k].op, d, n, m, 1 + d % 31),
		       "%s %s, %s, %s, lsl %u", ops[k].text, dn, nn, mn, 1 + d % 31);
	}
	for (unsigned int k = 0; k < sizeof(ops2) / sizeof(ops2[0]); k++)
		expect(a64_alu2_rrr(code, w, ops2[k].op, d, n, m), "%s %s, %s, %s", ops2[k].text,
		       dn, nn, mn);
	expect(a64_mov_rr(code, w, d, m), "mov %s, %s", dn, mn);
	expect(a64_madd(code, w, d, n, m, (d + 7) % N), "madd %s, %s, %s, %s", dn, nn, mn,
	       reg(w, (d + 7) % N));
	expect(a64_msub(code, w, d, n, m, (d + 7) % N), "msub %s, %s, %s, %s", dn, nn, mn,
	       reg(w, (d + 7) % N));
	expect(a64_umulh(code, d, n, m), "umulh %s, %s, %s", reg(true, d), reg(true, n),
	       reg(true, m));
	expect(a64_csel(code, w, A64_GT, d, n, m), "csel %s, %s, %s, gt", dn, nn, mn);
}

static void ask_two(bool w, unsigned int d, unsigned int n)
{
	static const unsigned int sizes[] = { 8, 16, 32 };
	unsigned int count = 1 + (d + n) % (w ? 63 : 31);
	const char *dn = reg(w, d), *nn = reg(w, n);

	expect(a64_add_sp(code, d, n, n % 5), "add %s, sp, %s, lsl %u", base(true, d), reg(true, n),
	       n % 5);
	expect(a64_rev(code, w, d, n), "rev %s, %s", dn, nn);
	expect(a64_rev16(code, w, d, n), "rev16 %s, %s", dn, nn);
	for (unsigned int k = 0; k < 3; k++) {
		expect(a64_extend(code, w, A64_SIGNED, sizes[k], d, n), "sbfx %s, %s, 0, %u", dn,
		       nn, sizes[k]);
		expect(a64_extend(code, w, A64_UNSIGNED, sizes[k], d, n), "ubfx %s, %s, 0, %u", dn,
		       nn, sizes[k]);
	}
	expect(a64_lsl_ri(code, w, d, n, count), "lsl %s, %s, %u", dn, nn, count);
	expect(a64_lsl_ri(code, w, d, n, 0), "lsl %s, %s, 0", dn, nn);
	expect(a64_lsr_ri(code, w, d, n, count), "lsr %s, %s, %u", dn, nn, count);
	expect(a64_asr_ri(code, w, d, n, count), "asr %s, %s, %u", dn, nn, count);
	expect(a64_ror_ri(code, w, d, n, count), "ror %s, %s, %u", dn, nn, count);
}

static void ask_immediates(bool w, unsigned int d, unsigned int n)
{
	static const uint32_t values[] = { 0, 1, 4095, 4096, 0xfff000, 0x123000, 8 };

	for (unsigned int k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
		uint32_t v = values[k];

		assert_true(a64_is_imm12(v));
		expect(a64_add_ri(code, w, A64_ADD, d, n, v), "add %s, %s, %u", base(w, d),
		       base(w, n), v);
		expect(a64_add_ri(code, w, A64_SUB, d, n, v), "sub %s, %s, %u", base(w, d),
		       base(w, n), v);
		expect(a64_add_ri(code, w, A64_SUBS, d, n, v), "subs %s, %s, %u", reg(w, d),
		       base(w, n), v);
	}
	for (unsigned int k = 0; k < (w ? 4 : 2); k++) {
		unsigned int v = 0xffff - 257 * d;

		expect(a64_mov_wide(code, w, A64_MOVZ, d, k, v), "movz %s, %u, lsl %u", reg(w, d),
		       v, 16 * k);
		expect(a64_mov_wide(code, w, A64_MOVN, d, k, v), "movn %s, %u, lsl %u", reg(w, d),
		       v, 16 * k);
		expect(a64_mov_wide(code, w, A64_MOVK, d, k, v), "movk %s, %u, lsl %u", reg(w, d),
		       v, 16 * k);
	}
}

static void ask_memory(unsigned int bits, unsigned int t, unsigned int n)
{
	static const int32_t disps[] = { 0, 1, 8, 255, -1, -8, -256, 256, 4088, 4095 };
	const char *sfx = bits == 8 ? "b" : bits == 16 ? "h" : "", *bn = base(true, n);
	const char *tn = reg(bits == 64, t);

	for (unsigned int k = 0; k < sizeof(disps) / sizeof(disps[0]); k++) {
		int32_t disp = disps[k];
		bool scaled = disp >= 0 && disp % ((int32_t)bits / 8) == 0;
		const char *u = scaled ? "" : "u";

		if (!a64_is_disp(bits, disp))
			continue;
		expect(a64_mem(code, A64_STORE, bits, t, n, disp), "st%sr%s %s, [%s, %d]", u, sfx,
		       tn, bn, disp);
		expect(a64_mem(code, A64_LOAD, bits, t, n, disp), "ld%sr%s %s, [%s, %d]", u, sfx,
		       tn, bn, disp);
		if (bits < 64)
			expect(a64_mem(code, A64_LOAD_SIGNED, bits, t, n, disp),
			       "ld%srs%s %s, [%s, %d]", u, bits == 32 ? "w" : sfx, reg(true, t), bn,
			       disp);
	}
	expect(a64_mem_index(code, A64_LOAD, bits, t, n, t, false), "ldr%s %s, [%s, %s]", sfx, tn,
	       bn, reg(true, t));
	if (bits > 8)
		expect(a64_mem_index(code, A64_STORE, bits, t, n, t, true),
		       "str%s %s, [%s, %s, lsl %u]", sfx, tn, bn, reg(true, t),
		       bits == 64   ? 3
		       : bits == 32 ? 2
				    : 1);
	expect(a64_ldar(code, bits, t, n), "ldar%s %s, [%s]", sfx, tn, bn);
	expect(a64_stlr(code, bits, t, n), "stlr%s %s, [%s]", sfx, tn, bn);
}

static void ask_atomics(bool w, unsigned int s, unsigned int t, unsigned int n)
{
	static const struct {
		enum a64_atomic op;
		const char *text;
	} ops[] = { { A64_LDADD, "ldadd" },
		    { A64_LDCLR, "ldclr" },
		    { A64_LDEOR, "ldeor" },
		    { A64_LDSET, "ldset" },
		    { A64_SWP, "swp" } };
	const char *sn = reg(w, s), *tn = reg(w, t), *bn = base(true, n);

	for (unsigned int k = 0; k < sizeof(ops) / sizeof(ops[0]); k++) {
		expect(a64_atomic(code, w, ops[k].op, A64_RELAXED, s, t, n), "%s %s, %s, [%s]",
		       ops[k].text, sn, tn, bn);
		expect(a64_atomic(code, w, ops[k].op, A64_ORDERED, s, t, n), "%sal %s, %s, [%s]",
		       ops[k].text, sn, tn, bn);
	}
	expect(a64_casal(code, w, s, t, n), "casal %s, %s, [%s]", sn, tn, bn);
	expect(a64_ldxr(code, w, t, n), "ldxr %s, [%s]", tn, bn);
	if (s == t || s == n)
		return;
	expect(a64_stxr(code, w, s, t, n), "stxr %s, %s, [%s]", reg(false, s), tn, bn);
	expect(a64_stlxr(code, w, s, t, n), "stlxr %s, %s, [%s]", reg(false, s), tn, bn);
}

static void ask_control(unsigned int r)
{
	static const int64_t far[] = { 0, 4, -4, 1 << 20, -(1 << 27), (1 << 27) - 4 };
	static const int64_t near[] = { 0, 4, -4, -(1 << 20), (1 << 20) - 4 };
	static const struct {
		enum a64_cc cc;
		const char *text;
	} ccs[] = { { A64_EQ, "eq" }, { A64_NE, "ne" }, { A64_HS, "hs" }, { A64_LO, "lo" },
		    { A64_MI, "mi" }, { A64_PL, "pl" }, { A64_HI, "hi" }, { A64_LS, "ls" },
		    { A64_GE, "ge" }, { A64_LT, "lt" }, { A64_GT, "gt" }, { A64_LE, "le" } };

	for (unsigned int k = 0; k < sizeof(far) / sizeof(far[0]); k++) {
		expect(a64_b(code, far[k]), "b . + (%" PRId64 ")", far[k]);
		expect(a64_bl(code, far[k]), "bl . + (%" PRId64 ")", far[k]);
	}
	for (unsigned int k = 0; k < sizeof(near) / sizeof(near[0]); k++) {
		for (unsigned int c = 0; c < sizeof(ccs) / sizeof(ccs[0]); c++)
			expect(a64_bcc(code, ccs[c].cc, near[k]), "b.%s . + (%" PRId64 ")",
			       ccs[c].text, near[k]);
		expect(a64_cbz(code, r & 1, false, r, near[k]), "cbz %s, . + (%" PRId64 ")",
		       reg(r & 1, r), near[k]);
		expect(a64_cbz(code, r & 1, true, r, near[k]), "cbnz %s, . + (%" PRId64 ")",
		       reg(r & 1, r), near[k]);
		expect(a64_ldr_near(code, r, near[k]), "ldr %s, . + (%" PRId64 ")", reg(true, r),
		       near[k]);
	}
	expect(a64_br(code, r), "br %s", reg(true, r));
	expect(a64_blr(code, r), "blr %s", reg(true, r));
	expect(a64_ret(code), "ret");
	expect(a64_nop(code), "nop");
	expect(a64_dmb_ish(code), "dmb ish");
	if (r == XZR)
		return;
	expect(a64_push2(code, r, (r + 1) % N), "stp %s, %s, [sp, -16]!", reg(true, r),
	       reg(true, (r + 1) % N));
	expect(a64_pop2(code, r, (r + 1) % N), "ldp %s, %s, [sp], 16", reg(true, r),
	       reg(true, (r + 1) % N));
}

/* Every run of ones at every place of every width, and what is none. */
static void ask_bitmasks(void)
{
	for (unsigned int size = 2; size <= 64; size *= 2)
		for (unsigned int ones = 1; ones < size; ones++)
			for (unsigned int at = 0; at < size; at++) {
				uint64_t run = UINT64_MAX >> (64 - ones), v;
				bool w = (ones + at) % 2 || size == 64;
				uint32_t fields;

				v = at ? run << at | run >> (size - at) : run;
				v &= UINT64_MAX >> (64 - size);
				for (unsigned int n = size; n < 64; n *= 2)
					v |= v << n;
				fields = a64_bitmask(w, w ? v : (uint32_t)v);
				assert_int_not_equal(fields, A64_NO_BITMASK);
				expect(a64_logic_ri(code, w, A64_AND, at % 31, ones % 31, fields),
				       "and %s, %s, %#" PRIx64, reg(w, at % 31), reg(w, ones % 31),
				       w ? v : (uint32_t)v);
			}
	assert_int_equal(a64_bitmask(true, 0), A64_NO_BITMASK);
	assert_int_equal(a64_bitmask(true, UINT64_MAX), A64_NO_BITMASK);
	assert_int_equal(a64_bitmask(false, UINT32_MAX), A64_NO_BITMASK);
	assert_int_equal(a64_bitmask(true, 5), A64_NO_BITMASK);
	assert_int_equal(a64_bitmask(true, 0xf0f0f0f1), A64_NO_BITMASK);
	assert_int_equal(a64_bitmask(true, 0x8000000000000005), A64_NO_BITMASK);
	expect(a64_logic_ri(code, true, A64_ANDS, XZR, 3, a64_bitmask(true, 8)), "tst x3, 8");
	expect(a64_logic_ri(code, true, A64_EOR, 1, 3, a64_bitmask(true, 8)), "eor x1, x3, 8");
	expect(a64_logic_ri(code, false, A64_ORR, 1, 3, a64_bitmask(false, 8)), "orr w1, w3, 8");
}

static void ask_all(void)
{
	for (unsigned int k = 0; k < 2 * N * N; k++) {
		unsigned int d = k % N, n = k / N % N;
		bool w = k >= N * N;

		if (d % 3 == 0 || n % 5 == 1)
			ask_alu(w, d, n, (d * 5 + n) % N);
		ask_two(w, d, n);
		if (d % 4 == 3 && n % 4 == 3)
			ask_immediates(w, d, n);
		if (d % 3 == 1 && n % 5 == 1)
			for (unsigned int bits = 8; bits <= 64; bits *= 2)
				ask_memory(bits, d, n);
		if (d % 5 == 1)
			ask_atomics(w, d, (n + 3) % N, n);
	}
	for (unsigned int r = 0; r < N; r++)
		ask_control(r);
	ask_bitmasks();
}

/*
 * The assembler.
 */

/* False: there is none that knows this machine. */
static bool assemble(const char *prefix, const char *dir, uint32_t *words)
{
	char command[512], path[128];
	bool ok;
	FILE *f;

	snprintf(path, sizeof(path), "%s/a.s", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(".arch armv8.1-a\n", f);
	for (uint32_t k = 0; k < n_all; k++)
		fprintf(f, "%s\n", all[k].text);
	fclose(f);
	snprintf(command, sizeof(command),
		 "cd %s && %sas -o a.o a.s 2>errors && %sobjcopy -O binary -j .text a.o a.bin", dir,
		 prefix, prefix);
	if (system(command) != 0)
		return false;
	snprintf(path, sizeof(path), "%s/a.bin", dir);
	f = fopen(path, "r");
	assert_non_null(f);
	ok = fread(words, 4, n_all, f) == n_all;
	fclose(f);
	return ok;
}

static bool has_assembler(const char *prefix)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "echo 'msub x0, x1, x2, x3' | %sas -o /dev/null - 2>/dev/null", prefix);
	return system(command) == 0;
}

static void test_words(void **state)
{
	char dir[] = "/tmp/a64_enc.XXXXXX", command[64];
	const char *prefix = "aarch64-linux-gnu-";
	uint32_t *words, n_wrong = 0;

	(void)state;
	if (!has_assembler(prefix))
		prefix = "";
	if (!has_assembler(prefix)) {
		puts("# SKIP no assembler for AArch64; apt-get install binutils-aarch64-linux-gnu");
		skip();
	}
	all = calloc(MAX, sizeof(*all));
	words = calloc(MAX, sizeof(*words));
	assert_non_null(all);
	assert_non_null(words);
	ask_all();
	assert_non_null(mkdtemp(dir));
	if (!assemble(prefix, dir, words))
		fail_msg("the assembler refuses something, see %s/errors", dir);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	for (uint32_t k = 0; k < n_all; k++)
		if (words[k] != all[k].word && n_wrong++ < 20)
			printf("# %s: 0x%08x instead of 0x%08x\n", all[k].text, all[k].word,
			       words[k]);
	printf("# %u words\n", n_all);
	assert_int_equal(n_wrong, 0);
	free(all);
	free(words);
}

/* Constants, by what the words do. */
static uint64_t execute(const uint8_t *end)
{
	uint64_t x = 0xdeadbeefdeadbeef;

	for (const uint8_t *p = code; p < end; p += 4) {
		uint32_t word, op, nth;
		uint64_t v;

		memcpy(&word, p, 4);
		op = word & 0x7f800000;
		nth = word >> 21 & 3;
		v = (uint64_t)(word >> 5 & 0xffff) << 16 * nth;
		if (op == A64_MOVZ)
			x = v;
		else if (op == A64_MOVN)
			x = word >> 31 ? ~v : (uint32_t)~v;
		else if (op == A64_MOVK)
			x = (x & ~(0xffffULL << 16 * nth)) | v;
		else
			return UINT64_C(0xbadbad);
	}
	return x;
}

static void test_constants(void **state)
{
	static const struct {
		uint64_t v;
		unsigned int words;
	} values[] = {
		{ 0, 1 },
		{ 1, 1 },
		{ 0xffff, 1 },
		{ 0x10000, 1 },
		{ 0xffffffff, 1 },
		{ 0xffff1234, 1 },
		{ 0x1234ffff, 1 },
		{ 0x12345678, 2 },
		{ 0x1234000000000000, 1 },
		{ UINT64_MAX, 1 },
		{ (uint64_t)-2, 1 },
		{ (uint64_t)-65537, 1 },
		{ 0xffffffff12345678, 2 },
		{ 0x7fff12345678, 3 },
		{ 0x123456789abcdef0, 4 },
		{ 0xffff000012345678, 3 },
	};

	(void)state;
	for (unsigned int k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
		const uint8_t *end = a64_mov_ri(code, 5, values[k].v);

		assert_int_equal(end - code, 4 * values[k].words);
		if (execute(end) != values[k].v)
			fail_msg("0x%" PRIx64, values[k].v);
	}
	/* The same run of ones four times: one word. */
	assert_int_equal(a64_mov_ri(code, 5, 0x0ff00ff00ff00ff0) - code, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_constants),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
