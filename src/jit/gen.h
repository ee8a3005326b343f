/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do the compiler's driver (jit.c) and a machine's lowering (x64.c, a64.c) know of one
 * compilation? The driver plans functions and offsets, the lowering writes bytes and leaves fixups,
 * the driver resolves them once it knows where the code will be.
 */
#ifndef JIT_GEN_H
#define JIT_GEN_H

#include <stdbool.h>
#include <stdint.h>

#include "isa/isa.h"
#include "run/engine.h"

struct jit_machine;
struct map;

/* A function of the program. */
struct jit_fn {
	uint32_t start, end; /* instructions */
	uint32_t stack;      /* bytes below r10 that it touches */
	uint32_t entry;      /* code offset of its prologue */
	uint16_t regs;       /* bit n: an instruction names rn */
	uint32_t n_refs;     /* instructions that name it; only the optimiser knows */
	uint8_t n_params;    /* at most so many of r1 to r5 are read as the caller left them */
	bool is_main;
	bool calls;      /* leaves itself */
	bool needs_run;  /* the run must be in its register */
	bool takes_func; /* has a callback's address: run->invoke must be ours */
	uint16_t saved;  /* machine's: registers it saves */
	uint32_t frame;  /* machine's: bytes below the frame pointer, without saved registers */
	bool has_frame;  /* machine's: the frame pointer is set up */
};

enum jit_fix_kind {
	JIT_FIX_INSN_NEAR,  /* a jump to instruction `target`, in the machine's short form */
	JIT_FIX_INSN,       /* ... and in its long one */
	JIT_FIX_FN,         /* a call of function `target`: its prologue */
	JIT_FIX_FN_ADDR,    /* the address of it */
	JIT_FIX_ADDR,       /* a call of address `target` outside of the image */
	JIT_FIX_THUNK_ADDR, /* the address of the callback thunk */
};

/* What is to be written at `at` once it is known where the code will be; see patch in machine.h. */
struct jit_fix {
	uint64_t target;
	uint32_t at; /* on x86-64 the displacement's own place, else the instruction's */
	enum jit_fix_kind kind;
};

struct jit_gen {
	const struct bpf_insn *insns;
	uint32_t n_insns;
	const struct code *code;    /* NULL: raw */
	const struct raw_prog *raw; /* NULL: verified */
	const struct isa_row *rows; /* isa.def */
	uint16_t *ops;              /* enum isa_op of each instruction */
	uint8_t *is_target; /* some jump leads here, or a function begins: not to be merged with its
			     * predecessor */
	/* Bytes before each instruction: exact up to the one being emitted, an upper bound after.
	 */
	uint32_t *off;
	struct jit_fn *fns;
	uint32_t n_fns;
	const struct jit_fn *fn; /* being emitted */
	struct jit_fix *fixes;
	uint32_t n_fixes, fix_room;
	uint8_t *out;   /* first byte of the image under construction */
	uint32_t thunk; /* code offset of the callback thunk, if any function takes an address */
	const struct jit_machine *machine;
	enum jit_cpu cpu;
	bool harden;
	bool guessing;   /* hardened: some branch before the instruction may not be known yet */
	uint32_t tag;    /* hardened: stands before each function */
	uint64_t random; /* state of jit_random() */
	int err;         /* first reason why this program cannot be compiled */
	const char *why; /* it cannot be optimised; else NULL */
};

/* Address that a helper or kfunc call instruction leads to; 0 with gen->err set when there is none.
 */
uint64_t jit_callee(struct jit_gen *gen, const struct bpf_insn *insn, enum isa_form form);

/* Map that r1 holds before the instruction, if a load just before it says so (known.c): of a
 * call that takes a map as its first argument. */
const struct map *jit_known_map(const struct jit_gen *gen, uint32_t at);
/* bpf_loop() without flags whose callback is as plain. */
struct jit_loop {
	uint32_t callback; /* its first instruction */
	uint32_t n_rounds; /* 0: not known */
};
bool jit_known_loop(const struct jit_gen *gen, uint32_t at, struct jit_loop *ret);
/* Only for these is it asked which map there is. */
bool jit_is_map_call(const struct bpf_insn *insn, enum isa_form form);

/* scan.c: functions, rows, jump targets, room; the machine plans each function. */
int jit_scan(struct jit_gen *gen);
/* What functions take; only the optimiser asks. */
void jit_count_params(struct jit_gen *gen);

/* Function whose first instruction is `insn`, or NULL. */
struct jit_fn *jit_fn_at(const struct jit_gen *gen, uint32_t insn);

/* Instruction that a jump or local call leads to; may lie outside of the program. */
static inline int64_t jit_target(const struct bpf_insn *insn, uint32_t at, enum isa_form form)
{
	bool wide = form == ISA_F_JA32 || form == ISA_F_CALL_SUB || form == ISA_F_LD_IMM64;

	return (int64_t)at + 1 + (wide ? insn->imm : insn->off);
}

/* Makes room for n more; the optimiser writes some calls more than once. */
bool jit_fix_room(struct jit_gen *gen, uint32_t n);
/* Of a generator that is seeded with each compilation. */
uint64_t jit_random(struct jit_gen *gen);
enum {
	JIT_TAG_BYTES = 4
};
/* May hardened code hold the constant as it is? */
static inline bool jit_is_tame(int64_t value)
{
	return value == (int8_t)value;
}

static inline void jit_fix_add(struct jit_gen *gen, enum jit_fix_kind kind, const uint8_t *at,
			       uint64_t target)
{
	gen->fixes[gen->n_fixes++] = (struct jit_fix){
		.target = target,
		.at = (uint32_t)(at - gen->out),
		.kind = kind,
	};
}

#endif
