/* SPDX-License-Identifier: BSD-2-Clause */
/* Why did libbpf refuse?  Its errors are numbers, its warnings say what is wrong with what. */
#include "cli/cli.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

/* libbpf's print callback has no argument; the command has one thread. */
static char said[2048];
static struct text warnings;

__attribute__((format(printf, 2, 0))) static int keep(enum libbpf_print_level level,
						      const char *fmt, va_list ap)
{
	/* That it failed is known. */
	if (level == LIBBPF_WARN && !strstr(fmt, "failed to load object"))
		text_vadd(&warnings, fmt, ap);
	return 0;
}

void libbpf_hear(void)
{
	text_init(&warnings, said, sizeof(said));
	libbpf_set_print(keep);
}

const char *libbpf_said(void)
{
	size_t n = strlen(said);

	while (n && said[n - 1] == '\n')
		said[--n] = '\0';
	return said;
}

void libbpf_put_said(FILE *out, const char *indent)
{
	const char *text = libbpf_said();

	if (!*text)
		return;
	fputs(indent, out);
	cli_put_lines(out, indent, text);
}
