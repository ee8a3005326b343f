/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which test makes an access sound?  The index, by the size of the array; the pointer into a
 * packet, by what this part of the program calls the packet's end.
 */
#include "verify/edit.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

/* The index of "a[i]", "p->b[x->y[1]]": what the last brackets that are in no others hold. */
static const char *index_of(const char *e, size_t *ret_n)
{
	const char *open = NULL, *found = NULL;
	int depth = 0;

	for (const char *p = e; p && *p; p++) {
		if (*p == '[' && !depth++)
			open = p + 1;
		if (*p == ']' && !--depth) {
			found = open;
			*ret_n = (size_t)(p - open);
		}
	}
	return found;
}

static bool is_number(const char *s)
{
	return isdigit((unsigned char)*s);
}

/* The variable to test: as it was checked before, as it was loaded, as it is used. */
const char *edit_index_name(struct explain *x)
{
	size_t n = 0;
	const char *index = index_of(x->expression, &n);

	if (x->fits_name)
		return x->fits_name;
	if (x->out.subject[0] && x->name && !strchr(x->name, '*') && !strchr(x->name, '[') &&
	    x->has_subject && replay_reg(x, x->subject.n)->kind == KIND_SCALAR)
		return x->name;
	return index && !is_number(index) ? say(x, "%.*s", (int)n, index) : NULL;
}

/* What binds as a whole in front of a comparison. */
const char *edit_operand(struct explain *x, const char *name)
{
	return strpbrk(name, " &|^?+") ? say(x, "(%s)", name) : name;
}

/* Bytes of the access, also where the pointer is made some instructions before. */
static uint32_t access_size(const struct explain *x)
{
	const struct verifier *v = x->v;
	uint32_t line = x->out.at.line;

	if (x->refused.memory)
		return x->refused.size;
	for (uint32_t at = v->diag.insn; at < v->cfg.n && source_of(v, at).line == line; at++) {
		uint8_t class = BPF_CLASS(v->cfg.insns[at].code);

		if (v->cfg.op[at] != CFG_NO_OP &&
		    (class == BPF_LDX || class == BPF_STX || class == BPF_ST))
			return isa_row(v->cfg.op[at])->bits / 8u;
	}
	return 0;
}

/* Is it an array, of which sizeof says the size, and not a pointer? */
static bool is_array(const struct explain *x, const char *base, size_t n, const struct reg *r)
{
	for (size_t i = 0; i + 1 < n; i++)
		if (base[i] == '.' || (base[i] == '-' && base[i + 1] == '>'))
			return true;
	if (r->kind == KIND_STACK)
		return true;
	return r->kind == KIND_MAP_VALUE && strchr(map_of(x->v, r)->name, '.');
}

/* The pointer that the index is added to, or that the access goes through. */
static const struct reg *indexed(const struct explain *x)
{
	const struct bpf_insn *insn = &x->v->cfg.insns[x->v->diag.insn];
	const struct reg *r = replay_reg(x, x->subject.n);

	if (r->kind != KIND_SCALAR || BPF_CLASS(insn->code) != BPF_ALU64)
		return r;
	return replay_reg(x, x->subject.n == insn->dst_reg ? insn->src_reg : insn->dst_reg);
}

/* Elements that an index may name: what was told by a check, else by the size of the object. */
static const char *index_limit(struct explain *x)
{
	size_t n = 0;
	const char *index = index_of(x->expression, &n);
	uint32_t size = access_size(x);
	const struct reg *r = indexed(x);
	int64_t room;

	if (x->has_fits)
		return say(x, "%" PRId64, x->fits.high + 1);
	if (!index)
		return NULL;
	n = (size_t)(index - 1 - x->expression);
	if (is_array(x, x->expression, n, r))
		return say(x, "sizeof(%.*s) / sizeof(%.*s[0])", (int)n, x->expression, (int)n,
			   x->expression);
	room = r->kind == KIND_MAP_VALUE ? (int64_t)map_of(x->v, r)->value_size
	       : r->kind == KIND_MEM     ? (int64_t)r->obj
					 : 0;
	return room && size ? say(x, "%" PRId64, room / size) : NULL;
}

static void index_guard(struct explain *x)
{
	const char *name = edit_index_name(x), *shown = name, *limit = index_limit(x);
	const struct reg *r = x->has_subject ? replay_reg(x, x->subject.n) : NULL;
	bool below = x->known.low<x->allowed.low, above = x->known.high> x->allowed.high;

	if (!name || is_number(name) || !r)
		return;
	name = edit_operand(x, name);
	if (r->kind == KIND_STACK && x->has_fits && scalar_smin(&r->s) >= 0)
		below = false;
	if (x->has_fits && x->fits.low > 0 && x->fits.high >= x->fits.low && !above) {
		x->out.hint = say(x, "`%s` must be at least %" PRId64, shown, x->fits.low);
		edit_guard_one(x, say(x, "%s < %" PRId64, name, x->fits.low),
			       say(x, "%s >= %" PRId64, name, x->fits.low));
	} else if (below && !above && x->has_range) {
		x->out.hint = say(x, "exclude negative values of `%s` before the use", shown);
		edit_guard_one(x, say(x, "%s < 0", name), say(x, "%s >= 0", name));
	} else if (below && limit) {
		x->out.hint = say(x,
				  "limit `%s` on both sides before the use; make it unsigned if it "
				  "can be",
				  shown);
		edit_guard_one(x, say(x, "%s < 0 || %s >= %s", name, name, limit),
			       say(x, "%s >= 0 && %s < %s", name, name, limit));
	} else if (limit) {
		x->out.hint = say(x, "limit `%s` before the use", shown);
		edit_guard_one(x, say(x, "%s >= %s", name, limit), say(x, "%s < %s", name, limit));
	}
}

/* "buf + n" as an argument is an index all the same. */
static void sum_as_index(struct explain *x)
{
	const char *arg = x->refused.callee && x->has_subject
				  ? source_argument(x, x->out.at.source, x->subject.n)
				  : NULL;
	const char *plus = arg ? strstr(arg, " + ") : NULL;

	if (plus && edit_is_plain(arg, (size_t)(plus - arg)) &&
	    edit_is_plain(plus + 3, strlen(plus + 3)))
		x->expression = say(x, "%.*s[%s]", (int)(plus - arg), arg, plus + 3);
}

void edit_index(struct explain *x)
{
	sum_as_index(x);
	index_guard(x);
}

/* --- packets --- */

bool edit_is_plain(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("_.", s[i]) &&
		    !(s[i] == '-' && s[i + 1] == '>') && !(s[i] == '>' && i && s[i - 1] == '-'))
			return false;
	return n && (n == 1 || !isdigit((unsigned char)*s));
}

/* The side of a comparison that is a variable and nothing else, of "p + 1 > end". */
static const char *bare_side(struct explain *x, const char *cond)
{
	size_t n = strcspn(cond, "<>"), m;
	const char *right = cond + n;

	while (right > cond && right[0] == '>' && right[-1] == '-') {
		n = (size_t)(right + 1 - cond) + strcspn(right + 1, "<>");
		right = cond + n;
	}
	if (!*right || strpbrk(cond, "&|"))
		return NULL;
	right += strspn(right, "<>= ");
	while (n && isspace((unsigned char)cond[n - 1]))
		n--;
	m = strlen(right);
	if (edit_is_plain(cond, n) == edit_is_plain(right, m))
		return NULL;
	return edit_is_plain(right, m) ? right : say(x, "%.*s", (int)n, cond);
}

static bool is_end(const struct explain *x, uint32_t step, unsigned int r)
{
	const struct change *c = replay_before(&x->r, place_reg(x->r.step[step].frame, r), step);

	return c && c->now.kind == KIND_PACKET_END;
}

/* What this part of the program calls the packet's end: as in the check next above, else as it was
 * loaded.  NULL: nothing says. */
static const char *end_name(struct explain *x)
{
	const struct verifier *v = x->v;
	const char *best = NULL, *loaded = NULL, *field = NULL;
	uint32_t best_line = 0;

	for (uint32_t k = 1; k + 1 < x->r.n; k++) {
		uint32_t at = x->r.step[k].insn;
		const struct bpf_insn *insn = &v->cfg.insns[at];
		struct source s = source_of(v, at);
		const char *cond, *name;

		if (BPF_CLASS(insn->code) == BPF_LDX && is_end(x, k + 1, insn->dst_reg) &&
		    !is_end(x, k, insn->src_reg)) {
			const char *e = source_expression(x, s.text, s.column);

			if (source_assigned_at(x, s.text, s.column) && !strstr(s.text, " - "))
				loaded = source_assigned_at(x, s.text, s.column);
			if (e && strstr(e, "data_end"))
				field = say(x, "(void *)(long)%s", e);
		}
		if (isa_row(v->cfg.op[at])->form != ISA_F_JMP_X ||
		    (!is_end(x, k, insn->src_reg) && !is_end(x, k, insn->dst_reg)))
			continue;
		cond = source_condition(x, s.text);
		name = cond ? bare_side(x, cond) : NULL;
		/* Compilers move comparisons to lines that ask something else. */
		if (name && loaded && strcmp(name, loaded) != 0 && !strstr(name, "end"))
			name = NULL;
		if (name && s.line <= x->out.at.line && s.line >= best_line) {
			best = name;
			best_line = s.line;
		}
	}
	/* Where it is loaded after the use, or not at all. */
	if (!best && !loaded && !field && edit_context_name(x))
		field = say(x, "(void *)(long)%s->data_end", edit_context_name(x));
	return best ? best : loaded ? loaded : field;
}

const char *edit_packet_past(struct explain *x)
{
	const char *p = x->expression, *last;
	size_t n = 0;

	if (!p || !*p)
		return NULL;
	if (strstr(x->out.at.source, "__builtin_mem"))
		return source_argument(x, x->out.at.source, 3)
			       ? say(x, "(void *)%s + %s", p,
				     source_argument(x, x->out.at.source, 3))
			       : NULL;
	last = p + strlen(p) - 1;
	if (*p == '*')
		return say(x, "(void *)(%s + 1)", p + 1);
	if (index_of(p, &n) && *last == ']')
		return say(x, "(void *)(&%s + 1)", p);
	return source_base(x, p) ? say(x, "(void *)(%s + 1)", source_base(x, p)) : NULL;
}

/* A check that leaves where the packet is long enough. */
static bool turn_around(struct explain *x)
{
	const struct verify_place *check = &x->out.check;
	const char *cond = source_condition(x, check->source), *at;
	size_t n;

	if (strncmp(x->out.check_why, "on the way this path takes", 26) != 0 || !cond ||
	    strcmp(check->file, x->out.at.file) != 0 || check->line >= x->out.at.line ||
	    !edit_begins(check->source, "if") || strpbrk(cond, "&|"))
		return false;
	at = strstr(check->source, cond);
	for (n = strcspn(cond, "<>"); n && cond[n] == '>' && cond[n - 1] == '-';)
		n += 1 + strcspn(cond + n + 1, "<>");
	if (!at || !cond[n])
		return false;
	x->out.hint = say(x,
			  "the check of line %u leaves where the packet is long enough: turn it "
			  "around",
			  check->line);
	edit_put(x, check->line, check->source,
		 edit_splice(x, check->source, at + n, cond[n + 1] == '=' ? 2 : 1,
			     cond[n] == '<' ? ">" : "<"));
	return true;
}

void edit_packet(struct explain *x)
{
	const char *past = edit_packet_past(x), *end = end_name(x);

	x->out.hint =
		"compare the pointer that is used with the packet's end, on every path to the use";
	if (x->out.check_why[0] && x->out.check.line > x->out.at.line)
		x->out.hint = say(x, "the check of line %u comes after the use: move it up",
				  x->out.check.line);
	if (!turn_around(x) && past && end)
		edit_guard(x, say(x, "%s > %s", past, end), say(x, "%s <= %s", past, end));
}

/* Arrays of the context at an index: each element is a field of its own. */
void edit_context_array(struct explain *x)
{
	size_t n;

	if (!index_of(x->expression, &n)) {
		x->out.hint = say(x,
				  "read the field in the function that has the context, and pass "
				  "its value in the place of %s",
				  obligation_name(x));
		return;
	}
	x->out.hint = say(x,
			  "`%s` can be read at constant indices only: unroll the loop, or choose "
			  "with a switch",
			  x->expression);
}
