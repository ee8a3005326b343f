/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a function of a kernel take and return? */
#include "verify/kfunc_sig.h"

#include <string.h>

#define CGROUPS                                                                        \
	(HELPER_GROUP_CGROUP_SKB | HELPER_GROUP_CGROUP_SOCK | HELPER_GROUP_SOCK_ADDR | \
	 HELPER_GROUP_SOCKOPT | HELPER_GROUP_SYSCTL | HELPER_GROUP_DEVICE | HELPER_GROUP_SOCK_OPS)
#define TRACED (HELPER_GROUP_TRACEPOINT | HELPER_GROUP_PERF_EVENT | HELPER_GROUP_TYPED)
#define GENERIC                                                                         \
	(TRACED | CGROUPS | HELPER_GROUP_TC | HELPER_GROUP_XDP | HELPER_GROUP_SYSCALL | \
	 HELPER_GROUP_STRUCT_OPS)
#define ALL        UINT64_MAX
#define ITER       HELPER_GROUP_ITER
#define LSM        HELPER_GROUP_LSM
#define STRUCT_OPS HELPER_GROUP_STRUCT_OPS
#define SYSCALL    HELPER_GROUP_SYSCALL
#define SESSION    HELPER_GROUP_KPROBE_SESSION
#define TC         HELPER_GROUP_TC
#define XDP        HELPER_GROUP_XDP

enum {
	NO_FLAG = 0,
	ACQUIRE = KF_ACQUIRE,
	RELEASE = KF_RELEASE,
	RET_NULL = KF_RET_NULL,
	TRUSTED = KF_TRUSTED,
	RCU = KF_RCU,
	SLEEPABLE = KF_SLEEPABLE,
	ITER_NEW = KF_ITER_NEW,
	ITER_NEXT = KF_ITER_NEXT,
	ITER_DESTROY = KF_ITER_DESTROY,
	RCU_PROTECTED = KF_RCU_PROTECTED,
	RCU_RESULT = KF_RCU_RESULT,
	CHANGES_PACKET = KF_CHANGES_PACKET,
	DEVICE = KF_DEVICE,
	TRAP = KF_TRAP,
	FASTCALL = KF_FASTCALL,
};

static const struct {
	const char *name;
	uint32_t flags;
	uint64_t groups;
} rows[] = {
#define K(name, flags, groups) { #name, (flags), (groups) },
#include "verify/kernel_funcs.def"
#undef K
};

static bool ends_with(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && !strcmp(s + n - m, suffix);
}

static bool is_number(const struct btf_type *t)
{
	unsigned int kind = btf_kind_of(t);

	return kind == BTF_KIND_INT || kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64;
}

static uint32_t size_of(const struct btf_blob *btf, uint32_t type)
{
	int64_t size = btf_size_of(btf, type);

	return size > 0 && size <= INT32_MAX ? (uint32_t)size : 0;
}

static enum kfunc_param number_kind(const char *name)
{
	if (ends_with(name, "__szk"))
		return KPARAM_CONST_SIZE;
	if (ends_with(name, "__sz"))
		return KPARAM_SIZE;
	return ends_with(name, "__k") ? KPARAM_CONST : KPARAM_SCALAR;
}

static bool is_ctx(const struct verifier *v, const char *type)
{
	return v->type->ctx && !strcmp(type, v->type->ctx->name);
}

static enum kfunc_param pointer_kind(struct verifier *v, const struct btf_type *to,
				     const char *name, const char *next)
{
	const char *type = btf_name(typed_btf(v), to->name_off);

	if (ends_with(name, "__map"))
		return KPARAM_MAP;
	if (ends_with(name, "__str"))
		return KPARAM_STRING;
	if (ends_with(name, "__iter"))
		return KPARAM_ITER;
	if (ends_with(name, "__irq_flag"))
		return KPARAM_IRQ_FLAG;
	if (ends_with(next, "__sz") || ends_with(next, "__szk"))
		return KPARAM_SIZED;
	if (is_number(to))
		return KPARAM_MEM;
	if (!btf_is_struct(to))
		return KPARAM_OTHER;
	if (!strncmp(type, "bpf_iter_", 9))
		return KPARAM_ITER;
	if (!strcmp(type, "bpf_map"))
		return KPARAM_MAP;
	if (!strcmp(type, "bpf_dynptr") || !strcmp(type, "bpf_dynptr_kern"))
		return KPARAM_DYNPTR;
	return is_ctx(v, type) ? KPARAM_CTX : KPARAM_OBJECT;
}

static void read_param(struct verifier *v, const struct btf_param *p, uint32_t i, uint32_t n,
		       struct kfunc_sig *sig)
{
	const struct btf_blob *btf = typed_btf(v);
	const char *name = btf_name(btf, p[i].name_off);
	const char *next = i + 1 < n ? btf_name(btf, p[i + 1].name_off) : "";
	const struct btf_type *t = btf_type(btf, btf_strip(btf, p[i].type)), *to;

	sig->param[i].nullable = ends_with(name, "__nullable") || ends_with(name, "__opt");
	if (ends_with(name, "__ign") || ends_with(name, "__prog")) {
		sig->param[i].kind = KPARAM_IGNORED;
		return;
	}
	if (is_number(t)) {
		sig->param[i].kind = (uint8_t)number_kind(name);
		return;
	}
	sig->param[i].kind = KPARAM_OTHER;
	if (btf_kind_of(t) != BTF_KIND_PTR)
		return;
	sig->param[i].type = btf_strip(btf, t->type);
	sig->param[i].size = size_of(btf, sig->param[i].type);
	to = btf_type(btf, sig->param[i].type);
	sig->param[i].kind = (uint8_t)pointer_kind(v, to, name, next);
}

static bool read_result(struct verifier *v, uint32_t type, struct kfunc_sig *sig)
{
	const struct btf_blob *btf = typed_btf(v);
	const struct btf_type *t = btf_type(btf, btf_strip(btf, type));

	if (!btf_strip(btf, type)) {
		sig->result = KRESULT_VOID;
		return true;
	}
	if (is_number(t)) {
		sig->result = KRESULT_SCALAR;
		sig->result_size = size_of(btf, type);
		return true;
	}
	if (btf_kind_of(t) != BTF_KIND_PTR)
		return false;
	sig->result_type = btf_strip(btf, t->type);
	sig->result_size = size_of(btf, sig->result_type);
	sig->result = btf_is_struct(btf_type(btf, sig->result_type)) ? KRESULT_OBJECT : KRESULT_MEM;
	return true;
}

/* The iterator's own type is what its first parameter points to. */
static bool describe_iter(struct verifier *v, struct kfunc_sig *sig)
{
	const struct btf_type *t = btf_type(typed_btf(v), sig->param[0].type);
	char *name;

	sig->iter.p.name = sig->name;
	if (sig->n_params && sig->param[0].kind == KPARAM_ITER && t &&
	    !(sig->flags & (KF_ITER_NEW | KF_ITER_NEXT | KF_ITER_DESTROY))) {
		const char *type = btf_name(typed_btf(v), t->name_off);
		size_t n = strlen(type);

		name = arena_alloc(&v->arena, n + sizeof("_new"));
		if (!name)
			return false;
		memcpy(name, type, n);
		memcpy(name + n, "_new", sizeof("_new"));
		sig->iter.p.name = name;
	}
	sig->iter.p.id = UINT32_MAX;
	sig->iter.iter_size = (uint8_t)(sig->param[0].size < 248 ? sig->param[0].size : 0);
	sig->iter.iter_item_size = (uint8_t)(sig->result_size < 255 ? sig->result_size : 255);
	return true;
}

static bool read_sig(struct verifier *v, uint32_t func, struct kfunc_sig *sig)
{
	const struct btf_blob *btf = typed_btf(v);
	const struct btf_type *proto = btf_type(btf, btf_type(btf, func)->type);
	const struct btf_param *p = (const struct btf_param *)(proto + 1);
	uint32_t n = btf_vlen_of(proto);

	if (n > 5)
		return false;
	sig->n_params = (uint8_t)n;
	for (uint32_t i = 0; i < n; i++)
		read_param(v, p, i, n, sig);
	if (sig->flags & (KF_ITER_NEW | KF_ITER_NEXT | KF_ITER_DESTROY)) {
		if (!n || !sig->param[0].size)
			return false;
		sig->param[0].kind = KPARAM_ITER;
	}
	if (!read_result(v, proto->type, sig))
		return false;
	return describe_iter(v, sig);
}

/* What the names of an iterator's functions say. */
static uint32_t flags_by_name(const char *name)
{
	if (strncmp(name, "bpf_iter_", 9) != 0)
		return KF_UNKNOWN;
	if (ends_with(name, "_new"))
		return KF_UNKNOWN | KF_ITER_NEW;
	if (ends_with(name, "_next"))
		return KF_UNKNOWN | KF_ITER_NEXT | KF_RET_NULL;
	return KF_UNKNOWN | (ends_with(name, "_destroy") ? KF_ITER_DESTROY : 0u);
}

/* The kernel lets programs call it, and that is all that is known: objects have to be sure to live.
 */
static bool describe_unknown(struct verifier *v, const char *name, uint32_t func,
			     struct kfunc_sig *sig)
{
	if (!btf_kernel_tagged(v->kernel, func, "bpf_kfunc"))
		return false;
	sig->name = arena_dup(&v->arena, name, strlen(name) + 1);
	sig->flags = flags_by_name(name) | KF_TRUSTED;
	sig->groups = ALL;
	return sig->name;
}

static bool describe(struct verifier *v, const char *name, uint32_t func, struct kfunc_sig *sig)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].name, name) != 0)
			continue;
		sig->name = rows[i].name;
		sig->flags = rows[i].flags;
		sig->groups = rows[i].groups;
		return true;
	}
	return describe_unknown(v, name, func, sig);
}

const struct kfunc_sig *kfunc_sig_of(struct verifier *v, const char *name)
{
	uint32_t func = 0;
	struct kfunc_sig *sig;

	if (*name && typed_kernel(v))
		func = btf_kernel_find(v->kernel, name, BTF_KIND_FUNC);
	sig = func ? arena_alloc(&v->arena, sizeof(*sig)) : NULL;
	if (!sig || !describe(v, name, func, sig))
		return NULL;
	return read_sig(v, func, sig) ? sig : NULL;
}
