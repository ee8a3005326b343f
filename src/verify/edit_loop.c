/* SPDX-License-Identifier: BSD-2-Clause */
/* How does a loop that may go on for ever get an end?  A counter beside its own test. */
#include <ctype.h>
#include <string.h>

#include "verify/edit.h"

/* The last round of the path: from the step that came to the refused instruction before. */
static uint32_t round_start(const struct explain *x)
{
	uint32_t k = x->r.n - 1;

	while (k-- > 1)
		if (x->r.step[k].insn == x->v->diag.insn)
			return k;
	return 0;
}

/* The first line of the round that can carry a test, and the loop's own head. */
struct loop_lines {
	struct source head, first, end;
};

static void look_at(const struct explain *x, uint32_t insn, struct loop_lines *found)
{
	struct source s = source_of(x->v, insn);

	if (!s.line || strcmp(s.file, x->out.at.file) != 0 || edit_is_inlined(x, s.line))
		return;
	if (edit_begins(s.text, "while") || edit_begins(s.text, "for"))
		found->head = s;
	if (s.text[0] == '}' && strstr(s.text, "while ("))
		found->end = s;
	if ((edit_is_statement(s.text) || edit_begins(s.text, "if")) &&
	    (!found->first.line || s.line < found->first.line) && !edit_is_single_body(x, s.line))
		found->first = s;
}

/* The first line of the function's body that declares something. */
static uint32_t first_declaration(const struct explain *x)
{
	const struct verifier *v = x->v;
	uint32_t sub = v->cfg.subprog[v->diag.insn], first = 0;

	for (uint32_t at = v->cfg.subprogs[sub].start; at < v->cfg.n && v->cfg.subprog[at] == sub;
	     at++) {
		struct source s = source_of(v, at);

		if (s.line && !strcmp(s.file, x->out.at.file) && !edit_is_inlined(x, s.line) &&
		    edit_declares(s.text) && (!first || s.line < first))
			first = s.line;
	}
	/* None: behind the brace that opens the body, as the head of the function has it. */
	if (!first) {
		struct source s = source_of(v, v->cfg.subprogs[sub].start);

		if (strstr(s.text, source_function(v, v->cfg.subprogs[sub].start)))
			first = edit_last_char(s.text) == '{'   ? s.line + 1
				: edit_last_char(s.text) == ')' ? s.line + 2
								: 0;
	}
	return first;
}

/* "} while (!stop);": the counter joins the condition. */
static bool joins_end(struct explain *x, const struct source *s, uint32_t declared)
{
	const char *cond = s->line ? source_condition(x, s->text) : NULL;
	const char *at = cond && cond[0] ? strstr(s->text, cond) : NULL;

	if (!at || s->text[0] != '}' || edit_open_parentheses(s->text) || !declared)
		return false;
	edit_put(x, declared, "", "int rounds = 0;");
	edit_put_also(
		x, s->line, s->text,
		edit_splice(x, s->text, at, strlen(cond), say(x, "++rounds < 64 && (%s)", cond)));
	return true;
}

/* " < 100", " < MAX" */
static bool counts_up(const char *s)
{
	s += strspn(s, " <=");
	return isdigit((unsigned char)*s) || isupper((unsigned char)*s) || edit_begins(s, "sizeof");
}

void edit_rounds(struct explain *x)
{
	for (uint32_t i = 0; i < x->out.n_merges; i++) {
		const struct verify_merge *m = &x->out.merges[i];
		const char *s = m->at.source, *cond = source_condition(x, s), *at, *name;
		size_t n;

		at = cond && cond[0] ? strstr(s, cond) : NULL;
		if (!at || !edit_begins(s, "for") || edit_open_parentheses(s) ||
		    strcmp(m->at.file, x->out.at.file) != 0)
			continue;
		n = strspn(cond, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
		name = say(x, "%.*s", (int)n, cond);
		/* One that counts up to a constant has its limit. */
		if (!n || counts_up(cond + n))
			continue;
		x->out.hint =
			say(x,
			    "give the loop of line %u a constant limit beside its own test; a "
			    "body that need not see other rounds can be a callback of bpf_loop()",
			    m->at.line);
		edit_put(x, m->at.line, s,
			 edit_splice(x, s, at, strlen(cond),
				     say(x, "%s < 256 && (%s)", name, cond)));
		return;
	}
}

void edit_loop(struct explain *x)
{
	struct loop_lines found = { .head = { .text = "" },
				    .first = { .text = "" },
				    .end = { .text = "" } };
	uint32_t from = round_start(x), declared = first_declaration(x);
	const char *cond, *at;

	x->out.hint = "let a counter end the loop: nothing that it tests is sure to become true; "
		      "bpf_loop() and bpf_for() count by themselves";
	if (!from)
		return;
	for (uint32_t k = from; k < x->r.n; k++)
		look_at(x, x->r.step[k].insn, &found);
	cond = found.head.line ? source_condition(x, found.head.text) : NULL;
	at = cond && cond[0] ? strstr(found.head.text, cond) : NULL;
	if (at && edit_begins(found.head.text, "while") &&
	    !edit_open_parentheses(found.head.text)) {
		edit_put(x, found.head.line, found.head.text,
			 say(x, "for (int rounds = 0; rounds < 64 && (%s); rounds++)%s", cond,
			     at + strlen(cond) + 1));
	} else if (!at && joins_end(x, &found.end, declared)) {
		return;
	} else if (!at && found.first.line && declared && declared < found.first.line) {
		edit_put(x, declared, "", "int rounds = 0;");
		edit_put_also(x, found.first.line, "", "if (++rounds > 64)\n\tbreak;");
	}
}
