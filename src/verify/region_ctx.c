/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which fields of the context may a program of this type use, and what do they hold?  The table is
 * the type's; rewrite.c moves the accesses to the real layout.
 */
#include "verify/typed_call.h"

static bool fits(const struct ctx_type *ctx, const struct mem_op *op, uint32_t off)
{
	bool write = op->access & ACCESS_WRITE;
	const struct ctx_field *f = ctx_field_access(ctx, off, op->size, write);

	/* Pointers are loaded whole, whatever size the program sees: nothing to sign extend. */
	if (f && f->kind != CTX_SCALAR)
		return off == f->off && op->size == f->size && !op->sign_extend;
	return f && (!(op->access & ACCESS_READ) || f->access & CTX_READ);
}

static bool permitted(const struct verifier *v, const struct ctx_field *f, const struct mem_op *op)
{
	unsigned int needs = op->access & ACCESS_WRITE ? CTX_BPF_WRITE : CTX_BPF_READ;

	return v->in->policy.cap_bpf || !(f->access & needs);
}

static void set_pointer(struct reg *dst, enum ptr_kind kind, bool nullable, uint32_t id)
{
	reg_set_ptr(dst, kind);
	if (!nullable)
		return;
	dst->flags |= REG_NULLABLE;
	dst->id = id;
}

static int set_loaded(struct verifier *v, const struct ctx_field *f, const struct mem_op *op)
{
	struct reg *dst = reg_at(v, (unsigned int)op->value);
	struct scalar s = scalar_unknown();

	switch ((enum ctx_kind)f->kind) {
	case CTX_SCALAR:
		reg_set_scalar(dst, op->size < 8 ? scalar_zext(&s, op->size * 8) : s);
		return 0;
	case CTX_PACKET: set_pointer(dst, KIND_PACKET, false, 0); return 0;
	case CTX_PACKET_META: set_pointer(dst, KIND_PACKET_META, false, 0); return 0;
	case CTX_PACKET_END: set_pointer(dst, KIND_PACKET_END, false, 0); return 0;
	case CTX_MEM:
	case CTX_MEM_OR_NULL:
		set_pointer(dst, KIND_MEM, f->kind == CTX_MEM_OR_NULL, new_id(v));
		dst->obj = f->mem_size;
		if (!(f->access & CTX_MEM_WRITE))
			dst->flags |= REG_RDONLY;
		return 0;
	case CTX_SOCK_COMMON_OR_NULL: set_pointer(dst, KIND_SOCK_COMMON, true, new_id(v)); return 0;
	case CTX_SOCKET: set_pointer(dst, KIND_SOCKET, false, 0); return 0;
	case CTX_SOCKET_OR_NULL: set_pointer(dst, KIND_SOCKET, true, new_id(v)); return 0;
	case CTX_BTF: return typed_result(v, f->btf_type, TYPED_TRUSTED, false, dst);
	case CTX_FLOW_KEYS: set_pointer(dst, KIND_FLOW_KEYS, false, 0); return 0;
	case CTX_TP_BUFFER: set_pointer(dst, KIND_TP_BUFFER, false, 0); return 0;
	}
	return reject(v, INTERNAL, "context field");
}

int region_ctx(struct verifier *v, const struct mem_op *op)
{
	const struct reg *r = reg_at(v, op->reg);
	const struct ctx_field *f = NULL;
	int64_t off = (int64_t)r->off + op->off;

	if (!scalar_is_const(&r->s) || scalar_const_value(&r->s))
		return reject(v, CTX_VARIABLE, kind_row(KIND_CTX)->name, r->s.bits);
	if (r->off < 0)
		return reject(v, CTX_NEGATIVE, kind_row(KIND_CTX)->name, op->reg, r->off);
	if (r->off)
		return reject(v, CTX_MODIFIED, kind_row(KIND_CTX)->name, op->reg, r->off);
	if ((v->target.proto || v->target.numbers) && off >= 0 && off <= UINT16_MAX)
		return region_typed_ctx(v, op, (uint32_t)off);
	if (off < 0 || off > UINT16_MAX || !v->type->ctx)
		return reject(v, CTX_FIELD, off, op->size);
	f = ctx_field_at(v->type->ctx, (uint32_t)off, op->size);
	if (!f || !fits(v->type->ctx, op, (uint32_t)off) || !permitted(v, f, op))
		return reject(v, CTX_FIELD, off, op->size);
	if (op->is_atomic)
		return reject(v, MEM_ATOMIC_KIND, op->reg, kind_row(KIND_CTX)->name);
	v->info[v->at].field = f;
	if (op->value >= 0 && op->access & ACCESS_READ)
		return set_loaded(v, f, op);
	return 0;
}

/* What system call programs are given is memory of the caller: its last byte is in the field or
 * not. */
int region_ctx_arg(struct verifier *v, const struct mem_op *arg)
{
	struct mem_op op = *arg;
	uint32_t last;
	int err;

	op.off += (int32_t)op.size - 1;
	op.size = 1;
	err = region_ctx(v, &op);
	v->info[v->at].field = NULL;
	if (err)
		return err;
	last = (uint32_t)(reg_at(v, op.reg)->off + op.off);
	if (v->facts->ctx_bytes <= last)
		v->facts->ctx_bytes = last + 1;
	last /= 8;
	v->facts->ctx_read_words |= UINT64_MAX >> (last < 63 ? 63 - last : 0);
	v->facts->ctx_written_words |= UINT64_MAX >> (last < 63 ? 63 - last : 0);
	return 0;
}
