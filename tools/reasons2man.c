/* SPDX-License-Identifier: BSD-2-Clause */
/* Which reasons does ring3-reasons(7) list?  Those of the table, by this generator. */
#include <stdio.h>
#include <string.h>

#include "verify/verify.h"

/* Text as roff: no line may begin with a control character, backslashes are doubled. */
static void put_text(const char *s)
{
	if (*s == '.' || *s == '\'')
		fputs("\\&", stdout);
	for (; *s; s++)
		fputs(*s == '\\' ? "\\e" : (char[]){ *s, '\0' }, stdout);
	putchar('\n');
}

/* Code: each line for itself, tabs as they are. */
static void put_code(const char *indent, const char *s)
{
	while (*s) {
		size_t n = strcspn(s, "\n");
		char line[256];

		snprintf(line, sizeof(line), "%s%.*s", n ? indent : "", (int)n, s);
		put_text(line);
		s += n + (s[n] != '\0');
	}
}

static void put_example(const char *what, const struct verify_example *e, const char *text)
{
	printf(".Pp\n%s:\n.Bd -literal -offset indent\n", what);
	if (e->head[0]) {
		put_code("", e->head);
		puts("{");
	}
	put_code(e->head[0] ? "\t" : "", text);
	if (e->head[0])
		puts("}");
	puts(".Ed");
}

int main(void)
{
	const struct verify_reason *r;
	struct verify_example e;

	puts(".\\\" SPDX-License-Identifier: BSD-2-Clause\n.\\\" Generated from "
	     "src/verify/reasons.def.\n"
	     ".Dd November 22, 2026\n.Dt RING3-REASONS 7\n.Os ring3\n.Sh NAME\n.Nm ring3-reasons\n"
	     ".Nd why a program is refused\n.Sh DESCRIPTION\n"
	     "Every rejection has one of these ids.\nThey are stable: tools may rely on them.\n"
	     ".Bl -tag -width Ds");
	for (unsigned int i = 0; (r = verify_reason_at(i)); i++) {
		printf(".It Li %s\n", r->id);
		put_text(r->title);
		puts(".Pp");
		put_text(r->cause);
		put_text(r->remedy);
		if (!verify_example_of(r->id, &e))
			continue;
		put_example("Refused", &e, e.wrong);
		put_example("Accepted", &e, e.right);
	}
	puts(".El\n.Sh EXAMPLES\nWhat the examples share:\n.Bd -literal -offset indent");
	put_code("", verify_example_shared());
	puts(".Ed");
	puts(".Sh SEE ALSO\n.Xr ring3 1");
	return 0;
}
