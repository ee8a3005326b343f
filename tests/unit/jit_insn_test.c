/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does machine code compute what RFC 9669 says?  Every row of isa.def with every combination of
 * registers on edge values, against an evaluator written here by hand: isa.def's own expressions
 * feed the interpreter and the verifier and cannot be their own judge.  Each instruction runs
 * between code that loads and stores all registers, so that a clobbered one is found too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "isa/isa.h"
#include "jit/jit.h"
#include "support/rng.h"

enum {
	N_REGS = 10,
	MEM_SIZE = 1 << 17,
	MEM_MID = MEM_SIZE / 2,
	STACK = 512
};

/* Registers r0-r9 and where a branch went. */
struct state {
	uint64_t r[N_REGS];
	uint64_t branch;
};

struct test {
	struct bpf_insn insns[128];
	uint32_t n;
	struct state in, out;
	struct jit_image *image;
	struct code_pool *pool;
	enum jit_tier tier;
	struct run run;
	uint32_t n_compiled;
};

static uint8_t memory[MEM_SIZE] __attribute__((aligned(16))), model_memory[MEM_SIZE];

static const uint64_t edges[] = {
	0,
	1,
	2,
	7,
	31,
	32,
	33,
	63,
	64,
	0x7f,
	0x80,
	0xff,
	0x100,
	0x7fff,
	0x8000,
	0xffff,
	0x7fffffff,
	0x80000000,
	0xfffffffe,
	0xffffffff,
	0x100000000,
	0x123456789abcdef0,
	0x7fffffffffffffff,
	0x8000000000000000,
	0x8000000000000001,
	0xfffffffffffffffe,
	0xffffffffffffffff,
	0xffffffff80000000,
};
enum {
	N_EDGES = sizeof(edges) / sizeof(edges[0])
};

static const int32_t imms[] = { 0,   1,   2,    3,    7,     31,     32,       64,        127,
				128, 129, 255,  256,  65535, 65536,  1 << 30,  INT32_MAX, -1,
				-2,  -7,  -127, -128, -129,  -65536, INT32_MIN };
enum {
	N_IMMS = sizeof(imms) / sizeof(imms[0])
};

/*
 * The evaluator.
 */

static uint64_t narrow(uint64_t v, unsigned int bits)
{
	return bits == 64 ? v : v & ((1ULL << bits) - 1);
}

static int64_t sign(uint64_t v, unsigned int bits)
{
	uint64_t top = 1ULL << (bits - 1);

	v = narrow(v, bits);
	return (int64_t)((v ^ top) - top);
}

static uint64_t sdiv(int64_t a, int64_t b, bool want_rest)
{
	uint64_t ua = a < 0 ? 0 - (uint64_t)a : (uint64_t)a;
	uint64_t ub = b < 0 ? 0 - (uint64_t)b : (uint64_t)b;
	uint64_t q, r;

	if (!b)
		return want_rest ? (uint64_t)a : 0;
	q = ua / ub;
	r = ua - q * ub;
	if ((a < 0) != (b < 0))
		q = 0 - q;
	if (a < 0)
		r = 0 - r;
	return want_rest ? r : q;
}

static uint64_t eval_alu(enum isa_alu op, unsigned int bits, uint64_t a, uint64_t b)
{
	unsigned int n = (unsigned int)b & (bits - 1);
	uint64_t ua = narrow(a, bits), ub = narrow(b, bits), v = 0;

	switch (op) {
	case ISA_ALU_ADD: v = ua + ub; break;
	case ISA_ALU_SUB: v = ua - ub; break;
	case ISA_ALU_MUL: v = ua * ub; break;
	case ISA_ALU_DIV: v = ub ? ua / ub : 0; break;
	case ISA_ALU_SDIV: v = sdiv(sign(a, bits), sign(b, bits), false); break;
	case ISA_ALU_OR: v = ua | ub; break;
	case ISA_ALU_AND: v = ua & ub; break;
	case ISA_ALU_LSH: v = ua << n; break;
	case ISA_ALU_RSH: v = ua >> n; break;
	case ISA_ALU_MOD: v = ub ? ua % ub : ua; break;
	case ISA_ALU_SMOD: v = sdiv(sign(a, bits), sign(b, bits), true); break;
	case ISA_ALU_XOR: v = ua ^ ub; break;
	case ISA_ALU_ARSH: v = (uint64_t)(sign(a, bits) >> n); break;
	case ISA_ALU_MOV: v = ub; break;
	case ISA_N_ALU: break;
	}
	return narrow(v, bits);
}

static bool eval_cond(enum isa_cond op, unsigned int bits, uint64_t a, uint64_t b)
{
	uint64_t ua = narrow(a, bits), ub = narrow(b, bits);
	int64_t sa = sign(a, bits), sb = sign(b, bits);

	switch (op) {
	case ISA_COND_JEQ: return ua == ub;
	case ISA_COND_JNE: return ua != ub;
	case ISA_COND_JGT: return ua > ub;
	case ISA_COND_JGE: return ua >= ub;
	case ISA_COND_JLT: return ua < ub;
	case ISA_COND_JLE: return ua <= ub;
	case ISA_COND_JSET: return (ua & ub) != 0;
	case ISA_COND_JSGT: return sa > sb;
	case ISA_COND_JSGE: return sa >= sb;
	case ISA_COND_JSLT: return sa < sb;
	case ISA_COND_JSLE: return sa <= sb;
	case ISA_N_COND: break;
	}
	return false;
}

static uint64_t eval_end(enum isa_end op, unsigned int bits, uint64_t a)
{
	uint64_t v = 0;

	if (op == ISA_END_LE)
		return narrow(a, bits);
	for (unsigned int i = 0; i < bits; i += 8)
		v |= (a >> i & 0xff) << (bits - 8 - i);
	return v;
}

static uint64_t read_mem(uint64_t addr, unsigned int bits)
{
	const uint8_t *m = model_memory + (addr - (uint64_t)(uintptr_t)memory);
	uint64_t v = 0;

	for (unsigned int i = 0; i < bits / 8; i++)
		v |= (uint64_t)m[i] << 8 * i;
	return v;
}

static void write_mem(uint64_t addr, unsigned int bits, uint64_t v)
{
	uint8_t *m = model_memory + (addr - (uint64_t)(uintptr_t)memory);

	for (unsigned int i = 0; i < bits / 8; i++)
		m[i] = (uint8_t)(v >> 8 * i);
}

static void eval_atomic(enum isa_atomic op, unsigned int bits, uint64_t addr, uint64_t *r,
			unsigned int src)
{
	uint64_t old = read_mem(addr, bits), v = narrow(r[src], bits);

	switch (op) {
	case ISA_ATOMIC_ADD: write_mem(addr, bits, old + v); return;
	case ISA_ATOMIC_OR: write_mem(addr, bits, old | v); return;
	case ISA_ATOMIC_AND: write_mem(addr, bits, old & v); return;
	case ISA_ATOMIC_XOR: write_mem(addr, bits, old ^ v); return;
	case ISA_ATOMIC_FETCH_ADD: write_mem(addr, bits, old + v); break;
	case ISA_ATOMIC_FETCH_OR: write_mem(addr, bits, old | v); break;
	case ISA_ATOMIC_FETCH_AND: write_mem(addr, bits, old & v); break;
	case ISA_ATOMIC_FETCH_XOR: write_mem(addr, bits, old ^ v); break;
	case ISA_ATOMIC_XCHG: write_mem(addr, bits, v); break;
	case ISA_ATOMIC_CMPXCHG:
		if (old == narrow(r[0], bits))
			write_mem(addr, bits, v);
		r[0] = old;
		return;
	case ISA_N_ATOMIC: return;
	}
	r[src] = old;
}

/* One instruction on a model state. */
static void eval(struct state *s, const struct bpf_insn *insn, const struct isa_row *row)
{
	uint64_t *d = &s->r[insn->dst_reg], a = *d, b = s->r[insn->src_reg];
	uint64_t imm = (uint64_t)(int64_t)insn->imm, off = (uint64_t)(int64_t)insn->off;

	switch ((enum isa_form)row->form) {
	case ISA_F_ALU_X: *d = eval_alu(row->op, row->bits, a, b); break;
	case ISA_F_ALU_K: *d = eval_alu(row->op, row->bits, a, imm); break;
	case ISA_F_MOVSX:
		*d = narrow((uint64_t)sign(b, (unsigned int)row->sel_value), row->bits);
		break;
	case ISA_F_NEG: *d = narrow(0 - a, row->bits); break;
	case ISA_F_END: *d = eval_end(row->op, row->bits, a); break;
	case ISA_F_JMP_X: s->branch = eval_cond(row->op, row->bits, a, b); break;
	case ISA_F_JMP_K: s->branch = eval_cond(row->op, row->bits, a, imm); break;
	case ISA_F_JA:
	case ISA_F_JA32: s->branch = 1; break;
	case ISA_F_LDX:
	case ISA_F_LOAD_ACQ: *d = read_mem(b + off, row->bits); break;
	case ISA_F_LDSX: *d = (uint64_t)sign(read_mem(b + off, row->bits), row->bits); break;
	case ISA_F_ST: write_mem(a + off, row->bits, imm); break;
	case ISA_F_STX:
	case ISA_F_STORE_REL: write_mem(a + off, row->bits, b); break;
	case ISA_F_ATOMIC: eval_atomic(row->op, row->bits, a + off, s->r, insn->src_reg); break;
	case ISA_F_LD_IMM64:
		*d = (uint32_t)insn[0].imm | (uint64_t)(uint32_t)insn[1].imm << 32;
		break;
	case ISA_F_CAST:
	case ISA_F_MAY_GOTO:
	case ISA_F_CALL:
	case ISA_F_CALL_SUB:
	case ISA_F_CALL_KFUNC:
	case ISA_F_CALLX:
	case ISA_F_EXIT:
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: fail_msg("%s has no evaluation", row->name);
	}
}

/*
 * The harness.
 */

static void put(struct test *t, uint8_t code, unsigned int dst, unsigned int src, int off, int imm)
{
	t->insns[t->n++] = (struct bpf_insn){
		.code = code,
		.dst_reg = (uint8_t)dst & 0xf,
		.src_reg = (uint8_t)src & 0xf,
		.off = (int16_t)off,
		.imm = imm,
	};
}

static void put_address(struct test *t, unsigned int dst, const void *p)
{
	uint64_t v = (uint64_t)(uintptr_t)p;

	put(t, 0x18, dst, 0, 0, (int32_t)v);
	put(t, 0, 0, 0, 0, (int32_t)(v >> 32));
}

/* Loads t->in, runs the instructions, stores t->out.  A branch goes to where branch is set to 1. */
static void build(struct test *t, const struct bpf_insn *insn, uint32_t n)
{
	t->n = 0;
	put_address(t, 9, &t->in);
	for (unsigned int r = 0; r < N_REGS; r++)
		put(t, 0x79, r, 9, (int)(8 * r), 0);
	for (uint32_t i = 0; i < n; i++)
		t->insns[t->n++] = insn[i];
	put(t, 0x7a, 10, 0, -8, 0);
	put(t, 0x05, 0, 0, 1, 0);
	put(t, 0x7a, 10, 0, -8, 1);
	for (unsigned int r = 0; r < N_REGS; r++)
		put(t, 0x7b, 10, r, -16 - (int)(8 * r), 0);
	put_address(t, 1, &t->out);
	for (unsigned int r = 0; r < N_REGS; r++) {
		put(t, 0x79, 2, 10, -16 - (int)(8 * r), 0);
		put(t, 0x7b, 1, 2, (int)(8 * r), 0);
	}
	put(t, 0x79, 2, 10, -8, 0);
	put(t, 0x7b, 1, 2, offsetof(struct state, branch), 0);
	put(t, 0xb7, 0, 0, 0, 77);
	put(t, 0x95, 0, 0, 0, 0);
}

static int compile(struct test *t, bool raw)
{
	struct verify_subprog main = { .end = t->n, .stack = STACK, .reachable = true };
	struct verify_facts facts = {
		.insns = t->insns,
		.n_insns = t->n,
		.subprogs = &main,
		.n_subprogs = 1,
	};
	/* With what this machine has, and without; the optimiser wants it. */
	bool without = t->tier == JIT_PLAIN && t->n_compiled++ & 2;
	enum jit_cpu cpu = without ? JIT_CPU_FIRST : JIT_CPU_THIS;
	struct code code = { .facts = &facts, .pool = t->pool, .tier = t->tier, .cpu = cpu };
	struct raw_prog prog = { .insns = t->insns, .n_insns = t->n, .tier = t->tier, .cpu = cpu };
	int err = raw ? jit_compile_raw(&prog, &t->image) : jit_compile(&code, &t->image);

	if (!err)
		assert_int_equal(t->image->tier, t->tier);
	return err;
}

static void start(struct test *t, const struct bpf_insn *insn, bool raw)
{
	build(t, insn, isa_is_wide(insn->code) ? 2 : 1);
	assert_int_equal(compile(t, raw), 0);
}

static void stop(struct test *t)
{
	t->image = jit_free(t->image);
}

static void check(struct test *t, const struct bpf_insn *insn, const struct isa_row *row)
{
	struct state want = t->in;

	want.branch = 0;
	eval(&want, insn, row);
	memset(&t->out, 0xee, sizeof(t->out));
	assert_int_equal(t->image->entry(NULL, &t->run), 77);
	for (unsigned int r = 0; r < N_REGS; r++)
		if (t->out.r[r] != want.r[r])
			fail_msg("%s dst r%u src r%u off %d imm %d: r%u is %#lx, want %#lx (dst "
				 "was %#lx, src %#lx)",
				 row->name, insn->dst_reg, insn->src_reg, insn->off, insn->imm, r,
				 t->out.r[r], want.r[r], t->in.r[insn->dst_reg],
				 t->in.r[insn->src_reg]);
	if (t->out.branch != want.branch)
		fail_msg("%s dst r%u src r%u imm %d: branch %lu", row->name, insn->dst_reg,
			 insn->src_reg, insn->imm, t->out.branch);
}

static void fill(struct test *t, struct rng *rng)
{
	for (unsigned int r = 0; r < N_REGS; r++)
		t->in.r[r] = rng_next(rng);
}

static struct bpf_insn encode(const struct isa_row *row, unsigned int dst, unsigned int src)
{
	struct bpf_insn insn = { .code = row->opcode, .dst_reg = (uint8_t)dst & 0xf };

	insn.src_reg = (uint8_t)src & 0xf;
	if (row->sel == ISA_SEL_OFF)
		insn.off = (int16_t)row->sel_value;
	if (row->sel == ISA_SEL_IMM)
		insn.imm = row->sel_value;
	return insn;
}

/* Register forms: all pairs of registers, edge values in both. */
static void check_pairs(struct test *t, enum isa_op op, int off)
{
	const struct isa_row *row = isa_row(op);
	struct rng rng = { .state = op };

	for (unsigned int k = 0; k < N_REGS * N_REGS; k++) {
		struct bpf_insn insn = encode(row, k / N_REGS, k % N_REGS);

		if (off)
			insn.off = (int16_t)off;
		start(t, &insn, k & 1);
		for (unsigned int v = 0; v < N_EDGES * N_EDGES; v++) {
			fill(t, &rng);
			t->in.r[insn.src_reg] = edges[v % N_EDGES];
			t->in.r[insn.dst_reg] = edges[v / N_EDGES];
			check(t, &insn, row);
		}
		stop(t);
	}
}

/* Immediate forms: all registers, edge immediates, edge values. */
static void check_imms(struct test *t, enum isa_op op, int off)
{
	const struct isa_row *row = isa_row(op);
	struct rng rng = { .state = op };

	for (unsigned int k = 0; k < N_REGS * N_IMMS; k++) {
		struct bpf_insn insn = encode(row, k / N_IMMS, 0);

		insn.imm = imms[k % N_IMMS];
		if (off)
			insn.off = (int16_t)off;
		start(t, &insn, k & 1);
		for (unsigned int v = 0; v < N_EDGES; v++) {
			fill(t, &rng);
			t->in.r[insn.dst_reg] = edges[v];
			check(t, &insn, row);
		}
		stop(t);
	}
}

static void check_unary(struct test *t, enum isa_op op)
{
	const struct isa_row *row = isa_row(op);
	struct rng rng = { .state = op };

	for (unsigned int dst = 0; dst < N_REGS; dst++) {
		struct bpf_insn insn = encode(row, dst, 0);

		start(t, &insn, dst & 1);
		for (unsigned int v = 0; v < N_EDGES; v++) {
			fill(t, &rng);
			t->in.r[dst] = edges[v];
			check(t, &insn, row);
		}
		stop(t);
	}
}

static const int16_t offs[] = { 0, 1, 8, -8, 127, 128, -128, -129, 4096, 32760, -32768 };

/* Memory forms: all pairs of registers, offsets of every encoding. */
static void check_memory(struct test *t, enum isa_op op)
{
	const struct isa_row *row = isa_row(op);
	bool base_is_src =
		row->form == ISA_F_LDX || row->form == ISA_F_LDSX || row->form == ISA_F_LOAD_ACQ;
	bool is_aligned = row->form == ISA_F_ATOMIC || row->form == ISA_F_LOAD_ACQ ||
			  row->form == ISA_F_STORE_REL;
	struct rng rng = { .state = op };

	for (unsigned int k = 0; k < N_REGS * N_REGS * sizeof(offs) / sizeof(offs[0]); k++) {
		struct bpf_insn insn = encode(row, k / N_REGS % N_REGS, k % N_REGS);
		unsigned int base = base_is_src ? insn.src_reg : insn.dst_reg;
		uint32_t at = MEM_MID;

		insn.off = offs[k / (N_REGS * N_REGS)];
		if (is_aligned)
			at += (uint32_t)-insn.off % 8;
		at += (uint32_t)insn.off;
		if (row->form == ISA_F_ST)
			insn.src_reg = 0;
		if (row->form == ISA_F_ST)
			insn.imm = imms[k % N_IMMS];
		start(t, &insn, k & 1);
		for (unsigned int v = 0; v < 4; v++) {
			uint64_t value = rng_value(&rng);

			fill(t, &rng);
			memset(memory + at - 16, 0xa5, 48);
			memcpy(memory + at, &value, 8);
			if (v & 1)
				t->in.r[0] = value;
			t->in.r[base] = (uint64_t)(uintptr_t)(memory + at - insn.off);
			memcpy(model_memory + at - 16, memory + at - 16, 48);
			check(t, &insn, row);
			assert_memory_equal(memory + at - 16, model_memory + at - 16, 48);
		}
		stop(t);
	}
}

static void check_wide(struct test *t)
{
	for (unsigned int k = 0; k < N_REGS * N_EDGES; k++) {
		uint64_t v = edges[k % N_EDGES];
		struct bpf_insn insn[2] = {
			{ .code = 0x18,
			  .dst_reg = (uint8_t)(k / N_EDGES) & 0xf,
			  .imm = (int32_t)v },
			{ .imm = (int32_t)(v >> 32) },
		};

		start(t, insn, k & 1);
		check(t, insn, isa_row(ISA_LD_IMM64));
		stop(t);
	}
}

/* Every immediate with a branch of the long form. */
static void check_far_jumps(struct test *t, enum isa_op op)
{
	struct jit_image *image = NULL;

	for (unsigned int k = 0; k < N_REGS * N_IMMS; k++) {
		struct bpf_insn insn = encode(isa_row(op), k / N_IMMS, 0);

		insn.imm = imms[k % N_IMMS];
		insn.off = 100;
		t->n = 0;
		t->insns[t->n++] = insn;
		while (t->n <= 100)
			put(t, 0x7a, 10, 0, -8, 0);
		put(t, 0x95, 0, 0, 0, 0);
		assert_int_equal(compile(t, true), 0);
		image = t->image;
		t->image = NULL;
		assert_true(image->insn_off[101] - image->insn_off[0] > 127);
		jit_free(image);
	}
}

/* Returns whether the form is tested here. */
static bool check_row(struct test *t, enum isa_op op)
{
	switch ((enum isa_form)isa_row(op)->form) {
	case ISA_F_ALU_X:
	case ISA_F_MOVSX: check_pairs(t, op, 0); return true;
	case ISA_F_JMP_X: check_pairs(t, op, 2); return true;
	case ISA_F_ALU_K: check_imms(t, op, 0); return true;
	case ISA_F_JMP_K:
		check_imms(t, op, 2);
		/* The other tier leaves nothing of what is jumped over. */
		if (t->tier == JIT_PLAIN)
			check_far_jumps(t, op);
		return true;
	case ISA_F_NEG:
	case ISA_F_END: check_unary(t, op); return true;
	case ISA_F_LDX:
	case ISA_F_LDSX:
	case ISA_F_ST:
	case ISA_F_STX:
	case ISA_F_ATOMIC:
	case ISA_F_LOAD_ACQ:
	case ISA_F_STORE_REL: check_memory(t, op); return true;
	case ISA_F_LD_IMM64:
		if (op == ISA_LD_IMM64)
			check_wide(t);
		return op == ISA_LD_IMM64;
	case ISA_F_JA:
	case ISA_F_JA32:
	case ISA_F_CAST:
	case ISA_F_MAY_GOTO:
	case ISA_F_CALL:
	case ISA_F_CALL_SUB:
	case ISA_F_CALL_KFUNC:
	case ISA_F_CALLX:
	case ISA_F_EXIT:
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: return false;
	}
	return false;
}

/* Neighbours that may become one instruction, with every choice of registers. */
static void check_sequence(struct test *t, const struct bpf_insn *insns, uint32_t n, bool raw)
{
	struct rng rng = { .state = n };

	build(t, insns, n);
	assert_int_equal(compile(t, raw), 0);
	for (unsigned int v = 0; v < 20; v++) {
		struct state want;

		for (unsigned int r = 0; r < N_REGS; r++)
			t->in.r[r] = rng_value(&rng);
		want = t->in;
		for (uint32_t i = 0; i < n; i++)
			eval(&want, &insns[i], isa_row((enum isa_op)isa_decode(&insns[i], NULL)));
		assert_int_equal(t->image->entry(NULL, &t->run), 77);
		assert_memory_equal(t->out.r, want.r, sizeof(want.r));
	}
	stop(t);
}

static void check_copy_and_add(struct test *t, unsigned int d, unsigned int s, unsigned int e)
{
	static const uint8_t copies[] = { 0xbf, 0xbc }, adds[] = { 0x0f, 0x0c, 0x07, 0x04, 0x1f };

	for (unsigned int k = 0; k < sizeof(copies) * sizeof(adds); k++) {
		struct bpf_insn pair[2] = {
			{ .code = copies[k % 2], .dst_reg = d & 0xf, .src_reg = s & 0xf },
			{ .code = adds[k / 2], .dst_reg = (k % 3 ? d : s) & 0xf },
		};

		if (pair[1].code & 8)
			pair[1].src_reg = e & 0xf;
		else
			pair[1].imm = imms[(d + s + e) % N_IMMS];
		check_sequence(t, pair, 2, k & 1);
	}
}

static void check_extensions(struct test *t, unsigned int d, unsigned int s, unsigned int e)
{
	static const int counts[] = { 32, 48, 56, 24, 0, 63 };

	for (unsigned int k = 0; k < 2 * 6; k++) {
		int n = counts[k % 6];
		struct bpf_insn three[3] = {
			{ .code = e & 1 ? 0xbc : 0xbf, .dst_reg = d & 0xf, .src_reg = s & 0xf },
			{ .code = 0x67, .dst_reg = (e & 2 ? d : s) & 0xf, .imm = n },
			{ .code = k < 6 ? 0x77 : 0xc7, .dst_reg = d & 0xf, .imm = e == 4 ? 32 : n },
		};

		check_sequence(t, three, 3, k & 1);
	}
}

/* t = x; t >>= a; [y = x]; y <<= b; y |= t and what only looks like it. */
static void check_rotation(struct test *t, unsigned int k, struct rng *rng)
{
	static const int counts[] = { 1, 13, 31, 32, 40 };
	unsigned int x = rng_below(rng, N_REGS), y = rng_below(rng, N_REGS);
	unsigned int tmp = rng_below(rng, N_REGS), wide = k & 1, n = 0;
	int a = counts[k / 4 % 5], bits = k & 1 ? 64 : 32;
	struct bpf_insn five[5];

	if (a >= bits)
		a = 7;
	y = k & 2 ? y : x;
	five[n++] = (struct bpf_insn){ .code = wide ? 0xbf : 0xbc,
				       .dst_reg = tmp & 0xf,
				       .src_reg = x & 0xf };
	five[n++] =
		(struct bpf_insn){ .code = k & 8 ? 0x74 : 0x64, .dst_reg = tmp & 0xf, .imm = a };
	if (k & 2)
		five[n++] = (struct bpf_insn){ .code = wide ? 0xbf : 0xbc,
					       .dst_reg = y & 0xf,
					       .src_reg = x & 0xf };
	five[n++] = (struct bpf_insn){ .code = k & 8 ? 0x64 : 0x74,
				       .dst_reg = y & 0xf,
				       .imm = bits - a - (k % 7 == 0) };
	five[n++] = (struct bpf_insn){ .code = wide ? 0x4f : 0x4c,
				       .dst_reg = y & 0xf,
				       .src_reg = tmp & 0xf };
	for (unsigned int i = 0; i < n; i++)
		if (BPF_CLASS(five[i].code) == BPF_ALU && wide)
			five[i].code |= BPF_ALU64;
	if (a < 1 || bits - a - (k % 7 == 0) < 1)
		return;
	check_sequence(t, five, n, k & 1);
}

static void test_rotations(void **state)
{
	static struct test t;
	struct rng rng = { .state = 5 };

	t.tier = *(const enum jit_tier *)*state;
	assert_int_equal(code_pool_new(&t.pool), 0);
	for (unsigned int k = 0; k < 4000; k++)
		check_rotation(&t, k, &rng);
	code_pool_unref(t.pool);
}

static void test_neighbours(void **state)
{
	static struct test t;

	t.tier = *(const enum jit_tier *)*state;
	assert_int_equal(code_pool_new(&t.pool), 0);
	for (unsigned int k = 0; k < N_REGS * N_REGS * N_REGS; k += 1 + k % 3) {
		unsigned int d = k % N_REGS, s = k / N_REGS % N_REGS, e = k / (N_REGS * N_REGS);

		check_copy_and_add(&t, d, s, e);
		if (e < 5)
			check_extensions(&t, d, s, e);
	}
	code_pool_unref(t.pool);
}

static void test_every_row(void **state)
{
	static struct test t;
	unsigned int n = 0;

	t.tier = *(const enum jit_tier *)*state;
	assert_int_equal(code_pool_new(&t.pool), 0);
	for (int op = 0; op < ISA_N_OP; op++)
		n += check_row(&t, op);
	code_pool_unref(t.pool);
	assert_true(n > 150);
}

#define OF_TIER(test, tier)                                         \
	{                                                           \
#test " " #tier, test, NULL, NULL, &(enum jit_tier) \
		{                                                   \
			tier                                        \
		}                                                   \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		OF_TIER(test_every_row, JIT_PLAIN),  OF_TIER(test_every_row, JIT_OPTIMISED),
		OF_TIER(test_neighbours, JIT_PLAIN), OF_TIER(test_neighbours, JIT_OPTIMISED),
		OF_TIER(test_rotations, JIT_PLAIN),  OF_TIER(test_rotations, JIT_OPTIMISED),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
