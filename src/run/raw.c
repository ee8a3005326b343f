/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a program that no verifier saw at least well formed?  Encodings, jumps, calls and the end, so
 * that an engine cannot leave the program; addresses are the program's own business.
 */
#include <errno.h>

#include "base/alloc.h"
#include "isa/isa.h"
#include "run/engine.h"

enum {
	SECOND_HALF = -1
};

struct walk {
	const struct raw_prog *prog;
	int16_t *ops; /* isa_op per slot, or SECOND_HALF */
	struct text *why;
};

static int refuse(const struct walk *w, uint32_t at, const char *why)
{
	text_add(w->why, "instruction %u: %s", at, why);
	return -EINVAL;
}

static int decode_all(const struct walk *w)
{
	const struct raw_prog *prog = w->prog;

	for (uint32_t i = 0; i < prog->n_insns; i++) {
		const char *why = NULL;
		int op = isa_decode(&prog->insns[i], &why);

		if (op < 0)
			return refuse(w, i, why);
		w->ops[i] = (int16_t)op;
		if (!isa_is_wide(prog->insns[i].code))
			continue;
		if (++i == prog->n_insns || isa_check_wide(&prog->insns[i]) != 0)
			return refuse(w, i - 1, "wide load without a proper second half");
		w->ops[i] = SECOND_HALF;
	}
	return 0;
}

static int check_target(const struct walk *w, uint32_t at, int64_t to)
{
	if (to < 0 || to >= w->prog->n_insns)
		return refuse(w, at, "jump out of the program");
	if (w->ops[to] == SECOND_HALF)
		return refuse(w, at, "jump into a wide load");
	return 0;
}

static int check_wide(const struct walk *w, uint32_t at, const struct bpf_insn *insn)
{
	return insn->src_reg ? refuse(w, at, "maps, BTF and callbacks need the loader") : 0;
}

static int check_helper(const struct walk *w, uint32_t at, int32_t id)
{
	if (id < 0 || (uint32_t)id >= w->prog->n_fns || !w->prog->fns[id])
		return refuse(w, at, "call of a helper that does not exist");
	return 0;
}

static int check_insn(const struct walk *w, uint32_t at)
{
	const struct bpf_insn *insn = &w->prog->insns[at];
	enum isa_op op = (enum isa_op)w->ops[at];

	if (isa_regs_of(insn, op).writes & 1u << 10)
		return refuse(w, at, "r10 cannot be written");
	switch ((enum isa_form)isa_row(op)->form) {
	case ISA_F_JMP_X:
	case ISA_F_JMP_K:
	case ISA_F_JA:
	case ISA_F_MAY_GOTO: return check_target(w, at, (int64_t)at + 1 + insn->off);
	case ISA_F_JA32:
	case ISA_F_CALL_SUB: return check_target(w, at, (int64_t)at + 1 + insn->imm);
	case ISA_F_CALL: return check_helper(w, at, insn->imm);
	case ISA_F_CALL_KFUNC: return refuse(w, at, "no kernel functions here");
	case ISA_F_CAST: return refuse(w, at, "no address spaces in user space");
	case ISA_F_LD_IMM64: return check_wide(w, at, insn);
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: return refuse(w, at, "packet load without a packet");
	case ISA_F_ALU_X:
	case ISA_F_ALU_K:
	case ISA_F_MOVSX:
	case ISA_F_NEG:
	case ISA_F_END:
	case ISA_F_CALLX:
	case ISA_F_EXIT:
	case ISA_F_LDX:
	case ISA_F_LDSX:
	case ISA_F_ST:
	case ISA_F_STX:
	case ISA_F_ATOMIC:
	case ISA_F_LOAD_ACQ:
	case ISA_F_STORE_REL: return 0;
	}
	return 0;
}

static int check_end(const struct walk *w)
{
	uint32_t last = w->prog->n_insns - 1;
	int op = w->ops[last];

	if (op != ISA_EXIT && op != ISA_JA && op != ISA_JA32)
		return refuse(w, last, "the program runs over its end");
	return 0;
}

int raw_check(const struct raw_prog *prog, struct text *why)
{
	struct walk w = { .prog = prog, .why = why };
	int err;

	if (!prog->n_insns || prog->n_insns > (1u << 20)) {
		text_add(why, "%u instructions", prog->n_insns);
		return -EINVAL;
	}
	w.ops = mem_array(prog->n_insns, sizeof(*w.ops));
	if (!w.ops)
		return -ENOMEM;
	err = decode_all(&w);
	for (uint32_t i = 0; !err && i < prog->n_insns; i++)
		if (w.ops[i] != SECOND_HALF)
			err = check_insn(&w, i);
	if (!err)
		err = check_end(&w);
	mem_free(w.ops);
	return err;
}
