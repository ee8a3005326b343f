/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does what is computed about numbers hold for every number?  All operators on all short intervals
 * around 0 and around the 32-bit and sign limits with all members, then random scalars and members.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/text.h"
#include "isa/alu.h"
#include "support/scalars.h"
#include "verify/scalar.h"

static const uint64_t centres[] = { 0, 1ULL << 31, 1ULL << 32, 1ULL << 63 };

static struct scalar shorts[4 * 8 * 6];
static unsigned int n_shorts;

static int setup(void **state)
{
	unsigned int c, k, size;

	(void)state;
	for (c = 0; c < 4; c++) {
		for (k = 0; k < 8; k++) {
			for (size = 0; size < 6; size++) {
				uint64_t base = centres[c] - 5 + k;

				shorts[n_shorts++] = scalar_from_u64(base, base + size);
			}
		}
	}
	return 0;
}

static void check(enum isa_alu op, unsigned int bits, uint64_t x, uint64_t y,
		  const struct scalar *r)
{
	if (!scalar_has(r, isa_alu(op, bits, x, y)))
		fail_msg("op %d at %u bits: %#llx, %#llx", op, bits, (unsigned long long)x,
			 (unsigned long long)y);
}

static void test_short(void **state)
{
	unsigned int op, bits, i, j;
	uint64_t x, y;

	(void)state;
	for (i = 0; i < n_shorts; i++) {
		for (j = 0; j < n_shorts; j++) {
			for (op = 0; op < ISA_N_ALU * 2; op++) {
				const struct scalar *a = &shorts[i], *b = &shorts[j];
				struct scalar r;

				bits = op & 1 ? 32 : 64;
				r = scalar_alu(op / 2, bits, a, b, false);
				for (x = a->r64.base; x - a->r64.base <= a->r64.size; x++) {
					for (y = b->r64.base; y - b->r64.base <= b->r64.size; y++)
						check(op / 2, bits, x, y, &r);
				}
			}
		}
	}
}

static void test_random(void **state)
{
	struct rng r = { .state = 0x123456789abcdefULL };
	unsigned int k, op;

	(void)state;
	for (k = 0; k < 60000; k++) {
		uint64_t x = rng_value(&r), y = rng_value(&r);
		struct scalar a = scalars_with(&r, x), b = scalars_with(&r, y), out;

		assert_true(scalar_has(&a, x) && scalar_has(&b, y));
		for (op = 0; op < ISA_N_ALU; op++) {
			out = scalar_alu(op, 64, &a, &b, false);
			check(op, 64, x, y, &out);
			out = scalar_alu(op, 32, &a, &b, false);
			check(op, 32, x, y, &out);
			out = scalar_alu(op, 64, &a, &b, true);
			check(op, 64, x, y, &out);
		}
	}
}

static uint64_t sign_extend(uint64_t x, unsigned int bits)
{
	return (uint64_t)((int64_t)(x << (64 - bits)) >> (64 - bits));
}

static void test_conversions(void **state)
{
	struct rng r = { .state = 0xfedcba987654321ULL };
	static const unsigned int widths[] = { 8, 16, 32 };
	unsigned int k, w;

	(void)state;
	for (k = 0; k < 200000; k++) {
		uint64_t x = rng_value(&r);
		struct scalar a = scalars_with(&r, x), out;

		for (w = 0; w < 3; w++) {
			unsigned int bits = widths[w];
			uint64_t low = x & (UINT64_MAX >> (64 - bits));

			out = scalar_zext(&a, bits);
			assert_true(scalar_has(&out, low));
			out = scalar_sext(&a, bits, 64);
			assert_true(scalar_has(&out, sign_extend(x, bits)));
			out = scalar_sext(&a, bits, 32);
			assert_true(scalar_has(&out, (uint32_t)sign_extend(x, bits)));
			out = scalar_end(ISA_END_BSWAP, bits < 16 ? 64 : bits, &a);
			assert_true(
				scalar_has(&out, isa_end(ISA_END_BSWAP, bits < 16 ? 64 : bits, x)));
		}
		out = scalar_neg(64, &a);
		assert_true(scalar_has(&out, 0 - x));
		out = scalar_neg(32, &a);
		assert_true(scalar_has(&out, (uint32_t)(0 - x)));
		out = scalar_add_const(&a, 77);
		assert_true(scalar_has(&out, x + 77));
	}
}

static void test_sets(void **state)
{
	struct rng r = { .state = 42 };
	unsigned int k;

	(void)state;
	for (k = 0; k < 300000; k++) {
		uint64_t x = rng_value(&r), y = rng_value(&r);
		struct scalar a = scalars_with(&r, x), b = scalars_with(&r, y), out;

		out = scalar_join(&a, &b);
		assert_true(scalar_has(&out, x) && scalar_has(&out, y));
		assert_true(scalar_subset(&a, &out) && scalar_subset(&b, &out));
		assert_true(!scalar_subset(&a, &b) || scalar_has(&b, x));
		if (scalar_has(&b, x)) {
			assert_true(scalar_intersect(&a, &b, &out));
			assert_true(scalar_has(&out, x));
		}
		assert_true(scalar_umin(&a) <= x && x <= scalar_umax(&a));
		assert_true(scalar_smin(&a) <= (int64_t)x && (int64_t)x <= scalar_smax(&a));
		assert_true(scalar_umin32(&a) <= (uint32_t)x && (uint32_t)x <= scalar_umax32(&a));
		assert_true(scalar_smin32(&a) <= (int32_t)x && (int32_t)x <= scalar_smax32(&a));
	}
}

/* What verifier.md promises beyond Linux, and that the kernel's mode does not give it. */
static void test_precision(void **state)
{
	struct scalar a = scalar_from_u64(3, 18), b = scalar_from_u64(0, 7), r;

	(void)state;
#define EXPECT(op, lo, hi)                                       \
	do {                                                     \
		r = scalar_alu(ISA_ALU_##op, 64, &a, &b, false); \
		assert_int_equal(scalar_umin(&r), lo);           \
		assert_int_equal(scalar_umax(&r), hi);           \
	} while (0)
	EXPECT(ADD, 3, 25);
	EXPECT(MUL, 0, 126);
	EXPECT(DIV, 0, 18);
	EXPECT(LSH, 3, 2304);
	EXPECT(RSH, 0, 18);
	EXPECT(XOR, 0, 23);
	EXPECT(OR, 3, 23);
	b = scalar_const(8);
	EXPECT(MOD, 0, 7);
	b = scalar_const(3);
	EXPECT(DIV, 1, 6);
	r = scalar_alu(ISA_ALU_DIV, 64, &a, &b, true);
	assert_true(scalar_is_unknown(&r));
	r = scalar_neg(64, &a);
	assert_int_equal(scalar_smin(&r), -18);
	assert_int_equal(scalar_smax(&r), -3);
}

static void expect_text(struct scalar s, uint32_t id, const char *want)
{
	char buf[256];
	struct text t;

	text_init(&t, buf, sizeof(buf));
	scalar_print(&t, &s, id, 0);
	assert_string_equal(buf, want);
}

static void test_print(void **state)
{
	(void)state;
	expect_text(scalar_const(5), 0, "5");
	expect_text(scalar_const((uint64_t)-1), 0, "-1");
	expect_text(scalar_const(0x12345678), 0, "0x12345678");
	expect_text(scalar_unknown(), 0, "scalar()");
	expect_text(scalar_unknown(), 3, "scalar(id=3)");
	expect_text(scalar_from_u64(0, 255), 0,
		    "scalar(smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff))");
	expect_text(scalar_from_u64(0, UINT32_MAX), 0,
		    "scalar(smin=0,smax=umax=0xffffffff,var_off=(0x0; 0xffffffff))");
	expect_text(scalar_from_s64(-4, 3), 0, "scalar(smin=smin32=-4,smax=smax32=3)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short),       cmocka_unit_test(test_random),
		cmocka_unit_test(test_conversions), cmocka_unit_test(test_sets),
		cmocka_unit_test(test_precision),   cmocka_unit_test(test_print),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, NULL);
}
