/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does bytecode become values?  Blocks are walked so that all but the ends of loops are known
 * where paths meet; a variable that a loop writes gets a phi at its head at once, and its operands
 * at the end.
 */
#include <errno.h>

#include "opt/ir.h"

struct builder {
	struct opt_fn *f;
	const struct opt_step *step; /* being translated */
	uint32_t n_vars;
	opt_ref *defs; /* of each block, of each variable: its value at the end */
	opt_ref *now;  /* of the block being built */
};

static const uint8_t alu_op[ISA_N_ALU] = {
	[ISA_ALU_ADD] = OPT_ADD,  [ISA_ALU_SUB] = OPT_SUB,   [ISA_ALU_MUL] = OPT_MUL,
	[ISA_ALU_DIV] = OPT_DIV,  [ISA_ALU_SDIV] = OPT_SDIV, [ISA_ALU_OR] = OPT_OR,
	[ISA_ALU_AND] = OPT_AND,  [ISA_ALU_LSH] = OPT_SHL,   [ISA_ALU_RSH] = OPT_SHR,
	[ISA_ALU_MOD] = OPT_MOD,  [ISA_ALU_SMOD] = OPT_SMOD, [ISA_ALU_XOR] = OPT_XOR,
	[ISA_ALU_ARSH] = OPT_SAR,
};

static opt_ref get(struct builder *b, unsigned int var)
{
	opt_ref v;

	if (var == OPT_FRAME)
		return opt_fp(b->f, -(int64_t)b->step->fp);
	v = b->now[var];
	return v ? opt_val(b->f, v) : opt_k(b->f, 0);
}

static void set(struct builder *b, unsigned int var, opt_ref v)
{
	if (var != OPT_FRAME)
		b->now[var] = v;
}

/* r0 to r9 of the function that the step belongs to. */
static opt_ref get_reg(struct builder *b, unsigned int reg)
{
	return get(b, b->step->base + reg);
}

static void set_reg(struct builder *b, unsigned int reg, opt_ref v)
{
	set(b, b->step->base + reg, v);
}

static opt_ref k_of(struct builder *b, int32_t imm)
{
	return opt_k(b->f, (uint64_t)(int64_t)imm);
}

static opt_ref emit(struct builder *b, struct opt_ins ins)
{
	return opt_append(b->f, &ins);
}

/*
 * The stack.
 */

/* Slot of a load, or -1: memory. */
static int slot_of(const struct opt_fn *f, opt_ref base, int16_t off, unsigned int bits,
		   unsigned int *ret_shift)
{
	const struct opt_ins *i = opt_at(f, base);
	int64_t at = i->imm + off;
	int k;

	if (i->op != OPT_FP || at < -OPT_MAX_STACK || at >= 0)
		return -1;
	k = opt_slot_at(f, (int32_t)at, bits / 8);
	if (k >= 0)
		*ret_shift = (unsigned int)(at - f->slots[k].off) * 8;
	return k;
}

static opt_ref load_from(struct builder *b, opt_ref base, int16_t off, unsigned int bits,
			 uint8_t aux)
{
	unsigned int shift = 0;
	int k = slot_of(b->f, base, off, bits, &shift);
	opt_ref v;

	if (k < 0)
		return emit(b, (struct opt_ins){ .op = OPT_LOAD,
						 .w = (uint8_t)bits,
						 .aux = aux,
						 .arg = { base },
						 .imm = off });
	v = b->now[b->f->n_regs + k];
	v = v ? opt_val(b->f, v) : opt_k(b->f, 0);
	if (shift)
		v = opt_binary(b->f, OPT_SHR, 64, v, opt_k(b->f, shift));
	if (bits == 64)
		return v;
	return opt_unary(b->f, aux & OPT_SIGNED ? OPT_SX : OPT_ZX, 64, bits, v);
}

static opt_ref load(struct builder *b, const struct isa_row *row)
{
	uint8_t aux = row->form == ISA_F_LDSX       ? OPT_SIGNED
		      : row->form == ISA_F_LOAD_ACQ ? OPT_ORDERED
						    : 0;

	return load_from(b, get(b, b->step->src), b->step->insn.off, row->bits, aux);
}

/* Accesses that are not aligned leave parts of any number of bytes. */
static opt_ref low_bits(struct builder *b, opt_ref v, uint32_t bits)
{
	if (bits == 8 || bits == 16 || bits == 32)
		return opt_unary(b->f, OPT_ZX, 64, bits, v);
	return bits == 64 ? v : opt_binary(b->f, OPT_AND, 64, v, opt_k(b->f, opt_mask(bits)));
}

static void store_part(struct builder *b, uint32_t k, opt_ref v, const struct opt_overlap *part)
{
	uint32_t var = b->f->n_regs + k, bits = part->bytes * 8, shift = part->in_slot * 8;
	opt_ref old = b->now[var];

	if (part->in_value)
		v = opt_binary(b->f, OPT_SHR, 64, v, opt_k(b->f, part->in_value * 8));
	v = low_bits(b, v, bits);
	if (part->bytes != b->f->slots[k].bytes) {
		uint64_t mask = opt_mask(bits) << shift;

		old = old ? opt_val(b->f, old) : opt_k(b->f, 0);
		old = opt_binary(b->f, OPT_AND, 64, old, opt_k(b->f, ~mask));
		v = opt_binary(b->f, OPT_SHL, 64, v, opt_k(b->f, shift));
		v = opt_binary(b->f, OPT_OR, 64, old, v);
	}
	b->now[var] = v;
}

static void store(struct builder *b, const struct isa_row *row, opt_ref v)
{
	int16_t off = b->step->insn.off;
	opt_ref base = get(b, b->step->dst);
	int64_t at = opt_at(b->f, base)->imm + off;

	if (opt_at(b->f, base)->op != OPT_FP || !opt_is_variable(b->f, at)) {
		emit(b, (struct opt_ins){ .op = OPT_STORE,
					  .w = row->bits,
					  .aux = row->form == ISA_F_STORE_REL ? OPT_ORDERED : 0,
					  .arg = { base, v },
					  .imm = off });
		return;
	}
	for (uint32_t k = 0; k < b->f->n_slots; k++) {
		struct opt_overlap part = opt_overlap(&b->f->slots[k], (int32_t)at, row->bits / 8);

		if (part.bytes)
			store_part(b, k, v, &part);
	}
}

/*
 * Instructions.
 */

static void alu(struct builder *b, const struct isa_row *row)
{
	const struct opt_step *step = b->step;
	bool is_k = row->form == ISA_F_ALU_K;
	opt_ref v = is_k ? k_of(b, step->insn.imm) : get(b, step->src);

	if (row->op == ISA_ALU_MOV)
		v = row->bits == 64 ? v : opt_unary(b->f, OPT_ZX, 64, 32, v);
	else
		v = opt_binary(b->f, alu_op[row->op], row->bits, get(b, step->dst), v);
	set(b, step->dst, v);
}

static void byte_order(struct builder *b, const struct isa_row *row)
{
	opt_ref v = get(b, b->step->dst);

	if (row->op != ISA_END_LE)
		v = opt_unary(b->f, OPT_SWAP, row->bits, 0, v);
	else if (row->bits != 64)
		v = opt_unary(b->f, OPT_ZX, 64, row->bits, v);
	set(b, b->step->dst, v);
}

static void after_call(struct builder *b, opt_ref result)
{
	set_reg(b, 0, result);
	for (unsigned int r = 1; r <= 5; r++)
		set_reg(b, r, 0);
}

static opt_ref argument(struct builder *b, const struct opt_callee *callee, uint32_t k)
{
	opt_ref v = get_reg(b, k + 1);

	return callee->reads[k] == OPT_READS_VALUE ? load_from(b, v, 0, callee->size[k] * 8, 0) : v;
}

/* What the call gives for a constant index, or 0. */
static opt_ref element(struct builder *b, const struct opt_callee *callee,
		       const struct opt_ins *call)
{
	const struct opt_index *of = &callee->index;
	opt_ref index;
	uint64_t at;

	if (callee->light != OPT_LIGHT_INDEX || b->f->err)
		return 0;
	index = b->f->pool[call->more + 1];
	if (!opt_is_k(b->f, index))
		return 0;
	at = (uint64_t)opt_at(b->f, index)->imm;
	if (at >= of->n)
		return opt_k(b->f, 0);
	return of->is_plain ? opt_k(b->f, of->base + of->size * at) : 0;
}

static void call(struct builder *b, enum isa_form form)
{
	struct opt_callee callee = { .n_args = OPT_MAX_ARGS };
	struct opt_ins ins = { .op = OPT_CALL };
	opt_ref known;

	if (form == ISA_F_CALLX) {
		ins.op = OPT_ANY_CALL;
		ins.arg[0] = get(b, b->step->dst);
	}
	if (b->f->in->callee(b->f->in->arg, b->step->at, form, &callee)) {
		opt_refuse(b->f, "a call of what is not there");
		return;
	}
	if (form == ISA_F_CALL_SUB)
		ins.op = OPT_SUB_CALL;
	if (form == ISA_F_CALL && !callee.addr)
		ins.op = OPT_TAIL;
	ins.imm = (int64_t)callee.addr;
	ins.aux = callee.light;
	ins.n_more = callee.n_args;
	ins.more = opt_pool(b->f, callee.n_args);
	for (uint32_t k = 0; k < callee.n_args && !b->f->err; k++) {
		opt_ref v = argument(b, &callee, k);

		b->f->pool[ins.more + k] = v;
	}
	known = element(b, &callee, &ins);
	after_call(b, known ? known : emit(b, ins));
}

static void atomic(struct builder *b, const struct isa_row *row)
{
	const struct opt_step *step = b->step;
	struct isa_regs regs = isa_regs_of(&step->insn, step->op);
	bool compares = row->op == ISA_ATOMIC_CMPXCHG;
	opt_ref v = emit(b, (struct opt_ins){
				    .op = OPT_ATOMIC,
				    .w = row->bits,
				    .aux = row->op,
				    .arg = { get(b, step->dst), get(b, step->src),
					     compares ? get_reg(b, 0) : 0 },
				    .imm = step->insn.off,
			    });

	if (regs.writes)
		set(b, compares ? step->base : step->src, v);
}

static void packet(struct builder *b, const struct isa_row *row)
{
	opt_ref at = k_of(b, b->step->insn.imm);

	if (row->form == ISA_F_LD_IND)
		at = opt_binary(b->f, OPT_ADD, 32, get(b, b->step->src), at);
	after_call(b, emit(b, (struct opt_ins){ .op = OPT_PACKET,
						.w = row->bits,
						.arg = { get_reg(b, 6), at } }));
}

static void wide(struct builder *b)
{
	const struct opt_step *step = b->step;
	enum isa_op op = step->op;
	opt_ref v;

	if (op == ISA_LD_FUNC)
		v = opt_share(b->f,
			      &(struct opt_ins){ .op = OPT_FUNC,
						 .imm = (int64_t)step->at + 1 + step->insn.imm });
	else
		v = opt_k(b->f,
			  (uint32_t)step[0].insn.imm | (uint64_t)(uint32_t)step[1].insn.imm << 32);
	if (op != ISA_LD_FUNC && op != ISA_LD_IMM64)
		opt_refuse(b->f, "a wide load that nobody resolved");
	set(b, step->dst, v);
}

static void branch(struct builder *b, const struct isa_row *row)
{
	struct opt_block *block = &b->f->blocks[b->f->block];
	const struct opt_step *step = b->step;
	opt_ref other = row->form == ISA_F_JMP_X ? get(b, step->src) : k_of(b, step->insn.imm);
	struct opt_ins ins = {
		.op = OPT_BR, .w = row->bits, .aux = row->op, .arg = { get(b, step->dst), other }
	};

	if (opt_fold_cond(b->f, &ins)) {
		uint32_t to = block->succ[0];

		block->succ[0] = block->succ[1];
		block->succ[1] = to;
	}
	emit(b, ins);
}

static void translate(struct builder *b, uint32_t at)
{
	const struct opt_step *step = &b->f->steps[at];
	const struct isa_row *row = isa_row(step->op);
	unsigned int d = step->dst, s = step->src;

	b->step = step;
	b->f->at = step->at;
	switch ((enum isa_form)row->form) {
	case ISA_F_ALU_X:
	case ISA_F_ALU_K: alu(b, row); break;
	case ISA_F_MOVSX:
		set(b, d,
		    opt_unary(b->f, OPT_SX, row->bits, (unsigned int)row->sel_value & 63,
			      get(b, s)));
		break;
	case ISA_F_NEG: set(b, d, opt_unary(b->f, OPT_NEG, row->bits, 0, get(b, d))); break;
	case ISA_F_END: byte_order(b, row); break;
	case ISA_F_JMP_X:
	case ISA_F_JMP_K: branch(b, row); break;
	case ISA_F_JA:
	case ISA_F_JA32: emit(b, (struct opt_ins){ .op = OPT_JMP }); break;
	case ISA_F_MAY_GOTO: emit(b, (struct opt_ins){ .op = OPT_FUEL }); break;
	case ISA_F_EXIT:
		emit(b, (struct opt_ins){ .op = OPT_RET, .arg = { get_reg(b, 0) } });
		break;
	case ISA_F_CALL:
	case ISA_F_CALL_KFUNC:
	case ISA_F_CALL_SUB:
	case ISA_F_CALLX: call(b, row->form); break;
	case ISA_F_LDX:
	case ISA_F_LDSX:
	case ISA_F_LOAD_ACQ: set(b, d, load(b, row)); break;
	case ISA_F_ST: store(b, row, k_of(b, step->insn.imm)); break;
	case ISA_F_STX:
	case ISA_F_STORE_REL: store(b, row, get(b, s)); break;
	case ISA_F_ATOMIC: atomic(b, row); break;
	case ISA_F_LD_IMM64: wide(b); break;
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: packet(b, row); break;
	case ISA_F_CAST: opt_refuse(b->f, "address spaces"); break;
	}
}

/*
 * Blocks.
 */

static opt_ref *row_of(const struct builder *b, uint32_t block)
{
	return b->defs + (size_t)block * b->n_vars;
}

static opt_ref make_phi(struct builder *b, const struct opt_block *block)
{
	struct opt_ins ins = { .op = OPT_PHI, .n_more = block->n_preds };

	ins.more = opt_pool(b->f, block->n_preds);
	if (b->f->err)
		return 0;
	for (uint32_t p = 0; p < block->n_preds; p++)
		b->f->pool[ins.more + p] = 0;
	return emit(b, ins);
}

/* Value of a variable where all that leads to the block is known. */
static opt_ref join(struct builder *b, const struct opt_block *block, uint32_t var)
{
	struct opt_fn *f = b->f;
	opt_ref first = 0, phi;
	bool same = true;

	for (uint32_t p = 0; p < block->n_preds; p++) {
		opt_ref v = row_of(b, f->pool[block->preds + p])[var];

		v = v ? opt_val(f, v) : opt_k(f, 0);
		same &= !p || v == first;
		first = p ? first : v;
	}
	if (same)
		return first;
	phi = make_phi(b, block);
	for (uint32_t p = 0; p < block->n_preds && phi; p++) {
		opt_ref v = row_of(b, f->pool[block->preds + p])[var];

		f->pool[opt_at(f, phi)->more + p] = v ? opt_val(f, v) : opt_k(f, 0);
	}
	if (phi)
		opt_at(f, phi)->may = opt_may(f, opt_at(f, phi));
	return phi;
}

static bool leads_back(const struct opt_fn *f, const struct opt_block *block)
{
	for (uint32_t p = 0; p < block->n_preds; p++)
		if (f->blocks[f->pool[block->preds + p]].rpo >= block->rpo)
			return true;
	return false;
}

/* In a loop's head what it does not write comes from the one way in. */
static void begin_block(struct builder *b, uint32_t number)
{
	struct opt_fn *f = b->f;
	const struct opt_block *block = &f->blocks[number];
	bool back = leads_back(f, block);

	for (uint32_t var = 0; var < b->n_vars; var++) {
		uint64_t bit = 1ULL << var;

		if (!(block->live_in & bit)) {
			b->now[var] = 0;
		} else if (var < f->n_regs && opt_known(f, number, var) != OPT_NOWHERE) {
			b->now[var] = opt_fp(f, opt_known(f, number, var));
		} else if (!back) {
			b->now[var] = join(b, block, var);
		} else if (block->loop_writes & bit || block->is_irreducible ||
			   block->n_preds != 2) {
			b->now[var] = make_phi(b, block);
			if (b->now[var])
				opt_at(f, b->now[var])->may = UINT64_MAX;
		} else {
			b->now[var] = row_of(b, block->idom)[var];
		}
	}
}

/* Operands of the phis of loops' heads. */
static void close_loops(struct builder *b)
{
	struct opt_fn *f = b->f;

	for (uint32_t k = 0; k < f->n_order && !f->err; k++) {
		const struct opt_block *block = &f->blocks[f->order[k]];
		const opt_ref *begin = b->defs + ((size_t)f->n_blocks + block->rpo) * b->n_vars;

		if (!leads_back(f, block))
			continue;
		for (uint32_t var = 0; var < b->n_vars; var++) {
			if (!begin[var] || opt_at(f, begin[var])->op != OPT_PHI ||
			    opt_at(f, begin[var])->block != f->order[k])
				continue;
			for (uint32_t p = 0; p < block->n_preds; p++) {
				opt_ref v = row_of(b, f->pool[block->preds + p])[var];

				f->pool[opt_at(f, begin[var])->more + p] =
					v ? opt_val(f, v) : opt_k(f, 0);
			}
		}
	}
}

static void build_block(struct builder *b, uint32_t number)
{
	struct opt_fn *f = b->f;
	const struct opt_block *block = &f->blocks[number];
	opt_ref *begin = b->defs + ((size_t)f->n_blocks + block->rpo) * b->n_vars;

	f->block = number;
	f->at = block->start < f->n_steps ? f->steps[block->start].at : f->in->start;
	b->now = row_of(b, number);
	if (!number) {
		for (uint32_t k = 0; k < f->in->n_params; k++)
			b->now[k + 1] = emit(b, (struct opt_ins){ .op = OPT_PARAM, .imm = k });
	} else {
		begin_block(b, number);
	}
	for (uint32_t var = 0; var < b->n_vars; var++)
		begin[var] = b->now[var];
	for (uint32_t i = block->start; i < block->end && !f->err; i++) {
		translate(b, i);
		i += isa_is_wide(f->steps[i].insn.code);
	}
	if (!block->tail || !opt_rows[opt_at(f, block->tail)->op].ends)
		emit(b, (struct opt_ins){ .op = OPT_JMP });
}

int opt_build(struct opt_fn *f)
{
	struct builder b = { .f = f };

	opt_vars(f);
	opt_vars_live(f);
	opt_slots(f);
	if (f->n_slots)
		opt_vars_live(f);
	b.n_vars = f->n_regs + f->n_slots;
	b.defs = arena_alloc(f->arena, (size_t)f->n_blocks * 2 * b.n_vars * sizeof(*b.defs));
	if (!b.defs)
		f->err = -ENOMEM;
	for (uint32_t k = 0; k < f->n_order && !f->err; k++)
		build_block(&b, f->order[k]);
	if (!f->err)
		close_loops(&b);
	return f->err;
}
