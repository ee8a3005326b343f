/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is every encoding that RFC 9669 reserves refused?  All opcode bytes, and of every instruction
 * each field that it does not use or that only takes some values, with values it may not have: by
 * raw_check(), by the conformance plug-in with each engine, and, where bpf(2) is permitted, by the
 * kernel.  What is an instruction is written down here a second time, as the RFC groups it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "isa/isa.h"
#include "run/engine.h"
#include "support/kernel.h"

enum {
	MAX_PROG = 32,
	HELPER = 5, /* the plug-in's first_of_five, the kernel's bpf_ktime_get_ns */
	TAIL = 2    /* instructions behind the one in question */
};

enum field {
	DST,
	SRC,
	OFF,
	IMM,
	N_FIELDS
};

/* Values to try; registers are four bits wide. */
static const int32_t probes[N_FIELDS][8] = {
	[DST] = { 0, 1, 2, 9, 10, 11, 13, 15 },
	[SRC] = { 0, 1, 2, 7, 10, 11, 14, 15 },
	[OFF] = { 0, 1, 2, 8, 32, -1, 64, -32768 },
	[IMM] = { 0, 1, 16, 0x51, -1, 0x110, 64, INT32_MIN },
};

/*
 * The RFC's opinion of one instruction slot.
 */

static bool valid_alu(const struct bpf_insn *i, bool wide)
{
	unsigned int op = i->code & 0xf0, reg = i->code & 8;

	if (op == 0x80) /* neg */
		return !reg && !i->src_reg && !i->off && !i->imm;
	if (op == 0xd0) /* le, be; bswap in the 64-bit class, without a source bit */
		return !(wide && reg) && !i->src_reg && !i->off &&
		       (i->imm == 16 || i->imm == 32 || i->imm == 64);
	if (op > 0xd0 || (reg ? i->imm != 0 : i->src_reg != 0))
		return false;
	if (op == 0x30 || op == 0x90) /* division: signed with offset 1 */
		return i->off == 0 || i->off == 1;
	if (op == 0xb0 && reg) /* sign extension */
		return i->off == 0 || i->off == 8 || i->off == 16 || (i->off == 32 && wide);
	return !i->off;
}

static bool valid_call(const struct bpf_insn *i)
{
	if (i->code == 0x8d) /* callx: the register is in dst */
		return !i->src_reg && !i->off && !i->imm;
	/* Helper, local function; of a kernel function `off` names the BTF. */
	return !i->dst_reg && i->src_reg <= 2 && (i->src_reg == 2 || !i->off);
}

static bool valid_jump(const struct bpf_insn *i, bool wide)
{
	unsigned int op = i->code & 0xf0, reg = i->code & 8;

	if (op == 0)
		return !reg && !i->dst_reg && !i->src_reg && !(wide ? i->imm : i->off);
	if (op == 0x80)
		return wide && valid_call(i);
	if (op == 0x90)
		return wide && !reg && !i->dst_reg && !i->src_reg && !i->off && !i->imm;
	if (op == 0xe0) /* may_goto: Linux, not the RFC */
		return wide && !reg && !i->dst_reg && !i->src_reg && !i->imm;
	return op < 0xe0 && (reg ? !i->imm : !i->src_reg);
}

static bool valid_atomic(const struct bpf_insn *i)
{
	static const int32_t ops[] = { 0, 0x40, 0x50, 0xa0, 1, 0x41, 0x51, 0xa1, 0xe1, 0xf1 };
	bool word = (i->code & 0x18) == 0x00 || (i->code & 0x18) == 0x18;

	if (i->imm == 0x100 || i->imm == 0x110) /* acquire, release: Linux, any width */
		return true;
	for (size_t n = 0; word && n < sizeof(ops) / sizeof(ops[0]); n++)
		if (i->imm == ops[n])
			return true;
	return false;
}

static bool valid_memory(const struct bpf_insn *i)
{
	unsigned int mode = i->code & 0xe0, size = i->code & 0x18;

	switch (i->code & 7) {
	case BPF_LD:
		if (mode == 0)
			return size == 0x18 && i->src_reg <= 6 && !i->off;
		return (mode == 0x20 || mode == 0x40) && size != 0x18 && !i->dst_reg && !i->off &&
		       (mode == 0x40 || !i->src_reg);
	case BPF_LDX: return (mode == 0x60 || (mode == 0x80 && size != 0x18)) && !i->imm;
	case BPF_ST: return mode == 0x60 && !i->src_reg;
	case BPF_STX: return mode == 0x60 ? !i->imm : mode == 0xc0 && valid_atomic(i);
	}
	return false;
}

static bool rfc_valid(const struct bpf_insn *i)
{
	/* addr_space_cast: Linux. */
	if (i->code == 0xbf && i->off == 1)
		return i->dst_reg <= 10 && i->src_reg <= 10;
	if (i->dst_reg > 10 || i->src_reg > 10)
		return false;
	switch (i->code & 7) {
	case BPF_ALU: return valid_alu(i, false);
	case BPF_ALU64: return valid_alu(i, true);
	case BPF_JMP: return valid_jump(i, true);
	case BPF_JMP32: return valid_jump(i, false);
	}
	return valid_memory(i);
}

/*
 * Programs around an instruction: every register holds a number, or where memory is meant the
 * frame.
 */

struct program {
	struct bpf_insn insns[MAX_PROG];
	uint32_t n, at;
};

static void add(struct program *p, uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
	p->insns[p->n++] = (struct bpf_insn){
		.code = code, .dst_reg = dst & 0xf, .src_reg = src & 0xf, .off = off, .imm = imm
	};
}

static void wrap(const struct bpf_insn *i, struct program *ret)
{
	ret->n = 0;
	add(ret, 0xbf, 6, 1, 0, 0); /* r6 = r1: packet loads want the context there */
	add(ret, 0x7a, 10, 0, -8, 7);
	for (uint8_t r = 0; r < 10; r++)
		if (r != 1 && r != 6)
			add(ret, 0xb7, r, 0, 0, 1);
	ret->at = ret->n;
	ret->insns[ret->n++] = *i;
	if (isa_is_wide(i->code))
		add(ret, 0, 0, 0, 0, 0);
	if (i->code == 0x95)
		return;
	add(ret, 0xb7, 0, 0, 0, 0);
	add(ret, 0x95, 0, 0, 0, 0);
	if (i->code == 0x85 && i->src_reg == BPF_PSEUDO_CALL) {
		add(ret, 0xb7, 0, 0, 0, 0);
		add(ret, 0x95, 0, 0, 0, 0);
	}
}

/* An instruction of that row in a program that could be loaded. */
static struct bpf_insn base_of(const struct isa_row *row)
{
	struct bpf_insn i = { .code = row->opcode, .dst_reg = 2, .src_reg = 3 };

	switch ((enum isa_form)row->form) {
	case ISA_F_LDX:
	case ISA_F_LDSX:
	case ISA_F_LOAD_ACQ:
		i.src_reg = 10;
		i.off = -8;
		break;
	case ISA_F_ST:
	case ISA_F_STX:
	case ISA_F_STORE_REL:
	case ISA_F_ATOMIC:
		i.dst_reg = 10;
		i.off = -8;
		break;
	case ISA_F_CALL: i.imm = HELPER; break;
	case ISA_F_CALL_SUB: i.imm = TAIL; break;
	case ISA_F_CALL_KFUNC:
	case ISA_F_ALU_X:
	case ISA_F_ALU_K:
	case ISA_F_MOVSX:
	case ISA_F_CAST:
	case ISA_F_NEG:
	case ISA_F_END:
	case ISA_F_JMP_X:
	case ISA_F_JMP_K:
	case ISA_F_JA:
	case ISA_F_JA32:
	case ISA_F_MAY_GOTO:
	case ISA_F_CALLX:
	case ISA_F_EXIT:
	case ISA_F_LD_IMM64:
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: break;
	}
	switch ((enum isa_sel)row->sel) {
	case ISA_SEL_NONE: break;
	case ISA_SEL_OFF: i.off = (int16_t)row->sel_value; break;
	case ISA_SEL_IMM: i.imm = row->sel_value; break;
	case ISA_SEL_SRC: i.src_reg = (uint8_t)(row->sel_value & 0xf); break;
	}
	/* What is still in the way is a field that the instruction does not have. */
	if (!rfc_valid(&i) && i.src_reg == 3)
		i.src_reg = 0;
	if (!rfc_valid(&i) && i.dst_reg == 2)
		i.dst_reg = 0;
	return i;
}

struct tally {
	unsigned int n, failed;
	unsigned int encodings, refused_by_kernel;
	bool kernel, any_failed;
	const char *plugin, *why;
};

static void fail(struct tally *t, const struct bpf_insn *i, const char *what)
{
	t->failed++;
	printf("# %02x dst %u src %u off %d imm %#x: %s\n", i->code, i->dst_reg, i->src_reg, i->off,
	       (unsigned int)i->imm, what);
}

static void report(struct tally *t, const char *name)
{
	printf("%sok %u - %s\n", t->failed ? "not " : "", ++t->n, name);
	t->any_failed |= t->failed != 0;
	t->failed = 0;
}

static int kernel_says(const struct bpf_insn *i)
{
	static const uint32_t socket_filter = BPF_PROG_TYPE_SOCKET_FILTER;
	struct program p;
	int fd;

	wrap(i, &p);
	fd = kernel_prog_load(
		&(struct kernel_prog){ .type = socket_filter, .insns = p.insns, .n_insns = p.n });
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

static uint64_t no_op(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	return a + b + c + d + e;
}

static int we_say(const struct bpf_insn *i, struct text *why)
{
	static const raw_fn fns[] = { [HELPER] = no_op };
	struct program p;

	wrap(i, &p);
	return raw_check(
		&(struct raw_prog){
			.insns = p.insns, .n_insns = p.n, .fns = fns, .n_fns = HELPER + 1 },
		why);
}

/* Exit status of the plug-in, or 0 where it printed a result or nothing to say why not. */
static int plugin_says(const struct tally *t, const struct bpf_insn *i, const char *engine)
{
	struct program p;
	int in[2], out[2], err[2], status;
	char hex[MAX_PROG * 24 + 2], said[256];
	size_t n = 0;
	ssize_t out_bytes, err_bytes;
	pid_t pid;

	wrap(i, &p);
	for (size_t b = 0; b < p.n * sizeof(p.insns[0]); b++)
		n += (size_t)sprintf(hex + n, "%02x ", ((const uint8_t *)p.insns)[b]);
	hex[n++] = '\n';
	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
		execl(t->plugin, t->plugin, "--engine", engine, (char *)NULL);
		_exit(0);
	}
	close(in[0]);
	close(out[1]);
	close(err[1]);
	if (write(in[1], hex, n) < 0)
		said[0] = '\0';
	close(in[1]);
	out_bytes = read(out[0], said, sizeof(said));
	err_bytes = read(err[0], said, sizeof(said));
	close(out[0]);
	close(err[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 0;
	return out_bytes == 0 && err_bytes > 1 ? WEXITSTATUS(status) : 0;
}

static void must_be_refused(struct tally *t, const struct bpf_insn *i, bool ask_kernel, bool run)
{
	static const char *const engines[] = { "jit", "interp", "check" };
	char buf[128];
	struct text why;

	t->encodings++;
	text_init(&why, buf, sizeof(buf));
	if (we_say(i, &why) != -EINVAL || !buf[0])
		fail(t, i, "is not refused");
	for (int e = 0; run && e < 3; e++)
		if (plugin_says(t, i, engines[e]) != 1)
			fail(t, i, "is not refused by the plug-in");
	/* Linux does not look at the offset of an exit. */
	if (ask_kernel && !(i->code == 0x95 && i->off)) {
		int err = kernel_says(i);

		if (err == -EINVAL)
			t->refused_by_kernel++;
		else
			fail(t, i, err ? "the kernel does not say EINVAL" : "the kernel accepts");
	}
}

static void set_field(struct bpf_insn *i, enum field f, int32_t value)
{
	switch (f) {
	case DST: i->dst_reg = value & 0xf; return;
	case SRC: i->src_reg = value & 0xf; return;
	case OFF: i->off = (int16_t)value; return;
	case IMM: i->imm = value; return;
	case N_FIELDS: return;
	}
}

/* Each field of one instruction, each value; what the RFC does not know must be refused. */
static void vary(struct tally *t, const struct bpf_insn *base)
{
	const char *why;
	bool kernel = t->kernel && kernel_says(base) == 0;

	if (isa_decode(base, &why) < 0)
		fail(t, base, why);
	for (enum field f = DST; f < N_FIELDS; f++) {
		bool shown = false;

		for (int n = 0; n < 8; n++) {
			struct bpf_insn i = *base;

			set_field(&i, f, probes[f][n]);
			if (rfc_valid(&i)) {
				if (isa_decode(&i, &why) < 0)
					fail(t, &i, why);
				continue;
			}
			must_be_refused(t, &i, kernel, !shown);
			shown = true;
		}
	}
}

/* All opcode bytes with all combinations of the values above: the decoder against the RFC. */
static void test_decoder(struct tally *t)
{
	uint64_t n = 0, valid = 0;

	for (uint32_t x = 0; x < 256u << 12; x++) {
		struct bpf_insn i = { .code = (uint8_t)(x >> 12) };
		bool known;

		for (enum field f = DST; f < N_FIELDS; f++)
			set_field(&i, f, probes[f][x >> (3 * f) & 7]);
		known = isa_decode(&i, NULL) >= 0;
		n++;
		valid += known;
		if (known != rfc_valid(&i))
			fail(t, &i, known ? "is accepted" : "is refused");
	}
	printf("# %llu encodings, %llu valid\n", (unsigned long long)n, (unsigned long long)valid);
	report(t, "decoder against the RFC, all opcodes and fields");
}

/* The second half of a wide load holds nothing but the upper immediate. */
static void test_second_half(struct tally *t)
{
	for (enum field f = DST; f < IMM; f++) {
		struct bpf_insn i = { .imm = -1 };

		if (isa_check_wide(&i) != 0)
			fail(t, &i, "second half with an immediate is refused");
		set_field(&i, f, 1);
		if (isa_check_wide(&i) == 0)
			fail(t, &i, "second half with another field is accepted");
	}
	if (isa_check_wide(&(struct bpf_insn){ .code = 0xb7 }) == 0)
		fail(t, &(struct bpf_insn){ .code = 0xb7 }, "accepted as a second half");
	report(t, "second half of a wide load");
}

static void test_rows(struct tally *t)
{
	for (int op = 0; op < ISA_N_OP; op++) {
		struct bpf_insn i = base_of(isa_row((enum isa_op)op));

		if (!rfc_valid(&i) || isa_decode(&i, NULL) != op)
			fail(t, &i, "no valid form");
		vary(t, &i);
	}
	printf("# %u reserved encodings refused; the kernel was asked about %u\n", t->encodings,
	       t->refused_by_kernel);
	report(t, "reserved fields of every instruction, in every engine");
}

int main(void)
{
	const char *build = getenv("BUILD");
	char path[512];
	struct tally t = { .plugin = path };

	snprintf(path, sizeof(path), "%s/conformance_plugin", build ? build : "build/release");
	t.kernel = kernel_can_load(&t.why);
	test_decoder(&t);
	test_second_half(&t);
	test_rows(&t);
	if (t.kernel)
		printf("ok %u - the kernel refuses the same with EINVAL\n", ++t.n);
	else
		printf("ok %u - # SKIP %s\n", ++t.n, t.why);
	printf("1..%u\n", t.n);
	return t.any_failed;
}
