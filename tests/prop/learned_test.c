/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does comparing states with what was needed, instead of with what was observed, change a verdict?
 * Random programs under both; the observed mode is the oracle of the other.  Whoever hits a limit
 * says nothing.  RING3_PROP_SCALE multiplies the number of programs, SEED moves them.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "helper/helper.h"
#include "helper/prog_type.h"
#include "isa/disasm.h"
#include "map/map.h"
#include "support/gen_paths.h"
#include "support/gen_typed.h"
#include "support/vgen.h"
#include "verify/verify.h"

enum {
	PROGRAMS = 4000,
	VISITS = 20000,
	AUDITS = 12,
	REFS = 256
};

struct maps {
	struct map *typed[TYPED_MAPS], *mixed[VGEN_N_MAPS], *wild;
};

struct totals {
	uint64_t accepted, refused, open, visits_observed, visits_needed, fewer, more;
};

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);

	return s ? strtoull(s, NULL, 0) : otherwise;
}

static struct map *new_map(uint32_t type, uint32_t key, uint32_t value, uint32_t entries)
{
	struct map_desc desc = { .type = type,
				 .key_size = key,
				 .value_size = value,
				 .max_entries = entries,
				 .slots = 1,
				 .spin_lock_off = -1,
				 .timer_off = -1 };
	struct map *map = NULL;

	assert_int_equal(map_create(memfd_create("map", MFD_CLOEXEC), &desc, false, &map), 0);
	return map;
}

static void make_maps(struct maps *m)
{
	m->typed[0] = new_map(BPF_MAP_TYPE_ARRAY, 4, TYPED_VALUE, TYPED_ENTRIES);
	m->typed[1] = new_map(BPF_MAP_TYPE_HASH, 8, TYPED_VALUE, TYPED_ENTRIES);
	m->mixed[VGEN_ARRAY] = new_map(BPF_MAP_TYPE_ARRAY, 4, 24, 3);
	m->mixed[VGEN_HASH] = new_map(BPF_MAP_TYPE_HASH, 8, 32, 16);
	m->mixed[VGEN_RINGBUF] = new_map(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096);
	m->mixed[VGEN_PROGS] = new_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4);
	m->mixed[VGEN_PERCPU] = new_map(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 16, 2);
	m->mixed[VGEN_LRU] = new_map(BPF_MAP_TYPE_LRU_HASH, 8, 32, 16);
	m->mixed[VGEN_QUEUE] = new_map(BPF_MAP_TYPE_QUEUE, 0, 8, 4);
	for (int i = 0; i < VGEN_N_MAPS; i++)
		if (!m->mixed[i])
			m->mixed[i] = new_map(BPF_MAP_TYPE_ARRAY, 4, 32, 2);
	m->wild = new_map(BPF_MAP_TYPE_ARRAY, 4, PATHS_VALUE, 2);
}

static void free_maps(struct maps *m)
{
	for (int i = 0; i < TYPED_MAPS; i++)
		map_unref(m->typed[i]);
	for (int i = 0; i < VGEN_N_MAPS; i++)
		map_unref(m->mixed[i]);
	map_unref(m->wild);
}

/* What both are asked about, whichever generator made it. */
struct question {
	struct verify_input in;
	struct map *maps[REFS];
	uint32_t kfunc_rows[REFS];
	const char *kfunc_names[REFS];
};

static void ask_typed(const struct maps *m, struct rng *rng, struct question *q)
{
	static struct typed_prog p;

	gen_typed(rng, 12 + rng_below(rng, 40), 12, &p);
	for (uint32_t i = 0; i < p.n_map_at; i++)
		q->maps[i] = m->typed[p.map_of[i]];
	for (uint32_t i = 0; i < p.n_kfuncs; i++)
		q->kfunc_rows[i] = kfunc_by_name(p.kfunc[i])->p.id;
	q->in.insns = p.insns;
	q->in.n_insns = p.n;
	q->in.type = prog_type_of(BPF_PROG_TYPE_XDP, 0);
	q->in.map_at = p.map_at;
	q->in.n_map_refs = p.n_map_at;
	q->in.kfunc_names = p.kfunc;
	q->in.kfunc_at = p.kfunc_at;
	q->in.n_kfunc_refs = p.n_kfuncs;
}

static void ask_mixed(const struct maps *m, struct rng *rng, struct question *q)
{
	static struct vgen_prog p;

	if (rng_below(rng, 2))
		vgen_wide_program(rng, &p);
	else
		vgen_program(rng, &p);
	for (uint32_t i = 0; i < p.n_refs; i++)
		q->maps[i] = m->mixed[p.insns[p.ref_at[i]].imm];
	q->in.insns = p.insns;
	q->in.n_insns = p.n;
	q->in.type = prog_type_of(p.type, 0);
	q->in.prog_flags = p.strict_alignment ? BPF_F_STRICT_ALIGNMENT : 0U;
	q->in.map_at = p.ref_at;
	q->in.n_map_refs = p.n_refs;
	for (uint32_t i = 0; i < p.n_kfuncs; i++) {
		q->kfunc_names[i] = vgen_kfuncs[p.insns[p.kfunc_at[i]].imm];
		q->kfunc_rows[i] = kfunc_by_name(q->kfunc_names[i])->p.id;
	}
	q->in.kfunc_names = q->kfunc_names;
	q->in.kfunc_at = p.kfunc_at;
	q->in.n_kfunc_refs = p.n_kfuncs;
}

static void ask_wild(const struct maps *m, struct rng *rng, struct question *q)
{
	const struct gen_opts opts = {
		.statements = 24, .max_trips = 4, .has_map = true, .has_input = true, .wild = true
	};
	static struct gen_prog p;

	gen_program(rng, &opts, &p);
	for (uint32_t i = 0; i < p.n_map_at; i++)
		q->maps[i] = m->wild;
	q->in.insns = p.insns;
	q->in.n_insns = p.n;
	q->in.type = prog_type_of(BPF_PROG_TYPE_SOCKET_FILTER, 0);
	q->in.map_at = p.map_at;
	q->in.n_map_refs = p.n_map_at;
}

static void ask_paths(const struct maps *m, struct rng *rng, struct question *q)
{
	static struct paths_prog p;

	gen_paths(rng, 4 + rng_below(rng, 10), &p);
	q->maps[0] = m->wild;
	q->in.insns = p.insns;
	q->in.n_insns = p.n;
	q->in.type = prog_type_of(BPF_PROG_TYPE_SCHED_CLS, 0);
	q->in.map_at = &p.map_at;
	q->in.n_map_refs = 1;
}

static void print_program(const struct verify_input *in)
{
	char buf[128];
	struct text t;

	for (uint32_t i = 0; i < in->n_insns; i += isa_is_wide(in->insns[i].code) ? 2 : 1) {
		text_init(&t, buf, sizeof(buf));
		disasm_insn(&in->insns[i], in->n_insns - i, &t);
		printf("# %4u: %s\n", i, buf);
	}
}

static int judge(struct question *q, uint64_t seed, bool observed, struct verify_stats *stats,
		 struct verify_diag *diag)
{
	struct verify_facts *facts = NULL;
	int err;

	q->in.policy.learn_needed = !observed;
	q->in.policy.audit_needed = observed ? 0 : AUDITS;
	q->in.policy.audit_seed = seed;
	q->in.policy.summarise = 1;
	memset(diag, 0, sizeof(*diag));
	err = verify_prog(&q->in, stats, &facts, diag);
	verify_facts_free(facts);
	return err;
}

static bool is_limit(const struct verify_diag *diag)
{
	return diag->reason && !strncmp(diag->reason, "limit.", 6);
}

static void compare(struct question *q, uint64_t seed, struct totals *t)
{
	struct verify_stats observed, needed;
	struct verify_diag why_observed, why_needed;
	int a = judge(q, seed, true, &observed, &why_observed);
	int b = judge(q, seed, false, &needed, &why_needed);

	if ((a && is_limit(&why_observed)) || (b && is_limit(&why_needed))) {
		t->open++;
		return;
	}
	if (!a != !b) {
		print_program(&q->in);
		fail_msg("seed %" PRIu64 ": observed %s at %u, needed %s at %u", seed,
			 a ? why_observed.message : "accepts", why_observed.insn,
			 b ? why_needed.message : "accepts", why_needed.insn);
	}
	t->accepted += !a;
	t->refused += a != 0;
	if (a)
		return;
	t->visits_observed += observed.visited;
	t->visits_needed += needed.visited;
	t->fewer += needed.visited < observed.visited;
	t->more += needed.visited > observed.visited;
}

static void test_same_verdict(void **state)
{
	uint64_t first = number_of("SEED", 1), n = PROGRAMS * number_of("RING3_PROP_SCALE", 1);
	struct totals t = { 0 };
	struct maps m = { 0 };

	(void)state;
	make_maps(&m);
	for (uint64_t seed = first; seed < first + n; seed++) {
		struct rng rng = { seed ^ 0x6c6561726e6564ULL };
		static struct question q;

		memset(&q, 0, sizeof(q));
		q.in.gpl = true;
		q.in.name = "random";
		q.in.policy = verify_policy_privileged();
		q.in.policy.max_visits = VISITS;
		q.in.maps = q.maps;
		q.in.kfunc_rows = q.kfunc_rows;
		switch (seed % 8) {
		case 0: ask_wild(&m, &rng, &q); break;
		case 1: ask_mixed(&m, &rng, &q); break;
		case 2:
		case 3: ask_typed(&m, &rng, &q); break;
		default: ask_paths(&m, &rng, &q); break;
		}
		compare(&q, seed, &t);
	}
	free_maps(&m);
	printf("# %" PRIu64 " accepted, %" PRIu64 " refused, %" PRIu64 " open; %" PRIu64
	       " visits observed, %" PRIu64 " needed; fewer in %" PRIu64 ", more in %" PRIu64 "\n",
	       t.accepted, t.refused, t.open, t.visits_observed, t.visits_needed, t.fewer, t.more);
	assert_true(t.accepted > n / 20);
	assert_true(t.refused > n / 20);
	assert_true(t.fewer > t.more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_verdict),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
