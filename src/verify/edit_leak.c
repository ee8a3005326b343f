/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What gives back what a path still holds, and where in the source does that path leave?  One row
 * of the table a call that takes something.
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "verify/edit.h"

/* What is released: the variable that the call's result was put into, or an argument of the call.
 */
static const struct {
	const char *acquire, *release;
	unsigned int arg; /* 0: the variable */
} releases[] = {
	{ "bpf_ringbuf_reserve()", "bpf_ringbuf_discard(%s, 0);", 0 },
	{ "bpf_ringbuf_reserve_dynptr()", "bpf_ringbuf_discard_dynptr(%s, 0);", 4 },
	{ "bpf_sk_lookup_tcp()", "bpf_sk_release(%s);", 0 },
	{ "bpf_sk_lookup_udp()", "bpf_sk_release(%s);", 0 },
	{ "bpf_skc_lookup_tcp()", "bpf_sk_release(%s);", 0 },
	{ "bpf_spin_lock()", "bpf_spin_unlock(%s);", 1 },
	{ "bpf_res_spin_lock()", "bpf_res_spin_unlock(%s);", 1 },
	{ "bpf_rcu_read_lock()", "bpf_rcu_read_unlock();", 0 },
	{ "bpf_preempt_disable()", "bpf_preempt_enable();", 0 },
	{ "bpf_local_irq_save()", "bpf_local_irq_restore(%s);", 1 },
	{ "bpf_task_from_pid()", "bpf_task_release(%s);", 0 },
	{ "bpf_task_from_vpid()", "bpf_task_release(%s);", 0 },
	{ "bpf_task_acquire()", "bpf_task_release(%s);", 0 },
	{ "bpf_cgroup_from_id()", "bpf_cgroup_release(%s);", 0 },
	{ "bpf_cgroup_acquire()", "bpf_cgroup_release(%s);", 0 },
	{ "bpf_cgroup_ancestor()", "bpf_cgroup_release(%s);", 0 },
	{ "bpf_cpumask_create()", "bpf_cpumask_release(%s);", 0 },
	{ "bpf_cpumask_acquire()", "bpf_cpumask_release(%s);", 0 },
	{ "bpf_get_task_exe_file()", "bpf_put_file(%s);", 0 },
	{ "bpf_obj_new_impl()", "bpf_obj_drop(%s);", 0 },
};

static const char *with_name(struct explain *x, const char *pattern, const char *name)
{
	const char *hole = strstr(pattern, "%s");

	if (!hole)
		return pattern;
	return name ? say(x, "%.*s%s%s", (int)(hole - pattern), pattern, name, hole + 2) : NULL;
}

/* "bpf_iter_num_destroy(%s);" of bpf_iter_num_new(). */
static const char *iterator(struct explain *x, const char *from)
{
	size_t n = strlen(from);

	if (strncmp(from, "bpf_iter_", 9) != 0 || n < 6 || strcmp(from + n - 6, "_new()") != 0)
		return NULL;
	return say(x, "%.*s_destroy(%%s);", (int)(n - 6), from);
}

const char *edit_release_text(struct explain *x, uint32_t at)
{
	const char *from = lineage_call_name(x, at), *line = source_of(x->v, at).text;
	const char *pattern = iterator(x, from);

	if (pattern)
		return with_name(x, pattern, source_argument(x, line, 1));
	for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++) {
		if (strcmp(releases[i].acquire, from) != 0)
			continue;
		return with_name(x, releases[i].release,
				 releases[i].arg ? source_argument(x, line, releases[i].arg)
						 : source_assigned(x, line));
	}
	return NULL;
}

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

static const struct verify_branch *last_branch(const struct explain *x)
{
	return x->out.n_branches ? &x->out.branches[x->out.n_branches - 1] : NULL;
}

/* A condition that may be asked twice: nothing is assigned or called in it. */
static bool may_repeat(const char *cond)
{
	for (const char *p = cond; *p; p++) {
		bool word = p > cond && (isalnum((unsigned char)p[-1]) || p[-1] == '_');

		if (*p == '=' && p[1] == '=')
			p++;
		else if (*p == '=' && (p == cond || !strchr("<>!", p[-1])))
			return false;
		else if ((*p == '+' || *p == '-') && p[1] == *p)
			return false;
		else if (*p == '(' && word) {
			const char *name = p;

			while (name > cond && (isalnum((unsigned char)name[-1]) || name[-1] == '_'))
				name--;
			if (strncmp(name, "bpf_hton", 8) != 0 &&
			    strncmp(name, "bpf_ntoh", 8) != 0 && strncmp(name, "sizeof", 6) != 0 &&
			    strncmp(name, "__builtin_", 10) != 0 && !isupper((unsigned char)*name))
				return false;
		}
	}
	return true;
}

static const char *return_value(struct explain *x)
{
	const struct reg *r0 = replay_reg(x, 0);

	if (r0->kind == KIND_SCALAR && scalar_is_const(&r0->s) &&
	    (int32_t)scalar_const_value(&r0->s) != 0)
		return say(x, "return %d;", (int32_t)scalar_const_value(&r0->s));
	return edit_return_text(x);
}

/* The same condition again, before it is asked: what it did on this path comes first. */
static bool before_branch(struct explain *x, const struct verify_branch *b, const char *first,
			  const char *leave)
{
	const char *cond = b->holds == 1 ? source_condition(x, b->at.source) : NULL;

	if (!cond || !may_repeat(cond) || b->at.source[0] == '}' ||
	    !strncmp(b->at.source, "else", 4) || strncmp(b->at.source, "if", 2) != 0)
		return false;
	x->out.edit_line = b->at.line;
	x->out.edit_old = "";
	x->out.edit = first[0] ? say(x, "if (%s) {\n\t%s\n\t%s\n}", cond, first, leave)
			       : say(x, "if (%s)\n\t%s", cond, leave);
	return true;
}

/* A condition that may be asked only once: its answer is kept. */
static bool keep_answer(struct explain *x, const struct verify_branch *b, const char *text)
{
	const char *s = b->at.source, *cond = source_condition(x, s);

	if (b->holds != 1 || !cond || !edit_begins(s, "if") || edit_last_char(s) != ')' ||
	    edit_open_parentheses(s) || strcmp(b->at.file, x->out.at.file) != 0)
		return false;
	edit_put(x, b->at.line, s,
		 say(x, "int failed = (%s) != 0;\nif (failed)\n\t%s\nif (failed)", cond, text));
	return true;
}

/* Behind the last statement of this path, where the end of the function comes next. */
static void release_last(struct explain *x, const char *text)
{
	uint8_t frame = x->r.step[x->r.n - 1].frame;
	struct source last = { .text = "" };

	for (uint32_t k = x->r.n; k-- > 1 && !x->r.step[k].forked;) {
		struct source s = source_of(x->v, x->r.step[k].insn);

		if (x->r.step[k].frame == frame && s.line > last.line && s.text[0] != '}' &&
		    !strcmp(s.file, x->out.at.file) && !edit_is_inlined(x, s.line))
			last = s;
	}
	if (last.line && edit_is_statement(last.text) && !edit_is_single_body(x, last.line))
		edit_put(x, last.line + 1, "", text);
}

static void release_here(struct explain *x, const char *text)
{
	const struct verify_branch *b = last_branch(x);
	struct source s = leaves_by(x);
	size_t n = b ? strlen(b->at.source) : 0;

	if (b && b->holds == 1 && n && b->at.source[n - 1] == '{') {
		x->out.edit_line = b->at.line + 1;
		x->out.edit = text;
	} else if (b && (before_branch(x, b, text, return_value(x)) || keep_answer(x, b, text))) {
		return;
	} else if (!strncmp(s.text, "return ", 7) && strchr(s.text, ';')) {
		x->out.edit_line = s.line;
		x->out.edit_old = s.text;
		x->out.edit = say(x, "{\n\t%s\n\t%s\n}", text, s.text);
	} else {
		release_last(x, text);
	}
}

/* Rounds of a loop that each took something: only the last one is at hand. */
static bool taken_again(struct explain *x, uint32_t at)
{
	uint32_t line = source_of(x->v, at).line;
	unsigned int n = 0;

	/* Or it was unrolled: as many instructions of one line. */
	for (uint32_t k = 1; k < x->r.n; k++)
		n += x->r.step[k].insn == at ||
		     (line && x->v->cfg.insns[x->r.step[k].insn].code == (BPF_JMP | BPF_CALL) &&
		      source_of(x->v, x->r.step[k].insn).line == line &&
		      !strcmp(lineage_call_name(x, x->r.step[k].insn), lineage_call_name(x, at)));
	return n > 1;
}

static void leak(struct explain *x, uint32_t at)
{
	const char *text = edit_release_text(x, at);
	const struct verify_branch *b = last_branch(x);

	x->out.hint = "release it on every path, error paths included";
	if (!text)
		return;
	if (taken_again(x, at)) {
		x->out.hint =
			say(x,
			    "line %u takes another one each time that it is come to: give back "
			    "the one before, `%s`",
			    source_of(x->v, at).line, text);
		return;
	}
	x->out.hint = b && b->at.line && b->holds == 1
			      ? say(x, "this path leaves after line %u: release it there, `%s`",
				    b->at.line, text)
			      : say(x, "release it on this path: `%s`", text);
	if (strstr(text, "discard_dynptr"))
		x->out.hint = say(x,
				  "what bpf_ringbuf_reserve_dynptr() made is to be given back even "
				  "where it failed: `%s`",
				  text);
	release_here(x, text);
}

void edit_leak(struct explain *x)
{
	leak(x, (uint32_t)x->v->diag.args[1].i);
}

void edit_lock_leak(struct explain *x)
{
	const struct reference *lock = obligation_lock(x);

	if (lock)
		leak(x, lock->insn);
}

void edit_section_leak(struct explain *x)
{
	uint32_t at = obligation_section(x);

	if (at != UINT32_MAX)
		leak(x, at);
}

void edit_return(struct explain *x)
{
	struct source s = leaves_by(x);
	const char *p = strstr(s.text, "return "), *semi = p ? strchr(p, ';') : NULL;
	const struct verify_branch *b = last_branch(x);
	const struct reg *r0 = replay_reg(x, 0);

	x->out.hint =
		say(x, "return %s on every path", x->out.needed + strlen("a return value of "));
	if (r0->kind == KIND_SCALAR && scalar_is_const(&r0->s)) {
		x->out.hint = say(x, "%s; this path returns %d", x->out.hint,
				  (int32_t)scalar_const_value(&r0->s));
		if (semi && !strncmp(s.text, "return ", 7)) {
			x->out.edit_line = s.line;
			x->out.edit_old = s.text;
			x->out.edit = say(x, "return %" PRId64 ";", x->allowed.low);
		} else if (b) {
			before_branch(x, b, "", say(x, "return %" PRId64 ";", x->allowed.low));
		}
		return;
	}
	if (!semi)
		return;
	x->out.edit_line = s.line;
	x->out.edit_old = s.text;
	x->out.edit = x->allowed.low == 0 && x->allowed.high >= 1
			      ? say(x, "%.*sreturn (%.*s) ? 1 : 0;", (int)(p - s.text), s.text,
				    (int)(semi - p - 7), p + 7)
			      : say(x, "%.*sreturn %" PRId64 ";", (int)(p - s.text), s.text,
				    x->allowed.low);
}
