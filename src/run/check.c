/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does a program stay inside its objects, and inside what the verifier claimed?  Executes one
 * instruction at a time on values that remember where they point.  Slow on purpose: nothing here
 * trusts the facts beyond the instructions themselves, so a fault of the verifier shows as a
 * violation instead of as corrupted memory.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "isa/alu.h"
#include "map/map.h"
#include "run/atomic.h"
#include "run/check_priv.h"
#include "run/packet_load.h"
#include "run/prog.h"

static struct check_val number(uint64_t v)
{
	return (struct check_val){ .v = v, .init = true };
}

static struct check_val read_reg(struct interp_check *ck, unsigned int reg)
{
	if (!ck->r[reg].init && !ck->raw)
		check_violation(ck, "reads r%u, which is not initialised", reg);
	return ck->r[reg];
}

/* A 64-bit sum or difference with one pointer stays a pointer into the same object. */
static struct check_val alu(enum isa_alu op, unsigned int bits, struct check_val a,
			    struct check_val b)
{
	struct check_val v = number(isa_alu(op, bits, a.v, b.v));

	if (bits != 64)
		return v;
	if (op == ISA_ALU_MOV)
		v.obj = b.obj;
	else if (op == ISA_ALU_ADD && !(a.obj && b.obj))
		v.obj = a.obj | b.obj;
	else if (op == ISA_ALU_SUB && !b.obj)
		v.obj = a.obj;
	return v;
}

static uint64_t sign_extend(uint64_t v, unsigned int from, unsigned int to)
{
	v = (uint64_t)((int64_t)(v << (64 - from)) >> (64 - from));
	return to == 64 ? v : (uint32_t)v;
}

static void load(struct interp_check *ck, const struct bpf_insn *insn, const struct isa_row *row)
{
	struct check_val base = read_reg(ck, insn->src_reg);

	ck->r[insn->dst_reg] = number(0);
	if (check_access(ck, &base, insn->off, row->bits / 8, false))
		ck->r[insn->dst_reg] = check_load(ck, base.v + (uint64_t)(int64_t)insn->off,
						  row->bits, row->form == ISA_F_LDSX);
}

static void store(struct interp_check *ck, const struct bpf_insn *insn, const struct isa_row *row)
{
	struct check_val base = read_reg(ck, insn->dst_reg);
	struct check_val v = row->form == ISA_F_ST ? number((uint64_t)(int64_t)insn->imm)
						   : read_reg(ck, insn->src_reg);

	if (check_access(ck, &base, insn->off, row->bits / 8, true))
		check_store(ck, base.v + (uint64_t)(int64_t)insn->off, row->bits, &v);
}

static bool is_aligned(struct interp_check *ck, const struct check_val *base, uint64_t addr,
		       uint32_t bytes)
{
	const struct check_obj *obj;

	if (ck->raw)
		return ATOMIC_ANYWHERE || addr % bytes == 0;
	/* A slice of a dynptr may begin anywhere, here as in Linux. */
	obj = check_obj_of(ck, base, addr);
	return (addr - (obj->is_slice ? obj->base : 0)) % bytes == 0;
}

static void atomic(struct interp_check *ck, const struct bpf_insn *insn, const struct isa_row *row)
{
	struct check_val base = read_reg(ck, atomic_base_reg(row, insn));
	uint64_t addr = base.v + (uint64_t)(int64_t)insn->off;
	struct isa_regs regs = isa_regs_of(insn, (enum isa_op)ck->ops[ck->pc]);
	uint64_t r[11];

	for (unsigned int i = 0; i < 11; i++)
		r[i] = regs.reads & 1u << i ? read_reg(ck, i).v : ck->r[i].v;
	if (!check_access(ck, &base, insn->off, row->bits / 8, row->form != ISA_F_LOAD_ACQ))
		return;
	if (!is_aligned(ck, &base, addr, row->bits / 8)) {
		check_violation(ck, "atomic access that is not aligned");
		return;
	}
	atomic_execute(row, insn, addr, r);
	for (unsigned int i = 0; i < 11; i++)
		if (regs.writes & 1u << i)
			ck->r[i] = number(r[i]);
}

/* An address that the verifier put in, or a number: what is registered tells. */
static struct check_val wide(struct interp_check *ck, const struct bpf_insn *insn)
{
	struct check_val v;

	if (insn->src_reg == BPF_PSEUDO_FUNC)
		return number((uint64_t)(insn + 1 + insn->imm));
	v = number((uint32_t)insn[0].imm | (uint64_t)(uint32_t)insn[1].imm << 32);
	for (uint32_t i = 1 + RUN_MAX_CALLS; i < ck->n_static; i++) {
		const struct check_obj *o = &ck->objs[i];

		if (v.v == (uint64_t)o->map || (!o->map && v.v && v.v - o->base <= o->size))
			v.obj = i;
	}
	return v;
}

static bool enter(struct interp_check *ck, uint32_t back, uint32_t to)
{
	if (ck->depth + 1 >= RUN_MAX_CALLS) {
		check_violation(ck, "calls are nested too deeply");
		ck->stopped = true;
		return false;
	}
	ck->frames[ck->depth].back = back;
	memcpy(ck->frames[ck->depth].saved, ck->r + 6, sizeof(ck->frames[0].saved));
	check_enter_frame(ck, ++ck->depth, to);
	for (int i = 6; i < 10; i++)
		ck->r[i].init = false;
	return true;
}

static uint32_t leave(struct interp_check *ck)
{
	const struct check_frame *f = &ck->frames[ck->depth - 1];

	check_leave_frame(ck, ck->depth--);
	memcpy(ck->r + 6, f->saved, sizeof(f->saved));
	ck->r[10] =
		(struct check_val){ .v = (uint64_t)(ck->stack[ck->depth] + CHECK_FRAME_BYTES / 8),
				    .obj = 1 + ck->depth,
				    .init = true };
	for (int i = 1; i <= 5; i++)
		ck->r[i].init = false;
	return f->back;
}

static bool is_taken(struct interp_check *ck, const struct bpf_insn *insn,
		     const struct isa_row *row)
{
	struct check_val a = read_reg(ck, insn->dst_reg);
	struct check_val b = row->form == ISA_F_JMP_X ? read_reg(ck, insn->src_reg)
						      : number((uint64_t)(int64_t)insn->imm);

	return isa_cond((enum isa_cond)row->op, row->bits, a.v, b.v);
}

static uint32_t call_indirect(struct interp_check *ck, const struct bpf_insn *insn, uint32_t next)
{
	uint64_t off = read_reg(ck, insn->dst_reg).v - (uint64_t)ck->insns;

	if (off < (uint64_t)ck->n_insns * sizeof(*insn) && off % sizeof(*insn) == 0) {
		uint32_t to = (uint32_t)(off / sizeof(*insn));

		return enter(ck, next, to) ? to : next;
	}
	if (ck->raw)
		check_call(ck, insn);
	else
		check_violation(ck, "callx of what is no function");
	return next;
}

/* Executes what only computes; false: the instruction moves control or memory. */
static bool compute(struct interp_check *ck, const struct bpf_insn *insn, const struct isa_row *row)
{
	struct check_val *dst = &ck->r[insn->dst_reg];
	bool reads_dst = row->op != ISA_ALU_MOV;

	switch ((enum isa_form)row->form) {
	case ISA_F_ALU_X:
		*dst = alu((enum isa_alu)row->op, row->bits,
			   reads_dst ? read_reg(ck, insn->dst_reg) : *dst,
			   read_reg(ck, insn->src_reg));
		return true;
	case ISA_F_ALU_K:
		*dst = alu((enum isa_alu)row->op, row->bits,
			   reads_dst ? read_reg(ck, insn->dst_reg) : *dst,
			   number((uint64_t)(int64_t)insn->imm));
		return true;
	case ISA_F_MOVSX:
		*dst = number(sign_extend(read_reg(ck, insn->src_reg).v,
					  (unsigned int)row->sel_value, row->bits));
		return true;
	case ISA_F_CAST: *dst = read_reg(ck, insn->src_reg); return true;
	case ISA_F_NEG:
		*dst = number(isa_alu(ISA_ALU_SUB, row->bits, 0, read_reg(ck, insn->dst_reg).v));
		return true;
	case ISA_F_END:
		*dst = number(
			isa_end((enum isa_end)row->op, row->bits, read_reg(ck, insn->dst_reg).v));
		return true;
	case ISA_F_LDX:
	case ISA_F_LDSX: load(ck, insn, row); return true;
	case ISA_F_ST:
	case ISA_F_STX: store(ck, insn, row); return true;
	case ISA_F_ATOMIC:
	case ISA_F_LOAD_ACQ:
	case ISA_F_STORE_REL: atomic(ck, insn, row); return true;
	case ISA_F_JMP_X:
	case ISA_F_JMP_K:
	case ISA_F_JA:
	case ISA_F_JA32:
	case ISA_F_MAY_GOTO:
	case ISA_F_CALL:
	case ISA_F_CALL_SUB:
	case ISA_F_CALL_KFUNC:
	case ISA_F_CALLX:
	case ISA_F_EXIT:
	case ISA_F_LD_IMM64:
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: break;
	}
	return false;
}

/* Legacy packet load: a miss ends the function with 0. */
static bool load_packet(struct interp_check *ck, const struct bpf_insn *insn,
			const struct isa_row *row)
{
	uint32_t off = (uint32_t)insn->imm;
	uint64_t v = 0;
	bool hit = false;

	if (row->form == ISA_F_LD_IND)
		off += (uint32_t)read_reg(ck, insn->src_reg).v;
	if (read_reg(ck, 6).v != ck->ctx)
		check_violation(ck, "packet load while r6 is not the context");
	else
		hit = packet_load((const struct packet *)ck->ctx, (int32_t)off, row->bits, &v);
	for (int i = 1; i <= 5; i++)
		ck->r[i].init = false;
	ck->r[0] = number(v);
	return hit;
}

/* Executes what moves control; the next pc.  *ret_exit: the function returns. */
static uint32_t go(struct interp_check *ck, const struct bpf_insn *insn, const struct isa_row *row,
		   bool *ret_exit)
{
	uint32_t next = ck->pc + 1;

	switch (row->form) {
	case ISA_F_JMP_X:
	case ISA_F_JMP_K: return is_taken(ck, insn, row) ? next + (uint32_t)insn->off : next;
	case ISA_F_JA: return next + (uint32_t)insn->off;
	case ISA_F_JA32: return next + (uint32_t)insn->imm;
	case ISA_F_MAY_GOTO:
		if (!ck->run->fuel)
			return next + (uint32_t)insn->off;
		ck->run->fuel--;
		return next;
	case ISA_F_CALL_SUB:
		return enter(ck, next, next + (uint32_t)insn->imm) ? next + (uint32_t)insn->imm
								   : next;
	case ISA_F_CALL:
	case ISA_F_CALL_KFUNC:
		ck->tail_taken = false;
		check_call(ck, insn);
		*ret_exit = ck->tail_taken;
		return next;
	case ISA_F_CALLX: return call_indirect(ck, insn, next);
	case ISA_F_LD_IMM64: ck->r[insn->dst_reg] = wide(ck, insn); return next + 1;
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: *ret_exit = !load_packet(ck, insn, row); return next;
	}
	read_reg(ck, 0);
	*ret_exit = true;
	return next;
}

static void check_claims(struct interp_check *ck)
{
	const struct verify_facts *facts = ck->code->facts;
	struct verify_concrete state = { .frame_base = ck->r[10].v,
					 .ctx = ck->ctx,
					 .subprog = ck->subprog_of[ck->pc] };
	char buf[200];
	struct text why;

	for (int i = 0; i < 11; i++)
		state.reg[i] = ck->r[i].v;
	text_init(&why, buf, sizeof(buf));
	if (verify_claims_check(facts->claims, facts->orig[ck->pc], &state, &why) != 0)
		check_violation(ck, "state outside of what the verifier claimed: %s", buf);
}

static struct check_val loop(struct interp_check *ck, uint32_t pc)
{
	const uint32_t base = ck->depth;

	while (!ck->stopped) {
		const struct bpf_insn *insn = &ck->insns[pc];
		const struct isa_row *row;
		bool is_exit = false;

		ck->pc = pc;
		if (pc >= ck->n_insns || ck->ops[pc] < 0) {
			ck->pc = 0;
			check_violation(ck, "control left the program");
			break;
		}
		if (ck->code && ck->code->facts->claims)
			check_claims(ck);
		row = isa_row((enum isa_op)ck->ops[pc]);
		if (compute(ck, insn, row))
			pc++;
		else
			pc = go(ck, insn, row, &is_exit);
		if (is_exit && ck->depth == base)
			break;
		if (is_exit)
			pc = leave(ck);
	}
	return ck->r[0];
}

struct check_val check_from(struct interp_check *ck, uint32_t pc, const struct check_val *args)
{
	struct check_val r0;

	check_enter_frame(ck, ck->depth, pc);
	for (int i = 0; i < 10; i++)
		ck->r[i] = (struct check_val){ 0 };
	memcpy(ck->r + 1, args, 5 * sizeof(*args));
	r0 = loop(ck, pc);
	check_leave_frame(ck, ck->depth);
	return r0;
}

static int decode(struct interp_check *ck)
{
	for (uint32_t i = 0; i < ck->n_insns; i++) {
		ck->ops[i] = (int16_t)isa_decode(&ck->insns[i], NULL);
		if (ck->ops[i] < 0)
			return -EINVAL;
		if (isa_is_wide(ck->insns[i].code) && i + 1 < ck->n_insns)
			ck->ops[++i] = -1;
	}
	for (uint32_t s = 0; ck->code && s < ck->code->facts->n_subprogs; s++) {
		const struct verify_subprog *sub = &ck->code->facts->subprogs[s];

		for (uint32_t i = sub->start; i < sub->end && i < ck->n_insns; i++)
			ck->subprog_of[i] = s;
	}
	return 0;
}

static int new_check(const struct code *code, const struct raw_prog *raw,
		     struct interp_check **ret_check)
{
	struct interp_check *ck = mem_alloc(sizeof(*ck));
	int err = -ENOMEM;

	if (!ck)
		return -ENOMEM;
	ck->code = code;
	ck->raw = raw;
	ck->insns = code ? code->facts->insns : raw->insns;
	ck->n_insns = code ? code->facts->n_insns : raw->n_insns;
	ck->room_objs = 64;
	ck->n_objs = ck->n_static = 1 + RUN_MAX_CALLS;
	ck->objs = mem_array(ck->room_objs, sizeof(*ck->objs));
	ck->ops = mem_array(ck->n_insns, sizeof(*ck->ops));
	ck->subprog_of = mem_array(ck->n_insns, sizeof(*ck->subprog_of));
	if (ck->objs && ck->ops && ck->subprog_of)
		err = decode(ck);
	if (err) {
		interp_check_free(ck);
		return err;
	}
	*ret_check = ck;
	return 0;
}

int interp_check_new(const struct code *code, struct interp_check **ret_check)
{
	return new_check(code, NULL, ret_check);
}

struct interp_check *interp_check_free(struct interp_check *ck)
{
	if (!ck)
		return NULL;
	mem_free(ck->objs);
	mem_free(ck->ops);
	mem_free(ck->subprog_of);
	mem_free(ck->shadow);
	mem_free(ck);
	return NULL;
}

void interp_check_add_mem(struct interp_check *ck, void *mem, size_t size, bool writable)
{
	struct check_obj o = { .base = (uint64_t)mem,
			       .size = size,
			       .what = "memory",
			       .writable = writable,
			       .live = true };

	if (check_add_obj(ck, &o))
		ck->n_static = ck->n_objs;
}

void interp_check_add_map(struct interp_check *ck, struct map *map)
{
	size_t room = 0;
	void *direct = map_direct_value(map, 0, &room);
	bool writable = !(map->desc.flags & BPF_F_RDONLY_PROG);

	if (check_add_obj(ck, &(struct check_obj){ .what = "map", .map = map, .live = true }))
		ck->n_static = ck->n_objs;
	if (direct)
		interp_check_add_mem(ck, direct, room, writable);
}

/* The program object, where there is one, says which maps its code names. */
static void learn_prog(struct interp_check *ck, const struct prog *prog)
{
	if (ck->knows_prog || !prog || prog->code.facts != ck->code->facts)
		return;
	ck->n_objs = ck->n_static;
	for (uint32_t i = 0; i < prog->n_maps; i++)
		interp_check_add_map(ck, prog->maps[i]);
	ck->knows_prog = true;
}

static uint64_t run_check(struct interp_check *ck, const struct check_val *args)
{
	for (uint32_t i = 1; i <= RUN_MAX_CALLS; i++)
		ck->objs[i].live = false;
	ck->depth = 0;
	ck->violations = 0;
	ck->stopped = false;
	ck->n_shadow = 0;
	ck->run_nr++;
	return check_from(ck, 0, args).v;
}

uint64_t interp_check_run(struct interp_check *ck, void *ctx, size_t ctx_size, struct run *run,
			  uint64_t *ret_violations, struct text *why)
{
	struct check_obj o = { .base = (uint64_t)ctx,
			       .size = ctx_size,
			       .what = "context",
			       .writable = true,
			       .live = true };
	struct check_val args[5] = { { .v = (uint64_t)ctx, .init = true } };
	const struct run outer = *run;
	uint64_t r0;

	learn_prog(ck, run->prog);
	ck->n_objs = ck->n_static;
	ck->run = run;
	ck->why = why;
	ck->ctx = (uint64_t)ctx;
	ck->ctx_size = ctx_size;
	args[0].obj = check_add_obj(ck, &o);
	check_find_ctx_objs(ck);
	r0 = run_check(ck, args);
	run->engine = outer.engine;
	run->invoke = outer.invoke;
	*ret_violations = ck->violations;
	return r0;
}

int check_raw(const struct raw_prog *prog, void *mem, size_t len, uint64_t *ret_r0,
	      struct text *why)
{
	struct check_val args[5] = { { .v = (uint64_t)mem, .init = true },
				     { .v = len, .init = true } };
	struct check_obj o = {
		.base = (uint64_t)mem, .size = len, .what = "memory", .writable = true, .live = true
	};
	struct run run = { .fuel = RAW_FUEL };
	struct interp_check *ck = NULL;
	int err = new_check(NULL, prog, &ck);
	uint64_t r0;

	if (err)
		return err;
	ck->run = &run;
	ck->why = why;
	args[0].obj = check_add_obj(ck, &o);
	r0 = run_check(ck, args);
	if (ck->violations)
		err = -EFAULT;
	else
		*ret_r0 = r0;
	interp_check_free(ck);
	return err;
}
