/* SPDX-License-Identifier: BSD-2-Clause */
/* What would Linux 6.18 know about a result?  See limits.h. */
#include "isa/alu.h"
#include "verify/limits.h"

static struct scalar finish(unsigned int bits, struct limits *l)
{
	if (bits == 32)
		limits_cut32(l);
	limits_settle(l);
	return limits_pack(l);
}

/* Unsigned limits survive when both ends go over or neither does. */
static void add_limits(struct limits *d, const struct limits *s)
{
	uint64_t umin, umax;
	uint32_t umin32, umax32;
	bool low = __builtin_add_overflow(d->umin, s->umin, &umin);
	bool high = __builtin_add_overflow(d->umax, s->umax, &umax);
	bool low32 = __builtin_add_overflow(d->umin32, s->umin32, &umin32);
	bool high32 = __builtin_add_overflow(d->umax32, s->umax32, &umax32);

	if (__builtin_add_overflow(d->smin, s->smin, &d->smin) ||
	    __builtin_add_overflow(d->smax, s->smax, &d->smax)) {
		d->smin = INT64_MIN;
		d->smax = INT64_MAX;
	}
	if (__builtin_add_overflow(d->smin32, s->smin32, &d->smin32) ||
	    __builtin_add_overflow(d->smax32, s->smax32, &d->smax32)) {
		d->smin32 = INT32_MIN;
		d->smax32 = INT32_MAX;
	}
	d->umin = low == high ? umin : 0;
	d->umax = low == high ? umax : UINT64_MAX;
	d->umin32 = low32 == high32 ? umin32 : 0;
	d->umax32 = low32 == high32 ? umax32 : UINT32_MAX;
	d->bits = tnum_add(d->bits, s->bits);
}

static void sub_limits(struct limits *d, const struct limits *s)
{
	uint64_t umin, umax;
	uint32_t umin32, umax32;
	bool low = __builtin_sub_overflow(d->umin, s->umax, &umin);
	bool high = __builtin_sub_overflow(d->umax, s->umin, &umax);
	bool low32 = __builtin_sub_overflow(d->umin32, s->umax32, &umin32);
	bool high32 = __builtin_sub_overflow(d->umax32, s->umin32, &umax32);
	int64_t smin = 0, smax = 0;
	int32_t smin32 = 0, smax32 = 0;
	bool over = __builtin_sub_overflow(d->smin, s->smax, &smin) ||
		    __builtin_sub_overflow(d->smax, s->smin, &smax);
	bool over32 = __builtin_sub_overflow(d->smin32, s->smax32, &smin32) ||
		      __builtin_sub_overflow(d->smax32, s->smin32, &smax32);

	d->smin = over ? INT64_MIN : smin;
	d->smax = over ? INT64_MAX : smax;
	d->smin32 = over32 ? INT32_MIN : smin32;
	d->smax32 = over32 ? INT32_MAX : smax32;
	d->umin = low == high ? umin : 0;
	d->umax = low == high ? umax : UINT64_MAX;
	d->umin32 = low32 == high32 ? umin32 : 0;
	d->umax32 = low32 == high32 ? umax32 : UINT32_MAX;
	d->bits = tnum_sub(d->bits, s->bits);
}

static void mul_signed(struct limits *d, const struct limits *s)
{
	const int64_t a[] = { d->smin, d->smax }, b[] = { s->smin, s->smax };
	int64_t min = INT64_MAX, max = INT64_MIN, p;
	bool over = false;

	for (int i = 0; i < 4; i++) {
		over |= __builtin_mul_overflow(a[i / 2], b[i % 2], &p);
		min = p < min ? p : min;
		max = p > max ? p : max;
	}
	d->smin = over ? INT64_MIN : min;
	d->smax = over ? INT64_MAX : max;
}

static void mul_signed32(struct limits *d, const struct limits *s)
{
	const int32_t a[] = { d->smin32, d->smax32 }, b[] = { s->smin32, s->smax32 };
	int32_t min = INT32_MAX, max = INT32_MIN, p;
	bool over = false;

	for (int i = 0; i < 4; i++) {
		over |= __builtin_mul_overflow(a[i / 2], b[i % 2], &p);
		min = p < min ? p : min;
		max = p > max ? p : max;
	}
	d->smin32 = over ? INT32_MIN : min;
	d->smax32 = over ? INT32_MAX : max;
}

static void mul_limits(struct limits *d, const struct limits *s)
{
	if (__builtin_mul_overflow(d->umax, s->umax, &d->umax) ||
	    __builtin_mul_overflow(d->umin, s->umin, &d->umin)) {
		d->umin = 0;
		d->umax = UINT64_MAX;
	}
	if (__builtin_mul_overflow(d->umax32, s->umax32, &d->umax32) ||
	    __builtin_mul_overflow(d->umin32, s->umin32, &d->umin32)) {
		d->umin32 = 0;
		d->umax32 = UINT32_MAX;
	}
	mul_signed(d, s);
	mul_signed32(d, s);
	d->bits = tnum_mul(d->bits, s->bits);
}

/* Signed limits of a bitwise result are its unsigned ones, unless those go through the sign bit. */
static void sign_of_bitwise(struct limits *d)
{
	bool same = (int64_t)d->umin <= (int64_t)d->umax;
	bool same32 = (int32_t)d->umin32 <= (int32_t)d->umax32;

	d->smin = same ? (int64_t)d->umin : INT64_MIN;
	d->smax = same ? (int64_t)d->umax : INT64_MAX;
	d->smin32 = same32 ? (int32_t)d->umin32 : INT32_MIN;
	d->smax32 = same32 ? (int32_t)d->umax32 : INT32_MAX;
}

static void and_limits(struct limits *d, const struct limits *s)
{
	d->bits = tnum_and(d->bits, s->bits);
	d->umin = d->bits.value;
	d->umax = d->umax < s->umax ? d->umax : s->umax;
	d->umin32 = (uint32_t)d->bits.value;
	d->umax32 = d->umax32 < s->umax32 ? d->umax32 : s->umax32;
	sign_of_bitwise(d);
}

static void or_limits(struct limits *d, const struct limits *s)
{
	d->bits = tnum_or(d->bits, s->bits);
	d->umin = d->umin > s->umin ? d->umin : s->umin;
	d->umax = tnum_umax(d->bits);
	d->umin32 = d->umin32 > s->umin32 ? d->umin32 : s->umin32;
	d->umax32 = (uint32_t)tnum_umax(d->bits);
	sign_of_bitwise(d);
}

static void xor_limits(struct limits *d, const struct limits *s)
{
	d->bits = tnum_xor(d->bits, s->bits);
	d->umin = d->bits.value;
	d->umax = tnum_umax(d->bits);
	d->umin32 = (uint32_t)d->bits.value;
	d->umax32 = (uint32_t)tnum_umax(d->bits);
	sign_of_bitwise(d);
}

static void lsh_low(struct limits *d, unsigned int n)
{
	bool lost = n > 31 || d->umax32 > 1ULL << (31 - n);

	d->umin32 = lost ? 0 : d->umin32 << n;
	d->umax32 = lost ? UINT32_MAX : d->umax32 << n;
	d->smin32 = INT32_MIN;
	d->smax32 = INT32_MAX;
}

static void lsh_limits(unsigned int bits, struct limits *d, unsigned int n)
{
	bool lost = d->umax > 1ULL << (63 - n);

	if (bits == 32) {
		lsh_low(d, n);
		d->bits = tnum_zext(tnum_lsh(tnum_zext(d->bits, 32), n), 32);
		limits_forget64(d);
		limits_learn32(d);
		return;
	}
	/* The first half of a sign extension of the low half. */
	d->smin = n == 32 ? (int64_t)((uint64_t)(int64_t)d->smin32 << 32) : INT64_MIN;
	d->smax = n == 32 ? (int64_t)((uint64_t)(int64_t)d->smax32 << 32) : INT64_MAX;
	d->umin = lost ? 0 : d->umin << n;
	d->umax = lost ? UINT64_MAX : d->umax << n;
	lsh_low(d, n);
	d->bits = tnum_lsh(d->bits, n);
	limits_learn64(d);
	limits_learn32(d);
}

static void rsh_limits(unsigned int bits, struct limits *d, unsigned int n)
{
	if (bits == 32) {
		d->bits = tnum_rsh(tnum_zext(d->bits, 32), n);
		d->umin32 >>= n;
		d->umax32 >>= n;
		d->smin32 = INT32_MIN;
		d->smax32 = INT32_MAX;
		limits_forget64(d);
		limits_learn32(d);
		return;
	}
	d->bits = tnum_rsh(d->bits, n);
	d->umin >>= n;
	d->umax >>= n;
	d->smin = INT64_MIN;
	d->smax = INT64_MAX;
	limits_forget32(d);
	limits_learn64(d);
	limits_learn32(d);
}

static void arsh_limits(unsigned int bits, struct limits *d, unsigned int n)
{
	if (bits == 32) {
		d->bits = tnum_arsh(tnum_zext(d->bits, 32), n, 32);
		d->smin32 >>= n;
		d->smax32 >>= n;
		d->umin32 = 0;
		d->umax32 = UINT32_MAX;
		limits_forget64(d);
		limits_learn32(d);
		return;
	}
	d->bits = tnum_arsh(d->bits, n, 64);
	d->smin >>= n;
	d->smax >>= n;
	d->umin = 0;
	d->umax = UINT64_MAX;
	limits_forget32(d);
	limits_learn64(d);
	limits_learn32(d);
}

/* A count is known when the half that the shift looks at is, and the whole register is no more than
 * the width. */
static bool is_count(unsigned int bits, const struct limits *s)
{
	if (s->umax >= bits)
		return false;
	if (bits == 64)
		return !s->bits.mask;
	return !(uint32_t)s->bits.mask && s->umin32 == s->umax32 && s->smin32 == s->smax32;
}

struct scalar limits_alu(enum isa_alu op, unsigned int bits, const struct scalar *a,
			 const struct scalar *b)
{
	struct limits d = limits_of(a), s = limits_of(b);

	switch (op) {
	case ISA_ALU_ADD: add_limits(&d, &s); break;
	case ISA_ALU_SUB: sub_limits(&d, &s); break;
	case ISA_ALU_MUL: mul_limits(&d, &s); break;
	case ISA_ALU_AND: and_limits(&d, &s); break;
	case ISA_ALU_OR: or_limits(&d, &s); break;
	case ISA_ALU_XOR: xor_limits(&d, &s); break;
	case ISA_ALU_LSH:
	case ISA_ALU_RSH:
	case ISA_ALU_ARSH:
		if (!is_count(bits, &s))
			return scalar_unknown();
		if (op == ISA_ALU_LSH)
			lsh_limits(bits, &d, (unsigned int)s.umin);
		else if (op == ISA_ALU_RSH)
			rsh_limits(bits, &d, (unsigned int)s.umin);
		else
			arsh_limits(bits, &d, (unsigned int)s.umin);
		break;
	case ISA_ALU_MOV: return bits == 64 ? *b : limits_zext(b, 32);
	case ISA_ALU_DIV:
	case ISA_ALU_SDIV:
	case ISA_ALU_MOD:
	case ISA_ALU_SMOD:
	case ISA_N_ALU: return scalar_unknown();
	}
	return finish(bits, &d);
}

struct scalar limits_neg(unsigned int bits, const struct scalar *a)
{
	struct scalar zero = scalar_const(0);

	return limits_alu(ISA_ALU_SUB, bits, &zero, a);
}

/* Swapping follows the bits only. */
struct scalar limits_end(enum isa_end op, unsigned int bits, const struct scalar *a)
{
	struct limits l = { .bits = tnum_bswap(a->bits, bits) };

	if (op == ISA_END_LE)
		return bits == 64 ? *a : limits_zext(a, bits);
	limits_forget64(&l);
	limits_forget32(&l);
	return finish(64, &l);
}

/* The other end of a link. */
struct scalar limits_add_const(const struct scalar *a, uint64_t k)
{
	struct scalar b = scalar_const(k);
	struct limits d = limits_of(a), s = limits_of(&b);

	add_limits(&d, &s);
	limits_sync(&d);
	return limits_pack(&d);
}

struct scalar limits_zext(const struct scalar *a, unsigned int bits)
{
	uint64_t all = UINT64_MAX >> (64 - bits);
	struct limits l;

	/* As memory is, mostly. */
	if (scalar_is_unknown(a))
		return scalar_low(bits);
	l = limits_of(a);
	if (bits == 32)
		return finish(32, &l);
	l.bits = tnum_zext(l.bits, bits);
	if ((l.umin & ~all) == (l.umax & ~all)) {
		l.umin &= all;
		l.umax &= all;
	} else {
		l.umin = 0;
		l.umax = all;
	}
	l.smin = (int64_t)l.umin;
	l.smax = (int64_t)l.umax;
	limits_forget32(&l);
	return finish(64, &l);
}

/* Sign extends the low `bits`. */
static int64_t extend(uint64_t x, unsigned int bits)
{
	return (int64_t)(x << (64 - bits)) >> (64 - bits);
}

static void sext64(struct limits *l, unsigned int from)
{
	int64_t x = extend((uint64_t)l->smax, from), y = extend((uint64_t)l->smin, from);
	int64_t min = x < y ? x : y, max = x < y ? y : x;

	if ((uint64_t)l->smax >> from == (uint64_t)l->smin >> from && (min >= 0) == (max >= 0)) {
		l->smin = min;
		l->smax = max;
		l->smin32 = (int32_t)min;
		l->smax32 = (int32_t)max;
		l->umin = (uint64_t)min;
		l->umax = (uint64_t)max;
		l->umin32 = (uint32_t)min;
		l->umax32 = (uint32_t)max;
		l->bits = tnum_range((uint64_t)min, (uint64_t)max);
		return;
	}
	limits_forget64(l);
	limits_forget32(l);
	l->smin = l->smin32 = (int32_t)extend(1ULL << (from - 1), from);
	l->smax = l->smax32 = (int32_t)~l->smin32;
	l->bits = TNUM_UNKNOWN;
}

static void sext32(struct limits *l, unsigned int from)
{
	int32_t x = (int32_t)extend((uint32_t)l->smax32, from);
	int32_t y = (int32_t)extend((uint32_t)l->smin32, from);
	int32_t min = x < y ? x : y, max = x < y ? y : x;

	if ((uint32_t)l->smax32 >> from == (uint32_t)l->smin32 >> from &&
	    (min >= 0) == (max >= 0)) {
		l->smin32 = min;
		l->smax32 = max;
		l->umin32 = (uint32_t)min;
		l->umax32 = (uint32_t)max;
		l->bits = tnum_zext(tnum_range((uint32_t)min, (uint32_t)max), 32);
		return;
	}
	limits_forget32(l);
	l->smin32 = (int32_t)extend(1ULL << (from - 1), from);
	l->smax32 = ~l->smin32;
	l->bits = tnum_zext(TNUM_UNKNOWN, 32);
}

struct scalar limits_sext(const struct scalar *a, unsigned int from, unsigned int bits)
{
	struct limits l = limits_of(a);

	if (!l.bits.mask || (bits == 32 && !(uint32_t)l.bits.mask)) {
		uint64_t k = (uint64_t)extend(l.bits.value, from);

		return scalar_const(bits == 64 ? k : (uint32_t)k);
	}
	if (bits == 64) {
		sext64(&l, from);
		return limits_pack(&l);
	}
	sext32(&l, from);
	limits_cut32(&l);
	return limits_pack(&l);
}
