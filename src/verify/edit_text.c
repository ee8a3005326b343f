/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a line of source do, as far as its text tells?  What edits ask before they move it. */
#include "verify/edit.h"

#include <ctype.h>
#include <string.h>

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

const char *edit_line_text(const struct explain *x, uint32_t line)
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

bool edit_begins(const char *s, const char *word)
{
	size_t n = strlen(word);

	return !strncmp(s, word, n) && !is_word(s[n]);
}

char edit_last_char(const char *s)
{
	size_t n = strlen(s);

	while (n && isspace((unsigned char)s[n - 1]))
		n--;
	return n ? s[n - 1] : '\0';
}

int edit_open_parentheses(const char *s)
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
	return edit_begins(s, "if") || edit_begins(s, "for") || edit_begins(s, "while") ||
	       edit_begins(s, "else") || edit_begins(s, "do");
}

bool edit_is_single_body(const struct explain *x, uint32_t line)
{
	const char *before = line ? edit_line_text(x, line - 1) : "";

	return is_head(before) && edit_last_char(before) != '{' && edit_last_char(before) != ';' &&
	       edit_open_parentheses(before) == 0;
}

bool edit_declares(const char *s)
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

bool edit_is_statement(const char *s)
{
	return edit_last_char(s) == ';' && !edit_open_parentheses(s) && !is_head(s) &&
	       !edit_declares(s) && s[0] != '}' && s[0] != '{' && !edit_begins(s, "return") &&
	       !edit_begins(s, "goto") && !edit_begins(s, "break") && !edit_begins(s, "case") &&
	       !edit_begins(s, "default") && s[0] != '&' && s[0] != '|';
}

bool edit_is_call(const char *s)
{
	const char *p = s, *end;
	int depth = 0;

	while (is_word(*p))
		p++;
	if (p == s || *p != '(' || !edit_is_statement(s))
		return false;
	for (end = p; *end; end++) {
		depth += *end == '(';
		depth -= *end == ')';
		if (!depth)
			break;
	}
	return *end && end[1] == ';' && !end[2];
}

const char *edit_find_word(const char *s, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = s; n && (p = strstr(p, word)); p++)
		if ((p == s || !is_word(p[-1]) || !is_word(*word)) &&
		    (!is_word(p[n]) || !is_word(word[n - 1])))
			return p;
	return NULL;
}

/* Above a function's first line stand its head and the end of the one before. */
enum {
	HEAD_LINES = 4
};

bool edit_is_inlined(const struct explain *x, uint32_t line)
{
	const struct verifier *v = x->v;
	struct source s = source_of(v, v->cfg.subprogs[v->cfg.subprog[v->diag.insn]].start);
	uint32_t top = s.line, next;

	if (strcmp(s.file, x->out.at.file) != 0)
		return true;
	/* The first instruction need not be of the first line: up along lines that are near. */
	for (; line < top; top = next) {
		next = top;
		while (next > 1 && top - next < HEAD_LINES &&
		       (next == top || !edit_line_text(x, next)[0]))
			next--;
		if (!edit_line_text(x, next)[0])
			return true;
	}
	return false;
}

bool edit_branches(const struct explain *x, uint32_t from, uint32_t to)
{
	for (uint32_t k = from + 1; k <= to; k++)
		if ((k < to && x->r.step[k].forked) ||
		    x->v->cfg.flags[x->r.step[k].insn] & CFG_MERGE)
			return true;
	return false;
}

const char *edit_context_name(struct explain *x)
{
	const struct verifier *v = x->v;

	for (uint32_t at = 0; at < v->cfg.n; at++) {
		const char *text = source_of(v, at).text, *e = strstr(text, "->data"), *from = e;

		while (from && from > text && edit_is_plain(from - 1, 1))
			from--;
		if (e && from < e && v->cfg.subprog[at] == v->cfg.subprog[v->diag.insn] &&
		    (!is_word(e[6]) || !strncmp(e + 6, "_end", 4)))
			return say(x, "%.*s", (int)(e - from), from);
	}
	return NULL;
}

const char *edit_splice(struct explain *x, const char *s, const char *at, size_t n, const char *new)
{
	return say(x, "%.*s%s%s", (int)(at - s), s, new, at + n);
}

void edit_put(struct explain *x, uint32_t line, const char *old, const char *text)
{
	x->out.edit_line = line;
	x->out.edit_old = old;
	x->out.edit = text;
}

void edit_put_also(struct explain *x, uint32_t line, const char *old, const char *text)
{
	x->out.also_line = line;
	x->out.also_old = old;
	x->out.also = text;
}
