/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which kernel objects may a helper be given, and which does it return?  By the type names in
 * helpers.def; variables of the kernel (ldimm64 of a BTF id) and their per-CPU copies too.
 */
#include <string.h>

#include "verify/typed_call.h"

uint32_t typed_find(struct verifier *v, const char *name)
{
	return typed_kernel(v) ? btf_kernel_find(v->kernel, name, BTF_KIND_STRUCT) : 0;
}

static void print_expected(const struct verifier *v, uint32_t type, struct text *t)
{
	const struct btf_type *want = btf_type(typed_btf(v), type);

	text_add(t, "%s", want ? btf_name(typed_btf(v), want->name_off) : "");
}

/* An object of the type, or one that holds such an object where the register points to. */
int typed_check_type(struct verifier *v, unsigned int r, uint32_t want)
{
	const struct reg *reg = reg_at(v, r);
	char name[64];
	struct text t;

	if (want && btf_access_holds(typed_btf(v), reg->obj, (uint32_t)reg->off, want))
		return 0;
	text_init(&t, name, sizeof(name));
	print_expected(v, want, &t);
	return reject(v, TYPED_OTHER, r, typed_name(v, reg), (const char *)name);
}

int typed_check_offset(struct verifier *v, unsigned int r, bool must_be_zero)
{
	const struct reg *reg = reg_at(v, r);

	if (!scalar_is_const(&reg->s) || scalar_const_value(&reg->s))
		return reject(v, TYPED_VARIABLE, r, typed_name(v, reg), (int64_t)reg->off,
			      reg->s.bits);
	if (reg->off < 0)
		return reject(v, TYPED_NEGATIVE, r, typed_name(v, reg), (int64_t)reg->off);
	return must_be_zero && reg->off ? reject(v, REF_OFFSET, r) : 0;
}

int typed_arg(struct verifier *v, unsigned int r, const char *type, bool released)
{
	int err;

	if (!typed_kernel(v))
		return reject(v, TARGET_NO_BTF);
	err = typed_check_offset(v, r, released);
	return err ? err : typed_check_type(v, r, type ? typed_find(v, type) : 0);
}

bool typed_packets(const struct verifier *v)
{
	return v->type->groups & (HELPER_GROUP_NETFILTER | HELPER_GROUP_BTF_TP);
}

int typed_packet_arg(struct verifier *v, unsigned int r)
{
	const struct reg *reg = reg_at(v, r);

	if (reg->kind != KIND_BTF_OBJ || reg->flags & REG_NULLABLE || !typed_is_trusted(reg))
		return reject(v, CALL_ARG_TYPE, r, kind_row(reg->kind)->name, "trusted_ptr_");
	return typed_arg(v, r, "sk_buff", true);
}

int typed_map_arg(struct verifier *v, const struct helper_proto *h, unsigned int r)
{
	const struct reg *reg = reg_at(v, r);

	if (strncmp(h->name, "bpf_arena_", 10) || !typed_is_trusted(reg))
		return reject(v, CALL_ARG_TYPE, r, kind_row(reg->kind)->name, "map_ptr");
	return typed_arg(v, r, "bpf_map", false);
}

const char *typed_ctx_name(const struct prog_type *type)
{
	static const char *const names[][2] = {
		{ "__sk_buff", "sk_buff" },
		{ "xdp_md", "xdp_buff" },
		{ "bpf_sock_addr", "bpf_sock_addr_kern" },
		{ "bpf_sock_ops", "bpf_sock_ops_kern" },
		{ "sk_msg_md", "sk_msg" },
		{ "bpf_sk_lookup", "bpf_sk_lookup_kern" },
		{ "sk_reuseport_md", "sk_reuseport_kern" },
		{ "bpf_sock", "sock" },
		{ "bpf_sysctl", "bpf_sysctl_kern" },
		{ "bpf_sockopt", "bpf_sockopt_kern" },
		{ "bpf_cgroup_dev_ctx", "bpf_cgroup_dev_ctx" },
		{ "bpf_perf_event_data", "bpf_perf_event_data_kern" },
		{ "bpf_user_pt_regs_t", "pt_regs" },
		{ "pt_regs", "pt_regs" },
	};

	for (size_t i = 0; type->ctx && i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i][0], type->ctx->name))
			return names[i][1];
	return NULL;
}

int typed_result(struct verifier *v, const char *type, unsigned int trust, bool nullable,
		 struct reg *r0)
{
	uint32_t id = typed_find(v, type);

	if (!v->kernel)
		return reject(v, TARGET_NO_BTF);
	if (!id)
		return reject(v, TYPED_UNKNOWN, type);
	typed_set(v, r0, id, trust, nullable);
	return 0;
}

/* --- variables --- */

static bool is_percpu(const struct verifier *v, uint32_t var)
{
	const struct btf_blob *btf = typed_btf(v);
	uint32_t sec = btf_kernel_find(v->kernel, ".data..percpu", BTF_KIND_DATASEC);
	const struct btf_type *t = sec ? btf_type(btf, sec) : NULL;
	const struct btf_var_secinfo *info = t ? (const void *)(t + 1) : NULL;

	for (unsigned int i = 0; info && i < btf_vlen_of(t); i++)
		if (info[i].type == var)
			return true;
	return false;
}

static void set_memory(struct verifier *v, struct reg *dst, int64_t size)
{
	reg_set_ptr(dst, KIND_MEM);
	dst->flags = REG_RDONLY;
	dst->obj = size > 0 ? (uint32_t)size : 0;
	typed_needs_kernel(v, "it reads variables of a kernel");
}

int typed_variable(struct verifier *v, const struct bpf_insn *insn)
{
	struct reg *dst = reg_at(v, insn->dst_reg);
	uint32_t id = (uint32_t)insn->imm, of;
	const struct btf_type *t;

	if (!typed_kernel(v))
		return reject(v, TARGET_NO_BTF);
	t = btf_type(typed_btf(v), id);
	if (insn[1].imm || !t)
		return reject(v, TYPED_VAR, id);
	if (btf_kind_of(t) == BTF_KIND_FUNC) {
		set_memory(v, dst, 0);
		return STEP_NEXT;
	}
	if (btf_kind_of(t) != BTF_KIND_VAR)
		return reject(v, TYPED_VAR, id);
	of = btf_strip(typed_btf(v), t->type);
	if (is_percpu(v, id))
		typed_set(v, dst, of, TYPED_PERCPU, false);
	else if (btf_is_struct(btf_type(typed_btf(v), of)))
		typed_set(v, dst, of, 0, false);
	else
		set_memory(v, dst, btf_size_of(typed_btf(v), of));
	return STEP_NEXT;
}

/* The copy of one CPU: an object, or a number to read. */
void typed_percpu_copy(struct verifier *v, const struct reg *of, bool nullable, struct reg *r0)
{
	if (of->kind == KIND_OBJECT) {
		*r0 = *of;
		r0->flags &= (uint8_t)~REG_OBJ_PERCPU;
		r0->id = 0;
		if (nullable) {
			r0->flags |= REG_NULLABLE;
			r0->id = new_id(v);
		}
		return;
	}
	if (btf_is_struct(btf_type(typed_btf(v), of->obj))) {
		typed_set(v, r0, of->obj, 0, nullable);
		return;
	}
	set_memory(v, r0, btf_size_of(typed_btf(v), of->obj));
	if (!nullable)
		return;
	r0->flags |= REG_NULLABLE;
	r0->id = new_id(v);
}
