/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where may a program give up, and what becomes of it then?  bpf_throw() ends the program from any
 * depth; the exception callback, or by default the cookie that was thrown, says what it returns.
 * Nothing is released on the way, so nothing may be held.
 */
#include "verify/exceptions.h"

#include <string.h>

#include "verify/sections.h"

#define TAG "exception_callback:"

/* --- the callback --- */

/* What the tag of the function says; NULL: it has none. */
static const char *tag_of(const struct btf_blob *btf, uint32_t func, unsigned int *ret_n)
{
	const char *found = NULL;

	*ret_n = 0;
	for (uint32_t id = 0; (id = btf_tag(btf, func, id));) {
		const struct btf_type *t = btf_type(btf, id);
		const struct btf_decl_tag *tag = (const void *)(t + 1);

		if (tag->component_idx != -1 ||
		    strncmp(btf_name(btf, t->name_off), TAG, sizeof(TAG) - 1) != 0)
			continue;
		found = btf_name(btf, t->name_off) + sizeof(TAG) - 1;
		(*ret_n)++;
	}
	return found;
}

int exception_find(struct verifier *v, uint32_t *ret_insn)
{
	const struct verify_input *in = v->in;
	const char *name;
	unsigned int n;
	uint32_t id;

	*ret_insn = 0;
	if (!in->btf || !in->n_func_info)
		return 0;
	name = tag_of(in->btf, in->func_info[0].type_id, &n);
	if (n > 1)
		return reject_text(v, EXCEPTION,
				   "multiple exception callback tags for main subprog");
	if (!name)
		return 0;
	id = btf_find(in->btf, name, BTF_KIND_FUNC);
	if (!id)
		return reject_text(v, EXCEPTION,
				   "exception callback '%.64s' could not be found in BTF", name);
	if (btf_vlen_of(btf_type(in->btf, id)) != BTF_FUNC_GLOBAL)
		return reject_text(v, EXCEPTION,
				   "exception callback '%.64s' must have global linkage", name);
	for (uint32_t i = 0; i < in->n_func_info; i++)
		if (in->func_info[i].type_id == id)
			*ret_insn = in->func_info[i].insn_off;
	return *ret_insn ? 0
			 : reject_text(v, EXCEPTION,
				       "exception callback type id not found in func_info");
}

int exception_check_callback(struct verifier *v)
{
	struct subprog_info *s = &v->subs[v->exception_cb];

	if (!v->exception_cb)
		return 0;
	typed_needs_kernel(v, "it throws exceptions");
	if (!s->sig.ok)
		return reject_text(v, EXCEPTION,
				   "Global function %s() doesn't return scalar. Only those are "
				   "supported.",
				   s->sig.name ? s->sig.name : "");
	if (s->sig.n != 1 || s->sig.arg[0].kind != SIG_SCALAR)
		return reject_text(v, EXCEPTION,
				   "exception cb only supports single integer argument");
	s->wanted = true;
	return 0;
}

/* --- throwing --- */

bool exception_is_throw(const struct kfunc_sig *sig)
{
	return sig && !strcmp(sig->name, "bpf_throw");
}

static int check_nothing_held(struct verifier *v)
{
	const struct state *st = v->cur;

	for (uint32_t i = 0; i < st->n_refs; i++) {
		if (st->ref[i].kind == REF_PTR)
			return ref_leak(v, i, "bpf_throw");
		if (st->ref[i].kind != REF_IRQ)
			return reject(v, LOCK_LEAK, "bpf_throw");
	}
	return section_check_leave(v, "bpf_throw");
}

/* Without a callback the program returns what is thrown. */
static int check_cookie(struct verifier *v)
{
	const struct reg *r1 = reg_at(v, BPF_REG_1);
	int64_t min = v->type->ret_min, max = v->type->ret_max;
	int err;

	if (v->exception_cb || v->in_global || v->extends ||
	    (!target_return(v, &min, &max) && !v->type->ret_checked))
		return 0;
	err = precise_want(v, BPF_REG_1, min, max);
	if (err || (scalar_smin(&r1->s) >= min && scalar_smax(&r1->s) <= max))
		return err;
	return reject_text(
		v, EXCEPTION,
		"At program exit the register R1 has smin=%lld smax=%lld should have been in "
		"[%lld, %lld]",
		(long long)scalar_smin(&r1->s), (long long)scalar_smax(&r1->s), (long long)min,
		(long long)max);
}

int exception_throw(struct verifier *v)
{
	int err = check_cookie(v);

	if (!err)
		err = check_nothing_held(v);
	return err ? err : STEP_END;
}

/* Functions that a callback runs, and the exception callback with all it calls. */
static void find_callbacks(const struct verifier *v, uint8_t *in_callback)
{
	bool again = true;

	in_callback[v->exception_cb] |= v->exception_cb != 0;
	while (again) {
		again = false;
		for (uint32_t k = 0; k < v->cfg.n_calls; k++) {
			uint32_t at = v->cfg.calls[k];
			bool given = v->cfg.op[at] == ISA_LD_FUNC;
			uint32_t callee = v->cfg.callee[at];

			if ((!given && v->cfg.op[at] != ISA_CALL_SUB) || in_callback[callee] ||
			    (!given && !in_callback[v->cfg.subprog[at]]))
				continue;
			in_callback[callee] = true;
			again = true;
		}
	}
}

int exception_check_callers(struct verifier *v)
{
	uint8_t *in_callback;

	if (!cfg_has(&v->cfg, ISA_F_CALL_KFUNC))
		return 0;
	in_callback = arena_alloc(&v->arena, v->cfg.n_subprogs);
	if (!in_callback)
		return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	find_callbacks(v, in_callback);
	for (uint32_t k = 0; k < v->cfg.n_calls; k++) {
		uint32_t at = v->cfg.calls[k];

		if (v->cfg.op[at] != ISA_CALL_KFUNC || !exception_is_throw(v->info[at].sig) ||
		    !in_callback[v->cfg.subprog[at]])
			continue;
		v->at = at;
		return reject_text(
			v, EXCEPTION,
			"bpf_throw kfunc (insn %u) cannot be called from callback subprog "
			"%u",
			at, v->cfg.subprog[at]);
	}
	return 0;
}
