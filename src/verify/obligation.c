/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was refused, as its author would say it?  One sentence, and both sides of the inequality in
 * numbers.  Reasons that have no row here are told with their row of reasons.def alone.
 */
#include <inttypes.h>
#include <string.h>

#include "verify/edit.h"

const char *obligation_what(struct explain *x)
{
	if (x->expression)
		return say(x, "`%s`", x->expression);
	return x->refused.callee ? x->refused.callee : "this";
}

const char *obligation_name(struct explain *x)
{
	return x->name ? say(x, "`%s`", x->name) : say(x, "R%u", x->subject.n);
}

static const char *bytes(struct explain *x, int64_t n)
{
	return say(x, "%" PRId64 " byte%s", n, n == 1 ? "" : "s");
}

static const char *does(const struct explain *x)
{
	return x->refused.write ? "writes" : "reads";
}

static const struct reg *subject(const struct explain *x)
{
	return replay_reg(x, x->subject.n);
}

static int64_t arg(const struct explain *x, unsigned int k)
{
	return x->v->diag.args[k].i;
}

/* Bytes that the access takes: a helper's are those of the refusal itself. */
static int64_t size_of(const struct explain *x, unsigned int k)
{
	return x->refused.memory ? (int64_t)x->refused.size : arg(x, k);
}

/* The call that ended what the value pointed to; NULL: it was no pointer. */
static const char *ended_by(struct explain *x, uint32_t *ret_line)
{
	const struct reg *was;
	uint32_t step = edit_ended_at(x, &was);

	if (!step)
		return NULL;
	*ret_line = source_of(x->v, x->r.step[step].insn).line;
	return lineage_call_name(x, x->r.step[step].insn);
}

static void tell_scalar(struct explain *x)
{
	uint32_t line = 0;
	const char *ended = ended_by(x, &line);

	if (ended) {
		x->out.summary =
			say(x, "%s %s memory through %s, which is invalid since %s at line %u",
			    obligation_what(x), does(x), obligation_name(x), ended, line);
		x->out.needed = "a pointer that may be followed";
		x->out.known = "an address that nothing is known of any more";
		return;
	}
	if (edit_null_here(x, &line)) {
		x->out.summary = say(x, "%s %s memory through %s, which is NULL on this path",
				     obligation_what(x), does(x), obligation_name(x));
		x->out.needed = "a pointer that is not NULL";
		x->out.known = say(x, "NULL, as line %u has found", line);
		return;
	}
	x->out.summary =
		say(x, "%s %s memory through %s, which is %s here, not a pointer",
		    obligation_what(x), does(x), obligation_name(x), fact_kind(x, subject(x)));
	x->out.needed = "a pointer that may be followed";
	x->out.known = fact_text(x, subject(x), x->subject.frame);
	if (subject(x)->kind == KIND_SCALAR)
		x->out.known = say(x, "a number (%s)", x->out.known);
}

static void tell_nullable(struct explain *x)
{
	x->out.summary = say(x, "%s %s memory through %s, which may be NULL", obligation_what(x),
			     does(x), obligation_name(x));
	x->out.needed = say(x, "%s is not NULL", obligation_name(x));
	x->out.known =
		say(x, "%s is %s", obligation_name(x), fact_text(x, subject(x), x->subject.frame));
}

static void tell_packet(struct explain *x)
{
	const struct reg *r = subject(x);
	int64_t end = arg(x, 0) + arg(x, 1);
	bool fixed = scalar_is_const(&r->s) && !r->id;
	const char *of = fixed ? "the packet" : "the packet behind the variable offset";

	x->out.summary = say(x, "%s %s %s of the packet that no check against its end covers",
			     obligation_what(x), does(x), bytes(x, arg(x, 1)));
	x->out.needed = say(x, "at least %s of %s", bytes(x, end), of);
	x->has_range = true;
	x->allowed = (struct span64){ end, UINT16_MAX };
	x->known = (struct span64){ r->range, UINT16_MAX };
	if (r->flags & REG_BEYOND)
		x->out.known = "on this path the packet ends before that";
	else if (r->range)
		x->out.known = say(x, "%s are proven", bytes(x, r->range));
	else if (fixed)
		x->out.known = "nothing: no check on this path covers it";
	else
		x->out.known = say(x, "nothing: no check covers this pointer (offset %s)",
				   fact_range(x, &r->s));
}

static const char *region(struct explain *x, const struct reg *r, int64_t limit)
{
	const char *kind = fact_kind(x, r);

	if (r->kind == KIND_MEM)
		return kind;
	return say(x, "%s (%" PRId64 " bytes)", kind, limit);
}

/* An access of `size` bytes somewhere in [known) of a region of `limit` bytes. */
static void tell_region(struct explain *x, int64_t limit, int64_t size)
{
	const struct reg *r = subject(x);
	int64_t fixed = (int64_t)r->off + (x->refused.memory ? x->refused.off : 0);
	int64_t over;

	x->known = (struct span64){ fixed + scalar_smin(&r->s), fixed + scalar_smax(&r->s) };
	x->allowed = (struct span64){ 0, limit - size };
	x->has_range = true;
	over = x->known.high - x->allowed.high;
	if (scalar_smin(&r->s) == INT64_MIN || over > 1 << 20)
		x->out.summary = say(x, "%s may %s far outside of %s: nothing limits the offset",
				     obligation_what(x), x->refused.write ? "write" : "read",
				     region(x, r, limit));
	else if (x->known.low < 0)
		x->out.summary = say(x, "%s may %s up to %s before the start of %s",
				     obligation_what(x), x->refused.write ? "write" : "read",
				     bytes(x, -x->known.low), region(x, r, limit));
	else
		x->out.summary = say(x, "%s %s %s past the end of %s", obligation_what(x),
				     scalar_is_const(&r->s) ? does(x)
				     : x->refused.write     ? "may write up to"
							    : "may read up to",
				     bytes(x, over), region(x, r, limit));
	x->out.needed = say(x, "offset 0 to %" PRId64 ", for %s of %" PRId64, x->allowed.high,
			    bytes(x, size), limit);
	x->out.known = scalar_is_const(&r->s)            ? say(x, "offset %" PRId64, x->known.low)
		       : scalar_smin(&r->s) == INT64_MIN ? "any offset"
							 : say(x, "offset %" PRId64 " to %" PRId64,
							       x->known.low, x->known.high);
}

static uint32_t limit_of(const struct explain *x)
{
	const struct reg *r = subject(x);

	if (r->kind == KIND_MAP_VALUE)
		return map_of(x->v, r)->value_size;
	if (r->kind == KIND_MAP_KEY)
		return map_of(x->v, r)->key_size;
	return r->obj;
}

static void tell_oob(struct explain *x)
{
	tell_region(x, arg(x, 0), size_of(x, 2));
}
static void tell_min_max(struct explain *x)
{
	tell_region(x, arg(x, 1), size_of(x, 3));
}
static void tell_limit(struct explain *x)
{
	tell_region(x, limit_of(x), x->refused.memory ? x->refused.size : 1);
}

static void tell_packet_negative(struct explain *x)
{
	x->out.summary =
		say(x, "%s: the offset into the packet may be negative", obligation_what(x));
	x->out.needed = "an offset of at least 0";
	x->out.known = say(x, "offset %s", fact_range(x, &subject(x)->s));
	x->has_range = true;
	x->allowed = (struct span64){ 0, UINT16_MAX };
	x->known = (struct span64){ scalar_smin(&subject(x)->s), scalar_smax(&subject(x)->s) };
}

static void tell_pointer_math(struct explain *x)
{
	const struct reg *r = subject(x);

	x->out.summary =
		say(x, "%s may move the pointer far out of its object", obligation_what(x));
	x->out.needed = "an index whose limits are known on both sides, within 2^29";
	x->out.known = say(x, "what is added is %s", fact_range(x, &r->s));
	x->has_range = r->kind == KIND_SCALAR;
	x->allowed = (struct span64){ 0, (1 << 29) - 1 };
	x->known = (struct span64){ scalar_smin(&r->s), scalar_smax(&r->s) };
}

static void tell_stack(struct explain *x)
{
	const struct reg *r = subject(x);
	int64_t fixed = (int64_t)r->off + (x->refused.memory ? x->refused.off : 0);
	int64_t size = x->refused.memory ? (int64_t)x->refused.size : 1;

	if (x->refused.callee && obligation_of_call(x))
		return;
	if (!scalar_is_const(&r->s) || !x->refused.memory) {
		x->known =
			(struct span64){ fixed + scalar_smin(&r->s), fixed + scalar_smax(&r->s) };
		x->allowed = (struct span64){ -STACK_BYTES, -size };
		x->has_range = x->refused.memory;
	}
	if (scalar_is_const(&r->s)) {
		fixed += (int64_t)scalar_const_value(&r->s);
		x->known = (struct span64){ fixed, fixed };
		x->allowed = (struct span64){ -STACK_BYTES, -size };
		x->has_range = true;
		x->out.summary = say(x, "%s goes beyond the function's stack", obligation_what(x));
		x->out.needed =
			say(x, "first byte between fp-%d and fp%+" PRId64, STACK_BYTES, -size);
		x->out.known = say(x, "fp%+" PRId64, fixed);
		return;
	}
	x->out.summary =
		say(x, "%s may %s outside of the local array: %s", obligation_what(x),
		    x->refused.write ? "write" : "read",
		    scalar_smin(&r->s) == INT64_MIN ? "nothing limits the index"
						    : "the index can be too large or negative");
	x->out.needed =
		say(x, "first byte between fp%+" PRId64 " and fp%+" PRId64, x->allowed.low, -size);
	if (scalar_smin(&r->s) != INT64_MIN)
		x->out.known = say(x, "between fp%+" PRId64 " and fp%+" PRId64,
				   fixed + scalar_smin(&r->s), fixed + scalar_smax(&r->s));
}

static void tell_align(struct explain *x)
{
	x->out.summary = say(x, "%s %s %u bytes at an address that is no multiple of %u",
			     obligation_what(x), does(x), x->refused.size, x->refused.size);
	x->out.needed = say(x, "an address that is a multiple of %u", x->refused.size);
	x->out.known = say(x, "fp%+" PRId64, arg(x, 2) + arg(x, 3));
	if (subject(x)->kind != KIND_STACK)
		x->out.known = say(x, "offset %" PRId64, arg(x, 2) + arg(x, 3));
}

static const char *field_list(struct explain *x, int64_t off)
{
	const struct ctx_type *ctx = x->v->type->ctx;
	uint8_t want = x->refused.write ? CTX_WRITE : CTX_READ;
	const char *list = "";
	uint32_t shown = 0;

	for (uint32_t i = 0; ctx && i < ctx->n_fields; i++) {
		const struct ctx_field *f = &ctx->fields[i];

		/* Of long contexts, what is near. */
		if (!(f->access & want) || !f->name ||
		    (ctx->n_fields > 8 && (f->off + 16 < off || f->off > off + 16)))
			continue;
		list = say(x, "%s%s%s (%u bytes at %u)", list, shown++ ? ", " : "", f->name,
			   f->size, f->off);
	}
	return list;
}

/* Program types with the same context that may use this field of it. */
static const char *types_with_field(struct explain *x, uint32_t off, uint32_t size)
{
	const struct ctx_type *ctx = x->v->type->ctx;
	const struct prog_type *t;
	const char *list = "", *last = "";
	unsigned int n = 0;

	for (uint32_t i = 0; ctx && (t = prog_type_at(i)); i++) {
		if (!t->ctx || t->type == x->v->type->type ||
		    strcmp(t->ctx->name, ctx->name) != 0 || !strcmp(t->name, last) ||
		    !ctx_field_access(t->ctx, off, size, x->refused.write))
			continue;
		last = t->name;
		list = say(x, "%s%s%s", list, n++ ? ", " : "", t->name);
	}
	return list;
}

static void tell_field(struct explain *x)
{
	const char *list = field_list(x, arg(x, 0));
	const char *types = types_with_field(x, (uint32_t)arg(x, 0), (uint32_t)arg(x, 1));

	x->out.summary = say(x, "%s %s a context field that %s programs may not use this way",
			     obligation_what(x), does(x), x->v->type->name);
	x->out.needed = list[0]            ? say(x, "one of: %s", list)
			: x->refused.write ? say(x, "%s programs write no field of their context",
						 x->v->type->name)
					   : "a field that this program type has";
	if (types[0])
		x->out.needed = say(x, "a program of type %s, for this field", types);
	x->out.known = say(x, "%s at offset %" PRId64 ", in a program of type %s",
			   bytes(x, arg(x, 1)), arg(x, 0), x->v->type->name);
}

static void tell_moved_context(struct explain *x)
{
	x->out.summary =
		say(x, "%s uses the context through a changed pointer", obligation_what(x));
	x->out.needed = "the context argument itself";
	x->out.known = fact_text(x, subject(x), x->subject.frame);
}

static void tell_pointer_operator(struct explain *x)
{
	x->out.summary =
		say(x, "%s calculates with a pointer as if it were a number", obligation_what(x));
	x->out.needed = "only += and -= of numbers on pointers";
	x->out.known =
		say(x, "%s on %s", x->out.insn_text, fact_text(x, subject(x), x->subject.frame));
}

static void tell_uninit(struct explain *x)
{
	if (x->refused.callee)
		x->out.summary =
			say(x, "argument %u of %s has no value", x->subject.n, x->refused.callee);
	else if (x->subject.n == 0 && !x->refused.memory)
		x->out.summary =
			say(x, "%s() returns without a value on this path", x->out.function);
	else
		x->out.summary = say(x, "%s has no value on this path", obligation_name(x));
	x->out.needed = say(x, "a value in R%u", x->subject.n);
	x->out.known = "it was never written, or a call overwrote it";
}

static void tell_loop(struct explain *x)
{
	x->out.summary = "nothing that this loop tests changes from one round to the next: it may "
			 "never end";
	x->out.needed = "a value that every round brings nearer to the end";
	x->out.known = "the same state as one round before";
}

static const struct {
	enum reason reason;
	void (*tell)(struct explain *x);
} rows[] = {
	{ REASON_MEM_SCALAR, tell_scalar },
	{ REASON_MEM_NULLABLE, tell_nullable },
	{ REASON_PTR_ARITH_NULL, tell_nullable },
	{ REASON_PKT_OOB, tell_packet },
	{ REASON_PKT_NEGATIVE, tell_packet_negative },
	{ REASON_MEM_OOB, tell_oob },
	{ REASON_MAP_OOB, tell_oob },
	{ REASON_MAP_KEY_OOB, tell_oob },
	{ REASON_MEM_MIN, tell_min_max },
	{ REASON_MEM_MAX, tell_min_max },
	{ REASON_MEM_NEGATIVE, tell_limit },
	{ REASON_MEM_UNBOUNDED, tell_limit },
	{ REASON_PTR_MATH_UNBOUNDED, tell_pointer_math },
	{ REASON_PTR_MATH_LARGE, tell_pointer_math },
	{ REASON_PTR_OUT_OF_BOUNDS, tell_pointer_math },
	{ REASON_STACK_OOB, tell_stack },
	{ REASON_STACK_OVERRUN, tell_stack },
	{ REASON_STACK_VAR_OOB, tell_stack },
	{ REASON_STACK_VAR_OVERRUN, tell_stack },
	{ REASON_STACK_VAR_UNBOUNDED, tell_stack },
	{ REASON_MEM_ALIGN, tell_align },
	{ REASON_CTX_FIELD, tell_field },
	{ REASON_CTX_MODIFIED, tell_moved_context },
	{ REASON_CTX_VARIABLE, tell_moved_context },
	{ REASON_CTX_NEGATIVE, tell_moved_context },
	{ REASON_PTR_ARITH_OP, tell_pointer_operator },
	{ REASON_PTR_ARITH_BITS, tell_pointer_operator },
	{ REASON_PTR_ARITH_32, tell_pointer_operator },
	{ REASON_PTR_ARITH_UNARY, tell_pointer_operator },
	{ REASON_PTR_PTR, tell_pointer_operator },
	{ REASON_REG_UNINIT, tell_uninit },
	{ REASON_LOOP_INFINITE, tell_loop },
};

void obligation_tell(struct explain *x)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].reason == x->v->diag.reason) {
			if (x->has_subject || rows[i].reason == REASON_LOOP_INFINITE)
				rows[i].tell(x);
			return;
		}
	obligation_of_call(x);
}
