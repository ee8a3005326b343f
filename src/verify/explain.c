/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a rejection explained?  The order in which the parts of an explanation are made; each part
 * is a file of its own, and none of them runs unless somebody asked and the program was refused.
 */
#include "verify/explain.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "verify/log.h"

enum {
	MAX_MEMORY = 256 << 20,
	NO_REG = STATE_REGS
};

bool explain_is_limit(const struct verifier *v)
{
	enum reason reason = v->diag.reason;

	return reason == REASON_LIMIT_VISITS || reason == REASON_LIMIT_PENDING ||
	       reason == REASON_LIMIT_MEMORY || reason == REASON_LIMIT_TIME;
}

static void find_refused(struct explain *x, uint32_t at)
{
	struct verifier *v = x->v;
	const struct bpf_insn *insn = &v->cfg.insns[at];
	const struct isa_row *row = isa_row(v->cfg.op[at]);
	struct refused *f = &x->refused;
	enum isa_form form = row->form;
	const struct kfunc_proto *k;
	bool loads = form == ISA_F_LDX || form == ISA_F_LDSX || form == ISA_F_LOAD_ACQ;

	f->write = form == ISA_F_ST || form == ISA_F_STX || form == ISA_F_STORE_REL ||
		   form == ISA_F_ATOMIC;
	f->memory = loads || f->write;
	f->base = loads ? insn->src_reg : insn->dst_reg;
	f->off = insn->off;
	f->size = row->bits / 8u;
	if (form == ISA_F_CALL)
		f->proto = helper_find_for(v->in->helpers, (uint32_t)insn->imm, v->type->groups);
	if (form == ISA_F_CALL_KFUNC && v->info && v->info[at].kfunc != UINT32_MAX) {
		k = kfunc_row(v->info[at].kfunc);
		f->proto = k ? &k->p : NULL;
	}
	if (form == ISA_F_CALL || form == ISA_F_CALL_KFUNC || form == ISA_F_CALL_SUB)
		f->callee = lineage_call_name(x, at);
}

/* Where the message names no register, the instruction says which value it is about. */
static unsigned int register_of(const struct explain *x)
{
	uint32_t at = x->v->diag.insn;
	const struct bpf_insn *insn = &x->v->cfg.insns[at];
	enum isa_form form = isa_row(x->v->cfg.op[at])->form;

	if (x->refused.memory)
		return x->refused.base;
	if (form == ISA_F_ALU_X && replay_reg(x, insn->dst_reg)->kind != KIND_SCALAR)
		return insn->src_reg;
	if (form == ISA_F_ALU_X || form == ISA_F_ALU_K || form == ISA_F_JMP_X ||
	    form == ISA_F_JMP_K)
		return insn->dst_reg;
	return form == ISA_F_EXIT ? 0 : NO_REG;
}

static void find_subject(struct explain *x)
{
	unsigned int r;

	if (!diag_register(&x->v->diag, &r))
		r = register_of(x);
	if (r == NO_REG)
		return;
	x->subject = place_reg((uint8_t)(x->r.n_frames - 1), r);
	x->has_subject = true;
	x->name = source_name(x, x->r.n - 1, x->subject);
	if (x->refused.memory && x->refused.base == r && x->expression &&
	    source_base(x, x->expression))
		x->name = source_base(x, x->expression);
	if (x->refused.callee && !x->name)
		x->name = source_argument(x, x->out.at.source, r);
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
	x->expression = source_expression(x, s.text, s.column);
	if (buf[0])
		find_refused(x, d->insn);
	/* Of an atomic operation, what it works on. */
	if (!x->expression && x->refused.memory && strncmp(s.text, "if", 2) != 0)
		x->expression = source_argument(
			x, s.text, x->refused.write || !strstr(s.text, "__builtin_mem") ? 1 : 2);
	if (x->expression && *x->expression == '&')
		x->expression++;
	/* Which of the arguments behind a format it is cannot be told. */
	if (x->expression && *x->expression == '"')
		x->expression = NULL;
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
	x->out.message = say(x, "%s", d->message);
	x->out.needed = x->out.known = "";
	x->out.check = (struct verify_place){ .file = "", .source = "" };
	x->out.check_why = x->out.witness = x->out.edit = x->out.edit_old = "";
	x->out.also = x->out.also_old = "";
	x->out.subject = "";
	text_init(&needed, buf[0], sizeof(buf[0]));
	text_init(&known, buf[1], sizeof(buf[1]));
	if (diag_is_set(&x->v->diag))
		diag_obligation(&x->v->diag, &needed, &known);
	x->out.needed = say(x, "%s", buf[0]);
	x->out.known = say(x, "%s", buf[1]);
}

static void tell_path(struct explain *x)
{
	if (x->r.n)
		find_subject(x);
	obligation_tell(x);
	x->out.subject = x->name ? say(x, "`%s`", x->name) : "";
	if (x->r.n) {
		lineage_tell(x);
		branches_tell(x);
		nearest_tell(x);
		witness_tell(x);
	}
	edit_tell(x);
}

static void begin(struct explain *x)
{
	struct verify_diag d;

	diag_fill(&x->v->diag, &x->v->lines, &d);
	tell_reason(x, &d);
	tell_place(x, &d);
}

void explain_path(struct verifier *v)
{
	bool limit = explain_is_limit(v), logs = v->launch && trace_wants_path(v);
	struct explain *x;

	if (!v->in->explain && !logs)
		return;
	x = mem_alloc(sizeof(*x));
	if (!x)
		return;
	x->v = v;
	v->why = x;
	arena_init(&x->a, MAX_MEMORY);
	x->logs = logs;
	x->records = v->in->explain && !limit;
	/* The checkpoints tell it, and following the path drops them. */
	if (v->in->explain && limit) {
		begin(x);
		multiply_tell(x);
		edit_tell(x);
	}
	if (v->launch && (logs || x->records) && !replay_run(x))
		x->r.n = 0;
}

void explain_tell(struct verifier *v)
{
	struct explain *x = v->why;

	if (!x)
		return;
	if (!explain_is_limit(v)) {
		begin(x);
		tell_path(x);
	}
	v->in->explain(v->in->explain_arg, &x->out);
}

void explain_done(struct verifier *v)
{
	if (!v->why)
		return;
	arena_done(&v->why->a);
	mem_free(v->why);
	v->why = NULL;
}
