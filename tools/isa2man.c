/* SPDX-License-Identifier: BSD-2-Clause */
/* Which instructions does ring3-isa(7) list?  Those of isa.def, by this generator. */
#include <stdio.h>

#include "base/text.h"
#include "isa/disasm.h"
#include "isa/isa.h"

/* An instruction of this row with its fields at their smallest. */
static struct bpf_insn sample(const struct isa_row *row)
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

int main(void)
{
	puts(".\\\" SPDX-License-Identifier: BSD-2-Clause\n.\\\" Generated from src/isa/isa.def.\n"
	     ".Dd November 22, 2026\n.Dt RING3-ISA 7\n.Os ring3\n.Sh NAME\n.Nm ring3-isa\n"
	     ".Nd the instructions of eBPF\n.Sh DESCRIPTION\n"
	     "Opcode byte, row, and how the assembler writes the row with all fields at their\n"
	     "smallest value.\n.Bl -column \"0x00\" \"ATOMIC_FETCH_ADD_DW\" \"text\"");
	for (int op = 0; op < ISA_N_OP; op++) {
		struct bpf_insn insns[2] = { sample(isa_row(op)) };
		char buf[128];
		struct text t;

		text_init(&t, buf, sizeof(buf));
		disasm_insn(insns, 2, &t);
		printf(".It Li 0x%02x Ta %s Ta Li \"%s\"\n", isa_row(op)->opcode, isa_row(op)->name,
		       buf);
	}
	puts(".El\n.Sh SEE ALSO\n.Xr ring3 1\n.Rs\n.%T BPF Instruction Set Architecture (ISA)\n"
	     ".%R RFC 9669\n.Re");
	return 0;
}
