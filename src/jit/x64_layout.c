/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In which order do blocks stand, and which jumps are left between them?  As chain.c says; a block
 * that is nothing but a jump is left out.  Jumps begin short and grow as needed.
 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "jit/x64.h"
#include "jit/x64_opt.h"

enum {
	LOOP_ALIGN = 16,
	RETURN_MAX = 16, /* bytes that are copied rather than jumped to */
	PATIENCE = 32    /* times that jumps may grow one by one */
};

struct layout {
	struct x64_fn *x;
	uint32_t *order; /* blocks that are there */
	uint32_t n;
};

/* The block that control really gets to. */
static uint32_t follow(const struct x64_fn *x, uint32_t block)
{
	for (uint32_t n = 0; x->bodies[block].is_left_out && n < x->f->n_blocks; n++)
		block = x->bodies[block].target[0];
	return block;
}

static int order_blocks(struct layout *l)
{
	struct x64_fn *x = l->x;
	struct opt_exits *exits = arena_alloc(x->f->arena, x->f->n_blocks * sizeof(*exits));

	if (!exits)
		return -ENOMEM;
	for (uint32_t k = 1; k < x->f->n_blocks; k++) {
		struct x64_body *b = &x->bodies[k];
		bool is_dead = x->f->blocks[k].rpo == OPT_DEAD;

		b->is_left_out =
			is_dead || (b->from == b->to && b->n_targets == 1 && b->target[0] != k);
		if (is_dead)
			b->n_targets = 0;
	}
	for (uint32_t k = 0; k < x->f->n_blocks; k++) {
		struct x64_body *b = &x->bodies[k];

		for (uint32_t t = 0; t < b->n_targets; t++)
			exits[k].to[t] = b->target[t] =
				b->is_left_out ? b->target[t] : follow(x, b->target[t]);
		exits[k].n = b->n_targets;
		exits[k].gone = b->is_left_out;
	}
	return opt_chain(x->f, exits, l->order, &l->n);
}

/* Is all that the block does to leave, in a few bytes? */
static bool is_short_return(const struct x64_fn *x, uint32_t block)
{
	const struct x64_body *b = &x->bodies[block];
	const struct opt_block *from = &x->f->blocks[block];

	return from->head == from->tail && from->tail && opt_at(x->f, from->tail)->op == OPT_RET &&
	       b->to - b->from <= RETURN_MAX;
}

/* Jumps to what comes next anyway are gone; those to a return are returns. */
static int choose(struct layout *l)
{
	struct x64_fn *x = l->x;
	int err = order_blocks(l);

	for (uint32_t k = 0; k < l->n && !err; k++) {
		struct x64_body *b = &x->bodies[l->order[k]];
		uint32_t next = k + 1 < l->n ? l->order[k + 1] : OPT_DEAD;

		if (b->n_targets == 2 && b->target[0] == next) {
			b->target[0] = b->target[1];
			b->target[1] = next;
			b->cc ^= 1;
		}
		if (b->n_targets && b->target[b->n_targets - 1] == next) {
			b->n_targets--;
		} else if (b->n_targets && is_short_return(x, b->target[b->n_targets - 1])) {
			b->returns = &x->bodies[b->target[b->n_targets - 1]];
			b->n_targets--;
		}
	}
	return err;
}

static uint32_t jump_size(const struct x64_body *b, unsigned int t)
{
	if (!(b->longs >> t & 1))
		return 2;
	return t == 0 && b->is_conditional ? 6 : 5;
}

static uint32_t place(struct layout *l, uint32_t from)
{
	uint32_t off = from;

	for (uint32_t k = 0; k < l->n; k++) {
		struct x64_body *b = &l->x->bodies[l->order[k]];

		if (k && opt_begins_loop(l->x->f, l->order[k], l->order[k - 1]))
			off = (off + LOOP_ALIGN - 1) & ~(LOOP_ALIGN - 1u);
		b->off = off;
		off += b->to - b->from;
		for (unsigned int t = 0; t < b->n_targets; t++)
			off += jump_size(b, t);
		if (b->returns)
			off += b->returns->to - b->returns->from;
	}
	return off;
}

/* True: some jump had to grow. */
static bool grow_jumps(struct layout *l)
{
	bool grew = false;

	for (uint32_t k = 0; k < l->n; k++) {
		struct x64_body *b = &l->x->bodies[l->order[k]];
		uint32_t at = b->off + (b->to - b->from);

		for (unsigned int t = 0; t < b->n_targets; t++) {
			int64_t rel;

			at += jump_size(b, t);
			rel = (int64_t)l->x->bodies[b->target[t]].off - at;
			if (b->longs >> t & 1 || rel == (int8_t)rel)
				continue;
			b->longs |= (uint8_t)(1u << t);
			grew = true;
		}
	}
	return grew;
}

static uint8_t *put_jump(const struct x64_fn *x, uint8_t *p, const struct x64_body *b,
			 unsigned int t)
{
	bool is_long = b->longs >> t & 1, always = t || !b->is_conditional;
	uint32_t at = (uint32_t)(p - x->gen->out) + jump_size(b, t);
	int32_t rel = (int32_t)(x->bodies[b->target[t]].off - at);

	if (always)
		return is_long ? x64_jmp32(p, rel) : x64_jmp8(p, rel);
	return is_long ? x64_jcc32(p, (enum x64_cc)b->cc, rel)
		       : x64_jcc8(p, (enum x64_cc)b->cc, rel);
}

static void copy(struct layout *l, uint32_t from)
{
	struct x64_fn *x = l->x;
	uint8_t *p = x->gen->out + from;

	for (uint32_t k = 0; k < l->n; k++) {
		const struct x64_body *b = &x->bodies[l->order[k]];

		p = x64_nops(p, b->off - (uint32_t)(p - x->gen->out));
		memcpy(p, x->buf + b->from, b->to - b->from);
		p += b->to - b->from;
		for (unsigned int t = 0; t < b->n_targets; t++)
			p = put_jump(x, p, b, t);
		if (!b->returns)
			continue;
		memcpy(p, x->buf + b->returns->from, b->returns->to - b->returns->from);
		p += b->returns->to - b->returns->from;
	}
}

static void note_offsets(struct x64_fn *x, uint32_t end)
{
	uint32_t n = x->fn->end - x->fn->start, off = end;

	for (uint32_t k = 0; k < x->n_fixes; k++) {
		const struct x64_fix *fix = &x->fixes[k];
		const struct x64_body *b = &x->bodies[fix->block];

		jit_fix_add(x->gen, fix->kind, x->gen->out + (fix->at - b->from + b->off),
			    fix->target);
	}
	for (uint32_t i = n; i-- > 0;) {
		const struct x64_body *b = &x->bodies[x->insn_block[i]];

		if (x->insn_off[i] != OPT_DEAD && !b->is_left_out)
			off = b->off + x->insn_off[i] - b->from;
		x->gen->off[x->fn->start + i] = off;
	}
}

int x64_lay_out(struct x64_fn *x, size_t *size)
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
	for (int round = 0; grow_jumps(&l); round++) {
		for (uint32_t k = 0; k < l.n && round == PATIENCE; k++)
			x->bodies[l.order[k]].longs = 3;
		end = place(&l, from);
	}
	if (end > INT32_MAX / 2)
		return -E2BIG;
	out = mem_grow(x->gen->out, *size, end + X64_INSN_MAX);
	if (!out)
		return -ENOMEM;
	x->gen->out = out;
	copy(&l, from);
	note_offsets(x, end);
	*size = end;
	return 0;
}
