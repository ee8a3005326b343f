/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What should the author change?  One edit, as a line of source where the names are known, else as
 * advice; the row of reasons.def has advice for all that is not told here.
 */
#include "verify/explain.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

static void insert(struct explain *x, uint32_t line, const char *text)
{
	if (!line)
		return;
	x->out.edit_line = line;
	x->out.edit = text;
}

/* How this function leaves early: the first `return` of its source. */
static const char *early_return(struct explain *x)
{
	const struct verifier *v = x->v;
	uint32_t sub = v->cfg.subprog[v->diag.insn], first = UINT32_MAX;
	const char *text =
		x->v->type->type == BPF_PROG_TYPE_XDP && !sub ? "return XDP_PASS;" : "return 0;";

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

static const char *guard(struct explain *x, const char *condition)
{
	return say(x, "if (%s)\n\t%s", condition, early_return(x));
}

/* The variable to test: as it was checked before, as it was loaded, as it is used. */
const char *edit_index_name(struct explain *x)
{
	const char *open, *close;

	if (x->fits_name)
		return x->fits_name;
	if (x->out.subject[0] && x->name && !strchr(x->name, '*') && x->has_subject &&
	    replay_reg(x, x->subject.n)->kind == KIND_SCALAR)
		return x->name;
	open = x->expression ? strrchr(x->expression, '[') : NULL;
	close = open ? strchr(open, ']') : NULL;
	return close ? say(x, "%.*s", (int)(close - open - 1), open + 1) : NULL;
}

static bool is_number(const char *s)
{
	return isdigit((unsigned char)*s);
}

/* Elements that an index may name: what was told by a check, else by the size of the value. */
static const char *index_limit(struct explain *x)
{
	if (x->has_fits)
		return say(x, "%" PRId64, x->fits.high + 1);
	if (x->expression && strchr(x->expression, '[')) {
		const char *open = strrchr(x->expression, '[');

		return say(x, "sizeof(%.*s) / sizeof(%.*s[0])", (int)(open - x->expression),
			   x->expression, (int)(open - x->expression), x->expression);
	}
	return NULL;
}

static void edit_index(struct explain *x)
{
	const char *name = edit_index_name(x), *shown = name, *limit = index_limit(x);
	const struct reg *r = replay_reg(x, x->subject.n);

	if (!name || is_number(name) || !limit)
		return;
	/* A comparison binds tighter than `&`. */
	if (strpbrk(name, " &|^?"))
		name = say(x, "(%s)", name);
	x->out.hint = say(
		x, "limit `%s` on both sides before the use; make it unsigned if it can be", shown);
	if (x->has_fits && x->fits.low > 0 && x->fits.high >= x->fits.low &&
	    x->known.high <= x->allowed.high)
		insert(x, x->out.at.line, guard(x, say(x, "%s < %" PRId64, name, x->fits.low)));
	else if (x->known.low < x->allowed.low &&
		 !(r->kind == KIND_STACK && x->has_fits && scalar_smin(&r->s) >= 0))
		insert(x, x->out.at.line,
		       guard(x, say(x, "%s < 0 || %s >= %s", name, name, limit)));
	else {
		x->out.hint = say(x, "limit `%s` before the use", shown);
		insert(x, x->out.at.line, guard(x, say(x, "%s >= %s", name, limit)));
	}
}

/* What the program calls the packet's end: as in its checks. */
static const char *end_name(struct explain *x)
{
	const struct verifier *v = x->v;

	for (uint32_t at = 0; at < v->cfg.n; at++) {
		const char *name = source_assigned(x, source_of(v, at).text);

		if (name && strstr(name, "end") && !strstr(name, "->"))
			return name;
	}
	return "data_end";
}

static void edit_packet(struct explain *x)
{
	const char *p = x->expression, *arrow = p ? strstr(p, "->") : NULL;
	const char *bracket = p ? strchr(p, '[') : NULL;

	x->out.hint =
		"compare the pointer that is used with the packet's end, on every path to the use";
	if (arrow && x->name)
		insert(x, x->out.at.line,
		       guard(x, say(x, "(void *)(%s + 1) > %s", x->name, end_name(x))));
	else if (bracket)
		insert(x, x->out.at.line,
		       guard(x, say(x, "(void *)&%s + %u > %s", p, x->refused.size, end_name(x))));
	else if (p && *p == '*')
		insert(x, x->out.at.line,
		       guard(x, say(x, "(void *)(%s + 1) > %s", p + 1, end_name(x))));
}

static void edit_scalar(struct explain *x)
{
	const struct change *c = replay_before(&x->r, x->subject, x->r.n - 1);

	if (c && c->why == BY_INSN && c->prev != NO_CHANGE &&
	    x->r.change[c->prev].now.kind == KIND_PACKET)
		x->out.hint =
			say(x,
			    "after line %u load ctx->data and ctx->data_end again, derive %s anew "
			    "and check it against the new end",
			    source_of(x->v, x->r.step[c->step].insn).line, obligation_name(x));
}

static void edit_null(struct explain *x)
{
	if (!(replay_reg(x, x->subject.n)->flags & REG_NULLABLE) || !x->name || *x->name == '*')
		return;
	x->out.hint = say(x, "test `%s` between the call that returns it and the use", x->name);
	insert(x, x->out.at.line, guard(x, say(x, "!%s", x->name)));
}

static void edit_length(struct explain *x)
{
	if (!x->name)
		return;
	if (x->v->diag.reason == REASON_CALL_SIZE_ZERO) {
		x->out.hint = say(x, "exclude 0 before the call");
		insert(x, x->out.at.line, guard(x, say(x, "!%s", x->name)));
	} else if (x->v->diag.reason == REASON_CALL_SIZE_NEGATIVE) {
		x->out.hint =
			say(x,
			    "make `%s` unsigned (__u32), or exclude negative values before the "
			    "call",
			    x->name);
		insert(x, x->out.at.line, guard(x, say(x, "%s < 0", x->name)));
	} else {
		x->out.hint =
			say(x, "compare `%s` with the size of the buffer before the call", x->name);
	}
}

static void edit_arg(struct explain *x)
{
	const struct reg *r = replay_reg(x, x->subject.n);

	if (r->flags & REG_NULLABLE)
		edit_null(x);
	else if (r->kind == KIND_CTX)
		x->out.hint =
			"copy what is needed from the context into a local variable, and pass the "
			"address of that";
	else if (r->kind == KIND_SCALAR)
		x->out.hint =
			say(x,
			    "pass an address: of a local variable, or of memory that a helper "
			    "returned; what %s points to outside of the program must be copied "
			    "with bpf_probe_read_*() first",
			    obligation_name(x));
}

static const struct {
	const char *acquire, *release;
} releases[] = {
	{ "bpf_ringbuf_reserve()", "bpf_ringbuf_discard(%s, 0);" },
	{ "bpf_ringbuf_reserve_dynptr()", "bpf_ringbuf_discard_dynptr(%s, 0);" },
	{ "bpf_sk_lookup_tcp()", "bpf_sk_release(%s);" },
	{ "bpf_sk_lookup_udp()", "bpf_sk_release(%s);" },
	{ "bpf_skc_lookup_tcp()", "bpf_sk_release(%s);" },
};

/* The line that this path leaves by: the last one that is no closing brace. */
static struct source leaves_by(const struct explain *x)
{
	struct source s = { .file = "", .text = "" };

	for (uint32_t k = x->r.n; k-- > 1;) {
		s = source_of(x->v, x->r.step[k].insn);
		if (s.line && s.text[0] != '}')
			break;
	}
	return s;
}

/* Where this path leaves the others: inside the branch that it takes last. */
static uint32_t leak_line(const struct explain *x)
{
	const struct verify_branch *b =
		x->out.n_branches ? &x->out.branches[x->out.n_branches - 1] : NULL;
	struct source s = leaves_by(x);

	if (strstr(s.text, "return"))
		return s.line;
	return b && b->holds == 1 ? b->at.line + 1 : 0;
}

/* Into the branch that leaves, which may be a single statement. */
static void open_branch(struct explain *x, const struct verify_branch *b, const char *text)
{
	size_t n = strlen(b->at.source);

	if (n && b->at.source[n - 1] == '{') {
		insert(x, b->at.line + 1, text);
		return;
	}
	x->out.edit_line = b->at.line;
	x->out.edit_old = b->at.source;
	x->out.edit = say(x, "%s {\n\t%s", b->at.source, text);
	x->out.hint = say(x, "%s and close the brace behind its return", x->out.hint);
}

static void edit_leak(struct explain *x)
{
	uint32_t at = (uint32_t)x->v->diag.args[1].i;
	const char *from = lineage_call_name(x, at), *name = x->name ? x->name : "it";
	const struct verify_branch *b =
		x->out.n_branches ? &x->out.branches[x->out.n_branches - 1] : NULL;

	x->out.hint = "release it on every path, error paths included";
	for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++) {
		const char *text = releases[i].release, *hole = strchr(text, '%');

		if (strcmp(releases[i].acquire, from) != 0)
			continue;
		if (strstr(from, "dynptr"))
			name = "&dynptr";
		text = say(x, "%.*s%s%s", (int)(hole - text), text, name, hole + 2);
		x->out.hint =
			b && b->at.line
				? say(x, "this path leaves after line %u: release it there, `%s`",
				      b->at.line, text)
				: say(x, "release it on this path: `%s`", text);
		if (b && leak_line(x) == b->at.line + 1)
			open_branch(x, b, text);
		else
			insert(x, leak_line(x), text);
	}
}

static void edit_locked(struct explain *x)
{
	x->out.hint =
		say(x,
		    "call %s before the lock is taken and keep its result in a local variable, "
		    "or after bpf_spin_unlock()",
		    x->refused.callee ? x->refused.callee : "it");
}

static void edit_return(struct explain *x)
{
	struct source s = leaves_by(x);
	const char *p = strstr(s.text, "return "), *semi = p ? strchr(p, ';') : NULL;

	x->out.hint =
		say(x, "return %s on every path", x->out.needed + strlen("a return value of "));
	if (!semi || x->allowed.low != 0 || x->allowed.high < 1 || is_number(p + 7))
		return;
	x->out.edit_line = s.line;
	x->out.edit_old = s.text;
	x->out.edit = say(x, "return (%.*s) ? 1 : 0;", (int)(semi - p - 7), p + 7);
}

static void edit_uninit_arg(struct explain *x)
{
	if (!x->name)
		return;
	x->out.hint =
		say(x,
		    "set all bytes of `%s`, holes between members included, before its members "
		    "are set",
		    x->name);
	for (uint32_t k = 1; k < x->r.n; k++) {
		struct source s = source_of(x->v, x->r.step[k].insn);
		const char *left = source_assigned(x, s.text);

		if (!left || strncmp(left, x->name, strlen(x->name)) != 0)
			continue;
		insert(x, s.line,
		       say(x, "__builtin_memset(&%s, 0, sizeof(%s));", x->name, x->name));
		return;
	}
}

static void edit_uninit(struct explain *x)
{
	const char *given = source_argument(x, x->out.at.source, x->subject.n);

	if (!x->refused.callee)
		return;
	x->out.hint =
		given ? say(x, "give `%s` a value on every path before the call", given)
		      : say(x,
			    "pass argument %u: the call as written passes fewer arguments than "
			    "%s takes (is it declared with all of its parameters?)",
			    x->subject.n, x->refused.callee);
}

static void edit_stack(struct explain *x)
{
	x->out.hint =
		"keep large buffers in a per-CPU array map with one element, or let the functions "
		"share one";
}

static void edit_align(struct explain *x)
{
	x->out.hint =
		say(x,
		    "order the members so that each lies at a multiple of its size, or copy with "
		    "__builtin_memcpy() of %u single bytes",
		    x->refused.size);
}

static void edit_kind(struct explain *x)
{
	if (x->v->diag.reason == REASON_PTR_ARITH_BITS)
		x->out.hint = "calculate the aligned or masked offset as a number first, and add "
			      "it to the "
			      "pointer's base";
}

static void edit_object(struct explain *x)
{
	if (x->name && x->refused.callee)
		x->out.hint =
			say(x,
			    "use `%s` only between the call that makes it and the one that ends "
			    "it: move %s up, or make a new one",
			    x->name, x->refused.callee);
}

static void edit_field(struct explain *x)
{
	if (!x->refused.write)
		x->out.hint =
			say(x,
			    "use one of the fields above, or the attach type that offers this one "
			    "(%s programs differ by SEC())",
			    x->v->type->name);
}

static void edit_not_acquired(struct explain *x)
{
	uint32_t from = lineage_origin(x, x->subject, x->r.n - 1);

	if (from && x->refused.callee)
		x->out.hint =
			say(x, "drop this call: %s comes from line %u, which takes no reference",
			    obligation_name(x), source_of(x->v, x->r.step[from].insn).line);
}

static void edit_kfunc(struct explain *x)
{
	x->out.hint =
		say(x,
		    "move this part into a program of a type that may call it (most functions for "
		    "tasks and files are for tracing, LSM and syscall programs) and hand the "
		    "result over in a map, or use a helper of %s programs",
		    x->v->type->name);
}

static void edit_prog_type(struct explain *x)
{
	const char *name = x->v->diag.args[0].s;

	/* The same question has another answer where the packet is mapped. */
	if (x->v->type->pkt_access && strstr(name, "skb_load_bytes"))
		x->out.hint =
			x->v->type->type == BPF_PROG_TYPE_XDP
				? "use bpf_xdp_load_bytes(), or read through ctx->data after "
				  "comparing with ctx->data_end"
				: "read through the context's data after comparing with data_end";
	else
		x->out.hint =
			say(x, "use another helper, or make this a program of one of the types "
			       "above (its SEC() name)");
}

static const struct {
	enum reason reason;
	void (*edit)(struct explain *x);
} rows[] = {
	{ REASON_PKT_OOB, edit_packet },
	{ REASON_MEM_SCALAR, edit_scalar },
	{ REASON_MEM_NULLABLE, edit_null },
	{ REASON_PTR_ARITH_NULL, edit_null },
	{ REASON_CALL_GLOBAL_ARGS, edit_null },
	{ REASON_CALL_ARG_TYPE, edit_arg },
	{ REASON_MEM_MAX, edit_index },
	{ REASON_MEM_MIN, edit_index },
	{ REASON_MEM_NEGATIVE, edit_index },
	{ REASON_MEM_UNBOUNDED, edit_index },
	{ REASON_MAP_OOB, edit_index },
	{ REASON_MEM_OOB, edit_index },
	{ REASON_PTR_OUT_OF_BOUNDS, edit_index },
	{ REASON_PTR_MATH_UNBOUNDED, edit_index },
	{ REASON_STACK_VAR_OOB, edit_index },
	{ REASON_STACK_VAR_OVERRUN, edit_index },
	{ REASON_STACK_VAR_UNBOUNDED, edit_index },
	{ REASON_CALL_SIZE_NEGATIVE, edit_length },
	{ REASON_CALL_SIZE_ZERO, edit_length },
	{ REASON_CALL_SIZE_UNBOUNDED, edit_length },
	{ REASON_REF_LEAK, edit_leak },
	{ REASON_CALL_LOCKED, edit_locked },
	{ REASON_EXIT_RANGE, edit_return },
	{ REASON_CALLBACK_RETURN, edit_return },
	{ REASON_STACK_UNINIT_ARG, edit_uninit_arg },
	{ REASON_REG_UNINIT, edit_uninit },
	{ REASON_CALL_STACK, edit_stack },
	{ REASON_MEM_ALIGN, edit_align },
	{ REASON_PTR_ARITH_BITS, edit_kind },
	{ REASON_DYNPTR_UNINIT, edit_object },
	{ REASON_ITER_UNINIT, edit_object },
	{ REASON_CTX_FIELD, edit_field },
	{ REASON_CALL_KFUNC, edit_kfunc },
	{ REASON_REF_RELEASE, edit_not_acquired },
	{ REASON_CALL_TYPE, edit_prog_type },
};

void edit_tell(struct explain *x)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].reason == x->v->diag.reason && x->r.n)
			rows[i].edit(x);
	if (x->v->diag.reason == REASON_CALL_STACK)
		edit_stack(x);
}
