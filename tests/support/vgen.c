/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which random program is interesting to judge?  The generator knows roughly what each register
 * holds, so that most statements make sense, and now and then it does not care.
 */
#include <string.h>

#include "support/vgen_priv.h"

/* --- numbers --- */

static void emit_call_number(struct gen *g)
{
	emit(g, 0x85, 0, 0, 0, chance(g, 50) ? BPF_FUNC_get_prandom_u32 : BPF_FUNC_ktime_get_ns);
	clobber(g);
	set(g, 0, NUMBER, 0);
}

unsigned int vgen_emit_number(struct gen *g)
{
	unsigned int r = pick(g);

	switch (below(g, 6)) {
	case 0: emit(g, 0xb7, r, 0, 0, edge(g)); break;
	case 1:
		emit(g, 0x18, r, 0, 0, edge(g));
		emit(g, 0, 0, 0, 0, chance(g, 50) ? 0 : edge(g));
		break;
	case 2: emit_call_number(g); return 0;
	case 3: emit(g, 0xb4, r, 0, 0, edge(g)); break;
	default:
		if (g->kind[6] == CTX && chance(g, 10))
			emit(g, 0x61 | (uint8_t)(below(g, 4) << 3), r, 6, 4 * (int)below(g, 48), 0);
		else if (g->kind[6] == CTX && g->wide && chance(g, 50))
			emit(g, 0x61, r, 6, 8 * (int)below(g, 4), 0);
		else if (g->kind[6] == CTX)
			emit(g, 0x61, r, 6, g->out->type == BPF_PROG_TYPE_XDP ? 12 : 0, 0);
		else
			emit(g, 0xb7, r, 0, 0, edge(g));
	}
	set(g, r, NUMBER, 0);
	return r;
}

unsigned int vgen_number(struct gen *g)
{
	return has(g, NUMBER) && chance(g, 85) ? find(g, NUMBER) : vgen_emit_number(g);
}

/* One that may be changed: what counts a loop is copied first, mostly. */
unsigned int vgen_scratch(struct gen *g)
{
	unsigned int r = vgen_number(g);

	if (r != 9 || !g->in_loop || chance(g, 3))
		return r;
	r = below(g, 6);
	copy(g, r, 9);
	return r;
}

static void emit_alu(struct gen *g)
{
	static const uint8_t ops[] = { 0x00, 0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x50,
				       0x60, 0x70, 0x70, 0x80, 0x90, 0xa0, 0xb0, 0xc0 };
	uint8_t op = ops[below(g, sizeof(ops))], class = chance(g, 60) ? 7 : 4;
	unsigned int dst = vgen_scratch(g), src = vgen_number(g);
	bool shifts = op == 0x60 || op == 0x70 || op == 0xc0, divides = op == 0x30 || op == 0x90;
	int32_t k = edge(g);

	if (op == 0x80) {
		emit(g, 0x80 | class, dst, 0, 0, 0);
		return;
	}
	if (shifts)
		k = (int32_t)below(g, class == 7 ? 64 : 32);
	if (divides && !k)
		k = 1;
	if (op == 0xb0 && chance(g, 40))
		emit(g, op | class | 8, dst, src, 8 << below(g, class == 7 ? 3 : 2), 0);
	else if (chance(g, 50))
		emit(g, op | class | 8, dst, src, divides && chance(g, 30), 0);
	else
		emit(g, op | class, dst, 0, divides && chance(g, 30), k);
}

static void emit_swap(struct gen *g)
{
	static const uint8_t codes[] = { 0xd4, 0xdc, 0xd7 };

	emit(g, codes[below(g, 3)], vgen_scratch(g), 0, 0, 16 << below(g, 3));
}

/* A condition on numbers, jump target to be filled in. */
uint32_t vgen_condition(struct gen *g, unsigned int r, int32_t k)
{
	static const uint8_t ops[] = { 0x10, 0x20, 0x30, 0x40, 0x50, 0x60,
				       0x70, 0xa0, 0xb0, 0xc0, 0xd0 };
	uint8_t code = ops[below(g, sizeof(ops))] | (chance(g, 60) ? 5 : 6);

	if (chance(g, 30))
		emit(g, code | 8, r, vgen_number(g), 0, 0);
	else
		emit(g, code, r, 0, 0, k);
	return g->out->n - 1;
}

void vgen_land(struct gen *g, uint32_t jump)
{
	if (jump < g->out->n && jump < VGEN_MAX_INSNS)
		g->out->insns[jump].off = (int16_t)(g->out->n - jump - 1);
}

/* --- bounded indices --- */

/* Leaves in r a number that is about at most k; jumps that leave the block go into jumps[]. */
uint32_t vgen_bound(struct gen *g, unsigned int r, int32_t k, uint32_t *jumps)
{
	uint8_t class = chance(g, 65) ? 5 : 6, alu = class == 5 ? 7 : 4;
	uint32_t n = 0;

	switch (below(g, 8)) {
	case 0: emit(g, 0x50 | alu, r, 0, 0, chance(g, 50) ? 7 : 15); break;
	case 1:
	case 2:
		emit(g, 0x20 | class, r, 0, 0, k);
		jumps[n++] = g->out->n - 1;
		break;
	case 3:
		emit(g, 0xc0 | class, r, 0, 0, 0);
		jumps[n++] = g->out->n - 1;
		emit(g, 0x60 | class, r, 0, 0, k);
		jumps[n++] = g->out->n - 1;
		break;
	case 4:
		emit(g, 0x60 | class, r, 0, 0, k);
		jumps[n++] = g->out->n - 1;
		emit(g, 0xc0 | class, r, 0, 0, chance(g, 80) ? 0 : -1);
		jumps[n++] = g->out->n - 1;
		break;
	case 5: emit(g, 0x90 | alu, r, 0, 0, k > 0 ? k + 1 : 8); break;
	case 6: emit(g, 0x70 | alu, r, 0, 0, alu == 7 ? 61 : 29); break;
	case 7: jumps[n++] = vgen_condition(g, r, k); break;
	}
	return n;
}

static void atomic(struct gen *g, uint8_t code, unsigned int base, unsigned int r, int off)
{
	static const int32_t ops[] = { 0x00, 0x01, 0x40, 0x41, 0x51, 0xa1, 0xe1, 0xf1 };
	int32_t op = ops[below(g, 8)];

	if (op == 0xf1 && g->kind[0] != NUMBER)
		op = 0xe1;
	emit(g, code, base, r, off, op);
}

void vgen_access(struct gen *g, unsigned int base, int off, uint32_t bytes)
{
	static const uint8_t sizes[] = { [1] = 0x10, [2] = 0x08, [4] = 0x00, [8] = 0x18 };
	unsigned int r;

	switch (below(g, 6)) {
	case 0:
	case 1:
		r = pick(g);
		emit(g, 0x61 | sizes[bytes], r, base, off, 0);
		set(g, r, NUMBER, 0);
		break;
	case 2: emit(g, 0x62 | sizes[bytes], base, 0, off, edge(g)); break;
	case 3:
		r = pick(g);
		if (bytes < 8) {
			emit(g, 0x81 | sizes[bytes], r, base, off, 0);
			set(g, r, NUMBER, 0);
		}
		break;
	case 4:
		r = vgen_scratch(g);
		if (bytes >= 4)
			atomic(g, 0xc3 | sizes[bytes], base, r, off);
		break;
	default: emit(g, 0x63 | sizes[bytes], base, vgen_number(g), off, 0);
	}
}

/* p[i]: a pointer, an index bounded to about its size, an access. */
void vgen_indexed(struct gen *g, unsigned int base, uint32_t size, int bottom)
{
	uint32_t bytes = 1u << below(g, 4), jumps[4], n;
	unsigned int i = vgen_scratch(g), p = pick(g);
	bool spill = chance(g, 20), linked = chance(g, 25);
	int32_t k = (int32_t)size - (int32_t)bytes + (chance(g, 30) ? (int32_t)below(g, 4) - 2 : 0);
	unsigned int other = linked ? 1 + below(g, 5) : i;

	if (linked)
		copy(g, other, i);
	if (spill)
		emit(g, 0x7b, 10, other, -8 * (int)(1 + below(g, 8)), 0);
	n = vgen_bound(g, i, k, jumps);
	if (spill)
		emit(g, chance(g, 80) ? 0x79 : 0x61, other, 10,
		     g->out->insns[g->out->n ? g->out->n - 1 : 0].off, 0);
	if (chance(g, 20))
		emit(g, 0x07, other, 0, 0, (int32_t)below(g, 3) - 1);
	if (p == other || p == base)
		p = (p + 1) % 9;
	emit(g, 0xbf, p, base, 0, 0);
	emit(g, chance(g, 90) ? 0x0f : 0x1f, p, other, 0, 0);
	vgen_access(g, p, bottom + (chance(g, 15) ? (int)below(g, 9) - 4 : 0), bytes);
	set(g, p, NONE, 0);
	for (uint32_t j = 0; j < n; j++)
		vgen_land(g, jumps[j]);
	if (n)
		set(g, i, NUMBER, 0);
}

static void emit_value_use(struct gen *g)
{
	unsigned int p;

	if (has(g, PACKET) && chance(g, 50))
		p = find(g, PACKET);
	else if (has(g, VALUE))
		p = find(g, VALUE);
	else
		return;
	if (chance(g, 60))
		vgen_indexed(g, p, g->size[p], 0);
	else
		vgen_access(g, p, (int)below(g, g->size[p] + 2) & ~3, 4);
}

static void emit_stack_use(struct gen *g)
{
	uint32_t bytes = 1u << below(g, 4);

	if (chance(g, 35))
		vgen_indexed(g, 10, 64, -64);
	else
		vgen_access(g, 10, -(int)(bytes * (1 + below(g, 64 / bytes))), bytes);
}

static void emit_spill(struct gen *g)
{
	uint32_t s = below(g, 8);
	unsigned int r = below(g, 10);

	if (chance(g, 50) && g->kind[r] != NONE) {
		emit(g, 0x7b, 10, r, -8 * (int)(s + 1), 0);
		g->slot[s] = g->kind[r];
		g->slot_size[s] = g->size[r];
		return;
	}
	r = pick(g);
	emit(g, 0x79, r, 10, -8 * (int)(s + 1), 0);
	set(g, r, (enum kind)g->slot[s], g->slot_size[s]);
}

/* --- blocks --- */

void vgen_merge(struct gen *g, const uint8_t *kinds)
{
	for (unsigned int r = 0; r < 10; r++)
		if (g->kind[r] != kinds[r] && !chance(g, 3))
			set(g, r, NONE, 0);
}

static void emit_if(struct gen *g, uint32_t depth)
{
	uint8_t before[10], then[10];
	uint32_t branch = vgen_condition(g, vgen_number(g), edge(g)), jump;

	memcpy(before, g->kind, sizeof(before));
	vgen_block(g, 1 + below(g, 4), depth + 1);
	if (chance(g, 50)) {
		vgen_land(g, branch);
		vgen_merge(g, before);
		return;
	}
	jump = g->out->n;
	emit(g, 0x05, 0, 0, 0, 0);
	vgen_land(g, branch);
	memcpy(then, g->kind, sizeof(then));
	memcpy(g->kind, before, sizeof(before));
	vgen_block(g, 1 + below(g, 3), depth + 1);
	vgen_land(g, jump);
	vgen_merge(g, then);
}

static void emit_loop(struct gen *g, uint32_t depth)
{
	uint32_t top, limit = 2 + below(g, 12);
	bool down = chance(g, 40), unknown = chance(g, 30);
	uint8_t before[10];

	if (g->in_loop)
		return;
	emit(g, 0xb7, 9, 0, 0, down ? (int32_t)limit : 0);
	if (down && unknown) {
		emit(g, 0xbf, 9, vgen_number(g), 0, 0);
		emit(g, 0x57, 9, 0, 0, 15);
	}
	set(g, 9, NUMBER, 0);
	g->in_loop = true;
	top = g->out->n;
	memcpy(before, g->kind, sizeof(before));
	vgen_block(g, 1 + below(g, 5), depth + 1);
	vgen_merge(g, before);
	emit(g, 0x07, 9, 0, 0, down ? -1 : 1);
	if (unknown && !down) {
		unsigned int r = vgen_scratch(g);

		/* Most have an end: a million visits tell little about both verifiers. */
		if (chance(g, 95))
			emit(g, 0x57, r, 0, 0, 7);
		emit(g, 0xad, 9, r, (int)top - (int)g->out->n - 1, 0);
	} else {
		emit(g, down ? (chance(g, unknown ? 3 : 50) ? 0x55 : 0x65) : 0xa5, 9, 0,
		     (int)top - (int)g->out->n - 1, down ? 0 : (int32_t)limit);
	}
	g->in_loop = false;
}

static void emit_statement(struct gen *g, uint32_t depth)
{
	uint32_t draw = below(g, 100);

	if (g->wide && chance(g, 22)) {
		vgen_wide(g);
		return;
	}
	if (draw < 12)
		vgen_emit_number(g);
	else if (draw < 27)
		emit_alu(g);
	else if (draw < 29)
		emit_swap(g);
	else if (draw < 40)
		emit_value_use(g);
	else if (draw < 50)
		emit_stack_use(g);
	else if (draw < 60)
		emit_spill(g);
	else if (draw < 66)
		vgen_lookup(g);
	else if (draw < 68)
		vgen_update(g);
	else if (draw < 72)
		vgen_sized_call(g);
	else if (draw < 74)
		vgen_record(g);
	else if (draw < 79)
		vgen_packet(g);
	else if (draw < 82)
		vgen_call_sub(g, (enum vgen_sub)below(g, VGEN_N_SUBS));
	else if (draw < 88)
		vgen_object(g, depth);
	else if (draw < 94 && depth < 3)
		emit_if(g, depth);
	else if (draw < 97 && depth < 2)
		emit_loop(g, depth);
	else
		copy(g, pick(g), below(g, 10));
}

void vgen_block(struct gen *g, uint32_t n, uint32_t depth)
{
	for (uint32_t i = 0; i < n && g->out->n < VGEN_MAX_INSNS - 128; i++)
		emit_statement(g, depth);
}

static void emit_function(struct gen *g)
{
	g->out->sub[g->out->n_subs] = g->sub;
	g->out->sub_at[g->out->n_subs++] = g->out->n;
	for (unsigned int r = 0; r < 10; r++)
		set(g, r, NONE, 0);
	memset(g->slot, NONE, sizeof(g->slot));
	if (!g->function) {
		copy(g, 6, 1);
		set(g, 1, CTX, 0);
		set(g, 6, CTX, 0);
		for (int s = 0; s < 8 && chance(g, 90); s++) {
			emit(g, 0x7a, 10, 0, -8 * (s + 1), 0);
			g->slot[s] = NUMBER;
		}
	} else if (g->sub == VGEN_EACH) {
		copy(g, 7, 3);
		set(g, 7, VALUE, chance(g, 95) ? ARRAY_VALUE : HASH_VALUE);
		set(g, 3, VALUE, ARRAY_VALUE);
	} else {
		set(g, 1, NUMBER, 0);
		if (g->sub == VGEN_STATIC)
			set(g, 2, NUMBER, 0);
		if (g->sub == VGEN_GLOBAL && chance(g, 80)) {
			emit(g, 0x55, 2, 0, 2, 0);
			emit(g, 0xb7, 0, 0, 0, 0);
			emit(g, 0x95, 0, 0, 0, 0);
			copy(g, 7, 2);
			set(g, 7, VALUE, 16);
		}
	}
	vgen_block(g, g->function ? 2 + below(g, 5) : 3 + below(g, 10), 0);
	if (!g->function || g->sub == VGEN_STATIC || g->sub == VGEN_GLOBAL)
		emit(g, 0xb7, 0, 0, 0, (int32_t)below(g, 2));
	else
		emit(g, 0xb7, 0, 0, 0, chance(g, 95) ? (int32_t)below(g, 2) : 2);
	emit(g, 0x95, 0, 0, 0, 0);
}

static void program(struct rng *rng, bool wide, struct vgen_prog *ret_prog)
{
	static const uint32_t types[] = {
		BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_XDP,        BPF_PROG_TYPE_SCHED_CLS,
		BPF_PROG_TYPE_KPROBE,        BPF_PROG_TYPE_TRACEPOINT, BPF_PROG_TYPE_RAW_TRACEPOINT,
		BPF_PROG_TYPE_CGROUP_SKB,
	};
	struct gen g = { .rng = rng, .out = ret_prog, .wide = wide };

	memset(ret_prog, 0, sizeof(*ret_prog));
	ret_prog->type = types[rng_below(rng, wide ? 7 : 3)];
	ret_prog->strict_alignment = rng_below(rng, 10) == 0;
	emit_function(&g);
	for (uint32_t i = 0; i < g.n_calls; i++) {
		struct bpf_insn *call = &ret_prog->insns[g.calls[i].at];

		if (ret_prog->n_subs == VGEN_MAX_SUBS || ret_prog->n + 2 > VGEN_MAX_INSNS) {
			*call = (struct bpf_insn){ .code = 0xb7 };
			if (g.calls[i].sub == VGEN_LOOP || g.calls[i].sub == VGEN_EACH)
				call[1] = (struct bpf_insn){ .code = 0xb7 };
			continue;
		}
		g.function = i + 1;
		g.sub = g.calls[i].sub;
		call->imm = (int32_t)(ret_prog->n - g.calls[i].at - 1);
		emit_function(&g);
	}
}

void vgen_program(struct rng *rng, struct vgen_prog *ret_prog)
{
	program(rng, false, ret_prog);
}

void vgen_wide_program(struct rng *rng, struct vgen_prog *ret_prog)
{
	program(rng, true, ret_prog);
}
