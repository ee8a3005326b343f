/* SPDX-License-Identifier: BSD-2-Clause */
/* What does an instruction of LLVM compute?  Numbers only; see prover.h. */
#include "prover.h"

#include <string.h>

static void must(struct prover *p, Z3_ast when, Z3_ast ok)
{
	p->undefined = value_or(p, p->undefined, value_and(p, when, value_not(p, ok)));
}

static Z3_ast truth(struct prover *p, LLVMOpcode op, Z3_ast a, Z3_ast b)
{
	switch ((int)op) {
	case LLVMAnd: return value_and(p, a, b);
	case LLVMOr: return value_or(p, a, b);
	case LLVMXor:
	case LLVMAdd:
	case LLVMSub: return Z3_simplify(p->z3, Z3_mk_xor(p->z3, a, b));
	}
	prover_stop("operator %d on truth values", (int)op);
}

static Z3_ast shift_ok(struct prover *p, Z3_ast b, unsigned int bits)
{
	return Z3_mk_bvult(p->z3, b, value_bits(p, bits, bits));
}

struct value op_binary(struct prover *p, LLVMValueRef in, Z3_ast a, Z3_ast b, Z3_ast when)
{
	LLVMOpcode op = LLVMGetInstructionOpcode(in);
	unsigned int bits = LLVMGetIntTypeWidth(LLVMTypeOf(in));
	Z3_context z = p->z3;
	Z3_ast r = NULL;

	if (bits == 1)
		return value_number(truth(p, op, a, b));
	if (op == LLVMUDiv || op == LLVMSDiv || op == LLVMURem || op == LLVMSRem)
		must(p, when, Z3_mk_not(z, Z3_mk_eq(z, b, value_bits(p, 0, bits))));
	switch ((int)op) {
	case LLVMAdd: r = Z3_mk_bvadd(z, a, b); break;
	case LLVMSub: r = Z3_mk_bvsub(z, a, b); break;
	case LLVMMul: r = Z3_mk_bvmul(z, a, b); break;
	case LLVMUDiv: r = Z3_mk_bvudiv(z, a, b); break;
	case LLVMSDiv: r = Z3_mk_bvsdiv(z, a, b); break;
	case LLVMURem: r = Z3_mk_bvurem(z, a, b); break;
	case LLVMSRem: r = Z3_mk_bvsrem(z, a, b); break;
	case LLVMAnd: r = Z3_mk_bvand(z, a, b); break;
	case LLVMOr: r = Z3_mk_bvor(z, a, b); break;
	case LLVMXor: r = Z3_mk_bvxor(z, a, b); break;
	case LLVMShl: r = Z3_mk_bvshl(z, a, b); break;
	case LLVMLShr: r = Z3_mk_bvlshr(z, a, b); break;
	case LLVMAShr: r = Z3_mk_bvashr(z, a, b); break;
	default: prover_stop("operator %d", (int)op);
	}
	/* A shift by too much is no value; it is computed on paths that do not use it. */
	if (op == LLVMShl || op == LLVMLShr || op == LLVMAShr)
		r = Z3_mk_ite(z, shift_ok(p, b, bits), r, value_fresh(p, bits));
	return value_number(Z3_simplify(z, r));
}

Z3_ast op_compare(struct prover *p, LLVMIntPredicate pred, Z3_ast a, Z3_ast b)
{
	Z3_context z = p->z3;
	bool bits = Z3_get_sort_kind(z, Z3_get_sort(z, a)) == Z3_BV_SORT;
	Z3_ast r = NULL;

	if (!bits && pred != LLVMIntEQ && pred != LLVMIntNE)
		prover_stop("an order on truth values");
	switch (pred) {
	case LLVMIntEQ: r = Z3_mk_eq(z, a, b); break;
	case LLVMIntNE: r = Z3_mk_not(z, Z3_mk_eq(z, a, b)); break;
	case LLVMIntUGT: r = Z3_mk_bvugt(z, a, b); break;
	case LLVMIntUGE: r = Z3_mk_bvuge(z, a, b); break;
	case LLVMIntULT: r = Z3_mk_bvult(z, a, b); break;
	case LLVMIntULE: r = Z3_mk_bvule(z, a, b); break;
	case LLVMIntSGT: r = Z3_mk_bvsgt(z, a, b); break;
	case LLVMIntSGE: r = Z3_mk_bvsge(z, a, b); break;
	case LLVMIntSLT: r = Z3_mk_bvslt(z, a, b); break;
	case LLVMIntSLE: r = Z3_mk_bvsle(z, a, b); break;
	}
	return Z3_simplify(z, r);
}

Z3_ast op_cast(struct prover *p, LLVMOpcode op, Z3_ast a, unsigned int from, unsigned int to)
{
	Z3_context z = p->z3;

	if (from == to)
		return a;
	if (op == LLVMTrunc && to == 1)
		return Z3_simplify(z, Z3_mk_eq(z, Z3_mk_extract(z, 0, 0, a),
					       Z3_mk_unsigned_int64(z, 1, Z3_mk_bv_sort(z, 1))));
	if (op == LLVMTrunc)
		return Z3_simplify(z, Z3_mk_extract(z, to - 1, 0, a));
	if (from == 1)
		return Z3_simplify(z, Z3_mk_ite(z, a, value_bits(p, op == LLVMSExt ? ~0ULL : 1, to),
						value_bits(p, 0, to)));
	if (op == LLVMSExt)
		return Z3_simplify(z, Z3_mk_sign_ext(z, to - from, a));
	return Z3_simplify(z, Z3_mk_zero_ext(z, to - from, a));
}

/* Zeroes above the highest (below the lowest) bit that is set; `bits` where none is. */
static Z3_ast count_zeroes(struct prover *p, Z3_ast a, unsigned int bits, bool leading)
{
	Z3_context z = p->z3;
	Z3_ast r = value_bits(p, bits, bits), one = Z3_mk_unsigned_int64(z, 1, Z3_mk_bv_sort(z, 1));

	for (unsigned int i = 0; i < bits; i++) {
		unsigned int at = leading ? i : bits - 1 - i;
		Z3_ast set = Z3_mk_eq(z, Z3_mk_extract(z, at, at, a), one);

		r = Z3_mk_ite(z, set, value_bits(p, leading ? bits - 1 - at : at, bits), r);
	}
	return Z3_simplify(z, r);
}

static Z3_ast swap_bytes(struct prover *p, Z3_ast a, unsigned int bits)
{
	Z3_ast r = Z3_mk_extract(p->z3, 7, 0, a);

	for (unsigned int i = 8; i < bits; i += 8)
		r = Z3_mk_concat(p->z3, r, Z3_mk_extract(p->z3, i + 7, i, a));
	return Z3_simplify(p->z3, r);
}

static struct value with_overflow(struct prover *p, Z3_ast r, Z3_ast fits)
{
	struct value v = { .kind = VALUE_AGGREGATE, .n = 2 };

	v.elem = prover_alloc(2 * sizeof(*v.elem));
	v.elem[0] = value_number(Z3_simplify(p->z3, r));
	v.elem[1] = value_number(value_not(p, fits));
	return v;
}

static bool is(const char *name, const char *what)
{
	return strncmp(name + 5, what, strlen(what)) == 0;
}

bool op_intrinsic(struct prover *p, const char *name, const struct value *arg, struct value *ret)
{
	Z3_context z = p->z3;
	Z3_ast a = arg[0].number, b = arg[1].number, r = NULL;
	unsigned int bits = 0;

	if (arg[0].kind == VALUE_NUMBER && Z3_get_sort_kind(z, Z3_get_sort(z, a)) == Z3_BV_SORT)
		bits = Z3_get_bv_sort_size(z, Z3_get_sort(z, a));
	if (!bits)
		return false;
	if (is(name, "umax"))
		r = Z3_mk_ite(z, Z3_mk_bvugt(z, a, b), a, b);
	else if (is(name, "umin"))
		r = Z3_mk_ite(z, Z3_mk_bvult(z, a, b), a, b);
	else if (is(name, "smax"))
		r = Z3_mk_ite(z, Z3_mk_bvsgt(z, a, b), a, b);
	else if (is(name, "smin"))
		r = Z3_mk_ite(z, Z3_mk_bvslt(z, a, b), a, b);
	else if (is(name, "usub.sat"))
		r = Z3_mk_ite(z, Z3_mk_bvult(z, a, b), value_bits(p, 0, bits),
			      Z3_mk_bvsub(z, a, b));
	else if (is(name, "ctlz"))
		r = count_zeroes(p, a, bits, true);
	else if (is(name, "cttz"))
		r = count_zeroes(p, a, bits, false);
	else if (is(name, "bswap"))
		r = swap_bytes(p, a, bits);
	else if (is(name, "uadd.with.overflow"))
		*ret = with_overflow(p, Z3_mk_bvadd(z, a, b),
				     Z3_mk_bvadd_no_overflow(z, a, b, false));
	else if (is(name, "umul.with.overflow"))
		*ret = with_overflow(p, Z3_mk_bvmul(z, a, b),
				     Z3_mk_bvmul_no_overflow(z, a, b, false));
	else
		return false;
	if (r)
		*ret = value_number(Z3_simplify(z, r));
	return true;
}
