/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which functions are global, what do their signatures promise, and which functions may move the
 * packet?  Read from BTF, which was checked when it was loaded.
 */
#include <string.h>

#include "btf/btf.h"
#include "verify/kfunc_sig.h"
#include "verify/sections.h"
#include "verify/typed_call.h"

static bool has_tag(const struct btf_blob *btf, uint32_t func, unsigned int arg, const char *name)
{
	for (uint32_t id = 0; (id = btf_tag(btf, func, id));) {
		const struct btf_type *t = btf_type(btf, id);
		const struct btf_decl_tag *tag = (const void *)(t + 1);

		if (tag->component_idx == (int32_t)arg && !strcmp(btf_name(btf, t->name_off), name))
			return true;
	}
	return false;
}

static bool is_scalar(const struct btf_type *t)
{
	unsigned int kind = t ? btf_kind_of(t) : BTF_KIND_UNKN;

	return kind == BTF_KIND_INT || kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64;
}

bool subprog_ctx_struct(const struct prog_type *type, const struct btf_blob *btf,
			const struct btf_type *t)
{
	const char *name = btf_name(btf, t->name_off), *want;

	if (btf_kind_of(t) != BTF_KIND_STRUCT || !type->ctx)
		return false;
	want = type->ctx->name;
	/* What programs call the registers of a kprobe. */
	return !strcmp(name, want) ||
	       (!strcmp(want, "pt_regs") &&
		(!strcmp(name, "user_pt_regs") || !strcmp(name, "bpf_user_pt_regs_t"))) ||
	       (!strcmp(want, "bpf_user_pt_regs_t") && !strcmp(name, "pt_regs"));
}

/* A struct of the kernel by its name, without what tells flavours of it apart. */
static bool read_object(struct verifier *v, uint32_t func, const struct btf_type *t, unsigned int i,
			struct func_sig *sig)
{
	const char *name = t ? btf_name(v->in->btf, t->name_off) : "", *end = strstr(name, "___");
	size_t n = end && end != name ? (size_t)(end - name) : strlen(name);
	char plain[128];

	if (n >= sizeof(plain))
		return false;
	memcpy(plain, name, n);
	plain[n] = 0;
	sig->arg[i].kind = SIG_OBJECT;
	sig->arg[i].size = typed_find(v, plain);
	sig->arg[i].nullable = has_tag(v->in->btf, func, i, "arg:nullable");
	return sig->arg[i].size;
}

/* "FWD hidden": as the log names a type. */
static const char *type_text(struct verifier *v, const struct btf_type *t)
{
	static const char *const kinds[] = {
		[BTF_KIND_PTR] = "PTR",       [BTF_KIND_ARRAY] = "ARRAY",
		[BTF_KIND_STRUCT] = "STRUCT", [BTF_KIND_UNION] = "UNION",
		[BTF_KIND_ENUM] = "ENUM",     [BTF_KIND_FWD] = "FWD",
		[BTF_KIND_FLOAT] = "FLOAT",   [BTF_KIND_INT] = "INT",
		[BTF_KIND_ENUM64] = "ENUM64", [BTF_KIND_FUNC_PROTO] = "FUNC_PROTO",
	};
	uint32_t kind = t ? btf_kind_of(t) : 0;
	char buf[96];
	struct text text;
	const char *kept;

	text_init(&text, buf, sizeof(buf));
	text_add(&text, "%s %s",
		 kind < sizeof(kinds) / sizeof(kinds[0]) && kinds[kind] ? kinds[kind] : "UNKNOWN",
		 t ? btf_name(v->in->btf, t->name_off) : "");
	kept = arena_dup(&v->arena, buf, strlen(buf) + 1);
	return kept ? kept : "";
}

/* No tag but these; NULL: none. */
static bool only_tags(const struct verifier *v, uint32_t func, unsigned int i, const char *one,
		      const char *other)
{
	static const char *const tags[] = { "arg:ctx",   "arg:trusted",  "arg:untrusted",
					    "arg:arena", "arg:nullable", "arg:nonnull" };

	for (size_t k = 0; k < sizeof(tags) / sizeof(tags[0]); k++)
		if ((!one || strcmp(tags[k], one) != 0) &&
		    (!other || strcmp(tags[k], other) != 0) &&
		    has_tag(v->in->btf, func, i, tags[k]))
			return false;
	return true;
}

/* What is not a plain number is an object of the kernel's type of that name. */
static bool read_untrusted(struct verifier *v, uint32_t func, const struct btf_type *to,
			   unsigned int i, struct func_sig *sig)
{
	if (!only_tags(v, func, i, "arg:untrusted", NULL) || !v->in->policy.leak_pointers)
		return false;
	if (btf_is_struct(to) && !read_object(v, func, to, i, sig))
		return false;
	if (!btf_is_struct(to) && !is_scalar(to) && btf_kind_of(to) != BTF_KIND_UNKN)
		return false;
	if (!btf_is_struct(to))
		sig->arg[i].size = 0;
	sig->arg[i].kind = SIG_UNTRUSTED;
	return true;
}

static bool read_arg(struct verifier *v, uint32_t func, const struct btf_param *p, unsigned int i,
		     struct func_sig *sig)
{
	const struct btf_blob *btf = v->in->btf;
	const struct btf_type *t = btf_type(btf, btf_strip(btf, p->type));
	int64_t size;

	sig->bad_arg = i;
	sig->bad_type = type_text(v, t);
	if (!t)
		return false;
	if (is_scalar(t)) {
		sig->arg[i].kind = SIG_SCALAR;
		return only_tags(v, func, i, NULL, NULL);
	}
	if (btf_kind_of(t) != BTF_KIND_PTR)
		return false;
	sig->bad_type = type_text(v, btf_type(btf, btf_strip(btf, t->type)));
	if (has_tag(btf, func, i, "arg:untrusted")) {
		t = btf_type(btf, btf_strip(btf, t->type));
		return t && read_untrusted(v, func, t, i, sig);
	}
	if (has_tag(btf, func, i, "arg:ctx")) {
		sig->arg[i].kind = SIG_CTX;
		return only_tags(v, func, i, "arg:ctx", NULL);
	}
	if (has_tag(btf, func, i, "arg:trusted"))
		return only_tags(v, func, i, "arg:trusted", "arg:nullable") &&
		       read_object(v, func, btf_type(btf, btf_strip(btf, t->type)), i, sig);
	if (has_tag(btf, func, i, "arg:arena")) {
		sig->arg[i].kind = SIG_ARENA;
		return only_tags(v, func, i, "arg:arena", NULL);
	}
	size = t->type ? btf_size_of(btf, t->type) : -1;
	t = btf_type(btf, btf_strip(btf, t->type));
	if (t && subprog_ctx_struct(v->type, btf, t)) {
		sig->arg[i].kind = SIG_CTX;
		return only_tags(v, func, i, NULL, NULL);
	}
	if (t && !strcmp(btf_name(btf, t->name_off), "bpf_dynptr")) {
		sig->arg[i].kind = SIG_DYNPTR;
		return only_tags(v, func, i, NULL, NULL);
	}
	if (size <= 0 || size > INT32_MAX || !t)
		return false;
	sig->arg[i].kind = SIG_MEM;
	sig->arg[i].size = (uint32_t)size;
	sig->arg[i].nullable = !has_tag(btf, func, i, "arg:nonnull");
	return only_tags(v, func, i, "arg:nonnull", NULL);
}

static void read_signature(struct verifier *v, uint32_t func, struct func_sig *sig)
{
	const struct btf_blob *btf = v->in->btf;
	const struct btf_type *f = btf_type(btf, func), *proto = btf_type(btf, f->type);
	const struct btf_param *p;

	sig->name = btf_name(btf, f->name_off);
	sig->bad_type = "";
	if (!proto || btf_kind_of(proto) != BTF_KIND_FUNC_PROTO || btf_vlen_of(proto) > 5)
		return;
	sig->bad_type = "return";
	if (!is_scalar(btf_type(btf, btf_strip(btf, proto->type))))
		return;
	sig->n = btf_vlen_of(proto);
	p = (const struct btf_param *)(proto + 1);
	for (unsigned int i = 0; i < sig->n; i++)
		if (!read_arg(v, func, &p[i], i, sig))
			return;
	sig->ok = true;
}

static bool moves_packet(const struct verifier *v, uint32_t at)
{
	const struct helper_proto *h;

	if (v->cfg.op[at] == ISA_CALL_SUB || v->cfg.op[at] == ISA_LD_FUNC)
		return v->subs[v->cfg.callee[at]].changes_packet;
	if (v->cfg.op[at] == ISA_CALL_KFUNC && v->info[at].sig)
		return v->info[at].sig->flags & KF_CHANGES_PACKET;
	if (v->cfg.op[at] != ISA_CALL)
		return false;
	if (v->cfg.insns[at].imm == BPF_FUNC_tail_call)
		return true;
	h = helper_find(v->in->helpers, (uint32_t)v->cfg.insns[at].imm);
	return h && h->flags & HELPER_CHANGES_PKT;
}

/* Callees first is not needed: repeat until nothing is added. */
static void find_packet_movers(struct verifier *v)
{
	bool again = true;

	while (again) {
		again = false;
		for (uint32_t k = 0; k < v->cfg.n_calls; k++) {
			uint32_t i = v->cfg.calls[k];
			struct subprog_info *s = &v->subs[v->cfg.subprog[i]];

			if (s->changes_packet || !moves_packet(v, i))
				continue;
			s->changes_packet = true;
			again = true;
		}
	}
}

void subprog_prepare(struct verifier *v)
{
	const struct verify_input *in = v->in;

	find_packet_movers(v);
	section_find_sleepers(v);
	for (uint32_t k = 0; in->btf && k < in->n_func_info; k++) {
		const struct btf_type *t = btf_type(in->btf, in->func_info[k].type_id);

		if (!t || btf_kind_of(t) != BTF_KIND_FUNC || btf_vlen_of(t) != BTF_FUNC_GLOBAL)
			continue;
		for (uint32_t s = !v->extends; s < v->cfg.n_subprogs; s++)
			if (v->cfg.subprogs[s].start == in->func_info[k].insn_off) {
				v->subs[s].global = true;
				read_signature(v, in->func_info[k].type_id, &v->subs[s].sig);
			}
	}
}

bool subprog_returns_number(const struct verifier *v, uint32_t subprog)
{
	const struct verify_input *in = v->in;

	for (uint32_t k = 0; in->btf && k < in->n_func_info; k++) {
		const struct btf_type *t = btf_type(in->btf, in->func_info[k].type_id);

		if (in->func_info[k].insn_off != v->cfg.subprogs[subprog].start)
			continue;
		t = t && btf_kind_of(t) == BTF_KIND_FUNC ? btf_type(in->btf, t->type) : NULL;
		return t && btf_kind_of(t) == BTF_KIND_FUNC_PROTO &&
		       is_scalar(btf_type(in->btf, btf_strip(in->btf, t->type)));
	}
	return false;
}
