/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does a program that the verifier accepts stay inside its memory, whatever it finds there?  Random
 * programs with packets, maps, callbacks and iterators, right at the bounds or just past them.
 * What is accepted runs in the checking interpreter with many inputs, then on the other engines.
 * RING3_PROP_SCALE multiplies how many; SEED is where they begin.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "helper/packet.h"
#include "helper/prog_type.h"
#include "isa/disasm.h"
#include "jit/jit.h"
#include "map/map.h"
#include "run/prog.h"
#include "support/gen_typed.h"
#include "verify/verify.h"

enum {
	PROGRAMS = 4000,
	INPUTS = 6,
	PACKET_ROOM = 192,
	HEADROOM = 32,
	LONGEST = 10 /* seconds that a program may take */
};
enum engine {
	CHECK,
	INTERP,
	JIT,
	N_ENGINES
};

/* Who may read stack that nothing was written to gets garbage, so that engines differ. */
enum who {
	USUAL,
	UNPRIVILEGED,
	PRIVILEGED
};

/* What one run starts with and what it leaves. */
struct world {
	uint8_t buf[PACKET_ROOM];
	uint32_t len, ifindex, queue;
	uint64_t values[TYPED_MAPS][TYPED_ENTRIES][TYPED_VALUE / 8];
};
struct outcome {
	uint64_t r0;
	uint8_t buf[PACKET_ROOM];
	uint64_t head, end;
	uint64_t values[TYPED_MAPS][TYPED_ENTRIES][TYPED_VALUE / 8];
	bool present[TYPED_MAPS][TYPED_ENTRIES];
};

struct bench {
	struct map *maps[TYPED_MAPS];
	uint8_t buf[PACKET_ROOM];
	uint64_t seed;
	struct typed_prog p;
	char why[400]; /* what went wrong; "": nothing */
	uint64_t n_accepted, n_refused, n_runs, n_claims, n_stricter, n_leaky;
};

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);

	return s ? strtoull(s, NULL, 0) : otherwise;
}

static void print_program(const struct bench *b)
{
	char buf[128];
	struct text t;

	for (uint32_t i = 0; i < b->p.n; i += isa_is_wide(b->p.insns[i].code) ? 2 : 1) {
		if (!memcmp(&b->p.insns[i], &(struct bpf_insn){ .code = 0x05 }, 8))
			continue;
		text_init(&t, buf, sizeof(buf));
		disasm_insn(&b->p.insns[i], b->p.n - i, &t);
		printf("# %4u: %s\n", i, buf);
	}
}

static struct map *new_map(uint32_t type, uint32_t key_size)
{
	struct map_desc desc = { .type = type,
				 .key_size = key_size,
				 .value_size = TYPED_VALUE,
				 .max_entries = TYPED_ENTRIES,
				 .slots = 1,
				 .spin_lock_off = -1,
				 .timer_off = -1 };
	struct map *map = NULL;

	assert_int_equal(map_create(memfd_create("map", MFD_CLOEXEC), &desc, false, &map), 0);
	return map;
}

static int judge(struct bench *b, enum who who, bool claims, struct verify_facts **ret_facts,
		 struct verify_diag *diag)
{
	struct map *maps[TYPED_REFS];
	uint32_t rows[TYPED_REFS];
	struct verify_input in = {
		.insns = b->p.insns,
		.n_insns = b->p.n,
		.type = prog_type_of(BPF_PROG_TYPE_XDP, 0),
		.gpl = true,
		.name = "random",
		.policy = verify_policy_privileged(),
		.maps = maps,
		.map_at = b->p.map_at,
		.n_map_refs = b->p.n_map_at,
		.kfunc_rows = rows,
		.kfunc_names = b->p.kfunc,
		.kfunc_at = b->p.kfunc_at,
		.n_kfunc_refs = b->p.n_kfuncs,
		.must_run = true,
		.want_claims = claims,
	};

	if (who == UNPRIVILEGED)
		in.policy.leak_pointers = false;
	if (who != PRIVILEGED)
		in.policy.read_uninit_stack = false;
	in.policy.max_visits = 20000;
	in.policy.max_ns = 200000000;
	for (uint32_t i = 0; i < b->p.n_map_at; i++)
		maps[i] = b->maps[b->p.map_of[i]];
	for (uint32_t i = 0; i < b->p.n_kfuncs; i++)
		rows[i] = kfunc_by_name(b->p.kfunc[i])->p.id;
	return verify_prog(&in, NULL, ret_facts, diag);
}

static enum who who_loads(uint64_t seed)
{
	return seed % 8 == 0 ? UNPRIVILEGED : seed % 8 == 1 ? PRIVILEGED : USUAL;
}

static void random_world(struct rng *rng, struct world *w)
{
	w->len = rng_below(rng, 3) ? 14 + rng_below(rng, 100) : rng_below(rng, 14);
	w->ifindex = (uint32_t)rng_value(rng);
	w->queue = (uint32_t)rng_value(rng);
	for (size_t i = 0; i < sizeof(w->buf); i += 8) {
		uint64_t v = rng_value(rng);

		memcpy(w->buf + i, &v, 8);
	}
	for (uint32_t m = 0; m < TYPED_MAPS; m++)
		for (uint32_t k = 0; k < TYPED_ENTRIES; k++)
			for (uint32_t i = 0; i < TYPED_VALUE / 8; i++)
				w->values[m][k][i] = rng_value(rng);
}

/* The hash has key 0 only, so that lookups and updates find both cases. */
static void fill_maps(struct bench *b, const struct world *w)
{
	for (uint32_t m = 0; m < TYPED_MAPS; m++)
		for (uint64_t k = 0; k < TYPED_ENTRIES; k++)
			if (m == 0 || k == 0)
				assert_int_equal(map_update(b->maps[m], &k, w->values[m][k], 0, 0),
						 0);
			else
				map_delete(b->maps[m], &k);
}

static void read_maps(struct bench *b, struct outcome *o)
{
	for (uint32_t m = 0; m < TYPED_MAPS; m++)
		for (uint64_t k = 0; k < TYPED_ENTRIES; k++) {
			const void *v = map_lookup(b->maps[m], &k, 0);

			o->present[m][k] = v != NULL;
			if (v)
				memcpy(o->values[m][k], v, TYPED_VALUE);
		}
}

static uint64_t run_checked(struct bench *b, const struct code *code, struct packet *ctx,
			    struct run *run)
{
	struct interp_check *ck = NULL;
	uint64_t r0, bad = 0;
	char buf[300];
	struct text why;

	text_init(&why, buf, sizeof(buf));
	assert_int_equal(interp_check_new(code, &ck), 0);
	for (uint32_t m = 0; m < TYPED_MAPS; m++)
		interp_check_add_map(ck, b->maps[m]);
	r0 = interp_check_run(ck, ctx, sizeof(*ctx), run, &bad, &why);
	interp_check_free(ck);
	if (bad)
		snprintf(b->why, sizeof(b->why), "unsound: %s", buf);
	return r0;
}

static void run_on(struct bench *b, enum engine engine, const struct verify_facts *facts,
		   const struct jit_image *image, const struct world *w, struct outcome *o)
{
	struct packet ctx = { .head = b->buf,
			      .end_room = b->buf + PACKET_ROOM,
			      .data = b->buf + HEADROOM,
			      .data_meta = b->buf + HEADROOM,
			      .data_end = b->buf + HEADROOM + w->len,
			      .len = w->len,
			      .ifindex = w->ifindex,
			      .ingress_ifindex = w->ifindex,
			      .rx_queue_index = w->queue,
			      .is_xdp = true };
	struct prog prog = { .type = prog_type_of(BPF_PROG_TYPE_XDP, 0) };
	struct run run = { .fuel = 1000, .ctx = &ctx, .packet = &ctx, .prog = &prog };
	struct code code = { .facts = facts, .name = "random" };

	memset(o, 0, sizeof(*o));
	memcpy(b->buf, w->buf, sizeof(b->buf));
	fill_maps(b, w);
	switch (engine) {
	case CHECK: o->r0 = run_checked(b, &code, &ctx, &run); break;
	case INTERP: o->r0 = interp_run(&code, &ctx, &run); break;
	case JIT: o->r0 = image->entry(&ctx, &run); break;
	case N_ENGINES: break;
	}
	o->head = (uint64_t)(ctx.data - b->buf);
	o->end = (uint64_t)(ctx.data_end - b->buf);
	memcpy(o->buf, b->buf, sizeof(o->buf));
	read_maps(b, o);
}

static size_t first_difference(const struct outcome *a, const struct outcome *b)
{
	size_t i = 0;

	while (((const uint8_t *)a)[i] == ((const uint8_t *)b)[i])
		i++;
	return i;
}

static void expect_same(struct bench *b, const char *engine, const struct outcome *got,
			const struct outcome *want)
{
	if (memcmp(got, want, sizeof(*got)) != 0 && !b->why[0])
		snprintf(b->why, sizeof(b->why),
			 "%s gives 0x%" PRIx64 ", the interpreter 0x%" PRIx64
			 ", and byte %zu of the outcome differs",
			 engine, got->r0, want->r0, first_difference(got, want));
}

/* The same again, elsewhere on the stack, over other garbage. */
__attribute__((noinline)) static void run_elsewhere(struct bench *b,
						    const struct verify_facts *facts,
						    const struct world *w, struct outcome *o)
{
	volatile uint8_t garbage[6000];

	for (size_t i = 0; i < sizeof(garbage); i++)
		garbage[i] = (uint8_t)(i * 7 + 3);
	run_on(b, INTERP, facts, NULL, w, o);
	garbage[0] = garbage[1];
}

/* Addresses and stack garbage that became numbers differ from run to run even on one engine: of
 * such a program only the checker can judge. */
static void run_all(struct bench *b, enum who who, const struct verify_facts *facts,
		    struct rng *rng)
{
	struct code code = { .facts = facts, .name = "random" };
	struct jit_image *image = NULL;
	static struct outcome want, again, got;
	static struct world w;

	if (jit_compile(&code, &image) != 0) {
		snprintf(b->why, sizeof(b->why), "the JIT refuses it");
		return;
	}
	for (uint32_t i = 0; i < INPUTS && !b->why[0]; i++) {
		random_world(rng, &w);
		run_on(b, CHECK, facts, NULL, &w, &got);
		if (b->why[0])
			break;
		b->n_runs++;
		if (who == PRIVILEGED)
			continue;
		run_on(b, INTERP, facts, NULL, &w, &want);
		run_elsewhere(b, facts, &w, &again);
		if (memcmp(&again, &want, sizeof(want)) != 0) {
			b->n_leaky++;
			continue;
		}
		expect_same(b, "the checker", &got, &want);
		run_on(b, JIT, facts, image, &w, &got);
		expect_same(b, "the JIT", &got, &want);
	}
	jit_free(image);
}

/* Claims make every number precise, so nothing is pruned that the plain verifier would not: what
 * only they refuse was perhaps pruned wrongly. */
static void check_claims(struct bench *b, enum who who, struct rng *rng)
{
	struct verify_facts *facts = NULL;
	struct verify_diag diag;

	if (judge(b, who, true, &facts, &diag) == 0) {
		b->n_claims++;
		run_all(b, who, facts, rng);
		verify_facts_free(facts);
		return;
	}
	b->n_stricter++;
	if (getenv("RING3_PROP_VERBOSE")) {
		printf("# seed %" PRIu64 ": refused with claims at %u: %s (%s)\n", b->seed,
		       diag.insn, diag.message, diag.reason);
	}
}

static void judge_and_run(struct bench *b, struct rng rng)
{
	struct verify_facts *facts = NULL;
	struct verify_diag diag;
	enum who who = who_loads(b->seed);

	b->why[0] = 0;
	if (judge(b, who, false, &facts, &diag) != 0) {
		b->n_refused++;
		if (getenv("RING3_PROP_VERBOSE"))
			printf("# refused %s %s\n", diag.reason, diag.message);
		return;
	}
	b->n_accepted++;
	run_all(b, who, facts, &rng);
	verify_facts_free(facts);
	if (b->seed % 2 && !b->why[0])
		check_claims(b, who, &rng);
}

/* Takes out what the failure does not need. */
static void minimise(struct bench *b, struct rng rng)
{
	static const struct bpf_insn nothing = { .code = 0x05 };
	bool unsound = b->why[0] == 'u';

	for (uint32_t i = 0; i < b->p.n; i++) {
		struct bpf_insn was = b->p.insns[i];

		if (isa_is_wide(was.code) && ++i)
			continue;
		b->p.insns[i] = nothing;
		judge_and_run(b, rng);
		if (!b->why[0] || (b->why[0] == 'u') != unsound)
			b->p.insns[i] = was;
	}
	judge_and_run(b, rng);
	print_program(b);
}

static struct bench bench;

/* A program that was accepted and does not end. */
static void too_long(int sig)
{
	char buf[80];
	int n = snprintf(buf, sizeof(buf), "not ok 1 - seed %" PRIu64 " does not end\n",
			 bench.seed);

	(void)sig;
	(void)!write(STDOUT_FILENO, buf, (size_t)n);
	_exit(1);
}

static void one_program(struct bench *b)
{
	struct rng rng = { b->seed ^ 0x7479706564ULL };
	uint32_t statements = 6 + rng_below(&rng, 26);

	gen_typed(&rng, statements, 12 + rng_below(&rng, 60), &b->p);
	if (getenv("RING3_PROP_PRINT"))
		print_program(b);
	alarm(LONGEST);
	judge_and_run(b, rng);
	alarm(0);
	if (!b->why[0])
		return;
	printf("# seed %" PRIu64 ": %s\n", b->seed, b->why);
	minimise(b, rng);
	fail_msg("seed %" PRIu64 ": %s", b->seed, b->why);
}

static void test_accepted_programs_are_safe(void **state)
{
	struct bench *b = &bench;
	uint64_t first = number_of("SEED", 1);
	uint64_t n = PROGRAMS * number_of("RING3_PROP_SCALE", 1);

	(void)state;
	signal(SIGALRM, too_long);
	b->maps[0] = new_map(BPF_MAP_TYPE_ARRAY, 4);
	b->maps[1] = new_map(BPF_MAP_TYPE_HASH, 8);
	for (b->seed = first; b->seed < first + n; b->seed++)
		one_program(b);
	for (uint32_t m = 0; m < TYPED_MAPS; m++)
		map_unref(b->maps[m]);
	printf("# %" PRIu64 " accepted, %" PRIu64 " refused, %" PRIu64 " runs checked, %" PRIu64
	       " with claims, %" PRIu64 " refused only with claims, %" PRIu64 " leaky runs\n",
	       b->n_accepted, b->n_refused, b->n_runs, b->n_claims, b->n_stricter, b->n_leaky);
	assert_true(b->n_accepted > n / 10 && b->n_refused > n / 20 && b->n_claims > n / 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted_programs_are_safe),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
