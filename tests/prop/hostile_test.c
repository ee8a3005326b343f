/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the checking interpreter safe whatever the program does?  Random instructions, most of them
 * nonsense: what raw_check() lets pass must run to an end or to a violation without touching
 * anything but memory and stack (canaries here, sanitizers in V=asan).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "isa/isa.h"
#include "run/engine.h"
#include "support/rng.h"

enum {
	PROGRAMS = 60000,
	INSNS = 24,
	MEM = 32,
	CANARY = 64
};

static uint64_t add5(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	return a + b + c + d + e;
}

static const raw_fn helpers[] = { NULL, add5 };

/* Only forward, so that every program ends; sometimes out of the program. */
static int distance(struct rng *rng, uint32_t at)
{
	return (int)rng_below(rng, rng_below(rng, 50) ? INSNS - at : 2 * INSNS);
}

static bool jumps_by_imm(enum isa_form form)
{
	return form == ISA_F_JA32 || form == ISA_F_CALL_SUB;
}

static void choose_fields(struct rng *rng, int op, uint32_t at, struct bpf_insn *insn)
{
	static const uint8_t bases[] = { 1, 10, 10, 2, 0, 3 };
	enum isa_form form = (enum isa_form)isa_row((enum isa_op)op)->form;
	bool jumps = form == ISA_F_JMP_X || form == ISA_F_JMP_K || form == ISA_F_JA ||
		     form == ISA_F_MAY_GOTO;
	struct bpf_insn try = *insn;

	try.dst_reg = rng_below(rng, 10) & 0xf;
	if (form == ISA_F_ST || form == ISA_F_STX || form == ISA_F_ATOMIC)
		try.dst_reg = bases[rng_below(rng, sizeof(bases))] & 0xf;
	if (isa_decode(&try, NULL) == op)
		*insn = try;
	try = *insn;
	try.src_reg = form == ISA_F_LDX || form == ISA_F_LDSX
			      ? bases[rng_below(rng, sizeof(bases))] & 0xf
			      : rng_below(rng, 11) & 0xf;
	if (isa_decode(&try, NULL) == op)
		*insn = try;
	try = *insn;
	try.off = (int16_t)(jumps ? distance(rng, at) : (int)rng_below(rng, 96) - 48);
	if (isa_decode(&try, NULL) == op)
		*insn = try;
	try = *insn;
	try.imm = jumps_by_imm(form) ? distance(rng, at) : (int32_t)rng_value(rng);
	if (form == ISA_F_CALL)
		try.imm = rng_below(rng, 20) ? 1 : (int32_t)rng_value(rng);
	if (isa_decode(&try, NULL) == op)
		*insn = try;
}

static void random_program(struct rng *rng, struct bpf_insn *insns)
{
	for (uint32_t i = 0; i < INSNS; i++) {
		int op = (int)rng_below(rng, ISA_N_OP);
		const struct isa_row *row = isa_row((enum isa_op)op);

		if (isa_is_wide(row->opcode) || row->form == ISA_F_LD_ABS ||
		    row->form == ISA_F_LD_IND || row->form == ISA_F_CAST ||
		    row->form == ISA_F_CALL_KFUNC) {
			i--;
			continue;
		}
		insns[i] = (struct bpf_insn){ .code = row->opcode };
		if (row->sel == ISA_SEL_OFF)
			insns[i].off = (int16_t)row->sel_value;
		if (row->sel == ISA_SEL_IMM)
			insns[i].imm = row->sel_value;
		if (row->sel == ISA_SEL_SRC)
			insns[i].src_reg = (uint8_t)row->sel_value & 0xf;
		choose_fields(rng, op, i, &insns[i]);
	}
	insns[INSNS - 1] = (struct bpf_insn){ .code = 0x95 };
}

/* Every byte of the buffer that is not the program's memory. */
static bool is_whole(const uint8_t *buffer)
{
	for (uint32_t i = 0; i < CANARY; i++)
		if (buffer[i] != 0xc5 || buffer[CANARY + MEM + i] != 0xc5)
			return false;
	return true;
}

static void test_nonsense(void **state)
{
	uint32_t n_refused = 0, n_violations = 0, n_clean = 0;
	_Alignas(16) uint8_t buffer[MEM + 2 * CANARY];
	struct bpf_insn insns[INSNS];
	struct rng rng = { 11 };

	(void)state;
	for (uint32_t i = 0; i < PROGRAMS; i++) {
		struct raw_prog prog = {
			.insns = insns, .n_insns = INSNS, .fns = helpers, .n_fns = 2
		};
		uint64_t r0 = 0;
		char buf[200];
		struct text why;

		random_program(&rng, insns);
		memset(buffer, 0xc5, sizeof(buffer));
		text_init(&why, buf, sizeof(buf));
		if (raw_check(&prog, &why) != 0) {
			n_refused++;
		} else if (check_raw(&prog, buffer + CANARY, MEM, &r0, &why) != 0) {
			assert_true(why.len > 0);
			n_violations++;
		} else {
			n_clean++;
		}
		assert_true(is_whole(buffer));
	}
	printf("# %u refused, %u stopped, %u clean\n", n_refused, n_violations, n_clean);
	assert_true(n_refused > 1000 && n_violations > 1000 && n_clean > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nonsense),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
