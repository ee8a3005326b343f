/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where can a test stand in the source, and how does the function leave where it fails?  A test
 * goes before the line in question, unless that line is the body of an `if` without braces or a
 * condition that is asked again and again: then the line itself is changed.
 */
#include "verify/explain.h"

#include <ctype.h>
#include <string.h>

#include "btf/btf.h"

/* The text of a line, if an instruction was made from it. */
static const char *line_text(const struct explain *x, uint32_t line)
{
	const struct verifier *v = x->v;

	for (uint32_t k = 0; v->lines.btf && k < v->lines.n; k++) {
		struct source s;

		if (v->lines.info[k].insn_off >= v->cfg.n)
			continue;
		s = source_of(v, v->lines.info[k].insn_off);
		if (s.line == line && !strcmp(s.file, x->out.at.file))
			return s.text;
	}
	return "";
}

static bool begins(const char *s, const char *word)
{
	size_t n = strlen(word);

	return !strncmp(s, word, n) && !isalnum((unsigned char)s[n]) && s[n] != '_';
}

static char last_char(const char *s)
{
	size_t n = strlen(s);

	while (n && isspace((unsigned char)s[n - 1]))
		n--;
	return n ? s[n - 1] : '\0';
}

/* Parentheses that the line opens and leaves to others to close. */
static int open_parentheses(const char *s)
{
	int depth = 0;

	for (; *s; s++) {
		depth += *s == '(';
		depth -= *s == ')';
	}
	return depth;
}

static bool is_head(const char *s)
{
	return begins(s, "if") || begins(s, "for") || begins(s, "while") || begins(s, "else") ||
	       begins(s, "do");
}

/* The body of the line before, which opens no brace. */
static bool is_single_body(const struct explain *x, uint32_t line)
{
	const char *before = line ? line_text(x, line - 1) : "";

	return is_head(before) && last_char(before) != '{' && last_char(before) != ';' &&
	       open_parentheses(before) == 0;
}

/* "type name = ...": its scope must not end where a block would. */
static bool declares(const char *s)
{
	const char *eq = strchr(s, '='), *p;
	unsigned int words = 0;

	if (!eq)
		return false;
	for (p = s; p < eq; p++) {
		if (strchr("[.>+-|&/%^(", *p))
			return false;
		words += (isalpha((unsigned char)*p) || *p == '_') &&
			 (p == s || isspace((unsigned char)p[-1]) || p[-1] == '*');
	}
	return words > 1;
}

/* --- how to leave --- */

static const struct btf_type *proto_of(const struct explain *x, uint32_t sub)
{
	const struct verify_input *in = x->v->in;
	uint32_t start = x->v->cfg.subprogs[sub].start;

	for (uint32_t k = 0; in->btf && k < in->n_func_info; k++) {
		const struct btf_type *f;

		if (in->func_info[k].insn_off != start)
			continue;
		f = btf_type(in->btf, in->func_info[k].type_id);
		return f ? btf_type(in->btf, f->type) : NULL;
	}
	return NULL;
}

/* How this function leaves early: the first `return` of its source. */
const char *edit_return_text(struct explain *x)
{
	const struct verifier *v = x->v;
	uint32_t sub = v->cfg.subprog[v->diag.insn], first = UINT32_MAX;
	const struct btf_type *proto = proto_of(x, sub);
	const char *text =
		x->v->type->type == BPF_PROG_TYPE_XDP && !sub ? "return XDP_PASS;" : "return 0;";

	if (proto && !proto->type)
		return "return;";
	for (uint32_t k = 0; v->lines.btf && k < v->lines.n; k++) {
		uint32_t at = v->lines.info[k].insn_off;
		struct source s;
		const char *p;

		if (at >= v->cfg.n || v->cfg.subprog[at] != sub)
			continue;
		s = source_of(v, at);
		p = strstr(s.text, "return ");
		if (!p || s.line >= first || !strchr(p, ';') || strcmp(s.file, x->out.at.file) != 0)
			continue;
		/* Only what names a constant can be repeated elsewhere. */
		for (const char *q = p + 7; *q != ';'; q++)
			if (!isalnum((unsigned char)*q) && !strchr("_- ", *q))
				p = NULL;
		if (!p)
			continue;
		first = s.line;
		text = say(x, "%.*s", (int)(strchr(p, ';') - p + 1), p);
	}
	return text;
}

/* What is held here, given back: "" for nothing.  NULL: it is not known how. */
static const char *give_back(struct explain *x)
{
	const struct state *st = x->v->cur;
	const struct reg *tested = x->has_subject ? replay_reg(x, x->subject.n) : NULL;
	const char *text = "";

	for (uint32_t i = st->n_refs; i-- > 0;) {
		const char *one = edit_release_text(x, st->ref[i].insn);

		/* Where it is NULL there is nothing to give back. */
		if (tested && tested->flags & REG_NULLABLE && tested->ref == st->ref[i].id)
			continue;
		if (!one)
			return NULL;
		text = say(x, "%s\t%s\n", text, one);
	}
	return text;
}

/* --- where --- */

static void replace(struct explain *x, const char *text)
{
	x->out.edit_line = x->out.at.line;
	x->out.edit_old = x->out.at.source;
	x->out.edit = text;
}

/* `good` before the condition that the line asks.  False: it asks none that is whole. */
static bool join_condition(struct explain *x, const char *good)
{
	const char *s = x->out.at.source, *cond = source_condition(x, s), *at;

	at = cond && cond[0] ? strstr(s, cond) : NULL;
	if (!at || open_parentheses(cond) || open_parentheses(s))
		return false;
	replace(x, say(x, "%.*s%s && (%s)%s", (int)(at - s), s, good, cond, at + strlen(cond)));
	return true;
}

static void guard(struct explain *x, const char *bad, const char *good, bool one)
{
	const char *s = x->out.at.source, *held = give_back(x);
	bool statement = last_char(s) == ';' && !declares(s) && !begins(s, "return");

	if (!x->out.at.line || open_parentheses(s) < 0)
		return;
	if (s[0] == '}' || begins(s, "else") || begins(s, "while") || begins(s, "for")) {
		join_condition(x, good);
		return;
	}
	if (begins(s, "case") || begins(s, "default") || s[0] == '&' || s[0] == '|')
		return;
	if (is_single_body(x, x->out.at.line) ||
	    (statement && (!held || (one && !line_text(x, x->out.at.line - 1)[0])))) {
		replace(x, say(x, "if (%s)\n\t%s", good, s));
		return;
	}
	x->out.edit_line = x->out.at.line;
	if (held && held[0])
		x->out.edit = say(x, "if (%s) {\n%s\t%s\n}", bad, held, edit_return_text(x));
	else
		x->out.edit = say(x, "if (%s)\n\t%s", bad, edit_return_text(x));
}

void edit_guard(struct explain *x, const char *bad, const char *good)
{
	guard(x, bad, good, false);
}

void edit_guard_one(struct explain *x, const char *bad, const char *good)
{
	guard(x, bad, good, true);
}
