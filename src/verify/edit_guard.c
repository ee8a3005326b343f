/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where can a test stand in the source, and how does the function leave where it fails?  A test
 * goes before the line in question, unless that line is the body of an `if` without braces or a
 * condition that is asked again and again: then the line itself is changed.
 */
#include <ctype.h>
#include <string.h>

#include "btf/btf.h"
#include "verify/edit.h"

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
	if (!at || edit_open_parentheses(cond) || edit_open_parentheses(s))
		return false;
	replace(x, say(x, "%.*s%s && (%s)%s", (int)(at - s), s, good, cond, at + strlen(cond)));
	return true;
}

static const char *leave_if(struct explain *x, const char *bad, const char *held)
{
	if (held && held[0])
		return say(x, "if (%s) {\n%s\t%s\n}", bad, held, edit_return_text(x));
	return say(x, "if (%s)\n\t%s", bad, edit_return_text(x));
}

static void guard(struct explain *x, const char *bad, const char *good, bool one)
{
	const char *s = x->out.at.source, *held = give_back(x);
	bool statement = edit_last_char(s) == ';' && !edit_declares(s) && !edit_begins(s, "return");

	if (!x->out.at.line || edit_open_parentheses(s) < 0)
		return;
	/* Of a function that was put in here, nothing says how it leaves. */
	if (edit_is_inlined(x, x->out.at.line)) {
		if (edit_is_statement(s))
			replace(x, say(x, "if (%s)\n\t%s", good, s));
		else
			join_condition(x, good);
		return;
	}
	if (s[0] == '}' || edit_begins(s, "else") || edit_begins(s, "while") ||
	    edit_begins(s, "for")) {
		join_condition(x, good);
		return;
	}
	if (edit_begins(s, "case") || edit_begins(s, "default") || s[0] == '&' || s[0] == '|')
		return;
	if (edit_is_single_body(x, x->out.at.line) ||
	    (statement && (!held || (one && !edit_line_text(x, x->out.at.line - 1)[0])))) {
		replace(x, say(x, "if (%s)\n\t%s", good, s));
		return;
	}
	x->out.edit_line = x->out.at.line;
	x->out.edit = leave_if(x, bad, held);
}

const char *edit_guard_text(struct explain *x, const char *bad)
{
	return say(x, "%s\n", leave_if(x, bad, give_back(x)));
}

void edit_guard(struct explain *x, const char *bad, const char *good)
{
	guard(x, bad, good, false);
}

void edit_guard_one(struct explain *x, const char *bad, const char *good)
{
	guard(x, bad, good, true);
}
