/* SPDX-License-Identifier: BSD-2-Clause */
/* Which programs are too long to be written down?  One function a name that the tables use. */
#include "tables.h"

#include <unistd.h>

struct out {
	struct bpf_insn *insns;
	int n;
};

static void put(struct out *o, struct bpf_insn insn)
{
	o->insns[o->n++] = insn;
}

/* Constants of all sizes and signs; the same ones in every run. */
static uint64_t varied(uint64_t *seed)
{
	uint64_t x;

	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	x = *seed ^ *seed >> 29;
	return x >> (x & 63) | (x & 64 ? UINT64_C(0xffffffff00000000) : 0);
}

/* A jump to the error exit, which is the last but one instruction of `len`. */
static void put_guard(struct out *o, uint8_t class, int imm, int len)
{
	put(o, BPF_RAW_INSN(class | BPF_JNE | BPF_K, BPF_REG_0, 0, len - o->n - 3, imm));
}

void bpf_fill_ld_abs_vlan_push_pop(struct bpf_test *self)
{
	enum {
		TIMES = 51,
		ROUNDS = 5
	};
	const int len = (1 << 15) - TIMES * 2 * 5 * 6;
	struct out o = { self->fill_insns, 0 };

	put(&o, BPF_MOV64_REG(BPF_REG_6, BPF_REG_1));
	for (int round = 0; round < ROUNDS * 2; round++) {
		for (int k = 0; k < TIMES; k++) {
			put(&o, BPF_LD_ABS(BPF_B, 0));
			put_guard(&o, BPF_JMP32, 0x34, len);
			put(&o, BPF_MOV64_REG(BPF_REG_1, BPF_REG_6));
			if (round % 2) {
				put(&o, BPF_EMIT_CALL(BPF_FUNC_skb_vlan_pop));
			} else {
				put(&o, BPF_MOV64_IMM(BPF_REG_2, 1));
				put(&o, BPF_MOV64_IMM(BPF_REG_3, 2));
				put(&o, BPF_EMIT_CALL(BPF_FUNC_skb_vlan_push));
			}
			put_guard(&o, BPF_JMP, 0, len);
		}
	}
	while (o.n < len - 3)
		put(&o, BPF_MOV64_IMM(BPF_REG_0, 0xbef));
	put(&o, BPF_JMP_A(1));
	put(&o, BPF_MOV32_IMM(BPF_REG_0, 0));
	put(&o, BPF_EXIT_INSN());
	self->prog_len = o.n;
}

void bpf_fill_jump_around_ld_abs(struct bpf_test *self)
{
	const int len = (1 << 15) / 7;
	struct out o = { self->fill_insns, 0 };

	put(&o, BPF_MOV64_REG(BPF_REG_6, BPF_REG_1));
	put(&o, BPF_LD_ABS(BPF_B, 0));
	put(&o, BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 10, len - 4));
	while (o.n < len - 1)
		put(&o, BPF_LD_ABS(BPF_B, 1));
	put(&o, BPF_EXIT_INSN());
	self->prog_len = o.n;
}

/* retval: how long; afterwards what it returns. */
void bpf_fill_rand_ld_dw(struct bpf_test *self)
{
	struct out o = { self->fill_insns, 0 };
	uint64_t sum = 0, seed = self->retval;

	put(&o, BPF_MOV32_IMM(BPF_REG_0, 0));
	while ((uint32_t)o.n < self->retval) {
		uint64_t x = varied(&seed);
		struct bpf_insn wide[2] = { BPF_LD_IMM64(BPF_REG_1, x) };

		sum ^= x;
		put(&o, wide[0]);
		put(&o, wide[1]);
		put(&o, BPF_ALU64_REG(BPF_XOR, BPF_REG_0, BPF_REG_1));
	}
	put(&o, BPF_MOV64_REG(BPF_REG_1, BPF_REG_0));
	put(&o, BPF_ALU64_IMM(BPF_RSH, BPF_REG_1, 32));
	put(&o, BPF_ALU64_REG(BPF_XOR, BPF_REG_0, BPF_REG_1));
	put(&o, BPF_EXIT_INSN());
	self->prog_len = o.n;
	self->retval = (uint32_t)(sum ^ sum >> 32);
}

/* 8192 branches in a row, each with a store behind it; retval 2: in the innermost of 8 functions.
 */
void bpf_fill_scale(struct bpf_test *self)
{
	enum {
		JUMPS = 8192,
		NEST = 7
	};
	const int nest = self->retval == 2 ? NEST : 0;
	struct out o = { self->fill_insns, 0 };
	uint64_t seed = 1;

	for (int k = 0; k < nest; k++) {
		put(&o, BPF_CALL_REL(1));
		put(&o, BPF_EXIT_INSN());
	}
	put(&o, BPF_MOV64_REG(BPF_REG_6, BPF_REG_1));
	for (int k = 1; k <= JUMPS; k++) {
		put(&o, BPF_EMIT_CALL(BPF_FUNC_get_prandom_u32));
		put(&o, BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, (int)varied(&seed), 2));
		put(&o, BPF_MOV64_REG(BPF_REG_1, BPF_REG_10));
		put(&o, BPF_STX_MEM(BPF_DW, BPF_REG_1, BPF_REG_6, -8 * (k % (64 - 4 * nest) + 1)));
	}
	while (o.n < MAX_FILLED - JUMPS * 4)
		put(&o, BPF_MOV64_IMM(BPF_REG_0, 42));
	put(&o, BPF_EXIT_INSN());
	self->prog_len = o.n;
	self->retval = 42;
}

static void put_jumps_crossed(struct out *o)
{
	enum {
		HALF = 128
	};

	put(o, BPF_EMIT_CALL(BPF_FUNC_get_prandom_u32));
	for (int k = 1; k <= HALF; k++)
		put(o, BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, k, HALF));
	for (int k = 1; k <= HALF; k++)
		put(o, BPF_JMP_A(HALF - k));
	put(o, BPF_MOV64_IMM(BPF_REG_0, 1));
	put(o, BPF_EXIT_INSN());
}

static void put_jumps_stepped(struct out *o)
{
	enum {
		HALF = 2048,
		STEP = 16,
		LEN = 4100
	};
	int start = o->n;

	put(o, BPF_EMIT_CALL(BPF_FUNC_get_prandom_u32));
	for (int k = 1; k <= HALF; k++)
		put(o, BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, k, HALF));
	put(o, BPF_JMP_A(HALF));
	while (o->n - start < LEN - 2)
		put(o, BPF_JMP_A(STEP - (o->n - start - HALF - 2) % STEP - 1));
	put(o, BPF_MOV64_IMM(BPF_REG_0, 2));
	put(o, BPF_EXIT_INSN());
}

/* Jumps over jumps; retval 3: both kinds as subprograms. */
void bpf_fill_torturous_jumps(struct bpf_test *self)
{
	struct out o = { self->fill_insns, 0 };

	if (self->retval == 3) {
		put(&o, BPF_CALL_REL(4));
		put(&o, BPF_CALL_REL(262));
		put(&o, BPF_ST_MEM(BPF_B, BPF_REG_10, -32, 0));
		put(&o, BPF_MOV64_IMM(BPF_REG_0, 3));
		put(&o, BPF_EXIT_INSN());
	}
	if (self->retval != 2)
		put_jumps_crossed(&o);
	if (self->retval != 1)
		put_jumps_stepped(&o);
	self->prog_len = o.n;
}

/* A bpf_loop() in a program of nearly a page of instructions. */
void bpf_fill_big_prog_with_loop_1(struct bpf_test *self)
{
	const int len = getpagesize() - 25, callback = len - 2;
	struct out o = { self->fill_insns, 0 };

	put(&o, BPF_MOV64_IMM(BPF_REG_1, 1));
	put(&o,
	    BPF_RAW_INSN(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_2, BPF_PSEUDO_FUNC, 0, callback - 2));
	put(&o, BPF_RAW_INSN(0, 0, 0, 0, 0));
	put(&o, BPF_MOV64_IMM(BPF_REG_3, 0));
	put(&o, BPF_MOV64_IMM(BPF_REG_4, 0));
	put(&o, BPF_EMIT_CALL(BPF_FUNC_loop));
	while (o.n < callback - 1)
		put(&o, BPF_MOV64_IMM(BPF_REG_0, 0));
	put(&o, BPF_EXIT_INSN());
	put(&o, BPF_MOV64_IMM(BPF_REG_0, 0));
	put(&o, BPF_EXIT_INSN());
	self->func_info[1].insn_off = (uint32_t)callback;
	self->prog_len = o.n;
}
