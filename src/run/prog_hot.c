/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When is a program worth optimising?  When somebody is about to run it often: a host that asks for
 * it, a test that runs it many times, an agent whose probes are hit.  They call this from where
 * time does not matter; whoever runs the program counts nothing and waits for nobody.  New code is
 * published by one store, and the old code stays until the program goes.
 */
#include <errno.h>

#include "map/map.h"
#include "run/prog.h"
#include "run/rt.h"

enum {
	HOT_TEST_RUNS = 32,
	MAX_INSNS = 16384,  /* of what nobody asked to have optimised */
	MAX_REACHED = 64,   /* programs, by tail calls */
	MAX_ENTRIES = 1024, /* of an array that are looked at */
};
static const char *const too_large = "too large to be optimised unasked";

static void optimise(struct prog *p)
{
	struct jit_image *old = p->image, *image;
	const char *why = NULL;

	if (p->code.tier != JIT_AUTO || !old || old->tier != JIT_PLAIN || old->why_plain)
		return;
	if (p->code.facts->n_insns > MAX_INSNS) {
		__atomic_store_n(&p->why_plain, too_large, __ATOMIC_RELEASE);
		return;
	}
	if (jit_optimise(&p->code, &image, &why)) {
		__atomic_store_n(&p->why_plain, why, __ATOMIC_RELEASE);
		return;
	}
	p->first_image = old;
	__atomic_store_n(&p->image, image, __ATOMIC_RELEASE);
	prog_announce(p);
}

static void reach(struct prog *p, uint32_t *left, uint32_t depth);

static void reach_entry(struct prog *p, struct map *map, uint32_t key, uint32_t *left,
			uint32_t depth)
{
	struct prog *next;
	uint32_t id = 0;

	if (map_user_lookup(map, &key, &id, 0) || !id || prog_open_id(p->rt, id, &next))
		return;
	if (!prog_ready(next))
		reach(next, left, depth + 1);
	prog_unref(next);
}

/* The first to come here does it. */
static void reach(struct prog *p, uint32_t *left, uint32_t depth)
{
	if (__atomic_exchange_n(&p->was_hot, true, __ATOMIC_ACQ_REL) || !*left ||
	    depth > RUN_MAX_TAIL_CALLS)
		return;
	--*left;
	optimise(p);
	for (uint32_t i = 0; i < p->n_map_refs; i++) {
		const struct map_desc *d = &p->map_refs[i]->desc;
		uint32_t n = d->max_entries < MAX_ENTRIES ? d->max_entries : MAX_ENTRIES;

		for (uint32_t key = 0; d->type == BPF_MAP_TYPE_PROG_ARRAY && key < n; key++)
			reach_entry(p, p->map_refs[i], key, left, depth);
	}
}

void prog_hot(struct prog *p)
{
	uint32_t left = MAX_REACHED;

	if (p->code.tier == JIT_AUTO && !__atomic_load_n(&p->was_hot, __ATOMIC_ACQUIRE))
		reach(p, &left, 0);
}

void prog_note_test_runs(struct prog *p, uint32_t n)
{
	uint32_t before = __atomic_load_n(&p->n_test_runs, __ATOMIC_RELAXED);

	if (before >= HOT_TEST_RUNS)
		return;
	n = n < HOT_TEST_RUNS ? n : HOT_TEST_RUNS;
	if (__atomic_add_fetch(&p->n_test_runs, n, __ATOMIC_RELAXED) >= HOT_TEST_RUNS)
		prog_hot(p);
}
