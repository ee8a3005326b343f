/* SPDX-License-Identifier: BSD-2-Clause */
/* What does arithmetic make of what is known about its operands?  See scalar.h. */
#include "verify/scalar.h"

#include "isa/alu.h"
#include "verify/limits.h"

/* From the views of a result.  They hold the same concrete set, so they cannot be contradictory. */
static struct scalar make64(struct tnum bits, struct range64 r64, struct range32 r32)
{
	struct scalar s = { bits, r64, r32 };

	scalar_normalise(&s);
	return s;
}

/* A 32-bit result with zeroes above. */
static struct scalar make32(struct tnum low, struct range32 r32)
{
	return make64(tnum_zext(low, 32), range64_between(range32_umin(r32), range32_umax(r32)),
		      r32);
}

static struct scalar make(unsigned int bits, struct tnum t, struct range64 r64, struct range32 r32)
{
	return bits == 64 ? make64(t, r64, r32) : make32(t, r32);
}

static struct scalar scalar_add(unsigned int bits, const struct scalar *a, const struct scalar *b)
{
	return make(bits, tnum_add(a->bits, b->bits), range64_add(a->r64, b->r64),
		    range32_add(a->r32, b->r32));
}

static struct scalar scalar_sub(unsigned int bits, const struct scalar *a, const struct scalar *b)
{
	return make(bits, tnum_sub(a->bits, b->bits), range64_sub(a->r64, b->r64),
		    range32_sub(a->r32, b->r32));
}

static struct scalar scalar_mul(unsigned int bits, const struct scalar *a, const struct scalar *b)
{
	/* Partial products are taken along one operand; which one matters to either result. */
	struct tnum t = tnum_mul(a->bits, b->bits);

	if (!tnum_is_const(t) && !tnum_is_unknown(a->bits) && !tnum_is_unknown(b->bits))
		tnum_intersect(t, tnum_mul(b->bits, a->bits), &t);
	return make(bits, t, range64_mul(a->r64, b->r64), range32_mul(a->r32, b->r32));
}

static struct scalar scalar_and(unsigned int bits, const struct scalar *a, const struct scalar *b)
{
	return make(bits, tnum_and(a->bits, b->bits), range64_and(a->r64, b->r64),
		    range32_and(a->r32, b->r32));
}

static struct scalar scalar_or(unsigned int bits, const struct scalar *a, const struct scalar *b)
{
	return make(bits, tnum_or(a->bits, b->bits), range64_or(a->r64, b->r64),
		    range32_or(a->r32, b->r32));
}

static struct scalar scalar_xor(unsigned int bits, const struct scalar *a, const struct scalar *b)
{
	return make(bits, tnum_xor(a->bits, b->bits), range64_xor(a->r64, b->r64),
		    range32_xor(a->r32, b->r32));
}

/* The divisor as a power of two, when it is a known one. */
static bool is_power(const struct scalar *b, unsigned int bits, uint64_t *ret)
{
	struct tnum t = tnum_zext(b->bits, bits);

	if (!tnum_is_const(t) || !t.value || (t.value & (t.value - 1)))
		return false;
	*ret = t.value;
	return true;
}

static struct scalar scalar_div(unsigned int bits, const struct scalar *a, const struct scalar *b)
{
	struct tnum t = TNUM_UNKNOWN;
	uint64_t power;

	if (is_power(b, bits, &power))
		t = tnum_rsh(tnum_zext(a->bits, bits), (unsigned int)__builtin_ctzll(power));
	return make(bits, t, range64_div(a->r64, b->r64),
		    bits == 64 ? range32_full() : range32_div(a->r32, b->r32));
}

static struct scalar scalar_mod(unsigned int bits, const struct scalar *a, const struct scalar *b)
{
	struct tnum t = TNUM_UNKNOWN;
	uint64_t power;

	if (is_power(b, bits, &power))
		t = tnum_and(a->bits, tnum_const(power - 1));
	return make(bits, t, range64_mod(a->r64, b->r64),
		    bits == 64 ? range32_full() : range32_mod(a->r32, b->r32));
}

static struct scalar scalar_sdiv(unsigned int bits, const struct scalar *a, const struct scalar *b)
{
	return make(bits, TNUM_UNKNOWN, range64_sdiv(a->r64, b->r64),
		    bits == 64 ? range32_full() : range32_sdiv(a->r32, b->r32));
}

static struct scalar scalar_smod(unsigned int bits, const struct scalar *a, const struct scalar *b)
{
	return make(bits, TNUM_UNKNOWN, range64_smod(a->r64, b->r64),
		    bits == 64 ? range32_full() : range32_smod(a->r32, b->r32));
}

static struct scalar lsh_by(unsigned int bits, const struct scalar *a, unsigned int n)
{
	struct range32 low = n < 32 ? range32_lsh(a->r32, n) : range32_const(0);
	struct range64 all = range64_lsh(a->r64, n);

	/* Only the low half is left: how compilers begin to extend its sign. */
	if (bits == 64 && n == 32 && (uint64_t)a->r32.size << 32 < all.size)
		all = range64_make((uint64_t)a->r32.base << 32, (uint64_t)a->r32.size << 32);
	return make(bits, tnum_lsh(a->bits, n), all, low);
}

static struct scalar rsh_by(unsigned int bits, const struct scalar *a, unsigned int n)
{
	if (bits == 32)
		return make32(tnum_rsh(tnum_zext(a->bits, 32), n),
			      range32_between(scalar_umin32(a) >> n, scalar_umax32(a) >> n));
	return make64(tnum_rsh(a->bits, n),
		      range64_between(scalar_umin(a) >> n, scalar_umax(a) >> n), range32_full());
}

static struct scalar arsh_by(unsigned int bits, const struct scalar *a, unsigned int n)
{
	if (bits == 32)
		return make32(tnum_arsh(a->bits, n, 32),
			      range32_between((uint32_t)(scalar_smin32(a) >> n),
					      (uint32_t)(scalar_smax32(a) >> n)));
	return make64(
		tnum_arsh(a->bits, n, 64),
		range64_between((uint64_t)(scalar_smin(a) >> n), (uint64_t)(scalar_smax(a) >> n)),
		range32_full());
}

/* Joins the results of all counts that the operand allows: at most one per bit of the width. */
static struct scalar shift(unsigned int bits, const struct scalar *a, const struct scalar *count,
			   struct scalar (*by)(unsigned int, const struct scalar *, unsigned int))
{
	struct tnum low = tnum_and(count->bits, tnum_const(bits - 1));
	struct scalar out = scalar_unknown(), one;
	struct range64 counts;
	bool first = true;
	unsigned int n;

	if (bits == 64 && tnum_is_const(low) && !low.value)
		return *a;
	if (tnum_is_const(low))
		return by(bits, a, (unsigned int)low.value);
	counts = range64_and(count->r64, range64_const(bits - 1));
	for (n = 0; n < bits; n++) {
		if (!tnum_has(low, n) || !range64_has(counts, n))
			continue;
		one = by(bits, a, n);
		out = first ? one : scalar_join(&out, &one);
		first = false;
		if (scalar_is_unknown(&out))
			break;
	}
	scalar_normalise(&out);
	return out;
}

/* Operations whose result may be anything if one of the operands may be. */
static bool spreads(enum isa_alu op)
{
	return op == ISA_ALU_ADD || op == ISA_ALU_SUB || op == ISA_ALU_XOR;
}

struct scalar scalar_alu(enum isa_alu op, unsigned int bits, const struct scalar *a,
			 const struct scalar *b, bool exact_kernel)
{
	if (exact_kernel)
		return limits_alu(op, bits, a, b);
	if (scalar_is_const(a) && scalar_is_const(b))
		return scalar_const(
			isa_alu(op, bits, scalar_const_value(a), scalar_const_value(b)));
	if (spreads(op) && bits == 64 && (scalar_is_unknown(a) || scalar_is_unknown(b)))
		return scalar_unknown();
	switch (op) {
	case ISA_ALU_ADD: return scalar_add(bits, a, b);
	case ISA_ALU_SUB: return scalar_sub(bits, a, b);
	case ISA_ALU_MUL: return scalar_mul(bits, a, b);
	case ISA_ALU_DIV: return scalar_div(bits, a, b);
	case ISA_ALU_SDIV: return scalar_sdiv(bits, a, b);
	case ISA_ALU_OR: return scalar_or(bits, a, b);
	case ISA_ALU_AND: return scalar_and(bits, a, b);
	case ISA_ALU_LSH: return shift(bits, a, b, lsh_by);
	case ISA_ALU_RSH: return shift(bits, a, b, rsh_by);
	case ISA_ALU_MOD: return scalar_mod(bits, a, b);
	case ISA_ALU_SMOD: return scalar_smod(bits, a, b);
	case ISA_ALU_XOR: return scalar_xor(bits, a, b);
	case ISA_ALU_ARSH: return shift(bits, a, b, arsh_by);
	case ISA_ALU_MOV: return bits == 64 ? *b : scalar_zext(b, 32);
	case ISA_N_ALU: break;
	}
	return scalar_unknown();
}

struct scalar scalar_neg(unsigned int bits, const struct scalar *a)
{
	struct scalar zero = scalar_const(0);

	return scalar_alu(ISA_ALU_SUB, bits, &zero, a, false);
}

struct scalar scalar_add_const(const struct scalar *a, uint64_t k)
{
	struct scalar b = scalar_const(k);

	return scalar_alu(ISA_ALU_ADD, 64, a, &b, false);
}

struct scalar scalar_end(enum isa_end op, unsigned int bits, const struct scalar *a)
{
	switch (op) {
	case ISA_END_LE: return bits == 64 ? *a : scalar_zext(a, bits);
	case ISA_END_BE:
	case ISA_END_BSWAP: return scalar_from_tnum(tnum_bswap(a->bits, bits));
	}
	return scalar_unknown();
}

/* The interval of the low `bits` of a: [first, first + size] of a number of that width, or false
 * when it says nothing. */
static bool low_interval(const struct scalar *a, unsigned int bits, uint32_t *first, uint32_t *size)
{
	uint32_t all = UINT32_MAX >> (32 - bits);

	*first = a->r32.base & all;
	*size = a->r32.size;
	return *size < all;
}

struct scalar scalar_zext(const struct scalar *a, unsigned int bits)
{
	uint32_t all = UINT32_MAX >> (32 - bits), first, size;
	struct range64 r = range64_between(0, all);

	/* As memory is, mostly. */
	if (scalar_is_unknown(a))
		return scalar_low(bits);
	if (bits == 32)
		return make32(a->bits, a->r32);
	if (low_interval(a, bits, &first, &size) && size <= all - first)
		r = range64_make(first, size);
	return make64(tnum_zext(a->bits, bits), r, range32_full());
}

struct scalar scalar_sext(const struct scalar *a, unsigned int from, unsigned int bits)
{
	uint32_t sign = 1U << (from - 1), first, size;
	struct range64 r = range64_between(~(uint64_t)0 << (from - 1), sign - 1);
	struct scalar s;

	/* Shifted by the sign bit, signed order becomes unsigned order. */
	if (low_interval(a, from, &first, &size)) {
		uint32_t all = UINT32_MAX >> (32 - from), shifted = (first + sign) & all;

		if (size <= all - shifted)
			r = range64_make((uint64_t)shifted - sign, size);
	}
	s = make64(tnum_sext(tnum_zext(a->bits, from), from), r, range32_full());
	return bits == 64 ? s : scalar_zext(&s, 32);
}
