/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In which order do blocks stand on AArch64, and which jumps are left between them?  As
 * chain.c says; a block that is nothing but a jump is left out.  A function in which a branch on
 * conditions would not reach is left to the other tier.
 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "jit/a64_opt.h"

enum {
	LOOP_ALIGN = 16,
	MAX_SIZE = (1 << 20) - 64
};

struct layout {
	struct a64_fn *x;
	uint32_t *order; /* blocks that are there */
	uint32_t n;
};

/* The block that control really gets to. */
static uint32_t follow(const struct a64_fn *x, uint32_t block)
{
	for (uint32_t n = 0; x->bodies[block].is_left_out && n < x->f->n_blocks; n++)
		block = x->bodies[block].target[0];
	return block;
}

static int order_blocks(struct layout *l)
{
	struct a64_fn *x = l->x;
	struct opt_exits *exits = arena_alloc(x->f->arena, x->f->n_blocks * sizeof(*exits));

	if (!exits)
		return -ENOMEM;
	for (uint32_t k = 1; k < x->f->n_blocks; k++) {
		struct a64_body *b = &x->bodies[k];
		bool is_dead = x->f->blocks[k].rpo == OPT_DEAD;

		b->is_left_out =
			is_dead || (b->from == b->to && b->n_targets == 1 && b->target[0] != k);
		if (is_dead)
			b->n_targets = 0;
	}
	for (uint32_t k = 0; k < x->f->n_blocks; k++) {
		struct a64_body *b = &x->bodies[k];

		for (uint32_t t = 0; t < b->n_targets; t++)
			exits[k].to[t] = b->target[t] =
				b->is_left_out ? b->target[t] : follow(x, b->target[t]);
		exits[k].n = b->n_targets;
		exits[k].gone = b->is_left_out;
	}
	return opt_chain(x->f, exits, l->order, &l->n);
}

/* Jumps to what comes next anyway are gone. */
static int choose(struct layout *l)
{
	struct a64_fn *x = l->x;
	int err = order_blocks(l);

	for (uint32_t k = 0; k < l->n && !err; k++) {
		struct a64_body *b = &x->bodies[l->order[k]];
		uint32_t next = k + 1 < l->n ? l->order[k + 1] : OPT_DEAD;

		if (b->n_targets == 2 && b->target[0] == next) {
			b->target[0] = b->target[1];
			b->target[1] = next;
			b->cc ^= 1;
		}
		if (b->n_targets && b->target[b->n_targets - 1] == next)
			b->n_targets--;
	}
	return err;
}

static uint32_t place(struct layout *l, uint32_t from)
{
	uint32_t off = from;

	for (uint32_t k = 0; k < l->n; k++) {
		struct a64_body *b = &l->x->bodies[l->order[k]];

		if (k && opt_begins_loop(l->x->f, l->order[k], l->order[k - 1]))
			off = (off + LOOP_ALIGN - 1) & ~(LOOP_ALIGN - 1u);
		b->off = off;
		off += b->to - b->from + 4u * b->n_targets;
	}
	return off;
}

static void copy(struct layout *l, uint32_t from)
{
	struct a64_fn *x = l->x;
	uint8_t *p = x->gen->out + from;

	for (uint32_t k = 0; k < l->n; k++) {
		const struct a64_body *b = &x->bodies[l->order[k]];

		while (p < x->gen->out + b->off)
			p = a64_nop(p);
		memcpy(p, x->buf + b->from, b->to - b->from);
		p += b->to - b->from;
		for (unsigned int t = 0; t < b->n_targets; t++) {
			int64_t rel = x->gen->out + x->bodies[b->target[t]].off - p;

			p = t || !b->is_conditional ? a64_b(p, rel)
						    : a64_bcc(p, (enum a64_cc)b->cc, rel);
		}
	}
}

static void note_offsets(struct a64_fn *x, uint32_t end)
{
	uint32_t n = x->fn->end - x->fn->start, off = end;

	for (uint32_t k = 0; k < x->n_fixes; k++) {
		const struct a64_fix *fix = &x->fixes[k];
		const struct a64_body *b = &x->bodies[fix->block];

		jit_fix_add(x->gen, fix->kind, x->gen->out + (fix->at - b->from + b->off),
			    fix->target);
	}
	for (uint32_t i = n; i-- > 0;) {
		const struct a64_body *b = &x->bodies[x->insn_block[i]];

		if (x->insn_off[i] != OPT_DEAD && !b->is_left_out)
			off = b->off + x->insn_off[i] - b->from;
		x->gen->off[x->fn->start + i] = off;
	}
}

int a64_lay_out(struct a64_fn *x, size_t *size)
{
	struct layout l = { .x = x };
	uint32_t from = (uint32_t)*size, end;
	uint8_t *out;
	int err;

	l.order = arena_alloc_raw(x->f->arena, x->f->n_blocks * sizeof(*l.order));
	if (!l.order)
		return -ENOMEM;
	err = choose(&l);
	if (err)
		return err;
	end = place(&l, from);
	if (end - from > MAX_SIZE || end > A64_SIZE_MAX) {
		opt_refuse(x->f, "the function is too large");
		return x->f->err;
	}
	out = mem_grow(x->gen->out, *size, end + A64_ALIGN);
	if (!out)
		return -ENOMEM;
	x->gen->out = out;
	copy(&l, from);
	note_offsets(x, end);
	*size = end;
	return 0;
}
