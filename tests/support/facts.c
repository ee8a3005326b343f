/* SPDX-License-Identifier: BSD-2-Clause */
/* How does a test run a program on the engines without the verifier? */
#include "support/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "isa/asm.h"

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t find_functions(const struct verify_facts *facts, uint32_t *starts)
{
	uint32_t n = 1;

	starts[0] = 0;
	for (uint32_t i = 0; i < facts->n_insns && n < 16; i++) {
		const struct bpf_insn *insn = &facts->insns[i];
		bool calls = insn->code == 0x85 && insn->src_reg == BPF_PSEUDO_CALL;
		bool names = insn->code == 0x18 && insn->src_reg == BPF_PSEUDO_FUNC;
		uint32_t to = i + 1 + (uint32_t)insn->imm, known = 0;

		while (known < n && starts[known] != to)
			known++;
		if ((calls || names) && known == n)
			starts[n++] = to;
	}
	qsort(starts, n, sizeof(*starts), compare);
	return n;
}

static void place_map(struct bpf_insn *insn, const struct map *map)
{
	uint64_t addr = (uint64_t)map;

	insn[0].src_reg = 0;
	insn[0].imm = (int32_t)(uint32_t)addr;
	insn[1].imm = (int32_t)(uint32_t)(addr >> 32);
}

static void fill(struct facts *f, uint16_t stack, const struct helper_set *helpers,
		 const struct map *map)
{
	uint32_t starts[16];

	f->facts.orig = mem_array(f->facts.n_insns, sizeof(*f->facts.orig));
	assert_non_null(f->facts.orig);
	for (uint32_t i = 0; i < f->facts.n_insns; i++) {
		f->facts.orig[i] = i;
		if (f->facts.insns[i].code == 0x18 &&
		    f->facts.insns[i].src_reg == BPF_PSEUDO_MAP_FD)
			place_map(&f->facts.insns[i], map);
	}
	f->facts.n_subprogs = find_functions(&f->facts, starts);
	for (uint32_t i = 0; i < f->facts.n_subprogs; i++)
		f->subprogs[i] = (struct verify_subprog){
			.start = starts[i],
			.end = i + 1 < f->facts.n_subprogs ? starts[i + 1] : f->facts.n_insns,
			.stack = stack,
			.reachable = true,
		};
	f->facts.subprogs = f->subprogs;
	f->facts.calls_helpers = true;
	f->code = (struct code){ .facts = &f->facts, .helpers = helpers, .name = "test" };
}

void facts_init(struct facts *f, const char *text, uint16_t stack, const struct helper_set *helpers,
		const struct map *map)
{
	struct asm_error error = { .message = "" };

	memset(f, 0, sizeof(*f));
	if (asm_text(text, strlen(text), &f->facts.insns, &f->facts.n_insns, &error))
		fail_msg("%u:%u: %s", error.line, error.col, error.message);
	fill(f, stack, helpers, map);
}

void facts_init_insns(struct facts *f, const struct bpf_insn *insns, uint32_t n, uint16_t stack,
		      const struct helper_set *helpers, const struct map *map)
{
	memset(f, 0, sizeof(*f));
	f->facts.insns = mem_dup(insns, n * sizeof(*insns));
	f->facts.n_insns = n;
	assert_non_null(f->facts.insns);
	fill(f, stack, helpers, map);
}

void facts_done(struct facts *f)
{
	mem_free(f->facts.insns);
	mem_free(f->facts.orig);
}
