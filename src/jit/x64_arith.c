/* SPDX-License-Identifier: BSD-2-Clause */
/* How does x86-64 compute what an operation says? */
#include "jit/x64.h"
#include "jit/x64_opt.h"

static const uint8_t alu_of[OPT_N_OP] = {
	[OPT_ADD] = X64_ADD, [OPT_SUB] = X64_SUB, [OPT_OR] = X64_OR,
	[OPT_AND] = X64_AND, [OPT_XOR] = X64_XOR,
};
static const uint8_t shift_of[OPT_N_OP] = {
	[OPT_SHL] = X64_SHL,
	[OPT_SHR] = X64_SHR,
	[OPT_SAR] = X64_SAR,
};

/* reg op= k */
static void apply_k(struct x64_fn *x, bool w, enum x64_alu op, unsigned int reg, int64_t k)
{
	if (op == X64_AND && (uint64_t)k <= UINT32_MAX)
		x->p = x64_alu_ri(x->p, false, op, reg, (int32_t)k);
	else if (k == 128 && op == X64_ADD)
		x->p = x64_alu_ri(x->p, w, X64_SUB, reg, -128);
	else
		x->p = x64_alu_ri(x->p, w, op, reg, (int32_t)k);
}

/* reg op= b */
static void apply(struct x64_fn *x, bool w, enum x64_alu op, unsigned int reg,
		  const struct x64_operand *b)
{
	if (b->in_memory)
		x->p = x64_alu_ra(x->p, w, op, reg, &b->at);
	else
		x->p = x64_alu_rr(x->p, w, op, reg, b->reg);
}

static bool is_at(const struct x64_fn *x, opt_ref v, unsigned int reg)
{
	return x->alloc.reg[v] == reg;
}

/* Two operands, the first of which becomes the result. */
static void two_address(struct x64_fn *x, opt_ref v, const struct opt_ins *i)
{
	unsigned int d = x64_result(x, v), to = d;
	opt_ref a = i->arg[0], b = i->arg[1];
	enum x64_alu op = alu_of[i->op];
	struct x64_operand second;
	bool w = i->w == 64;

	if (is_at(x, b, d) && !is_at(x, a, d) && opt_rows[i->op].commutes) {
		a = b;
		b = i->arg[0];
	} else if (is_at(x, b, d) && !is_at(x, a, d) && i->op == OPT_SUB) {
		x->p = x64_unary(x->p, w, X64_NEG, d);
		op = X64_ADD;
		b = a;
		a = i->arg[1];
	} else if (!is_at(x, a, d) && x64_reads_reg(x, b, d)) {
		to = S0;
	}
	if (opt_is_k(x->f, b)) {
		x64_fetch(x, to, a);
		apply_k(x, w, op, to, opt_at(x->f, b)->imm);
	} else {
		second = x64_operand(x, b);
		x64_fetch(x, to, a);
		apply(x, w, op, to, &second);
	}
	x64_keep(x, v, to);
	/* Masks may have been applied to the lower half alone. */
	if (i->op != OPT_AND) {
		x->result = v;
		x->result_w = i->w;
		x->result_at = (size_t)(x->p - x->buf);
	}
}

static void add(struct x64_fn *x, opt_ref v, const struct opt_ins *i)
{
	unsigned int d = x64_result(x, v);
	struct x64_addr at = { .index = X64_NONE };
	bool w = i->w == 64, k = opt_is_k(x->f, i->arg[1]);

	if (!x64_in_reg(x, v) || is_at(x, i->arg[0], d) || is_at(x, i->arg[1], d) ||
	    (!k && !x64_in_reg(x, i->arg[1])) || !x64_in_reg(x, i->arg[0])) {
		two_address(x, v, i);
		return;
	}
	at.base = x->alloc.reg[i->arg[0]];
	if (k)
		at.disp = (int32_t)opt_at(x->f, i->arg[1])->imm;
	else
		at.index = x->alloc.reg[i->arg[1]];
	x->p = x64_lea_a(x->p, w, d, &at);
}

/* d = a * k for 3, 5 or 9, or one of them shifted: the machine adds and shifts faster. */
static bool multiply_by_lea(struct x64_fn *x, bool w, unsigned int d, unsigned int a, uint64_t k)
{
	struct x64_addr at = { .base = (uint8_t)a, .index = (uint8_t)a };
	unsigned int n = k ? (unsigned int)__builtin_ctzll(k) : 0;

	if (!k || (k >> n != 3 && k >> n != 5 && k >> n != 9))
		return false;
	at.scale = k >> n == 9 ? 3 : k >> n == 5 ? 2 : 1;
	x->p = x64_lea_a(x->p, w, d, &at);
	if (n)
		x->p = x64_shift_ri(x->p, w, X64_SHL, d, n);
	return true;
}

static void multiply(struct x64_fn *x, opt_ref v, const struct opt_ins *i)
{
	unsigned int d = x64_result(x, v), a;
	const struct opt_ins *k = opt_at(x->f, i->arg[1]);
	opt_ref first = i->arg[0], second = i->arg[1];
	struct x64_operand other;
	bool w = i->w == 64;

	if (k->op == OPT_K) {
		a = x64_use(x, first, S0);
		if (!multiply_by_lea(x, w, d, a, (uint64_t)k->imm & opt_mask(i->w)))
			x->p = x64_imul_rri(x->p, w, d, a, (int32_t)k->imm);
		x64_keep(x, v, d);
		return;
	}
	if (is_at(x, second, d)) {
		first = second;
		second = i->arg[0];
	}
	other = x64_operand(x, second);
	if (!is_at(x, first, d) && x64_reads_reg(x, second, d))
		d = S0;
	x64_fetch(x, d, first);
	if (other.in_memory)
		x->p = x64_imul_ra(x->p, w, d, &other.at);
	else
		x->p = x64_imul_rr(x->p, w, d, other.reg);
	x64_keep(x, v, d);
}

bool x64_may_use_bmi2(struct jit_gen *gen)
{
	if (gen->cpu == JIT_CPU_THIS)
		gen->cpu = x64_has_bmi2() ? JIT_CPU_BMI2 : JIT_CPU_FIRST;
	return gen->cpu == JIT_CPU_BMI2;
}

static void shift(struct x64_fn *x, opt_ref v, const struct opt_ins *i)
{
	unsigned int d = x64_result(x, v), a, n;
	bool w = i->w == 64;

	if (!opt_is_k(x->f, i->arg[1]) && !x64_may_use_bmi2(x->gen)) {
		opt_refuse(x->f, "this CPU lacks BMI2");
		return;
	}
	if (!opt_is_k(x->f, i->arg[1])) {
		a = x64_use(x, i->arg[0], S0);
		n = x64_use(x, i->arg[1], S1);
		x->p = x64_shiftx(x->p, w, shift_of[i->op], d, a, n);
	} else {
		n = (unsigned int)opt_at(x->f, i->arg[1])->imm & (i->w - 1u);
		if (n == 1 && i->op == OPT_SHL && x64_in_reg(x, i->arg[0]) &&
		    !is_at(x, i->arg[0], d)) {
			a = x->alloc.reg[i->arg[0]];
			x->p = x64_lea_sib(x->p, w, d, a, a);
		} else {
			x64_fetch(x, d, i->arg[0]);
			x->p = x64_shift_ri(x->p, w, shift_of[i->op], d, n);
		}
	}
	x64_keep(x, v, d);
}

static void rotate(struct x64_fn *x, opt_ref v, const struct opt_ins *i)
{
	unsigned int d = x64_result(x, v);
	unsigned int n = (unsigned int)opt_at(x->f, i->arg[1])->imm;

	if (x64_in_reg(x, i->arg[0]) && !is_at(x, i->arg[0], d) && x64_may_use_bmi2(x->gen)) {
		x->p = x64_rorx(x->p, i->w == 64, d, x->alloc.reg[i->arg[0]], i->w - n);
	} else {
		x64_fetch(x, d, i->arg[0]);
		x->p = x64_shift_ri(x->p, i->w == 64, X64_ROL, d, n);
	}
	x64_keep(x, v, d);
}

void x64_lower_binary(struct x64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);

	if (i->op == OPT_ADD)
		add(x, v, i);
	else if (i->op == OPT_MUL)
		multiply(x, v, i);
	else if (shift_of[i->op])
		shift(x, v, i);
	else if (i->op == OPT_ROL)
		rotate(x, v, i);
	else
		two_address(x, v, i);
}

static void swap(struct x64_fn *x, const struct opt_ins *i, unsigned int d)
{
	if (i->w == 16 && opt_at(x->f, i->arg[0])->may <= UINT16_MAX) {
		x->p = x64_rol16(x->p, d, 8);
		return;
	}
	x->p = x64_bswap(x->p, i->w == 64, d);
	if (i->w == 16)
		x->p = x64_shift_ri(x->p, false, X64_SHR, d, 16);
}

void x64_lower_unary(struct x64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);
	unsigned int d = x64_result(x, v), a;
	bool w = i->w == 64;

	if (i->op == OPT_POPCNT) {
		struct x64_operand of = x64_operand(x, i->arg[0]);

		x->p = of.in_memory ? x64_popcnt_ra(x->p, w, d, &of.at)
				    : x64_popcnt_rr(x->p, w, d, of.reg);
	} else if (i->op == OPT_ZX || i->op == OPT_SX) {
		a = x64_use(x, i->arg[0], S0);
		x->p = i->op == OPT_ZX ? x64_movzx_rr(x->p, i->aux, d, a)
				       : x64_movsx_rr(x->p, w, i->aux, d, a);
	} else {
		x64_fetch(x, d, i->arg[0]);
		if (i->op == OPT_NEG)
			x->p = x64_unary(x->p, w, X64_NEG, d);
		else
			swap(x, i, d);
	}
	x64_keep(x, v, d);
}

/*
 * Division.
 */

static uint8_t *land(uint8_t *after_branch, uint8_t *here)
{
	after_branch[-1] = (uint8_t)(here - after_branch);
	return here;
}

/* What the machine refuses: by 0, and the smallest number by -1.  rax holds the dividend. */
static void divide_checked(struct x64_fn *x, const struct opt_ins *i, bool w, unsigned int b)
{
	bool is_signed = i->op == OPT_SDIV || i->op == OPT_SMOD;
	bool is_mod = i->op == OPT_MOD || i->op == OPT_SMOD;
	uint8_t *to_zero, *to_minus = NULL, *to_end, *to_end2 = NULL, *p = x->p;

	p = x64_test_rr(p, w, b, b);
	to_zero = p = x64_jcc8(p, X64_E, 0);
	if (is_signed) {
		p = x64_alu_ri(p, w, X64_CMP, b, -1);
		to_minus = p = x64_jcc8(p, X64_E, 0);
	}
	p = is_signed ? x64_cqo(p, w) : x64_alu_rr(p, false, X64_XOR, RDX, RDX);
	p = x64_unary(p, w, is_signed ? X64_IDIV : X64_DIV, b);
	to_end = p = x64_jmp8(p, 0);
	if (is_signed) {
		land(to_minus, p);
		p = is_mod ? x64_alu_rr(p, false, X64_XOR, RDX, RDX)
			   : x64_unary(p, w, X64_NEG, RAX);
		to_end2 = p = x64_jmp8(p, 0);
	}
	land(to_zero, p);
	p = is_mod ? x64_mov_rr(p, w, RDX, RAX) : x64_alu_rr(p, false, X64_XOR, RAX, RAX);
	land(to_end, p);
	if (is_signed)
		land(to_end2, p);
	x->p = p;
}

void x64_lower_division(struct x64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v), *k = opt_at(x->f, i->arg[1]);
	bool is_signed = i->op == OPT_SDIV || i->op == OPT_SMOD;
	bool is_mod = i->op == OPT_MOD || i->op == OPT_SMOD;
	bool is_k = k->op == OPT_K || k->op == OPT_IMM, w = i->w == 64;
	uint64_t low = (uint64_t)k->imm & opt_mask(i->w);
	unsigned int b = x64_use(x, i->arg[1], S0);

	if (!is_signed && (opt_at(x->f, i->arg[0])->may | k->may) <= UINT32_MAX)
		w = false;
	if (b == RAX || b == RDX) {
		x->p = x64_mov_rr(x->p, true, S0, b);
		b = S0;
	}
	x64_fetch(x, RAX, i->arg[0]);
	if (is_k && low && low != opt_mask(i->w)) {
		x->p = is_signed ? x64_cqo(x->p, w) : x64_alu_rr(x->p, false, X64_XOR, RDX, RDX);
		x->p = x64_unary(x->p, w, is_signed ? X64_IDIV : X64_DIV, b);
	} else {
		divide_checked(x, i, w, b);
	}
	x64_keep(x, v, is_mod ? RDX : RAX);
}

/* rdx:rax = rax * the other */
void x64_lower_multiply_high(struct x64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);
	opt_ref a = i->arg[0], b = i->arg[1];

	if (is_at(x, b, RAX)) {
		a = b;
		b = i->arg[0];
	}
	b = x64_use(x, b, S0);
	x64_fetch(x, RAX, a);
	x->p = x64_unary(x->p, true, X64_MUL, b);
	x64_keep(x, v, RDX);
}
