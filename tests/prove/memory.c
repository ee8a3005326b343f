/* SPDX-License-Identifier: BSD-2-Clause */
/* What is at an address of a symbolic run?  Objects of bytes; see prover.h. */
#include "prover.h"

#include <string.h>

uint32_t memory_new(struct prover *p, struct memory *m, uint32_t size)
{
	struct object *o = prover_alloc(sizeof(*o));

	if (m->n == MAX_OBJECTS)
		prover_stop("more than %d objects", MAX_OBJECTS);
	o->size = size;
	o->byte = prover_alloc((size + 1) * sizeof(*o->byte));
	o->whole = prover_alloc((size + 1) * sizeof(*o->whole));
	o->whole_n = prover_alloc(size + 1);
	o->pointer = prover_alloc((size / 8 + 1) * sizeof(*o->pointer));
	for (uint32_t i = 0; i < size; i++)
		o->byte[i] = value_fresh(p, 8);
	m->object[m->n] = o;
	return m->n++;
}

/* Others may share the object that is about to be written. */
static struct object *own(struct memory *m, uint32_t at)
{
	const struct object *from = m->object[at];
	struct object *o = prover_alloc(sizeof(*o));

	*o = *from;
	o->byte = prover_alloc((o->size + 1) * sizeof(*o->byte));
	memcpy(o->byte, from->byte, o->size * sizeof(*o->byte));
	o->whole = prover_alloc((o->size + 1) * sizeof(*o->whole));
	memcpy(o->whole, from->whole, o->size * sizeof(*o->whole));
	o->whole_n = prover_alloc(o->size + 1);
	memcpy(o->whole_n, from->whole_n, o->size);
	o->pointer = prover_alloc((o->size / 8 + 1) * sizeof(*o->pointer));
	memcpy(o->pointer, from->pointer, (o->size / 8) * sizeof(*o->pointer));
	m->object[at] = o;
	return o;
}

static Z3_ast gather(struct prover *p, const struct object *o, uint64_t at, uint32_t n)
{
	Z3_ast x = o->byte[at];

	if (o->whole_n[at] == n)
		return o->whole[at];
	for (uint32_t i = 1; i < n; i++)
		x = Z3_mk_concat(p->z3, o->byte[at + i], x);
	return Z3_simplify(p->z3, x);
}

/* A sum does not come back from its bytes as the sum it was, so numbers are kept whole, too. */
static void put(struct prover *p, struct object *o, uint64_t at, Z3_ast x, uint32_t n)
{
	for (uint64_t i = at < 8 ? 0 : at - 7; i < at + n; i++)
		if (i + o->whole_n[i] > at)
			o->whole_n[i] = 0;
	for (uint32_t i = 0; i < n; i++)
		o->byte[at + i] = Z3_simplify(p->z3, Z3_mk_extract(p->z3, i * 8 + 7, i * 8, x));
	o->whole[at] = x;
	o->whole_n[at] = (uint8_t)n;
}

/* Where an offset is not known, each multiple of the access' size is tried. */
static bool candidates(struct prover *p, const struct target *t, uint32_t size, uint32_t n,
		       uint64_t *first, uint64_t *step)
{
	if (value_known(p, t->offset, first)) {
		*step = size + 1;
		return *first + n <= size;
	}
	*first = 0;
	*step = n < 4 ? n : 4;
	return true;
}

static Z3_ast is_at(struct prover *p, const struct target *t, uint64_t at)
{
	return Z3_simplify(p->z3, Z3_mk_eq(p->z3, t->offset, value_bits(p, at, 64)));
}

static Z3_ast load_bits(struct prover *p, struct memory *m, const struct target *t, uint32_t n,
			Z3_ast when)
{
	const struct object *o = m->object[t->object];
	uint64_t at, step;
	Z3_ast out = NULL, hit = Z3_mk_false(p->z3);

	if (!candidates(p, t, o->size, n, &at, &step)) {
		p->undefined = value_or(p, p->undefined, value_and(p, when, t->when));
		return value_fresh(p, n * 8);
	}
	for (; at + n <= o->size; at += step) {
		Z3_ast here = is_at(p, t, at), x = gather(p, o, at, n);

		hit = value_or(p, hit, here);
		out = out ? Z3_simplify(p->z3, Z3_mk_ite(p->z3, here, x, out)) : x;
	}
	p->undefined = value_or(p, p->undefined,
				value_and(p, value_and(p, when, t->when), value_not(p, hit)));
	return out;
}

static struct value load_pointer(struct prover *p, struct memory *m, const struct value *at)
{
	uint64_t off;

	if (at->n != 1 || !value_known(p, at->target->offset, &off) || off % 8 ||
	    off + 8 > m->object[at->target->object]->size)
		prover_stop("a pointer from an unknown place");
	return m->object[at->target->object]->pointer[off / 8];
}

struct value memory_load(struct prover *p, struct memory *m, const struct value *at,
			 LLVMTypeRef type, Z3_ast when)
{
	uint32_t n = (uint32_t)LLVMStoreSizeOfType(p->layout, type);
	unsigned int bits;
	Z3_ast out = NULL;

	if (at->kind != VALUE_POINTER)
		prover_stop("a load from what is no pointer");
	if (LLVMGetTypeKind(type) == LLVMPointerTypeKind)
		return load_pointer(p, m, at);
	if (LLVMGetTypeKind(type) != LLVMIntegerTypeKind)
		prover_stop("a load of what is no number");
	for (uint32_t i = 0; i < at->n; i++) {
		Z3_ast x = load_bits(p, m, &at->target[i], n, when);

		out = out ? Z3_simplify(p->z3, Z3_mk_ite(p->z3, at->target[i].when, x, out)) : x;
	}
	bits = LLVMGetIntTypeWidth(type);
	return value_number(op_cast(p, LLVMTrunc, out, n * 8, bits));
}

static void store_bits(struct prover *p, struct memory *m, const struct target *t, Z3_ast x,
		       uint32_t n, Z3_ast when)
{
	struct object *o = own(m, t->object);
	uint64_t at, step;
	Z3_ast hit = Z3_mk_false(p->z3);

	if (!candidates(p, t, o->size, n, &at, &step)) {
		p->undefined = value_or(p, p->undefined, value_and(p, when, t->when));
		return;
	}
	for (; at + n <= o->size; at += step) {
		Z3_ast here = value_and(p, t->when, is_at(p, t, at));

		hit = value_or(p, hit, here);
		if (value_is(p, here, true))
			put(p, o, at, x, n);
		else if (!value_is(p, here, false))
			put(p, o, at,
			    Z3_simplify(p->z3, Z3_mk_ite(p->z3, here, x, gather(p, o, at, n))), n);
	}
	p->undefined = value_or(p, p->undefined,
				value_and(p, value_and(p, when, t->when), value_not(p, hit)));
}

void memory_store(struct prover *p, struct memory *m, const struct value *at, struct value what,
		  LLVMTypeRef type, Z3_ast when)
{
	uint32_t n = (uint32_t)LLVMStoreSizeOfType(p->layout, type);
	uint64_t off;

	if (at->kind != VALUE_POINTER)
		prover_stop("a store to what is no pointer");
	if (what.kind == VALUE_POINTER || what.kind == VALUE_FUNCTION) {
		if (at->n != 1 || !value_known(p, at->target->offset, &off) || off % 8)
			prover_stop("a pointer to an unknown place");
		own(m, at->target->object)->pointer[off / 8] = what;
		return;
	}
	if (what.kind != VALUE_NUMBER)
		prover_stop("a store of what is no number");
	what.number = op_cast(p, LLVMZExt, what.number, LLVMGetIntTypeWidth(type), n * 8);
	for (uint32_t i = 0; i < at->n; i++)
		store_bits(p, m, &at->target[i], what.number, n, when);
}

struct value memory_beyond(struct prover *p, const struct value *at, uint64_t n)
{
	struct value v = *at;

	v.target = prover_alloc(v.n * sizeof(*v.target));
	for (uint32_t i = 0; i < v.n; i++) {
		v.target[i] = at->target[i];
		v.target[i].offset = Z3_simplify(
			p->z3, Z3_mk_bvadd(p->z3, v.target[i].offset, value_bits(p, n, 64)));
	}
	return v;
}

static void copy_known(struct memory *m, uint32_t to, uint64_t to_at, uint32_t from,
		       uint64_t from_at, uint64_t n)
{
	const struct object *s = m->object[from];
	struct object *d = own(m, to);

	for (uint64_t i = to_at < 8 ? 0 : to_at - 7; i < to_at + n; i++)
		if (i + d->whole_n[i] > to_at)
			d->whole_n[i] = 0;
	for (uint64_t i = 0; i < n; i++) {
		d->byte[to_at + i] = s->byte[from_at + i];
		d->whole[to_at + i] = s->whole[from_at + i];
		d->whole_n[to_at + i] =
			i + s->whole_n[from_at + i] <= n ? s->whole_n[from_at + i] : 0;
		if (to_at % 8 == 0 && from_at % 8 == 0 && i % 8 == 0 && i + 8 <= n)
			d->pointer[(to_at + i) / 8] = s->pointer[(from_at + i) / 8];
	}
}

void memory_copy(struct prover *p, struct memory *m, const struct value *to,
		 const struct value *from, uint64_t n, Z3_ast when)
{
	LLVMTypeRef byte = LLVMInt8Type();
	uint64_t to_at, from_at;

	if (to->n == 1 && from->n == 1 && value_known(p, to->target->offset, &to_at) &&
	    value_known(p, from->target->offset, &from_at) &&
	    to_at + n <= m->object[to->target->object]->size &&
	    from_at + n <= m->object[from->target->object]->size) {
		copy_known(m, to->target->object, to_at, from->target->object, from_at, n);
		return;
	}
	for (uint64_t i = 0; i < n; i++) {
		struct value d = memory_beyond(p, to, i), s = memory_beyond(p, from, i);

		memory_store(p, m, &d, memory_load(p, m, &s, byte, when), byte, when);
	}
}

static void merge_bytes(struct prover *p, Z3_ast when, const struct object *x, struct object *o)
{
	for (uint32_t k = 0; k < o->size; k++) {
		if (o->whole_n[k] != x->whole_n[k])
			o->whole_n[k] = 0;
		else if (o->whole_n[k] && o->whole[k] != x->whole[k])
			o->whole[k] = Z3_simplify(p->z3,
						  Z3_mk_ite(p->z3, when, x->whole[k], o->whole[k]));
		if (o->byte[k] != x->byte[k])
			o->byte[k] =
				Z3_simplify(p->z3, Z3_mk_ite(p->z3, when, x->byte[k], o->byte[k]));
	}
}

void memory_merge(struct prover *p, Z3_ast when, const struct memory *a, struct memory *b)
{
	for (uint32_t i = 0; i < a->n && i < b->n; i++) {
		const struct object *x = a->object[i];
		struct object *o;

		if (x == b->object[i])
			continue;
		o = own(b, i);
		merge_bytes(p, when, x, o);
		for (uint32_t k = 0; k < o->size / 8; k++)
			o->pointer[k] = value_choose(p, when, x->pointer[k], o->pointer[k]);
	}
	for (uint32_t i = b->n; i < a->n; i++)
		b->object[i] = a->object[i];
	b->n = a->n > b->n ? a->n : b->n;
}
