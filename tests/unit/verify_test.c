/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does the verifier accept what is safe and refuse what is not, for the right reason?  One small
 * program a rule.  map_fd[0] is an array of 16-byte values, [1] a hash, [2] a ring buffer, [3] a
 * program array, [4] a hash whose value begins with a spin lock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "helper/helper.h"
#include "helper/prog_type.h"
#include "isa/asm.h"
#include "isa/isa.h"
#include "map/map.h"
#include "verify/verify.h"

enum {
	N_MAPS = 5
};

static struct map *maps[N_MAPS];

struct sample {
	const char *name;
	uint32_t type;      /* BPF_PROG_TYPE_*; 0: kprobe */
	const char *reason; /* NULL: accepted */
	const char *text;
	bool unprivileged;
};

#define LOOKUP "*(u32 *)(r10 - 4) = 1; r2 = r10; r2 += -4; r1 = map_fd[1] ll; call 1;"

static const struct sample samples[] = {
#include "verify_samples.h"
};

struct loaded {
	struct bpf_insn *insns;
	uint32_t n, n_refs, n_kfuncs;
	struct map *refs[16];
	uint32_t at[16];
	uint32_t kfunc_at[16], kfunc_row[16];
	const char *kfunc_name[16];
};

/* call with src 2: imm 1, 2, 3 are the number iterator's functions. */
static void find_refs(struct loaded *l)
{
	static const char *const kfuncs[] = { "", "bpf_iter_num_new", "bpf_iter_num_next",
					      "bpf_iter_num_destroy" };

	for (uint32_t i = 0; i < l->n; i++) {
		const struct bpf_insn *in = &l->insns[i];

		if (in->code == 0x85 && in->src_reg == 2) {
			l->kfunc_at[l->n_kfuncs] = i;
			l->kfunc_name[l->n_kfuncs] = kfuncs[in->imm];
			l->kfunc_row[l->n_kfuncs++] = kfunc_by_name(kfuncs[in->imm])->p.id;
		}
		if (in->code != 0x18)
			continue;
		if (in->src_reg == 1 || in->src_reg == 2) {
			l->refs[l->n_refs] = maps[in->imm];
			l->at[l->n_refs++] = i;
		}
		i++;
	}
}

static struct verify_input input_of(const struct sample *s, struct loaded *l)
{
	/* Who names callbacks has to tell types; what they say is for other tests. */
	static const struct bpf_func_info main_only;
	struct asm_error err;

	memset(l, 0, sizeof(*l));
	if (asm_text(s->text, strlen(s->text), &l->insns, &l->n, &err))
		fail_msg("%s: line %u: %s", s->name, err.line, err.message);
	find_refs(l);
	return (struct verify_input){
		.insns = l->insns,
		.n_insns = l->n,
		.type = prog_type_of(s->type ? s->type : BPF_PROG_TYPE_KPROBE, 0),
		.gpl = true,
		.name = s->name,
		.policy =
			s->unprivileged ? verify_policy_unprivileged() : verify_policy_privileged(),
		.maps = l->refs,
		.map_at = l->at,
		.n_map_refs = l->n_refs,
		.kfunc_rows = l->kfunc_row,
		.kfunc_names = l->kfunc_name,
		.kfunc_at = l->kfunc_at,
		.n_kfunc_refs = l->n_kfuncs,
		.func_info = &main_only,
		.n_func_info = 1,
	};
}

/* What differs from what is expected; one line, nothing when as expected. */
static unsigned int check_sample(const struct sample *s, bool claims)
{
	unsigned int wrong = 1;
	struct loaded l;
	struct verify_input in = input_of(s, &l);
	struct verify_facts *facts = NULL;
	struct verify_diag diag = { 0 };
	int err;

	in.want_claims = claims;
	err = verify_prog(&in, NULL, &facts, &diag);
	if (err && !s->reason)
		print_error("%s: refused: insn %u [%s] %s\n", s->name, diag.insn, diag.reason,
			    diag.message);
	else if (!err && s->reason)
		print_error("%s: accepted, expected %s\n", s->name, s->reason);
	else if (err && !claims && strcmp(diag.reason, s->reason))
		print_error("%s: refused with %s (%s), expected %s\n", s->name, diag.reason,
			    diag.message, s->reason);
	else
		wrong = 0;
	verify_facts_free(facts);
	mem_free(l.insns);
	return wrong;
}

static unsigned int check_all(bool claims)
{
	unsigned int wrong = 0;

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		wrong += check_sample(&samples[i], claims);
	return wrong;
}

static void test_samples(void **state)
{
	(void)state;
	assert_int_equal(check_all(false), 0);
}

/* Recording claims takes every scalar for precise: the verdict stays, reasons may differ. */
static void test_samples_with_claims(void **state)
{
	(void)state;
	assert_int_equal(check_all(true), 0);
}

/* Bytes of many rounds are asked for at one place: what the rounds added up is asked of nobody, and
 * the first look settles it. */
static void test_packet_rounds(void **state)
{
	static const struct sample s = {
		.name = "rounds",
		.type = BPF_PROG_TYPE_XDP,
		.text = "r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r4 = r2; r4 += 200;"
			"r0 = 0; if r4 > r3 goto +11; r5 = 0;"
			"r6 = r2; r6 += r5; r7 = *(u8 *)(r6 + 0); r0 *= 33;"
			"if r7 > 100 goto +2; r0 += 7; if r7 > 50 goto +1; r0 ^= r7;"
			"r5 += 3; if r5 != 96 goto -10; exit",
	};
	struct loaded l;
	struct verify_input in = input_of(&s, &l);
	struct verify_facts *facts = NULL;
	struct verify_diag diag = { 0 };
	struct verify_stats stats = { 0 };

	(void)state;
	if (verify_prog(&in, &stats, &facts, &diag))
		fail_msg("%s", diag.message);
	assert_int_equal(stats.walked, stats.visited);
	assert_true(stats.visited < 2000);
	verify_facts_free(facts);
	mem_free(l.insns);
}

/* What looking at the program costs, with calls summarised from the first on or not at all. */
static uint64_t walked(struct verify_input *in, uint32_t summarise, const char *reason)
{
	struct verify_facts *facts = NULL;
	struct verify_diag diag = { 0 };
	struct verify_stats stats = { 0 };

	in->policy.summarise = summarise;
	if (!verify_prog(in, &stats, &facts, &diag))
		fail_msg("%s: accepted", in->name);
	assert_string_equal(diag.reason, reason);
	return stats.walked;
}

/* What is refused is looked at twice, as what calls nothing, unless a summary may be why. */
static void test_looks_with_summaries(void **state)
{
	/* Numbers that are others in each round; a branch that is refused, after one that calls. */
	static const struct sample samples_of_looks[] = {
		{ .name = "long",
		  .reason = "limit.visits",
		  .text = "r6 = r1; r7 = 1; r8 = 0; r1 = *(u8 *)(r6 + 0); call pc+9; r7 *= 3;"
			  "r7 += r0; if r7 == 5 goto +4; r8 += 1; if r8 != 5000 goto -7; r0 = 0;"
			  "exit; r0 = r9; exit; r0 = 0; if r1 > 5 goto +1; r0 = 1; exit" },
		{ .name = "wrong",
		  .reason = "mem.not_a_pointer",
		  .text = "r6 = r1; r1 = *(u64 *)(r6 + 0); if r1 > 5 goto +6; r1 = 3; call pc+7;"
			  "r1 = 3; call pc+5; r0 = 0; exit; r0 = *(u8 *)(r1 + 0); r0 = 0; exit;"
			  "r0 = 0; if r1 > 5 goto +1; r0 = 1; exit" },
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		const struct sample *s = &samples_of_looks[i];
		struct loaded l;
		struct verify_input in = input_of(s, &l);
		uint64_t whole;

		in.policy.max_visits = 20000;
		whole = walked(&in, 0, s->reason);
		assert_true(walked(&in, 1, s->reason) <= whole);
		mem_free(l.insns);
	}
}

static void test_rewrite(void **state)
{
	static const struct sample s = {
		.name = "rewrite",
		.type = BPF_PROG_TYPE_XDP,
		.text = "r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r0 = 5;"
			"if r0 == 5 goto +2; r0 = 7; goto -1; r4 = r2; r4 += 1;"
			"if r4 > r3 goto +1; r0 = *(u8 *)(r2 + 0); exit",
	};
	struct loaded l;
	struct verify_input in = input_of(&s, &l);
	struct verify_facts *facts = NULL;
	struct verify_diag diag = { 0 };

	(void)state;
	in.policy.max_visits = 100;
	if (verify_prog(&in, NULL, &facts, &diag))
		fail_msg("%s", diag.message);
	/* The dead instructions are gone, and the pointers are loaded whole. */
	assert_int_equal(facts->n_insns, l.n - 2);
	assert_int_equal(facts->insns[0].code, BPF_LDX | BPF_MEM | BPF_DW);
	assert_int_equal(facts->insns[1].code, BPF_LDX | BPF_MEM | BPF_DW);
	assert_int_equal(facts->insns[3].code, BPF_JMP | BPF_JA);
	assert_int_equal(facts->orig[4], 6);
	assert_int_equal(facts->n_subprogs, 1);
	assert_true(facts->ctx_read_words & 1);
	verify_facts_free(facts);
	mem_free(l.insns);
}

/* A function is one although its first instruction does nothing and is gone. */
static void test_rewrite_first_of_function(void **state)
{
	static const struct sample s = {
		.name = "rewrite",
		.text = "*(u64 *)(r10 - 16) = 7; r1 = 1; call pc+2; r0 = *(u64 *)(r10 - 16); exit;"
			"if r1 != 1 goto +3; *(u64 *)(r10 - 72) = 3; r0 = 0; exit; r0 = 1; exit",
	};
	struct loaded l;
	struct verify_input in = input_of(&s, &l);
	struct verify_facts *facts = NULL;
	struct verify_diag diag = { 0 };

	(void)state;
	if (verify_prog(&in, NULL, &facts, &diag))
		fail_msg("%s", diag.message);
	assert_int_equal(facts->n_insns, 8);
	assert_int_equal(facts->n_subprogs, 2);
	assert_int_equal(facts->subprogs[0].stack, 16);
	assert_int_equal(facts->subprogs[1].start, 5);
	assert_int_equal(facts->subprogs[1].end, 8);
	assert_int_equal(facts->subprogs[1].stack, 72);
	verify_facts_free(facts);
	mem_free(l.insns);
}

static int make_maps(void **state)
{
	struct map_desc desc[N_MAPS] = {
		{ .type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 16, .max_entries = 4 },
		{ .type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 16, .max_entries = 4 },
		{ .type = BPF_MAP_TYPE_RINGBUF, .max_entries = 4096 },
		{ .type = BPF_MAP_TYPE_PROG_ARRAY,
		  .key_size = 4,
		  .value_size = 4,
		  .max_entries = 4 },
		{ .type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 16, .max_entries = 4 },
	};

	(void)state;
	for (int i = 0; i < N_MAPS; i++) {
		desc[i].slots = 1;
		desc[i].spin_lock_off = i == 4 ? 0 : -1;
		desc[i].timer_off = -1;
		assert_int_equal(map_create(memfd_create("map", 0), &desc[i], false, &maps[i]), 0);
	}
	return 0;
}

static int drop_maps(void **state)
{
	(void)state;
	for (int i = 0; i < N_MAPS; i++)
		map_unref(maps[i]);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_samples_with_claims),
		cmocka_unit_test(test_packet_rounds),
		cmocka_unit_test(test_looks_with_summaries),
		cmocka_unit_test(test_rewrite),
		cmocka_unit_test(test_rewrite_first_of_function),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_maps, drop_maps);
}
