/* SPDX-License-Identifier: BSD-2-Clause */
/* Which bits of a number are known?  See tnum.h. */
#include "verify/tnum.h"

#include "base/text.h"

/* Long multiplication: an unknown bit of a adds its partial product or does not. */
struct tnum tnum_mul(struct tnum a, struct tnum b)
{
	struct tnum sum = tnum_const(0);

	while (a.value | a.mask) {
		if (a.value & 1)
			sum = tnum_add(sum, b);
		else if (a.mask & 1)
			sum = tnum_union(sum, tnum_add(sum, b));
		a = tnum_rsh(a, 1);
		b = tnum_lsh(b, 1);
	}
	return sum;
}

struct tnum tnum_arsh(struct tnum a, unsigned int n, unsigned int bits)
{
	struct tnum s = tnum_sext(a, bits);

	s.value = (uint64_t)((int64_t)s.value >> n);
	s.mask = (uint64_t)((int64_t)s.mask >> n);
	return tnum_zext(s, bits);
}

static uint64_t sign_extend(uint64_t x, unsigned int bits)
{
	return (uint64_t)((int64_t)(x << (64 - bits)) >> (64 - bits));
}

struct tnum tnum_sext(struct tnum a, unsigned int bits)
{
	return tnum_make(sign_extend(a.value, bits), sign_extend(a.mask, bits));
}

struct tnum tnum_bswap(struct tnum a, unsigned int bits)
{
	struct tnum low = tnum_zext(a, bits);

	return tnum_make(__builtin_bswap64(low.value) >> (64 - bits),
			 __builtin_bswap64(low.mask) >> (64 - bits));
}

/* Bits below n, 0 <= n <= 63. */
static uint64_t below(unsigned int n)
{
	return (1ULL << n) - 1;
}

bool tnum_at_least(struct tnum t, uint64_t x, uint64_t *ret)
{
	uint64_t clash = (x ^ t.value) & ~t.mask, raise;
	unsigned int top, p;

	if (!clash) {
		*ret = x;
		return true;
	}
	top = 63 - (unsigned int)__builtin_clzll(clash);
	if (t.value >> top & 1) {
		*ret = (x & ~below(top)) | (t.value & below(top)) | 1ULL << top;
		return true;
	}
	/* x is too large from here down: the nearest higher unknown bit that x has clear goes up.
	 */
	raise = ~x & t.mask & ~below(top);
	if (!raise)
		return false;
	p = (unsigned int)__builtin_ctzll(raise);
	*ret = (x & ~below(p)) | 1ULL << p | (t.value & below(p));
	return true;
}

bool tnum_at_most(struct tnum t, uint64_t x, uint64_t *ret)
{
	struct tnum flipped = tnum_make(~t.value, t.mask);
	uint64_t r;

	if (!tnum_at_least(flipped, ~x, &r))
		return false;
	*ret = ~r;
	return true;
}

void tnum_print(struct text *t, struct tnum a)
{
	text_add(t, "(0x%llx; 0x%llx)", (unsigned long long)a.value, (unsigned long long)a.mask);
}
