/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does a branch keep every pair of numbers that takes it?  Each cut that refine.c makes, at 64 and
 * at 32 bits, for all operands: the view that it cuts is any, the others say nothing.  That all
 * views are then made to agree is claims_scalar.c's subject.
 */
#include "claims.h"

#pragma clang section text = "refine"

#include "isa/alu.h"
#include "verify/refine.c"

static struct scalar with64(uint64_t *ret_x)
{
	struct scalar s = { TNUM_UNKNOWN, any_range64("r64.base", "r64.size"), range32_full() };

	*ret_x = any("x");
	assume(range64_has(s.r64, *ret_x));
	return s;
}

static struct scalar with32(uint64_t *ret_x)
{
	struct scalar s = { TNUM_UNKNOWN, range64_full(), any_range32("r32.base", "r32.size") };

	*ret_x = any("x");
	assume(range32_has(s.r32, (uint32_t)*ret_x));
	return s;
}

static struct scalar with_bits(uint64_t x)
{
	struct scalar s = { any_tnum("bits.value", "bits.mask"), range64_full(), range32_full() };

	assume(tnum_has(s.bits, x));
	return s;
}

static void in(const struct scalar *s, uint64_t x)
{
	prove(tnum_has(s->bits, x));
	prove(range64_has(s->r64, x));
	prove(range32_has(s->r32, (uint32_t)x));
}

/* What claims_range.c proves, of the two numbers that are followed. */
#define CONTRACTS(bits)                                                                           \
	static void meets##bits(struct range##bits a, struct range##bits b, struct range##bits r, \
				bool found, uint##bits##_t x)                                     \
	{                                                                                         \
		assume(!range##bits##_has(a, x) || !range##bits##_has(b, x) ||                    \
		       (found && range##bits##_has(r, x)));                                       \
	}                                                                                         \
	bool contract_range##bits##_intersect(struct range##bits a, struct range##bits b,         \
					      struct range##bits *ret);                           \
	bool contract_range##bits##_intersect(struct range##bits a, struct range##bits b,         \
					      struct range##bits *ret)                            \
	{                                                                                         \
		struct range##bits r = any_range##bits("base", "size");                           \
		bool found = any("found") & 1;                                                    \
                                                                                                  \
		meets##bits(a, b, r, found, (uint##bits##_t)follow_x);                            \
		meets##bits(a, b, r, found, (uint##bits##_t)follow_y);                            \
		if (found)                                                                        \
			*ret = r;                                                                 \
		return found;                                                                     \
	}
CONTRACTS(64)
CONTRACTS(32)

#define LIMIT(bits, type, name, cmp)                                                             \
	static void name##bits##_of(struct range##bits r, type##bits##_t limit, uint64_t x)      \
	{                                                                                        \
		assume(!range##bits##_has(r, (uint##bits##_t)x) || limit cmp(type##bits##_t) x); \
	}                                                                                        \
	type##bits##_t contract_range##bits##_##name(struct range##bits r);                      \
	type##bits##_t contract_range##bits##_##name(struct range##bits r)                       \
	{                                                                                        \
		type##bits##_t limit = (type##bits##_t)any(#name);                               \
                                                                                                 \
		name##bits##_of(r, limit, follow_x);                                             \
		name##bits##_of(r, limit, follow_y);                                             \
		name##bits##_of(r, limit, follow_r);                                             \
		return limit;                                                                    \
	}
#define LIMITS(bits)                \
	LIMIT(bits, uint, umin, <=) \
	LIMIT(bits, uint, umax, >=) \
	LIMIT(bits, int, smin, <=)  \
	LIMIT(bits, int, smax, >=)
LIMITS(64)
LIMITS(32)

#define ORDER(name, bits, strict, cond)                               \
	CLAIM(refine_##cond##_##bits)                                 \
	{                                                             \
		uint64_t x, y;                                        \
		struct scalar a = with##bits(&x), b = with##bits(&y); \
                                                                      \
		follow_x = x;                                         \
		follow_y = y;                                         \
		assume(isa_cond(ISA_COND_##cond, bits, x, y));        \
		prove(name(bits, strict, &a, &b));                    \
		in(&a, x);                                            \
		in(&b, y);                                            \
	}
ORDER(below, 64, true, JLT)
ORDER(below, 64, false, JLE)
ORDER(below, 32, true, JLT)
ORDER(below, 32, false, JLE)
ORDER(less, 64, true, JSLT)
ORDER(less, 64, false, JSLE)
ORDER(less, 32, true, JSLT)
ORDER(less, 32, false, JSLE)

/* Every other order is one of these with operands exchanged. */
CLAIM(refine_swap)
{
	uint64_t x = any("x"), y = any("y"), c = any("condition");
	unsigned int bits = any("wide") & 1 ? 64 : 32;

	assume(c < ISA_N_COND);
	prove(isa_cond((enum isa_cond)c, bits, x, y) ==
	      isa_cond(refine_swap((enum isa_cond)c), bits, y, x));
	prove(refine_negate((enum isa_cond)c) == ISA_N_COND ||
	      isa_cond((enum isa_cond)c, bits, x, y) !=
		      isa_cond(refine_negate((enum isa_cond)c), bits, x, y));
}

/* What apply() makes of the orders: the same cut as their mirror image. */
#define MIRROR(bits, cond)                                            \
	CLAIM(refine_##cond##_##bits)                                 \
	{                                                             \
		uint64_t x, y;                                        \
		struct scalar a = with##bits(&x), b = with##bits(&y); \
                                                                      \
		follow_x = x;                                         \
		follow_y = y;                                         \
		assume(isa_cond(ISA_COND_##cond, bits, x, y));        \
		prove(apply(ISA_COND_##cond, bits, &a, &b));          \
		in(&a, x);                                            \
		in(&b, y);                                            \
	}
MIRROR(64, JGT)
MIRROR(64, JGE)
MIRROR(64, JSGT)
MIRROR(64, JSGE)
MIRROR(32, JGT)
MIRROR(32, JGE)
MIRROR(32, JSGT)
MIRROR(32, JSGE)

#define BITS(bits)                                                      \
	CLAIM(refine_JSET_##bits)                                       \
	{                                                               \
		uint64_t x = any("x"), y = any("y");                    \
		struct scalar a = with_bits(x), b = with_bits(y);       \
                                                                        \
		assume(isa_cond(ISA_COND_JSET, bits, x, y));            \
		prove(share_bit(bits, &a, &b));                         \
		in(&a, x);                                              \
		in(&b, y);                                              \
	}                                                               \
	CLAIM(refine_not_JSET_##bits)                                   \
	{                                                               \
		uint64_t x = any("x"), y = any("y");                    \
		struct scalar a = with_bits(x), b = with_bits(y);       \
                                                                        \
		assume(!isa_cond(ISA_COND_JSET, bits, x, y));           \
		prove(disjoint(bits, &a, &b));                          \
		in(&a, x);                                              \
		in(&b, y);                                              \
	}                                                               \
	CLAIM(refine_JNE_range_##bits)                                  \
	{                                                               \
		uint64_t x, y = any("y");                               \
		struct scalar a = with##bits(&x);                       \
                                                                        \
		follow_x = follow_y = x;                                \
		assume(isa_cond(ISA_COND_JNE, bits, x, y));             \
		prove(exclude(bits, &a, bits == 64 ? y : (uint32_t)y)); \
		in(&a, x);                                              \
	}                                                               \
	CLAIM(refine_JNE_bits_##bits)                                   \
	{                                                               \
		uint64_t x = any("x"), y = any("y");                    \
		struct scalar a = with_bits(x);                         \
                                                                        \
		assume(isa_cond(ISA_COND_JNE, bits, x, y));             \
		prove(exclude(bits, &a, bits == 64 ? y : (uint32_t)y)); \
		in(&a, x);                                              \
	}
BITS(64)
BITS(32)

CLAIM(refine_JEQ_32_range)
{
	uint64_t x;
	struct scalar a = with32(&x), b = a;

	b.r32 = any_range32("other r32.base", "other r32.size");
	b.r32.base = b.r32.size == UINT32_MAX ? 0 : a.r32.base + b.r32.base;
	follow_x = follow_y = x;
	assume(range32_has(b.r32, (uint32_t)x));
	prove(equal(32, &a, &b));
	in(&a, x);
	in(&b, x);
}

CLAIM(refine_JEQ_32_bits)
{
	uint64_t x = any("x"), y = any("y");
	struct scalar a = with_bits(x), b = with_bits(y);

	follow_x = x;
	follow_y = y;
	assume((uint32_t)x == (uint32_t)y);
	prove(equal(32, &a, &b));
	in(&a, x);
	in(&b, y);
}
