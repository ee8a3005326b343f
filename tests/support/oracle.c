/* SPDX-License-Identifier: BSD-2-Clause */
/* What should a program compute?  Deliberately plain: one switch on the nibbles of the opcode. */
#include "support/oracle.h"

#include <string.h>

enum {
	N_FRAMES = 8
};

struct state {
	uint64_t r[11];
	uint64_t saved[N_FRAMES][4];
	uint32_t back[N_FRAMES], depth;
	_Alignas(16) uint8_t stack[N_FRAMES][512];
	bool bad;
};

static int64_t extend(uint64_t v, int bits)
{
	uint64_t sign = 1ULL << (bits - 1);

	if (bits < 64)
		v &= (sign << 1) - 1;
	return (int64_t)((v ^ sign) - sign);
}

static uint64_t divide(uint64_t a, uint64_t b, bool is_signed, bool want_rest, int bits)
{
	bool minus_a, minus_b;
	uint64_t q, rest;

	if (b == 0)
		return want_rest ? a : 0;
	if (!is_signed)
		return want_rest ? a % b : a / b;
	minus_a = extend(a, bits) < 0;
	minus_b = extend(b, bits) < 0;
	a = minus_a ? 0 - (uint64_t)extend(a, bits) : a;
	b = minus_b ? 0 - (uint64_t)extend(b, bits) : b;
	q = a / b;
	rest = a % b;
	if (want_rest)
		return minus_a ? 0 - rest : rest;
	return minus_a != minus_b ? 0 - q : q;
}

static uint64_t swap(uint64_t v, int bits)
{
	uint64_t out = 0;

	for (int i = 0; i < bits; i += 8)
		out |= (v >> i & 0xff) << (bits - 8 - i);
	return out;
}

static uint64_t byte_order(const struct bpf_insn *in, uint64_t a)
{
	uint64_t low = in->imm == 64 ? a : a & ((1ULL << in->imm) - 1);
	bool is_le = (in->code & 7) == 4 && !(in->code & 8);

	return is_le ? low : swap(low, in->imm);
}

static void alu(struct state *s, const struct bpf_insn *in)
{
	bool is_64 = (in->code & 7) == 7;
	int bits = is_64 ? 64 : 32;
	uint64_t mask = is_64 ? ~0ULL : 0xffffffff;
	uint64_t a = s->r[in->dst_reg] & mask, out = 0;
	uint64_t b = (in->code & 8 ? s->r[in->src_reg] : (uint64_t)(int64_t)in->imm) & mask;

	switch (in->code >> 4) {
	case 0x0: out = a + b; break;
	case 0x1: out = a - b; break;
	case 0x2: out = a * b; break;
	case 0x3: out = divide(a, b, in->off == 1, false, bits); break;
	case 0x4: out = a | b; break;
	case 0x5: out = a & b; break;
	case 0x6: out = a << (b & (uint64_t)(bits - 1)); break;
	case 0x7: out = a >> (b & (uint64_t)(bits - 1)); break;
	case 0x8: out = ~a + 1; break;
	case 0x9: out = divide(a, b, in->off == 1, true, bits); break;
	case 0xa: out = a ^ b; break;
	case 0xb: out = in->off ? (uint64_t)extend(b, in->off) : b; break;
	case 0xc: out = (uint64_t)(extend(a, bits) >> (b & (uint64_t)(bits - 1))); break;
	case 0xd: s->r[in->dst_reg] = byte_order(in, s->r[in->dst_reg]); return;
	default: s->bad = true;
	}
	s->r[in->dst_reg] = out & mask;
}

static bool condition(const struct state *s, const struct bpf_insn *in)
{
	int bits = (in->code & 7) == 5 ? 64 : 32;
	uint64_t mask = bits == 64 ? ~0ULL : 0xffffffff;
	uint64_t a = s->r[in->dst_reg] & mask;
	uint64_t b = (in->code & 8 ? s->r[in->src_reg] : (uint64_t)(int64_t)in->imm) & mask;
	int64_t sa = extend(a, bits), sb = extend(b, bits);

	switch (in->code >> 4) {
	case 0x1: return a == b;
	case 0x2: return a > b;
	case 0x3: return a >= b;
	case 0x4: return (a & b) != 0;
	case 0x5: return a != b;
	case 0x6: return sa > sb;
	case 0x7: return sa >= sb;
	case 0xa: return a < b;
	case 0xb: return a <= b;
	case 0xc: return sa < sb;
	case 0xd: return sa <= sb;
	}
	return false;
}

static uint64_t atomic_op(struct state *s, int32_t op, uint64_t old, uint64_t v, uint64_t mask)
{
	switch (op & 0xfe) {
	case 0x00: return old + v;
	case 0x40: return old | v;
	case 0x50: return old & v;
	case 0xa0: return old ^ v;
	case 0xe0: return v;
	case 0xf0: return (s->r[0] & mask) == old ? v : old;
	}
	s->bad = true;
	return old;
}

static void atomic(struct state *s, const struct bpf_insn *in, size_t n)
{
	uint64_t mask = n == 8 ? ~0ULL : (1ULL << (8 * n)) - 1, old = 0, new;
	uint64_t base = in->imm == 0x100 ? s->r[in->src_reg] : s->r[in->dst_reg];
	void *p = (void *)(base + (uint64_t)(int64_t)in->off);

	memcpy(&old, p, n);
	if (in->imm == 0x100) {
		s->r[in->dst_reg] = old;
		return;
	}
	new = in->imm == 0x110 ? s->r[in->src_reg]
			       : atomic_op(s, in->imm, old, s->r[in->src_reg] & mask, mask);
	memcpy(p, &new, n);
	if (in->imm == 0xf1)
		s->r[0] = old;
	else if (in->imm & 1)
		s->r[in->src_reg] = old;
}

static void memory(struct state *s, const struct bpf_insn *in)
{
	static const size_t sizes[] = { 4, 2, 1, 8 };
	size_t n = sizes[in->code >> 3 & 3];
	uint64_t addr = (uint64_t)(int64_t)in->off, v = 0;
	int class = in->code & 7, mode = in->code >> 5;

	if (class == 1) {
		memcpy(&v, (void *)(s->r[in->src_reg] + addr), n);
		s->r[in->dst_reg] = mode == 4 ? (uint64_t)extend(v, (int)n * 8) : v;
		return;
	}
	if (mode == 6) {
		atomic(s, in, n);
		return;
	}
	v = class == 2 ? (uint64_t)(int64_t)in->imm : s->r[in->src_reg];
	memcpy((void *)(s->r[in->dst_reg] + addr), &v, n);
}

static uint32_t enter(struct state *s, uint32_t pc, int32_t distance)
{
	if (s->depth + 1 >= N_FRAMES) {
		s->bad = true;
		return pc;
	}
	memcpy(s->saved[s->depth], s->r + 6, sizeof(s->saved[0]));
	s->back[s->depth++] = pc + 1;
	s->r[10] = (uint64_t)(s->stack[s->depth] + 512);
	return pc + 1 + (uint32_t)distance;
}

static uint32_t leave(struct state *s)
{
	s->depth--;
	memcpy(s->r + 6, s->saved[s->depth], sizeof(s->saved[0]));
	s->r[10] = (uint64_t)(s->stack[s->depth] + 512);
	return s->back[s->depth];
}

/* The next pc; *ret_done: the program is over. */
static uint32_t step(struct state *s, const struct bpf_insn *insns, uint32_t pc, bool *ret_done)
{
	const struct bpf_insn *in = &insns[pc];
	int class = in->code & 7;

	if (in->code == 0x18) {
		s->r[in->dst_reg] = (uint32_t)in[0].imm | (uint64_t)(uint32_t)in[1].imm << 32;
		return pc + 2;
	}
	if (class == 4 || class == 7) {
		alu(s, in);
		return pc + 1;
	}
	if (class <= 3) {
		memory(s, in);
		return pc + 1;
	}
	if (in->code == 0x95) {
		*ret_done = s->depth == 0;
		return *ret_done ? pc : leave(s);
	}
	if (in->code == 0x85 && in->src_reg == 1)
		return enter(s, pc, in->imm);
	if (in->code == 0x05)
		return pc + 1 + (uint32_t)in->off;
	if (in->code == 0x06)
		return pc + 1 + (uint32_t)in->imm;
	s->bad = in->code == 0x85 || in->code == 0x8d || in->code == 0xe5;
	return condition(s, in) ? pc + 1 + (uint32_t)in->off : pc + 1;
}

bool oracle_run(struct oracle *o, uint64_t r1, uint64_t r2, uint64_t *ret_r0)
{
	struct state s;
	uint32_t pc = 0;
	bool done = false;

	memset(&s, 0, sizeof(s));
	s.r[1] = r1;
	s.r[2] = r2;
	s.r[10] = (uint64_t)(s.stack[0] + 512);
	for (uint64_t n = 0; n < o->limit; n++) {
		pc = step(&s, o->insns, pc, &done);
		o->steps++;
		if (s.bad)
			return false;
		if (done) {
			*ret_r0 = s.r[0];
			return true;
		}
	}
	return false;
}
