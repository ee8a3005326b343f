/* SPDX-License-Identifier: BSD-2-Clause */
/* Which verb was asked for? */
#include "cli/cli.h"

#include <argp.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct verb {
	const char *name, *summary;
	int (*run)(int argc, char **argv);
} verbs[] = {
#define VERB(name, summary) { #name, summary, cmd_##name },
#include "cli/verbs.def"
#undef VERB
};

enum {
	N_VERBS = sizeof(verbs) / sizeof(verbs[0])
};

void cli_error(const char *fmt, ...)
{
	va_list ap;

	fputs("ring3: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void cli_put_lines(FILE *out, const char *indent, const char *text)
{
	for (; *text; text++) {
		fputc(*text, out);
		if (*text == '\n')
			fputs(indent, out);
	}
	fputc('\n', out);
}

const char *cli_strerror(int err)
{
	static char text[128];

	err = err < 0 ? -err : err;
	if (err == 524) /* ENOTSUPP, which is the kernel's own */
		return "Not supported by the kernel";
	if (err < __LIBBPF_ERRNO__START)
		return strerror(err);
	libbpf_strerror(err, text, sizeof(text));
	return text;
}

int cli_exit_of(int err)
{
	switch (err < 0 ? -err : err) {
	case 0: return EXIT_OK;
	case ENOMEM:
	case ENOSPC:
	case EACCES:
	case EPERM:
	case EMFILE:
	case E2BIG: return EXIT_RESOURCE;
	case ESRCH:
	case EOPNOTSUPP: return EXIT_NO;
	default: return EXIT_INPUT;
	}
}

int cli_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	static char name[64];

	snprintf(name, sizeof(name), "ring3 %s", argv[0]);
	argv[0] = name;
	argp_err_exit_status = EXIT_INPUT;
	return argp_parse(argp, argc, argv, 0, NULL, input);
}

static void usage(FILE *out)
{
	fputs("usage: ring3 VERB [OPTION...]\n\neBPF in user space: no root, no kernel eBPF.\n\n",
	      out);
	for (int i = 0; i < N_VERBS; i++)
		fprintf(out, "  %-9s %s\n", verbs[i].name, verbs[i].summary);
	fputs("\n  ring3 VERB --help         options and an example of each\n\n"
	      "example: histogram of the sizes that `ls` asks malloc for\n"
	      "  ring3 run malloc_hist.bpf.o -- ls -l\n\n"
	      "exit status: 0 yes/done, 1 no (rejected, not attached), 2 unreadable input or\n"
	      "usage, 3 out of memory, space or permission, 4 command not started; see ring3(1)\n",
	      out);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return EXIT_INPUT;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return EXIT_OK;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return cmd_version(argc - 1, argv + 1);
	for (int i = 0; i < N_VERBS; i++)
		if (!strcmp(argv[1], verbs[i].name))
			return verbs[i].run(argc - 1, argv + 1);
	cli_error("no verb '%s'; `ring3 --help` lists them", argv[1]);
	return EXIT_INPUT;
}
