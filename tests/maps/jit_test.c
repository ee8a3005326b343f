/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does compiled code that knows its map do what the helper does?  Each program runs compiled and
 * interpreted, on two maps of the same kind with the same history.
 */
#include "maps/maps.h"

#include <stdio.h>

#include "base/alloc.h"
#include "isa/asm.h"
#include "jit/jit.h"
#include "run/prog.h"

enum {
	N_STEPS = 3000,
	N_CALLS = 6,
	N_PROGRAMS = 300,
	N_STATEMENTS = 24
};

static const uint32_t calls[N_CALLS] = { BPF_FUNC_map_lookup_elem, BPF_FUNC_map_update_elem,
					 BPF_FUNC_map_delete_elem, BPF_FUNC_map_push_elem,
					 BPF_FUNC_map_pop_elem,    BPF_FUNC_map_peek_elem };

struct args {
	uint64_t key, value, flags, other;
};

struct subject {
	struct verify_facts facts;
	struct verify_subprog sub;
	struct code code;
	struct jit_image *image;
};

static void compile_as(struct subject *s, const char *text, enum jit_tier tier, bool harden)
{
	struct asm_error error = { .message = "" };

	memset(s, 0, sizeof(*s));
	if (asm_text(text, strlen(text), &s->facts.insns, &s->facts.n_insns, &error))
		fail_msg("line %u: %s", error.line, error.message);
	s->sub =
		(struct verify_subprog){ .end = s->facts.n_insns, .stack = 112, .reachable = true };
	s->facts.subprogs = &s->sub;
	s->facts.n_subprogs = 1;
	s->code = (struct code){ .facts = &s->facts, .tier = tier, .harden = harden };
	assert_int_equal(jit_compile(&s->code, &s->image), 0);
	assert_int_equal(s->image->tier, tier);
}

static void compile(struct subject *s, const char *text, enum jit_tier tier)
{
	compile_as(s, text, tier, false);
}

static void discard(struct subject *s)
{
	s->image = jit_free(s->image);
	mem_free(s->facts.insns);
}

static void compile_call(struct subject *s, const struct map *map, uint32_t call,
			 enum jit_tier tier)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "r6 = r1; r1 = %llu ll; r2 = *(u64 *)(r6 + 0); r3 = *(u64 *)(r6 + 8);"
		 "r4 = *(u64 *)(r6 + 16); call %u; exit",
		 (unsigned long long)(uintptr_t)map, call);
	compile(s, text, tier);
}

static uint64_t run_one(struct subject *s, bool compiled, struct args *args, uint32_t slot)
{
	struct run run = { .slot = slot };

	return compiled ? s->image->entry(args, &run) : interp_run(&s->code, args, &run);
}

/* Where a value lies, counted from its map; errnos as they are. */
static uint64_t place(const struct map *map, uint32_t call, uint64_t r0)
{
	return call == BPF_FUNC_map_lookup_elem && r0 ? r0 - (uint64_t)(uintptr_t)map->data : r0;
}

static void compare_on(enum jit_tier tier, uint32_t type, uint32_t key_size, uint32_t value_size,
		       uint32_t flags)
{
	struct map_desc desc = desc_of(type, key_size, value_size, 50);
	struct subject programs[2][N_CALLS];
	struct map *maps[2];
	struct rng r = { type };
	uint32_t n_found = 0, n_refused = 0;

	desc.flags = flags;
	for (int side = 0; side < 2; side++) {
		maps[side] = make_map(&desc);
		for (int k = 0; k < N_CALLS; k++)
			compile_call(&programs[side][k], maps[side], calls[k], tier);
	}
	for (int step = 0; step < N_STEPS; step++) {
		uint8_t key[64] = { (uint8_t)rng_below(&r, 70) }, value[64] = { (uint8_t)step };
		uint32_t slot = rng_below(&r, TEST_SLOTS + 2), at = rng_below(&r, N_CALLS);
		bool pushes = type == BPF_MAP_TYPE_QUEUE && calls[at] == BPF_FUNC_map_push_elem;
		struct args args = { 0, (uintptr_t)value, rng_below(&r, 4), 0 };
		uint8_t keys[2][sizeof(key)];
		uint64_t r0[2];

		if (type == BPF_MAP_TYPE_LPM_TRIE)
			key[4] = (uint8_t)(7 * key[0]);
		if (pushes)
			args.value = args.flags;
		for (int side = 0; side < 2; side++) {
			memcpy(keys[side], key, sizeof(key));
			args.key = (uintptr_t)(pushes ? value : keys[side]);
			r0[side] = place(maps[side], calls[at],
					 run_one(&programs[side][at], side, &args, slot));
		}
		/* What is popped goes where keys are. */
		if (r0[0] != r0[1] || memcmp(keys[0], keys[1], sizeof(key)))
			fail_msg("type %u, helper %u, step %d: %#llx compiled, %#llx", type,
				 calls[at], step, (unsigned long long)r0[1],
				 (unsigned long long)r0[0]);
		n_found += calls[at] == BPF_FUNC_map_lookup_elem && r0[0];
		n_refused += (int64_t)r0[0] < 0;
	}
	assert_true(n_refused && (n_found || type == BPF_MAP_TYPE_QUEUE));
	for (int side = 0; side < 2; side++) {
		for (int k = 0; k < N_CALLS; k++)
			discard(&programs[side][k]);
		map_unref(maps[side]);
	}
}

static void compare(uint32_t type, uint32_t key_size, uint32_t value_size, uint32_t flags)
{
	compare_on(JIT_PLAIN, type, key_size, value_size, flags);
	compare_on(JIT_OPTIMISED, type, key_size, value_size, flags);
}

static void test_types(void **state)
{
	static const uint32_t hash_keys[] = { 1, 4, 7, 8, 16, 33 };

	(void)state;
	for (size_t k = 0; k < sizeof(hash_keys) / sizeof(hash_keys[0]); k++) {
		/* What an LRU map evicts depends on its seed. */
		compare(BPF_MAP_TYPE_HASH, hash_keys[k], 12, BPF_F_ZERO_SEED);
		compare(BPF_MAP_TYPE_PERCPU_HASH, hash_keys[k], 8, BPF_F_ZERO_SEED);
		compare(BPF_MAP_TYPE_LRU_HASH, hash_keys[k], 8, BPF_F_ZERO_SEED);
	}
	compare(BPF_MAP_TYPE_ARRAY, 4, 1, 0);
	compare(BPF_MAP_TYPE_ARRAY, 4, 24, 0);
	compare(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 0);
	compare(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 20, 0);
	compare(BPF_MAP_TYPE_LPM_TRIE, 8, 8, BPF_F_NO_PREALLOC);
	compare(BPF_MAP_TYPE_QUEUE, 0, 8, 0);
}

/* A map is known only where every way to the call names it. */
static void test_two_ways(void **state)
{
	struct map_desc desc = desc_of(BPF_MAP_TYPE_ARRAY, 4, 8, 1);
	struct map *a = make_map(&desc), *b = make_map(&desc);
	struct run run = { .slot = 0 };
	struct subject s;
	uint64_t key = 0;
	char text[256];

	(void)state;
	snprintf(text, sizeof(text),
		 "r2 = *(u64 *)(r1 + 0); r6 = *(u64 *)(r1 + 24); r1 = %llu ll;"
		 "if r6 == 0 goto go; r1 = %llu ll; go: call 1; exit",
		 (unsigned long long)(uintptr_t)a, (unsigned long long)(uintptr_t)b);
	compile(&s, text, JIT_PLAIN);
	for (uint64_t way = 0; way < 2; way++) {
		struct args args = { (uintptr_t)&key, 0, 0, way };

		assert_int_equal(s.image->entry(&args, &run),
				 (uint64_t)(uintptr_t)(way ? b : a)->data);
	}
	discard(&s);
	map_unref(a);
	map_unref(b);
}

/* More values than there are registers live across two lookups in a loop; the second key depends on
 * what the first found. */
static void live_across(uint32_t type)
{
	struct map_desc desc = desc_of(type, 4, 8, 8);
	struct map *map = make_map(&desc);
	struct rng r = { type };
	char text[2048];
	struct subject s;
	int n = 0;

	for (uint32_t key = 0; key < 8; key++) {
		uint64_t values[TEST_SLOTS + 2] = { 0 };

		for (int i = 0; i < TEST_SLOTS; i++)
			values[i] = rng_below(&r, 12);
		assert_int_equal(map_user_update(map, &key, values, 0), 0);
	}
	n += snprintf(text + n, sizeof(text) - (size_t)n, "r6 = r1; r7 = *(u64 *)(r6 + 0);");
	for (int k = 1; k <= 12; k++)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
			      "r1 = r7; r1 *= %d; r1 ^= %d; *(u64 *)(r10 - %d) = r1;", 2 * k + 1,
			      k * 77, 8 * k + 8);
	n += snprintf(text + n, sizeof(text) - (size_t)n,
		      "r8 = 0; r9 = 20; again: r1 = r7; r1 &= 15; *(u32 *)(r10 - 4) = r1;"
		      "r1 = %llu ll; r2 = r10; r2 += -4; call 1; if r0 == 0 goto none;"
		      "r1 = *(u64 *)(r0 + 0); r8 += r1; *(u32 *)(r10 - 4) = r1;"
		      "r1 = %llu ll; r2 = r10; r2 += -4; call 1; if r0 == 0 goto none;"
		      "r1 = *(u64 *)(r0 + 0); r8 *= 3; r8 ^= r1; none:",
		      (unsigned long long)(uintptr_t)map, (unsigned long long)(uintptr_t)map);
	for (int k = 1; k <= 12; k++)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
			      "r1 = *(u64 *)(r10 - %d); r8 *= 5; r8 += r1; r1 += r8;"
			      "*(u64 *)(r10 - %d) = r1;",
			      8 * k + 8, 8 * k + 8);
	snprintf(text + n, sizeof(text) - (size_t)n,
		 "r7 += r8; r7 >>= 1; r9 += -1; if r9 != 0 goto again; r0 = r8; r0 ^= r7; exit");
	compile(&s, text, JIT_OPTIMISED);
	for (uint32_t i = 0; i < 200; i++) {
		struct args args = { rng_value(&r), 0, 0, 0 };
		uint32_t slot = i % (TEST_SLOTS + 1);

		assert_int_equal(run_one(&s, true, &args, slot), run_one(&s, false, &args, slot));
	}
	discard(&s);
	map_unref(map);
}

static void test_live_across(void **state)
{
	(void)state;
	live_across(BPF_MAP_TYPE_ARRAY);
	live_across(BPF_MAP_TYPE_PERCPU_ARRAY);
}

static int write_store(char *text, size_t room, struct rng *r)
{
	static const unsigned int bits[] = { 8, 16, 32, 32, 32, 64 };
	unsigned int b = bits[rng_below(r, 6)], off = b / 8 + rng_below(r, 17 - b / 8);

	off = rng_below(r, 8) ? (off + 3) & ~3u : off;
	if (rng_below(r, 2))
		return snprintf(text, room, "*(u%u *)(r10 - %u) = %u;", b, off, rng_below(r, 10));
	return snprintf(text, room, "*(u%u *)(r10 - %u) = r7;", b, off);
}

static int write_statement(char *text, size_t room, struct rng *r, const struct map *map)
{
	unsigned int off = 4 + (rng_below(r, 8) ? 4 * rng_below(r, 4) : rng_below(r, 13));

	switch (rng_below(r, 5)) {
	case 0: return snprintf(text, room, "r1 = *(u32 *)(r10 - %u); r8 *= 5; r8 += r1;", off);
	case 1: return snprintf(text, room, "r7 >>= 1; if r7 & 1 goto +1; r8 += 1; r8 += r7;");
	case 2:
		return snprintf(text, room,
				"r1 = %llu ll; r2 = r10; r2 += -%u; call 1; r8 *= 3;"
				"if r0 == 0 goto +2; r1 = *(u64 *)(r0 + 0); r8 ^= r1;",
				(unsigned long long)(uintptr_t)map, off);
	default: return write_store(text, room, r);
	}
}

static void write_program(char *text, size_t room, struct rng *r, const struct map *map)
{
	int n = snprintf(text, room,
			 "r7 = *(u64 *)(r1 + 0); r8 = 0; r9 = *(u64 *)(r1 + 8);"
			 "*(u64 *)(r10 - 8) = %u; *(u64 *)(r10 - 16) = r7;",
			 rng_below(r, 10));

	for (int k = 0; k < N_STATEMENTS; k++) {
		bool skips = !rng_below(r, 4);

		if (skips)
			n += snprintf(text + n, room - (size_t)n, "if r9 & %d goto over%d;",
				      1 << k % 8, k);
		n += write_statement(text + n, room - (size_t)n, r, map);
		if (skips)
			n += snprintf(text + n, room - (size_t)n, "over%d:", k);
	}
	snprintf(text + n, room - (size_t)n, "r0 = r8; exit");
}

static struct map *make_random(uint32_t type, struct rng *r)
{
	struct map_desc desc = desc_of(type, 4, 8, 8);
	struct map *map = make_map(&desc);

	for (uint32_t key = 0; key < 8; key++) {
		uint64_t values[TEST_SLOTS + 2] = { 0 };

		for (int i = 0; i < TEST_SLOTS; i++)
			values[i] = rng_next(r);
		assert_int_equal(map_user_update(map, &key, values, 0), 0);
	}
	return map;
}

static void random_keys(enum jit_tier tier, bool harden, uint32_t type)
{
	struct rng r = { type };
	struct map *map = make_random(type, &r);
	uint32_t n_found = 0;

	for (int round = 0; round < N_PROGRAMS; round++) {
		char text[8192];
		struct subject s;

		write_program(text, sizeof(text), &r, map);
		compile_as(&s, text, tier, harden);
		for (uint32_t i = 0; i < 8; i++) {
			struct args args = { rng_below(&r, 10), rng_next(&r), 0, 0 };
			uint32_t slot = i % (TEST_SLOTS + 1);
			uint64_t want = run_one(&s, false, &args, slot);

			if (run_one(&s, true, &args, slot) != want)
				fail_msg("%s", text);
			n_found += want > UINT32_MAX;
		}
		discard(&s);
	}
	assert_true(n_found > N_PROGRAMS);
	map_unref(map);
}

/* Keys are put together on the stack from constants and from what is not known, aligned or not, and
 * the bytes are read otherwise as well; branches lead around some statements. */
static void test_random_keys(void **state)
{
	(void)state;
	for (int harden = 0; harden < 2; harden++) {
		random_keys(JIT_PLAIN, harden, BPF_MAP_TYPE_ARRAY);
		random_keys(JIT_OPTIMISED, harden, BPF_MAP_TYPE_ARRAY);
		random_keys(JIT_PLAIN, harden, BPF_MAP_TYPE_PERCPU_ARRAY);
		random_keys(JIT_OPTIMISED, harden, BPF_MAP_TYPE_PERCPU_ARRAY);
	}
}

/* A trie of few prefixes, of as many as bring its index into use, and of room for so many that the
 * index has two tables.  Keys that nobody would write, too. */
static void routes(uint32_t limit, uint32_t n)
{
	struct map_desc desc = desc_of(BPF_MAP_TYPE_LPM_TRIE, 8, 8, limit);
	struct rng r = { limit };
	struct subject plain, optimised;
	uint32_t n_found = 0;
	struct map *map;

	desc.flags = BPF_F_NO_PREALLOC;
	map = make_map(&desc);
	compile_call(&plain, map, BPF_FUNC_map_lookup_elem, JIT_PLAIN);
	compile_call(&optimised, map, BPF_FUNC_map_lookup_elem, JIT_OPTIMISED);
	for (uint32_t step = 0; step < 40 * n; step++) {
		uint64_t key = rng_next(&r) << 32 | rng_below(&r, 33), value = step;
		struct args args = { (uintptr_t)&key, 0, 0, 0 };
		uint64_t found;

		key &= rng_below(&r, 2) ? ~0ull : 0x0f0f0f03ffffffffull;
		if (step % 20 == 0)
			map_update(map, &key, &value, BPF_ANY, 0);
		if (step % 60 == 0)
			map_delete(map, &key);
		key = (key & ~0xffffffffull) | (rng_below(&r, 8) ? 32 : rng_below(&r, 40));
		found = (uintptr_t)map_lookup(map, &key, 0);
		assert_int_equal(run_one(&plain, true, &args, 0), found);
		assert_int_equal(run_one(&optimised, true, &args, 0), found);
		n_found += found && *(uint64_t *)(uintptr_t)found;
	}
	assert_true(n_found > n);
	discard(&plain);
	discard(&optimised);
	map_unref(map);
}

static void test_routes(void **state)
{
	(void)state;
	routes(20, 100);
	routes(3000, 1000);
	routes(300000, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),       cmocka_unit_test(test_two_ways),
		cmocka_unit_test(test_live_across), cmocka_unit_test(test_random_keys),
		cmocka_unit_test(test_routes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
