/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does every engine give the result that tests/insn/x.t states for each case?  One TAP line a case.
 * A line of a case is one of
 *      : NAME              begins a case
 *      mem: 01 02 ...      memory; r1 is its address, r2 its length
 *      bytes: b7 00 ...    the whole program, instead of text
 *      => 0x2a             r0 at the end, on every engine
 *      refused: TEXT       raw_check() refuses the program and says so
 *      fault: TEXT         the checking interpreter stops the program and says so
 * and else assembler.  At the end every row of isa.def must have been in some case.
 */
#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/os.h"
#include "isa/asm.h"
#include "isa/disasm.h"
#include "jit/jit.h"
#include "run/engine.h"

enum {
	MAX_TEXT = 8192,
	MAX_BYTES = 512
};
enum want {
	WANT_NOTHING,
	WANT_RESULT,
	WANT_REFUSED,
	WANT_FAULT
};

struct test_case {
	char name[128];
	char text[MAX_TEXT];
	size_t text_len;
	uint8_t mem[MAX_BYTES], bytes[MAX_BYTES];
	size_t n_mem, n_bytes;
	enum want want;
	uint64_t result;
	char part[128];
};

struct tally {
	unsigned int n, failed;
	bool jit_missing;
	bool seen[ISA_N_OP];
};

static uint64_t gather(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	return (a & 0xff) << 32 | (b & 0xff) << 24 | (c & 0xff) << 16 | (d & 0xff) << 8 |
	       (e & 0xff);
}

static uint64_t first(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	(void)b;
	(void)c;
	(void)d;
	(void)e;
	return a;
}

static const raw_fn helpers[] = { gather, NULL, NULL, NULL, NULL, first };

static bool run_jit(const struct raw_prog *prog, enum jit_tier tier, uint8_t *mem, size_t n_mem,
		    uint64_t *ret_r0, struct text *why, struct tally *tally)
{
	struct raw_prog tiered = *prog;
	struct jit_image *image = NULL;
	int err;

	tiered.tier = tier;
	err = jit_compile_raw(&tiered, &image);

	if (err == -EOPNOTSUPP)
		tally->jit_missing = true;
	if (err) {
		text_add(why, "jit: error %d", err);
		return false;
	}
	*ret_r0 = image->entry(mem, (struct run *)n_mem);
	jit_free(image);
	return true;
}

/* One engine; its memory is an allocation of its own, so that sanitizers see overruns. */
static bool run_one(const struct test_case *c, const struct raw_prog *prog, int engine,
		    uint64_t *ret_r0, struct text *why, struct tally *tally)
{
	uint8_t *mem = mem_dup(c->mem, c->n_mem);
	bool ok = false;

	switch (engine) {
	case 0: ok = interp_raw(prog, mem, c->n_mem, ret_r0, why) == 0; break;
	case 1: ok = check_raw(prog, mem, c->n_mem, ret_r0, why) == 0; break;
	case 2: ok = run_jit(prog, JIT_PLAIN, mem, c->n_mem, ret_r0, why, tally); break;
	case 3: ok = run_jit(prog, JIT_OPTIMISED, mem, c->n_mem, ret_r0, why, tally); break;
	}
	mem_free(mem);
	return ok;
}

static bool check_result(const struct test_case *c, const struct raw_prog *prog, struct text *why,
			 struct tally *tally)
{
	static const char *const engines[] = { "interp", "check", "jit", "optimising jit" };

	for (int engine = 0; engine < 4; engine++) {
		uint64_t r0 = 0;

		if (!run_one(c, prog, engine, &r0, why, tally))
			return engine >= 2 && tally->jit_missing;
		if (r0 != c->result) {
			text_add(why, "%s: 0x%" PRIx64 " instead of 0x%" PRIx64, engines[engine],
				 r0, c->result);
			return false;
		}
	}
	return true;
}

static bool check_fault(const struct test_case *c, const struct raw_prog *prog, struct text *why,
			struct tally *tally)
{
	uint64_t r0;

	return !run_one(c, prog, 1, &r0, why, tally) && strstr(why->buf, c->part);
}

static void note_rows(const struct raw_prog *prog, struct tally *tally)
{
	for (uint32_t i = 0; i < prog->n_insns; i++) {
		int op = isa_decode(&prog->insns[i], NULL);

		if (op >= 0)
			tally->seen[op] = true;
		if (isa_is_wide(prog->insns[i].code))
			i++;
	}
}

static bool judge(const struct test_case *c, struct text *why, struct tally *tally)
{
	struct bpf_insn *insns = NULL;
	struct raw_prog prog = { .fns = helpers, .n_fns = 6 };
	struct asm_error err = { 0 };
	bool ok = false, is_sound;

	if (c->n_bytes) {
		insns = mem_dup(c->bytes, c->n_bytes);
		prog.n_insns = (uint32_t)(c->n_bytes / sizeof(*insns));
	} else if (asm_text(c->text, c->text_len, &insns, &prog.n_insns, &err) != 0) {
		text_add(why, "%u:%u: %s", err.line, err.col, err.message);
		return false;
	}
	prog.insns = insns;
	note_rows(&prog, tally);
	is_sound = raw_check(&prog, why) == 0;
	switch (c->want) {
	case WANT_NOTHING: text_add(why, "the case expects nothing"); break;
	case WANT_REFUSED: ok = !is_sound && strstr(why->buf, c->part); break;
	case WANT_RESULT: ok = is_sound && check_result(c, &prog, why, tally); break;
	case WANT_FAULT: ok = is_sound && check_fault(c, &prog, why, tally); break;
	}
	mem_free(insns);
	return ok;
}

static void finish_case(const char *file, struct test_case *c, struct tally *tally)
{
	char buf[256];
	struct text why;
	bool ok;

	if (!c->name[0])
		return;
	text_init(&why, buf, sizeof(buf));
	ok = judge(c, &why, tally);
	tally->failed += !ok;
	printf("%s %u - %s: %s\n", ok ? "ok" : "not ok", ++tally->n, file, c->name);
	if (!ok)
		printf("# %s\n", buf);
	memset(c, 0, sizeof(*c));
}

static size_t read_bytes(const char *s, uint8_t *bytes)
{
	size_t n = 0;
	char *end;

	for (; n < MAX_BYTES; s = end) {
		unsigned long v = strtoul(s, &end, 16);

		if (end == s)
			break;
		bytes[n++] = (uint8_t)v;
	}
	return n;
}

static const char *after(const char *line, const char *key)
{
	size_t n = strlen(key);

	return strncmp(line, key, n) == 0 ? line + n + strspn(line + n, " ") : NULL;
}

static void read_line(const char *file, const char *line, struct test_case *c, struct tally *tally)
{
	const char *s;

	if ((s = after(line, ":"))) {
		finish_case(file, c, tally);
		snprintf(c->name, sizeof(c->name), "%s", s);
	} else if ((s = after(line, "mem:"))) {
		c->n_mem = read_bytes(s, c->mem);
	} else if ((s = after(line, "bytes:"))) {
		c->n_bytes = read_bytes(s, c->bytes);
	} else if ((s = after(line, "=>"))) {
		c->want = WANT_RESULT;
		c->result = strtoull(s, NULL, 0);
	} else if ((s = after(line, "refused:")) || (s = after(line, "fault:"))) {
		c->want = line[0] == 'r' ? WANT_REFUSED : WANT_FAULT;
		snprintf(c->part, sizeof(c->part), "%s", s);
	} else {
		c->text_len += (size_t)snprintf(c->text + c->text_len, MAX_TEXT - c->text_len,
						"%s\n", line);
	}
}

static void run_file(const char *path, struct tally *tally)
{
	static struct test_case c;
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	while (f && (n = getline(&line, &room, f)) >= 0) {
		if (n && line[n - 1] == '\n')
			line[n - 1] = 0;
		if (line[0] && line[0] != '#')
			read_line(path, line, &c, tally);
	}
	finish_case(path, &c, tally);
	free(line);
	if (f)
		fclose(f);
}

int main(void)
{
	static struct tally tally;
	unsigned int missing = 0;
	glob_t files = { 0 };

	if (glob("tests/insn/*.t", 0, NULL, &files) != 0) {
		puts("not ok 1 - no tests/insn/*.t here");
		return 1;
	}
	for (size_t i = 0; i < files.gl_pathc; i++)
		run_file(files.gl_pathv[i], &tally);
	globfree(&files);
	for (int op = 0; op < ISA_N_OP; op++) {
		if (tally.seen[op])
			continue;
		missing++;
		printf("# no case has %s\n", isa_row((enum isa_op)op)->name);
	}
	printf("%s %u - every row of isa.def is in some case\n", missing ? "not ok" : "ok",
	       ++tally.n);
	if (tally.jit_missing)
		printf("ok %u - jit # SKIP no JIT for this machine\n", ++tally.n);
	printf("1..%u\n", tally.n);
	return tally.failed || missing;
}
