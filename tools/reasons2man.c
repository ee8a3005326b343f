/* SPDX-License-Identifier: BSD-2-Clause */
/* Which reasons does ring3-reasons(7) list?  Those of the table, by this generator. */
#include <stdio.h>

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

int main(void)
{
	const struct verify_reason *r;

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
	}
	puts(".El\n.Sh SEE ALSO\n.Xr ring3 1");
	return 0;
}
