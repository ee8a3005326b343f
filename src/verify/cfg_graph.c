/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is reachable, what loops, who calls whom?  One depth-first search per function finds
 * reachability, postorder, back edges and (after Tarjan) the strongly connected components.  Where
 * nothing jumps back, as in most programs, one look at each instruction finds the same.
 */
#include "verify/cfg_graph.h"

#include <errno.h>

#include "base/arena.h"
#include "verify/diag.h"

/* Per instruction, while searching. */
struct node {
	uint32_t index; /* order of discovery, from 1; 0: not seen */
	uint32_t low;   /* smallest index known to be reachable in the component */
	uint32_t next;  /* edge to follow next */
	bool on_path;   /* the search is below it */
	bool open;      /* its component is not complete */
};

struct search {
	struct cfg *cfg;
	struct diag_sink *sink;
	bool allow_loops;
	struct node *node;
	uint32_t *path, n_path; /* instructions the search is below */
	uint32_t *open, n_open; /* instructions of incomplete components */
	uint16_t *todo;         /* functions found, not searched */
	uint32_t n_todo;
	uint8_t *found; /* per function */
	uint32_t n_indices;
};

static void enter(struct search *s, uint32_t at)
{
	struct node *n = &s->node[at];

	n->index = n->low = ++s->n_indices;
	n->on_path = n->open = true;
	s->path[s->n_path++] = at;
	s->open[s->n_open++] = at;
	s->cfg->flags[at] |= CFG_REACHED;
}

static void find_function(struct search *s, uint32_t subprog)
{
	if (s->found[subprog])
		return;
	s->found[subprog] = 1;
	s->todo[s->n_todo++] = (uint16_t)subprog;
}

/* All that was opened since `at` is one component; alone and without an edge to itself: no loop. */
static void close_component(struct search *s, uint32_t at)
{
	uint32_t succ[2], n, i, last, number = 0;
	bool loops = s->open[s->n_open - 1] != at;

	n = cfg_successors(s->cfg, at, succ);
	for (i = 0; i < n; i++)
		loops |= succ[i] == at;
	if (loops)
		number = ++s->cfg->n_scc;
	do {
		last = s->open[--s->n_open];
		s->node[last].open = false;
		s->cfg->scc[last] = number;
	} while (last != at);
}

static void leave(struct search *s, uint32_t at)
{
	struct node *n = &s->node[at];

	n->on_path = false;
	s->n_path--;
	s->cfg->postorder[s->cfg->n_postorder++] = at;
	if (n->low == n->index)
		close_component(s, at);
	if (s->n_path) {
		struct node *parent = &s->node[s->path[s->n_path - 1]];

		if (n->low < parent->low)
			parent->low = n->low;
	}
}

static int follow(struct search *s, uint32_t from, uint32_t to)
{
	struct cfg *cfg = s->cfg;
	struct node *n = &s->node[to];

	if (cfg->op[to] == CFG_NO_OP)
		return DIAG_REJECT(s->sink, from, CFG_LDIMM_MIDDLE, to - 1);
	if (to != from + cfg_width(cfg, from))
		cfg->flags[to] |= CFG_JUMP_TARGET;
	if (!n->index) {
		enter(s, to);
		return 0;
	}
	cfg->flags[to] |= CFG_MERGE;
	if (n->on_path) {
		if (!s->allow_loops)
			return DIAG_REJECT(s->sink, from, CFG_BACK_EDGE, from, to);
		cfg->flags[to] |= CFG_LOOP_HEAD;
		cfg->has_loop = true;
		cfg->subprogs[cfg->subprog[from]].has_loop = true;
	}
	if (n->open && n->index < s->node[from].low)
		s->node[from].low = n->index;
	return 0;
}

static int search_function(struct search *s, uint32_t start)
{
	uint32_t succ[2], at, n;
	int r = 0;

	if (!s->node[start].index)
		enter(s, start);
	while (s->n_path && !r) {
		at = s->path[s->n_path - 1];
		if (s->cfg->op[at] == ISA_CALL_SUB || s->cfg->op[at] == ISA_LD_FUNC)
			find_function(s, s->cfg->callee[at]);
		n = cfg_successors(s->cfg, at, succ);
		if (s->node[at].next < n)
			r = follow(s, at, succ[s->node[at].next++]);
		else
			leave(s, at);
	}
	return r;
}

static void find_entries(struct search *s, uint32_t entry)
{
	find_function(s, 0);
	if (entry && entry < s->cfg->n)
		find_function(s, s->cfg->subprog[entry]);
}

static int search_all(struct search *s, uint32_t entry)
{
	uint32_t at;
	int r = 0;

	find_entries(s, entry);
	while (s->n_todo && !r)
		r = search_function(s, s->cfg->subprogs[s->todo[--s->n_todo]].start);
	for (at = 0; !r && at < s->cfg->n; at++) {
		if (s->cfg->op[at] != CFG_NO_OP && !s->node[at].index)
			r = DIAG_REJECT(s->sink, at, CFG_UNREACHABLE, at);
	}
	return r;
}

/* --- without jumps back --- */

static void follow_forward(struct cfg *cfg, uint32_t from, uint32_t to)
{
	uint8_t flags = cfg->flags[to];

	if (to != from + cfg_width(cfg, from))
		flags |= CFG_JUMP_TARGET;
	cfg->flags[to] = flags | (flags & CFG_REACHED ? CFG_MERGE : CFG_REACHED);
}

/* False: something is to be refused. */
static bool look_at_function(struct search *s, const struct cfg_subprog *sub)
{
	struct cfg *cfg = s->cfg;
	uint32_t at;

	cfg->flags[sub->start] |= CFG_REACHED;
	for (at = sub->start; at < sub->end; at += cfg_width(cfg, at)) {
		const struct cfg_node *node = &cfg->node[at];

		if (!(cfg->flags[at] & CFG_REACHED))
			return false;
		for (unsigned int i = 0; i < node->n_next; i++) {
			if (cfg->op[node->next[i]] == CFG_NO_OP)
				return false;
			follow_forward(cfg, at, node->next[i]);
		}
		if (cfg->names_functions &&
		    (cfg->op[at] == ISA_CALL_SUB || cfg->op[at] == ISA_LD_FUNC))
			find_function(s, cfg->callee[at]);
	}
	for (at = sub->end; at-- > sub->start;)
		if (cfg->op[at] != CFG_NO_OP)
			cfg->postorder[cfg->n_postorder++] = at;
	return true;
}

/* False: the search has to be made, and nothing was found so far. */
static bool look_at_all(struct search *s, uint32_t entry)
{
	struct cfg *cfg = s->cfg;
	uint32_t n = 0, k, at;
	bool ok = true;

	find_entries(s, entry);
	for (; s->n_todo && ok; n++)
		ok = look_at_function(s, &cfg->subprogs[s->todo[--s->n_todo]]);
	if (ok && n == cfg->n_subprogs)
		return true;
	for (at = 0; at < cfg->n; at++)
		cfg->flags[at] &= CFG_LD_FUNC;
	for (k = 0; k < cfg->n_subprogs; k++)
		s->found[k] = 0;
	cfg->n_postorder = s->n_todo = 0;
	return false;
}

/* --- both --- */

static void mark_prune_points(struct cfg *cfg)
{
	uint32_t at, k;

	for (at = 0; at < cfg->n; at++)
		if (cfg->flags[at] & (CFG_JUMP_TARGET | CFG_MERGE | CFG_LOOP_HEAD))
			cfg->flags[at] |= CFG_PRUNE;
	for (at = 0; at < cfg->n && cfg_has(cfg, ISA_F_MAY_GOTO); at++)
		if (cfg->op[at] == ISA_MAY_GOTO)
			cfg->flags[at] |= CFG_PRUNE | CFG_FORCE;
	for (k = 0; k < cfg->n_calls; k++) {
		at = cfg->calls[k];
		if (cfg->op[at] == ISA_CALL_SUB && at + 1 < cfg->n)
			cfg->flags[at + 1] |= CFG_PRUNE;
	}
	for (k = 1; k < cfg->n_subprogs; k++)
		cfg->flags[cfg->subprogs[k].start] |= CFG_PRUNE;
}

/* Longest call chains, by relaxing until nothing changes; a chain longer than there are functions
 * goes around in a circle. */
static void measure_calls(struct cfg *cfg)
{
	uint32_t round, k;
	bool changed = true;

	for (round = 0; changed && round <= cfg->n_subprogs; round++) {
		changed = false;
		for (k = 0; k < cfg->n_calls; k++) {
			uint32_t at = cfg->calls[k];
			struct cfg_subprog *caller = &cfg->subprogs[cfg->subprog[at]];
			const struct cfg_subprog *callee = &cfg->subprogs[cfg->callee[at]];

			if (cfg->op[at] != ISA_CALL_SUB || caller->max_depth > callee->max_depth)
				continue;
			caller->max_depth = (uint16_t)(callee->max_depth + 1);
			changed = true;
			if (caller->max_depth > cfg->n_subprogs)
				caller->is_recursive = true;
		}
	}
}

static int search(struct search *s, const struct cfg_limits *limits, struct arena *arena)
{
	uint32_t n = s->cfg->n;

	s->node = arena_alloc(arena, n * sizeof(*s->node));
	s->path = arena_alloc_raw(arena, n * sizeof(*s->path));
	s->open = arena_alloc_raw(arena, n * sizeof(*s->open));
	if (!s->node || !s->path || !s->open)
		return -ENOMEM;
	return search_all(s, limits->entry);
}

int cfg_graph_build(struct cfg *cfg, const struct cfg_limits *limits, struct arena *arena,
		    struct diag_sink *sink)
{
	struct search s = { .cfg = cfg, .sink = sink, .allow_loops = limits->allow_loops };
	struct arena_mark mark = arena_mark(arena);
	int r = 0;

	s.todo = arena_alloc_raw(arena, cfg->n_subprogs * sizeof(*s.todo));
	s.found = arena_alloc(arena, cfg->n_subprogs);
	if (!s.todo || !s.found)
		r = -ENOMEM;
	else if (cfg->jumps_back || !look_at_all(&s, limits->entry))
		r = search(&s, limits, arena);
	if (!r) {
		mark_prune_points(cfg);
		measure_calls(cfg);
	}
	arena_rewind(arena, mark);
	return r;
}
