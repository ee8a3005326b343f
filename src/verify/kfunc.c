/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May this function of a kernel be called here with these arguments, and what does it leave behind?
 * By its signature (kfunc_sig.c); a few are what they are by name.
 */
#include <string.h>

#include "verify/call.h"
#include "verify/exceptions.h"
#include "verify/sections.h"

struct kcall {
	const struct kfunc_sig *sig;
	uint32_t ref;       /* of an argument; 0: none */
	unsigned int ref_r; /* the register that is released */
	uint64_t number;    /* of the last constant */
};

/* --- arguments --- */

static const char *kind_word(const struct btf_blob *btf, uint32_t type)
{
	const struct btf_type *t = btf_type(btf, type);

	return t && btf_kind_of(t) == BTF_KIND_UNION ? "UNION" : "STRUCT";
}

static const char *type_word(const struct btf_blob *btf, uint32_t type)
{
	const struct btf_type *t = btf_type(btf, type);

	return t ? btf_name(btf, t->name_off) : "";
}

/* Sockets that contexts and helpers give are objects of these types. */
static uint32_t object_type(struct verifier *v, const struct reg *r)
{
	if (r->kind == KIND_BTF_OBJ)
		return r->obj;
	if (r->kind == KIND_SOCKET)
		return typed_find(v, "sock");
	if (r->kind == KIND_SOCK_COMMON)
		return typed_find(v, "sock_common");
	return r->kind == KIND_TCP_SOCK ? typed_find(v, "tcp_sock") : 0;
}

static bool is_sure(const struct reg *r)
{
	return r->kind != KIND_BTF_OBJ || typed_is_trusted(r);
}

static int check_trust(struct verifier *v, const struct kcall *c, unsigned int r)
{
	const struct reg *reg = reg_at(v, r);
	bool rcu = c->sig->flags & KF_RCU;

	if (reg->kind == KIND_BTF_OBJ && reg->range & (TYPED_UNTRUSTED | TYPED_USER) &&
	    !(reg->range & TYPED_RCU))
		return reject(v, KFUNC_TRUST, r, rcu ? "a rcu pointer" : "referenced or trusted");
	if (!(c->sig->flags & (KF_TRUSTED | KF_RCU)) || is_sure(reg))
		return 0;
	if (rcu && reg->range & TYPED_RCU)
		return 0;
	return reject(v, KFUNC_TRUST, r, rcu ? "a rcu pointer" : "referenced or trusted");
}

/* A bpf_cpumask is a cpumask too, and the like: by what lies at its beginning. */
static int check_object(struct verifier *v, const struct kcall *c, unsigned int r, uint32_t have)
{
	const struct btf_blob *btf = typed_btf(v);
	uint32_t want = c->sig->param[r - 1].type;
	const struct reg *reg = reg_at(v, r);
	bool release = c->sig->flags & KF_RELEASE && reg->ref;
	int err = check_trust(v, c, r);

	if (!err)
		err = typed_check_offset(v, r, release);
	if (err)
		return err;
	if (release ? btf_type(btf, have) == btf_type(btf, want)
		    : btf_access_holds(btf, have, (uint32_t)reg->off, want))
		return 0;
	return reject(v, KFUNC_TYPE, c->sig->name, r - 1, type_word(btf, want), r,
		      type_word(btf, have));
}

static int check_memory(struct verifier *v, unsigned int r, uint32_t size)
{
	const struct reg *reg = reg_at(v, r);

	if (!reg_is_ptr(reg) || !kind_row(reg->kind)->memory || reg->kind == KIND_CTX ||
	    reg->flags & REG_NULLABLE || (reg->kind == KIND_MEM && reg->range & TYPED_UNTRUSTED))
		return reject(v, CALL_ARG_TYPE, r, kind_row(reg->kind)->name,
			      "fp, pkt, pkt_meta, map_key, map_value, mem");
	if (reg->kind != KIND_STACK)
		return rule_mem_arg(v, r, size, ACCESS_RW, false, true);
	/* What the function may write, it has written. */
	return region_stack_arg(v, r, 0, size, ACCESS_RW, true);
}

static int check_struct(struct verifier *v, const struct kcall *c, unsigned int r)
{
	const struct btf_blob *btf = typed_btf(v);
	uint32_t want = c->sig->param[r - 1].type, have = object_type(v, reg_at(v, r));

	if (have)
		return check_object(v, c, r, have);
	if (!btf_is_plain_struct(btf, want))
		return reject(v, KFUNC_MEMORY, r - 1, kind_word(btf, want), type_word(btf, want));
	return check_memory(v, r, c->sig->param[r - 1].size);
}

static int check_number(struct verifier *v, struct kcall *c, unsigned int r, bool constant)
{
	const struct reg *reg = reg_at(v, r);

	if (reg->kind != KIND_SCALAR)
		return reject(v, KFUNC_SCALAR, r);
	if (!constant)
		return 0;
	if (!scalar_is_const(&reg->s))
		return reject(v, CALL_ARG_CONST, r, "must be a known constant");
	c->number = scalar_const_value(&reg->s);
	return precise_mark(v, r);
}

/* Memory whose size is the next argument. */
/* No bytes at NULL. */
static int mark_both(struct verifier *v, unsigned int r)
{
	int err = precise_mark(v, r);

	return err ? err : precise_mark(v, r + 1);
}

static int check_sized(struct verifier *v, const struct kcall *c, unsigned int r)
{
	const struct reg *size = reg_at(v, r + 1);
	int err = rule_readable(v, r + 1);

	if (err)
		return err;
	if (size->kind != KIND_SCALAR)
		return reject(v, KFUNC_SCALAR, r + 1);
	if (reg_is_zero(reg_at(v, r)) && (c->sig->param[r - 1].nullable || reg_is_zero(size)))
		return c->sig->param[r - 1].nullable ? 0 : mark_both(v, r);
	if (scalar_smin(&size->s) < 0)
		return reject(v, CALL_SIZE_NEGATIVE, r + 1, scalar_smin(&size->s));
	if (scalar_umax(&size->s) >= 1 << 29)
		return reject(v, CALL_SIZE_UNBOUNDED, r + 1, scalar_umax(&size->s));
	err = check_memory(v, r, (uint32_t)scalar_umax(&size->s));
	return err ? err : precise_mark(v, r + 1);
}

static int check_ctx(struct verifier *v, unsigned int r)
{
	const struct reg *reg = reg_at(v, r);

	if (reg->kind != KIND_CTX || reg->off || !scalar_is_const(&reg->s) ||
	    scalar_const_value(&reg->s))
		return reject(v, CALL_ARG_TYPE, r, kind_row(reg->kind)->name, "ctx");
	return 0;
}

static int check_null(struct verifier *v, const struct kcall *c, unsigned int r)
{
	const struct reg *reg = reg_at(v, r);

	if (c->sig->param[r - 1].nullable || !(reg_is_zero(reg) || reg->flags & REG_NULLABLE))
		return 0;
	if (c->sig->flags & (KF_TRUSTED | KF_RCU) || reg->flags & REG_NULLABLE)
		return reject(v, KFUNC_NULL, r - 1);
	return 0;
}

static int check_map(struct verifier *v, const struct kcall *c, unsigned int r)
{
	const struct reg *reg = reg_at(v, r);

	if (reg->kind == KIND_MAP_PTR && !(reg->flags & REG_NULLABLE))
		return 0;
	if (reg->kind == KIND_BTF_OBJ)
		return check_object(v, c, r, reg->obj);
	return reject(v, CALL_ARG_TYPE, r, kind_row(reg->kind)->name, "map_ptr");
}

static int check_dynptr(struct verifier *v, unsigned int r)
{
	const struct reg *reg = reg_at(v, r);
	struct call c = { 0 };

	if (reg->kind != KIND_STACK && reg->kind != KIND_DYNPTR)
		return reject(v, CALL_ARG_TYPE, r, kind_row(reg->kind)->name, "fp, dynptr_ptr");
	return dynptr_arg(v, &c, r, ARG_DYNPTR);
}

static int check_pointer(struct verifier *v, struct kcall *c, unsigned int r)
{
	const struct reg *reg = reg_at(v, r);
	int err = check_null(v, c, r);

	if (err)
		return err;
	if (c->sig->param[r - 1].nullable && reg_is_zero(reg))
		return precise_mark(v, r);
	if (reg->ref && reg->kind == KIND_BTF_OBJ) {
		c->ref = reg->ref;
		c->ref_r = r;
	}
	switch ((enum kfunc_param)c->sig->param[r - 1].kind) {
	case KPARAM_CTX: return check_ctx(v, r);
	case KPARAM_OBJECT: return check_struct(v, c, r);
	case KPARAM_MEM: return check_memory(v, r, c->sig->param[r - 1].size);
	case KPARAM_SIZED: return check_sized(v, c, r);
	case KPARAM_MAP: return check_map(v, c, r);
	case KPARAM_DYNPTR: return check_dynptr(v, r);
	case KPARAM_STRING:
		if (reg->kind != KIND_MAP_VALUE)
			return reject(v, CALL_ARG_TYPE, r, kind_row(reg->kind)->name, "map_value");
		return call_string(v, r);
	case KPARAM_SCALAR:
	case KPARAM_CONST:
	case KPARAM_IGNORED:
	case KPARAM_SIZE:
	case KPARAM_CONST_SIZE:
	case KPARAM_ITER:
	case KPARAM_OTHER: break;
	case KPARAM_IRQ_FLAG:
		return section_irq_flag(v, r, !strcmp(c->sig->name, "bpf_local_irq_save"), false);
	}
	return reject(v, UNSUPPORTED, c->sig->name);
}

static int check_param(struct verifier *v, struct kcall *c, unsigned int r)
{
	enum kfunc_param kind = c->sig->param[r - 1].kind;
	int err;

	if (kind == KPARAM_IGNORED)
		return 0;
	err = rule_readable(v, r);
	if (err)
		return err;
	if (kind == KPARAM_SCALAR || kind == KPARAM_SIZE)
		return check_number(v, c, r, false);
	if (kind == KPARAM_CONST || kind == KPARAM_CONST_SIZE)
		return check_number(v, c, r, true);
	return check_pointer(v, c, r);
}

static int check_params(struct verifier *v, struct kcall *c)
{
	for (unsigned int r = 1; r <= c->sig->n_params; r++) {
		int err = 0;

		if (c->sig->param[r - 1].kind != KPARAM_ITER || r > 1)
			err = check_param(v, c, r);
		else if (!(c->sig->flags & (KF_ITER_NEW | KF_ITER_NEXT | KF_ITER_DESTROY)))
			err = iter_arg(v, &c->sig->iter);
		if (err)
			return err;
	}
	if (c->sig->flags & KF_RELEASE && !c->ref)
		return reject(v, KFUNC_RELEASE, c->sig->name);
	return 0;
}

/* Of what is known by its prototype only, what might depend on more. */
static int check_unknown(struct verifier *v, const struct kfunc_sig *sig)
{
	if (section_name(v) || v->cur->n_locks)
		return reject(v, KFUNC_UNKNOWN, sig->name, "whether it sleeps");
	if (sig->result == KRESULT_OBJECT && !(sig->flags & KF_ITER_NEXT))
		return reject(v, KFUNC_UNKNOWN, sig->name, "who owns what it returns");
	for (unsigned int r = 1; r <= sig->n_params; r++)
		if (reg_is_ptr(reg_at(v, r)) && reg_at(v, r)->ref)
			return reject(v, KFUNC_UNKNOWN, sig->name, "whether it keeps an argument");
	return 0;
}

static int check_allowed(struct verifier *v, const struct kfunc_sig *sig)
{
	if (sig->flags & KF_TRAP)
		return reject_text(v, KFUNC_PLACE,
				   "unexpected __bpf_trap() due to uninitialized variable?");
	if (sig->flags & KF_DEVICE && sig->groups & v->type->groups)
		return reject_text(v, KFUNC_PLACE, "metadata kfuncs require device-bound program");
	if (sig->flags & KF_UNKNOWN) {
		int err = check_unknown(v, sig);

		if (err)
			return err;
	}

	if (!(sig->groups & v->type->groups) || !struct_ops_may_call_kfunc(v, sig->name))
		return reject(v, CALL_KFUNC, sig->name);
	if (sig->flags & KF_SLEEPABLE && !v->cur->sleepable)
		return reject(v, KFUNC_SLEEP, sig->name);
	if (sig->flags & KF_SLEEPABLE && section_name(v))
		return reject(v, KFUNC_SECTION, sig->name, section_name(v));
	if (v->cur->n_locks)
		return reject(v, CALL_LOCKED);
	if (sig->flags & KF_RCU_RESULT && !section_rcu(v))
		return reject(v, KFUNC_NOT_RCU, sig->name);
	return 0;
}

/* --- results --- */

static int cast_result(struct verifier *v, const struct kcall *c, struct reg *r0)
{
	uint32_t id = (uint32_t)c->number;

	if (id && !btf_is_struct(btf_type(typed_btf(v), id)))
		return reject(v, KFUNC_CAST);
	if (id) {
		typed_set(v, r0, id, TYPED_UNTRUSTED, false);
		return 0;
	}
	reg_set_ptr(r0, KIND_MEM);
	r0->flags = REG_RDONLY;
	r0->range = TYPED_UNTRUSTED;
	return 0;
}

static int kernel_ctx(struct verifier *v, struct reg *r0)
{
	const char *name = typed_ctx_name(v->type);

	return name ? typed_result(v, name, TYPED_TRUSTED, false, r0) : reject(v, KFUNC_NO_CTX);
}

static int object_result(struct verifier *v, const struct kcall *c, struct reg *r0)
{
	bool nullable = c->sig->flags & KF_RET_NULL;
	uint32_t id;
	int err = 0;

	typed_set(v, r0, c->sig->result_type,
		  !strcmp(c->sig->name, "bpf_get_kmem_cache") ? TYPED_UNTRUSTED
		  : c->sig->flags & KF_RCU_RESULT             ? TYPED_RCU
							      : 0,
		  nullable);
	if (!(c->sig->flags & KF_ACQUIRE))
		return 0;
	err = ref_acquire(v, REF_PTR, &id);
	r0->ref = id;
	if (nullable)
		r0->id = id;
	return err;
}

static int set_result(struct verifier *v, const struct kcall *c)
{
	struct reg *r0 = reg_at(v, BPF_REG_0);
	struct scalar s = scalar_unknown();

	if (!strcmp(c->sig->name, "bpf_rdonly_cast"))
		return cast_result(v, c, r0);
	if (!strcmp(c->sig->name, "bpf_cast_to_kern_ctx"))
		return kernel_ctx(v, r0);
	switch ((enum kfunc_result)c->sig->result) {
	case KRESULT_VOID: return 0;
	case KRESULT_SCALAR: reg_set_scalar(r0, s); return 0;
	case KRESULT_OBJECT: return object_result(v, c, r0);
	case KRESULT_MEM:
		reg_set_ptr(r0, KIND_MEM);
		r0->flags = strcmp(c->sig->name, "bpf_session_cookie") ? REG_RDONLY : 0;
		r0->obj = c->sig->result_size;
		r0->ref = c->ref;
		if (c->sig->flags & KF_RET_NULL) {
			r0->flags |= REG_NULLABLE;
			r0->id = new_id(v);
		}
		return 0;
	}
	return reject(v, INTERNAL, "kfunc result");
}

/* Beyond the signature: the first argument of a cast is the context, or anything. */
static int check_cast(struct verifier *v, struct kcall *c, bool *ret_done)
{
	int err;

	*ret_done = true;
	if (!strcmp(c->sig->name, "bpf_cast_to_kern_ctx"))
		return check_ctx(v, 1);
	*ret_done = !strcmp(c->sig->name, "bpf_rdonly_cast");
	if (!*ret_done)
		return 0;
	err = rule_readable(v, 1);
	if (!err)
		err = rule_readable(v, 2);
	return err ? err : check_number(v, c, 2, true);
}

static int iterate(struct verifier *v, const struct kcall *c)
{
	unsigned int trust = c->sig->flags & KF_RCU_PROTECTED ? TYPED_RCU : TYPED_TRUSTED;

	if (c->sig->flags & KF_ITER_NEW)
		return iter_new(v, &c->sig->iter, trust);
	if (c->sig->flags & KF_ITER_NEXT)
		return iter_next(v, &c->sig->iter,
				 c->sig->result == KRESULT_OBJECT ? c->sig->result_type : 0);
	return iter_destroy(v, &c->sig->iter);
}

/* In a section that keeps what it gives; the walk over the tasks of a group takes a lock. */
static int check_place(struct verifier *v, const struct kfunc_sig *sig)
{
	bool iterates = v->type->type == BPF_PROG_TYPE_TRACING &&
			v->in->expected_attach_type == BPF_TRACE_ITER;

	if (sig->flags & KF_RCU_PROTECTED && !section_rcu(v))
		return reject(v, KFUNC_RCU, sig->name);
	if (strcmp(sig->name, "bpf_iter_css_task_new") || iterates || v->cur->sleepable ||
	    v->type->type == BPF_PROG_TYPE_LSM)
		return 0;
	return reject(v, ITER_CSS_TASK);
}

int rule_kfunc_typed(struct verifier *v, const struct kfunc_sig *sig)
{
	struct kcall c = { .sig = sig };
	bool done;
	int err = check_allowed(v, sig);

	typed_needs_kernel(v, "it calls functions of a kernel");
	if (!err)
		err = check_place(v, sig);
	if (!err)
		err = check_cast(v, &c, &done);
	if (!err && !done)
		err = check_params(v, &c);
	if (err)
		return err;
	if (exception_is_throw(sig))
		return exception_throw(v);
	if (sig->flags & (KF_ITER_NEW | KF_ITER_NEXT | KF_ITER_DESTROY))
		return iterate(v, &c);
	if (sig->flags & KF_RELEASE)
		err = ref_release(v, c.ref, c.ref_r);
	call_clobber(v);
	if (!err)
		err = set_result(v, &c);
	if (sig->flags & KF_CHANGES_PACKET)
		packet_invalidate(v);
	return err ? err : STEP_NEXT;
}
