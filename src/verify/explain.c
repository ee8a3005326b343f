/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a rejection explained?  The order in which the parts of an explanation are made; each part
 * is a file of its own, and none of them runs unless somebody asked and the program was refused.
 */
#include "verify/explain.h"

#include <errno.h>

#include "base/alloc.h"
#include "verify/log.h"

enum {
	MAX_MEMORY = 256 << 20
};

static bool is_limit(enum reason reason)
{
	return reason == REASON_LIMIT_VISITS || reason == REASON_LIMIT_PENDING ||
	       reason == REASON_LIMIT_MEMORY || reason == REASON_LIMIT_TIME;
}

static void find_subject(struct explain *x)
{
	unsigned int r;

	if (!diag_register(&x->v->diag, &r) || !x->r.n)
		return;
	x->subject = place_reg((uint8_t)(x->r.n_frames - 1), r);
	x->has_subject = true;
	x->name = source_name(x, x->r.n - 1, x->subject);
}

static void tell_place(struct explain *x, const struct verify_diag *d)
{
	struct verifier *v = x->v;
	struct source s = { .file = "", .text = "" };
	struct text t;
	char buf[128] = "";

	if (d->insn < v->in->n_insns)
		s = source_of(v, d->insn);
	if (d->insn < v->cfg.n && v->cfg.op && v->cfg.op[d->insn] != CFG_NO_OP) {
		text_init(&t, buf, sizeof(buf));
		log_insn(&t, v->in, &v->cfg, d->insn);
	}
	x->out.at = (struct verify_place){ s.file, s.text, s.line, s.column, d->insn };
	x->out.insn_text = say(x, "%s", buf);
	x->out.function = source_function(v, d->insn);
}

static void tell_reason(struct explain *x, const struct verify_diag *d)
{
	const struct verify_reason *row = verify_reason_of(d->reason);
	struct text needed, known;
	char buf[2][256];

	x->out.reason = d->reason;
	x->out.err = d->err;
	x->out.program = x->v->in->name ? x->v->in->name : "";
	x->out.title = x->out.summary = row->title;
	x->out.hint = row->remedy;
	x->out.message = d->message;
	x->out.needed = x->out.known = "";
	x->out.check = (struct verify_place){ .file = "", .source = "" };
	x->out.check_why = x->out.witness = x->out.edit = x->out.edit_old = "";
	x->out.subject = "";
	text_init(&needed, buf[0], sizeof(buf[0]));
	text_init(&known, buf[1], sizeof(buf[1]));
	if (diag_is_set(&x->v->diag))
		diag_obligation(&x->v->diag, &needed, &known);
	x->out.needed = say(x, "%s", buf[0]);
	x->out.known = say(x, "%s", buf[1]);
}

/* What needs the path that was refused. */
static void tell_path(struct explain *x)
{
	if (!x->v->launch || is_limit(x->v->diag.reason) || !replay_run(x))
		return;
	find_subject(x);
	x->out.subject = x->name ? say(x, "`%s`", x->name) : "";
	lineage_tell(x);
	branches_tell(x);
}

void explain_run(struct verifier *v)
{
	struct explain *x = mem_alloc(sizeof(*x));
	struct verify_diag d;

	if (!x)
		return;
	x->v = v;
	arena_init(&x->a, MAX_MEMORY);
	diag_fill(&v->diag, &v->lines, &d);
	tell_reason(x, &d);
	tell_place(x, &d);
	tell_path(x);
	v->in->explain(v->in->explain_arg, &x->out);
	arena_done(&x->a);
	mem_free(x);
}
