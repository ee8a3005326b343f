/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is what an inverse asks for enough?  The interval functions for every interval of 4 bits; then,
 * for each instruction with an inverse, random intervals, constants and operands: an operand that
 * satisfies what is asked of it must give a result that satisfies what was asked of that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <stdbool.h>

#include "isa/alu.h"
#include "support/rng.h"
#include "verify/backward.h"

struct range4;
#define RANGE_BITS 4
#define RANGE_U    uint8_t
#define RANGE_S    int8_t
#define RANGE_T    struct range4
#define RANGE(f)   range4_##f
#include "verify/range_t.def"

enum {
	N = 16,
	ROUNDS = 400000
};

static struct range4 interval(unsigned int k)
{
	return range4_make((uint8_t)(k / N), (uint8_t)(k % N));
}

static void test_shifts(void **state)
{
	(void)state;
	for (unsigned int k = 0; k < N * N; k++)
		for (unsigned int n = 0; n < 4; n++) {
			struct range4 r = interval(k), b;
			bool some = range4_before_lsh(r, n, &b);

			for (unsigned int x = 0; x < N; x++) {
				bool lossless = (x << n) < N;
				bool wanted = range4_has(r, (uint8_t)((x << n) & 15));

				if (some && !range4_is_full(r))
					assert_int_equal(range4_has(b, (uint8_t)x),
							 lossless && wanted);
				if (!some && !range4_wraps_unsigned(r))
					assert_false(lossless && wanted);
			}
			some = range4_before_arsh(r, n, &b);
			for (unsigned int x = 0; x < N; x++) {
				uint8_t y = (uint8_t)((x & 8 ? x | 0xf0 : x) >> n & 15);
				bool wanted = range4_has(
					r, (uint8_t)(n && x & 8 ? y | (0xf0 >> n & 15) : y));

				if (some)
					assert_int_equal(range4_has(b, (uint8_t)x), wanted);
				if (!some && !range4_wraps_signed(r))
					assert_false(wanted);
			}
			some = range4_before_rsh(r, n, &b);
			for (unsigned int x = 0; x < N; x++) {
				bool wanted = range4_has(r, (uint8_t)(x >> n));

				if (some)
					assert_int_equal(range4_has(b, (uint8_t)x), wanted);
				if (!some && !range4_wraps_unsigned(r))
					assert_false(wanted);
			}
		}
}

static void test_bits(void **state)
{
	unsigned int n_and = 0, n_or = 0, n_xor = 0;

	(void)state;
	for (unsigned int i = 0; i < N * N; i++)
		for (unsigned int k = 0; k < N; k++) {
			struct range4 r = interval(i), a, o, e;
			bool some_and = range4_before_and(r, (uint8_t)k, &a);
			bool some_or = range4_before_or(r, (uint8_t)k, false, &o);
			bool some_xor = range4_before_or(r, (uint8_t)k, true, &e);

			for (unsigned int x = 0; x < N; x++) {
				assert_true(!some_and || !range4_has(a, (uint8_t)x) ||
					    range4_has(r, (uint8_t)(x & k)));
				assert_true(!some_or || !range4_has(o, (uint8_t)x) ||
					    range4_has(r, (uint8_t)(x | k)));
				assert_true(!some_xor || !range4_has(e, (uint8_t)x) ||
					    range4_has(r, (uint8_t)(x ^ k)));
			}
			n_and += some_and;
			n_or += some_or;
			n_xor += some_xor;
		}
	assert_true(n_and > N * N && n_or > N * N && n_xor > N * N / 2);
}

static unsigned int members(struct range4 r)
{
	unsigned int set = 0;

	for (unsigned int x = 0; x < N; x++)
		set |= (unsigned int)range4_has(r, (uint8_t)x) << x;
	return set;
}

static void test_unite(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < N * N; i++)
		for (unsigned int j = 0; j < N * N; j++) {
			struct range4 a = interval(i), b = interval(j), u;
			unsigned int both = members(a) | members(b);
			bool is_one = false;

			for (unsigned int k = 0; k < N * N; k++)
				is_one |= members(interval(k)) == both;
			assert_int_equal(range4_unite(a, b, &u), is_one);
			if (is_one)
				assert_int_equal(members(u), both);
		}
}

static void test_meet(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < N * N; i++)
		for (unsigned int j = 0; j < N * N; j++) {
			struct range4 a = interval(i), b = interval(j), m;
			unsigned int both = members(a) & members(b);
			bool is_one = false;

			for (unsigned int k = 0; k < N * N; k++)
				is_one |= members(interval(k)) == both;
			assert_int_equal(range4_meet(a, b, &m), is_one);
			if (is_one)
				assert_int_equal(members(m), both);
		}
}

static uint64_t extended(uint64_t x)
{
	return x & 8 ? x | ~15ULL : x;
}

static void test_where(void **state)
{
	(void)state;
	for (int cond = 0; cond < ISA_N_COND; cond++)
		for (uint64_t k = 0; k < N; k++) {
			uint64_t first, last;
			bool some = want_where((enum isa_cond)cond, 4, k, &first, &last);
			struct range4 r = range4_between((uint8_t)first, (uint8_t)last);

			if (cond == ISA_COND_JSET) {
				assert_false(some);
				continue;
			}
			for (uint64_t x = 0; x < N; x++) {
				bool holds =
					isa_cond((enum isa_cond)cond, 64, extended(x), extended(k));

				assert_int_equal(some && range4_has(r, (uint8_t)x), holds);
			}
		}
}

/* --- instructions --- */

static bool satisfies(const struct request *q, uint64_t x)
{
	for (uint32_t i = 0; i < q->n_wants; i++)
		if (q->want[i].low ? !range32_has(q->want[i].r32, (uint32_t)x)
				   : !range64_has(q->want[i].r64, x))
			return false;
	return true;
}

static uint64_t near(struct rng *rng, uint64_t x)
{
	return x + rng_below(rng, 5) - 2;
}

static struct want random_want(struct rng *rng)
{
	struct want w = { .n = 1, .low = !rng_below(rng, 3) };
	uint64_t a = rng_value(rng), b = rng_below(rng, 2) ? rng_value(rng) : near(rng, a);

	if (!rng_below(rng, 3))
		a = 0;
	w.r64 = range64_between(a, b);
	w.r32 = range32_between((uint32_t)a, (uint32_t)b);
	return w;
}

static uint64_t operand(struct rng *rng, const struct request *q, const struct want *w)
{
	uint64_t x = rng_value(rng);

	if (q->n_wants && rng_below(rng, 2))
		x = near(rng,
			 rng_below(rng, 2) ? q->want[0].r64.base : range64_last(q->want[0].r64));
	else if (rng_below(rng, 2))
		x = near(rng, rng_below(rng, 2) ? w->r64.base : range64_last(w->r64));
	return rng_below(rng, 3) ? x : (uint32_t)x;
}

static const uint8_t alu_codes[] = { 0x07, 0x17, 0x57, 0x67, 0x77, 0xb7, 0x27, 0x47, 0xa7, 0x04,
				     0x14, 0x54, 0x64, 0x74, 0xb4, 0x24, 0x44, 0xa4, 0xc7, 0xc4 };

static void start(struct verifier *v, struct bpf_insn *insns, uint32_t n)
{
	struct cfg_limits limits = { .max_subprogs = 1, .allow_loops = true };

	memset(v, 0, sizeof(*v));
	diag_init(&v->diag);
	arena_init(&v->arena, 0);
	assert_int_equal(cfg_build(&v->cfg, insns, n, &limits, &v->arena, &v->diag), 0);
	assert_int_equal(precise_prepare(v), 0);
}

static uint64_t computed(const struct isa_row *row, uint64_t x, int32_t imm)
{
	return isa_alu(row->op, row->bits, x, (uint64_t)(int64_t)imm);
}

static void test_arithmetic(void **state)
{
	static struct verifier v;
	struct rng rng = { 20260 };
	uint32_t checked = 0, inverted = 0;

	(void)state;
	for (int round = 0; round < ROUNDS / 10; round++) {
		struct bpf_insn insns[2] = {
			{ .code = alu_codes[rng_below(&rng, sizeof(alu_codes))],
			  .dst_reg = 1,
			  .imm = (int32_t)rng_value(&rng) },
			{ .code = 0x95 }
		};
		struct want w = random_want(&rng);
		const struct isa_row *row;
		struct request q;

		if ((insns[0].code & 0xf0) == 0x60 || (insns[0].code & 0xf0) == 0x70 ||
		    (insns[0].code & 0xf0) == 0xc0)
			insns[0].imm = (int32_t)rng_below(&rng, insns[0].code & 3 ? 64 : 32);
		start(&v, insns, 2);
		row = isa_row(v.cfg.op[0]);
		memset(&q, 0, sizeof(q));
		want_add(&q, &w);
		want_back(&v, &q, 0, 1, 0, 0);
		inverted += !q.regs[0];
		for (int i = 0; i < 20 && !q.regs[0]; i++) {
			uint64_t x = operand(&rng, &q, &w), y = computed(row, x, insns[0].imm);

			if (!satisfies(&q, x))
				continue;
			checked++;
			assert_true(w.low ? range32_has(w.r32, (uint32_t)y)
					  : range64_has(w.r64, y));
		}
		arena_done(&v.arena);
	}
	assert_true(inverted > ROUNDS / 100);
	assert_true(checked > ROUNDS / 20);
}

/* Jumps over nothing but one instruction, with a constant or a register that holds one. */
static void test_jumps(void **state)
{
	static struct verifier v;
	struct rng rng = { 5102 };
	uint32_t checked = 0;

	(void)state;
	for (int round = 0; round < ROUNDS / 10; round++) {
		static const uint8_t ops[] = { 1, 5, 2, 3, 10, 11, 6, 7, 12, 13, 4 };
		bool x_form = rng_below(&rng, 2), left = rng_below(&rng, 2);
		uint8_t code = (uint8_t)(ops[rng_below(&rng, sizeof(ops))] << 4 |
					 (rng_below(&rng, 2) ? 5 : 6) | (x_form ? 8 : 0));
		int32_t k = (int32_t)rng_value(&rng);
		struct bpf_insn insns[4] = {
			{ .code = code, .dst_reg = x_form && left ? 2 : 1, .off = 1 },
			{ .code = 0xb7, .dst_reg = 3 },
			{ .code = 0xb7 },
			{ .code = 0x95 }
		};
		bool taken = rng_below(&rng, 2);
		struct want w = random_want(&rng);
		uint64_t constant = 0;
		struct request q;

		if (x_form) {
			insns[0].src_reg = left ? 1 : 2;
			constant = ENTRY_CONST | (uint32_t)k | (uint64_t)left << 32;
		} else {
			insns[0].imm = k;
		}
		start(&v, insns, 4);
		memset(&q, 0, sizeof(q));
		want_add(&q, &w);
		want_back(&v, &q, 0, taken ? 2 : 1, 0, constant);
		for (uint32_t i = q.n_wants; i-- > 0;)
			if (q.want[i].n == 2)
				q.want[i] = q.want[--q.n_wants];
		for (int i = 0; i < 20 && !q.regs[0]; i++) {
			const struct isa_row *row = isa_row(v.cfg.op[0]);
			uint64_t x = operand(&rng, &q, &w), y = (uint64_t)(int64_t)k;
			bool goes = x_form && left ? isa_cond(row->op, row->bits, y, x)
						   : isa_cond(row->op, row->bits, x, y);

			if (!satisfies(&q, x) || goes != taken)
				continue;
			checked++;
			assert_true(satisfies(&(struct request){ .n_wants = 1, .want = { w } }, x));
		}
		arena_done(&v.arena);
	}
	assert_true(checked > ROUNDS / 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shifts), cmocka_unit_test(test_bits),
		cmocka_unit_test(test_unite),  cmocka_unit_test(test_meet),
		cmocka_unit_test(test_where),  cmocka_unit_test(test_arithmetic),
		cmocka_unit_test(test_jumps),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
