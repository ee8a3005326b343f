/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which row of isa.def does an encoded instruction belong to, and is it well formed?  Expands
 * the lists of isa.def into the row table.  Knows nothing of programs, only of single
 * instructions.
 */
#include "isa/isa.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* clang-format off */
#define ROW(nm, tx, opc, fm, o, w, s, sv) \
	{ .name = nm, .text = tx, .opcode = opc, .form = fm, .op = o, .bits = w, .sel = s, .sel_value = sv },

#define ALU(nm, code, off, text, value, cls, form, bits, sfx) \
	[ISA_##nm##sfx] = ROW(#nm #sfx, text, (cls) | (code), form, ISA_ALU_##nm, bits, ISA_SEL_OFF, off)
#define SX(nm, off, type, opc, bits, sfx) \
	[ISA_##nm##sfx] = ROW(#nm #sfx, "=", opc, ISA_F_MOVSX, ISA_ALU_MOV, bits, ISA_SEL_OFF, off)
#define JMP(nm, code, text, value, cls, form, bits, sfx) \
	[ISA_##nm##sfx] = ROW(#nm #sfx, text, (cls) | (code), form, ISA_COND_##nm, bits, ISA_SEL_NONE, 0)
#define MEM(nm, size, bits, u, s, pfx, cls, form) \
	[ISA_##pfx##nm] = ROW(#pfx #nm, "=", (cls) | (size), form, 0, bits, ISA_SEL_NONE, 0)
#define ATOMIC(nm, imm, text, opc, bits, sfx) \
	[ISA_ATOMIC_##nm##sfx] = ROW("ATOMIC_" #nm #sfx, text, opc, ISA_F_ATOMIC, ISA_ATOMIC_##nm, bits, ISA_SEL_IMM, imm)
#define ACQREL(sfx, opc, bits) \
	[ISA_LOAD_ACQ##sfx] = ROW("LOAD_ACQ" #sfx, "load_acquire", opc, ISA_F_LOAD_ACQ, 0, bits, ISA_SEL_IMM, 0x100) \
	[ISA_STORE_REL##sfx] = ROW("STORE_REL" #sfx, "store_release", opc, ISA_F_STORE_REL, 0, bits, ISA_SEL_IMM, 0x110)
#define LD(nm, src, text) \
	[ISA_##nm] = ROW(#nm, text, 0x18, ISA_F_LD_IMM64, src, 64, ISA_SEL_SRC, src)
#define END(nm, opc, kind, bits, text) \
	[ISA_##nm] = ROW(#nm, text, opc, ISA_F_END, kind, bits, ISA_SEL_IMM, bits)
#define ONE(nm, opc, form, bits, sel, sv, text) \
	[ISA_##nm] = ROW(#nm, text, opc, form, 0, bits, sel, sv)

const struct isa_row isa_rows[ISA_N_OP] = {
	ISA_ALU_LIST(ALU, ALU, 0x0f, ISA_F_ALU_X, 64, _64X)
	ISA_MOVSX64_LIST(SX, 0xbf, 64, _64X)
	ONE(CAST_64X, 0xbf, ISA_F_CAST, 64, ISA_SEL_OFF, 1, "addr_space_cast")
	ISA_ALU_LIST(ALU, ALU, 0x07, ISA_F_ALU_K, 64, _64K)
	ISA_ALU_LIST(ALU, ALU, 0x0c, ISA_F_ALU_X, 32, _32X)
	ISA_MOVSX32_LIST(SX, 0xbc, 32, _32X)
	ISA_ALU_LIST(ALU, ALU, 0x04, ISA_F_ALU_K, 32, _32K)
	ONE(NEG_64, 0x87, ISA_F_NEG, 64, ISA_SEL_NONE, 0, "-")
	ONE(NEG_32, 0x84, ISA_F_NEG, 32, ISA_SEL_NONE, 0, "-")
	END(LE16, 0xd4, ISA_END_LE, 16, "le16")
	END(LE32, 0xd4, ISA_END_LE, 32, "le32")
	END(LE64, 0xd4, ISA_END_LE, 64, "le64")
	END(BE16, 0xdc, ISA_END_BE, 16, "be16")
	END(BE32, 0xdc, ISA_END_BE, 32, "be32")
	END(BE64, 0xdc, ISA_END_BE, 64, "be64")
	END(BSWAP16, 0xd7, ISA_END_BSWAP, 16, "bswap16")
	END(BSWAP32, 0xd7, ISA_END_BSWAP, 32, "bswap32")
	END(BSWAP64, 0xd7, ISA_END_BSWAP, 64, "bswap64")
	ISA_JMP_LIST(JMP, 0x0d, ISA_F_JMP_X, 64, _64X)
	ISA_JMP_LIST(JMP, 0x05, ISA_F_JMP_K, 64, _64K)
	ISA_JMP_LIST(JMP, 0x0e, ISA_F_JMP_X, 32, _32X)
	ISA_JMP_LIST(JMP, 0x06, ISA_F_JMP_K, 32, _32K)
	ONE(JA, 0x05, ISA_F_JA, 64, ISA_SEL_NONE, 0, "goto")
	ONE(JA32, 0x06, ISA_F_JA32, 64, ISA_SEL_NONE, 0, "gotol")
	ONE(MAY_GOTO, 0xe5, ISA_F_MAY_GOTO, 64, ISA_SEL_SRC, 0, "may_goto")
	ONE(CALL, 0x85, ISA_F_CALL, 64, ISA_SEL_SRC, 0, "call")
	ONE(CALL_SUB, 0x85, ISA_F_CALL_SUB, 64, ISA_SEL_SRC, 1, "call")
	ONE(CALL_KFUNC, 0x85, ISA_F_CALL_KFUNC, 64, ISA_SEL_SRC, 2, "call")
	ONE(CALLX, 0x8d, ISA_F_CALLX, 64, ISA_SEL_NONE, 0, "callx")
	ONE(EXIT, 0x95, ISA_F_EXIT, 64, ISA_SEL_NONE, 0, "exit")
	ISA_MEM_LIST(MEM, LDX_, 0x61, ISA_F_LDX)
	ISA_MEMSX_LIST(MEM, LDSX_, 0x81, ISA_F_LDSX)
	ISA_MEM_LIST(MEM, ST_, 0x62, ISA_F_ST)
	ISA_MEM_LIST(MEM, STX_, 0x63, ISA_F_STX)
	ISA_ATOMIC_LIST(ATOMIC, ATOMIC, 0xc3, 32, _W)
	ACQREL(_W, 0xc3, 32)
	ISA_ATOMIC_LIST(ATOMIC, ATOMIC, 0xdb, 64, _DW)
	ACQREL(_DW, 0xdb, 64)
	ACQREL(_H, 0xcb, 16)
	ACQREL(_B, 0xd3, 8)
	ISA_LDIMM64_LIST(LD, LD)
	ONE(LD_ABS_W, 0x20, ISA_F_LD_ABS, 32, ISA_SEL_NONE, 0, "skb")
	ONE(LD_ABS_H, 0x28, ISA_F_LD_ABS, 16, ISA_SEL_NONE, 0, "skb")
	ONE(LD_ABS_B, 0x30, ISA_F_LD_ABS, 8, ISA_SEL_NONE, 0, "skb")
	ONE(LD_IND_W, 0x40, ISA_F_LD_IND, 32, ISA_SEL_NONE, 0, "skb")
	ONE(LD_IND_H, 0x48, ISA_F_LD_IND, 16, ISA_SEL_NONE, 0, "skb")
	ONE(LD_IND_B, 0x50, ISA_F_LD_IND, 8, ISA_SEL_NONE, 0, "skb")
};

/* Opcode byte to 1 + its first row; 0: unknown. */
#define NONE(...)
#define FIRST(opc, op) [(opc)] = (op) + 1,
#define ALU1(nm, code, off, text, value, cls, sfx) FIRST((cls) | (code), ISA_##nm##sfx)
#define JMP1(nm, code, text, value, cls, sfx) FIRST((cls) | (code), ISA_##nm##sfx)
#define MEM1(nm, size, bits, u, s, pfx, cls) FIRST((cls) | (size), ISA_##pfx##nm)
static const uint16_t first_row[256] = {
	ISA_ALU_LIST(ALU1, NONE, 0x0f, _64X)
	ISA_ALU_LIST(ALU1, NONE, 0x07, _64K)
	ISA_ALU_LIST(ALU1, NONE, 0x0c, _32X)
	ISA_ALU_LIST(ALU1, NONE, 0x04, _32K)
	FIRST(0x87, ISA_NEG_64) FIRST(0x84, ISA_NEG_32)
	FIRST(0xd4, ISA_LE16) FIRST(0xdc, ISA_BE16) FIRST(0xd7, ISA_BSWAP16)
	ISA_JMP_LIST(JMP1, 0x0d, _64X)
	ISA_JMP_LIST(JMP1, 0x05, _64K)
	ISA_JMP_LIST(JMP1, 0x0e, _32X)
	ISA_JMP_LIST(JMP1, 0x06, _32K)
	FIRST(0x05, ISA_JA) FIRST(0x06, ISA_JA32) FIRST(0xe5, ISA_MAY_GOTO)
	FIRST(0x85, ISA_CALL) FIRST(0x8d, ISA_CALLX) FIRST(0x95, ISA_EXIT)
	ISA_MEM_LIST(MEM1, LDX_, 0x61)
	ISA_MEMSX_LIST(MEM1, LDSX_, 0x81)
	ISA_MEM_LIST(MEM1, ST_, 0x62)
	ISA_MEM_LIST(MEM1, STX_, 0x63)
	FIRST(0xc3, ISA_ATOMIC_ADD_W) FIRST(0xdb, ISA_ATOMIC_ADD_DW)
	FIRST(0xcb, ISA_LOAD_ACQ_H) FIRST(0xd3, ISA_LOAD_ACQ_B)
	FIRST(0x18, ISA_LD_IMM64)
	FIRST(0x20, ISA_LD_ABS_W) FIRST(0x28, ISA_LD_ABS_H) FIRST(0x30, ISA_LD_ABS_B)
	FIRST(0x40, ISA_LD_IND_W) FIRST(0x48, ISA_LD_IND_H) FIRST(0x50, ISA_LD_IND_B)
};
/* clang-format on */

/* What each form uses; a field that is not named must be zero. */
enum {
	U_DST = 1,
	U_SRC = 2,
	U_OFF = 4,
	U_IMM = 8
};

static const uint8_t form_uses[] = {
	[ISA_F_ALU_X] = U_DST | U_SRC,
	[ISA_F_ALU_K] = U_DST | U_IMM,
	[ISA_F_MOVSX] = U_DST | U_SRC,
	[ISA_F_CAST] = U_DST | U_SRC | U_IMM,
	[ISA_F_NEG] = U_DST,
	[ISA_F_END] = U_DST,
	[ISA_F_JMP_X] = U_DST | U_SRC | U_OFF,
	[ISA_F_JMP_K] = U_DST | U_OFF | U_IMM,
	[ISA_F_JA] = U_OFF,
	[ISA_F_JA32] = U_IMM,
	[ISA_F_MAY_GOTO] = U_OFF,
	[ISA_F_CALL] = U_IMM,
	[ISA_F_CALL_SUB] = U_IMM,
	[ISA_F_CALL_KFUNC] = U_OFF | U_IMM,
	[ISA_F_CALLX] = U_DST,
	[ISA_F_EXIT] = 0,
	[ISA_F_LDX] = U_DST | U_SRC | U_OFF,
	[ISA_F_LDSX] = U_DST | U_SRC | U_OFF,
	[ISA_F_ST] = U_DST | U_OFF | U_IMM,
	[ISA_F_STX] = U_DST | U_SRC | U_OFF,
	[ISA_F_ATOMIC] = U_DST | U_SRC | U_OFF,
	[ISA_F_LOAD_ACQ] = U_DST | U_SRC | U_OFF,
	[ISA_F_STORE_REL] = U_DST | U_SRC | U_OFF,
	[ISA_F_LD_IMM64] = U_DST | U_IMM,
	[ISA_F_LD_ABS] = U_IMM,
	[ISA_F_LD_IND] = U_SRC | U_IMM,
};

static int32_t selector(const struct bpf_insn *insn, uint8_t sel)
{
	const int32_t field[] = {
		[ISA_SEL_NONE] = 0,
		[ISA_SEL_OFF] = insn->off,
		[ISA_SEL_IMM] = insn->imm,
		[ISA_SEL_SRC] = insn->src_reg,
	};

	return field[sel];
}

/* Of an instruction as one number, the bits of fields other than these. */
#define OTHERS(uses)                                                         \
	[uses] = ((uses)&U_DST ? 0 : 0x0f00) | ((uses)&U_SRC ? 0 : 0xf000) | \
		 ((uses)&U_OFF ? 0 : 0xffff0000) | ((uses)&U_IMM ? 0 : ~0ULL << 32)
static const uint64_t others[] = {
	OTHERS(0),  OTHERS(1),  OTHERS(2),  OTHERS(3),  OTHERS(4),  OTHERS(5),
	OTHERS(6),  OTHERS(7),  OTHERS(8),  OTHERS(9),  OTHERS(10), OTHERS(11),
	OTHERS(12), OTHERS(13), OTHERS(14), OTHERS(15),
};
#undef OTHERS
static const uint8_t sel_at[] = {
	[ISA_SEL_NONE] = 0, [ISA_SEL_SRC] = 12, [ISA_SEL_OFF] = 16, [ISA_SEL_IMM] = 32
};

/* Is it of this row?  Fields that are not used are zero but for the one that selects, and registers
 * are registers: in one comparison, since each instruction of each program comes through here. */
static inline bool is_of_row(const struct bpf_insn *insn, const struct isa_row *row)
{
	uint64_t bits, value = (uint64_t)(uint32_t)row->sel_value << sel_at[row->sel];

	_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "fields are where others[] has");
	memcpy(&bits, insn, sizeof(bits));
	return (bits & others[form_uses[row->form]]) == value && insn->dst_reg <= 10 &&
	       insn->src_reg <= 10;
}

static const char *unused_field(const struct bpf_insn *insn, const struct isa_row *row)
{
	uint8_t uses = form_uses[row->form];

	if (insn->dst_reg > 10 || (uses & U_SRC && insn->src_reg > 10))
		return "register number above r10";
	if (!(uses & U_DST) && insn->dst_reg)
		return "dst_reg must be 0";
	if (!(uses & U_SRC) && row->sel != ISA_SEL_SRC && insn->src_reg)
		return "src_reg must be 0";
	if (!(uses & U_OFF) && row->sel != ISA_SEL_OFF && insn->off)
		return "off must be 0";
	if (!(uses & U_IMM) && row->sel != ISA_SEL_IMM && insn->imm)
		return "imm must be 0";
	return NULL;
}

/* What is wrong with it? */
static __attribute__((noinline)) const char *refused_for(const struct bpf_insn *insn, uint16_t at)
{
	bool alone = at && (at == ISA_N_OP || isa_rows[at].opcode != insn->code);
	const char *why = "unknown opcode";

	for (; at && at <= ISA_N_OP && isa_rows[at - 1].opcode == insn->code; at++) {
		if (selector(insn, isa_rows[at - 1].sel) == isa_rows[at - 1].sel_value)
			return unused_field(insn, &isa_rows[at - 1]);
		why = alone && isa_rows[at - 1].sel == ISA_SEL_OFF
			      ? "off must be 0"
			      : "no such variant of this opcode";
	}
	return why;
}

int isa_decode(const struct bpf_insn *insn, const char **ret_why)
{
	uint16_t first = first_row[insn->code];

	for (uint16_t at = first; at && at <= ISA_N_OP && isa_rows[at - 1].opcode == insn->code;
	     at++)
		if (is_of_row(insn, &isa_rows[at - 1]))
			return at - 1;
	if (ret_why)
		*ret_why = refused_for(insn, first);
	return -EINVAL;
}

int isa_check_wide(const struct bpf_insn *next)
{
	return next->code || next->dst_reg || next->src_reg || next->off ? -EINVAL : 0;
}

static struct isa_regs regs(unsigned int reads, unsigned int writes)
{
	return (struct isa_regs){ .reads = (uint16_t)reads, .writes = (uint16_t)writes };
}

static struct isa_regs atomic_regs(unsigned int dst, unsigned int src, uint8_t op)
{
	switch ((enum isa_atomic)op) {
	case ISA_ATOMIC_ADD:
	case ISA_ATOMIC_OR:
	case ISA_ATOMIC_AND:
	case ISA_ATOMIC_XOR: return regs(dst | src, 0);
	case ISA_ATOMIC_FETCH_ADD:
	case ISA_ATOMIC_FETCH_OR:
	case ISA_ATOMIC_FETCH_AND:
	case ISA_ATOMIC_FETCH_XOR:
	case ISA_ATOMIC_XCHG: return regs(dst | src, src);
	case ISA_ATOMIC_CMPXCHG: return regs(dst | src | 1, 1);
	case ISA_N_ATOMIC: break;
	}
	return regs(dst | src, 0);
}

/* Which registers each form reads and writes: its operands, and others by their bits. */
static const struct {
	bool reads_dst, reads_src, writes_dst;
	uint16_t reads, writes;
} form_regs[] = {
	[ISA_F_ALU_X] = { true, true, true, 0, 0 },
	[ISA_F_ALU_K] = { true, false, true, 0, 0 },
	[ISA_F_MOVSX] = { false, true, true, 0, 0 },
	[ISA_F_CAST] = { false, true, true, 0, 0 },
	[ISA_F_NEG] = { true, false, true, 0, 0 },
	[ISA_F_END] = { true, false, true, 0, 0 },
	[ISA_F_JMP_X] = { true, true, false, 0, 0 },
	[ISA_F_JMP_K] = { true, false, false, 0, 0 },
	[ISA_F_JA] = { false, false, false, 0, 0 },
	[ISA_F_JA32] = { false, false, false, 0, 0 },
	[ISA_F_MAY_GOTO] = { false, false, false, 0, 0 },
	[ISA_F_CALL] = { false, false, false, 0, 0x3f },
	[ISA_F_CALL_SUB] = { false, false, false, 0, 0x3f },
	[ISA_F_CALL_KFUNC] = { false, false, false, 0, 0x3f },
	[ISA_F_CALLX] = { true, false, false, 0, 0x3f },
	[ISA_F_EXIT] = { false, false, false, 1, 0 },
	[ISA_F_LDX] = { false, true, true, 0, 0 },
	[ISA_F_LDSX] = { false, true, true, 0, 0 },
	[ISA_F_ST] = { true, false, false, 0, 0 },
	[ISA_F_STX] = { true, true, false, 0, 0 },
	[ISA_F_ATOMIC] = { true, true, false, 0, 0 }, /* and what atomic_regs() says */
	[ISA_F_LOAD_ACQ] = { false, true, true, 0, 0 },
	[ISA_F_STORE_REL] = { true, true, false, 0, 0 },
	[ISA_F_LD_IMM64] = { false, false, true, 0, 0 },
	[ISA_F_LD_ABS] = { false, false, false, 1 << 6, 0x3f },
	[ISA_F_LD_IND] = { false, true, false, 1 << 6, 0x3f },
};

struct isa_regs isa_regs_of(const struct bpf_insn *insn, enum isa_op op)
{
	unsigned int dst = 1u << insn->dst_reg, src = 1u << insn->src_reg;
	const struct isa_row *row = &isa_rows[op];
	enum isa_form form = row->form;
	bool moves = form <= ISA_F_ALU_K && row->op == ISA_ALU_MOV;

	_Static_assert(ISA_F_ALU_X == 0 && ISA_F_ALU_K == 1, "one comparison finds both");
	if (form == ISA_F_ATOMIC)
		return atomic_regs(dst, src, row->op);
	return regs((dst & -(unsigned int)(form_regs[form].reads_dst && !moves)) |
			    (src & -(unsigned int)form_regs[form].reads_src) |
			    form_regs[form].reads,
		    (dst & -(unsigned int)form_regs[form].writes_dst) | form_regs[form].writes);
}
