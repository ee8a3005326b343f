/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is known-bits arithmetic sound, and how far from the best answer?  Every pair of 5-bit tnums and
 * all their members, then random members at 64 bits.  The gap counts unknown bits beyond the best
 * tnum around the results, and must not grow.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/rng.h"
#include "verify/tnum.h"

enum {
	BITS = 5,
	N = 1 << BITS,
	MAX = 243
};

static struct tnum all[MAX];
static unsigned int n_all;

static int setup(void **state)
{
	unsigned int value, mask;

	(void)state;
	for (mask = 0; mask < N; mask++) {
		for (value = 0; value < N; value++) {
			if (!(value & mask))
				all[n_all++] = (struct tnum){ .value = value, .mask = mask };
		}
	}
	assert_int_equal(n_all, MAX);
	return 0;
}

static struct tnum a_arsh(struct tnum a, struct tnum b)
{
	return tnum_arsh(a, (unsigned int)(b.value & 3), BITS);
}
static struct tnum a_lsh(struct tnum a, struct tnum b)
{
	return tnum_lsh(a, (unsigned int)(b.value & 3));
}
static struct tnum a_rsh(struct tnum a, struct tnum b)
{
	return tnum_rsh(a, (unsigned int)(b.value & 3));
}
static uint64_t sx(uint64_t x)
{
	return (uint64_t)((int64_t)(x << (64 - BITS)) >> (64 - BITS));
}

#define CONCRETE(name, expr)                                             \
	static uint64_t c_##name(uint64_t a, uint64_t b, struct tnum tb) \
	{                                                                \
		(void)b;                                                 \
		(void)tb;                                                \
		return expr;                                             \
	}
CONCRETE(add, a + b)
CONCRETE(sub, a - b)
CONCRETE(mul, a *b)
CONCRETE(and, a &b)
CONCRETE(or, a | b)
CONCRETE(xor, a ^ b)
CONCRETE(lsh, a << (tb.value & 3))
CONCRETE(rsh, a >> (tb.value & 3))
CONCRETE(arsh, (uint64_t)((int64_t)sx(a) >> (tb.value & 3)) & (N - 1))

struct op {
	const char *name;
	struct tnum (*abstract)(struct tnum, struct tnum);
	uint64_t (*concrete)(uint64_t, uint64_t, struct tnum);
	unsigned long gap;
};

static const struct op ops[] = {
	{ "add", tnum_add, c_add, 0 },     { "sub", tnum_sub, c_sub, 0 },
	{ "mul", tnum_mul, c_mul, 13243 }, { "and", tnum_and, c_and, 0 },
	{ "or", tnum_or, c_or, 0 },        { "xor", tnum_xor, c_xor, 0 },
	{ "lsh", a_lsh, c_lsh, 0 },        { "rsh", a_rsh, c_rsh, 0 },
	{ "arsh", a_arsh, c_arsh, 0 },
};

static struct tnum best_of(const struct op *op, struct tnum a, struct tnum b)
{
	uint64_t set = 0, clear = 0, x, y, r;

	for (x = 0; x < N; x++) {
		for (y = 0; tnum_has(a, x) && y < N; y++) {
			if (!tnum_has(b, y))
				continue;
			r = op->concrete(x, y, b);
			set |= r;
			clear |= ~r;
		}
	}
	return (struct tnum){ .value = set & ~clear, .mask = set & clear };
}

static void test_binary(void **state)
{
	unsigned int k, i, j, bad = 0;

	(void)state;
	for (k = 0; k < sizeof(ops) / sizeof(ops[0]); k++) {
		unsigned long gap = 0;

		for (i = 0; i < MAX; i++) {
			for (j = 0; j < MAX; j++) {
				struct tnum want = best_of(&ops[k], all[i], all[j]);
				struct tnum r = ops[k].abstract(all[i], all[j]);

				assert_int_equal(r.value & r.mask, 0);
				if (!tnum_subset(want, r))
					fail_msg("%s misses a result", ops[k].name);
				gap += (unsigned long)__builtin_popcountll(r.mask & ~want.mask);
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
	unsigned int i, j, x;

	(void)state;
	for (i = 0; i < MAX; i++) {
		for (j = 0; j < MAX; j++) {
			struct tnum a = all[i], b = all[j], u = tnum_union(a, b), both;
			bool subset = true, meet = tnum_intersect(a, b, &both), any = false;

			for (x = 0; x < N; x++) {
				bool in_a = tnum_has(a, x), in_b = tnum_has(b, x);

				subset &= !in_a || in_b;
				any |= in_a && in_b;
				assert_true(!(in_a || in_b) || tnum_has(u, x));
				assert_true(!meet || tnum_has(both, x) == (in_a && in_b));
			}
			assert_int_equal(tnum_subset(a, b), subset);
			assert_int_equal(meet, any);
		}
	}
}

static void test_bounds(void **state)
{
	unsigned int i, x, y;

	(void)state;
	for (i = 0; i < MAX; i++) {
		for (x = 0; x < N; x++) {
			int64_t up = -1, down = -1;
			uint64_t r;

			for (y = 0; y < N; y++) {
				if (!tnum_has(all[i], y))
					continue;
				up = y >= x && up < 0 ? (int64_t)y : up;
				down = y <= x ? (int64_t)y : down;
			}
			assert_int_equal(tnum_at_least(all[i], x, &r), up >= 0);
			assert_true(up < 0 || r == (uint64_t)up);
			assert_int_equal(tnum_at_most(all[i], x, &r), down >= 0);
			assert_true(down < 0 || r == (uint64_t)down);
		}
	}
	for (x = 0; x < N; x++) {
		for (y = x; y < N; y++) {
			struct tnum t = tnum_range(x, y);

			for (i = x; i <= y; i++)
				assert_true(tnum_has(t, i));
			/* Minimal: some bound differs in every unknown bit's prefix. */
			assert_true(t.mask == 0 || ((x ^ y) & (t.mask + 1) / 2) != 0);
		}
	}
}

static struct rng rng = { .state = 1 };

static uint64_t random64(void)
{
	return rng_next(&rng);
}

static struct tnum random_tnum(void)
{
	uint64_t mask = random64() & random64();

	if (random64() & 1)
		mask &= random64() >> (random64() & 63);
	return (struct tnum){ .value = random64() & ~mask, .mask = mask };
}

static uint64_t member(struct tnum t)
{
	return t.value | (random64() & t.mask);
}

static void test_wide(void **state)
{
	unsigned int k;

	(void)state;
	for (k = 0; k < 200000; k++) {
		struct tnum a = random_tnum(), b = random_tnum();
		uint64_t x = member(a), y = member(b);
		unsigned int n = (unsigned int)(random64() & 63);

		assert_true(tnum_has(tnum_add(a, b), x + y));
		assert_true(tnum_has(tnum_sub(a, b), x - y));
		assert_true(tnum_has(tnum_mul(a, b), x * y));
		assert_true(tnum_has(tnum_sub(tnum_const(0), a), 0 - x));
		assert_true(tnum_has(tnum_arsh(a, n, 64), (uint64_t)((int64_t)x >> n)));
		assert_true(tnum_has(tnum_arsh(a, n & 31, 32),
				     (uint32_t)((int32_t)(uint32_t)x >> (n & 31))));
		assert_true(tnum_has(tnum_sext(a, 8), (uint64_t)(int64_t)(int8_t)x));
		assert_true(tnum_has(tnum_sext(a, 32), (uint64_t)(int64_t)(int32_t)x));
		assert_true(tnum_has(tnum_zext(a, 16), (uint16_t)x));
		assert_true(tnum_has(tnum_bswap(a, 16), __builtin_bswap16((uint16_t)x)));
		assert_true(tnum_has(tnum_bswap(a, 64), __builtin_bswap64(x)));
		assert_true(
			tnum_has(tnum_with_low32(a, b), (x & ~(uint64_t)UINT32_MAX) | (uint32_t)y));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_wide),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, NULL);
}
