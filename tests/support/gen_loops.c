/* SPDX-License-Identifier: BSD-2-Clause */
/* Which random program puts the verdict on counted loops to the test?  See gen_loops.h. */
#include "support/gen_loops.h"

#include <stdbool.h>
#include <string.h>

/* r6-r8 count, r9 points to what is indexed; fp-8 and fp-16 count as well, fp-128 is an array. */
enum {
	COUNTER = 6,
	N_COUNTERS = 3,
	BASE = 9,
	FP = 10,
	ARRAY = -128
};

struct gen {
	struct rng *rng;
	struct loops_prog *p;
	uint32_t depth, n_statements;
};

static uint32_t below(struct gen *g, uint32_t n)
{
	return rng_below(g->rng, n);
}

static bool chance(struct gen *g, uint32_t percent)
{
	return below(g, 100) < percent;
}

static uint32_t put(struct gen *g, uint8_t code, unsigned int dst, unsigned int src, int off,
		    int32_t imm)
{
	struct bpf_insn *insn = &g->p->insns[g->p->n];

	memset(insn, 0, sizeof(*insn));
	insn->code = code;
	insn->dst_reg = (uint8_t)dst & 15;
	insn->src_reg = (uint8_t)src & 15;
	insn->off = (int16_t)off;
	insn->imm = imm;
	return g->p->n++;
}

static void land(struct gen *g, uint32_t jump)
{
	g->p->insns[jump].off = (int16_t)(g->p->n - jump - 1);
}

static int back_to(const struct gen *g, uint32_t top)
{
	return (int)top - (int)g->p->n - 1;
}

static void leave(struct gen *g, uint32_t jump)
{
	g->p->to_end[g->p->n_to_end++] = jump;
}

static unsigned int counter(struct gen *g)
{
	return COUNTER + below(g, N_COUNTERS);
}

static int slot(struct gen *g)
{
	return chance(g, 50) ? -8 : -16;
}

static void point_to_map(struct gen *g)
{
	put(g, 0x62, FP, 0, -4, 0);
	put(g, 0xbf, 2, FP, 0, 0);
	put(g, 0x07, 2, 0, 0, -4);
	g->p->map_at = put(g, 0x18, 1, BPF_PSEUDO_MAP_FD, 0, 0);
	put(g, 0, 0, 0, 0, 0);
	put(g, 0x85, 0, 0, 0, BPF_FUNC_map_lookup_elem);
	leave(g, put(g, 0x15, 0, 0, 0, 0));
	put(g, 0xbf, BASE, 0, 0, 0);
}

static void point_to_packet(struct gen *g)
{
	put(g, 0x61, 2, 1, 0, 0);
	put(g, 0x61, 3, 1, 4, 0);
	put(g, 0xbf, 4, 2, 0, 0);
	put(g, 0x07, 4, 0, 0, LOOPS_ROOM);
	leave(g, put(g, 0x2d, 4, 3, 0, 0));
	put(g, 0xbf, BASE, 2, 0, 0);
}

static void point_to_stack(struct gen *g)
{
	for (int off = 0; off < LOOPS_ROOM; off += 8)
		put(g, 0x7a, FP, 0, ARRAY + off, 0);
	put(g, 0xbf, BASE, FP, 0, 0);
	put(g, 0x07, BASE, 0, 0, ARRAY);
}

static void prologue(struct gen *g)
{
	switch (below(g, 3)) {
	case 0: point_to_map(g); break;
	case 1: point_to_packet(g); break;
	default: point_to_stack(g);
	}
	for (unsigned int r = COUNTER; r < COUNTER + N_COUNTERS; r++)
		put(g, 0xb7, r, 0, 0, chance(g, 70) ? 0 : (int32_t)below(g, 20));
	put(g, 0x7a, FP, 0, -8, chance(g, 70) ? 0 : (int32_t)below(g, 20));
	put(g, 0x7a, FP, 0, -16, 0);
}

static int32_t stride(struct gen *g)
{
	static const int32_t few[] = { 1, 1, 1, 2, 2, 3, 4, 8, -1, -1, -2, 16 };

	if (chance(g, 2))
		return (int32_t)(1U << (28 + below(g, 4)));
	return few[below(g, sizeof(few) / sizeof(few[0]))];
}

static void step(struct gen *g, unsigned int r, int32_t by, bool low)
{
	bool minus = chance(g, 15);

	put(g, (minus ? 0x10 : 0x00) | (low ? 4 : 7), r, 0, 0,
	    minus ? (int32_t)(0U - (uint32_t)by) : by);
}

/* As far as the number may go and stay inside. */
static int32_t limit(struct gen *g)
{
	if (chance(g, 60))
		return LOOPS_ROOM - (int32_t)below(g, 10);
	return 4 + (int32_t)below(g, chance(g, 10) ? 300 : 60);
}

static void use_as_index(struct gen *g, unsigned int r)
{
	uint8_t size = chance(g, 70) ? 0x10 : (uint8_t)(below(g, 4) << 3);
	int off = chance(g, 80) ? 0 : (int)below(g, 9) - 4;

	put(g, 0xbf, 1, BASE, 0, 0);
	put(g, chance(g, 80) ? 0xbf : 0xbc, 2, r, 0, 0);
	if (chance(g, 30))
		leave(g, put(g, 0x25, 2, 0, 0, LOOPS_ROOM - 1 - (int32_t)below(g, 8)));
	if (chance(g, 10))
		put(g, 0x57, 2, 0, 0, 63);
	if (chance(g, 5))
		put(g, 0x67, 2, 0, 0, 1);
	put(g, 0x0f, 1, 2, 0, 0);
	if (chance(g, 60))
		put(g, 0x61 | size, 2, 1, off, 0);
	else
		put(g, 0x62 | size, 1, 0, off, 0);
}

/* A number goes elsewhere, or comes back from there. */
static void move(struct gen *g)
{
	unsigned int a = counter(g), b = counter(g);
	uint8_t size = chance(g, 75) ? 0x18 : 0x00;
	int to = slot(g) + (chance(g, 3) ? 4 : 0);

	switch (below(g, 6)) {
	case 0: put(g, 0x63 | size, FP, a, to, 0); break;
	case 1: put(g, 0x61 | size, a, FP, to, 0); break;
	case 2:
		put(g, 0x63 | size, FP, a, to, 0);
		put(g, 0x61 | size, a, FP, to, 0);
		break;
	case 3: put(g, chance(g, 70) ? 0xbf : 0xbc, a, b, 0, 0); break;
	case 4: put(g, chance(g, 70) ? 0xbf : 0xbc, a, a, 0, 0); break;
	default:
		put(g, 0x79, 1, FP, slot(g), 0);
		step(g, 1, stride(g), chance(g, 20));
		put(g, 0x7b, FP, 1, slot(g), 0);
	}
}

static void disturb(struct gen *g)
{
	switch (below(g, 6)) {
	case 0:
	case 1: step(g, counter(g), stride(g), chance(g, 30)); break;
	case 2:
		put(g, 0x62 | (chance(g, 50) ? 0x18 : 0), FP, 0, slot(g), (int32_t)below(g, 9));
		break;
	case 3: put(g, 0xb7, counter(g), 0, 0, (int32_t)below(g, 9)); break;
	default: move(g);
	}
}

/* A way that is not taken while the first rounds are walked one by one. */
static void late(struct gen *g, uint32_t top)
{
	static const uint8_t early[] = { 0xa5, 0xb5, 0xc5, 0xa6 };
	uint32_t skip[2] = { 0 }, n = 0;

	if (chance(g, 85))
		skip[n++] = put(g, early[below(g, 4)], counter(g), 0, 0, 4 + (int32_t)below(g, 30));
	put(g, 0x85, 0, 0, 0, BPF_FUNC_get_prandom_u32);
	skip[n++] = put(g, 0x45, 0, 0, 0, 1);
	for (uint32_t k = below(g, 3) + 1; k--;)
		disturb(g);
	if (chance(g, 20))
		put(g, 0x05, 0, 0, back_to(g, top), 0);
	else if (chance(g, 10))
		leave(g, put(g, 0x05, 0, 0, 0, 0));
	/* Where only late ways meet, the first of them leaves a state for the others. */
	land(g, skip[--n]);
	put(g, 0xb7, 1, 0, 0, 0);
	if (n)
		land(g, skip[0]);
}

static void loop(struct gen *g);

static void statement(struct gen *g, uint32_t top)
{
	uint32_t draw = below(g, 100);

	if (draw < 35)
		use_as_index(g, counter(g));
	else if (draw < 50)
		step(g, counter(g), stride(g), chance(g, 25));
	else if (draw < 75)
		late(g, top);
	else if (draw < 90)
		move(g);
	else if (g->depth < 2)
		loop(g);
}

static void test_and_repeat(struct gen *g, unsigned int r, uint32_t top, int32_t by)
{
	static const uint8_t up[] = { 0xa5, 0xa5, 0x55, 0xb5, 0xc5, 0xd5 };
	static const uint8_t down[] = { 0x55, 0x65, 0x25, 0x75 };
	uint8_t code = by > 0 ? up[below(g, sizeof(up))] : down[below(g, sizeof(down))];

	if (chance(g, 25))
		code = (code & 0xf8) | 6;
	put(g, code, r, 0, back_to(g, top), by > 0 ? limit(g) : (int32_t)below(g, 3));
}

static void loop(struct gen *g)
{
	bool in_slot = chance(g, 20), low = chance(g, 25), fresh = chance(g, 70);
	int32_t by = chance(g, 25) ? -1 : chance(g, 70) ? 1 : 1 << below(g, 4);
	unsigned int r = in_slot ? 1 : COUNTER + g->depth;
	int at = slot(g);
	uint32_t top;

	g->depth++;
	if (by < 0 && in_slot)
		put(g, 0x7a, FP, 0, at, limit(g));
	else if (by < 0 || (fresh && !in_slot))
		put(g, 0xb7, r, 0, 0, by < 0 ? limit(g) : 0);
	else if (fresh)
		put(g, 0x7a, FP, 0, at, 0);
	top = g->p->n;
	for (uint32_t k = below(g, 4) + 1; k-- && g->p->n < LOOPS_MAX_INSNS - 200;)
		statement(g, top);
	if (in_slot)
		put(g, 0x79, r, FP, at, 0);
	step(g, r, by, low);
	if (in_slot)
		put(g, 0x7b, FP, r, at, 0);
	test_and_repeat(g, r, top, by);
	g->depth--;
}

void gen_loops(struct rng *rng, struct loops_prog *ret_prog)
{
	struct gen g = { .rng = rng, .p = ret_prog };
	uint32_t n = 1 + rng_below(rng, 2);

	memset(ret_prog, 0, sizeof(*ret_prog));
	ret_prog->map_at = UINT32_MAX;
	prologue(&g);
	while (n--) {
		loop(&g);
		if (chance(&g, 30))
			use_as_index(&g, counter(&g));
	}
	for (uint32_t i = 0; i < ret_prog->n_to_end; i++)
		land(&g, ret_prog->to_end[i]);
	put(&g, 0xb7, 0, 0, 0, 0);
	put(&g, 0x95, 0, 0, 0, 0);
}
