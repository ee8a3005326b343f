/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which line should stand elsewhere?  A use before the call that ends its object, a call before or
 * after the lock that it may not run under, a pointer derived anew where the packet has moved.
 */
#include <ctype.h>
#include <string.h>

#include "verify/edit.h"

static struct source line_of(const struct explain *x, uint32_t step)
{
	return source_of(x->v, x->r.step[step].insn);
}

static bool is_call(const struct explain *x, uint32_t step)
{
	enum isa_form form = isa_row(x->v->cfg.op[x->r.step[step].insn])->form;

	return form == ISA_F_CALL || form == ISA_F_CALL_KFUNC || form == ISA_F_CALL_SUB;
}

/* Back to where the value was not a copy of another register. */
static const struct change *uncopied(const struct explain *x, struct place at)
{
	const struct change *c = replay_before(&x->r, at, x->r.n - 1);

	while (c && c->why == BY_INSN && !at.slot) {
		uint32_t insn = x->r.step[c->step].insn;
		const struct isa_row *row = isa_row(x->v->cfg.op[insn]);

		if (row->form == ISA_F_JMP_X || row->form == ISA_F_JMP_K) {
			c = c->prev == NO_CHANGE ? NULL : &x->r.change[c->prev];
			continue;
		}
		if (row->form != ISA_F_ALU_X || row->op != ISA_ALU_MOV)
			break;
		at = place_reg(at.frame, x->v->cfg.insns[insn].src_reg);
		c = replay_before(&x->r, at, c->step);
	}
	return c;
}

uint32_t edit_ended_at(const struct explain *x, const struct reg **ret_was)
{
	const struct change *c = x->has_subject ? uncopied(x, x->subject) : NULL;

	if (!c || c->why != BY_INSN || c->prev == NO_CHANGE || !is_call(x, c->step))
		return 0;
	*ret_was = &x->r.change[c->prev].now;
	if (!x->subject.slot && (c->now.kind != KIND_SCALAR || !reg_is_ptr(*ret_was)))
		return 0;
	return c->step;
}

/* --- uses that come too late --- */

bool edit_use_late(struct explain *x)
{
	const struct reg *was;
	uint32_t ended = edit_ended_at(x, &was);
	struct source end = ended ? line_of(x, ended) : (struct source){ .text = "" };
	const char *use = x->out.at.source, *e = x->expression, *at;

	if (!ended || !end.line)
		return false;
	x->out.hint = say(x, "use %s before line %u ends what it points to", obligation_name(x),
			  end.line);
	if (end.line >= x->out.at.line || strcmp(end.file, x->out.at.file) != 0 ||
	    !edit_is_call(end.text) || edit_is_single_body(x, end.line) ||
	    edit_branches(x, ended, x->r.n - 1) || edit_is_inlined(x, end.line))
		return true;
	at = e && x->refused.memory && !x->refused.write ? edit_find_word(use, e) : NULL;
	if (edit_is_statement(use) && !edit_is_single_body(x, x->out.at.line)) {
		edit_put(x, end.line, "", use);
		edit_put_also(x, x->out.at.line, use, "");
	} else if (at) {
		edit_put(x, end.line, "", say(x, "__typeof__(%s) kept = %s;", e, e));
		edit_put_also(x, x->out.at.line, use, edit_splice(x, use, at, strlen(e), "kept"));
	}
	return true;
}

void edit_released_twice(struct explain *x, uint32_t ended)
{
	struct source end = line_of(x, ended);
	const char *use = x->out.at.source, *leave;

	x->out.hint = say(x, "line %u has given %s back: leave after it, or drop this call",
			  end.line, obligation_name(x));
	if (!end.line || strcmp(end.file, x->out.at.file) != 0 ||
	    edit_is_inlined(x, x->out.at.line))
		return;
	if (!edit_branches(x, ended, x->r.n - 1)) {
		if (edit_is_call(use) && !edit_is_single_body(x, x->out.at.line))
			edit_put(x, x->out.at.line, use, "");
		return;
	}
	leave = edit_return_text(x);
	if (!edit_is_call(end.text))
		return;
	if (edit_is_single_body(x, end.line))
		edit_put(x, end.line, end.text, say(x, "{\n\t%s\n\t%s\n}", end.text, leave));
	else
		edit_put(x, end.line, end.text, say(x, "%s\n%s", end.text, leave));
}

/* --- packets that move --- */

/* What this part of the program assigns to a variable, last before a line: the right side. */
static const char *definition(struct explain *x, const char *name, uint32_t before)
{
	const struct verifier *v = x->v;
	const char *found = NULL;
	uint32_t line = 0;

	for (uint32_t at = 0; at < v->cfg.n; at++) {
		struct source s = source_of(v, at);
		const char *left =
			s.line < before && s.line > line ? source_assigned(x, s.text) : NULL;
		const char *right = left && !strcmp(left, name) ? strchr(s.text, '=') + 1 : NULL;

		if (!right || v->cfg.subprog[at] != v->cfg.subprog[v->diag.insn] ||
		    edit_last_char(right) != ';' || edit_is_inlined(x, s.line))
			continue;
		right += strspn(right, " ");
		found = say(x, "%.*s", (int)strcspn(right, ";"), right);
		line = s.line;
	}
	return found;
}

/* How the variable is made of the packet's start, with that start loaded again; NULL. */
static const char *derived_anew(struct explain *x, const char *name, const char *ctx)
{
	const char *right = definition(x, name, x->out.at.line);
	const char *load = say(x, "(void *)(long)%s->data", ctx), *end, *base, *of;
	const char *field = say(x, "%s->data", ctx);

	if (!right)
		return NULL;
	if (edit_find_word(right, field))
		return right;
	end = right;
	while (edit_is_plain(end, 1) && *end)
		end++;
	base = say(x, "%.*s", (int)(end - right), right);
	of = base[0] ? definition(x, base, x->out.at.line) : NULL;
	return of && edit_find_word(of, field) ? say(x, "%s%s", load, end) : NULL;
}

/* Pulling may as well be done before the packet is looked at. */
static bool pull_first(struct explain *x, const struct source *call)
{
	const struct verifier *v = x->v;
	uint32_t first = 0;

	if (!edit_is_call(call->text) || edit_is_single_body(x, call->line))
		return false;
	for (uint32_t at = 0; at < v->cfg.n; at++) {
		struct source s = source_of(v, at);

		if (s.line && strstr(s.text, "->data") && edit_last_char(s.text) == ';' &&
		    v->cfg.subprog[at] == v->cfg.subprog[v->diag.insn] &&
		    !edit_is_inlined(x, s.line) && (!first || s.line < first))
			first = s.line;
	}
	/* A comma would mean a value that is perhaps calculated later. */
	for (const char *p = strchr(call->text, ','); p && *p; p++)
		if (isalpha((unsigned char)*p))
			return false;
	if (!first || first >= call->line)
		return false;
	edit_put(x, first, "", call->text);
	edit_put_also(x, call->line, call->text, "");
	return true;
}

void edit_reload(struct explain *x, uint32_t ended, bool meta)
{
	struct source call = line_of(x, ended);
	const char *ctx = edit_context_name(x), *past = edit_packet_past(x), *s = x->out.at.source;
	const char *name = x->name, *anew = NULL;

	x->out.hint = say(x,
			  "after line %u load %s->%s and %s->%s again, derive %s anew and "
			  "check it against the new end",
			  call.line, ctx ? ctx : "ctx", meta ? "data_meta" : "data",
			  ctx ? ctx : "ctx", meta ? "data" : "data_end", obligation_name(x));
	/* Where the start itself has moved, only the author knows what is there now. */
	if (meta || strcmp(lineage_call_name(x, x->r.step[ended].insn), "bpf_skb_pull_data()") != 0)
		return;
	if (pull_first(x, &call)) {
		x->out.hint = say(x,
				  "call bpf_skb_pull_data() before %s->data is loaded, or load and "
				  "check it again after line %u",
				  ctx ? ctx : "skb", call.line);
		return;
	}
	if (!ctx || !past || !name || !edit_is_plain(name, strlen(name)) ||
	    edit_is_inlined(x, x->out.at.line) || edit_is_single_body(x, x->out.at.line))
		return;
	if (edit_is_statement(s) || edit_begins(s, "if") || edit_begins(s, "return"))
		anew = derived_anew(x, name, ctx);
	if (anew)
		edit_put(x, x->out.at.line, "",
			 say(x, "%s = %s;\nif (%s > (void *)(long)%s->data_end)\n\t%s", name, anew,
			     past, ctx, edit_return_text(x)));
}

/* --- calls under a lock --- */

/* The first line below that gives the lock back. */
static uint32_t unlock_below(const struct explain *x, uint32_t line)
{
	const struct verifier *v = x->v;
	uint32_t found = 0;

	for (uint32_t k = 0; v->lines.btf && k < v->lines.n; k++) {
		struct source s = { .text = "" };

		if (v->lines.info[k].insn_off < v->cfg.n)
			s = source_of(v, v->lines.info[k].insn_off);
		if (s.line > line && (!found || s.line < found) && edit_is_call(s.text) &&
		    strstr(s.text, "spin_unlock(") && !strcmp(s.file, x->out.at.file))
			found = s.line;
	}
	return found;
}

/* From the callee's name to its closing parenthesis, in the line. */
static const char *call_text(const struct explain *x, size_t *ret_n)
{
	const char *s = x->out.at.source, *name = x->refused.callee, *at, *end;
	size_t n = strcspn(name, "(");
	int depth = 0;

	for (at = s; *at && (strncmp(at, name, n) != 0 || at[n] != '('); at++)
		;
	for (end = *at ? at + n : at; *end; end++) {
		depth += *end == '(';
		depth -= *end == ')';
		if (!depth)
			break;
	}
	*ret_n = (size_t)(end - at) + 1;
	return *end ? at : NULL;
}

/* The step that took the lock. */
static uint32_t step_of(const struct explain *x, uint32_t insn)
{
	uint32_t k = x->r.n;

	while (k-- > 1)
		if (x->r.step[k].insn == insn)
			return k;
	return 0;
}

static void lock_again(struct explain *x, const struct source *lock)
{
	const char *s = x->out.at.source;

	x->out.summary = say(x, "%s takes a lock while the one of line %u is held",
			     x->refused.callee, lock->line);
	x->out.needed = "one lock at a time";
	x->out.hint = say(x, "give back the lock of line %u first, or drop this call", lock->line);
	if (!strcmp(s, lock->text) && edit_is_call(s) && !edit_is_single_body(x, x->out.at.line))
		edit_put(x, x->out.at.line, s, "");
}

void edit_locked(struct explain *x)
{
	const struct reference *held = obligation_lock(x);
	const char *s = x->out.at.source, *call;
	struct source lock;
	uint32_t below;
	size_t n;

	x->out.hint =
		say(x,
		    "call %s before the lock is taken and keep its result in a local variable, "
		    "or after bpf_spin_unlock()",
		    x->refused.callee ? x->refused.callee : "it");
	if (!held || !x->refused.callee)
		return;
	lock = source_of(x->v, held->insn);
	if (!strcmp(x->refused.callee, "bpf_spin_lock()")) {
		lock_again(x, &lock);
		return;
	}
	if (strcmp(lock.file, x->out.at.file) != 0 || lock.line >= x->out.at.line ||
	    !edit_is_call(lock.text) || edit_is_single_body(x, lock.line) ||
	    edit_is_inlined(x, lock.line))
		return;
	below = unlock_below(x, x->out.at.line);
	call = call_text(x, &n);
	if (edit_is_call(s) && below && !edit_is_single_body(x, x->out.at.line) &&
	    !edit_branches(x, step_of(x, held->insn), x->r.n - 1)) {
		edit_put(x, x->out.at.line, s, "");
		edit_put_also(x, below + 1, "", s);
	} else if (call && !edit_is_call(s)) {
		bool pointer = x->refused.proto && x->refused.proto->ret != RET_INTEGER;

		edit_put(x, lock.line, "",
			 say(x, "%s = %.*s;", pointer ? "void *called" : "__u64 called", (int)n,
			     call));
		edit_put_also(x, x->out.at.line, s, edit_splice(x, s, call, n, "called"));
	}
}
