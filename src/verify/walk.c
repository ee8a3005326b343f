/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In which order are paths walked, and when is it enough?  Depth first, fall-through before jump;
 * the only loop over instructions of the whole verification.
 */
#include "base/os.h"
#include "verify/fork.h"

struct state *walk_push(struct verifier *v, uint32_t insn, int *ret_err)
{
	struct state *st;

	if (v->n_pending >= v->in->policy.max_pending) {
		*ret_err = reject(v, LIMIT_PENDING, v->n_pending + 1);
		return NULL;
	}
	st = fork_path(v) ? state_save(&v->pool, v->cur) : NULL;
	if (!st || !state_copy_path(&v->pool, st, v->cur)) {
		*ret_err = reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
		return NULL;
	}
	st->insn = insn;
	st->prev_insn = v->at;
	st->next = v->pending;
	st->soonest = st->next && st->next->soonest < insn ? st->next->soonest : insn;
	v->pending = st;
	v->n_pending++;
	if (st->parent)
		st->parent->branches++;
	return st;
}

struct state *walk_push_fresh(struct verifier *v, uint32_t subprog, int *ret_err)
{
	struct state *st;
	struct frame *f;

	/* Who knows whether it is set up at all, but for the general state? */
	if (v->tries) {
		*ret_err = GENERAL_FAILED;
		return NULL;
	}
	if (v->n_pending >= v->in->policy.max_pending) {
		*ret_err = reject(v, LIMIT_PENDING, v->n_pending + 1);
		return NULL;
	}
	st = state_new_saved(&v->pool);
	f = st ? state_add_frame(&v->pool, st, false) : NULL;
	if (!f) {
		*ret_err = reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
		return NULL;
	}
	f->subprog = subprog;
	st->insn = v->cfg.subprogs[subprog].start;
	st->soonest = 0;
	st->prev_insn = v->at;
	st->next = v->pending;
	v->pending = st;
	v->n_pending++;
	return st;
}

static bool pop(struct verifier *v, int *ret_err)
{
	struct state *st = v->pending;

	*ret_err = 0;
	if (!st)
		return false;
	v->pending = st->next;
	v->n_pending--;
	if (!state_load(&v->pool, v->cur, st) || !state_copy_path(&v->pool, v->cur, st))
		*ret_err = reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	trace_from(v);
	state_drop(&v->pool, st);
	return true;
}

static inline int step(struct verifier *v)
{
	uint32_t at = v->cur->insn;
	const struct bpf_insn *insn = &v->cfg.insns[at];
	const struct isa_row *row = isa_row(v->cfg.op[at]);

	_Static_assert(BPF_JMP + 1 == BPF_JMP32, "one comparison finds both");
	v->jumps += BPF_CLASS(insn->code) - (uint32_t)BPF_JMP < 2;
	switch ((enum isa_form)row->form) {
	case ISA_F_ALU_X:
	case ISA_F_ALU_K: return rule_alu(v, insn, row);
	case ISA_F_MOVSX: return rule_movsx(v, insn, row);
	case ISA_F_CAST: return rule_cast(v, insn);
	case ISA_F_NEG:
	case ISA_F_END: return rule_unary(v, insn, row);
	case ISA_F_JMP_X:
	case ISA_F_JMP_K: return rule_jump(v, insn, row);
	case ISA_F_JA:
	case ISA_F_JA32:
		v->cur->insn = cfg_jump_target(insn, v->cfg.op[at], at);
		return STEP_JUMPED;
	case ISA_F_MAY_GOTO: return rule_may_goto(v, insn);
	case ISA_F_CALL: return rule_call(v, insn);
	case ISA_F_CALL_SUB: return rule_call_sub(v, insn);
	case ISA_F_CALL_KFUNC: return rule_kfunc(v, insn);
	case ISA_F_CALLX: return reject(v, CFG_CALLX);
	case ISA_F_EXIT: return rule_exit(v);
	case ISA_F_LDX:
	case ISA_F_LDSX:
	case ISA_F_LOAD_ACQ: return rule_load(v, insn, row);
	case ISA_F_ST:
	case ISA_F_STX:
	case ISA_F_STORE_REL: return rule_store(v, insn, row);
	case ISA_F_ATOMIC: return rule_atomic(v, insn, row);
	case ISA_F_LD_IMM64: return rule_ld_imm64(v, insn, row);
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: return rule_ld_abs(v, insn, row);
	}
	return reject(v, INTERNAL, "form");
}

int walk_step(struct verifier *v)
{
	return step(v);
}

enum {
	SHORT = 256,       /* visits that are over before processor time and the clock differ */
	TIME_EVERY = 4096, /* visits */
};

uint64_t walk_spent_ns(const struct verifier *v)
{
	if (!v->cpu_from_ns)
		return os_now_ns() - v->start_ns;
	return v->clock_ns + os_thread_cpu_ns() - v->cpu_from_ns;
}

void walk_count_cpu(struct verifier *v)
{
	if (v->cpu_from_ns)
		return;
	v->clock_ns = os_now_ns() - v->start_ns;
	v->cpu_from_ns = os_thread_cpu_ns();
}

void walk_budget(struct verifier *v)
{
	v->start_ns = os_now_ns();
	v->look_at = SHORT < v->in->policy.max_visits ? SHORT : v->in->policy.max_visits + 1;
}

static int look_at_budget(struct verifier *v)
{
	const struct verify_policy *p = &v->in->policy;
	uint64_t limit = (uint64_t)p->max_visits + v->wasted + v->others.wasted;
	uint64_t over = general_limit(v), visited = (uint64_t)v->stats.visited + v->others.visited;

	if (v->stats.visited > over)
		return GENERAL_FAILED;
	if (visited > limit)
		return reject(v, LIMIT_VISITS, visited);
	if (v->stop && __atomic_load_n(v->stop, __ATOMIC_RELAXED))
		return reject(v, INTERNAL, "stopped");
	limit -= v->others.visited;
	if (v->stats.visited >= SHORT)
		walk_count_cpu(v);
	if (p->max_ns && walk_spent_ns(v) > p->max_ns)
		return reject(v, LIMIT_TIME, p->max_ns);
	if (limit > over)
		limit = over;
	v->look_at = limit < UINT32_MAX ? (uint32_t)limit + 1 : UINT32_MAX;
	if ((p->max_ns || v->stop) && v->look_at > v->stats.visited + TIME_EVERY)
		v->look_at = v->stats.visited + TIME_EVERY;
	if (!v->cpu_from_ns && v->look_at > SHORT)
		v->look_at = SHORT;
	return 0;
}

static int check_budget(struct verifier *v)
{
	return ++v->stats.visited < v->look_at ? 0 : look_at_budget(v);
}

/* Whatever else somebody wants of an instruction, before it and after it. */
static int look_before(struct verifier *v)
{
	int err = v->claims ? claims_record(v) : 0;

	if (err)
		return err;
	if (v->auditing && !v->info[v->at].visited)
		return reject(v, INTERNAL, "nothing led here before");
	if (v->traces)
		trace_before(v);
	return 0;
}

static void look_after(struct verifier *v, int step)
{
	if (!v->traces)
		return;
	if (step < 0 || step == STEP_END)
		trace_end(v);
	else
		trace_after(v);
}

/* One instruction: STEP_*, or negative errno. */
static inline int walk_one(struct verifier *v, bool watched)
{
	struct state *cur = v->cur;
	uint32_t at = cur->insn;
	struct insn_info *info = &v->info[at];
	int err;

	v->at = at;
	err = check_budget(v);
	if (err)
		return err;
	if (v->cfg.flags[at] & CFG_PRUNE || info->is_iter_next || info->repeats_callback) {
		err = prune_visit(v);
		if (err)
			return err < 0 ? err : STEP_END;
		if (v->cfg.flags[at] & CFG_NOTED)
			prune_note(v);
	}
	err = path_add(v, at);
	if (!err && v->exact_uses[at])
		err = offset_operands(v, at);
	if (!err && watched)
		err = look_before(v);
	if (err)
		return err;
	info->visited = true;
	err = step(v);
	if (err == STEP_NEXT)
		cur->insn = at + cfg_width(&v->cfg, at);
	if (err == STEP_NEXT || err == STEP_JUMPED)
		cur->prev_insn = at;
	if (watched)
		look_after(v, err);
	return err;
}

/* To the end of the path. */
static int walk_path(struct verifier *v)
{
	bool watched = v->traces || v->claims || v->auditing;
	int err;

	do
		err = watched ? walk_one(v, true) : walk_one(v, false);
	while (err == STEP_NEXT || err == STEP_JUMPED);
	return err;
}

int walk_paths(struct verifier *v)
{
	for (;;) {
		int err = walk_path(v);

		if (err < 0 && general_undo(v, err))
			continue;
		if (err < 0)
			return err == GENERAL_FAILED ? reject(v, INTERNAL, "general") : err;
		precise_settle(v, true);
		prune_path_done(v);
		if (!pop(v, &err) || err)
			return err;
	}
}

struct state *walk_entry(struct verifier *v)
{
	struct state *st = state_new_working(&v->pool);

	if (st)
		st->sleepable = v->in->prog_flags & BPF_F_SLEEPABLE;
	return st;
}

int walk_run(struct verifier *v)
{
	int err;

	if (v->traces)
		trace_start(v);
	if (v->in->explain || trace_wants_path(v)) {
		v->launch = state_save(&v->pool, v->cur);
		v->launch_id = v->last_id;
	}
	err = walk_paths(v);
	if (err)
		return err;
	v->summarised = false;
	err = audit_walk(v);
	if (!err)
		v->launch = NULL;
	return err;
}
