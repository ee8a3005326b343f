/* SPDX-License-Identifier: BSD-2-Clause */
/* Does each row of isa.def decode to itself, and is every other encoding refused? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "isa/isa.h"

static struct bpf_insn encode(const struct isa_row *row)
{
	struct bpf_insn insn = { .code = row->opcode };

	if (row->sel == ISA_SEL_OFF)
		insn.off = (int16_t)row->sel_value;
	if (row->sel == ISA_SEL_IMM)
		insn.imm = row->sel_value;
	if (row->sel == ISA_SEL_SRC)
		insn.src_reg = (uint8_t)row->sel_value & 0xf;
	return insn;
}

static void test_rows_decode_to_themselves(void **state)
{
	(void)state;
	for (int op = 0; op < ISA_N_OP; op++) {
		struct bpf_insn insn = encode(isa_row(op));

		assert_non_null(isa_row(op)->name);
		assert_int_equal(isa_decode(&insn, NULL), op);
	}
}

static void test_reserved_fields(void **state)
{
	struct bpf_insn mov_off = { .code = 0xb7, .off = 1 };
	struct bpf_insn exit_imm = { .code = 0x95, .imm = 1 };
	struct bpf_insn reg_11 = { .code = 0xb7, .dst_reg = 11 };
	struct bpf_insn add_imm = { .code = 0x0f, .imm = 7 };
	struct bpf_insn ldimm_src = { .code = 0x18, .src_reg = 7 };
	const char *why = NULL;

	(void)state;
	assert_true(isa_decode(&mov_off, &why) < 0);
	assert_non_null(why);
	assert_true(isa_decode(&exit_imm, NULL) < 0);
	assert_true(isa_decode(&reg_11, NULL) < 0);
	assert_true(isa_decode(&add_imm, NULL) < 0);
	assert_true(isa_decode(&ldimm_src, NULL) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_decode_to_themselves),
		cmocka_unit_test(test_reserved_fields),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
