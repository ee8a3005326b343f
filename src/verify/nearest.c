/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which check comes closest, and why does it not help?  Looks at the decisions of the path, last
 * first, for one that is about the refused value or what it came from; then for one about another
 * copy of it; then for one that comes too late.
 */
#include "verify/explain.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

static const struct bpf_insn *insn_at(const struct explain *x, uint32_t step)
{
	return &x->v->cfg.insns[x->r.step[step].insn];
}

static bool is_branch(const struct explain *x, uint32_t step)
{
	return x->r.step[step].way != WAY_ON;
}

static const struct change *operand(const struct explain *x, uint32_t step, bool src)
{
	const struct bpf_insn *insn = insn_at(x, step);

	if (src && isa_row(x->v->cfg.op[x->r.step[step].insn])->form != ISA_F_JMP_X)
		return NULL;
	return replay_before(
		&x->r, place_reg(x->r.step[step].frame, src ? insn->src_reg : insn->dst_reg), step);
}

static void found(struct explain *x, uint32_t insn, const char *why)
{
	struct source s = source_of(x->v, insn);

	x->out.check = (struct verify_place){ s.file, s.text, s.line, s.column, insn };
	x->out.check_why = why;
}

/* --- numbers --- */

static bool is_ancestor(const struct explain *x, const struct change *c)
{
	return c && x->ancestor && x->ancestor[c - x->r.change];
}

/* The change that a branch made to the register it looked at. */
static const struct change *after(const struct explain *x, uint32_t step, struct place at)
{
	const struct change *c = replay_before(&x->r, at, step + 1);

	return c && c->step == step ? c : NULL;
}

/*
 * The checked value and the refused one are related by a factor and a distance where the program
 * scales an index; told from their limits.  Then the limit of the one gives that of the other.
 */
static bool limits_of_checked(const struct explain *x, const struct scalar *s, struct span64 *ret)
{
	bool wide = scalar_smin(s) != INT64_MIN && scalar_smax(s) != INT64_MAX;
	int64_t low = wide ? scalar_smin(s) : scalar_umin32(s);
	int64_t high = wide ? scalar_smax(s) : scalar_umax32(s), factor, width, span, over, under;

	/* Limits of what was never limited lie so far apart that they say nothing. */
	if (!x->has_range || scalar_is_const(s) || __builtin_sub_overflow(high, low, &width) ||
	    __builtin_sub_overflow(x->known.high, x->known.low, &span) ||
	    __builtin_sub_overflow(x->known.high, x->allowed.high, &over) ||
	    __builtin_sub_overflow(x->allowed.low, x->known.low, &under))
		return false;
	if (width <= 0 || span <= 0 || span % width || over > span || under > span)
		return false;
	factor = span / width;
	ret->high = over > 0 ? high - 1 - (over - 1) / factor : high;
	ret->low = under > 0 ? low + 1 + (under - 1) / factor : low;
	return true;
}

static const char *checked_name(struct explain *x, uint32_t step, const struct change *c)
{
	const char *name = source_name(x, step, c->at);

	return name ? say(x, "`%s`", name) : x->name ? say(x, "`%s`", x->name) : "the value";
}

static bool is_signed(const struct explain *x, uint32_t step)
{
	switch ((enum isa_cond)isa_row(x->v->cfg.op[x->r.step[step].insn])->op) {
	case ISA_COND_JSGT:
	case ISA_COND_JSGE:
	case ISA_COND_JSLT:
	case ISA_COND_JSLE: return true;
	case ISA_COND_JEQ:
	case ISA_COND_JNE:
	case ISA_COND_JGT:
	case ISA_COND_JGE:
	case ISA_COND_JLT:
	case ISA_COND_JLE:
	case ISA_COND_JSET:
	case ISA_N_COND: break;
	}
	return false;
}

/* Is the condition of the line one that the jump was made from?  Compilers join tests. */
static const char *joined(struct explain *x, uint32_t step, const char *why)
{
	const struct bpf_insn *insn = insn_at(x, step);
	struct source s = source_of(x->v, x->r.step[step].insn);
	const char *cond = source_condition(x, s.text);
	enum isa_form form = isa_row(x->v->cfg.op[x->r.step[step].insn])->form;

	if (!cond || strpbrk(cond, "<>") || strstr(cond, "==") || strstr(cond, "!=") ||
	    form != ISA_F_JMP_K || insn->imm == 0)
		return why;
	return say(x, "the compiler joined it with another test, against %d: %s", insn->imm, why);
}

/* What is left of the value after the check, and what is missing. */
static const char *too_weak(struct explain *x, uint32_t step, const struct change *c)
{
	const struct change *now = after(x, step, c->at);
	const struct scalar *s = now ? &now->now.s : &c->now.s;
	const char *name = checked_name(x, step, c);
	struct span64 fits;

	if (is_signed(x, step) && x->known.low < x->allowed.low &&
	    (!now || scalar_smin(s) < 0 || scalar_smin(s) == INT64_MIN))
		return say(x,
			   "it limits %s on one side only: the comparison is signed, and below it "
			   "%s may still be negative",
			   name, name);
	if (!now)
		return say(
			x,
			"it does not narrow %s on this path: it compares 32 bits of it, or leaves "
			"the other side open",
			name);
	if (!limits_of_checked(x, s, &fits))
		return say(x, "after it %s is %s, which is not enough", name, fact_range(x, s));
	x->fits = fits;
	x->has_fits = true;
	x->fits_name = source_name(x, step, c->at);
	if (x->known.high > x->allowed.high)
		return say(x, "too weak: it leaves %s at %s, at most %" PRId64 " fits", name,
			   fact_range(x, s), fits.high);
	return say(x, "it leaves %s at %s, at least %" PRId64 " fits", name, fact_range(x, s),
		   fits.low);
}

static bool check_of_number(struct explain *x)
{
	uint32_t best = 0;
	const struct change *of = NULL;

	for (uint32_t k = x->r.n - 1; k-- > 1;) {
		const struct change *c;

		if (!is_branch(x, k))
			continue;
		c = operand(x, k, false);
		if (!is_ancestor(x, c) || c->now.kind != KIND_SCALAR)
			c = operand(x, k, true);
		if (!is_ancestor(x, c) || c->now.kind != KIND_SCALAR)
			continue;
		/* One that narrowed it says more than one that did not. */
		if (!best || (!after(x, best, of->at) && after(x, k, c->at))) {
			best = k;
			of = c;
		}
		if (after(x, k, c->at))
			break;
	}
	if (!best)
		return false;
	found(x, x->r.step[best].insn, joined(x, best, too_weak(x, best, of)));
	return true;
}

/* The load that two values have in common, from different places of the path. */
static bool same_load(const struct explain *x, uint32_t a, uint32_t b)
{
	const struct bpf_insn *i = insn_at(x, a), *k = insn_at(x, b);
	const struct change *ba, *bb;

	if (a == b || BPF_CLASS(i->code) != BPF_LDX || BPF_CLASS(k->code) != BPF_LDX ||
	    i->off != k->off)
		return false;
	ba = replay_before(&x->r, place_reg(x->r.step[a].frame, i->src_reg), a);
	bb = replay_before(&x->r, place_reg(x->r.step[b].frame, k->src_reg), b);
	return ba && bb && ba->now.kind == bb->now.kind && ba->now.obj == bb->now.obj &&
	       ba->now.off == bb->now.off;
}

/* Does what the subject came from include a second load of what a check looked at? */
static bool check_of_copy(struct explain *x)
{
	for (uint32_t k = x->r.n - 1; k-- > 1;) {
		const struct change *c = is_branch(x, k) ? operand(x, k, false) : NULL;
		uint32_t origin;

		if (!c || c->now.kind != KIND_SCALAR)
			continue;
		origin = lineage_origin(x, c->at, k);
		for (uint32_t i = 0; origin && i < x->r.n_changes; i++) {
			const struct change *a = &x->r.change[i];

			if (!x->ancestor[i] || a->why != BY_INSN || !same_load(x, a->step, origin))
				continue;
			found(x, x->r.step[k].insn,
			      say(x,
				  "it is about an earlier copy: line %u reads the value again from "
				  "memory, which may have changed",
				  source_of(x->v, x->r.step[a->step].insn).line));
			return true;
		}
	}
	return false;
}

/* --- packets --- */

static const struct change *packet_operand(const struct explain *x, uint32_t step)
{
	const struct change *a = operand(x, step, false), *b = operand(x, step, true);

	if (a && b && a->now.kind == KIND_PACKET_END && b->now.kind == KIND_PACKET)
		return b;
	return a && b && b->now.kind == KIND_PACKET_END && a->now.kind == KIND_PACKET ? a : NULL;
}

static bool check_of_packet(struct explain *x)
{
	const struct reg *used = replay_reg(x, x->subject.n);

	for (uint32_t k = x->r.n - 1; k-- > 1;) {
		const struct change *p = is_branch(x, k) ? packet_operand(x, k) : NULL, *now;

		if (!p)
			continue;
		now = after(x, k, p->at);
		if (p->now.id != used->id || p->now.uid != used->uid)
			found(x, x->r.step[k].insn,
			      say(x,
				  "it is about another pointer: %s; the one used is %s. Only "
				  "pointers "
				  "that share the same variable offset learn from each other's "
				  "checks",
				  fact_text(x, &p->now, 0), fact_text(x, used, 0)));
		else if (now && now->now.range)
			found(x, x->r.step[k].insn,
			      say(x, "it covers %u bytes, %" PRId64 " too few", now->now.range,
				  x->allowed.low - now->now.range));
		else if (source_of(x->v, x->r.step[k].insn).line > x->out.at.line)
			found(x, x->r.step[k].insn, "it comes after the use");
		else
			found(x, x->r.step[k].insn,
			      say(x, "on the way this path takes, it says that the packet may be "
				     "shorter "
				     "than that"));
		return true;
	}
	return false;
}

/* --- NULL, lost pointers --- */

/* A test against 0 of what the same call returned on an earlier round, or of another look-up. */
static bool check_of_null(struct explain *x)
{
	const struct reg *used = replay_reg(x, x->subject.n);

	for (uint32_t k = x->r.n - 1; k-- > 1;) {
		const struct change *c = is_branch(x, k) ? operand(x, k, false) : NULL;
		uint32_t line;

		if (!c || !(c->now.flags & REG_NULLABLE) || c->now.kind != used->kind ||
		    c->now.obj != used->obj)
			continue;
		line = source_of(x->v, x->r.step[lineage_origin(x, c->at, k)].insn).line;
		found(x, x->r.step[k].insn,
		      line ? say(x, "it is about what line %u returned, not about this pointer",
				 line)
			   : "it is about another pointer");
		return true;
	}
	return false;
}

static bool check_of_lost(struct explain *x)
{
	const struct change *c = replay_before(&x->r, x->subject, x->r.n - 1);
	const struct change *was = c && c->prev != NO_CHANGE ? &x->r.change[c->prev] : NULL;

	if (!was || !reg_is_ptr(&was->now) || c->now.kind != KIND_SCALAR || c->why != BY_INSN)
		return false;
	for (uint32_t k = c->step; k-- > 1;) {
		if (!is_branch(x, k) || !packet_operand(x, k))
			continue;
		found(x, x->r.step[k].insn,
		      say(x,
			  "it was made before %s at line %u, after which nothing is known of the "
			  "packet",
			  lineage_call_name(x, x->r.step[c->step].insn),
			  source_of(x->v, x->r.step[c->step].insn).line));
		return true;
	}
	return false;
}

/* --- too late --- */

static bool has_word(const char *s, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = s; (p = strstr(p, word)); p += n) {
		bool left = p > s && (isalnum((unsigned char)p[-1]) || p[-1] == '_');
		bool right = isalnum((unsigned char)p[n]) || p[n] == '_';

		if (!left && !right)
			return true;
	}
	return false;
}

static bool is_on_path(const struct explain *x, uint32_t insn)
{
	for (uint32_t k = 1; k < x->r.n; k++)
		if (x->r.step[k].insn == insn)
			return true;
	return false;
}

/* A condition about the same variable, on the path or not. */
static bool check_elsewhere(struct explain *x)
{
	const struct verifier *v = x->v;

	const char *name = x->has_range ? edit_index_name(x) : x->name;

	if (!name)
		return false;
	for (uint32_t at = 0; at < v->cfg.n; at++) {
		struct source s;
		enum isa_form form;
		const char *cond;

		if (v->cfg.op[at] == CFG_NO_OP ||
		    v->cfg.subprog[at] != v->cfg.subprog[v->diag.insn])
			continue;
		form = isa_row(v->cfg.op[at])->form;
		if (form != ISA_F_JMP_X && form != ISA_F_JMP_K)
			continue;
		s = source_of(v, at);
		cond = source_condition(x, s.text);
		if (!cond || !has_word(cond, name) || s.line == x->out.at.line)
			continue;
		found(x, at,
		      is_on_path(x, at)
			      ? "this path comes through it, and the value used is none that fits"
		      : s.line > x->out.at.line ? "it comes after the use"
						: "this path does not come through it");
		return true;
	}
	return false;
}

/* --- */

static bool is_packet_reason(enum reason r)
{
	return r == REASON_PKT_OOB;
}

static bool is_null_reason(enum reason r)
{
	return r == REASON_MEM_NULLABLE || r == REASON_PTR_ARITH_NULL ||
	       r == REASON_CALL_GLOBAL_ARGS || r == REASON_CALL_ARG_TYPE;
}

static const char *tested_name(struct explain *x)
{
	const char *name = x->has_range ? edit_index_name(x) : x->name;

	return name ? say(x, "`%s`", name) : "the value";
}

void nearest_tell(struct explain *x)
{
	enum reason reason = x->v->diag.reason;
	bool told = false;

	if (!x->has_subject || x->r.n < 2 || x->subject.slot)
		return;
	if (is_packet_reason(reason))
		told = check_of_packet(x);
	else if (reason == REASON_MEM_SCALAR)
		told = check_of_lost(x);
	else if (is_null_reason(reason))
		told = replay_reg(x, x->subject.n)->flags & REG_NULLABLE &&
		       (check_of_null(x) || check_elsewhere(x));
	else if (x->has_range)
		told = check_of_number(x) || check_of_copy(x) || check_elsewhere(x);
	else
		return;
	if (!told && (x->has_range || is_null_reason(reason)) && reason != REASON_EXIT_RANGE &&
	    (x->has_range || replay_reg(x, x->subject.n)->flags & REG_NULLABLE))
		x->out.check_why = is_packet_reason(reason)
					   ? "no comparison with the packet's end on this path"
					   : say(x, "no test of %s on this path", tested_name(x));
}
