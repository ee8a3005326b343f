/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is the simplest form of an operation?  Constants are computed by isa/alu.h, the one place
 * that says what an instruction means.  Rules look at an operand's own operation at most.
 */
#include "isa/alu.h"
#include "opt/ir.h"

opt_ref opt_binary(struct opt_fn *f, enum opt_op op, unsigned int w, opt_ref a, opt_ref b)
{
	return opt_fold(f, (struct opt_ins){ .op = op, .w = (uint8_t)w, .arg = { a, b } });
}

opt_ref opt_unary(struct opt_fn *f, enum opt_op op, unsigned int w, unsigned int aux, opt_ref a)
{
	return opt_fold(f, (struct opt_ins){
				   .op = op, .w = (uint8_t)w, .aux = (uint8_t)aux, .arg = { a } });
}

static opt_ref binary_k(struct opt_fn *f, enum opt_op op, unsigned int w, opt_ref a, uint64_t k)
{
	return opt_binary(f, op, w, a, opt_k(f, k));
}

static uint64_t rotate(unsigned int w, uint64_t v, unsigned int n)
{
	uint64_t low = v & opt_mask(w);

	return n ? (low << n | low >> (w - n)) & opt_mask(w) : low;
}

static uint64_t compute(const struct opt_ins *i, uint64_t a, uint64_t b)
{
	unsigned int shift = 64u - i->aux;

	switch ((enum opt_op)i->op) {
	case OPT_ADD: return isa_alu(ISA_ALU_ADD, i->w, a, b);
	case OPT_SUB: return isa_alu(ISA_ALU_SUB, i->w, a, b);
	case OPT_MUL: return isa_alu(ISA_ALU_MUL, i->w, a, b);
	case OPT_MULH: return opt_mulh(a, b);
	case OPT_DIV: return isa_alu(ISA_ALU_DIV, i->w, a, b);
	case OPT_SDIV: return isa_alu(ISA_ALU_SDIV, i->w, a, b);
	case OPT_OR: return isa_alu(ISA_ALU_OR, i->w, a, b);
	case OPT_AND: return isa_alu(ISA_ALU_AND, i->w, a, b);
	case OPT_SHL: return isa_alu(ISA_ALU_LSH, i->w, a, b);
	case OPT_SHR: return isa_alu(ISA_ALU_RSH, i->w, a, b);
	case OPT_MOD: return isa_alu(ISA_ALU_MOD, i->w, a, b);
	case OPT_SMOD: return isa_alu(ISA_ALU_SMOD, i->w, a, b);
	case OPT_XOR: return isa_alu(ISA_ALU_XOR, i->w, a, b);
	case OPT_SAR: return isa_alu(ISA_ALU_ARSH, i->w, a, b);
	case OPT_ROL: return rotate(i->w, a, (unsigned int)b);
	case OPT_NEG: return (0 - a) & opt_mask(i->w);
	case OPT_ZX: return a & opt_mask(i->aux);
	case OPT_SX: return (uint64_t)((int64_t)(a << shift) >> shift) & opt_mask(i->w);
	case OPT_SWAP: return isa_end(ISA_END_BSWAP, i->w, a);
	case OPT_POPCNT: return (uint64_t)__builtin_popcountll(a & opt_mask(i->w));
	case OPT_NOP:
	case OPT_COPY:
	case OPT_K:
	case OPT_FP:
	case OPT_IMM:
	case OPT_PARAM:
	case OPT_PHI:
	case OPT_SELECT:
	case OPT_LOAD:
	case OPT_STORE:
	case OPT_ATOMIC:
	case OPT_FUNC:
	case OPT_CALL:
	case OPT_SUB_CALL:
	case OPT_ANY_CALL:
	case OPT_TAIL:
	case OPT_PACKET:
	case OPT_FENCE:
	case OPT_JMP:
	case OPT_BR:
	case OPT_FUEL:
	case OPT_RET:
	case OPT_N_OP: break;
	}
	return 0;
}

/* The operand that has the same low 32 bits as v, without what only clears or copies the others. */
static opt_ref low_half(const struct opt_fn *f, opt_ref v)
{
	const struct opt_ins *i = opt_at(f, v);

	while ((i->op == OPT_ZX || i->op == OPT_SX) && i->aux == 32) {
		v = opt_val(f, i->arg[0]);
		i = opt_at(f, v);
	}
	return v;
}

/* Constants of 32 bits are kept as the machine sign extends them. */
static uint64_t sign_extend(uint64_t k)
{
	return (uint64_t)(int64_t)(int32_t)k;
}

static opt_ref zero_extend(struct opt_fn *f, unsigned int bits, opt_ref a)
{
	return bits == 64 ? a : opt_unary(f, OPT_ZX, 64, bits, a);
}

static bool is_binary(const struct opt_fn *f, opt_ref v, enum opt_op op, unsigned int w,
		      uint64_t *ret_k)
{
	const struct opt_ins *i = opt_at(f, v);

	if (i->op != op || i->w != w || !opt_is_k(f, i->arg[1]))
		return false;
	*ret_k = (uint64_t)opt_at(f, i->arg[1])->imm;
	return true;
}

/* (x << n | x >> w - n), also with + and ^: the halves have no bit in common. */
static opt_ref fold_rotate(struct opt_fn *f, const struct opt_ins *i)
{
	opt_ref a = i->arg[0], b = i->arg[1];
	uint64_t left, right;

	if (opt_at(f, a)->op == OPT_SHR) {
		a = b;
		b = i->arg[0];
	}
	if (!is_binary(f, a, OPT_SHL, i->w, &left) || !is_binary(f, b, OPT_SHR, i->w, &right))
		return 0;
	if (!left || left + right != i->w)
		return 0;
	if (opt_val(f, opt_at(f, a)->arg[0]) != opt_val(f, opt_at(f, b)->arg[0]))
		return 0;
	return binary_k(f, OPT_ROL, i->w, opt_at(f, a)->arg[0], left);
}

/* and with a constant, which is of 64 bits whatever the operation was */
static opt_ref fold_mask(struct opt_fn *f, struct opt_ins *i, uint64_t k)
{
	opt_ref a = i->arg[0];
	uint64_t inner;

	if (i->w == 32) {
		i->w = 64;
		i->arg[1] = opt_k(f, k);
	}
	if (!(opt_at(f, a)->may & k))
		return opt_k(f, 0);
	if (!(opt_at(f, a)->may & ~k))
		return a;
	if (is_binary(f, a, OPT_AND, 64, &inner))
		return binary_k(f, OPT_AND, 64, opt_at(f, a)->arg[0], inner & k);
	if (opt_at(f, a)->op == OPT_ZX)
		return binary_k(f, OPT_AND, 64, opt_at(f, a)->arg[0],
				k & opt_mask(opt_at(f, a)->aux));
	if (k == 0xff || k == 0xffff || k == 0xffffffff)
		return opt_unary(f, OPT_ZX, 64, k == 0xff ? 8 : k == 0xffff ? 16 : 32, a);
	return 0;
}

/* What is shifted to the right after the upper half was cut off, or shifted out: operations of 64
 * bits of machines that have no others. */
static opt_ref halve_shift(struct opt_fn *f, const struct opt_ins *i, uint64_t k)
{
	const struct opt_ins *a = opt_at(f, i->arg[0]);
	uint64_t inner;

	if (a->op == OPT_ZX && a->aux == 32 && k < 32)
		return binary_k(f, OPT_SHR, 32, opt_val(f, a->arg[0]), k);
	if (is_binary(f, i->arg[0], OPT_SHL, 64, &inner) && inner == 32 && k > 32)
		return binary_k(f, OPT_SHR, 32, opt_val(f, a->arg[0]), k - 32);
	if (k < 32 && is_binary(f, i->arg[0], OPT_AND, 64, &inner) && inner <= UINT32_MAX &&
	    inner >> k == UINT32_MAX >> k)
		return binary_k(f, OPT_SHR, 32, opt_val(f, a->arg[0]), k);
	return 0;
}

/* Shifts there and back. */
static opt_ref fold_shift(struct opt_fn *f, struct opt_ins *i, uint64_t k)
{
	opt_ref a = i->arg[0];
	uint64_t inner;
	opt_ref v;

	i->arg[1] = opt_k(f, k);
	if (!k)
		return zero_extend(f, i->w, a);
	if (i->op == OPT_SHR && !(opt_at(f, a)->may & opt_mask(i->w) & ~opt_mask((unsigned int)k)))
		return opt_k(f, 0);
	if (i->op != OPT_SHL && is_binary(f, a, OPT_SHL, i->w, &inner) && inner == k) {
		opt_ref x = opt_val(f, opt_at(f, a)->arg[0]);
		unsigned int bits = i->w - (unsigned int)k;

		if (i->op == OPT_SHR)
			return binary_k(f, OPT_AND, 64, x, opt_mask(bits));
		if (bits == 8 || bits == 16 || bits == 32)
			return opt_unary(f, OPT_SX, i->w, bits, x);
	}
	if (i->op == OPT_SHR && i->w == 64 && (v = halve_shift(f, i, k)) != 0)
		return v;
	if (i->op == OPT_SHR && k == i->w - 8u && (v = opt_popcount(f, i)) != 0)
		return v;
	if (i->op != OPT_SAR && is_binary(f, a, i->op, i->w, &inner)) {
		if (inner + k >= i->w)
			return opt_k(f, 0);
		return binary_k(f, i->op, i->w, opt_at(f, a)->arg[0], inner + k);
	}
	return 0;
}

static opt_ref fold_add(struct opt_fn *f, const struct opt_ins *i, uint64_t k)
{
	opt_ref a = i->arg[0];
	uint64_t inner;

	if (!(k & opt_mask(i->w)))
		return zero_extend(f, i->w, a);
	if (i->w == 64 && opt_at(f, a)->op == OPT_FP)
		return opt_fp(f, opt_at(f, a)->imm + (int64_t)k);
	if (is_binary(f, a, OPT_ADD, i->w, &inner)) {
		inner = i->w == 64 ? inner + k : sign_extend(inner + k);
		return binary_k(f, OPT_ADD, i->w, opt_at(f, a)->arg[0], inner);
	}
	return 0;
}

static opt_ref fold_divide(struct opt_fn *f, const struct opt_ins *i, uint64_t k)
{
	bool is_power = k && !(k & (k - 1));
	unsigned int n = is_power ? (unsigned int)__builtin_ctzll(k) : 0;
	opt_ref a = i->arg[0];

	if (!k)
		return i->op == OPT_DIV ? opt_k(f, 0) : zero_extend(f, i->w, a);
	if (is_power && i->op == OPT_DIV)
		return binary_k(f, OPT_SHR, i->w, a, n);
	if (is_power)
		return binary_k(f, OPT_AND, i->w, a, k - 1);
	/* How many bits there are is known only when loops have ends. */
	f->waits |= !f->counted;
	if (f->counted && !(k >> 63))
		return opt_divide(f, i, k);
	return 0;
}

/* By a power of two, or next to one: the machine adds and shifts faster than it multiplies. */
static opt_ref fold_multiply(struct opt_fn *f, const struct opt_ins *i, uint64_t k)
{
	opt_ref a = i->arg[0], shifted;
	bool above = k > 9 && !((k - 1) & (k - 2)),
	     below = k > 3 && k < opt_mask(i->w) && !(k & (k + 1));

	if (!k)
		return opt_k(f, 0);
	if (!(k & (k - 1)))
		return binary_k(f, OPT_SHL, i->w, a, (uint64_t)__builtin_ctzll(k));
	if (!above && !below)
		return 0;
	shifted = binary_k(f, OPT_SHL, i->w, a, (uint64_t)__builtin_ctzll(above ? k - 1 : k + 1));
	return opt_binary(f, above ? OPT_ADD : OPT_SUB, i->w, shifted, a);
}

/* An operation of two operands, the second a constant. */
static opt_ref fold_binary_k(struct opt_fn *f, struct opt_ins *i)
{
	uint64_t k = (uint64_t)opt_at(f, i->arg[1])->imm, low = k & opt_mask(i->w);
	opt_ref a = i->arg[0];

	switch (i->op) {
	case OPT_ADD: return fold_add(f, i, k);
	case OPT_SUB:
		k = 0 - k;
		return binary_k(f, OPT_ADD, i->w, a, i->w == 64 ? k : sign_extend(k));
	case OPT_AND: return fold_mask(f, i, low);
	case OPT_OR:
	case OPT_XOR: return low ? 0 : zero_extend(f, i->w, a);
	case OPT_SHL:
	case OPT_SHR:
	case OPT_SAR: return fold_shift(f, i, k & (i->w - 1u));
	case OPT_MUL: return fold_multiply(f, i, low);
	case OPT_DIV:
	case OPT_MOD: return fold_divide(f, i, low);
	}
	return 0;
}

/* What has the same low bits as a count of places, of which there are w. */
static opt_ref shift_count(const struct opt_fn *f, opt_ref v, unsigned int w)
{
	const struct opt_ins *i = opt_at(f, v);
	uint64_t k;

	while (i->op == OPT_ZX || i->op == OPT_SX ||
	       (is_binary(f, v, OPT_AND, 64, &k) && (k & (w - 1)) == w - 1)) {
		v = opt_val(f, i->arg[0]);
		i = opt_at(f, v);
	}
	return v;
}

static opt_ref fold_binary(struct opt_fn *f, struct opt_ins *i)
{
	opt_ref a, b, v;

	if (opt_rows[i->op].commutes && opt_is_k(f, i->arg[0])) {
		a = i->arg[0];
		i->arg[0] = i->arg[1];
		i->arg[1] = a;
	}
	if (i->w == 32 && i->op != OPT_ROL) {
		i->arg[0] = low_half(f, i->arg[0]);
		i->arg[1] = low_half(f, i->arg[1]);
	}
	if (i->op == OPT_SHL || i->op == OPT_SHR || i->op == OPT_SAR)
		i->arg[1] = shift_count(f, i->arg[1], i->w);
	a = i->arg[0];
	b = i->arg[1];
	if (opt_is_k(f, a) && opt_is_k(f, b))
		return opt_k(f,
			     compute(i, (uint64_t)opt_at(f, a)->imm, (uint64_t)opt_at(f, b)->imm));
	if (opt_is_k(f, b)) {
		v = fold_binary_k(f, i);
		if (v)
			return v;
	}
	if (a == b && (i->op == OPT_SUB || i->op == OPT_XOR))
		return opt_k(f, 0);
	if (a == b && (i->op == OPT_AND || i->op == OPT_OR))
		return zero_extend(f, i->w, a);
	if (i->op == OPT_OR || i->op == OPT_XOR || i->op == OPT_ADD)
		return fold_rotate(f, i);
	return 0;
}

/* x, of which the low `bits` are wanted, zero extended. */
static opt_ref fold_zx(struct opt_fn *f, struct opt_ins *i)
{
	opt_ref a = i->arg[0];
	struct opt_ins *inner = opt_at(f, a);

	if (!(inner->may & ~opt_mask(i->aux)))
		return a;
	if ((inner->op == OPT_ZX || inner->op == OPT_SX) && inner->aux >= i->aux) {
		i->arg[0] = opt_val(f, inner->arg[0]);
		return opt_unary(f, OPT_ZX, 64, i->aux, i->arg[0]);
	}
	/* What is wanted whole as well need not be computed twice. */
	if (i->aux != 32 || inner->w != 64 || !f->counted || inner->uses != 1)
		return 0;
	switch (inner->op) {
	case OPT_ADD:
	case OPT_SUB:
	case OPT_OR:
	case OPT_XOR:
	case OPT_AND:
		return opt_binary(f, inner->op, 32, opt_val(f, inner->arg[0]),
				  opt_val(f, inner->arg[1]));
	}
	return 0;
}

static opt_ref fold_unary(struct opt_fn *f, struct opt_ins *i)
{
	struct opt_ins *inner = opt_at(f, i->arg[0]);

	if (opt_is_k(f, i->arg[0]))
		return opt_k(f, compute(i, (uint64_t)inner->imm, 0));
	switch (i->op) {
	case OPT_ZX: return fold_zx(f, i);
	case OPT_SX:
		if (!(inner->may & ~opt_mask(i->aux - 1u)))
			return i->arg[0];
		if (i->aux == 32)
			i->arg[0] = low_half(f, i->arg[0]);
		return i->aux == i->w ? zero_extend(f, 32, i->arg[0]) : 0;
	case OPT_NEG:
		if (i->w == 32)
			i->arg[0] = low_half(f, i->arg[0]);
		return 0;
	}
	return 0;
}

static bool compare(const struct opt_ins *cond, uint64_t a, uint64_t b)
{
	return isa_cond(cond->aux, cond->w, a, b);
}

int opt_decide(const struct opt_fn *f, const struct opt_ins *cond)
{
	const struct opt_ins *a = opt_at(f, cond->arg[0]), *b = opt_at(f, cond->arg[1]);
	uint64_t k = (uint64_t)b->imm & opt_mask(cond->w), may = a->may & opt_mask(cond->w);

	if (a->op == OPT_K && b->op == OPT_K)
		return compare(cond, (uint64_t)a->imm, (uint64_t)b->imm);
	if (b->op != OPT_K)
		return -1;
	if (cond->aux == ISA_COND_JSET && !(may & k))
		return 0;
	if ((cond->aux == ISA_COND_JEQ || cond->aux == ISA_COND_JNE) && (k & ~may))
		return cond->aux == ISA_COND_JNE;
	if ((cond->aux == ISA_COND_JGT && may <= k) || (cond->aux == ISA_COND_JGE && may < k))
		return 0;
	if ((cond->aux == ISA_COND_JLE && may <= k) || (cond->aux == ISA_COND_JLT && may < k))
		return 1;
	return -1;
}

static const uint8_t mirrored[ISA_N_COND] = {
	[ISA_COND_JEQ] = ISA_COND_JEQ,   [ISA_COND_JNE] = ISA_COND_JNE,
	[ISA_COND_JGT] = ISA_COND_JLT,   [ISA_COND_JGE] = ISA_COND_JLE,
	[ISA_COND_JLT] = ISA_COND_JGT,   [ISA_COND_JLE] = ISA_COND_JGE,
	[ISA_COND_JSGT] = ISA_COND_JSLT, [ISA_COND_JSGE] = ISA_COND_JSLE,
	[ISA_COND_JSLT] = ISA_COND_JSGT, [ISA_COND_JSLE] = ISA_COND_JSGE,
	[ISA_COND_JSET] = ISA_COND_JSET,
};

static bool is_signed(enum isa_cond cond)
{
	return cond == ISA_COND_JSGT || cond == ISA_COND_JSGE || cond == ISA_COND_JSLT ||
	       cond == ISA_COND_JSLE;
}

/* Are all 64 bits those of a number of 32, sign extended?  Its order is that of 32 bits. */
static bool is_extended(const struct opt_fn *f, opt_ref v)
{
	const struct opt_ins *i = opt_at(f, v);

	return opt_is_imm32(f, v) || (i->op == OPT_SX && i->w == 64);
}

static void narrow_cond(struct opt_fn *f, struct opt_ins *cond)
{
	uint64_t may = opt_at(f, cond->arg[0])->may | opt_at(f, cond->arg[1])->may;

	if (cond->w == 64 && cond->aux != ISA_COND_JSET && is_extended(f, cond->arg[0]) &&
	    is_extended(f, cond->arg[1]))
		cond->w = 32;

	if (cond->w == 64 && !(may >> (is_signed(cond->aux) ? 31 : 32)))
		cond->w = 32;
	if (cond->w != 32)
		return;
	cond->arg[0] = low_half(f, cond->arg[0]);
	cond->arg[1] = low_half(f, cond->arg[1]);
	if (opt_is_k(f, cond->arg[1]))
		cond->arg[1] = opt_k(f, sign_extend((uint64_t)opt_at(f, cond->arg[1])->imm));
}

/* A comparison of one of two constants with a third asks which of them was chosen. */
static bool ask_choice(struct opt_fn *f, struct opt_ins *cond, bool *negated)
{
	const struct opt_ins *a = opt_at(f, cond->arg[0]);
	uint64_t k = (uint64_t)opt_at(f, cond->arg[1])->imm;
	bool first, second;

	if (a->op != OPT_SELECT || !opt_is_k(f, cond->arg[1]) || !opt_is_k(f, a->arg[2]) ||
	    !opt_is_k(f, a->arg[3]))
		return false;
	first = compare(cond, (uint64_t)opt_at(f, a->arg[2])->imm, k);
	second = compare(cond, (uint64_t)opt_at(f, a->arg[3])->imm, k);
	if (first == second)
		return false;
	cond->w = a->w;
	cond->aux = a->aux;
	cond->arg[0] = a->arg[0];
	cond->arg[1] = a->arg[1];
	*negated = second;
	return true;
}

/* The same question with 0, which machines know of what they have just computed. */
static void ask_zero(struct opt_fn *f, struct opt_ins *cond)
{
	static const struct {
		uint8_t from, to;
		int8_t k;
	} same[] = {
		{ ISA_COND_JSGT, ISA_COND_JSGE, -1 }, { ISA_COND_JSLE, ISA_COND_JSLT, -1 },
		{ ISA_COND_JGT, ISA_COND_JNE, 0 },    { ISA_COND_JLE, ISA_COND_JEQ, 0 },
		{ ISA_COND_JGE, ISA_COND_JNE, 1 },    { ISA_COND_JLT, ISA_COND_JEQ, 1 },
	};
	int64_t k = opt_at(f, cond->arg[1])->imm;

	for (unsigned int n = 0; n < sizeof(same) / sizeof(same[0]); n++)
		if (cond->aux == same[n].from && k == same[n].k && opt_is_k(f, cond->arg[1])) {
			cond->aux = same[n].to;
			cond->arg[1] = opt_k(f, 0);
			return;
		}
}

/* The sign of what was extended from a part is the highest bit of that. */
static bool test_sign(struct opt_fn *f, struct opt_ins *cond, bool *ret_negated)
{
	const struct opt_ins *a = opt_at(f, cond->arg[0]);

	if (a->op != OPT_SX || a->aux > 16 || a->w < cond->w || !opt_is_k(f, cond->arg[1]) ||
	    opt_at(f, cond->arg[1])->imm ||
	    (cond->aux != ISA_COND_JSLT && cond->aux != ISA_COND_JSGE))
		return false;
	*ret_negated = cond->aux == ISA_COND_JSGE;
	cond->arg[0] = opt_val(f, a->arg[0]);
	cond->arg[1] = opt_k(f, 1ULL << (a->aux - 1u));
	cond->aux = ISA_COND_JSET;
	cond->w = 32;
	return true;
}

static bool fold_cond(struct opt_fn *f, struct opt_ins *cond)
{
	const struct opt_ins *a;
	bool negated;

	cond->arg[0] = opt_val(f, cond->arg[0]);
	cond->arg[1] = opt_val(f, cond->arg[1]);
	if (opt_is_k(f, cond->arg[0]) && !opt_is_k(f, cond->arg[1])) {
		opt_ref k = cond->arg[0];

		cond->arg[0] = cond->arg[1];
		cond->arg[1] = k;
		cond->aux = mirrored[cond->aux];
	}
	narrow_cond(f, cond);
	ask_zero(f, cond);
	if (test_sign(f, cond, &negated))
		return negated;
	/* (x & y) != 0 is a test of bits. */
	a = opt_at(f, cond->arg[0]);
	negated = cond->aux == ISA_COND_JEQ;
	if (!opt_is_k(f, cond->arg[1]) || opt_at(f, cond->arg[1])->imm || a->op != OPT_AND ||
	    a->w < cond->w || (cond->aux != ISA_COND_JNE && !negated))
		return false;
	cond->arg[0] = a->arg[0];
	cond->arg[1] = a->arg[1];
	cond->aux = ISA_COND_JSET;
	narrow_cond(f, cond);
	return negated;
}

bool opt_fold_cond(struct opt_fn *f, struct opt_ins *cond)
{
	bool negated = fold_cond(f, cond), other;

	return ask_choice(f, cond, &other) ? negated ^ other ^ fold_cond(f, cond) : negated;
}

opt_ref opt_simplify(struct opt_fn *f, struct opt_ins *i)
{
	unsigned int n = opt_rows[i->op].n_args;
	opt_ref v = 0;

	for (unsigned int k = 0; k < n; k++)
		i->arg[k] = opt_val(f, i->arg[k]);
	if (n == 2)
		v = fold_binary(f, i);
	else if (n == 1)
		v = fold_unary(f, i);
	return v ? opt_val(f, v) : 0;
}

opt_ref opt_fold(struct opt_fn *f, struct opt_ins i)
{
	opt_ref v;

	if (f->err)
		return 0;
	v = opt_simplify(f, &i);
	return v ? v : opt_share(f, &i);
}
