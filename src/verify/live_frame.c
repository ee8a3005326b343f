/* SPDX-License-Identifier: BSD-2-Clause */
/* Which bytes of its own stack frame does an instruction read and write?  See live_frame.h. */
#include "verify/live_frame.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"

/* What a register may hold, as far as the function's own frame goes: 0 nothing seen yet, else one
 * of these, else frame pointer + (value - AT_R10), for the offsets of a frame. */
enum {
	UNSEEN = 0,
	OTHER = 1,    /* not a pointer to the frame */
	ANYWHERE = 2, /* may point to any of it     */
	AT_R10 = 1024,
	FRAME = 512,
};

struct regs {
	uint16_t r[11];
};

struct tracker {
	const struct cfg *cfg;
	live_args_fn n_args;
	void *arg;
	struct regs *before; /* per instruction */
	struct live_effect *effects;
	bool may_reload; /* a frame pointer was stored, or given to a function: loads may yield it
			  */
	bool has_callbacks;
};

static bool is_frame(uint16_t v)
{
	return v >= ANYWHERE;
}

static uint16_t shifted(uint16_t v, int64_t by)
{
	int64_t off = (int64_t)v - AT_R10 + by;

	if (v <= ANYWHERE)
		return v;
	return off < -FRAME || off > 0 ? ANYWHERE : (uint16_t)(AT_R10 + off);
}

static uint16_t joined(uint16_t a, uint16_t b)
{
	if (a == b || b == UNSEEN)
		return a;
	return a == UNSEEN ? b : ANYWHERE;
}

static uint16_t after_alu(const struct regs *now, const struct bpf_insn *insn,
			  const struct isa_row *row)
{
	uint16_t dst = now->r[insn->dst_reg];
	uint16_t src = row->form == ISA_F_ALU_X ? now->r[insn->src_reg] : OTHER;

	if (row->op == ISA_ALU_MOV)
		return row->bits == 64 || !is_frame(src) ? src : ANYWHERE;
	if (row->form == ISA_F_ALU_K && row->bits == 64 && row->op == ISA_ALU_ADD)
		return shifted(dst, insn->imm);
	if (row->form == ISA_F_ALU_K && row->bits == 64 && row->op == ISA_ALU_SUB)
		return shifted(dst, -(int64_t)insn->imm);
	return is_frame(dst) || is_frame(src) ? ANYWHERE : OTHER;
}

/* Does the instruction put a frame pointer where a later load may find it? */
static bool lets_go(const struct tracker *t, uint32_t at, const struct regs *now)
{
	const struct bpf_insn *insn = &t->cfg->insns[at];
	unsigned int r;

	switch ((enum isa_form)t->cfg->node[at].form) {
	case ISA_F_STX:
	case ISA_F_ATOMIC:
	case ISA_F_STORE_REL: return is_frame(now->r[insn->src_reg]);
	case ISA_F_CALL_SUB:
	case ISA_F_CALLX:
	case ISA_F_CALL:
	case ISA_F_CALL_KFUNC:
		for (r = 1; r <= 5; r++) {
			if (is_frame(now->r[r]))
				return true;
		}
		return false;
	case ISA_F_ALU_X:
	case ISA_F_ALU_K:
	case ISA_F_MOVSX:
	case ISA_F_CAST:
	case ISA_F_NEG:
	case ISA_F_END:
	case ISA_F_JMP_X:
	case ISA_F_JMP_K:
	case ISA_F_JA:
	case ISA_F_JA32:
	case ISA_F_MAY_GOTO:
	case ISA_F_EXIT:
	case ISA_F_LDX:
	case ISA_F_LDSX:
	case ISA_F_ST:
	case ISA_F_LOAD_ACQ:
	case ISA_F_LD_IMM64:
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: break;
	}
	return false;
}

/* Registers after the instruction; of `frames`, those that may point to the frame. */
static uint32_t transfer(struct tracker *t, uint32_t at, struct regs *now, uint32_t frames)
{
	const struct bpf_insn *insn = &t->cfg->insns[at];
	const struct isa_row *row = isa_row(t->cfg->op[at]);
	uint32_t writes = t->cfg->node[at].writes;
	uint16_t value = OTHER;

	switch ((enum isa_form)row->form) {
	case ISA_F_ALU_X:
	case ISA_F_ALU_K: value = after_alu(now, insn, row); break;
	case ISA_F_MOVSX:
	case ISA_F_CAST: value = is_frame(now->r[insn->src_reg]) ? ANYWHERE : OTHER; break;
	case ISA_F_NEG:
	case ISA_F_END: value = is_frame(now->r[insn->dst_reg]) ? ANYWHERE : OTHER; break;
	case ISA_F_LDX:
	case ISA_F_LOAD_ACQ:
	case ISA_F_ATOMIC: value = t->may_reload && row->bits == 64 ? ANYWHERE : OTHER; break;
	case ISA_F_JMP_X:
	case ISA_F_JMP_K:
	case ISA_F_JA:
	case ISA_F_JA32:
	case ISA_F_MAY_GOTO:
	case ISA_F_CALL:
	case ISA_F_CALL_SUB:
	case ISA_F_CALL_KFUNC:
	case ISA_F_CALLX:
	case ISA_F_EXIT:
	case ISA_F_LDSX:
	case ISA_F_ST:
	case ISA_F_STX:
	case ISA_F_STORE_REL:
	case ISA_F_LD_IMM64:
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: break;
	}
	writes &= 0x3ff;
	frames = is_frame(value) ? frames | writes : frames & ~writes;
	for (; writes; writes &= writes - 1)
		now->r[__builtin_ctz(writes)] = value;
	return frames;
}

static bool join_into(struct regs *to, const struct regs *from)
{
	bool changed = false;
	unsigned int r;

	if (!memcmp(to, from, sizeof(*to)))
		return false;
	for (r = 0; r < 11; r++) {
		uint16_t v = joined(to->r[r], from->r[r]);

		changed |= v != to->r[r];
		to->r[r] = v;
	}
	return changed;
}

static void start_functions(struct tracker *t)
{
	uint32_t k;
	unsigned int r;

	for (k = 0; k < t->cfg->n_subprogs; k++) {
		struct regs *start = &t->before[t->cfg->subprogs[k].start];

		for (r = 0; r < 10; r++)
			start->r[r] = joined(start->r[r], OTHER);
		start->r[10] = AT_R10;
		t->has_callbacks |= t->cfg->subprogs[k].is_callback;
	}
}

/* Only one edge comes here: what is known before is what is known after the other end.  To come to
 * where a function begins counts as the second one. */
static bool has_one_way_in(const struct tracker *t, uint32_t at)
{
	return !(t->cfg->flags[at] & CFG_MERGE);
}

/* What is known behind an instruction goes to those that may come next, from number i on.  True:
 * more than before. */
static bool pass_on(struct tracker *t, const struct cfg_node *node, uint32_t i,
		    const struct regs *now)
{
	bool changed = false;

	for (; i < node->n_next; i++)
		if (has_one_way_in(t, node->next[i]))
			t->before[node->next[i]] = *now;
		else
			changed |= join_into(&t->before[node->next[i]], now);
	return changed;
}

/* Once all is known before instruction `at`. */
static bool track(struct tracker *t, uint32_t at)
{
	struct regs now = t->before[at];

	if (!t->may_reload && lets_go(t, at, &now))
		t->may_reload = true;
	transfer(t, at, &now, 0);
	return pass_on(t, &t->cfg->node[at], 0, &now);
}

/* One round over the reached instructions, predecessors before successors but for loops.  True:
 * another one may find more. */
static bool track_round(struct tracker *t)
{
	bool changed = false, reload = t->may_reload;

	for (uint32_t k = t->cfg->n_postorder; k-- > 0;)
		changed |= track(t, t->cfg->postorder[k]);
	return changed || reload != t->may_reload;
}

/* Bits first to last, of 64. */
static uint64_t bits_between(int64_t first, int64_t last)
{
	return (UINT64_MAX >> (63 - (last - first))) << first;
}

/* Marks grains that [lo, hi) touches, or (whole) only those it covers; offsets from r10. */
static void mark(struct live_stack *s, int64_t lo, int64_t hi, bool whole)
{
	int64_t first, last;

	lo = lo < -FRAME ? -FRAME : lo;
	hi = hi > 0 ? 0 : hi;
	if (lo >= hi)
		return;
	first = whole ? (-hi + 3) / 4 : -hi / 4;
	last = whole ? -lo / 4 - 1 : (-lo - 1) / 4;
	if (first > last)
		return;
	if (first < 64)
		s->w[0] |= bits_between(first, last < 64 ? last : 63);
	if (last >= 64)
		s->w[1] |= bits_between(first < 64 ? 0 : first - 64, last - 64);
}

static void mark_access(struct live_stack *s, uint16_t base, int off, unsigned int bits,
			bool is_write)
{
	int64_t lo = (int64_t)base - AT_R10 + off;

	if (base == ANYWHERE && !is_write)
		mark(s, -FRAME, 0, false);
	else if (base > ANYWHERE)
		mark(s, lo, lo + bits / 8, is_write);
}

/* A helper reads upwards from the address it is given; functions of the program, and callbacks,
 * may read what they like. */
static void mark_call(struct tracker *t, uint32_t at, const struct regs *now,
		      struct live_stack *reads)
{
	bool own_code = t->cfg->op[at] == ISA_CALL_SUB || t->cfg->op[at] == ISA_CALLX;
	unsigned int n = own_code ? 5 : t->n_args(t->arg, at), r;

	for (r = 1; r <= n && r <= 5; r++) {
		if (!is_frame(now->r[r]))
			continue;
		if (own_code || t->has_callbacks || now->r[r] == ANYWHERE)
			mark(reads, -FRAME, 0, false);
		else
			mark(reads, (int64_t)now->r[r] - AT_R10, 0, false);
	}
}

static void effect_of(struct tracker *t, uint32_t at, const struct regs *now, struct live_effect *e)
{
	const struct bpf_insn *insn = &t->cfg->insns[at];
	const struct isa_row *row = isa_row(t->cfg->op[at]);
	uint16_t dst = now->r[insn->dst_reg], src = now->r[insn->src_reg];

	switch ((enum isa_form)row->form) {
	case ISA_F_LDX:
	case ISA_F_LDSX:
	case ISA_F_LOAD_ACQ: mark_access(&e->reads, src, insn->off, row->bits, false); break;
	case ISA_F_ST:
	case ISA_F_STX:
	case ISA_F_STORE_REL: mark_access(&e->writes, dst, insn->off, row->bits, true); break;
	case ISA_F_ATOMIC: mark_access(&e->reads, dst, insn->off, row->bits, false); break;
	case ISA_F_CALL:
	case ISA_F_CALL_SUB:
	case ISA_F_CALL_KFUNC:
	case ISA_F_CALLX: mark_call(t, at, now, &e->reads); break;
	case ISA_F_ALU_X:
	case ISA_F_ALU_K:
	case ISA_F_MOVSX:
	case ISA_F_CAST:
	case ISA_F_NEG:
	case ISA_F_END:
	case ISA_F_JMP_X:
	case ISA_F_JMP_K:
	case ISA_F_JA:
	case ISA_F_JA32:
	case ISA_F_MAY_GOTO:
	case ISA_F_EXIT:
	case ISA_F_LD_IMM64:
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND: break;
	}
}

static uint32_t frame_regs(const struct regs *now)
{
	uint32_t which = 0;

	for (unsigned int r = 0; r < 11; r++)
		which |= (uint32_t)is_frame(now->r[r]) << r;
	return which;
}

/* Has the instruction to do with the frame?  frames: registers that may point to it. */
static bool is_of_frame(const struct tracker *t, uint32_t at, uint32_t frames)
{
	const uint32_t calls = 1u << ISA_F_CALL | 1u << ISA_F_CALL_SUB | 1u << ISA_F_CALL_KFUNC |
			       1u << ISA_F_CALLX;
	const uint32_t loads = 1u << ISA_F_LDX | 1u << ISA_F_LOAD_ACQ | 1u << ISA_F_ATOMIC;
	const struct cfg_node *node = &t->cfg->node[at];
	uint32_t regs = node->reads | node->writes | (calls >> node->form & 1 ? LIVE_CALL_ARGS : 0);

	return regs & frames || (t->may_reload && loads >> node->form & 1);
}

/* Without loops, one look at each instruction: what comes before it was looked at before it, and a
 * pointer to this frame that is loaded was let go of in this function, before.  Most instructions
 * have nothing to do with the frame: behind them is known what is known before them, and mostly it
 * is the next one's turn. */
static void track_once(struct tracker *t)
{
	const struct cfg *cfg = t->cfg;
	uint32_t frames = 0;
	bool known = false;
	struct regs now;

	for (uint32_t k = cfg->n_postorder; k-- > 0;) {
		uint32_t at = cfg->postorder[k];
		const struct cfg_node *node = &cfg->node[at];

		if (!known) {
			now = t->before[at];
			frames = frame_regs(&now);
		}
		if (at == cfg->subprogs[cfg->subprog[at]].start)
			t->may_reload = false;
		if (is_of_frame(t, at, frames)) {
			effect_of(t, at, &now, &t->effects[at]);
			t->may_reload = t->may_reload || lets_go(t, at, &now);
			frames = transfer(t, at, &now, frames);
		}
		known = k && node->n_next && node->next[0] == cfg->postorder[k - 1] &&
			has_one_way_in(t, node->next[0]);
		pass_on(t, node, known, &now);
	}
}

int live_frame_effects(const struct cfg *cfg, live_args_fn n_args, void *arg,
		       struct live_effect *effects, struct arena *scratch)
{
	struct tracker t = { .cfg = cfg, .n_args = n_args, .arg = arg, .effects = effects };

	t.before = arena_alloc(scratch, cfg->n * sizeof(*t.before));
	if (!t.before)
		return -ENOMEM;
	start_functions(&t);
	if (!cfg->has_loop) {
		track_once(&t);
		return 0;
	}
	while (track_round(&t))
		;
	for (uint32_t k = 0; k < cfg->n_postorder; k++)
		effect_of(&t, cfg->postorder[k], &t.before[cfg->postorder[k]],
			  &effects[cfg->postorder[k]]);
	return 0;
}
