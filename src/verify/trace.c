/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does the log of a walk say?  Every instruction with the registers and slots that it used or
 * changed, and where branches are taken up again; the kernel's layout.
 */
#include <string.h>

#include "verify/env.h"
#include "verify/log.h"

static void print_insn(struct verifier *v)
{
	if (v->resumed) {
		text_add(v->in->log, "\n");
		log_from(v->in->log, v->cur->prev_insn, v->at);
		state_print(v->in->log, v->cur, v->cur->n_frames - 1, UINT32_MAX, UINT64_MAX,
			    &v->names);
		text_add(v->in->log, "\n");
	}
	v->resumed = false;
	lineinfo_log(&v->lines, v->at, &v->last_line, v->in->log);
	log_insn_line(v->in->log, v->in, &v->cfg, v->at);
}

static bool same_slot(const struct slot *a, const struct slot *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* What the instruction read or changed in the frame it ran in. */
static void changes(const struct verifier *v, uint32_t *ret_regs, uint64_t *ret_slots)
{
	const struct frame *f = state_top(v->cur), *old = v->traced;
	struct isa_regs used = isa_regs_of(&v->cfg.insns[v->at], v->cfg.op[v->at]);

	*ret_regs = used.reads | used.writes;
	*ret_slots = 0;
	for (unsigned int r = 0; r < STATE_REGS; r++)
		if (memcmp(&f->reg[r], &old->reg[r], sizeof(f->reg[r])))
			*ret_regs |= 1u << r;
	for (unsigned int s = 0; s < f->n_slots; s++)
		if (s >= old->n_slots || !same_slot(&f->slot[s], &old->slot[s]))
			*ret_slots |= 1ULL << s;
}

static void remember(struct verifier *v)
{
	const struct frame *f = state_top(v->cur);

	if (!v->traced)
		v->traced = arena_alloc(&v->arena, sizeof(*v->traced));
	if (v->traced)
		memcpy(v->traced, f,
		       offsetof(struct frame, slot) + f->n_slots * sizeof(struct slot));
}

void trace_before(struct verifier *v)
{
	print_insn(v);
	remember(v);
}

void trace_after(struct verifier *v)
{
	struct text *log = v->in->log;
	size_t line;
	uint32_t regs;
	uint64_t slots;

	if (!v->traced)
		return;
	line = log->len;
	while (line && log->buf && log->buf[line - 1] != '\n')
		line--;
	changes(v, &regs, &slots);
	if (v->traced->frameno != state_top(v->cur)->frameno) {
		text_add(log, "\n");
		return;
	}
	if (regs || slots) {
		struct text state;

		text_init_heap(&state);
		state_print(&state, v->cur, v->cur->n_frames - 1, regs, slots, &v->names);
		log_state_column(log, line);
		/* The column ends with the blank that a state begins with. */
		if (state.len)
			text_put(log, state.buf + 1, state.len - 1);
		text_done(&state);
	}
	text_add(log, "\n");
}

/* The line of an instruction that ends the path, or the program. */
void trace_end(struct verifier *v)
{
	text_add(v->in->log, "\n");
}

void trace_start(struct verifier *v)
{
	text_add(v->in->log, "%u:", v->cur->insn);
	state_print(v->in->log, v->cur, 0, UINT32_MAX, UINT64_MAX, &v->names);
	text_add(v->in->log, "\n");
}

/* A pending branch is taken up: said when it turns out not to be pruned. */
void trace_from(struct verifier *v)
{
	v->resumed = true;
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
		text_add(v->in->log, "%u: safe\n", at);
	}
	v->resumed = false;
}
