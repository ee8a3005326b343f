/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do loops end, and stay inside their memory, whose rounds the verifier walked as one?  Random
 * programs of counted loops get the verdict that walking every round gives, and what is accepted
 * runs in the checking interpreter.  RING3_PROP_SCALE multiplies how many; SEED is where they
 * begin.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "helper/packet.h"
#include "helper/prog_type.h"
#include "isa/disasm.h"
#include "map/map.h"
#include "run/prog.h"
#include "support/gen_loops.h"
#include "verify/verify.h"

enum {
	PROGRAMS = 2000,
	VISITS = 10000,
	RUNS = 2,
	FINER_RUNS = 300, /* of what is accepted as one only: nothing but runs speaks for it */
	HEADROOM = 64,
	LONGEST = 20 /* seconds that a program may take */
};

struct totals {
	uint64_t accepted, refused, open, fewer, finer;
};

static uint64_t running; /* seed */

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);

	return s ? strtoull(s, NULL, 0) : otherwise;
}

static void print_program(const struct loops_prog *p)
{
	char buf[128];
	struct text t;

	for (uint32_t i = 0; i < p->n; i += isa_is_wide(p->insns[i].code) ? 2 : 1) {
		text_init(&t, buf, sizeof(buf));
		disasm_insn(&p->insns[i], p->n - i, &t);
		printf("# %4u: %s\n", i, buf);
	}
}

static int judge(const struct loops_prog *p, struct map *map, bool observed,
		 struct verify_stats *stats, struct verify_facts **ret_facts,
		 struct verify_diag *diag)
{
	struct verify_input in = {
		.insns = p->insns,
		.n_insns = p->n,
		.type = prog_type_of(BPF_PROG_TYPE_XDP, 0),
		.gpl = true,
		.name = "random",
		.policy = verify_policy_privileged(),
		.maps = &map,
		.map_at = &p->map_at,
		.n_map_refs = p->map_at != UINT32_MAX,
		.must_run = true,
	};

	in.policy.max_visits = VISITS;
	in.policy.learn_needed = !observed;
	memset(diag, 0, sizeof(*diag));
	return verify_prog(&in, stats, ret_facts, diag);
}

static void too_long(int signal)
{
	static char text[] = "not ok - seed 00000000000000000000 runs without end\n";
	uint64_t n = running;

	(void)signal;
	for (char *digit = text + 33; n; n /= 10)
		*digit-- = (char)('0' + n % 10);
	if (write(STDOUT_FILENO, text, sizeof(text) - 1) < 0)
		_exit(2);
	_exit(1);
}

static void run_checked(const struct loops_prog *p, const struct verify_facts *facts,
			struct map *map, uint64_t seed)
{
	static uint8_t buf[2 * HEADROOM + 3 * LOOPS_ROOM];
	struct packet ctx = { .head = buf,
			      .end_room = buf + sizeof(buf),
			      .data = buf + HEADROOM,
			      .data_meta = buf + HEADROOM,
			      .data_end = buf + HEADROOM + LOOPS_ROOM + seed % 2,
			      .len = LOOPS_ROOM + seed % 2,
			      .is_xdp = true };
	struct prog prog = { .type = prog_type_of(BPF_PROG_TYPE_XDP, 0) };
	struct run run = { .fuel = 1000, .ctx = &ctx, .packet = &ctx, .prog = &prog };
	struct code code = { .facts = facts, .name = "random" };
	struct interp_check *ck = NULL;
	struct rng rng = { seed ^ 0x696e707574ULL };
	char why_text[300];
	uint64_t bad = 0;
	struct text why;

	for (size_t i = 0; i < sizeof(buf); i++)
		buf[i] = (uint8_t)rng_value(&rng);
	text_init(&why, why_text, sizeof(why_text));
	assert_int_equal(interp_check_new(&code, &ck), 0);
	interp_check_add_map(ck, map);
	interp_check_run(ck, &ctx, sizeof(ctx), &run, &bad, &why);
	interp_check_free(ck);
	if (!bad)
		return;
	print_program(p);
	fail_msg("seed %" PRIu64 ": accepted, and %s", seed, why_text);
}

static bool is_limit(const struct verify_diag *diag)
{
	return diag->reason && !strncmp(diag->reason, "limit.", 6);
}

static void try_one(struct map *map, uint64_t seed, struct totals *t)
{
	struct rng rng = { seed ^ 0x6c6f6f7073ULL };
	struct verify_stats observed, needed;
	struct verify_diag why_observed, why_needed;
	struct verify_facts *facts = NULL, *none = NULL;
	static struct loops_prog p;
	int a, b, runs = RUNS;

	gen_loops(&rng, &p);
	a = judge(&p, map, true, &observed, &none, &why_observed);
	b = judge(&p, map, false, &needed, &facts, &why_needed);
	verify_facts_free(none);
	if (b && is_limit(&why_needed) && (a || needed.visited > VISITS)) {
		t->open++;
	} else if (a && !b && !is_limit(&why_observed)) {
		/* Either walk may know more than the other; that it is right, runs show. */
		t->finer++;
		runs = FINER_RUNS;
		printf("# seed %" PRIu64 ": each round: %s at %u; as one: accepted\n", seed,
		       why_observed.message, why_observed.insn);
	} else if (!a && b) {
		print_program(&p);
		fail_msg("seed %" PRIu64 ": each round: accepted; as one: %s at %u", seed,
			 why_needed.message, why_needed.insn);
	}
	t->refused += b != 0;
	t->accepted += !b;
	t->fewer += !b && needed.visited < observed.visited / 2;
	for (int i = 0; i < runs && !b; i++)
		run_checked(&p, facts, map, seed + (uint64_t)i);
	verify_facts_free(facts);
}

static void test_loops(void **state)
{
	struct map_desc desc = { .type = BPF_MAP_TYPE_ARRAY,
				 .key_size = 4,
				 .value_size = LOOPS_ROOM,
				 .max_entries = 1,
				 .slots = 1,
				 .spin_lock_off = -1,
				 .timer_off = -1 };
	uint64_t first = number_of("SEED", 1), n = PROGRAMS * number_of("RING3_PROP_SCALE", 1);
	struct totals t = { 0 };
	struct map *map = NULL;

	(void)state;
	assert_int_equal(map_create(memfd_create("map", MFD_CLOEXEC), &desc, false, &map), 0);
	signal(SIGALRM, too_long);
	for (running = first; running < first + n; running++) {
		alarm(LONGEST);
		try_one(map, running, &t);
	}
	alarm(0);
	map_unref(map);
	printf("# %" PRIu64 " accepted (%" PRIu64 " with less than half the visits), %" PRIu64
	       " refused (%" PRIu64 " open), %" PRIu64 " accepted as one only\n",
	       t.accepted, t.fewer, t.refused, t.open, t.finer);
	assert_true(t.finer <= n / 200 + 1);
	assert_true(n < PROGRAMS || t.accepted > n / 10);
	assert_true(n < PROGRAMS || t.fewer > n / 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loops),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
