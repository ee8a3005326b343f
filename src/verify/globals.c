/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Are the global functions safe that the program calls by their contract?
 *
 * Each is walked by itself, from what its prototype tells: in the order of Linux, one after the
 * other, in the verifier that walked the program.  Where that is much work it is a crew's (crew.c),
 * whose walks begin with what was known after the program itself.  What they found is put together
 * in the same order, and what the first of them in that order is refused for is what the program is
 * refused for.
 *
 * A walk may not be what it would have been after those before it: when an instruction in a
 * function that several call was used otherwise, or when all visits together are too many.  Then it
 * is walked again, knowing of them.
 */
#include "verify/globals.h"

#include "base/alloc.h"
#include "base/os.h"
#include "btf/kernel.h"

enum {
	MOST_THREADS = 4, /* unless somebody says otherwise */
	IN_LOOPS = 16,    /* what an instruction counts in a function with loops */
	MOST_KEPT = 1 << 30,
	KEPT_PART = 8, /* of the memory that a load may have */
};

static int no_memory(struct verifier *v)
{
	return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
}

/* --- is it worth a crew? --- */

static bool is_due(const struct subprog_info *s)
{
	return s->wanted && !s->verified;
}

/* As many instructions are to be walked at least, and as many functions. */
static uint64_t work_in(const struct verifier *v, uint32_t *ret_functions)
{
	uint64_t work = 0;

	*ret_functions = 0;
	for (uint32_t i = 1; i < v->cfg.n_subprogs; i++) {
		const struct cfg_subprog *range = &v->cfg.subprogs[i];

		if (!is_due(&v->subs[i]))
			continue;
		work += (uint64_t)(range->end - range->start) * (range->has_loop ? IN_LOOPS : 1);
		++*ret_functions;
	}
	return work;
}

/* What is found in each walk is kept until those before it are there, and holds something of every
 * instruction of the program: memory that no walk's limit knows of. */
static bool may_keep(const struct verifier *v)
{
	uint64_t limit = v->in->policy.max_memory ? v->in->policy.max_memory : MOST_KEPT, n = 0;

	for (uint32_t i = 1; i < v->cfg.n_subprogs; i++)
		n += v->subs[i].global;
	return n * v->cfg.n * sizeof(*v->info) <= limit / KEPT_PART;
}

/* What is compared with Linux's log or with every state goes on where the last walk stopped; and
 * time is counted for one thread. */
static bool may_split(const struct verifier *v)
{
	const struct verify_policy *p = &v->in->policy;

	return p->threads_from && !v->traces && !v->claims && !p->audit_needed && !p->max_ns &&
	       (!p->exact_kernel || v->as_linux) && may_keep(v);
}

/* visited: by functions before, as those to come may be like them. */
static struct crew *crew_for(struct verifier *v, uint32_t visited)
{
	uint32_t functions, threads = v->in->policy.threads;
	uint64_t work = may_split(v) ? work_in(v, &functions) : 0;

	if (!work || work + visited < v->in->policy.threads_from)
		return NULL;
	if (!threads) {
		threads = os_n_cpus();
		threads = threads < MOST_THREADS ? threads : MOST_THREADS;
	}
	/* From here on this thread waits, too. */
	walk_count_cpu(v);
	return crew_new(v, threads < functions ? threads : functions);
}

/* --- putting together --- */

static bool disagree(uint32_t a, uint32_t b)
{
	return a && b && a != b;
}

/* Was it used in another way before?  A rule would have said so, or have to. */
static bool insn_disagrees(const struct insn_info *a, const struct insn_info *b)
{
	bool ctx = a->mem_kind == KIND_CTX || b->mem_kind == KIND_CTX;

	return (ctx && disagree(a->mem_kind, b->mem_kind)) || disagree(a->tail_map, b->tail_map) ||
	       (a->field && b->field && a->field != b->field) ||
	       (a->alu_state && b->alu_state &&
		(a->alu_state != b->alu_state || a->alu_limit != b->alu_limit));
}

static bool agrees(const struct verifier *v, const struct walk_result *r)
{
	for (uint32_t i = 0; i < v->cfg.n; i++)
		if (r->info[i].visited && insn_disagrees(&v->info[i], &r->info[i]))
			return false;
	return true;
}

static void merge_insn(struct insn_info *to, const struct insn_info *from)
{
	if (!from->visited)
		return;
	to->visited = true;
	if (from->mem_kind)
		to->mem_kind = from->mem_kind;
	if (from->field)
		to->field = from->field;
	if (from->tail_map)
		to->tail_map = from->tail_map;
	if (from->allowed_map)
		to->allowed_map = from->allowed_map;
	if (from->alu_state) {
		to->alu_state = from->alu_state;
		to->alu_limit = from->alu_limit;
	}
}

static void merge_subprog(struct subprog_info *to, const struct subprog_info *from)
{
	if (to->stack < from->stack)
		to->stack = from->stack;
	if (to->saved_below > from->saved_below)
		to->saved_below = from->saved_below;
	to->wanted |= from->wanted;
	to->async |= from->async;
}

static void merge_facts(struct verify_facts *to, const struct verify_facts *from)
{
	to->ctx_read_words |= from->ctx_read_words;
	to->ctx_written_words |= from->ctx_written_words;
	if (to->ctx_bytes < from->ctx_bytes)
		to->ctx_bytes = from->ctx_bytes;
	for (uint32_t i = 0; i < sizeof(to->helper_bits) / sizeof(to->helper_bits[0]); i++)
		to->helper_bits[i] |= from->helper_bits[i];
	to->changes_packet |= from->changes_packet;
	to->may_tail_call |= from->may_tail_call;
	to->uses_fuel |= from->uses_fuel;
	to->calls_helpers |= from->calls_helpers;
	if (!to->needs_kernel)
		to->needs_kernel = from->needs_kernel;
}

static void merge_stats(struct verify_stats *to, const struct verify_stats *from)
{
	to->total_states += from->total_states;
	if (to->max_states_per_insn < from->max_states_per_insn)
		to->max_states_per_insn = from->max_states_per_insn;
	if (to->peak_states < from->peak_states)
		to->peak_states = from->peak_states;
}

static void merge(struct verifier *v, const struct walk_result *r, struct spent own)
{
	for (uint32_t i = 0; i < v->cfg.n; i++)
		merge_insn(&v->info[i], &r->info[i]);
	for (uint32_t i = 0; i < v->cfg.n_subprogs; i++)
		merge_subprog(&v->subs[i], &r->subs[i]);
	merge_facts(v->facts, &r->facts);
	merge_stats(&v->stats, &r->stats);
	v->stats.visited += own.visited;
	v->wasted += own.wasted;
	v->generalised |= r->generalised;
	v->has_parts |= r->has_parts;
	if (v->last_id < r->last_id)
		v->last_id = r->last_id;
	if (!v->kernel && r->kernel) {
		v->kernel = r->kernel;
		v->names.types = btf_kernel_types(v->kernel);
	}
}

/* --- what was refused --- */

/* v is who refused it, as explanations ask the walk; what v was is kept, as the program is there.
 */
static void become(struct verifier *v, struct walk_result *r, struct spent own)
{
	struct verifier *w = r->walker, was = *v;

	r->walker = NULL;
	merge_stats(&w->stats, &v->stats);
	*v = *w;
	*w = was;
	v->lender = w;
	v->in = &v->input;
	v->input = was.input;
	w->in = &w->input;
	v->names.iters = v->iters;
	v->pool.arena = &v->arena;
	v->facts = was.facts;
	v->log_start = was.log_start;
	v->start_ns = was.start_ns;
	v->clock_ns = was.clock_ns;
	v->cpu_from_ns = was.cpu_from_ns;
	v->stats.visited = was.stats.visited + own.visited;
	v->generalised |= was.generalised;
	v->has_parts |= was.has_parts;
	v->stop = NULL;
}

void globals_done(struct verifier *v)
{
	if (!v->lender)
		return;
	arena_done(&v->lender->arena);
	mem_free(v->lender);
	v->lender = NULL;
}

/* --- the order --- */

/* Of the walks of a crew. */
struct start {
	struct crew *crew;
	struct spent spent; /* when they began */
	uint32_t visited;   /* when the first function did */
};

static struct spent spent_by(const struct verifier *v)
{
	return (struct spent){ v->stats.visited, v->wasted };
}

static struct spent spent_since(struct spent all, struct spent start)
{
	return (struct spent){ all.visited - start.visited, all.wasted - start.wasted };
}

static bool is_too_much(const struct verifier *v, struct spent own)
{
	uint64_t visited = (uint64_t)v->stats.visited + own.visited;

	return visited > (uint64_t)v->in->policy.max_visits + v->wasted + own.wasted;
}

static bool refused_for(const struct walk_result *r, enum reason reason)
{
	return r->walker && r->walker->diag.reason == reason;
}

/* Was it short of what walks before it or beside it had? */
static bool is_open(const struct verifier *v, const struct start *s, const struct walk_result *r)
{
	struct spent before = spent_since(spent_by(v), s->spent);

	if (!r->err)
		return is_too_much(
			v, spent_since((struct spent){ r->stats.visited, r->wasted }, s->spent));
	return !r->walker || refused_for(r, REASON_LIMIT_MEMORY) ||
	       (before.visited && refused_for(r, REASON_LIMIT_VISITS));
}

static int settle(struct verifier *v, struct spent from, struct walk_result *r)
{
	struct spent own = { 0 };
	int err = r ? r->err : -ENOMEM;

	if (!r || (err && !r->walker)) {
		walk_result_free(r);
		return no_memory(v);
	}
	own = spent_since((struct spent){ r->stats.visited, r->wasted }, from);
	if (err)
		become(v, r, own);
	else
		merge(v, r, own);
	walk_result_free(r);
	return err;
}

static int walk_by_crew(struct verifier *v, const struct start *s, uint32_t i)
{
	struct walk_result *r = crew_result(s->crew, i);

	if (!r || is_open(v, s, r)) {
		walk_result_free(r);
		crew_stop(s->crew);
		r = crew_walk_again(s->crew, i, spent_since(spent_by(v), s->spent));
	}
	if (!r || r->err || agrees(v, r))
		return settle(v, s->spent, r);
	walk_result_free(r);
	return settle(v, spent_by(v), crew_walk_alone(v, i));
}

static int walk_here(struct verifier *v, uint32_t i)
{
	v->in_global = true;
	v->cur = walk_entry(v);
	if (!v->cur || !subprog_start_global(v, i))
		return no_memory(v);
	return walk_run(v);
}

static int judge(struct verifier *v, struct start *s, uint32_t i)
{
	const char *name = v->subs[i].sig.name;
	bool says = v->in->log && v->in->log_level & 3;
	int err;

	if (!s->crew) {
		s->spent = spent_by(v);
		s->crew = crew_for(v, v->stats.visited - s->visited);
	}
	v->subs[i].verified = true;
	if (says)
		text_add(v->in->log, "Validating %s() func#%u...\n", name, i);
	err = s->crew ? walk_by_crew(v, s, i) : walk_here(v, i);
	if (err)
		return err;
	trace_forget(v);
	if (says)
		text_add(v->in->log,
			 "Func#%u ('%s') is safe for any args that match its prototype\n", i, name);
	return 0;
}

static int judge_all(struct verifier *v, struct start *s)
{
	bool again = true;
	int err = 0;

	while (again && !err) {
		again = false;
		for (uint32_t i = 1; i < v->cfg.n_subprogs && !err; i++) {
			if (!is_due(&v->subs[i]))
				continue;
			again = true;
			err = judge(v, s, i);
		}
	}
	return err;
}

int globals_walk(struct verifier *v)
{
	struct start s = { .visited = v->stats.visited };
	int err = judge_all(v, &s);

	if (!s.crew)
		return err;
	crew_stop(s.crew);
	crew_cost(s.crew, &v->helped_ns, &v->helped_mem);
	crew_free(s.crew);
	return err;
}
