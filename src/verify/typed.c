/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may be read through a pointer to an object of a kernel, and what does it yield?  Members are
 * found by offset in the kernel's BTF; how far the pointers in them may be trusted, the kernel says
 * in types of their own ("task_struct__safe_rcu").
 */
#include "ring3/bpf.h"
#include "verify/sections.h"
#include "verify/typed.h"

#include <stdio.h>
#include <string.h>

void typed_needs_kernel(struct verifier *v, const char *why)
{
	if (!v->facts->needs_kernel)
		v->facts->needs_kernel = why;
}

const struct btf_kernel *typed_kernel(struct verifier *v)
{
	if (!v->kernel && v->in->kernel)
		v->kernel = v->in->kernel(v->in->kernel_arg);
	if (v->kernel)
		v->names.types = btf_kernel_types(v->kernel);
	return v->kernel;
}

const char *typed_name(const struct verifier *v, const struct reg *r)
{
	const struct btf_type *t = btf_type(typed_btf(v), r->obj);

	return t ? btf_name(typed_btf(v), t->name_off) : "";
}

void typed_set(struct verifier *v, struct reg *dst, uint32_t type, unsigned int trust,
	       bool nullable)
{
	reg_set_ptr(dst, KIND_BTF_OBJ);
	dst->obj = type;
	dst->range = (uint16_t)trust;
	if (nullable) {
		dst->flags |= REG_NULLABLE;
		dst->id = new_id(v);
	}
	typed_needs_kernel(v, "it reads objects of a kernel");
}

void typed_set_untrusted(struct verifier *v, struct reg *dst, uint32_t type)
{
	if (type) {
		typed_set(v, dst, type, TYPED_UNTRUSTED, false);
		return;
	}
	reg_set_ptr(dst, KIND_MEM);
	dst->flags = REG_RDONLY;
	dst->range = TYPED_UNTRUSTED;
	typed_needs_kernel(v, "it reads memory that nobody vouches for");
}

bool typed_is_trusted(const struct reg *r)
{
	if (r->flags & REG_NULLABLE || r->range & (TYPED_UNTRUSTED | TYPED_USER | TYPED_PERCPU))
		return false;
	return r->ref || r->range & TYPED_TRUSTED;
}

/* --- the context --- */

static void set_buffer(struct verifier *v, struct reg *dst, bool rdonly)
{
	reg_set_ptr(dst, KIND_BUF);
	dst->flags = (uint8_t)(REG_NULLABLE | (rdonly ? REG_RDONLY : 0));
	dst->id = new_id(v);
}

int region_typed_ctx(struct verifier *v, const struct mem_op *op, uint32_t off)
{
	struct reg *dst = reg_at(v, (unsigned int)(op->value < 0 ? 0 : op->value));
	struct scalar s = scalar_unknown();
	struct typed_value value;
	int err;

	if (op->access != ACCESS_READ || op->is_atomic || off % op->size || off >= 12 * 8)
		return reject(v, CTX_FIELD, off, op->size);
	if (off % 8)
		return reject(v, TARGET_ALIGN, v->target.name, off);
	err = target_arg(v, op, off, &value);
	if (err || op->value < 0)
		return err;
	if (value.is_buffer)
		set_buffer(v, dst, value.rdonly);
	else if (value.is_scalar)
		reg_set_scalar(dst, op->size < 8 ? scalar_zext(&s, op->size * 8) : s);
	else
		typed_set(v, dst, value.type, value.trust, value.nullable);
	if (value.ref)
		dst->ref = value.ref;
	return 0;
}

/* --- members --- */

static int refuse_access(struct verifier *v, const struct mem_op *op, const struct btf_access *a)
{
	switch ((enum btf_access_kind)a->kind) {
	case BTF_ACCESS_NOT_STRUCT: return reject(v, INTERNAL, "not a struct");
	case BTF_ACCESS_BEYOND: return reject(v, TYPED_BEYOND, a->owner, a->off, op->size);
	case BTF_ACCESS_MEMBER_END:
		return reject(v, TYPED_MEMBER_END, a->member, a->at, a->owner, a->off, op->size);
	case BTF_ACCESS_NO_FIELD: return reject(v, TYPED_NO_FIELD, a->owner, a->off);
	case BTF_ACCESS_PART_OF_PTR:
		return reject(v, TYPED_PART_OF_PTR, a->member, a->at, a->owner, a->off, op->size);
	case BTF_ACCESS_SCALAR:
	case BTF_ACCESS_MEM:
	case BTF_ACCESS_PTR: break;
	}
	return 0;
}

/* Does the kernel vouch for this member of this struct in this way? */
static bool is_safe(const struct verifier *v, const struct reg *r, const struct btf_access *a,
		    const char *how)
{
	const struct btf_blob *btf = typed_btf(v);
	const struct btf_member *m;
	const struct btf_type *ptr;
	uint32_t list, bit;
	char name[128];

	if (snprintf(name, sizeof(name), "%s%s", typed_name(v, r), how) >= (int)sizeof(name))
		return false;
	list = btf_kernel_find(v->kernel, name, BTF_KIND_STRUCT);
	m = list ? btf_member_named(btf, list, a->member, &bit) : NULL;
	ptr = m ? btf_type(btf, btf_strip(btf, m->type)) : NULL;
	return ptr && btf_kind_of(ptr) == BTF_KIND_PTR && btf_strip(btf, ptr->type) == a->type;
}

static unsigned int tag_trust(const struct btf_access *a)
{
	return (a->tags & BTF_TAG_USER ? TYPED_USER : 0u) |
	       (a->tags & BTF_TAG_PERCPU ? TYPED_PERCPU : 0u);
}

/* A pointer read through one that is valid now. */
static unsigned int member_trust(const struct verifier *v, const struct reg *r,
				 const struct btf_access *a, bool *ret_nullable)
{
	*ret_nullable = false;
	if (is_safe(v, r, a, "__safe_trusted"))
		return tag_trust(a) | TYPED_TRUSTED;
	if (is_safe(v, r, a, "__safe_trusted_or_null")) {
		*ret_nullable = true;
		return tag_trust(a) | TYPED_TRUSTED;
	}
	if (!section_rcu(v))
		return TYPED_UNTRUSTED;
	if (is_safe(v, r, a, "__safe_rcu"))
		return tag_trust(a) | TYPED_RCU;
	if (is_safe(v, r, a, "__safe_rcu_or_null")) {
		*ret_nullable = true;
		return tag_trust(a) | TYPED_RCU;
	}
	if (a->tags & BTF_TAG_RCU) {
		*ret_nullable = true;
		return tag_trust(a) | TYPED_RCU | (a->tags & BTF_TAG_UNION ? TYPED_UNTRUSTED : 0u);
	}
	return tag_trust(a) | (a->tags & BTF_TAG_UNION ? TYPED_UNTRUSTED : 0u);
}

static void set_member(struct verifier *v, const struct mem_op *op, struct reg r,
		       const struct btf_access *a)
{
	struct reg *dst = reg_at(v, (unsigned int)op->value);
	struct scalar s = scalar_unknown();
	bool nullable = false;
	unsigned int trust;

	if (a->kind == BTF_ACCESS_SCALAR) {
		reg_set_scalar(dst, op->size < 8 ? scalar_zext(&s, op->size * 8) : s);
		return;
	}
	if (a->kind == BTF_ACCESS_MEM) {
		reg_set_ptr(dst, KIND_MEM);
		dst->flags = REG_RDONLY;
		dst->range = TYPED_UNTRUSTED;
		return;
	}
	if (r.range & TYPED_UNTRUSTED)
		trust = TYPED_UNTRUSTED;
	else if (typed_is_trusted(&r) || r.range & TYPED_RCU)
		trust = member_trust(v, &r, a, &nullable);
	else
		trust = tag_trust(a) | (a->tags & BTF_TAG_UNION ? TYPED_UNTRUSTED : 0u);
	typed_set(v, dst, a->type, trust, nullable);
}

static int check_reg(struct verifier *v, const struct mem_op *op)
{
	const struct reg *r = reg_at(v, op->reg);
	int64_t off = (int64_t)r->off + op->off;
	const char *name = typed_name(v, r);

	if (!v->in->policy.leak_pointers)
		return reject(v, TYPED_PERFMON, name);
	if (!v->in->gpl)
		return reject(v, TYPED_GPL, name);
	if (off < 0)
		return reject(v, TYPED_NEGATIVE, op->reg, name, off);
	if (!scalar_is_const(&r->s) || scalar_const_value(&r->s))
		return reject(v, TYPED_VARIABLE, op->reg, name, off, r->s.bits);
	if (r->range & TYPED_USER)
		return reject(v, TYPED_ELSEWHERE, op->reg, name, "user", off);
	if (r->range & TYPED_PERCPU)
		return reject(v, TYPED_ELSEWHERE, op->reg, name, "percpu", off);
	if (op->access == ACCESS_READ)
		return 0;
	if (!v->target.ops && r->range & TYPED_UNTRUSTED)
		return reject(v, TYPED_WRITE);
	return struct_ops_write(v, r->obj, off, op->size);
}

/* Of what r, which may be no register's, points to. */
static int read_member(struct verifier *v, const struct mem_op *op, struct reg r, uint32_t off)
{
	struct btf_access a;
	int err;

	btf_access(typed_btf(v), r.obj, off, op->size, &a);
	err = refuse_access(v, op, &a);
	if (!err && op->value >= 0)
		set_member(v, op, r, &a);
	return err;
}

int region_typed(struct verifier *v, const struct mem_op *op)
{
	const struct reg *r = reg_at(v, op->reg);
	int err = check_reg(v, op);

	if (err || op->access == ACCESS_WRITE)
		return err;
	return read_member(v, op, *r, (uint32_t)(r->off + op->off));
}

int typed_read(struct verifier *v, const struct mem_op *op, uint32_t type, uint32_t off)
{
	struct reg r = { .kind = KIND_BTF_OBJ, .obj = type };

	return read_member(v, op, r, off);
}

/* Memory whose size is the map's that a program is attached with: constant offsets, any size. */
int region_buffer(struct verifier *v, const struct mem_op *op)
{
	const struct reg *r = reg_at(v, op->reg);
	const char *name = r->kind == KIND_TP_BUFFER ? "tracepoint"
			   : r->flags & REG_RDONLY   ? "rdonly"
						     : "rdwr";
	int64_t off = (int64_t)r->off + op->off;
	struct scalar s = scalar_unknown();

	/* A system call, that one can be changed in user space: whose programs run here. */
	if (r->kind != KIND_TP_BUFFER || off + op->size > (int64_t)sizeof(struct ring3_syscall))
		typed_needs_kernel(v, "it is given a buffer of a kernel");
	if (op->access & ACCESS_WRITE && r->flags & REG_RDONLY)
		return reject(v, MEM_READ_ONLY, op->reg, "rdonly_buf");
	if (off < 0)
		return reject(v, BUFFER_NEGATIVE, op->reg, name, off, op->size);
	if (!scalar_is_const(&r->s) || scalar_const_value(&r->s))
		return reject(v, BUFFER_VARIABLE, op->reg, off, r->s.bits);
	if (op->value >= 0 && op->access & ACCESS_READ)
		reg_set_scalar(reg_at(v, (unsigned int)op->value),
			       op->size < 8 ? scalar_zext(&s, op->size * 8) : s);
	return 0;
}
