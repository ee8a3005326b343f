/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which branches are decided before any path is walked?  Constants flow from block to block until
 * nothing changes; only edges that they allow are followed.
 */
#include "verify/constant.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "isa/alu.h"
#include "map/map.h"

enum kind {
	UNSEEN, /* no path came yet */
	CONST,
	MAP_VALUE, /* address of byte `value` of map `map` */
	VARIES,
};

struct value {
	uint64_t value;
	const struct map *map;
	uint8_t kind;
};

struct regs {
	struct value r[11];
};

struct solver {
	const struct cfg *cfg;
	struct constant *out;
	constant_map_fn map_at;
	void *arg;
	uint32_t *block; /* per instruction: number of the block that starts here, from 1 */
	uint32_t n_blocks;
	struct regs *before; /* per block */
	uint32_t *todo, n_todo;
	uint8_t *queued; /* per block */
	uint32_t *start; /* per block */
};

bool constant_map_read(const struct map *map, uint64_t off, unsigned int size, uint64_t *ret_value)
{
	size_t room;
	const void *p;
	uint64_t v = 0;

	if (!(map->desc.flags & BPF_F_RDONLY_PROG) || !map_is_frozen(map))
		return false;
	p = map_direct_value(map, off, &room);
	if (!p || room < size)
		return false;
	memcpy(&v, p, size);
	*ret_value = v;
	return true;
}

static struct value varies(void)
{
	return (struct value){ .kind = VARIES };
}

static struct value constant(uint64_t x)
{
	return (struct value){ .value = x, .kind = CONST };
}

static struct value joined(struct value a, struct value b)
{
	if (b.kind == UNSEEN)
		return a;
	if (a.kind == UNSEEN)
		return b;
	if (a.kind == b.kind && a.value == b.value && a.map == b.map)
		return a;
	return varies();
}

static uint64_t sign_extend(uint64_t x, unsigned int bits)
{
	return (uint64_t)((int64_t)(x << (64 - bits)) >> (64 - bits));
}

static struct value loaded(struct value base, const struct bpf_insn *insn,
			   const struct isa_row *row)
{
	uint64_t x;

	if (base.kind != MAP_VALUE ||
	    !constant_map_read(base.map, base.value + (uint64_t)(int64_t)insn->off, row->bits / 8U,
			       &x))
		return varies();
	return constant(row->form == ISA_F_LDSX ? sign_extend(x, row->bits) : x);
}

static struct value wide_load(const struct solver *s, uint32_t at)
{
	const struct bpf_insn *insn = &s->cfg->insns[at];
	const struct map *map;

	if (s->cfg->op[at] == ISA_LD_IMM64)
		return constant((uint32_t)insn[0].imm | (uint64_t)(uint32_t)insn[1].imm << 32);
	if (s->cfg->op[at] != ISA_LD_MAP_VALUE && s->cfg->op[at] != ISA_LD_MAP_IDX_VALUE)
		return varies();
	map = s->map_at(s->arg, at);
	if (!map)
		return varies();
	return (struct value){ .value = (uint32_t)insn[1].imm, .map = map, .kind = MAP_VALUE };
}

static struct value computed(const struct regs *now, const struct bpf_insn *insn,
			     const struct isa_row *row)
{
	struct value a = now->r[insn->dst_reg];
	struct value b = row->form == ISA_F_ALU_X ? now->r[insn->src_reg]
						  : constant((uint64_t)(int64_t)insn->imm);

	if (row->op == ISA_ALU_MOV && row->bits == 64)
		return b;
	if (b.kind == CONST && (a.kind == CONST || row->op == ISA_ALU_MOV))
		return constant(isa_alu(row->op, row->bits, a.value, b.value));
	if (b.kind == CONST && a.kind == MAP_VALUE && row->op == ISA_ALU_ADD && row->bits == 64) {
		a.value += b.value;
		return a;
	}
	return varies();
}

/* What the instruction writes into its destination register. */
static struct value result(const struct solver *s, uint32_t at, const struct regs *now)
{
	const struct bpf_insn *insn = &s->cfg->insns[at];
	const struct isa_row *row = isa_row(s->cfg->op[at]);
	struct value dst = now->r[insn->dst_reg], src = now->r[insn->src_reg];
	uint64_t x;

	switch ((enum isa_form)row->form) {
	case ISA_F_ALU_X:
	case ISA_F_ALU_K: return computed(now, insn, row);
	case ISA_F_MOVSX:
		x = sign_extend(src.value, (unsigned int)insn->off);
		return src.kind == CONST ? constant(row->bits == 64 ? x : (uint32_t)x) : varies();
	case ISA_F_NEG:
		return dst.kind == CONST ? constant(isa_alu(ISA_ALU_SUB, row->bits, 0, dst.value))
					 : varies();
	case ISA_F_END:
		return dst.kind == CONST ? constant(isa_end(row->op, row->bits, dst.value))
					 : varies();
	case ISA_F_LDX:
	case ISA_F_LDSX: return loaded(src, insn, row);
	case ISA_F_LD_IMM64: return wide_load(s, at);
	case ISA_F_CAST:
	case ISA_F_JMP_X:
	case ISA_F_JMP_K:
	case ISA_F_JA:
	case ISA_F_JA32:
	case ISA_F_MAY_GOTO:
	case ISA_F_CALL:
	case ISA_F_CALL_SUB:
	case ISA_F_CALL_KFUNC:
	case ISA_F_CALLX:
	case ISA_F_EXIT:
	case ISA_F_ST:
	case ISA_F_STX:
	case ISA_F_ATOMIC:
	case ISA_F_LOAD_ACQ:
	case ISA_F_STORE_REL:
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: break;
	}
	return varies();
}

static void transfer(const struct solver *s, uint32_t at, struct regs *now)
{
	uint16_t writes = s->cfg->node[at].writes;
	struct value v;
	unsigned int r;

	if (!writes)
		return;
	v = result(s, at, now);
	for (r = 0; r < 10; r++) {
		if (writes >> r & 1)
			now->r[r] = v;
	}
}

static void reach_block(struct solver *s, uint32_t at, const struct regs *now)
{
	uint32_t k = s->block[at] - 1;
	bool changed = false;
	unsigned int r;

	for (r = 0; r < 11; r++) {
		struct value *old = &s->before[k].r[r], v = joined(*old, now->r[r]);

		changed |= v.kind != old->kind;
		*old = v;
	}
	if (changed && !s->queued[k]) {
		s->queued[k] = 1;
		s->todo[s->n_todo++] = k;
	}
}

static void reach_function(struct solver *s, uint32_t subprog)
{
	struct regs any;
	unsigned int r;

	for (r = 0; r < 11; r++)
		any.r[r] = varies();
	reach_block(s, s->cfg->subprogs[subprog].start, &any);
}

/* 1, 0 or -1, remembered over all visits. */
static int decide(struct solver *s, uint32_t at, const struct regs *now)
{
	const struct bpf_insn *insn = &s->cfg->insns[at];
	const struct isa_row *row = isa_row(s->cfg->op[at]);
	struct value a = now->r[insn->dst_reg];
	struct value b = row->form == ISA_F_JMP_X ? now->r[insn->src_reg]
						  : constant((uint64_t)(int64_t)insn->imm);
	int taken = -1;

	if (row->form != ISA_F_MAY_GOTO && a.kind == CONST && b.kind == CONST)
		taken = isa_cond(row->op, row->bits, a.value, b.value);
	if (!s->out->dead[at] && s->out->taken[at] != taken)
		taken = -1;
	s->out->taken[at] = (int8_t)taken;
	return taken;
}

/* From the start of a block to where other blocks begin. */
static void run_block(struct solver *s, uint32_t k)
{
	const struct cfg *cfg = s->cfg;
	struct regs now = s->before[k];
	uint32_t at = s->start[k], succ[2], n;

	for (;;) {
		int taken = 0;

		if (cfg->op[at] == ISA_CALL_SUB || cfg->op[at] == ISA_LD_FUNC)
			reach_function(s, cfg->callee[at]);
		n = cfg_successors(cfg, at, succ);
		if (n == 2)
			taken = decide(s, at, &now);
		s->out->dead[at] = 0;
		transfer(s, at, &now);
		if (n == 2 && taken != 0)
			reach_block(s, succ[1], &now);
		if (n == 0 || taken == 1)
			return;
		at = succ[0];
		if (s->block[at]) {
			reach_block(s, at, &now);
			return;
		}
	}
}

static void number_blocks(struct solver *s)
{
	uint32_t at;

	for (at = 0; at < s->cfg->n; at++) {
		if (s->cfg->flags[at] & (CFG_JUMP_TARGET | CFG_MERGE) ||
		    at == s->cfg->subprogs[s->cfg->subprog[at]].start)
			s->block[at] = ++s->n_blocks;
	}
}

static int solve(struct solver *s)
{
	uint32_t at, k;

	s->before = mem_array(s->n_blocks, sizeof(*s->before));
	s->todo = mem_array(s->n_blocks, sizeof(*s->todo));
	s->queued = mem_array(s->n_blocks, sizeof(*s->queued));
	s->start = mem_array(s->n_blocks, sizeof(*s->start));
	if (!s->before || !s->todo || !s->queued || !s->start)
		return -ENOMEM;
	for (at = 0; at < s->cfg->n; at++) {
		if (s->block[at])
			s->start[s->block[at] - 1] = at;
	}
	reach_function(s, 0);
	while (s->n_todo) {
		k = s->todo[--s->n_todo];
		s->queued[k] = 0;
		run_block(s, k);
	}
	for (at = 0; at < s->cfg->n; at++)
		s->out->n_dead += s->out->dead[at];
	return 0;
}

int constant_build(struct constant *c, const struct cfg *cfg, constant_map_fn map_at, void *arg,
		   struct arena *arena)
{
	struct solver s = { .cfg = cfg, .out = c, .map_at = map_at, .arg = arg };
	uint32_t at;
	int r = -ENOMEM;

	c->n_dead = 0;
	c->dead = arena_alloc(arena, cfg->n);
	c->taken = arena_alloc(arena, cfg->n);
	s.block = mem_array(cfg->n, sizeof(*s.block));
	if (c->dead && c->taken && s.block) {
		for (at = 0; at < cfg->n; at++)
			c->dead[at] = cfg->op[at] != CFG_NO_OP;
		memset(c->taken, -1, cfg->n);
		number_blocks(&s);
		r = solve(&s);
	}
	mem_free(s.block);
	mem_free(s.before);
	mem_free(s.todo);
	mem_free(s.queued);
	mem_free(s.start);
	return r;
}
