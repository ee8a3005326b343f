/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is each instruction lowered to x86-64?  Called by the driver; knows nothing of memory or of
 * placement.  Registers: r0 rax, r1-r5 rdi rsi rdx rcx r8, r6-r9 rbx r13 r14 r15, r10 rbp, the run
 * r12; r9, r10 and r11 are free within one instruction.
 */
#ifndef JIT_X64_H
#define JIT_X64_H

#include "jit/gen.h"

enum {
	X64_PROLOGUE_MAX = 64, /* bytes of a prologue, stub or thunk at most */
	X64_VENEER_SIZE = 16,  /* a jump to anywhere */
	X64_VENEER_TARGET = 6, /* where in it the address is */
	X64_INSN_MAX = 256,    /* bytes of one lowered instruction at most */
};

/* Upper bound of the bytes that a row takes. */
unsigned int x64_bound(const struct isa_row *row, const struct bpf_insn *insn);
/* Decides what the function saves. */
void x64_plan(const struct jit_gen *gen, struct jit_fn *fn);
uint8_t *x64_prologue(struct jit_gen *gen, uint8_t *p, const struct jit_fn *fn);
/* Lowers the instruction at *at, and the ones it was merged with; *at becomes the next one. */
uint8_t *x64_insn(struct jit_gen *gen, uint8_t *p, uint32_t *at);
/* What run->invoke points to: (run, fn, a1..a5) enters function fn as a callback. */
uint8_t *x64_thunk(const struct jit_gen *gen, uint8_t *p);
/* Entry of a raw program, which has no run: its register holds the fuel instead. */
uint8_t *x64_raw_entry(struct jit_gen *gen, uint8_t *p);
/* A jump to instruction `target`, wherever it is. */
uint8_t *x64_stub_jump(struct jit_gen *gen, uint8_t *p, uint32_t target);
uint8_t *x64_veneer(uint8_t *p, uint64_t target);

/* Lowers the instructions at *at as one (x64_pair.c) and moves *at behind them, or NULL. */
uint8_t *x64_pair(const struct jit_gen *gen, uint8_t *p, uint32_t *at);

/* x64_cpu.c: shifts by any register, without flags?  Asks the machine, which takes a while. */
bool x64_has_bmi2(void);

/* Machine register of each BPF register. */
extern const uint8_t x64_map[16];

#endif
