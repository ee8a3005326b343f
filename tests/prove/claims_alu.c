/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does arithmetic on scalars hold for every number?  Each operator at 64 and at 32 bits, for all
 * operands; what the engines compute is isa/alu.h.  Each view's operator and scalar_normalise() are
 * taken by contract: other claims prove them.  Shifts by an unknown count for all counts.
 */
#include "claims.h"

#pragma clang section text = "alu"

#include "isa/alu.h"
#include "verify/scalar_alu.c"

/* What claims_tnum.c and claims_range.c prove, of the numbers that are followed: at 64 bits x op y,
 * in the low half the low half of that. */
#define CONTRACTS(name, swaps, op)                                                           \
	struct tnum contract_tnum_##name(struct tnum a, struct tnum b);                      \
	struct tnum contract_tnum_##name(struct tnum a, struct tnum b)                       \
	{                                                                                    \
		struct tnum r = any_tnum("bits.value", "bits.mask");                         \
		uint64_t x = follow_x, y = follow_y;                                         \
                                                                                             \
		assume(!tnum_has(a, x) || !tnum_has(b, y) || tnum_has(r, op));               \
		assume(!(swaps) || !tnum_has(a, y) || !tnum_has(b, x) || tnum_has(r, (op))); \
		return r;                                                                    \
	}                                                                                    \
	struct range64 contract_range64_##name(struct range64 a, struct range64 b);          \
	struct range64 contract_range64_##name(struct range64 a, struct range64 b)           \
	{                                                                                    \
		struct range64 r = any_range64("r64.base", "r64.size");                      \
		uint64_t x = follow_x, y = follow_y;                                         \
                                                                                             \
		assume(!range64_has(a, x) || !range64_has(b, y) || range64_has(r, op));      \
		assume(!(swaps) || !range64_has(a, y) || !range64_has(b, x) ||               \
		       range64_has(r, (op)));                                                \
		return r;                                                                    \
	}                                                                                    \
	struct range32 contract_range32_##name(struct range32 a, struct range32 b);          \
	struct range32 contract_range32_##name(struct range32 a, struct range32 b)           \
	{                                                                                    \
		struct range32 r = any_range32("r32.base", "r32.size");                      \
		uint32_t x = (uint32_t)follow_x, y = (uint32_t)follow_y;                     \
                                                                                             \
		assume(!range32_has(a, x) || !range32_has(b, y) ||                           \
		       range32_has(r, (uint32_t)(op)));                                      \
		assume(!(swaps) || !range32_has(a, y) || !range32_has(b, x) ||               \
		       range32_has(r, (uint32_t)(op)));                                      \
		return r;                                                                    \
	}
CONTRACTS(add, true, x + y)
CONTRACTS(sub, false, x - y)
CONTRACTS(and, true, x &y)
CONTRACTS(or, true, x | y)
CONTRACTS(xor, true, x ^ y)
CONTRACTS(mul, true, x *y)

/* The same of shifts by one count; claims_tnum.c and claims_range.c prove them. */
#define SHIFTED(type, name, make, wide, op)                                  \
	struct type contract_##type##_##name(struct type a, unsigned int n); \
	struct type contract_##type##_##name(struct type a, unsigned int n)  \
	{                                                                    \
		struct type r = make("shifted", "shifted too");              \
		wide x = (wide)follow_x;                                     \
                                                                             \
		assume(!type##_has(a, x) || type##_has(r, (wide)(op)));      \
		return r;                                                    \
	}
SHIFTED(tnum, lsh, any_tnum, uint64_t, x << n)
SHIFTED(tnum, rsh, any_tnum, uint64_t, x >> n)
SHIFTED(range64, lsh, any_range64, uint64_t, x << n)
SHIFTED(range64, rsh, any_range64, uint64_t, x >> n)
SHIFTED(range64, arsh, any_range64, uint64_t, (int64_t)x >> n)
SHIFTED(range32, lsh, any_range32, uint32_t, x << n)
SHIFTED(range32, rsh, any_range32, uint32_t, x >> n)
SHIFTED(range32, arsh, any_range32, uint32_t, (int32_t)x >> n)

/* The limits of the number that is followed, and of its low half; claims_scalar.c proves them. */
#define LIMIT(name, wide, has, op)                                \
	wide contract_scalar_##name(const struct scalar *s);      \
	wide contract_scalar_##name(const struct scalar *s)       \
	{                                                         \
		wide r = (wide)any(#name);                        \
                                                                  \
		assume(!has(s, follow_x) || r op(wide) follow_x); \
		return r;                                         \
	}
LIMIT(umin, uint64_t, scalar_has, <=)
LIMIT(umax, uint64_t, scalar_has, >=)
LIMIT(smin, int64_t, scalar_has, <=)
LIMIT(smax, int64_t, scalar_has, >=)
LIMIT(umin32, uint32_t, has_low, <=)
LIMIT(umax32, uint32_t, has_low, >=)
LIMIT(smin32, int32_t, has_low, <=)
LIMIT(smax32, int32_t, has_low, >=)

static struct scalar with(uint64_t x)
{
	return any_scalar_with(x);
}

static void in(const struct scalar *s, uint64_t x)
{
	prove(tnum_has(s->bits, x));
	prove(range64_has(s->r64, x));
	prove(range32_has(s->r32, (uint32_t)x));
}

static void binary(enum isa_alu op, unsigned int bits)
{
	uint64_t x = any("x"), y = any("y");
	struct scalar a = with(x), b = with(y), r;

	follow_x = x;
	follow_y = y;
	follow_r = isa_alu(op, bits, x, y);
	r = scalar_alu(op, bits, &a, &b, false);
	in(&r, follow_r);
}

#define OPERATOR(op)                      \
	CLAIM(scalar_alu__##op##_64)      \
	{                                 \
		binary(ISA_ALU_##op, 64); \
	}                                 \
	CLAIM(scalar_alu__##op##_32)      \
	{                                 \
		binary(ISA_ALU_##op, 32); \
	}
OPERATOR(ADD)
OPERATOR(SUB)
OPERATOR(AND)
OPERATOR(OR)
OPERATOR(XOR)
OPERATOR(MUL)
OPERATOR(MOV)

static void shifted(enum isa_alu op, unsigned int bits,
		    struct scalar (*by)(unsigned int, const struct scalar *, unsigned int))
{
	uint64_t x = any("x"), n = any("n");
	struct scalar a = with(x), r;

	assume(n < bits);
	/* A right shift of 32 bits begins with the low half. */
	follow_x = bits == 32 && op != ISA_ALU_LSH ? (uint32_t)x : x;
	follow_r = isa_alu(op, bits, x, n);
	r = by(bits, &a, (unsigned int)n);
	in(&r, follow_r);
}

#define SHIFT(op, name)                               \
	CLAIM(name##_by__64)                          \
	{                                             \
		shifted(ISA_ALU_##op, 64, name##_by); \
	}                                             \
	CLAIM(name##_by__32)                          \
	{                                             \
		shifted(ISA_ALU_##op, 32, name##_by); \
	}
SHIFT(LSH, lsh)
SHIFT(RSH, rsh)
SHIFT(ARSH, arsh)

#define EXTEND(from)                                            \
	CLAIM(scalar_zext__##from)                              \
	{                                                       \
		uint64_t x = any("x");                          \
		struct scalar a = with(x), r;                   \
                                                                \
		follow_r = (uint##from##_t)x;                   \
		r = scalar_zext(&a, from);                      \
		in(&r, follow_r);                               \
	}                                                       \
	CLAIM(scalar_sext__##from)                              \
	{                                                       \
		uint64_t x = any("x");                          \
		struct scalar a = with(x), r;                   \
                                                                \
		follow_r = (uint64_t)(int64_t)(int##from##_t)x; \
		r = scalar_sext(&a, from, 64);                  \
		in(&r, follow_r);                               \
	}
EXTEND(8)
EXTEND(16)
EXTEND(32)

CLAIM(scalar_add_const)
{
	uint64_t x = any("x"), k = any("k");
	struct scalar a = with(x), r;

	follow_x = x;
	follow_y = k;
	follow_r = x + k;
	r = scalar_add_const(&a, k);
	in(&r, follow_r);
}
