/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which blocks has a function, what leads to what, and what loops?  An edge from a block with two
 * successors to one with several predecessors gets a block of its own, for the moves of its phis.
 * Block 0 is the entry, which nothing leads back to.
 */
#include <errno.h>

#include "opt/ir.h"

enum {
	STEPS_FIRST = 1 << 20, /* up the tree of dominators, of all, and for each block */
	STEPS_EACH = 256,
	MAX_DEPTH = 64 /* of loops: what is done for each loop of a block must have an end */
};
static const char *const too_tangled = "loops too deep or too tangled";

/* Successors that a step gives its block, or -1: none, it goes on. */
static int exits_of(const struct opt_fn *f, uint32_t at, uint32_t *to)
{
	switch ((enum isa_form)isa_row(f->steps[at].op)->form) {
	case ISA_F_MAY_GOTO:
	case ISA_F_JMP_X:
	case ISA_F_JMP_K:
		to[0] = f->steps[at].to;
		to[1] = at + 1;
		return 2;
	case ISA_F_JA:
	case ISA_F_JA32: to[0] = f->steps[at].to; return 1;
	case ISA_F_EXIT: return 0;
	case ISA_F_ALU_X:
	case ISA_F_ALU_K:
	case ISA_F_MOVSX:
	case ISA_F_CAST:
	case ISA_F_NEG:
	case ISA_F_END:
	case ISA_F_CALL:
	case ISA_F_CALL_SUB:
	case ISA_F_CALL_KFUNC:
	case ISA_F_CALLX:
	case ISA_F_LDX:
	case ISA_F_LDSX:
	case ISA_F_ST:
	case ISA_F_STX:
	case ISA_F_ATOMIC:
	case ISA_F_LOAD_ACQ:
	case ISA_F_STORE_REL:
	case ISA_F_LD_IMM64:
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: break;
	}
	return -1;
}

/* Marks where blocks begin; how many, or 0: control can leave the function. */
static uint32_t find_leaders(const struct opt_fn *f, uint8_t *leads)
{
	uint32_t end = f->n_steps, n = 0, to[2];
	bool falls = true;

	leads[0] = 1;
	for (uint32_t i = 0; i < end; i++) {
		int n_to = exits_of(f, i, to);

		falls = n_to < 0;
		i += isa_is_wide(f->steps[i].insn.code);
		if (falls)
			continue;
		for (int k = 0; k < n_to; k++) {
			if (to[k] >= end)
				return 0;
			leads[to[k]] = 1;
		}
		if (i + 1 < end)
			leads[i + 1] = 1;
	}
	for (uint32_t i = 0; i < end; i++)
		n += leads[i];
	return falls ? 0 : n;
}

/* Fills blocks 1 to n; leads[] becomes the block of each leader. */
static void fill_blocks(struct opt_fn *f, const uint8_t *leads, uint32_t *block_at)
{
	uint32_t end = f->n_steps, n = 1;

	for (uint32_t i = 0; i < end; i++) {
		if (!leads[i])
			continue;
		if (n > 1)
			f->blocks[n - 1].end = i;
		f->blocks[n].start = i;
		block_at[i] = n++;
	}
	f->blocks[n - 1].end = end;
	f->n_blocks = n;
	f->blocks[0] = (struct opt_block){ .n_succ = 1, .succ = { 1 } };
}

static uint32_t last_of(const struct opt_fn *f, const struct opt_block *b)
{
	uint32_t last = b->end - 1;

	return last > b->start && isa_is_wide(f->steps[last - 1].insn.code) ? last - 1 : last;
}

static void link_blocks(struct opt_fn *f, const uint32_t *block_at)
{
	uint32_t to[2];

	for (uint32_t k = 1; k < f->n_blocks; k++) {
		struct opt_block *b = &f->blocks[k];
		int n = exits_of(f, last_of(f, b), to);

		if (n < 0) {
			n = 1;
			to[0] = b->end;
		}
		b->n_succ = (uint32_t)n;
		for (int s = 0; s < n; s++)
			b->succ[s] = block_at[to[s]];
	}
}

/* Blocks again, with one more on each edge that needs it, right behind where it starts. */
static int split_edges(struct opt_fn *f)
{
	uint32_t *n_preds = arena_alloc(f->arena, f->n_blocks * sizeof(*n_preds));
	uint32_t *moved = arena_alloc(f->arena, f->n_blocks * sizeof(*moved));
	struct opt_block *old = f->blocks, *new;
	uint32_t n = 0, n_new = f->n_blocks;

	if (!n_preds || !moved)
		return -ENOMEM;
	for (uint32_t k = 0; k < f->n_blocks; k++)
		for (uint32_t s = 0; s < old[k].n_succ; s++)
			n_preds[old[k].succ[s]]++;
	for (uint32_t k = 0; k < f->n_blocks; k++)
		for (uint32_t s = 0; s < old[k].n_succ && old[k].n_succ > 1; s++)
			n_new += n_preds[old[k].succ[s]] > 1;
	new = arena_alloc(f->arena, n_new * sizeof(*new));
	if (!new)
		return -ENOMEM;
	for (uint32_t k = 0; k < f->n_blocks; k++) {
		struct opt_block *b = &new[n];

		moved[k] = n++;
		*b = old[k];
		for (uint32_t s = 0; s < b->n_succ && b->n_succ > 1; s++) {
			if (n_preds[b->succ[s]] < 2)
				continue;
			new[n] = (struct opt_block){ .start = b->end,
						     .end = b->end,
						     .n_succ = 1,
						     .succ = { old[k].succ[s] } };
			b->succ[s] = OPT_DEAD - n++;
		}
	}
	for (uint32_t k = 0; k < n; k++)
		for (uint32_t s = 0; s < new[k].n_succ; s++) {
			uint32_t to = new[k].succ[s];

			new[k].succ[s] = to > OPT_DEAD / 2 ? OPT_DEAD - to : moved[to];
		}
	f->blocks = new;
	f->n_blocks = n;
	return 0;
}

/* Depth first without recursion; `order` from its end backwards, so that it is reverse postorder.
 */
static int walk(struct opt_fn *f)
{
	uint32_t *stack = arena_alloc_raw(f->arena, f->n_blocks * sizeof(*stack));
	uint8_t *next = arena_alloc(f->arena, f->n_blocks);
	uint32_t n = 0, at = f->n_blocks;

	f->order = arena_alloc_raw(f->arena, f->n_blocks * sizeof(*f->order));
	if (!stack || !next || !f->order)
		return -ENOMEM;
	for (uint32_t k = 0; k < f->n_blocks; k++)
		f->blocks[k].rpo = OPT_DEAD;
	stack[n++] = 0;
	f->blocks[0].rpo = 0;
	while (n) {
		struct opt_block *b = &f->blocks[stack[n - 1]];

		if (next[stack[n - 1]] < b->n_succ) {
			/* Last successor first: the first then comes right behind the block. */
			uint32_t to = b->succ[b->n_succ - 1 - next[stack[n - 1]]++];

			if (f->blocks[to].rpo == OPT_DEAD) {
				f->blocks[to].rpo = 0;
				stack[n++] = to;
			}
			continue;
		}
		f->order[--at] = stack[--n];
	}
	f->n_order = f->n_blocks - at;
	f->order += at;
	for (uint32_t k = 0; k < f->n_order; k++)
		f->blocks[f->order[k]].rpo = k;
	return 0;
}

static int find_preds(struct opt_fn *f)
{
	for (uint32_t k = 0; k < f->n_order; k++) {
		struct opt_block *b = &f->blocks[f->order[k]];

		for (uint32_t s = 0; s < b->n_succ; s++)
			f->blocks[b->succ[s]].n_preds++;
	}
	for (uint32_t k = 0; k < f->n_order; k++) {
		struct opt_block *b = &f->blocks[f->order[k]];

		b->preds = opt_pool(f, b->n_preds);
		b->n_preds = 0;
	}
	for (uint32_t k = 0; k < f->n_order && !f->err; k++) {
		const struct opt_block *b = &f->blocks[f->order[k]];

		for (uint32_t s = 0; s < b->n_succ; s++) {
			struct opt_block *to = &f->blocks[b->succ[s]];

			if (!s)
				f->blocks[f->order[k]].nth = to->n_preds;
			f->pool[to->preds + to->n_preds++] = f->order[k];
		}
	}
	return f->err;
}

static uint32_t meet(const struct opt_fn *f, uint32_t a, uint32_t b, uint64_t *steps)
{
	while (a != b) {
		while (f->blocks[a].rpo > f->blocks[b].rpo)
			a = f->blocks[a].idom, ++*steps;
		while (f->blocks[b].rpo > f->blocks[a].rpo)
			b = f->blocks[b].idom, ++*steps;
	}
	return a;
}

/* Numbers for opt_dominates(): sizes of subtrees first, then each gets its part of its parent's. */
static void number_dominators(struct opt_fn *f)
{
	uint32_t n = f->n_order;

	for (uint32_t k = 0; k < n; k++)
		f->blocks[f->order[k]].dom_out = 1;
	for (uint32_t k = n; k-- > 1;) {
		const struct opt_block *b = &f->blocks[f->order[k]];

		f->blocks[b->idom].dom_out += b->dom_out;
	}
	f->blocks[0].dom_in = 0;
	for (uint32_t k = 1; k < n; k++) {
		struct opt_block *b = &f->blocks[f->order[k]], *up = &f->blocks[b->idom];

		up->dom_out -= b->dom_out;
		b->dom_in = up->dom_in + up->dom_out;
	}
	for (uint32_t k = n; k-- > 1;) {
		const struct opt_block *b = &f->blocks[f->order[k]];

		f->blocks[b->idom].dom_out += b->dom_out;
	}
	for (uint32_t k = 0; k < n; k++)
		f->blocks[f->order[k]].dom_out += f->blocks[f->order[k]].dom_in;
}

static void find_dominators(struct opt_fn *f)
{
	uint64_t steps = 0, max_steps = (uint64_t)f->n_blocks * STEPS_EACH + STEPS_FIRST;
	bool changed = true;
	int round = 0;

	for (uint32_t k = 0; k < f->n_blocks; k++)
		f->blocks[k].idom = OPT_DEAD;
	f->blocks[0].idom = 0;
	while (changed) {
		changed = false;
		for (uint32_t k = 1; k < f->n_order && steps < max_steps; k++) {
			struct opt_block *b = &f->blocks[f->order[k]];
			uint32_t dom = OPT_DEAD;

			for (uint32_t p = 0; p < b->n_preds; p++) {
				uint32_t pred = f->pool[b->preds + p];

				if (f->blocks[pred].idom == OPT_DEAD)
					continue;
				dom = dom == OPT_DEAD ? pred : meet(f, dom, pred, &steps);
			}
			changed |= b->idom != dom;
			b->idom = dom;
		}
		if (steps >= max_steps || (changed && ++round == OPT_MAX_ROUNDS)) {
			opt_refuse(f, too_tangled);
			return;
		}
	}
	number_dominators(f);
}

/* Everything that leads to the end of the loop without its header is inside. */
static void fill_loop(struct opt_fn *f, uint32_t header, uint32_t end, uint32_t *work)
{
	uint32_t n = 0;

	work[n++] = end;
	while (n) {
		uint32_t k = work[--n];
		struct opt_block *b = &f->blocks[k];

		if (b->loop == header)
			continue;
		b->loop = header;
		if (++b->loop_depth > MAX_DEPTH) {
			opt_refuse(f, too_tangled);
			return;
		}
		for (uint32_t p = 0; p < b->n_preds && k != header; p++)
			work[n++] = f->pool[b->preds + p];
	}
}

/* Outer loops first, so that the innermost header is what stays; an edge backwards that is no
 * loop's makes everything above it unknown. */
static int find_loops(struct opt_fn *f)
{
	uint32_t *work = arena_alloc_raw(f->arena, (f->n_pool + 2) * sizeof(*work));

	if (!work)
		return -ENOMEM;
	for (uint32_t k = 0; k < f->n_blocks; k++)
		f->blocks[k].loop = OPT_DEAD;
	f->n_straight = f->n_order;
	for (uint32_t k = 0; k < f->n_order && !f->err; k++) {
		uint32_t header = f->order[k];
		struct opt_block *b = &f->blocks[header];
		bool is_header = false;

		b->outer = b->loop;
		for (uint32_t p = 0; p < b->n_preds; p++) {
			uint32_t pred = f->pool[b->preds + p];

			if (f->blocks[pred].rpo < k)
				continue;
			if (f->n_straight > k)
				f->n_straight = k;
			if (!opt_dominates(f, header, pred)) {
				b->is_irreducible = true;
				continue;
			}
			fill_loop(f, header, pred, work);
			is_header = true;
		}
		b->is_header = is_header;
	}
	return f->err;
}

int opt_cfg(struct opt_fn *f)
{
	uint32_t *block_at, n_blocks;
	uint8_t *leads;

	if (opt_steps(f))
		return f->err;
	leads = arena_alloc(f->arena, f->n_steps);
	block_at = arena_alloc(f->arena, f->n_steps * sizeof(*block_at));
	if (!leads || !block_at)
		return f->err = -ENOMEM;
	n_blocks = find_leaders(f, leads);
	if (!n_blocks) {
		opt_refuse(f, "control leaves a function");
		return f->err;
	}
	f->blocks = arena_alloc(f->arena, (n_blocks + 1) * sizeof(*f->blocks));
	if (!f->blocks)
		return f->err = -ENOMEM;
	fill_blocks(f, leads, block_at);
	link_blocks(f, block_at);
	f->err = split_edges(f);
	if (!f->err)
		f->err = walk(f);
	if (!f->err && !find_preds(f)) {
		find_dominators(f);
		if (!f->err)
			f->err = find_loops(f);
	}
	return f->err;
}
