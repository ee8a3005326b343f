/* SPDX-License-Identifier: BSD-2-Clause */
/* What is a value of a symbolic run, and what do two that meet become?  See prover.h. */
#include "prover.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A claim is a process of its own; what it allocates lives as long. */
void *prover_alloc(size_t n)
{
	void *p = calloc(1, n);

	if (!p)
		prover_stop("out of memory");
	return p;
}

void prover_stop(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	_Exit(3);
}

Z3_ast value_bits(struct prover *p, uint64_t x, unsigned int bits)
{
	if (bits == 1)
		return x & 1 ? Z3_mk_true(p->z3) : Z3_mk_false(p->z3);
	return Z3_mk_unsigned_int64(p->z3, bits < 64 ? x & ((1ULL << bits) - 1) : x,
				    Z3_mk_bv_sort(p->z3, bits));
}

bool value_is(struct prover *p, Z3_ast a, bool truth)
{
	return Z3_get_bool_value(p->z3, a) == (truth ? Z3_L_TRUE : Z3_L_FALSE);
}

bool value_known(struct prover *p, Z3_ast a, uint64_t *ret)
{
	if (Z3_get_ast_kind(p->z3, a) != Z3_NUMERAL_AST)
		a = Z3_simplify(p->z3, a);
	return Z3_get_ast_kind(p->z3, a) == Z3_NUMERAL_AST && Z3_get_numeral_uint64(p->z3, a, ret);
}

Z3_ast value_and(struct prover *p, Z3_ast a, Z3_ast b)
{
	if (value_is(p, a, true) || value_is(p, b, false))
		return b;
	if (value_is(p, b, true) || value_is(p, a, false) || a == b)
		return a;
	return Z3_simplify(p->z3, Z3_mk_and(p->z3, 2, (Z3_ast[]){ a, b }));
}

Z3_ast value_or(struct prover *p, Z3_ast a, Z3_ast b)
{
	if (value_is(p, a, false) || value_is(p, b, true))
		return b;
	if (value_is(p, b, false) || value_is(p, a, true) || a == b)
		return a;
	return Z3_simplify(p->z3, Z3_mk_or(p->z3, 2, (Z3_ast[]){ a, b }));
}

Z3_ast value_not(struct prover *p, Z3_ast a)
{
	return Z3_simplify(p->z3, Z3_mk_not(p->z3, a));
}

Z3_ast value_fresh(struct prover *p, unsigned int bits)
{
	Z3_sort sort = bits == 1 ? Z3_mk_bool_sort(p->z3) : Z3_mk_bv_sort(p->z3, bits);

	p->n_fresh++;
	return Z3_mk_fresh_const(p->z3, "any", sort);
}

struct value value_number(Z3_ast a)
{
	return (struct value){ .kind = VALUE_NUMBER, .number = a };
}

struct value value_pointer(struct prover *p, uint32_t object, uint64_t offset)
{
	struct value v = { .kind = VALUE_POINTER, .n = 1 };

	v.target = prover_alloc(sizeof(*v.target));
	*v.target = (struct target){ Z3_mk_true(p->z3), value_bits(p, offset, 64), object };
	return v;
}

static struct value choose_pointer(struct prover *p, Z3_ast when, struct value a, struct value b)
{
	struct value v = { .kind = VALUE_POINTER };
	Z3_ast not_when = value_not(p, when);

	if (a.n + b.n > MAX_TARGETS)
		prover_stop("a pointer to more than %d objects", MAX_TARGETS);
	v.target = prover_alloc((a.n + b.n) * sizeof(*v.target));
	for (uint32_t i = 0; i < a.n; i++) {
		v.target[v.n] = a.target[i];
		v.target[v.n].when = value_and(p, when, a.target[i].when);
		v.n++;
	}
	for (uint32_t i = 0; i < b.n; i++) {
		struct target *t = &v.target[v.n], *same = NULL;

		*t = b.target[i];
		t->when = value_and(p, not_when, t->when);
		for (uint32_t j = 0; j < v.n && !same; j++)
			if (v.target[j].object == t->object)
				same = &v.target[j];
		if (!same) {
			v.n++;
			continue;
		}
		same->offset =
			Z3_simplify(p->z3, Z3_mk_ite(p->z3, same->when, same->offset, t->offset));
		same->when = value_or(p, same->when, t->when);
	}
	return v;
}

struct value value_choose(struct prover *p, Z3_ast when, struct value a, struct value b)
{
	struct value v = { .kind = a.kind, .n = a.n };

	/* A value that one side has not computed is used on the other only. */
	if (a.kind == VALUE_NONE || value_is(p, when, false))
		return b;
	if (b.kind == VALUE_NONE || value_is(p, when, true))
		return a;
	if (a.kind != b.kind)
		prover_stop("a choice between different kinds of values");
	switch (a.kind) {
	case VALUE_NUMBER:
		v.number = a.number == b.number
				   ? a.number
				   : Z3_simplify(p->z3, Z3_mk_ite(p->z3, when, a.number, b.number));
		return v;
	case VALUE_POINTER: return a.target == b.target ? a : choose_pointer(p, when, a, b);
	case VALUE_FUNCTION:
		if (a.function != b.function)
			prover_stop("a choice between functions");
		return a;
	case VALUE_AGGREGATE:
		v.elem = prover_alloc(a.n * sizeof(*v.elem));
		for (uint32_t i = 0; i < a.n; i++)
			v.elem[i] = value_choose(p, when, a.elem[i], b.elem[i]);
		return v;
	case VALUE_NONE: break;
	}
	return v;
}
