/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which arguments does a member of a kernel's struct own, and what may it return of what it owns?
 * Parameters of the kernel's stand-in whose names end with "__ref" are given for good: the program
 * has to let go of them, or keep them in a map.
 */
#include <string.h>

#include "verify/typed.h"

static bool is_owned(const struct verifier *v, uint32_t arg)
{
	const struct target *target = &v->target;
	const struct btf_param *p;
	const char *name, *end;

	if (!target->ops || !target->proto || arg >= target->n_args)
		return false;
	p = (const struct btf_param *)(target->proto + 1) + arg;
	name = struct_ops_param(target, arg, btf_name(target->btf, p->name_off));
	end = strstr(name, "__ref");
	return end && !end[5];
}

static bool may_tail_call(const struct verifier *v)
{
	for (uint32_t i = 0; i < v->cfg.n_subprogs; i++)
		if (v->cfg.subprogs[i].has_tail_call)
			return true;
	return false;
}

/* References to arguments are known by 1 + the argument: states that hold other ones differ. */
int owned_begin(struct verifier *v)
{
	for (uint32_t arg = 0; arg < v->target.n_args; arg++) {
		uint32_t id;
		int err;

		if (!is_owned(v, arg))
			continue;
		if (may_tail_call(v))
			return reject_text(v, OPS_OWNED,
					   "program with __ref argument cannot tail call");
		err = ref_acquire(v, REF_PTR, &id);
		if (err)
			return err;
		v->cur->ref[v->cur->n_refs - 1].obj = arg + 1;
	}
	return 0;
}

int owned_arg(struct verifier *v, uint32_t arg, uint32_t off, uint32_t *ret_ref)
{
	const struct state *st = v->cur;

	*ret_ref = 0;
	if (!is_owned(v, arg))
		return 0;
	for (uint32_t i = 0; i < st->n_refs; i++)
		if (st->ref[i].kind == REF_PTR && st->ref[i].obj == arg + 1) {
			*ret_ref = st->ref[i].id;
			return 0;
		}
	return reject(v, OPS_RELEASED, off);
}

/* What the member's prototype returns a pointer to; NULL: it returns none. */
static const struct btf_type *returned_type(const struct verifier *v)
{
	const struct target *target = &v->target;
	const struct btf_type *t;

	if (!target->ops || !target->proto)
		return NULL;
	t = btf_type(target->btf, btf_strip(target->btf, target->proto->type));
	return t && btf_kind_of(t) == BTF_KIND_PTR
		       ? btf_type(target->btf, btf_strip(target->btf, t->type))
		       : NULL;
}

bool owned_returns(const struct verifier *v)
{
	return returned_type(v);
}

bool owned_returned(const struct verifier *v)
{
	const struct reg *r0 = &state_top(v->cur)->reg[BPF_REG_0];
	const struct btf_type *want = returned_type(v);

	return want && r0->kind == KIND_BTF_OBJ && r0->ref && !(r0->flags & REG_NULLABLE) &&
	       !r0->off && scalar_is_const(&r0->s) && !scalar_const_value(&r0->s) &&
	       btf_type(typed_btf(v), r0->obj) == want;
}
