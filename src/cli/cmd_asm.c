/* SPDX-License-Identifier: BSD-2-Clause */
/* Which bytecode does this text stand for?  Prints hex, one instruction a line, or raw bytes. */
#include "cli/cli.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/os.h"
#include "isa/asm.h"

enum {
	MAX_TEXT = 64 << 20
};

struct asm_args {
	const char *input, *output;
	bool binary;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct asm_args *a = state->input;

	switch (key) {
	case 'o': a->output = arg; return 0;
	case 'b': a->binary = true; return 0;
	case ARGP_KEY_ARG:
		if (a->input)
			argp_usage(state);
		a->input = arg;
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static int write_insns(const struct asm_args *a, const struct bpf_insn *insns, uint32_t n)
{
	FILE *out = a->output ? fopen(a->output, "w") : stdout;
	int bad;

	if (!out) {
		cli_error("%s: %s", a->output, cli_strerror(errno));
		return EXIT_RESOURCE;
	}
	if (a->binary) {
		fwrite(insns, sizeof(*insns), n, out);
	} else {
		for (uint32_t i = 0; i < n; i++) {
			const unsigned char *p = (const unsigned char *)&insns[i];

			for (int k = 0; k < 8; k++)
				fprintf(out, "%02x%c", p[k], k == 7 ? '\n' : ' ');
		}
	}
	bad = ferror(out);
	if (out != stdout)
		bad |= fclose(out);
	if (bad)
		cli_error("%s: could not write everything", a->output ? a->output : "output");
	return bad ? EXIT_RESOURCE : EXIT_OK;
}

int cmd_asm(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "output", 'o', "FILE", 0, "Write to FILE instead of standard output", 0 },
		{ "binary", 'b', NULL, 0, "Raw bytes instead of hex", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		options,
		parse,
		"[FILE]",
		"Assembles eBPF in LLVM's syntax, from FILE or standard input.\v"
		"example: echo 'r0 = 7; exit' | ring3 asm",
		NULL,
		NULL,
		NULL
	};
	struct asm_args a = { 0 };
	struct bpf_insn *insns = NULL;
	struct asm_error why;
	const char *name;
	size_t size = 0;
	uint32_t n = 0;
	void *text = NULL;
	int err;

	cli_parse(&argp, argc, argv, &a);
	name = a.input && strcmp(a.input, "-") ? a.input : "/dev/stdin";
	err = os_read_file(name, MAX_TEXT, &text, &size);
	if (err) {
		cli_error("%s: %s", name, cli_strerror(err));
		return EXIT_INPUT;
	}
	err = asm_text(text, size, &insns, &n, &why);
	mem_free(text);
	if (err == -EINVAL) {
		cli_error("%s:%u:%u: %s", name, why.line, why.col, why.message);
		return EXIT_INPUT;
	}
	if (err) {
		cli_error("%s: %s", name, cli_strerror(err));
		return cli_exit_of(err);
	}
	err = write_insns(&a, insns, n);
	mem_free(insns);
	return err;
}
