/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a program attach to that is a function of another program?  See extend.h. */
#include "verify/extend.h"

#include <string.h>

#include "btf/blob.h"
#include "verify/typed_call.h"

enum {
	NUMBERS = 5 /* arguments of a function whose types cannot be relied on */
};

#define refuse(v, ...) reject_text(v, TARGET_PROGRAM, __VA_ARGS__)

static const struct btf_type *follow(const struct btf_blob *btf, uint32_t id)
{
	return btf_type(btf, btf_strip(btf, id));
}

static const char *name_of(const struct btf_blob *btf, const struct btf_type *t)
{
	return btf_name(btf, t->name_off);
}

static const struct btf_param *params(const struct btf_type *proto)
{
	return (const struct btf_param *)(proto + 1);
}

/* The function of func_info entry k, and its prototype; NULL: the types say nothing of it. */
static const struct btf_type *func_of(const struct btf_blob *btf, const struct bpf_func_info *info,
				      uint32_t n, uint32_t k, const struct btf_type **ret_proto)
{
	const struct btf_type *t = btf && k < n ? btf_type(btf, info[k].type_id) : NULL;

	*ret_proto = NULL;
	if (!t || btf_kind_of(t) != BTF_KIND_FUNC)
		return NULL;
	*ret_proto = btf_type(btf, t->type);
	return *ret_proto && btf_kind_of(*ret_proto) == BTF_KIND_FUNC_PROTO ? t : NULL;
}

static const struct btf_type *own_func(const struct verifier *v, const struct btf_type **ret_proto)
{
	const struct verify_input *in = v->in;

	return func_of(in->btf, in->func_info, in->n_func_info, 0, ret_proto);
}

/* --- which type is extended --- */

static bool same_promises(const struct prog_type *a, const struct prog_type *b)
{
	return a->type == b->type && a->groups == b->groups && a->pkt_access == b->pkt_access &&
	       a->pkt_write == b->pkt_write && a->has_skb == b->has_skb;
}

/* The only type whose context is called so, as it is without an attach type; NULL: none, or
 * several. */
static const struct prog_type *type_with_ctx(const struct btf_blob *btf, const struct btf_type *t)
{
	const struct prog_type *found = NULL, *row;

	for (uint32_t n = 0; (row = prog_type_at(n)); n++) {
		if (!subprog_ctx_struct(row, btf, t))
			continue;
		if (found && !same_promises(found, row))
			return NULL;
		found = row;
	}
	return found ? prog_type_of(found->type, 0) : NULL;
}

/* By its own prototype: NULL: that does not tell. */
static const struct prog_type *guess(const struct verifier *v)
{
	const struct btf_blob *btf = v->in->btf;
	const struct btf_type *proto;

	if (!own_func(v, &proto))
		return v->in->type;
	for (uint32_t i = 0; i < btf_vlen_of(proto); i++) {
		const struct btf_type *t = follow(btf, params(proto)[i].type);

		if (!t || btf_kind_of(t) != BTF_KIND_PTR)
			continue;
		t = follow(btf, t->type);
		return t ? type_with_ctx(btf, t) : NULL;
	}
	return v->in->type;
}

void extend_begin(struct verifier *v)
{
	const struct prog_type *type;

	if (v->in->type->type != BPF_PROG_TYPE_EXT)
		return;
	v->extends = true;
	if (v->in->target) {
		v->type = v->in->target->type;
		v->input.expected_attach_type = v->in->target->attach_type;
		return;
	}
	type = guess(v);
	v->type = type ? type : v->in->type;
	v->unnamed = !type;
}

int extend_unnamed(struct verifier *v)
{
	return reject(v, TARGET_UNNAMED);
}

/* --- the function --- */

/* What callers pass may differ from the types of a static function; main is given one context. */
static bool is_reliable(const struct verify_target *target, uint32_t k, const struct btf_type *func,
			const struct btf_type *proto)
{
	const struct btf_type *t;

	if (btf_vlen_of(func) != BTF_FUNC_GLOBAL)
		return false;
	if (k)
		return true;
	if (btf_vlen_of(proto) != 1)
		return false;
	t = follow(target->btf, params(proto)->type);
	if (!t || btf_kind_of(t) != BTF_KIND_PTR)
		return false;
	t = follow(target->btf, t->type);
	return t && subprog_ctx_struct(target->type, target->btf, t);
}

static int check_kinds(struct verifier *v, const struct verify_target *target, uint32_t k,
		       bool reliable)
{
	bool traces = v->in->type->type == BPF_PROG_TYPE_TRACING;

	if (k < target->n_funcs && target->funcs[k].is_exception_cb)
		return refuse(v, "%s programs cannot attach to exception callback",
			      traces ? "Tracing" : "Extension");
	if (!traces && !reliable)
		return refuse(v, "Cannot replace static functions");
	if (traces && target->is_attached)
		return refuse(v, "Cannot nest tracing program attach more than once");
	if (!traces && target->is_extension)
		return refuse(v, "Cannot recursively attach");
	if (!traces && target->type->type == BPF_PROG_TYPE_TRACING &&
	    (target->attach_type == BPF_TRACE_FENTRY || target->attach_type == BPF_TRACE_FEXIT))
		return refuse(v, "Cannot extend fentry/fexit");
	return 0;
}

static int check_attach(struct verifier *v)
{
	if (v->extends)
		return 0;
	switch (v->in->expected_attach_type) {
	case BPF_TRACE_FENTRY:
	case BPF_TRACE_FEXIT:
		if (v->in->prog_flags & BPF_F_SLEEPABLE)
			return reject(v, TARGET_SLEEPS, v->target.name);
		return 0;
	case BPF_MODIFY_RETURN: return refuse(v, "can't modify return codes of BPF programs");
	}
	return refuse(v, "Only FENTRY/FEXIT progs are attachable to another BPF prog");
}

static uint32_t find(const struct verify_target *target, uint32_t id)
{
	uint32_t k = 0;

	while (k < target->n_func_info && target->func_info[k].type_id != id)
		k++;
	return k;
}

int extend_resolve(struct verifier *v)
{
	const struct verify_target *target = v->in->target;
	const struct btf_type *t, *proto;
	uint32_t id = v->in->attach_btf_id, k;
	bool reliable;
	int err;

	typed_needs_kernel(v, "it is attached to another program");
	if (!target)
		return v->unnamed ? extend_unnamed(v) : 0;
	if (!id)
		return reject(v, TARGET_MISSING);
	if (!target->btf)
		return refuse(v, "Tracing program can only be attached to another program "
				 "annotated with BTF");
	t = btf_type(target->btf, id);
	if (!t || !*name_of(target->btf, t))
		return refuse(v, "attach_btf_id %u is invalid", id);
	v->target.btf = target->btf;
	v->target.name = name_of(target->btf, t);
	k = find(target, id);
	if (k == target->n_func_info ||
	    !func_of(target->btf, target->func_info, target->n_func_info, k, &proto))
		return refuse(v, "Subprog %.64s doesn't exist", v->target.name);
	reliable = is_reliable(target, k, t, proto);
	err = check_kinds(v, target, k, reliable);
	if (!err)
		err = check_attach(v);
	if (err || v->extends)
		return err;
	v->target.numbers = !reliable;
	v->target.proto = reliable ? proto : NULL;
	v->target.n_args = reliable ? btf_vlen_of(proto) : NUMBERS;
	return 0;
}

/* --- may the one replace the other? --- */

struct pair {
	const struct btf_blob *a, *b; /* of the target and of the extension */
	const char *name_a, *name_b;
};

static const char *kind_word(const struct btf_type *t)
{
	return btf_kind_name(t ? btf_kind_of(t) : BTF_KIND_UNKN);
}

static bool has_size(const struct btf_type *t)
{
	unsigned int kind = btf_kind_of(t);

	return kind == BTF_KIND_INT || kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION ||
	       kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64 || kind == BTF_KIND_FLOAT ||
	       kind == BTF_KIND_DATASEC;
}

static bool is_number(const struct btf_type *t)
{
	unsigned int kind = btf_kind_of(t);

	return kind == BTF_KIND_INT || kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64;
}

static int match_pointer(struct verifier *v, const struct pair *p, uint32_t i,
			 const struct btf_type *a, const struct btf_type *b)
{
	a = follow(p->a, a->type);
	b = follow(p->b, b->type);
	if (!a || btf_kind_of(a) != BTF_KIND_STRUCT)
		return refuse(v, "arg%u in %.64s() is not a pointer to context", i, p->name_a);
	if (!b || btf_kind_of(b) != BTF_KIND_STRUCT)
		return refuse(v, "arg%u in %.64s() is not a pointer to context", i, p->name_b);
	if (strcmp(name_of(p->a, a), name_of(p->b, b)) != 0)
		return refuse(v, "arg%u %.32s(struct %.32s *) doesn't match %.32s(struct %.32s *)",
			      i, p->name_a, name_of(p->a, a), p->name_b, name_of(p->b, b));
	return 0;
}

static int match_arg(struct verifier *v, const struct pair *p, uint32_t i, uint32_t type_a,
		     uint32_t type_b)
{
	const struct btf_type *a = follow(p->a, type_a), *b = follow(p->b, type_b);

	if (!a || !b || a->info != b->info)
		return refuse(v, "arg%u in %.64s() is %s while %.64s() has %s", i, p->name_a,
			      kind_word(a), p->name_b, kind_word(b));
	if (has_size(a) && a->size != b->size)
		return refuse(v, "arg%u in %.64s() has size %u while %.64s() has %u", i, p->name_a,
			      a->size, p->name_b, b->size);
	if (is_number(a))
		return 0;
	if (btf_kind_of(a) != BTF_KIND_PTR)
		return refuse(v, "arg%u in %.64s() has unrecognized type", i, p->name_a);
	return match_pointer(v, p, i, a, b);
}

static int match(struct verifier *v, const struct btf_type *a, const struct btf_type *b,
		 const struct btf_type *own)
{
	const struct pair p = { .a = v->target.btf,
				.b = v->in->btf,
				.name_a = v->target.name,
				.name_b = name_of(v->in->btf, own) };
	const struct btf_type *ret_a = follow(p.a, a->type), *ret_b = follow(p.b, b->type);
	uint32_t n = btf_vlen_of(a);

	if (n != btf_vlen_of(b))
		return refuse(v, "Function %.64s() has %u args while %.64s() has %u args", p.name_a,
			      n, p.name_b, btf_vlen_of(b));
	if ((ret_a ? ret_a->info : 0) != (ret_b ? ret_b->info : 0))
		return refuse(v, "Return type %s of %.64s() doesn't match type %s of %.64s()",
			      kind_word(ret_a), p.name_a, kind_word(ret_b), p.name_b);
	for (uint32_t i = 0; i < n; i++) {
		int err = match_arg(v, &p, i, params(a)[i].type, params(b)[i].type);

		if (err)
			return err;
	}
	return 0;
}

static int check_effects(struct verifier *v, const struct verify_func *func)
{
	if (v->subs[0].changes_packet && !func->changes_packet)
		return refuse(v, "Extension program changes packet data, while original does not");
	if (v->subs[0].may_sleep && !func->may_sleep)
		return refuse(v, "Extension program may sleep, while original does not");
	return 0;
}

int extend_check(struct verifier *v)
{
	const struct verify_target *target = v->in->target;
	const struct func_sig *sig = &v->subs[0].sig;
	const struct btf_type *proto, *theirs, *own = own_func(v, &proto);
	uint32_t k = target ? find(target, v->in->attach_btf_id) : 0;
	int err = 0;

	if (!own)
		return refuse(v, "Program extension requires BTF");
	if (target && k < target->n_funcs)
		err = check_effects(v, &target->funcs[k]);
	if (target && !err &&
	    func_of(target->btf, target->func_info, target->n_func_info, k, &theirs))
		err = match(v, theirs, proto, own);
	if (err || sig->ok)
		return err;
	return reject(v, CALL_GLOBAL_SIG, sig->bad_arg, sig->bad_type ? sig->bad_type : "static",
		      sig->name ? sig->name : name_of(v->in->btf, own));
}

int extend_arg(struct verifier *v, const struct btf_type *to, struct typed_value *ret)
{
	const struct verify_target *target = v->in->target;
	const char *name = typed_ctx_name(target->type);

	if (!subprog_ctx_struct(target->type, target->btf, to) || !name)
		return reject(v, TARGET_NO_ARG, v->target.name, 1);
	ret->type = typed_find(v, name);
	ret->is_scalar = false;
	return ret->type ? 0 : reject(v, TYPED_UNKNOWN, name);
}
