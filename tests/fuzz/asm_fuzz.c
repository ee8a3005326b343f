/* SPDX-License-Identifier: BSD-2-Clause */
/* Can any text harm the assembler, or any bytes the disassembler?  A libFuzzer body: see run. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "isa/asm.h"
#include "isa/disasm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bpf_insn *insns = NULL, insn[2] = { { 0 } };
	struct asm_error err;
	uint32_t n = 0;
	char buf[256];
	struct text t;

	if (asm_text((const char *)data, size, &insns, &n, &err) == 0)
		mem_free(insns);
	for (size_t at = 0; at + sizeof(insn[0]) <= size; at += sizeof(insn[0])) {
		uint32_t left = at + sizeof(insn) <= size ? 2 : 1;

		memcpy(insn, data + at, left * sizeof(insn[0]));
		text_init(&t, buf, sizeof(buf));
		disasm_insn(insn, left, &t);
	}
	return 0;
}
