/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which way did the refused path go?  Each decision that was open, in terms of the source's
 * condition where the compiled jump can be matched with it; else by the line the path went on with.
 */
#include <ctype.h>
#include <string.h>

#include "verify/explain.h"
#include "verify/refine.h"

enum {
	MAX_TOLD = 10
};

/* What a condition in the source compares. */
struct comparison {
	char op[3]; /* "<", "==", "!", or "" for "is not zero" */
	const char *left, *right;
	size_t n_left, n_right;
};

/* One comparison, or nothing that is understood. */
static bool parse(const char *s, struct comparison *c)
{
	int depth = 0;

	memset(c, 0, sizeof(*c));
	if (strstr(s, "&&") || strstr(s, "||") || strchr(s, '?'))
		return false;
	for (const char *p = s; *p; p++) {
		depth += *p == '(' || *p == '[';
		depth -= *p == ')' || *p == ']';
		if (depth || !strchr("<>=!", *p))
			continue;
		if (*p == '>' && p > s && p[-1] == '-')
			continue;
		if ((*p == '<' || *p == '>') && p[1] == *p) {
			p++;
			continue;
		}
		if (*p == '!' && p[1] != '=')
			continue;
		if (*p == '=' && p[1] != '=')
			return false;
		c->op[0] = *p;
		c->op[1] = p[1] == '=' ? '=' : '\0';
		c->left = s;
		c->n_left = (size_t)(p - s);
		c->right = p + (p[1] == '=' ? 2 : 1);
		c->n_right = strlen(c->right);
		return true;
	}
	while (isspace((unsigned char)*s))
		s++;
	c->op[0] = *s == '!' ? '!' : '\0';
	c->left = s;
	c->n_left = strlen(s);
	return true;
}

static bool contains(const char *s, size_t n, const char *what)
{
	size_t m = strlen(what);

	for (size_t i = 0; m && i + m <= n; i++)
		if (!memcmp(s + i, what, m))
			return true;
	return false;
}

static bool is_constant(const char *s, size_t n)
{
	bool any = false;

	while (n && isspace((unsigned char)*s)) {
		s++;
		n--;
	}
	if (n && (isdigit((unsigned char)*s) || *s == '-' || *s == '\''))
		return true;
	if (contains(s, n, "sizeof"))
		return true;
	for (size_t i = 0; i < n; i++) {
		any |= isupper((unsigned char)s[i]);
		if (islower((unsigned char)s[i]))
			return false;
	}
	return any;
}

/* 1: the jump's left operand is what the source has on the left; -1: on the right; 0: unknown. */
static int side_of_dst(struct explain *x, uint32_t step, const struct bpf_insn *insn, bool is_k,
		       const struct comparison *c)
{
	uint8_t frame = x->r.step[step].frame;
	const struct change *dst = replay_before(&x->r, place_reg(frame, insn->dst_reg), step);
	const struct change *src = replay_before(&x->r, place_reg(frame, insn->src_reg), step);
	const char *name;

	if (is_k)
		return is_constant(c->left, c->n_left) && !is_constant(c->right, c->n_right) ? -1
											     : 1;
	if (dst && src && (dst->now.kind == KIND_PACKET_END || src->now.kind == KIND_PACKET_END)) {
		bool end_right = contains(c->right, c->n_right, "end");

		if (end_right == contains(c->left, c->n_left, "end"))
			return 0;
		return (src->now.kind == KIND_PACKET_END) == end_right ? 1 : -1;
	}
	name = source_name(x, step, place_reg(frame, insn->dst_reg));
	if (name && contains(c->left, c->n_left, name) != contains(c->right, c->n_right, name))
		return contains(c->left, c->n_left, name) ? 1 : -1;
	name = source_name(x, step, place_reg(frame, insn->src_reg));
	if (name && contains(c->left, c->n_left, name) != contains(c->right, c->n_right, name))
		return contains(c->left, c->n_left, name) ? -1 : 1;
	return 0;
}

/* -1: the condition says less, 1: more, 0: neither. */
static int direction(enum isa_cond cond)
{
	switch (cond) {
	case ISA_COND_JGT:
	case ISA_COND_JGE:
	case ISA_COND_JSGT:
	case ISA_COND_JSGE: return 1;
	case ISA_COND_JLT:
	case ISA_COND_JLE:
	case ISA_COND_JSLT:
	case ISA_COND_JSLE: return -1;
	case ISA_COND_JEQ:
	case ISA_COND_JNE:
	case ISA_COND_JSET:
	case ISA_N_COND: break;
	}
	return 0;
}

/* Unsigned x > 0 is x != 0, and so on. */
static enum isa_cond as_equality(enum isa_cond cond, const struct bpf_insn *insn, bool is_k)
{
	if (is_k &&
	    ((cond == ISA_COND_JGT && insn->imm == 0) || (cond == ISA_COND_JGE && insn->imm == 1)))
		return ISA_COND_JNE;
	if (is_k &&
	    ((cond == ISA_COND_JLE && insn->imm == 0) || (cond == ISA_COND_JLT && insn->imm == 1)))
		return ISA_COND_JEQ;
	return cond;
}

/* Does the source's condition hold on this path?  1, 0, -1 unknown. */
static int8_t holds(struct explain *x, uint32_t step, const char *condition)
{
	const struct path_step *s = &x->r.step[step];
	const struct bpf_insn *insn = &x->v->cfg.insns[s->insn];
	const struct isa_row *row = isa_row(x->v->cfg.op[s->insn]);
	bool is_k = row->form == ISA_F_JMP_K;
	enum isa_cond cond = row->op;
	struct comparison c;
	int side, way;

	if (!condition || !parse(condition, &c))
		return -1;
	if (s->way == WAY_FALL)
		cond = refine_negate(cond);
	if (cond == ISA_N_COND || row->op == ISA_COND_JSET)
		return -1;
	if (!c.op[0] || c.op[0] == '!' || c.op[0] == '=') {
		bool equal_means = c.op[0] == '=' || (c.op[0] == '!' && !c.op[1]);

		cond = as_equality(cond, insn, is_k);
		if (cond != ISA_COND_JEQ && cond != ISA_COND_JNE)
			return -1;
		if (c.op[0] != '=' && c.op[1] != '=' && (!is_k || insn->imm))
			return -1;
		return (cond == ISA_COND_JEQ) == equal_means;
	}
	way = direction(cond);
	side = side_of_dst(x, step, insn, is_k, &c);
	if (!way || !side)
		return -1;
	return (way * side > 0) == (c.op[0] == '>');
}

/* The condition may stand on a line above: clang breaks long ones. */
static const char *condition_at(struct explain *x, const struct source *s)
{
	const char *cond = source_condition(x, s->text);
	size_t n = strlen(s->text);

	if (cond)
		return cond;
	/* A bare comparison that goes over lines has no verb of its own. */
	return n && (strchr(s->text, '<') || strchr(s->text, '>')) && !strchr(s->text, ';') &&
			       !strchr(s->text, '=')
		       ? say(x, "%.*s", (int)(s->text[n - 1] == ')' ? n - 1 : n), s->text)
		       : NULL;
}

/* The variable side of a comparison with a constant, if it is a variable and no calculation. */
static const char *compared(struct explain *x, uint32_t step)
{
	struct source at = source_of(x->v, x->r.step[step].insn);
	const char *cond = condition_at(x, &at), *s;
	struct comparison c;
	size_t n;

	if (!cond || !parse(cond, &c) || !c.op[0])
		return NULL;
	s = is_constant(c.left, c.n_left) ? c.right : c.left;
	n = is_constant(c.left, c.n_left) ? c.n_right : c.n_left;
	for (; n && (isspace((unsigned char)*s) || *s == '!'); n--)
		s++;
	for (; n && isspace((unsigned char)s[n - 1]); n--)
		;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("_.->[]", s[i]))
			return NULL;
	return n ? say(x, "%.*s", (int)n, s) : NULL;
}

static const char *learnt_of(struct explain *x, const struct change *c, uint32_t step)
{
	const struct bpf_insn *insn = &x->v->cfg.insns[x->r.step[step].insn];
	const struct change *old = c->prev == NO_CHANGE ? NULL : &x->r.change[c->prev];
	const char *name = source_name(x, step, c->at);

	if (!old || c->at.slot)
		return NULL;
	if (!name && c->at.n == insn->dst_reg)
		name = compared(x, step);
	if (!name && c->now.kind != KIND_PACKET) {
		if (source_of(x->v, x->r.step[step].insn).line)
			return NULL;
		name = say(x, "R%u", c->at.n);
	}
	if (old->now.flags & REG_NULLABLE && !(c->now.flags & REG_NULLABLE))
		return say(x, "%s is %sNULL", name, c->now.kind == KIND_SCALAR ? "" : "not ");
	if (c->now.kind == KIND_PACKET && c->now.range > old->now.range)
		return say(x, "%u bytes from %s are there", c->now.range,
			   c->now.id ? "the pointer's variable base" : "the packet's start");
	if (c->now.kind == KIND_SCALAR && !scalar_equal(&old->now.s, &c->now.s) &&
	    strncmp(fact_range(x, &c->now.s), "any ", 4) != 0)
		return say(x, "%s is %s", name, fact_range(x, &c->now.s));
	return NULL;
}

const char *branch_learnt(struct explain *x, uint32_t step)
{
	const struct path_step *s = &x->r.step[step];
	const struct bpf_insn *insn = &x->v->cfg.insns[s->insn];
	const char *best = NULL;

	for (uint32_t i = x->r.step[step - 1].end; i < s->end; i++) {
		const struct change *c = &x->r.change[i];
		const char *text;

		if (c->step != step || c->why != BY_INSN || c->at.frame != s->frame)
			continue;
		text = learnt_of(x, c, step);
		if (text && (!best || (!c->at.slot && c->at.n == insn->dst_reg)))
			best = text;
	}
	return best ? best : "";
}

static void describe(struct explain *x, uint32_t step, struct verify_branch *b)
{
	const struct path_step *s = &x->r.step[step];
	struct source at = source_of(x->v, s->insn), next = { .file = "", .text = "" };

	for (uint32_t k = step + 1; k < x->r.n && (!next.line || next.line == at.line); k++)
		next = source_of(x->v, x->r.step[k].insn);
	*b = (struct verify_branch){
		.at = { at.file, at.text, at.line, at.column, s->insn },
		.holds = holds(x, step, condition_at(x, &at)),
		.times = 1,
		.learnt = branch_learnt(x, step),
		.next = next.text,
		.next_line = next.line,
	};
}

static bool same_branch(const struct verify_branch *a, const struct verify_branch *b)
{
	return a->at.insn == b->at.insn && a->next_line == b->next_line && a->holds == b->holds;
}

void branches_tell(struct explain *x)
{
	struct verify_branch *b = arena_alloc(&x->a, MAX_TOLD * sizeof(*b));
	uint32_t n = 0, at = MAX_TOLD;

	if (!b)
		return;
	for (uint32_t k = x->r.n - 1; k-- > 1;) {
		struct verify_branch one;

		if (!x->r.step[k].forked || x->r.step[k].way == WAY_ON)
			continue;
		n++;
		if (!at) {
			x->out.branches_left_out++;
			continue;
		}
		describe(x, k, &one);
		if (at < MAX_TOLD && same_branch(&one, &b[at])) {
			b[at].times++;
			continue;
		}
		b[--at] = one;
	}
	x->out.branches = b + at;
	x->out.n_branches = MAX_TOLD - at;
}
