/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which random program is safe by construction?  Statements are drawn from a weighted list; r9
 * counts the one loop that may be open, the eight stack slots at r10 - 64 are always initialised.
 */
#include "support/gen.h"

#include <string.h>

enum {
	SLOTS = 8,
	COUNTER = 9,
	MAX_FUNCTIONS = 4,
	KEY_AT = -72,
	CTX_AT = -80,
};

struct gen {
	struct rng *rng;
	const struct gen_opts *opts;
	struct gen_prog *out;
	uint32_t function; /* being written */
	bool in_loop;
	struct {
		uint32_t at, callee;
	} calls[64];
	uint32_t n_calls;
};

static void emit(struct gen *g, uint8_t code, unsigned int dst, unsigned int src, int off,
		 int32_t imm)
{
	if (g->out->n < GEN_MAX_INSNS)
		g->out->insns[g->out->n++] = (struct bpf_insn){ .code = code,
								.dst_reg = dst & 0xf,
								.src_reg = src & 0xf,
								.off = (int16_t)off,
								.imm = imm };
}

/* A register that may be written: not r10, and not the counter of an open loop. */
static unsigned int target(struct gen *g)
{
	return rng_below(g->rng, g->in_loop ? COUNTER : 10);
}

static unsigned int source(struct gen *g)
{
	return rng_below(g->rng, 10);
}

static int32_t imm(struct gen *g)
{
	return (int32_t)(uint32_t)rng_value(g->rng);
}

static void emit_wide(struct gen *g, unsigned int dst)
{
	uint64_t v = rng_value(g->rng);

	emit(g, 0x18, dst, 0, 0, (int32_t)(uint32_t)v);
	emit(g, 0, 0, 0, 0, (int32_t)(uint32_t)(v >> 32));
}

static void set_number(struct gen *g, unsigned int dst)
{
	if (rng_below(g->rng, 2))
		emit_wide(g, dst);
	else
		emit(g, 0xb7, dst, 0, 0, imm(g));
}

static void emit_alu(struct gen *g)
{
	static const uint8_t ops[] = { 0x00, 0x10, 0x20, 0x30, 0x40, 0x50,
				       0x60, 0x70, 0x90, 0xa0, 0xb0, 0xc0 };
	uint8_t op = ops[rng_below(g->rng, sizeof(ops))];
	uint8_t class = rng_below(g->rng, 2) ? 7 : 4;
	bool divides = op == 0x30 || op == 0x90, shifts = op == 0x60 || op == 0x70 || op == 0xc0;
	int off = divides ? (int)rng_below(g->rng, 2) : 0;
	int32_t k = imm(g);

	if (rng_below(g->rng, 2)) {
		emit(g, op | class | 8, target(g), source(g), off, 0);
		return;
	}
	if (shifts)
		k &= class == 7 ? 63 : 31;
	if (divides && !k)
		k = -1;
	emit(g, op | class, target(g), 0, off, k);
}

static void emit_unary(struct gen *g)
{
	static const int widths[] = { 16, 32, 64 };
	static const uint8_t swaps[] = { 0xd4, 0xdc, 0xd7 };

	switch (rng_below(g->rng, 4)) {
	case 0: emit(g, rng_below(g->rng, 2) ? 0x87 : 0x84, target(g), 0, 0, 0); break;
	case 1:
		emit(g, swaps[rng_below(g->rng, 3)], target(g), 0, 0, widths[rng_below(g->rng, 3)]);
		break;
	case 2: emit(g, 0xbf, target(g), source(g), 8 << rng_below(g->rng, 3), 0); break;
	case 3: emit(g, 0xbc, target(g), source(g), 8 << rng_below(g->rng, 2), 0); break;
	}
}

/* What compilers write in several instructions and a JIT may do in one: rotates, extensions by
 * shifts, moves that are then operated on. */
static void emit_idiom(struct gen *g)
{
	unsigned int a = target(g), b = source(g), c = target(g);
	bool is_64 = rng_below(g->rng, 2);
	uint8_t class = is_64 ? 7 : 4;
	int32_t bits = is_64 ? 64 : 32, k = (int32_t)rng_below(g->rng, (uint32_t)bits);
	int32_t other = rng_below(g->rng, 4) ? (bits - k) & (bits - 1) : k;

	switch (rng_below(g->rng, 5)) {
	case 0:
		emit(g, 0xb0 | class | 8, a, b, 0, 0);
		emit(g, 0x60 | class, a, 0, 0, k);
		emit(g, 0xb0 | class | 8, c, b, 0, 0);
		emit(g, 0x70 | class, c, 0, 0, other);
		emit(g, 0x40 | class | 8, a, c, 0, 0);
		break;
	case 1:
		emit(g, 0xb0 | class | 8, a, b, 0, 0);
		emit(g, 0x60 | class, a, 0, 0, k);
		emit(g, (rng_below(g->rng, 2) ? 0x70 : 0xc0) | class, a, 0, 0, k);
		break;
	case 2:
		emit(g, 0x67, a, 0, 0, 32);
		emit(g, rng_below(g->rng, 2) ? 0x77 : 0xc7, a, 0, 0, 32);
		break;
	case 3:
		emit(g, 0xb0 | class | 8, a, b, 0, 0);
		emit(g, (rng_below(g->rng, 2) ? 0x00 : 0x50) | class, a, 0, 0, imm(g));
		break;
	case 4:
		emit(g, 0xb0 | class | 8, a, b, 0, 0);
		emit(g, (rng_below(g->rng, 2) ? 0x00 : 0x10) | class | 8, a, c, 0, 0);
		emit(g, 0x60 | class, a, 0, 0, 1 + (int32_t)rng_below(g->rng, 3));
		break;
	}
}

/* What may not be aligned is loaded in parts; the first half is mostly the one in front. */
static void emit_halves(struct gen *g, unsigned int a, unsigned int b)
{
	static const uint8_t loads[] = { 0x71, 0x69, 0x61 };
	unsigned int n = rng_below(g->rng, 3);
	int bytes = 1 << n, off = -8 - 8 * (int)rng_below(g->rng, SLOTS), other;

	off += n == 2 ? 0 : bytes * (int)rng_below(g->rng, 3);
	other = off + bytes;
	if (!rng_below(g->rng, 4)) {
		other = off;
		off += bytes;
	}
	emit(g, loads[n], a, 10, off, 0);
	if (!rng_below(g->rng, 4))
		emit(g, 0x73, 10, target(g), rng_below(g->rng, 2) ? off : other, 0);
	emit(g, loads[n], b, 10, other, 0);
	emit(g, 0x67, b, 0, 0, rng_below(g->rng, 8) ? 8 * bytes : 8);
	emit(g, rng_below(g->rng, 2) ? 0x4f : rng_below(g->rng, 2) ? 0x0f : 0xaf, a, b, 0, 0);
}

/* What compilers write where there are only operations on 64 bits. */
static void emit_cut(struct gen *g)
{
	static const uint8_t ops[] = { 0x07, 0x17, 0x27, 0x47, 0xa7, 0x67 };
	unsigned int a = target(g), b = target(g), c = source(g);
	int32_t k = 1 + (int32_t)rng_below(g->rng, 31);
	uint32_t mask = rng_below(g->rng, 4) ? UINT32_MAX << (32 - k) : UINT32_MAX << k;

	switch (rng_below(g->rng, 6)) {
	case 0: /* a rotation */
		emit(g, 0xbf, a, c, 0, 0);
		emit(g, 0x67, a, 0, 0, k);
		emit(g, 0xbf, b, c, 0, 0);
		emit(g, 0x67, b, 0, 0, 32);
		emit(g, rng_below(g->rng, 5) ? 0x77 : 0xc7, b, 0, 0, 64 - k);
		emit(g, rng_below(g->rng, 2) ? 0x4f : 0x0f, a, b, 0, 0);
		break;
	case 1: /* the same by a mask */
		emit(g, 0x18, b, 0, 0, (int32_t)mask);
		emit(g, 0, 0, 0, 0, 0);
		emit(g, 0x5f, b, c, 0, 0);
		emit(g, 0x77, b, 0, 0, rng_below(g->rng, 4) ? 32 - k : k);
		emit(g, 0xbf, a, c, 0, 0);
		emit(g, 0x67, a, 0, 0, k);
		emit(g, 0x4f, a, b, 0, 0);
		break;
	case 2:
		emit(g, 0x67, a, 0, 0, 32);
		emit(g, rng_below(g->rng, 2) ? 0x77 : 0xc7, a, 0, 0,
		     32 + (int32_t)rng_below(g->rng, 32));
		break;
	case 3:
		emit(g, ops[rng_below(g->rng, sizeof(ops))] | 8, a, c, 0, 0);
		emit(g, ops[rng_below(g->rng, 5)], a, 0, 0, imm(g));
		emit(g, 0x87, a, 0, 0, 0);
		break;
	case 4:
		emit(g, ops[rng_below(g->rng, 5)] | 8, a, c, 0, 0);
		emit(g, 0x67, a, 0, 0, 32);
		emit(g, rng_below(g->rng, 2) ? 0x77 : 0xc7, a, 0, 0, 32);
		break;
	case 5: emit_halves(g, a, b); break;
	}
}

/* Offset from r10 of something of n bytes, aligned. */
static int slot(struct gen *g, uint32_t n)
{
	return -SLOTS * 8 + (int)(rng_below(g->rng, SLOTS * 8 / n) * n);
}

static void emit_memory(struct gen *g)
{
	static const struct {
		uint8_t size;
		uint32_t bytes;
	} widths[] = { { 0x00, 4 }, { 0x08, 2 }, { 0x10, 1 }, { 0x18, 8 } };
	uint32_t w = rng_below(g->rng, 4);
	int off = slot(g, widths[w].bytes);

	switch (rng_below(g->rng, 5)) {
	case 0:
	case 1: emit(g, 0x61 | widths[w].size, target(g), 10, off, 0); break;
	case 2: emit(g, 0x63 | widths[w].size, 10, source(g), off, 0); break;
	case 3: emit(g, 0x62 | widths[w].size, 10, 0, off, imm(g)); break;
	case 4:
		if (w < 3)
			emit(g, 0x81 | widths[w].size, target(g), 10, off, 0);
		break;
	}
}

static void emit_atomic(struct gen *g)
{
	static const int32_t ops[] = { 0x00, 0x40, 0x50, 0xa0, 0x01,  0x41,
				       0x51, 0xa1, 0xe1, 0xf1, 0x100, 0x110 };
	int32_t op = ops[rng_below(g->rng, g->opts->no_acquire ? 10 : 12)];
	bool is_64 = rng_below(g->rng, 2);
	uint8_t code = is_64 ? 0xdb : 0xc3;
	int off = slot(g, is_64 ? 8 : 4);

	if (op == 0x100)
		emit(g, code, target(g), 10, off, op);
	else
		emit(g, code, 10, op & 1 ? target(g) : source(g), off, op);
}

static void emit_block(struct gen *g, uint32_t n, uint32_t depth);

static uint32_t emit_condition(struct gen *g)
{
	static const uint8_t ops[] = { 0x10, 0x20, 0x30, 0x40, 0x50, 0x60,
				       0x70, 0xa0, 0xb0, 0xc0, 0xd0 };
	uint8_t code = ops[rng_below(g->rng, sizeof(ops))] | (rng_below(g->rng, 2) ? 5 : 6);

	if (rng_below(g->rng, 2))
		emit(g, code | 8, source(g), source(g), 0, 0);
	else
		emit(g, code, source(g), 0, 0, imm(g));
	return g->out->n - 1;
}

/* if (...) { } else { } */
static void emit_if(struct gen *g, uint32_t depth)
{
	uint32_t branch = emit_condition(g), jump;

	emit_block(g, 1 + rng_below(g->rng, 5), depth + 1);
	jump = g->out->n;
	emit(g, 0x05, 0, 0, 0, 0);
	g->out->insns[branch].off = (int16_t)(g->out->n - branch - 1);
	emit_block(g, rng_below(g->rng, 4), depth + 1);
	if (jump < g->out->n)
		g->out->insns[jump].off = (int16_t)(g->out->n - jump - 1);
}

static void emit_loop(struct gen *g, uint32_t depth)
{
	uint32_t top;

	emit(g, 0xb7, COUNTER, 0, 0, (int32_t)(1 + rng_below(g->rng, g->opts->max_trips)));
	g->in_loop = true;
	top = g->out->n;
	emit_block(g, 3 + rng_below(g->rng, 8), depth + 1);
	emit(g, 0x07, COUNTER, 0, 0, -1);
	emit(g, 0x55, COUNTER, 0, (int)top - (int)g->out->n - 1, 0);
	g->in_loop = false;
}

/* The larger or smaller of two, more or less. */
static void emit_extreme(struct gen *g)
{
	static const uint8_t orders[] = { 0x20, 0x30, 0xa0, 0xb0, 0x60, 0x70, 0xc0, 0xd0 };
	uint8_t code = orders[rng_below(g->rng, sizeof(orders))] | (rng_below(g->rng, 2) ? 5 : 6);
	unsigned int best = rng_below(g->rng, COUNTER), v = rng_below(g->rng, COUNTER);

	if (rng_below(g->rng, 2))
		emit(g, 0x61, v, 10, slot(g, 4), 0);
	if (rng_below(g->rng, 2))
		emit(g, 0x0f, v, COUNTER, 0, 0);
	emit(g, code | 8, best, v, 1, 0);
	emit(g, 0xbf, best, v, 0, 0);
}

/* A small loop with a sum, as compilers write it: several rounds may become one. */
static void emit_sum(struct gen *g)
{
	static const uint8_t sums[] = { 0x0f, 0x0c, 0xaf, 0xac, 0x4f, 0x4c };
	static const uint8_t jumps[] = { 0xa5, 0xb5, 0xa6, 0x55, 0x56, 0xc5 };
	uint32_t top, trips = 1 + rng_below(g->rng, 40), sum = rng_below(g->rng, COUNTER);
	int32_t from = (int32_t)rng_below(g->rng, 64), step = 1 + (int32_t)rng_below(g->rng, 8);
	bool is_inclusive;
	uint8_t jump;

	emit(g, 0xb7, COUNTER, 0, 0, from);
	g->in_loop = true;
	top = g->out->n;
	for (uint32_t i = rng_below(g->rng, 3); i; i--)
		rng_below(g->rng, 2) ? emit_memory(g) : emit_alu(g);
	if (rng_below(g->rng, 3))
		emit(g, sums[rng_below(g->rng, sizeof(sums))], sum, rng_below(g->rng, 10), 0, 0);
	else
		emit_extreme(g);
	if (rng_below(g->rng, 2))
		emit(g, sums[rng_below(g->rng, sizeof(sums))], rng_below(g->rng, COUNTER), COUNTER,
		     0, 0);
	jump = jumps[rng_below(g->rng, sizeof(jumps))];
	is_inclusive = jump == 0xb5;
	emit(g, 0x07, COUNTER, 0, 0, step);
	emit(g, jump, COUNTER, 0, (int)top - (int)g->out->n - 1,
	     from + step * (int32_t)trips - is_inclusive);
	g->in_loop = false;
}

static void emit_call(struct gen *g)
{
	uint32_t callee = g->function + 1;

	if (callee > g->opts->functions || g->n_calls == 64)
		return;
	g->calls[g->n_calls].at = g->out->n;
	g->calls[g->n_calls++].callee = callee;
	emit(g, 0x85, 0, 1, 0, 0);
	for (unsigned int reg = 1; reg <= 5; reg++)
		if (rng_below(g->rng, 2))
			emit(g, 0xbf, reg, 6 + rng_below(g->rng, 4), 0, 0);
		else
			set_number(g, reg);
}

static bool has_room(const struct gen *g)
{
	return g->opts->has_map && g->out->n_map_at < 64 && g->out->n + 64 < GEN_MAX_INSNS;
}

/* r0 = lookup(map, &key) */
static void emit_lookup_call(struct gen *g)
{
	struct gen_prog *out = g->out;

	emit(g, 0x62, 10, 0, KEY_AT, (int32_t)rng_below(g->rng, 3));
	out->map_at[out->n_map_at++] = out->n;
	emit(g, 0x18, 1, BPF_PSEUDO_MAP_FD, 0, 0);
	emit(g, 0, 0, 0, 0, 0);
	emit(g, 0xbf, 2, 10, 0, 0);
	emit(g, 0x07, 2, 0, 0, KEY_AT);
	emit(g, 0x85, 0, 0, 0, BPF_FUNC_map_lookup_elem);
}

/* if (r0) { use it }; then r0 and r1-r5 are numbers again. */
static void emit_lookup(struct gen *g)
{
	if (!has_room(g))
		return;
	emit_lookup_call(g);
	emit(g, 0xb7, 1, 0, 0, 0);
	emit(g, 0x15, 0, 0, 3, 0);
	emit(g, 0x79, 1, 0, 0, 0);
	emit(g, 0xdb, 0, 6, 0, 0);
	emit(g, 0x7b, 0, 7, 0, 0);
	emit(g, 0xbf, 0, 1, 0, 0);
	for (unsigned int reg = 2; reg <= 5; reg++)
		set_number(g, reg);
}

static void emit_input(struct gen *g)
{
	static const int fields[] = { 0, 4, 8, 12, 16, 24, 32, 36, 40, 48, 52, 56, 60, 64, 68 };
	unsigned int reg = target(g);

	if (!g->opts->has_input || g->function)
		return;
	emit(g, 0x79, reg, 10, CTX_AT, 0);
	emit(g, 0x61, reg, reg, fields[rng_below(g->rng, sizeof(fields) / sizeof(fields[0]))], 0);
}

/* One more thing that is known about r1; true: by a branch whose distance is still open. */
static bool emit_bound(struct gen *g)
{
	static const uint8_t jumps[] = { 0x25, 0x35, 0x65, 0xc5, 0x26, 0x36, 0x66,
					 0xc6, 0x45, 0x46, 0x55, 0x15, 0xa5, 0xd5 };
	int32_t k = (int32_t)rng_below(g->rng, 18);

	switch (rng_below(g->rng, 12)) {
	case 0:
	case 1: emit(g, 0x57, 1, 0, 0, k); return false;
	case 2: emit(g, 0x54, 1, 0, 0, k); return false;
	case 3: emit(g, 0x77, 1, 0, 0, 64 - (int32_t)(1 + rng_below(g->rng, 5))); return false;
	case 4: emit(g, 0x67, 1, 0, 0, (int32_t)rng_below(g->rng, 3)); return false;
	case 5: emit(g, 0x07, 1, 0, 0, k - 8); return false;
	case 6: emit(g, 0xbc, 1, 1, rng_below(g->rng, 2) ? 8 : 0, 0); return false;
	case 7: emit(g, 0x97, 1, 0, 0, k + 1); return false;
	case 8: emit(g, 0x27, 1, 0, 0, k); return false;
	default: break;
	}
	emit(g, jumps[rng_below(g->rng, sizeof(jumps))], 1, 0, 0, rng_below(g->rng, 6) ? k : k - 9);
	return true;
}

/* The r1-th byte of a map value, if the bounds that are drawn let it be. */
static void emit_wild(struct gen *g)
{
	static const uint8_t sizes[] = { 0x10, 0x08, 0x00, 0x18 };
	uint32_t branches[5], n = 0;
	uint8_t size = sizes[rng_below(g->rng, 4)];
	int off = (int)rng_below(g->rng, 18) - 2;

	if (!g->opts->wild || !has_room(g))
		return;
	emit_lookup_call(g);
	branches[n++] = g->out->n;
	emit(g, 0x15, 0, 0, 0, 0);
	emit(g, 0xbf, 1, 6 + rng_below(g->rng, 4), 0, 0);
	for (uint32_t i = 1 + rng_below(g->rng, 4); i; i--) {
		branches[n] = g->out->n;
		n += emit_bound(g);
	}
	emit(g, rng_below(g->rng, 6) ? 0x0f : 0x1f, 0, 1, 0, 0);
	if (rng_below(g->rng, 2))
		emit(g, 0x61 | size, 7, 0, off, 0);
	else
		emit(g, 0x63 | size, 0, 6, off, 0);
	while (n--)
		g->out->insns[branches[n]].off = (int16_t)(g->out->n - branches[n] - 1);
	for (unsigned int reg = 0; reg <= 5; reg++)
		set_number(g, reg);
}

static void emit_statement(struct gen *g, uint32_t depth)
{
	uint32_t draw = rng_below(g->rng, 100);

	if (g->opts->has_input && !rng_below(g->rng, 6))
		emit_input(g);
	if (g->opts->wild && !rng_below(g->rng, 20))
		emit_wild(g);
	if (g->opts->cuts && rng_below(g->rng, 2))
		emit_cut(g);
	if (draw < 37)
		emit_alu(g);
	else if (draw < 45)
		emit_idiom(g);
	else if (draw < 57)
		emit_unary(g);
	else if (draw < 77)
		emit_memory(g);
	else if (draw < 82)
		emit_atomic(g);
	else if (draw < 84)
		emit_lookup(g);
	else if (draw < 87)
		emit_wide(g, target(g));
	else if (draw < 94 && depth < 3)
		emit_if(g, depth);
	else if (draw < 95 && depth < 3 && !g->in_loop)
		emit_sum(g);
	else if (draw < 97 && depth < 2 && !g->in_loop)
		emit_loop(g, depth);
	else if (draw < 98 || !g->opts->has_map)
		emit_call(g);
	else
		emit_lookup(g);
}

static void emit_block(struct gen *g, uint32_t n, uint32_t depth)
{
	for (uint32_t i = 0; i < n && g->out->n < GEN_MAX_INSNS - 512; i++)
		emit_statement(g, depth);
}

/* Everything that lives becomes part of r0; the high half is folded into what the kernel shows. */
static void emit_result(struct gen *g)
{
	for (unsigned int reg = 1; reg < 10; reg++) {
		emit(g, 0x27, 0, 0, 0, 31);
		if (g->opts->cuts && rng_below(g->rng, 8)) {
			emit(g, 0x67, reg, 0, 0, 32);
			emit(g, 0x77, reg, 0, 0, 32 + (int32_t)rng_below(g->rng, 8));
		}
		emit(g, 0xaf, 0, reg, 0, 0);
	}
	for (int i = 1; i <= SLOTS; i++) {
		emit(g, 0x79, 1, 10, -8 * i, 0);
		emit(g, 0x27, 0, 0, 0, 31);
		emit(g, 0x0f, 0, 1, 0, 0);
	}
	emit(g, 0xbf, 1, 0, 0, 0);
	emit(g, 0x77, 1, 0, 0, 32);
	emit(g, 0xaf, 0, 1, 0, 0);
	emit(g, 0x95, 0, 0, 0, 0);
}

static void emit_function(struct gen *g)
{
	uint32_t from = g->function ? 6 : 0;

	if (!g->function && g->opts->has_input)
		emit(g, 0x7b, 10, 1, CTX_AT, 0);
	if (g->function)
		set_number(g, 0);
	for (uint32_t reg = from; reg < 10; reg++)
		if (g->function || !g->opts->has_memory)
			set_number(g, reg);
		else if (reg != 1)
			emit(g, 0x79, reg, 1, (int)reg * 8, 0);
	if (!g->function && g->opts->has_memory)
		emit(g, 0x79, 1, 1, 8, 0);
	for (int i = 1; i <= SLOTS; i++)
		emit(g, 0x7b, 10, source(g), -8 * i, 0);
	emit_block(g, g->opts->statements, 0);
	if (g->function < g->opts->functions)
		emit_call(g);
	emit_result(g);
}

void gen_program(struct rng *rng, const struct gen_opts *opts, struct gen_prog *ret_prog)
{
	struct gen g = { .rng = rng, .opts = opts, .out = ret_prog };
	uint32_t start[MAX_FUNCTIONS] = { 0 };

	ret_prog->n = ret_prog->n_map_at = 0;
	for (; g.function <= opts->functions; g.function++) {
		start[g.function] = ret_prog->n;
		emit_function(&g);
	}
	for (uint32_t i = 0; i < g.n_calls; i++)
		ret_prog->insns[g.calls[i].at].imm =
			(int32_t)(start[g.calls[i].callee] - g.calls[i].at - 1);
}
