/* SPDX-License-Identifier: BSD-2-Clause */
/* Which random program has many paths that meet again?  See gen_paths.h. */
#include "support/gen_paths.h"

#include <stdbool.h>
#include <string.h>

/* r6 packet, r7 its end, r8 cursor, r9 the number; fp-16 map value, fp-24 context, fp-32 spill. */
enum {
	PKT = 6,
	END = 7,
	CURSOR = 8,
	NUM = 9,
	FP = 10
};

static void put(struct paths_prog *p, uint8_t code, unsigned int dst, unsigned int src, int off,
		int32_t imm)
{
	struct bpf_insn *insn = &p->insns[p->n++];

	memset(insn, 0, sizeof(*insn));
	insn->code = code;
	insn->dst_reg = (uint8_t)dst & 15;
	insn->src_reg = (uint8_t)src & 15;
	insn->off = (int16_t)off;
	insn->imm = imm;
}

static void jump_to_end(struct paths_prog *p, uint8_t code, unsigned int dst, unsigned int src,
			int32_t imm)
{
	p->to_end[p->n_to_end++] = p->n;
	put(p, code, dst, src, 0, imm);
}

static void prologue(struct paths_prog *p)
{
	put(p, 0x61, PKT, 1, 76, 0);
	put(p, 0x61, END, 1, 80, 0);
	put(p, 0x7b, FP, 1, -24, 0);
	put(p, 0xb7, NUM, 0, 0, 0);
	put(p, 0xbf, CURSOR, PKT, 0, 0);
	put(p, 0x62, FP, 0, -4, 0);
	put(p, 0xbf, 2, FP, 0, 0);
	put(p, 0x07, 2, 0, 0, -4);
	p->map_at = p->n;
	put(p, 0x18, 1, BPF_PSEUDO_MAP_FD, 0, 0);
	put(p, 0, 0, 0, 0, 0);
	put(p, 0x85, 0, 0, 0, BPF_FUNC_map_lookup_elem);
	jump_to_end(p, 0x15, 0, 0, 0);
	put(p, 0x7b, FP, 0, -16, 0);
}

static int32_t small(struct rng *rng)
{
	static const int32_t edges[] = { 0, 1, 2, 3, 4, 7, 8, 12, 14, 15, 16, 17, 31, 32, 255 };

	return edges[rng_below(rng, sizeof(edges) / sizeof(edges[0]))];
}

/* One change of the number. */
static void change(struct paths_prog *p, struct rng *rng)
{
	switch (rng_below(rng, 10)) {
	case 0: put(p, 0x07, NUM, 0, 0, small(rng)); break;
	case 1: put(p, 0x47, NUM, 0, 0, 1 << rng_below(rng, 4)); break;
	case 2: put(p, 0xb7, NUM, 0, 0, small(rng)); break;
	case 3: put(p, 0x04, NUM, 0, 0, small(rng)); break;
	case 4: put(p, 0x57, NUM, 0, 0, small(rng)); break;
	case 5: put(p, rng_below(rng, 2) ? 0x67 : 0x77, NUM, 0, 0, 1); break;
	case 6: put(p, 0xbc, NUM, NUM, 0, 0); break;
	case 7: put(p, 0x17, NUM, 0, 0, small(rng)); break;
	case 8: put(p, 0x0f, NUM, 2, 0, 0); break;
	default: put(p, rng_below(rng, 2) ? 0x64 : 0x74, NUM, 0, 0, 1); break;
	}
}

/* Something that nobody knows, in `reg`. */
static void unknown(struct paths_prog *p, struct rng *rng, unsigned int reg)
{
	put(p, 0x79, reg, FP, -24, 0);
	put(p, 0x61, reg, reg, (int)rng_below(rng, 5) * 4, 0);
}

static uint8_t condition(struct rng *rng)
{
	static const uint8_t ops[] = { 1, 5, 2, 3, 10, 11, 6, 7, 12, 13, 4 };

	return (uint8_t)(ops[rng_below(rng, sizeof(ops))] << 4 | (rng_below(rng, 3) ? 5 : 6));
}

static void diamond(struct paths_prog *p, struct rng *rng)
{
	uint32_t n = 1 + rng_below(rng, 2), at;

	unknown(p, rng, 1);
	put(p, 0xb7, 2, 0, 0, small(rng));
	at = p->n;
	put(p, condition(rng), 1, 0, 0, small(rng));
	while (n--)
		change(p, rng);
	p->insns[at].off = (int16_t)(p->n - at - 1);
}

/* Compares the number with a constant, one way or another, and maybe limits it. */
static void clamp(struct paths_prog *p, struct rng *rng)
{
	int32_t k = small(rng);

	switch (rng_below(rng, 7)) {
	case 0: jump_to_end(p, condition(rng), NUM, 0, k); return;
	case 1: put(p, condition(rng), NUM, 0, 1, k); break;
	case 4: /* a copy, which learns for the number */
		put(p, 0xbf, 3, NUM, 0, 0);
		jump_to_end(p, condition(rng), 3, 0, k);
		return;
	case 5: /* against one of two constants */
		unknown(p, rng, 1);
		put(p, 0xb7, 2, 0, 0, k);
		put(p, condition(rng), 1, 0, 1, small(rng));
		put(p, 0xb7, 2, 0, 0, small(rng));
		jump_to_end(p, (uint8_t)(condition(rng) | 8), NUM, 2, 0);
		return;
	case 2:
		put(p, 0xb7, 2, 0, 0, k);
		put(p, (uint8_t)(condition(rng) | 8), 2, NUM, 1, 0);
		break;
	default:
		put(p, 0xb7, 2, 0, 0, k);
		put(p, (uint8_t)(condition(rng) | 8), NUM, 2, 1, 0);
		break;
	}
	put(p, 0xb7, NUM, 0, 0, k);
}

static void use(struct paths_prog *p, struct rng *rng)
{
	if (rng_below(rng, 2))
		put(p, 0x57, NUM, 0, 0, 15);
	put(p, 0x79, 2, FP, -16, 0);
	if (rng_below(rng, 2)) {
		put(p, 0x0f, 2, NUM, 0, 0);
		put(p, rng_below(rng, 2) ? 0x71 : 0x69, 1, 2, 0, 0);
	} else {
		put(p, 0xbf, 3, NUM, 0, 0);
		put(p, 0x0f, 3, 2, 0, 0);
		put(p, 0x72, 3, 0, 0, 1);
	}
}

static void packet(struct paths_prog *p, struct rng *rng)
{
	int32_t n = 1 + (int32_t)rng_below(rng, 20);

	switch (rng_below(rng, 7)) {
	case 0: put(p, 0x07, CURSOR, 0, 0, (int32_t)rng_below(rng, 8)); break;
	case 1: put(p, 0xbf, CURSOR, PKT, 0, 0); break;
	case 2: put(p, 0x71, 1, CURSOR, (int)rng_below(rng, 12), 0); break;
	case 3: /* seen, and not used yet */
		put(p, 0xbf, 1, CURSOR, 0, 0);
		put(p, 0x07, 1, 0, 0, n);
		put(p, 0x2d, 1, END, 0, 0);
		break;
	default:
		put(p, 0xbf, 1, CURSOR, 0, 0);
		put(p, 0x07, 1, 0, 0, n);
		if (rng_below(rng, 2))
			jump_to_end(p, 0x2d, 1, END, 0);
		else
			put(p, 0x2d, 1, END, 1, 0);
		put(p, 0x71, 1, CURSOR, n - 1 - (int)rng_below(rng, (uint32_t)n), 0);
		break;
	}
}

static void statement(struct paths_prog *p, struct rng *rng, bool in_loop);

static void loop(struct paths_prog *p, struct rng *rng)
{
	uint32_t start;

	put(p, 0x7a, FP, 0, -40, 0);
	start = p->n;
	statement(p, rng, true);
	put(p, 0x79, 5, FP, -40, 0);
	put(p, 0x07, 5, 0, 0, 1);
	put(p, 0x7b, FP, 5, -40, 0);
	put(p, 0xa5, 5, 0, (int)start - (int)p->n - 1, 2 + (int32_t)rng_below(rng, 3));
}

static void statement(struct paths_prog *p, struct rng *rng, bool in_loop)
{
	switch (rng_below(rng, 12)) {
	case 0:
	case 1:
	case 2:
	case 3: diamond(p, rng); break;
	case 4:
	case 5: clamp(p, rng); break;
	case 6: use(p, rng); break;
	case 7: put(p, 0x7b, FP, NUM, -32, 0); break;
	case 8:
		put(p, 0x7b, FP, NUM, -32, 0);
		diamond(p, rng);
		put(p, 0x79, NUM, FP, -32, 0);
		break;
	case 9:
		if (in_loop)
			diamond(p, rng);
		else
			loop(p, rng);
		break;
	default: packet(p, rng); break;
	}
}

void gen_paths(struct rng *rng, uint32_t statements, struct paths_prog *ret_prog)
{
	struct paths_prog *p = ret_prog;

	p->n = p->n_to_end = 0;
	prologue(p);
	while (statements-- && p->n + 64 < PATHS_MAX_INSNS)
		statement(p, rng, false);
	use(p, rng);
	for (uint32_t i = 0; i < p->n_to_end; i++)
		p->insns[p->to_end[i]].off = (int16_t)(p->n - p->to_end[i] - 1);
	put(p, 0xb7, 0, 0, 0, 0);
	put(p, 0x95, 0, 0, 0, 0);
}
