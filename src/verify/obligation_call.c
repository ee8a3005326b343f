/* SPDX-License-Identifier: BSD-2-Clause */
/* What did a call, an exit or something held ask for that was not fulfilled?  See obligation.c. */
#include "verify/edit.h"

#include <inttypes.h>
#include <string.h>

static int64_t arg(const struct explain *x, unsigned int k)
{
	return x->v->diag.args[k].i;
}

static const char *text_arg(const struct explain *x, unsigned int k)
{
	return x->v->diag.args[k].s;
}

static const char *callee(const struct explain *x)
{
	return x->refused.callee ? x->refused.callee : "the call";
}

/* What a parameter is for, in words; of others the kinds that it accepts say enough. */
static const char *const parameters[] = {
	[ARG_CONST_MAP_PTR] = "a map, by its own name",
	[ARG_MAP_KEY] = "the address of a key",
	[ARG_MAP_VALUE] = "the address of a value for the map",
	[ARG_MAP_VALUE_OR_NULL] = "the address of a value for the map",
	[ARG_UNINIT_MAP_VALUE] = "the address of a value for the map",
	[ARG_MEM] = "the address of memory that belongs to the program",
	[ARG_MEM_OR_NULL] = "the address of memory that belongs to the program, or NULL",
	[ARG_MEM_RDWR] = "the address of memory that belongs to the program",
	[ARG_UNINIT_MEM] = "the address of memory that belongs to the program",
	[ARG_UNINIT_MEM_OR_NULL] = "the address of memory that belongs to the program, or NULL",
	[ARG_FIXED_MEM] = "the address of memory that belongs to the program",
	[ARG_FIXED_UNINIT_MEM] = "the address of memory that belongs to the program",
	[ARG_SIZE] = "a length",
	[ARG_SIZE_OR_ZERO] = "a length",
	[ARG_CONST_SIZE] = "a length that is a constant",
	[ARG_CONST_ALLOC_SIZE] = "a length that is a constant",
	[ARG_CTX] = "the program's context",
	[ARG_SPIN_LOCK] = "the address of a bpf_spin_lock in a map value",
	[ARG_TIMER] = "the address of a bpf_timer in a map value",
	[ARG_FUNC] = "a static function",
	[ARG_CONST_STR] = "a constant string",
	[ARG_ALLOC_MEM] = "the record that bpf_ringbuf_reserve() returned",
	[ARG_DYNPTR_UNINIT] = "the address of a dynptr on the stack",
	[ARG_DYNPTR] = "the address of a dynptr on the stack",
	[ARG_DYNPTR_RINGBUF] = "the address of a ring buffer's dynptr on the stack",
	[ARG_BTF_ID] = "a pointer to a kernel object",
	[ARG_SOCK_COMMON] = "a socket",
	[ARG_SOCKET] = "a socket",
	[ARG_LONG_PTR] = "the address of an 8-byte number",
	[ARG_INT_PTR] = "the address of a 4-byte number",
	[ARG_KPTR] = "the address of a kptr in a map value",
	[ARG_KPTR_VALUE] = "an object that the program holds a reference to, or NULL",
	[ARG_STACK_OR_NULL] = "the address of a local variable, or NULL",
};

static const char *parameter(const struct explain *x, unsigned int r)
{
	const struct helper_proto *h = x->refused.proto;

	if (!h || r < 1 || r > 5 || h->arg[r - 1] >= sizeof(parameters) / sizeof(parameters[0]))
		return NULL;
	return parameters[h->arg[r - 1]];
}

static void tell_arg_type(struct explain *x)
{
	const struct reg *r = replay_reg(x, x->subject.n);
	const char *want = parameter(x, x->subject.n);
	const char *have = fact_text(x, r, x->subject.frame);
	const struct reg *was = NULL;
	uint32_t ended = r->kind == KIND_SCALAR ? edit_ended_at(x, &was) : 0;
	const char *given = source_argument(x, x->out.at.source, x->subject.n);

	if (r->kind == KIND_SCALAR)
		have = say(x, "a number (%s)", have);
	else if (r->kind == KIND_STACK && given && *given == '&')
		have = say(x, "the address of the local variable `%s`", given + 1);
	x->out.summary = say(x, "argument %u of %s is %s", x->subject.n, callee(x), have);
	if (ended)
		x->out.summary =
			say(x, "argument %u of %s was given back by %s at line %u already",
			    x->subject.n, callee(x), lineage_call_name(x, x->r.step[ended].insn),
			    source_of(x->v, x->r.step[ended].insn).line);
	x->out.needed = want ? want : say(x, "one of: %s", text_arg(x, 2));
	x->out.known = say(x, "%s", have);
}

static void tell_length(struct explain *x)
{
	const struct reg *r = replay_reg(x, x->subject.n);
	enum reason reason = x->v->diag.reason;

	x->out.summary = say(x, "the length %s that %s gets %s", obligation_name(x), callee(x),
			     reason == REASON_CALL_SIZE_NEGATIVE ? "may be negative"
			     : reason == REASON_CALL_SIZE_ZERO   ? "may be 0"
								 : "has no upper limit");
	x->out.needed = reason == REASON_CALL_SIZE_NEGATIVE ? "at least 0"
			: reason == REASON_CALL_SIZE_ZERO   ? "at least 1"
							    : "at most the size of the buffer";
	x->out.known = fact_range(x, &r->s);
	x->has_range = true;
	x->known = (struct span64){ scalar_smin(&r->s), scalar_smax(&r->s) };
	x->allowed = (struct span64){ reason == REASON_CALL_SIZE_ZERO, (1 << 29) - 1 };
}

/* Names of the program types whose groups meet `groups`. */
static const char *types_with(struct explain *x, uint64_t groups)
{
	const char *list = "", *last = "";
	unsigned int n = 0;

	for (uint32_t type = 1; type < 64; type++) {
		const struct prog_type *t = prog_type_of(type, 0);

		if (!t || !(t->groups & ~HELPER_GROUP_BASE & groups) || !strcmp(t->name, last))
			continue;
		last = t->name;
		if (n < 8)
			list = say(x, "%s%s%s", list, n ? ", " : "", t->name);
		n++;
	}
	return n > 8 ? say(x, "%s and %u more", list, n - 8) : list;
}

static void tell_prog_type(struct explain *x)
{
	const struct helper_proto *h = helper_find(x->v->in->helpers, (uint32_t)arg(x, 1));
	const char *list = h ? types_with(x, h->groups) : "";

	x->out.summary =
		say(x, "%s() is not offered to %s programs", text_arg(x, 0), x->v->type->name);
	x->out.needed = list[0] ? say(x, "a program of type %s", list) : "another program type";
	x->out.known = say(x, "this program is of type %s", x->v->type->name);
}

static void tell_kfunc(struct explain *x)
{
	x->out.summary = say(x, "the kernel function %s() is not offered to %s programs",
			     text_arg(x, 0), x->v->type->name);
	x->out.needed = "a kernel function that this program type may call";
	x->out.known = say(x, "this program is of type %s", x->v->type->name);
}

/* The first argument that does not fit, by what the signature says. */
static unsigned int bad_argument(const struct explain *x, const struct func_sig *sig)
{
	for (unsigned int r = 1; r <= sig->n; r++) {
		const struct reg *reg = replay_reg(x, r);

		switch ((enum sig_kind)sig->arg[r - 1].kind) {
		case SIG_SCALAR:
			if (reg->kind != KIND_SCALAR)
				return r;
			break;
		case SIG_CTX:
			if (reg->kind != KIND_CTX || reg->off)
				return r;
			break;
		case SIG_MEM:
			if (!reg_is_ptr(reg) || reg->flags & REG_NULLABLE ||
			    reg->kind == KIND_CTX || !kind_row(reg->kind)->memory)
				return r;
			break;
		case SIG_OBJECT:
			if (reg->kind != KIND_BTF_OBJ || reg->flags & REG_NULLABLE)
				return r;
			break;
		case SIG_DYNPTR:
			if (reg->kind != KIND_STACK && reg->kind != KIND_DYNPTR)
				return r;
			break;
		case SIG_UNTRUSTED: break;
		case SIG_ARENA:
			if (reg->kind != KIND_ARENA && reg->kind != KIND_SCALAR)
				return r;
			break;
		}
	}
	return 0;
}

static void tell_global_args(struct explain *x)
{
	const struct func_sig *sig = &x->v->subs[arg(x, 0)].sig;
	unsigned int r = bad_argument(x, sig);
	const struct reg *reg;

	if (!r)
		return;
	reg = replay_reg(x, r);
	x->subject = place_reg((uint8_t)(x->r.n_frames - 1), r);
	x->has_subject = true;
	x->name = source_name(x, x->r.n - 1, x->subject);
	x->out.summary =
		say(x, "argument %u of the global function %s() is %s", r, sig->name,
		    reg->kind == KIND_SCALAR ? "a number" : fact_text(x, reg, x->subject.frame));
	x->out.needed = sig->arg[r - 1].kind == SIG_SCALAR ? "a number"
			: sig->arg[r - 1].kind == SIG_CTX  ? "the context"
			: sig->arg[r - 1].kind == SIG_OBJECT
				? "an object of the kernel that is sure to live"
				: say(x, "%u bytes of memory%s", sig->arg[r - 1].size,
				      sig->arg[r - 1].nullable ? " or NULL" : ", not NULL");
	x->out.known = fact_text(x, reg, x->subject.frame);
}

const struct reference *obligation_lock(const struct explain *x)
{
	const struct state *st = x->v->cur;

	for (uint32_t i = 0; i < st->n_refs; i++)
		if (st->ref[i].kind == REF_LOCK)
			return &st->ref[i];
	return NULL;
}

static void tell_locked(struct explain *x)
{
	const struct reference *lock = obligation_lock(x);

	x->out.summary = say(x, "%s is called while a lock is held", callee(x));
	x->out.needed = "no call between bpf_spin_lock() and bpf_spin_unlock()";
	if (lock)
		x->out.known = say(x, "locked at line %u: %s", source_of(x->v, lock->insn).line,
				   source_of(x->v, lock->insn).text);
}

static void tell_lock_leak(struct explain *x)
{
	const struct reference *lock = obligation_lock(x);

	x->has_subject = false; /* it is no register's fault */
	if (!lock)
		return;
	x->out.summary = say(x, "%s() ends here with the lock held that line %u took",
			     x->out.function, source_of(x->v, lock->insn).line);
	x->out.needed = "bpf_spin_unlock() on every path";
	x->out.known = say(x, "locked at line %u: %s", source_of(x->v, lock->insn).line,
			   source_of(x->v, lock->insn).text);
}

uint32_t obligation_section(struct explain *x)
{
	const char *what = text_arg(x, 1);

	for (uint32_t k = x->r.n; k-- > 1;) {
		uint32_t at = x->r.step[k].insn;

		if (x->v->cfg.op[at] == ISA_CALL_KFUNC &&
		    !strncmp(lineage_call_name(x, at), what, strlen(what)))
			return at;
	}
	return UINT32_MAX;
}

static void tell_section_leak(struct explain *x)
{
	uint32_t at = obligation_section(x);

	x->has_subject = false;
	if (at == UINT32_MAX)
		return;
	x->out.summary = say(x, "%s() leaves the section open that line %u began with %s()",
			     x->out.function, source_of(x->v, at).line, text_arg(x, 1));
	x->out.needed = "the end of the section on every path";
	x->out.known = say(x, "begun at line %u, still open", source_of(x->v, at).line);
}

static void tell_null_argument(struct explain *x)
{
	unsigned int r = (unsigned int)arg(x, 0) + 1;

	if (r > 5)
		return;
	x->subject = place_reg((uint8_t)(x->r.n_frames - 1), r);
	x->has_subject = true;
	x->name = source_argument(x, x->out.at.source, r);
	x->out.summary = say(x, "argument %u of %s may be NULL", r, callee(x));
	x->out.needed = "an object that is there";
	x->out.known = fact_text(x, replay_reg(x, r), x->subject.frame);
}

/* Lists and trees: the lock is missing, or the object is gone; else the row of the reason says it.
 */
static void tell_object_argument(struct explain *x)
{
	const struct helper_proto *h = x->refused.proto;
	const struct reg *was = NULL;
	uint32_t ended = 0;

	if (!h)
		return;
	if ((h->arg[0] == ARG_LIST_HEAD || h->arg[0] == ARG_RB_ROOT) && !x->v->cur->n_locks) {
		x->out.summary =
			say(x, "%s is called without the lock of the list or tree", callee(x));
		x->out.needed = "the bpf_spin_lock beside it, held";
		x->out.known = "no lock is held";
		x->out.hint = "call bpf_spin_lock() before it, and bpf_spin_unlock() after it";
		return;
	}
	x->has_subject = true;
	for (unsigned int r = 1; r <= 2 && !ended; r++) {
		x->subject = place_reg((uint8_t)(x->r.n_frames - 1), r);
		if (replay_reg(x, r)->kind == KIND_SCALAR)
			ended = edit_ended_at(x, &was);
	}
	x->has_subject = ended;
	if (!ended)
		return;
	x->name = source_argument(x, x->out.at.source, x->subject.n);
	tell_arg_type(x);
	x->out.needed = "an object that this program owns";
	x->out.known = "an address that nothing is known of any more";
	edit_released_twice(x, ended);
}

static void tell_sleep(struct explain *x)
{
	const struct state *st = x->v->cur;

	if (st->frame[0]->kind != FRAME_ASYNC || st->sleepable)
		return;
	x->out.summary = say(x, "%s may sleep, and is called by a timer's callback, which may not",
			     callee(x));
	x->out.needed = "only calls that do not sleep, whatever program set the timer";
	x->out.hint = "let a work queue (struct bpf_wq) do it: its callbacks may sleep";
}

static void tell_not_held(struct explain *x)
{
	const struct reference *lock = obligation_lock(x);
	const char *given = source_argument(x, x->out.at.source, 1);

	x->out.summary = say(x, "%s gives back %s%s%s, which is not held here", callee(x),
			     given ? "`" : "", given ? given : "a lock", given ? "`" : "");
	x->out.needed = "the lock that was taken last";
	x->out.known =
		lock ? say(x, "held: the one of line %u, %s", source_of(x->v, lock->insn).line,
			   source_of(x->v, lock->insn).text)
		     : "no lock is held";
}

static void tell_signature(struct explain *x)
{
	x->out.summary = say(x,
			     "argument %u of the global function %s() is `%s`, whose size is not "
			     "known",
			     (unsigned int)arg(x, 0) + 1, text_arg(x, 2), text_arg(x, 1));
	x->out.needed = "a number, the context, or a pointer to a type that is defined here";
	x->out.known = text_arg(x, 1);
}

static void tell_leak(struct explain *x)
{
	uint32_t at = (uint32_t)arg(x, 1);
	const char *name = source_assigned(x, source_of(x->v, at).text);

	x->name = name;
	x->out.summary =
		say(x, "%s%s%s from %s is neither released nor handed on when %s() ends here",
		    name ? "`" : "", name ? name : "what came", name ? "`" : "",
		    lineage_call_name(x, at), x->out.function);
	x->out.needed = "a release on every path";
	x->out.known = say(x, "acquired at line %u, still held", source_of(x->v, at).line);
	if (!source_of(x->v, at).line)
		x->out.known = say(x, "acquired by instruction %u, still held", at);
}

/* The object on the stack that an argument points to is what the lineage should tell of. */
static void follow_object(struct explain *x, unsigned int r)
{
	const struct reg *reg = replay_reg(x, r);
	int32_t off;

	if (reg->kind != KIND_STACK || !scalar_is_const(&reg->s))
		return;
	off = reg->off + (int32_t)scalar_const_value(&reg->s);
	if (off >= 0 || off < -STACK_BYTES)
		return;
	x->subject = (struct place){ (uint8_t)reg->obj, true, (uint8_t)slot_of(off) };
	x->has_subject = true;
	x->name = source_argument(x, x->out.at.source, r);
	if (x->name && *x->name == '&')
		x->name++;
}

static void tell_object(struct explain *x)
{
	bool dynptr = x->v->diag.reason == REASON_DYNPTR_UNINIT;
	bool fresh = x->v->diag.reason == REASON_ITER_INIT;
	const char *kind = dynptr ? "dynptr" : "iterator";
	unsigned int r = (unsigned int)arg(x, dynptr ? 0 : 1) + 1;

	follow_object(x, r);
	x->out.summary = say(x, "%s gets %s, which %s %s here", callee(x),
			     x->name ? say(x, "`%s`", x->name) : say(x, "argument %u", r),
			     fresh ? "still holds a live" : "holds no live", kind);
	x->out.needed = fresh ? "a variable that holds none" : say(x, "a live %s", kind);
	x->out.known = fresh ? "one that was not destroyed"
			     : "none was made on this path, or its end has come";
}

static void tell_not_acquired(struct explain *x)
{
	const struct reg *r = replay_reg(x, x->subject.n);

	x->out.summary = say(x, "%s releases %s, which this program does not own", callee(x),
			     obligation_name(x));
	x->out.needed = "what an acquiring call returned, not yet released";
	x->out.known = fact_text(x, r, x->subject.frame);
}

static void tell_stack_total(struct explain *x)
{
	const struct verifier *v = x->v;
	const char *list = "";
	unsigned int n = 0;

	for (uint32_t s = 0; s < v->cfg.n_subprogs; s++) {
		const char *name = source_function(v, v->cfg.subprogs[s].start);

		if (!v->subs[s].stack || n >= 6)
			continue;
		list = say(x, "%s%s%s() %u", list, n++ ? ", " : "", name[0] ? name : "main",
			   v->subs[s].stack);
	}
	x->out.summary =
		"the local variables of functions that call each other need too much stack";
	x->out.needed =
		v->diag.reason == REASON_CALL_STACK
			? "at most 512 bytes along a chain of calls (each frame rounded up to 32)"
			: "at most 256 bytes in the functions above a tail call";
	x->out.known = v->diag.reason == REASON_CALL_STACK
			       ? say(x, "%" PRId64 " bytes: %s", arg(x, 1), list)
			       : say(x, "%" PRId64 " bytes above a tail call: %s", arg(x, 0), list);
}

static void tell_return(struct explain *x)
{
	bool callback = x->v->diag.reason == REASON_CALLBACK_RETURN;

	x->out.summary =
		say(x, "%s() may return a value that has no meaning for %s%s", x->out.function,
		    callback ? "a callback" : x->v->type->name, callback ? "" : " programs");
	x->out.needed = say(x, "a return value of %" PRId64 " to %" PRId64, arg(x, 2), arg(x, 3));
	if (arg(x, 2) == arg(x, 3))
		x->out.needed = say(x, "a return value of %" PRId64, arg(x, 2));
	x->out.known = say(x, "%s", fact_range(x, &replay_reg(x, 0)->s));
	x->has_range = true;
	x->allowed = (struct span64){ arg(x, 2), arg(x, 3) };
	x->known = (struct span64){ arg(x, 0), arg(x, 1) };
}

/* A variable that is smaller than what the call reads or writes. */
static void tell_short(struct explain *x)
{
	const struct helper_proto *h = x->refused.proto;
	const struct reg *r = replay_reg(x, x->subject.n), *map = replay_reg(x, 1);
	unsigned int kind = h && x->subject.n ? h->arg[x->subject.n - 1] : ARG_NONE;
	const char *name = source_argument(x, x->out.at.source, x->subject.n), *of = "";
	int64_t top;

	if (!scalar_is_const(&r->s))
		return;
	if (name && *name == '&')
		name++;
	top = r->off + (int64_t)scalar_const_value(&r->s);
	if ((kind == ARG_MAP_KEY || kind == ARG_MAP_VALUE) && map->kind == KIND_MAP_PTR)
		of = say(x, ", a %s of map '%s',", kind == ARG_MAP_KEY ? "key" : "value",
			 map_of(x->v, map)->name);
	x->out.summary = say(x, "%s %ss %" PRId64 " bytes%s at %s%s%s, and goes past its end",
			     callee(x), text_arg(x, 0)[0] == 'w' ? "write" : "read", arg(x, 3), of,
			     name ? "`" : "", name ? name : "the local variable", name ? "`" : "");
	x->out.needed = say(x, "%" PRId64 " bytes", arg(x, 3));
	x->out.known = say(x, "%" PRId64 " bytes up to the end of the stack", -top);
}

static void tell_uninit_arg(struct explain *x)
{
	int64_t first = arg(x, 1) + arg(x, 2);
	const char *name = source_argument(x, x->out.at.source, x->subject.n);

	if (name && *name == '&')
		name++;
	x->name = name;
	x->out.summary = say(x,
			     "%s reads %" PRId64 " bytes of %s%s%s, and byte %" PRId64
			     " of them was never written",
			     callee(x), arg(x, 3), name ? "`" : "", name ? name : "the stack",
			     name ? "`" : "", arg(x, 2));
	x->out.needed = say(x, "all of fp%" PRId64 " to fp%" PRId64 " written", arg(x, 1),
			    arg(x, 1) + arg(x, 3) - 1);
	x->out.known =
		say(x, "fp%" PRId64 " is not (a hole between members, or a member not set)", first);
}

static const struct {
	enum reason reason;
	bool needs_path;
	void (*tell)(struct explain *x);
} rows[] = {
	{ REASON_CALL_ARG_TYPE, true, tell_arg_type },
	{ REASON_CALL_SIZE_NEGATIVE, true, tell_length },
	{ REASON_CALL_SIZE_ZERO, true, tell_length },
	{ REASON_CALL_SIZE_UNBOUNDED, true, tell_length },
	{ REASON_CALL_TYPE, false, tell_prog_type },
	{ REASON_CALL_KFUNC, false, tell_kfunc },
	{ REASON_CALL_GLOBAL_ARGS, true, tell_global_args },
	{ REASON_CALL_LOCKED, true, tell_locked },
	{ REASON_REF_LEAK, true, tell_leak },
	{ REASON_LOCK_LEAK, true, tell_lock_leak },
	{ REASON_LOCK_NOT_HELD, true, tell_not_held },
	{ REASON_OBJECT_ARG, true, tell_object_argument },
	{ REASON_CALL_SLEEP, true, tell_sleep },
	{ REASON_KFUNC_SLEEP, true, tell_sleep },
	{ REASON_SECTION_LEAK, true, tell_section_leak },
	{ REASON_KFUNC_NULL, true, tell_null_argument },
	{ REASON_ARG_NULLABLE, true, tell_null_argument },
	{ REASON_CALL_GLOBAL_SIG, false, tell_signature },
	{ REASON_DYNPTR_UNINIT, true, tell_object },
	{ REASON_ITER_UNINIT, true, tell_object },
	{ REASON_ITER_INIT, true, tell_object },
	{ REASON_REF_RELEASE, true, tell_not_acquired },
	{ REASON_CALL_STACK, false, tell_stack_total },
	{ REASON_CALL_STACK_TAIL, false, tell_stack_total },
	{ REASON_EXIT_RANGE, true, tell_return },
	{ REASON_CALLBACK_RETURN, true, tell_return },
	{ REASON_STACK_UNINIT_ARG, true, tell_uninit_arg },
	{ REASON_STACK_OVERRUN, true, tell_short },
};

bool obligation_of_call(struct explain *x)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].reason != x->v->diag.reason)
			continue;
		if (!rows[i].needs_path || x->r.n)
			rows[i].tell(x);
		return true;
	}
	return false;
}
