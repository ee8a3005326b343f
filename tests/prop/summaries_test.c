/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a program whose functions are called again and again accepted only if it is with every call
 * walked?  Random programs of functions that branch on their arguments, index memory by them and
 * return what they were given, called with other numbers and pointers each time, their results used
 * as indices and pointers.  RING3_PROP_SCALE multiplies the number of programs, SEED moves them.
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

#include "helper/prog_type.h"
#include "isa/disasm.h"
#include "map/map.h"
#include "support/rng.h"
#include "verify/verify.h"

enum {
	PROGRAMS = 3000,
	VISITS = 30000,
	ROOM = 64, /* bytes of a map value */
	MAX_INSNS = 1024,
	FUNCTIONS = 3,
	AUDITS = 8,
	FP = 10,
};

/* r6 is a map value, r7 to r9 are numbers; of functions, r1 and r2 are numbers, r3 a map value and
 * r4 one that may be NULL. */
struct gen {
	struct rng rng;
	struct bpf_insn insns[MAX_INSNS];
	uint32_t n, map_at[64], n_maps, start[FUNCTIONS + 1];
	struct {
		uint32_t at, callee;
	} call[128];
	uint32_t n_calls, function;
	uint32_t loops;
};

static uint32_t below(struct gen *g, uint32_t n)
{
	return rng_below(&g->rng, n);
}

static uint32_t put(struct gen *g, uint8_t code, unsigned int dst, unsigned int src, int off,
		    int32_t imm)
{
	assert_true(g->n < MAX_INSNS);
	g->insns[g->n] = (struct bpf_insn){ .code = code,
					    .dst_reg = (uint8_t)dst & 15,
					    .src_reg = (uint8_t)src & 15,
					    .off = (int16_t)off,
					    .imm = imm };
	return g->n++;
}

static void land(struct gen *g, uint32_t jump)
{
	g->insns[jump].off = (int16_t)(g->n - jump - 1);
}

static int32_t small(struct gen *g)
{
	static const int32_t edges[] = { 0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 48, 62, 63, 64, 65, -1 };

	return edges[below(g, sizeof(edges) / sizeof(edges[0]))];
}

static unsigned int number(struct gen *g)
{
	return 7 + below(g, 3);
}

static uint8_t condition(struct gen *g)
{
	static const uint8_t ops[] = { 1, 5, 2, 3, 10, 11, 6, 7, 12, 13, 4 };

	return (uint8_t)(ops[below(g, sizeof(ops))] << 4 | (below(g, 3) ? 5 : 6));
}

static void change(struct gen *g)
{
	static const uint8_t ops[] = { 0x07, 0x17, 0x47, 0x57, 0xa7, 0x67, 0x77, 0x04,
				       0x54, 0xb7, 0x97, 0xc7, 0x57, 0x57, 0x74, 0xb4 };
	static const uint8_t both[] = { 0x0f, 0x1f, 0x4f, 0x5f, 0xaf, 0xbf, 0xbc, 0xbf };
	uint8_t op = ops[below(g, sizeof(ops))];
	int32_t k = small(g);

	if (!below(g, 3)) {
		put(g, both[below(g, sizeof(both))], number(g), number(g), 0, 0);
		return;
	}
	if ((op & 0xf0) == 0x60 || (op & 0xf0) == 0x70 || (op & 0xf0) == 0xc0)
		k &= 7;
	if ((op & 0xf0) == 0x90)
		k = 64;
	put(g, op, number(g), 0, 0, k);
}

/* One byte of the map value, wherever the number says; mostly checked before. */
static void index_by(struct gen *g, unsigned int r)
{
	uint32_t kind = below(g, 8), jump = 0;

	if (kind < 2)
		put(g, 0x57, r, 0, 0, 63);
	else if (kind < 7)
		jump = put(g, 0x25, r, 0, 0, small(g) & 63);
	put(g, 0xbf, 1, 6, 0, 0);
	put(g, 0x0f, 1, r, 0, 0);
	if (below(g, 2))
		put(g, 0x73, 1, 7, 0, 0);
	else
		put(g, 0x71, number(g), 1, 0, 0);
	if (jump)
		land(g, jump);
}

static void statement(struct gen *g, uint32_t depth);

static void branch(struct gen *g, uint32_t depth)
{
	uint8_t cond = condition(g);
	bool both = !below(g, 4);
	uint32_t jump;

	if (both)
		cond |= 8;
	jump = put(g, cond, number(g), both ? number(g) : 0, 0, both ? 0 : small(g));
	for (uint32_t n = below(g, 3) + 1; n; n--)
		statement(g, depth + 1);
	land(g, jump);
}

static void loop(struct gen *g)
{
	int32_t off = -64 - 8 * (int32_t)g->loops++;
	uint32_t top;

	put(g, 0x7a, FP, 0, off, 0);
	top = g->n;
	change(g);
	put(g, 0x79, 1, FP, off, 0);
	put(g, 0x07, 1, 0, 0, 1);
	put(g, 0x7b, FP, 1, off, 0);
	put(g, 0xa5, 1, 0, (int)top - (int)g->n - 1, 1 + (int32_t)below(g, 6));
}

static void load_map(struct gen *g)
{
	g->map_at[g->n_maps++] = g->n;
	put(g, 0x18, 1, BPF_PSEUDO_MAP_FD, 0, 0);
	put(g, 0, 0, 0, 0, 0);
}

static void lookup(struct gen *g)
{
	put(g, 0x62, FP, 0, -4, (int32_t)below(g, 3));
	put(g, 0xbf, 2, FP, 0, 0);
	put(g, 0x07, 2, 0, 0, -4);
	load_map(g);
	put(g, 0x85, 0, 0, 0, BPF_FUNC_map_lookup_elem);
}

/* What came of a call. */
static void result(struct gen *g)
{
	uint32_t jump;

	switch (below(g, 7)) {
	case 0: put(g, 0xbf, number(g), 0, 0, 0); break;
	case 1: put(g, 0x0f, number(g), 0, 0, 0); break;
	case 2: put(g, 0x5f, number(g), 0, 0, 0); break;
	case 3:
		put(g, 0x7b, FP, 0, -16, 0);
		put(g, 0x79, number(g), FP, -16, 0);
		break;
	case 4:
		jump = put(g, condition(g), 0, 0, 0, small(g));
		change(g);
		land(g, jump);
		break;
	case 5:
		jump = put(g, 0x15, 0, 0, 0, 0);
		put(g, 0x71, number(g), 0, small(g) & 63, 0);
		land(g, jump);
		break;
	default: index_by(g, 0);
	}
}

static void argument(struct gen *g, unsigned int r)
{
	if (below(g, 3))
		put(g, 0xbf, r, number(g), 0, 0);
	else
		put(g, 0xb7, r, 0, 0, small(g));
	if (!below(g, 4))
		put(g, 0x57, r, 0, 0, small(g));
}

static void call(struct gen *g)
{
	uint32_t callee = g->function + 1 + below(g, FUNCTIONS - g->function);

	if (below(g, 2)) {
		lookup(g);
		put(g, 0xbf, 4, 0, 0, 0);
		if (!below(g, 4))
			put(g, 0x7b, FP, 0, -24, 0);
	} else {
		put(g, below(g, 2) ? 0xbf : 0xb7, 4, 6, 0, 0);
		if (g->insns[g->n - 1].code == 0xb7)
			g->insns[g->n - 1].src_reg = 0;
	}
	argument(g, 1);
	argument(g, 2);
	put(g, 0xbf, 3, 6, 0, 0);
	if (!below(g, 3))
		put(g, 0x07, 3, 0, 0, small(g) & 63);
	g->call[g->n_calls].at = g->n;
	g->call[g->n_calls++].callee = callee;
	put(g, 0x85, 0, BPF_PSEUDO_CALL, 0, 0);
	result(g);
}

static void leave(struct gen *g)
{
	switch (below(g, 8)) {
	case 0: put(g, 0xb7, 0, 0, 0, small(g)); break;
	case 1:
		put(g, 0xbf, 0, number(g), 0, 0);
		put(g, 0x57, 0, 0, 0, small(g));
		break;
	case 2: put(g, g->function ? 0xbf : 0xb7, 0, g->function ? 6 : 0, 0, 0); break;
	default: put(g, 0xbf, 0, number(g), 0, 0);
	}
	put(g, 0x95, 0, 0, 0, 0);
}

static void through_slot(struct gen *g)
{
	int off = -32 - 8 * (int)below(g, 3);

	put(g, below(g, 3) ? 0x7b : 0x63, FP, number(g), off, 0);
	if (below(g, 2))
		change(g);
	if (below(g, 3))
		put(g, 0x79, number(g), FP, off, 0);
	else
		put(g, 0x61, number(g), FP, off + 4 * !below(g, 3), 0);
}

static void index_stack(struct gen *g)
{
	put(g, 0xbf, 1, FP, 0, 0);
	put(g, 0xbf, 2, number(g), 0, 0);
	put(g, 0x57, 2, 0, 0, 7 + 8 * (int32_t)below(g, 2));
	put(g, 0x0f, 1, 2, 0, 0);
	if (below(g, 2))
		put(g, 0x73, 1, number(g), -48, 0);
	else
		put(g, 0x71, number(g), 1, -48, 0);
}

/* The map value is another place of it from here on. */
static void move_value(struct gen *g)
{
	uint32_t jump;

	put(g, 0xbf, 1, number(g), 0, 0);
	jump = put(g, 0x25, 1, 0, 0, (int32_t)below(g, 4));
	put(g, below(g, 8) ? 0x0f : 0x1f, 6, 1, 0, 0);
	land(g, jump);
}

/* A helper is given so many bytes of the map value. */
static void lend(struct gen *g)
{
	uint32_t jump;

	put(g, 0xbf, 2, number(g), 0, 0);
	if (below(g, 4))
		put(g, 0x57, 2, 0, 0, small(g) & 31);
	else
		put(g, 0x25, 2, 0, 3, small(g) & 31);
	jump = put(g, 0xa5, 2, 0, 0, 1);
	put(g, 0xbf, 1, 6, 0, 0);
	put(g, 0x85, 0, 0, 0, BPF_FUNC_trace_printk);
	land(g, jump);
}

static void statement(struct gen *g, uint32_t depth)
{
	uint32_t jump;

	switch (below(g, 18)) {
	case 0:
	case 1:
		if (depth < 3)
			branch(g, depth);
		break;
	case 2: index_by(g, number(g)); break;
	case 3:
		if (g->loops < 2 && !depth)
			loop(g);
		break;
	case 4:
	case 5:
		if (g->function < FUNCTIONS && g->n_calls < 40 && g->n < MAX_INSNS / 2)
			call(g);
		break;
	case 6:
		if (!g->function)
			break;
		jump = put(g, condition(g), number(g), 0, 0, small(g));
		leave(g);
		land(g, jump);
		break;
	case 7: through_slot(g); break;
	case 8: index_stack(g); break;
	case 9:
		if (g->function)
			move_value(g);
		break;
	case 10: lend(g); break;
	default: change(g);
	}
}

static void body(struct gen *g, uint32_t function)
{
	uint32_t jump;

	g->function = function;
	g->start[function] = g->n;
	g->loops = 0;
	if (!function) {
		put(g, 0x61, 7, 1, 0, 0);
		put(g, 0x61, 8, 1, 8, 0);
		lookup(g);
		jump = put(g, 0x55, 0, 0, 2, 0);
		put(g, 0xb7, 0, 0, 0, 0);
		put(g, 0x95, 0, 0, 0, 0);
		land(g, jump);
		put(g, 0xbf, 6, 0, 0, 0);
		put(g, 0x71, 9, 6, 0, 0);
	} else {
		put(g, 0xbf, 7, 1, 0, 0);
		put(g, 0xbf, 8, 2, 0, 0);
		put(g, 0xbf, 6, 3, 0, 0);
		put(g, 0xb7, 9, 0, 0, small(g));
		jump = put(g, 0x15, 4, 0, 0, 0);
		put(g, 0x71, 9, 4, small(g) & 63, 0);
		land(g, jump);
	}
	for (uint32_t n = 3 + below(g, 6); n; n--)
		statement(g, 0);
	for (uint32_t n = function ? 0 : 3 + below(g, 4); n; n--)
		call(g);
	leave(g);
}

static void generate(struct gen *g, uint64_t seed)
{
	memset(g, 0, sizeof(*g));
	g->rng.state = seed ^ 0x73756d6d617279ULL;
	for (uint32_t f = 0; f <= FUNCTIONS; f++)
		body(g, f);
	for (uint32_t i = 0; i < g->n_calls; i++)
		g->insns[g->call[i].at].imm =
			(int32_t)(g->start[g->call[i].callee] - g->call[i].at - 1);
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);

	return s ? strtoull(s, NULL, 0) : otherwise;
}

static void print_program(const struct gen *g)
{
	char buf[128];
	struct text t;

	for (uint32_t i = 0; i < g->n; i += isa_is_wide(g->insns[i].code) ? 2 : 1) {
		text_init(&t, buf, sizeof(buf));
		disasm_insn(&g->insns[i], g->n - i, &t);
		printf("# %4u: %s\n", i, buf);
	}
}

static int judge(struct verify_input *in, uint32_t summarise, uint64_t audit,
		 struct verify_stats *stats, struct verify_diag *diag)
{
	struct verify_facts *facts = NULL;
	int err;

	in->policy.summarise = summarise;
	in->policy.audit_needed = audit ? AUDITS : 0;
	in->policy.audit_seed = audit;
	memset(diag, 0, sizeof(*diag));
	err = verify_prog(in, stats, &facts, diag);
	verify_facts_free(facts);
	return err;
}

struct totals {
	uint64_t accepted, refused, open, fewer;
};

static void compare(const struct gen *g, struct verify_input *in, uint64_t seed, struct totals *t)
{
	struct verify_stats whole, again;
	struct verify_diag why, other;
	int err = judge(in, 0, 0, &whole, &why);

	/* A pointer and a number that is known to be far may be added where it is not. */
	if (err && (!strncmp(why.reason, "limit.", 6) || !strcmp(why.reason, "ptr.math_large") ||
		    !strcmp(why.reason, "ptr.out_of_bounds"))) {
		t->open++;
		return;
	}
	for (uint64_t way = 0; way < 4; way++) {
		int e = judge(in, way == 3 ? 16 : 1, way % 3 ? seed * 2 + way : 0, &again, &other);

		/* Both to walk each call and to see what it returns may take too long. */
		if (e && way % 3 && !strncmp(other.reason, "limit.", 6))
			continue;
		if (!e != !err) {
			print_program(g);
			fail_msg("seed %" PRIu64 " (%" PRIu64 "): walked: %s at %u; summarised: %s",
				 seed, way, err ? why.message : "accepted", why.insn,
				 e ? other.message : "accepted");
		}
		if (!way)
			t->fewer += !err && again.visited < whole.visited;
	}
	t->accepted += !err;
	t->refused += err != 0;
}

/* Programs of other ranges that something was wrong with. */
static const uint64_t found[] = { 2414, 7707390, 31001292, 424203052 };

static void test_same_verdict(void **state)
{
	struct map_desc desc = { .type = BPF_MAP_TYPE_ARRAY,
				 .key_size = 4,
				 .value_size = ROOM,
				 .max_entries = 2,
				 .slots = 1,
				 .spin_lock_off = -1,
				 .timer_off = -1 };
	uint64_t first = number_of("SEED", 1), n = PROGRAMS * number_of("RING3_PROP_SCALE", 1);
	struct verify_input in = { .gpl = true, .name = "random" };
	struct map *map = NULL, *maps[64];
	struct totals t = { 0 };
	static struct gen g;

	(void)state;
	assert_int_equal(map_create(memfd_create("map", MFD_CLOEXEC), &desc, false, &map), 0);
	for (int i = 0; i < 64; i++)
		maps[i] = map;
	in.type = prog_type_of(BPF_PROG_TYPE_SOCKET_FILTER, 0);
	in.policy = verify_policy_privileged();
	in.policy.max_visits = VISITS;
	in.maps = maps;
	in.map_at = g.map_at;
	in.insns = g.insns;
	for (uint64_t i = 0; i < n + sizeof(found) / sizeof(found[0]); i++) {
		uint64_t seed = i < n ? first + i : found[i - n];

		generate(&g, seed);
		in.n_insns = g.n;
		in.n_map_refs = g.n_maps;
		compare(&g, &in, seed, &t);
	}
	map_unref(map);
	printf("# %" PRIu64 " accepted, %" PRIu64 " refused, %" PRIu64 " open; %" PRIu64
	       " of them with fewer visits\n",
	       t.accepted, t.refused, t.open, t.fewer);
	assert_true(t.accepted * 20 > n);
	assert_true(t.fewer * 10 > t.accepted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_verdict),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
