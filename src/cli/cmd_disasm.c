/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does this bytecode say?  Of an object: its programs with source lines, as loaded, or the
 * machine code made of them.  Of a file of hex or raw bytes: the instructions.
 */
#include "cli/cli.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <Zydis/Zydis.h>
#include <bpf/bpf.h>

#include "base/alloc.h"
#include "base/os.h"
#include "cli/trampoline.h"
#include "isa/disasm.h"

enum {
	INPUT_LIMIT = 64 << 20,
	MAX_LITERALS = 64
};

struct disasm_args {
	const char *input, *program;
	bool jited, trampoline, raw, json;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct disasm_args *a = state->input;

	switch (key) {
	case 'j': a->jited = true; return 0;
	case 't': a->trampoline = true; return 0;
	case 'r': a->raw = true; return 0;
	case 'J': a->json = true; return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0)
			a->input = arg;
		else if (state->arg_num == 1)
			a->program = arg;
		else
			argp_usage(state);
		return 0;
	case ARGP_KEY_END:
		if (!a->input)
			argp_error(state, "which object? (or - for standard input)");
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

/* The infos of a loaded program that a listing needs; arrays are the caller's. */
struct listing {
	struct bpf_insn *insns;
	uint32_t n_insns;
	struct bpf_line_info *lines;
	uint32_t n_lines;
	unsigned char *code;
	uint32_t code_size;
};

static void listing_done(struct listing *l)
{
	free(l->insns);
	free(l->lines);
	free(l->code);
}

static int listing_get(int fd, struct listing *l)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);
	int err = bpf_obj_get_info_by_fd(fd, &info, &len);

	if (err)
		return -errno;
	l->n_insns = info.xlated_prog_len / (uint32_t)sizeof(struct bpf_insn);
	l->n_lines = info.nr_line_info;
	l->code_size = info.jited_prog_len;
	l->insns = calloc(l->n_insns + 1u, sizeof(*l->insns));
	l->lines = calloc(l->n_lines + 1u, sizeof(*l->lines));
	l->code = calloc(l->code_size + 1u, 1);
	if (!l->insns || !l->lines || !l->code)
		return -ENOMEM;
	memset(&info, 0, sizeof(info));
	info.xlated_prog_insns = (uintptr_t)l->insns;
	info.xlated_prog_len = l->n_insns * (uint32_t)sizeof(struct bpf_insn);
	info.line_info = (uintptr_t)l->lines;
	info.nr_line_info = l->n_lines;
	info.line_info_rec_size = sizeof(struct bpf_line_info);
	info.jited_prog_insns = (uintptr_t)l->code;
	info.jited_prog_len = l->code_size;
	len = sizeof(info);
	return bpf_obj_get_info_by_fd(fd, &info, &len) ? -errno : 0;
}

/* One line of a listing; source and program may be NULL. */
static void print_line(bool json, const char *program, uint64_t at, const char *text,
		       const char *source)
{
	json_t *doc;

	if (!json) {
		if (source && *source)
			printf("; %s\n", source);
		printf("%6llu: %s\n", (unsigned long long)at, text);
		return;
	}
	doc = json_pack("{s:s*, s:I, s:s, s:s*}", "program", program, "at", (json_int_t)at, "text",
			text, "source", source && *source ? source : NULL);
	json_dumpf(doc, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(doc);
}

/* "text @ file:line" of the line that begins at this instruction, or "". */
static void find_source(const struct btf *btf, const struct listing *l, uint32_t at, uint32_t *next,
			char *buf, size_t size)
{
	buf[0] = '\0';
	for (; *next < l->n_lines && l->lines[*next].insn_off <= at; (*next)++) {
		const struct bpf_line_info *li = &l->lines[*next];
		const char *text = btf__name_by_offset(btf, li->line_off);
		const char *file = btf__name_by_offset(btf, li->file_name_off);

		while (text && isspace((unsigned char)*text))
			text++;
		if (li->insn_off == at && text && *text)
			snprintf(buf, size, "%s @ %s:%u", text, file ? file : "?",
				 BPF_LINE_INFO_LINE_NUM(li->line_col));
	}
}

static int print_insns(const struct disasm_args *a, const char *program,
		       const struct bpf_insn *insns, uint32_t n, const struct btf *btf,
		       const struct listing *l)
{
	uint32_t next_line = 0, i = 0;
	int bad = 0;

	while (i < n) {
		char buf[256], source[512] = "";
		struct text t;
		int slots;

		if (btf && l)
			find_source(btf, l, i, &next_line, source, sizeof(source));
		text_init(&t, buf, sizeof(buf));
		slots = disasm_insn(insns + i, n - i, &t);
		print_line(a->json, program, i, buf, source);
		bad |= slots < 0;
		i += slots > 0 ? (uint32_t)slots : 1;
	}
	return bad ? EXIT_NO : EXIT_OK;
}

/* Addresses that stand between instructions, which name them by their distance. */
struct literals {
	ZyanU64 at[MAX_LITERALS];
	unsigned int n;
};

static void note_literals(struct literals *l, ZyanU64 next, ZyanU64 size,
			  const ZydisDisassembledInstruction *insn)
{
	for (unsigned int i = 0; i < insn->info.operand_count && l->n < MAX_LITERALS; i++) {
		const ZydisDecodedOperand *o = &insn->operands[i];
		ZyanU64 to = next + (ZyanU64)o->mem.disp.value;

		if (o->type == ZYDIS_OPERAND_TYPE_MEMORY && o->mem.type == ZYDIS_MEMOP_TYPE_MEM &&
		    o->mem.base == ZYDIS_REGISTER_RIP && o->size == 64 && to >= next && to < size &&
		    size - to >= sizeof(uint64_t))
			l->at[l->n++] = to;
	}
}

static bool is_literal(const struct literals *l, ZyanU64 at)
{
	for (unsigned int i = 0; i < l->n; i++)
		if (l->at[i] == at)
			return true;
	return false;
}

static void print_machine_code(const struct disasm_args *a, const char *program,
			       const struct listing *l)
{
	struct literals literals = { .n = 0 };
	ZydisDisassembledInstruction insn;
	ZyanU64 at = 0;

	while (at < l->code_size) {
		if (is_literal(&literals, at)) {
			uint64_t value;
			char buf[32];

			memcpy(&value, l->code + at, sizeof(value));
			snprintf(buf, sizeof(buf), "dq 0x%016llX", (unsigned long long)value);
			print_line(a->json, program, at, buf, NULL);
			at += sizeof(value);
			continue;
		}
		if (!ZYAN_SUCCESS(ZydisDisassembleIntel(ZYDIS_MACHINE_MODE_LONG_64, at,
							l->code + at, l->code_size - at, &insn)))
			break;
		print_line(a->json, program, at, insn.text, NULL);
		at += insn.info.length;
		note_literals(&literals, at, l->code_size, &insn);
	}
	if (at < l->code_size)
		print_line(a->json, program, at, "(data)", NULL);
}

static int print_trampoline(const struct disasm_args *a, struct session *s,
			    struct bpf_program *prog)
{
	const char *name = bpf_program__name(prog);
	struct trampoline *t;
	char buf[256];
	struct text why;
	int err;

	text_init(&why, buf, sizeof(buf));
	err = trampoline_new(s->rt, bpf_program__fd(prog), bpf_program__section_name(prog), &why,
			     &t);
	if (err) {
		cli_error("%s: no trampoline: %s", name, why.len ? buf : cli_strerror(err));
		return EXIT_NO;
	}
	for (int k = 0; k < 2; k++) {
		struct listing l = { 0 };
		const char *head = k ? "at the return" : "at the entry";

		l.code = (unsigned char *)(uintptr_t)trampoline_code(t, k, &l.code_size);
		if (l.code_size && !a->json)
			printf("%s, %s way:\n", head,
			       trampoline_is_lean(t) ? "the lean" : "the general");
		print_machine_code(a, name, &l);
	}
	trampoline_free(t);
	return EXIT_OK;
}

static int print_program(const struct disasm_args *a, struct session *s, struct bpf_object *obj,
			 struct bpf_program *prog)
{
	struct listing l = { 0 };
	int err;

	if (!a->json)
		printf("%s: section %s\n", bpf_program__name(prog),
		       bpf_program__section_name(prog));
	if (bpf_program__fd(prog) < 0) {
		if (a->jited || a->trampoline) {
			cli_error("%s: not accepted, hence no machine code; see ring3 verify",
				  bpf_program__name(prog));
			return EXIT_NO;
		}
		return print_insns(a, bpf_program__name(prog), bpf_program__insns(prog),
				   (uint32_t)bpf_program__insn_cnt(prog), NULL, NULL);
	}
	if (a->trampoline)
		return print_trampoline(a, s, prog);
	err = listing_get(bpf_program__fd(prog), &l);
	if (err) {
		cli_error("%s: %s", bpf_program__name(prog), cli_strerror(err));
	} else if (a->jited && !l.code_size) {
		cli_error("%s: runs on the interpreter, there is no machine code",
			  bpf_program__name(prog));
		err = -EOPNOTSUPP;
	} else if (a->jited) {
		print_machine_code(a, bpf_program__name(prog), &l);
	} else {
		print_insns(a, bpf_program__name(prog), l.insns, l.n_insns, bpf_object__btf(obj),
			    &l);
	}
	listing_done(&l);
	return err ? cli_exit_of(err) : EXIT_OK;
}

static int disasm_object(const struct disasm_args *a)
{
	struct bpf_object *obj = session_object(a->input, false);
	struct bpf_program *prog;
	struct session s;
	int worst = EXIT_OK, found = 0, err;

	if (!obj)
		return EXIT_INPUT;
	err = session_open(&s, false);
	if (err) {
		bpf_object__close(obj);
		return err;
	}
	bpf_object__for_each_program(prog, obj) bpf_program__set_autoload(
		prog, !a->program || !strcmp(a->program, bpf_program__name(prog)));
	if (bpf_object__load(obj)) {
		bpf_object__close(obj);
		obj = session_object(a->input, false);
	}
	if (obj) {
		bpf_object__for_each_program(prog, obj)
		{
			if (a->program && strcmp(a->program, bpf_program__name(prog)))
				continue;
			err = print_program(a, &s, obj, prog);
			worst = err > worst ? err : worst;
			found++;
		}
		bpf_object__close(obj);
	}
	session_close(&s);
	if (!found)
		cli_error("%s: no program '%s'", a->input, a->program ? a->program : "");
	return found ? worst : EXIT_INPUT;
}

/* Hex text becomes bytes in place; other bytes are taken as they are. */
static size_t hex_to_bytes(unsigned char *data, size_t n)
{
	size_t out = 0;
	int high = -1;

	for (size_t i = 0; i < n; i++) {
		int c = tolower(data[i]), digit;

		if (isspace(c) || c == ',')
			continue;
		if (!isxdigit(c))
			return 0;
		digit = isdigit(c) ? c - '0' : c - 'a' + 10;
		if (high < 0) {
			high = digit;
			continue;
		}
		data[out++] = (unsigned char)(high << 4 | digit);
		high = -1;
	}
	return high < 0 ? out : 0;
}

static int disasm_bytes(const struct disasm_args *a)
{
	const char *name = strcmp(a->input, "-") ? a->input : "/dev/stdin";
	unsigned char *copy;
	void *data = NULL;
	size_t n = 0, bytes;
	int err = os_read_file(name, INPUT_LIMIT, &data, &n);

	if (err) {
		cli_error("%s: %s", name, cli_strerror(err));
		return EXIT_INPUT;
	}
	copy = mem_dup(data, n);
	bytes = copy && !a->raw ? hex_to_bytes(copy, n) : 0;
	if (bytes)
		memcpy(data, copy, bytes);
	else
		bytes = n;
	mem_free(copy);
	if (bytes % sizeof(struct bpf_insn) || !bytes) {
		cli_error("%s: %zu bytes are no multiple of 8", name, bytes);
		mem_free(data);
		return EXIT_INPUT;
	}
	err = print_insns(a, NULL, data, (uint32_t)(bytes / sizeof(struct bpf_insn)), NULL, NULL);
	mem_free(data);
	return err;
}

static bool is_elf(const char *path)
{
	char magic[4] = { 0 };
	FILE *f = strcmp(path, "-") ? fopen(path, "r") : NULL;
	size_t n = f ? fread(magic, 1, 4, f) : 0;

	if (f)
		fclose(f);
	return n == 4 && !memcmp(magic, "\177ELF", 4);
}

int cmd_disasm(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "jited", 'j', NULL, 0, "Machine code of accepted programs", 0 },
		{ "trampoline", 't', NULL, 0,
		  "Machine code by which a hit comes to an accepted program", 0 },
		{ "raw", 'r', NULL, 0, "The file holds raw bytes, not hex", 0 },
		{ "json", 'J', NULL, 0, "One JSON object an instruction", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		options,
		parse,
		"FILE [PROGRAM]",
		"Prints the instructions of an object's programs, or of a file of hex bytes\n"
		"(- for standard input).\v"
		"example: ring3 disasm --jited malloc_hist.bpf.o malloc_enter",
		NULL,
		NULL,
		NULL
	};
	struct disasm_args a = { 0 };

	cli_parse(&argp, argc, argv, &a);
	if (!a.raw && is_elf(a.input))
		return disasm_object(&a);
	if (a.jited || a.trampoline) {
		cli_error("%s needs an object file", a.jited ? "--jited" : "--trampoline");
		return EXIT_INPUT;
	}
	return disasm_bytes(&a);
}
