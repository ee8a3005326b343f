/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does our verifier know at least as much about every number as the running kernel's, and under
 * exact_kernel just as much?  Random arithmetic along one path, with branches that either leave or
 * narrow; the logs of both are compared register by register.  RING3_PROP_SCALE multiplies the
 * number of programs, SEED moves them and prints the logs of the first.
 */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/text.h"
#include "helper/prog_type.h"
#include "isa/disasm.h"
#include "support/kernel.h"
#include "support/rng.h"
#include "support/vlog.h"
#include "verify/verify.h"

enum {
	PROGRAMS = 1500,
	STEPS = 24,
	MAX_INSNS = 96,
	MAX_RECORDS = 512,
	LOG_SIZE = 1 << 20,
	SHOWN = 5,
	SLOT = -8 /* a stack slot of unknown bytes */
};

struct program {
	struct bpf_insn insns[MAX_INSNS];
	uint32_t n, leaves[MAX_INSNS], n_leaves;
};

struct tally {
	uint64_t programs, refused, numbers, wider, inexact, paths, pieces;
};

static struct tally tally;
static char kernel_log[LOG_SIZE];

static uint64_t env_number(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);

	return s ? strtoull(s, NULL, 0) : otherwise;
}

/*
 * Programs.
 */

static void add(struct program *p, uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
	p->insns[p->n++] = (struct bpf_insn){
		.code = code, .dst_reg = dst & 0xf, .src_reg = src & 0xf, .off = off, .imm = imm
	};
}

static uint8_t any_number(struct rng *rng)
{
	static const uint8_t regs[] = { 0, 2, 3, 4 };

	return regs[rng_below(rng, 4)];
}

static void add_arithmetic(struct rng *rng, struct program *p)
{
	static const uint8_t ops[] = { 0x00, 0x00, 0x10, 0x10, 0x20, 0x40, 0x50, 0x50,
				       0x60, 0x70, 0xa0, 0xc0, 0xb0, 0x30, 0x90 };
	uint8_t op = ops[rng_below(rng, 15)], class = rng_below(rng, 2) ? 4 : 7;
	bool reg = rng_below(rng, 2), shift = op == 0x60 || op == 0x70 || op == 0xc0;
	int32_t imm = (int32_t)rng_value(rng);

	if (shift && rng_below(rng, 4))
		reg = false;
	if (shift)
		imm &= class == 7 ? 63 : 31;
	if ((op == 0x30 || op == 0x90) && !imm)
		imm = 3;
	add(p, (uint8_t)(class | op | (reg ? 8 : 0)), any_number(rng), reg ? any_number(rng) : 0,
	    (op == 0x30 || op == 0x90) && rng_below(rng, 2), reg ? 0 : imm);
}

static void add_load(struct rng *rng, struct program *p)
{
	static const uint8_t codes[] = { 0x61, 0x69, 0x71, 0x79, 0x81, 0x89, 0x91 };

	if (rng_below(rng, 3) == 0)
		add(p, 0x61, any_number(rng), 6, 0, 0);
	else
		add(p, codes[rng_below(rng, 7)], any_number(rng), 10, SLOT, 0);
}

static void add_other(struct rng *rng, struct program *p)
{
	static const int16_t widths[] = { 8, 16, 32, 8, 16 };
	static const int32_t swaps[] = { 16, 32, 64 };
	static const uint8_t ends[] = { 0xd4, 0xdc, 0xd7 };
	unsigned int w;
	uint64_t k;

	switch (rng_below(rng, 6)) {
	case 0:
		w = rng_below(rng, 5);
		add(p, w < 3 ? 0xbf : 0xbc, any_number(rng), any_number(rng), widths[w], 0);
		return;
	case 1: add(p, rng_below(rng, 2) ? 0x87 : 0x84, any_number(rng), 0, 0, 0); return;
	case 2:
		add(p, ends[rng_below(rng, 3)], any_number(rng), 0, 0, swaps[rng_below(rng, 3)]);
		return;
	case 3:
		k = rng_value(rng);
		add(p, 0x18, any_number(rng), 0, 0, (int32_t)k);
		add(p, 0, 0, 0, 0, (int32_t)(k >> 32));
		return;
	default: add_load(rng, p); return;
	}
}

/* Goes on behind where the condition holds, or where it does not. */
static void add_branch(struct rng *rng, struct program *p)
{
	static const uint8_t conds[] = { 0x10, 0x20, 0x30, 0x40, 0x50, 0x60,
					 0x70, 0xa0, 0xb0, 0xc0, 0xd0 };
	uint8_t code = (uint8_t)(conds[rng_below(rng, 11)] | (rng_below(rng, 2) ? 5 : 6));
	bool reg = rng_below(rng, 2), holds = rng_below(rng, 2);
	int32_t imm = (int32_t)rng_value(rng);

	add(p, code | (reg ? 8 : 0), any_number(rng), reg ? any_number(rng) : 0, holds,
	    reg ? 0 : imm);
	if (holds)
		add(p, 0x05, 0, 0, 0, 0);
	p->leaves[p->n_leaves++] = p->n - 1;
}

static void make_program(struct rng *rng, struct program *p)
{
	p->n = p->n_leaves = 0;
	add(p, 0xbf, 6, 1, 0, 0);
	add(p, 0x85, 0, 0, 0, 7); /* bpf_get_prandom_u32 */
	add(p, 0x7a, 10, 0, SLOT, 0);
	add(p, 0xdb, 10, 0, SLOT, 0); /* an atomic addition: unknown bytes */
	for (uint8_t r = 2; r <= 4; r++)
		add(p, 0xbf, r, 0, 0, 0);
	for (uint8_t r = 2; r <= 4; r++)
		add(p, 0x79, r, 10, SLOT, 0);
	for (int i = 0; i < STEPS; i++) {
		switch (rng_below(rng, 5)) {
		case 0:
		case 1: add_arithmetic(rng, p); break;
		case 2: add_other(rng, p); break;
		default: add_branch(rng, p); break;
		}
	}
	add(p, 0xbf, 0, 0, 0, 0);
	for (uint32_t i = 0; i < p->n_leaves; i++)
		p->insns[p->leaves[i]].off = (int16_t)(p->n - p->leaves[i] - 1);
	/* Where the condition holds, the jump over the leaving one. */
	for (uint32_t i = 0; i < p->n_leaves; i++)
		if (p->insns[p->leaves[i]].code == 0x05)
			p->insns[p->leaves[i] - 1].off = 1;
	add(p, 0xb7, 0, 0, 0, 0);
	add(p, 0x95, 0, 0, 0, 0);
}

/*
 * Logs.
 */

static int ask_kernel(const struct program *p)
{
	struct kernel_prog k = { .type = BPF_PROG_TYPE_SOCKET_FILTER,
				 .insns = p->insns,
				 .n_insns = p->n,
				 .log = kernel_log,
				 .log_size = LOG_SIZE,
				 .log_level = 2 };
	int fd;

	kernel_log[0] = '\0';
	fd = kernel_prog_load(&k);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

static int ask_ours(const struct program *p, bool exact, struct text *log)
{
	struct verify_input in = {
		.insns = p->insns,
		.n_insns = p->n,
		.type = prog_type_of(BPF_PROG_TYPE_SOCKET_FILTER, 0),
		.gpl = true,
		.name = "random",
		.policy = verify_policy_privileged(),
		.log = log,
		.log_level = 2,
	};
	struct verify_facts *facts = NULL;
	struct verify_diag diag;
	int err;

	in.policy.exact_kernel = exact;
	err = verify_prog(&in, NULL, &facts, &diag);
	verify_facts_free(facts);
	return err;
}

static void show(uint64_t seed, const struct program *p, const struct vlog_record *ours,
		 const struct vlog_record *theirs, unsigned int reg, const char *what)
{
	uint32_t at = (uint32_t)(ours->from == VLOG_NO_EDGE ? ours->at : ours->from);
	char buf[128];
	struct text t;

	if (tally.wider + tally.inexact > SHOWN)
		return;
	text_init(&t, buf, sizeof(buf));
	disasm_insn(&p->insns[at], p->n - at, &t);
	printf("# SEED=%" PRIu64 " at %u (%s)%s, r%u: %s\n#   ring3: ", seed, at, buf,
	       ours->from == VLOG_NO_EDGE ? "" : " taken", reg, what);
	vlog_print(&ours->reg[reg]);
	printf("#   kernel: ");
	vlog_print(&theirs->reg[reg]);
}

/* Compares what both say about one place; false: a difference, of which others only follow. */
/* A number in two pieces, which one circular interval cannot tell apart: what comes of it may be
 * wider as well. */
static bool in_pieces(const struct vlog_record *ours, const struct vlog_record *theirs)
{
	for (unsigned int reg = 0; reg < VLOG_REGS; reg++)
		if (ours->numbers & theirs->numbers & 1u << reg &&
		    vlog_two_pieces(&ours->reg[reg], &theirs->reg[reg]))
			return true;
	return false;
}

static bool compare_place(uint64_t seed, const struct program *p, const struct vlog_record *ours,
			  const struct vlog_record *theirs, bool exact, bool pieces)
{
	for (unsigned int reg = 0; reg < VLOG_REGS; reg++) {
		const struct vlog_limits *a = &ours->reg[reg], *b = &theirs->reg[reg];

		if (!(ours->numbers & theirs->numbers & 1u << reg))
			continue;
		tally.numbers++;
		if (exact ? vlog_equal(a, b) : vlog_subset(a, b))
			continue;
		if (pieces) {
			tally.pieces += !exact;
			return false;
		}
		tally.wider += !exact;
		tally.inexact += exact;
		show(seed, p, ours, theirs, reg, exact ? "differs under exact_kernel" : "is wider");
		return false;
	}
	return true;
}

static void compare_logs(uint64_t seed, const struct program *p, const char *our_log, bool exact)
{
	static struct vlog_record ours[MAX_RECORDS], theirs[MAX_RECORDS];
	unsigned int n = vlog_read(our_log, ours, MAX_RECORDS);
	unsigned int m = vlog_read(kernel_log, theirs, MAX_RECORDS);
	bool pieces = false;

	for (unsigned int i = 0; i < n; i++) {
		const struct vlog_record *r = vlog_find(theirs, m, ours[i].from, ours[i].at);

		/* Where the kernel comes twice, it went on with each of two constants. */
		if (!r && ours[i].from == VLOG_NO_EDGE && vlog_comes_to(theirs, m, ours[i].at))
			return;
		if (!r && ours[i].from == VLOG_NO_EDGE) {
			tally.paths += exact;
			if (exact && tally.paths <= SHOWN)
				printf("# SEED=%" PRIu64 " the kernel does not come to %d\n", seed,
				       ours[i].at);
			return;
		}
		/* A line with a branch shows what is known behind it, if that is where it goes. */
		if (r && r->from == VLOG_NO_EDGE && (p->insns[r->at].code & 7) >= BPF_JMP &&
		    (p->insns[r->at].code & 7) <= BPF_JMP32 &&
		    (i + 1 == n || ours[i + 1].at != r->at + 1))
			continue;
		if (r)
			pieces |= in_pieces(&ours[i], r) || in_pieces(r, r);
		if (r && !compare_place(seed, p, &ours[i], r, exact, pieces))
			return;
	}
}

static void compare(uint64_t seed)
{
	struct rng rng = { seed ^ 0x72616e676573ULL };
	static struct program p;
	int err;

	make_program(&rng, &p);
	tally.programs++;
	err = ask_kernel(&p);
	if (err) {
		tally.refused++;
		printf("# SEED=%" PRIu64 " the kernel refuses: %d\n", seed, err);
		return;
	}
	for (int exact = 0; exact < 2; exact++) {
		struct text log;

		text_init_heap(&log);
		assert_int_equal(ask_ours(&p, exact, &log), 0);
		compare_logs(seed, &p, log.buf, exact);
		if (getenv("SEED") && tally.programs == 1)
			printf("# ring3%s:\n%s\n", exact ? ", exact" : "", log.buf);
		text_done(&log);
	}
	if (getenv("SEED") && tally.programs == 1)
		printf("# kernel:\n%s\n", kernel_log);
}

/* Programs that exact_kernel followed otherwise than Linux once. */
static const uint64_t once[] = { 2349, 4552, 5162, 6409, 40586, 41501, 61854 };

static void test_ranges(void **state)
{
	uint64_t first = env_number("SEED", 1);
	uint64_t n = PROGRAMS * env_number("RING3_PROP_SCALE", 1);

	(void)state;
	if (getenv("SEED") && !getenv("RING3_PROP_SCALE"))
		n = 1;
	for (uint64_t seed = first; seed < first + n; seed++)
		compare(seed);
	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]) && !getenv("SEED"); i++)
		compare(once[i]);
	printf("# %" PRIu64 " programs, %" PRIu64 " refused by the kernel; %" PRIu64
	       " numbers compared; %" PRIu64 " programs wider, %" PRIu64
	       " compared up to a number in two pieces; under exact_kernel %" PRIu64
	       " differ, %" PRIu64 " go elsewhere\n",
	       tally.programs, tally.refused, tally.numbers, tally.wider, tally.pieces,
	       tally.inexact, tally.paths);
	assert_int_equal(tally.wider, 0);
	assert_int_equal(tally.inexact, 0);
	assert_int_equal(tally.paths, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_ranges) };
	const char *why;

	if (!kernel_can_load(&why)) {
		printf("1..0 # SKIP %s\n", why);
		return 77;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
