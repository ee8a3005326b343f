/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does the example of a reason look as a file that can be compiled?
 * reason_example ID wrong|right prints it; without arguments: the ids that have one.
 */
#include <stdio.h>
#include <string.h>

#include "verify/verify.h"

static const char headers[] =
	"#include <linux/bpf.h>\n"
	"struct pt_regs {\n"
	"\tunsigned long r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax;\n"
	"\tunsigned long rcx, rdx, rsi, rdi, orig_rax, rip, cs, eflags, rsp, ss;\n"
	"};\n"
	"struct filename {\n"
	"\tconst char *name;\n"
	"\tconst char iname[8];\n"
	"} __attribute__((preserve_access_index));\n"
	"#include <bpf/bpf_helpers.h>\n"
	"#include <bpf/bpf_tracing.h>\n\n";

/* A body goes between braces, indented. */
static void put_body(const char *s)
{
	puts("{");
	while (*s) {
		size_t n = strcspn(s, "\n");

		printf("%s%.*s\n", n ? "\t" : "", (int)n, s);
		s += n + (s[n] != '\0');
	}
	puts("}");
}

int main(int argc, char **argv)
{
	const struct verify_reason *r;
	struct verify_example e;
	const char *text;

	if (argc != 3) {
		for (unsigned int i = 0; (r = verify_reason_at(i)); i++)
			if (verify_example_of(r->id, &e))
				puts(r->id);
		return argc != 1;
	}
	if (!verify_example_of(argv[1], &e)) {
		fprintf(stderr, "reason_example: no example of '%s'\n", argv[1]);
		return 1;
	}
	text = !strcmp(argv[2], "right") ? e.right : e.wrong;
	printf("%s%s\n%s", headers, verify_example_shared(), e.head);
	if (e.head[0])
		put_body(text);
	else
		fputs(text, stdout);
	printf("\nchar LICENSE[] SEC(\"license\") = \"%s\";\n", e.gpl ? "GPL" : "BSD");
	return 0;
}
