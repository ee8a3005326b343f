/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of a known size that is neither stack, map nor packet: ring buffer records, memory behind
 * a host's context, arguments of global functions, socket fields.
 */
#include "helper/ctx.h"
#include "verify/env.h"

enum {
	FLOW_KEYS_SIZE = sizeof(struct bpf_flow_keys)
};

static void set_loaded(struct verifier *v, const struct mem_op *op)
{
	struct scalar s = scalar_unknown();

	if (op->value >= 0 && op->access & ACCESS_READ)
		reg_set_scalar(reg_at(v, (unsigned int)op->value),
			       op->size < 8 ? scalar_zext(&s, op->size * 8) : s);
}

int region_mem(struct verifier *v, const struct mem_op *op)
{
	const struct reg *r = reg_at(v, op->reg);
	uint32_t limit = r->obj;
	int err;

	if (op->access & ACCESS_WRITE && r->flags & REG_RDONLY)
		return reject(v, MEM_READ_ONLY, op->reg,
			      r->range & TYPED_UNTRUSTED ? "rdonly_untrusted_mem" : "rdonly_mem");
	/* Any address: the kernel's loads through it cannot fault. */
	if (r->range & TYPED_UNTRUSTED) {
		set_loaded(v, op);
		return 0;
	}
	if (r->kind == KIND_TP_BUFFER)
		return region_buffer(v, op);
	if (r->kind == KIND_FLOW_KEYS)
		limit = FLOW_KEYS_SIZE;
	err = region_bounds(v, op, limit);
	if (!err)
		err = offset_accessed(v, op, limit);
	if (!err)
		set_loaded(v, op);
	return err;
}

/* Fields of sockets: numbers at constant offsets, read only. */
int region_sock(struct verifier *v, const struct mem_op *op)
{
	const struct reg *r = reg_at(v, op->reg);
	const struct ctx_type *fields =
		&ctx_types[r->kind == KIND_TCP_SOCK   ? CTX_TYPE_TCP_SOCK
			   : r->kind == KIND_XDP_SOCK ? CTX_TYPE_XDP_SOCK
			   : r->kind == KIND_SOCKET   ? CTX_TYPE_SOCK_PTR
						      : CTX_TYPE_SOCK_COMMON_PTR];
	int64_t at = (int64_t)r->off + op->off;

	if (op->access & ACCESS_WRITE)
		return reject(v, MEM_READ_ONLY, op->reg, kind_row(r->kind)->name);
	if (at < 0 || !ctx_field_access(fields, (uint32_t)at, op->size, false))
		return reject(v, SOCK_FIELD, op->reg, kind_row(r->kind)->name, at, op->size);
	set_loaded(v, op);
	return 0;
}

int rule_mem_arg(struct verifier *v, unsigned int r, uint32_t size, enum access access, bool fills,
		 bool zero_ok)
{
	struct mem_op op = { .reg = r, .size = size, .access = access, .value = -1 };
	const struct reg *reg = reg_at(v, r);
	int err = rule_readable(v, r);

	if (err || (!size && zero_ok && reg->kind != KIND_SCALAR))
		return err;
	if (reg->kind == KIND_STACK)
		return region_stack_arg(v, r, 0, size, access, fills);
	/* A helper's buffer is written, not read, where the helper fills it. */
	if (fills)
		op.access = ACCESS_WRITE;
	switch ((enum ptr_kind)reg->kind) {
	case KIND_MAP_VALUE: return region_map(v, &op);
	case KIND_MAP_KEY: return region_map_key(v, &op);
	case KIND_PACKET:
	case KIND_PACKET_META: return region_packet(v, &op);
	case KIND_MEM: return region_mem(v, &op);
	case KIND_BTF_OBJ: return region_typed(v, &op);
	case KIND_BUF: return region_buffer(v, &op);
	case KIND_CTX:
		if (v->type->type == BPF_PROG_TYPE_SYSCALL)
			return region_ctx_arg(v, &op);
		break;
	case KIND_NOT_INIT:
	case KIND_SCALAR:
	case KIND_FLOW_KEYS:
	case KIND_MAP_PTR:
	case KIND_TP_BUFFER:
	case KIND_STACK:
	case KIND_PACKET_END:
	case KIND_SOCKET:
	case KIND_SOCK_COMMON:
	case KIND_TCP_SOCK:
	case KIND_XDP_SOCK:
	case KIND_FUNC:
	case KIND_DYNPTR:
	case KIND_ITER:
	case KIND_ARENA:
	case KIND_OBJECT:
	case N_PTR_KINDS: break;
	}
	return reject(v, CALL_ARG_TYPE, r, kind_row(reg->kind)->name, "fp");
}
