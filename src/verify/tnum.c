/* SPDX-License-Identifier: BSD-2-Clause */
/* Which bits of a number are known?  See tnum.h. */
#include "verify/tnum.h"

#include "base/text.h"

static uint64_t low_bits(unsigned int bits)
{
	return bits >= 64 ? UINT64_MAX : (1ULL << bits) - 1;
}

static struct tnum make(uint64_t value, uint64_t mask)
{
	return (struct tnum){ .value = value & ~mask, .mask = mask };
}

struct tnum tnum_const(uint64_t value)
{
	return make(value, 0);
}

struct tnum tnum_range(uint64_t min, uint64_t max)
{
	uint64_t differ = min ^ max;

	if (!differ)
		return make(min, 0);
	return make(min, low_bits(64 - (unsigned int)__builtin_clzll(differ)));
}

bool tnum_subset(struct tnum in, struct tnum out)
{
	return !(in.mask & ~out.mask) && tnum_has(out, in.value);
}

bool tnum_aligned(struct tnum t, uint64_t size)
{
	return !size || !((t.value | t.mask) & (size - 1));
}

/* A carry can differ between the smallest and the largest sum only where their bits differ. */
struct tnum tnum_add(struct tnum a, struct tnum b)
{
	uint64_t smallest = a.value + b.value;
	uint64_t largest = smallest + a.mask + b.mask;

	return make(smallest, (smallest ^ largest) | a.mask | b.mask);
}

/* The same for borrows: the extremes are all unknown bits of a set and of b clear, and reverse. */
struct tnum tnum_sub(struct tnum a, struct tnum b)
{
	uint64_t diff = a.value - b.value;
	uint64_t most = diff + a.mask, least = diff - b.mask;

	return make(diff, (most ^ least) | a.mask | b.mask);
}

struct tnum tnum_neg(struct tnum a)
{
	return tnum_sub(tnum_const(0), a);
}

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

struct tnum tnum_and(struct tnum a, struct tnum b)
{
	uint64_t maybe = (a.value | a.mask) & (b.value | b.mask);

	return make(a.value & b.value, maybe & ~(a.value & b.value));
}

struct tnum tnum_or(struct tnum a, struct tnum b)
{
	uint64_t set = a.value | b.value;

	return make(set, (a.mask | b.mask) & ~set);
}

struct tnum tnum_xor(struct tnum a, struct tnum b)
{
	return make(a.value ^ b.value, a.mask | b.mask);
}

struct tnum tnum_lsh(struct tnum a, unsigned int n)
{
	return make(a.value << n, a.mask << n);
}

struct tnum tnum_rsh(struct tnum a, unsigned int n)
{
	return make(a.value >> n, a.mask >> n);
}

struct tnum tnum_arsh(struct tnum a, unsigned int n, unsigned int bits)
{
	struct tnum s = tnum_sext(a, bits);

	s.value = (uint64_t)((int64_t)s.value >> n);
	s.mask = (uint64_t)((int64_t)s.mask >> n);
	return tnum_zext(s, bits);
}

struct tnum tnum_zext(struct tnum a, unsigned int bits)
{
	return make(a.value & low_bits(bits), a.mask & low_bits(bits));
}

static uint64_t sign_extend(uint64_t x, unsigned int bits)
{
	return (uint64_t)((int64_t)(x << (64 - bits)) >> (64 - bits));
}

struct tnum tnum_sext(struct tnum a, unsigned int bits)
{
	return make(sign_extend(a.value, bits), sign_extend(a.mask, bits));
}

struct tnum tnum_bswap(struct tnum a, unsigned int bits)
{
	struct tnum low = tnum_zext(a, bits);

	return make(__builtin_bswap64(low.value) >> (64 - bits),
		    __builtin_bswap64(low.mask) >> (64 - bits));
}

struct tnum tnum_with_low32(struct tnum a, struct tnum low)
{
	uint64_t high = ~low_bits(32);

	return make((a.value & high) | (low.value & ~high), (a.mask & high) | (low.mask & ~high));
}

bool tnum_intersect(struct tnum a, struct tnum b, struct tnum *ret)
{
	if ((a.value ^ b.value) & ~a.mask & ~b.mask)
		return false;
	*ret = make(a.value | b.value, a.mask & b.mask);
	return true;
}

struct tnum tnum_union(struct tnum a, struct tnum b)
{
	return make(a.value, a.mask | b.mask | (a.value ^ b.value));
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
	struct tnum flipped = make(~t.value, t.mask);
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
