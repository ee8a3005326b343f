/* SPDX-License-Identifier: BSD-2-Clause */
/* What do the files of the x86-64 lowering share?  Roles of registers and small sequences. */
#ifndef JIT_X64_PRIV_H
#define JIT_X64_PRIV_H

#include "jit/x64.h"
#include "jit/x64_enc.h"

struct map_direct;

enum {
	RUN = R12,
	T0 = R11,
	T1 = R9,
	T2 = R10
};

/* A 32-bit operation that does nothing still clears the upper half. */
static inline uint8_t *x64_zero_extend(uint8_t *p, bool w, unsigned int r)
{
	return w ? p : x64_mov_rr(p, false, r, r);
}

static inline uint8_t *x64_mov(uint8_t *p, unsigned int dst, unsigned int src)
{
	return dst == src ? p : x64_mov_rr(p, true, dst, src);
}

/* Does the function carry a value in this BPF register over an instruction that does not name it?
 */
static inline bool x64_carries(const struct jit_gen *gen, unsigned int bpf_reg)
{
	return gen->fn->calls || gen->fn->regs & 1u << bpf_reg;
}

/* A short forward branch inside one lowered instruction: rel is written when its end is known. */
static inline void x64_land(uint8_t *after_branch, const uint8_t *here)
{
	after_branch[-1] = (uint8_t)(here - after_branch);
}

/* x64_harden.c: reg = a constant, quietly: flags stay, unless it is 0. */
uint8_t *x64_put(struct jit_gen *gen, uint8_t *p, unsigned int reg, uint64_t value);
/* Stops whoever would jump to the address in a register where no function begins. */
uint8_t *x64_check_target(const struct jit_gen *gen, uint8_t *p, unsigned int reg);
uint8_t *x64_fence(uint8_t *p);
/* Must the constant go through a register? */
static inline bool x64_hides(const struct jit_gen *gen, int64_t value)
{
	return gen->harden && !jit_is_tame(value);
}

/* x64_alu.c */
uint8_t *x64_lower_alu_k(struct jit_gen *gen, uint8_t *p, const struct isa_row *row,
			 const struct bpf_insn *insn);
uint8_t *x64_lower_alu_x(struct jit_gen *gen, uint8_t *p, const struct isa_row *row,
			 const struct bpf_insn *insn);
uint8_t *x64_lower_end(uint8_t *p, const struct isa_row *row, unsigned int d);

/* x64_call.c */
uint8_t *x64_lower_exit(const struct jit_gen *gen, uint8_t *p);
uint8_t *x64_call_addr(struct jit_gen *gen, uint8_t *p, uint64_t target);
uint8_t *x64_lower_call(struct jit_gen *gen, uint8_t *p, const struct bpf_insn *insn,
			enum isa_form form);
uint8_t *x64_lower_call_sub(struct jit_gen *gen, uint8_t *p, uint32_t at);
uint8_t *x64_lower_callx(const struct jit_gen *gen, uint8_t *p, unsigned int r);

/* x64_map.c: does x64_map_call() of the instruction compute an address?  Then x64_map_index() does
 * from the index in rax, or from one that is known, in rax and r9 alone; asked with gen->fn set. */
bool x64_map_is_index(struct jit_gen *gen, uint32_t at, struct map_direct *ret);
uint8_t *x64_map_index(struct jit_gen *gen, uint8_t *p, const struct map_direct *d);
/* Of an index that is less than d->n, where each slot has a copy. */
uint8_t *x64_map_copy(struct jit_gen *gen, uint8_t *p, const struct map_direct *d, uint32_t index);
/* A call of the function. */
uint8_t *x64_map_function(struct jit_gen *gen, uint8_t *p, const struct map_direct *direct);
/* x64_hash.c */
uint8_t *x64_hash_lookup(struct jit_gen *gen, uint8_t *p, const struct map_direct *d);
/* x64_lpm.c */
uint8_t *x64_lpm_lookup(struct jit_gen *gen, uint8_t *p, const struct map_direct *d);
/* x64_map.c; NULL: nothing better than the helper is known. */
uint8_t *x64_map_call(struct jit_gen *gen, uint8_t *p, const struct bpf_insn *insn);

#endif
