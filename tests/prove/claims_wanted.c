/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is what a step backwards asks for enough?  Every number that the want before an instruction has
 * comes out of it as one that the want behind it has; for all numbers, wants and constants.
 */
#include "claims.h"

#pragma clang section text = "wanted"

#include "isa/alu.h"
#include "verify/wanted.c"

static bool has(const struct want *w, uint64_t x)
{
	return w->low ? range32_has(w->r32, (uint32_t)x) : range64_has(w->r64, x);
}

static struct want any_want(bool low)
{
	return (struct want){ .low = low,
			      .r64 = any_range64("r64.base", "r64.size"),
			      .r32 = any_range32("r32.base", "r32.size") };
}

/* dst op= k, of which `after` is wanted. */
static void step(enum isa_alu op, unsigned int bits, bool low, int32_t k)
{
	struct want after = any_want(low), before = after;
	uint64_t x = any("x"), out;
	struct bpf_insn insn = { .imm = k };
	struct isa_row row = { .op = (uint8_t)op, .bits = (uint8_t)bits };
	enum outcome said = back_alu_k(&before, &insn, &row);

	out = isa_alu(op, bits, x, (uint64_t)(int64_t)insn.imm);
	prove(said != OUT_DROP || has(&after, out));
	prove(said != OUT_KEEP || !has(&before, x) || has(&after, out));
}

static void steps(enum isa_alu op, unsigned int bits, bool low)
{
	step(op, bits, low, (int32_t)(uint32_t)any("imm"));
}

#define STEP(op)                                \
	CLAIM(want_before__##op##_64)           \
	{                                       \
		steps(ISA_ALU_##op, 64, false); \
	}                                       \
	CLAIM(want_before__##op##_64_low)       \
	{                                       \
		steps(ISA_ALU_##op, 64, true);  \
	}                                       \
	CLAIM(want_before__##op##_32)           \
	{                                       \
		steps(ISA_ALU_##op, 32, false); \
	}                                       \
	CLAIM(want_before__##op##_32_low)       \
	{                                       \
		steps(ISA_ALU_##op, 32, true);  \
	}
STEP(ADD)
STEP(SUB)
STEP(AND)
STEP(OR)
STEP(XOR)

/* Shifts by some counts: the solver does not see through all of them at once. */
#define SHIFT(op, n)                              \
	CLAIM(want_before__##op##_64_##n)         \
	{                                         \
		step(ISA_ALU_##op, 64, false, n); \
	}                                         \
	CLAIM(want_before__##op##_32_##n)         \
	{                                         \
		step(ISA_ALU_##op, 32, false, n); \
	}                                         \
	CLAIM(want_before__##op##_32_low_##n)     \
	{                                         \
		step(ISA_ALU_##op, 32, true, n);  \
	}
SHIFT(RSH, 1)
SHIFT(RSH, 7)
SHIFT(RSH, 16)
SHIFT(RSH, 31)
STEP(MOV)
STEP(MUL)
STEP(ARSH)

CLAIM(want_before__move_64)
{
	struct want after = any_want(false), before = after;
	struct bpf_insn insn = { .src_reg = 3 };
	struct isa_row row = { .op = ISA_ALU_MOV, .bits = 64 };
	uint64_t x = any("x");
	enum outcome said = back_move(&before, &insn, &row);

	prove(said == OUT_KEEP && before.n == 3);
	prove(!has(&before, x) || has(&after, x));
}

CLAIM(want_before__move_32)
{
	struct want after = any_want(false), before = after;
	struct bpf_insn insn = { .src_reg = 3 };
	struct isa_row row = { .op = ISA_ALU_MOV, .bits = 32 };
	uint64_t x = any("x");
	enum outcome said = back_move(&before, &insn, &row);

	prove(said != OUT_DROP || has(&after, (uint32_t)x));
	prove(said != OUT_KEEP || !has(&before, x) || has(&after, (uint32_t)x));
}

/* What an edge asks for is that it is taken, and no less. */
static void edge(enum isa_cond cond, unsigned int bits)
{
	struct compare c = { .cond = cond, .bits = bits, .reg = 1, .k = any("k") };
	struct want w = { .low = false };
	uint64_t x = any("x");
	bool taken = any("taken") & 1;
	bool goes = isa_cond(cond, bits, x, c.k) == taken;

	assume(want_of_edge(&c, taken, &w));
	prove(!has(&w, x) || goes);
	prove(has(&w, x) || !goes);
}

#define EDGE(cond)                         \
	CLAIM(want_of_edge__##cond##_64)   \
	{                                  \
		edge(ISA_COND_##cond, 64); \
	}                                  \
	CLAIM(want_of_edge__##cond##_32)   \
	{                                  \
		edge(ISA_COND_##cond, 32); \
	}
EDGE(JEQ)
EDGE(JNE)
EDGE(JGT)
EDGE(JGE)
EDGE(JLT)
EDGE(JLE)
EDGE(JSGT)
EDGE(JSGE)
EDGE(JSLT)
EDGE(JSLE)

/* A want that another one implies has all that the other has. */
CLAIM(want_implies)
{
	struct want a = any_want(false), b = any_want(false);
	uint64_t x = any("x");

	prove(!want_implies(&a, &b) || !has(&a, x) || has(&b, x));
}
CLAIM(want_implies__low)
{
	struct want a = any_want(true), b = any_want(true);
	uint64_t x = any("x");

	prove(!want_implies(&a, &b) || !has(&a, x) || has(&b, x));
}
