/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which random program handles pointers the way drivers do?  The generator keeps an idea of what
 * each register holds, made of intervals without wrap-around: good enough that most programs are
 * right, naive enough that some are wrong in ways that only a verifier sees.
 */
#include "support/gen_typed.h"

#include <string.h>

enum kind {
	K_NONE,
	K_NUM,
	K_MEM,   /* inside an object of known size */
	K_MAYBE, /* a map value or NULL */
	K_CTX
};
enum where {
	IN_MAIN,
	IN_SUB,
	IN_CALLBACK
};
enum {
	CTX_SLOT = -8,
	FIRST_SLOT = -16,
	N_SLOTS = 6,
	KEY_SLOT = -72,
	ITER_SLOT = -80,
	BUF = -128,
	BUF_BYTES = 48,
	UNKNOWN = 1 << 30,
	MAX_FAILS = 512,
	MAX_CALLS = 64
};

/* lo and hi: of a number, or of the offset into the object that is `size` long. */
struct guess {
	enum kind kind;
	int64_t lo, hi, size;
	bool packet, stack;
};

struct gen {
	struct rng *rng;
	struct typed_prog *out;
	uint32_t wrong;
	enum where where;
	struct guess r[10], slot[N_SLOTS];
	bool locked; /* in a loop: what registers and slots hold stays what it is */
	uint32_t depth;
	uint32_t fails[MAX_FAILS], n_fails;
	struct {
		uint32_t at;
		enum where to;
	} calls[MAX_CALLS];
	uint32_t n_calls;
};

static uint32_t below(struct gen *g, uint32_t n)
{
	return rng_below(g->rng, n);
}

static bool flaw(struct gen *g)
{
	return below(g, g->wrong) == 0;
}

static void emit(struct gen *g, uint8_t code, unsigned int dst, unsigned int src, int64_t off,
		 int64_t imm)
{
	if (g->out->n < GEN_MAX_INSNS)
		g->out->insns[g->out->n++] = (struct bpf_insn){ .code = code,
								.dst_reg = dst & 0xf,
								.src_reg = src & 0xf,
								.off = (int16_t)off,
								.imm = (int32_t)imm };
}

static void set(struct gen *g, unsigned int reg, struct guess v)
{
	g->r[reg] = v;
}

static struct guess number(int64_t lo, int64_t hi)
{
	return (struct guess){ .kind = K_NUM, .lo = lo, .hi = hi };
}

static struct guess any_number(void)
{
	return number(-UNKNOWN, UNKNOWN);
}

static void clobber(struct gen *g)
{
	for (unsigned int reg = 0; reg <= 5; reg++)
		g->r[reg].kind = K_NONE;
}

/* A register of that kind, or 10. */
static unsigned int pick(struct gen *g, enum kind kind)
{
	unsigned int from = below(g, 10);

	for (unsigned int i = 0; i < 10; i++)
		if (g->r[(from + i) % 10].kind == kind)
			return (from + i) % 10;
	return 10;
}

/* A register that may be overwritten: pointers are spared most of the time. */
static unsigned int target(struct gen *g)
{
	for (unsigned int i = 0; i < 4; i++) {
		unsigned int reg = below(g, 10);

		if (g->r[reg].kind == K_NONE || g->r[reg].kind == K_NUM)
			return reg;
	}
	return below(g, g->locked ? 6 : 10);
}

/* The same for what is no number: in a loop, registers that calls keep also keep their kind. */
static unsigned int pointer_target(struct gen *g)
{
	return below(g, g->locked ? 6 : 10);
}

static void fail_if(struct gen *g, uint8_t code, unsigned int dst, unsigned int src, int64_t imm)
{
	if (g->n_fails == MAX_FAILS)
		return;
	g->fails[g->n_fails++] = g->out->n;
	emit(g, code, dst, src, 0, imm);
}

static void load_const(struct gen *g, unsigned int reg, int64_t v)
{
	emit(g, 0xb7, reg, 0, 0, v);
	set(g, reg, number(v, v));
}

static void load_ctx(struct gen *g, unsigned int reg)
{
	emit(g, 0x79, reg, 10, CTX_SLOT, 0);
	set(g, reg, (struct guess){ .kind = K_CTX });
}

static void load_map(struct gen *g, unsigned int reg, uint32_t map)
{
	struct typed_prog *out = g->out;

	out->map_of[out->n_map_at] = map;
	out->map_at[out->n_map_at++] = out->n;
	emit(g, 0x18, reg, BPF_PSEUDO_MAP_FD, 0, 0);
	emit(g, 0, 0, 0, 0, 0);
}

static bool has_room(const struct gen *g)
{
	return g->out->n_map_at < TYPED_REFS - 4 && g->out->n_kfuncs < TYPED_REFS - 4 &&
	       g->n_fails < MAX_FAILS - 16 && g->out->n < GEN_MAX_INSNS - 400;
}

static const uint8_t sizes[] = { 0x10, 0x08, 0x00, 0x18 };

static unsigned int log2_bytes(struct gen *g, const struct guess *p)
{
	int64_t room = p->size - p->hi + p->lo;
	unsigned int n = p->stack && p->lo != p->hi && !flaw(g) ? 0 : below(g, 4);

	while (n && (int64_t)1 << n > room)
		n--;
	return n;
}

static int64_t any_fit(struct gen *g, const struct guess *p, int64_t bytes)
{
	int64_t first = -p->lo, last = p->size - p->hi - bytes;

	if (flaw(g))
		return below(g, 2) ? last + 1 + below(g, 3) : first - 1 - below(g, 3);
	if (last < first)
		return first;
	switch (below(g, 3)) {
	case 0: return last;
	case 1: return first;
	default: return first + below(g, (uint32_t)(last - first + 1));
	}
}

/* An offset for an access of `bytes`: against one of the ends of the object, or past it. */
static int64_t fitting(struct gen *g, const struct guess *p, int64_t bytes)
{
	int64_t off = any_fit(g, p, bytes);

	if (p->stack && !flaw(g))
		off -= (off + p->lo) & (bytes - 1);
	return off;
}

static unsigned int memory(struct gen *g)
{
	unsigned int p = pick(g, K_MEM);

	if (p == 10 && g->where == IN_MAIN) {
		p = pointer_target(g);
		emit(g, 0xbf, p, 10, 0, 0);
		emit(g, 0x07, p, 0, 0, BUF);
		set(g, p, (struct guess){ .kind = K_MEM, .size = BUF_BYTES, .stack = true });
	}
	return p;
}

static void emit_number(struct gen *g)
{
	static const int fields[] = { 12, 16 };
	unsigned int reg = target(g), p = pick(g, K_MEM), n;

	if (p != 10 && below(g, 3)) {
		n = log2_bytes(g, &g->r[p]);
		emit(g, (n < 3 && !below(g, 3) ? 0x81 : 0x61) | sizes[n], reg, p,
		     fitting(g, &g->r[p], 1 << n), 0);
	} else if (g->where == IN_MAIN && below(g, 3)) {
		load_ctx(g, reg);
		emit(g, 0x61, reg, reg, fields[below(g, 2)], 0);
	} else {
		load_const(g, reg, (int64_t)(int32_t)rng_value(g->rng));
		return;
	}
	set(g, reg, any_number());
}

static void emit_store(struct gen *g)
{
	unsigned int p = memory(g), v = pick(g, K_NUM), n;
	int64_t off;

	if (p == 10)
		return;
	n = log2_bytes(g, &g->r[p]);
	off = fitting(g, &g->r[p], 1 << n);
	if (v == 10 || !below(g, 3))
		emit(g, 0x62 | sizes[n], p, 0, off, (int64_t)(int32_t)rng_value(g->rng));
	else
		emit(g, 0x63 | sizes[n], p, v, off, 0);
}

static void emit_atomic(struct gen *g)
{
	static const int32_t ops[] = { 0x00, 0x41, 0x51, 0xa0, 0xe1, 0xf1 };
	unsigned int p = memory(g), v = pick(g, K_NUM);
	bool is_64 = below(g, 2);
	int32_t op = ops[below(g, 6)];
	int64_t off;

	if (p == 10 || v == 10 || g->r[p].packet || g->r[p].lo != g->r[p].hi)
		return;
	off = fitting(g, &g->r[p], is_64 ? 8 : 4);
	off -= flaw(g) ? 0 : (off + g->r[p].lo) & (is_64 ? 7 : 3);
	if (op == 0xf1 && g->r[0].kind != K_NUM)
		load_const(g, 0, below(g, 4));
	emit(g, is_64 ? 0xdb : 0xc3, p, v, off, op);
	set(g, op == 0xf1 ? 0 : v, any_number());
}

/* Narrows r by a test, in one of the ways that there are. */
static void emit_bound(struct gen *g, unsigned int reg, uint32_t most)
{
	struct guess *v = &g->r[reg];
	uint32_t k = below(g, most + 1);
	unsigned int other;

	switch (below(g, 12)) {
	case 0:
	case 1:
		emit(g, below(g, 2) ? 0x57 : 0x54, reg, 0, 0, k);
		*v = number(0, k);
		break;
	case 2:
		fail_if(g, below(g, 2) ? 0x25 : 0x26, reg, 0, k);
		if (g->out->insns[g->out->n - 1].code == 0x26)
			emit(g, 0xbc, reg, reg, 0, 0);
		*v = number(0, k);
		break;
	case 3:
		fail_if(g, 0x35, reg, 0, k + 1);
		*v = number(0, k);
		break;
	case 4: /* signed, from both sides */
		fail_if(g, 0x65, reg, 0, k);
		fail_if(g, 0xc5, reg, 0, -(int64_t)below(g, 4));
		*v = number(g->out->insns[g->out->n - 1].imm, k);
		break;
	case 5: /* the lower half only */
		fail_if(g, 0x66, reg, 0, k);
		fail_if(g, 0xc6, reg, 0, 0);
		if (!flaw(g))
			emit(g, 0xbc, reg, reg, 0, 0);
		*v = number(0, k);
		break;
	case 6: /* against a register */
		other = (reg + 1) % 6;
		if (g->r[other].kind > K_NUM)
			break;
		load_const(g, other, k);
		fail_if(g, below(g, 2) ? 0xad : 0xcd, other, reg, 0);
		if (g->out->insns[g->out->n - 1].code == 0xcd)
			fail_if(g, 0xc5, reg, 0, 0);
		*v = number(0, k);
		break;
	case 7: /* jump over the failure */
		emit(g, 0xb5, reg, 0, 1, k);
		fail_if(g, 0x05, 0, 0, 0);
		*v = number(0, k);
		break;
	case 8:
		emit(g, 0x97, reg, 0, 0, k + 1);
		*v = number(0, k);
		break;
	case 9:
		emit(g, 0x77, reg, 0, 0, 59 + below(g, 5));
		*v = number(0, (1 << (64 - g->out->insns[g->out->n - 1].imm)) - 1);
		break;
	case 10: /* few values */
		fail_if(g, 0x45, reg, 0, ~(int64_t)k);
		*v = number(0, k);
		break;
	case 11: /* one value */
		fail_if(g, below(g, 2) ? 0x55 : 0x56, reg, 0, k);
		if (g->out->insns[g->out->n - 1].code == 0x56)
			emit(g, 0xbc, reg, reg, 0, 0);
		*v = number(k, k);
		break;
	}
}

/* Arithmetic whose effect on small numbers is known. */
static void emit_math(struct gen *g, unsigned int reg)
{
	struct guess *v = &g->r[reg];
	int64_t k = below(g, 9), lo = v->lo, hi = v->hi;
	unsigned int other = pick(g, K_NUM);

	switch (below(g, 12)) {
	case 0: emit(g, 0x07, reg, 0, 0, k - 4), *v = number(lo + k - 4, hi + k - 4); break;
	case 1:
		emit(g, 0x67, reg, 0, 0, k & 3),
			*v = number(lo * (1 << (k & 3)), hi * (1 << (k & 3)));
		break;
	case 2: emit(g, 0x27, reg, 0, 0, k & 3), *v = number(lo * (k & 3), hi * (k & 3)); break;
	case 3:
		emit(g, below(g, 2) ? 0xc7 : 0x77, reg, 0, 0, k & 3);
		*v = lo < 0 ? any_number() : number(lo >> (k & 3), hi >> (k & 3));
		break;
	case 4:
		emit(g, below(g, 2) ? 0xbf : 0xbc, reg, reg, 8 << below(g, 2), 0);
		*v = lo < 0 || hi > 127 ? any_number() : *v;
		break;
	case 5:
		emit(g, 0x37, reg, 0, below(g, 2), k + 1);
		*v = lo < 0 ? any_number() : number(lo / (k + 1), hi / (k + 1));
		break;
	case 6:
		emit(g, 0x04, reg, 0, 0, k);
		*v = lo < 0 ? any_number() : number(lo + k, hi + k);
		break;
	case 7: /* the naive view of a negation */
		emit(g, 0x87, reg, 0, 0, 0);
		*v = number(-hi, -lo);
		break;
	case 8:
		emit(g, 0x47, reg, 0, 0, k);
		*v = lo < 0 ? any_number() : number(lo, hi + k);
		break;
	case 9:
		emit(g, 0xa7, reg, 0, 0, k);
		*v = lo < 0 ? any_number() : number(0, hi + k);
		break;
	case 10:
		if (other != 10 && other != reg && g->r[other].hi < 64) {
			emit(g, 0x0f, reg, other, 0, 0);
			*v = number(lo + g->r[other].lo, hi + g->r[other].hi);
		}
		break;
	case 11:
		emit(g, 0xd7, reg, 0, 0, 16 << below(g, 3));
		*v = any_number();
		break;
	}
	if (v->hi > UNKNOWN || v->lo < -UNKNOWN)
		*v = any_number();
}

/* A number that was bounded, or 10. */
static unsigned int small_number(struct gen *g, int64_t most)
{
	unsigned int reg = pick(g, K_NUM), copy;

	if (reg == 10)
		return 10;
	if (g->r[reg].hi - g->r[reg].lo > most || g->r[reg].hi > 4 * most) {
		copy = target(g);
		if (!below(g, 3) && copy != reg && g->r[copy].kind <= K_NUM) {
			/* Bounds found for the copy hold for the original. */
			emit(g, below(g, 2) ? 0xbf : 0xbc, copy, reg, 0, 0);
			if (below(g, 2))
				emit(g, 0x07, copy, 0, 0, below(g, 4));
			set(g, copy, any_number());
			emit_bound(g, copy, (uint32_t)most);
			set(g, reg, below(g, 8) ? any_number() : number(0, g->r[copy].hi));
			reg = copy;
		} else {
			emit_bound(g, reg, (uint32_t)most);
		}
	}
	if (below(g, 3))
		emit_math(g, reg);
	if (g->r[reg].hi - g->r[reg].lo > most)
		emit_bound(g, reg, (uint32_t)most);
	return reg;
}

/* pointer + number; the pointer keeps its register or goes to another. */
static void emit_move_pointer(struct gen *g)
{
	unsigned int p = memory(g), reg, to;
	struct guess v;

	if (p == 10)
		return;
	to = pointer_target(g);
	v = g->r[p];
	if (to != p)
		emit(g, 0xbf, to, p, 0, 0);
	set(g, to, v);
	if (!below(g, 3)) {
		int64_t k = below(g, 8);

		emit(g, below(g, 2) ? 0x07 : 0x17, to, 0, 0, k);
		k = g->out->insns[g->out->n - 1].code == 0x07 ? k : -k;
		v.lo += k, v.hi += k;
		set(g, to, v);
		return;
	}
	g->r[to].kind = K_NONE;
	reg = small_number(g, v.size > 8 ? v.size - 8 : v.size);
	g->r[to].kind = K_MEM;
	if (reg == 10 || reg == to)
		return;
	if (below(g, 8)) {
		emit(g, 0x0f, to, reg, 0, 0);
		v.lo += g->r[reg].lo, v.hi += g->r[reg].hi;
	} else {
		emit(g, 0x1f, to, reg, 0, 0);
		v.lo -= g->r[reg].hi, v.hi -= g->r[reg].lo;
	}
	set(g, to, v);
}

static void emit_packet(struct gen *g)
{
	unsigned int data = pointer_target(g), end = below(g, 6), probe = below(g, 6), reg = 10;
	uint32_t n = 1 + below(g, 40);

	if (data == end || probe == end || probe == data || g->where != IN_MAIN)
		return;
	load_ctx(g, end);
	emit(g, 0x61, data, end, 0, 0);
	emit(g, 0x61, end, end, 4, 0);
	g->r[data].kind = g->r[end].kind = K_CTX;
	if (!below(g, 3))
		reg = small_number(g, 1 + below(g, 100));
	if (reg == end || reg == data || reg == probe)
		reg = 10;
	if (reg != 10)
		emit(g, 0x0f, data, reg, 0, 0);
	emit(g, 0xbf, probe, data, 0, 0);
	emit(g, 0x07, probe, 0, 0, n);
	switch (below(g, 5)) {
	case 0: fail_if(g, 0x2d, probe, end, 0); break;
	case 1: fail_if(g, 0xad, end, probe, 0); break;
	case 2: fail_if(g, 0x3d, probe, end, 0); break; /* one byte more than needed */
	case 3:                                         /* data_end - data */
		emit(g, 0xbf, probe, end, 0, 0);
		emit(g, 0x1f, probe, data, 0, 0);
		fail_if(g, 0xa5, probe, 0, n);
		set(g, probe, any_number());
		g->r[data].kind = g->r[end].kind = K_NONE;
		return;
	case 4:
		emit(g, 0xbd, probe, end, 1, 0);
		fail_if(g, 0x05, 0, 0, 0);
		break;
	}
	g->r[end].kind = g->r[probe].kind = K_NONE;
	set(g, data, (struct guess){ .kind = K_MEM, .size = n, .packet = true });
}

static void forget_packets(struct gen *g)
{
	for (unsigned int i = 0; i < 10; i++)
		if (g->r[i].packet && g->r[i].kind == K_MEM && !flaw(g))
			g->r[i].kind = K_NONE;
	for (unsigned int i = 0; i < N_SLOTS; i++)
		if (g->slot[i].packet)
			g->slot[i] = (struct guess){ .kind = K_NONE };
}

static void emit_lookup(struct gen *g)
{
	uint32_t map = below(g, TYPED_MAPS);
	unsigned int key = pick(g, K_NUM), to;

	if (key != 10 && below(g, 2))
		emit(g, 0x7b, 10, key, KEY_SLOT, 0);
	else
		emit(g, 0x7a, 10, 0, KEY_SLOT, below(g, TYPED_ENTRIES + 1));
	load_map(g, 1, map);
	emit(g, 0xbf, 2, 10, 0, 0);
	emit(g, 0x07, 2, 0, 0, KEY_SLOT);
	emit(g, 0x85, 0, 0, 0, BPF_FUNC_map_lookup_elem);
	clobber(g);
	to = pointer_target(g);
	if (to)
		emit(g, 0xbf, to, 0, 0, 0);
	set(g, to, (struct guess){ .kind = K_MAYBE, .size = TYPED_VALUE });
	if (to && below(g, 2))
		set(g, 0, g->r[to]);
	if (below(g, 3)) {
		fail_if(g, 0x15, below(g, 2) ? to : 0, 0, 0);
		for (unsigned int i = 0; i < 10; i++)
			if (g->r[i].kind == K_MAYBE && (i == to || i == 0))
				g->r[i].kind = K_MEM;
		if (!to && g->out->insns[g->out->n - 1].dst_reg)
			g->r[0].kind = K_NONE;
	}
}

static void emit_null_check(struct gen *g)
{
	unsigned int p = pick(g, K_MAYBE);

	if (p == 10)
		return;
	fail_if(g, 0x15, p, 0, 0);
	g->r[p].kind = K_MEM;
}

static void emit_slot(struct gen *g)
{
	uint32_t i = below(g, N_SLOTS);
	int off = FIRST_SLOT - 8 * (int)i;
	unsigned int reg = below(g, 10);

	if (g->where != IN_MAIN)
		return;
	switch (below(g, 6)) {
	case 0:
	case 1:
		if (g->r[reg].kind == K_NONE || (g->locked && g->slot[i].kind != K_NUM) ||
		    (g->locked && g->r[reg].kind != K_NUM))
			return;
		emit(g, 0x7b, 10, reg, off, 0);
		g->slot[i] = g->r[reg];
		break;
	case 2:
	case 3:
		if (g->slot[i].kind == K_NONE || (g->slot[i].kind != K_NUM && g->locked))
			return;
		reg = pointer_target(g);
		emit(g, 0x79, reg, 10, off, 0);
		set(g, reg, g->slot[i]);
		break;
	case 4: /* half of it */
		if (g->slot[i].kind != K_NUM)
			return;
		reg = target(g);
		emit(g, 0x61, reg, 10, off + 4 * (int)below(g, 2), 0);
		set(g, reg, g->slot[i].lo < 0 || off & 4 ? any_number() : g->slot[i]);
		if (g->out->insns[g->out->n - 1].off & 4)
			set(g, reg, any_number());
		break;
	case 5:
		if (g->slot[i].kind != K_NUM || g->r[reg].kind != K_NUM)
			return;
		emit(g, 0x63 | sizes[below(g, 3)], 10, reg, off + 4 * (int)below(g, 2), 0);
		g->slot[i] = any_number();
		break;
	}
}

/* reg = pointer to memory, next = its size, both for a helper; false: there is none. */
static bool emit_mem_args(struct gen *g, unsigned int reg)
{
	unsigned int p = memory(g), n;
	struct guess v;

	if (p == 10 || g->r[p].packet)
		return false;
	v = g->r[p];
	if (p != reg)
		emit(g, 0xbf, reg, p, 0, 0);
	emit(g, 0x07, reg, 0, 0, -v.lo);
	v.hi -= v.lo;
	set(g, reg, v);
	n = small_number(g, v.size - v.hi);
	if (n == 10 || n == reg || below(g, 3) == 0) {
		load_const(g, reg + 1, v.size - v.hi + (flaw(g) ? 1 : 0));
		return v.size > v.hi;
	}
	if (n != reg + 1)
		emit(g, 0xbf, reg + 1, n, 0, 0);
	set(g, reg + 1, g->r[n]);
	if (!flaw(g) && (g->r[n].lo <= 0 || g->r[n].hi > v.size - v.hi)) {
		fail_if(g, 0xd5, reg + 1, 0, 0);
		fail_if(g, 0x25, reg + 1, 0, v.size - v.hi);
	}
	return true;
}

static void emit_helper(struct gen *g)
{
	uint32_t which = below(g, 5);

	if (g->where != IN_MAIN)
		return;
	switch (which) {
	case 0: /* xdp_load_bytes(ctx, off, mem, size) */
	case 1: /* xdp_store_bytes */
		if (!emit_mem_args(g, 3))
			return;
		emit(g, 0xb7, 2, 0, 0, below(g, 64));
		load_ctx(g, 1);
		emit(g, 0x85, 0, 0, 0, which ? 190 : 189);
		break;
	case 2: /* csum_diff(NULL, 0, mem, size, seed) */
		if (!emit_mem_args(g, 3))
			return;
		emit(g, 0x57, 4, 0, 0, ~3);
		emit(g, 0xb7, 1, 0, 0, 0);
		emit(g, 0xb7, 2, 0, 0, 0);
		emit(g, 0xb7, 5, 0, 0, 1);
		emit(g, 0x85, 0, 0, 0, BPF_FUNC_csum_diff);
		break;
	case 3: { /* map_update_elem */
		unsigned int p = memory(g);

		if (p == 10 || g->r[p].packet || g->r[p].hi != g->r[p].lo ||
		    g->r[p].size < TYPED_VALUE)
			return;
		emit(g, 0xbf, 3, p, 0, 0);
		emit(g, 0x07, 3, 0, 0, -g->r[p].lo + (flaw(g) ? 1 : 0));
		load_map(g, 1, below(g, TYPED_MAPS));
		emit(g, 0x7a, 10, 0, KEY_SLOT, below(g, TYPED_ENTRIES));
		emit(g, 0xbf, 2, 10, 0, 0);
		emit(g, 0x07, 2, 0, 0, KEY_SLOT);
		emit(g, 0xb7, 4, 0, 0, 0);
		emit(g, 0x85, 0, 0, 0, BPF_FUNC_map_update_elem);
		break;
	}
	case 4: /* xdp_adjust_tail, xdp_adjust_head */
		load_ctx(g, 1);
		emit(g, 0xb7, 2, 0, 0, -(int64_t)below(g, 4));
		emit(g, 0x85, 0, 0, 0,
		     below(g, 2) ? BPF_FUNC_xdp_adjust_tail : BPF_FUNC_xdp_adjust_head);
		break;
	}
	clobber(g);
	set(g, 0, any_number());
	if (which == 4 || which == 1)
		forget_packets(g);
}

static void note_call(struct gen *g, enum where to)
{
	if (g->n_calls < MAX_CALLS) {
		g->calls[g->n_calls].at = g->out->n;
		g->calls[g->n_calls++].to = to;
	}
}

/* bpf_loop(n, callback, buffer, 0), or f(number, buffer). */
static void emit_function(struct gen *g)
{
	unsigned int n = pick(g, K_NUM);

	if (g->where != IN_MAIN || g->n_calls == MAX_CALLS)
		return;
	if (below(g, 2)) {
		emit(g, n == 10 ? 0xb7 : 0xbf, 1, n == 10 ? 0 : n, 0, n == 10 ? 7 : 0);
		emit(g, 0xbf, 2, 10, 0, 0);
		emit(g, 0x07, 2, 0, 0, BUF);
		note_call(g, IN_SUB);
		emit(g, 0x85, 0, 1, 0, 0);
	} else {
		emit(g, 0xbf, 3, 10, 0, 0);
		emit(g, 0x07, 3, 0, 0, BUF);
		emit(g, 0xb7, 1, 0, 0, below(g, 6));
		note_call(g, IN_CALLBACK);
		emit(g, 0x18, 2, BPF_PSEUDO_FUNC, 0, 0);
		emit(g, 0, 0, 0, 0, 0);
		emit(g, 0xb7, 4, 0, 0, 0);
		emit(g, 0x85, 0, 0, 0, 181);
	}
	clobber(g);
	set(g, 0, any_number());
}

static void emit_block(struct gen *g, uint32_t n);

/* What holds on both paths. */
static void join(struct guess *a, const struct guess *b)
{
	if (a->kind != b->kind || a->packet != b->packet) {
		a->kind = K_NONE;
		return;
	}
	a->lo = a->lo < b->lo ? a->lo : b->lo;
	a->hi = a->hi > b->hi ? a->hi : b->hi;
	a->size = a->size < b->size ? a->size : b->size;
}

static void emit_if(struct gen *g)
{
	static const uint8_t ops[] = { 0x15, 0x25, 0x35, 0x45, 0x55, 0x65, 0x75, 0xa5,
				       0xb5, 0xc5, 0xd5, 0x16, 0x26, 0xa6, 0xc6 };
	unsigned int a = pick(g, K_NUM);
	struct gen before = *g, after;
	uint32_t branch = g->out->n, jump;

	if (a == 10 || g->depth > 2)
		return;
	emit(g, ops[below(g, sizeof(ops))], a, 0, 0,
	     below(g, 3) ? below(g, 40) : (int64_t)(int32_t)rng_value(g->rng));
	g->depth++;
	emit_block(g, 1 + below(g, 4));
	jump = g->out->n;
	emit(g, 0x05, 0, 0, 0, 0);
	g->out->insns[branch].off = (int16_t)(g->out->n - branch - 1);
	after = *g;
	memcpy(g->r, before.r, sizeof(g->r));
	memcpy(g->slot, before.slot, sizeof(g->slot));
	emit_block(g, below(g, 4));
	g->out->insns[jump].off = (int16_t)(g->out->n - jump - 1);
	g->depth--;
	for (unsigned int i = 0; i < 10; i++)
		join(&g->r[i], &after.r[i]);
	for (unsigned int i = 0; i < N_SLOTS; i++)
		join(&g->slot[i], &after.slot[i]);
}

static void forget_numbers(struct gen *g)
{
	for (unsigned int i = 0; i < 10; i++)
		if (g->r[i].kind == K_NUM)
			g->r[i] = any_number();
	for (unsigned int i = 0; i < N_SLOTS; i++)
		if (g->slot[i].kind == K_NUM)
			g->slot[i] = any_number();
}

static void emit_kfunc(struct gen *g, const char *name)
{
	g->out->kfunc[g->out->n_kfuncs] = name;
	g->out->kfunc_at[g->out->n_kfuncs++] = g->out->n;
	emit(g, 0x85, 0, BPF_PSEUDO_KFUNC_CALL, 0, 0);
	clobber(g);
}

/* A loop of the number iterator; its body may use the number, which has no bounds. */
static void emit_iter(struct gen *g)
{
	uint32_t top, out;

	if (g->where != IN_MAIN || g->locked || g->depth)
		return;
	for (unsigned int i = 0; i < 10; i++)
		if (g->r[i].packet)
			g->r[i].kind = K_NONE;
	emit(g, 0xbf, 1, 10, 0, 0);
	emit(g, 0x07, 1, 0, 0, ITER_SLOT);
	emit(g, 0xb7, 2, 0, 0, 0);
	emit(g, 0xb7, 3, 0, 0, 1 + below(g, 6));
	emit_kfunc(g, "bpf_iter_num_new");
	forget_numbers(g);
	top = g->out->n;
	emit(g, 0xbf, 1, 10, 0, 0);
	emit(g, 0x07, 1, 0, 0, ITER_SLOT);
	emit_kfunc(g, "bpf_iter_num_next");
	out = g->out->n;
	emit(g, 0x15, 0, 0, 0, 0);
	emit(g, 0x61, 1, 0, 0, 0);
	set(g, 1, any_number());
	g->locked = true;
	g->depth++;
	emit_block(g, 1 + below(g, 5));
	g->depth--;
	g->locked = false;
	emit(g, 0x05, 0, 0, (int64_t)top - g->out->n - 1, 0);
	g->out->insns[out].off = (int16_t)(g->out->n - out - 1);
	emit(g, 0xbf, 1, 10, 0, 0);
	emit(g, 0x07, 1, 0, 0, ITER_SLOT);
	emit_kfunc(g, "bpf_iter_num_destroy");
	forget_numbers(g);
}

/* A loop that counts in a register and uses the count, or one that ends by may_goto. */
static void emit_count(struct gen *g)
{
	unsigned int reg = 6 + below(g, 4);
	uint32_t top, trips = 1 + below(g, 8), out;
	bool may_goto = !below(g, 3);

	if (g->locked || g->depth || g->r[reg].kind > K_NUM)
		return;
	load_const(g, reg, 0);
	forget_numbers(g);
	top = g->out->n;
	out = top;
	if (may_goto)
		emit(g, 0xe5, 0, 0, 0, 0);
	set(g, reg, number(0, trips - 1));
	g->locked = true;
	g->depth++;
	clobber(g);
	emit_block(g, 1 + below(g, 4));
	g->depth--;
	g->locked = false;
	if (g->r[reg].kind == K_NUM) {
		emit(g, 0x07, reg, 0, 0, 1);
		emit(g, below(g, 2) ? 0xa5 : 0x55, reg, 0, (int64_t)top - g->out->n - 1, trips);
	}
	if (may_goto)
		g->out->insns[out].off = (int16_t)(g->out->n - out - 1);
	clobber(g);
	forget_numbers(g);
}

static void emit_nonsense(struct gen *g)
{
	uint64_t v = rng_next(g->rng);
	struct bpf_insn insn;

	memcpy(&insn, &v, sizeof(insn));
	insn.dst_reg = below(g, 11) & 0xf;
	insn.src_reg = below(g, 11) & 0xf;
	insn.off = (int16_t)(below(g, 3) ? 0 : (int)below(g, 64) - 48);
	insn.imm = (int32_t)(below(g, 2) ? 0 : rng_value(g->rng));
	if (insn.code == 0x18 || g->out->n >= GEN_MAX_INSNS)
		return;
	g->out->insns[g->out->n++] = insn;
}

static void emit_statement(struct gen *g)
{
	unsigned int reg = pick(g, K_NUM);
	uint32_t draw = below(g, 100);

	if (!has_room(g))
		return;
	if (below(g, 2) && flaw(g) && flaw(g))
		emit_nonsense(g);
	if (draw < 14)
		emit_number(g);
	else if (draw < 28)
		emit_store(g);
	else if (draw < 32)
		emit_atomic(g);
	else if (draw < 40 && reg != 10)
		emit_math(g, reg);
	else if (draw < 45 && reg != 10)
		emit_bound(g, reg, 1 + below(g, 60));
	else if (draw < 58)
		emit_move_pointer(g);
	else if (draw < 64)
		emit_packet(g);
	else if (draw < 71 && g->where != IN_CALLBACK)
		emit_lookup(g);
	else if (draw < 73)
		emit_null_check(g);
	else if (draw < 81)
		emit_slot(g);
	else if (draw < 86)
		emit_helper(g);
	else if (draw < 89)
		emit_function(g);
	else if (draw < 95)
		emit_if(g);
	else if (draw < 97)
		emit_iter(g);
	else
		emit_count(g);
}

static void emit_block(struct gen *g, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		emit_statement(g);
}

/* r0 = what the numbers that are left make. */
static void emit_end(struct gen *g)
{
	bool has_result = g->r[0].kind == K_NUM;

	if (!has_result)
		load_const(g, 0, 1);
	for (unsigned int reg = 1; reg < 10; reg++)
		if (g->r[reg].kind == K_NUM) {
			emit(g, 0x27, 0, 0, 0, 31);
			emit(g, 0xaf, 0, reg, 0, 0);
		}
	if (g->where == IN_CALLBACK)
		emit(g, 0x57, 0, 0, 0, 1);
	emit(g, 0x95, 0, 0, 0, 0);
	for (uint32_t i = 0; i < g->n_fails; i++)
		g->out->insns[g->fails[i]].off = (int16_t)(g->out->n - g->fails[i] - 1);
	if (g->n_fails) {
		emit(g, 0xb7, 0, 0, 0, 0);
		emit(g, 0x95, 0, 0, 0, 0);
	}
	g->n_fails = 0;
}

static void begin(struct gen *g, enum where where)
{
	memset(g->r, 0, sizeof(g->r));
	memset(g->slot, 0, sizeof(g->slot));
	g->where = where;
	if (where != IN_MAIN) {
		set(g, 1, any_number());
		set(g, 2, (struct guess){ .kind = K_MEM, .size = BUF_BYTES, .stack = true });
		emit(g, 0x7a, 10, 0, KEY_SLOT, 0);
		return;
	}
	emit(g, 0x7b, 10, 1, CTX_SLOT, 0);
	set(g, 1, (struct guess){ .kind = K_CTX });
	emit(g, 0x61, 6, 1, 12, 0);
	set(g, 6, any_number());
	for (unsigned int i = 0; i < N_SLOTS; i++) {
		emit(g, 0x7b, 10, 6, FIRST_SLOT - 8 * (int)i, 0);
		g->slot[i] = any_number();
	}
	emit(g, 0x7a, 10, 0, KEY_SLOT, 0);
	for (int off = BUF; off < BUF + BUF_BYTES; off += 8)
		emit(g, 0x7a, 10, 0, off, below(g, 20));
}

static void link_calls(struct gen *g, const uint32_t *start)
{
	for (uint32_t i = 0; i < g->n_calls; i++)
		g->out->insns[g->calls[i].at].imm =
			(int32_t)(start[g->calls[i].to] - g->calls[i].at - 1);
}

void gen_typed(struct rng *rng, uint32_t statements, uint32_t wrong, struct typed_prog *ret_prog)
{
	struct gen g = { .rng = rng, .out = ret_prog, .wrong = wrong };
	bool called[3] = { true };
	uint32_t start[3] = { 0 };

	ret_prog->n = ret_prog->n_map_at = ret_prog->n_kfuncs = 0;
	begin(&g, IN_MAIN);
	emit_block(&g, statements);
	emit_end(&g);
	for (uint32_t i = 0; i < g.n_calls; i++)
		called[g.calls[i].to] = true;
	for (int where = IN_SUB; where <= IN_CALLBACK; where++) {
		if (!called[where])
			continue;
		start[where] = ret_prog->n;
		begin(&g, (enum where)where);
		emit_block(&g, 2 + below(&g, 6));
		emit_end(&g);
	}
	link_calls(&g, start);
}
