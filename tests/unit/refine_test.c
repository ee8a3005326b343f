/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is what a branch teaches true on both edges, and is a dead edge really dead?  All conditions on
 * all short intervals near the limits with all members, then random scalars.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "isa/alu.h"
#include "support/scalars.h"
#include "verify/refine.h"

static const uint64_t centres[] = { 0, 1ULL << 31, 1ULL << 32, 1ULL << 63 };

/* Edges that no pair of members takes and that refine_branch() leaves open, over all short pairs:
 * must not grow. */
enum {
	MISSED = 488
};

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

static bool check_pair(enum isa_cond cond, unsigned int bits, bool taken, const struct scalar *a,
		       const struct scalar *b)
{
	struct scalar x = *a, y = *b;
	bool open = refine_branch(cond, bits, taken, &x, &y), possible = false;
	uint64_t p, q;

	for (p = a->r64.base; p - a->r64.base <= a->r64.size; p++) {
		for (q = b->r64.base; q - b->r64.base <= b->r64.size; q++) {
			if (isa_cond(cond, bits, p, q) != taken)
				continue;
			possible = true;
			if (!open || !scalar_has(&x, p) || !scalar_has(&y, q))
				fail_msg("cond %d at %u bits loses %#llx, %#llx", cond, bits,
					 (unsigned long long)p, (unsigned long long)q);
		}
	}
	return open && !possible;
}

static void test_short(void **state)
{
	unsigned int cond, k, i, j;
	unsigned long missed = 0;

	(void)state;
	for (i = 0; i < n_shorts; i++) {
		for (j = 0; j < n_shorts; j++) {
			for (cond = 0; cond < ISA_N_COND; cond++) {
				for (k = 0; k < 4; k++)
					missed += check_pair(cond, k & 1 ? 32 : 64, k & 2,
							     &shorts[i], &shorts[j]);
			}
		}
	}
	if (missed > MISSED)
		fail_msg("%lu dead edges not seen, was %d", missed, MISSED);
}

/* Numbers that an edge keeps although no partner lets them take it: of the left operand, over all
 * short pairs, both edges, both widths.  Must not grow. */
static const unsigned long kept[ISA_N_COND] = {
	[ISA_COND_JEQ] = 840,    [ISA_COND_JGT] = 4340, [ISA_COND_JGE] = 4150,
	[ISA_COND_JSET] = 40329, [ISA_COND_JNE] = 840,  [ISA_COND_JSGT] = 868,
	[ISA_COND_JSGE] = 830,   [ISA_COND_JLT] = 4150, [ISA_COND_JLE] = 4340,
	[ISA_COND_JSLT] = 830,   [ISA_COND_JSLE] = 868,
};

static unsigned long kept_in_vain(enum isa_cond cond, unsigned int bits, bool taken,
				  const struct scalar *a, const struct scalar *b)
{
	struct scalar x = *a, y = *b;
	unsigned long n = 0;
	uint64_t p, q;

	if (!refine_branch(cond, bits, taken, &x, &y))
		return 0;
	for (p = a->r64.base; p - a->r64.base <= a->r64.size; p++) {
		bool possible = false;

		for (q = b->r64.base; q - b->r64.base <= b->r64.size; q++)
			possible |= isa_cond(cond, bits, p, q) == taken;
		n += !possible && scalar_has(&x, p);
	}
	return n;
}

static void test_gap(void **state)
{
	unsigned int c, i, j, edge, bad = 0;

	(void)state;
	for (c = 0; c < ISA_N_COND; c++) {
		unsigned long gap = 0;

		for (i = 0; i < n_shorts; i++)
			for (j = 0; j < n_shorts; j++)
				for (edge = 0; edge < 4; edge++)
					gap += kept_in_vain(c, edge & 1 ? 32 : 64, edge & 2,
							    &shorts[i], &shorts[j]);
		if (gap != kept[c])
			print_error("condition %u: keeps %lu, was %lu\n", c, gap, kept[c]);
		bad += gap > kept[c];
	}
	assert_int_equal(bad, 0);
}

static void test_random(void **state)
{
	struct rng r = { .state = 99 };
	unsigned int k, cond, bits;

	(void)state;
	for (k = 0; k < 100000; k++) {
		uint64_t x = rng_value(&r), y = k % 7 ? rng_value(&r) : x + rng_below(&r, 3) - 1;
		struct scalar a = scalars_with(&r, x), b = scalars_with(&r, y);

		for (cond = 0; cond < ISA_N_COND; cond++) {
			for (bits = 32; bits <= 64; bits += 32) {
				struct scalar p = a, q = b;
				struct refined on, off;
				bool taken = isa_cond(cond, bits, x, y);
				int decided = refine_both(cond, bits, &a, &b, &on, &off);

				assert_true(decided == -1 || decided == taken);
				assert_true(refine_branch(cond, bits, taken, &p, &q));
				assert_true(scalar_has(&p, x) && scalar_has(&q, y));
				assert_true(p.r64.size <= a.r64.size ||
					    range64_is_boundless(a.r64));
				assert_true(q.r64.size <= b.r64.size ||
					    range64_is_boundless(b.r64));
			}
		}
	}
}

static void test_teaches(void **state)
{
	struct scalar a = scalar_unknown(), b = scalar_const(100);
	struct refined on, off;

	(void)state;
	assert_true(refine_branch(ISA_COND_JLT, 64, true, &a, &b));
	assert_int_equal(scalar_umax(&a), 99);
	b = scalar_const(7);
	assert_true(refine_branch(ISA_COND_JSGT, 32, true, &a, &b));
	assert_int_equal(scalar_umin(&a), 8);
	b = scalar_const(8);
	assert_true(refine_branch(ISA_COND_JNE, 64, true, &a, &b));
	assert_int_equal(scalar_umin(&a), 9);
	b = scalar_const(4);
	assert_true(refine_branch(ISA_COND_JSET, 64, false, &a, &b));
	assert_false(scalar_has(&a, 12));
	b = scalar_const(64);
	assert_true(refine_branch(ISA_COND_JSET, 64, true, &a, &b));
	assert_int_equal(scalar_umin(&a), 64);
	assert_int_equal(refine_both(ISA_COND_JGE, 64, &a, &b, &on, &off), 1);
	b = scalar_const(200);
	assert_int_equal(refine_both(ISA_COND_JEQ, 64, &a, &b, &on, &off), 0);
}

static void test_negate_and_swap(void **state)
{
	struct rng r = { .state = 5 };
	unsigned int cond, k;

	(void)state;
	for (k = 0; k < 20000; k++) {
		uint64_t x = rng_value(&r), y = k & 1 ? x : rng_value(&r);

		for (cond = 0; cond < ISA_N_COND; cond++) {
			bool holds = isa_cond(cond, 64, x, y);

			assert_int_equal(isa_cond(refine_swap(cond), 64, y, x), holds);
			if (refine_negate(cond) != ISA_N_COND)
				assert_int_equal(isa_cond(refine_negate(cond), 64, x, y), !holds);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short),           cmocka_unit_test(test_gap),
		cmocka_unit_test(test_random),          cmocka_unit_test(test_teaches),
		cmocka_unit_test(test_negate_and_swap),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, NULL);
}
