/* SPDX-License-Identifier: BSD-2-Clause */
/* Where does each value live?  See alloc.h. */
#include "opt/alloc.h"

#include <errno.h>
#include <string.h>

enum {
	MAX_REGS = 32,
	MAX_ALIVE = 512, /* there is no place for more, see x64_opt.c */
	DEEP = 6,        /* loops deeper than this count as this deep */
	LIKES = 3,       /* that are followed from one to the next */
};

struct allocator {
	struct opt_fn *f;
	const struct opt_machine *machine;
	struct opt_alloc *out;
	struct opt_live live;
	uint32_t *forbidden; /* by value: registers that do not survive its life */
	uint32_t *weight;    /* by value: uses, those in loops for more */
	opt_ref *like;       /* by value: another whose register it wants, or 0 */
	uint8_t *wish;       /* by value: a register, or OPT_NO_REG */
	uint32_t *left;      /* by value: uses to come in this block */
	uint32_t *leaves;    /* by value: the last block it was alive at the end of, plus one */
	opt_ref *set;        /* alive while a block is walked backwards */
	uint32_t *set_at;    /* by value: its place in set, plus one */
	uint32_t n_set;
	uint8_t *clobbers; /* by block: some operation changes registers besides its result */
	uint32_t all;      /* registers */
	uint32_t taken;    /* of them; the owners of others are not known */
	opt_ref owner[MAX_REGS];
};

static bool is_placed(const struct opt_fn *f, opt_ref v)
{
	const struct opt_ins *i = opt_at(f, v);

	return opt_rows[i->op].value && !opt_rows[i->op].floats && !i->folded && i->uses;
}

static uint32_t operands_of(const struct allocator *a, opt_ref v, const opt_ref **ret)
{
	*ret = a->live.operands + a->live.begin[v];
	return a->live.n[v];
}

/*
 * What is known before any register is given away.
 */

static void note_wishes(struct allocator *a, opt_ref v, const struct opt_need *need)
{
	const struct opt_fn *f = a->f;
	const struct opt_ins *i = opt_at(f, v);

	for (uint32_t k = 0; need->args && k < i->n_more; k++)
		a->wish[f->pool[i->more + k]] = need->args[k];
	if (i->op == OPT_RET)
		a->wish[i->arg[0]] = a->machine->ret;
	if (i->op == OPT_PARAM)
		a->wish[v] = a->machine->params[i->imm];
	else if (need->result != OPT_NO_REG)
		a->wish[v] = need->result;
}

/* Is the phi that a value wants to be like in a loop further inside? */
static bool is_deeper(const struct opt_fn *f, opt_ref phi, const struct opt_block *than)
{
	return phi && opt_at(f, phi)->op == OPT_PHI &&
	       f->blocks[opt_at(f, phi)->block].loop_depth > than->loop_depth;
}

static void weigh(struct allocator *a, uint32_t block)
{
	const struct opt_fn *f = a->f;
	const struct opt_block *b = &f->blocks[block];
	uint32_t depth = b->loop_depth < DEEP ? b->loop_depth : DEEP, cost = 1u << 3 * depth;

	for (opt_ref phi = b->phis; phi; phi = f->ins[phi].next) {
		a->weight[phi] += cost;
		for (uint32_t p = 0; p < b->n_preds; p++) {
			opt_ref v = f->pool[f->ins[phi].more + p];

			a->weight[v] += cost;
			if (!opt_rows[f->ins[v].op].floats && !is_deeper(f, a->like[v], b))
				a->like[v] = phi;
			if (!a->like[phi])
				a->like[phi] = v;
		}
	}
	for (opt_ref v = b->head; v; v = f->ins[v].next) {
		struct opt_need need = a->machine->need(f, &f->ins[v]);
		const opt_ref *operands;
		uint32_t n = operands_of(a, v, &operands);

		a->weight[v] += f->ins[v].op == OPT_IMM ? 0 : cost * 2;
		for (uint32_t k = 0; k < n; k++)
			a->weight[operands[k]] +=
				f->ins[operands[k]].op == OPT_IMM ? (cost + 3) / 4 : cost * 2;
		a->clobbers[block] |= (need.clobbers | need.early) != 0;
		note_wishes(a, v, &need);
	}
}

/* What becomes part of a value would like to be where that will be. */
static void pass_wishes(struct allocator *a, uint32_t block)
{
	const struct opt_fn *f = a->f;
	uint32_t n = 0;

	for (opt_ref v = f->blocks[block].head; v; v = f->ins[v].next)
		a->set[n++] = v;
	while (n) {
		opt_ref v = a->set[--n], from = f->ins[v].arg[0];

		if (!opt_rows[f->ins[v].op].pure || !from || f->ins[from].block != block)
			continue;
		if (!a->like[from] && a->like[v] != from)
			a->like[from] = a->like[v];
		if (a->wish[from] == OPT_NO_REG)
			a->wish[from] = a->wish[v];
	}
}

static void add_to_set(struct allocator *a, opt_ref v)
{
	if (a->set_at[v])
		return;
	a->set[a->n_set++] = v;
	a->set_at[v] = a->n_set;
}

static void drop_from_set(struct allocator *a, opt_ref v)
{
	uint32_t at = a->set_at[v];

	if (!at)
		return;
	a->set[at - 1] = a->set[--a->n_set];
	a->set_at[a->set[at - 1]] = at;
	a->set_at[v] = 0;
}

/* Calls `visit` for each value alive at the end of a block. */
static void each_leaving(struct allocator *a, uint32_t block,
			 void (*visit)(struct allocator *a, opt_ref v))
{
	const struct opt_fn *f = a->f;
	const struct opt_block *b = &f->blocks[block];

	for (uint32_t s = 0; s < b->n_succ; s++) {
		const struct opt_block *to = &f->blocks[b->succ[s]];

		for (uint32_t k = a->live.first[b->succ[s]]; k; k = a->live.list[k].next)
			visit(a, a->live.list[k].v);
		/* Where there are phis, this is the only way out of the block. */
		for (opt_ref phi = to->phis; phi; phi = f->ins[phi].next)
			visit(a, f->pool[f->ins[phi].more + b->nth]);
	}
}

static void forbid(struct allocator *a, uint32_t block)
{
	const struct opt_fn *f = a->f;
	const struct opt_block *b = &f->blocks[block];
	const opt_ref *operands;
	opt_ref *list = a->set + f->n_ins;
	uint32_t n = 0;

	for (opt_ref v = b->head; v; v = f->ins[v].next)
		list[n++] = v;
	each_leaving(a, block, add_to_set);
	while (n) {
		opt_ref v = list[--n];
		const struct opt_ins *i = opt_at(f, v);
		struct opt_need need;
		uint32_t n_operands;

		if (i->folded)
			continue;
		need = a->machine->need(f, i);
		drop_from_set(a, v);
		for (uint32_t k = 0; need.clobbers && k < a->n_set; k++)
			a->forbidden[a->set[k]] |= need.clobbers;
		if (a->n_set > MAX_ALIVE) {
			opt_refuse(a->f, "too many values at once");
			return;
		}
		n_operands = operands_of(a, v, &operands);
		for (uint32_t k = 0; k < n_operands; k++) {
			add_to_set(a, operands[k]);
			a->forbidden[operands[k]] |= need.early;
		}
	}
	while (a->n_set)
		drop_from_set(a, a->set[0]);
}

/*
 * Registers.
 */

/* Operands in whose register the result could be made: what lives no longer leaves it free. */
static uint32_t operands_to_reuse(const struct opt_ins *i, opt_ref *ret)
{
	if (i->op == OPT_SELECT) {
		ret[0] = i->arg[3];
		ret[1] = i->arg[2];
		return 2;
	}
	if (!opt_rows[i->op].pure || !opt_rows[i->op].n_args)
		return 0;
	ret[0] = i->arg[0];
	ret[1] = i->arg[1];
	return opt_rows[i->op].commutes ? 2 : 1;
}

/* The register of what that wants to be like which the value wants to be like. */
static uint8_t reg_of_likes(const struct allocator *a, opt_ref v)
{
	for (int k = 0; k < LIKES && a->out->reg[v] == OPT_NO_REG; k++)
		v = a->like[v];
	return a->out->reg[v];
}

static uint32_t bit_of(const struct allocator *a, opt_ref v)
{
	return a->out->reg[v] == OPT_NO_REG ? 0 : 1u << a->out->reg[v];
}

/* What is subtracted would have to be turned around first where the difference is to be; where a
 * comparison becomes a number, that is cleared first. */
static uint32_t shunned(const struct allocator *a, opt_ref v)
{
	const struct opt_ins *i = opt_at(a->f, v);

	if (i->op == OPT_SUB)
		return bit_of(a, i->arg[1]);
	if (i->op == OPT_SELECT && opt_is_k(a->f, i->arg[2]) && opt_is_k(a->f, i->arg[3]))
		return bit_of(a, i->arg[0]) | bit_of(a, i->arg[1]);
	return 0;
}

static bool is_among(uint8_t reg, uint32_t regs)
{
	return reg != OPT_NO_REG && regs >> reg & 1;
}

static uint8_t first_among(const struct allocator *a, uint32_t regs)
{
	uint32_t k = 0;

	if (!regs)
		return OPT_NO_REG;
	while (!(regs >> a->machine->regs[k] & 1))
		k++;
	return a->machine->regs[k];
}

static uint8_t free_reg(const struct allocator *a, opt_ref v, uint32_t allowed)
{
	opt_ref like = a->like[v], reuse[2];
	uint8_t want[6] = { a->out->reg[like], a->wish[v], reg_of_likes(a, like), a->wish[like] };
	uint32_t n = 4, n_reuse = operands_to_reuse(opt_at(a->f, v), reuse);
	uint32_t free = allowed & ~a->taken, best = free & ~shunned(a, v);

	for (uint32_t k = 0; k < n_reuse; k++)
		want[n++] = a->out->reg[reuse[k]];
	for (uint32_t k = 0; k < n; k++)
		if (is_among(want[k], best))
			return want[k];
	return first_among(a, best ? best : free);
}

static uint32_t all_regs(const struct opt_machine *machine)
{
	uint32_t mask = 0;

	for (uint32_t k = 0; k < machine->n_regs; k++)
		mask |= 1u << machine->regs[k];
	return mask;
}

static void spill(struct allocator *a, opt_ref v)
{
	a->out->reg[v] = OPT_NO_REG;
	a->out->place[v] = a->out->n_places;
	a->out->n_places += a->f->ins[v].op != OPT_IMM;
}

/* The least wanted of those whose register would do, if v is wanted more. */
static uint8_t evict(struct allocator *a, opt_ref v, uint32_t allowed)
{
	uint32_t least = a->weight[v];
	uint8_t best = OPT_NO_REG;

	for (uint32_t k = 0; k < a->machine->n_regs; k++) {
		uint8_t r = a->machine->regs[k];

		if ((allowed & a->taken) >> r & 1 && a->weight[a->owner[r]] < least) {
			least = a->weight[a->owner[r]];
			best = r;
		}
	}
	if (best != OPT_NO_REG)
		spill(a, a->owner[best]);
	return best;
}

static void assign(struct allocator *a, opt_ref v)
{
	uint32_t allowed = a->all & ~a->forbidden[v];
	uint8_t r = free_reg(a, v, allowed);

	if (r == OPT_NO_REG)
		r = evict(a, v, allowed);
	if (r == OPT_NO_REG) {
		spill(a, v);
		return;
	}
	a->out->reg[v] = r;
	a->out->used |= 1u << r;
	a->owner[r] = v;
	a->taken |= 1u << r;
}

static void let_go(struct allocator *a, opt_ref v)
{
	uint8_t r = a->out->reg[v];

	if (r != OPT_NO_REG && a->owner[r] == v)
		a->taken &= ~(1u << r);
}

static void note_leaving(struct allocator *a, opt_ref v)
{
	a->leaves[v] = a->n_set;
}

static void allocate_block(struct allocator *a, uint32_t block)
{
	const struct opt_fn *f = a->f;
	const struct opt_block *b = &f->blocks[block];
	const opt_ref *operands;
	uint32_t n;

	a->taken = 0;
	for (uint32_t k = a->live.first[block]; k; k = a->live.list[k].next) {
		opt_ref v = a->live.list[k].v;

		if (a->out->reg[v] == OPT_NO_REG)
			continue;
		a->owner[a->out->reg[v]] = v;
		a->taken |= 1u << a->out->reg[v];
	}
	a->n_set = block + 1;
	each_leaving(a, block, note_leaving);
	for (opt_ref v = b->head; v; v = f->ins[v].next) {
		n = operands_of(a, v, &operands);
		for (uint32_t k = 0; k < n; k++)
			a->left[operands[k]]++;
	}
	for (opt_ref phi = b->phis; phi; phi = f->ins[phi].next)
		if (is_placed(f, phi))
			assign(a, phi);
	for (opt_ref v = b->head; v; v = f->ins[v].next) {
		n = operands_of(a, v, &operands);
		for (uint32_t k = 0; k < n; k++)
			if (!--a->left[operands[k]] && a->leaves[operands[k]] != block + 1)
				let_go(a, operands[k]);
		if (is_placed(f, v))
			assign(a, v);
	}
}

static int prepare(struct allocator *a)
{
	struct arena *arena = a->f->arena;
	size_t n = a->f->n_ins;

	a->out->reg = arena_alloc_raw(arena, n);
	a->out->place = arena_alloc_raw(arena, n * sizeof(uint32_t));
	a->forbidden = arena_alloc(arena, n * sizeof(uint32_t));
	a->weight = arena_alloc(arena, n * sizeof(uint32_t));
	a->like = arena_alloc(arena, n * sizeof(opt_ref));
	a->wish = arena_alloc_raw(arena, n);
	a->left = arena_alloc(arena, n * sizeof(uint32_t));
	a->leaves = arena_alloc(arena, n * sizeof(uint32_t));
	a->set = arena_alloc_raw(arena, n * 2 * sizeof(opt_ref));
	a->set_at = arena_alloc(arena, n * sizeof(uint32_t));
	a->clobbers = arena_alloc(arena, a->f->n_blocks);
	if (!a->out->reg || !a->out->place || !a->forbidden || !a->weight || !a->like || !a->wish ||
	    !a->left || !a->leaves || !a->set || !a->set_at || !a->clobbers)
		return -ENOMEM;
	memset(a->out->reg, OPT_NO_REG, n);
	memset(a->out->place, 0xff, n * sizeof(uint32_t));
	memset(a->wish, OPT_NO_REG, n);
	return 0;
}

int opt_allocate(struct opt_fn *f, const struct opt_machine *machine, struct opt_alloc *ret)
{
	struct allocator a = { .f = f, .machine = machine, .out = ret, .all = all_regs(machine) };

	*ret = (struct opt_alloc){ 0 };
	f->err = prepare(&a);
	if (f->err || opt_find_live(f, &a.live))
		return f->err;
	for (uint32_t k = 0; k < f->n_order; k++)
		weigh(&a, f->order[k]);
	for (uint32_t k = f->n_order; k-- > 0;)
		pass_wishes(&a, f->order[k]);
	for (uint32_t k = 0; k < f->n_order; k++)
		if (!f->err && a.clobbers[f->order[k]])
			forbid(&a, f->order[k]);
	if (f->err)
		return f->err;
	for (uint32_t k = 0; k < f->n_order; k++)
		allocate_block(&a, f->order[k]);
	return 0;
}
