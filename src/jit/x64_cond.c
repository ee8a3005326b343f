/* SPDX-License-Identifier: BSD-2-Clause */
/* How does x86-64 compare, and choose by what it compared? */
#include "jit/x64.h"
#include "jit/x64_opt.h"

enum {
	NO_CC = 0xff
};

static const uint8_t cc_of[ISA_N_COND] = {
	[ISA_COND_JEQ] = X64_E,   [ISA_COND_JGT] = X64_A,   [ISA_COND_JGE] = X64_AE,
	[ISA_COND_JSET] = X64_NE, [ISA_COND_JNE] = X64_NE,  [ISA_COND_JSGT] = X64_G,
	[ISA_COND_JSGE] = X64_GE, [ISA_COND_JLT] = X64_B,   [ISA_COND_JLE] = X64_BE,
	[ISA_COND_JSLT] = X64_L,  [ISA_COND_JSLE] = X64_LE,
};

static bool is_at(const struct x64_fn *x, opt_ref v, unsigned int reg)
{
	return x->alloc.reg[v] == reg;
}

/*
 * Comparison.
 */

/* Bits of a comparison with memory: no more than are there. */
static unsigned int bits_of(const struct x64_fn *x, const struct opt_ins *cond, int k)
{
	const struct opt_ins *load = opt_at(x->f, cond->arg[k]);
	unsigned int bits = x64_is_fused(x, cond->arg[k]) && load->w < cond->w ? load->w : cond->w;

	return cond->aux == ISA_COND_JSET && bits == 16 ? 8 : bits;
}

static void compare_k(struct x64_fn *x, const struct opt_ins *cond)
{
	struct x64_operand a = x64_operand(x, cond->arg[0]);
	int32_t k = (int32_t)opt_at(x->f, cond->arg[1])->imm;
	unsigned int bits = bits_of(x, cond, 0);
	bool w = cond->w == 64;

	if (bits == 16)
		k = (int16_t)k;
	if (cond->aux == ISA_COND_JSET)
		x->p = a.in_memory ? x64_test_ai(x->p, bits, &a.at, k)
				   : x64_test_ri(x->p, w, a.reg, k);
	else if (a.in_memory)
		x->p = x64_cmp_ai(x->p, bits, &a.at, k);
	else
		x->p = k ? x64_alu_ri(x->p, w, X64_CMP, a.reg, k)
			 : x64_test_rr(x->p, w, a.reg, a.reg);
}

static void compare(struct x64_fn *x, const struct opt_ins *cond)
{
	bool w = cond->w == 64, in_front = x64_is_fused(x, cond->arg[0]);
	struct x64_operand m = x64_operand(x, cond->arg[!in_front]);
	unsigned int r = x64_use(x, cond->arg[in_front], S0), bits = bits_of(x, cond, !in_front);

	if (cond->aux == ISA_COND_JSET)
		x->p = m.in_memory ? x64_test_ra(x->p, w, r, &m.at)
				   : x64_test_rr(x->p, w, r, m.reg);
	else if (m.in_memory)
		x->p = in_front ? x64_cmp_ar(x->p, bits, &m.at, r)
				: x64_cmp_ra(x->p, bits, r, &m.at);
	else
		x->p = in_front ? x64_alu_rr(x->p, w, X64_CMP, m.reg, r)
				: x64_alu_rr(x->p, w, X64_CMP, r, m.reg);
}

/* Conditions by what an addition leaves of its result; NO_CC: overflow spoils it. */
static uint8_t cc_of_result(enum isa_cond cond)
{
	return cond == ISA_COND_JEQ    ? X64_E
	       : cond == ISA_COND_JNE  ? X64_NE
	       : cond == ISA_COND_JSLT ? X64_S
	       : cond == ISA_COND_JSGE ? X64_NS
				       : NO_CC;
}

/* Are flags those of an equal comparison right before, or of what is compared with 0 as it was
 * computed?  Moves between do not change them.  Else NO_CC. */
static uint8_t known_cc(const struct x64_fn *x, const struct opt_ins *cond)
{
	const struct opt_ins *last = &x->compared;
	size_t at = (size_t)(x->p - x->buf);

	if (at == x->result_at && cond->arg[0] == x->result && cond->w == x->result_w &&
	    opt_is_k(x->f, cond->arg[1]) && !opt_at(x->f, cond->arg[1])->imm)
		return cc_of_result(cond->aux);
	if (at == x->compared_at && last->w == cond->w &&
	    (last->aux == ISA_COND_JSET) == (cond->aux == ISA_COND_JSET) &&
	    last->arg[0] == cond->arg[0] && last->arg[1] == cond->arg[1])
		return cc_of[cond->aux];
	return NO_CC;
}

/* What has been written since the comparison leaves flags as they were. */
static void keep_flags(struct x64_fn *x, const struct opt_ins *cond, bool by_result)
{
	if (by_result)
		x->result_at = (size_t)(x->p - x->buf);
	else
		x->compared_at = (size_t)(x->p - x->buf);
	x->compared = *cond;
}

static bool is_by_result(const struct x64_fn *x)
{
	return (size_t)(x->p - x->buf) == x->result_at;
}

enum x64_cc x64_lower_cond(struct x64_fn *x, const struct opt_ins *cond)
{
	uint8_t known = known_cc(x, cond);

	if (known != NO_CC)
		return (enum x64_cc)known;
	if (opt_is_k(x->f, cond->arg[1]))
		compare_k(x, cond);
	else
		compare(x, cond);
	return (enum x64_cc)cc_of[cond->aux];
}

/*
 * Choice.
 */

/* In a register, without a change of flags. */
static unsigned int use_quietly(struct x64_fn *x, opt_ref v, unsigned int scratch)
{
	const struct opt_ins *i = opt_at(x->f, v);

	if (x64_in_reg(x, v) || (i->op != OPT_K && i->op != OPT_IMM) || i->imm)
		return x64_use(x, v, scratch);
	x->p = x64_mov_zero(x->p, scratch);
	return scratch;
}

static bool is_k_of(const struct x64_fn *x, opt_ref v, int64_t k)
{
	return opt_is_k(x->f, v) && opt_at(x->f, v)->imm == k;
}

/* 1 or 0.  A register that the comparison does not need is cleared before it: that costs nothing.
 */
static void lower_truth(struct x64_fn *x, opt_ref v, const struct opt_ins *i)
{
	unsigned int d = x64_result(x, v), to = S0, flip = is_k_of(x, i->arg[3], 1);
	enum x64_cc cc;
	bool known = known_cc(x, i) != NO_CC, by_result = known && is_by_result(x);
	bool early = x64_in_reg(x, v) && !x64_reads_reg(x, i->arg[0], d) &&
		     !x64_reads_reg(x, i->arg[1], d) && !known;

	if (early) {
		to = d;
		x->p = x64_alu_rr(x->p, false, X64_XOR, d, d);
	}
	cc = x64_lower_cond(x, i) ^ flip;
	x->p = x64_setcc(x->p, cc, to);
	if (!early)
		x->p = x64_movzx_rr(x->p, 8, d, S0);
	x64_keep(x, v, d);
	keep_flags(x, i, by_result);
}

void x64_lower_select(struct x64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);
	opt_ref yes = i->arg[2], no = i->arg[3];
	unsigned int d = x64_result(x, v), from;
	struct x64_addr at;
	enum x64_cc cc;
	bool by_result;

	if ((is_k_of(x, yes, 1) && is_k_of(x, no, 0)) ||
	    (is_k_of(x, yes, 0) && is_k_of(x, no, 1))) {
		lower_truth(x, v, i);
		return;
	}
	by_result = known_cc(x, i) != NO_CC && is_by_result(x);
	cc = x64_lower_cond(x, i);
	if (is_at(x, yes, d) && !is_at(x, no, d)) {
		yes = no;
		no = i->arg[2];
		cc ^= 1;
	}
	from = use_quietly(x, no, d);
	if (from != d)
		x->p = x64_mov_rr(x->p, true, d, from);
	if (x64_is_stored(x, yes)) {
		at = x64_place(x, yes);
		x->p = x64_cmov_ra(x->p, cc, d, &at);
	} else {
		x->p = x64_cmov_rr(x->p, cc, d, use_quietly(x, yes, S1));
	}
	x64_keep(x, v, d);
	keep_flags(x, i, by_result);
}
