/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does the program's author call this?  Lines of source come with the line info; variables
 * from debug information where somebody has it, else from the text of the lines: the left side of
 * an assignment, the expression at a column.  A name that is not certain is not given.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "btf/btf.h"
#include "verify/explain.h"

struct source source_of(const struct verifier *v, uint32_t insn)
{
	const struct bpf_line_info *line = lineinfo_find(&v->lines, insn);
	struct source s = { .file = "", .text = "" };
	const char *file, *slash, *text;

	if (!line)
		return s;
	file = btf_name(v->lines.btf, line->file_name_off);
	slash = strrchr(file, '/');
	text = btf_name(v->lines.btf, line->line_off);
	s.file = slash ? slash + 1 : file;
	s.text = text;
	s.line = BPF_LINE_INFO_LINE_NUM(line->line_col);
	s.column = BPF_LINE_INFO_LINE_COL(line->line_col);
	while (isspace((unsigned char)*s.text))
		s.text++;
	/* Columns count from one, tabs as one; the text begins further right. */
	s.column -= s.column > (uint32_t)(s.text - text) ? (uint32_t)(s.text - text) : s.column;
	return s;
}

const char *source_function(const struct verifier *v, uint32_t insn)
{
	const struct verify_input *in = v->in;
	const struct btf_type *t;
	uint32_t k, best = UINT32_MAX;

	for (k = 0; in->btf && k < in->n_func_info; k++)
		if (in->func_info[k].insn_off <= insn)
			best = in->func_info[k].type_id;
	t = best == UINT32_MAX ? NULL : btf_type(in->btf, best);
	return t ? btf_name(in->btf, t->name_off) : "";
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool is_keyword(const char *s, size_t n)
{
	static const char *const words[] = { "if",     "for",    "while", "return", "sizeof",
					     "struct", "const",  "int",   "char",   "void",
					     "long",   "static", "else",  "do",     "unsigned" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == n && !memcmp(words[i], s, n))
			return true;
	return false;
}

/* The '=' of an assignment; *ret_left is where the left side ends. */
static const char *find_assignment(const char *line, const char **ret_left)
{
	const char *p;

	for (p = line; *p; p++) {
		if (*p == '"' || (*p == '/' && p[1] == '/'))
			return NULL;
		if (*p != '=')
			continue;
		if (p[1] == '=') {
			p++;
			continue;
		}
		if (p > line && strchr("<>!=", p[-1])) {
			/* "<<=" and ">>=" assign, "<=" compares. */
			if (p - line < 2 || p[-1] != p[-2] || p[-1] == '!' || p[-1] == '=')
				continue;
		}
		*ret_left = p;
		while (*ret_left > line && strchr("+-*/%&|^<>", (*ret_left)[-1]))
			--*ret_left;
		return p;
	}
	return NULL;
}

/* Left from `end`: where the name, or the chain of members and indices, begins. */
static const char *expression_start(const char *line, const char *end)
{
	const char *p = end;
	int depth = 0;

	while (p > line) {
		char c = p[-1];

		if (c == ']')
			depth++;
		else if (c == '[')
			depth--;
		if (depth < 0)
			break;
		if (depth || is_word(c) || c == '.' || c == ']' || c == '[') {
			p--;
			continue;
		}
		if (c == '>' && p - line >= 2 && p[-2] == '-') {
			p -= 2;
			continue;
		}
		break;
	}
	return p;
}

const char *source_assigned(struct explain *x, const char *line)
{
	const char *end, *start;

	if (!find_assignment(line, &end))
		return NULL;
	while (end > line && isspace((unsigned char)end[-1]))
		end--;
	start = expression_start(line, end);
	if (start == end || isdigit((unsigned char)*start) || *start == '(' || *start == '[' ||
	    is_keyword(start, (size_t)(end - start)))
		return NULL;
	return say(x, "%.*s", (int)(end - start), start);
}

/* Adds to a variable what is loaded, so that the load is no variable's. */
static bool is_compound(const char *line)
{
	const char *left, *eq = find_assignment(line, &left);

	return eq && left != eq;
}

const char *source_assigned_at(struct explain *x, const char *line, uint32_t column)
{
	size_t n = strlen(line), at = column && column - 1 < n ? column - 1 : n;

	while (at && !(line[at] == '=' && line[at + 1] != '=' && !strchr("<>!=", line[at - 1])))
		at--;
	return at ? source_assigned(x, say(x, "%.*s = ", (int)at, line)) : NULL;
}

const char *source_base(struct explain *x, const char *e)
{
	const char *arrow = NULL;
	int depth = 0;

	for (const char *p = e; p && *p; p++) {
		depth += *p == '[' || *p == '(';
		depth -= *p == ']' || *p == ')';
		if (!depth && *p == '-' && p[1] == '>')
			arrow = p;
	}
	return arrow ? say(x, "%.*s", (int)(arrow - e), e) : NULL;
}

/* Right from `p`: over a name and what is behind it; stops before a call's parentheses. */
static const char *expression_end(const char *p)
{
	int depth = 0;

	for (; *p; p++) {
		if (*p == '[')
			depth++;
		else if (*p == ']' && --depth <= 0)
			return depth < 0 ? p : p + 1;
		else if (!depth && *p == '-' && p[1] == '>')
			p++;
		else if (!depth && !is_word(*p) && *p != '.')
			break;
	}
	return p;
}

static const char *closing(const char *p)
{
	int depth = 1;

	for (; *p; p++) {
		depth += *p == '(';
		depth -= *p == ')';
		if (!depth)
			return p;
	}
	return NULL;
}

/* "*(__u16 *)(p + 2)": whole, casts included.  NULL: it is none. */
static const char *cast_expression(struct explain *x, const char *p)
{
	const char *q = p + 1, *end;
	unsigned int groups = 0;

	if (*p != '*' || *q != '(')
		return NULL;
	while (*q == '(') {
		end = closing(q + 1);
		if (!end)
			return NULL;
		q = end + 1;
		groups++;
	}
	if (is_word(*q))
		q = expression_end(q);
	else if (groups < 2)
		return NULL;
	return q - p < 64 ? say(x, "%.*s", (int)(q - p), p) : NULL;
}

static bool is_balanced(const char *p, const char *end)
{
	int depth = 0;

	for (; p < end && depth >= 0; p++) {
		depth += *p == '(';
		depth -= *p == ')';
	}
	return !depth;
}

const char *source_expression(struct explain *x, const char *line, uint32_t column)
{
	size_t len = strlen(line);
	const char *p, *start, *end;

	if (!column || column > len)
		return NULL;
	p = line + column - 1;
	/* At an operator: what is on its left. */
	if (p > line && strchr("=+-|&^<>", *p) && *p &&
	    (p[-1] == ' ' || is_word(p[-1]) || p[-1] == ']') && !(*p == '-' && p[1] == '>')) {
		while (p > line && isspace((unsigned char)p[-1]))
			p--;
		start = expression_start(line, p);
		if (start > line && start[-1] == '*')
			start--;
		/* A cast or a sum is told whole, if it begins the line or what is assigned. */
		if (start == p) {
			const char *left, *eq = find_assignment(line, &left);

			start = eq && eq < p ? eq + 1 : line;
			start += strspn(start, " ");
			/* Whole parentheses only. */
			while (start < p && !is_balanced(start, p))
				start++;
		}
		return p - start < 48 && !is_keyword(start, (size_t)(p - start)) &&
				       !isdigit((unsigned char)*start)
			       ? say(x, "%.*s", (int)(p - start), start)
			       : NULL;
	}
	if (cast_expression(x, p))
		return cast_expression(x, p);
	while (*p == '*' || *p == '(' || *p == '&')
		p++;
	/* At the operator of a member or an index, or in the middle of a name. */
	if (*p == '-' && p[1] == '>')
		p += 2;
	if (!is_word(*p) && *p != '[' && *p != '.')
		return NULL;
	start = expression_start(line, p);
	end = expression_end(p);
	if (end <= start || is_keyword(start, (size_t)(end - start)) ||
	    isdigit((unsigned char)*start) || *start == '[' || *end == '(')
		return NULL;
	if (start > line && start[-1] == '*')
		start--;
	return say(x, "%.*s", (int)(end - start), start);
}

static const char *after_word(const char *line, const char *word)
{
	size_t n = strlen(word);
	const char *p = line;

	while ((p = strstr(p, word))) {
		if ((p == line || !is_word(p[-1])) && !is_word(p[n])) {
			p += n;
			while (isspace((unsigned char)*p))
				p++;
			return *p == '(' ? p + 1 : NULL;
		}
		p += n;
	}
	return NULL;
}

const char *source_condition(struct explain *x, const char *line)
{
	const char *start = after_word(line, "if"), *end, *semi;

	if (!start)
		start = after_word(line, "while");
	if (start) {
		end = closing(start);
		return end ? say(x, "%.*s", (int)(end - start), start) : say(x, "%s ...", start);
	}
	start = after_word(line, "for");
	start = start ? strchr(start, ';') : NULL;
	semi = start ? strchr(start + 1, ';') : NULL;
	if (!semi)
		return NULL;
	for (start++; isspace((unsigned char)*start);)
		start++;
	return say(x, "%.*s", (int)(semi - start), start);
}

static const char *debug_name(struct explain *x, uint32_t insn, struct place at)
{
	const struct verify_names *names = x->v->in->names;
	const struct cfg *cfg = &x->v->cfg;
	char buf[64];

	if (!names || at.slot || !cfg->subprog ||
	    !names->local(names->arg, source_function(x->v, insn),
			  insn - cfg->subprogs[cfg->subprog[insn]].start, at.n, buf, sizeof(buf)))
		return NULL;
	return say(x, "%s", buf);
}

const char *source_name_at(struct explain *x, uint32_t insn, unsigned int reg)
{
	return debug_name(x, insn, place_reg(0, reg));
}

/* Only where the instruction computes what the line assigns: its last write of the line. */
static bool ends_line(const struct verifier *v, uint32_t insn)
{
	struct source a = source_of(v, insn), b;

	if (insn + 1 >= v->cfg.n)
		return true;
	b = source_of(v, insn + 1);
	return a.line != b.line;
}

const char *source_name(struct explain *x, uint32_t step, struct place at)
{
	const struct change *c = replay_before(&x->r, at, step);
	uint32_t insn = x->r.step[step].insn;
	const char *name = debug_name(x, insn, at);

	for (int hops = 0; !name && c && hops < 8; hops++) {
		uint32_t def = x->r.step[c->step].insn;
		const struct bpf_insn *i = &x->v->cfg.insns[def];
		const struct isa_row *row = isa_row(x->v->cfg.op[def]);
		bool moves = row->form == ISA_F_ALU_X && row->op == ISA_ALU_MOV;

		if (c->why != BY_INSN)
			return NULL;
		if (def + 1 < x->v->cfg.n)
			name = debug_name(x, def + 1, at);
		if (name)
			break;
		if (row->form == ISA_F_JMP_X || row->form == ISA_F_JMP_K) {
			c = c->prev == NO_CHANGE ? NULL : &x->r.change[c->prev];
			continue;
		}
		if (moves && !at.slot) {
			at = place_reg(at.frame, i->src_reg);
			c = replay_before(&x->r, at, c->step);
			continue;
		}
		if (is_compound(source_of(x->v, def).text) && !ends_line(x->v, def)) {
			if (row->form != ISA_F_ALU_K)
				return row->form == ISA_F_LDX
					       ? source_expression(x, source_of(x->v, def).text,
								   source_of(x->v, def).column)
					       : NULL;
			c = c->prev == NO_CHANGE ? NULL : &x->r.change[c->prev];
			continue;
		}
		name = source_assigned_at(x, source_of(x->v, def).text,
					  source_of(x->v, def).column);
		if (!name)
			name = source_assigned(x, source_of(x->v, def).text);
		return name && (row->form != ISA_F_ALU_X || ends_line(x->v, def)) ? name : NULL;
	}
	return name;
}

const char *source_argument(struct explain *x, const char *line, unsigned int n)
{
	const char *p = line, *start;
	int depth = 0;

	/* The call is the first name with parentheses behind it that is no keyword. */
	while ((p = strchr(p, '('))) {
		start = expression_start(line, p);
		if (start < p && !is_keyword(start, (size_t)(p - start)))
			break;
		p++;
	}
	if (!p)
		return NULL;
	for (start = ++p; *p; p++) {
		if (!depth && (*p == ',' || *p == ')')) {
			if (!--n)
				break;
			if (*p == ')')
				return NULL;
			start = p + 1;
		}
		depth += *p == '(' || *p == '[';
		depth -= *p == ')' || *p == ']';
	}
	while (isspace((unsigned char)*start))
		start++;
	return *p && !n ? say(x, "%.*s", (int)(p - start), start) : NULL;
}
