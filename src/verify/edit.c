/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What should the author change?  One edit, as a line of source where the names are known, else as
 * advice; the row of reasons.def has advice for all that is not told here.
 */
#include <inttypes.h>
#include <string.h>

#include "verify/edit.h"

static void insert(struct explain *x, uint32_t line, const char *text)
{
	if (!line)
		return;
	x->out.edit_line = line;
	x->out.edit = text;
}

/* --- what is no pointer --- */

/* "a->b->c": what a->b leads to is as far outside as what a does. */
static const char *copies(struct explain *x, const char *how, const char *e)
{
	const char *base = source_base(x, e), *first = base ? source_base(x, base) : NULL;

	if (first)
		return say(x,
			   "__typeof__(%s) at = 0;\n"
			   "%s(&at, sizeof(at), &%s);\n"
			   "__typeof__(at%s) copied = 0;\n"
			   "%s(&copied, sizeof(copied), &at%s);\n",
			   base, how, base, e + strlen(base), how, e + strlen(base));
	return say(x,
		   "__typeof__(%s) copied = 0;\n"
		   "%s(&copied, sizeof(copied), &%s);\n",
		   e, how, e);
}

/* Addresses of the outside: read by a helper into a variable of the same type. */
static void edit_copy(struct explain *x, bool user)
{
	const char *s = x->out.at.source, *e = x->expression, *at = e ? strstr(s, e) : NULL;
	const char *how = user ? "bpf_probe_read_user" : "bpf_probe_read_kernel";

	x->out.hint = say(x,
			  "%s is an address outside of the program: copy what it points to with "
			  "bpf_probe_read_kernel(), or bpf_probe_read_user() if it is a process's",
			  obligation_name(x));
	if (!at || x->refused.write || strstr(at + 1, e) || s[0] == '}' ||
	    !strncmp(s, "while", 5) || !strncmp(s, "for", 3) || !strncmp(s, "else", 4))
		return;
	x->out.edit_line = x->out.at.line;
	x->out.edit_old = s;
	x->out.edit = say(x, "%s%s", copies(x, how, e), edit_splice(x, s, at, strlen(e), "copied"));
}

/* What a map holds is a number when it is read again. */
static bool kept_in_map(struct explain *x)
{
	const struct change *c = replay_before(&x->r, x->subject, x->r.n - 1), *base = NULL;
	const struct bpf_insn *insn = c ? &x->v->cfg.insns[x->r.step[c->step].insn] : NULL;

	if (c && c->why == BY_INSN && BPF_CLASS(insn->code) == BPF_LDX)
		base = replay_before(&x->r, place_reg(x->r.step[c->step].frame, insn->src_reg),
				     c->step);
	if (!base || base->now.kind != KIND_MAP_VALUE)
		return false;
	x->out.hint = say(x,
			  "a pointer that is stored in a map comes back as a plain number: derive "
			  "%s anew in this program, from its context or by a call, or keep what it "
			  "leads to in the map",
			  obligation_name(x));
	return true;
}

bool edit_null_here(struct explain *x, uint32_t *ret_line)
{
	const struct change *c = replay_before(&x->r, x->subject, x->r.n - 1);
	const struct reg *r = replay_reg(x, x->subject.n);

	if (!c || c->prev == NO_CHANGE || !(x->r.change[c->prev].now.flags & REG_NULLABLE) ||
	    !reg_is_const(r) || scalar_const_value(&r->s))
		return false;
	*ret_line = source_of(x->v, x->r.step[c->step].insn).line;
	return true;
}

static void edit_null_found(struct explain *x, uint32_t line)
{
	x->out.hint = say(x,
			  "line %u has found %s to be NULL on this path: leave there, or do this "
			  "only where it is not",
			  line, obligation_name(x));
	if (x->name && *x->name != '*')
		edit_guard(x, say(x, "!%s", x->name), x->name);
}

static void edit_scalar(struct explain *x)
{
	const struct reg *was = NULL;
	uint32_t ended = edit_ended_at(x, &was);
	enum bpf_prog_type type = x->v->type->type;

	uint32_t line;

	if (edit_null_here(x, &line))
		edit_null_found(x, line);
	else if (kept_in_map(x))
		return;
	else if (ended && (was->kind == KIND_PACKET || was->kind == KIND_PACKET_META))
		edit_reload(x, ended, was->kind == KIND_PACKET_META);
	else if (ended)
		edit_use_late(x);
	else if (type == BPF_PROG_TYPE_KPROBE || type == BPF_PROG_TYPE_TRACEPOINT ||
		 type == BPF_PROG_TYPE_RAW_TRACEPOINT || type == BPF_PROG_TYPE_PERF_EVENT)
		edit_copy(x, type == BPF_PROG_TYPE_TRACEPOINT);
}

/* The call of that name in the line gets a variable for what it returns, and a test of it. */
static void edit_hoist(struct explain *x, const char *name, const char *shown)
{
	const char *s = x->out.at.source, *end;
	const char *at = edit_find_word(s, say(x, "%.*s", (int)strcspn(name, "("), name));
	int depth = 0;

	x->out.hint =
		say(x, "keep what %s returns in a variable, and test it before the use", shown);
	if (!at || edit_begins(s, "else") || edit_begins(s, "while") || edit_begins(s, "for") ||
	    s[0] == '}' || edit_is_single_body(x, x->out.at.line) ||
	    edit_is_inlined(x, x->out.at.line))
		return;
	for (end = at + strcspn(at, "("); *end; end++) {
		depth += *end == '(';
		depth -= *end == ')';
		if (!depth)
			break;
	}
	if (*end)
		edit_put(x, x->out.at.line, s,
			 say(x, "void *found = %.*s;\nif (!found)\n\t%s\n%s", (int)(end + 1 - at),
			     at, edit_return_text(x),
			     edit_splice(x, s, at, (size_t)(end + 1 - at), "found")));
}

/* "return *p(x)": the pointer has no name yet. */
static void edit_unnamed(struct explain *x)
{
	const struct change *c = replay_before(&x->r, x->subject, x->r.n - 1);
	const char *name;

	if (x->subject.n || !c || c->why != BY_INSN ||
	    source_of(x->v, x->r.step[c->step].insn).line != x->out.at.line ||
	    BPF_CLASS(x->v->cfg.insns[x->r.step[c->step].insn].code) != BPF_JMP)
		return;
	name = lineage_call_name(x, x->r.step[c->step].insn);
	edit_hoist(x, name, name);
}

void edit_null(struct explain *x)
{
	if (!x->has_subject || !(replay_reg(x, x->subject.n)->flags & REG_NULLABLE))
		return;
	if (!x->name) {
		edit_unnamed(x);
		return;
	}
	if (*x->name == '*')
		return;
	if (strchr(x->name, '(')) {
		edit_hoist(x, x->name, x->name);
		return;
	}
	x->out.hint = say(x, "test `%s` before the use", x->name);
	edit_guard(x, say(x, "!%s", x->name), x->name);
}

/* --- lengths --- */

/* Bytes of the object that a pointer leads to, behind it; 0: not known. */
static int64_t room_behind(const struct explain *x, const struct reg *r)
{
	int64_t size = 0;

	if (!scalar_is_const(&r->s))
		return 0;
	if (r->kind == KIND_MAP_VALUE)
		size = map_of(x->v, r)->value_size;
	else if (r->kind == KIND_MEM)
		size = r->obj;
	return size ? size - r->off - (int64_t)scalar_const_value(&r->s) : 0;
}

/* What the buffer before the length holds, as an expression; NULL: not known. */
static const char *buffer_size(struct explain *x)
{
	const struct reg *buf = replay_reg(x, x->subject.n - 1u);
	const char *name = source_argument(x, x->out.at.source, x->subject.n - 1u);
	int64_t room = room_behind(x, buf);

	if (room > 0)
		return say(x, "%" PRId64, room);
	if (buf->kind != KIND_STACK || !name)
		return NULL;
	return *name == '&'                        ? say(x, "sizeof(%s)", name + 1)
	       : edit_is_plain(name, strlen(name)) ? say(x, "sizeof(%s)", name)
						   : NULL;
}

static void edit_length(struct explain *x)
{
	const struct helper_proto *h = x->refused.proto;
	const struct reg *r = replay_reg(x, x->subject.n);
	bool from_one = h && h->arg[x->subject.n - 1] == ARG_SIZE;
	bool negative = scalar_smin(&r->s) < 0;
	bool large = scalar_smax(&r->s) > STACK_BYTES;
	const char *limit = buffer_size(x), *name, *low, *low_ok;

	if (!x->name)
		return;
	name = edit_operand(x, x->name);
	low = from_one ? negative ? say(x, "%s <= 0", name) : say(x, "!%s", name)
		       : say(x, "%s < 0", name);
	low_ok = from_one ? negative ? say(x, "%s > 0", name) : name : say(x, "%s >= 0", name);
	x->out.hint = say(x, "limit `%s` to %s%s before the call", x->name,
			  from_one ? "1 or more" : "0 or more",
			  limit ? say(x, ", at most %s,", limit) : "");
	/* Tests of an int leave the upper half of what is passed unknown: another variable. */
	if (negative && limit && x->out.check_why[0] &&
	    BPF_CLASS(x->v->cfg.insns[x->out.check.insn].code) == BPF_JMP32 &&
	    edit_is_plain(name, strlen(name)))
		edit_argument(x,
			      say(x, "__u64 size = %s;\nbarrier_var(size);\n%s", name,
				  edit_guard_text(x, say(x, "%ssize > %s",
							 from_one ? "!size || " : "", limit))),
			      x->subject.n, "size");
	else if (large && limit && (negative || from_one))
		edit_guard(x, say(x, "%s || %s > %s", low, name, limit),
			   say(x, "%s && %s <= %s", low_ok, name, limit));
	else if (large && limit)
		edit_guard(x, say(x, "%s > %s", name, limit), say(x, "%s <= %s", name, limit));
	else if (negative || from_one)
		edit_guard(x, low, low_ok);
}

/* A global function is judged by its signature; a static one by what it is given. */
static void edit_static(struct explain *x)
{
	uint32_t sub = (uint32_t)x->v->cfg.callee[x->v->diag.insn];
	struct source s = source_of(x->v, x->v->cfg.subprogs[sub].start);
	const char *name = source_function(x->v, x->v->cfg.subprogs[sub].start);

	if (!name[0] || !strstr(s.text, name) || !strchr(s.text, '(') || strchr(s.text, ';'))
		return;
	x->out.hint = say(x, "make %s() static: it is then judged with what it is given", name);
	x->out.edit_line = s.line;
	x->out.edit_old = s.text;
	x->out.edit = say(x, "static %s", s.text);
}

static void edit_global(struct explain *x)
{
	const struct reg *r = x->has_subject ? replay_reg(x, x->subject.n) : NULL;

	if (r && r->flags & REG_NULLABLE)
		edit_null(x);
	else if (!r || r->kind == KIND_CTX)
		edit_static(x);
	else if (r->kind == KIND_SCALAR && x->name)
		x->out.hint =
			say(x,
			    "copy what `%s` points to into a local variable with "
			    "bpf_probe_read_kernel() (or _user), and pass the address of that",
			    x->name);
}

/* The lock that is held, in the place of another. */
static void edit_unlock(struct explain *x)
{
	const struct reference *lock = obligation_lock(x);
	const char *given = source_argument(x, x->out.at.source, 1), *held;

	held = lock ? source_argument(x, source_of(x->v, lock->insn).text, 1) : NULL;
	if (!held || !given)
		return;
	x->out.hint =
		say(x, "give back the lock that line %u took", source_of(x->v, lock->insn).line);
	edit_argument(x, "", 1, held);
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
	edit_use_late(x);
	if (x->name && x->refused.callee)
		x->out.hint =
			say(x,
			    "use `%s` only between the call that makes it and the one that ends "
			    "it: move %s up, or make a new one",
			    x->name, x->refused.callee);
}

static void edit_field(struct explain *x)
{
	if (x->refused.write)
		x->out.hint = "keep the value in a variable of the program or in a map; what a "
			      "program may change beside that, helpers change";
	else if (!strncmp(x->out.needed, "a program of", 12))
		x->out.hint =
			say(x,
			    "make this one of the program types above (its SEC() name), or use a "
			    "field or helper of %s programs",
			    x->v->type->name);
	else
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
	{ REASON_CALL_GLOBAL_ARGS, edit_global },
	{ REASON_CALL_GLOBAL_SIG, edit_static },
	{ REASON_KFUNC_NULL, edit_null },
	{ REASON_ARG_NULLABLE, edit_null },
	{ REASON_LOCK_LEAK, edit_lock_leak },
	{ REASON_LOCK_NOT_HELD, edit_unlock },
	{ REASON_SECTION_LEAK, edit_section_leak },
	{ REASON_STACK_OOB, edit_index },
	{ REASON_CALL_ARG_TYPE, edit_arg },
	{ REASON_MEM_MAX, edit_index },
	{ REASON_MEM_MIN, edit_index },
	{ REASON_MEM_NEGATIVE, edit_index },
	{ REASON_MEM_UNBOUNDED, edit_index },
	{ REASON_MAP_OOB, edit_index },
	{ REASON_MEM_OOB, edit_index },
	{ REASON_PTR_OUT_OF_BOUNDS, edit_index },
	{ REASON_PTR_MATH_UNBOUNDED, edit_index },
	{ REASON_STACK_OVERRUN, edit_short_buffer },
	{ REASON_CALL_TAIL_MAP, edit_tail_map },
	{ REASON_LOOP_INFINITE, edit_loop },
	{ REASON_REF_OFFSET, edit_whole },
	{ REASON_MAP_SPECIAL, edit_special },
	{ REASON_CALL_ARG_CONST, edit_constant },
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
	{ REASON_CTX_MODIFIED, edit_context_array },
	{ REASON_CTX_VARIABLE, edit_context_array },
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
	if (explain_is_limit(x->v))
		edit_rounds(x);
}
