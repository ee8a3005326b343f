/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In which order is a program judged?  The list of passes, one row a pass, and what is set up
 * before and cleaned up after them.
 */
#include "verify/verify.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/os.h"
#include "ring3/bpf.h"
#include "verify/env.h"
#include "verify/exceptions.h"
#include "verify/explain.h"
#include "verify/extend.h"
#include "verify/globals.h"
#include "verify/log.h"

static int out_of_memory(struct verifier *v)
{
	return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
}

/* --- passes --- */

/* Functions and kernel functions are for the privileged, called or not. */
static int check_functions(struct verifier *v)
{
	const struct verify_input *in = v->in;

	for (uint32_t i = 0; i < in->n_insns && !in->policy.cap_bpf; i++) {
		const struct bpf_insn *insn = &in->insns[i];
		bool call = insn->code == (BPF_JMP | BPF_CALL) &&
			    (insn->src_reg == BPF_PSEUDO_CALL ||
			     insn->src_reg == BPF_PSEUDO_KFUNC_CALL);
		bool address = insn->code == (BPF_LD | BPF_IMM | BPF_DW) &&
			       insn->src_reg == BPF_PSEUDO_FUNC;

		v->at = i;
		if (call || address)
			return reject(v, CALL_CAP);
	}
	v->at = 0;
	return 0;
}

static int pass_shape(struct verifier *v)
{
	const struct verify_input *in = v->in;
	struct cfg_limits limits = {
		.max_subprogs = in->policy.max_subprogs,
		.allow_loops = in->policy.cap_bpf,
	};
	int err;

	if (!in->n_insns || in->n_insns > in->policy.max_insns)
		return reject(v, LIMIT_INSNS, in->n_insns, in->policy.max_insns);
	err = check_functions(v);
	if (err)
		return err;
	err = exception_find(v, &limits.entry);
	if (err)
		return err;
	err = cfg_build(&v->cfg, in->insns, in->n_insns, &limits, &v->arena, &v->diag);
	if (err == -ENOMEM && !diag_is_set(&v->diag))
		return out_of_memory(v);
	if (!err && limits.entry)
		v->exception_cb = v->cfg.subprog[limits.entry];
	v->goes_down = !v->cfg.jumps_back && !v->cfg.names_functions && v->cfg.n_subprogs == 1;
	/* Whoever reads a log compares the number of states with Linux's. */
	v->leaves_behind = v->goes_down && !in->log && !v->keeps_all && !in->policy.exact_kernel;
	return err;
}

/* The types were judged when the map was made: what cannot be read now has no fields. */
static void read_record(struct vmap *m, const struct map_desc *d, const struct btf_blob *btf)
{
	struct btf_record *rec = &m->record;

	if (btf && !btf_record_read(btf, d->btf_value_type_id, RECORD_OF_MAP, rec))
		return;
	if (d->spin_lock_off >= 0)
		rec->field[rec->n++] = (struct btf_field){ .kind = FIELD_SPIN_LOCK,
							   .off = (uint32_t)d->spin_lock_off,
							   .size = 4 };
	if (d->timer_off >= 0)
		rec->field[rec->n++] = (struct btf_field){ .kind = FIELD_TIMER,
							   .off = (uint32_t)d->timer_off,
							   .size = 16 };
}

static uint32_t add_map(struct verifier *v, const struct map_desc *desc, const struct map *map,
			const struct btf_blob *btf)
{
	struct vmap *m = &v->maps[v->n_maps];

	m->desc = desc;
	m->map = map;
	m->inner_at = NO_MAP;
	m->frozen = map && map_is_frozen(map);
	read_record(m, desc, btf);
	v->map_names[v->n_maps] = desc;
	return v->n_maps++;
}

static uint32_t find_map(const struct verifier *v, const struct map *map)
{
	for (uint32_t i = 0; i < v->n_maps; i++)
		if (v->maps[i].map == map)
			return i;
	return NO_MAP;
}

static void add_inner(struct verifier *v, uint32_t outer, const struct btf_blob *btf)
{
	struct vmap *o = &v->maps[outer];
	const struct map_desc *d = o->desc;

	if (d->type != BPF_MAP_TYPE_ARRAY_OF_MAPS && d->type != BPF_MAP_TYPE_HASH_OF_MAPS)
		return;
	o->inner = (struct map_desc){
		.type = d->inner_type,
		.key_size = d->inner_key_size,
		.value_size = d->inner_value_size,
		.max_entries = d->inner_max_entries,
		.flags = d->inner_flags,
		.spin_lock_off = -1,
		.timer_off = -1,
		.btf_value_type_id = d->inner_btf_value_type_id,
	};
	/* It follows the outer one, as state_print.c knows. */
	o->inner_at = add_map(v, &o->inner, NULL, btf);
}

static int pass_maps(struct verifier *v)
{
	const struct verify_input *in = v->in;
	uint32_t room = in->n_map_refs * 2 + 1, n = 0;

	v->maps = arena_alloc(&v->arena, room * sizeof(*v->maps));
	v->map_names = arena_alloc(&v->arena, room * sizeof(struct map_desc *));
	v->info = arena_alloc(&v->arena, in->n_insns * sizeof(*v->info));
	v->subs = arena_alloc(&v->arena, v->cfg.n_subprogs * sizeof(*v->subs));
	if (!v->maps || !v->map_names || !v->info || !v->subs)
		return out_of_memory(v);
	v->names.maps = v->map_names;
	v->names.iters = v->iters;
	v->names.own = v->in->btf;
	for (uint32_t i = 0; i < in->n_insns; i++)
		v->info[i].map = v->info[i].kfunc = UINT32_MAX;
	v->arena_map = NO_MAP;
	for (uint32_t i = 0; i < in->n_map_refs; i++) {
		struct map *map = in->maps[i];
		uint32_t k;
		int err;

		if (in->map_at[i] >= in->n_insns || !map)
			return reject(v, INTERNAL, "map reference");
		k = find_map(v, map);
		if (k == NO_MAP) {
			v->at = in->map_at[i];
			if (n++ == in->policy.max_maps)
				return reject(v, LIMIT_MAPS, in->policy.max_maps);
			err = call_map_usable(v, &map->desc);
			if (err)
				return err;
			k = add_map(v, &map->desc, map, in->map_btfs ? in->map_btfs[i] : NULL);
			add_inner(v, k, in->map_btfs ? in->map_btfs[i] : NULL);
		}
		v->info[in->map_at[i]].map = k;
		err = map->desc.type == BPF_MAP_TYPE_ARENA ? arena_use(v, k) : 0;
		if (!err)
			err = field_check_map(v, &v->maps[k]);
		if (err)
			return err;
	}
	for (uint32_t i = 0; i < in->n_kfunc_refs; i++) {
		uint32_t at = in->kfunc_at[i];

		if (at >= in->n_insns)
			continue;
		v->info[at].kfunc = in->kfunc_rows[i];
		if (in->kfunc_rows[i] == UINT32_MAX && in->kfunc_names)
			v->info[at].sig = kfunc_sig_of(v, in->kfunc_names[i]);
	}
	return 0;
}

static int pass_live(struct verifier *v)
{
	const uint32_t forks = 1u << ISA_F_JMP_X | 1u << ISA_F_JMP_K | 1u << ISA_F_MAY_GOTO;
	bool is_line = v->goes_down && !(v->cfg.forms & forks) && !v->in->log && !v->claims;
	int err = is_line ? live_assume_all(&v->live, &v->cfg, &v->arena)
			  : live_build(&v->live, &v->cfg, call_n_args, v, &v->arena);

	return err ? out_of_memory(v) : 0;
}

static int pass_signatures(struct verifier *v)
{
	int err;

	call_mark_prune(v);
	subprog_prepare(v);
	if (v->traces)
		trace_functions(v);
	err = v->extends ? extend_check(v) : 0;
	return err ? err : exception_check_callback(v);
}

static int pass_walk(struct verifier *v)
{
	struct frame *f;
	int err = precise_prepare(v);

	if (err)
		return err;
	v->pool.arena = &v->arena;
	v->cur = walk_entry(v);
	if (!v->cur)
		return out_of_memory(v);
	f = state_add_frame(&v->pool, v->cur, true);
	if (!f)
		return out_of_memory(v);
	reg_set_ptr(&f->reg[1], KIND_CTX);
	if (v->extends && !subprog_start_global(v, 0))
		return out_of_memory(v);
	err = v->target.ops ? owned_begin(v) : 0;
	if (err)
		return err;
	err = walk_run(v);
	if (!err)
		trace_forget(v);
	return err;
}

static const struct {
	const char *name;
	int (*run)(struct verifier *v);
} passes[] = {
	{ "shape", pass_shape },
	{ "flags", program_check_flags },
	{ "maps", pass_maps },
	{ "live", pass_live },
	{ "target", target_resolve },
	{ "signatures", pass_signatures },
	{ "fastcall", fastcall_find },
	{ "walk", pass_walk },
	{ "globals", globals_walk },
	{ "exceptions", exception_check_callers },
	{ "stack", subprog_check_stack },
	{ "rewrite", rewrite_prog },
};

/* --- around them --- */

static uint64_t memory_used(const struct verifier *v)
{
	const struct arena *a = v->lender ? &v->lender->arena : &v->arena;

	return a->used - arena_room(a) + v->helped_mem;
}

static void finish_stats(struct verifier *v)
{
	v->stats.insns = v->in->n_insns;
	v->stats.walked = v->stats.visited;
	v->stats.cpu_ns = walk_spent_ns(v) + v->helped_ns;
	v->stats.mem_bytes = memory_used(v);
	v->stats.stack = v->facts ? v->facts->stack_total : 0;
}

static void write_trailer(struct verifier *v)
{
	const struct verify_input *in = v->in;
	uint16_t depth[256];
	uint32_t n = v->subs ? v->cfg.n_subprogs : 0;

	if (!in->log || !in->log_level)
		return;
	if (n > 256)
		n = 256;
	for (uint32_t i = 0; i < n; i++)
		depth[i] = fastcall_stack(&v->subs[i]);
	log_trailer(in->log, &v->stats, in->policy.max_visits, depth, n, in->log_level & 4);
}

/* What may be asked of judge() besides its input. */
enum look {
	CLAIMS = 1,   /* states are recorded */
	AS_LINUX = 2, /* with no more than Linux knows */
	PLAIN = 4,    /* every round of every loop is walked */
	PARTS = 8,    /* a number that no interval holds is two, each on a path of its own */
	WHOLE = 16,   /* every call of every function is walked, as AS_LINUX does, too */
};

/* What was refused is refused with every call walked, too, but where a summary led there: on the
 * way, or by what a path on which one did left at the instruction. */
static bool may_be_summary(const struct verifier *v)
{
	return v->summarised && (v->cur->summarised || explain_is_limit(v) ||
				 v->diag.reason == REASON_MEM_SAME_INSN);
}

/* What is refused may be because of what was asked besides: then the verdict is still open. */
static unsigned int other_look(const struct verifier *v, unsigned int look)
{
	enum reason reason = v->diag.reason;

	/* A mistake of the verifier's own, which the audit finds, stays one. */
	if (reason == REASON_INTERNAL)
		return v->gave_up ? look | WHOLE : look;
	/* It was long already, and Linux walks each call. */
	if (v->summarised && (reason == REASON_LIMIT_VISITS || reason == REASON_LIMIT_PENDING))
		return look | AS_LINUX;
	if (may_be_summary(v))
		return look | WHOLE;
	if (v->generalised)
		return look | PLAIN;
	if (v->has_parts)
		look |= PARTS;
	return look & CLAIMS && explain_is_limit(v) ? look & ~(unsigned int)CLAIMS : look;
}

/* *ret_look: what look is to be taken, for a verdict; the same: this one gives it. */
static int run_passes(struct verifier *v, unsigned int look, unsigned int *ret_look)
{
	int err = 0;

	for (size_t i = 0; i < sizeof(passes) / sizeof(passes[0]) && !err; i++)
		err = passes[i].run(v);
	*ret_look = err ? other_look(v, look) : look;
	if (err && *ret_look == look)
		explain_path(v);
	if (err && v->in->log && v->in->log_level) {
		if (v->both)
			trace_loop_end(v);
		diag_log(&v->diag, v->in->log);
		text_add(v->in->log, "%s", v->both ? v->both : "");
	}
	finish_stats(v);
	write_trailer(v);
	return err;
}

enum {
	MAX_PARTS = 64
};

static int setup(struct verifier *v, const struct verify_input *in, unsigned int look)
{
	v->input = *in;
	v->in = &v->input;
	if (in->prog_flags & BPF_F_STRICT_ALIGNMENT)
		v->input.policy.strict_alignment = true;
	v->as_linux = look & AS_LINUX;
	v->input.policy.exact_kernel |= v->as_linux;
	v->type = in->type;
	extend_begin(v);
	v->lines = (struct lineinfo){ .btf = in->btf, .info = in->line_info, .n = in->n_line_info };
	diag_init(&v->diag);
	walk_budget(v);
	v->traces = in->log && in->log_level & 2;
	if (in->log)
		v->log_start = *in->log;
	v->facts = mem_alloc(sizeof(*v->facts));
	if (!v->facts)
		return out_of_memory(v);
	v->keeps_all = in->policy.audit_needed;
	v->all_precise = look & CLAIMS || !in->policy.cap_bpf;
	v->exact_observed =
		v->all_precise || v->in->policy.exact_kernel || !in->policy.learn_needed;
	v->generalises = !v->exact_observed && !v->traces && !(look & PLAIN);
	v->summarises = in->policy.summarise && !v->exact_observed && !v->traces && !(look & WHOLE);
	v->checks_summaries = in->policy.audit_needed && in->policy.audit_seed & 1;
	v->parts = look & PARTS ? MAX_PARTS : 0;
	if (!(look & CLAIMS))
		return 0;
	v->claims = claims_new(in->n_insns);
	return v->claims ? 0 : out_of_memory(v);
}

/* What looks cost that were taken before this one. */
static void add_cost(struct verify_stats *stats, const struct verify_stats *before)
{
	stats->walked += before->walked;
	stats->cpu_ns += before->cpu_ns;
	if (before->mem_bytes > stats->mem_bytes)
		stats->mem_bytes = before->mem_bytes;
}

/* *stats: what looks so far cost; then the look's own, and the cost of all. */
static int judge(const struct verify_input *in, unsigned int look, struct verify_stats *stats,
		 struct verify_facts **ret_facts, struct verify_diag *reterr_diag,
		 unsigned int *ret_look);

/* Knowing more than Linux does may hurt: a number that is known counts as needed, and a loop that
 * would have settled without it is walked round by round.  What was refused is accepted all the
 * same if it is with no more than Linux knows. */
static bool accepted_as_linux(const struct verifier *v, const struct verify_input *in,
			      const struct text *log, unsigned int look, struct verify_stats *stats,
			      struct verify_facts **ret_facts)
{
	struct verify_input plain = *in;
	struct verify_stats own = { 0 };
	unsigned int next;
	int err;

	if (v->in->policy.exact_kernel || v->diag.reason == REASON_LIMIT_MEMORY ||
	    v->diag.reason == REASON_LIMIT_TIME || v->diag.reason == REASON_INTERNAL)
		return false;
	plain.log = NULL;
	plain.explain = NULL;
	look |= AS_LINUX;
	err = judge(&plain, look, &own, ret_facts, NULL, &next);
	while (next != look)
		err = judge(&plain, look = next, &own, ret_facts, NULL, &next);
	add_cost(err ? stats : &own, err ? &own : stats);
	if (err)
		return false;
	*stats = own;
	if (!in->log)
		return true;
	verify_facts_free(*ret_facts);
	text_cut(in->log, log);
	plain.log = in->log;
	return !judge(&plain, look, stats, ret_facts, NULL, &next);
}

/* A log of everything is one of every round, of which there may be too many. */
static bool accepted_unlogged(const struct verifier *v, const struct verify_input *in,
			      const struct text *log, unsigned int look, struct verify_stats *stats,
			      struct verify_facts **ret_facts)
{
	struct verify_input plain = *in;
	struct verify_stats own = { 0 };
	unsigned int next;

	if (!v->traces || v->exact_observed || !explain_is_limit(v))
		return false;
	plain.log = NULL;
	plain.explain = NULL;
	if (judge(&plain, look | WHOLE, &own, ret_facts, NULL, &next)) {
		add_cost(stats, &own);
		return false;
	}
	add_cost(&own, stats);
	*stats = own;
	text_cut(in->log, log);
	return true;
}

/* Most programs need no more memory than comes with it, of which pages that nobody touches are not
 * there. */
static struct verifier *new_verifier(const struct verify_input *in)
{
	const size_t head = (sizeof(struct verifier) + 15) & ~(size_t)15, lent = 168 * 1024;
	struct verifier *v = NULL;

	if (in->spare)
		v = __atomic_exchange_n(in->spare, NULL, __ATOMIC_ACQ_REL);
	if (!v)
		v = mem_alloc_raw(head + lent);
	if (!v)
		return NULL;
	memset((void *)v, 0, sizeof(*v));
	arena_init(&v->arena, in->policy.max_memory);
	arena_lend(&v->arena, (char *)v + head, lent);
	return v;
}

static void free_verifier(struct verifier *v, void **spare)
{
	void *none = NULL;

	globals_done(v);
	arena_done(&v->arena);
	if (!spare || !__atomic_compare_exchange_n(spare, &none, v, false, __ATOMIC_ACQ_REL,
						   __ATOMIC_RELAXED))
		mem_free(v);
}

/* *ret_look: how to look at it again, for a verdict; as before: this is one. */
static int judge(const struct verify_input *in, unsigned int look, struct verify_stats *stats,
		 struct verify_facts **ret_facts, struct verify_diag *reterr_diag,
		 unsigned int *ret_look)
{
	struct verifier *v = new_verifier(in);
	struct text log = in->log ? *in->log : (struct text){ 0 };
	bool settled = false;
	int err;

	*ret_look = look;
	if (!v)
		return -ENOMEM;
	err = setup(v, in, look);
	if (!err)
		err = run_passes(v, look, ret_look);
	add_cost(&v->stats, stats);
	*stats = v->stats;
	if (!err) {
		v->facts->claims = v->claims;
		v->facts->mem_bytes = sizeof(*v->facts) +
				      v->facts->n_insns * (sizeof(struct bpf_insn) + 4) +
				      v->facts->n_subprogs * sizeof(struct verify_subprog);
		*ret_facts = v->facts;
	} else {
		settled = *ret_look == look &&
			  (accepted_unlogged(v, in, &log, look, stats, ret_facts) ||
			   accepted_as_linux(v, in, &log, look, stats, ret_facts));
		if (in->explain && *ret_look == look && !settled)
			explain_tell(v);
		explain_done(v);
		if (reterr_diag && !settled)
			diag_fill(&v->diag, &v->lines, reterr_diag);
		claims_free(v->claims);
		if (v->facts)
			v->facts->claims = NULL;
		verify_facts_free(v->facts);
	}
	free_verifier(v, in->spare);
	return settled ? 0 : err;
}

int verify_prog(const struct verify_input *in, struct verify_stats *stats,
		struct verify_facts **ret_facts, struct verify_diag *reterr_diag)
{
	struct text before = in->log ? *in->log : (struct text){ 0 };
	unsigned int look, next = in->want_claims ? CLAIMS : 0;
	struct verify_stats own = { 0 };
	int err;

	for (;;) {
		look = next;
		err = judge(in, look, &own, ret_facts, reterr_diag, &next);
		if (stats)
			*stats = own;
		if (next == look)
			return err;
		if (in->log)
			text_cut(in->log, &before);
	}
}

struct verify_facts *verify_facts_free(struct verify_facts *facts)
{
	if (!facts)
		return NULL;
	mem_free(facts->insns);
	mem_free(facts->orig);
	mem_free(facts->subprogs);
	mem_free(facts->funcs);
	claims_free(facts->claims);
	mem_free(facts);
	return NULL;
}
