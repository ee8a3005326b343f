/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does the program attach to in a kernel, and what does that give it?  The type that
 * attach_btf_id names: a tracepoint's typedef, a function, a hook, an iterator.
 */
#include <errno.h>
#include <string.h>

#include "verify/extend.h"

#define TP_PREFIX   "btf_trace_"
#define LSM_PREFIX  "bpf_lsm_"
#define ITER_PREFIX "bpf_iter_"

enum {
	MAX_CTX_ARGS = 12,
	NAME_SIZE = 128,
};

static const char *name_of(const struct btf_blob *btf, const struct btf_type *t)
{
	return btf_name(btf, t->name_off);
}

static bool begins(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

static void set_proto(struct target *target, uint32_t id, uint32_t skip)
{
	const struct btf_type *t = btf_type(target->btf, btf_strip(target->btf, id));
	uint32_t n;

	if (t && btf_kind_of(t) == BTF_KIND_PTR)
		t = btf_type(target->btf, btf_strip(target->btf, t->type));
	if (!t || btf_kind_of(t) != BTF_KIND_FUNC_PROTO)
		return;
	n = btf_vlen_of(t);
	target->proto = t;
	target->skip = skip < n ? skip : n;
	target->n_args = n - target->skip;
}

static int use_tracepoint(struct verifier *v, const struct btf_type *t)
{
	const char *name = name_of(v->target.btf, t);
	char template[NAME_SIZE] = "__bpf_trace_";
	size_t n = strlen(template), len = strlen(name);
	uint32_t func;

	if (btf_kind_of(t) != BTF_KIND_TYPEDEF)
		return reject(v, TARGET_KIND, v->in->attach_btf_id, "typedef");
	if (!begins(name, TP_PREFIX) || n + len >= sizeof(template))
		return reject(v, TARGET_NAME, v->in->attach_btf_id, name);
	v->target.name = name + strlen(TP_PREFIX);
	/* The typedef's arguments have no names; those of the function behind it say which may be
	 * NULL. */
	memcpy(template + n, v->target.name, strlen(v->target.name) + 1);
	func = btf_kernel_find(v->kernel, template, BTF_KIND_FUNC);
	set_proto(&v->target, func ? btf_type(v->target.btf, func)->type : t->type, 1);
	v->target.trusted = true;
	return 0;
}

static int use_function(struct verifier *v, const struct btf_type *t, const char *prefix)
{
	if (btf_kind_of(t) != BTF_KIND_FUNC)
		return reject(v, TARGET_KIND, v->in->attach_btf_id, "function");
	v->target.name = name_of(v->target.btf, t);
	if (!begins(v->target.name, prefix))
		return reject(v, TARGET_NAME, v->in->attach_btf_id, v->target.name);
	set_proto(&v->target, t->type, 0);
	return 0;
}

static int use_target(struct verifier *v, const struct btf_type *t)
{
	int err;

	if (v->type->type == BPF_PROG_TYPE_LSM) {
		if (!v->in->gpl)
			return reject(v, TARGET_GPL);
		err = use_function(v, t, LSM_PREFIX);
		return err ? err : attach_hook(v);
	}
	switch (v->in->expected_attach_type) {
	case BPF_TRACE_RAW_TP: return use_tracepoint(v, t);
	case BPF_TRACE_ITER:
		err = use_function(v, t, ITER_PREFIX);
		v->target.trusted = true;
		return err;
	default: err = use_function(v, t, ""); return err ? err : attach_function(v);
	}
}

int target_resolve(struct verifier *v)
{
	uint32_t type = v->type->type;
	const struct btf_type *t;
	int err;

	if (v->extends || v->in->target)
		return extend_resolve(v);
	if (type != BPF_PROG_TYPE_TRACING && type != BPF_PROG_TYPE_LSM &&
	    type != BPF_PROG_TYPE_STRUCT_OPS)
		return 0;
	if (!typed_kernel(v))
		return reject(v, TARGET_NO_BTF);
	v->target.btf = typed_btf(v);
	if (type == BPF_PROG_TYPE_STRUCT_OPS)
		return struct_ops_resolve(v);
	t = v->in->attach_btf_id ? btf_type(v->target.btf, v->in->attach_btf_id) : NULL;
	if (!v->in->attach_btf_id)
		return reject(v, TARGET_MISSING);
	if (!t)
		return reject(v, TARGET_KIND, v->in->attach_btf_id, "type");
	typed_needs_kernel(v, "it is attached to a kernel");
	err = use_target(v, t);
	if (!err && !v->target.proto)
		return reject(v, TARGET_KIND, v->in->attach_btf_id, "function");
	if (!err && v->target.n_args > MAX_CTX_ARGS)
		return reject(v, TARGET_ARGS, v->target.name, v->target.n_args);
	return err;
}

/* --- what may be returned --- */

static bool is_void(const struct target *target)
{
	return !btf_strip(target->btf, target->proto->type);
}

bool target_returns_nothing(const struct verifier *v)
{
	if (!v->target.proto || !is_void(&v->target))
		return false;
	return v->target.ops || (v->type->type == BPF_PROG_TYPE_LSM &&
				 v->in->expected_attach_type != BPF_LSM_CGROUP);
}

bool target_returns_int(const struct verifier *v)
{
	return v->type->type == BPF_PROG_TYPE_LSM && v->target.proto &&
	       v->in->expected_attach_type != BPF_LSM_CGROUP;
}

bool target_return(const struct verifier *v, int64_t *ret_min, int64_t *ret_max)
{
	if (v->type->type != BPF_PROG_TYPE_LSM || !v->target.proto)
		return false;
	if (v->in->expected_attach_type == BPF_LSM_CGROUP) {
		*ret_min = is_void(&v->target);
		*ret_max = 1;
		return true;
	}
	*ret_max = attach_returns_bool(v);
	*ret_min = *ret_max ? 0 : -4095;
	return !is_void(&v->target);
}

/* --- arguments --- */

static bool is_number(const struct btf_type *t)
{
	unsigned int kind = btf_kind_of(t);

	return kind == BTF_KIND_INT || kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64 ||
	       btf_is_struct(t);
}

static bool ends_with(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && !strcmp(s + n - m, suffix);
}

static unsigned int slots_of(const struct target *target, uint32_t type)
{
	int64_t size = btf_size_of(target->btf, type);

	return size > 8 ? (unsigned int)((size + 7) / 8) : 1;
}

/* The parameter that begins or goes on at 8-byte slot `slot`; n_args: behind the last. */
static uint32_t param_at(const struct target *target, uint32_t slot)
{
	const struct btf_param *p = (const struct btf_param *)(target->proto + 1) + target->skip;
	uint32_t at = 0;

	for (uint32_t i = 0; i < target->n_args; i++) {
		at += slots_of(target, p[i].type);
		if (slot < at)
			return i;
	}
	return slot == at ? target->n_args : target->n_args + 1;
}

/* The value that the function returns: who may see it? */
static int returned(struct verifier *v, uint32_t arg, uint32_t *ret_type)
{
	const struct target *target = &v->target;
	const struct btf_type *t;

	switch (v->in->expected_attach_type) {
	case BPF_LSM_MAC:
	case BPF_LSM_CGROUP:
	case BPF_TRACE_FEXIT: break;
	case BPF_MODIFY_RETURN:
		t = btf_type(target->btf, btf_strip(target->btf, target->proto->type));
		if (is_void(target) || btf_kind_of(t) != BTF_KIND_INT || t->size > 8)
			return reject(v, TARGET_RETURN, target->name);
		break;
	default: return reject(v, TARGET_NO_ARG, target->name, arg + 1);
	}
	*ret_type = target->proto->type;
	return 0;
}

/* Nothing is known of the types: arguments, and what fexit sees returned, are numbers. */
static int number_arg(struct verifier *v, uint32_t arg)
{
	uint32_t n = v->target.n_args + (v->in->expected_attach_type == BPF_TRACE_FEXIT);

	return arg < n ? 0 : reject(v, TARGET_NO_ARG, v->target.name, arg + 1);
}

/* What the kernel knows of its arguments and does not tell in BTF. */
enum what {
	MAYBE_NULL, /* NULL, whatever it is */
	ERROR,      /* a number may be in its place */
	PLAIN,
	TRUSTED,
	BUFFER,
	RDONLY_BUFFER
};
static const struct {
	uint8_t attach, arg, what;
	const char *name;
} known[] = {
#define MAY_BE_NULL(name, arg)  { BPF_TRACE_RAW_TP, arg, MAYBE_NULL, #name },
#define MAY_BE_ERROR(name, arg) { BPF_TRACE_RAW_TP, arg, ERROR, #name },
#define ITEM(name, arg, what)   { BPF_TRACE_ITER, arg, what, ITER_PREFIX #name },
#include "verify/arguments.def"
#undef MAY_BE_NULL
#undef MAY_BE_ERROR
#undef ITEM
};

static void apply_known(const struct verifier *v, uint32_t arg, struct typed_value *ret)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		enum what what = known[i].what;

		if (known[i].arg != arg || known[i].attach != v->in->expected_attach_type ||
		    strcmp(known[i].name, v->target.name) != 0)
			continue;
		ret->nullable = what != ERROR;
		ret->is_scalar = what == ERROR;
		ret->is_buffer = what == BUFFER || what == RDONLY_BUFFER;
		ret->rdonly = what == RDONLY_BUFFER;
		if (what == PLAIN)
			ret->trust = 0;
	}
}

static int pointer_arg(struct verifier *v, uint32_t arg, const char *param,
		       const struct btf_type *ptr, struct typed_value *ret)
{
	const struct target *target = &v->target;
	const struct btf_type *to = btf_type(target->btf, btf_strip(target->btf, ptr->type)), *tag;
	char name[64];
	struct text text;

	ret->type = btf_strip(target->btf, ptr->type);
	apply_known(v, arg, ret);
	if (ret->is_buffer)
		return 0;
	/* Nothing can be followed from here: as good as a number. */
	if (!ret->type || btf_kind_of(to) == BTF_KIND_INT || btf_kind_of(to) == BTF_KIND_ENUM)
		return 0;
	if (v->in->target)
		return extend_arg(v, to, ret);
	if (!btf_is_struct(to)) {
		text_init(&text, name, sizeof(name));
		btf_print_type(target->btf, ret->type, &text);
		return reject(v, TARGET_ARG_TYPE, target->name, arg, (const char *)name);
	}
	if (target->ops) {
		ret->type = struct_ops_object(v, ret->type);
		param = struct_ops_param(target, arg, param);
	}
	ret->is_scalar = false;
	ret->trust = target->trusted ? TYPED_TRUSTED : 0;
	ret->nullable = ends_with(param, "__nullable");
	apply_known(v, arg, ret);
	tag = btf_type(target->btf, ptr->type);
	if (btf_kind_of(tag) != BTF_KIND_TYPE_TAG)
		return 0;
	if (!strcmp(name_of(target->btf, tag), "user"))
		ret->trust |= TYPED_USER;
	if (!strcmp(name_of(target->btf, tag), "percpu"))
		ret->trust |= TYPED_PERCPU;
	return 0;
}

int target_arg(struct verifier *v, const struct mem_op *op, uint32_t off, struct typed_value *ret)
{
	const struct target *target = &v->target;
	const struct btf_param *p = (const struct btf_param *)(target->proto + 1) + target->skip;
	const struct btf_type *t;
	const char *param = "";
	uint32_t arg, type = 0;
	int err;

	*ret = (struct typed_value){ .is_scalar = true };
	if (target->numbers)
		return number_arg(v, off / 8);
	arg = param_at(target, off / 8);
	if (arg > target->n_args)
		return reject(v, TARGET_NO_ARG, target->name, arg + 1);
	if (arg == target->n_args) {
		err = returned(v, arg, &type);
		if (err)
			return err;
	} else {
		type = p[arg].type;
		param = btf_name(target->btf, p[arg].name_off);
	}
	t = btf_type(target->btf, btf_strip(target->btf, type));
	if (is_number(t))
		return 0;
	if (btf_kind_of(t) != BTF_KIND_PTR)
		return reject(v, TARGET_NO_ARG, target->name, arg + 1);
	if (op->size != 8)
		return reject(v, TARGET_SIZE, target->name, op->size);
	ret->type = struct_ops_given(v, arg);
	if (ret->type) {
		ret->is_scalar = false;
		ret->trust = TYPED_TRUSTED;
		return 0;
	}
	err = pointer_arg(v, arg, param, t, ret);
	return err || ret->is_scalar ? err : owned_arg(v, arg, off, &ret->ref);
}
