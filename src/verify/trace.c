/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does the log of a walk say?  Every instruction with the registers and slots that it used or
 * changed, and where branches are taken up again; the kernel's layout.
 */
#include <string.h>

#include "verify/env.h"
#include "verify/log.h"

static void print_all(struct verifier *v, const struct frame *f)
{
	state_print_frame(v->in->log, v->cur, f, UINT32_MAX, UINT64_MAX, &v->names);
	text_add(v->in->log, "\n");
}

/* The state as it is at `at`, on a line of its own. */
static void print_state_at(struct verifier *v, uint32_t at)
{
	text_add(v->in->log, "%u:", at);
	print_all(v, state_top(v->cur));
}

static void print_insn(struct verifier *v)
{
	/* Level 1 goes on in the line of the jump. */
	if (v->resumed && v->taken && v->in->log_level & 2) {
		text_add(v->in->log, "\n");
		log_from(v->in->log, v->cur->prev_insn, v->at);
		print_all(v, v->taken);
	}
	if (v->resumed && v->taken) {
		text_add(v->in->log, "%u:", v->at);
		print_all(v, v->taken);
	}
	v->resumed = false;
	lineinfo_log(&v->lines, v->at, &v->last_line, v->in->log);
	log_insn_line(v->in->log, v->in, &v->cfg, v->at);
}

/* The slot of its own frame that a load reads at a constant offset. */
static uint64_t slot_read(const struct verifier *v)
{
	const struct bpf_insn *insn = &v->cfg.insns[v->at];
	const struct reg *base = &v->traced->reg[insn->src_reg];
	int64_t off;

	if (BPF_CLASS(insn->code) != BPF_LDX || base->kind != KIND_STACK ||
	    base->obj != v->traced->frameno || !scalar_is_const(&base->s))
		return 0;
	off = base->off + (int64_t)scalar_const_value(&base->s) + insn->off;
	return off < 0 && off >= -STACK_BYTES ? UINT64_C(1) << slot_of((int32_t)off) : 0;
}

/* What the instruction read or wrote in the frame it ran in.  What it told of other registers the
 * kernel does not print. */
static void changes(const struct verifier *v, uint32_t *ret_regs, uint64_t *ret_slots)
{
	const struct frame *f = state_top(v->cur), *old = v->traced;
	uint8_t class = BPF_CLASS(v->cfg.insns[v->at].code);
	struct isa_regs used = isa_regs_of(&v->cfg.insns[v->at], v->cfg.op[v->at]);

	*ret_regs = used.reads | used.writes;
	*ret_slots = 0;
	if (class == BPF_JMP32 ||
	    (class == BPF_JMP && BPF_OP(v->cfg.insns[v->at].code) != BPF_CALL))
		return;
	*ret_slots = slot_read(v);
	for (unsigned int s = 0; s < f->n_slots; s++)
		if (s >= old->n_slots || !slot_same(&f->slot[s], &old->slot[s]))
			*ret_slots |= 1ULL << s;
}

static void remember(struct verifier *v, struct frame **ret_kept)
{
	const struct frame *f = state_top(v->cur);

	if (!*ret_kept)
		*ret_kept = arena_alloc(&v->arena, sizeof(**ret_kept));
	if (*ret_kept)
		frame_copy(*ret_kept, f);
}

/* A call into a function of the program, or its return. */
static void between_frames(struct verifier *v)
{
	struct text *log = v->in->log;
	const struct frame *f = state_top(v->cur);

	if (v->traced->frameno < f->frameno) {
		text_add(log, "caller:\n");
		print_all(v, v->cur->frame[v->cur->n_frames - 2]);
		text_add(log, "callee:\n");
		print_all(v, f);
		print_state_at(v, v->cur->insn);
		return;
	}
	text_add(log, "returning from callee:\n");
	print_all(v, v->traced);
	text_add(log, "to caller at %u:\n", v->cur->insn);
	print_all(v, f);
	if (!(v->in->log_level & 2))
		return;
	text_add(log, "\n");
	log_from(log, v->at, v->cur->insn);
	print_all(v, f);
}

void trace_before(struct verifier *v)
{
	v->shown = false;
	print_insn(v);
	remember(v, &v->traced);
}

void trace_after(struct verifier *v)
{
	struct text *log = v->in->log;
	size_t line;
	uint32_t regs;
	uint64_t slots;

	v->shown = false;
	if (!v->traced)
		return;
	line = log->len;
	while (line && log->buf && log->buf[line - 1] != '\n')
		line--;
	changes(v, &regs, &slots);
	if (v->told) {
		v->told = false;
		text_add(log, "\n%u:", v->cur->insn);
		state_print(log, v->cur, v->cur->n_frames - 1, regs, slots, &v->names);
		text_add(log, "\n");
		return;
	}
	if (v->traced->frameno != state_top(v->cur)->frameno) {
		text_add(log, "\n");
		between_frames(v);
		return;
	}
	if (regs || slots) {
		struct text state;

		text_init_heap(&state);
		state_print(&state, v->cur, v->cur->n_frames - 1, regs, slots, &v->names);
		v->shown = true;
		v->unshown = *log;
		log_state_column(log, line);
		/* The column ends with the blank that a state begins with. */
		if (state.len)
			text_put(log, state.buf + 1, state.len - 1);
		text_done(&state);
	}
	text_add(log, "\n");
}

void trace_forget(struct verifier *v)
{
	if (trace_wants_path(v))
		text_cut(v->in->log, &v->log_start);
}

void trace_say(struct verifier *v, const char *fmt, ...)
{
	va_list ap;

	text_add(v->in->log, "\n");
	va_start(ap, fmt);
	text_vadd(v->in->log, fmt, ap);
	va_end(ap);
	v->told = true;
}

/* The log goes on with a way that was put aside in this step: nothing is said of the other. */
void trace_aside(struct verifier *v)
{
	text_add(v->in->log, " ");
}

/* The line of an instruction that ends the path, or the program. */
void trace_end(struct verifier *v)
{
	text_add(v->in->log, "\n");
}

void trace_start(struct verifier *v)
{
	print_state_at(v, v->cur->insn);
}

/* A pending branch is taken up: said when it turns out not to be pruned. */
void trace_from(struct verifier *v)
{
	v->resumed = true;
	/* Before what is dead is forgotten. */
	if (v->traces)
		remember(v, &v->taken);
}

/* Where a path ends before the next instruction, what the last one came to is not said. */
static void unshow(struct verifier *v)
{
	if (v->shown) {
		text_cut(v->in->log, &v->unshown);
		text_add(v->in->log, "\n");
	}
	v->shown = false;
}

void trace_loop(struct verifier *v, const struct state *old)
{
	const struct state *states[] = { v->cur, old };
	struct text both;
	char *kept;

	if (!v->in->log || !v->in->log_level)
		return;
	text_init_heap(&both);
	for (int i = 0; i < 2; i++) {
		text_add(&both, i ? "old state:" : "cur state:");
		state_print_frame(&both, states[i], state_top(states[i]), UINT32_MAX, UINT64_MAX,
				  &v->names);
		text_add(&both, "\n");
	}
	kept = arena_alloc(&v->arena, both.len + 1);
	if (kept && both.buf) {
		memcpy(kept, both.buf, both.len);
		v->both = kept;
	}
	text_done(&both);
}

void trace_loop_end(struct verifier *v)
{
	unshow(v);
}

void trace_pruned(struct verifier *v, uint32_t at)
{
	if (!v->traces)
		return;
	if (v->resumed) {
		text_add(v->in->log, "\n");
		log_from(v->in->log, v->cur->prev_insn, at);
		text_add(v->in->log, " safe\n");
	} else {
		unshow(v);
		text_add(v->in->log, "%u: safe\n", at);
	}
	v->resumed = false;
}

/* Level 2 begins with the functions, and with the registers whose values matter. */
void trace_functions(struct verifier *v)
{
	struct text *log = v->in->log;

	for (uint32_t i = 0; i < v->cfg.n_subprogs; i++)
		text_add(log, "func#%u @%u\n", i, v->cfg.subprogs[i].start);
	text_add(log, "Live regs before insn:\n");
	for (uint32_t at = 0; at < v->cfg.n; at++) {
		if (v->cfg.op[at] == CFG_NO_OP)
			continue;
		text_add(log, "    %3u: ", at);
		for (unsigned int r = 0; r < BPF_REG_10; r++)
			text_add(log, live_reg(&v->live, at, r) ? "%u" : ".", r);
		text_add(log, " ");
		log_insn(log, v->in, &v->cfg, at);
		text_add(log, "\n");
	}
}
