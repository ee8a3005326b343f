/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may a program do with the pointers to objects that it keeps in maps?  A field that owns its
 * object is read, as something that may go away, and exchanged; one that does not is also written.
 * A type that the kernel's BTF knows is the kernel's, any other one is the program's own.
 */
#include "verify/kptr.h"

#include <string.h>

#include "btf/kept.h"
#include "verify/sections.h"
#include "verify/typed_call.h"

bool kptr_is(const struct btf_field *f)
{
	return f->kind == FIELD_KPTR_UNREF || f->kind == FIELD_KPTR_REF ||
	       f->kind == FIELD_KPTR_PERCPU || f->kind == FIELD_UPTR;
}

static bool owns(const struct btf_field *f)
{
	return f->kind == FIELD_KPTR_REF || f->kind == FIELD_KPTR_PERCPU;
}

static const char *name_of(const struct btf_field *f)
{
	return f->kind == FIELD_KPTR_UNREF ? "kptr" : btf_field_name(f->kind);
}

/* What a field points to. */
struct pointee {
	const char *name;
	uint32_t id; /* in the kernel's types, or in the program's */
	bool in_kernel;
};

static int find_pointee(struct verifier *v, const struct btf_blob *btf, const struct btf_field *f,
			struct pointee *ret)
{
	const struct btf_type *t = btf_type(btf, f->type_id);

	ret->name = t ? btf_name(btf, t->name_off) : "";
	ret->id = *ret->name ? typed_find(v, ret->name) : 0;
	ret->in_kernel = ret->id;
	if (ret->id)
		return 0;
	ret->id = f->type_id;
	return btf == v->in->btf ? 0
				 : reject(v, UNSUPPORTED, "a kptr to types of another object file");
}

/* --- what may be stored --- */

static int wrong_type(struct verifier *v, unsigned int r, const struct btf_field *f,
		      const struct pointee *to)
{
	const struct reg *reg = reg_at(v, r);
	const struct btf_type *t = reg->kind == KIND_OBJECT ? btf_type(v->in->btf, reg->obj) : NULL;
	const char *have = reg->kind == KIND_BTF_OBJ ? typed_name(v, reg)
			   : t                       ? btf_name(v->in->btf, t->name_off)
						     : "";
	char type[48];
	struct text text;

	text_init(&text, type, sizeof(type));
	reg_print_type(&text, reg);
	if (f->kind == FIELD_KPTR_UNREF)
		return reject_text(v, KPTR_ACCESS,
				   "invalid kptr access, R%u type=%s%s expected=ptr_%s or "
				   "untrusted_ptr_%s",
				   r, type, have, to->name, to->name);
	return reject_text(v, KPTR_ACCESS, "invalid kptr access, R%u type=%s%s expected=ptr_%s", r,
			   type, have, to->name);
}

static bool may_point(const struct reg *reg, const struct btf_field *f, const struct pointee *to)
{
	if (to->in_kernel)
		return reg->kind == KIND_BTF_OBJ && !(reg->range & (TYPED_USER | TYPED_PERCPU)) &&
		       (f->kind == FIELD_KPTR_UNREF || !(reg->range & TYPED_UNTRUSTED));
	return reg->kind == KIND_OBJECT && !reg->range && !(reg->flags & REG_NON_OWNING) &&
	       !(reg->flags & REG_OBJ_PERCPU) == (f->kind != FIELD_KPTR_PERCPU);
}

static int check_value(struct verifier *v, unsigned int r, const struct btf_field *f,
		       const struct pointee *to)
{
	const struct reg *reg = reg_at(v, r);
	int err;

	if (!may_point(reg, f, to))
		return wrong_type(v, r, f, to);
	err = to->in_kernel ? typed_check_offset(v, r, false) : 0;
	if (err)
		return err;
	if (f->kind == FIELD_KPTR_UNREF && to->in_kernel)
		return btf_access_holds(typed_btf(v), reg->obj, (uint32_t)reg->off, to->id)
			       ? 0
			       : wrong_type(v, r, f, to);
	if (reg->off || !scalar_is_const(&reg->s) || scalar_const_value(&reg->s) ||
	    (to->in_kernel ? btf_type(typed_btf(v), reg->obj) != btf_type(typed_btf(v), to->id)
			   : reg->obj != to->id))
		return wrong_type(v, r, f, to);
	return 0;
}

/* --- loads and stores --- */

/* Objects of these types live until the RCU section ends, whoever lets go of them. */
static bool is_rcu_safe(const struct btf_field *f, const struct pointee *to)
{
	if (f->kind == FIELD_KPTR_PERCPU)
		return true;
	if (f->kind != FIELD_KPTR_REF)
		return false;
	return !to->in_kernel || kept_until_rcu(to->name);
}

static void set_nullable(struct verifier *v, struct reg *dst)
{
	dst->flags |= REG_NULLABLE;
	dst->id = new_id(v);
}

static int load(struct verifier *v, struct reg *dst, const struct btf_record *rec,
		const struct btf_field *f)
{
	const struct btf_type *t = btf_type(rec->btf, f->type_id);
	struct pointee to = { 0 };
	unsigned int trust;
	int err;

	typed_needs_kernel(v, "it keeps objects of a kernel in maps");
	if (f->kind == FIELD_UPTR) {
		reg_set_ptr(dst, KIND_MEM);
		dst->obj = t ? t->size : 0;
		set_nullable(v, dst);
		return 0;
	}
	err = find_pointee(v, rec->btf, f, &to);
	if (err)
		return err;
	trust = is_rcu_safe(f, &to) && section_rcu(v) ? TYPED_RCU : TYPED_UNTRUSTED;
	if (to.in_kernel) {
		typed_set(v, dst, to.id, trust, true);
		return 0;
	}
	reg_set_ptr(dst, KIND_OBJECT);
	dst->obj = to.id;
	dst->range = (uint16_t)trust;
	set_nullable(v, dst);
	if (f->kind == FIELD_KPTR_PERCPU)
		dst->flags |= REG_OBJ_PERCPU;
	return 0;
}

static int store(struct verifier *v, const struct mem_op *op, const struct btf_record *rec,
		 const struct btf_field *f)
{
	struct pointee to = { 0 };
	int err;

	if (owns(f))
		return reject_text(v, KPTR_ACCESS, "store to referenced kptr disallowed");
	if (f->kind == FIELD_UPTR)
		return reject_text(v, KPTR_ACCESS, "store to uptr disallowed");
	if (op->is_st)
		return op->imm ? reject_text(v, KPTR_ACCESS,
					     "BPF_ST imm must be 0 when storing to kptr at off=%u",
					     f->off)
			       : 0;
	typed_needs_kernel(v, "it keeps objects of a kernel in maps");
	if (reg_is_zero(reg_at(v, (unsigned int)op->value)))
		return precise_mark(v, (unsigned int)op->value);
	err = find_pointee(v, rec->btf, f, &to);
	return err ? err : check_value(v, (unsigned int)op->value, f, &to);
}

int kptr_access(struct verifier *v, const struct mem_op *op, const struct btf_record *rec,
		const struct btf_field *f, int64_t at)
{
	const struct reg *r = reg_at(v, op->reg);

	if (op->value < 0 && !op->is_st && !op->is_atomic)
		return reject_text(v, KPTR_ACCESS, "%s cannot be accessed indirectly by helper",
				   name_of(f));
	if (!scalar_is_const(&r->s))
		return reject_text(v, KPTR_ACCESS, "%s access cannot have variable offset",
				   name_of(f));
	if (at != f->off)
		return reject_text(v, KPTR_ACCESS, "%s access misaligned expected=%u off=%lld",
				   name_of(f), f->off, (long long)at);
	if (op->size != 8)
		return reject_text(v, KPTR_ACCESS, "%s access size must be BPF_DW", name_of(f));
	if (op->is_atomic || op->sign_extend)
		return reject_text(
			v, KPTR_ACCESS,
			"kptr in map can only be accessed using BPF_MEM instruction mode");
	if (op->access & ACCESS_WRITE)
		return store(v, op, rec, f);
	return load(v, reg_at(v, (unsigned int)op->value), rec, f);
}

/* --- exchange --- */

static bool has_kptr(const struct btf_record *rec)
{
	return rec &&
	       (btf_record_find(rec, FIELD_KPTR_UNREF) || btf_record_find(rec, FIELD_KPTR_REF) ||
		btf_record_find(rec, FIELD_KPTR_PERCPU));
}

int kptr_slot_arg(struct verifier *v, struct call *c, unsigned int r)
{
	const struct reg *reg = reg_at(v, r);
	const struct btf_record *rec = field_record(v, reg);
	const struct btf_field *f;
	int64_t off;

	if (!scalar_is_const(&reg->s))
		return reject_text(v, CALL_FIELD,
				   "R%u doesn't have constant offset. kptr has to be at the "
				   "constant offset",
				   r);
	if (!has_kptr(rec))
		return reject_text(v, CALL_FIELD, "R%u has no valid kptr", r);
	off = reg->off + (int64_t)scalar_const_value(&reg->s);
	f = off < 0 ? NULL : btf_record_at(rec, (uint64_t)off);
	if (!f || !kptr_is(f) || f->kind == FIELD_UPTR)
		return reject_text(v, CALL_FIELD, "off=%lld doesn't point to kptr", (long long)off);
	if (!owns(f))
		return reject_text(v, CALL_FIELD, "off=%lld kptr isn't referenced kptr",
				   (long long)off);
	c->kptr = f;
	c->kptr_btf = rec->btf;
	return 0;
}

int kptr_value_arg(struct verifier *v, struct call *c, unsigned int r)
{
	const struct reg *reg = reg_at(v, r);
	struct pointee to = { 0 };
	int err;

	if (reg_is_zero(reg))
		return precise_mark(v, r);
	if (reg->flags & REG_NULLABLE)
		return reject(v, CALL_NULL, r);
	err = find_pointee(v, c->kptr_btf, c->kptr, &to);
	if (!err)
		err = check_value(v, r, c->kptr, &to);
	if (err)
		return err;
	if (!reg->ref)
		return reject(v, REF_RELEASE, r);
	c->releases[r - 1] = true;
	return 0;
}

static void keep_percpu(struct reg *r, uint32_t ref)
{
	if (r->kind != KIND_OBJECT || !(r->flags & REG_OBJ_PERCPU) || r->ref != ref)
		return;
	r->ref = 0;
	r->range |= TYPED_RCU;
}

/* What every CPU has a copy of may be looked at until the RCU section ends. */
void kptr_give(struct verifier *v, uint32_t ref)
{
	struct state *st = v->cur;

	if (!section_rcu(v))
		return;
	for (uint32_t f = 0; f < st->n_frames; f++) {
		struct frame *fr = st->frame[f];

		for (int i = 0; i < BPF_REG_10; i++)
			keep_percpu(&fr->reg[i], ref);
		for (int s = 0; s < fr->n_slots; s++)
			if (slot_is_spill(&fr->slot[s]))
				keep_percpu(slot_reg(&fr->slot[s]), ref);
	}
}

int kptr_result(struct verifier *v, const struct call *c, struct reg *r0)
{
	struct pointee to = { 0 };
	uint32_t id;
	int err = c->kptr ? find_pointee(v, c->kptr_btf, c->kptr, &to)
			  : reject(v, INTERNAL, "no kptr");

	if (!err)
		err = ref_acquire(v, REF_PTR, &id);
	if (err)
		return err;
	typed_needs_kernel(v, "it keeps objects of a kernel in maps");
	if (to.in_kernel) {
		typed_set(v, r0, to.id, 0, true);
	} else {
		reg_set_ptr(r0, KIND_OBJECT);
		r0->obj = to.id;
		r0->flags |= REG_NULLABLE;
		if (c->kptr->kind == FIELD_KPTR_PERCPU)
			r0->flags |= REG_OBJ_PERCPU;
	}
	r0->ref = id;
	r0->id = id;
	return 0;
}
