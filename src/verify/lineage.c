/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where did the refused value come from?  Backwards along the recorded changes, through copies,
 * spills, arguments and results of functions; only what changed what is known is told.
 */
#include "verify/explain.h"

#include <stdio.h>
#include <string.h>

enum {
	MAX_TODO = 8,
	MAX_FOUND = 128,
	MAX_TOLD = 12,
	MAX_HOPS = 100000
};

struct found {
	uint32_t step;
	const char *what;
	const struct change *change;
	bool origin;
};

struct tracer {
	struct explain *x;
	const struct change *todo[MAX_TODO];
	struct found found[MAX_FOUND];
	uint32_t n_todo, n_found;
};

static void tell(struct tracer *t, const struct change *c, bool origin, const char *what)
{
	struct found *f;

	for (uint32_t i = 0; i < t->n_found; i++)
		if (t->found[i].change == c)
			return;
	if (t->n_found == MAX_FOUND)
		return;
	f = &t->found[t->n_found++];
	*f = (struct found){ c->step, what, c, origin };
}

static void later(struct tracer *t, const struct change *c)
{
	if (c && t->n_todo < MAX_TODO)
		t->todo[t->n_todo++] = c;
}

static const struct change *previous(const struct tracer *t, const struct change *c)
{
	return c->prev == NO_CHANGE ? NULL : &t->x->r.change[c->prev];
}

static const struct change *source_reg(const struct tracer *t, const struct change *c,
				       unsigned int r)
{
	uint8_t frame = t->x->r.step[c->step].frame;

	return replay_before(&t->x->r, place_reg(frame, r), c->step);
}

const char *lineage_call_name(struct explain *x, uint32_t at)
{
	const struct verify_input *in = x->v->in;
	const struct helper_proto *h;

	if (x->v->cfg.op[at] == ISA_CALL_SUB)
		return say(x, "%s()",
			   source_function(x->v, x->v->cfg.subprogs[x->v->cfg.callee[at]].start));
	if (x->v->cfg.op[at] == ISA_CALL_KFUNC) {
		for (uint32_t k = 0; k < in->n_kfunc_refs; k++)
			if (in->kfunc_at[k] == at && in->kfunc_names)
				return say(x, "%s()", in->kfunc_names[k]);
		return "the kfunc";
	}
	h = helper_find(in->helpers, (uint32_t)in->insns[at].imm);
	return h ? say(x, "bpf_%s()", h->name) : "the call";
}

/* The context field or region that a load reads, in words. */
static const char *read_from(struct explain *x, const struct reg *base, int32_t off, uint32_t size)
{
	const struct ctx_field *f;

	if (base->kind == KIND_CTX && x->v->type->ctx) {
		f = ctx_field_at(x->v->type->ctx, (uint32_t)(base->off + off), size);
		if (f && f->name && f->size <= 8)
			return say(x, "field %s of the context", f->name);
	}
	return say(x, "read from %s (%u bytes at offset %d)", fact_kind(x, base), size,
		   base->off + off);
}

/* Loads from the stack go on with the slot; all others are where the value came from. */
static const struct change *trace_load(struct tracer *t, const struct change *c,
				       const struct bpf_insn *insn, uint32_t size)
{
	const struct change *base = source_reg(t, c, insn->src_reg), *slot = NULL;
	struct place at = { .slot = true };
	int32_t off;

	if (!base || base->now.kind != KIND_STACK || !scalar_is_const(&base->now.s)) {
		tell(t, c, true,
		     base ? read_from(t->x, &base->now, insn->off, size) : "read from memory");
		return NULL;
	}
	off = base->now.off + (int32_t)scalar_const_value(&base->now.s) + insn->off;
	if (off < 0 && off >= -STACK_BYTES) {
		at.frame = (uint8_t)base->now.obj;
		at.n = (uint8_t)slot_of(off);
		slot = replay_before(&t->x->r, at, c->step);
	}
	if (!slot || slot->bytes[7] != SLOT_SPILL) {
		tell(t, c, true, say(t->x, "read from stack bytes at fp%d", off));
		return NULL;
	}
	if (!scalar_equal(&slot->now.s, &c->now.s) || slot->now.kind != c->now.kind)
		tell(t, c, false, say(t->x, "%u of the bytes saved at fp%d", size, off));
	return slot;
}

static const struct change *trace_alu(struct tracer *t, const struct change *c,
				      const struct bpf_insn *insn, const struct isa_row *row)
{
	bool moves = row->op == ISA_ALU_MOV || row->form == ISA_F_MOVSX || row->form == ISA_F_CAST;
	const struct change *from = NULL;

	if (row->form != ISA_F_ALU_K)
		from = source_reg(t, c, insn->src_reg);
	if (row->form == ISA_F_ALU_K && moves) {
		tell(t, c, true, "set to a constant");
		return NULL;
	}
	if (moves) {
		if (from && from->now.kind != c->now.kind)
			tell(t, c, false, "cut to 32 bits: a plain number from here on");
		else if (from && !scalar_equal(&from->now.s, &c->now.s))
			tell(t, c, false,
			     row->form == ISA_F_MOVSX
				     ? say(t->x, "sign extended from %d bits", insn->off)
				     : "cut to 32 bits");
		return from;
	}
	tell(t, c, false, "computed");
	later(t, from);
	return previous(t, c);
}

static const struct change *trace_call(struct tracer *t, const struct change *c, uint32_t at)
{
	struct explain *x = t->x;
	const char *name = lineage_call_name(x, at);
	uint8_t frame = x->r.step[c->step].frame;
	const struct change *before = previous(t, c);

	if (c->at.frame > frame) {
		if (c->at.slot || c->at.n < 1 || c->at.n > 5)
			return NULL;
		if (x->v->cfg.op[at] == ISA_CALL_SUB)
			return replay_before(&x->r, place_reg(frame, c->at.n), c->step);
		tell(t, c, true, say(x, "given to the callback by %s", name));
		return NULL;
	}
	if (c->at.frame == frame && !c->at.slot && c->at.n == 0 && c->now.kind != KIND_NOT_INIT) {
		tell(t, c, true, say(x, "returned by %s", name));
		return NULL;
	}
	if (c->at.frame == frame && !c->at.slot && c->at.n <= 5) {
		tell(t, c, false,
		     say(x, "R%u lost: the call of %s overwrites R0 to R5", c->at.n, name));
		return before;
	}
	if (c->at.slot && c->bytes[7] == SLOT_INVALID) {
		tell(t, c, false, say(x, "ended by %s", name));
		return before;
	}
	if (c->at.slot && (!before || before->bytes[7] != c->bytes[7])) {
		tell(t, c, true,
		     say(x, "%s by %s",
			 c->bytes[7] == SLOT_DYNPTR || c->bytes[7] == SLOT_ITER ? "made"
										: "written",
			 name));
		return NULL;
	}
	if (before && before->now.kind != c->now.kind &&
	    (before->now.kind == KIND_PACKET || before->now.kind == KIND_PACKET_META ||
	     before->now.kind == KIND_PACKET_END))
		tell(t, c, false,
		     say(x, "lost: %s may move the packet, old pointers into it are invalid",
			 name));
	else
		tell(t, c, false, say(x, "lost: %s ended what it points to", name));
	return before;
}

static const struct change *trace_jump(struct tracer *t, const struct change *c)
{
	tell(t, c, false, "checked");
	return previous(t, c);
}

static const struct change *trace_exit(struct tracer *t, const struct change *c)
{
	uint8_t frame = t->x->r.step[c->step].frame;

	if (!c->at.slot && c->at.n == 0 && c->at.frame + 1 == frame)
		return replay_before(&t->x->r, place_reg(frame, 0), c->step);
	return previous(t, c);
}

static const struct change *trace_insn_of(struct tracer *t, const struct change *c)
{
	uint32_t at = t->x->r.step[c->step].insn;
	const struct bpf_insn *insn = &t->x->v->cfg.insns[at];
	const struct isa_row *row = isa_row(t->x->v->cfg.op[at]);

	switch ((enum isa_form)row->form) {
	case ISA_F_ALU_X:
	case ISA_F_ALU_K:
	case ISA_F_MOVSX:
	case ISA_F_CAST: return trace_alu(t, c, insn, row);
	case ISA_F_NEG:
	case ISA_F_END: tell(t, c, false, "computed"); return previous(t, c);
	case ISA_F_JMP_X:
	case ISA_F_JMP_K:
	case ISA_F_JA:
	case ISA_F_JA32:
	case ISA_F_MAY_GOTO: return trace_jump(t, c);
	case ISA_F_CALL:
	case ISA_F_CALL_SUB:
	case ISA_F_CALL_KFUNC: return trace_call(t, c, at);
	case ISA_F_EXIT: return trace_exit(t, c);
	case ISA_F_LDX:
	case ISA_F_LDSX:
	case ISA_F_LOAD_ACQ: return trace_load(t, c, insn, row->bits / 8u);
	case ISA_F_ST: tell(t, c, true, "set to a constant"); return NULL;
	case ISA_F_STX:
	case ISA_F_STORE_REL:
		return c->bytes[7] == SLOT_SPILL ? source_reg(t, c, insn->src_reg) : NULL;
	case ISA_F_LD_IMM64: tell(t, c, true, "taken"); return NULL;
	case ISA_F_ATOMIC: tell(t, c, true, "fetched by an atomic operation"); return NULL;
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND:
		tell(t, c, true,
		     c->at.n ? "lost: packet loads overwrite R0 to R5" : "loaded from the packet");
		return NULL;
	case ISA_F_CALLX: break;
	}
	return NULL;
}

static const struct change *trace_one(struct tracer *t, const struct change *c)
{
	t->x->ancestor[c - t->x->r.change] = true;
	switch ((enum why_changed)c->why) {
	case BY_LAUNCH:
		if (c->at.slot || c->at.n > 5)
			return NULL;
		tell(t, c, true,
		     c->now.kind == KIND_NOT_INIT
			     ? "never written on this path"
			     : say(t->x, "argument %u of %s()", c->at.n,
				   source_function(t->x->v, t->x->r.step[0].insn)));
		return NULL;
	case BY_MERGE:
		tell(t, c, false, "its limits differ from round to round of the loop: given up");
		return previous(t, c);
	case BY_INSN: break;
	}
	return trace_insn_of(t, c);
}

static int by_step(const struct found *a, const struct found *b)
{
	return a->step < b->step ? -1 : a->step > b->step;
}

static void sort(struct found *f, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		for (uint32_t k = i; k && by_step(&f[k - 1], &f[k]) > 0; k--) {
			struct found swap = f[k];

			f[k] = f[k - 1];
			f[k - 1] = swap;
		}
}

/* Of what one line did step by step only the outcome counts. */
static uint32_t merge_lines(struct tracer *t)
{
	const struct verifier *v = t->x->v;
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n_found; i++) {
		struct found *f = &t->found[i], *last = n ? &t->found[n - 1] : NULL;
		uint32_t line = source_of(v, t->x->r.step[f->step].insn).line;

		if (last && line && !strcmp(f->what, "computed") &&
		    strcmp(last->what, "checked") != 0 &&
		    line == source_of(v, t->x->r.step[last->step].insn).line &&
		    f->change->now.kind == last->change->now.kind) {
			if (strcmp(last->what, "computed") != 0 &&
			    strcmp(last->what, "taken") != 0 &&
			    !strstr(last->what, ", then calculated"))
				last->what = say(t->x, "%s, then calculated", last->what);
			last->change = f->change;
			continue;
		}
		if (last && !strcmp(f->what, last->what) && line &&
		    line == source_of(v, t->x->r.step[last->step].insn).line) {
			*last = *f;
			continue;
		}
		t->found[n++] = *f;
	}
	return n;
}

static const char *fact_of(struct explain *x, const struct change *c)
{
	if (!c->at.slot)
		return fact_text(x, &c->now, c->at.frame);
	switch ((enum slot_kind)c->bytes[7]) {
	case SLOT_DYNPTR: return "a live dynptr";
	case SLOT_IRQ: return "saved interrupt flags";
	case SLOT_ITER:
		return c->now.flags & REG_DRAINED ? "an iterator at its end" : "an iterator";
	case SLOT_SPILL: return fact_text(x, &c->now, c->at.frame);
	case SLOT_ZERO: return "zero";
	case SLOT_MISC: return "bytes";
	case SLOT_INVALID: break;
	}
	return "nothing";
}

static void publish(struct tracer *t)
{
	struct explain *x = t->x;
	uint32_t n, skip;
	struct verify_event *e;

	sort(t->found, t->n_found);
	n = merge_lines(t);
	/* The beginning says what it is, the end what became of it. */
	skip = n > MAX_TOLD ? n - MAX_TOLD : 0;
	e = arena_alloc(&x->a, (n + 1) * sizeof(*e));
	if (!e)
		return;
	for (uint32_t i = 0; i < n; i++) {
		const struct found *f = &t->found[i];
		uint32_t insn = x->r.step[f->step].insn;
		struct source s = source_of(x->v, insn);

		if (i && i <= skip)
			continue;
		/* Checks that tell nothing new. */
		if (x->out.n_events && !strcmp(f->what, "checked") &&
		    !strcmp(fact_of(x, f->change), e[x->out.n_events - 1].fact))
			continue;
		e[x->out.n_events++] = (struct verify_event){
			.at = { s.file, s.text, s.line, s.column, insn },
			.what = f->what,
			.fact = fact_of(x, f->change),
		};
	}
	x->out.events = e;
}

/* What leaks is in no register that matters: where it was acquired. */
static void tell_acquired(struct tracer *t)
{
	struct replay *r = &t->x->r;
	uint32_t at = (uint32_t)t->x->v->diag.args[1].i;

	for (uint32_t i = r->n_changes; i-- > 0;) {
		const struct change *c = &r->change[i];

		if (c->why != BY_INSN || r->step[c->step].insn != at || c->at.slot || c->at.n)
			continue;
		tell(t, c, true, say(t->x, "returned by %s", lineage_call_name(t->x, at)));
		return;
	}
}

void lineage_tell(struct explain *x)
{
	struct tracer *t = arena_alloc(&x->a, sizeof(*t));

	x->ancestor = arena_alloc(&x->a, x->r.n_changes + 1);
	if (!t || !x->ancestor || !x->has_subject)
		return;
	t->x = x;
	if (x->v->diag.reason == REASON_REF_LEAK)
		tell_acquired(t);
	else
		later(t, replay_before(&x->r, x->subject, x->r.n - 1));
	for (uint32_t i = 0; i < t->n_todo; i++) {
		const struct change *c = t->todo[i];

		for (int hops = 0; c && hops < MAX_HOPS; hops++)
			c = trace_one(t, c);
	}
	publish(t);
}

/* Copies and spills keep a value; all else makes a new one. */
uint32_t lineage_origin(const struct explain *x, struct place at, uint32_t step)
{
	const struct change *c = replay_before(&x->r, at, step);

	for (int hops = 0; c && c->why == BY_INSN && hops < MAX_HOPS; hops++) {
		uint32_t insn = x->r.step[c->step].insn;
		const struct bpf_insn *i = &x->v->cfg.insns[insn];
		const struct isa_row *row = isa_row(x->v->cfg.op[insn]);
		uint8_t frame = x->r.step[c->step].frame;
		bool moves = row->form == ISA_F_ALU_X && row->op == ISA_ALU_MOV;

		if (row->form == ISA_F_JMP_X || row->form == ISA_F_JMP_K) {
			c = c->prev == NO_CHANGE ? NULL : &x->r.change[c->prev];
		} else if ((moves && !c->at.slot) || (row->form == ISA_F_STX && c->at.slot)) {
			c = replay_before(&x->r, place_reg(frame, i->src_reg), c->step);
		} else if (row->form == ISA_F_LDX && i->src_reg == BPF_REG_10) {
			c = replay_before(&x->r,
					  (struct place){ frame, true, (uint8_t)slot_of(i->off) },
					  c->step);
		} else {
			return c->step;
		}
	}
	return 0;
}
