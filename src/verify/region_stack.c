/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is on the stack, and who may read it?  Spills and fills, bytes, zeroes, accesses at a
 * variable offset, and stack memory handed to helpers.
 *
 * The privileged policy lets programs read stack bytes that were never written, as Linux does with
 * CAP_PERFMON.  Such a byte may hold anything the host thread left there; the program runs with the
 * rights of that same thread, so nothing crosses a boundary.  The value is a plain unknown number.
 * The unprivileged policy refuses the read.
 */
#include <stdio.h>
#include <string.h>

#include "verify/env.h"
#include "verify/limits.h"

/* Where in the stack an access lands, lowest address first. */
struct span {
	struct frame *f;
	int32_t min, max; /* of the first byte */
	bool fixed;
};

static const char *verb(enum access a)
{
	return a & ACCESS_READ ? "read from" : "write to";
}

static void touch(struct verifier *v, struct frame *f, int32_t off)
{
	struct subprog_info *s = &v->subs[f->subprog];

	if (-off > s->stack)
		s->stack = (uint16_t)-off;
	frame_grow(f, slot_of(off) + 1);
}

/* What starts inside the frame and leads out of it has another errno. */
static int refuse_bounds(struct verifier *v, unsigned int r, int64_t fixed, uint32_t size,
			 enum access access)
{
	const struct reg *reg = reg_at(v, r);
	int64_t min = fixed + scalar_smin(&reg->s);
	bool starts_inside = min >= -STACK_BYTES && min < 0;
	char reach[48];

	if (scalar_is_const(&reg->s))
		return starts_inside ? reject(v, STACK_OVERRUN, verb(access), r, min, size)
				     : reject(v, STACK_OOB, verb(access), r, min, size);
	snprintf(reach, sizeof(reach), "%lld, %lld", (long long)min,
		 (long long)(fixed + scalar_smax(&reg->s) + size));
	return starts_inside
		       ? reject(v, STACK_VAR_OVERRUN, verb(access), r, reg->s.bits, fixed, size,
				reach)
		       : reject(v, STACK_VAR_OOB, verb(access), r, reg->s.bits, fixed, size, reach);
}

static int locate(struct verifier *v, unsigned int r, int32_t off, uint32_t size,
		  enum access access, struct span *ret)
{
	const struct reg *reg = reg_at(v, r);
	int64_t fixed = (int64_t)reg->off + off;
	int64_t min = fixed + scalar_smin(&reg->s), max = fixed + scalar_smax(&reg->s);

	ret->fixed = scalar_is_const(&reg->s);
	if (!ret->fixed) {
		if (!v->in->policy.var_stack_access)
			return reject(v, STACK_VAR_FORBIDDEN, r, reg->s.bits);
		if (scalar_smin(&reg->s) <= -(1 << 29) || scalar_smax(&reg->s) >= 1 << 29)
			return reject(v, STACK_VAR_UNBOUNDED, verb(access), r);
	}
	if (min < -STACK_BYTES || max + (int64_t)size > 0 || (size && max >= 0))
		return refuse_bounds(v, r, fixed, size, access);
	ret->min = (int32_t)min;
	ret->max = (int32_t)max;
	ret->f = v->cur->frame[reg->obj];
	if (size)
		touch(v, ret->f, ret->min);
	return 0;
}

static uint8_t *byte_at(struct frame *f, int32_t off)
{
	return &f->slot[slot_of(off)].kind[slot_byte(off)];
}

static bool is_object(uint8_t kind)
{
	return kind == SLOT_DYNPTR || kind == SLOT_ITER || kind == SLOT_IRQ;
}

/* A spilled register whose bytes change one by one is bytes from now on. */
static void unspill(struct slot *s)
{
	if (!slot_is_spill(s))
		return;
	for (int b = 0; b < 8; b++)
		if (s->kind[b] == SLOT_SPILL)
			s->kind[b] = SLOT_MISC;
	memset(slot_reg(s), 0, sizeof(*slot_reg(s)));
}

static unsigned int spill_size(const struct slot *s)
{
	unsigned int n = 0;

	for (int b = 7; b >= 0 && s->kind[b] == SLOT_SPILL; b--)
		n++;
	return n;
}

static void set_scalar(struct verifier *v, int value, struct scalar s)
{
	if (value >= 0)
		reg_set_scalar(reg_at(v, (unsigned int)value), s);
}

/* Bytes that are not a register: all zero, or anything. */
static int read_bytes(struct verifier *v, const struct mem_op *op, const struct span *at)
{
	struct scalar any = scalar_unknown();
	uint32_t zeroes = 0, n = (uint32_t)(at->max - at->min) + op->size;

	for (uint32_t i = 0; i < n; i++) {
		int32_t off = at->min + (int32_t)i;
		uint8_t kind = *byte_at(at->f, off);

		zeroes += kind == SLOT_ZERO;
		if (kind == SLOT_MISC || kind == SLOT_ZERO)
			continue;
		if (kind == SLOT_SPILL && (!reg_is_ptr(slot_reg(&at->f->slot[slot_of(off)])) ||
					   v->in->policy.leak_pointers))
			continue;
		if (kind == SLOT_INVALID && v->in->policy.read_uninit_stack)
			continue;
		if (kind == SLOT_SPILL)
			return reject(v, STACK_LEAK, off);
		return reject(v, STACK_UNINIT, at->min, i, op->size);
	}
	if (zeroes == n) {
		set_scalar(v, op->value, scalar_const(0));
		if (at->fixed)
			path_stack(v, at->f->frameno, slot_of(at->min));
		return 0;
	}
	set_scalar(v, op->value,
		   op->size < 8 ? exact_zext(v->in->policy.exact_kernel, &any, op->size * 8) : any);
	return 0;
}

/* Some bytes of a spilled scalar. */
static struct scalar part_of(const struct verifier *v, const struct slot *s, unsigned int skip,
			     unsigned int size)
{
	struct scalar count = scalar_const(skip * 8), x = slot_reg(s)->s;

	if (skip)
		x = scalar_alu(ISA_ALU_RSH, 64, &x, &count, v->in->policy.exact_kernel);
	return size < 8 ? exact_zext(v->in->policy.exact_kernel, &x, size * 8) : x;
}

static int fill(struct verifier *v, const struct mem_op *op, const struct span *at, struct slot *s)
{
	unsigned int skip = 7 - slot_byte(at->min), have = spill_size(s);
	struct reg *dst = op->value >= 0 ? reg_at(v, (unsigned int)op->value) : NULL;

	if (slot_reg(s)->kind != KIND_SCALAR) {
		if (op->size != 8 || skip)
			return reject(v, STACK_FILL_SIZE);
		if (!dst)
			return v->in->policy.leak_pointers ? 0 : reject(v, STACK_LEAK, at->min);
		path_stack(v, at->f->frameno, slot_of(at->min));
		prune_note(v);
		*dst = *slot_reg(s);
		return 0;
	}
	if (skip + op->size > have ||
	    (skip && v->in->policy.exact_kernel && !reg_is_zero(slot_reg(s))))
		return read_bytes(v, op, at);
	path_stack(v, at->f->frameno, slot_of(at->min));
	prune_note(v);
	if (!dst)
		return 0;
	if (!skip && scalar_umax(&slot_reg(s)->s) <= UINT64_MAX >> (64 - op->size * 8)) {
		*dst = *slot_reg(s);
		return 0;
	}
	/* The sign is taken from the lowest bytes, whatever is above. */
	if (!skip && op->sign_extend) {
		reg_set_scalar(dst, slot_reg(s)->s);
		return 0;
	}
	reg_set_scalar(dst, part_of(v, s, skip, op->size));
	return 0;
}

int region_stack_read(struct verifier *v, const struct mem_op *op)
{
	struct span at;
	int err = locate(v, op->reg, op->off, op->size, op->access, &at);

	if (err)
		return err;
	fastcall_touch(v, v->cur->frame[v->cur->n_frames - 1], at.min);
	if (op->is_atomic && op->value < 0 && !at.fixed && v->in->policy.exact_kernel)
		return reject(v, STACK_VAR_ATOMIC, reg_at(v, op->reg)->s.bits,
			      reg_at(v, op->reg)->off + op->off, op->size);
	if (at.fixed && slot_is_spill(&at.f->slot[slot_of(at.min)]))
		return fill(v, op, &at, &at.f->slot[slot_of(at.min)]);
	return read_bytes(v, op, &at);
}

/* --- writes --- */

static int check_overwrite(struct verifier *v, const struct span *at, uint32_t size)
{
	unsigned int last = slot_of(at->min);
	int err = 0;

	for (unsigned int s = slot_of(at->max + (int32_t)size - 1); s <= last && !err; s++) {
		struct slot *slot = &at->f->slot[s];
		bool whole = at->fixed && size == 8;

		if (is_object(slot->kind[7]))
			err = stack_objects_overwrite(v, at->f, s);
		else if (!v->in->policy.leak_pointers && slot_is_spill(slot) &&
			 reg_is_ptr(slot_reg(slot)) && !whole)
			err = reject(v, STACK_CORRUPT);
	}
	return err;
}

static void spill(struct verifier *v, struct slot *s, const struct mem_op *op,
		  const struct reg *from)
{
	struct reg r = *from;
	bool fits = op->size == 8 || (r.kind == KIND_SCALAR &&
				      scalar_umax(&r.s) <= UINT64_MAX >> (64 - op->size * 8));

	/* Linux keeps all of what it knows of the register until some of it is loaded. */
	if (r.kind == KIND_SCALAR && !fits)
		reg_set_scalar(&r, v->in->policy.exact_kernel
					   ? from->s
					   : scalar_zext(&from->s, op->size * 8));
	if (r.kind == KIND_SCALAR && fits && op->value >= 0 && !scalar_is_const(&r.s)) {
		/* What is saved and what stays in the register learn together. */
		if (!r.id)
			r.id = reg_at(v, (unsigned int)op->value)->id = new_id(v);
	}
	for (unsigned int b = 0; b < 8; b++)
		if (b >= 8 - op->size)
			s->kind[b] = SLOT_SPILL;
		else if (s->kind[b] == SLOT_SPILL)
			s->kind[b] = SLOT_MISC;
	*slot_reg(s) = r;
}

/* Part of a pointer is just bytes.  Through r10 it is a slip; through an offset that was computed,
 * Linux takes it wherever it does not know the offset. */
static bool part_is_allowed(const struct verifier *v, const struct mem_op *op)
{
	return op->reg != BPF_REG_10 && v->in->policy.leak_pointers && !v->in->policy.exact_kernel;
}

/* A caller's dynptr is there while the function runs that was given it, where in memory nobody
 * knows: what is stored of it is bytes. */
static bool is_lent(const struct reg *r)
{
	return r->kind == KIND_DYNPTR;
}

static int write_fixed(struct verifier *v, const struct mem_op *op, const struct span *at)
{
	struct slot *s = &at->f->slot[slot_of(at->min)];
	struct reg value;
	uint8_t kind = SLOT_MISC;
	bool part;
	int err;

	reg_set_unknown(&value);
	if (op->value >= 0)
		value = *reg_at(v, (unsigned int)op->value);
	else if (op->is_st)
		reg_set_const(&value, (uint64_t)(int64_t)op->imm);
	path_stack(v, at->f->frameno, slot_of(at->min));
	part = reg_is_ptr(&value) && op->size != 8;
	if (part && !part_is_allowed(v, op))
		return reject(v, STACK_SPILL_SIZE);
	/* Even the caller's own: a frame between may be gone before that one is. */
	if (value.kind == KIND_STACK && !part && at->f != top(v))
		return reject(v, STACK_SPILL_CALLER);
	if (is_lent(&value) && !v->in->policy.leak_pointers)
		return reject(v, MEM_LEAK, op->value, "stack");
	if (slot_byte(at->min) == 7 && !part && !is_lent(&value) && (op->value >= 0 || op->is_st)) {
		spill(v, s, op, &value);
		prune_note(v);
		return 0;
	}
	unspill(s);
	if ((op->value >= 0 || op->is_st) && reg_is_zero(&value)) {
		err = op->value >= 0 ? precise_want(v, (unsigned int)op->value, 0, 0) : 0;
		if (err)
			return err;
		kind = SLOT_ZERO;
	}
	for (uint32_t i = 0; i < op->size; i++)
		*byte_at(at->f, at->min + (int32_t)i) = kind;
	return 0;
}

/* zero: what is written is 0, which leaves zeroes as they are. */
static int write_range(struct verifier *v, const struct span *at, uint32_t size, bool var,
		       bool zero)
{
	int err;

	for (int32_t off = at->min; off < at->max + (int32_t)size; off++) {
		uint8_t *kind = byte_at(at->f, off);

		/* Some of the bytes stay as they are: they must count as written before. */
		if (var && *kind == SLOT_INVALID && !v->in->policy.read_uninit_stack)
			return reject(v, STACK_UNINIT_VAR, 0, at->min, off - at->min, size);
		if (zero && *kind == SLOT_ZERO)
			continue;
		/* Only of the number 0 does a byte of zero leave the same number. */
		if (zero && *kind == SLOT_SPILL &&
		    reg_is_zero(slot_reg(&at->f->slot[slot_of(off)]))) {
			err = v->exact_observed
				      ? 0
				      : precise_mark_slot(v, at->f->frameno, slot_of(off));
			if (err)
				return err;
			continue;
		}
		unspill(&at->f->slot[slot_of(off)]);
		*kind = SLOT_MISC;
	}
	return 0;
}

int region_stack_write(struct verifier *v, const struct mem_op *op)
{
	struct span at;
	bool zero;
	int err = locate(v, op->reg, op->off, op->size, op->access, &at);

	if (!err)
		err = check_overwrite(v, &at, op->size);
	if (err)
		return err;
	fastcall_touch(v, at.f, at.min);
	if (at.fixed)
		return write_fixed(v, op, &at);
	if (op->value >= 0 && reg_is_ptr(reg_at(v, (unsigned int)op->value)) &&
	    !v->in->policy.leak_pointers)
		return reject(v, MEM_LEAK, op->value, "stack");
	zero = op->is_st && !op->imm;
	if (op->value >= 0 && reg_is_zero(reg_at(v, (unsigned int)op->value))) {
		zero = true;
		err = precise_mark(v, (unsigned int)op->value);
		if (err)
			return err;
	}
	return write_range(v, &at, op->size, true, zero);
}

/* --- memory of helpers --- */

static int readable_byte(struct verifier *v, unsigned int r, const struct span *at, int32_t off,
			 uint32_t size)
{
	struct slot *s = &at->f->slot[slot_of(off)];
	uint8_t kind = s->kind[slot_byte(off)];

	if (kind == SLOT_MISC || kind == SLOT_ZERO)
		return 0;
	if (kind == SLOT_SPILL && (!reg_is_ptr(slot_reg(s)) || v->in->policy.leak_pointers))
		return 0;
	if (kind == SLOT_INVALID && v->in->policy.read_uninit_stack)
		return 0;
	if (at->fixed)
		return reject(v, STACK_UNINIT_ARG, r, at->min, off - at->min, size);
	return reject(v, STACK_UNINIT_VAR, r, at->min, off - at->min, size);
}

int region_stack_arg(struct verifier *v, unsigned int r, int32_t off, uint32_t size,
		     enum access access, bool fills)
{
	struct span at;
	int err = locate(v, r, off, size, fills ? ACCESS_WRITE : access, &at);

	if (err || !size)
		return err;
	if (fills)
		fastcall_touch(v, at.f, at.min);
	if (fills && at.fixed)
		for (int32_t o = at.min; o < at.max + (int32_t)size; o++)
			if (*byte_at(at.f, o) == SLOT_DYNPTR)
				return reject(v, DYNPTR_FILL, o);
	/* At an unknown place, a helper that fills its buffer leaves the rest as it was. */
	if (!fills || !at.fixed)
		for (int32_t o = at.min; o < at.max + (int32_t)size; o++) {
			err = readable_byte(v, r, &at, o, size);
			if (err)
				return err;
		}
	if (!(access & ACCESS_WRITE))
		return 0;
	err = check_overwrite(v, &at, size);
	return err ? err : write_range(v, &at, size, false, false);
}
