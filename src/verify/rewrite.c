/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do the engines run?  A copy of an accepted program without dead code, with context accesses
 * at their real offsets, map references as addresses and kfunc calls as row numbers; and the facts
 * about it.  Judges nothing.
 */
#include <errno.h>

#include "base/alloc.h"
#include "verify/env.h"

enum fate {
	DROP,
	KEEP,
	JUMP, /* a condition that always holds */
	TRAP, /* behind a call that never returns; a callback that is never called */
};

struct plan {
	uint8_t *fate;
	uint32_t *new_at; /* per old instruction, and one behind the last */
	uint32_t n;
};

static bool runs(const struct verifier *v, uint32_t at)
{
	return at < v->cfg.n && v->info[at].visited;
}

static bool is_cond(const struct isa_row *row)
{
	return row->form == ISA_F_JMP_X || row->form == ISA_F_JMP_K;
}

/* Nothing runs it, but something names it: a function has an address although bpf_loop is told to
 * call it no times. */
static bool is_named(const struct verifier *v, uint32_t at)
{
	if (at && runs(v, at - 1) && v->cfg.op[at - 1] == ISA_CALL_SUB)
		return true;
	for (uint32_t i = 0; i < v->cfg.n_subprogs; i++)
		if (v->cfg.subprogs[i].start == at)
			return v->cfg.subprogs[i].is_callback;
	return false;
}

static enum fate fate_of(const struct verifier *v, uint32_t at)
{
	const struct isa_row *row;
	uint32_t target;

	if (!v->info[at].visited)
		return is_named(v, at) ? TRAP : DROP;
	row = isa_row(v->cfg.op[at]);
	if (!is_cond(row))
		return KEEP;
	target = cfg_jump_target(&v->cfg.insns[at], v->cfg.op[at], at);
	if (!runs(v, target))
		return DROP;
	return runs(v, at + 1) ? KEEP : JUMP;
}

static int make_plan(struct verifier *v, struct plan *p)
{
	p->fate = arena_alloc_raw(&v->arena, v->cfg.n);
	p->new_at = arena_alloc_raw(&v->arena, (v->cfg.n + 1) * sizeof(*p->new_at));
	if (!p->fate || !p->new_at)
		return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	for (uint32_t i = 0; i < v->cfg.n; i++) {
		p->new_at[i] = p->n;
		if (v->cfg.op[i] == CFG_NO_OP) {
			p->fate[i] = p->fate[i - 1];
			p->n += p->fate[i] == KEEP;
			continue;
		}
		p->fate[i] = (uint8_t)fate_of(v, i);
		p->n += p->fate[i] != DROP;
	}
	p->new_at[v->cfg.n] = p->n;
	return 0;
}

static int64_t address_of(const struct verifier *v, uint32_t at, bool value)
{
	const struct vmap *m = &v->maps[v->info[at].map];
	size_t room;

	if (!value)
		return (int64_t)(uintptr_t)m->map;
	return (int64_t)(uintptr_t)map_direct_value(m->map, (uint32_t)v->cfg.insns[at + 1].imm,
						    &room);
}

static void put_wide(struct bpf_insn *insn, int64_t x)
{
	insn[0].src_reg = 0;
	insn[0].imm = (int32_t)x;
	insn[1].imm = (int32_t)(x >> 32);
}

static void note_ctx(struct verify_facts *facts, uint32_t off, uint32_t size, bool write)
{
	if (facts->ctx_bytes < off + size)
		facts->ctx_bytes = off + size;
	for (uint32_t w = off / 8; w <= (off + size - 1) / 8; w++) {
		uint64_t bit = 1ULL << (w < 63 ? w : 63);

		if (write)
			facts->ctx_written_words |= bit;
		else
			facts->ctx_read_words |= bit;
	}
}

static void move_ctx(struct verify_facts *facts, const struct ctx_field *f, struct bpf_insn *insn,
		     const struct isa_row *row)
{
	bool write = row->form != ISA_F_LDX && row->form != ISA_F_LDSX;
	uint32_t off = (uint32_t)(f->real_off + (insn->off - f->off));

	if (f->kind != CTX_SCALAR) {
		off = f->real_off;
		insn->code = BPF_LDX | BPF_MEM | BPF_DW;
	}
	insn->off = (int16_t)off;
	note_ctx(facts, off, f->kind != CTX_SCALAR ? 8 : row->bits / 8u, write);
}

enum {
	NEAR_JUMPS = 1u << ISA_F_JMP_X | 1u << ISA_F_JMP_K | 1u << ISA_F_JA | 1u << ISA_F_MAY_GOTO,
	RELATIVE = NEAR_JUMPS | 1u << ISA_F_JA32 | 1u << ISA_F_CALL_SUB,
	NAMING = 1u << ISA_F_LD_IMM64 | 1u << ISA_F_CALL_KFUNC,
};

/* What is RELATIVE. */
static void relocate(const struct verifier *v, const struct plan *p, uint32_t at,
		     struct bpf_insn *insn, const struct isa_row *row)
{
	int32_t here = (int32_t)p->new_at[at] + 1;
	uint32_t to = row->form == ISA_F_CALL_SUB ? v->cfg.subprogs[v->cfg.callee[at]].start
						  : cfg_jump_target(insn, v->cfg.op[at], at);

	if (NEAR_JUMPS >> row->form & 1)
		insn->off = (int16_t)((int32_t)p->new_at[to] - here);
	else
		insn->imm = (int32_t)p->new_at[to] - here;
}

/* Some programs only read packets: so do their dynptrs. */
static uint32_t kfunc_run(const struct verifier *v, uint32_t row)
{
	const struct kfunc_proto *k = kfunc_row(row);

	if (k && k->p.dynptr == HELPER_DYNPTR_SKB && !v->type->pkt_write)
		return kfunc_by_name("bpf_dynptr_from_skb_rdonly")->p.id;
	return row;
}

static void resolve(struct verifier *v, const struct plan *p, uint32_t at, struct bpf_insn *insn)
{
	switch (v->cfg.op[at]) {
	case ISA_LD_MAP_FD:
	case ISA_LD_MAP_IDX: put_wide(insn, address_of(v, at, false)); return;
	case ISA_LD_MAP_VALUE:
	case ISA_LD_MAP_IDX_VALUE: put_wide(insn, address_of(v, at, true)); return;
	case ISA_LD_FUNC:
		insn->imm = (int32_t)p->new_at[v->cfg.subprogs[v->cfg.callee[at]].start] -
			    (int32_t)p->new_at[at] - 1;
		return;
	case ISA_CALL_KFUNC:
		insn->imm = (int32_t)kfunc_run(v, v->info[at].kfunc);
		insn->off = 0;
		return;
	}
}

static void emit(struct verifier *v, const struct plan *p, uint32_t at)
{
	struct verify_facts *facts = v->facts;
	uint32_t to = p->new_at[at];
	struct bpf_insn *insn = &facts->insns[to];
	const struct isa_row *row;

	facts->orig[to] = at;
	if (p->fate[at] == TRAP) {
		*insn = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
		return;
	}
	row = isa_row(v->cfg.op[at]);
	insn[0] = v->cfg.insns[at];
	if (cfg_width(&v->cfg, at) == 2) {
		insn[1] = v->cfg.insns[at + 1];
		facts->orig[to + 1] = at + 1;
	}
	if (v->info[at].field)
		move_ctx(facts, v->info[at].field, insn, row);
	if (RELATIVE >> row->form & 1)
		relocate(v, p, at, insn, row);
	if (NAMING >> row->form & 1)
		resolve(v, p, at, insn);
	if (p->fate[at] == JUMP)
		*insn = (struct bpf_insn){ .code = BPF_JMP | BPF_JA, .off = insn->off };
}

static int list_subprogs(struct verifier *v, const struct plan *p)
{
	struct verify_facts *facts = v->facts;

	facts->subprogs = mem_array(v->cfg.n_subprogs, sizeof(*facts->subprogs));
	if (!facts->subprogs)
		return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	for (uint32_t i = 0; i < v->cfg.n_subprogs; i++) {
		const struct cfg_subprog *s = &v->cfg.subprogs[i];

		/* Its first instruction may be gone while others are left. */
		if (p->new_at[s->start] == p->new_at[s->end])
			continue;
		facts->subprogs[facts->n_subprogs++] = (struct verify_subprog){
			.start = p->new_at[s->start],
			.end = p->new_at[s->end],
			.stack = v->subs[i].stack,
			.is_callback = s->is_callback,
			.is_global = v->subs[i].global,
			.has_tail_call = s->has_tail_call,
			.reachable = true,
		};
	}
	return 0;
}

/* Who else may read the context: helpers that are given it, programs that are tail called. */
static void note_ctx_escapes(struct verifier *v)
{
	for (uint32_t k = 0; k < v->cfg.n_calls; k++) {
		uint32_t i = v->cfg.calls[k];
		const struct helper_proto *h;

		if (!v->info[i].visited || v->cfg.op[i] != ISA_CALL)
			continue;
		h = helper_find(v->in->helpers, (uint32_t)v->cfg.insns[i].imm);
		for (int a = 0; h && a < 5; a++)
			if (h->arg[a] == ARG_CTX || h->arg[a] == ARG_CTX_OR_NULL)
				v->facts->ctx_read_words = UINT64_MAX;
	}
	if (v->facts->may_tail_call)
		v->facts->ctx_read_words = UINT64_MAX;
}

/* What relies on a kernel must not run anywhere else, whoever is asked to. */
static int replace_by_exit(struct verifier *v)
{
	struct verify_facts *facts = v->facts;

	facts->insns = mem_array(2, sizeof(struct bpf_insn));
	facts->orig = mem_array(2, sizeof(uint32_t));
	facts->subprogs = mem_array(1, sizeof(*facts->subprogs));
	if (!facts->insns || !facts->orig || !facts->subprogs)
		return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	facts->insns[0] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K };
	facts->insns[1] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	facts->n_insns = 2;
	facts->subprogs[0] = (struct verify_subprog){ .end = 2, .reachable = true };
	facts->n_subprogs = 1;
	return 0;
}

/* What whoever is attached to the program has to know of it. */
static int list_funcs(struct verifier *v)
{
	const struct verify_input *in = v->in;
	struct verify_facts *facts = v->facts;

	if (in->must_run || !in->n_func_info)
		return 0;
	facts->funcs = mem_array(in->n_func_info, sizeof(*facts->funcs));
	if (!facts->funcs)
		return reject(v, LIMIT_MEMORY, (uint64_t)in->policy.max_memory);
	facts->n_funcs = in->n_func_info;
	for (uint32_t k = 0; k < in->n_func_info; k++) {
		uint32_t at = in->func_info[k].insn_off, s = at < v->cfg.n ? v->cfg.subprog[at] : 0;

		facts->funcs[k] = (struct verify_func){
			.changes_packet = v->subs[s].changes_packet,
			.may_sleep = v->subs[s].may_sleep,
			.is_exception_cb = s && s == v->exception_cb,
		};
	}
	return 0;
}

int rewrite_prog(struct verifier *v)
{
	struct plan p = { 0 };
	int err;

	if (v->facts->needs_kernel && v->in->must_run)
		return reject(v, RUN_KERNEL, v->facts->needs_kernel);
	err = list_funcs(v);
	if (err)
		return err;
	if (v->facts->needs_kernel)
		return replace_by_exit(v);
	err = make_plan(v, &p);
	if (err)
		return err;
	v->facts->insns = mem_array(p.n, sizeof(struct bpf_insn));
	v->facts->orig = mem_array(p.n, sizeof(uint32_t));
	if (!v->facts->insns || !v->facts->orig)
		return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	v->facts->n_insns = p.n;
	for (uint32_t i = 0; i < v->cfg.n; i++)
		if (v->cfg.op[i] != CFG_NO_OP && p.fate[i] != DROP)
			emit(v, &p, i);
	note_ctx_escapes(v);
	return list_subprogs(v, &p);
}
