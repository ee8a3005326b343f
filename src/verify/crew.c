/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How do several threads walk functions of one program at once?  Each walk has a verifier of its
 * own, a walker: a copy of where the program's was when its first function had been walked, with
 * its own memory.  What that verifier found out before is shared, and nobody writes to it.
 *
 * Walkers know nothing of each other, whoever runs them and when: what they find is the same with
 * one thread and with many.  A walk that is short of memory may find more of it alone, which is for
 * who asks for its result (globals.c).
 */
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "base/alloc.h"
#include "base/os.h"
#include "verify/globals.h"

enum {
	MAX_HELPERS = 15,
	STACK = 512 * 1024
};

enum task_state {
	WAITS, /* until somebody has time, if it is wanted */
	RUNS,
	DONE
};

struct task {
	enum task_state state;
	bool wanted;
	struct walk_result *result;
};

struct crew {
	struct verifier base; /* where walks begin */
	struct verify_facts facts;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	struct task *task; /* per function */
	bool closed;
	uint32_t refused; /* the first function that was; later ones can wait */
	uint64_t cpu_ns;  /* of helpers */
	size_t mem;       /* of the largest walk */
	uint32_t stop;    /* not 0: what is being walked is for nothing; atomic */
	uint32_t n_helpers;
	pthread_t helper[MAX_HELPERS];
	int cancel; /* may the thread that asks for results be cancelled elsewhere? */
	pthread_mutex_t kernel_lock; /* of what follows */
	bool asked;
	const struct btf_kernel *kernel;
	const struct verify_input *in;
};

/* --- one walk --- */

static void forget_walk(struct verifier *w)
{
	w->cur = w->pending = w->made = w->launch = NULL;
	w->n_pending = 0;
	w->jumps = w->prev_jumps = w->noted_at = 0;
	w->prev_visited = w->stats.visited;
	w->stats.max_states_per_insn = w->stats.total_states = w->stats.peak_states = 0;
	w->memo = NULL;
	w->passages = NULL;
	w->tries = w->free_tries = NULL;
	w->loop = NULL;
	w->rounds = 0;
	w->widened = w->generalised = w->has_parts = w->summarised = false;
	w->making = NULL;
	w->n_making = w->n_summaries = w->frames_below = 0;
	memset((void *)w->views, 0, sizeof(w->views));
	w->spare_at = w->spare_hits = 0;
	w->last_line = NULL;
	w->traced = w->taken = NULL;
	w->both = NULL;
	w->look_at = 0;
	w->lender = NULL;
	for (uint32_t i = 0; i < w->cfg.n; i++) {
		struct insn_info *info = &w->info[i];

		info->seen = NULL;
		info->visits = 0;
		info->next_try = 0;
		info->fails = 0;
	}
	for (uint32_t i = 0; i < w->cfg.n_subprogs; i++) {
		struct subprog_info *s = &w->subs[i];

		s->summaries = NULL;
		s->n_calls = s->n_summaries = s->hits = s->swept = 0;
	}
}

static struct verifier *walker_free(struct verifier *w)
{
	arena_done(&w->arena);
	mem_free(w);
	return NULL;
}

/* Whatever pointed into the verifier points into its copy. */
static struct verifier *walker_new(const struct verifier *from, size_t memory)
{
	struct verifier *w = mem_dup(from, sizeof(*from));
	struct arena *a = w ? &w->arena : NULL;

	if (!w)
		return NULL;
	arena_init(a, memory);
	w->in = &w->input;
	w->names.iters = w->iters;
	w->pool = (struct state_pool){ .arena = a };
	w->info = arena_dup(a, from->info, w->cfg.n * sizeof(*w->info));
	w->subs = arena_dup(a, from->subs, w->cfg.n_subprogs * sizeof(*w->subs));
	w->facts = arena_dup(a, from->facts, sizeof(*w->facts));
	if (!w->info || !w->subs || !w->facts)
		return walker_free(w);
	forget_walk(w);
	/* Nothing is said: what was refused is told when it is known to be the first. */
	text_init(&w->unsaid, w->no_text, sizeof(w->no_text));
	w->log_start = w->unsaid;
	if (w->in->log)
		w->input.log = &w->unsaid;
	return w;
}

static bool note_result(struct walk_result *r, const struct verifier *w)
{
	r->stats = w->stats;
	r->facts = *w->facts;
	r->kernel = w->kernel;
	r->generalised = w->generalised;
	r->has_parts = w->has_parts;
	r->wasted = w->wasted;
	r->last_id = w->last_id;
	r->stats.mem_bytes = w->arena.used - arena_room(&w->arena);
	r->info = mem_dup(w->info, w->cfg.n * sizeof(*r->info));
	r->subs = mem_dup(w->subs, w->cfg.n_subprogs * sizeof(*r->subs));
	return r->info && r->subs;
}

static int run(struct verifier *w, uint32_t i)
{
	w->in_global = true;
	w->cur = walk_entry(w);
	if (!w->cur || !subprog_start_global(w, i))
		return reject(w, LIMIT_MEMORY, (uint64_t)w->in->policy.max_memory);
	return walk_run(w);
}

/* others: of walks that `from` does not know of. */
static struct walk_result *walk(const struct verifier *from, uint32_t i, struct spent others,
				size_t memory, const uint32_t *stop)
{
	struct walk_result *r = mem_alloc(sizeof(*r));
	struct verifier *w = r ? walker_new(from, memory) : NULL;

	if (!r)
		return NULL;
	r->err = -ENOMEM;
	if (!w)
		return r;
	w->others = others;
	w->stop = stop;
	r->err = run(w, i);
	if (!note_result(r, w) && !r->err)
		r->err = -ENOMEM;
	if (r->err && diag_is_set(&w->diag))
		r->walker = w;
	else
		walker_free(w);
	return r;
}

struct walk_result *walk_result_free(struct walk_result *r)
{
	if (!r)
		return NULL;
	if (r->walker)
		walker_free(r->walker);
	mem_free(r->info);
	mem_free(r->subs);
	mem_free(r);
	return NULL;
}

static size_t memory_left(const struct verifier *v)
{
	size_t limit = v->arena.limit, used = v->arena.used;

	if (!limit)
		return 0;
	return used < limit ? limit - used : 1;
}

struct walk_result *crew_walk_alone(const struct verifier *v, uint32_t i)
{
	return walk(v, i, (struct spent){ 0 }, memory_left(v), NULL);
}

struct walk_result *crew_walk_again(struct crew *c, uint32_t i, struct spent others)
{
	return walk(&c->base, i, others, memory_left(&c->base), NULL);
}

/* --- many --- */

/* Whose kernel it is need not be asked for by many threads at once. */
static const struct btf_kernel *ask_once(void *arg)
{
	struct crew *c = arg;

	pthread_mutex_lock(&c->kernel_lock);
	if (!c->asked)
		c->kernel = c->in->kernel(c->in->kernel_arg);
	c->asked = true;
	pthread_mutex_unlock(&c->kernel_lock);
	return c->kernel;
}

/* Locked: a function that can be walked; 0: none. */
static uint32_t find_work(const struct crew *c)
{
	for (uint32_t i = 1; i < c->base.cfg.n_subprogs && i < c->refused; i++)
		if (c->task[i].wanted && c->task[i].state == WAITS)
			return i;
	return 0;
}

/* Locked, but while it walks. */
static void work_on(struct crew *c, uint32_t i)
{
	size_t memory = memory_left(&c->base) / (c->n_helpers + 1);
	struct walk_result *r;

	c->task[i].state = RUNS;
	pthread_mutex_unlock(&c->lock);
	r = walk(&c->base, i, (struct spent){ 0 }, memory, &c->stop);
	pthread_mutex_lock(&c->lock);
	c->task[i].state = DONE;
	c->task[i].result = r;
	if ((!r || r->err) && i < c->refused)
		c->refused = i;
	if (r && r->stats.mem_bytes > c->mem)
		c->mem = r->stats.mem_bytes;
	for (uint32_t k = 1; r && !r->err && k < c->base.cfg.n_subprogs; k++)
		c->task[k].wanted |= r->subs[k].wanted;
	pthread_cond_broadcast(&c->changed);
}

static void *help(void *arg)
{
	struct crew *c = arg;
	uint32_t i;

	pthread_mutex_lock(&c->lock);
	while (!c->closed) {
		i = find_work(c);
		if (i)
			work_on(c, i);
		else
			pthread_cond_wait(&c->changed, &c->lock);
	}
	c->cpu_ns += os_thread_cpu_ns();
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* As many as there can be: no thread is needed but the one that asks for results.  Signals are for
 * threads of the host's. */
static void start_helpers(struct crew *c, uint32_t n)
{
	pthread_attr_t attr;
	sigset_t all, before;

	if (!n || pthread_attr_init(&attr))
		return;
	pthread_attr_setstacksize(&attr, STACK);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_mutex_lock(&c->lock);
	while (c->n_helpers < n && c->n_helpers < MAX_HELPERS &&
	       !pthread_create(&c->helper[c->n_helpers], &attr, help, c))
		c->n_helpers++;
	pthread_mutex_unlock(&c->lock);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
}

struct crew *crew_new(const struct verifier *v, uint32_t n_threads)
{
	struct crew *c = mem_alloc(sizeof(*c));
	struct verifier *base = c ? &c->base : NULL;

	if (!c)
		return NULL;
	*base = *v;
	/* Waiting is where threads are cancelled, and a load that is must not leave helpers behind.
	 */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &c->cancel);
	base->info = mem_dup(v->info, v->cfg.n * sizeof(*v->info));
	base->subs = mem_dup(v->subs, v->cfg.n_subprogs * sizeof(*v->subs));
	c->facts = *v->facts;
	base->facts = &c->facts;
	c->task = mem_array(v->cfg.n_subprogs, sizeof(*c->task));
	c->refused = UINT32_MAX;
	c->in = v->in;
	c->kernel = v->kernel;
	c->asked = v->kernel;
	if (v->in->kernel) {
		base->input.kernel = ask_once;
		base->input.kernel_arg = c;
	}
	pthread_mutex_init(&c->lock, NULL);
	pthread_mutex_init(&c->kernel_lock, NULL);
	pthread_cond_init(&c->changed, NULL);
	if (!base->info || !base->subs || !c->task)
		return crew_free(c);
	for (uint32_t i = 1; i < v->cfg.n_subprogs; i++)
		c->task[i].wanted = v->subs[i].wanted && !v->subs[i].verified;
	start_helpers(c, n_threads - 1);
	return c;
}

struct walk_result *crew_result(struct crew *c, uint32_t i)
{
	struct task *s = &c->task[i];
	struct walk_result *r;
	uint32_t other;

	pthread_mutex_lock(&c->lock);
	while (s->state != DONE) {
		other = s->state == WAITS ? i : find_work(c);
		if (other)
			work_on(c, other);
		else
			pthread_cond_wait(&c->changed, &c->lock);
	}
	r = s->result;
	s->result = NULL;
	pthread_mutex_unlock(&c->lock);
	return r;
}

void crew_stop(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	c->closed = true;
	__atomic_store_n(&c->stop, 1, __ATOMIC_RELAXED);
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	for (uint32_t i = 0; i < c->n_helpers; i++)
		pthread_join(c->helper[i], NULL);
	c->n_helpers = 0;
	c->stop = 0;
	/* Who was interrupted, or had too little memory, can be walked again. */
	for (uint32_t i = 1; c->task && i < c->base.cfg.n_subprogs; i++) {
		struct task *s = &c->task[i];

		if (!s->result || !s->result->err)
			continue;
		s->result = walk_result_free(s->result);
		s->state = WAITS;
	}
	c->refused = UINT32_MAX;
}

void crew_cost(const struct crew *c, uint64_t *ret_cpu_ns, size_t *ret_mem)
{
	*ret_cpu_ns = c->cpu_ns;
	*ret_mem = c->mem;
}

struct crew *crew_free(struct crew *c)
{
	int cancel;

	if (!c)
		return NULL;
	crew_stop(c);
	cancel = c->cancel;
	for (uint32_t i = 0; c->task && i < c->base.cfg.n_subprogs; i++)
		walk_result_free(c->task[i].result);
	pthread_cond_destroy(&c->changed);
	pthread_mutex_destroy(&c->lock);
	pthread_mutex_destroy(&c->kernel_lock);
	mem_free(c->task);
	mem_free(c->base.info);
	mem_free(c->base.subs);
	mem_free(c);
	pthread_setcancelstate(cancel, NULL);
	return NULL;
}
