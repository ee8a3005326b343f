/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a program run without machine code?  By a threaded interpreter whose instruction bodies
 * are expanded from isa.def: one label per opcode byte, and one per variant that a byte's first
 * row hands over to.  Programs it gets were accepted by the verifier, or (raw) by raw_check().
 */
#include <errno.h>
#include <string.h>

#include "isa/alu.h"
#include "run/atomic.h"
#include "run/engine.h"
#include "run/packet_load.h"
#include "run/prog.h"
#include "run/tail.h"

/* Labels as values are what makes it threaded. */
#pragma GCC diagnostic ignored "-Wpedantic"

enum {
	FRAME_BYTES = 512
};

struct frame {
	uint64_t saved[4]; /* r6 - r9 of the caller */
	const struct bpf_insn *back;
};

struct interp {
	const struct code *code; /* NULL: raw */
	const struct raw_prog *raw;
	const struct bpf_insn *insns;
	uint32_t n_insns;
	struct run *run;
	uint32_t depth;
	const char *error; /* raw programs only */
	struct frame frames[RUN_MAX_CALLS];
	uint64_t stack[RUN_MAX_CALLS][FRAME_BYTES / 8];
	uint64_t slack[8]; /* above the last frame: raw programs only */
};

static uint64_t interp_loop(struct interp *vm, const struct bpf_insn *pc, const uint64_t *args);

#define MEM(nm, size, bits, u, s, ...)                     \
	static inline u load_##nm(uint64_t addr)           \
	{                                                  \
		u v;                                       \
                                                           \
		memcpy(&v, (const void *)addr, sizeof(v)); \
		return v;                                  \
	}                                                  \
	static inline void store_##nm(uint64_t addr, u v)  \
	{                                                  \
		memcpy((void *)addr, &v, sizeof(v));       \
	}
ISA_MEM_LIST(MEM, )
#undef MEM

static uint64_t frame_top(struct interp *vm, uint32_t depth)
{
	return (uint64_t)(vm->stack[depth] + FRAME_BYTES / 8);
}

static const struct bpf_insn *insn_at(const struct interp *vm, uint64_t addr)
{
	uint64_t off = addr - (uint64_t)vm->insns;

	return off < (uint64_t)vm->n_insns * sizeof(*vm->insns) && off % sizeof(*vm->insns) == 0
		       ? &vm->insns[off / sizeof(*vm->insns)]
		       : NULL;
}

/* A callback runs on the frame after the one that called the helper. */
static uint64_t interp_invoke(struct run *run, uint64_t fn, uint64_t a1, uint64_t a2, uint64_t a3,
			      uint64_t a4, uint64_t a5)
{
	const uint64_t args[6] = { 0, a1, a2, a3, a4, a5 };
	struct interp *vm = run->engine;
	const struct bpf_insn *pc = insn_at(vm, fn);
	uint64_t r0;

	if (!pc || vm->depth + 1 >= RUN_MAX_CALLS)
		return 0;
	vm->depth++;
	r0 = interp_loop(vm, pc, args);
	vm->depth--;
	return r0;
}

static const struct bpf_insn *enter(struct interp *vm, uint64_t *r, const struct bpf_insn *back,
				    const struct bpf_insn *to)
{
	struct frame *f = &vm->frames[vm->depth];

	if (vm->depth + 1 >= RUN_MAX_CALLS) {
		vm->error = "calls are nested too deeply";
		return NULL;
	}
	f->back = back;
	memcpy(f->saved, r + 6, sizeof(f->saved));
	vm->depth++;
	memset(vm->stack[vm->depth], 0, FRAME_BYTES);
	r[10] = frame_top(vm, vm->depth);
	return to;
}

static const struct bpf_insn *leave(struct interp *vm, uint64_t *r)
{
	const struct frame *f = &vm->frames[--vm->depth];

	memcpy(r + 6, f->saved, sizeof(f->saved));
	r[10] = frame_top(vm, vm->depth);
	return f->back;
}

static bool call_raw(struct interp *vm, uint64_t id, uint64_t *r)
{
	if (id >= vm->raw->n_fns || !vm->raw->fns[id]) {
		vm->error = "call of a helper that does not exist";
		return false;
	}
	r[0] = vm->raw->fns[id](r[1], r[2], r[3], r[4], r[5]);
	return true;
}

static void use_code(struct interp *vm, const struct code *code)
{
	vm->code = code;
	vm->insns = code->facts->insns;
	vm->n_insns = code->facts->n_insns;
}

/* The next instruction, or NULL: a subprogram made the tail call, r0 is what it returns. */
static const struct bpf_insn *tail_call(struct interp *vm, uint64_t *r, const struct bpf_insn *pc)
{
	const struct prog *prog = tail_take((struct map *)r[2], r[3], vm->run);

	if (!prog) {
		r[0] = TAIL_CALL_FAILED;
		return pc + 1;
	}
	vm->run->prog = prog;
	if (vm->depth > 0) {
		r[0] = interp_run(&prog->code, (void *)r[1], vm->run);
		return NULL;
	}
	use_code(vm, &prog->code);
	memset(vm->stack[0], 0, FRAME_BYTES);
	return vm->insns;
}

/* Helper, subprogram or kfunc.  NULL: stop, because of vm->error or a tail call. */
static const struct bpf_insn *call(struct interp *vm, uint64_t *r, const struct bpf_insn *pc)
{
	const struct helper_proto *p;

	if (pc->src_reg == BPF_PSEUDO_CALL)
		return enter(vm, r, pc + 1, pc + 1 + pc->imm);
	if (vm->raw)
		return call_raw(vm, (uint32_t)pc->imm, r) ? pc + 1 : NULL;
	if (pc->src_reg == BPF_PSEUDO_KFUNC_CALL) {
		p = &kfunc_row((uint32_t)pc->imm)->p;
	} else {
		if (pc->imm == TAIL_CALL_HELPER)
			return tail_call(vm, r, pc);
		p = helper_find(vm->code->helpers, (uint32_t)pc->imm);
	}
	r[0] = p->fn(r[1], r[2], r[3], r[4], r[5], vm->run);
	return pc + 1;
}

/* A function of the program by its address, else (raw) a helper by its number. */
static const struct bpf_insn *callx(struct interp *vm, uint64_t *r, const struct bpf_insn *pc)
{
	const struct bpf_insn *to = insn_at(vm, r[pc->dst_reg]);

	if (to)
		return enter(vm, r, pc + 1, to);
	if (vm->raw)
		return call_raw(vm, r[pc->dst_reg], r) ? pc + 1 : NULL;
	vm->error = "callx of what is no function";
	return NULL;
}

static uint64_t wide_value(const struct bpf_insn *pc)
{
	if (pc->src_reg == BPF_PSEUDO_FUNC)
		return (uint64_t)(pc + 1 + pc->imm);
	return (uint32_t)pc[0].imm | (uint64_t)(uint32_t)pc[1].imm << 32;
}

/* Legacy packet load; false ends the program with r0 = 0. */
static bool load_packet(const struct bpf_insn *pc, uint64_t *r)
{
	const struct isa_row *row = isa_row((enum isa_op)isa_decode(pc, NULL));
	uint32_t off = (uint32_t)pc->imm;

	if (row->form == ISA_F_LD_IND)
		off += (uint32_t)r[pc->src_reg];
	if (packet_load((const struct packet *)r[6], (int32_t)off, row->bits, &r[0]))
		return true;
	r[0] = 0;
	return false;
}

#define DST     r[pc->dst_reg]
#define SRC     r[pc->src_reg]
#define IMM     ((uint64_t)(int64_t)pc->imm)
#define IMM32   ((uint32_t)pc->imm)
#define SRC32   ((uint32_t)SRC)
#define AT(reg) (r[pc->reg] + (uint64_t)(int64_t)pc->off)
#define GO      goto *jump[pc->code]
#define NEXT          \
	do {          \
		pc++; \
		GO;   \
	} while (0)
#define HANDOVER                                             \
	do {                                                 \
		if (__builtin_expect(pc->off, 0))            \
			goto *variant[isa_decode(pc, NULL)]; \
	} while (0)

/* clang-format off */
#define FIRST(opc, label) [(opc)] = &&L_##label,
#define NOTHING(...)
#define ALU_AT(nm, code, off, text, value, cls, sfx) FIRST((cls) | (code), nm##sfx)
#define JMP_AT(nm, code, text, value, cls, sfx)	 FIRST((cls) | (code), nm##sfx)
#define MEM_AT(nm, size, bits, u, s, cls, pfx)	 FIRST((cls) | (size), pfx##nm)
#define ALU_V(nm, code, off, text, value, sfx)	 [ISA_##nm##sfx] = &&L_##nm##sfx,
#define SX_V(nm, off, type, sfx)		 [ISA_##nm##sfx] = &&L_##nm##sfx,
#define ALU_R(nm, code, off, text, value, bits, sfx, b) \
	L_##nm##sfx: HANDOVER; DST = alu##bits##_##nm((uint##bits##_t)DST, b); NEXT;
#define ALU_VARIANT(nm, code, off, text, value, bits, sfx, b) \
	L_##nm##sfx: DST = alu##bits##_##nm((uint##bits##_t)DST, b); NEXT;
#define SX(nm, off, type, bits, sfx) \
	L_##nm##sfx: DST = (uint##bits##_t)(int##bits##_t)(type)SRC; NEXT;
#define JMP(nm, code, text, value, bits, sfx, b) \
	L_##nm##sfx: if (cond##bits##_##nm((uint##bits##_t)DST, b)) pc += pc->off; NEXT;
#define LDX(nm, size, bits, u, s, ...)	L_LDX_##nm: DST = load_##nm(AT(src_reg)); NEXT;
#define LDSX(nm, size, bits, u, s, ...) L_LDSX_##nm: DST = (uint64_t)(int64_t)(s)load_##nm(AT(src_reg)); NEXT;
#define ST(nm, size, bits, u, s, ...)	L_ST_##nm: store_##nm(AT(dst_reg), (u)IMM); NEXT;
#define STX(nm, size, bits, u, s, ...)	L_STX_##nm: store_##nm(AT(dst_reg), (u)SRC); NEXT;

static uint64_t interp_loop(struct interp *vm, const struct bpf_insn *pc, const uint64_t *args)
{
	static const void *const jump[256] = {
		ISA_ALU_LIST(ALU_AT, NOTHING, 0x0f, _64X) ISA_ALU_LIST(ALU_AT, NOTHING, 0x07, _64K)
		ISA_ALU_LIST(ALU_AT, NOTHING, 0x0c, _32X) ISA_ALU_LIST(ALU_AT, NOTHING, 0x04, _32K)
		FIRST(0x87, NEG_64) FIRST(0x84, NEG_32)
		FIRST(0xd4, LE) FIRST(0xdc, SWAP) FIRST(0xd7, SWAP)
		ISA_JMP_LIST(JMP_AT, 0x0d, _64X) ISA_JMP_LIST(JMP_AT, 0x05, _64K)
		ISA_JMP_LIST(JMP_AT, 0x0e, _32X) ISA_JMP_LIST(JMP_AT, 0x06, _32K)
		FIRST(0x05, JA) FIRST(0x06, JA32) FIRST(0xe5, MAY_GOTO)
		FIRST(0x85, CALL) FIRST(0x8d, CALLX) FIRST(0x95, EXIT)
		ISA_MEM_LIST(MEM_AT, 0x61, LDX_) ISA_MEMSX_LIST(MEM_AT, 0x81, LDSX_)
		ISA_MEM_LIST(MEM_AT, 0x62, ST_) ISA_MEM_LIST(MEM_AT, 0x63, STX_)
		FIRST(0xc3, ATOMIC) FIRST(0xdb, ATOMIC) FIRST(0xcb, ATOMIC) FIRST(0xd3, ATOMIC)
		FIRST(0x18, WIDE)
		FIRST(0x20, PACKET) FIRST(0x28, PACKET) FIRST(0x30, PACKET)
		FIRST(0x40, PACKET) FIRST(0x48, PACKET) FIRST(0x50, PACKET)
	};
	static const void *const variant[ISA_N_OP] = {
		ISA_ALU_LIST(NOTHING, ALU_V, _64X) ISA_ALU_LIST(NOTHING, ALU_V, _64K)
		ISA_ALU_LIST(NOTHING, ALU_V, _32X) ISA_ALU_LIST(NOTHING, ALU_V, _32K)
		ISA_MOVSX64_LIST(SX_V, _64X) ISA_MOVSX32_LIST(SX_V, _32X)
		[ISA_CAST_64X] = &&L_CAST_64X,
	};
	const uint32_t base = vm->depth;
	uint64_t r[11] = { 0, args[1], args[2], args[3], args[4], args[5] };

	memset(vm->stack[base], 0, FRAME_BYTES);
	r[10] = frame_top(vm, base);
	GO;

	ISA_ALU_LIST(ALU_R, ALU_VARIANT, 64, _64X, SRC)
	ISA_ALU_LIST(ALU_R, ALU_VARIANT, 64, _64K, IMM)
	ISA_ALU_LIST(ALU_R, ALU_VARIANT, 32, _32X, SRC32)
	ISA_ALU_LIST(ALU_R, ALU_VARIANT, 32, _32K, IMM32)
	ISA_MOVSX64_LIST(SX, 64, _64X)
	ISA_MOVSX32_LIST(SX, 32, _32X)
L_CAST_64X: DST = SRC; NEXT;
L_NEG_64: DST = 0 - DST; NEXT;
L_NEG_32: DST = (uint32_t)(0 - (uint32_t)DST); NEXT;
L_LE: DST = isa_end(ISA_END_LE, IMM32, DST); NEXT;
L_SWAP: DST = isa_end(ISA_END_BSWAP, IMM32, DST); NEXT;
	ISA_JMP_LIST(JMP, 64, _64X, SRC)
	ISA_JMP_LIST(JMP, 64, _64K, IMM)
	ISA_JMP_LIST(JMP, 32, _32X, SRC32)
	ISA_JMP_LIST(JMP, 32, _32K, IMM32)
L_JA: pc += pc->off; NEXT;
L_JA32: pc += pc->imm; NEXT;
L_MAY_GOTO:
	if (vm->run->fuel)
		vm->run->fuel--;
	else
		pc += pc->off;
	NEXT;
	ISA_MEM_LIST(LDX, )
	ISA_MEMSX_LIST(LDSX, )
	ISA_MEM_LIST(ST, )
	ISA_MEM_LIST(STX, )
L_ATOMIC: {
	const struct isa_row *row = isa_row((enum isa_op)isa_decode(pc, NULL));

	atomic_execute(row, pc, r[atomic_base_reg(row, pc)] + (uint64_t)(int64_t)pc->off, r);
	NEXT;
}
L_WIDE: DST = wide_value(pc); pc++; NEXT;
L_CALL: pc = call(vm, r, pc); goto called;
L_CALLX: pc = callx(vm, r, pc);
called:
	if (pc)
		GO;
	if (vm->error || vm->depth == base)
		return r[0];
	pc = leave(vm, r);
	GO;
L_PACKET:
	if (load_packet(pc, r))
		NEXT;
L_EXIT:
	if (vm->depth == base)
		return r[0];
	pc = leave(vm, r);
	GO;
}
/* clang-format on */

uint64_t interp_run(const struct code *code, void *ctx, struct run *run)
{
	const uint64_t args[6] = { 0, (uint64_t)ctx };
	const struct run outer = *run;
	struct interp vm;
	uint64_t r0;

	vm.raw = NULL;
	vm.run = run;
	vm.depth = 0;
	vm.error = NULL;
	use_code(&vm, code);
	run->engine = &vm;
	run->invoke = interp_invoke;
	r0 = interp_loop(&vm, vm.insns, args);
	run->engine = outer.engine;
	run->invoke = outer.invoke;
	return r0;
}

int interp_raw(const struct raw_prog *prog, void *mem, size_t len, uint64_t *ret_r0,
	       struct text *why)
{
	const uint64_t args[6] = { 0, (uint64_t)mem, len };
	struct run run = { .fuel = RAW_FUEL };
	struct interp vm;
	uint64_t r0;

	vm.code = NULL;
	vm.raw = prog;
	vm.insns = prog->insns;
	vm.n_insns = prog->n_insns;
	vm.run = &run;
	vm.depth = 0;
	vm.error = NULL;
	r0 = interp_loop(&vm, vm.insns, args);
	if (vm.error) {
		text_add(why, "%s", vm.error);
		return -EFAULT;
	}
	*ret_r0 = r0;
	return 0;
}
