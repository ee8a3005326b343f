/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do the files of the AArch64 lowering share?  Registers: r0 x7, r1-r5 x0-x4, r6-r9 x19-x22,
 * r10 x29, the run x28; x9 to x12 are free within one instruction, x16 is for jumps.  What
 * functions return is in x0 when they do.
 */
#ifndef JIT_A64_H
#define JIT_A64_H

#include "jit/a64_enc.h"
#include "jit/gen.h"

enum {
	A64_RUN = X28,
	A64_R0 = X7,
	A64_FP = X29,
	A64_LR = X30,
	A64_T0 = X9,
	A64_T1 = X10,
	A64_T2 = X11,
	A64_T3 = X12,
	A64_FAR = X16,
	A64_SIZE_MAX = 60 << 20, /* bytes of a program: calls reach 128 MB */
	A64_ALIGN = 16
};

/* Machine register of each BPF register. */
extern const uint8_t a64_map[16];
extern const uint8_t a64_cond[ISA_N_COND];

static inline uint8_t *a64_mov(uint8_t *p, unsigned int d, unsigned int s)
{
	return d == s ? p : a64_mov_rr(p, true, d, s);
}

/* The immediate of an instruction, as wide as it computes. */
static inline uint64_t a64_imm(bool w, int32_t imm)
{
	return w ? (uint64_t)(int64_t)imm : (uint32_t)imm;
}

/* A forward branch inside one lowered instruction: its distance is written when its end is known.
 */
static inline void a64_land(uint8_t *after_branch, const uint8_t *here)
{
	uint32_t word;

	memcpy(&word, after_branch - 4, 4);
	word |= a64_field((here - after_branch + 4) / 4, 19) << 5;
	a64_word(after_branch - 4, word);
}

/* a64_alu.c */
uint8_t *a64_lower_alu_k(struct jit_gen *gen, uint8_t *p, const struct isa_row *row,
			 const struct bpf_insn *insn);
uint8_t *a64_lower_alu_x(struct jit_gen *gen, uint8_t *p, const struct isa_row *row,
			 const struct bpf_insn *insn);
uint8_t *a64_lower_end(uint8_t *p, const struct isa_row *row, unsigned int d);
/* d = n + v; d may be n, and neither may be A64_T1. */
uint8_t *a64_add_k(uint8_t *p, bool w, unsigned int d, unsigned int n, int64_t v);
/* Flags of r - v. */
uint8_t *a64_compare_k(uint8_t *p, bool w, unsigned int r, uint64_t v);
/* d = n op v */
uint8_t *a64_logic_k(uint8_t *p, bool w, enum a64_alu op, unsigned int d, unsigned int n,
		     uint64_t v);
/* Flags of r & v. */
uint8_t *a64_test_k(uint8_t *p, bool w, unsigned int r, uint64_t v);

/* a64_memory.c */
uint8_t *a64_access(uint8_t *p, enum a64_mem op, unsigned int bits, unsigned int t,
		    unsigned int base, int32_t disp);
uint8_t *a64_lower_store_k(uint8_t *p, unsigned int bits, unsigned int base, int32_t off,
			   int32_t imm);
uint8_t *a64_lower_ordered(uint8_t *p, const struct isa_row *row, const struct bpf_insn *insn);
uint8_t *a64_lower_atomic(struct jit_gen *gen, uint8_t *p, const struct isa_row *row,
			  const struct bpf_insn *insn);

/* One atomic operation.  `old` is what was there afterwards, if it fetches; of a comparison, what
 * is expected before.  No register twice. */
struct a64_rmw {
	enum isa_atomic op;
	bool w;
	unsigned int at, operand, old, spare[2];
};
uint8_t *a64_atomic_op(struct jit_gen *gen, uint8_t *p, const struct a64_rmw *r);
bool a64_fetches(enum isa_atomic op);

/* a64_cpu.c: instructions that load, change and store at once?  Asks the machine. */
bool a64_has_atomics(void);

/* a64_call.c; the first six for the driver, see machine.h. */
void a64_plan(const struct jit_gen *gen, struct jit_fn *fn);
uint8_t *a64_prologue(struct jit_gen *gen, uint8_t *p, const struct jit_fn *fn);
uint8_t *a64_check_target(const struct jit_gen *gen, uint8_t *p, unsigned int reg);
uint8_t *a64_fence(uint8_t *p);
uint8_t *a64_thunk(const struct jit_gen *gen, uint8_t *p);
uint8_t *a64_raw_entry(struct jit_gen *gen, uint8_t *p);
uint8_t *a64_stub_jump(struct jit_gen *gen, uint8_t *p, uint32_t target);
uint8_t *a64_veneer(uint8_t *p, uint64_t target);
uint8_t *a64_address_of(struct jit_gen *gen, uint8_t *p, enum jit_fix_kind kind, unsigned int d,
			uint64_t target);
uint8_t *a64_lower_exit(const struct jit_gen *gen, uint8_t *p);
uint8_t *a64_call_addr(struct jit_gen *gen, uint8_t *p, uint64_t target);
uint8_t *a64_lower_call(struct jit_gen *gen, uint8_t *p, const struct bpf_insn *insn,
			enum isa_form form);
uint8_t *a64_lower_call_sub(struct jit_gen *gen, uint8_t *p, uint32_t at);
uint8_t *a64_lower_callx(const struct jit_gen *gen, uint8_t *p, unsigned int r);

/* a64_opt.c; see optimise in machine.h. */
int a64_compile(struct jit_gen *gen, const struct jit_fn *fn, size_t *size, const char **ret_why);

/* a64_map.c; NULL: nothing better than the helper is known. */
uint8_t *a64_map_call(struct jit_gen *gen, uint8_t *p, const struct bpf_insn *insn, bool by_index);

#endif
