/* SPDX-License-Identifier: BSD-2-Clause */
/* How is each kind of instruction displaced?  Zydis decodes; the forms that depend on where they
 * stand (RIP-relative operands, branches, calls) are rewritten, all others are copied. */
#include "hook/insn.h"

#include <errno.h>
#include <string.h>
#include <Zydis/Zydis.h>

#include "hook/emit.h"

enum insn_form {
	FORM_PLAIN,
	FORM_RIP,      /* RIP-relative memory operand */
	FORM_JMP,      /* relative, unconditional */
	FORM_JCC,      /* relative, conditional */
	FORM_LOOP,     /* loop, loope, loopne, jrcxz: 8-bit reach only */
	FORM_CALL,     /* relative */
	FORM_CALL_MEM, /* through a register or memory */
	FORM_STUCK,    /* cannot be displaced */
};

struct insn_one {
	ZydisDecodedInstruction z;
	enum insn_form form;
	uint64_t target; /* of a relative branch */
	bool ends;
};

static bool decode_one(const uint8_t *code, size_t room, ZydisDecodedInstruction *ret)
{
	ZydisDecoder decoder;

	return ZYAN_SUCCESS(ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64,
					     ZYDIS_STACK_WIDTH_64)) &&
	       ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, NULL, code, room, ret));
}

static bool is_rip_relative(const ZydisDecodedInstruction *z)
{
	return (z->attributes & ZYDIS_ATTRIB_HAS_MODRM) && z->raw.modrm.mod == 0 &&
	       z->raw.modrm.rm == 5;
}

static bool is_loop(ZydisMnemonic m)
{
	return m == ZYDIS_MNEMONIC_LOOP || m == ZYDIS_MNEMONIC_LOOPE ||
	       m == ZYDIS_MNEMONIC_LOOPNE || m == ZYDIS_MNEMONIC_JRCXZ || m == ZYDIS_MNEMONIC_JECXZ;
}

/* A call through memory becomes a push of the return address and a jump: an operand that is
 * relative to the stack pointer would then read eight bytes off. */
static bool uses_rsp(const ZydisDecodedInstruction *z)
{
	bool extended = (z->attributes & ZYDIS_ATTRIB_HAS_REX) && z->raw.rex.B;

	if (extended || z->raw.modrm.rm != 4)
		return false;
	return z->raw.modrm.mod == 3 || z->raw.sib.base == 4;
}

static enum insn_form form_of(const ZydisDecodedInstruction *z)
{
	bool relative = z->raw.imm[0].is_relative;

	if (z->mnemonic == ZYDIS_MNEMONIC_XBEGIN || z->mnemonic == ZYDIS_MNEMONIC_INT3)
		return FORM_STUCK;
	if (z->mnemonic == ZYDIS_MNEMONIC_CALL && relative)
		return FORM_CALL;
	if (z->mnemonic == ZYDIS_MNEMONIC_CALL)
		return z->raw.modrm.reg != 2 || uses_rsp(z) ? FORM_STUCK : FORM_CALL_MEM;
	if (relative && z->mnemonic == ZYDIS_MNEMONIC_JMP)
		return FORM_JMP;
	if (relative && is_loop(z->mnemonic))
		return FORM_LOOP;
	if (relative)
		return FORM_JCC;
	return is_rip_relative(z) ? FORM_RIP : FORM_PLAIN;
}

static bool ends_control(const ZydisDecodedInstruction *z)
{
	return z->meta.category == ZYDIS_CATEGORY_RET ||
	       z->meta.category == ZYDIS_CATEGORY_UNCOND_BR || z->mnemonic == ZYDIS_MNEMONIC_UD2 ||
	       z->mnemonic == ZYDIS_MNEMONIC_HLT;
}

static bool read_one(const uint8_t *code, size_t room, uint64_t addr, struct insn_one *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!decode_one(code, room, &ret->z))
		return false;
	ret->form = form_of(&ret->z);
	ret->target = addr + ret->z.length + ret->z.raw.imm[0].value.u;
	ret->ends = ends_control(&ret->z);
	return true;
}

int insn_decode(const uint8_t *code, size_t room, uint64_t addr, uint32_t want,
		struct insn_span *ret_span, struct text *why)
{
	struct insn_span span = { .addr = addr };
	struct insn_one one;

	while (span.len < want && !span.ends) {
		if (!read_one(code + span.len, room - span.len, addr + span.len, &one)) {
			text_add(why, "no instruction at %#lx", (long)(addr + span.len));
			return -EINVAL;
		}
		if (one.form == FORM_STUCK && one.z.mnemonic == ZYDIS_MNEMONIC_INT3) {
			text_add(why, "a breakpoint is already at %#lx", (long)(addr + span.len));
			return -EBUSY;
		}
		if (one.form == FORM_STUCK) {
			text_add(why, "%s at %#lx cannot run at another address",
				 ZydisMnemonicGetString(one.z.mnemonic), (long)(addr + span.len));
			return -EOPNOTSUPP;
		}
		span.off[span.n++] = (uint8_t)span.len;
		span.len += one.z.length;
		span.ends = one.ends;
	}
	memcpy(span.bytes, code, span.len);
	*ret_span = span;
	return 0;
}

/* Pushes the address that the original call would have pushed, without touching flags. */
static void emit_push(struct emit *e, uint64_t value)
{
	emit_bytes(e, 5, 0x48, 0x8d, 0x64, 0x24, 0xf8); /* lea -8(%rsp),%rsp */
	emit_bytes(e, 3, 0xc7, 0x04, 0x24);             /* movl $lo,(%rsp) */
	emit_u32(e, (uint32_t)value);
	emit_bytes(e, 4, 0xc7, 0x44, 0x24, 0x04); /* movl $hi,4(%rsp) */
	emit_u32(e, (uint32_t)(value >> 32));
}

/* Copies an instruction with its RIP-relative operand moved; `modrm_reg` replaces that field. */
static void emit_moved(struct emit *e, const struct insn_one *one, const uint8_t *bytes,
		       uint64_t addr, int modrm_reg)
{
	const ZydisDecodedInstruction *z = &one->z;
	size_t at = e->len;

	emit_raw(e, bytes, z->length);
	if (e->err)
		return;
	if (modrm_reg >= 0)
		e->buf[at + z->raw.modrm.offset] =
			(uint8_t)((bytes[z->raw.modrm.offset] & ~0x38) | modrm_reg << 3);
	if (is_rip_relative(z))
		emit_patch32(e, at + z->raw.disp.offset,
			     (int64_t)(addr + (uint64_t)z->raw.disp.value - e->at - at));
}

static void emit_one(struct emit *e, const struct insn_one *one, const uint8_t *bytes,
		     uint64_t addr)
{
	const ZydisDecodedInstruction *z = &one->z;

	switch (one->form) {
	case FORM_PLAIN:
	case FORM_RIP: emit_moved(e, one, bytes, addr, -1); break;
	case FORM_JMP: emit_jmp(e, one->target); break;
	case FORM_JCC:
		emit_bytes(e, 2, 0x0f, 0x80 | (z->opcode & 0xf));
		emit_rel32(e, one->target);
		break;
	case FORM_LOOP:
		emit_raw(e, bytes, z->length - 1u);
		emit_bytes(e, 3, 0x02, 0xeb, 0x05); /* taken: over the short jump */
		emit_jmp(e, one->target);
		break;
	case FORM_CALL:
		emit_push(e, addr + z->length);
		emit_jmp(e, one->target);
		break;
	case FORM_CALL_MEM:
		emit_push(e, addr + z->length);
		emit_moved(e, one, bytes, addr, 4);
		break;
	case FORM_STUCK: e->err = -EOPNOTSUPP; break;
	}
}

int insn_emit(const struct insn_span *span, uint64_t to, uint8_t *buf, uint8_t *ret_off)
{
	struct emit e = { .buf = buf, .cap = INSN_COPY_MAX, .at = to };
	struct insn_one one;

	for (uint32_t i = 0; i < span->n && !e.err; i++) {
		uint32_t off = span->off[i];

		if (!read_one(span->bytes + off, span->len - off, span->addr + off, &one))
			return -EINVAL;
		ret_off[i] = (uint8_t)e.len;
		emit_one(&e, &one, span->bytes + off, span->addr + off);
	}
	if (!span->ends)
		emit_jmp(&e, span->addr + span->len);
	return e.err ? e.err : (int)e.len;
}

uint32_t insn_length(const uint8_t *code, size_t room)
{
	ZydisDecodedInstruction z;

	return decode_one(code, room, &z) ? z.length : 0;
}

/* By a register with a prefix for tables, or by memory that has an index and nothing else. */
static bool is_table(const ZydisDecodedInstruction *z)
{
	return z->attributes & ZYDIS_ATTRIB_HAS_NOTRACK ||
	       (z->raw.modrm.mod == 0 && z->raw.modrm.rm == 4 && z->raw.sib.base == 5 &&
		z->raw.sib.scale == 3);
}

static enum insn_flow flow_of(const struct insn_one *one)
{
	const ZydisDecodedInstruction *z = &one->z;

	if (z->mnemonic == ZYDIS_MNEMONIC_CALL)
		return INSN_ON;
	if (z->mnemonic == ZYDIS_MNEMONIC_UD2 || z->mnemonic == ZYDIS_MNEMONIC_HLT ||
	    z->mnemonic == ZYDIS_MNEMONIC_INT3)
		return INSN_STOPS;
	if (z->raw.imm[0].is_relative)
		return INSN_BRANCHES;
	if (z->meta.category == ZYDIS_CATEGORY_RET)
		return z->opcode == 0xc3 || z->opcode == 0xc2 ? INSN_RETURNS : INSN_STRANGE;
	if (z->mnemonic != ZYDIS_MNEMONIC_JMP)
		return one->ends ? INSN_STRANGE : INSN_ON;
	if (z->opcode != 0xff || z->raw.modrm.reg != 4)
		return INSN_STRANGE;
	return is_table(z) ? INSN_SWITCHES : INSN_JUMPS;
}

bool insn_step(const uint8_t *code, size_t room, uint64_t addr, struct insn_step *ret_step)
{
	const ZydisDecodedInstruction *z;
	struct insn_one one;

	if (!read_one(code, room, addr, &one))
		return false;
	z = &one.z;
	*ret_step = (struct insn_step){ .flow = flow_of(&one),
					.len = z->length,
					.is_call = z->mnemonic == ZYDIS_MNEMONIC_CALL,
					.target = one.target,
					.reg = -1 };
	if (ret_step->flow == INSN_JUMPS && z->raw.modrm.mod == 3)
		ret_step->reg = z->raw.modrm.rm |
				(z->attributes & ZYDIS_ATTRIB_HAS_REX && z->raw.rex.B ? 8 : 0);
	return true;
}

bool insn_adds_to(const uint8_t *code, size_t room, int reg)
{
	struct insn_one one;
	bool rex;
	int to;

	if (!read_one(code, room, 0, &one) || one.z.mnemonic != ZYDIS_MNEMONIC_ADD ||
	    one.z.raw.modrm.mod != 3 || (one.z.opcode != 0x01 && one.z.opcode != 0x03))
		return false;
	rex = one.z.attributes & ZYDIS_ATTRIB_HAS_REX;
	to = one.z.opcode == 0x01 ? one.z.raw.modrm.rm | (rex && one.z.raw.rex.B ? 8 : 0)
				  : one.z.raw.modrm.reg | (rex && one.z.raw.rex.R ? 8 : 0);
	return to == reg;
}

bool insn_is_straight(const uint8_t *code, size_t room)
{
	struct insn_one one;

	return read_one(code, room, 0, &one) && !one.ends &&
	       (one.form == FORM_PLAIN || one.form == FORM_RIP);
}

uint32_t insn_landing_pad(const uint8_t *code, size_t room)
{
	static const uint8_t endbr64[4] = { 0xf3, 0x0f, 0x1e, 0xfa };

	return room >= 4 && !memcmp(code, endbr64, 4) ? 4 : 0;
}

bool insn_is_padding(const uint8_t *code, size_t room, size_t n)
{
	ZydisDecodedInstruction z;

	for (size_t off = 0; off < n; off += z.length) {
		if (!decode_one(code + off, room - off, &z))
			return false;
		if (z.mnemonic != ZYDIS_MNEMONIC_NOP && z.mnemonic != ZYDIS_MNEMONIC_INT3)
			return false;
	}
	return true;
}

int insn_branches_into(const uint8_t *code, size_t size, uint64_t addr, uint64_t lo, uint64_t hi)
{
	struct insn_one one;

	for (size_t off = 0; off < size; off += one.z.length) {
		if (!read_one(code + off, size - off, addr + off, &one))
			return -EINVAL;
		if (one.z.raw.imm[0].is_relative && one.target > lo && one.target < hi)
			return 1;
	}
	return 0;
}
