/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does the compiler's driver have to know before it lowers?  Which row each instruction is,
 * where jumps lead, where functions begin and what each of them needs, how much room it all takes.
 */
#include <errno.h>
#include <stdbool.h>

#include "base/alloc.h"
#include "jit/gen.h"
#include "jit/machine.h"

enum {
	RAW_STACK = 512
};

struct jit_fn *jit_fn_at(const struct jit_gen *gen, uint32_t insn)
{
	uint32_t low = 0, high = gen->n_fns;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (gen->fns[mid].start == insn)
			return &gen->fns[mid];
		if (gen->fns[mid].start < insn)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static int plan_verified(struct jit_gen *gen)
{
	const struct verify_facts *facts = gen->code->facts;
	uint32_t next = 0;

	gen->fns = mem_array(facts->n_subprogs, sizeof(*gen->fns));
	if (!gen->fns)
		return -ENOMEM;
	for (uint32_t i = 0; i < facts->n_subprogs; i++) {
		const struct verify_subprog *sub = &facts->subprogs[i];
		struct jit_fn *fn = &gen->fns[gen->n_fns];

		if (sub->start == sub->end)
			continue;
		if (sub->start != next || sub->end < sub->start || sub->end > gen->n_insns)
			return -EINVAL;
		next = sub->end;
		fn->start = sub->start;
		fn->end = sub->end;
		fn->stack = sub->stack;
		fn->is_main = !gen->n_fns++;
	}
	return next == gen->n_insns ? 0 : -EINVAL;
}

/* In a raw program every target of a local call begins a function; control may wander between
 * functions as it likes, so all of them have the same frame. */
static int plan_raw(struct jit_gen *gen)
{
	uint8_t *begins = mem_alloc(gen->n_insns);
	uint32_t n = 1;

	if (!begins)
		return -ENOMEM;
	begins[0] = 1;
	for (uint32_t i = 0; i < gen->n_insns; i++) {
		const struct bpf_insn *insn = &gen->insns[i];
		bool names_fn = (insn->code == 0x85 && insn->src_reg == BPF_PSEUDO_CALL) ||
				(isa_is_wide(insn->code) && insn->src_reg == BPF_PSEUDO_FUNC);
		int64_t to = jit_target(insn, i, ISA_F_CALL_SUB);

		if (names_fn && to >= 0 && to < gen->n_insns && !begins[to]) {
			begins[to] = 1;
			n++;
		}
		i += isa_is_wide(insn->code);
	}
	gen->fns = mem_array(n, sizeof(*gen->fns));
	for (uint32_t i = 0; gen->fns && i < gen->n_insns; i++)
		if (begins[i])
			gen->fns[gen->n_fns++] = (struct jit_fn){
				.start = i,
				.end = gen->n_insns,
				.stack = RAW_STACK,
				.regs = 0x7ff,
				.is_main = !i,
				.calls = true,
			};
	mem_free(begins);
	return gen->fns ? 0 : -ENOMEM;
}

/* What neither leaves an instruction's successor nor asks anything of its function. */
#define PLAIN_FORMS                                                                    \
	(1u << ISA_F_ALU_X | 1u << ISA_F_ALU_K | 1u << ISA_F_MOVSX | 1u << ISA_F_NEG | \
	 1u << ISA_F_END | 1u << ISA_F_LDX | 1u << ISA_F_LDSX | 1u << ISA_F_ST | 1u << ISA_F_STX)

/* Notes what an instruction means for its function; counts displacements to resolve. */
static int scan_insn(struct jit_gen *gen, struct jit_fn *fn, uint32_t i, uint32_t *n_fixes)
{
	const struct bpf_insn *insn = &gen->insns[i];
	enum isa_op op = gen->ops[i];
	enum isa_form form = gen->rows[op].form;
	int64_t to;

	if (PLAIN_FORMS >> form & 1)
		return 0;
	to = jit_target(insn, i, form);
	switch (form) {
	case ISA_F_MAY_GOTO: fn->needs_run = true; __attribute__((fallthrough));
	case ISA_F_JMP_X:
	case ISA_F_JMP_K:
	case ISA_F_JA:
	case ISA_F_JA32:
		if (to < (gen->raw ? 0 : fn->start) || to >= (gen->raw ? gen->n_insns : fn->end))
			return -EINVAL;
		gen->is_target[to] = 1;
		++*n_fixes;
		break;
	case ISA_F_LD_IMM64:
		if (i + 1 >= fn->end || isa_check_wide(&insn[1]))
			return -EINVAL;
		if (op != ISA_LD_FUNC)
			break;
		fn->takes_func = true;
		__attribute__((fallthrough));
	case ISA_F_CALL_SUB:
		if (to < 0 || to >= gen->n_insns || !jit_fn_at(gen, (uint32_t)to))
			return -EINVAL;
		__attribute__((fallthrough));
	case ISA_F_CALL:
	case ISA_F_CALL_KFUNC:
	case ISA_F_CALLX:
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND:
		fn->calls = fn->calls || op != ISA_LD_FUNC;
		fn->needs_run = true;
		++*n_fixes;
		break;
	case ISA_F_ALU_X:
	case ISA_F_ALU_K:
	case ISA_F_MOVSX:
	case ISA_F_CAST:
	case ISA_F_NEG:
	case ISA_F_END:
	case ISA_F_EXIT:
	case ISA_F_LDX:
	case ISA_F_LDSX:
	case ISA_F_ST:
	case ISA_F_STX:
	case ISA_F_ATOMIC:
	case ISA_F_LOAD_ACQ:
	case ISA_F_STORE_REL: break;
	}
	return 0;
}

/* What a raw program may not hold, besides what no program may. */
static int scan_raw(const struct jit_gen *gen, uint32_t i)
{
	const struct bpf_insn *insn = &gen->insns[i];
	enum isa_form form = gen->rows[gen->ops[i]].form;

	if (isa_regs_of(insn, gen->ops[i]).writes & 1u << 10)
		return -EINVAL;
	if (form == ISA_F_LD_ABS || form == ISA_F_LD_IND || form == ISA_F_CALL_KFUNC ||
	    form == ISA_F_CAST)
		return -EOPNOTSUPP;
	return 0;
}

static int scan_fn(struct jit_gen *gen, struct jit_fn *fn, uint32_t *bytes, uint32_t *n_fixes)
{
	gen->is_target[fn->start] = 1;
	for (uint32_t i = fn->start; i < fn->end; i++) {
		const struct bpf_insn *insn = &gen->insns[i];
		int op = isa_decode(insn, NULL), err;

		if (op < 0)
			return op;
		gen->ops[i] = (uint16_t)op;
		gen->off[i] = *bytes;
		*bytes += gen->machine->bound(&gen->rows[op], insn);
		*bytes += gen->harden ? gen->machine->harden_max : 0;
		fn->regs |= (uint16_t)(1u << insn->dst_reg | 1u << insn->src_reg);
		err = scan_insn(gen, fn, i, n_fixes);
		if (!err && gen->raw)
			err = scan_raw(gen, i);
		if (err)
			return err;
		if (isa_is_wide(insn->code))
			gen->off[++i] = *bytes;
	}
	return 0;
}

enum {
	MAX_PARAMS = 5,
	PARAM_REGS = 0x3e, /* r1 to r5 */
	MAX_ROUNDS = 8     /* over a function; where that is not enough, all are taken to be read */
};
#define JUMP_FORMS                                                                   \
	(1u << ISA_F_JMP_X | 1u << ISA_F_JMP_K | 1u << ISA_F_JA | 1u << ISA_F_JA32 | \
	 1u << ISA_F_MAY_GOTO)
#define NO_NEXT_FORMS (1u << ISA_F_JA | 1u << ISA_F_JA32 | 1u << ISA_F_EXIT)

/* Of r1 to r5, what an instruction reads as it was before. */
static unsigned int reads_params(const struct jit_gen *gen, const struct jit_fn *fn, uint32_t i)
{
	enum isa_form form = gen->rows[gen->ops[i]].form;
	const struct jit_fn *callee;

	if (form == ISA_F_CALL_SUB) {
		callee = jit_fn_at(gen, (uint32_t)jit_target(&gen->insns[i], i, form));
		return callee > fn ? (2u << callee->n_params) - 2 : PARAM_REGS;
	}
	if (form == ISA_F_CALL || form == ISA_F_CALL_KFUNC || form == ISA_F_CALLX)
		return PARAM_REGS;
	return isa_regs_of(&gen->insns[i], gen->ops[i]).reads & PARAM_REGS;
}

/* Once backwards over the function; live[] is what is wanted before each instruction. */
static bool step_back(const struct jit_gen *gen, const struct jit_fn *fn, uint8_t *live)
{
	uint32_t n = fn->end - fn->start;
	bool changed = false;

	for (uint32_t k = n; k-- > 0;) {
		uint32_t i = fn->start + k;
		enum isa_form form = gen->rows[gen->ops[i]].form;
		struct isa_regs regs = isa_regs_of(&gen->insns[i], gen->ops[i]);
		bool jumps = JUMP_FORMS >> form & 1, goes_on = !(NO_NEXT_FORMS >> form & 1);
		unsigned int out = goes_on && k + 1 < n ? live[k + 1] : 0;

		if (k && isa_is_wide(gen->insns[i - 1].code)) {
			live[k] = (uint8_t)out;
			continue;
		}
		if (jumps)
			out |= live[jit_target(&gen->insns[i], i, form) - fn->start];
		out = reads_params(gen, fn, i) | (out & ~regs.writes);
		changed |= out != live[k];
		live[k] = (uint8_t)out;
	}
	return changed;
}

/* How many of r1 to r5 are read as the caller left them?  Functions behind this one are known. */
static uint8_t count_params(const struct jit_gen *gen, const struct jit_fn *fn)
{
	uint8_t *live = mem_alloc(fn->end - fn->start), n = MAX_PARAMS;
	int round = 0;

	while (live && step_back(gen, fn, live))
		if (++round == MAX_ROUNDS)
			break;
	while (live && round < MAX_ROUNDS && n && !(live[0] >> n & 1))
		n--;
	mem_free(live);
	return n;
}

static void count_refs(struct jit_gen *gen)
{
	for (uint32_t i = 0; i < gen->n_insns; i++) {
		enum isa_form form = gen->rows[gen->ops[i]].form;

		if (form == ISA_F_CALL_SUB || gen->ops[i] == ISA_LD_FUNC)
			jit_fn_at(gen, (uint32_t)jit_target(&gen->insns[i], i, form))->n_refs++;
		i += isa_is_wide(gen->insns[i].code);
	}
}

void jit_count_params(struct jit_gen *gen)
{
	count_refs(gen);
	for (uint32_t i = gen->n_fns; i-- > 0;)
		gen->fns[i].n_params =
			gen->raw || !i ? MAX_PARAMS : count_params(gen, &gen->fns[i]);
}

/* The last instruction must not run on into what follows, nor a jump lead into a wide load. */
static int check_flow(const struct jit_gen *gen)
{
	uint32_t last = 0;

	for (uint32_t i = 0; i < gen->n_insns; i++) {
		last = i;
		if (!isa_is_wide(gen->insns[i].code))
			continue;
		if (gen->is_target[++i] || jit_fn_at(gen, i))
			return -EINVAL;
	}
	switch (gen->rows[gen->ops[last]].form) {
	case ISA_F_EXIT:
	case ISA_F_JA:
	case ISA_F_JA32: return 0;
	}
	return -EINVAL;
}

int jit_scan(struct jit_gen *gen)
{
	const struct jit_machine *machine = gen->machine;
	uint32_t bytes = 0, n_fixes = 0, n_scanned;
	int err = gen->raw ? plan_raw(gen) : plan_verified(gen);

	n_scanned = gen->raw ? 1 : gen->n_fns;
	for (uint32_t i = 0; i < n_scanned && !err; i++)
		err = scan_fn(gen, &gen->fns[i], &bytes, &n_fixes);
	if (!err && gen->raw)
		err = check_flow(gen);
	if (err)
		return err;
	if (bytes > machine->size_max)
		return -EOPNOTSUPP;
	gen->off[gen->n_insns] = bytes;
	gen->fix_room = n_fixes + gen->n_fns + 1;
	gen->fixes = mem_array(gen->fix_room, sizeof(*gen->fixes));
	gen->out = mem_alloc(bytes + ((size_t)gen->n_fns + 1) * machine->prologue_max +
			     machine->insn_max);
	if (!gen->fixes || !gen->out)
		return -ENOMEM;
	for (uint32_t i = 1; i < gen->n_fns; i++) {
		gen->fns[0].needs_run |= gen->fns[i].needs_run;
		gen->fns[0].takes_func |= gen->fns[i].takes_func;
	}
	if (gen->raw)
		gen->fns[0].needs_run = gen->fns[0].takes_func = false;
	for (uint32_t i = 0; i < gen->n_fns; i++)
		machine->plan(gen, &gen->fns[i]);
	return 0;
}
