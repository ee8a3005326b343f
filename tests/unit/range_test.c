/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Are circular intervals sound, and how far from the best answer?  Every pair of 4-bit intervals
 * and every pair of their members, for each operator of range_t.def; the sum of the sizes beyond
 * the smallest sound interval must not grow.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>

#include "support/rng.h"
#include "verify/range.h"

struct range4;
#define RANGE_BITS 4
#define RANGE_U    uint8_t
#define RANGE_S    int8_t
#define RANGE_T    struct range4
#define RANGE(f)   range4_##f
#include "verify/range_t.def"

enum {
	N = 16,
	SETS = 1 << N
};

static struct range4 all[N * N];
static uint16_t members[N * N];
static unsigned int n_all;
static uint8_t best[SETS]; /* size of the smallest interval around a set, by bitmap */

static uint16_t set_of(struct range4 r)
{
	unsigned int x, set = 0;

	for (x = 0; x < N; x++) {
		if (range4_has(r, (uint8_t)x))
			set |= 1U << x;
	}
	return (uint16_t)set;
}

static int setup(void **state)
{
	unsigned int base, size, set, k;

	(void)state;
	for (size = 0; size < N; size++) {
		for (base = 0; base < (size == N - 1 ? 1 : N); base++) {
			all[n_all] = range4_make((uint8_t)base, (uint8_t)size);
			members[n_all] = set_of(all[n_all]);
			n_all++;
		}
	}
	for (set = 1; set < SETS; set++) {
		best[set] = N - 1;
		for (k = n_all; k-- > 0;) {
			if (!(set & ~(unsigned int)members[k]))
				best[set] = all[k].size;
		}
	}
	return 0;
}

static int s4(unsigned int x)
{
	return x & 8 ? (int)x - 16 : (int)x;
}

static unsigned int c_add(unsigned int a, unsigned int b)
{
	return a + b;
}
static unsigned int c_sub(unsigned int a, unsigned int b)
{
	return a - b;
}
static unsigned int c_mul(unsigned int a, unsigned int b)
{
	return a * b;
}
static unsigned int c_div(unsigned int a, unsigned int b)
{
	return b ? a / b : 0;
}
static unsigned int c_mod(unsigned int a, unsigned int b)
{
	return b ? a % b : a;
}
static unsigned int c_sdiv(unsigned int a, unsigned int b)
{
	return b ? (unsigned int)(s4(a) / s4(b)) : 0;
}
static unsigned int c_smod(unsigned int a, unsigned int b)
{
	return b ? (unsigned int)(s4(a) % s4(b)) : a;
}
static unsigned int c_and(unsigned int a, unsigned int b)
{
	return a & b;
}
static unsigned int c_or(unsigned int a, unsigned int b)
{
	return a | b;
}
static unsigned int c_xor(unsigned int a, unsigned int b)
{
	return a ^ b;
}

struct op {
	const char *name;
	struct range4 (*abstract)(struct range4, struct range4);
	unsigned int (*concrete)(unsigned int, unsigned int);
	unsigned long gap; /* over all pairs */
};

static const struct op ops[] = {
	{ "add", range4_add, c_add, 0 },        { "sub", range4_sub, c_sub, 0 },
	{ "mul", range4_mul, c_mul, 33855 },    { "div", range4_div, c_div, 33006 },
	{ "mod", range4_mod, c_mod, 59419 },    { "sdiv", range4_sdiv, c_sdiv, 7959 },
	{ "smod", range4_smod, c_smod, 24985 }, { "and", range4_and, c_and, 0 },
	{ "or", range4_or, c_or, 0 },           { "xor", range4_xor, c_xor, 1680 },
};

static uint16_t image(const struct op *op, uint16_t sa, uint16_t sb)
{
	unsigned int x, y, set = 0;

	for (x = 0; x < N; x++) {
		for (y = 0; y < N && sa >> x & 1; y++) {
			if (sb >> y & 1)
				set |= 1U << (op->concrete(x, y) & (N - 1));
		}
	}
	return (uint16_t)set;
}

static void test_binary(void **state)
{
	unsigned int k, i, j, bad = 0;

	(void)state;
	for (k = 0; k < sizeof(ops) / sizeof(ops[0]); k++) {
		unsigned long gap = 0;

		for (i = 0; i < n_all; i++) {
			for (j = 0; j < n_all; j++) {
				uint16_t want = image(&ops[k], members[i], members[j]);
				struct range4 r = ops[k].abstract(all[i], all[j]);

				if (want & ~(unsigned int)set_of(r))
					fail_msg("%s: [%u+%u] [%u+%u] misses a result", ops[k].name,
						 all[i].base, all[i].size, all[j].base,
						 all[j].size);
				gap += (unsigned long)(r.size - best[want]);
			}
		}
		if (gap > ops[k].gap)
			print_error("%s: gap %lu, was %lu\n", ops[k].name, gap, ops[k].gap);
		bad += gap > ops[k].gap;
	}
	assert_int_equal(bad, 0);
}

static void test_sets(void **state)
{
	unsigned int i, j;
	unsigned long gap = 0;

	(void)state;
	for (i = 0; i < n_all; i++) {
		for (j = 0; j < n_all; j++) {
			uint16_t a = members[i], b = members[j];
			uint16_t both = (uint16_t)(a & b), either = (uint16_t)(a | b);
			struct range4 r;

			assert_int_equal(range4_subset(all[i], all[j]), !(a & ~(unsigned int)b));
			r = range4_join(all[i], all[j]);
			assert_int_equal(either & ~(unsigned int)set_of(r), 0);
			assert_int_equal(r.size, best[either]);
			assert_int_equal(range4_intersect(all[i], all[j], &r), both != 0);
			if (!both)
				continue;
			assert_int_equal(both & ~(unsigned int)set_of(r), 0);
			/* Of two that overlap at both ends, one that has limits goes before a
			 * smaller one that has none. */
			if (range4_is_boundless(all[i]) != range4_is_boundless(all[j]) &&
			    !range4_is_boundless(r))
				continue;
			gap += (unsigned long)(r.size - best[both]);
		}
	}
	assert_int_equal(gap, 0);
}

static void test_unary(void **state)
{
	unsigned int i, n, x;

	(void)state;
	for (i = 0; i < n_all; i++) {
		struct range4 a = all[i], neg = range4_neg(a), r;

		for (n = 0; n < 4; n++) {
			for (x = 0; x < N; x++) {
				if (!(members[i] >> x & 1))
					continue;
				assert_true(range4_has(range4_lsh(a, n), (uint8_t)(x << n)));
				assert_true(range4_has(range4_rsh(a, n), (uint8_t)(x >> n)));
				assert_true(range4_has(range4_arsh(a, n), (uint8_t)(s4(x) >> n)));
				assert_true(range4_has(neg, (uint8_t)(16 - x)));
			}
		}
		for (x = 0; x < N; x++) {
			uint16_t rest = (uint16_t)(members[i] & ~(1U << x));

			assert_int_equal(range4_without(a, (uint8_t)x, &r), rest != 0);
			if (rest)
				assert_int_equal(rest & ~(unsigned int)set_of(r), 0);
			if (rest)
				assert_int_equal(r.size, best[rest]);
		}
	}
}

static void test_limits(void **state)
{
	unsigned int i, x;

	(void)state;
	for (i = 0; i < n_all; i++) {
		int umin = 99, umax = -99, smin = 99, smax = -99;

		for (x = 0; x < N; x++) {
			if (!(members[i] >> x & 1))
				continue;
			umin = (int)x < umin ? (int)x : umin;
			umax = (int)x > umax ? (int)x : umax;
			smin = s4(x) < smin ? s4(x) : smin;
			smax = s4(x) > smax ? s4(x) : smax;
		}
		assert_int_equal(range4_umin(all[i]), umin);
		assert_int_equal(range4_umax(all[i]), umax);
		assert_int_equal(range4_smin(all[i]), smin);
		assert_int_equal(range4_smax(all[i]), smax);
	}
}

static struct rng rng = { .state = 1 };

static uint64_t random64(void)
{
	return rng_next(&rng);
}

static uint64_t member(struct range64 r)
{
	uint64_t x = random64();

	if ((x & 3) == 0)
		return r.base;
	if ((x & 3) == 1)
		return range64_last(r);
	return r.base + (range64_is_full(r) ? random64() : random64() % (r.size + 1));
}

static void test_wide(void **state)
{
	unsigned int k;

	(void)state;
	for (k = 0; k < 300000; k++) {
		struct range64 a = range64_make((rng_value(&rng) >> rng_below(&rng, 64)),
						(rng_value(&rng) >> rng_below(&rng, 64)));
		struct range64 b = range64_make((rng_value(&rng) >> rng_below(&rng, 64)),
						(rng_value(&rng) >> rng_below(&rng, 64))),
			       r;
		uint64_t x = member(a), y = member(b);

		assert_true(range64_has(range64_add(a, b), x + y));
		assert_true(range64_has(range64_sub(a, b), x - y));
		assert_true(range64_has(range64_mul(a, b), x * y));
		assert_true(range64_has(range64_div(a, b), y ? x / y : 0));
		assert_true(range64_has(range64_mod(a, b), y ? x % y : x));
		assert_true(range64_has(range64_and(a, b), x & y));
		assert_true(range64_has(range64_or(a, b), x | y));
		assert_true(range64_has(range64_xor(a, b), x ^ y));
		assert_true(range64_has(range64_join(a, b), x));
		assert_true(range64_has(range64_join(a, b), y));
		if (range64_has(b, x))
			assert_true(range64_intersect(a, b, &r) && range64_has(r, x));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sets),   cmocka_unit_test(test_unary),
		cmocka_unit_test(test_limits), cmocka_unit_test(test_binary),
		cmocka_unit_test(test_wide),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, NULL);
}
