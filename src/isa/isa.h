/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is this instruction?  isa_decode() finds the one row of isa.def that an encoded
 * instruction belongs to and refuses it when a field that the row does not use is not zero.
 * Consumers switch over `form` (and `op` where the form has several) without default.
 */
#ifndef ISA_ISA_H
#define ISA_ISA_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/bpf.h>

#include "isa/isa.def"

/* Operand shape of a row: which fields it uses, registers it reads and writes.  See form table. */
enum isa_form {
	ISA_F_ALU_X,      /* dst op= src                     */
	ISA_F_ALU_K,      /* dst op= imm (sign extended)     */
	ISA_F_MOVSX,      /* dst = (sN)src, N = off          */
	ISA_F_CAST,       /* dst = addr_space_cast(src, imm >> 16, imm & 0xffff) */
	ISA_F_NEG,        /* dst = -dst                      */
	ISA_F_END,        /* dst = le/be/bswap imm dst       */
	ISA_F_JMP_X,      /* if dst op src goto off          */
	ISA_F_JMP_K,      /* if dst op imm goto off          */
	ISA_F_JA,         /* goto off                        */
	ISA_F_JA32,       /* gotol imm                       */
	ISA_F_MAY_GOTO,   /* may_goto off                    */
	ISA_F_CALL,       /* call helper imm                 */
	ISA_F_CALL_SUB,   /* call pc + 1 + imm               */
	ISA_F_CALL_KFUNC, /* call kfunc: imm = BTF id, off = index into fd_array */
	ISA_F_CALLX,      /* call *dst                       */
	ISA_F_EXIT,
	ISA_F_LDX,       /* dst = *(uN *)(src + off)        */
	ISA_F_LDSX,      /* dst = *(sN *)(src + off)        */
	ISA_F_ST,        /* *(uN *)(dst + off) = imm        */
	ISA_F_STX,       /* *(uN *)(dst + off) = src        */
	ISA_F_ATOMIC,    /* lock *(uN *)(dst + off) op= src and the fetching forms */
	ISA_F_LOAD_ACQ,  /* dst = load_acquire((uN *)(src + off))  */
	ISA_F_STORE_REL, /* store_release((uN *)(dst + off), src)  */
	ISA_F_LD_IMM64,  /* dst = imm64, two slots; op = BPF_PSEUDO_* in src_reg */
	ISA_F_LD_ABS,    /* r0 = ntoh(packet[imm]), r6 = skb, ends the program on a miss */
	ISA_F_LD_IND,    /* r0 = ntoh(packet[src + imm])    */
};

/* Meaning of `op` for ISA_F_ALU_* rows. */
enum isa_alu {
#define B(name, code, off, text, value, ...) ISA_ALU_##name,
	ISA_ALU_LIST(B, B, )
#undef B
	ISA_N_ALU
};

/* Meaning of `op` for ISA_F_JMP_* rows. */
enum isa_cond {
#define B(name, code, text, value, ...) ISA_COND_##name,
	ISA_JMP_LIST(B, )
#undef B
	ISA_N_COND
};

/* Meaning of `op` for ISA_F_ATOMIC rows. */
enum isa_atomic {
#define B(name, imm, text, ...) ISA_ATOMIC_##name,
	ISA_ATOMIC_LIST(B, B, )
#undef B
	ISA_N_ATOMIC
};

/* Meaning of `op` for ISA_F_END rows. */
enum isa_end {
	ISA_END_LE,
	ISA_END_BE,
	ISA_END_BSWAP,
};

/* Dense row numbers, in the order in which isa.c lays out the table. */
enum isa_op {
#define ALU(name, code, off, text, value, sfx) ISA_##name##sfx,
#define SX(name, off, type, sfx)               ISA_##name##sfx,
	ISA_ALU_LIST(ALU, ALU, _64X) ISA_MOVSX64_LIST(SX, _64X) ISA_CAST_64X,
	ISA_ALU_LIST(ALU, ALU, _64K)
	ISA_ALU_LIST(ALU, ALU, _32X) ISA_MOVSX32_LIST(SX, _32X) ISA_ALU_LIST(ALU, ALU, _32K)
#undef ALU
#undef SX
		ISA_NEG_64,
	ISA_NEG_32,
	ISA_LE16,
	ISA_LE32,
	ISA_LE64,
	ISA_BE16,
	ISA_BE32,
	ISA_BE64,
	ISA_BSWAP16,
	ISA_BSWAP32,
	ISA_BSWAP64,
#define JMP(name, code, text, value, sfx) ISA_##name##sfx,
	ISA_JMP_LIST(JMP, _64X)
	ISA_JMP_LIST(JMP, _64K) ISA_JMP_LIST(JMP, _32X) ISA_JMP_LIST(JMP, _32K)
#undef JMP
		ISA_JA,
	ISA_JA32,
	ISA_MAY_GOTO,
	ISA_CALL,
	ISA_CALL_SUB,
	ISA_CALL_KFUNC,
	ISA_CALLX,
	ISA_EXIT,
#define MEM(name, size, bits, u, s, pfx) ISA_##pfx##name,
	ISA_MEM_LIST(MEM, LDX_)
	ISA_MEMSX_LIST(MEM, LDSX_) ISA_MEM_LIST(MEM, ST_) ISA_MEM_LIST(MEM, STX_)
#undef MEM
#define ATOMIC(name, imm, text, sfx) ISA_ATOMIC_##name##sfx,
		ISA_ATOMIC_LIST(ATOMIC, ATOMIC, _W) ISA_LOAD_ACQ_W,
	ISA_STORE_REL_W,
	ISA_ATOMIC_LIST(ATOMIC, ATOMIC, _DW) ISA_LOAD_ACQ_DW,
	ISA_STORE_REL_DW,
	ISA_LOAD_ACQ_H,
	ISA_STORE_REL_H,
	ISA_LOAD_ACQ_B,
	ISA_STORE_REL_B,
#undef ATOMIC
#define LD(name, src, text) ISA_##name,
	ISA_LDIMM64_LIST(LD, LD)
#undef LD
	ISA_LD_ABS_W,
	ISA_LD_ABS_H,
	ISA_LD_ABS_B,
	ISA_LD_IND_W,
	ISA_LD_IND_H,
	ISA_LD_IND_B,
	ISA_N_OP
};

/* Which field tells the variants of one opcode byte apart. */
enum isa_sel {
	ISA_SEL_NONE,
	ISA_SEL_OFF,
	ISA_SEL_IMM,
	ISA_SEL_SRC,
};

struct isa_row {
	const char *name; /* "add_64x": stable, for tests and dumps              */
	const char *text; /* the operator as the assembler writes it             */
	uint8_t opcode;
	uint8_t form; /* enum isa_form                                           */
	uint8_t op;   /* enum isa_alu, isa_cond, isa_atomic, isa_end or pseudo   */
	uint8_t bits; /* width of the operation or of the memory access          */
	uint8_t sel;  /* enum isa_sel                                            */
	int32_t sel_value;
};

extern const struct isa_row isa_rows[ISA_N_OP];

/* Row of an op number. */
static inline const struct isa_row *isa_row(enum isa_op op)
{
	return &isa_rows[op];
}

/* First slot of the instruction decides; ret_why (may be NULL) names the field at fault.
 * Returns the op, or -EINVAL: unknown opcode, or a field that must be zero is not, or a register
 * above r10.  The second slot of a wide load is checked by isa_check_wide(). */
int isa_decode(const struct bpf_insn *insn, const char **ret_why);

/* Is `next` a well-formed second slot of a wide load?  0 or -EINVAL. */
int isa_check_wide(const struct bpf_insn *next);

/* Masks of registers (bit n = rn) that a decoded instruction reads and writes.  Helper and
 * subprogram calls: reads none here (arguments are the callee's business), writes r0-r5. */
struct isa_regs {
	uint16_t reads, writes;
};
struct isa_regs isa_regs_of(const struct bpf_insn *insn, enum isa_op op);

static inline bool isa_is_wide(uint8_t opcode)
{
	return opcode == 0x18;
}

#endif
