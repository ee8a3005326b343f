/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which parts of the stack are variables?  Those that are only ever loaded and stored by r10 and a
 * constant.  Where an address goes anywhere else, what can be reached by it stays in memory.
 * Addresses are followed from block to block as long as all paths bring the same one; into a loop
 * only in what the loop does not write.
 */
#include <errno.h>
#include <string.h>

#include "opt/ir.h"

enum {
	FRAME = OPT_MAX_STACK,
	NOWHERE = OPT_NOWHERE,
	MAX_REGS = OPT_N_REGS * (OPT_MAX_DEPTH + 1),
	MAX_PARTS = 4 /* of what is stored at once */
};

struct stack {
	struct opt_fn *f;
	int32_t reg[MAX_REGS];      /* offset from r10, or NOWHERE */
	uint8_t is_memory[FRAME];   /* by byte, r10 - 512 first */
	uint8_t is_used[FRAME + 1]; /* some access begins there or goes over it */
	uint8_t is_joined[FRAME];   /* to the byte before it, by some access */
	uint8_t is_read[FRAME + 1]; /* the same for loads alone: */
	uint8_t is_read_on[FRAME];
};

static void reach(struct stack *s, int64_t from, int64_t end)
{
	from = from < -FRAME ? -FRAME : from;
	end = end > 0 ? 0 : end;
	if (from < end)
		memset(s->is_memory + FRAME + from, 1, (size_t)(end - from));
}

static void access(struct stack *s, int64_t off, unsigned int bytes, bool is_load)
{
	if (off < -FRAME || off + (int64_t)bytes > 0) {
		reach(s, off, off + bytes);
		return;
	}
	for (unsigned int i = 0; i < bytes; i++) {
		s->is_used[FRAME + off + i] = 1;
		s->is_joined[FRAME + off + i] |= i > 0;
		s->is_read[FRAME + off + i] |= is_load;
		s->is_read_on[FRAME + off + i] |= is_load && i > 0;
	}
}

/* Offset from r10 that an operand is, or NOWHERE. */
static int32_t value(const struct stack *s, const struct opt_step *step, unsigned int var)
{
	return var == OPT_FRAME ? -(int32_t)step->fp : s->reg[var];
}

/* The address goes where nobody follows it. */
static void lose(struct stack *s, int32_t off)
{
	if (off != NOWHERE)
		reach(s, -FRAME, 0);
}

static void call(struct stack *s, const struct opt_step *step, enum isa_form form)
{
	struct opt_callee callee = { .n_args = OPT_MAX_ARGS };

	s->f->in->callee(s->f->in->arg, step->at, form, &callee);
	for (unsigned int k = 0; k < callee.n_args; k++) {
		int32_t off = s->reg[step->base + k + 1];

		if (off == NOWHERE)
			continue;
		switch ((enum opt_reads)callee.reads[k]) {
		case OPT_READS_ANY: reach(s, -FRAME, 0); break;
		case OPT_READS_UP: reach(s, off, 0); break;
		case OPT_READS_BYTES: reach(s, off, (int64_t)off + callee.size[k]); break;
		case OPT_READS_VALUE: access(s, off, callee.size[k], true); break;
		}
	}
}

static void compute(struct stack *s, const struct isa_row *row, const struct opt_step *step)
{
	int32_t *dst = &s->reg[step->dst], imm = step->insn.imm;
	bool is_k = row->form == ISA_F_ALU_K;
	int32_t src = is_k ? NOWHERE : value(s, step, step->src);

	if (row->bits == 64 && row->op == ISA_ALU_MOV && !is_k) {
		*dst = src;
		return;
	}
	if (row->bits == 64 && is_k && *dst != NOWHERE && *dst > -4096 && *dst < 4096 &&
	    imm > -4096 && imm < 4096 && (row->op == ISA_ALU_ADD || row->op == ISA_ALU_SUB)) {
		*dst += row->op == ISA_ALU_ADD ? imm : -imm;
		return;
	}
	if (row->op != ISA_ALU_MOV)
		lose(s, *dst);
	lose(s, src);
	*dst = NOWHERE;
}

/* What a step does to memory and with addresses, besides its result. */
static void visit(struct stack *s, const struct isa_row *row, const struct opt_step *step)
{
	int32_t dst = value(s, step, step->dst), src = value(s, step, step->src);
	int64_t to = (int64_t)dst + step->insn.off, from = (int64_t)src + step->insn.off;
	unsigned int bytes = row->bits / 8;

	switch ((enum isa_form)row->form) {
	case ISA_F_LDX:
	case ISA_F_LDSX:
		if (src != NOWHERE)
			access(s, from, bytes, true);
		break;
	case ISA_F_STX: lose(s, src); __attribute__((fallthrough));
	case ISA_F_ST:
		if (dst != NOWHERE)
			access(s, to, bytes, false);
		break;
	case ISA_F_LOAD_ACQ:
		if (src != NOWHERE)
			reach(s, from, from + bytes);
		break;
	case ISA_F_STORE_REL:
	case ISA_F_ATOMIC:
		lose(s, src);
		if (dst != NOWHERE)
			reach(s, to, to + bytes);
		break;
	case ISA_F_CALL:
	case ISA_F_CALL_SUB:
	case ISA_F_CALL_KFUNC:
	case ISA_F_CALLX: call(s, step, row->form); break;
	case ISA_F_JMP_X:
	case ISA_F_MOVSX:
	case ISA_F_CAST: lose(s, src); __attribute__((fallthrough));
	case ISA_F_JMP_K:
	case ISA_F_NEG:
	case ISA_F_END: lose(s, dst); break;
	case ISA_F_EXIT: lose(s, s->reg[step->base]); break;
	case ISA_F_LD_IND: lose(s, src); __attribute__((fallthrough));
	case ISA_F_LD_ABS: lose(s, s->reg[step->base + 6]); break;
	case ISA_F_ALU_X:
	case ISA_F_ALU_K:
	case ISA_F_JA:
	case ISA_F_JA32:
	case ISA_F_MAY_GOTO:
	case ISA_F_LD_IMM64: break;
	}
}

static void step(struct stack *s, uint32_t at)
{
	const struct opt_step *step = &s->f->steps[at];
	const struct isa_row *row = isa_row(step->op);
	uint64_t writes;

	if (row->form == ISA_F_ALU_X || row->form == ISA_F_ALU_K) {
		compute(s, row, step);
		return;
	}
	visit(s, row, step);
	writes = opt_regs_of(s->f, at).writes;
	for (unsigned int r = 0; writes; r++, writes >>= 1)
		if (writes & 1)
			s->reg[r] = NOWHERE;
}

/*
 * What is known where blocks begin?
 */

static bool leads_back(const struct opt_fn *f, const struct opt_block *block)
{
	for (uint32_t p = 0; p < block->n_preds; p++)
		if (f->blocks[f->pool[block->preds + p]].rpo >= block->rpo)
			return true;
	return false;
}

/* What blocks leave behind is in `ends`, by block and register. */
static void begin(const struct stack *s, uint32_t number, const int16_t *ends, int16_t *known)
{
	const struct opt_fn *f = s->f;
	const struct opt_block *b = &f->blocks[number];
	bool back = leads_back(f, b);
	uint32_t from = back || !b->n_preds ? b->idom : f->pool[b->preds];

	for (unsigned int r = 0; r < f->n_regs; r++) {
		uint64_t bit = 1ULL << r;

		known[r] = ends[(size_t)from * f->n_regs + r];
		if (!number || !(b->live_in & bit) ||
		    (back && (b->loop_writes & bit || b->is_irreducible || b->n_preds != 2)))
			known[r] = NOWHERE;
		for (uint32_t p = 1; p < b->n_preds && !back; p++)
			if (ends[(size_t)f->pool[b->preds + p] * f->n_regs + r] != known[r])
				known[r] = NOWHERE;
	}
}

static void enter(struct stack *s, uint32_t number)
{
	for (unsigned int r = 0; r < s->f->n_regs; r++)
		s->reg[r] = opt_known(s->f, number, r);
}

static void scan(struct stack *s, uint32_t number, int16_t *ends)
{
	const struct opt_fn *f = s->f;
	const struct opt_block *b = &f->blocks[number];

	begin(s, number, ends, f->known + (size_t)number * f->n_regs);
	enter(s, number);
	for (uint32_t i = b->start; i < b->end; i++) {
		step(s, i);
		i += isa_is_wide(f->steps[i].insn.code);
	}
	for (unsigned int r = 0; r < f->n_regs; r++)
		ends[(size_t)number * f->n_regs + r] = (int16_t)s->reg[r];
}

/* An address that a block hands to another one that does not know it has gone elsewhere. */
static void leave(struct stack *s, uint32_t number, const int16_t *ends)
{
	const struct opt_block *b = &s->f->blocks[number];

	for (uint32_t k = 0; k < b->n_succ; k++)
		for (unsigned int r = 0; r < s->f->n_regs; r++) {
			int16_t off = ends[(size_t)number * s->f->n_regs + r];

			if (s->f->blocks[b->succ[k]].live_in >> r & 1 &&
			    opt_known(s->f, b->succ[k], r) != off)
				lose(s, off);
		}
}

static bool add_slot(struct opt_fn *f, int from, int end)
{
	if (end - from > 8 || f->n_regs + f->n_slots == OPT_MAX_VARS)
		return false;
	f->slots[f->n_slots++] =
		(struct opt_slot){ .off = (int16_t)(from - FRAME), .bytes = (uint8_t)(end - from) };
	return true;
}

/* What is loaded at once is one slot; what is only stored is none. */
static bool add_parts(struct stack *s, int from, int end)
{
	struct opt_fn *f = s->f;
	uint32_t n_before = f->n_slots;

	for (int at = from, to; at < end; at = to) {
		to = at + 1;
		if (!s->is_read[at])
			continue;
		while (to < end && s->is_read_on[to])
			to++;
		if (f->n_slots - n_before < MAX_PARTS && add_slot(f, at, to))
			continue;
		f->n_slots = n_before;
		return add_slot(f, from, end);
	}
	return true;
}

/* Joined bytes that are all variable become slots. */
static void collect(struct stack *s)
{
	for (int from = 0, end; from < FRAME; from = end) {
		bool is_memory = s->is_memory[from];

		end = from + 1;
		if (!s->is_used[from])
			continue;
		for (; end < FRAME && s->is_joined[end]; end++)
			is_memory |= s->is_memory[end];
		if (is_memory || !add_parts(s, from, end))
			continue;
		for (int at = from; at < end; at++)
			s->f->is_variable[at / 8] |= (uint8_t)(1u << at % 8);
	}
}

int opt_slot_at(const struct opt_fn *f, int32_t off, uint32_t bytes)
{
	for (uint32_t k = 0; k < f->n_slots; k++) {
		const struct opt_slot *slot = &f->slots[k];

		if (off >= slot->off && off + (int32_t)bytes <= slot->off + slot->bytes)
			return (int)k;
	}
	return -1;
}

bool opt_is_variable(const struct opt_fn *f, int64_t off)
{
	unsigned int at = (unsigned int)(off + FRAME);

	return off >= -FRAME && off < 0 && f->is_variable[at / 8] >> at % 8 & 1;
}

struct opt_overlap opt_overlap(const struct opt_slot *slot, int32_t off, uint32_t bytes)
{
	int32_t from = off > slot->off ? off : slot->off;
	int32_t end = off + (int32_t)bytes, slot_end = slot->off + slot->bytes;

	end = end < slot_end ? end : slot_end;
	return (struct opt_overlap){ .bytes = from < end ? (uint32_t)(end - from) : 0,
				     .in_slot = (uint32_t)(from - slot->off),
				     .in_value = (uint32_t)(from - off) };
}

static void note(const struct opt_fn *f, struct opt_block *b, int32_t off, uint32_t bytes,
		 bool loads)
{
	if (!opt_is_variable(f, off))
		return;
	for (uint32_t k = 0; k < f->n_slots; k++) {
		const struct opt_slot *slot = &f->slots[k];
		uint64_t bit = 1ULL << (f->n_regs + k);
		uint32_t n = opt_overlap(slot, off, bytes).bytes;

		if (n && (loads || n < slot->bytes))
			b->reads |= bit & ~b->writes;
		if (n && !loads)
			b->writes |= bit;
	}
}

static void note_call(const struct stack *s, struct opt_block *b, const struct opt_step *step)
{
	struct opt_callee callee = { .n_args = 0 };

	s->f->in->callee(s->f->in->arg, step->at, ISA_F_CALL, &callee);
	for (unsigned int k = 0; k < callee.n_args; k++) {
		int32_t off = s->reg[step->base + k + 1];

		if (callee.reads[k] == OPT_READS_VALUE && off != NOWHERE)
			note(s->f, b, off, callee.size[k], true);
	}
}

/* Addresses are still where scan() saw them: what blocks do to slots. */
static void note_access(const struct stack *s, struct opt_block *b, uint32_t at)
{
	const struct opt_step *step = &s->f->steps[at];
	const struct isa_row *row = isa_row(step->op);
	bool loads = row->form == ISA_F_LDX || row->form == ISA_F_LDSX;
	bool stores = row->form == ISA_F_ST || row->form == ISA_F_STX;
	int32_t base = value(s, step, loads ? step->src : step->dst);

	if (row->form == ISA_F_CALL)
		note_call(s, b, step);
	else if ((loads || stores) && base != NOWHERE)
		note(s->f, b, base + step->insn.off, row->bits / 8, loads);
}

static bool names_stack(const struct opt_fn *f)
{
	for (uint32_t i = 0; i < f->n_steps; i++)
		if (f->steps[i].dst == OPT_FRAME || f->steps[i].src == OPT_FRAME)
			return true;
	return false;
}

static void scan_all(struct stack *s)
{
	struct opt_fn *f = s->f;
	size_t n = (size_t)f->n_blocks * f->n_regs;
	int16_t *ends = arena_alloc_raw(f->arena, n * sizeof(*ends));

	f->known = arena_alloc_raw(f->arena, n * sizeof(*f->known));
	if (!ends || !f->known) {
		f->err = -ENOMEM;
		return;
	}
	for (uint32_t k = 0; k < f->n_order; k++)
		scan(s, f->order[k], ends);
	for (uint32_t k = 0; k < f->n_order; k++)
		leave(s, f->order[k], ends);
}

void opt_slots(struct opt_fn *f)
{
	struct stack *s;

	if (!names_stack(f) || f->err)
		return;
	s = arena_alloc(f->arena, sizeof(*s));
	if (!s) {
		f->err = -ENOMEM;
		return;
	}
	s->f = f;
	scan_all(s);
	if (f->err)
		return;
	collect(s);
	for (uint32_t k = 0; k < f->n_order && f->n_slots; k++) {
		struct opt_block *b = &f->blocks[f->order[k]];

		enter(s, f->order[k]);
		for (uint32_t i = b->start; i < b->end; i++) {
			note_access(s, b, i);
			step(s, i);
			i += isa_is_wide(f->steps[i].insn.code);
		}
	}
}
