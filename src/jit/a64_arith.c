/* SPDX-License-Identifier: BSD-2-Clause */
/* How does AArch64 compute what an operation says? */
#include "jit/a64_opt.h"

static const uint32_t alu_of[OPT_N_OP] = {
	[OPT_ADD] = A64_ADD, [OPT_SUB] = A64_SUB, [OPT_OR] = A64_ORR,  [OPT_AND] = A64_AND,
	[OPT_XOR] = A64_EOR, [OPT_SHL] = A64_LSL, [OPT_SHR] = A64_LSR, [OPT_SAR] = A64_ASR,
};

static bool is_shift(unsigned int op)
{
	return op == OPT_SHL || op == OPT_SHR || op == OPT_SAR;
}

static void by_constant(struct a64_fn *x, const struct opt_ins *i, unsigned int d, unsigned int a)
{
	bool w = i->w == 64;
	int64_t k = opt_at(x->f, i->arg[1])->imm;
	unsigned int n = (unsigned int)k & (i->w - 1u);

	if (i->op == OPT_ADD)
		x->p = a64_add_k(x->p, w, d, a, k);
	else if (i->op == OPT_SUB)
		x->p = a64_add_k(x->p, w, d, a, (int64_t)(0 - (uint64_t)k));
	else if (i->op == OPT_SHL)
		x->p = a64_lsl_ri(x->p, w, d, a, n);
	else if (i->op == OPT_SHR)
		x->p = a64_lsr_ri(x->p, w, d, a, n);
	else if (i->op == OPT_SAR)
		x->p = a64_asr_ri(x->p, w, d, a, n);
	else if (i->op == OPT_ROL)
		x->p = a64_ror_ri(x->p, w, d, a, (i->w - n) & (i->w - 1u));
	else
		x->p = a64_logic_k(x->p, w, (enum a64_alu)alu_of[i->op], d, a,
				   a64_k(x, i->arg[1], i->w));
}

void a64_opt_binary(struct a64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);
	unsigned int d = a64_result(x, v), a = a64_use(x, i->arg[0], S0), b;
	bool w = i->w == 64;

	if (a64_is_k(x, i->arg[1]) && i->op != OPT_MUL && i->op != OPT_MULH) {
		by_constant(x, i, d, a);
		a64_keep(x, v, d);
		return;
	}
	b = a64_use(x, i->arg[1], S1);
	if (i->op == OPT_MUL)
		x->p = a64_madd(x->p, w, d, a, b, XZR);
	else if (i->op == OPT_MULH)
		x->p = a64_umulh(x->p, d, a, b);
	else if (is_shift(i->op))
		x->p = a64_alu2_rrr(x->p, w, (enum a64_alu2)alu_of[i->op], d, a, b);
	else
		x->p = a64_alu_rrr(x->p, w, (enum a64_alu)alu_of[i->op], d, a, b);
	a64_keep(x, v, d);
}

void a64_opt_unary(struct a64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);
	unsigned int d = a64_result(x, v), a = a64_use(x, i->arg[0], S0);
	bool w = i->w == 64;

	if (i->op == OPT_ZX)
		x->p = a64_extend(x->p, false, A64_UNSIGNED, i->aux, d, a);
	else if (i->op == OPT_SX)
		x->p = a64_extend(x->p, w, A64_SIGNED, i->aux, d, a);
	else if (i->op == OPT_NEG)
		x->p = a64_alu_rrr(x->p, w, A64_SUB, d, XZR, a);
	else if (i->w != 16)
		x->p = a64_rev(x->p, w, d, a);
	else
		x->p = a64_extend(a64_rev16(x->p, false, d, a), false, A64_UNSIGNED, 16, d, d);
	a64_keep(x, v, d);
}

void a64_opt_division(struct a64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);
	unsigned int d = a64_result(x, v), a = a64_use(x, i->arg[0], S0);
	unsigned int b = a64_use(x, i->arg[1], S1);
	bool is_signed = i->op == OPT_SDIV || i->op == OPT_SMOD, w = i->w == 64;
	bool is_mod = i->op == OPT_MOD || i->op == OPT_SMOD;

	x->p = a64_alu2_rrr(x->p, w, is_signed ? A64_SDIV : A64_UDIV, is_mod ? S2 : d, a, b);
	if (is_mod)
		x->p = a64_msub(x->p, w, d, S2, b, a);
	a64_keep(x, v, d);
}

enum a64_cc a64_opt_cond(struct a64_fn *x, const struct opt_ins *cond)
{
	unsigned int a = a64_use(x, cond->arg[0], S0), b;
	bool w = cond->w == 64, is_test = cond->aux == ISA_COND_JSET;

	if (a64_is_k(x, cond->arg[1]) && is_test) {
		x->p = a64_test_k(x->p, w, a, a64_k(x, cond->arg[1], cond->w));
	} else if (a64_is_k(x, cond->arg[1])) {
		x->p = a64_compare_k(x->p, w, a, a64_k(x, cond->arg[1], cond->w));
	} else {
		b = a64_use(x, cond->arg[1], S1);
		x->p = a64_alu_rrr(x->p, w, is_test ? A64_ANDS : A64_SUBS, XZR, a, b);
	}
	return (enum a64_cc)a64_cond[cond->aux];
}

void a64_opt_select(struct a64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);
	enum a64_cc cc = a64_opt_cond(x, i);
	unsigned int yes = a64_use_or_zero(x, i->arg[2], S0);
	unsigned int no = a64_use_or_zero(x, i->arg[3], S1), d = a64_result(x, v);

	x->p = a64_csel(x->p, true, cc, d, yes, no);
	a64_keep(x, v, d);
}
