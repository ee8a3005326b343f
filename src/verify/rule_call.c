/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May this helper be called here with these arguments, and what does it leave behind?  Driven by
 * the rows of helper/; what single arguments must be is call_args.c's question.
 */
#include "verify/extend.h"
#include "verify/kptr.h"
#include "verify/kfunc_sig.h"
#include "verify/sections.h"

#include <string.h>

static const struct helper_proto *proto_at(const struct verifier *v, uint32_t at)
{
	const struct kfunc_proto *k;

	if (v->cfg.op[at] == ISA_CALL)
		return helper_find_for(v->in->helpers, (uint32_t)v->cfg.insns[at].imm,
				       v->type->groups);
	if (v->info[at].kfunc == UINT32_MAX)
		return NULL;
	k = kfunc_row(v->info[at].kfunc);
	return k ? &k->p : NULL;
}

unsigned int call_n_args(void *verifier, uint32_t at)
{
	const struct verifier *v = verifier;
	const struct helper_proto *h = proto_at(v, at);
	unsigned int n = 0;

	if (!h && v->info[at].sig)
		return v->info[at].sig->n_params;
	if (!h)
		return 5;
	while (n < 5 && h->arg[n] != ARG_NONE)
		n++;
	return n;
}

bool call_keeps(struct verifier *v, uint32_t at, uint16_t *kept, bool *ret_fast)
{
	const struct helper_proto *h = proto_at(v, at);
	const struct kfunc_sig *sig = h ? NULL : v->info[at].sig;
	bool is_void = h ? h->ret == RET_VOID : sig && sig->result == KRESULT_VOID;

	if (!h && !sig)
		return false;
	*kept &= (uint16_t) ~(((2u << call_n_args(v, at)) - 1) & ~(is_void ? 1u : 0u));
	*ret_fast = h ? h->flags & HELPER_FASTCALL : sig->flags & KF_FASTCALL;
	return true;
}

/* What is no address, and memory, of which the bytes are checked wherever it is. */
static const bool is_memory[] = {
	[ARG_NONE] = true,
	[ARG_ANYTHING] = true,
	[ARG_IGNORED] = true,
	[ARG_SCALAR] = true,
	[ARG_MEM] = true,
	[ARG_MEM_OR_NULL] = true,
	[ARG_MEM_RDWR] = true,
	[ARG_MEM_RDWR_OR_NULL] = true,
	[ARG_UNINIT_MEM] = true,
	[ARG_UNINIT_MEM_OR_NULL] = true,
	[ARG_FIXED_MEM] = true,
	[ARG_FIXED_UNINIT_MEM] = true,
	[ARG_MAP_KEY] = true,
	[ARG_MAP_VALUE] = true,
	[ARG_MAP_VALUE_OR_NULL] = true,
	[ARG_UNINIT_MAP_VALUE] = true,
};

uint16_t call_exact_args(struct verifier *v, uint32_t at)
{
	const struct helper_proto *h = proto_at(v, at);
	uint16_t exact = 0;

	/* What a callback is given comes back to it in each round. */
	if (!h || h->callback)
		return (uint16_t)((2u << (call_n_args(v, at) < 5 ? call_n_args(v, at) : 5)) - 2);
	for (unsigned int r = 1; r <= 5; r++)
		if (h->arg[r - 1] >= sizeof(is_memory) || !is_memory[h->arg[r - 1]])
			exact |= (uint16_t)(1u << r);
	return exact;
}

static void mark_noted(struct verifier *v, uint32_t at)
{
	if (at < v->cfg.n)
		v->cfg.flags[at] |= CFG_PRUNE | CFG_NOTED;
}

/* Where Linux compares states besides, and which ways it notes: where calls return to, what is
 * jumped to, be it the next instruction, and where functions are called or named. */
static void mark_as_linux(struct verifier *v, uint32_t at)
{
	const struct bpf_insn *insn = &v->cfg.insns[at];
	enum isa_op op = v->cfg.op[at];

	switch ((enum isa_form)isa_row(op)->form) {
	case ISA_F_JMP_X:
	case ISA_F_JMP_K:
	case ISA_F_JA:
	case ISA_F_JA32:
	case ISA_F_MAY_GOTO: mark_noted(v, cfg_jump_target(insn, op, at)); return;
	case ISA_F_CALL_SUB:
		v->cfg.flags[at] |= CFG_PRUNE;
		mark_noted(v, v->cfg.subprogs[v->cfg.callee[at]].start);
		mark_noted(v, at + 1);
		return;
	case ISA_F_CALL:
	case ISA_F_CALL_KFUNC: mark_noted(v, at + 1); return;
	case ISA_F_LD_IMM64:
		if (op == ISA_LD_FUNC) {
			v->cfg.flags[at] |= CFG_PRUNE;
			mark_noted(v, v->cfg.subprogs[v->cfg.callee[at]].start);
			mark_noted(v, at + 2);
		}
		return;
	case ISA_F_ALU_X:
	case ISA_F_ALU_K:
	case ISA_F_MOVSX:
	case ISA_F_CAST:
	case ISA_F_NEG:
	case ISA_F_END:
	case ISA_F_CALLX:
	case ISA_F_EXIT:
	case ISA_F_LDX:
	case ISA_F_LDSX:
	case ISA_F_LOAD_ACQ:
	case ISA_F_ST:
	case ISA_F_STX:
	case ISA_F_STORE_REL:
	case ISA_F_ATOMIC:
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: return;
	}
}

static void mark_call(struct verifier *v, uint32_t at)
{
	const struct helper_proto *h = NULL;

	if (v->info[at].sig)
		v->info[at].is_iter_next = v->info[at].sig->flags & KF_ITER_NEXT;
	if (v->cfg.op[at] == ISA_CALL || v->cfg.op[at] == ISA_CALL_KFUNC)
		h = proto_at(v, at);
	if (!h)
		return;
	if (v->cfg.op[at] == ISA_CALL_KFUNC)
		v->info[at].is_iter_next = kfunc_row(v->info[at].kfunc)->iter == KFUNC_ITER_NEXT;
	v->info[at].repeats_callback = h->callback && !helper_callback_is_async(h->callback);
	if (v->in->policy.exact_kernel && v->info[at].repeats_callback)
		mark_noted(v, at);
	/* Who sets up the callback that it runs in itself ends where it began. */
	if (helper_callback_is_async(h->callback))
		v->cfg.flags[at] |= CFG_PRUNE | CFG_FORCE;
}

void call_mark_prune(struct verifier *v)
{
	for (uint32_t at = 0; at < v->cfg.n && v->in->policy.exact_kernel; at++)
		if (v->cfg.op[at] != CFG_NO_OP)
			mark_as_linux(v, at);
	/* Where paths fork, states that differ in nothing that matters often meet. */
	for (uint32_t at = 0; at < v->cfg.n; at++)
		if (v->cfg.node[at].form == ISA_F_JMP_X || v->cfg.node[at].form == ISA_F_JMP_K)
			v->cfg.flags[at] |= CFG_PRUNE;
	for (uint32_t k = 0; k < v->cfg.n_calls; k++)
		mark_call(v, v->cfg.calls[k]);
}

int call_clobber(struct verifier *v)
{
	for (unsigned int r = 0; r <= BPF_REG_5; r++)
		memset(reg_at(v, r), 0, sizeof(struct reg));
	return 0;
}

/* Every call comes here: no formatting. */
static void set_name(struct call *c)
{
	size_t skip = c->is_kfunc ? 0 : 4, n = strlen(c->h->name);

	if (n > sizeof(c->name) - 5)
		n = sizeof(c->name) - 5;
	memcpy(c->name, "bpf_", skip);
	memcpy(c->name + skip, c->h->name, n);
	c->name[skip + n] = 0;
}

static int check_allowed(struct verifier *v, const struct call *c)
{
	const struct helper_proto *h = c->h;
	bool sleepable = v->cur->sleepable;

	if (!c->is_kfunc && !(h->groups & v->type->groups))
		return v->type->type == BPF_PROG_TYPE_EXT ? extend_unnamed(v)
							  : reject(v, CALL_TYPE, c->name, h->id);
	if (c->is_kfunc && h->groups && !(h->groups & v->type->groups))
		return reject(v, CALL_KFUNC, h->name);
	if ((h->flags & HELPER_CAP_BPF && !v->in->policy.cap_bpf) ||
	    (h->flags & HELPER_CAP_PERFMON && !v->in->policy.cap_perfmon))
		return reject(v, CALL_TYPE, c->name, h->id);
	if (h->flags & HELPER_GPL && !v->in->gpl)
		return reject(v, CALL_GPL);
	if (h->flags & HELPER_SLEEPABLE && c->is_kfunc && !sleepable)
		return reject(v, KFUNC_SLEEP, h->name);
	if (h->flags & HELPER_SLEEPABLE && (!sleepable || !v->in->policy.cap_sleepable))
		return reject(v, CALL_SLEEP, c->name, h->id);
	if (h->flags & HELPER_SLEEPABLE && section_name(v) && c->is_kfunc)
		return reject(v, KFUNC_SECTION, h->name, section_name(v));
	if (h->flags & HELPER_SLEEPABLE && section_name(v))
		return reject(v, CALL_SECTION, c->name, h->id, section_name(v));
	if (v->in->must_run && !h->fn && h->id != BPF_FUNC_tail_call)
		return reject(v, CALL_NO_BODY, c->name, h->id, h->why_not ? h->why_not : "");
	if (v->cur->n_locks && !(h->flags & HELPER_LOCKED))
		return reject(v, CALL_LOCKED);
	return c->is_kfunc ? 0 : call_here(v, c);
}

/* What the helper wrote is no longer known; nothing else changed. */
static int apply_fills(struct verifier *v, const struct call *c)
{
	for (int i = 0; i < 5; i++) {
		const struct reg *r = &c->arg[i];
		int err;

		if (!c->fill_size[i] || r->kind != KIND_STACK)
			continue;
		err = region_stack_arg(v, (unsigned int)i + 1, 0, c->fill_size[i], ACCESS_WRITE,
				       true);
		if (err)
			return err;
	}
	return 0;
}

static int release(struct verifier *v, const struct call *c)
{
	for (unsigned int i = 0; i < 5; i++) {
		const struct reg *r = &c->arg[i];

		if (!c->releases[i])
			continue;
		if (r->kind == KIND_STACK)
			return dynptr_end(v, i + 1);
		if (reg_is_zero(r))
			return 0;
		if (!r->ref)
			return reject(v, REF_RELEASE, i + 1);
		if (c->kptr)
			kptr_give(v, r->ref);
		return ref_release(v, r->ref, i + 1);
	}
	return 0;
}

static int acquire_into(struct verifier *v, struct reg *r0)
{
	uint32_t id;
	int err = ref_acquire(v, REF_PTR, &id);

	if (err)
		return err;
	r0->ref = id;
	r0->id = id;
	return 0;
}

/* The same socket under another type: gone when the one it was made of is released. */
static bool is_cast(const struct call *c)
{
	switch (c->is_kfunc ? 0 : c->h->id) {
	case BPF_FUNC_tcp_sock:
	case BPF_FUNC_sk_fullsock:
	case BPF_FUNC_skc_to_tcp_sock:
	case BPF_FUNC_skc_to_tcp6_sock:
	case BPF_FUNC_skc_to_udp6_sock:
	case BPF_FUNC_skc_to_mptcp_sock:
	case BPF_FUNC_skc_to_tcp_timewait_sock:
	case BPF_FUNC_skc_to_tcp_request_sock: return true;
	}
	return false;
}

static int acquire(struct verifier *v, const struct call *c, struct reg *r0)
{
	if (is_cast(c))
		r0->ref = c->arg[0].ref;
	return c->h->flags & HELPER_ACQUIRES ? acquire_into(v, r0) : 0;
}

static int set_map_value(struct verifier *v, const struct call *c, struct reg *r0)
{
	const struct vmap *m = &v->maps[c->map];
	enum ptr_kind kind = m->inner_at != NO_MAP ? KIND_MAP_PTR : KIND_MAP_VALUE;

	if (m->desc->type == BPF_MAP_TYPE_SOCKMAP || m->desc->type == BPF_MAP_TYPE_SOCKHASH)
		kind = KIND_SOCKET;
	if (m->desc->type == BPF_MAP_TYPE_XSKMAP)
		kind = KIND_XDP_SOCK;
	reg_set_ptr(r0, kind);
	r0->obj = m->inner_at != NO_MAP ? m->inner_at : c->map;
	r0->uid = m->inner_at != NO_MAP ? new_id(v) : c->map_uid;
	r0->id = new_id(v);
	if (c->h->ret != RET_MAP_VALUE && (!c->key_in_range || kind != KIND_MAP_VALUE))
		r0->flags |= REG_NULLABLE;
	else if (kind == KIND_MAP_VALUE && !map_value_has_lock(v, r0))
		r0->id = 0;
	return call_map_acquires(v, c) ? acquire_into(v, r0) : 0;
}

static int set_pointer(struct verifier *v, const struct call *c, struct reg *r0, enum ptr_kind kind,
		       bool nullable)
{
	reg_set_ptr(r0, kind);
	if (nullable) {
		r0->flags |= REG_NULLABLE;
		r0->id = new_id(v);
	}
	return acquire(v, c, r0);
}

static void set_integer(const struct verifier *v, const struct call *c, struct reg *r0)
{
	if (c->h->arg[0] == ARG_RES_SPIN_LOCK) {
		reg_set_const(r0, 0);
		return;
	}
	reg_set_unknown(r0);
	if (!c->is_kfunc && c->h->id == BPF_FUNC_get_smp_processor_id && v->in->n_cpus)
		r0->s = scalar_from_s64(0, (int64_t)v->in->n_cpus - 1);
	/* A length that fits the buffer, or an errno. */
	if (c->h->flags & HELPER_RET_BOUNDED && c->size_max <= INT32_MAX)
		r0->s = scalar_from_s64(-4095, (int64_t)c->size_max);
}

/* The same object by another type: what is held of the one is held of the other. */
static int set_cast(struct verifier *v, const struct call *c, struct reg *r0)
{
	int err = c->h->ret_type ? typed_result(v, c->h->ret_type, 0, true, r0)
				 : reject(v, UNSUPPORTED, (const char *)c->name);

	if (!err && c->h->arg[0] == ARG_SOCK_COMMON)
		r0->ref = c->arg[0].ref;
	return err;
}

static int set_result(struct verifier *v, const struct call *c)
{
	struct reg *r0 = reg_at(v, BPF_REG_0);

	switch ((enum helper_ret)c->h->ret) {
	case RET_INTEGER: set_integer(v, c, r0); return 0;
	case RET_VOID: return 0;
	case RET_MAP_VALUE:
	case RET_MAP_VALUE_OR_NULL:
		if (c->map == NO_MAP)
			return reject(v, INTERNAL, "no map");
		return set_map_value(v, c, r0);
	case RET_ALLOC_MEM_OR_NULL: {
		int err = set_pointer(v, c, r0, KIND_MEM, true);

		r0->obj = c->alloc_size;
		r0->flags |= REG_ALLOC;
		return err;
	}
	case RET_DYNPTR_MEM_OR_NULL:
	case RET_DYNPTR_SLICE_OR_NULL:
	case RET_DYNPTR_SLICE_RDWR_OR_NULL: return dynptr_slice(v, c, r0);
	case RET_OBJECT_OR_NULL:
	case RET_OBJECT_SHARED:
	case RET_NODE_OR_NULL:
	case RET_NODE_PEEK_OR_NULL: return alloc_result(v, c, r0);
	case RET_SOCKET_OR_NULL: return set_pointer(v, c, r0, KIND_SOCKET, true);
	case RET_TCP_SOCK_OR_NULL: return set_pointer(v, c, r0, KIND_TCP_SOCK, true);
	case RET_SOCK_COMMON_OR_NULL: return set_pointer(v, c, r0, KIND_SOCK_COMMON, true);
	case RET_BTF_ID: return typed_result(v, c->h->ret_type, 0, false, r0);
	case RET_BTF_ID_TRUSTED: return typed_result(v, c->h->ret_type, TYPED_TRUSTED, false, r0);
	case RET_BTF_ID_OR_NULL: return set_cast(v, c, r0);
	case RET_KPTR_OR_NULL: return kptr_result(v, c, r0);
	case RET_MEM_OR_BTF_ID:
	case RET_MEM_OR_BTF_ID_OR_NULL:
		typed_percpu_copy(v, &c->arg[0], c->h->ret == RET_MEM_OR_BTF_ID_OR_NULL, r0);
		return 0;
	}
	return reject(v, INTERNAL, "return kind");
}

static int tail_call_types(struct verifier *v)
{
	if (!top(v)->subprog)
		return 0;
	if (!v->in->n_func_info)
		return reject_text(v, CALL_TAIL_TYPES,
				   "tail_call is not allowed in subprogs without BTF");
	if (!subprog_returns_number(v, top(v)->subprog))
		return reject_text(v, CALL_TAIL_TYPES,
				   "tail_call is only allowed in functions that return 'int'.");
	return 0;
}

/* In a function that was called, a tail call that succeeds ends that function only. */
static int tail_call(struct verifier *v, const struct call *c)
{
	uint32_t *map = &v->info[v->at].tail_map;
	int err = tail_call_types(v);
	struct state *missed;

	if (!err)
		err = ref_check_leak(v, "tail_call");
	/* What the kernel would mask the index with. */
	if (!err && v->in->policy.guard_speculation && *map && *map != c->map + 1)
		err = reject(v, CALL_TAIL_MAPS);
	*map = c->map + 1;
	v->facts->may_tail_call = true;
	if (err || v->cur->n_frames == 1)
		return err;
	missed = walk_push(v, v->at + 1, &err);
	if (!missed)
		return err;
	memset(&state_top(missed)->reg[0], 0, 6 * sizeof(struct reg));
	packet_invalidate(v);
	reg_set_unknown(reg_at(v, BPF_REG_0));
	return rule_exit(v);
}

static int finish(struct verifier *v, const struct call *c)
{
	int err = apply_fills(v, c);

	if (!err)
		err = release(v, c);
	/* A round of a comparison finds the new item still in its owner's hands. */
	if (!err && c->h->callback == CALLBACK_LESS)
		err = callback_call(v, c);
	if (!err)
		err = call_args_apply(v, c);
	if (!err && c->h->callback != CALLBACK_LESS)
		err = callback_call(v, c);
	if (err)
		return err;
	if (c->h->id == BPF_FUNC_tail_call && !c->is_kfunc) {
		err = tail_call(v, c);
		if (err)
			return err;
	}
	call_clobber(v);
	err = set_result(v, c);
	if (err)
		return err;
	if (c->h->flags & HELPER_CHANGES_PKT ||
	    (c->h->id == BPF_FUNC_dynptr_write && !c->is_kfunc && c->dynptr &&
	     dynptr_write_moves(c->dynptr - 1))) {
		v->facts->changes_packet = true;
		packet_invalidate(v);
	}
	return STEP_NEXT;
}

static int call(struct verifier *v, const struct helper_proto *h, bool is_kfunc)
{
	struct call c = { .h = h, .is_kfunc = is_kfunc, .map = NO_MAP, .callback = UINT32_MAX };
	int err;

	set_name(&c);
	err = check_allowed(v, &c);
	if (!err)
		err = call_args(v, &c);
	if (!err)
		err = finish(v, &c);
	return err;
}

int rule_call(struct verifier *v, const struct bpf_insn *insn)
{
	uint32_t id = (uint32_t)insn->imm;
	const struct helper_proto *h = helper_find_for(v->in->helpers, id, v->type->groups);

	if (!h)
		return reject(v, CALL_UNKNOWN, "unknown", id);
	if (id < 256)
		v->facts->helper_bits[id / 64] |= 1ULL << (id % 64);
	v->facts->calls_helpers = true;
	return call(v, h, false);
}

int rule_kfunc(struct verifier *v, const struct bpf_insn *insn)
{
	const struct kfunc_proto *k = NULL;
	struct call c;
	int err;

	if (v->info[v->at].kfunc != UINT32_MAX)
		k = kfunc_row(v->info[v->at].kfunc);
	if (!k && v->info[v->at].sig)
		return rule_kfunc_typed(v, v->info[v->at].sig);
	if (!k) {
		const char *name = "";

		for (uint32_t i = 0; i < v->in->n_kfunc_refs; i++)
			if (v->in->kfunc_at[i] == v->at && v->in->kfunc_names)
				name = v->in->kfunc_names[i];
		return reject(v, CALL_KFUNC, name ? name : "");
	}
	(void)insn;
	v->facts->calls_helpers = true;
	err = section_kfunc(v, k->p.name);
	if (err)
		return err;
	if (k->iter == KFUNC_PLAIN)
		return call(v, &k->p, true);
	memset(&c, 0, sizeof(c));
	c.h = &k->p;
	c.is_kfunc = true;
	set_name(&c);
	err = check_allowed(v, &c);
	if (err)
		return err;
	switch ((enum kfunc_iter)k->iter) {
	case KFUNC_ITER_NEW: return iter_new(v, k, 0);
	case KFUNC_ITER_NEXT: return iter_next(v, k, 0);
	case KFUNC_ITER_DESTROY: return iter_destroy(v, k);
	case KFUNC_PLAIN: break;
	}
	return reject(v, INTERNAL, "kfunc");
}
