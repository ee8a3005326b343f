/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does LLVM read what the disassembler writes, and make the same bytes of it?  Random instructions
 * of every row that LLVM 19 knows go through llvm-mc; skipped where that is not installed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/os.h"
#include "isa/disasm.h"
#include "support/rng.h"

enum {
	ROUNDS = 20,
	MAX_SLOTS = ISA_N_OP * ROUNDS * 2
};

/* LLVM 19 has no load_acquire; it writes calls, maps and functions through relocations. */
static bool llvm_knows(const struct isa_row *row)
{
	switch ((enum isa_form)row->form) {
	case ISA_F_LOAD_ACQ:
	case ISA_F_STORE_REL:
	case ISA_F_CALL_SUB:
	case ISA_F_CALL_KFUNC: return false;
	case ISA_F_LD_IMM64: return row->op == 0;
	case ISA_F_ALU_X:
	case ISA_F_ALU_K:
	case ISA_F_MOVSX:
	case ISA_F_CAST:
	case ISA_F_NEG:
	case ISA_F_END:
	case ISA_F_JMP_X:
	case ISA_F_JMP_K:
	case ISA_F_JA:
	case ISA_F_JA32:
	case ISA_F_MAY_GOTO:
	case ISA_F_CALL:
	case ISA_F_CALLX:
	case ISA_F_EXIT:
	case ISA_F_LDX:
	case ISA_F_LDSX:
	case ISA_F_ST:
	case ISA_F_STX:
	case ISA_F_ATOMIC:
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: return true;
	}
	return false;
}

static bool is_small(enum isa_form form)
{
	return form == ISA_F_JA32 || form == ISA_F_CALL || form == ISA_F_CAST;
}

static uint32_t random_insn(struct rng *rng, int op, struct bpf_insn *insn)
{
	const struct isa_row *row = isa_row((enum isa_op)op);
	bool is_small_imm = is_small((enum isa_form)row->form);
	struct bpf_insn base = { .code = row->opcode }, try;

	if (row->sel == ISA_SEL_OFF)
		base.off = (int16_t)row->sel_value;
	if (row->sel == ISA_SEL_IMM)
		base.imm = row->sel_value;
	insn[0] = base;
	for (int field = 0; field < 4; field++) {
		try = insn[0];
		if (field == 0)
			try.dst_reg = rng_below(rng, 11) & 0xf;
		if (field == 1)
			try.src_reg = rng_below(rng, 11) & 0xf;
		if (field == 2)
			try.off = (int16_t)rng_value(rng);
		if (field == 3 && row->form != ISA_F_LD_IND)
			try.imm = is_small_imm ? (int32_t)rng_below(rng, 1000)
					       : (int32_t)rng_value(rng);
		if (isa_decode(&try, NULL) == op)
			insn[0] = try;
	}
	insn[1] = (struct bpf_insn){ .imm = (int32_t)rng_value(rng) };
	return isa_is_wide(insn[0].code) ? 2 : 1;
}

static uint32_t write_source(const char *path, struct bpf_insn *insns)
{
	FILE *f = fopen(path, "w");
	struct rng rng = { 3 };
	uint32_t n = 0;

	assert_non_null(f);
	for (int i = 0; i < ISA_N_OP * ROUNDS; i++) {
		int op = i % ISA_N_OP;
		char buf[128];
		struct text t;

		if (!llvm_knows(isa_row((enum isa_op)op)))
			continue;
		random_insn(&rng, op, &insns[n]);
		text_init(&t, buf, sizeof(buf));
		n += (uint32_t)disasm_insn(&insns[n], 2, &t);
		fprintf(f, "%s\n", buf);
	}
	fclose(f);
	return n;
}

static void test_llvm_reads_it(void **state)
{
	static struct bpf_insn insns[MAX_SLOTS + 2];
	char dir[] = "/tmp/ring3-llvm-XXXXXX", path[64], command[400];
	void *bytes = NULL;
	size_t size = 0;
	uint32_t n;

	(void)state;
	if (system("command -v llvm-mc-19 llvm-objcopy-19 >/dev/null 2>&1") != 0) {
		puts("# SKIP llvm-mc-19 is not installed");
		skip();
	}
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a.s", dir);
	n = write_source(path, insns);
	snprintf(command, sizeof(command),
		 "cd %s && llvm-mc-19 -triple bpfel -mcpu=v4 -filetype=obj a.s -o a.o && "
		 "llvm-objcopy-19 -O binary -j .text a.o a.bin",
		 dir);
	assert_int_equal(system(command), 0);
	snprintf(path, sizeof(path), "%s/a.bin", dir);
	assert_int_equal(os_read_file(path, 1 << 20, &bytes, &size), 0);
	assert_int_equal(size, n * sizeof(insns[0]));
	for (uint32_t i = 0; i < n; i++)
		if (memcmp(&insns[i], (struct bpf_insn *)bytes + i, sizeof(insns[0])) != 0)
			fail_msg("slot %u differs, code %02x", i, insns[i].code);
	mem_free(bytes);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_llvm_reads_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
