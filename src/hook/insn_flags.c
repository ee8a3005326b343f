/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does anything read the arithmetic flags before they are written?  Straight on from a place, to
 * where they are dead by the ABI at the latest.  What is not known for certain counts as a reader.
 */
#include <Zydis/Zydis.h>

#include "hook/insn.h"

enum {
	MAX_LOOK = 32, /* instructions */
	ARITHMETIC = 0x8d5,
};

/* Those that an instruction sets whatever its operands are: none that may count to 0. */
static uint32_t set_by(const ZydisDecodedInstruction *z)
{
	const ZydisAccessedFlags *f = z->cpu_flags;
	uint32_t set = f->modified | f->set_0 | f->set_1;

	if (z->mnemonic == ZYDIS_MNEMONIC_AND || z->mnemonic == ZYDIS_MNEMONIC_OR ||
	    z->mnemonic == ZYDIS_MNEMONIC_XOR || z->mnemonic == ZYDIS_MNEMONIC_TEST)
		return set | f->undefined;
	if (z->mnemonic == ZYDIS_MNEMONIC_ADD || z->mnemonic == ZYDIS_MNEMONIC_SUB ||
	    z->mnemonic == ZYDIS_MNEMONIC_CMP || z->mnemonic == ZYDIS_MNEMONIC_NEG ||
	    z->mnemonic == ZYDIS_MNEMONIC_INC || z->mnemonic == ZYDIS_MNEMONIC_DEC)
		return set;
	return 0;
}

/* Of a kind that goes on with what follows it and shows the flags to nobody unless it tests them.
 */
static bool is_plain(const ZydisDecodedInstruction *z)
{
	ZydisInstructionCategory c = z->meta.category;

	return c == ZYDIS_CATEGORY_BINARY || c == ZYDIS_CATEGORY_LOGICAL ||
	       c == ZYDIS_CATEGORY_SHIFT || c == ZYDIS_CATEGORY_DATAXFER ||
	       c == ZYDIS_CATEGORY_PUSH || c == ZYDIS_CATEGORY_POP || c == ZYDIS_CATEGORY_NOP ||
	       c == ZYDIS_CATEGORY_WIDENOP || c == ZYDIS_CATEGORY_CONVERT ||
	       z->mnemonic == ZYDIS_MNEMONIC_LEA;
}

bool insn_flags_dead(const uint8_t *code, size_t room)
{
	ZydisDecoder decoder;
	ZydisDecodedInstruction z;
	uint32_t left = ARITHMETIC;

	if (!ZYAN_SUCCESS(
		    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)))
		return false;
	for (int i = 0; i < MAX_LOOK; i++, code += z.length, room -= z.length) {
		if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, NULL, code, room, &z)))
			return false;
		if (z.meta.category == ZYDIS_CATEGORY_RET || z.meta.category == ZYDIS_CATEGORY_CALL)
			return true;
		if (!is_plain(&z))
			return false;
		if (!z.cpu_flags)
			continue;
		if (z.cpu_flags->tested & left)
			return false;
		left &= ~set_by(&z);
		if (!left)
			return true;
	}
	return false;
}
